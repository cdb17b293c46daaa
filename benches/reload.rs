//! How long an edit takes from the save to new scores, what a storm of reloads does to readers, and to memory.
//!
//! `cargo bench --bench reload`; `-- 10000` for another number of reloads. The rule set is W (`benches/rules`): 60
//! indicators in five variables, 514 made-up regions. Times are medians; the share of the system is what is left of the
//! whole when the quiet that is waited for and our own work are taken away.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use tanggap::base::RuleSetName;
use tanggap::bundle::{DiskLoader, Loader, MemoryLoader};
use tanggap::surface::watch::{WatchOptions, Watcher};
use tanggap::{Engine, EvaluateOptions, EventKind, Scorer, evaluate};

const RULE_SET: &str = "w/2001";
const REGIONS: usize = 514;
const SAVES: usize = 60;
const RELOADS: usize = 10_000;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let reloads = std::env::args().find_map(|own| own.parse().ok());
    let name: RuleSetName = RULE_SET.parse()?;
    save_to_scores(&name)?;
    storm(&name)?;
    memory(&name, reloads.unwrap_or(RELOADS))
}

/// The files of the rule set, by path.
fn files(name: &RuleSetName) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let files = DiskLoader::new("benches/rules").files(name)?;
    Ok(files
        .into_iter()
        .map(|file| (format!("{name}/{}", file.name), file.bytes))
        .collect())
}

/// An edit that changes scores: another comment would not do.
fn edited(text: &[u8], round: usize) -> Vec<u8> {
    let mut text = text.to_vec();
    text.extend(format!("\n[parameters]\nedisi = {round}\n").bytes());
    text
}

fn median(mut list: Vec<Duration>) -> f64 {
    list.sort();
    let middle = list.get(list.len() / 2).copied().unwrap_or_default();
    middle.as_secs_f64() * 1e3
}

fn data(columns: &[String]) -> String {
    let mut csv = format!("kode,{}\n", columns.join(","));
    for region in 0..REGIONS {
        csv.push_str(&region.to_string());
        for column in 0..columns.len() {
            csv.push_str(&format!(",{}", (region * 7 + column * 13) % 100));
        }
        csv.push('\n');
    }
    csv
}

fn headers(engine: &Engine, name: &RuleSetName) -> Result<Vec<String>, Failure> {
    let active = engine.active(name)?;
    let columns = active.program.rules().columns.iter();
    Ok(columns.map(|column| column.header.clone()).collect())
}

fn save_to_scores(name: &RuleSetName) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let files = files(name)?;
    for (path, bytes) in &files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        std::fs::write(path, bytes)?;
    }
    let index = files.iter().find(|(path, _)| path.ends_with("index.toml"));
    let (path, text) = index.ok_or("no index.toml")?;
    let path = folder.path().join(path);
    let engine = Engine::builder()
        .loader(DiskLoader::new(folder.path()))
        .build();
    let options = WatchOptions::default();
    let quiet = options.quiet.as_secs_f64() * 1e3;
    let watcher = Watcher::start(&engine, folder.path(), options);
    let columns = headers(&engine, name)?;
    let csv = data(&columns);
    let active = engine.active(name)?;
    let read = engine.read(&active.program, Some("d.csv"), &mut csv.as_bytes(), None)?;
    let (mut live, mut score) = (Vec::new(), Vec::new());
    for round in 0..SAVES {
        let mut events = engine.subscribe(None);
        let begun = Instant::now();
        std::fs::write(&path, edited(text, round))?;
        let event = events.wait(Duration::from_secs(10));
        live.push(begun.elapsed());
        let event = event.ok_or("the edit was not taken up")?;
        assert!(matches!(event.kind, EventKind::Activated { .. }));
        let active = engine.active(name)?;
        let begun = Instant::now();
        let scores = evaluate(&active.program, &read, &EvaluateOptions::default())?;
        score.push(begun.elapsed());
        assert_eq!(scores.index().present().count(), REGIONS);
    }
    drop(watcher);
    // What is ours: files read, checked, compiled, read again, swapped.
    let mut build = Vec::new();
    for round in 0..SAVES {
        std::fs::write(&path, edited(text, SAVES + round))?;
        let begun = Instant::now();
        let reload = engine.reload();
        build.push(begun.elapsed());
        assert_eq!(reload.activated, std::slice::from_ref(name));
    }
    let (live, build, score) = (median(live), median(build), median(score));
    let system = (live - quiet - build).max(0.0);
    println!(
        "save to new scores, {REGIONS} regions x {} columns, median of {SAVES} saves",
        columns.len()
    );
    println!(
        "  system {system:.2} ms | quiet {quiet:.0} ms | build {build:.2} ms | score {score:.3} ms | whole {:.2} ms",
        live + score
    );
    println!("  ours: {:.2} ms", build + score);
    Ok(())
}

