//! The interpreter and the flat programs agree in every bit and every issue, whatever the formula and the data.
//!
//! The long run, with more formulas and up to so many rows for each; what fails is made smaller before it is shown:
//! `TANGGAP_ROWS=4000 PROPTEST_CASES=100000 cargo test --release both_executors_agree -- --nocapture`

use crate::support::random::{cell, rules};
use crate::support::{Case, evaluate, with_formula};
use proptest::prelude::*;
use tanggap::bundle::DiskLoader;
use tanggap::compile::StepKind;
use tanggap::{Engine, EvaluateOptions, Scores};

/// What leaves formulas to the interpreter, where the check accepts the rules; then both executors have agreed.
fn agree(case: &Case, rows: &[[Option<f64>; 3]]) -> Option<Vec<String>> {
    let program = crate::support::program(case).ok()?.0;
    let text: String = (0..rows.len())
        .map(|row| format!("{row:07},1,1,1\n"))
        .collect();
    let text = format!("kode,a,b,c\n{text}");
    let engine = case.engine();
    let read = engine.read(&program, None, &mut text.as_bytes(), None);
    let read = read.unwrap();
    // What no file can say, a program that builds its data can. Then the same without what is out of the ordinary, for
    // which there is a program of its own.
    let ordinary = |value: Option<f64>| value.filter(|value| value.abs() < 1e100);
    for whole in [false, true] {
        let mut data = read.clone();
        for (at, row) in rows.iter().enumerate() {
            let chunk = data
                .chunks
                .iter_mut()
                .rfind(|chunk| chunk.start as usize <= at);
            let chunk = chunk.unwrap();
            let at = at - chunk.start as usize;
            for (column, value) in chunk.columns.iter_mut().zip(row) {
                let value = match whole {
                    true => Some(ordinary(*value).unwrap_or(3.0)),
                    false => *value,
                };
                column.set(at, value);
            }
        }
        // A single region has no others to be compared with.
        match evaluate(&program, &data, &EvaluateOptions::default()) {
            Ok(_) => {}
            Err(_) => assert_eq!(rows.len(), 1),
        }
    }
    let kept = program.steps().iter().filter_map(|step| match &step.kind {
        StepKind::Formula(formula) => formula.flat.as_ref().err(),
        _ => None,
    });
    Some(kept.map(|kept| kept.reason.en.to_string()).collect())
}

/// The most rows for each formula.
fn most_rows() -> usize {
    let given = std::env::var("TANGGAP_ROWS").ok();
    given.and_then(|rows| rows.parse().ok()).unwrap_or(40)
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 10_000_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn both_executors_agree(
        rules in rules(),
        rows in prop::collection::vec([cell(), cell(), cell()], 1..most_rows()),
    ) {
        let kept = agree(&rules, &rows);
        prop_assume!(kept.is_some());
        // Nothing here depends on the data but numbers and flags.
        let other = kept.iter().flatten().find(|reason| !reason.starts_with("too long"));
        prop_assert_eq!(other, None, "{}", rules.section("uji.rhai").unwrap_or(""));
    }
}

/// Scores of a case over a table, the same by both executors.
fn scored(case: &Case, text: &str) -> Scores {
    let (program, _) = crate::support::program(case).unwrap_or_else(|report| panic!("{report}"));
    let data = case
        .engine()
        .read(&program, None, &mut text.as_bytes(), None);
    evaluate(&program, &data.unwrap(), &EvaluateOptions::default()).unwrap()
}

fn codes(scores: &Scores) -> Vec<&'static str> {
    let issues = scores.issues.iter();
    issues.map(|issue| issue.kind.code()).collect()
}

/// Found by the long run: a weighted sum too large for a double, brought back between its bounds.
#[test]
fn a_mean_that_is_not_finite_is_not_brought_back() {
    let variable = "[variable]\naggregate = \"weighted-mean\"\n[indicator.a]\nnormalise = \"none\"\nclamp = false\nweight = 2\n[indicator.b]\nnormalise = \"none\"\nclamp = false\nweight = 1\n";
    let case = with_formula("0")
        .with("uji.toml", variable)
        .without("uji.rhai");
    let text = "kode,a,b\n01,1e308,\n02,1e308,1e308\n03,1,1\n";
    let scores = scored(&case, text);
    let codes = codes(&scores);
    assert_eq!(scores.index().present().count(), 1);
    assert_eq!(
        codes.iter().filter(|code| **code == "D203").count(),
        2,
        "{codes:?}"
    );
}

/// What one side of a branch has calculated is there for the other side, too, in a row by itself.
#[test]
fn parts_are_shared_between_branches() {
    for (shared, expected) in [("min(b, c)", 3.0), ("-b", -6.0), ("max(b, 1)", 6.0)] {
        let formula = format!("if a > 3 {{ {shared} }} else {{ {shared} + 1 }}");
        let case = with_formula(&formula);
        let text = "kode,a,b,c\n01,1,5,2\n02,1,6,3\n03,5,6,3\n";
        let scores = scored(&case, text);
        assert_eq!(scores.index().get(2), Some(expected), "{formula}");
        assert_eq!(scores.index().get(1), Some(expected + 1.0), "{formula}");
    }
}

/// A sum that is too large is an issue also of rows in which a branch does not read it, whatever it is fused with.
#[test]
fn what_is_too_large_is_told_where_it_arises() {
    let formula = "let s = a * 1.7e308 + b * 1.7e308; if c > 3 { s + 1 } else { 0 }";
    let case = with_formula(formula);
    let text = "kode,a,b,c\n01,1,1,1\n02,0.1,0.2,1\n";
    let scores = scored(&case, text);
    let codes = codes(&scores);
    assert!(codes.contains(&"D203"), "{codes:?}");
    assert_eq!(
        (scores.index().get(0), scores.index().get(1)),
        (None, Some(0.0))
    );
}

