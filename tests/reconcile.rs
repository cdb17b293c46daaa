//! Recomputed against published: what agrees, what does not, and why.

use std::io::Read;
use std::sync::Arc;

use crate::support::{Case, evaluate, shared_data};
use tanggap::bundle::DiskLoader;
use tanggap::data::{Dataset, Decimals, ReadRequest};
use tanggap::explain::recap::recap_counts;
use tanggap::explain::reconcile::{
    Cause, DecimalsFrom, Published, Reach, ReconcileOptions, Reconciliation, band_named, reconcile,
};
use tanggap::{Engine, EvaluateOptions, Scores};

const INDEX: &str = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\ndecimals = 2\nband_value = \"exact\"\n[band.rendah]\nfrom = 0\ntitle = { id = \"Rendah\", en = \"Low\" }\n[band.sangat_tinggi]\nabove = 50\ntitle = { id = \"Sangat Tinggi\", en = \"Very high\" }\n[indicator.a]\nnormalise = \"none\"\n[indicator.b]\nnormalise = \"none\"\n[indicator.c]\nnormalise = \"none\"\n";

fn score(csv: &str) -> (Scores, Dataset) {
    let case = Case::of([("index.toml", INDEX)]);
    let (program, _) = crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
    let mut request = ReadRequest::of(program.rules());
    request.group = Some("g".to_owned());
    let data = case
        .engine()
        .read(&program, Some("d.csv"), &mut csv.as_bytes(), Some(&request))
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    (scores, data)
}

/// What was published for each region; a list that ends early published nothing for the rest.
fn published(list: &[(Option<f64>, Option<&str>)], scores: &Scores) -> Vec<Published> {
    let one = |(value, band): &(Option<f64>, Option<&str>)| Published {
        value: *value,
        band: band.map(Into::into),
    };
    let mut all: Vec<Published> = list.iter().map(one).collect();
    all.resize(scores.len(), Published::default());
    all
}

fn run(csv: &str, list: &[(Option<f64>, Option<&str>)], tolerance: Option<f64>) -> Reconciliation {
    let (scores, data) = score(csv);
    reconcile(
        &scores,
        &data,
        &published(list, &scores),
        &ReconcileOptions {
            tolerance,
            ..Default::default()
        },
    )
    .unwrap()
}

fn causes(found: &Reconciliation) -> Vec<(usize, &'static str)> {
    let causes = found.disagreements.iter();
    causes.map(|d| (d.position, d.cause.name())).collect()
}

/// Exact: 10.166…, 20.033…, 50.0, 50.033…, none.
const CSV: &str = "kode,g,a,b,c\n01,X,10.1,10.2,10.2\n02,X,20.0,20.0,20.1\n03,Y,50.0,50.0,50.0\n04,Y,50.0,50.0,50.1\n05,Y,x,,\n";

#[test]
fn values_bands_and_what_is_not_on_both_sides() {
    let list = [
        (Some(10.17), Some("RENDAH")),
        (Some(20.03), Some("low")),
        (Some(50.0), Some("sangat tinggi")),
        (None, None),
        (Some(1.0), Some("apa saja")),
    ];
    let found = run(CSV, &list, None);
    assert_eq!((found.compared, found.agree), (3, 3));
    assert_eq!((found.bands_compared, found.bands_agree), (3, 2));
    assert_eq!(causes(&found), [(2, "band-edge")]);
    assert_eq!(found.disagreements[0].cause, Cause::BandEdge(50.0));
    assert_eq!(found.only_recomputed, [3]);
    assert_eq!(found.only_published, [4]);
    assert!(
        found.unknown_bands.is_empty(),
        "a region without index has no band"
    );
    let misspelt = run(
        CSV,
        &[
            (Some(10.17), Some("Rendha")),
            (Some(20.03), Some("Sangat Tinggi")),
        ],
        None,
    );
    assert_eq!(
        misspelt.unknown_bands,
        [(Arc::from("Rendha"), 1, Some("Rendah".to_owned()))]
    );
    assert_eq!(causes(&misspelt), [(1, "band-contradicts-value")]);
}

