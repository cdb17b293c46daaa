//! Proofs that a small edit changes no score of any region.

use super::edits::{Edit, FormulaEdit, Mutant};
use crate::base::language::text;
use crate::base::number::same;
use crate::base::{Span, Text};
use crate::check::RuleSet;
use crate::check::formula::{BinaryOp, Expr, ExprKind, Formula, Item, Type};
use crate::check::rule_set::{Band, BandValue, Combine, Node};
use crate::compile::interpreter::{Point, PointKind};
use crate::testing::ranges::{Reach, reach};

/// Why no region can tell the edit from the rules; nothing where that is not proved.
pub(super) fn proof(rules: &RuleSet, mutant: &Mutant) -> Option<Text> {
    match &mutant.edit {
        Edit::Weight(id, _) => weight(rules, id),
        Edit::Bound(id, units) => bound(rules, id, *units),
        Edit::Inclusive(id) => inclusive(rules, id),
        Edit::Parameter(id, _) => {
            let at = rules.parameters.iter().position(|own| own.id == *id)?;
            let read = rules
                .formulas()
                .any(|(_, formula)| formula.parameters.contains(&at));
            (!read).then(|| text!("parameter ini tidak dibaca", "nobody reads this parameter"))
        }
        Edit::Formula(span, edit) => formula(rules, mutant, *span, *edit),
        _ => None,
    }
}

/// An edit where no region gets, between two sides that are never equal, or in a comparison that comes out the same way
/// for every region before and after.
fn formula(rules: &RuleSet, mutant: &Mutant, span: Span, edit: FormulaEdit) -> Option<Text> {
    // Own functions stand in several formulas: all of them must say so.
    let inside: Vec<&Formula> = rules
        .formulas()
        .map(|(_, formula)| formula)
        .filter(|formula| {
            let mut found = false;
            formula.walk(&mut |expr| found |= expr.span == span || expr.begins() == span);
            found
        })
        .collect();
    let known: Vec<Reach> = inside
        .iter()
        .map(|formula| reach(rules, formula))
        .collect::<Option<_>>()?;
    if inside.is_empty() {
        return None;
    }
    if !known.iter().any(|reach| reach.evaluated.contains(&span)) {
        return Some(text!(
            "tidak ada wilayah yang sampai di sini",
            "no region gets here"
        ));
    }
    let ordered = matches!(
        edit,
        FormulaEdit::Operator(
            BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual
        )
    );
    if ordered
        && !known
            .iter()
            .any(|reach| reach.perhaps_equal.contains(&span))
    {
        return Some(text!(
            "kedua sisinya tidak pernah sama",
            "the two sides are never equal"
        ));
    }
    if !ordered && !matches!(edit, FormulaEdit::Number(_)) {
        return None;
    }
    let edited = mutant.edit.made(rules)?;
    let decided = inside.iter().zip(&known).all(|(formula, before)| {
        let mut all = edited.formulas().map(|(_, formula)| formula);
        let after = all.find(|own| own.span == formula.span);
        let after = after.and_then(|own| reach(&edited, own));
        let condition = compared(formula, span);
        condition.zip(after).is_some_and(|(condition, after)| {
            let ways = |reach: &Reach| {
                [PointKind::Then, PointKind::Else].map(|kind| {
                    reach.points.contains(&Point {
                        span: condition,
                        kind,
                    })
                })
            };
            let [yes, no] = ways(before);
            ways(&after) == [yes, no] && yes != no
        })
    });
    decided.then(|| {
        text!(
            "perbandingan ini sama hasilnya bagi setiap wilayah, sebelum dan sesudah",
            "this comparison comes out the same for every region, before and after"
        )
    })
}

/// Where the condition begins that is nothing but a comparison with this operator, or with this number.
fn compared(formula: &Formula, span: Span) -> Option<Span> {
    let mut found = None;
    formula.walk(&mut |expr| {
        if let ExprKind::If(condition, ..) = &expr.kind
            && let ExprKind::Binary(op, x, y) = &condition.kind
            && !op.is_arithmetic()
        {
            let number =
                |side: &Expr| matches!(side.kind, ExprKind::Number(_)) && side.span == span;
            if condition.span == span || number(x) || number(y) {
                found = Some(condition.begins());
            }
        }
    });
    found
}

fn parent_of<'r>(rules: &'r RuleSet, id: &str) -> Option<(&'r Node, &'r Node)> {
    let node = rules.node(rules.find(id)?);
    Some((node, rules.node(node.parent?)))
}

/// A weight that nobody reads, or that has none beside it.
fn weight(rules: &RuleSet, id: &str) -> Option<Text> {
    let (_, parent) = parent_of(rules, id)?;
    let own = parent.parent_rules()?;
    let shares = own.available_at_least.is_some();
    let (weighs, linear) = match &own.combine {
        Combine::Aggregation { method, .. } => (method.weighs(), true),
        Combine::Formula(formula) => (reads_weights(formula), false),
    };
    if !weighs && !shares {
        return Some(text!(
            "induknya tidak memakai bobot",
            "its parent reads no weights"
        ));
    }
    let others = parent.children.iter().map(|child| rules.node(*child));
    let mut others = others.filter(|child| child.id != id);
    // A mean of one is that one, up to the rounding of doubles, which is far below what is published.
    let alone = others.all(|child| same(child.weight.value, 0.0));
    let mean = linear || rules.is_weighted_mean(rules.find(&parent.id)?);
    (alone && mean).then(|| {
        text!(
            "tidak ada bobot lain di sampingnya: rata-ratanya tetap",
            "no other weight stands beside it: the mean stays"
        )
    })
}

/// Whether a formula may read the weights of children.
fn reads_weights(formula: &Formula) -> bool {
    let mut reads = false;
    formula.walk(&mut |expr: &Expr| {
        reads |= match &expr.kind {
            ExprKind::Item(Item::Weight, _) => true,
            // A function that is given children may weigh them.
            ExprKind::Call(_, arguments) => {
                arguments
                    .iter()
                    .any(|x| matches!(x.kind, ExprKind::Children(_) | ExprKind::Only(..)))
                    || arguments.iter().any(|x| matches!(x.ty, Type::Children(_)))
            }
            _ => false,
        };
    });
    reads
}

/// A bound of the lowest band that no score lies below, before and after.
fn bound(rules: &RuleSet, id: &str, units: f64) -> Option<Text> {
    let band = rules.bands.iter().find(|own| own.id == *id)?;
    let unit = crate::base::number::pow(10.0, -f64::from(rules.decimals.value));
    let range = rules.root().range.value;
    let mut moved = band.clone();
    moved.bound.value += units * unit;
    let below = |band: &Band| band.holds(range.low, range.tolerance());
    (below(band) && below(&moved)).then(|| {
        text!(
            "tidak ada skor di bawah batas ini",
            "no score lies below this bound"
        )
    })
}

/// Whether the bound itself belongs to the band, where no score can lie on it.
fn inclusive(rules: &RuleSet, id: &str) -> Option<Text> {
    let band = rules.bands.iter().find(|own| own.id == *id)?;
    let range = rules.root().range.value;
    let bound = band.bound.value;
    let tolerance = range.tolerance();
    let beside = !tolerance.reaches(bound, range.low) || tolerance.exceeds(bound, range.high);
    // Bands are read off the published value, and this one has more decimals.
    let published =
        rules.band_value.value == BandValue::Published && !same(rules.published(bound), bound);
    (beside || published).then(|| {
        text!(
            "tidak ada skor tepat pada batas ini",
            "no score lies on this very bound"
        )
    })
}
