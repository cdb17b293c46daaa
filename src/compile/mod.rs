//! Stage 3, *compile*: [`RuleSet`] → [`Program`], immutable, `Send + Sync`, cheap to share.
//!
//! The program is a typed graph from raw columns to the band, in the order in which its steps run.
//! Named methods are native. A formula has two executors with one meaning: the
//! [interpreter](interpreter::Interpreter), which runs them all and is the reference, and where it can be had a
//! flat program over columns (`flat/`), which gives the same bits and the same issues.

mod decisions;
pub(crate) mod flat;
pub mod interpreter;
pub(crate) mod meaning;

use std::sync::Arc;

use crate::base::stack::with_room;
use crate::base::{Error, NodeIndex, Span, Text};
use crate::calculus::Methods;
use crate::check::RuleSet;
use crate::check::rule_set::{Combine, Method, Source};
use decisions::Decisions;
use flat::Flat;
use flat::code::Code;
use interpreter::{Interpreter, KnownChild, Sandbox};

/// A compiled rule set. Cloning shares it.
#[derive(Clone)]
pub struct Program(Arc<Compiled>);

struct Compiled {
    rules: RuleSet,
    steps: Vec<Step>,
    flat: Flat,
    decisions: Decisions,
    interprets: bool,
}

/// One step of the graph; children come before their parents, the index last.
pub struct Step {
    /// The node whose score the step gives.
    pub node: NodeIndex,
    /// Where it comes from.
    pub kind: StepKind,
}

/// The kinds of step.
pub enum StepKind {
    /// A raw column, by position, is normalised.
    Column(usize),
    /// A one-line expression over raw columns is normalised.
    Expression(Executable),
    /// Children are aggregated by a named method.
    Aggregate,
    /// Children are aggregated by a formula.
    Formula(Executable),
}

/// A formula, ready to run.
pub struct Executable {
    /// Runs one row; the reference.
    pub interpreter: Interpreter,
    /// How many instructions of a flat program it is, or why it is interpreted.
    pub flat: Result<usize, FallbackReason>,
    /// The program, of an expression that has one.
    pub(crate) code: Option<Code>,
}

/// Why a formula stays with the interpreter.
#[derive(Clone, Debug)]
pub struct FallbackReason {
    /// The reason.
    pub reason: Text,
    /// What keeps it there.
    pub span: Span,
}

/// Which of the two runs formulas. The figures and issues are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Executor {
    /// Flat programs, and the interpreter for formulas that have none.
    #[default]
    Compiled,
    /// The interpreter alone.
    Interpreter,
}

impl Program {
    /// The rule set it was compiled from.
    pub fn rules(&self) -> &RuleSet {
        &self.0.rules
    }

    /// The steps, in the order in which they run.
    pub fn steps(&self) -> &[Step] {
        &self.0.steps
    }

    /// How many instructions the flat programs have: of the one for complete rows, and of the one for any row.
    pub fn instructions(&self) -> (usize, usize) {
        let Flat { whole, general } = self.flat();
        (whole.instructions.len(), general.instructions.len())
    }

    /// The flat programs.
    pub(crate) fn flat(&self) -> &Flat {
        &self.0.flat
    }

    /// What is decided against written numbers.
    pub(crate) fn decisions(&self) -> &Decisions {
        &self.0.decisions
    }

    /// Whether a formula is left to the interpreter, which recurses.
    pub(crate) fn interprets(&self) -> bool {
        self.0.interprets
    }

    /// The step of a node.
    pub fn step(&self, node: NodeIndex) -> Option<&Step> {
        // Steps run from the last node to the first.
        let at = self.0.steps.len().checked_sub(node.at() + 1)?;
        self.0.steps.get(at)
    }
}

/// Compiles a rule set.
///
/// # Errors
/// When a formula is too long to be interpreted.
pub fn compile(rules: RuleSet, methods: &Methods) -> Result<Program, Error> {
    build(rules, methods, false)
}

/// Compiles a rule set whose formulas count the regions that reach each of their
/// [points](interpreter::Interpreter::reached). Counted is what the interpreter runs ([`Executor::Interpreter`]); the other
/// executor gives the same bits and so takes the same branches.
///
/// # Errors
/// When a formula is too long to be interpreted.
pub fn compile_traced(rules: RuleSet, methods: &Methods) -> Result<Program, Error> {
    build(rules, methods, true)
}

fn build(rules: RuleSet, methods: &Methods, traced: bool) -> Result<Program, Error> {
    let sandbox = Arc::new(Sandbox::new(methods));
    let mut steps = Vec::with_capacity(rules.nodes.len());
    let (flat, mut told) = with_room(|| flat::rule_set(&rules, methods));
    let nodes: Vec<NodeIndex> = rules.indices().collect();
    for node in nodes.into_iter().rev() {
        let known = |child: &NodeIndex| {
            let node = rules.node(*child);
            KnownChild {
                node: *child,
                id: node.id.as_str().into(),
                sibling: rules.sibling(*child),
            }
        };
        let children: Vec<KnownChild> = rules.node(node).children.iter().map(known).collect();
        let interpreter =
            |formula| with_room(|| Interpreter::new(formula, &children, sandbox.clone(), traced));
        let kind = match &rules.node(node).method {
            Method::Indicator(indicator) => match &indicator.source {
                Source::Column(column) => StepKind::Column(*column),
                Source::Expression(formula) => {
                    let code = with_room(|| flat::expression(formula, node, &rules, methods));
                    StepKind::Expression(Executable {
                        interpreter: interpreter(formula)?,
                        flat: code
                            .as_ref()
                            .map(|code| code.instructions.len())
                            .map_err(FallbackReason::clone),
                        code: code.ok(),
                    })
                }
            },
            Method::Parent(parent) => match &parent.combine {
                Combine::Aggregation { .. } => StepKind::Aggregate,
                Combine::Formula(formula) => StepKind::Formula(Executable {
                    interpreter: interpreter(formula)?,
                    flat: told
                        .get_mut(node.at())
                        .and_then(Option::take)
                        .unwrap_or(Ok(0)),
                    code: None,
                }),
            },
        };
        steps.push(Step { node, kind });
    }
    let interprets = steps.iter().any(|step| match &step.kind {
        StepKind::Expression(formula) | StepKind::Formula(formula) => formula.flat.is_err(),
        StepKind::Column(_) | StepKind::Aggregate => false,
    });
    Ok(Program(Arc::new(Compiled {
        decisions: Decisions::of(&rules),
        rules,
        steps,
        flat,
        interprets,
    })))
}
