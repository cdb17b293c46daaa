//! The sandbox: a Rhai engine that knows our operators, our functions, and nothing else.

use std::sync::Arc;

use rhai::{
    AST, Array, Dynamic, Engine, EvalAltResult, ImmutableString, OptimizationLevel, ParseError,
    Position, Scope,
};

use super::items::{Counting, Item, Items};
use crate::base::{IssueKind, number};
use crate::calculus::{Arguments, Function, Methods, Part, Signature, WhenMissing};
use crate::check::formula::cost::BUDGET;

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

fn finite(value: f64) -> Fallible<f64> {
    if value.is_finite() {
        Ok(value)
    } else {
        raise(IssueKind::NotFinite)
    }
}

/// IEEE operators on doubles; whatever is not finite is an issue at once, at the operator.
fn register_operators(engine: &mut Engine) {
    engine.register_fn("+", |x: f64, y: f64| finite(x + y));
    engine.register_fn("-", |x: f64, y: f64| finite(x - y));
    engine.register_fn("*", |x: f64, y: f64| finite(x * y));
    engine.register_fn("/", |x: f64, y: f64| {
        if number::same(y, 0.0) {
            raise(IssueKind::DivisionByZero)
        } else {
            finite(x / y)
        }
    });
    engine.register_fn("%", |x: f64, y: f64| {
        if number::same(y, 0.0) {
            raise(IssueKind::DivisionByZero)
        } else {
            finite(x % y)
        }
    });
    engine.register_fn("**", |x: f64, y: f64| finite(number::pow(x, y)));
    engine.register_fn("-", |x: f64| -x);
    engine.register_fn("!", |x: bool| !x);
    engine.register_fn("==", number::same);
    engine.register_fn("!=", |x: f64, y: f64| !number::same(x, y));
    engine.register_fn("<", |x: f64, y: f64| x < y);
    engine.register_fn("<=", |x: f64, y: f64| x <= y);
    engine.register_fn(">", |x: f64, y: f64| x > y);
    engine.register_fn(">=", |x: f64, y: f64| x >= y);
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
        let whole = position >= 0.0
            && number::same(position.trunc(), position)
            && position < list.len() as f64;
        let found = whole
            .then(|| list.get(position as usize).cloned())
            .flatten();
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
            let mut numbers = Vec::with_capacity(arguments.len());
            let mut parts = Vec::new();
            for argument in arguments {
                if let Ok(number) = argument.as_float() {
                    numbers.push(number);
                } else if argument.is_array() {
                    let list = argument.into_array().unwrap_or_default();
                    numbers.extend(list.iter().filter_map(|item| item.as_float().ok()));
                } else if let Some(items) = argument.try_cast::<Items>() {
                    take_items(&items, function.signature(), &mut parts, &mut numbers)?;
                }
            }
            let arguments = Arguments {
                parts: &parts,
                numbers: &numbers,
            };
            match function.call(arguments) {
                Ok(value) => finite(value),
                Err(kind) => raise(kind),
            }
        },
    );
}

fn take_items(
    items: &Items,
    signature: Signature,
    parts: &mut Vec<Part>,
    numbers: &mut Vec<f64>,
) -> Fallible<()> {
    for item in items.iter() {
        match (item.score, signature) {
            (Some(score), Signature::Children { .. }) => parts.push(Part {
                weight: item.weight,
                score,
            }),
            (Some(score), _) => numbers.push(score),
            (
                None,
                Signature::Values {
                    missing: WhenMissing::Refuse,
                },
            ) => return raise(IssueKind::IncompleteSum),
            (None, _) => {}
        }
    }
    Ok(())
}
