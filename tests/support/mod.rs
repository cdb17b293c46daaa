//! What the tests share: cases that are one text file each, and the public data where it is at hand.

#[cfg(feature = "cli")]
pub mod command;
pub mod random;

use std::io::Write;
use std::path::{Path, PathBuf};

use tanggap::base::{Lang, RuleSetName};
use tanggap::bundle::MemoryLoader;
use tanggap::compile::Executor;
use tanggap::data::{Dataset, NumberColumn};
use tanggap::evaluate::{IndexScores, Width};
use tanggap::{BuildError, Engine, EvaluateOptions, Program, Scorer, Scores};

/// A case: sections that begin with `--- name`, each a file. Files of rules are `index.toml`, `x.rhai`,
/// `lib/y.rhai`, in the year 2024, or of another year as `2025/index.toml`.
#[derive(Clone, Debug)]
pub struct Case {
    sections: Vec<(String, String)>,
}

impl Case {
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut sections: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match line.strip_prefix("--- ") {
                Some(name) => sections.push((name.trim().to_owned(), String::new())),
                None => sections.last_mut().unwrap().1.push_str(line),
            }
        }
        Self { sections }
    }

    pub fn of<'a>(sections: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let sections = sections.into_iter();
        Self {
            sections: sections
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
        }
    }

    pub fn section(&self, name: &str) -> Option<&str> {
        self.sections
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, text)| text.as_str())
    }

    pub fn engine(&self) -> Engine {
        let files = self.sections.iter().filter(|(name, _)| {
            let rules = name.to_lowercase().contains(".toml") || name.contains(".rhai");
            rules || name.starts_with("tests/")
        });
        let files = files.map(|(name, text)| {
            let year = name.starts_with(|c: char| c.is_ascii_digit());
            let path = if year {
                format!("kasus/{name}")
            } else {
                format!("kasus/2024/{name}")
            };
            (path, text.clone().into_bytes())
        });
        Engine::builder().loader(MemoryLoader::new(files)).build()
    }

    /// The newest rule set of the case.
    pub fn name(&self) -> RuleSetName {
        self.engine().rule_sets().unwrap().pop().unwrap()
    }
}

/// The program of a case, or the diagnostics in both languages.
pub fn program(case: &Case) -> Result<(Program, String), String> {
    let both = |diagnostics: &tanggap::base::Diagnostics| {
        let texts = [Lang::Id, Lang::En]
            .map(|lang| tanggap::report::render_diagnostics(diagnostics, lang, false));
        texts.join("\n")
    };
    match case.engine().program(&case.name()) {
        Ok(warned) => Ok((warned.output, both(&warned.warnings))),
        Err(BuildError::Rules(diagnostics)) => Err(both(&diagnostics)),
        Err(BuildError::Host(error)) => Err(format!(
            "{}\n\n{}",
            error.render(Lang::Id),
            error.render(Lang::En)
        )),
    }
}

/// A rule set of one formula over three indicators `a`, `b`, `c` with the weights 1, 2, 3.
pub fn with_formula(formula: &str) -> Case {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [-1000, 1000]\n[parameters]\np = 5\nempat = 4\n";
    let mut variable = "[variable]\n".to_owned();
    for (id, weight) in [("a", 1), ("b", 2), ("c", 3)] {
        variable.push_str(&format!(
            "[indicator.{id}]\nweight = {weight}\nnormalise = \"none\"\n"
        ));
    }
    let sections = [
        ("index.toml", index),
        ("uji.toml", &variable),
        ("uji.rhai", formula),
    ];
    Case {
        sections: sections
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .to_vec(),
    }
}

