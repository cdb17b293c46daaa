//! Frozen reference populations: the same bits as the data they were taken over, and a refusal where they no longer
//! fit.

use crate::support::{Case, evaluate};
use tanggap::base::Lang;
use tanggap::data::{Dataset, ReadRequest};
use tanggap::evaluate::freeze;
use tanggap::{EvaluateOptions, Program, Scores};

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
    let (program, _) = crate::support::program(case).unwrap_or_else(|report| panic!("{report}"));
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
    let (program, _) = crate::support::program(case).unwrap_or_else(|report| panic!("{report}"));
    freeze(
        &program,
        &read(case, &program, csv),
        "acuan \"1\".csv",
        None,
    )
    .unwrap()
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
    let again = freeze(&thawed, &data, "acuan \"1\".csv", None).unwrap();
    assert_eq!(again, population);
}

#[test]
fn statistics_of_another_definition_are_refused() {
    let population = population(&case(), &csv(&rows()));
    let changed = VARIABLE.replace("valid = [0, 1000]", "valid = [0, 900]");
    let changed = Case::of([("index.toml", INDEX), ("v.toml", &changed)]);
    let report = crate::support::program(&frozen(&changed, &population))
        .err()
        .unwrap();
    assert!(
        report.contains("E603") && !report.contains("E604"),
        "{report}"
    );
    let shortened = population.replacen("values = [", "values = [0.5, 0.25, ", 1);
    let report = crate::support::program(&frozen(&case(), &shortened))
        .err()
        .unwrap();
    assert!(
        report.contains("E604") && !report.contains("E603"),
        "{report}"
    );
    // A weight or a title is not part of what the raw values are.
    let other = VARIABLE.replace("[indicator.f]", "[indicator.f]\ntitle = \"F\"");
    let other = Case::of([("index.toml", INDEX), ("v.toml", &other)]);
    assert!(crate::support::program(&frozen(&other, &population)).is_ok());
    let added = format!("{VARIABLE}[indicator.g]\nnormalise = \"rank\"\nbetter = \"high\"\n");
    let added = Case::of([("index.toml", INDEX), ("v.toml", &added)]);
    let report = crate::support::program(&frozen(&added, &population))
        .err()
        .unwrap();
    assert!(report.contains("E602"), "{report}");
}

#[test]
fn a_single_region_is_refused_unless_the_rules_say_so() {
    let row = csv(&rows()[1..2]);
    let (program, _) = crate::support::program(&case()).unwrap_or_else(|report| panic!("{report}"));
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

/// What makes raw values what they are: functions, parameters, headers, what means "no data".
#[test]
fn everything_that_makes_raw_values_is_part_of_their_definition() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[parameters]\nper = 2\n[columns]\nk = \"Kasus\"\n[data]\nmissing = [\"-\"]\n[indicator.a]\nvalue = \"per_kapita(k, parameters.per)\"\nnormalise = \"min-max\"\nbetter = \"high\"\n";
    let library = "fn per_kapita(x, per) { x * per }";
    let open = Case::of([("index.toml", index), ("lib/l.rhai", library)]);
    let frozen_file = population(&open, "kode,Kasus\n01,1\n02,5\n");
    let with = |index: &str, library: &str| {
        let index = index.replace("[data]", "[data]\nreference = \"frozen\"");
        let files = [
            ("index.toml", index.as_str()),
            ("lib/l.rhai", library),
            ("population.toml", &frozen_file),
        ];
        crate::support::program(&Case::of(files))
    };
    assert!(with(index, library).is_ok());
    for (index, library) in [
        (index.to_owned(), library.replace("x * per", "x / per")),
        (index.replace("per = 2", "per = 900"), library.to_owned()),
        (
            index.replace("\"Kasus\"", "\"Kasus 2\""),
            library.to_owned(),
        ),
        (index.replace("\"-\"", "\"?\""), library.to_owned()),
    ] {
        let report = with(&index, &library).err().unwrap();
        assert!(report.contains("E603"), "{index}{library}\n{report}");
    }
    // A comment or a title is not.
    assert!(
        with(
            &index.replace("[indicator.a]", "[indicator.a]\ntitle = \"A\""),
            &format!("// catatan\n{library}")
        )
        .is_ok()
    );
}

