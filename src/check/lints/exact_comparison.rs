//! W113: a formula in which the last digits of a calculated number decide: a comparison, a remainder.

use crate::base::language::text;
use crate::base::{Code, Diagnostic, Severity, Span, Text};
use crate::check::formula::reading::{Known, comparisons};
use crate::check::formula::{BinaryOp, Expr, ExprKind, Place};
use crate::check::rule_set::Node;
use crate::check::{Lint, RuleSet};

/// A distance up to this is one that counts as none.
const TINY: f64 = 1e-3;

/// Comparisons in formulas are those of doubles, and a score that should be 40 may be 40.000000000000007: the difference
/// that nobody sees decides. The engine's own decisions, bands among them, are made as decimals.
pub(super) struct ExactComparison;

impl Lint for ExactComparison {
    fn code(&self) -> Code {
        Code::W113
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let mut seen: Vec<Span> = Vec::new();
        for (_, formula) in rules.formulas() {
            comparisons(rules, formula, &mut |expr, sides, known| {
                let [left, right] = known;
                let remainder = matches!(expr.kind, ExprKind::Binary(BinaryOp::Remainder, ..));
                let side = match (left.calculated, right.calculated) {
                    (true, _) => sides[0],
                    (false, true) if !remainder => sides[1],
                    _ => return,
                };
                if allows_a_distance(sides, known) || seen.contains(&expr.span) {
                    return;
                }
                seen.push(expr.span);
                findings.push(Diagnostic {
                    severity: Severity::Note,
                    ..Diagnostic::warning(self.code(), expr.span, said(remainder, known))
                        .help(help(rules, side))
                });
            });
        }
    }
}

fn said(remainder: bool, [left, right]: [Known; 2]) -> Text {
    let score = left.from_score || right.from_score;
    match (remainder, left.calculated && right.calculated) {
        (true, _) => text!(
            "sisa bagi dari angka hasil hitungan yang tidak dibulatkan",
            "the remainder of a calculated number that is not rounded"
        ),
        (false, true) => text!(
            "dua angka hasil hitungan dibandingkan tanpa dibulatkan",
            "two calculated numbers are compared without being rounded"
        ),
        (false, false) if score => text!(
            "skor hasil hitungan dibandingkan dengan angka tanpa dibulatkan",
            "a calculated score is compared with a number without being rounded"
        ),
        (false, false) => text!(
            "nilai hasil hitungan dibandingkan dengan angka tanpa dibulatkan",
            "a calculated value is compared with a number without being rounded"
        ),
    }
}

/// `abs(x - 50) < 0.000001`: a distance that counts as none is written already.
fn allows_a_distance(sides: [&Expr; 2], known: [Known; 2]) -> bool {
    let is_distance = |side: &Expr| matches!(&side.kind, ExprKind::Call(name, _) if name == "abs");
    let is_tiny = |own: Known| own.range.is_some_and(|range| range.high <= TINY);
    (0..2).any(|at| {
        let (side, other) = (sides.get(at), known.get(1 - at));
        side.is_some_and(|side| is_distance(side)) && other.is_some_and(|own| is_tiny(*own))
    })
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
                "tulis `round_to = 6` pada `{id}`, atau `round({id}, 6)` di sini",
                "write `round_to = 6` for `{id}`, or `round({id}, 6)` here"
            )
        }
        Some(node) => {
            let id = &node.id;
            text!(
                "tulis `round({id}, 6)` di sini",
                "write `round({id}, 6)` here"
            )
        }
        None if matches!(side.kind, ExprKind::Local(_)) => {
            text!(
                "tulis `round({written}, 6)` di sini",
                "write `round({written}, 6)` here"
            )
        }
        None => text!("tulis `round(…, 6)` di sini", "write `round(…, 6)` here"),
    }
}
