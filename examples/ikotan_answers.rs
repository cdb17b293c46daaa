//! Draws the made-up answers of `examples/data`: real regions, invented figures.
//!
//! `cargo run --example ikotan_answers > examples/data/ikotan_2021_buatan.csv` for one year, and
//! `cargo run --example ikotan_answers -- years > examples/data/ikotan_2019_2022_buatan.csv` for three.
//!
//! The draw is seeded, so that everyone gets the same files. They are written as spreadsheets of Indonesian
//! offices write them: semicolons between cells, a decimal comma in numbers, a few cells empty.

use std::fmt::Write;

use tanggap::Engine;
use tanggap::bundle::DiskLoader;

const SEED: u64 = 2021;
const YEARS: [u16; 3] = [2019, 2021, 2022];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    let rules = engine.check(&"ikotan/2021".parse()?)?.output;
    let regions = std::fs::read_to_string("examples/data/kabkota_173.csv")?;
    let regions: Vec<&str> = regions.lines().skip(1).collect();
    let headers: Vec<&str> = rules
        .columns
        .iter()
        .map(|column| column.header.as_str())
        .collect();
    let mut random = Random(SEED);
    let mut out = String::from("kode;nama;provinsi");
    if std::env::args().any(|argument| argument == "years") {
        write!(out, ";tahun;{}", headers.join(";"))?;
        for (at, line) in regions.iter().step_by(4).enumerate() {
            let mut region = 35.0 + 30.0 * random.uniform();
            for year in YEARS {
                // Offices improve on the whole, some do not, and a few come late or are gone.
                region += 12.0 * (random.uniform() - 0.35);
                if (at % 11 == 3 && year == 2019) || (at % 13 == 5 && year == 2022) {
                    continue;
                }
                write!(out, "\n{};{year}", line.replace(',', ";"))?;
                answers(&mut out, &mut random, region, headers.len())?;
            }
        }
    } else {
        write!(out, ";{}", headers.join(";"))?;
        for line in regions {
            write!(out, "\n{}", line.replace(',', ";"))?;
            let region = 35.0 + 40.0 * random.uniform();
            answers(&mut out, &mut random, region, headers.len())?;
        }
    }
    println!("{out}");
    Ok(())
}

/// The answers of one region, which hang together around `region`.
fn answers(
    out: &mut String,
    random: &mut Random,
    region: f64,
    count: usize,
) -> Result<(), std::fmt::Error> {
    for _ in 0..count {
        let answer = (region + 40.0 * (random.uniform() - 0.5)).clamp(0.0, 100.0);
        let half_points = (answer * 2.0).floor() / 2.0;
        if random.uniform() < 0.02 {
            out.push(';');
        } else {
            write!(out, ";{}", half_points.to_string().replace('.', ","))?;
        }
    }
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