#[test]
fn the_likely_cause_of_a_wrong_value() {
    // All of them cut off: truncation explains everything at once.
    let cut = run(
        CSV,
        &[
            (Some(10.16), None),
            (Some(20.03), None),
            (Some(50.0), None),
            (Some(50.03), None),
        ],
        None,
    );
    assert_eq!(causes(&cut), [(0, "truncated")]);
    // Inputs of one decimal each may be off by 0.05, and the index with them.
    let rounded = run(
        CSV,
        &[
            (Some(10.2), None),
            (Some(20.0), None),
            (Some(50.01), None),
            (Some(51.0), None),
        ],
        None,
    );
    assert_eq!(
        causes(&rounded),
        [
            (0, "rounded-inputs"),
            (1, "rounded-inputs"),
            (2, "rounded-inputs"),
            (3, "wrong-input")
        ]
    );
    let Cause::WrongInput(reach) = rounded.disagreements[3].cause else {
        panic!("{:?}", rounded.disagreements[3]);
    };
    let exact = rounded.disagreements[3].exact;
    // Three inputs of weight 1/3, 0.05 each.
    let Reach {
        from, to, searched, ..
    } = reach;
    assert!(
        (to - exact - 0.05).abs() < 1e-6 && (exact - from - 0.05).abs() < 1e-6,
        "{from} {to}"
    );
    assert!(!searched);
    let near = run(CSV, &[(Some(10.2), None), (Some(51.0), None)], Some(0.1));
    assert_eq!((near.agree, causes(&near)), (1, vec![(1, "wrong-input")]));
}

#[test]
fn published_decimals_are_those_compared() {
    let (scores, data) = score(CSV);
    let at = |values: [f64; 3], column: Decimals, decimals: Option<u8>| {
        let list = values.map(|value| (Some(value), None));
        let options = ReconcileOptions {
            column,
            decimals,
            ..Default::default()
        };
        let list = published(&list, &scores);
        let found = reconcile(&scores, &data, &list, &options).unwrap();
        (found.decimals, found.decimals_from, found.agree)
    };
    let one = [10.2, 20.0, 50.0];
    assert_eq!(
        at(one, Decimals::Written(1), None),
        (1, DecimalsFrom::Text, 3)
    );
    assert_eq!(
        at(one, Decimals::Written(2), None),
        (2, DecimalsFrom::Text, 1)
    );
    assert_eq!(
        at(one, Decimals::Unknown, None),
        (2, DecimalsFrom::Rules, 1)
    );
    assert_eq!(
        at(one, Decimals::Unknown, Some(1)),
        (1, DecimalsFrom::Asked, 3)
    );
    // What workbooks hold is not what they show.
    let full = [10.166_666_7, 20.034_9, 50.000_1];
    assert_eq!(
        at(full, Decimals::Shown(1), None),
        (1, DecimalsFrom::CellFormats, 3)
    );
    assert_eq!(at(full, Decimals::Full, None), (2, DecimalsFrom::Rules, 3));
    // One text with more decimals than the others is compared with all of them.
    let more = [10.2, 20.04, 50.0];
    assert_eq!(
        at(more, Decimals::Written(1), None),
        (1, DecimalsFrom::Text, 2)
    );
}

