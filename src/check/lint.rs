//! Lints: what is well-formed and probably not meant.

use super::rule_set::RuleSet;
use crate::base::{Code, Diagnostic, Text};

/// A lint: a plug point, one file each.
pub trait Lint: Send + Sync {
    /// Its stable code, such as `W101`.
    fn code(&self) -> Code;

    /// Meaning of its findings, and why they are worth a look; lints of other crates write it themselves.
    fn meaning(&self) -> Text {
        self.code().meaning()
    }

    /// Looks at a checked rule set.
    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>);
}
