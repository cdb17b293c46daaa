//! The instructions of a flat program: single assignment, over columns of a block of rows.

use std::sync::Arc;

use super::line::Line;
use crate::base::{NodeIndex, Span};
use crate::calculus::{Function, Sibling};
use crate::check::formula::{BinaryOp, Place};

/// A number while a program is written: what gives it, by position.
pub(crate) type Number = u32;
/// A register of yes-or-no, by position.
pub(crate) type Flag = u32;

/// Where a finished program reads a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    /// The same in every row.
    Constant(f64),
    /// A column that is read.
    Input(u32),
    /// A column of the program's own.
    Register(u32),
}

/// The rows that reach a part of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// All.
    Always,
    /// Those of which the flag is set.
    Where(Flag),
    /// None: everything before it has returned.
    Never,
}

/// Which of two numbers is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pick {
    Lesser,
    Greater,
}

/// What an instruction does; equal ones give equal columns. `N` is where numbers are read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op<N> {
    // Formulas.
    /// Two numbers → a number; not finite and divided by zero are issues.
    Arithmetic(BinaryOp, N, N),
    /// One of two numbers.
    Pick(Pick, N, N),
    /// The same number; not finite is an issue.
    Finite(N),
    /// Two numbers → a flag.
    Compare(BinaryOp, N, N),
    /// −x.
    Negate(N),
    /// The second where the flag is set, else the third.
    Select(Flag, N, N),
    /// The same for flags.
    SelectFlag(Flag, Flag, Flag),
    /// The flag is not set.
    Not(Flag),
    /// Both are set.
    And(Flag, Flag),
    /// One is set.
    Or(Flag, Flag),
    /// Both are set, or neither.
    SameFlag(Flag, Flag),
    /// 1 where the flag is set, else 0.
    AsNumber(Flag),
    /// Where the flag is set, a value that is read is missing: an issue.
    Require(Flag),
    /// The number at a position of a list; a position outside is an issue.
    At(Vec<N>, N),
    /// A function, by position in the calls of the program.
    Call(usize),
    /// A sum of weighted terms, by position in the sums of the program.
    Sum(usize),
    /// A weighted mean, by position in the means of the program.
    Mean(usize),

    // Steps of the rule set.
    /// What a missing value is given: the value, and whether it is missing → the value that is used, and whether that is
    /// missing.
    Fill(NodeIndex, N, Flag),
    /// A raw value, and whether it is missing → the score, and whether that is missing.
    Normalise(NodeIndex, N, Flag),
    /// The score, whether it is missing, and whether the raw value is → the score with the worst or best for missing
    /// values, and whether it is missing.
    Extreme(NodeIndex, N, Flag, Flag),
    /// The rows that have too little data for the formula of a parent → flag.
    Admit(NodeIndex),
    /// The named aggregation of a parent.
    Combine(NodeIndex),
    /// The formula of a parent, interpreted row by row.
    Interpret(NodeIndex),
    /// Range and rounding of a parent's result → the score, and whether it is missing.
    Finish(NodeIndex, N),
    /// The figures of a node are complete and can be written out.
    Store(NodeIndex),
}

impl<N> Op<N> {
    /// Whether it can raise an issue.
    pub(crate) fn raises(&self) -> bool {
        !self.is_pure() && !matches!(self, Op::Store(_) | Op::Admit(_))
    }

    /// Whether it does nothing but give its result.
    pub(crate) fn is_pure(&self) -> bool {
        matches!(
            self,
            Op::Compare(..)
                | Op::Pick(..)
                | Op::Negate(_)
                | Op::Select(..)
                | Op::SelectFlag(..)
                | Op::Not(_)
                | Op::And(..)
                | Op::Or(..)
                | Op::SameFlag(..)
                | Op::AsNumber(_)
        )
    }

    /// Whether its result is a flag alone.
    pub(crate) fn gives_flag(&self) -> bool {
        matches!(
            self,
            Op::Compare(..)
                | Op::SelectFlag(..)
                | Op::Not(_)
                | Op::And(..)
                | Op::Or(..)
                | Op::SameFlag(..)
                | Op::Admit(_)
        )
    }
}

