//! Progress through the years: each year by its own rules, and nothing subtracted that is not comparable.

use crate::support::evaluate;
use tanggap::bundle::MemoryLoader;
use tanggap::check::rule_set::Range;
use tanggap::explain::progress::{Progress, progress};
use tanggap::{Engine, EvaluateOptions};

fn index(extra: &str) -> String {
    format!(
        "title = \"Uji\"\nstatus = \"draft\"\nscale = [0, 100]\n[data]\nyear = \"tahun\"\nname = \"nama\"\n[band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 50\n{extra}"
    )
}

const VARIABLES: [(&str, &str); 2] = [
    (
        "v.toml",
        "[variable]\n[indicator.a]\nworst = 0\nbest = 10\n",
    ),
    (
        "w.toml",
        "[variable]\n[indicator.b]\nworst = 0\nbest = 10\n",
    ),
];

fn engine() -> Engine {
    let mut files = vec![("uji/2020/index.toml".to_owned(), index(""))];
    for (name, text) in VARIABLES {
        files.push((format!("uji/2020/{name}"), text.to_owned()));
    }
    let later = |text: &str| format!("extends = \"2020\"\nstatus = \"draft\"\n{text}");
    files.push(("uji/2022/index.toml".to_owned(), later("")));
    files.push((
        "uji/2022/w.toml".to_owned(),
        "[variable]\nremove = true\n".to_owned(),
    ));
    files.push((
        "uji/2022/x.toml".to_owned(),
        "[variable]\n[indicator.c]\nworst = 0\nbest = 10\n".to_owned(),
    ));
    files.push((
        "uji/2023/index.toml".to_owned(),
        later("scale = [1, 4]\n[band.tinggi]\nfrom = 3\n[band.rendah]\nfrom = 1\n"),
    ));
    Engine::builder().loader(MemoryLoader::new(files)).build()
}

const CSV: &str = "kode,nama,tahun,a,b,c
01,Satu,2020,2,4,
01,Satu,2021,4,6,
01,Satu,2022,5,,7
01,Satu,2023,5,5,
02,Dua,2020,8,8,
02,Dua Baru,2021,4,4,
03,Kota Tiga,2020,1,1,
33,Kota Tiga,2021,1,1,
04,Empat,2021,x,1,
04,Empat,2021,2,1,
";

fn years(list: &[(u16, &str)], common: Option<Range>) -> Progress {
    let engine = engine();
    let scored = list.iter().map(|(year, rules)| {
        let program = engine.program(&rules.parse().unwrap()).unwrap().output;
        let data = engine
            .read(&program, Some("d.csv"), &mut CSV.as_bytes(), None)
            .unwrap();
        let options = EvaluateOptions {
            year: Some(*year),
            progress: None,
            ..Default::default()
        };
        evaluate(&program, &data, &options).unwrap()
    });
    progress(scored.collect(), common)
}

#[test]
fn changes_regions_and_bands_from_year_to_year() {
    let found = years(&[(2021, "uji/2020"), (2020, "uji/2020")], None);
    let region = |at: usize| &*found.regions[at].region;
    assert_eq!(
        (0..5).map(region).collect::<Vec<_>>(),
        ["01", "02", "03", "04", "33"]
    );
    let step = &found.steps[0];
    assert!(step.comparable && step.same_rules && step.same_bands);
    let change = step.changes[0].as_ref().unwrap();
    assert_eq!((change.index, change.bands), (20.0, Some(1)));
    assert_eq!(change.variables, [Some(20.0), Some(20.0)]);
    assert_eq!(step.changes[1].as_ref().unwrap().bands, Some(-1));
    assert_eq!(
        step.vanished
            .iter()
            .map(|at| region(*at))
            .collect::<Vec<_>>(),
        ["03"]
    );
    assert_eq!(
        step.appeared
            .iter()
            .map(|at| region(*at))
            .collect::<Vec<_>>(),
        ["04", "33"]
    );
    // 04 is there twice in 2021: it has come, without a score.
    assert_eq!(found.value(1, "", 3), None);
    // 04 is there twice in 2021: it has come, without a score.
    assert_eq!(found.value(1, "", 3), None);
    // Proposed, and not made: the region under the new code has no change.
    assert_eq!(step.perhaps_one, [(2, 4)]);
    assert_eq!(step.changes[2], None);
    assert_eq!(step.renamed, [1]);
    assert_eq!(step.means, Some((55.0, 45.0, 2)));
    assert_eq!(found.movers(step, 5), (vec![0], vec![1]));
    assert_eq!(found.movers(step, 0), (vec![], vec![]));
}

#[test]
fn variables_that_only_one_year_has_have_no_change() {
    let found = years(&[(2021, "uji/2020"), (2022, "uji/2022")], None);
    let step = &found.steps[0];
    assert!(step.comparable && !step.same_rules);
    assert_eq!(found.variables, ["v", "x", "w"]);
    let change = step.changes[0].as_ref().unwrap();
    assert_eq!(change.variables, [Some(10.0), None, None]);
    assert_eq!(change.index, 10.0);
}

#[test]
fn other_scales_are_not_subtracted_unless_a_common_one_is_asked_for() {
    let list = [(2021, "uji/2020"), (2023, "uji/2023")];
    let found = years(&list, None);
    assert!(!found.steps[0].comparable);
    assert!(found.steps[0].changes.iter().all(Option::is_none));
    assert_eq!(found.steps[0].means, None);
    assert_eq!(found.value(1, "", 0), Some(2.5));
    let common = Range {
        low: 0.0,
        high: 10.0,
    };
    let found = years(&list, Some(common));
    assert_eq!(found.value(0, "", 0), Some(5.0));
    assert_eq!(found.value(1, "", 0), Some(5.0));
    let change = found.steps[0].changes[0].as_ref().unwrap();
    assert_eq!(
        (change.index, change.variables.as_slice()),
        (0.0, &[Some(1.0), Some(-1.0)][..])
    );
}

/// Bands of the same names are other bands where a bound moved, or is no longer included.
#[test]
fn bands_with_other_bounds_are_not_compared() {
    let csv = "kode,tahun,a\n01,2020,4\n01,2021,6\n";
    for (bound, same) in [
        ("from = 50", true),
        ("from = 55", false),
        ("above = 50", false),
    ] {
        let variable = "[variable]\n[indicator.a]\nworst = 0\nbest = 10\n";
        let later = index("").replace("from = 50", bound);
        let engine = Engine::builder()
            .loader(MemoryLoader::new([
                ("uji/2020/index.toml", index("").as_str()),
                ("uji/2020/v.toml", variable),
                ("uji/2021/index.toml", later.as_str()),
                ("uji/2021/v.toml", variable),
            ]))
            .build();
        let scored = [2020, 2021].map(|year| {
            let name = format!("uji/{year}").parse().unwrap();
            let program = engine.program(&name).unwrap().output;
            let data = engine.read(&program, Some("d.csv"), &mut csv.as_bytes(), None);
            let options = EvaluateOptions {
                year: Some(year),
                ..Default::default()
            };
            evaluate(&program, &data.unwrap(), &options).unwrap()
        });
        let found = progress(scored.to_vec(), None);
        let step = &found.steps[0];
        let change = step.changes[0].as_ref().unwrap();
        assert_eq!(step.same_bands, same, "{bound}");
        assert_eq!(
            (change.index, change.bands),
            (20.0, same.then_some(1)),
            "{bound}"
        );
    }
}
