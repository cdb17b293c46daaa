//! What is made for the public: internal regions and nodes leave no trace in any form, and no score changes.

use crate::support::{Case, evaluate};
use tanggap::base::Lang;
use tanggap::data::ReadRequest;
use tanggap::report::{ScoreReport, public_view, render_issues, render_summary};
use tanggap::{EvaluateOptions, Scores, summarise};

const INDEX: &str = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\nname = \"nama\"\ngroup = \"g\"\n[internal]\nbelow_band = \"sedang\"\n[band.rendah]\nfrom = 10\n[band.sedang]\nfrom = 40\n[band.tinggi]\nfrom = 70\n";
const V: &str = "[variable]\n[indicator.a]\nworst = 0\nbest = 100\n[indicator.rahasia]\nworst = 0\nbest = 100\ninternal = true\naspect = \"tertutup\"\n[indicator.terkait]\nworst = 0\nbest = 100\ninternal = true\n";
const W: &str = "[variable]\ninternal = true\n[indicator.bagian]\nworst = 0\nbest = 100\n";
const X: &str = "[variable]\ninternal = true\n[indicator.lain]\nworst = 0\nbest = 100\naspect = \"terbuka\"\n[indicator.sama]\nworst = 0\nbest = 100\n";

fn scores(rows: &str) -> (Case, Scores) {
    let case = Case::of([
        ("index.toml", INDEX),
        ("v.toml", V),
        ("w.toml", W),
        ("x.toml", X),
    ]);
    let (program, _) = crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
    let csv = format!("kode,nama,g,a,rahasia,terkait,bagian,lain,sama\n{rows}");
    let request = ReadRequest::of(program.rules());
    let data = case
        .engine()
        .read(&program, Some("d.csv"), &mut csv.as_bytes(), Some(&request))
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    (case, scores)
}

fn row(code: &str, group: &str, value: f64) -> String {
    format!("{code},Nama{code},{group},{value},{value},{value},{value},{value},{value}\n")
}

/// Everything that is written for the public, in every form.
fn outputs(case: &Case, scores: &Scores) -> String {
    let summary = summarise(scores);
    let (shown, summary, withheld) = public_view(scores, &summary);
    let mut all = String::new();
    for lang in Lang::ALL {
        let report = ScoreReport {
            lang,
            detail: true,
            exact: true,
            withheld: Some(withheld.clone()),
            ..ScoreReport::new(&shown, &summary, "d.csv")
        };
        for reporter in &case.engine().registry().reporters {
            let mut out = Vec::new();
            reporter.write(&report, &mut out).unwrap();
            if reporter.name() == "xlsx" {
                let figures = reporter.read_back(&out).unwrap().figures;
                // The sheet of the method states the rules, which are no secret.
                let figures = figures
                    .iter()
                    .filter(|(place, _)| !place.starts_with("Met"));
                all.extend(figures.map(|(place, value)| format!("{place} {value}\n")));
            } else {
                all.push_str(&String::from_utf8(out).unwrap());
            }
        }
        all.push_str(&render_summary(&report));
        all.push_str(&render_issues(&shown, lang));
    }
    all
}

#[test]
fn what_is_internal_is_in_no_output() {
    let rows = [
        row("01", "A", 80.5),
        row("02", "A", 33.25),
        row("03", "B", 55.125),
        row("04", "B", 5.0625),
        row("05", "B", 21.75),
        row("06", "B", 22.875),
        row("07", "C", 90.5),
        "08,Nama08,C,x,1,1,1,1,1\n".to_owned(),
    ];
    let (case, scores) = scores(&rows.concat());
    let all = outputs(&case, &scores);
    for secret in [
        "Nama02", "Nama04", "Nama05", "Nama06", "33.25", "33,25", "5.0625", "21.75", "22.875",
        "tertutup",
    ] {
        assert!(!all.contains(secret), "{secret}\n{all}");
    }
    for shown in ["Nama01", "Nama03", "Nama07", "80.5", "55.125", "90.5"] {
        assert!(all.contains(shown), "{shown}");
    }
    // Of internal nodes there are ids at most, as names of what is withheld, and no figure.
    let (shown, _, withheld) = public_view(&scores, &summarise(&scores));
    let rules = scores.program.rules();
    let ids: Vec<&str> = withheld
        .nodes
        .iter()
        .map(|node| rules.node(*node).id.as_str())
        .collect();
    assert_eq!(ids.len(), 7, "{ids:?}");
    for node in &withheld.nodes {
        assert_eq!(shown.node(*node).present().count(), 0);
        assert_eq!(shown.raw_value(*node, 0), None);
        assert_eq!(shown.decision(*node, 0), None);
    }
    // And no score that is shown is another one than before.
    for (at, region) in shown.regions.iter().enumerate() {
        let before = scores.find(region).unwrap();
        assert_eq!(shown.index().get(at), scores.index().get(before));
        assert_eq!(shown.ranks[at], scores.ranks[before]);
        assert_eq!(shown.bands[at], scores.bands[before]);
    }
    assert_eq!(
        shown
            .issues
            .iter()
            .filter(|issue| issue.row.is_some())
            .count(),
        0,
        "08 is below the bands"
    );
}