/// The same column in every format: 10.50 has two decimals, and 10.54 is not 10.50.
#[test]
fn decimals_are_read_off_text_and_cell_formats() {
    let case = Case::of([("index.toml", INDEX)]);
    let (program, _) = crate::support::program(&case).unwrap();
    let request = ReadRequest {
        headers: vec!["terbit".to_owned()],
        ids: vec!["terbit".to_owned()],
        decimals: true,
        ..ReadRequest::of(program.rules())
    };
    let read = |name: &str, bytes: &[u8]| {
        let mut input = bytes;
        let data = case
            .engine()
            .read(&program, Some(name), &mut input, Some(&request));
        data.unwrap().decimals
    };
    let two = [Decimals::Written(2)];
    assert_eq!(
        read("d.csv", b"kode,terbit\n01,10.50\n02,50.00\n03,60.20\n"),
        two
    );
    assert_eq!(
        read("d.csv", b"kode;terbit\n01;10,50\n02;50,00\n03;60,21\n"),
        two
    );
    assert_eq!(
        read("d.csv", b"kode,terbit\n01,10.5\n02,50\n03,\n"),
        [Decimals::Written(1)]
    );
    let rows = br#"[{"kode":"01","terbit":10.50},{"kode":"02","terbit":50.00}]"#;
    assert_eq!(read("d.json", rows), two);
    let columns = br#"{"kode":["01","02"],"terbit":[10.50,5000e-2]}"#;
    assert_eq!(read("d.json", columns), two);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let format = rust_xlsxwriter::Format::new().set_num_format("#,##0.00;[Red]-#,##0.00");
    for (at, header) in (0u16..).zip(["kode", "terbit"]) {
        sheet.write_string(0, at, header).unwrap();
    }
    for (row, value) in (1u32..).zip([10.5, 50.0, 60.204_999]) {
        sheet.write_string(row, 0, row.to_string()).unwrap();
        sheet
            .write_number_with_format(row, 1, value, &format)
            .unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    assert_eq!(read("d.xlsx", &bytes), [Decimals::Shown(2)]);
    let long: String = (0..9)
        .map(|row| format!("{row},{}\n", 1.0 / f64::from(row + 3)))
        .collect();
    assert_eq!(
        read("d.csv", format!("kode,terbit\n{long}").as_bytes()),
        [Decimals::Full]
    );
}

/// What agrees refutes another rounding.
#[test]
fn another_rounding_is_claimed_only_where_nothing_refutes_it() {
    // Recomputed 15.266…, 35.533…, 31.866…; the last is published cut off, the others rounded.
    let csv = "kode,g,a,b,c\n01,X,15.2,15.3,15.3\n02,X,30.3,40.6,35.7\n03,X,31.8,31.9,31.9\n";
    let rounded = run(
        csv,
        &[
            (Some(15.27), None),
            (Some(35.53), None),
            (Some(31.86), None),
        ],
        None,
    );
    assert_eq!(causes(&rounded), [(2, "rounded-inputs")]);
    let cut = run(
        csv,
        &[
            (Some(15.26), None),
            (Some(35.53), None),
            (Some(31.86), None),
        ],
        None,
    );
    assert_eq!(causes(&cut), [(0, "truncated"), (2, "truncated")]);
}

#[test]
fn differences_of_one_sign_say_so() {
    let row = |at: usize| format!("{at:02},X,{at}0.0,{at}0.0,{at}0.0\n");
    let csv: String = (1..7).map(row).collect();
    let csv = format!("kode,g,a,b,c\n{csv}");
    let by = |by: [f64; 6]| {
        let values: Vec<_> = (1..7)
            .zip(by)
            .map(|(at, by)| (Some(f64::from(at) * 10.0 + by), None))
            .collect();
        run(&csv, &values, None).one_sign
    };
    assert_eq!(by([1.0; 6]), Some(1));
    assert_eq!(by([-1.0, -2.0, -1.0, 0.0, -3.0, -1.0]), Some(-1));
    assert_eq!(by([1.0, 1.0, -1.0, 1.0, 1.0, 1.0]), None);
    assert_eq!(by([1.0, 1.0, 0.0, 0.0, 0.0, 0.0]), None);
}

/// The ends of what rounding allows, where a step must not be taken: beyond the scale, out of what is valid, where the
/// value would go missing.
#[test]
fn inputs_stay_what_they_are() {
    let reach = |indicators: &str, row: &str| {
        let index =
            format!("title = 'Uji'\nstatus = 'draft'\nscale = [0, 10]\ndecimals = 1\n{indicators}");
        let case = Case::of([("index.toml", index.as_str())]);
        let (program, _) =
            crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
        let csv = format!("kode,a,b\n01,{row}\n02,9.9,9.9\n");
        let request = ReadRequest {
            decimals: true,
            ..ReadRequest::of(program.rules())
        };
        let mut input = csv.as_bytes();
        let data = case
            .engine()
            .read(&program, Some("d.csv"), &mut input, Some(&request));
        let data = data.unwrap();
        let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
        let list = [(Some(99.0), None)];
        let list = published(&list, &scores);
        let found = reconcile(&scores, &data, &list, &ReconcileOptions::default()).unwrap();
        let Cause::WrongInput(reach) = found.disagreements[0].cause else {
            panic!("{:?}", found.disagreements);
        };
        let round = |value: f64| (value * 1e6).round() / 1e6;
        (round(reach.from), round(reach.to), reach.searched)
    };
    let plain = "[indicator.a]\nnormalise = 'none'\n[indicator.b]\nnormalise = 'none'\n";
    // A value beyond the scale would go missing, and b alone would be the index.
    assert_eq!(reach(plain, "0.0,5.1"), (2.525, 2.6, false));
    assert_eq!(reach(plain, "10.0,5.1"), (7.5, 7.575, false));
    let valid = "[indicator.a]\nworst = 0\nbest = 10\nvalid = [0, 10]\n[indicator.b]\nworst = 10\nbest = 0\n";
    assert_eq!(reach(valid, "10.0,5.1"), (7.4, 7.475, false));
    // The smaller decides, and either may be it.
    let least = "aggregate = 'minimum'\n[indicator.a]\nnormalise = 'none'\n[indicator.b]\nnormalise = 'none'\n";
    assert_eq!(reach(least, "5.1,5.1"), (5.05, 5.15, false));
    // A quotient, of which both parts are rounded.
    let quotient = "[indicator.a]\nvalue = 'a / b'\nworst = 0\nbest = 10\n";
    assert_eq!(reach(quotient, "2.0,1.0"), (1.857143, 2.157895, false));
    // Regions are compared with each other; the other one stands still.
    let relative = "[indicator.a]\nnormalise = 'min-max'\nbetter = 'high'\n[indicator.b]\nnormalise = 'none'\n";
    assert_eq!(reach(relative, "1.0,5.1"), (2.525, 2.575, false));
}

/// Published values, and the causes that are found for them, under one set of rules.
fn causes_of(
    rules: &[(&str, &str)],
    rows: &[(&str, Option<f64>, Option<&str>)],
) -> Vec<(usize, &'static str)> {
    let case = Case::of(rules.iter().copied());
    let (program, _) = crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
    let lines = rows.iter().enumerate();
    let lines: Vec<String> = lines
        .map(|(at, (inputs, ..))| format!("r{at},{inputs}"))
        .collect();
    let csv = format!("kode,a,b\n{}\n", lines.join("\n"));
    let request = ReadRequest {
        decimals: true,
        ..ReadRequest::of(program.rules())
    };
    let mut input = csv.as_bytes();
    let engine = case.engine();
    let data = engine.read(&program, Some("d.csv"), &mut input, Some(&request));
    let data = data.unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let list: Vec<_> = rows
        .iter()
        .map(|(_, value, band)| (*value, *band))
        .collect();
    let options = ReconcileOptions {
        decimals: Some(1),
        ..Default::default()
    };
    let found = reconcile(&scores, &data, &published(&list, &scores), &options).unwrap();
    causes(&found)
}

/// Between the ends of what rounding allows there are scores that no inputs give.
#[test]
fn what_no_inputs_give_is_not_excused() {
    let index = |keys: &str| {
        let own = "[indicator.a]\nnormalise = 'none'\n[indicator.b]\nnormalise = 'none'\n";
        format!("title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\ndecimals = 1\n{keys}\n{own}")
    };
    let only = |keys: &str, rows: &[(&str, Option<f64>, Option<&str>)]| {
        causes_of(&[("index.toml", &index(keys))], rows)
    };
    // A count is whole, and 1 or 2 of them reach 50.
    let count = "aggregate = { count = { at_least = 50 } }";
    let rows = [
        ("50.0,51.0", Some(1.5), None),
        ("50.0,51.0", Some(1.0), None),
    ];
    assert_eq!(
        only(count, &rows),
        [(0, "not-explained"), (1, "rounded-inputs")]
    );
    let rows = [
        ("50.0,49.0", Some(49.4), None),
        ("50.0,49.0", Some(49.0), None),
    ];
    assert_eq!(
        only("round_to = 0", &rows),
        [(0, "not-explained"), (1, "rounded-inputs")]
    );
    // Ranks of five have four steps.
    let ranks = "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\ndecimals = 1\n[indicator.a]\nnormalise = 'rank'\nbetter = 'high'\n";
    let row = |a: &'static str, value: f64| (a, Some(value), None);
    let rows = [
        row("1,", 0.0),
        row("2,", 66.7),
        row("2,", 75.0),
        row("5,", 100.0),
        row("2,", 50.0),
    ];
    assert_eq!(
        causes_of(&[("index.toml", ranks)], &rows),
        [(1, "not-explained"), (2, "rounded-inputs")]
    );
    // A jump of a formula, of which both sides can be reached and nothing between.
    let jump = "if round(a, 6) >= 50 { 80 } else { a }";
    let alone = index("").replace("[indicator.b]\nnormalise = 'none'\n", "");
    let rules: [(&str, &str); 2] = [("index.toml", &alone), ("index.rhai", jump)];
    let rows = [
        ("50.0,", Some(65.0), None),
        ("50.0,", Some(50.0), None),
        ("50.0,", Some(49.9), None),
    ];
    assert_eq!(
        causes_of(&rules, &rows),
        [
            (0, "not-explained"),
            (1, "rounded-inputs"),
            (2, "not-explained")
        ]
    );
}

/// 10.15 is written 10.2, so that an input of 10.1 was less.
#[test]
fn the_half_above_is_written_otherwise() {
    let index = "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\ndecimals = 1\n[indicator.a]\nnormalise = 'none'\n[indicator.b]\nnormalise = 'none'\n";
    let rows = [
        ("10.1,10.1", Some(10.2), None),
        ("10.1,10.1", Some(10.0), None),
        ("10.1,10.2", Some(10.1), None),
    ];
    let expected = [
        (0, "wrong-input"),
        (1, "wrong-input"),
        (2, "rounded-inputs"),
    ];
    assert_eq!(causes_of(&[("index.toml", index)], &rows), expected);
}

/// A band beside a value that agrees: only what some inputs give is at its limit.
#[test]
fn a_band_is_at_its_limit_only_where_inputs_reach_both_sides() {
    let index = "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\ndecimals = 0\nband_value = 'exact'\n[band.lo]\nfrom = 0\n[band.hi]\nfrom = 60\n[indicator.a]\nnormalise = 'none'\n";
    let rows = [
        ("61.0,", Some(61.0), Some("lo")),
        ("60.0,", Some(60.0), Some("lo")),
        ("59.0,", Some(59.0), Some("hi")),
        ("59.0,", Some(59.0), Some("lo")),
    ];
    let expected = [
        (0, "band-contradicts-value"),
        (1, "band-edge"),
        (2, "band-contradicts-value"),
    ];
    assert_eq!(causes_of(&[("index.toml", index)], &rows), expected);
    // Read off the published value, 60 itself is never in the lower band.
    let published = index.replace("band_value = 'exact'\n", "");
    let expected = [
        (0, "band-contradicts-value"),
        (1, "band-contradicts-value"),
        (2, "band-contradicts-value"),
    ];
    assert_eq!(causes_of(&[("index.toml", &published)], &rows), expected);
}

/// Not monotone: the ends are searched for, which is said.
#[test]
fn what_is_not_monotone_is_searched() {
    let index = "title = 'Uji'\nstatus = 'draft'\nscale = [0, 10]\ndecimals = 1\nclamp = true\n[indicator.a]\nnormalise = 'none'\n[indicator.b]\nnormalise = 'none'\n";
    let case = Case::of([
        ("index.toml", index),
        ("index.rhai", "5 - abs(a - 5) + b / 10"),
    ]);
    let (program, _) = crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
    let csv = "kode,a,b\n01,5.0,2.0\n02,9.9,9.9\n";
    let data = case
        .engine()
        .read(&program, Some("d.csv"), &mut csv.as_bytes(), None)
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let list = published(&[(Some(9.0), None)], &scores);
    let found = reconcile(&scores, &data, &list, &ReconcileOptions::default()).unwrap();
    let Cause::WrongInput(reach) = found.disagreements[0].cause else {
        panic!("{:?}", found.disagreements);
    };
    // From either end of a with b at its lower one, to what is printed of a with b at its upper one.
    assert!(
        (reach.from - 5.145).abs() < 1e-6 && (reach.to - 5.205).abs() < 1e-6,
        "{reach:?}"
    );
    assert!(reach.searched);
}

/// INFORM's kind of tree: twenty leaves of one decimal, scaled geometric means, three levels. The reach is that of all
/// inputs at their ends at once, computed here by the publisher's own formula.
#[test]
fn the_reach_is_as_wide_as_rounding_makes_it() {
    let mut index = String::from(
        "title = 'Risk'\nstatus = 'draft'\nscale = [0, 10]\ndecimals = 1\nformula = true\n",
    )
    .replace("formula = true\n", "");
    for part in 0..4 {
        index.push_str(&format!("[node.p{part}]\n"));
        for leaf in 0..5 {
            let (worst, best) = if leaf % 2 == 0 {
                ("0", "100")
            } else {
                ("100", "0")
            };
            index.push_str(&format!(
                "[indicator.l{part}{leaf}]\nparent = 'p{part}'\nworst = {worst}\nbest = {best}\n"
            ));
        }
    }
    // (10 − ((10 − x)/10·9 + 1 …)^(1/n) …), scaled back to 0 … 10.
    let scaled = "let p = 1.0; for c in children { p *= (10 - c.score) / 10 * 9 + 1; } (10 - p ** (1 / children.len())) / 9 * 10";
    let case = Case::of([("index.toml", index.as_str())])
        .with("index.rhai", scaled)
        .with("p0.rhai", scaled)
        .with("p1.rhai", scaled);
    let (program, _) = crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
    let own = |leaves: &[[f64; 5]; 4]| {
        let scale = |parts: &[f64]| {
            let product: f64 = parts
                .iter()
                .map(|x| (10.0 - x) / 10.0 * 9.0 + 1.0)
                .product();
            (10.0 - product.powf(1.0 / parts.len() as f64)) / 9.0 * 10.0
        };
        let parts = leaves.iter().enumerate().map(|(at, leaves)| {
            let scores = leaves.iter().enumerate().map(|(leaf, x)| {
                let x = x.clamp(0.0, 100.0) / 10.0;
                if leaf % 2 == 0 { x } else { 10.0 - x }
            });
            let scores: Vec<f64> = scores.collect();
            if at < 2 {
                scale(&scores)
            } else {
                scores.iter().sum::<f64>() / 5.0
            }
        });
        scale(&parts.collect::<Vec<f64>>())
    };
    let mut csv = String::from("kode");
    for part in 0..4 {
        (0..5).for_each(|leaf| csv.push_str(&format!(",l{part}{leaf}")));
    }
    let mut seed = 7u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((seed >> 33) % 1001) as f64 / 10.0
    };
    let mut rows: Vec<[[f64; 5]; 4]> = Vec::new();
    for region in 0..100 {
        let leaves = [(); 4].map(|()| [(); 5].map(|()| next()));
        csv.push_str(&format!("\nr{region:03}"));
        leaves
            .iter()
            .flatten()
            .for_each(|x| csv.push_str(&format!(",{x:.1}")));
        rows.push(leaves);
    }
    let data = case
        .engine()
        .read(&program, Some("d.csv"), &mut csv.as_bytes(), None)
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let wrong: Vec<_> = rows.iter().map(|_| (Some(99.0), None)).collect();
    let list = published(&wrong, &scores);
    let found = reconcile(&scores, &data, &list, &ReconcileOptions::default()).unwrap();
    let mut close = 0;
    for (own_row, disagreement) in rows.iter().zip(&found.disagreements) {
        assert!((disagreement.exact - own(own_row)).abs() < 1e-9);
        let Cause::WrongInput(reach) = disagreement.cause else {
            panic!("{disagreement:?}");
        };
        // A leaf rises or falls with its raw value; the index rises with every leaf.
        let corner = |side: f64| {
            let mut leaves = *own_row;
            for leaves in &mut leaves {
                for (leaf, x) in leaves.iter_mut().enumerate() {
                    *x += if leaf % 2 == 0 { side } else { -side };
                }
            }
            own(&leaves)
        };
        let (from, to) = (corner(-0.05), corner(0.05));
        assert!(!reach.searched);
        // Never narrower than what is true, and hardly wider.
        assert!(
            reach.from <= from + 1e-7 && reach.to >= to - 1e-7,
            "{reach:?} {from} {to}"
        );
        close += usize::from(reach.to - reach.from <= 1.5 * (to - from));
    }
    assert!(close >= 90, "{close}");
}

