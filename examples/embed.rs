//! Scores one region in a few lines, and says what holds it back.
//!
//! `cargo run --example embed`

use tanggap::{Engine, EvaluateOptions, bundle::DiskLoader, evaluate, explain};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    let program = engine.program(&"ipm/2014".parse()?)?.output;
    let rules = program.rules();

    let csv =
        "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n3301,73.73,12.5,6.97,10440\n";
    let data = engine.read(&program, None, &mut csv.as_bytes(), None)?;
    let scores = evaluate(&program, &data, &EvaluateOptions::default())?;

    let exact = scores.index().get(0).ok_or("the region has no index")?;
    println!(
        "{} {}: {}",
        rules.name,
        scores.regions[0],
        rules.published(exact)
    );
    for obstacle in explain(&scores, 0).indicators {
        println!(
            "{:6.2} points lost in {}",
            obstacle.points,
            rules.node(obstacle.node).title.en
        );
    }
    Ok(())
}
