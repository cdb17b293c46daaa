//! A103: an indicator that is the same everywhere.

use super::{Advice, Subject, indicators, note};
use crate::base::language::text;
use crate::base::number::same;
use crate::base::{Code, Diagnostic};

/// So many regions it takes to say something.
const FEWEST: usize = 5;

/// What is the same everywhere tells no region from another.
pub(super) struct Constant;

impl Advice for Constant {
    fn code(&self) -> Code {
        Code::A103
    }

    fn run(&self, subject: Subject<'_>, findings: &mut Vec<Diagnostic>) {
        let Some(scores) = subject.scores else { return };
        let rules = subject.program.rules();
        for at in indicators(rules) {
            let raw: Vec<f64> = (0..scores.len())
                .filter_map(|region| scores.raw_value(at, region))
                .collect();
            let Some(first) = raw.first().filter(|_| raw.len() >= FEWEST) else {
                continue;
            };
            if raw.iter().all(|value| same(*value, *first)) {
                let node = rules.node(at);
                let (id, count) = (&node.id, raw.len());
                findings.push(note(
                    self.code(),
                    node.span,
                    text!(
                        "`{id}` bernilai {first} di semua {count} wilayah",
                        "`{id}` is {first} in all {count} regions"
                    ),
                ));
            }
        }
    }
}