#[test]
fn lists_that_do_not_belong_together_are_refused() {
    let (scores, data) = score(CSV);
    let short = vec![Published::default(); 2];
    let refused = reconcile(&scores, &data, &short, &ReconcileOptions::default());
    assert!(refused.is_err());
}

#[test]
fn counts_against_a_recap() {
    let (scores, data) = score(CSV);
    let list = [
        (Some(10.17), Some("rendah")),
        (Some(20.03), Some("sangat tinggi")),
    ];
    let list = published(&list, &scores);
    let found = reconcile(&scores, &data, &list, &ReconcileOptions::default()).unwrap();
    let recap: Vec<(Arc<str>, Vec<Option<f64>>)> = vec![
        ("x".into(), vec![Some(2.0), Some(0.0)]),
        ("Z".into(), vec![Some(1.0), None]),
        ("JUMLAH".into(), vec![Some(3.0), Some(1.0)]),
    ];
    let counts = recap_counts(&scores, &found, &recap);
    let differing = counts.iter().map(|count| count.differs());
    let expected = [false, false, true, false, false, false];
    assert_eq!(differing.collect::<Vec<_>>(), expected);
    let picture = counts.iter().map(|c| {
        let group = c.group.as_deref();
        (group, c.band, c.recomputed, c.published, c.recap)
    });
    let picture: Vec<_> = picture.collect();
    assert_eq!(
        picture,
        [
            (Some("x"), 0, 2, Some(1), Some(2.0)),
            (Some("x"), 1, 0, Some(1), Some(0.0)),
            (Some("Z"), 0, 0, Some(0), Some(1.0)),
            (Some("Z"), 1, 0, Some(0), None),
            (None, 0, 3, Some(1), Some(3.0)),
            (None, 1, 1, Some(1), Some(1.0)),
        ]
    );
}

