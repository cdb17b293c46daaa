//! The named numbers that a method takes, such as `worst`, `best` or `exponent`.

use crate::base::{Sourced, Text};

/// One option of a method.
#[derive(Clone, Debug)]
pub struct OptionSpec {
    /// Its key in rule files.
    pub name: &'static str,
    /// What happens when it is left out.
    pub default: OptionDefault,
    /// What it means.
    pub meaning: Text,
}

/// What happens when an option is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OptionDefault {
    /// It must be written.
    Required,
    /// It is absent, which the method knows how to take.
    Absent,
    /// It has this value.
    Value(f64),
}

/// The options of one use of a method, checked against its [`OptionSpec`]s.
#[derive(Clone, Debug, Default)]
pub struct Options {
    values: Vec<(&'static str, Sourced<f64>)>,
}

impl Options {
    /// Sets an option.
    pub fn set(&mut self, name: &'static str, value: Sourced<f64>) {
        self.values.retain(|(known, _)| *known != name);
        self.values.push((name, value));
    }

    /// An option, where it is set.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.sourced(name).map(|value| value.value)
    }

    /// An option with its origin.
    pub fn sourced(&self, name: &str) -> Option<Sourced<f64>> {
        self.values
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    /// An option that the specification guarantees; NaN, which no score survives, where it does not.
    pub fn required(&self, name: &str) -> f64 {
        self.get(name).unwrap_or(f64::NAN)
    }

    /// All options, in the order of their specification.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Sourced<f64>)> {
        self.values.iter().copied()
    }
}