impl Case {
    pub fn with(mut self, name: &str, text: &str) -> Self {
        self.sections.retain(|(known, _)| known != name);
        self.sections.push((name.to_owned(), text.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.sections.retain(|(known, _)| known != name);
        self
    }
}

/// Scores by both executors and at every width of vector instructions, which must agree in every bit and every issue.
pub fn evaluate(
    program: &Program,
    data: &tanggap::data::Dataset,
    options: &EvaluateOptions<'_>,
) -> Result<Scores, tanggap::base::Error> {
    let interpreted = EvaluateOptions {
        executor: Executor::Interpreter,
        ..options.clone()
    };
    let interpreted = tanggap::evaluate(program, data, &interpreted);
    for width in Width::available() {
        let compiled = EvaluateOptions {
            width,
            ..options.clone()
        };
        let compiled = tanggap::evaluate(program, data, &compiled);
        if let (Ok(compiled), Ok(interpreted)) = (&compiled, &interpreted) {
            assert_same(compiled, interpreted);
        }
        assert_eq!(compiled.is_ok(), interpreted.is_ok());
        if let Ok(scores) = &interpreted {
            let scorer = Scorer::over(program, data).unwrap().with_width(width);
            assert_index(scores, &scorer.index(data, options.year).unwrap());
        }
    }
    if let (Ok(scores), Ok(mut scorer)) = (&interpreted, Scorer::new(program)) {
        assert_rows(scores, data, &mut scorer);
    }
    interpreted
}

/// The index alone, and what is wrong.
fn assert_index(scores: &Scores, index: &IndexScores) {
    for (at, row) in scores.rows.iter().enumerate() {
        let bits = |column: &NumberColumn, at| column.get(at).map(f64::to_bits);
        let row = *row as usize;
        assert_eq!(bits(scores.index(), at), bits(&index.index, row), "{row}");
        assert_eq!(scores.bands[at], index.band(row), "{row}");
    }
    assert_eq!(
        scores.index().present().count(),
        index.index.present().count()
    );
    assert_eq!(
        format!("{:?}", scores.issues),
        format!("{:?}", index.issues)
    );
}

/// The same, region by region; the first ones are enough.
fn assert_rows(scores: &Scores, data: &Dataset, scorer: &mut Scorer) {
    let Some(chunk) = data.chunks.first() else {
        return;
    };
    for at in (0..scores.len()).filter(|at| !scores.refused[*at]).take(40) {
        let row = scores.rows[at] as usize;
        let values: Vec<Option<f64>> = chunk.columns.iter().map(|column| column.get(row)).collect();
        // A value that its group gives cannot be had without a group.
        let Ok(alone) = scorer.row(&values) else {
            continue;
        };
        let bits = |value: Option<f64>| value.map(f64::to_bits);
        assert_eq!(bits(scores.index().get(at)), bits(alone.index), "{row}");
        assert_eq!(scores.bands[at], alone.band, "{row}");
        let of_row = scores
            .issues
            .iter()
            .filter(|own| own.row == Some(row as u32));
        let told = |issue: &tanggap::base::Issue| (issue.kind, issue.node, issue.place);
        let whole = alone.issues.iter().filter(|own| own.row.is_some());
        let from_data = |issue: &&tanggap::base::Issue| issue.node.is_some();
        assert_eq!(
            of_row.filter(from_data).map(told).collect::<Vec<_>>(),
            whole.map(told).collect::<Vec<_>>(),
            "{row}"
        );
    }
}

/// Every figure to the bit, and every issue.
fn assert_same(a: &Scores, b: &Scores) {
    let rules = a.program.rules();
    for node in rules.indices() {
        let bits = |scores: &Scores| -> Vec<Option<u64>> {
            let column = scores.node(node).iter();
            column.map(|value| value.map(f64::to_bits)).collect()
        };
        assert_eq!(bits(a), bits(b), "{}", rules.node(node).id);
        for at in 0..a.len() {
            let raw = |scores: &Scores| scores.raw_value(node, at).map(f64::to_bits);
            assert_eq!(raw(a), raw(b), "{}", rules.node(node).id);
            assert_eq!(a.decision(node, at), b.decision(node, at));
        }
    }
    assert_eq!((&a.bands, &a.ranks), (&b.bands, &b.ranks));
    assert!(a.issues == b.issues, "{:?}\n{:?}", a.issues, b.issues);
}

/// A file of the public statistics; `None`, with a word, where they are not at hand.
pub fn shared_data(name: &str) -> Option<PathBuf> {
    shared(&format!("data/{name}"))
}

/// A file that is not part of the repository; `None`, with a word on standard error, where it is not at hand.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    // Written past the capture of the test harness, and kept for the end of the run.
    let word = format!("skipped: `{name}` is not at hand\n");
    let _ = std::io::stderr().write_all(word.as_bytes());
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped");
    let list = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(list);
    list.unwrap().write_all(word.as_bytes()).unwrap();
    None
}

/// A CSV of scores without its last column, the record, which changes with every rule file and engine.
pub fn without_record(csv: &str) -> String {
    let lines = csv.lines().map(|line| {
        // The record is quoted, and holds commas.
        let end = line
            .find(",\"{")
            .or(line.rfind(',').filter(|_| line.contains(',')));
        line[..end.unwrap_or(line.len())].to_owned() + "\n"
    });
    lines.collect()
}
