//! Proofs that a small edit changes no score of any region.

use super::edits::{Edit, FormulaEdit, Mutant};
use crate::base::Text;
use crate::base::language::text;
use crate::base::number::same;
use crate::check::RuleSet;
use crate::check::formula::{BinaryOp, Expr, ExprKind, Formula, Item, Type};
use crate::check::rule_set::{BandValue, Combine, Node, Source};
use crate::testing::ranges::{Reach, reach};

/// Why no region can tell the edit from the rules; nothing where that is not proved.
pub(super) fn proof(rules: &RuleSet, mutant: &Mutant) -> Option<Text> {
    match &mutant.edit {
        Edit::Weight(id, _) => weight(rules, id),
        Edit::Bound(id, units) => bound(rules, id, *units),
        Edit::Inclusive(id) => inclusive(rules, id),
        Edit::Parameter(id, _) => {
            let at = rules.parameters.iter().position(|own| own.id == *id)?;
            let read = formulas(rules).any(|formula| formula.parameters.contains(&at));
            (!read).then(|| text!("parameter ini tidak dibaca", "nobody reads this parameter"))
        }
        Edit::Formula(span, edit) => {
            let mut known = formulas(rules).filter_map(|formula| reach(rules, formula));
            let mut inside = formulas(rules).filter(|formula| {
                let mut found = false;
                formula.walk(&mut |expr| found |= expr.span == *span || expr.begins() == *span);
                found
            });
            // Own functions stand in several formulas: all of them must say so.
            let all = inside.clone().count();
            if all == 0 || formulas(rules).count() != known.clone().count() {
                return None;
            }
            let reaches = |reach: &Reach| reach.evaluated.contains(span);
            if !known.any(|reach| reaches(&reach)) {
                return Some(text!(
                    "tidak ada wilayah yang sampai di sini",
                    "no region gets here"
                ));
            }
            let strict = matches!(
                edit,
                FormulaEdit::Operator(
                    BinaryOp::Less
                        | BinaryOp::LessOrEqual
                        | BinaryOp::Greater
                        | BinaryOp::GreaterOrEqual
                )
            );
            let equal = inside.any(|formula| {
                reach(rules, formula).is_none_or(|reach| reach.perhaps_equal.contains(span))
            });
            (strict && !equal).then(|| {
                text!(
                    "kedua sisinya tidak pernah sama",
                    "the two sides are never equal"
                )
            })
        }
        _ => None,
    }
}

fn formulas(rules: &RuleSet) -> impl Iterator<Item = &Formula> + Clone {
    rules
        .nodes
        .iter()
        .filter_map(|node| match (&node.indicator(), node.parent_rules()) {
            (Some(indicator), _) => match &indicator.source {
                Source::Expression(formula) => Some(&**formula),
                Source::Column(_) => None,
            },
            (None, Some(parent)) => match &parent.combine {
                Combine::Formula(formula) => Some(&**formula),
                Combine::Aggregation { .. } => None,
            },
            _ => None,
        })
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
    let below = |bound: f64| {
        if band.inclusive {
            bound <= range.low
        } else {
            bound < range.low
        }
    };
    let (old, new) = (band.bound.value, band.bound.value + units * unit);
    (below(old) && below(new)).then(|| {
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
    let beside = bound < range.low || bound > range.high;
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
