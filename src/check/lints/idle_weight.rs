//! W105: a weight that its parent's method does not read.

use crate::base::language::text;
use crate::base::{Diagnostic, Text};
use crate::check::rule_set::Combine;
use crate::check::{Lint, RuleSet};

/// Sums, counts and extremes do not weigh; a weight written below them has no effect.
pub(super) struct IdleWeight;

impl Lint for IdleWeight {
    fn code(&self) -> &'static str {
        "W105"
    }

    fn meaning(&self) -> Text {
        Text::new(
            "bobot di bawah metode yang tidak memakai bobot (jumlah, hitungan, nilai terkecil/terbesar)",
            "a weight below a method that does not weigh (sum, count, minimum, maximum)",
        )
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
