//! What holds for every index and every data set.

use crate::support::{Case, evaluate};
use proptest::prelude::*;
use tanggap::{EvaluateOptions, Program, Scores};

const METHODS: [&str; 6] = [
    "worst = 0\nbest = 100",
    "normalise = \"min-max\"\nbetter = \"high\"",
    "normalise = \"z-score\"\nbetter = \"high\"",
    "normalise = \"rank\"\nbetter = \"high\"",
    "normalise = \"percentile-rank\"\nbetter = \"high\"\nmissing = \"mean\"",
    "normalise = \"log\"\nworst = 1\nbest = 100\nmissing = \"worst\"\nvalid = [0.001, 1000]\noutside = \"clamp\"",
];
const FORMULAS: [Option<&str>; 3] = [
    None,
    Some("weighted_mean(children)"),
    Some("let s = weighted_mean(children); if min(children) < 25 { s * 0.9 } else { s }"),
];

#[derive(Clone, Debug)]
struct Plan {
    /// By indicator: the variable, the method, the weight.
    indicators: Vec<(usize, usize, u32)>,
    /// By variable: the formula.
    formulas: Vec<usize>,
    /// By row and indicator.
    cells: Vec<Vec<Option<f64>>>,
}

fn plan() -> impl Strategy<Value = Plan> {
    (1usize..7, 2usize..12).prop_flat_map(|(indicators, rows)| {
        let cell =
            prop_oneof![8 => (0.0..120.0f64).prop_map(Some), 1 => Just(Some(0.0)), 1 => Just(None)];
        (
            prop::collection::vec((0usize..3, 0..METHODS.len(), 1u32..9), indicators),
            prop::collection::vec(0..FORMULAS.len(), 3),
            prop::collection::vec(prop::collection::vec(cell, indicators), rows),
        )
            .prop_map(|(indicators, formulas, cells)| Plan {
                indicators,
                formulas,
                cells,
            })
    })
}

/// The rule files of a plan, the indicators of each file in the given order.
fn rules(plan: &Plan, order: &[usize]) -> Case {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[band.bawah]\nfrom = 0\n[band.atas]\nabove = 50\n";
    let mut case = crate::support::with_formula("0").with("index.toml", index);
    case = case.with("uji.toml", "").with("uji.rhai", "");
    for variable in 0..3 {
        let mut text = String::from("[variable]\n");
        for at in order
            .iter()
            .filter(|at| plan.indicators[**at].0 == variable)
        {
            let (_, method, weight) = plan.indicators[*at];
            text.push_str(&format!(
                "[indicator.i{at}]\nweight = {weight}\n{}\n",
                METHODS[method]
            ));
        }
        if text.contains("indicator") {
            case = case.with(&format!("v{variable}.toml"), &text);
            if let Some(formula) = FORMULAS[plan.formulas[variable]] {
                case = case.with(&format!("v{variable}.rhai"), formula);
            }
        }
    }
    case.without("uji.toml").without("uji.rhai")
}

fn csv(plan: &Plan, rows: &[usize], columns: &[usize]) -> String {
    let mut text = String::from("kode");
    for column in columns {
        text.push_str(&format!(",i{column}"));
    }
    for row in rows {
        text.push_str(&format!("\n{row:03}"));
        for column in columns {
            let cell = plan.cells[*row][*column];
            text.push_str(&cell.map_or(",".to_owned(), |value| format!(",{value}")));
        }
    }
    text + "\n"
}

fn build(case: &Case) -> Program {
    crate::support::program(case)
        .unwrap_or_else(|report| panic!("{report}"))
        .0
}

fn score(case: &Case, program: &Program, csv: &str) -> Scores {
    let data = case
        .engine()
        .read(program, None, &mut csv.as_bytes(), None)
        .unwrap();
    evaluate(program, &data, &EvaluateOptions::default()).unwrap()
}

/// Region, the bits of every node by id, band, rank, issues: sorted, so that orders can differ.
type Picture = Vec<(
    String,
    Vec<Option<u64>>,
    Option<usize>,
    Option<u32>,
    Vec<String>,
)>;