/// A mean stays between the values that weigh: the rounding of 3 · 0.7 / 3 must not push it below, and a value without
/// weight does not count.
#[test]
fn what_does_not_weigh_bounds_no_mean() {
    let mut variable = "[variable]\n".to_owned();
    for (id, weight) in [("a", 1), ("b", 1), ("c", 1), ("d", 0), ("e", 1)] {
        variable += &format!("[indicator.{id}]\nweight = {weight}\nnormalise = \"none\"\n");
    }
    for formula in ["weighted_mean(children)", ""] {
        let case = with_formula(formula).with("uji.toml", &variable);
        let case = match formula {
            "" => case.without("uji.rhai"),
            _ => case,
        };
        let text = "kode,a,b,c,d,e\n01,0.7,0.7,0.7,0,\n02,0.7,0.7,0.7,0,0.7\n";
        let scores = scored(&case, text);
        for row in [0, 1] {
            assert_eq!(scores.index().get(row), Some(0.7), "{formula} {row}");
        }
    }
}

/// The standard work in all its variants: compiled to the last formula, the same by both executors, with and without gaps.
#[test]
fn the_standard_work_is_compiled() {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rules");
    let engine = Engine::builder().loader(DiskLoader::new(rules)).build();
    let names = engine.rule_sets().unwrap();
    assert!(names.len() >= 7, "{names:?}");
    for name in names {
        let program = engine
            .program(&name)
            .unwrap_or_else(|error| panic!("{error}"));
        let program = program.output;
        for step in program.steps() {
            if let StepKind::Formula(formula) = &step.kind {
                assert!(formula.flat.is_ok(), "{name}: {:?}", formula.flat);
            }
        }
        let columns = &program.rules().columns;
        for gaps in [0, 5] {
            let mut state = 1u64;
            let mut text = "kode".to_owned();
            columns
                .iter()
                .for_each(|own| text += &format!(",{}", own.header));
            for row in 0..1100 {
                text += &format!("\n{row:05}");
                for _ in columns {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    match (state >> 33) % 100 < gaps {
                        true => text.push(','),
                        false => text += &format!(",{}", (state >> 40) % 1200 / 10),
                    }
                }
            }
            let data = engine.read(&program, None, &mut (text + "\n").as_bytes(), None);
            let scores = evaluate(&program, &data.unwrap(), &EvaluateOptions::default()).unwrap();
            let scored = scores.index().present().count();
            assert!(gaps > 0 || scored == 1100, "{name}: {scored}");
        }
    }
}

/// Rows beyond one block and one chunk, and expressions over raw columns.
#[test]
fn both_executors_agree_beyond_a_block() {
    let formula = "let s = 0; for k in children { if !k.missing { s += k.score * k.weight; } } if s > 100 { s / (a - 50) } else { s }";
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [-1000, 1000]\n";
    let variable = "[variable]\n[indicator.a]\nnormalise = \"none\"\n[indicator.b]\nvalue = \"100 * kasus / penduduk\"\nnormalise = \"none\"\n";
    let case = Case::of([
        ("index.toml", index),
        ("uji.toml", variable),
        ("uji.rhai", formula),
    ]);
    let mut text = String::from("kode,a,kasus,penduduk\n");
    for row in 0..9000 {
        let a = if row % 7 == 0 {
            String::new()
        } else {
            format!("{}", row % 101)
        };
        text.push_str(&format!("k{row},{a},{},{}\n", row % 13, row % 5));
    }
    let scores = scored(&case, &text);
    let codes = codes(&scores);
    assert!(
        codes.contains(&"D202") && scores.index().present().count() > 5000,
        "{codes:?}"
    );
}

/// Long formulas neither overflow the stack nor run away: they are compiled, or left to the interpreter.
#[test]
fn long_formulas_are_compiled_or_left() {
    let arms = |value: &str| {
        let arms: Vec<String> = (0..250).map(|at| format!("{at} => {at}")).collect();
        format!("switch {value} {{ {}, _ => 7 }}", arms.join(", "))
    };
    let sides = vec!["a"; 50].join(" ?? ");
    let sums = format!("let s = 0; {} s", "s += a; ".repeat(1500));
    for formula in [arms("6000"), arms("a"), format!("{sides} ?? 3"), sums] {
        let kept = agree(&with_formula(&formula), &[[Some(3.0); 3], [None; 3]]);
        assert_eq!(kept, Some(Vec::new()), "{}", &formula[..40]);
    }
}

/// A text that depends on the data is left to the interpreter, with the reason and its place.
#[test]
fn what_is_not_numbers_stays_with_the_interpreter() {
    let formula = "let t = \"x\"; if a > 3 { t = \"y\"; } switch t { \"x\" => 1, _ => 2 }";
    let case = with_formula(formula);
    let (program, _) = crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
    let kept = program.steps().iter().find_map(|step| match &step.kind {
        StepKind::Formula(formula) => formula.flat.as_ref().err(),
        _ => None,
    });
    let kept = kept.unwrap();
    assert!(kept.reason.en.contains("depends on the data"));
    assert!(program.rules().sources.slice(kept.span).contains("switch"));
    let plan = tanggap::report::render_plan(&program, tanggap::base::Lang::En);
    assert!(plan.contains("uji: interpreted: a text, list or child that depends on the data  [kasus/2024/uji.rhai:1]"), "{plan}");
    let kept = agree(&case, &[[Some(1.0); 3], [Some(5.0); 3], [None; 3]]);
    assert_eq!(kept.map(|kept| kept.len()), Some(1));
}
