//! The instructions of a flat program: single assignment, over columns of a block of rows.

use std::sync::Arc;

use crate::base::Span;
use crate::calculus::Function;
use crate::check::formula::{BinaryOp, Place};

/// A register of numbers, by position.
pub(super) type Number = u32;
/// A register of yes-or-no, by position.
pub(super) type Flag = u32;

/// The rows that reach a part of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// All.
    Always,
    /// Those of which the flag is set.
    Where(Flag),
    /// None: everything before it has returned.
    Never,
}

/// What an instruction does; equal ones give equal columns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    /// Two numbers → a number; not finite and divided by zero are issues.
    Arithmetic(BinaryOp, Number, Number),
    /// Two numbers → a flag.
    Compare(BinaryOp, Number, Number),
    /// −x.
    Negate(Number),
    /// The second where the flag is set, else the third.
    Select(Flag, Number, Number),
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
    At(Vec<Number>, Number),
    /// A function, by position in the calls of the program.
    Call(usize),
}

impl Op {
    /// Whether it can raise an issue.
    pub(super) fn raises(&self) -> bool {
        matches!(
            self,
            Op::Arithmetic(..) | Op::Require(_) | Op::At(..) | Op::Call(_)
        )
    }

    /// Whether its result is a flag.
    pub(super) fn gives_flag(&self) -> bool {
        matches!(
            self,
            Op::Compare(..)
                | Op::SelectFlag(..)
                | Op::Not(_)
                | Op::And(..)
                | Op::Or(..)
                | Op::SameFlag(..)
        )
    }
}

/// One instruction.
pub(super) struct Instruction {
    pub(super) op: Op,
    /// The register of its result; of numbers or flags, as [`Op::gives_flag`] says.
    pub(super) to: u32,
    /// The rows whose issue it is, should there be one.
    pub(super) path: Path,
    /// The place of the issue.
    pub(super) span: Span,
}

/// A call of a function of the engine.
pub(super) struct Call {
    pub(super) function: Arc<dyn Function>,
    pub(super) arguments: Vec<Argument>,
}

/// What a function is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Argument {
    Number(Number),
    Child {
        weight: f64,
        score: Number,
        missing: Flag,
    },
}

/// What a program reads.
pub(super) struct Input {
    pub(super) place: Place,
    pub(super) value: Number,
    pub(super) missing: Flag,
}