fn picture(scores: &Scores) -> Picture {
    let rules = scores.program.rules();
    let row = |at: usize| {
        let nodes = rules
            .indices()
            .map(|node| scores.node(node).get(at).map(f64::to_bits))
            .collect();
        let issues = scores
            .issues
            .iter()
            .filter(|issue| issue.row == Some(scores.rows[at]));
        let issues = issues
            .map(|issue| format!("{:?} {:?} {:?}", issue.kind, issue.node, issue.found))
            .collect();
        (
            scores.regions[at].to_string(),
            nodes,
            scores.bands[at],
            scores.ranks[at],
            issues,
        )
    };
    let mut rows: Picture = (0..scores.len()).map(row).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn the_order_of_rows_changes_nothing(plan in plan(), seed in any::<u64>()) {
        let columns: Vec<usize> = (0..plan.indicators.len()).collect();
        let case = rules(&plan, &columns);
        let program = build(&case);
        let rows: Vec<usize> = (0..plan.cells.len()).collect();
        let shuffled = shuffle(rows.clone(), seed);
        let straight = picture(&score(&case, &program, &csv(&plan, &rows, &columns)));
        let mixed = picture(&score(&case, &program, &csv(&plan, &shuffled, &columns)));
        prop_assert_eq!(straight, mixed);
    }

    #[test]
    fn the_order_of_indicators_changes_nothing(plan in plan(), seed in any::<u64>()) {
        let columns: Vec<usize> = (0..plan.indicators.len()).collect();
        let mixed_columns = shuffle(columns.clone(), seed);
        let rows: Vec<usize> = (0..plan.cells.len()).collect();
        let (one, other) = (rules(&plan, &columns), rules(&plan, &mixed_columns));
        let (a, b) = (build(&one), build(&other));
        prop_assert_eq!(&a.rules().rules_digest, &b.rules().rules_digest);
        let straight = picture(&score(&one, &a, &csv(&plan, &rows, &columns)));
        let mixed = picture(&score(&other, &b, &csv(&plan, &rows, &mixed_columns)));
        prop_assert_eq!(straight, mixed);
    }

    #[test]
    fn more_of_a_good_thing_never_lowers_the_index(plan in plan(), row in 0usize..12, column in 0usize..7, more in 0.0..50.0f64) {
        let columns: Vec<usize> = (0..plan.indicators.len()).collect();
        let (row, column) = (row % plan.cells.len(), column % plan.indicators.len());
        if plan.cells[row][column].is_none() {
            return Ok(());
        }
        // Ranks and means over the population move other regions, and the mean that fills gaps; this one only up.
        let case = rules(&plan, &columns);
        let program = build(&case);
        let rows: Vec<usize> = (0..plan.cells.len()).collect();
        let before = score(&case, &program, &csv(&plan, &rows, &columns));
        let mut raised = plan.clone();
        raised.cells[row][column] = raised.cells[row][column].map(|value| value + more);
        let after = score(&case, &program, &csv(&raised, &rows, &columns));
        let constant = |scores: &Scores| scores.issues.iter().any(|issue| issue.row.is_none());
        if constant(&before) || constant(&after) {
            return Ok(());
        }
        if let (Some(low), Some(high)) = (before.index().get(row), after.index().get(row)) {
            prop_assert!(high >= low - 1e-9, "{} fell to {}", low, high);
        }
    }

    #[test]
    fn obstacles_and_contributions_add_up(plan in plan()) {
        let columns: Vec<usize> = (0..plan.indicators.len()).collect();
        let case = rules(&plan, &columns);
        let program = build(&case);
        let rows: Vec<usize> = (0..plan.cells.len()).collect();
        let scores = score(&case, &program, &csv(&plan, &rows, &columns));
        for at in 0..scores.len() {
            let Some(index) = scores.index().get(at) else { continue };
            let why = tanggap::explain(&scores, at).unwrap();
            let parts: f64 = why.trace.children.iter().filter_map(|child| child.part).sum();
            let division = why.trace.division.unwrap();
            prop_assert!((division.from + parts - division.to).abs() < 1e-9);
            let score = if division.kind == tanggap::explain::PartKind::Gap { division.from } else { division.to };
            prop_assert!((score - index).abs() < 1e-9);
            let lost: f64 = why.variables.iter().map(|obstacle| obstacle.points).sum();
            prop_assert!((lost - (100.0 - index)).abs() < 1e-9, "{} of {}", lost, 100.0 - index);
        }
    }
}

proptest! {
    #[test]
    fn rounding_is_near_and_settles(value in -1e9..1e9f64, decimals in 0u8..7) {
        let unit = 0.1f64.powi(i32::from(decimals));
        for (_, mode) in tanggap::base::Rounding::NAMES {
            let rounded = mode.round(value, decimals);
            let most = if mode == tanggap::base::Rounding::Truncate { 1.0 } else { 0.5 };
            prop_assert!((rounded - value).abs() <= most * unit + value.abs() * 1e-15, "{:?} {}", mode, value);
            prop_assert_eq!(mode.round(rounded, decimals).to_bits(), rounded.to_bits());
            let written = mode.written(value, decimals);
            prop_assert_eq!(written.parse::<f64>().unwrap(), rounded);
            let fraction = written.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            prop_assert_eq!(fraction, usize::from(decimals));
        }
    }
}

fn shuffle(mut list: Vec<usize>, mut seed: u64) -> Vec<usize> {
    for at in (1..list.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        list.swap(at, (seed >> 33) as usize % (at + 1));
    }
    list
}

/// Several chunks of rows, on one thread and on four.
#[test]
fn threads_change_nothing() {
    let indicators = (0..6).map(|at| (at % 3, at, 1 + at as u32)).collect();
    let cell = |row: usize, at: usize| {
        (!(row * 7 + at * 13).is_multiple_of(11))
            .then(|| ((row * 37 + at * 101) % 1200) as f64 / 10.0)
    };
    let cells = (0..10_000)
        .map(|row| (0..6).map(|at| cell(row, at)).collect())
        .collect();
    let plan = Plan {
        indicators,
        formulas: vec![0, 1, 2],
        cells,
    };
    let columns: Vec<usize> = (0..6).collect();
    let rows: Vec<usize> = (0..10_000).collect();
    let case = rules(&plan, &columns);
    let program = build(&case);
    let text = csv(&plan, &rows, &columns);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| score(&case, &program, &text))
    };
    let (one, four) = (on(1), on(4));
    assert_eq!(one.issues, four.issues);
    assert!(picture(&one) == picture(&four));
}