/// A mean over few regions left out tells their figures; so does the whole less the other groups.
#[test]
fn means_that_would_tell_are_withheld() {
    let public = |rows: &[String]| {
        let (_, scores) = scores(&rows.concat());
        let (_, summary, withheld) = public_view(&scores, &summarise(&scores));
        let groups: Vec<String> = summary
            .groups
            .iter()
            .map(|(name, _)| name.to_string())
            .collect();
        (groups, summary.nation.mean.is_some(), withheld)
    };
    let four = |group: &str, first: u32| {
        (first..first + 4)
            .map(|code| row(&format!("{code:02}"), group, 20.0))
            .collect::<Vec<_>>()
    };
    // One region of A is left out: A would tell it, and the whole less B would, too.
    let (groups, mean, withheld) = public(&[
        row("01", "A", 80.0),
        row("02", "A", 30.0),
        row("03", "B", 80.0),
    ]);
    assert_eq!((groups.as_slice(), mean), (&["B".to_owned()][..], false));
    assert!(withheld.mean && withheld.regions == 1 && withheld.groups == 1);
    // Four of A: their mean tells of none alone.
    let (groups, mean, withheld) = public(&[vec![row("09", "B", 80.0)], four("A", 1)].concat());
    assert_eq!(
        (groups.len(), mean, withheld.regions, withheld.groups),
        (2, true, 4, 0)
    );
    // Four of A and one of B: B is left out, and with it the whole.
    let (groups, mean, _) = public(
        &[
            vec![row("08", "B", 80.0), row("09", "B", 30.0)],
            four("A", 1),
        ]
        .concat(),
    );
    assert_eq!((groups.as_slice(), mean), (&["A".to_owned()][..], false));
    // Two of B and two of C: each is left out, and the whole tells only of the four together.
    let many = [
        row("01", "B", 20.0),
        row("02", "B", 20.0),
        row("03", "C", 20.0),
        row("04", "C", 20.0),
        row("05", "A", 80.0),
    ];
    let (groups, mean, _) = public(&many);
    assert_eq!((groups.as_slice(), mean), (&["A".to_owned()][..], true));
    // Nothing is left out where nothing is internal.
    let (groups, mean, withheld) = public(&[row("01", "A", 80.0), row("02", "B", 50.0)]);
    assert_eq!((groups.len(), mean, withheld.regions), (2, true, 0));
}

/// Figures behind a mean are counted, not regions: what is hidden may have a value in few of them, or a weight.
#[test]
fn what_stands_behind_a_mean_is_counted() {
    // Four regions are hidden; of the variable `v`, only one has a value.
    let gap = |code: &str| format!("{code},Nama{code},A,,,,20,20,20\n");
    let rows = [
        row("01", "A", 80.0),
        row("02", "A", 13.37),
        gap("03"),
        gap("04"),
        gap("05"),
    ];
    let (_, scores) = scores(&rows.concat());
    let (_, summary, withheld) = public_view(&scores, &summarise(&scores));
    assert_eq!(withheld.regions, 4);
    assert!(withheld.mean && summary.nation.mean.is_none() && summary.groups.is_empty());
    assert_eq!(summary.nation.variables, [None, None, None]);
}

#[test]
fn regions_without_weight_hide_nobody() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\nweighted_by = \"p\"\n[internal]\nbelow_band = \"tinggi\"\n[band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 50\n[indicator.a]\nworst = 0\nbest = 100\n";
    let case = Case::of([("index.toml", index)]);
    let (program, _) = crate::support::program(&case).unwrap();
    let mut csv = "kode,p,a\n01,10,90\n02,30,15\n03,0,16\n04,,17\n".as_bytes();
    let data = case
        .engine()
        .read(&program, Some("d.csv"), &mut csv, None)
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let (_, summary, withheld) = public_view(&scores, &summarise(&scores));
    assert_eq!((withheld.regions, summary.nation.mean), (3, None));
}

/// What stands in a cell that only internal nodes read is no less internal where it is at fault.
#[test]
fn faulty_cells_of_internal_columns_are_not_told() {
    let (case, scores) =
        scores("01,Nama01,A,80,61;25,80,xyzzy,x,80\n02,Nama02,A,80,80,80,80,80,80\n");
    assert!(
        scores
            .issues
            .iter()
            .filter(|issue| issue.kind.code() == "D103")
            .count()
            > 2
    );
    let all = outputs(&case, &scores);
    assert!(!all.contains("61;25") && !all.contains("xyzzy"), "{all}");
}

