//! Published figures against exact arithmetic on the decimals that files hold: a weighted mean of decimals is a fraction of
//! whole numbers, which is rounded, placed and ranked here without a double.
//!
//! `TANGGAP_ROWS=1000000 cargo test --release decimals:: -- --nocapture` is the long run.

use std::fmt::Write;

use crate::support::{Case, evaluate};
use tanggap::data::Dataset;
use tanggap::{Engine, EvaluateOptions, Program, Scorer};

/// A draw that is the same everywhere.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn from(&mut self, low: i128, high: i128) -> i128 {
        low + i128::from(self.below((high - low + 1) as u64))
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

fn tens(decimals: u32) -> i128 {
    10i128.pow(decimals)
}

/// A whole number of units as a decimal: −1234 with two decimals is `-12.34`.
fn decimal(units: i128, decimals: u32) -> String {
    let (sign, size) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    let unit = tens(decimals) as u128;
    match decimals {
        0 => format!("{sign}{size}"),
        _ => format!(
            "{sign}{}.{:0width$}",
            size / unit,
            size % unit,
            width = decimals as usize
        ),
    }
}

/// A fraction, rounded to a whole number in one of the three ways.
fn rounded(part: i128, whole: i128, rounding: &str) -> i128 {
    let (sign, size) = (part.signum(), part.abs());
    let (down, rest) = (size / whole, size % whole);
    let up = match rounding {
        "half-up" => 2 * rest >= whole,
        "half-even" => 2 * rest > whole || (2 * rest == whole && down % 2 == 1),
        _ => false,
    };
    sign * (down + i128::from(up))
}

/// A weighted mean of indicators on one pair of goalposts, or as they are measured.
struct Plan {
    scale: (i128, i128),
    rounding: &'static str,
    decimals: u32,
    exact_bands: bool,
    /// In published units, from the lowest; whether the bound belongs to the band.
    bands: Vec<(i128, bool)>,
    /// In tenths.
    weights: Vec<i128>,
    /// In units of the data: the worst and the best, or nothing where values are scores.
    goalposts: Option<(i128, i128)>,
    /// The decimals of the data.
    digits: u32,
    rows: Vec<Vec<i128>>,
}

impl Plan {
    fn draw(draw: &mut Draw, rows: usize) -> Self {
        let scale = draw.pick(&[(0, 100), (0, 10), (1, 4), (0, 1), (-50, 50)]);
        let width = scale.1 - scale.0;
        let decimals = draw.below(4) as u32;
        let digits = draw.below(4) as u32;
        let children = 1 + draw.below(12) as usize;
        let goalposts = (draw.below(3) == 0).then(|| {
            let worst = draw.from(-500, 500);
            (worst, worst + draw.pick(&[-1, 1]) * draw.from(1, 3000))
        });
        let (low, high) = goalposts.unwrap_or((scale.0 * tens(digits), scale.1 * tens(digits)));
        let (low, high) = (low.min(high), low.max(high));
        let alike = draw.below(2) == 0;
        let bands = 1 + draw.below(4) as i128;
        let unit = tens(decimals);
        let mut bands: Vec<(i128, bool)> = (0..bands)
            .map(|_| {
                (
                    scale.0 * unit + draw.from(0, width * unit),
                    draw.below(2) == 0,
                )
            })
            .collect();
        bands.sort_unstable();
        bands.dedup_by_key(|(bound, _)| *bound);
        Self {
            scale,
            rounding: draw.pick(&["half-up", "half-even", "truncate"]),
            decimals,
            exact_bands: draw.below(2) == 0,
            bands,
            weights: (0..children)
                .map(|_| if alike { 10 } else { draw.from(1, 60) })
                .collect(),
            goalposts,
            digits,
            rows: (0..rows)
                .map(|_| (0..children).map(|_| draw.from(low, high)).collect())
                .collect(),
        }
    }

