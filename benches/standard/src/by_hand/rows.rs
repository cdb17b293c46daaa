//! Region by region: the natural way to write W in Rust.

use crate::work::{
    CRITICAL, CUT, INDICATORS, LIMIT, Outcome, RAW, TOP, VARIABLE_WEIGHTS, VARIABLES, WEIGHTS,
    WHOLE, WORST, band, lesser, score, weight,
};

/// Scores all rows, into room that is there already.
pub fn run(rows: &[[f64; RAW]], outcome: &mut Outcome) {
    let out = outcome.index.iter_mut().zip(&mut outcome.bands);
    for (row, (index, place)) in rows.iter().zip(out) {
        *index = region(row);
        *place = band(*index);
    }
}

/// The index of one region.
pub fn region(row: &[f64; RAW]) -> f64 {
    let mut sum = 0.0;
    for variable in 0..VARIABLES {
        sum += weight(variable) * formula(row, variable);
    }
    sum / VARIABLE_WEIGHTS
}

#[inline(always)]
fn formula(row: &[f64; RAW], variable: usize) -> f64 {
    let mut scores = [0.0; INDICATORS];
    let mut sum = 0.0;
    for (indicator, slot) in scores.iter_mut().enumerate() {
        let at = variable * INDICATORS + indicator;
        *slot = score(row[at], WORST[at], WHOLE[at]);
        sum += weight(indicator) * *slot;
    }
    let mut mean = sum / WEIGHTS;
    let [a, b, c] = CRITICAL;
    if lesser(lesser(scores[a], scores[b]), scores[c]) < LIMIT {
        mean *= CUT;
    }
    lesser(mean, TOP)
}
