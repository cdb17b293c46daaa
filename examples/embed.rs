//! Scores one region in a few lines, with what is wrong in rules and data, and what holds the region back.
//!
//! `cargo run --example embed`

use tanggap::{Engine, EvaluateOptions, bundle::DiskLoader, evaluate, explain};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    let loaded = engine.program(&"ipm/2014".parse()?)?;
    let (program, warnings) = (loaded.output, loaded.warnings);
    assert!(warnings.list.is_empty(), "{warnings}");
    let rules = program.rules();

    let csv =
        "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n3301,73.73,12.5,6.97,10440\n";
    let data = engine.read(&program, None, &mut csv.as_bytes(), None)?;
    let scores = evaluate(&program, &data, &EvaluateOptions::default())?;
    for issue in &scores.issues {
        eprintln!("{}: {}", issue.kind.code(), issue.kind.message().en);
    }

    let region = scores.find("3301").ok_or("the region is not in the data")?;
    let exact = scores
        .index()
        .get(region)
        .ok_or("the region has no index")?;
    println!("{} 3301: {}", rules.name, rules.published(exact));
    let health = rules.find("kesehatan").ok_or("no such variable")?;
    println!("health: {:?}", scores.node(health).get(region));
    for obstacle in explain(&scores, region).ok_or("no such region")?.indicators {
        println!(
            "{:6.2} points lost in {}",
            obstacle.points,
            rules.node(obstacle.node).title.en
        );
    }
    Ok(())
}
