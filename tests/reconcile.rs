//! Recomputed against published: what agrees, what does not, and why.

mod support;

use std::io::Read;
use std::sync::Arc;

use support::{Case, evaluate, shared_data};
use tanggap::bundle::DiskLoader;
use tanggap::evaluate::{Dataset, ReadRequest};
use tanggap::explain::recap::recap_counts;
use tanggap::explain::reconcile::{
    Cause, Published, ReconcileOptions, Reconciliation, band_named, reconcile,
};
use tanggap::{Engine, EvaluateOptions, Scores};

const INDEX: &str = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\ndecimals = 2\nband_value = \"exact\"\n[band.rendah]\nfrom = 0\ntitle = { id = \"Rendah\", en = \"Low\" }\n[band.sangat_tinggi]\nabove = 50\ntitle = { id = \"Sangat Tinggi\", en = \"Very high\" }\n[indicator.a]\nnormalise = \"none\"\n[indicator.b]\nnormalise = \"none\"\n[indicator.c]\nnormalise = \"none\"\n";

fn score(csv: &str) -> (Scores, Dataset) {
    let case = Case::of([("index.toml", INDEX)]);
    let (program, _) = support::program(&case).unwrap_or_else(|report| panic!("{report}"));
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
    let Cause::WrongInput(from, to) = rounded.disagreements[3].cause else {
        panic!("{:?}", rounded.disagreements[3]);
    };
    let exact = rounded.disagreements[3].exact;
    // Three inputs of weight 1/3, 0.05 each, and the last decimal of the published value itself.
    assert!(
        (to - exact - 0.055).abs() < 1e-9 && (exact - from - 0.055).abs() < 1e-9,
        "{from} {to}"
    );
    let near = run(CSV, &[(Some(10.2), None), (Some(51.0), None)], Some(0.1));
    assert_eq!((near.agree, causes(&near)), (1, vec![(1, "wrong-input")]));
}

#[test]
fn published_decimals_are_those_compared() {
    let found = run(
        CSV,
        &[(Some(10.2), None), (Some(20.0), None), (Some(50.0), None)],
        None,
    );
    assert_eq!((found.decimals, found.agree), (1, 3));
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
    reconcile(&scores, &data, &list, &ReconcileOptions::default()).unwrap()
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
