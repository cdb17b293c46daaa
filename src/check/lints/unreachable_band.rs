//! W104: a band that begins beyond the scale.

use crate::base::language::text;
use crate::base::{Diagnostic, Text};
use crate::check::{Lint, RuleSet};

/// A band whose lower bound no value on the scale reaches stays empty for ever.
pub(super) struct UnreachableBand;

impl Lint for UnreachableBand {
    fn code(&self) -> &'static str {
        "W104"
    }

    fn meaning(&self) -> Text {
        Text::new(
            "kategori yang mulai di luar skala tidak dapat dicapai",
            "a band that begins beyond the scale cannot be reached",
        )
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let high = rules.scale.value.high;
        for band in &rules.bands {
            if let (false, Some(span)) = (band.holds(high), band.bound.origin) {
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
