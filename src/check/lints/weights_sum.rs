//! W108: weights of siblings that do not add up to what the rule set declares.

use crate::base::language::text;
use crate::base::{Code, Diagnostic};
use crate::check::{Lint, RuleSet};

/// The engine divides by the sum of the weights, so that any sum works; where an office publishes weights that add up to
/// 100, another sum is a slip of the pen.
pub(super) struct WeightsSum;

impl Lint for WeightsSum {
    fn code(&self) -> Code {
        Code::W108
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        for node in &rules.nodes {
            let declared = node.parent_rules().and_then(|own| own.weights_sum);
            let Some(declared) = declared else {
                continue;
            };
            let weights = node.children.iter().map(|child| rules.node(*child).weight);
            let sum: f64 = weights.clone().map(|weight| weight.value).sum();
            let expected = declared.value;
            if (sum - expected).abs() <= 1e-9 * expected.abs() {
                continue;
            }
            let list: Vec<String> = weights.map(|weight| weight.value.to_string()).collect();
            let (id, list) = (&node.id, list.join(" + "));
            findings.push(Diagnostic::warning(
                self.code(),
                declared.origin.unwrap_or(node.span),
                text!(
                    "bobot di bawah `{id}` berjumlah {sum}, bukan {expected}: {list}",
                    "the weights below `{id}` add up to {sum}, not {expected}: {list}"
                ),
            ));
        }
    }
}
