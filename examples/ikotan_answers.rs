//! Draws the made-up answers of `examples/data/ikotan_2021_buatan.csv`: real regions, invented figures.
//!
//! `cargo run --example ikotan_answers > examples/data/ikotan_2021_buatan.csv`
//!
//! The draw is seeded, so that everyone gets the same file. It is written as spreadsheets of Indonesian
//! offices write it: semicolons between cells, a decimal comma in numbers, a few cells empty.

use std::fmt::Write;

use tanggap::Engine;
use tanggap::bundle::DiskLoader;

const SEED: u64 = 2021;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    let rules = engine.check(&"ikotan/2021".parse()?)?.output;
    let regions = std::fs::read_to_string("examples/data/kabkota_173.csv")?;
    let mut random = Random(SEED);
    let mut out = String::from("kode;nama;provinsi");
    for column in &rules.columns {
        write!(out, ";{}", column.header)?;
    }
    for line in regions.lines().skip(1) {
        write!(out, "\n{}", line.replace(',', ";"))?;
        // Regions differ, and the answers of one region hang together.
        let region = 35.0 + 40.0 * random.uniform();
        for _ in &rules.columns {
            let answer = (region + 40.0 * (random.uniform() - 0.5)).clamp(0.0, 100.0);
            let half_points = (answer * 2.0).floor() / 2.0;
            if random.uniform() < 0.02 {
                out.push(';');
            } else {
                write!(out, ";{}", half_points.to_string().replace('.', ","))?;
            }
        }
    }
    println!("{out}");
    Ok(())
}

/// SplitMix64.
struct Random(u64);

impl Random {
    /// A number from 0 up to, but without, 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
