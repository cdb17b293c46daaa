//! The functions of formulas that come with the engine: one file a family, one entry a function.

mod arithmetic;
mod means;
mod rounding;
mod selection;

use std::sync::Arc;

use super::function::{BuiltIn, Form, Function, Signature};

/// The table.
pub fn all() -> Vec<Arc<dyn Function>> {
    let families = [
        arithmetic::family(),
        means::family(),
        rounding::family(),
        selection::family(),
    ];
    let built_in = families.into_iter().flatten();
    built_in
        .map(|function| Arc::new(function) as Arc<dyn Function>)
        .collect()
}

/// Exactly `n` numbers.
const fn numbers(n: usize) -> Signature {
    Signature::Numbers { least: n, most: n }
}
