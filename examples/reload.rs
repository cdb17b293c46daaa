//! Hot reload in a service of one's own: scores by what is saved, and says what happens.
//!
//! `cargo run --example reload` watches a copy of `rules/` and edits it as a policy officer would.

use std::path::Path;
use std::time::Duration;

use tanggap::base::RuleSetName;
use tanggap::bundle::DiskLoader;
use tanggap::surface::watch::{WatchOptions, Watcher};
use tanggap::{Engine, Scorer};

const REGION: [(&str, f64); 4] = [
    ("uhh_years", 73.73),
    ("hls_years", 12.5),
    ("rls_years", 6.97),
    ("pengeluaran_ribu_rp", 10440.0),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("tanggap-reload-{}", std::process::id()));
    copy(Path::new("rules/ipm"), &folder.join("ipm"))?;
    // A published year is sealed, and an edit of it would be refused.
    std::fs::remove_file(folder.join("ipm/2014/seal.toml"))?;

    let engine = Engine::builder().loader(DiskLoader::new(&folder)).build();
    let watcher = Watcher::start(&engine, &folder, WatchOptions::default());
    let mut events = engine.subscribe(None);
    let name: RuleSetName = "ipm/2014".parse()?;

    // A request takes the rules once, and keeps them to its end.
    let request = || -> Result<String, Box<dyn std::error::Error>> {
        let active = engine.active(&name)?;
        let columns = active.program.rules().columns.iter();
        let value = |header: &str| REGION.iter().find(|own| own.0 == header).map(|own| own.1);
        let row: Vec<Option<f64>> = columns.map(|own| value(&own.header)).collect();
        let index = Scorer::new(&active.program)?.row(&row)?.index;
        Ok(format!(
            "{index:?} by {}",
            active.rules_digest().get(..12).unwrap_or("")
        ))
    };
    println!("{}", request()?);

    let path = folder.join("ipm/2014/index.toml");
    let text = std::fs::read_to_string(&path)?;
    for edit in [
        format!("{text}\n[parameters]\nbaru = 0,5\n"),
        format!("{text}\n[parameters]\nbaru = 0.5\n"),
    ] {
        std::fs::write(&path, edit)?;
        let event = events
            .wait(Duration::from_secs(10))
            .ok_or("nothing happened")?;
        println!("{:?}", event.kind);
        println!("{}", request()?);
    }
    drop(watcher);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
