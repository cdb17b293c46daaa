//! What formulas can call: the trait.

use super::aggregation::{Part, WhenMissing};
use crate::base::{IssueKind, Text};

/// What a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// So many numbers.
    Numbers {
        /// At least.
        least: usize,
        /// At most.
        most: usize,
    },
    /// One or more numbers, lists of numbers and `children`, in any mix, taken together as values.
    Values {
        /// What becomes of children that are missing.
        missing: WhenMissing,
    },
    /// `children` (or some of them) with their weights, then so many numbers.
    Children {
        /// The numbers that follow.
        numbers: usize,
    },
}

/// The arguments of a call.
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'a> {
    /// The available children, in the order of their ids, for [`Signature::Children`].
    pub parts: &'a [Part],
    /// The numbers; for [`Signature::Values`] all values in the order written.
    pub numbers: &'a [f64],
}

impl Arguments<'_> {
    /// A number by position; NaN, which becomes an issue, where there is none.
    pub fn number(&self, at: usize) -> f64 {
        self.numbers.get(at).copied().unwrap_or(f64::NAN)
    }
}

/// What a function or an aggregation calculates, where the engine knows how to do it over whole columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The least value, the first of equals.
    Least,
    /// The greatest value, the first of equals.
    Greatest,
    /// The sum, from left to right.
    Total,
    /// The sum over the number of values, kept between the least and the greatest.
    Average,
    /// Σw·x/Σw, both sums from left to right, kept between the least and the greatest of the values that weigh.
    WeightedMean,
}

/// A function of formulas: a plug point. It must give the same result for the same arguments.
pub trait Function: Send + Sync {
    /// Its name: snake_case.
    fn name(&self) -> &'static str;

    /// Raised by its author whenever it may give another result; part of the rules digest.
    fn version(&self) -> u32 {
        1
    }

    /// What it takes.
    fn signature(&self) -> Signature;

    /// What it is, in a sentence.
    fn meaning(&self) -> Text;

    /// What it calculates over values of which none is missing, if that is one of the known forms, to the bit: then it
    /// runs over columns instead of row by row.
    fn form(&self) -> Option<Form> {
        None
    }

    /// Its value. A result that is not finite becomes an issue by itself.
    ///
    /// # Errors
    /// The issue of the region.
    fn call(&self, arguments: Arguments<'_>) -> Result<f64, IssueKind>;
}

/// A built-in function, as its family writes it down.
pub(crate) struct BuiltIn {
    pub(crate) name: &'static str,
    pub(crate) form: Option<Form>,
    pub(crate) signature: Signature,
    pub(crate) meaning: (&'static str, &'static str),
    pub(crate) call: fn(Arguments<'_>) -> Result<f64, IssueKind>,
}

impl Function for BuiltIn {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> Signature {
        self.signature
    }

    fn meaning(&self) -> Text {
        Text::new(self.meaning.0, self.meaning.1)
    }

    fn form(&self) -> Option<Form> {
        self.form
    }

    fn call(&self, arguments: Arguments<'_>) -> Result<f64, IssueKind> {
        (self.call)(arguments)
    }
}