impl<N: Copy> Op<N> {
    /// The same over other numbers and flags.
    pub(crate) fn map<M>(&self, n: &impl Fn(N) -> M, f: &impl Fn(Flag) -> Flag) -> Op<M> {
        match *self {
            Op::Arithmetic(op, x, y) => Op::Arithmetic(op, n(x), n(y)),
            Op::Pick(pick, x, y) => Op::Pick(pick, n(x), n(y)),
            Op::Finite(x) => Op::Finite(n(x)),
            Op::Compare(op, x, y) => Op::Compare(op, n(x), n(y)),
            Op::Negate(x) => Op::Negate(n(x)),
            Op::Select(by, x, y) => Op::Select(f(by), n(x), n(y)),
            Op::SelectFlag(by, a, b) => Op::SelectFlag(f(by), f(a), f(b)),
            Op::Not(a) => Op::Not(f(a)),
            Op::And(a, b) => Op::And(f(a), f(b)),
            Op::Or(a, b) => Op::Or(f(a), f(b)),
            Op::SameFlag(a, b) => Op::SameFlag(f(a), f(b)),
            Op::AsNumber(a) => Op::AsNumber(f(a)),
            Op::Require(a) => Op::Require(f(a)),
            Op::At(ref items, at) => Op::At(items.iter().map(|item| n(*item)).collect(), n(at)),
            Op::Call(call) => Op::Call(call),
            Op::Sum(sum) => Op::Sum(sum),
            Op::Mean(mean) => Op::Mean(mean),
            Op::Fill(node, x, a) => Op::Fill(node, n(x), f(a)),
            Op::Normalise(node, x, a) => Op::Normalise(node, n(x), f(a)),
            Op::Extreme(node, x, a, b) => Op::Extreme(node, n(x), f(a), f(b)),
            Op::Admit(node) => Op::Admit(node),
            Op::Combine(node) => Op::Combine(node),
            Op::Interpret(node) => Op::Interpret(node),
            Op::Finish(node, x) => Op::Finish(node, n(x)),
            Op::Store(node) => Op::Store(node),
        }
    }
}

impl Path {
    /// The same over other flags.
    pub(crate) fn map(self, f: impl Fn(Flag) -> Flag) -> Self {
        match self {
            Path::Where(flag) => Path::Where(f(flag)),
            other => other,
        }
    }
}

/// One instruction.
#[derive(Clone, Debug)]
pub(crate) struct Instruction<N> {
    pub(crate) op: Op<N>,
    /// The number it gives.
    pub(crate) to: Option<u32>,
    /// The flag it gives.
    pub(crate) to_flag: Option<Flag>,
    /// The rows whose issue it is, should there be one.
    pub(crate) path: Path,
    /// The rows of its formula that have failed, are not scored or have too little data.
    pub(crate) done: Option<Flag>,
    /// The node it belongs to.
    pub(crate) node: NodeIndex,
    /// The place of the issue.
    pub(crate) span: Span,
}

/// A call of a function of the engine.
#[derive(Clone)]
pub(crate) struct Call<N> {
    pub(crate) function: Arc<dyn Function>,
    pub(crate) arguments: Vec<Argument<N>>,
}

/// What a function is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Argument<N> {
    Number(N),
    Child {
        sibling: Sibling,
        score: N,
        missing: Flag,
    },
}

/// A sum, from left to right: (start + w₁·x₁) + w₂·x₂ …
#[derive(Clone, Debug)]
pub(crate) struct Sum<N> {
    pub(crate) start: Option<f64>,
    pub(crate) terms: Vec<Term<N>>,
}

/// Part of a sum or mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Term<N> {
    pub(crate) weight: Option<f64>,
    pub(crate) value: N,
    /// The value is a plain raw one, to be normalised along this line first.
    pub(crate) line: Option<Line>,
}

/// Σw·x/Σw over values that are all there, kept between the least and the greatest of those that weigh.
#[derive(Clone, Debug)]
pub(crate) struct Mean<N> {
    pub(crate) terms: Vec<Term<N>>,
    pub(crate) total: f64,
}

/// What is known of a node while it is written, and of its columns when it is done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Columns<N> {
    pub(crate) score: N,
    pub(crate) missing: Flag,
    /// Its weight does not count as available.
    pub(crate) unavailable: Flag,
    /// It must make its parent missing.
    pub(crate) fails: Flag,
    /// The raw value that is used, of an indicator.
    pub(crate) raw: N,
    pub(crate) raw_missing: Flag,
    /// Whether nothing was observed, of an indicator.
    pub(crate) unobserved: Flag,
    /// Whether its value is outside the valid range, and that fails.
    pub(crate) invalid: Flag,
}

/// What a program reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input {
    pub(crate) place: Place,
    /// Whether its value is missing.
    pub(crate) missing: Flag,
    /// Whether it is outside the valid range, and that fails: of an indicator that says so.
    pub(crate) invalid: Option<Flag>,
}

/// A finished program.
#[derive(Clone, Default)]
pub(crate) struct Code {
    pub(crate) instructions: Vec<Instruction<Source>>,
    pub(crate) calls: Vec<Call<Source>>,
    pub(crate) sums: Vec<Sum<Source>>,
    pub(crate) means: Vec<Mean<Source>>,
    pub(crate) inputs: Vec<Input>,
    /// By node; of the nodes that are written.
    pub(crate) nodes: Vec<Columns<Source>>,
    /// Flags that are the same in all rows.
    pub(crate) known_flags: Vec<(Flag, bool)>,
    /// How many columns of its own it has, and how many flags.
    pub(crate) registers: usize,
    pub(crate) flags: usize,
    /// The result, of the program of one formula, and its rows that have failed.
    pub(crate) result: Source,
    pub(crate) done: Flag,
}

impl Default for Source {
    fn default() -> Self {
        Source::Constant(0.0)
    }
}
