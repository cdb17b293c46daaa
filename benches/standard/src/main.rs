//! The standard work W, scored by tanggap and by its rivals side by side in one process.
//!
//! `cargo run --release --manifest-path benches/standard/Cargo.toml` prints the table; `--write` puts it into
//! `docs/performance.md`, and `--quick` is a smoke run of few rounds.
//!
//! W: 60 raw values a region, clamped goalposts on a scale of 0 to 100, five variables of twelve indicators. A variable
//! is the weighted mean of its scores, times 0.9 if the least of three critical ones is below 25, capped at 100; the
//! index is the weighted mean of the variables, with four bands. Its rules are `benches/rules/w/2001`.

mod by_hand;
mod growth;
mod machine;
mod measure;
mod ours;
mod peers;
mod report;
mod timing;
mod work;

use std::path::Path;
use std::process::ExitCode;

use rayon::{ThreadPool, ThreadPoolBuilder};

use machine::Machine;
use report::Report;
use timing::Effort;

const BEGIN: &str = "<!-- standard work: begin -->";
const END: &str = "<!-- standard work: end -->";

fn main() -> ExitCode {
    let (mut write, mut quick) = (false, false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--write" => write = true,
            "--quick" => quick = true,
            other => {
                return fail(&format!(
                    "unknown option {other}; there are --write and --quick"
                ));
            }
        }
    }
    let report = measured(quick).to_string();
    if !write {
        println!("{report}");
        return ExitCode::SUCCESS;
    }
    match write_report(&report) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => fail(&why),
    }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(2)
}

/// Measures everything. What runs on one thread runs inside its pool, so that entering it is not measured.
fn measured(quick: bool) -> Report {
    let effort = if quick { Effort::QUICK } else { Effort::FULL };
    let (one, two) = (pool(1), pool(2));
    Report {
        machine: Machine::here(),
        quick,
        by_hand: one.install(|| measure::by_hand(effort)),
        languages: one.install(|| measure::languages(effort)),
        variants: one.install(|| measure::variants(effort)),
        threads: measure::threads(&one, &two, effort),
        load: one.install(|| measure::load(effort)),
        growth: one.install(|| growth::measure(effort)),
    }
}

fn pool(threads: usize) -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads can be started")
}

/// Puts the report between the two markers of `docs/performance.md`.
fn write_report(report: &str) -> Result<(), String> {
    let name = "docs/performance.md";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
    let markers = || format!("{name} lacks the lines {BEGIN} and {END}");
    let (before, rest) = text.split_once(BEGIN).ok_or_else(markers)?;
    let (_, after) = rest.split_once(END).ok_or_else(markers)?;
    let text = format!("{before}{BEGIN}\n{report}{END}{after}");
    std::fs::write(&path, text).map_err(|error| format!("{name}: {error}"))
}
