//! How long `tanggap diff` takes with the causes of each region's change, and how large the error of a drawn part is.
//!
//! `cargo bench --bench difference`; `-- 100000` for another number of regions. The rule set is W (`benches/rules`): 60
//! indicators in five variables; the data are made up. No other engine that we know divides such a change, so that the
//! same comparison without causes stands beside it.

use std::time::{Duration, Instant};

use tanggap::Engine;
use tanggap::bundle::DiskLoader;
use tanggap::data::read_data;
use tanggap::explain::difference::{Comparison, ComparisonOptions, Difference};

const RULE_SET: &str = "w/2003";
const REGIONS: usize = 514;
const ROUNDS: usize = 5;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    // Cargo passes flags of its own.
    let regions = std::env::args().find_map(|own| own.parse().ok());
    let regions: usize = regions.unwrap_or(REGIONS);
    let data = data(regions);
    println!("{regions} regions, 60 indicators, best of {ROUNDS} runs");
    println!("changed lines | combinations | with causes | without | largest standard error");
    for (what, settings) in [
        ("8 goalposts, 8 weights of indicators", lines(8, 8, 0)),
        ("8, 8, and 4 weights of variables", lines(8, 8, 4)),
    ] {
        let mut fastest = [Duration::MAX; 2];
        let mut found = None;
        for _ in 0..ROUNDS {
            for (slot, causes) in fastest.iter_mut().zip([true, false]) {
                let start = Instant::now();
                let comparison = compare(&settings, &data, causes)?;
                *slot = start.elapsed().min(*slot);
                found = comparison.attribution.or(found);
            }
        }
        let found = found.ok_or("nothing was divided")?;
        let error = found
            .error
            .map_or("none: exact".to_owned(), |error| format!("{error:.4}"));
        let [with, without] = fastest.map(|own| own.as_secs_f64());
        let states = found.states;
        println!("{what} | {states} | {with:.2} s | {without:.2} s | {error}");
    }
    Ok(())
}

/// All that `tanggap diff` does, from files to parts.
fn compare(settings: &[String], data: &str, causes: bool) -> Result<Comparison, Failure> {
    let engine = Engine::builder()
        .loader(DiskLoader::new("benches/rules"))
        .build();
    let registry = engine.registry();
    let before = engine.bundle(&RULE_SET.parse()?)?;
    let after = before.clone().amended(settings)?;
    let difference = Difference::new(before, after, &registry.methods)
        .map_err(|_| "the rules of the benchmark do not check")?;
    let read = |_: usize, request: &_| {
        let mut bytes = data.as_bytes();
        read_data(&registry.readers, Some("data.csv"), &mut bytes, request)
    };
    let options = ComparisonOptions {
        causes,
        ..Default::default()
    };
    let methods = &registry.methods;
    Ok(Comparison::new(&difference, methods, 1, &read, options)?)
}

/// So many goalposts, weights of indicators and weights of variables that change, spread over the variables.
fn lines(goalposts: usize, weights: usize, variables: usize) -> Vec<String> {
    let indicator = |at: usize| format!("v{}_{:02}", at % 5 + 1, at % 12 + 1);
    let goalposts = (0..goalposts).map(|at| format!("{}.best={}", indicator(at), 90 + at));
    let weights = (0..weights).map(|at| format!("{}.weight={}", indicator(at + 20), 5 + at));
    let variables = (0..variables).map(|at| format!("v{}.weight={}", at + 1, 2 + at));
    goalposts.chain(weights).chain(variables).collect()
}

/// Made-up values from 0 to 100, the same at every run.
fn data(regions: usize) -> String {
    let ids = (0..60).map(|at| format!(",v{}_{:02}", at / 12 + 1, at % 12 + 1));
    let mut text: String = std::iter::once("kode".to_owned()).chain(ids).collect();
    let mut seed: u64 = 1;
    for region in 0..regions {
        text += &format!("\n{region}");
        for _ in 0..60 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text += &format!(",{}", (seed >> 33) % 1001 / 10);
        }
    }
    text + "\n"
}
