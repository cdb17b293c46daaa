//! W113: a formula that compares a calculated score with a number.

use crate::base::language::text;
use crate::base::{Diagnostic, Severity, Span, Text};
use crate::check::formula::reading::comparisons;
use crate::check::formula::{Expr, ExprKind, Place};
use crate::check::rule_set::Node;
use crate::check::{Lint, RuleSet};

/// Comparisons in formulas are those of doubles, and a score that should be 40 may be 40.000000000000007: the difference
/// that nobody sees decides. The engine's own decisions, bands among them, are made as decimals.
pub(super) struct ExactComparison;

impl Lint for ExactComparison {
    fn code(&self) -> &'static str {
        "W113"
    }

    fn meaning(&self) -> Text {
        Text::new(
            "rumus membandingkan skor hasil hitungan dengan angka tanpa membulatkannya: selisih di digit terakhir, yang tidak tampak, dapat menentukan; bulatkan dengan `round(x, 6)`, atau dengan `round_to` pada bagiannya",
            "a formula compares a calculated score with a number without rounding it: a difference in the last digits, which nobody sees, may decide; round by `round(x, 6)`, or by `round_to` of the node",
        )
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let mut seen: Vec<Span> = Vec::new();
        for (node, formula) in rules.formulas() {
            if node.indicator().is_some() {
                // Raw values are no scores.
                continue;
            }
            comparisons(rules, formula, &mut |expr, sides, known| {
                let is_score = |at: usize| {
                    let own = known.get(at).copied().unwrap_or_default();
                    own.from_score && own.calculated
                };
                let [left, right] = known;
                let side = match (is_score(0), is_score(1)) {
                    (true, false) if !right.from_score => sides[0],
                    (false, true) if !left.from_score => sides[1],
                    _ => return,
                };
                if seen.contains(&expr.span) {
                    return;
                }
                seen.push(expr.span);
                findings.push(Diagnostic {
                    severity: Severity::Note,
                    ..Diagnostic::warning(
                        self.code(),
                        expr.span,
                        text!(
                            "skor hasil hitungan dibandingkan dengan angka tanpa dibulatkan",
                            "a calculated score is compared with a number without being rounded"
                        ),
                    )
                    .help(help(rules, side))
                });
            });
        }
    }
}

/// How to mend it: at the node that is read, where that can round, else where it is compared.
fn help(rules: &RuleSet, side: &Expr) -> Text {
    let node: Option<&Node> = match side.kind {
        ExprKind::Read(Place::Child(node)) => Some(rules.node(node)),
        _ => None,
    };
    let written = rules.sources.slice(side.span);
    match node {
        Some(node) if node.indicator().is_none() => {
            let id = &node.id;
            text!(
                "tulis `round_to = 6` pada `{id}`, atau bandingkan `round({id}, 6)`",
                "write `round_to = 6` for `{id}`, or compare `round({id}, 6)`"
            )
        }
        Some(node) => {
            let id = &node.id;
            text!("bandingkan `round({id}, 6)`", "compare `round({id}, 6)`")
        }
        None if written.chars().all(|c| c.is_alphanumeric() || c == '_') => {
            text!(
                "bandingkan `round({written}, 6)`",
                "compare `round({written}, 6)`"
            )
        }
        None => text!("bandingkan `round(…, 6)`", "compare `round(…, 6)`"),
    }
}