/// A value that was filled in with a mean tells of those behind the mean.
#[test]
fn filled_values_are_not_told() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\ngroup = \"g\"\n[internal]\nbelow_band = \"tinggi\"\n[band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 50\n[indicator.a]\nworst = 0\nbest = 100\nweight = 1\nmissing = \"group-mean\"\n[indicator.b]\nworst = 0\nbest = 100\nweight = 9\n";
    let case = Case::of([("index.toml", index)]);
    let (program, _) = crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
    // In X, the mean that fills the second region is the figure of the first, which is internal.
    let mut csv = "kode,g,a,b\n01,X,41.375,1\n02,X,,90\n03,Y,70,80\n".as_bytes();
    let request = ReadRequest::of(program.rules());
    let data = case
        .engine()
        .read(&program, Some("d.csv"), &mut csv, Some(&request))
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    let a = program.rules().find("a").unwrap();
    assert_eq!(scores.raw_value(a, 1), Some(41.375));
    assert!(scores.bands[1] == scores.bands[2] && scores.bands[0] != scores.bands[1]);
    assert!(!outputs(&case, &scores).contains("41.375"));
}

/// Winsorising gives a region the value of another one.
#[test]
fn treated_values_are_not_told() {
    let index = "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[internal]\nbelow_band = \"tinggi\"\n[band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 50\n[indicator.a]\nworst = 100\nbest = 0\ntreat = { winsorise = 1 }\n[indicator.b]\nworst = 0\nbest = 1\nweight = 9\n[indicator.c]\nworst = 0\nbest = 1\nweight = 0\n".replace("best = 0\n", "best = 0\nweight = 1\n");
    let case = Case::of([("index.toml", index.as_str())]);
    let (program, _) = crate::support::program(&case).unwrap_or_else(|report| panic!("{report}"));
    let rows: Vec<String> = (1..=20).map(|row| format!("{row:02},{row},1,1")).collect();
    let csv = format!(
        "kode,a,b,c\n{}\n21,20.123,0,0\n22,500,1,1\n",
        rows.join("\n")
    );
    let data = case
        .engine()
        .read(&program, Some("d.csv"), &mut csv.as_bytes(), None)
        .unwrap();
    let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
    assert!(
        scores
            .issues
            .iter()
            .any(|issue| issue.found.as_deref() == Some("500 → 20.123"))
    );
    assert!(!outputs(&case, &scores).contains("20.123"));
}

/// Of one region, too: an internal node is in no list of its explanation, with what was found in its cells.
#[test]
#[cfg(feature = "cli")]
fn explanations_for_the_public_name_nothing_internal() {
    use crate::support::command::{Desk, stdout, tanggap};
    let desk = Desk::new();
    let write = |file: &str, text: &str| {
        let path = std::path::PathBuf::from(desk.path(file));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "rules/u/2024/index.toml",
        "title = 'Uji'\nstatus = 'draft'\nscale = [0, 100]\n[band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 90\n",
    );
    let indicator = |id: &str, internal: &str| {
        format!(
            "[indicator.{id}]\nweight = 1\nworst = 0\nbest = 100\noutside = 'clamp'\nvalid = [0, 100]\n{internal}"
        )
    };
    let own = [
        indicator("terlihat", ""),
        indicator("rahasia", "internal = true\n"),
        indicator("kosong", "internal = true\n"),
    ];
    write(
        "rules/u/2024/v.toml",
        &format!("[variable]\nweight = 1\n{}", own.concat()),
    );
    write(
        "rules/u/2024/tertutup.toml",
        &format!(
            "[variable]\nweight = 1\ninternal = true\n{}",
            indicator("dalam", "")
        ),
    );
    write(
        "d.csv",
        "kode,terlihat,rahasia,kosong,dalam\n01,50,123.5,xyzzy,12.625\n02,40,20,30,10\n",
    );
    let (rules, data) = (desk.path("rules"), desk.path("d.csv"));
    let call = [
        "explain", "u/2024", "--region", "01", "--rules", &rules, "--data", &data, "--lang", "en",
    ];
    for form in ["text", "json"] {
        let with = |more: &[&str]| tanggap(&[&call[..], &["--format", form], more].concat(), "");
        let secrets = [
            "rahasia", "tertutup", "kosong", "dalam", "123.5", "xyzzy", "12.625",
        ];
        let office = with(&[]);
        for secret in secrets {
            assert!(office.contains(secret), "{form}: {secret}\n{office}");
        }
        let public = with(&["--public"]);
        assert!(
            public.starts_with("exit 0") && public.contains("terlihat"),
            "{public}"
        );
        // The lint that warns the office, on standard error, does name them.
        let public = stdout(&public);
        for secret in secrets {
            assert!(!public.contains(secret), "{form}: {secret}\n{public}");
        }
    }
}
