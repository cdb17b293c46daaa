//! W102: a parameter that no formula reads.

use crate::base::language::text;
use crate::base::{Code, Diagnostic};
use crate::check::{Lint, RuleSet};

/// Changing a parameter that nobody reads changes nothing, which an editor of the rules would not expect.
pub(super) struct UnusedParameter;

impl Lint for UnusedParameter {
    fn code(&self) -> Code {
        Code::W102
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        for (at, parameter) in rules.parameters.iter().enumerate() {
            let read = rules
                .formulas()
                .any(|(_, formula)| formula.parameters.contains(&at));
            let Some(span) = parameter.value.origin.filter(|_| !read) else {
                continue;
            };
            let id = &parameter.id;
            findings.push(Diagnostic::warning(
                self.code(),
                span,
                text!(
                    "parameter `{id}` tidak dibaca rumus mana pun",
                    "no formula reads the parameter `{id}`"
                ),
            ));
        }
    }
}
