//! What the fuzz targets share: files split from one input, what must hold of findings, and the comparison of the two
//! executors.

pub mod formulas;

use std::sync::LazyLock;

use tanggap::base::{Code, Diagnostics, IssueKind, Lang, Memory, RuleSetName};
use tanggap::bundle::MemoryLoader;
use tanggap::compile::Executor;
use tanggap::data::{Budget, Dataset, ReadRequest, read_data};
use tanggap::report::render_diagnostics;
use tanggap::{BuildError, Engine, EvaluateOptions, Program, Scorer, evaluate};

/// Everything runs on the thread of the fuzzer.
pub fn one_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
    let _ = pool.use_current_thread().build_global();
    assert!(
        compare("a ?? 1", "", &DATA).is_some(),
        "the small rule set is sound"
    );
}

/// Reads data of a named form within 64 MB.
pub fn read_as(name: &str, mut input: &[u8]) {
    let headers: Vec<String> = ["a", "b"].map(String::from).to_vec();
    let request = ReadRequest {
        ids: headers.clone(),
        headers,
        budget: Budget {
            memory: Memory::of(64 << 20),
            ..Budget::default()
        },
        ..ReadRequest::default()
    };
    let engine = Engine::builder().build();
    match read_data(&engine.registry().readers, Some(name), &mut input, &request) {
        Ok(data) => assert!(
            data.chunks
                .iter()
                .all(|own| own.regions.len() == own.lines.len())
        ),
        Err(error) => assert!(!error.render(Lang::Id).is_empty()),
    }
}

/// The files of an input: each begins with a line `--- name`, as in `tests/cases`.
pub fn split(input: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        if let Some(name) = line.strip_prefix(b"--- ") {
            let name = String::from_utf8_lossy(name).trim().to_owned();
            files.push((name, Vec::new()));
        } else if let Some((_, text)) = files.last_mut() {
            text.extend_from_slice(line);
        }
    }
    files
}

/// An engine over such files, which belong to the year 2024 unless their name begins with another: `2025/index.toml`.
pub fn engine(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Engine {
    let files = files.into_iter();
    let files = files.filter(|(name, _)| !name.starts_with('/') && !name.contains("//"));
    let files = files.map(|(name, bytes)| {
        let year = name.starts_with(|c: char| c.is_ascii_digit());
        let folder = if year { "kasus" } else { "kasus/2024" };
        (format!("{folder}/{name}"), bytes)
    });
    Engine::builder().loader(MemoryLoader::new(files)).build()
}

/// The program of a rule set, whose findings hold what [`sound`] asks; `None` where it is refused.
pub fn program(engine: &Engine, name: &RuleSetName) -> Option<Program> {
    match engine.program(name) {
        Ok(warned) => {
            sound(&warned.warnings);
            assert!(!warned.warnings.has_errors(), "an error beside a program");
            Some(warned.output)
        }
        Err(BuildError::Rules(diagnostics)) => {
            sound(&diagnostics);
            assert!(diagnostics.has_errors(), "refused without an error");
            None
        }
        // Memory can be read, and a formula that the check lets through can be run.
        Err(BuildError::Host(error)) => panic!("{error}"),
    }
}

/// Every place lies inside its file, on the boundaries of characters; the findings can be shown in both languages.
pub fn sound(diagnostics: &Diagnostics) {
    for finding in &diagnostics.list {
        assert!(!finding.labels.is_empty(), "{finding:?}");
        assert_ne!(
            finding.code,
            Code::E499,
            "the check knows why it refuses: {finding:?}"
        );
        for label in &finding.labels {
            let text = diagnostics.sources.text(label.span.file);
            let inside = text.get(label.span.range()).is_some();
            assert!(inside, "outside of {} bytes: {finding:?}", text.len());
        }
    }
    for lang in [Lang::Id, Lang::En] {
        let _ = render_diagnostics(diagnostics, lang, false);
    }
    let _ = diagnostics.to_string();
}

/// How many rows the small data set has.
pub const ROWS: usize = 8;

/// Values of the five indicators, `None` where one is missing.
pub type Row = [Option<f64>; 5];

/// Ordinary values, missing ones, zeros, thresholds and extremes.
pub const DATA: [Row; ROWS] = [
    [Some(25.0), Some(50.0), Some(75.0), Some(5.0), Some(10.0)],
    [None, Some(0.0), Some(1.0), None, Some(40.0)],
    [Some(0.0), Some(-0.0), None, Some(0.0), None],
    [
        Some(60.0),
        Some(59.99999999999999),
        Some(60.00000000000001),
        Some(10.0),
        Some(16.0),
    ],
    [Some(1.0), Some(2.0), Some(3.0), Some(4.0), Some(-5.0)],
    [Some(-3.5), Some(0.5), Some(-1.0), Some(20.0), Some(1e300)],
    [
        Some(1e308),
        Some(-1e308),
        Some(5e-324),
        Some(-1e-310),
        Some(0.1),
    ],
    [None; 5],
];

/// `a`, `b` and `c` are read as they stand, `d` and `e` through goalposts; no range comes between a formula and its
/// value.
const INDEX: &str = "title = \"Uji\"\nstatus = \"draft\"\nscale = [-8e307, 8e307]\n\
    [parameters]\np = 5\nempat = 4\nbatas = 59.5\n";
const VARIABLE: &str = "[variable]\n\
    [indicator.a]\nnormalise = \"none\"\nclamp = false\nweight = 1\n\
    [indicator.b]\nnormalise = \"none\"\nclamp = false\nweight = 2\n\
    [indicator.c]\nnormalise = \"none\"\nclamp = false\nweight = 0.1\n\
    [indicator.d]\nworst = 0\nbest = 10\nrange = [0, 100]\nweight = 3\n\
    [indicator.e]\nworst = 40\nbest = 0\nrange = [0, 100]\nclamp = false\nweight = 0\n";

/// What came of a formula: the bits of every score, and the issues.
pub type Outcome = (Vec<Option<u64>>, String);

/// Scores a formula over some rows by both executors, which must agree; `None` where the check refuses it.
pub fn compare(formula: &str, library: &str, rows: &[Row; ROWS]) -> Option<Outcome> {
    static NAME: LazyLock<RuleSetName> = LazyLock::new(|| "kasus/2024".parse().unwrap());
    let mut files = vec![
        ("index.toml", INDEX),
        ("uji.toml", VARIABLE),
        ("uji.rhai", formula),
    ];
    if !library.is_empty() {
        files.push(("lib/fungsi.rhai", library));
    }
    let files = files.into_iter();
    let engine = engine(files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())));
    let program = program(&engine, &NAME)?;
    let data = data(&engine, &program, rows);
    let compiled = outcome(&program, &data, Executor::Compiled);
    let interpreted = outcome(&program, &data, Executor::Interpreter);
    assert_eq!(compiled, interpreted, "compiled, interpreted");
    alone(&program, &data);
    // The same without what is out of the ordinary: whole rows have a program of their own.
    let ordinary = rows
        .map(|row| row.map(|value| Some(value.filter(|value| value.abs() < 1e100).unwrap_or(3.0))));
    alone(&program, &self::data(&engine, &program, &ordinary));
    Some(interpreted)
}

