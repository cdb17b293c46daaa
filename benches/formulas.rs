//! `cargo bench --bench formulas`: the two executors of formulas side by side, in rounds that take turns.
//!
//! The work: 60 raw values a region, clamped goalposts, five variables of twelve indicators, each a formula, the index
//! a weighted mean, four bands. What is timed is all of `evaluate`, so that the share of formulas shows. Every variant
//! is checked to give the same bits before it is timed. Times differ between machines; read the ratios.

use std::fmt::Write;
use std::time::Instant;

use tanggap::bundle::MemoryLoader;
use tanggap::compile::Executor;
use tanggap::{Engine, EvaluateOptions, Program, Scores, evaluate};

const VARIABLES: usize = 5;
const INDICATORS: usize = 12;

/// The ways to write the same formula, and one with more of the language.
fn formula(variant: &str, variable: usize) -> String {
    let ids: Vec<String> = (0..INDICATORS)
        .map(|at| format!("i{variable}_{at}"))
        .collect();
    let capped = |mean: &str| {
        format!(
            "let x = {mean};\nif min({}, {}, {}) < 25 {{ x = x * 0.9; }}\nmin(x, 100)",
            ids[0], ids[4], ids[8]
        )
    };
    match variant {
        "explicit" => {
            let terms: Vec<String> = (0..INDICATORS)
                .map(|at| format!("{} * {}", at + 1, ids[at]))
                .collect();
            let weights: usize = (1..=INDICATORS).sum();
            capped(&format!("({}) / {weights}", terms.join(" + ")))
        }
        "loop" => {
            let sums = "let s = 0; let w = 0; for k in children { s += k.weight * k.score; w += k.weight; }\n";
            format!("{sums}{}", capped("s / w"))
        }
        "function" => capped("weighted_mean(children)"),
        _ => format!(
            "fn turun(x, batas) {{ if x < batas {{ return x * 0.9; }} x }}\nlet x = weighted_mean(children);\nfor k in children {{ if k.id != \"{}\" && k.score < 10 {{ x -= 1; }} }}\nmax(turun(x, 25), 0)",
            ids[0]
        ),
    }
}

fn program(variant: &str) -> Program {
    let mut files = vec![(
        "w/2024/index.toml".to_owned(),
        "title = \"W\"\nstatus = \"draft\"\nscale = [0, 100]\n[band.a]\nfrom = 0\n[band.b]\nfrom = 40\n[band.c]\nfrom = 60\n[band.d]\nfrom = 80\n".to_owned(),
    )];
    for variable in 0..VARIABLES {
        let mut text = format!("[variable]\nweight = {}\n", variable + 1);
        for at in 0..INDICATORS {
            let _ = write!(
                text,
                "[indicator.i{variable}_{at}]\nweight = {}\nworst = {at}\nbest = {}\n",
                at + 1,
                90 + at
            );
        }
        files.push((format!("w/2024/v{variable}.toml"), text));
        files.push((
            format!("w/2024/v{variable}.rhai"),
            formula(variant, variable),
        ));
    }
    let files = files
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()));
    let engine = Engine::builder().loader(MemoryLoader::new(files)).build();
    let name = "w/2024".parse().expect("a name");
    engine
        .program(&name)
        .unwrap_or_else(|error| panic!("{error}"))
        .output
}

fn csv(rows: usize) -> String {
    let mut text = String::from("kode");
    for variable in 0..VARIABLES {
        for at in 0..INDICATORS {
            let _ = write!(text, ",i{variable}_{at}");
        }
    }
    let mut state = 1u64;
    for row in 0..rows {
        let _ = write!(text, "\n{row:07}");
        for _ in 0..VARIABLES * INDICATORS {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let _ = write!(text, ",{:.2}", (state >> 40) as f64 / 170_000.0);
        }
    }
    text + "\n"
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let engine = Engine::builder().build();
    println!(
        "{:<10} {:>8} {:>16} {:>16} {:>7}",
        "formula", "regions", "interpreter ns", "compiled ns", "ratio"
    );
    for variant in ["explicit", "loop", "function", "mixed"] {
        let program = program(variant);
        for rows in [1, 514, 10_000] {
            let text = csv(rows);
            let data = engine
                .read(&program, None, &mut text.as_bytes(), None)
                .unwrap_or_else(|error| panic!("{error}"));
            let run = |executor| -> (Scores, f64) {
                let options = EvaluateOptions {
                    executor,
                    ..Default::default()
                };
                let start = Instant::now();
                let scores =
                    evaluate(&program, &data, &options).unwrap_or_else(|error| panic!("{error}"));
                (scores, start.elapsed().as_nanos() as f64 / rows as f64)
            };
            let bits = |scores: &Scores| -> Vec<Option<u64>> {
                scores
                    .index()
                    .iter()
                    .map(|value| value.map(f64::to_bits))
                    .collect()
            };
            assert_eq!(
                bits(&run(Executor::Compiled).0),
                bits(&run(Executor::Interpreter).0)
            );
            let rounds = if rows > 1000 { 5 } else { 51 };
            let (mut slow, mut fast) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                slow.push(run(Executor::Interpreter).1);
                fast.push(run(Executor::Compiled).1);
            }
            let (slow, fast) = (median(&mut slow), median(&mut fast));
            println!(
                "{variant:<10} {rows:>8} {slow:>16.0} {fast:>16.0} {:>7.1}",
                slow / fast
            );
        }
    }
}
