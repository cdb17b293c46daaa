//! A101: goalposts that the data exceeds by much.

use super::{Advice, Subject, indicators, note};
use crate::base::language::text;
use crate::base::{Code, Diagnostic};

/// So much of the way between the goalposts a value must be beyond them, and so large a part of the regions.
const BEYOND: f64 = 0.1;
const PART: f64 = 0.05;

/// Beyond a goalpost all regions score the same, however different they are.
pub(super) struct Exceeded;

impl Advice for Exceeded {
    fn code(&self) -> Code {
        Code::A101
    }

    fn run(&self, subject: Subject<'_>, findings: &mut Vec<Diagnostic>) {
        let Some(scores) = subject.scores else { return };
        let rules = subject.program.rules();
        for at in indicators(rules) {
            let node = rules.node(at);
            let Some(indicator) = node.indicator().filter(|own| !own.asks_population()) else {
                continue;
            };
            let Ok(curve) = indicator.curve(&Default::default()) else {
                continue;
            };
            let Some((from, whole)) = curve.as_line() else {
                continue;
            };
            let raw = (0..scores.len()).filter_map(|region| scores.raw_value(at, region));
            let parts: Vec<f64> = raw.map(|raw| (raw - from) / whole).collect();
            let count =
                |beyond: &dyn Fn(f64) -> bool| parts.iter().filter(|part| beyond(**part)).count();
            let (below, above) = (
                count(&|part| part < -BEYOND),
                count(&|part| part > 1.0 + BEYOND),
            );
            let (id, all) = (&node.id, parts.len());
            for (beyond, key) in [(below, "worst"), (above, "best")] {
                if beyond == 0 || (beyond as f64) < PART * all as f64 {
                    continue;
                }
                let span = indicator.options.iter().find(|(name, _)| *name == key);
                let span = span.and_then(|(_, value)| value.origin);
                findings.push(note(
                    self.code(),
                    span.unwrap_or(node.span),
                    text!(
                        "{beyond} dari {all} wilayah jauh melampaui `{key}` indikator `{id}`",
                        "{beyond} of {all} regions are far beyond the `{key}` of `{id}`"
                    ),
                ));
            }
        }
    }
}
