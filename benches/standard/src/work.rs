//! The standard work W as its rivals know it: constants, data, and what has to come out.
//!
//! Tanggap reads the same from `benches/rules/w/2001`; that both agree is checked before anything is timed.

use std::fmt::Write;

/// How many variables the index has.
pub const VARIABLES: usize = 5;
/// How many indicators a variable has.
pub const INDICATORS: usize = 12;
/// How many raw values a region has.
pub const RAW: usize = VARIABLES * INDICATORS;
/// What the weights of the indicators of a variable add up to.
pub const WEIGHTS: f64 = 78.0;
/// What the weights of the variables add up to.
pub const VARIABLE_WEIGHTS: f64 = 15.0;
/// The positions of the critical indicators of each variable.
pub const CRITICAL: [usize; 3] = [0, 4, 8];
/// A variable with a critical score below this is cut.
pub const LIMIT: f64 = 25.0;
/// What a variable is cut to.
pub const CUT: f64 = 0.9;
/// The top of the scale.
pub const TOP: f64 = 100.0;
/// The lower bounds of the bands above the lowest.
pub const BANDS: [f64; 3] = [40.0, 60.0, 80.0];

/// The weight of the variable or indicator at a position.
pub const fn weight(at: usize) -> f64 {
    (at + 1) as f64
}

/// The raw value that scores nothing.
pub const fn worst(indicator: usize) -> f64 {
    indicator as f64
}

/// The raw value that scores all.
pub const fn best(variable: usize, indicator: usize) -> f64 {
    (80 + 2 * indicator + variable) as f64
}

/// The worst value of each raw column.
pub const WORST: [f64; RAW] = {
    let mut all = [0.0; RAW];
    let mut at = 0;
    while at < RAW {
        all[at] = worst(at % INDICATORS);
        at += 1;
    }
    all
};

/// The distance from worst to best of each raw column.
pub const WHOLE: [f64; RAW] = {
    let mut all = [0.0; RAW];
    let mut at = 0;
    while at < RAW {
        all[at] = best(at / INDICATORS, at % INDICATORS) - worst(at % INDICATORS);
        at += 1;
    }
    all
};

/// The name of a raw column, in rules and data.
pub fn id(variable: usize, indicator: usize) -> String {
    format!("v{}_{:02}", variable + 1, indicator + 1)
}

/// The score of one raw value by clamped goalposts.
#[inline(always)]
pub fn score(raw: f64, worst: f64, whole: f64) -> f64 {
    let part = raw - worst;
    if part <= 0.0 {
        0.0
    } else if part >= whole {
        TOP
    } else {
        part * TOP / whole
    }
}

/// The lesser of two numbers, where neither is NaN.
#[inline(always)]
pub fn lesser(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// The position of the band of an index.
#[inline(always)]
pub fn band(index: f64) -> u8 {
    BANDS.iter().map(|from| u8::from(index >= *from)).sum()
}

/// What has to come out: index and band of each region.
#[derive(Clone, Default)]
pub struct Outcome {
    /// The exact index.
    pub index: Vec<f64>,
    /// The position of the band.
    pub bands: Vec<u8>,
}

impl Outcome {
    /// Room for so many regions.
    pub fn of(regions: usize) -> Self {
        Self {
            index: vec![0.0; regions],
            bands: vec![0; regions],
        }
    }

    /// Stops unless each index is within a distance of that of another; 0 asks for the same bits.
    pub fn must_equal(&self, name: &str, other: &Self, within: f64) {
        assert_eq!(self.index.len(), other.index.len(), "{name}: other length");
        for (row, (ours, theirs)) in self.index.iter().zip(&other.index).enumerate() {
            let same = ours.to_bits() == theirs.to_bits() || (ours - theirs).abs() < within;
            assert!(same, "{name}: row {row} has {theirs}, not {ours}");
        }
        assert_eq!(self.bands, other.bands, "{name}: other bands");
    }
}

/// Made-up raw values, the same on every machine.
pub struct Data {
    /// Region by region.
    pub rows: Vec<[f64; RAW]>,
    /// The same column by column.
    pub columns: Vec<Vec<f64>>,
}

impl Data {
    /// So many regions. Values have two decimals and lie from 0 to below 99, so that both ends of the goalposts are met.
    pub fn made_up(regions: usize) -> Self {
        let mut state = 1u64;
        let mut value = || (next(&mut state) % 9_900) as f64 / 100.0;
        let rows: Vec<[f64; RAW]> = (0..regions)
            .map(|_| std::array::from_fn(|_| value()))
            .collect();
        let columns = (0..RAW)
            .map(|at| rows.iter().map(|row| row[at]).collect())
            .collect();
        Self { rows, columns }
    }

    /// The columns as by-hand forms take them.
    pub fn slices(&self) -> Vec<&[f64]> {
        self.columns.iter().map(Vec::as_slice).collect()
    }
}

/// The rows as CSV; of a hundred cells so many are left empty.
pub fn csv(rows: &[[f64; RAW]], empty_in_hundred: u64) -> String {
    let mut state = 2u64;
    let mut text = String::from("kode");
    for variable in 0..VARIABLES {
        for indicator in 0..INDICATORS {
            let _ = write!(text, ",{}", id(variable, indicator));
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let _ = write!(text, "\n{at:07}");
        for value in row {
            text.push(',');
            if next(&mut state) % 100 >= empty_in_hundred {
                let _ = write!(text, "{value}");
            }
        }
    }
    text + "\n"
}

/// The next number of a linear congruential generator; its upper bits, which are the good ones.
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}
