//! Plug-ins from outside the crate: each is one file and one line, and works like what comes with the engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tanggap::base::{IssueKind, Text};
use tanggap::bundle::MemoryLoader;
use tanggap::calculus::{Aggregation, Arguments, Function, Options, Part, Signature};
use tanggap::compile::Executor;
use tanggap::{Engine, EvaluateOptions, Plugin, Registry, evaluate};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/plugins")
}

/// The command of the example, which has a plug-in of each kind.
#[cfg(feature = "cli")]
fn example(arguments: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "plugins", "--"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        lines.join("\n")
    };
    format!(
        "exit {}\n--- stdout\n{}\n--- stderr\n{}",
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr)
    )
}

#[cfg(feature = "cli")]
#[test]
fn the_command_of_the_example_knows_its_plugins() {
    let rules = ["--rules", "examples/plugins/rules"];
    let data = ["--data", "examples/plugins/desa.geojson"];
    let score = [
        "score",
        "desa_digital/2024",
        "--format",
        "markdown",
        "--lang",
        "en",
    ];
    insta::assert_snapshot!(example(&[&score[..], &rules, &data].concat()));
    // Help and verification know them, too.
    assert!(example(&["score", "--help"]).contains("markdown"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skor.csv");
    let path = path.to_str().unwrap();
    let output = ["score", "desa_digital/2024", "--output", path];
    assert!(example(&[&output[..], &rules, &data].concat()).starts_with("exit 0"));
    let verified = example(&[&["verify", path][..], &rules].concat());
    assert!(verified.contains("byte by byte"), "{verified}");
}

/// One file and one line each: the files of the example, and the lines of its `register`.
#[test]
fn each_plugin_is_one_file_and_one_line() {
    let main = std::fs::read_to_string(folder().join("main.rs")).unwrap();
    let register = main.split("fn register").nth(1).unwrap();
    let register = register.split("\n    }").next().unwrap();
    let statements: Vec<&str> = register.split(';').map(str::trim).collect();
    let mut files = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs").filter(|name| *name != "main") else {
            continue;
        };
        let own = |text: &&&str| text.contains(&format!("{module}::"));
        assert_eq!(statements.iter().filter(own).count(), 1, "{module}");
        files += 1;
    }
    for table in [
        "functions",
        "normalisations",
        "lints",
        "readers",
        "reporters",
    ] {
        let push = format!("{table}\n            .push(");
        let one_line = format!("{table}.push(");
        assert_eq!(
            register.matches(&push).count() + register.matches(&one_line).count(),
            1,
            "{table}"
        );
    }
    assert_eq!(files, 5);
}

/// The tables that come with the engine are filled by a plug-in as well, and nowhere else.
#[test]
fn what_comes_with_the_engine_is_registered_the_same_way() {
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine/mod.rs");
    let engine = std::fs::read_to_string(engine).unwrap();
    let own = engine.split("impl Plugin for BuiltIn").nth(1).unwrap();
    let own = own.split("\n}").next().unwrap();
    for table in [
        "normalisations::all()",
        "aggregations::all()",
        "functions::all()",
        "lints::all()",
        "readers::all()",
        "reporters()",
    ] {
        assert_eq!(engine.matches(table).count(), 1, "{table}");
        assert!(own.contains(table), "{table}");
    }
    struct Empties;
    impl Plugin for Empties {
        fn register(&self, registry: &mut Registry) {
            registry.methods.normalisations.clear();
            registry.readers.clear();
        }
    }
    let engine = Engine::builder().plugin(Empties).build();
    assert!(
        engine
            .registry()
            .methods
            .normalisation("goalposts")
            .is_none()
    );
    assert!(engine.registry().readers.is_empty());
    assert!(!engine.registry().reporters.is_empty());
}

struct First;

impl Aggregation for First {
    fn name(&self) -> &'static str {
        "first"
    }
    fn title(&self) -> Text {
        Text::new("yang pertama", "the first")
    }
    fn combine(&self, parts: &[Part], _: &Options) -> Result<f64, IssueKind> {
        let first = parts.first().map(|part| part.score);
        first.ok_or(IssueKind::NoWeight)
    }
}

impl Plugin for First {
    fn register(&self, registry: &mut Registry) {
        registry.methods.aggregations.push(Arc::new(First));
    }
}

