//! Explanations: contributions and obstacles that add up, the way to the next band.

use crate::support::{Case, evaluate, program, with_formula};
use tanggap::base::Lang;
use tanggap::explain::{Mover, PartKind};
use tanggap::report::render_explanation;
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
        .filter_map(|child| child.part)
        .sum();
    let (score, division) = (variable.score.unwrap(), variable.division.unwrap());
    assert!((division.from + contributions - division.to).abs() < 1e-9);
    let own = match division.kind {
        PartKind::Gap => division.from,
        _ => division.to,
    };
    assert!((own - score).abs() < 1e-9);
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

/// The explanation of the first region as people read it.
fn text(scores: &Scores) -> String {
    render_explanation(scores, &explain(scores, 0).unwrap(), "d.csv", Lang::En)
}

/// The figures that stand right after a word, in order.
fn figures_after(text: &str, word: &str) -> Vec<f64> {
    let after = text.split(word).skip(1);
    let figure = |rest: &str| {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'));
        rest[..end.unwrap_or(rest.len())].parse().ok()
    };
    after.filter_map(figure).collect()
}

/// In thousandths, so that sums are exact.
fn thousandths(figures: &[f64]) -> i64 {
    figures
        .iter()
        .map(|figure| (figure * 1000.0).round() as i64)
        .sum()
}

#[test]
fn shown_parts_add_up_to_what_is_shown() {
    for values in [
        [50.05, 50.05, 50.04],
        [33.335, 33.335, 33.335],
        [0.004, 0.004, 0.004],
        [12.345, 67.891, 99.999],
    ] {
        let scores = scored(&with_indicators(3, "", None), &csv(&values));
        let text = text(&scores);
        let shown = figures_after(&text, "(uji): ");
        // The variable and its own contribution to the index come before those of the indicators.
        let parts = figures_after(&text, "contribution ");
        assert_eq!(parts.len(), 4, "{text}");
        assert_eq!(thousandths(&parts[1..]), thousandths(&shown[..1]), "{text}");
        let lost = figures_after(&text, "Obstacles by indicator (");
        let list = text.split("Obstacles by indicator").nth(1).unwrap();
        let list = list
            .lines()
            .skip(1)
            .filter_map(|line| line.trim().split(' ').next()?.parse().ok());
        let list: Vec<f64> = list.collect();
        assert_eq!(list.len(), 3, "{text}");
        assert_eq!(thousandths(&list), thousandths(&lost), "{text}");
        assert_eq!(
            thousandths(&lost) + thousandths(&shown[..1]),
            100_000,
            "{text}"
        );
    }
}

#[test]
fn a_score_is_shown_with_enough_digits_to_see_how_it_is_rounded() {
    let case = with_indicators(1, "", None);
    let index = case
        .section("index.toml")
        .unwrap()
        .replace("scale =", "decimals = 1\nscale =");
    let case = case.with("index.toml", &index);
    for (value, shown, published) in [
        (4.848, "4.848", "4.8"),
        (4.85, "4.85", "4.9"),
        (4.8, "4.8", "4.8"),
        (4.84999, "4.84999", "4.8"),
        // A half that doubles cannot hold is the half it stands for.
        (64.649_999_999_999_99, "64.65", "64.7"),
    ] {
        let text = text(&scored(&case, &csv(&[value])));
        assert!(text.contains(&format!("Uji (kasus): {shown}\n")), "{text}");
        assert!(
            text.contains(&format!("Published value {published} ")),
            "{text}"
        );
    }
}

#[test]
fn the_distance_to_a_band_follows_what_is_shown() {
    let case = with_indicators(1, "", None);
    let index = case.section("index.toml").unwrap();
    let index = index.replace("scale =", "decimals = 1\nband_value = \"exact\"\nscale =");
    let text = text(&scored(&case.with("index.toml", &index), &csv(&[59.999])));
    assert!(text.contains("(≥ 60) is 0.001 points away"), "{text}");
}

