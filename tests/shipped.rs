//! The scores of the shipped rule sets on fixed data. A changed snapshot here is a change of policy.

use crate::support::evaluate;

use tanggap::bundle::DiskLoader;
use tanggap::report::ScoreReport;
use tanggap::{Engine, EvaluateOptions, summarise};

#[test]
fn scores_of_the_shipped_rule_sets() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let engine = Engine::builder()
        .loader(DiskLoader::new(root.join("rules")))
        .build();
    let mut scored = 0;
    for name in engine.rule_sets().unwrap() {
        let program = engine.program(&name).unwrap();
        assert!(program.warnings.list.is_empty(), "{}", program.warnings);
        let program = program.output;
        let data = match name.index.as_str() {
            "ikotan" => "ikotan_2021_buatan.csv",
            "ipm" => "ipm_2020.csv",
            "idm" => "idm_2024.csv",
            "kawasan_rawan" => "kawasan_rawan_buatan.csv",
            other => panic!("`{other}` has no fixed data here"),
        };
        let mut file = std::fs::File::open(root.join("examples/data").join(data)).unwrap();
        let data = engine.read(&program, Some(data), &mut file, None).unwrap();
        let scores = evaluate(&program, &data, &EvaluateOptions::default()).unwrap();
        let summary = summarise(&scores);
        let report = ScoreReport {
            exact: true,
            ..ScoreReport::new(&scores, &summary, "")
        };
        let csv = engine
            .registry()
            .reporters
            .iter()
            .find(|reporter| reporter.name() == "csv")
            .unwrap();
        let mut out = format!("rules digest {}\n", program.rules().rules_digest).into_bytes();
        csv.write(&report, &mut out).unwrap();
        insta::assert_snapshot!(
            format!("{name}").replace('/', "_"),
            crate::support::without_record(&String::from_utf8(out).unwrap())
        );
        scored += 1;
    }
    assert_eq!(scored, 6);
}
