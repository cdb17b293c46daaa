//! Frozen reference populations: the same bits as the data they were taken over, and a refusal where they no longer
//! fit.

mod support;

use support::Case;
use tanggap::base::Lang;
use tanggap::evaluate::{Dataset, ReadRequest, freeze};
use tanggap::{EvaluateOptions, Program, Scores, evaluate};

const INDEX: &str = r#"
title = "Uji"
status = "draft"
scale = [0, 100]
[data]
group = "provinsi"
"#;

const VARIABLE: &str = r#"
[variable]
[indicator.a]
normalise = "min-max"
better = "high"
[indicator.b]
normalise = "z-score"
better = "low"
missing = "mean"
[indicator.c]
normalise = "rank"
better = "high"
missing = "group-mean"
[indicator.d]
normalise = "percentile-rank"
better = "low"
treat = { winsorise = 1, else = "log" }
[indicator.e]
normalise = { distance-to-target = { target = 0.1 } }
better = "high"
valid = [0, 1000]
treat = { winsorise = 2 }
[indicator.f]
worst = 0
best = 10
"#;

fn case() -> Case {
    Case::of([("index.toml", INDEX), ("v.toml", VARIABLE)])
}

fn frozen(case: &Case, population: &str) -> Case {
    let index = INDEX.replace("[data]", "[data]\nreference = \"frozen\"");
    let copy = Case::of([
        ("index.toml", index.as_str()),
        ("v.toml", case.section("v.toml").unwrap()),
    ]);
    copy.with("population.toml", population)
}

/// Figures with every digit a double has.
fn rows() -> Vec<String> {
    let mut state = 1u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..60)
        .map(|row| {
            let outlier = if row % 7 == 0 {
                100.0 + f64::from(row)
            } else {
                1.0
            };
            let cells: Vec<String> = (0..6)
                .map(|_| match random() {
                    x if x < 0.05 => String::new(),
                    x => (x * outlier).to_string(),
                })
                .collect();
            format!("{row:02},P{},{}", row % 4, cells.join(","))
        })
        .collect()
}

fn csv(rows: &[String]) -> String {
    format!("kode,provinsi,a,b,c,d,e,f\n{}\n", rows.join("\n"))
}

fn read(case: &Case, program: &Program, csv: &str) -> Dataset {
    let request = ReadRequest::of(program.rules());
    let mut input = csv.as_bytes();
    case.engine()
        .read(program, Some("acuan \"1\".csv"), &mut input, Some(&request))
        .unwrap()
}

fn scores(case: &Case, csv: &str) -> Scores {
    let (program, _) = support::program(case).unwrap_or_else(|report| panic!("{report}"));
    let data = read(case, &program, csv);
    evaluate(&program, &data, &EvaluateOptions::default()).unwrap()
}

fn bits(scores: &Scores, region: &str) -> Vec<Option<u64>> {
    let at = scores.find(region).unwrap();
    let rules = scores.program.rules();
    rules
        .indices()
        .map(|node| scores.node(node).get(at).map(f64::to_bits))
        .collect()
}

fn population(case: &Case, csv: &str) -> String {
    let (program, _) = support::program(case).unwrap_or_else(|report| panic!("{report}"));
    freeze(&program, &read(case, &program, csv), "acuan \"1\".csv")
}

#[test]
fn frozen_statistics_give_the_same_bits() {
    let rows = rows();
    let whole = csv(&rows);
    let open = scores(&case(), &whole);
    let population = population(&case(), &whole);
    let kept = frozen(&case(), &population);
    let again = scores(&kept, &whole);
    let treated = |scores: &Scores| {
        let kinds = scores.issues.iter().map(|issue| issue.kind.code());
        kinds.filter(|code| code.starts_with("D3")).count()
    };
    assert!(treated(&open) > 20, "the population has outliers");
    for row in &rows {
        let region = &row[..2];
        assert_eq!(bits(&open, region), bits(&again, region), "{row}");
        // Alone, a region is judged against the same population.
        let alone = scores(&kept, &csv(std::slice::from_ref(row)));
        assert_eq!(bits(&open, region), bits(&alone, region), "{row}");
    }
    assert_ne!(
        open.program.rules().rules_digest,
        again.program.rules().rules_digest,
        "what a population changes is part of the rules"
    );
    let moved = population.replacen("maximum = 1", "maximum = 2", 1);
    assert_ne!(moved, population);
    let moved = scores(&frozen(&case(), &moved), &whole);
    assert_ne!(
        again.program.rules().rules_digest,
        moved.program.rules().rules_digest
    );
    // Freezing what is frozen gives the same file.
    let thawed = kept.engine().thawed_program(&kept.name()).unwrap().output;
    let data = read(&kept, &thawed, &whole);
    assert_eq!(freeze(&thawed, &data, "acuan \"1\".csv"), population);
}

#[test]
fn statistics_of_another_definition_are_refused() {
    let population = population(&case(), &csv(&rows()));
    let changed = VARIABLE.replace("valid = [0, 1000]", "valid = [0, 900]");
    let changed = Case::of([("index.toml", INDEX), ("v.toml", &changed)]);
    let report = support::program(&frozen(&changed, &population))
        .err()
        .unwrap();
    assert!(
        report.contains("E603") && !report.contains("E604"),
        "{report}"
    );
    let shortened = population.replacen("values = [", "values = [0.5, 0.25, ", 1);
    let report = support::program(&frozen(&case(), &shortened))
        .err()
        .unwrap();
    assert!(
        report.contains("E604") && !report.contains("E603"),
        "{report}"
    );
    // A weight or a title is not part of what the raw values are.
    let other = VARIABLE.replace("[indicator.f]", "[indicator.f]\ntitle = \"F\"");
    let other = Case::of([("index.toml", INDEX), ("v.toml", &other)]);
    assert!(support::program(&frozen(&other, &population)).is_ok());
    let added = format!("{VARIABLE}[indicator.g]\nnormalise = \"rank\"\nbetter = \"high\"\n");
    let added = Case::of([("index.toml", INDEX), ("v.toml", &added)]);
    let report = support::program(&frozen(&added, &population))
        .err()
        .unwrap();
    assert!(report.contains("E602"), "{report}");
}

#[test]
fn a_single_region_is_refused_unless_the_rules_say_so() {
    let row = csv(&rows()[1..2]);
    let (program, _) = support::program(&case()).unwrap_or_else(|report| panic!("{report}"));
    let data = read(&case(), &program, &row);
    let error = evaluate(&program, &data, &EvaluateOptions::default())
        .err()
        .unwrap();
    assert!(
        error.render(Lang::En).contains("only one region"),
        "{error}"
    );
    let index = INDEX.replace("[data]", "[data]\nreference = \"data\"");
    let said = Case::of([("index.toml", index.as_str()), ("v.toml", VARIABLE)]);
    let scored = scores(&said, &row);
    assert!(
        scored
            .issues
            .iter()
            .any(|issue| issue.kind.code() == "D210")
    );
}