/// Figures that no column can have are refused, whatever was done to the file by hand.
#[test]
fn impossible_statistics_are_refused() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\ngroup = \"g\"\n[indicator.a]\nnormalise = \"z-score\"\nbetter = \"high\"\nmissing = \"group-mean\"\ntreat = { winsorise = 1 }\n[indicator.b]\nnormalise = \"rank\"\nbetter = \"high\"\n";
    let open = Case::of([("index.toml", index)]);
    let rows: Vec<String> = (0..30)
        .map(|row| format!("{row:02},G,{row},{row}"))
        .collect();
    let good = population(
        &open,
        &format!("kode,g,a,b\n{}\n30,G,900,40\n", rows.join("\n")),
    );
    let frozen_index = index.replace("[data]", "[data]\nreference = \"frozen\"");
    let with = |population: &str| {
        crate::support::program(&Case::of([
            ("index.toml", frozen_index.as_str()),
            ("population.toml", population),
        ]))
    };
    assert!(with(&good).is_ok(), "{good}");
    let line = |key: &str| {
        good.lines()
            .find(|line| line.starts_with(key))
            .unwrap()
            .to_owned()
    };
    let faults = [
        (
            line("standard_deviation"),
            "standard_deviation = -17.4",
            "E604",
        ),
        (
            line("standard_deviation"),
            "standard_deviation = 5e-324",
            "E604",
        ),
        (
            line("standard_deviation"),
            "standard_deviation = 400",
            "E604",
        ),
        (line("mean"), "mean = 1e300", "E604"),
        (line("mean"), "mean = \"10\"", "E202"),
        (line("minimum"), "minimum = 700", "E604"),
        (line("maximum"), "", "E602"),
        (line("count"), "count = 0", "E602"),
        (line("group_means"), "group_means = \"x\"", "E202"),
        (line("group_means"), "group_means = { G = \"x\" }", "E202"),
        (line("group_means"), "", "E602"),
        (line("treatment"), "treatment = \"log\"", "E202"),
        (line("treatment"), "treatment = {}", "E202"),
        (
            line("treatment"),
            "treatment = { low = 10, high = 1 }",
            "E604",
        ),
        (line("treatment"), "treatment = { log = 3 }", "E202"),
        (line("values"), "values = [1, \"2\", 3]", "E202"),
        (
            line("values"),
            &line("values").replace("[0.0", "[-50.0"),
            "E604",
        ),
        (line("years"), "years = [2.5, -3]", "E202"),
        ("[indicator.a]".to_owned(), "[indicator.c]", "E602"),
    ];
    for (from, to, code) in &faults {
        let changed = good.replacen(from.as_str(), to, 1);
        assert_ne!(changed, good, "{from}");
        let report = with(&changed)
            .err()
            .unwrap_or_else(|| panic!("{to} was let through"));
        assert!(report.contains(code), "{to}\n{report}");
    }
    for population in [
        "indicator = 5",
        "[population]\n[indicator]\na = 5\nb = []",
        "[variable]\nweight = 1",
    ] {
        assert!(with(population).is_err(), "{population}");
    }
    let report = crate::support::program(&Case::of([
        ("index.toml", index),
        ("population.toml", "[variable]\nweight = 1"),
    ]));
    assert!(report.err().unwrap().contains("E605"));
}

/// A later year may ask for a statistic that an earlier one did not freeze.
#[test]
fn statistics_that_are_asked_for_later_are_refused() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[indicator.a]\nworst = 0\nbest = 10\ntreat = { winsorise = 1 }\n";
    let population = population(
        &Case::of([("index.toml", index)]),
        "kode,a\n01,1\n02,5\n03,9\n",
    );
    let frozen_index = index.replace(
        "[indicator.a]",
        "[data]\nreference = \"frozen\"\n[indicator.a]",
    );
    let files = [
        ("2023/index.toml", frozen_index.as_str()),
        ("2023/population.toml", &population),
    ];
    assert!(crate::support::program(&Case::of(files)).is_ok());
    let later = "extends = \"2023\"\nstatus = \"draft\"\n[indicator.a]\nnormalise = \"rank\"\nbetter = \"high\"\n";
    let report =
        crate::support::program(&Case::of([files[0], files[1], ("2024/index.toml", later)]))
            .err()
            .unwrap();
    assert!(report.contains("E602"), "{report}");
    // And it may do without a treatment.
    let without = "extends = \"2023\"\nstatus = \"draft\"\n[indicator.a]\ntreat = false\n";
    let (program, _) = crate::support::program(&Case::of([
        files[0],
        files[1],
        ("2024/index.toml", without),
    ]))
    .unwrap();
    assert!(
        program
            .rules()
            .nodes
            .iter()
            .all(|node| node.indicator().is_none_or(|own| own.treat.is_none()))
    );
}