/// Reads for a while, and gives how many there were a second.
fn reads(engine: &Engine, name: &RuleSetName, values: &[Option<f64>]) -> Result<f64, Failure> {
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < Duration::from_millis(400) {
        for _ in 0..64 {
            let active = engine.active(name)?;
            let row = Scorer::new(&active.program)?.row(values)?;
            assert!(row.index.is_some());
            count += 1;
        }
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

/// How fast one reader is alone, beside a thread that only computes, and beside a thread that reloads all the time: the last
/// two take the same from the machine.
fn storm(name: &RuleSetName) -> Result<(), Failure> {
    let files = files(name)?;
    let memory = Arc::new(RwLock::new(MemoryLoader::new(files.clone())));
    let engine = Engine::builder().loader(memory.clone()).build();
    engine.reload();
    let values = vec![Some(50.0); headers(&engine, name)?.len()];
    let index = files.iter().find(|(path, _)| path.ends_with("index.toml"));
    let (path, text) = index.ok_or("no index.toml")?;
    let done = AtomicBool::new(false);
    let mut figures = [Vec::new(), Vec::new(), Vec::new()];
    let reloads = AtomicUsize::new(0);
    for _ in 0..7 {
        figures[0].push(reads(&engine, name, &values)?);
        for (storms, slot) in [(false, 1), (true, 2)] {
            done.store(false, Ordering::Relaxed);
            let figure = std::thread::scope(|scope| {
                let beside = scope.spawn(|| {
                    let mut round = reloads.load(Ordering::Relaxed);
                    let other = Engine::builder().loader(memory.clone()).build();
                    while !done.load(Ordering::Relaxed) {
                        round += 1;
                        if let Ok(mut files) = memory.write() {
                            files.set(path.clone(), edited(text, round));
                        }
                        // Beside: the same work, for an engine that nobody reads.
                        let reloaded = if storms { &engine } else { &other };
                        reloaded.reload();
                    }
                    reloads.store(round, Ordering::Relaxed);
                });
                let figure = reads(&engine, name, &values).map_err(|error| error.to_string());
                done.store(true, Ordering::Relaxed);
                let _ = beside.join();
                figure
            });
            figures[slot].push(figure?);
        }
    }
    let middle = |list: &mut Vec<f64>| {
        list.sort_by(f64::total_cmp);
        list[list.len() / 2]
    };
    let reloads = reloads.into_inner();
    let [alone, beside, storm] = &mut figures;
    let (alone, beside, storm) = (middle(alone), middle(beside), middle(storm));
    println!(
        "one reader, reads a second (take the active rules, bind, score one region), median of 7; {reloads} reloads"
    );
    println!(
        "  alone {alone:.0} | beside another engine that reloads {beside:.0} | in a storm of its own {storm:.0} | ratio {:.2}",
        storm / beside
    );
    Ok(())
}

fn memory(name: &RuleSetName, reloads: usize) -> Result<(), Failure> {
    let files = files(name)?;
    let memory = Arc::new(RwLock::new(MemoryLoader::new(files.clone())));
    let engine = Engine::builder().loader(memory.clone()).build();
    engine.reload();
    let index = files.iter().find(|(path, _)| path.ends_with("index.toml"));
    let (path, text) = index.ok_or("no index.toml")?;
    println!("memory of the process, after so many reloads");
    for round in 0..=reloads {
        if round % (reloads / 5).max(1) == 0 {
            match resident() {
                Some(bytes) => println!("  {round}: {:.1} MB", bytes as f64 / 1e6),
                None => println!("  {round}: not known on this system"),
            }
        }
        if let Ok(mut files) = memory.write() {
            files.set(path.clone(), edited(text, round));
        }
        assert_eq!(engine.reload().activated.len(), 1, "{round}");
    }
    Ok(())
}

/// What the process holds, where the system tells.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