fn shipped(
    rule_set: &str,
    csv: &str,
    key: &str,
    value: &str,
    band: Option<&str>,
) -> Reconciliation {
    let engine = Engine::builder()
        .loader(DiskLoader::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/rules"
        )))
        .build();
    let program = engine.program(&rule_set.parse().unwrap()).unwrap().output;
    let mut request = ReadRequest::of(program.rules());
    request.key = Some(key.to_owned());
    let read = |request: &ReadRequest| {
        let mut input = csv.as_bytes();
        engine
            .read(&program, Some("d.csv"), &mut input, Some(request))
            .unwrap()
    };
    let data = read(&request);
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    request.headers = vec![value.to_owned()];
    request.group = band.map(str::to_owned);
    let said = read(&request);
    let list: Vec<Published> = said
        .chunks
        .iter()
        .flat_map(|chunk| {
            (0..chunk.rows()).map(|row| Published {
                value: chunk.columns[0].get(row),
                band: chunk.groups[row].clone().filter(|_| band.is_some()),
            })
        })
        .collect();
    let options = ReconcileOptions {
        column: said.decimals[0],
        ..Default::default()
    };
    reconcile(&scores, &data, &list, &options).unwrap()
}

#[test]
fn villages_of_idm_2024() {
    let Some(path) = shared_data("idm_2024.csv.gz") else {
        return;
    };
    let mut csv = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut csv)
        .unwrap();
    let found = shipped(
        "idm/2024",
        &csv,
        "kode_desa",
        "idm_published",
        Some("status_published"),
    );
    assert_eq!((found.compared, found.agree), (75_261, 68_142));
    assert_eq!((found.bands_compared, found.bands_agree), (75_261, 75_260));
    assert_eq!(found.only_published.len(), 4);
    let of = |name| {
        found
            .disagreements
            .iter()
            .filter(|d| d.cause.name() == name)
            .count()
    };
    assert_eq!(
        (of("rounded-inputs"), of("band-contradicts-value")),
        (7_119, 1)
    );
    assert_eq!(found.disagreements.len(), 7_120);
}

