//! W103: index values below the lowest band.

use crate::base::language::text;
use crate::base::{Code, Diagnostic};
use crate::check::{Lint, RuleSet};

/// Where the lowest band begins above the lower end of the scale, some regions get no band.
pub(super) struct LowestBand;

impl Lint for LowestBand {
    fn code(&self) -> Code {
        Code::W103
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let low = rules.scale.value.low;
        let (Some(first), Some(span)) = (
            rules.bands.first(),
            rules.bands.first().and_then(|band| band.bound.origin),
        ) else {
            return;
        };
        if !first.holds(low, rules.scale.value.tolerance()) {
            let bound = first.bound.value;
            findings.push(
                Diagnostic::warning(
                    self.code(),
                    span,
                    text!(
                        "nilai di bawah {bound} tidak masuk kategori mana pun",
                        "values below {bound} fall into no band"
                    ),
                )
                .help(text!(
                    "mulai kategori terendah dengan `from = {low}`",
                    "begin the lowest band by `from = {low}`"
                )),
            );
        }
    }
}
