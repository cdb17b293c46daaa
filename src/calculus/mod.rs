//! The methods an index can name: normalisations, aggregations and the functions of formulas.
//!
//! Each is one file that holds its meaning, its source and its arithmetic, and one line in the table
//! of its kind. Plug-ins add to the same tables ([`Methods`]).

pub mod aggregation;
pub mod aggregations;
pub mod function;
pub mod functions;
pub mod normalisation;
pub mod normalisations;
pub mod options;
pub mod treatment;

use std::sync::Arc;

pub use aggregation::{Aggregation, Part, Sibling, WhenMissing};
pub use function::{Arguments, Form, Function, Signature};
pub use normalisation::{Curve, Normalisation, Population, Position, Statistics};
pub use options::{OptionDefault, OptionSpec, Options};
pub use treatment::{Otherwise, Treatment, TreatmentRule};

/// The tables of methods that rule files can name.
#[derive(Clone)]
pub struct Methods {
    /// Named by `normalise`.
    pub normalisations: Vec<Arc<dyn Normalisation>>,
    /// Named by `aggregate`.
    pub aggregations: Vec<Arc<dyn Aggregation>>,
    /// Called in formulas.
    pub functions: Vec<Arc<dyn Function>>,
}

impl Methods {
    /// Empty tables.
    pub fn empty() -> Self {
        Self {
            normalisations: Vec::new(),
            aggregations: Vec::new(),
            functions: Vec::new(),
        }
    }

    /// The names that a later entry has taken from an earlier one, sorted: other rules than those that come with the
    /// engine.
    pub fn replaced(&self) -> Vec<String> {
        let mut names: Vec<&str> = self.normalisations.iter().map(|own| own.name()).collect();
        names.extend(self.aggregations.iter().map(|own| own.name()));
        names.extend(self.functions.iter().map(|own| own.name()));
        names.sort_unstable();
        let twice = names.windows(2).filter_map(|pair| match pair {
            [a, b] if a == b => Some((*a).to_owned()),
            _ => None,
        });
        let mut twice: Vec<String> = twice.collect();
        twice.dedup();
        twice
    }

    /// The normalisation of a name.
    pub fn normalisation(&self, name: &str) -> Option<&Arc<dyn Normalisation>> {
        self.normalisations
            .iter()
            .rfind(|method| method.name() == name)
    }

    /// The aggregation of a name.
    pub fn aggregation(&self, name: &str) -> Option<&Arc<dyn Aggregation>> {
        self.aggregations
            .iter()
            .rfind(|method| method.name() == name)
    }

    /// The function of a name.
    pub fn function(&self, name: &str) -> Option<&Arc<dyn Function>> {
        self.functions
            .iter()
            .rfind(|function| function.name() == name)
    }
}
