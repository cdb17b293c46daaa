//! Explanations: contributions and obstacles that add up, the way to the next band.

mod support;

use support::{Case, evaluate, program, with_formula};
use tanggap::{EvaluateOptions, Scores, explain};

fn scored(case: &Case, csv: &str) -> Scores {
    let (program, _) = program(case).unwrap_or_else(|report| panic!("{report}"));
    let data = case
        .engine()
        .read(&program, None, &mut csv.as_bytes(), None)
        .unwrap();
    evaluate(&program, &data, &EvaluateOptions::default()).unwrap()
}

/// A rule set of one variable with so many indicators from 0 to 100.
fn with_indicators(count: usize, keys: &str, formula: Option<&str>) -> Case {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[band.a]\nfrom = 0\n[band.b]\nfrom = 60\n[band.c]\nabove = 80\n";
    let mut variable = format!("[variable]\n{keys}\n");
    for at in 0..count {
        variable.push_str(&format!("[indicator.i{at:02}]\nworst = 0\nbest = 100\n"));
    }
    let case = with_formula("0")
        .without("uji.rhai")
        .with("index.toml", index)
        .with("uji.toml", &variable);
    match formula {
        Some(formula) => case.with("uji.rhai", formula),
        None => case,
    }
}

fn csv(values: &[f64]) -> String {
    let header: Vec<String> = (0..values.len()).map(|at| format!("i{at:02}")).collect();
    let cells: Vec<String> = values.iter().map(f64::to_string).collect();
    format!("kode,{}\n01,{}\n", header.join(","), cells.join(","))
}

#[track_caller]
fn parts_add_up(scores: &Scores, sampled: bool) {
    let why = explain(scores, 0).unwrap();
    let index = scores.index().get(0).unwrap();
    let indicators: f64 = why.indicators.iter().map(|obstacle| obstacle.points).sum();
    let variables: f64 = why.variables.iter().map(|obstacle| obstacle.points).sum();
    assert!(
        (indicators - variables).abs() < 1e-9,
        "{indicators} {variables}"
    );
    assert!(
        (variables - (100.0 - index)).abs() < 1e-9,
        "{variables} of {}",
        100.0 - index
    );
    assert_eq!(why.indicators[0].error.is_some(), sampled);
    let variable = &why.trace.children[0];
    let contributions: f64 = variable
        .children
        .iter()
        .filter_map(|child| child.contribution)
        .sum();
    let score = variable.score.unwrap();
    assert!((variable.base.unwrap_or(0.0) + contributions - score).abs() < 1e-9);
}

#[test]
fn parts_of_a_formula_add_up_exactly() {
    let penalty = "let s = weighted_mean(children); if min(children) < 25 { s * 0.9 } else { s }";
    let case = with_indicators(3, "", Some(penalty));
    let scores = scored(&case, &csv(&[20.0, 60.0, 100.0]));
    parts_add_up(&scores, false);
    // By hand: 54 points of 100. Lifting the first alone also lifts the penalty.
    let why = explain(&scores, 0).unwrap();
    let points: Vec<f64> = why
        .indicators
        .iter()
        .map(|obstacle| obstacle.points)
        .collect();
    let first = ((86.0 + 2.0 / 3.0 - 54.0) + (100.0 - 66.0)) / 2.0;
    assert!((points[0] - first).abs() < 1e-9, "{points:?}");
    assert!((points[1] - (46.0 - first)).abs() < 1e-9, "{points:?}");
    assert_eq!(points[2], 0.0);
}

#[test]
fn parts_beyond_twelve_are_sampled_and_still_add_up() {
    let values: Vec<f64> = (0..15).map(|at| 10.0 + 6.0 * f64::from(at)).collect();
    let case = with_indicators(15, "aggregate = \"geometric-mean\"", None);
    let scores = scored(&case, &csv(&values));
    parts_add_up(&scores, true);
    let why = explain(&scores, 0).unwrap();
    assert!(why.indicators[0].error.unwrap() < 0.5);
    assert_eq!(
        scores.program.rules().node(why.indicators[0].node).id,
        "i00",
        "the least is the largest obstacle"
    );
    // The draw is fixed.
    assert_eq!(why.indicators, explain(&scores, 0).unwrap().indicators);
}

#[test]
fn rounding_of_a_parent_does_not_lose_points() {
    let case = with_indicators(2, "round_to = 0", None);
    let scores = scored(&case, &csv(&[33.3, 58.3]));
    let why = explain(&scores, 0).unwrap();
    assert_eq!(scores.index().get(0), Some(46.0));
    let parts: f64 = why.indicators.iter().map(|obstacle| obstacle.points).sum();
    assert!((parts - 54.0).abs() < 1e-9, "{parts}");
}

#[test]
fn what_cannot_be_divided_is_said() {
    let case = with_indicators(
        2,
        "",
        Some("if i00 > 99 && i01 < 50 { 1 / 0 } else { weighted_mean(children) }"),
    );
    let scores = scored(&case, &csv(&[40.0, 40.0]));
    let why = explain(&scores, 0).unwrap();
    let ids: Vec<&str> = why
        .undivided
        .iter()
        .map(|node| scores.program.rules().node(*node).id.as_str())
        .collect();
    assert_eq!(ids, ["uji"]);
    assert_eq!((why.variables.len(), why.indicators.len()), (1, 0));
}

#[test]
fn a_heavy_formula_is_explained_in_bounded_time() {
    let heavy =
        "let s = 0; for k in 0..5000 { s += 1e-9 * i00; } s + weighted_mean(children) * 0.9";
    let scores = scored(&with_indicators(13, "", Some(heavy)), &csv(&[50.0; 13]));
    let start = std::time::Instant::now();
    assert!(explain(&scores, 0).is_some());
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn the_next_band() {
    let case = with_indicators(1, "", None);
    let next = |value: f64| {
        let scores = scored(&case, &csv(&[value]));
        explain(&scores, 0)
            .unwrap()
            .next_band
            .map(|next| (next.band, next.distance))
    };
    assert_eq!(next(50.0), Some((1, 10.0)));
    assert_eq!(
        next(59.996),
        Some((2, 20.0)),
        "read off the published value 60.00"
    );
    assert_eq!(next(80.0), Some((2, 0.0)), "80 itself is not above 80");
    assert_eq!(next(90.0), None);
    let scores = scored(&case, "kode,i00\n01,\n");
    let why = explain(&scores, 0).unwrap();
    assert_eq!((why.next_band, why.variables.len()), (None, 0));
    assert!(explain(&scores, 1).is_none());
}
