//! How the scores of children make the score of their parent: the trait.

use super::function::Form;
use super::options::{OptionSpec, Options};
use crate::base::number::Tolerance;
use crate::base::{IssueKind, Text};

/// One available child.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Its declared weight.
    pub weight: f64,
    /// Its score.
    pub score: f64,
    /// How far from its score a number lies that it stands for.
    pub tolerance: Tolerance,
}

/// What is known of a child before its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sibling {
    /// Its declared weight.
    pub weight: f64,
    /// How far from its score a number lies that it stands for.
    pub tolerance: Tolerance,
}

impl Sibling {
    /// The child with its score.
    pub fn scored(self, score: f64) -> Part {
        let Self { weight, tolerance } = self;
        Part {
            weight,
            score,
            tolerance,
        }
    }
}

/// What a method makes of a child that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenMissing {
    /// The others carry its weight.
    Skip,
    /// The result is missing, unless the node says `rescale`: a sum over less is a smaller sum.
    Refuse,
}

/// An aggregation: a plug point, one file each.
pub trait Aggregation: Send + Sync {
    /// Its name in rule files, such as `weighted-mean`.
    fn name(&self) -> &'static str;

    /// Raised by its author whenever it may give another result; part of the rules digest.
    fn version(&self) -> u32 {
        1
    }

    /// What it is called.
    fn title(&self) -> Text;

    /// The options it takes.
    fn options(&self) -> Vec<OptionSpec> {
        Vec::new()
    }

    /// What it makes of missing children.
    fn when_missing(&self) -> WhenMissing {
        WhenMissing::Skip
    }

    /// Whether it reads the weights of its children.
    fn weighs(&self) -> bool {
        true
    }

    /// Whether the result is Σw·x/Σw, so that contributions and obstacles have a closed form.
    fn linear(&self) -> bool {
        false
    }

    /// Whether one bad child drags the result down more than its weight, as under geometric, harmonic and power means
    /// (partial compensability, OECD/JRC Handbook 2008, step 6). What makes up such a score says little, since every
    /// child alone makes nothing: explanations divide the gap to the best instead.
    fn compensates_in_part(&self) -> bool {
        false
    }

    /// What it calculates when no child is missing, if that is one of the known forms, to the bit: then it runs over
    /// columns instead of row by row.
    fn form(&self) -> Option<Form> {
        None
    }

    /// The result over the available children, which are at least one, in the order of their ids.
    ///
    /// # Errors
    /// The issue of the region, when the values do not carry the method.
    fn combine(&self, parts: &[Part], options: &Options) -> Result<f64, IssueKind>;
}