/// Beyond the end of the population that a logarithm was decided on, a value takes that end.
#[test]
fn a_frozen_logarithm_holds_beyond_its_population() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[indicator.a]\nnormalise = \"min-max\"\nbetter = \"high\"\ntreat = { winsorise = 0, else = \"log\" }\n";
    let rows: Vec<String> = (0..40)
        .map(|row| format!("{row:02},{}", 10 + row))
        .collect();
    let csv = format!("kode,a\n{}\n40,9000\n", rows.join("\n"));
    let population = population(&Case::of([("index.toml", index)]), &csv);
    assert!(population.contains("log = "), "{population}");
    let frozen_index = index.replace(
        "[indicator.a]",
        "[data]\nreference = \"frozen\"\n[indicator.a]",
    );
    let kept = Case::of([
        ("index.toml", frozen_index.as_str()),
        ("population.toml", &population),
    ]);
    let scored = scores(&kept, "kode,a\n01,-500\n02,10\n03,11\n");
    let index: Vec<Option<f64>> = scored.index().iter().collect();
    assert_eq!(index[..2], [Some(0.0), Some(0.0)]);
    assert!(index[2] > Some(0.0));
}

#[test]
fn what_cannot_be_a_population_is_not_frozen() {
    let (program, _) = crate::support::program(&case()).unwrap_or_else(|report| panic!("{report}"));
    let whole = csv(&rows());
    let data = read(&case(), &program, &whole);
    assert!(
        freeze(&program, &data, "d.csv", Some(2020)).is_err(),
        "there is no year"
    );
    let one = read(&case(), &program, &csv(&rows()[1..2]));
    assert!(freeze(&program, &one, "d.csv", None).is_err());
    // An indicator without any value has no statistics, and one whose squares overflow none to be trusted.
    let header = "kode,provinsi,a,b,c,d,e,f";
    assert!(whole.starts_with(header), "{whole}");
    for value in ["", "1e308"] {
        let rows = (1..9).map(|row| {
            let sign = if row % 2 == 0 || value.is_empty() {
                ""
            } else {
                "-"
            };
            format!("{row:02},X,{row},{sign}{value},{row},{row},{row},{row}\n")
        });
        let text = format!("{header}\n{}", rows.collect::<String>());
        let refused = freeze(&program, &read(&case(), &program, &text), "d.csv", None);
        assert!(refused.is_err(), "{value}");
    }
    let mut request = ReadRequest::of(program.rules());
    request.group = None;
    let mut input = whole.as_bytes();
    let groupless = case()
        .engine()
        .read(&program, Some("d.csv"), &mut input, Some(&request))
        .unwrap();
    assert!(freeze(&program, &groupless, "d.csv", None).is_err());
}

#[test]
fn one_year_of_several_can_be_frozen() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\nyear = \"t\"\n[indicator.a]\nnormalise = \"min-max\"\nbetter = \"high\"\n";
    let case = Case::of([("index.toml", index)]);
    let (program, _) = crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
    let data = read(
        &case,
        &program,
        "kode,t,a\n01,2020,1\n02,2020,5\n01,2021,100\n02,2021,200\n",
    );
    let one = freeze(&program, &data, "d.csv", Some(2020)).unwrap();
    assert!(
        one.contains("years  = [2020]")
            && one.contains("maximum = 5.0")
            && one.contains("rows   = 2"),
        "{one}"
    );
    let all = freeze(&program, &data, "d.csv", None).unwrap();
    assert!(
        all.contains("years  = [2020, 2021]") && all.contains("maximum = 200.0"),
        "{all}"
    );
}
