//! Stage 3, *compile*: [`RuleSet`] → [`Program`], immutable, `Send + Sync`, cheap to share.
//!
//! The program is a typed graph from raw columns to the band, in the order in which its steps run.
//! Named methods are native; formulas are run by the [interpreter](interpreter::Interpreter).

pub mod interpreter;

use std::sync::Arc;

use crate::base::stack::with_room;
use crate::base::{Error, NodeIndex};
use crate::calculus::Methods;
use crate::check::RuleSet;
use crate::check::rule_set::{Combine, Method, Source};
use interpreter::{Interpreter, Sandbox};

/// A compiled rule set. Cloning shares it.
#[derive(Clone)]
pub struct Program(Arc<Compiled>);

struct Compiled {
    rules: RuleSet,
    steps: Vec<Step>,
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
    Expression(Interpreter),
    /// Children are aggregated by a named method.
    Aggregate,
    /// Children are aggregated by a formula.
    Formula(Interpreter),
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

    /// The step of a node.
    pub fn step(&self, node: NodeIndex) -> Option<&Step> {
        self.0.steps.iter().find(|step| step.node == node)
    }
}

/// Compiles a rule set.
///
/// # Errors
/// When a formula is too long to be interpreted.
pub fn compile(rules: RuleSet, methods: &Methods) -> Result<Program, Error> {
    let sandbox = Arc::new(Sandbox::new(methods));
    let mut steps = Vec::with_capacity(rules.nodes.len());
    let nodes: Vec<NodeIndex> = rules.indices().collect();
    for node in nodes.into_iter().rev() {
        let interpreter = |formula| with_room(|| Interpreter::new(formula, sandbox.clone()));
        let kind = match &rules.node(node).method {
            Method::Indicator(indicator) => match &indicator.source {
                Source::Column(column) => StepKind::Column(*column),
                Source::Expression(formula) => StepKind::Expression(interpreter(formula)?),
            },
            Method::Parent(parent) => match &parent.combine {
                Combine::Aggregation { .. } => StepKind::Aggregate,
                Combine::Formula(formula) => StepKind::Formula(interpreter(formula)?),
            },
        };
        steps.push(Step { node, kind });
    }
    Ok(Program(Arc::new(Compiled { rules, steps })))
}
