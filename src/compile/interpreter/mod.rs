//! Formulas run by Rhai, in a sandbox of our making: the reference of what a formula means.
//!
//! What Rhai runs is not the text of the author but the checked form, written out as Rhai again
//! (`emit.rs`): all numbers are doubles, every operator is one of ours that raises its issue at once, a
//! `switch` is a chain of `==`, and a name that may be missing is read only where that is allowed. So no
//! trap of the language is open, and nothing but what the check knows is ever run.
//!
//! It is written out twice: the `direct` script is the faster and runs first; where it fails, the placed one
//! tells which issue it is, and where.

mod direct;
mod emit;
mod items;
mod points;
mod sandbox;
mod session;

use std::sync::Arc;

use rhai::{AST, Dynamic, EvalAltResult, Identifier, Position};

pub use items::{ChildValue, KnownChild};
pub use points::{Point, PointKind};
pub use sandbox::Sandbox;
pub use session::Session;

use crate::base::language::text;
use crate::base::{Error, ErrorKind, IssueKind, Span};
use crate::check::formula::{Formula, Place};
use emit::{Style, Variable};
use points::Probes;

/// The most lines of written-out Rhai: its positions are 16 bits wide.
const LONGEST: usize = 60_000;

/// A formula, ready to run.
pub struct Interpreter {
    sandbox: Arc<Sandbox>,
    direct: Script,
    placed: Script,
    /// The place in the rule file of each line of the placed script.
    places: Vec<Span>,
    /// What counts the regions that reach each point; the placed script runs alone then.
    probes: Option<Probes>,
}

/// A script with what it reads.
struct Script {
    ast: AST,
    variables: Vec<Read>,
    /// The children of the node, where it reads `children`.
    children: Option<Arc<[KnownChild]>>,
}

/// A variable of a script.
struct Read {
    /// Its name.
    name: Identifier,
    source: Source,
    /// Whether it says that the value is missing.
    asks: bool,
}

/// Where a value stands in the [`Inputs`].
#[derive(Clone, Copy)]
enum Source {
    Score(usize),
    Raw(usize),
    Column(usize),
}

/// What a formula reads of one region.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The children of the node, in their order.
    pub children: &'a [ChildValue],
    /// The raw columns of the rule set; empty for the formula of a node.
    pub columns: &'a [Option<f64>],
}

impl Read {
    /// `None` for the children in a loop, which are read from `children`.
    fn new(variable: Variable, name: &str, children: &[KnownChild]) -> Option<Self> {
        let (Variable::Value(place) | Variable::Missing(place)) = variable;
        let child = |node| children.iter().position(|child| child.node == node);
        Some(Self {
            name: name.into(),
            source: match place {
                Place::Child(node) => Source::Score(child(node)?),
                Place::Raw(node) => Source::Raw(child(node)?),
                Place::Column(column) => Source::Column(column),
                Place::ItemScore(_) | Place::ItemRaw(_) => return None,
            },
            asks: matches!(variable, Variable::Missing(_)),
        })
    }

    /// Its value; nothing where that is missing.
    fn value(&self, inputs: Inputs<'_>) -> Option<Dynamic> {
        let value = match self.source {
            Source::Score(at) => inputs.children.get(at).and_then(|child| child.score),
            Source::Raw(at) => inputs.children.get(at).and_then(|child| child.raw),
            Source::Column(at) => inputs.columns.get(at).copied().flatten(),
        };
        if self.asks {
            Some(value.is_none().into())
        } else {
            value.map(Dynamic::from)
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
    /// Prepares a formula of a node with these children; `traced`, it counts the regions that reach each of its points.
    ///
    /// # Errors
    /// When it is too long.
    pub fn new(
        formula: &Formula,
        children: &[KnownChild],
        sandbox: Arc<Sandbox>,
        traced: bool,
    ) -> Result<Self, Error> {
        let too_long = || {
            Error::new(
                ErrorKind::Call,
                text!(
                    "rumus terlalu panjang untuk dijalankan",
                    "the formula is too long to be run"
                ),
            )
        };
        let script = |style| {
            let written = emit::emit(formula, children, style);
            let ast = sandbox
                .compile(&written.text, style)
                .map_err(|error| too_long().with_source(error))?;
            let names = written.variables.len() + usize::from(written.reads_items);
            let variables = written.variables.into_iter();
            let script = Script {
                ast: match style {
                    Style::Placed | Style::Traced => ast,
                    Style::Direct => direct::without_declarations(&ast, names),
                },
                variables: variables
                    .filter_map(|(variable, name)| Read::new(variable, &name, children))
                    .collect(),
                children: written.reads_items.then(|| children.into()),
            };
            Ok::<_, Error>((script, written.places, written.points))
        };
        let (placed, places, points) = script(if traced { Style::Traced } else { Style::Placed })?;
        if places.len() > LONGEST {
            return Err(too_long());
        }
        Ok(Self {
            direct: script(Style::Direct)?.0,
            placed,
            places,
            sandbox,
            probes: traced.then(|| Probes::new(points)),
        })
    }

    /// Gets ready to run it for many regions, one after the other.
    pub fn session(&self) -> Session<'_> {
        Session::new(self)
    }

    /// The points of a traced formula, and how many regions reached each; nothing of one that is not traced.
    pub fn reached(&self) -> impl Iterator<Item = (Point, u64)> + '_ {
        self.probes.iter().flat_map(Probes::counts)
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
