//! fasteval: compiled expressions in one slab that read their variables through pointers, its fastest form.
//!
//! It has no names for intermediate results, so all scores are expressions of their own, and so are the five formulas,
//! the index and the band.
#![allow(unsafe_code)]

use std::cell::Cell;

use fasteval::{Compiler, EmptyNamespace, Evaler, Instruction, Parser, Slab};

use super::{critical, weighted_mean};
use crate::work::{Outcome, RAW, TOP, VARIABLE_WEIGHTS, VARIABLES, WHOLE, WORST};

/// Where the raw values begin among all values, then the scores, the variables, and the index.
const SCORES: usize = RAW;
const MEANS: usize = SCORES + RAW;
const INDEX: usize = MEANS + VARIABLES;
const ALL: usize = INDEX + 1;

/// The compiled expressions and the values that they read.
pub struct FastEval {
    slab: Slab,
    /// Each expression with the place of what it gives.
    steps: Vec<(usize, Instruction)>,
    band: Instruction,
    /// Boxed, so that it never moves: the expressions point into it.
    values: Box<[Cell<f64>]>,
}

impl FastEval {
    /// Compiles all expressions.
    pub fn new() -> Self {
        let values: Box<[Cell<f64>]> = vec![Cell::new(0.0); ALL].into();
        let mut slab = Slab::with_capacity(4096);
        for (at, value) in values.iter().enumerate() {
            // SAFETY: `values` lives as long as the slab, is never moved, and is read only while nothing writes.
            unsafe { slab.ps.add_unsafe_var(format!("x{at}"), &*value.as_ptr()) };
        }
        let mut compile = |text: String| {
            let parsed = Parser::new().parse_noclear(&text, &mut slab.ps);
            let parsed = parsed.expect("the expression is fasteval");
            parsed.from(&slab.ps).compile(&slab.ps, &mut slab.cs)
        };
        let mut steps = Vec::new();
        for variable in 0..VARIABLES {
            steps.push((MEANS + variable, compile(formula(variable))));
        }
        steps.push((INDEX, compile(index())));
        let band = compile(format!(
            "(x{INDEX} >= 40) + (x{INDEX} >= 60) + (x{INDEX} >= 80)"
        ));
        Self {
            slab,
            steps,
            band,
            values,
        }
    }

    /// Scores all rows.
    pub fn run(&self, rows: &[[f64; RAW]], outcome: &mut Outcome) -> Result<(), fasteval::Error> {
        let mut none = EmptyNamespace;
        for (at, row) in rows.iter().enumerate() {
            for (slot, raw) in self.values.iter().zip(row) {
                slot.set(*raw);
            }
            for (place, step) in &self.steps {
                self.values[*place].set(step.eval(&self.slab, &mut none)?);
            }
            outcome.index[at] = self.values[INDEX].get();
            outcome.bands[at] = self.band.eval(&self.slab, &mut none)? as u8;
        }
        Ok(())
    }
}

fn formula(variable: usize) -> String {
    let [a, b, c] = critical(variable).map(score);
    format!(
        "min({}*(1 - 0.1*(min({a}, {b}, {c}) < 25)), 100)",
        weighted_mean(variable, score)
    )
}

fn score(column: usize) -> String {
    let (worst, factor) = (WORST[column], TOP / WHOLE[column]);
    format!("max(min((x{column} - {worst}) * {factor}, 100), 0)")
}

fn index() -> String {
    let terms: Vec<String> = (0..VARIABLES)
        .map(|variable| format!("{} * x{}", variable + 1, MEANS + variable))
        .collect();
    format!("({}) / {VARIABLE_WEIGHTS}", terms.join(" + "))
}