struct Halved;

impl Aggregation for Halved {
    fn name(&self) -> &'static str {
        "weighted-mean"
    }
    fn title(&self) -> Text {
        Text::new("separuh", "half")
    }
    fn combine(&self, _: &[Part], _: &Options) -> Result<f64, IssueKind> {
        Ok(0.5)
    }
}

impl Plugin for Halved {
    fn register(&self, registry: &mut Registry) {
        registry.methods.aggregations.push(Arc::new(Halved));
    }
}

/// A method under a name that comes with the engine is another method: the rules digest says so.
#[test]
fn what_is_replaced_is_part_of_the_digest() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[indicator.a]\nnormalise = \"none\"\n";
    let built = |builder: tanggap::EngineBuilder| {
        let loader = MemoryLoader::new([("uji/2024/index.toml", index)]);
        let engine = builder.loader(loader).build();
        engine.program(&"uji/2024".parse().unwrap()).unwrap().output
    };
    let digest = |program: &tanggap::Program| program.rules().rules_digest.clone();
    let plain = built(Engine::builder());
    let same = built(Engine::builder().plugin(First));
    let other = built(Engine::builder().plugin(Halved));
    assert_eq!(
        digest(&plain),
        digest(&same),
        "a method more changes nothing"
    );
    assert_ne!(digest(&plain), digest(&other));
}

struct LeastOf;

impl Function for LeastOf {
    fn name(&self) -> &'static str {
        "weighted_mean"
    }
    fn signature(&self) -> Signature {
        Signature::Children { numbers: 0 }
    }
    fn meaning(&self) -> Text {
        Text::new("yang terkecil", "the least")
    }
    fn call(&self, arguments: Arguments<'_>) -> Result<f64, IssueKind> {
        let scores = arguments.parts.iter().map(|part| part.score);
        Ok(scores.fold(f64::MAX, f64::min))
    }
}

impl Plugin for LeastOf {
    fn register(&self, registry: &mut Registry) {
        registry.methods.functions.push(Arc::new(LeastOf));
    }
}

/// A later function of a name is called by both executors, and no longer taken for what the name says.
#[test]
fn a_replaced_function_is_what_it_does() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n";
    let variable =
        "[variable]\n[indicator.a]\nnormalise = \"none\"\n[indicator.b]\nnormalise = \"none\"\n";
    let build = |builder: tanggap::EngineBuilder| {
        let files = [
            ("uji/2024/index.toml", index),
            ("uji/2024/v.toml", variable),
            ("uji/2024/v.rhai", "weighted_mean(children)"),
        ];
        let engine = builder.loader(MemoryLoader::new(files)).build();
        let program = engine.program(&"uji/2024".parse().unwrap()).unwrap().output;
        (engine, program)
    };
    let (_, plain) = build(Engine::builder());
    let (engine, program) = build(Engine::builder().plugin(LeastOf));
    let v = program.rules().find("v").unwrap();
    assert!(plain.rules().is_weighted_mean(v) && !program.rules().is_weighted_mean(v));
    let mut csv = "kode,a,b\n01,3,5\n".as_bytes();
    let data = engine.read(&program, None, &mut csv, None).unwrap();
    for executor in [Executor::Compiled, Executor::Interpreter] {
        let options = EvaluateOptions {
            executor,
            ..Default::default()
        };
        let scores = evaluate(&program, &data, &options).unwrap();
        assert_eq!(scores.index().get(0), Some(3.0), "{executor:?}");
    }
}

#[test]
fn an_aggregation_is_a_plugin_too() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\naggregate = \"first\"\n[indicator.a]\nnormalise = \"none\"\n[indicator.b]\nnormalise = \"none\"\n";
    let loader = MemoryLoader::new([("uji/2024/index.toml", index)]);
    let engine = Engine::builder().loader(loader).plugin(First).build();
    let program = engine.program(&"uji/2024".parse().unwrap()).unwrap().output;
    let mut csv = "kode,a,b\n01,3,5\n02,,7\n".as_bytes();
    let data = engine
        .read(&program, Some("d.csv"), &mut csv, None)
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let index: Vec<Option<f64>> = scores.index().iter().collect();
    assert_eq!(index, [Some(3.0), Some(7.0)]);
}
