//! Formulas run by Rhai, in a sandbox of our making: the reference of what a formula means.
//!
//! What Rhai runs is not the text of the author but the checked form, written out as Rhai again
//! (`emit.rs`): all numbers are doubles, every operator is one of ours that raises its issue at once, a
//! `switch` is a chain of `==`, and a name that may be missing is read only where that is allowed. So no
//! trap of the language is open, and nothing but what the check knows is ever run.

mod emit;
mod items;
mod sandbox;

use std::sync::Arc;

use rhai::{AST, Dynamic, EvalAltResult, Identifier, Position, Scope};

pub use items::ItemValue;
pub use sandbox::Sandbox;

use crate::base::language::text;
use crate::base::{Error, ErrorKind, IssueKind, NodeIndex, Span};
use crate::check::formula::{Formula, Place};
use emit::Variable;
use items::Items;

/// The most lines of written-out Rhai: its positions are 16 bits wide.
const LONGEST: usize = 60_000;

/// A formula, ready to run.
pub struct Interpreter {
    sandbox: Arc<Sandbox>,
    ast: AST,
    /// The place in the rule file of each line of the written-out script.
    places: Vec<Span>,
    /// What it reads, with the name in the script.
    variables: Vec<(Variable, Identifier)>,
    reads_items: bool,
}

/// What a formula reads of one region.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The children of the node, sorted by id.
    pub children: &'a [ItemValue],
    /// The raw columns of the rule set; empty for the formula of a node.
    pub columns: &'a [Option<f64>],
}

impl Inputs<'_> {
    fn value(&self, place: Place) -> Option<f64> {
        let child = |node: NodeIndex| {
            let at = self
                .children
                .binary_search_by_key(&node, |child| child.node)
                .ok()?;
            self.children.get(at)
        };
        match place {
            Place::Child(node) => child(node)?.score,
            Place::Raw(node) => child(node)?.raw,
            Place::Column(column) => self.columns.get(column).copied().flatten(),
            // The children in a loop are read from `children`.
            Place::ItemScore(_) | Place::ItemRaw(_) => None,
        }
    }
}

/// Why a formula gave no value: the kind of the issue, and its place in the rule file.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The kind.
    pub kind: IssueKind,
    /// The place.
    pub place: Option<Span>,
    /// What the interpreter said, for [`IssueKind::Interpreter`].
    pub found: Option<String>,
}

impl Interpreter {
    /// Prepares a formula.
    ///
    /// # Errors
    /// When it is too long.
    pub fn new(formula: &Formula, sandbox: Arc<Sandbox>) -> Result<Self, Error> {
        let script = emit::emit(formula);
        let too_long = || {
            Error::new(
                ErrorKind::Call,
                text!(
                    "rumus terlalu panjang untuk dijalankan",
                    "the formula is too long to be run"
                ),
            )
        };
        if script.places.len() > LONGEST {
            return Err(too_long());
        }
        let ast = sandbox
            .compile(&script.text)
            .map_err(|error| too_long().with_source(error))?;
        Ok(Self {
            sandbox,
            ast,
            places: script.places,
            variables: script
                .variables
                .into_iter()
                .map(|read| (read, read.name().into()))
                .collect(),
            reads_items: script.reads_items,
        })
    }

    /// The value for one region; yes-or-no becomes 1 or 0.
    ///
    /// # Errors
    /// The issue of the region.
    pub fn run(&self, inputs: Inputs<'_>) -> Result<f64, Failure> {
        let mut scope = Scope::new();
        for (variable, name) in &self.variables {
            match variable {
                Variable::Missing(place) => {
                    scope.push(name.clone(), inputs.value(*place).is_none());
                }
                Variable::Value(place) => {
                    if let Some(value) = inputs.value(*place) {
                        scope.push(name.clone(), value);
                    }
                }
            }
        }
        if self.reads_items {
            scope.push("children", Items::new(inputs.children));
        }
        match self.sandbox.run(&mut scope, &self.ast) {
            Ok(value) => self.number(value),
            Err(error) => Err(self.failure(*error)),
        }
    }

    fn number(&self, value: Dynamic) -> Result<f64, Failure> {
        if let Ok(flag) = value.as_bool() {
            return Ok(f64::from(u8::from(flag)));
        }
        match value.as_float() {
            Ok(number) if number.is_finite() => Ok(number),
            Ok(_) => Err(self.failed(IssueKind::NotFinite, Position::NONE, None)),
            Err(kind) => Err(self.failed(
                IssueKind::Interpreter,
                Position::NONE,
                Some(kind.to_owned()),
            )),
        }
    }

    fn failure(&self, error: EvalAltResult) -> Failure {
        match error {
            EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => self.failure(*inner),
            EvalAltResult::ErrorVariableNotFound(_, at) => {
                self.failed(IssueKind::MissingRead, at, None)
            }
            EvalAltResult::ErrorRuntime(ref value, at) => {
                match value.clone().try_cast::<IssueKind>() {
                    Some(kind) => self.failed(kind, at, None),
                    None => self.failed(IssueKind::Interpreter, at, Some(error.to_string())),
                }
            }
            EvalAltResult::ErrorTooManyOperations(at)
            | EvalAltResult::ErrorStackOverflow(at)
            | EvalAltResult::ErrorDataTooLarge(_, at)
            | EvalAltResult::ErrorTooManyVariables(at) => {
                self.failed(IssueKind::OutOfBudget, at, None)
            }
            other => {
                let at = other.position();
                self.failed(IssueKind::Interpreter, at, Some(other.to_string()))
            }
        }
    }

    fn failed(&self, kind: IssueKind, at: Position, found: Option<String>) -> Failure {
        let line = at.line().and_then(|line| line.checked_sub(1));
        Failure {
            kind,
            place: line.and_then(|line| self.places.get(line)).copied(),
            found,
        }
    }
}
