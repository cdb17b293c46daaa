//! Every plug point, used from outside the crate, one line each.

use std::io::{Read, Write};
use std::sync::Arc;

use tanggap::base::{Diagnostic, Error, IssueKind, Text};
use tanggap::bundle::MemoryLoader;
use tanggap::calculus::*;
use tanggap::check::Lint;
use tanggap::evaluate::{Dataset, Found, Origin, ReadRequest, Reader, Table};
use tanggap::report::{Reporter, ScoreReport};
use tanggap::{Engine, EvaluateOptions, Plugin, Registry, RuleSet, evaluate, summarise};

struct Halves;

impl Normalisation for Halves {
    fn name(&self) -> &'static str {
        "halves"
    }
    fn title(&self) -> Text {
        Text::new("belahan", "halves")
    }
    fn options(&self) -> Vec<OptionSpec> {
        vec![OptionSpec {
            name: "limit",
            default: OptionDefault::Value(5.0),
            meaning: Text::new("batas", "limit"),
        }]
    }
    fn curve(&self, options: &Options, _: bool, _: &Population) -> Result<Curve, IssueKind> {
        let limit = options.required("limit");
        Ok(Box::new(move |x| {
            Position::new(if x >= limit { 1.0 } else { 0.0 }, 1.0)
        }))
    }
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
        parts
            .first()
            .map(|part| part.score)
            .ok_or(IssueKind::NoWeight)
    }
}

struct Triple;

impl Function for Triple {
    fn name(&self) -> &'static str {
        "triple"
    }
    fn signature(&self) -> Signature {
        Signature::Numbers { least: 1, most: 1 }
    }
    fn meaning(&self) -> Text {
        Text::new("tiga kali x", "three times x")
    }
    fn call(&self, arguments: Arguments<'_>) -> Result<f64, IssueKind> {
        Ok(arguments.number(0) * 3.0)
    }
}

struct NoDraft;

impl Lint for NoDraft {
    fn code(&self) -> &'static str {
        "X001"
    }
    fn meaning(&self) -> Text {
        Text::new("masih rancangan", "still a draft")
    }
    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        findings.extend(
            rules
                .status
                .origin
                .map(|span| Diagnostic::warning("X001", span, self.meaning())),
        );
    }
}

/// Lines of `code=value`.
struct Pairs;

impl Reader for Pairs {
    fn name(&self) -> &'static str {
        "pairs"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["pairs"]
    }
    fn recognises(&self, _: &[u8]) -> bool {
        false
    }
    fn read(&self, input: &mut dyn Read, request: &ReadRequest) -> Result<Dataset, Error> {
        let mut text = String::new();
        input.read_to_string(&mut text).unwrap();
        let headers = vec!["kode".to_owned(), request.headers[0].clone()];
        let mut table = Table::begin(headers, Origin::default(), request)?;
        for (at, line) in text.lines().enumerate() {
            let cells: Vec<&str> = line.split('=').collect();
            table.row(at as u32 + 1, |at| match cells.get(at) {
                Some(cell) => Found::Written((*cell).into()),
                None => Found::Nothing,
            });
        }
        Ok(table.finish())
    }
}

struct Count;

impl Reporter for Count {
    fn name(&self) -> &'static str {
        "count"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["count"]
    }
    fn includes_summary(&self) -> bool {
        false
    }
    fn write(&self, report: &ScoreReport<'_>, out: &mut dyn Write) -> std::io::Result<()> {
        write!(out, "{} regions", report.scores.len())
    }
}

struct Ours;

impl Plugin for Ours {
    fn register(&self, registry: &mut Registry) {
        registry.methods.normalisations.push(Arc::new(Halves));
        registry.methods.aggregations.push(Arc::new(First));
        registry.methods.functions.push(Arc::new(Triple));
        registry.lints.push(Arc::new(NoDraft));
        registry.readers.push(Arc::new(Pairs));
        registry.reporters.push(Arc::new(Count));
    }
}

#[test]
fn each_plug_point_takes_one_line() {
    let loader = MemoryLoader::new([
        (
            "uji/2024/index.toml",
            "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 300]\naggregate = \"first\"",
        ),
        (
            "uji/2024/a.toml",
            "[variable]\n[indicator.x]\nnormalise = { halves = { limit = 4 } }\nrange = [0, 100]",
        ),
        ("uji/2024/a.rhai", "triple(x)"),
    ]);
    let engine = Engine::builder().loader(loader).plugin(Ours).build();
    let program = engine.program(&"uji/2024".parse().unwrap()).unwrap();
    assert_eq!(program.warnings.list[0].code, "X001");
    let program = program.output;
    let data = engine
        .read(
            &program,
            Some("data.pairs"),
            &mut "01=3\n02=4\n".as_bytes(),
            None,
        )
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    assert_eq!(
        scores.index().iter().collect::<Vec<_>>(),
        [Some(0.0), Some(300.0)]
    );
    let summary = summarise(&scores);
    let report = ScoreReport::new(&scores, &summary, "");
    let reporter = engine
        .registry()
        .reporters
        .iter()
        .find(|reporter| reporter.name() == "count")
        .unwrap();
    let mut out = Vec::new();
    reporter.write(&report, &mut out).unwrap();
    assert_eq!(out, b"2 regions");
}