    /// The index of a row as a fraction of whole numbers.
    fn index(&self, row: &[i128]) -> (i128, i128) {
        let total: i128 = self.weights.iter().sum();
        let sum: i128 = row.iter().zip(&self.weights).map(|(x, w)| x * w).sum();
        let Some((worst, best)) = self.goalposts else {
            return (sum, total * tens(self.digits));
        };
        let (low, high) = self.scale;
        // low + (Σw·x / Σw − worst) · (high − low) / (best − worst)
        let whole = total * (best - worst);
        let part = low * whole + (sum - worst * total) * (high - low);
        (part * whole.signum(), whole.abs())
    }

    /// Whether a fraction lies within the tolerance of a half or whole unit, yet not on it.
    fn is_close(&self, part: i128, whole: i128) -> bool {
        let unit = tens(self.decimals);
        let halves = (2 * part * unit).rem_euclid(whole);
        let apart = halves.min(whole - halves) as f64 / (2 * whole * unit) as f64;
        let width = (self.scale.1 - self.scale.0) as f64;
        apart > 0.0 && apart < 2e-12 * width
    }

    fn rules(&self, names: &[String]) -> Case {
        let decimals = self.decimals;
        let mut text = format!(
            "title = \"Uji\"\nstatus = \"draft\"\nscale = [{}, {}]\ndecimals = {decimals}\nrounding = \"{}\"\nband_value = \"{}\"\n",
            self.scale.0,
            self.scale.1,
            self.rounding,
            if self.exact_bands {
                "exact"
            } else {
                "published"
            },
        );
        for (at, (bound, inclusive)) in self.bands.iter().enumerate() {
            let key = if *inclusive { "from" } else { "above" };
            let bound = decimal(*bound, decimals);
            writeln!(text, "[band.b{at}]\ntitle = \"b\"\n{key} = {bound}").unwrap();
        }
        for (name, weight) in names.iter().zip(&self.weights) {
            writeln!(text, "[indicator.{name}]\nweight = {}", decimal(*weight, 1)).unwrap();
            match self.goalposts {
                None => text.push_str("normalise = \"none\"\n"),
                Some((worst, best)) => {
                    let [worst, best] = [worst, best].map(|end| decimal(end, self.digits));
                    writeln!(text, "worst = {worst}\nbest = {best}").unwrap();
                }
            }
        }
        Case::of([("index.toml", text.as_str())])
    }

    fn csv(&self, names: &[String], rows: &[usize], columns: &[usize]) -> String {
        let mut text = String::from("kode");
        columns
            .iter()
            .for_each(|at| write!(text, ",{}", names[*at]).unwrap());
        text.push('\n');
        for row in rows {
            write!(text, "r{row:06}").unwrap();
            for at in columns {
                write!(text, ",{}", decimal(self.rows[*row][*at], self.digits)).unwrap();
            }
            text.push('\n');
        }
        text
    }
}

fn data(program: &Program, text: &str) -> Dataset {
    let engine = Engine::builder().build();
    engine
        .read(program, None, &mut text.as_bytes(), None)
        .unwrap()
}

/// The published index, band and rank of each row, by its number.
type Figures = Vec<(u64, Option<usize>, Option<u32>)>;

fn figures(program: &Program, csv: &str, rows: usize) -> Figures {
    let scores = evaluate(program, &data(program, csv), &EvaluateOptions::default()).unwrap();
    let mut issues = scores.issues.iter();
    let expected = |code: &str| ["D126", "D214"].contains(&code);
    assert!(issues.all(|issue| expected(issue.kind.code())));
    let mut figures = vec![(0, None, None); rows];
    for at in 0..scores.len() {
        let row: usize = scores.regions[at][1..].parse().unwrap();
        let index = scores.index().get(at).unwrap();
        let published = program.rules().published(index);
        figures[row] = (published.to_bits(), scores.band(at), scores.rank(at));
    }
    figures
}

