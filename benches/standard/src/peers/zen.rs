//! ZEN of GoRules: compiled expressions on one virtual machine that is used again. Its numbers are decimals.
//!
//! It has conditions and names, but names set within an expression are no faster than a score written twice.

use zen_expression::expression::Standard;
use zen_expression::variable::VariableMap;
use zen_expression::vm::VM;
use zen_expression::{Expression, Isolate, Scope, Variable};

use super::{conditional_band, conditional_index, formula_of};
use crate::work::{INDICATORS, Outcome, RAW, TOP, VARIABLES, WHOLE, WORST, id};

/// The compiled expressions with their data.
pub struct Zen {
    formulas: Vec<Expression<Standard>>,
    index: Expression<Standard>,
    band: Expression<Standard>,
    regions: Vec<Scope>,
    vm: VM,
}

impl Zen {
    /// Compiles all expressions and turns rows into objects.
    pub fn new(rows: &[[f64; RAW]]) -> Self {
        let mut isolate = Isolate::new();
        let mut compile = |text: String| {
            let compiled = isolate.compile_standard(&text);
            compiled.expect("the expression is ZEN")
        };
        Self {
            formulas: (0..VARIABLES)
                .map(|variable| compile(formula_of(variable, conditional_score, "or")))
                .collect(),
            index: compile(conditional_index(|variable| format!("v{}", variable + 1))),
            band: compile(conditional_band("i")),
            regions: rows.iter().map(object).collect(),
            vm: VM::new(),
        }
    }

    /// Scores all regions.
    pub fn run(&mut self, outcome: &mut Outcome) {
        for (at, region) in self.regions.iter_mut().enumerate() {
            let vm = &mut self.vm;
            let mut run = |expression: &Expression<Standard>, scope: &Scope| {
                let value = expression.evaluate_with_scope(scope, vm);
                value.expect("the expression gives a value")
            };
            let mut variables = Scope::new(Variable::empty_object());
            for (name, formula) in ["v1", "v2", "v3", "v4", "v5"].iter().zip(&self.formulas) {
                variables.set_local((*name).into(), run(formula, region));
            }
            let index = run(&self.index, &variables);
            outcome.index[at] = number(&index);
            variables.set_local("i".into(), index);
            outcome.bands[at] = number(&run(&self.band, &variables)) as u8;
        }
    }
}

fn name(column: usize) -> String {
    id(column / INDICATORS, column % INDICATORS)
}

fn conditional_score(column: usize) -> String {
    let (name, worst, whole) = (name(column), WORST[column], WHOLE[column]);
    let (best, factor) = (worst + whole, TOP / whole);
    format!("({name} <= {worst} ? 0 : {name} >= {best} ? 100 : ({name} - {worst}) * {factor})")
}

fn object(row: &[f64; RAW]) -> Scope {
    let cells = row.iter().enumerate().map(|(at, raw)| {
        let raw = serde_json::Number::from_f64(*raw).expect("a finite number");
        (
            name(at).as_str().into(),
            serde_json::Value::Number(raw).into(),
        )
    });
    Scope::new(Variable::from_object(cells.collect::<VariableMap>()))
}

fn number(value: &Variable) -> f64 {
    value
        .as_number()
        .and_then(|number| number.try_into().ok())
        .unwrap_or(f64::NAN)
}