#[test]
fn means_that_compensate_in_part_show_the_gap_to_the_best() {
    let formulas = [
        "geometric_mean(children)",
        "(i00 * i01 * i02) ** (1.0 / 3.0)",
        "min(children)",
    ];
    let by_name = ["geometric-mean", "harmonic-mean"].map(|name| format!("aggregate = \"{name}\""));
    let cases = by_name.iter().map(|keys| with_indicators(3, keys, None));
    for case in cases.chain(formulas.map(|formula| with_indicators(3, "", Some(formula)))) {
        let scores = scored(&case, &csv(&[20.0, 60.0, 100.0]));
        let why = explain(&scores, 0).unwrap();
        let variable = &why.trace.children[0];
        let division = variable.division.unwrap();
        assert_eq!(division.kind, PartKind::Gap);
        assert!((division.from - variable.score.unwrap()).abs() < 1e-9);
        assert!((division.to - 100.0).abs() < 1e-9);
        let parts: Vec<f64> = variable
            .children
            .iter()
            .map(|child| child.part.unwrap())
            .collect();
        assert!(parts[0] > parts[1] && parts[1] > parts[2], "{parts:?}");
        assert_eq!(parts[2], 0.0, "what is at its best holds nothing back");
        let text = text(&scores);
        let shown = figures_after(&text, "share of the gap ");
        assert_eq!(
            thousandths(&shown),
            100_000 - thousandths(&figures_after(&text, "(uji): ")[..1]),
            "{text}"
        );
    }
    // By hand: from (20, 60, 100) to the best of a minimum of two, the lower one has the way to the higher one and half of
    // the rest.
    let scores = scored(
        &with_indicators(2, "", Some("min(children)")),
        &csv(&[20.0, 60.0]),
    );
    let why = explain(&scores, 0).unwrap();
    let parts: Vec<f64> = why.trace.children[0]
        .children
        .iter()
        .map(|own| own.part.unwrap())
        .collect();
    assert_eq!(parts, [60.0, 20.0]);
    // A penalty does not make parts say nothing.
    let penalty = "let s = weighted_mean(children); if min(children) < 25 { s * 0.9 } else { s }";
    let scores = scored(
        &with_indicators(3, "", Some(penalty)),
        &csv(&[20.0, 60.0, 100.0]),
    );
    let why = explain(&scores, 0).unwrap();
    assert_eq!(
        why.trace.children[0].division.unwrap().kind,
        PartKind::Shapley
    );
}

#[test]
fn what_moves_a_value_is_told_at_its_node() {
    let case = with_indicators(
        2,
        "round_to = 0\nclamp = true",
        Some("weighted_mean(children) * 1.4"),
    );
    let variable = case.section("uji.toml").unwrap();
    let variable = variable
        .replacen(
            "worst = 0",
            "valid = [0, 110]\noutside = \"clamp\"\nworst = 0",
            1,
        )
        .replacen(
            "[indicator.i01]\n",
            "[indicator.i01]\nmissing = { value = 40 }\n",
            1,
        );
    let case = case.with("uji.toml", &variable);
    let told = |values: &str| {
        let scores = scored(&case, &format!("kode,i00,i01\n01,{values}\n"));
        let why = explain(&scores, 0).unwrap();
        fn all(trace: &tanggap::explain::Trace, found: &mut Vec<(Mover, f64, Option<f64>)>) {
            found.extend(trace.moves.iter().map(|own| (own.by, own.from, own.to)));
            trace.children.iter().for_each(|child| all(child, found));
        }
        let mut found = Vec::new();
        all(&why.trace, &mut found);
        (found, text(&scores))
    };
    let (moves, text) = told("120,");
    // 120 counts as 110, which is capped at 100; with 40 for the other 1.4 · 70 is 98.
    assert_eq!(
        moves,
        [
            (Mover::Valid, 120.0, Some(110.0)),
            (Mover::Cap, 110.0, Some(100.0))
        ]
    );
    assert!(
        text.contains("outside the valid range: measured 120, used 110"),
        "{text}"
    );
    assert!(
        text.contains("capped at the end of the range: 100, uncapped 110"),
        "{text}"
    );
    assert!(text.contains("raw missing ← column `i01`"), "{text}");
    assert!(
        text.contains("missing: given the value of the rule: 40"),
        "{text}"
    );
    let (moves, text) = told("100,90");
    assert_eq!(moves, [(Mover::Cap, 133.0, Some(100.0))]);
    assert!(
        text.contains("capped at the end of the range: 100, uncapped 133"),
        "{text}"
    );
    let (moves, text) = told("50,50.9");
    assert_eq!(moves.len(), 1);
    assert_eq!((moves[0].0, moves[0].2), (Mover::RoundTo, Some(71.0)));
    assert!(
        text.contains("rounded for its parent: 71, from 70.63"),
        "{text}"
    );
    assert_eq!(told("50,50").0, []);
}

