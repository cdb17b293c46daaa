//! The sandbox: a Rhai engine that knows our operators, our functions, and nothing else.

use std::sync::Arc;

use rhai::{
    AST, Array, Dynamic, Engine, EvalAltResult, ImmutableString, OptimizationLevel, ParseError,
    Position, Scope,
};

use super::items::{Counting, Item, Items};
use crate::base::IssueKind;
use crate::calculus::{Function, Methods};
use crate::check::formula::BinaryOp;
use crate::check::formula::cost::BUDGET;
use crate::compile::meaning::{self, Gathered};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The engine that runs formulas; shared by all formulas of a program.
pub struct Sandbox {
    engine: Engine,
}

impl Sandbox {
    /// A sandbox with the functions of the tables.
    pub fn new(methods: &Methods) -> Self {
        let mut engine = Engine::new_raw();
        // Every limit is set, since defaults differ between debug and release builds. The check bounds
        // the work of a formula before it runs; these are a second fence behind it.
        engine
            .set_optimization_level(OptimizationLevel::None)
            .set_fast_operators(false)
            .set_max_operations(BUDGET * 40)
            .set_max_call_levels(64)
            .set_max_expr_depths(0, 0)
            .set_max_variables(1_000_000)
            .set_max_functions(4096)
            .set_max_string_size(1_000_000)
            .set_max_array_size(1_000_000)
            .set_max_map_size(1);
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
        register_operators(&mut engine);
        register_children(&mut engine);
        for function in &methods.functions {
            register_function(&mut engine, function.clone());
        }
        Self { engine }
    }

    pub(super) fn compile(&self, script: &str) -> Result<AST, ParseError> {
        self.engine.compile(script)
    }

    pub(super) fn run(&self, scope: &mut Scope<'_>, ast: &AST) -> Fallible<Dynamic> {
        self.engine.eval_ast_with_scope(scope, ast)
    }
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
    engine.register_fn("score", |item: Item| {
        present(item.value().and_then(|value| value.score))
    });
    engine.register_fn("raw", |item: Item| {
        present(item.value().and_then(|value| value.raw))
    });
    engine.register_fn("no_score", |item: Item| {
        item.value().and_then(|value| value.score).is_none()
    });
    engine.register_fn("no_raw", |item: Item| {
        item.value().and_then(|value| value.raw).is_none()
    });
    engine.register_fn("weight", |item: Item| {
        item.value().map_or(f64::NAN, |value| value.weight)
    });
    engine.register_fn("id", |item: Item| {
        item.value().map_or_else(ImmutableString::new, |value| {
            ImmutableString::from(&*value.id)
        })
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
    let mut gathered = Gathered::default();
    for argument in arguments {
        if let Ok(number) = argument.as_float() {
            gathered.number(number);
        } else if argument.is_array() {
            let list = argument.into_array().unwrap_or_default();
            let numbers = list.iter().filter_map(|item| item.as_float().ok());
            numbers.for_each(|number| gathered.number(number));
        } else if let Some(items) = argument.try_cast::<Items>() {
            for item in items.iter() {
                gathered.child(function.signature(), item.weight, item.score)?;
            }
        }
    }
    Ok(gathered)
}
