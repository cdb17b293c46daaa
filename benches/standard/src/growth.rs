//! Generated rule sets of growing size: what loading and scoring cost by indicator.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use crate::ours;
use crate::timing::{Contender, Effort, median, take_turns};

/// How many indicators a generated variable has.
const EACH: usize = 10;

/// What a rule set of one size costs.
pub struct Growth {
    /// How many indicators it has.
    pub indicators: usize,
    /// Milliseconds to load, check and compile it.
    pub load: f64,
    /// Nanoseconds a region and indicator.
    pub score: f64,
}

/// Measures rule sets of 10 to 10,000 indicators.
pub fn measure(effort: Effort) -> Vec<Growth> {
    [10, 100, 1_000, 10_000]
        .map(|indicators| measure_one(indicators, effort))
        .into()
}

fn measure_one(indicators: usize, effort: Effort) -> Growth {
    let engine = ours::engine_of(rule_files(indicators));
    let program = ours::program(&engine, "tumbuh/2001");
    // About as many cells in each size, so that each lasts about as long.
    let regions = (10_000_000 / indicators).clamp(1_000, 10_000);
    let data = ours::read(&engine, &program, &csv(indicators, regions));
    let scorer = ours::scorer(&program);
    assert_eq!(ours::score(&scorer, &data).present(), regions);
    let run = || {
        black_box(ours::score(&scorer, &data));
    };
    let times = take_turns(
        vec![Contender::new("growth", regions, run)],
        effort.rounds_of_long,
        effort.at_least,
    );
    Growth {
        indicators,
        load: load_time(&engine, "tumbuh/2001", effort.rounds_of_long),
        score: times[0].median() / indicators as f64,
    }
}

/// Milliseconds to load, check and compile a rule set: the median of so many times.
pub fn load_time(engine: &tanggap::Engine, name: &str, times: usize) -> f64 {
    let one = |_| {
        let start = Instant::now();
        black_box(ours::program(engine, name));
        start.elapsed().as_secs_f64() * 1e3
    };
    median(&(0..times).map(one).collect::<Vec<_>>())
}

fn rule_files(indicators: usize) -> Vec<(String, String)> {
    let index = "title = \"Tumbuh\"\nstatus = \"draft\"\nscale = [0, 100]\nband_value = \"exact\"\n\
                 [band.rendah]\nfrom = 0\n[band.tinggi]\nfrom = 50\n";
    let mut files = vec![("tumbuh/2001/index.toml".to_owned(), index.to_owned())];
    for variable in 0..indicators / EACH {
        let mut text = format!("[variable]\nweight = {}\n", variable % 7 + 1);
        for at in variable * EACH..(variable + 1) * EACH {
            let _ = write!(
                text,
                "[indicator.i{at}]\nweight = {}\nworst = {}\nbest = {}\n",
                at % 5 + 1,
                at % 11,
                90 + at % 11
            );
        }
        let folder = format!("tumbuh/2001/v{variable}");
        files.push((format!("{folder}.toml"), text));
        files.push((
            format!("{folder}.rhai"),
            "weighted_mean(children)\n".to_owned(),
        ));
    }
    files
}

fn csv(indicators: usize, regions: usize) -> String {
    let mut text = String::from("kode");
    for at in 0..indicators {
        let _ = write!(text, ",i{at}");
    }
    for region in 0..regions {
        let _ = write!(text, "\n{region:07}");
        for at in 0..indicators {
            let _ = write!(text, ",{}", (region * 37 + at * 11) % 100);
        }
    }
    text + "\n"
}
