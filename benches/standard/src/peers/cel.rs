//! CEL: compiled programs that borrow their variables from a resolver, so that nothing is copied.
//!
//! A score is a native function given to it, which is faster than a condition in its language. It has no names for
//! intermediate results: a score that is needed twice is written twice.

use std::sync::Arc;

use cel::common::types::{CelDouble, DOUBLE_TYPE};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError, Program, Value};

use super::{conditional_band, conditional_index, formula_of};
use crate::work::{Outcome, RAW, VARIABLES, WHOLE, WORST, score};

/// The compiled programs.
pub struct Cel {
    env: Arc<Env>,
    formulas: Vec<Program>,
    index: Program,
    band: Program,
}

/// What the programs see: `r17` is the raw value at 17, `v2` the variable at 2, `i` the index.
struct Region<'r> {
    raw: &'r [CelDouble],
    variables: &'r [CelDouble],
    index: &'r CelDouble,
}

impl VariableResolver for Region<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let at = || name.get(1..)?.parse::<usize>().ok();
        let value: &dyn Val = match name.as_bytes().first()? {
            b'r' => self.raw.get(at()?)?,
            b'v' => self.variables.get(at()?)?,
            _ => self.index,
        };
        Some(CowVal::Borrowed(value))
    }
}

impl Cel {
    /// Compiles all programs.
    pub fn new() -> Self {
        let mut env = Env::stdlib();
        let numbers = vec![DOUBLE_TYPE, DOUBLE_TYPE, DOUBLE_TYPE];
        env.add_overload("score", "score_of_raw", numbers, |args| {
            match args.as_slice() {
                [raw, worst, whole] => {
                    let score = score(number(raw)?, number(worst)?, number(whole)?);
                    Ok(CowVal::owned(CelDouble::from(score)))
                }
                _ => Err(ExecutionError::invalid_argument_count(3, args.len())),
            }
        })
        .expect("no function has this name");
        let compile = |text: String| env.compile(&text).expect("the expression is CEL");
        Self {
            formulas: (0..VARIABLES)
                .map(|variable| compile(formula_of(variable, native_score, "||")))
                .collect(),
            index: compile(conditional_index(|variable| format!("v{variable}"))),
            band: compile(conditional_band("i")),
            env: Arc::new(env),
        }
    }

    /// The rows as numbers of CEL.
    pub fn numbers(rows: &[[f64; RAW]]) -> Vec<Vec<CelDouble>> {
        let numbers = |row: &[f64; RAW]| row.iter().map(|raw| CelDouble::from(*raw)).collect();
        rows.iter().map(numbers).collect()
    }

    /// Scores all regions.
    pub fn run(&self, rows: &[Vec<CelDouble>], outcome: &mut Outcome) {
        let none = CelDouble::from(f64::NAN);
        for (at, raw) in rows.iter().enumerate() {
            let formulas = Region {
                raw,
                variables: &[],
                index: &none,
            };
            let mut variables = Vec::with_capacity(VARIABLES);
            for formula in &self.formulas {
                variables.push(self.value(formula, &formulas));
            }
            let above = Region {
                raw: &[],
                variables: &variables,
                index: &none,
            };
            let index = self.value(&self.index, &above);
            let top = Region {
                raw: &[],
                variables: &[],
                index: &index,
            };
            outcome.bands[at] = self.place(&top);
            outcome.index[at] = *index.inner();
        }
    }

    fn value(&self, program: &Program, region: &Region) -> CelDouble {
        match self.run_one(program, region) {
            Value::Float(value) => value.into(),
            _ => CelDouble::from(f64::NAN),
        }
    }

    fn place(&self, region: &Region) -> u8 {
        match self.run_one(&self.band, region) {
            Value::Int(place) => place as u8,
            _ => u8::MAX,
        }
    }

    fn run_one(&self, program: &Program, region: &Region) -> Value {
        let mut context = Context::with_env(Arc::clone(&self.env));
        context.set_variable_resolver(region);
        let value = program.execute(&context);
        value.expect("the program gives a value")
    }
}

fn native_score(column: usize) -> String {
    let (worst, whole) = (WORST[column], WHOLE[column]);
    format!("score(r{column}, {worst:.1}, {whole:.1})")
}

fn number(value: &CowVal) -> Result<f64, ExecutionError> {
    let number = value.downcast_ref::<CelDouble>();
    let number = number.ok_or_else(|| ExecutionError::function_error("score", "not a number"))?;
    Ok(*number.inner())
}