/// The index alone, of all rows and of each, is that of the interpreter.
fn alone(program: &Program, data: &Dataset) {
    let interpreted = EvaluateOptions {
        executor: Executor::Interpreter,
        ..EvaluateOptions::default()
    };
    let expected = evaluate(program, data, &interpreted).expect("the data fits the rules");
    let mut scorer = Scorer::new(program).expect("nothing is taken over the data");
    let index = scorer.index(data, None).expect("the data fits the rules");
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    assert_eq!(index.issues, expected.issues, "the index alone");
    for row in 0..ROWS {
        let of_row = bits(expected.index().get(row));
        assert_eq!(bits(index.index.get(row)), of_row, "the index alone");
        let columns = data.chunks[0].columns.iter();
        let values: Vec<Option<f64>> = columns.map(|column| column.get(row)).collect();
        let row = scorer.row(&values).expect("a value for each column");
        assert_eq!(bits(row.index), of_row, "a row alone");
    }
}

/// The rows as data that was read.
fn data(engine: &Engine, program: &Program, rows: &[Row; ROWS]) -> Dataset {
    let lines: String = (0..ROWS).map(|row| format!("{row},1,1,1,1,1\n")).collect();
    let text = format!("kode,a,b,c,d,e\n{lines}");
    let data = engine.read(program, Some("data.csv"), &mut text.as_bytes(), None);
    let mut data = data.expect("the data is well-formed");
    for (at, row) in rows.iter().enumerate() {
        for (column, value) in data.chunks[0].columns.iter_mut().zip(row) {
            column.set(at, *value);
        }
    }
    data
}

fn outcome(program: &Program, data: &Dataset, executor: Executor) -> Outcome {
    let options = EvaluateOptions {
        executor,
        ..EvaluateOptions::default()
    };
    let scores = evaluate(program, data, &options).expect("the data fits the rules");
    let rules = program.rules();
    for issue in &scores.issues {
        // What the check lets through can be run.
        let expected = !matches!(issue.kind, IssueKind::Interpreter | IssueKind::OutOfBudget);
        assert!(expected, "{issue:?}");
        if let Some(place) = issue.place {
            let text = rules.sources.text(place.file);
            assert!(text.get(place.range()).is_some(), "{issue:?}");
        }
    }
    let columns = rules.indices().map(|node| scores.node(node));
    let bits = columns.flat_map(|column| column.iter().map(|value| value.map(f64::to_bits)));
    (bits.collect(), format!("{:?}", scores.issues))
}
