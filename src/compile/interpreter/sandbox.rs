//! The sandbox: Rhai engines that know our operators, our functions, and nothing else.

use std::sync::Arc;

use rhai::{
    AST, Array, Dynamic, Engine, EvalAltResult, GlobalRuntimeState, ImmutableString,
    OptimizationLevel, ParseError, Position, Scope,
};

use super::direct;
use super::emit::Style;
use super::items::{Counting, Item, Items};
use super::session::Room;
use crate::base::IssueKind;
use crate::calculus::{Arguments, Function, Methods, Signature};
use crate::check::formula::BinaryOp;
use crate::check::formula::cost::BUDGET;
use crate::compile::meaning::{self, Gathered};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The engines that run formulas, one for each style; shared by all formulas of a program.
pub struct Sandbox {
    placed: Engine,
    direct: Engine,
}

impl Sandbox {
    /// A sandbox with the functions of the tables.
    pub fn new(methods: &Methods) -> Self {
        let mut placed = bare();
        placed
            .set_max_string_size(1_000_000)
            .set_max_array_size(1_000_000)
            .set_max_map_size(1)
            .set_fast_operators(false);
        register_operators(&mut placed);
        register_children(&mut placed);
        placed.register_fn("reach", super::points::reach);
        // Without the limits of sizes, which are looked at in each operation: no operator makes a value larger.
        let mut direct = bare();
        direct
            .set_fast_operators(true)
            .set_optimization_level(OptimizationLevel::Simple);
        register_direct(&mut direct);
        register_children(&mut direct);
        for function in &methods.functions {
            register_function(&mut placed, function.clone());
            register_function(&mut direct, function.clone());
            register_passed(&mut direct, function);
        }
        Self { placed, direct }
    }

    pub(super) fn compile(&self, script: &str, style: Style) -> Result<AST, ParseError> {
        match style {
            Style::Placed | Style::Traced => self.placed.compile(script),
            Style::Direct => self.direct.compile(script),
        }
    }

    pub(super) fn placed(&self, scope: &mut Scope<'_>, ast: &AST) -> Fallible<Dynamic> {
        self.placed.eval_ast_with_scope(scope, ast)
    }

    /// What a direct script begins with.
    pub(super) fn state(&self, ast: &AST) -> GlobalRuntimeState {
        let mut state = self.direct.new_global_runtime_state();
        state.lib.push(ast.shared_lib().clone());
        state
    }

    /// The value of a direct script, unless it fails.
    #[allow(deprecated)] // Its successor needs custom syntax; the version of Rhai is pinned.
    pub(super) fn direct(&self, ast: &AST, room: &mut Room) -> Option<Dynamic> {
        let Room {
            global,
            caches,
            scope,
        } = room;
        self.direct
            .eval_statements_raw(global, caches, scope, ast.statements())
            .ok()
    }
}

/// An engine that knows nothing yet.
fn bare() -> Engine {
    let mut engine = Engine::new_raw();
    // Every limit is set, since defaults differ between debug and release builds. The check bounds the work of a
    // formula before it runs; these are a second fence behind it.
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_max_operations(BUDGET * 40)
        .set_max_call_levels(64)
        .set_max_expr_depths(0, 0)
        .set_max_variables(1_000_000)
        .set_max_functions(4096);
    for symbol in [
        "eval",
        "print",
        "debug",
        "Fn",
        "call",
        "curry",
        "type_of",
        "is_shared",
        "is_def_var",
        "is_def_fn",
        "try",
        "throw",
        "while",
        "loop",
        "do",
    ] {
        engine.disable_symbol(symbol);
    }
    engine
}

/// An issue, on its way out of the interpreter.
fn raise<T>(kind: IssueKind) -> Fallible<T> {
    Err(EvalAltResult::ErrorRuntime(Dynamic::from(kind), Position::NONE).into())
}

/// The operators of [`meaning`]; whatever cannot be trusted is an issue at once, at the operator.
fn register_operators(engine: &mut Engine) {
    for (sign, op) in BinaryOp::SIGNS {
        if op.is_arithmetic() {
            engine.register_fn(sign, move |x: f64, y: f64| {
                let value = meaning::arithmetic(op, x, y);
                meaning::fault(op, y, value).map_or(Ok(value), raise)
            });
        } else {
            engine.register_fn(sign, move |x: f64, y: f64| meaning::compare(op, x, y));
        }
    }
    engine.register_fn("-", |x: f64| -x);
    engine.register_fn("!", |x: bool| !x);
}

/// What stands in place of operators in the [direct] style.
fn register_direct(engine: &mut Engine) {
    for (_, op) in BinaryOp::SIGNS {
        let trusted = |x: f64, y: f64| x.is_finite() && y.is_finite();
        if op == BinaryOp::Power {
            engine.register_fn(direct::named(op), move |x: f64, y: f64| {
                let value = meaning::arithmetic(op, x, y);
                if trusted(x, y) && value.is_finite() {
                    Ok(value)
                } else {
                    raise(IssueKind::NotFinite)
                }
            });
        } else if !op.is_arithmetic() {
            engine.register_fn(direct::named(op), move |x: f64, y: f64| {
                if trusted(x, y) {
                    Ok(meaning::compare(op, x, y))
                } else {
                    raise(IssueKind::NotFinite)
                }
            });
        }
    }
    engine.register_fn("kept", |x: f64| {
        if x.is_finite() {
            Ok(x)
        } else {
            raise(IssueKind::NotFinite)
        }
    });
    engine.register_fn("kept", |x: bool| x);
    engine.register_fn("kept", |x: ImmutableString| x);
    engine.register_fn("kept", |x: Array| x);
    engine.register_fn("kept", |x: Items| x);
    engine.register_fn("kept", |x: Item| x);
}

