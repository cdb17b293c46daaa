//! A201: a formula that gives less for more.

use super::{Advice, Subject, note};
use crate::base::language::text;
use crate::base::number::shuffle;
use crate::base::{Code, Diagnostic, NodeIndex};
use crate::check::formula::Formula;
use crate::check::rule_set::Node;
use crate::evaluate::{ChildScore, ParentScorer};

/// How many points of a child are looked at, and around how many points of the others.
const POINTS: usize = 41;
const AROUND: usize = 24;

/// A better score of a part should not make the whole worse. Points are looked at, not all there are: what is found is a
/// counter-example, and nothing is claimed where none is.
pub(super) struct NotMonotone;

impl Advice for NotMonotone {
    fn code(&self) -> Code {
        Code::A201
    }

    fn run(&self, subject: Subject<'_>, findings: &mut Vec<Diagnostic>) {
        let rules = subject.program.rules();
        for at in rules.indices() {
            let (Some(formula), Some(step)) = (rules.formula(at), subject.program.step(at)) else {
                continue;
            };
            let mut scorer = ParentScorer::new(rules, step);
            let mut value = |children: &[ChildScore]| scorer.score(children).ok();
            let node = rules.node(at);
            let ranges: Vec<(f64, f64)> = node
                .children
                .iter()
                .map(|child| {
                    let range = rules.node(*child).range.value;
                    (range.low, range.high)
                })
                .collect();
            for (place, child) in node.children.iter().enumerate() {
                if let Some(found) = falls(&ranges, place, &mut value) {
                    findings.push(self.say(subject, node, *child, formula, &found));
                }
            }
        }
    }
}

/// Where a score falls: the child from one score to a better one, and what that does.
struct Fall {
    from: f64,
    to: f64,
    before: f64,
    after: f64,
    others: Vec<f64>,
}

impl NotMonotone {
    fn say(
        &self,
        subject: Subject<'_>,
        node: &Node,
        child: NodeIndex,
        formula: &Formula,
        fall: &Fall,
    ) -> Diagnostic {
        let rules = subject.program.rules();
        let round = |value: f64| crate::base::Rounding::HalfUp.round(value, 4);
        let others: Vec<String> = node
            .children
            .iter()
            .zip(&fall.others)
            .filter(|(other, _)| **other != child)
            .take(6)
            .map(|(other, score)| format!("{} = {}", rules.node(*other).id, round(*score)))
            .collect();
        let others = others.join(", ");
        let (id, child) = (&node.id, &rules.node(child).id);
        let [from, to, before, after] = [fall.from, fall.to, fall.before, fall.after].map(round);
        note(
            self.code(),
            formula.span,
            text!(
                "`{id}` turun dari {before} ke {after} ketika `{child}` naik dari {from} ke {to}",
                "`{id}` falls from {before} to {after} when `{child}` rises from {from} to {to}"
            ),
        )
        .help(text!("dengan {others}", "with {others}"))
    }
}

/// Looks for a fall, the child at a place rising and the others where they are.
fn falls(
    ranges: &[(f64, f64)],
    place: usize,
    value: &mut dyn FnMut(&[ChildScore]) -> Option<f64>,
) -> Option<Fall> {
    let spread = |(low, high): (f64, f64), part: f64| low + part * (high - low);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut parts: Vec<f64> = (0..AROUND)
        .map(|at| at as f64 / (AROUND - 1) as f64)
        .collect();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for _ in ranges {
        shuffle(&mut parts, &mut seed);
        columns.push(parts.clone());
    }
    for around in 0..AROUND {
        let mut others: Vec<f64> = ranges
            .iter()
            .zip(&columns)
            .map(|(range, parts)| spread(*range, parts.get(around).copied().unwrap_or(0.5)))
            .collect();
        let own = *ranges.get(place)?;
        let mut last: Option<(f64, f64)> = None;
        for point in 0..POINTS {
            let score = spread(own, point as f64 / (POINTS - 1) as f64);
            if let Some(slot) = others.get_mut(place) {
                *slot = score;
            }
            let children: Vec<ChildScore> = others
                .iter()
                .map(|score| ChildScore::new(Some(*score), Some(*score), None))
                .collect();
            let now = value(&children);
            if let (Some((from, before)), Some(after)) = (last, now)
                && before - after > 1e-9 * (1.0 + before.abs())
            {
                return Some(Fall {
                    from,
                    to: score,
                    before,
                    after,
                    others,
                });
            }
            last = now.map(|now| (score, now));
        }
    }
    None
}
