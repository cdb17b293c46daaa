//! W105: a weight that its parent's method does not read.

use crate::base::language::text;
use crate::base::{Code, Diagnostic};
use crate::check::rule_set::Combine;
use crate::check::{Lint, RuleSet};

/// Sums, counts and extremes do not weigh; a weight written below them has no effect.
pub(super) struct IdleWeight;

impl Lint for IdleWeight {
    fn code(&self) -> Code {
        Code::W105
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        for node in &rules.nodes {
            let Some(Combine::Aggregation { method, .. }) =
                node.parent_rules().map(|rules| &rules.combine)
            else {
                continue;
            };
            if method.weighs() {
                continue;
            }
            for child in &node.children {
                let child = rules.node(*child);
                if let Some(span) = child.weight.origin {
                    let (id, name) = (&child.id, method.name());
                    findings.push(Diagnostic::warning(
                        self.code(),
                        span,
                        text!(
                            "bobot `{id}` tidak dipakai: induknya memakai `{name}`",
                            "the weight of `{id}` is not used: its parent is a `{name}`"
                        ),
                    ));
                }
            }
        }
    }
}