#[test]
fn functions_of_lib_are_shown_with_the_formula_that_calls_them() {
    let case = with_indicators(2, "", Some("lunak(i00) + i01 * 0"))
        .with("lib/umum.rhai", "// Setengah.\n// Lihat pedoman.\nfn setengah(x) { x / 2 }\n\nfn lain(x) { x }\nfn lunak(x) { setengah(x) }\n");
    let scores = scored(&case, &csv(&[50.0, 1.0]));
    let text = text(&scores);
    assert!(text.contains("| lunak(i00) + i01 * 0\n"), "{text}");
    assert!(text.contains("| fn lunak(x) { setengah(x) }\n"), "{text}");
    assert!(text.contains("| // Setengah.\n"), "{text}");
    assert!(text.contains("| fn setengah(x) { x / 2 }\n"), "{text}");
    assert!(
        !text.contains("fn lain"),
        "what is not called is not shown: {text}"
    );
    let resolved = tanggap::report::render_resolved(scores.program.rules(), Lang::En);
    assert!(
        resolved.contains("| fn setengah(x) { x / 2 }\n"),
        "{resolved}"
    );
    assert!(resolved.contains("lib/umum.rhai:1"), "{resolved}");
}

#[test]
fn no_score_beside_a_whole_number_reads_as_that_number() {
    for (value, shown) in [
        (49.999_999, "49.999999"),
        (50.0, "50"),
        (50.000_4, "50.0004"),
        (49.99, "49.99"),
    ] {
        let scores = scored(&with_indicators(1, "", None), &csv(&[value]));
        let text = text(&scores);
        assert!(
            text.contains(&format!("(uji): {shown} ·")),
            "{shown}: {text}"
        );
    }
}

#[test]
fn a_missing_indicator_is_said_to_be_what_its_parent_makes_of_it() {
    for (parent, said) in [
        ("", "missing: the others carry its weight"),
        ("aggregate = \"minimum\"\n", "missing: without a score"),
    ] {
        let case = with_indicators(2, parent, None);
        let text = text(&scored(&case, "kode,i00,i01\n01,5,\n"));
        assert!(text.contains(said), "{text}");
    }
    let case = with_indicators(2, "", Some("if is_missing(i01) { 3 } else { i01 }"));
    let text = text(&scored(&case, "kode,i00,i01\n01,5,\n"));
    let said = "missing: the formula above decides what that means";
    assert!(text.contains(said), "{text}");
}

#[test]
fn a_child_with_a_policy_of_failure_fails_its_parent_without_spread_too() {
    let indicator = "[indicator.a]\nnormalise = \"min-max\"\nbetter = \"high\"\nmissing = \"fail\"\n[indicator.b]\nbest = 100\nworst = 0\n";
    let case = with_indicators(0, indicator, None);
    let scores = scored(&case, "kode,a,b\n01,5,50\n02,5,60\n");
    assert_eq!(scores.index().get(0), None);
    let text = text(&scores);
    assert!(text.contains("D20"), "{text}");
    let lenient = case.with(
        "uji.toml",
        &format!("[variable]\n{}", indicator.replace("\"fail\"", "\"skip\"")),
    );
    assert_eq!(
        scored(&lenient, "kode,a,b\n01,5,50\n02,5,60\n")
            .index()
            .get(0),
        Some(50.0)
    );
}

#[test]
fn what_no_child_can_reach_is_nobodys_obstacle() {
    // Of a scale of five, two children can give two.
    let case = with_indicators(
        0,
        "aggregate = \"count\"\nrange = [0, 5]\n[indicator.a]\nnormalise = \"none\"\nrange = [0, 1]\n[indicator.b]\nnormalise = \"none\"\nrange = [0, 1]\n",
        None,
    );
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 5]\n";
    let scores = scored(&case.with("index.toml", index), "kode,a,b\n01,1,0\n");
    let why = explain(&scores, 0).unwrap();
    assert_eq!(scores.index().get(0), Some(1.0));
    assert_eq!(why.variables[0].points, 4.0);
    let own: Vec<f64> = why.indicators.iter().map(|own| own.points).collect();
    // The child that gives nothing can give one; the other three are beyond both.
    assert_eq!(own, [1.0, 0.0]);
    assert_eq!(why.undivided.len(), 1);
}