#[test]
fn regencies_of_ipm_2020() {
    let Some(path) = shared_data("ipm_jateng.csv") else {
        return;
    };
    let csv = std::fs::read_to_string(path).unwrap();
    let year: Vec<&str> = csv
        .lines()
        .filter(|line| line.starts_with("year") || line.starts_with("2020"))
        .collect();
    let found = shipped("ipm/2014", &year.join("\n"), "kode", "ipm_published", None);
    assert_eq!((found.compared, found.agree), (35, 34));
    assert_eq!(found.disagreements[0].published, Some(75.89));
    assert_eq!(found.disagreements[0].cause.name(), "wrong-input");
}

#[test]
fn bands_are_named_in_either_language_or_by_id() {
    let (scores, _) = score(CSV);
    let rules = scores.program.rules();
    for name in ["SANGAT TINGGI", "sangat_tinggi", " Very High "] {
        assert_eq!(band_named(rules, name), Some(1), "{name}");
    }
    assert_eq!(band_named(rules, "tinggi"), None);
}

/// A tolerance holds to its end, in both directions, and not beyond.
#[test]
fn a_tolerance_is_neither_wider_nor_narrower_than_written() {
    let agree = |published: f64, tolerance: f64| {
        run(
            CSV,
            &[(None, None), (None, None), (Some(published), None)],
            Some(tolerance),
        )
        .agree
    };
    for sign in [-1.0, 1.0] {
        assert_eq!(agree(50.0 + sign * 0.25, 0.25), 1);
        assert_eq!(agree(50.0 + sign * 0.26, 0.25), 0);
    }
    assert_eq!((agree(50.0, 0.0), agree(50.01, 0.0)), (1, 0));
}