fn register_children(engine: &mut Engine) {
    engine.register_type_with_name::<Items>("children");
    engine.register_type_with_name::<Item>("child");
    engine.register_iterator::<Items>();
    engine.register_iterator::<Counting>();
    engine.register_iterator::<Array>();
    engine.register_fn("counting", |from: f64, to: f64| Counting {
        next: from,
        end: to,
    });
    engine.register_fn("only", |items: Items, nodes: Array| {
        let nodes: Vec<u32> = nodes
            .iter()
            .filter_map(|node| node.as_int().ok())
            .filter_map(|node| u32::try_from(node).ok())
            .collect();
        items.only(&nodes)
    });
    engine.register_fn("missing", || raise::<f64>(IssueKind::MissingRead));
    let score = |item: &mut Item| item.value().and_then(|value| value.score);
    let raw = |item: &mut Item| item.value().and_then(|value| value.raw);
    engine.register_fn("score", move |item: &mut Item| present(score(item)));
    engine.register_fn("raw", move |item: &mut Item| present(raw(item)));
    engine.register_fn("no_score", move |item: &mut Item| score(item).is_none());
    engine.register_fn("no_raw", move |item: &mut Item| raw(item).is_none());
    engine.register_fn("weight", |item: &mut Item| {
        item.known().map_or(f64::NAN, |child| child.sibling.weight)
    });
    engine.register_fn("id", |item: &mut Item| {
        item.known()
            .map_or_else(ImmutableString::new, |child| child.id.clone())
    });
    engine.register_fn("at", |list: Array, position: f64| -> Fallible<Dynamic> {
        let found = meaning::position(position, list.len()).and_then(|at| list.get(at).cloned());
        found.map_or_else(|| raise(IssueKind::Position), Ok)
    });
}

fn present(value: Option<f64>) -> Fallible<f64> {
    value.map_or_else(|| raise(IssueKind::MissingRead), Ok)
}

/// Registers a function as `f_<name>([arguments])`: one signature for all of them.
fn register_function(engine: &mut Engine, function: Arc<dyn Function>) {
    engine.register_fn(
        format!("f_{}", function.name()),
        move |arguments: Array| -> Fallible<f64> {
            gather(function.as_ref(), arguments)
                .and_then(|gathered| gathered.call(function.as_ref()))
                .or_else(raise)
        },
    );
}

fn gather(function: &dyn Function, arguments: Array) -> Result<Gathered, IssueKind> {
    let mut gathered = Gathered::with_room(arguments.len());
    for argument in arguments {
        if let Ok(number) = argument.as_float() {
            gathered.number(number);
        } else if argument.is_array() {
            let list = argument.into_array().unwrap_or_default();
            let numbers = list.iter().filter_map(|item| item.as_float().ok());
            numbers.for_each(|number| gathered.number(number));
        } else if let Some(items) = argument.try_cast::<Items>() {
            for (sibling, score) in items.iter() {
                gathered.child(function.signature(), sibling, score)?;
            }
        }
    }
    Ok(gathered)
}

/// Registers a function as `f_<name>(…)` with its arguments one by one, as the [direct] style passes them.
fn register_passed(engine: &mut Engine, function: &Arc<dyn Function>) {
    let name = format!("f_{}", function.name());
    let f = function.clone();
    engine.register_fn(name.as_str(), move |items: &mut Items| {
        let mut gathered = Gathered::with_room(items.len());
        items
            .iter()
            .try_for_each(|(sibling, score)| gathered.child(f.signature(), sibling, score))
            .and_then(|()| gathered.call(f.as_ref()))
            .or_else(raise)
    });
    if matches!(function.signature(), Signature::Children { .. }) {
        return;
    }
    let f = function.clone();
    engine.register_fn(name.as_str(), move |a: f64| over(&f, [a]));
    let f = function.clone();
    engine.register_fn(name.as_str(), move |a: f64, b: f64| over(&f, [a, b]));
    let f = function.clone();
    engine.register_fn(name.as_str(), move |a: f64, b: f64, c: f64| {
        over(&f, [a, b, c])
    });
    let f = function.clone();
    engine.register_fn(name.as_str(), move |a: f64, b: f64, c: f64, d: f64| {
        over(&f, [a, b, c, d])
    });
}

/// The value of a function over numbers that nobody has looked at.
fn over<const N: usize>(function: &Arc<dyn Function>, numbers: [f64; N]) -> Fallible<f64> {
    const { assert!(N <= direct::PASSED) };
    let value = function.call(Arguments {
        parts: &[],
        numbers: &numbers,
    });
    match value {
        Ok(value) if value.is_finite() && numbers.iter().all(|number| number.is_finite()) => {
            Ok(value)
        }
        Ok(_) => raise(IssueKind::NotFinite),
        Err(kind) => raise(kind),
    }
}
