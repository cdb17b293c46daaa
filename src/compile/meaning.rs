//! What operators, positions and calls mean: one definition for both executors.

use crate::base::{IssueKind, number};
use crate::calculus::{Arguments, Function, Part, Sibling, Signature, WhenMissing};
use crate::check::formula::BinaryOp;

/// The number that an operator gives, whatever it is: [`fault`] says whether it can be trusted.
#[inline]
pub(crate) fn arithmetic(op: BinaryOp, x: f64, y: f64) -> f64 {
    match op {
        BinaryOp::Add => x + y,
        BinaryOp::Subtract => x - y,
        BinaryOp::Multiply => x * y,
        BinaryOp::Divide => x / y,
        BinaryOp::Remainder => x % y,
        BinaryOp::Power => number::pow(x, y),
        _ => f64::NAN,
    }
}

/// What is wrong with the number that an operator gave, with `y` on its right.
#[inline]
pub(crate) fn fault(op: BinaryOp, y: f64, value: f64) -> Option<IssueKind> {
    if divides(op) && number::same(y, 0.0) {
        Some(IssueKind::DivisionByZero)
    } else if value.is_finite() {
        None
    } else {
        Some(IssueKind::NotFinite)
    }
}

/// Whether an operator divides by what is on its right.
pub(crate) fn divides(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Divide | BinaryOp::Remainder)
}

/// An operator between numbers that gives yes or no, as IEEE 754 has it.
#[inline]
pub(crate) fn compare(op: BinaryOp, x: f64, y: f64) -> bool {
    match op {
        BinaryOp::Equal => number::same(x, y),
        BinaryOp::NotEqual => !number::same(x, y),
        BinaryOp::Less => x < y,
        BinaryOp::LessOrEqual => x <= y,
        BinaryOp::Greater => x > y,
        BinaryOp::GreaterOrEqual => x >= y,
        _ => false,
    }
}

/// The place in a list of so many values that a number names: a whole number, counted from 0.
pub(crate) fn position(at: f64, count: usize) -> Option<usize> {
    let whole = at >= 0.0 && number::same(at.trunc(), at) && at < count as f64;
    whole.then_some(at as usize)
}

/// The arguments of a call, as they are gathered from left to right.
#[derive(Default)]
pub(crate) struct Gathered {
    parts: Vec<Part>,
    numbers: Vec<f64>,
}

impl Gathered {
    /// Nothing yet, with room for so many of what a call has more of.
    pub(crate) fn with_room(count: usize) -> Self {
        Self {
            parts: Vec::with_capacity(count),
            numbers: Vec::with_capacity(count),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.parts.clear();
        self.numbers.clear();
    }

    pub(crate) fn number(&mut self, number: f64) {
        self.numbers.push(number);
    }

    /// A child of `children`, with its score unless that is missing.
    pub(crate) fn child(
        &mut self,
        signature: Signature,
        sibling: Sibling,
        score: Option<f64>,
    ) -> Result<(), IssueKind> {
        match (score, signature) {
            (Some(score), Signature::Children { .. }) => self.parts.push(sibling.scored(score)),
            (Some(score), _) => self.numbers.push(score),
            (
                None,
                Signature::Values {
                    missing: WhenMissing::Refuse,
                },
            ) => return Err(IssueKind::IncompleteSum),
            (None, _) => {}
        }
        Ok(())
    }

    /// The value of a function, which must be finite.
    pub(crate) fn call(&self, function: &dyn Function) -> Result<f64, IssueKind> {
        let value = function.call(Arguments {
            parts: &self.parts,
            numbers: &self.numbers,
        })?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(IssueKind::NotFinite)
        }
    }
}
