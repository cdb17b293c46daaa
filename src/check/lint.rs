//! Lints: what is well-formed and probably not meant.

use super::rule_set::RuleSet;
use crate::base::{Diagnostic, Text};

/// A lint: a plug point, one file each.
pub trait Lint: Send + Sync {
    /// Its stable code, such as `W101`.
    fn code(&self) -> &'static str;

    /// What it finds, and why that is worth a look.
    fn meaning(&self) -> Text;

    /// Looks at a checked rule set.
    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>);
}
