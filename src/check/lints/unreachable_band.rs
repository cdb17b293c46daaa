//! W104: a band that begins beyond the scale.

use crate::base::language::text;
use crate::base::{Code, Diagnostic};
use crate::check::{Lint, RuleSet};

/// A band whose lower bound no value on the scale reaches stays empty for ever.
pub(super) struct UnreachableBand;

impl Lint for UnreachableBand {
    fn code(&self) -> Code {
        Code::W104
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let high = rules.scale.value.high;
        let low = rules.scale.value.low;
        let tolerance = rules.scale.value.tolerance();
        for pair in rules.bands.windows(2) {
            let [band, next] = pair else { continue };
            if let (true, Some(span)) = (next.holds(low, tolerance), band.bound.origin) {
                let (id, next) = (&band.id, &next.id);
                findings.push(Diagnostic::warning(
                    self.code(),
                    span,
                    text!(
                        "kategori `{id}` tidak dapat dicapai: nilai terendah skala, {low}, sudah termasuk `{next}`",
                        "the band `{id}` cannot be reached: the lower end of the scale, {low}, belongs to `{next}` already"
                    ),
                ));
            }
        }
        for band in &rules.bands {
            if let (false, Some(span)) = (band.holds(high, tolerance), band.bound.origin) {
                let id = &band.id;
                findings.push(Diagnostic::warning(
                    self.code(),
                    span,
                    text!(
                        "kategori `{id}` mulai di luar skala, yang berakhir di {high}",
                        "the band `{id}` begins beyond the scale, which ends at {high}"
                    ),
                ));
            }
        }
    }
}