#[test]
fn weighted_means_of_decimals_are_published_as_exact_arithmetic_has_them() {
    let wanted = std::env::var("TANGGAP_ROWS").ok();
    let wanted: usize = wanted.map_or(12_000, |rows| rows.parse().unwrap());
    let mut draw = Draw(2026);
    let (mut compared, mut close, mut halves, mut on_bounds) = (0, 0, 0, 0);
    while compared < wanted {
        let plan = Plan::draw(&mut draw, 150);
        let children = plan.weights.len();
        let names: Vec<String> = (0..children).map(|at| format!("i{at:02}")).collect();
        let program = crate::support::program(&plan.rules(&names)).unwrap().0;
        let all: Vec<usize> = (0..plan.rows.len()).collect();
        let columns: Vec<usize> = (0..children).collect();
        let csv = plan.csv(&names, &all, &columns);
        let found = figures(&program, &csv, all.len());

        let unit = tens(plan.decimals);
        let exact: Vec<(i128, i128)> = plan.rows.iter().map(|row| plan.index(row)).collect();
        let published: Vec<i128> = exact
            .iter()
            .map(|(part, whole)| rounded(part * unit, *whole, plan.rounding))
            .collect();
        for (row, (part, whole)) in exact.iter().enumerate() {
            if plan.is_close(*part, *whole) {
                close += 1;
                continue;
            }
            compared += 1;
            halves += usize::from((2 * part * unit).rem_euclid(2 * whole) == *whole);
            let expected: f64 = decimal(published[row], plan.decimals).parse().unwrap();
            // A zero has no sign.
            let expected = (expected + 0.0).to_bits();
            assert_eq!(
                found[row].0, expected,
                "{part}/{whole} {}\n{csv}",
                plan.rounding
            );
            let reached = |(bound, inclusive): &(i128, bool)| {
                let order = if plan.exact_bands {
                    (part * unit).cmp(&(bound * whole))
                } else {
                    published[row].cmp(bound)
                };
                order.is_gt() || (*inclusive && order.is_eq())
            };
            on_bounds += usize::from(
                plan.bands
                    .iter()
                    .any(|(bound, _)| part * unit == bound * whole),
            );
            assert_eq!(
                found[row].1,
                plan.bands.iter().rposition(reached),
                "{part}/{whole}"
            );
            let rank = 1 + published
                .iter()
                .filter(|own| **own > published[row])
                .count();
            assert_eq!(found[row].2, Some(rank as u32));
        }

        // Another order of ids, rows and columns, and another format.
        let shuffle = |list: &mut Vec<usize>, draw: &mut Draw| {
            for at in (1..list.len()).rev() {
                list.swap(at, draw.below(at as u64 + 1) as usize);
            }
        };
        let (mut ids, mut rows, mut places) = (columns.clone(), all.clone(), columns.clone());
        shuffle(&mut ids, &mut draw);
        shuffle(&mut rows, &mut draw);
        shuffle(&mut places, &mut draw);
        let renamed: Vec<String> = ids.iter().map(|at| names[*at].clone()).collect();
        let other = crate::support::program(&plan.rules(&renamed)).unwrap().0;
        assert_eq!(
            figures(&other, &plan.csv(&renamed, &rows, &places), all.len()),
            found
        );
        let json = rows.iter().map(|row| {
            let cells = plan.rows[*row].iter().zip(&names);
            let cells = cells.map(|(x, name)| format!(",\"{name}\":{}", decimal(*x, plan.digits)));
            format!("{{\"kode\":\"r{row:06}\"{}}}", cells.collect::<String>())
        });
        let json = format!("[{}]", json.collect::<Vec<_>>().join(","));
        assert_eq!(figures(&program, &json, all.len()), found);

        // The index alone, of all rows and of each.
        let data = data(&program, &csv);
        let mut scorer = Scorer::new(&program).unwrap();
        let index = scorer.index(&data, None).unwrap();
        for (row, own) in found.iter().enumerate() {
            let value = program.rules().published(index.index.get(row).unwrap());
            assert_eq!((value.to_bits(), index.band(row)), (own.0, own.1));
            let cells: Vec<Option<f64>> = plan.rows[row]
                .iter()
                .map(|x| decimal(*x, plan.digits).parse().ok())
                .collect();
            let alone = scorer.row(&cells).unwrap();
            let value = program.rules().published(alone.index.unwrap());
            assert_eq!((value.to_bits(), alone.band), (own.0, own.1));
        }
    }
    println!(
        "{compared} rows, {halves} on a half, {on_bounds} on a bound, {close} left out as too close"
    );
    assert_eq!(close, 0);
    assert!(
        halves * 200 > compared && on_bounds * 1000 > compared,
        "{halves} {on_bounds}"
    );
}
