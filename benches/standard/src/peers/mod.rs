//! Other embedded languages and expression engines, each in the best form we could find for it.
//!
//! All of them get their data in the form they like best, made beforehand, and give index and band of each region.
//! Scores are normalised by `(raw − worst) · factor`, kept within 0 and 100, where that is faster for them; results
//! are within 1e-9 of ours.

pub mod cel;
pub mod fasteval;
pub mod luajit;
pub mod rhai;
pub mod zen;

use crate::work::{CRITICAL, INDICATORS, VARIABLE_WEIGHTS, VARIABLES, WEIGHTS};

/// The weighted mean of one variable over the texts of its scores.
fn weighted_mean(variable: usize, score: impl Fn(usize) -> String) -> String {
    let terms: Vec<String> = (0..INDICATORS)
        .map(|indicator| {
            format!(
                "{}.0 * {}",
                indicator + 1,
                score(variable * INDICATORS + indicator)
            )
        })
        .collect();
    format!("({}) / {WEIGHTS:.1}", terms.join(" + "))
}

/// The raw columns of the critical indicators of a variable.
fn critical(variable: usize) -> [usize; 3] {
    CRITICAL.map(|indicator| variable * INDICATORS + indicator)
}

/// The formula of a variable as one expression over the texts of its scores; `or` is how the language writes that.
/// Capping is left to the index, which can name the result and need not compute it twice.
fn formula_of(variable: usize, score: impl Fn(usize) -> String, or: &str) -> String {
    let low = critical(variable).map(|column| format!("{} < 25.0", score(column)));
    let low = low.join(&format!(" {or} "));
    format!("{} * ({low} ? 0.9 : 1.0)", weighted_mean(variable, score))
}

/// The index as one expression over variables that are capped here.
fn conditional_index(name: impl Fn(usize) -> String) -> String {
    let terms: Vec<String> = (0..VARIABLES)
        .map(|variable| {
            let name = name(variable);
            format!("{}.0 * ({name} > 100.0 ? 100.0 : {name})", variable + 1)
        })
        .collect();
    format!("({}) / {VARIABLE_WEIGHTS:.1}", terms.join(" + "))
}

/// The band as one expression over the index.
fn conditional_band(name: &str) -> String {
    format!("{name} >= 80.0 ? 3 : {name} >= 60.0 ? 2 : {name} >= 40.0 ? 1 : 0")
}
