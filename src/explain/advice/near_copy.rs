//! A104: an indicator that is nearly a copy of another.

use super::{Advice, Subject, correlation, indicators, note};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, NodeIndex};

/// So many regions it takes to say something.
const FEWEST: usize = 10;
/// From here on, two indicators say the same.
const ALIKE: f64 = 0.98;
/// Beyond so many indicators, pairs are not compared.
const MOST: usize = 400;

/// Two indicators that say the same count it twice (OECD/JRC, *Handbook on Constructing Composite Indicators*, 2008, step
/// 6: weighting).
pub(super) struct NearCopy;

impl Advice for NearCopy {
    fn code(&self) -> Code {
        Code::A104
    }

    fn run(&self, subject: Subject<'_>, findings: &mut Vec<Diagnostic>) {
        let Some(scores) = subject.scores else { return };
        let rules = subject.program.rules();
        let all: Vec<NodeIndex> = indicators(rules).take(MOST).collect();
        for (place, one) in all.iter().enumerate() {
            for other in all.iter().skip(place + 1) {
                let pairs = (0..scores.len()).filter_map(|region| {
                    Some((
                        scores.raw_value(*one, region)?,
                        scores.raw_value(*other, region)?,
                    ))
                });
                let Some((value, count)) = correlation(pairs) else {
                    continue;
                };
                if count < FEWEST || value.abs() < ALIKE {
                    continue;
                }
                let (one, other) = (rules.node(*one), rules.node(*other));
                let value = crate::base::Rounding::HalfUp.round(value, 3);
                let (a, b) = (&one.id, &other.id);
                findings.push(
                    note(
                        self.code(),
                        other.span,
                        text!(
                            "`{b}` nyaris sama dengan `{a}` (korelasi {value}, {count} wilayah)",
                            "`{b}` is nearly the same as `{a}` (correlation {value}, {count} regions)"
                        ),
                    )
                    .also(one.span, text!("indikator itu", "that indicator")),
                );
            }
        }
    }
}
