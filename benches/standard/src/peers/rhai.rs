//! Plain Rhai: a raw engine, compiled scripts, a scope that is used again. Normalisation, index and band are done in
//! Rust, which is faster for it.
//!
//! Cargo builds the crate once, with the features that tanggap asks for (`sync`, `only_i64` and others).

use rhai::packages::{Package, StandardPackage};
use rhai::{AST, Array, Dynamic, Engine, Map, Scope};

use super::weighted_mean;
use crate::work::{
    CRITICAL, INDICATORS, Outcome, RAW, VARIABLE_WEIGHTS, VARIABLES, WHOLE, WORST, band, id,
    lesser, score, weight,
};

/// The ways of writing the same formula.
#[derive(Clone, Copy)]
pub enum Form {
    /// The weighted sum written out.
    Explicit,
    /// The same, and the normalisation in the script, too: all the work of a variable.
    Whole,
    /// A loop over a list of maps.
    Loop,
    /// A native function over lists of scores and weights.
    Function,
}

/// One engine with the five formulas of a form.
pub struct PlainRhai {
    engine: Engine,
    form: Form,
    formulas: Vec<Formula>,
}

/// A compiled formula and the names that it sees.
struct Formula {
    ast: AST,
    scope: Scope<'static>,
    /// The indicators that it names, by position and name.
    named: Vec<(usize, String)>,
}

impl PlainRhai {
    /// Compiles all formulas.
    pub fn new(form: Form) -> Self {
        let mut engine = Engine::new_raw();
        StandardPackage::new().register_into_engine(&mut engine);
        engine.register_fn("min", |a: f64, b: f64, c: f64| lesser(lesser(a, b), c));
        engine.register_fn("weighted_mean", native_mean);
        let formulas = (0..VARIABLES)
            .map(|variable| Formula::new(&engine, form, variable))
            .collect();
        Self {
            engine,
            form,
            formulas,
        }
    }

    /// Scores all rows.
    pub fn run(&mut self, rows: &[[f64; RAW]], outcome: &mut Outcome) {
        for (at, row) in rows.iter().enumerate() {
            let index = self.region(row);
            outcome.index[at] = index;
            outcome.bands[at] = band(index);
        }
    }

    fn region(&mut self, row: &[f64; RAW]) -> f64 {
        let mut sum = 0.0;
        for (variable, formula) in self.formulas.iter_mut().enumerate() {
            let scores = std::array::from_fn(|indicator| {
                let at = variable * INDICATORS + indicator;
                match self.form {
                    Form::Whole => row[at],
                    _ => score(row[at], WORST[at], WHOLE[at]),
                }
            });
            formula.set(self.form, &scores);
            sum += weight(variable) * formula.value(&self.engine);
        }
        sum / VARIABLE_WEIGHTS
    }
}

impl Formula {
    fn new(engine: &Engine, form: Form, variable: usize) -> Self {
        let seen: &[usize] = match form {
            Form::Explicit | Form::Whole => &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
            Form::Loop | Form::Function => &CRITICAL,
        };
        let named = seen.iter().map(|at| (*at, id(variable, *at)));
        let named: Vec<(usize, String)> = named.collect();
        let mut scope = Scope::new();
        let weights = || (0..INDICATORS).map(|at| Dynamic::from(weight(at)));
        match form {
            Form::Explicit | Form::Whole => {}
            Form::Loop => {
                scope.push("children", weights().map(child).collect::<Array>());
            }
            Form::Function => {
                scope.push("scores", vec![Dynamic::from(0.0); INDICATORS]);
                scope.push("weights", weights().collect::<Array>());
            }
        }
        for (_, name) in &named {
            scope.push(name.as_str(), 0.0);
        }
        let ast = engine.compile(text(form, variable));
        Self {
            ast: ast.expect("the script is Rhai"),
            scope,
            named,
        }
    }

    /// Sets the scores of a region.
    fn set(&mut self, form: Form, scores: &[f64; INDICATORS]) {
        match form {
            Form::Explicit | Form::Whole => {}
            Form::Loop => {
                for (child, score) in list(&mut self.scope, "children").iter_mut().zip(scores) {
                    let mut child = child.write_lock::<Map>().expect("a map");
                    *child.get_mut("score").expect("a score") = (*score).into();
                }
            }
            Form::Function => {
                for (slot, score) in list(&mut self.scope, "scores").iter_mut().zip(scores) {
                    *slot = (*score).into();
                }
            }
        }
        for (at, name) in &self.named {
            *self.scope.get_mut(name).expect("a name in scope") = scores[*at].into();
        }
    }

    /// Runs it; what it declares is taken out of the scope again.
    fn value(&mut self, engine: &Engine) -> f64 {
        let names = self.scope.len();
        let value = engine.eval_ast_with_scope(&mut self.scope, &self.ast);
        self.scope.rewind(names);
        value.expect("the script gives a number")
    }
}

/// A child of a variable as a map.
fn child(weight: Dynamic) -> Dynamic {
    let parts = [("score".into(), 0.0.into()), ("weight".into(), weight)];
    Dynamic::from_map(Map::from_iter(parts))
}

fn list<'s>(scope: &'s mut Scope, name: &str) -> impl std::ops::DerefMut<Target = Array> + 's {
    let list = scope.get_mut(name).expect("a name in scope");
    list.write_lock::<Array>().expect("a list")
}

/// The native function: the weighted mean of a list by another.
fn native_mean(scores: &mut Array, weights: Array) -> f64 {
    let (mut sum, mut all) = (0.0, 0.0);
    for (score, weight) in scores.iter().zip(&weights) {
        let weight = weight.as_float().unwrap_or(f64::NAN);
        sum += weight * score.as_float().unwrap_or(f64::NAN);
        all += weight;
    }
    sum / all
}

/// The script of a formula.
fn text(form: Form, variable: usize) -> String {
    let name = |at: usize| id(variable, at % INDICATORS);
    let mean = match form {
        Form::Explicit => format!("let x = {};", weighted_mean(variable, name)),
        Form::Whole => {
            let scores = (0..INDICATORS).map(|indicator| {
                let (at, name) = (variable * INDICATORS + indicator, name(indicator));
                let (worst, whole) = (WORST[at], WHOLE[at]);
                format!(
                    "let {name} = {name} - {worst:?}; \
                     let {name} = if {name} <= 0.0 {{ 0.0 }} else if {name} >= {whole:?} {{ 100.0 }} \
                     else {{ {name} * 100.0 / {whole:?} }}; "
                )
            });
            let scores: String = scores.collect();
            format!("{scores}let x = {};", weighted_mean(variable, name))
        }
        Form::Loop => "let s = 0.0; let w = 0.0; \
                       for k in children { s += k.weight * k.score; w += k.weight; } let x = s / w;"
            .to_owned(),
        Form::Function => "let x = weighted_mean(scores, weights);".to_owned(),
    };
    let [a, b, c] = CRITICAL.map(name);
    format!("{mean} if min({a}, {b}, {c}) < 25.0 {{ x = x * 0.9; }} min(x, 100.0)")
}
