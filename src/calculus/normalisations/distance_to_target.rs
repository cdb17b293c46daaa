//! The way covered towards a target.

use crate::base::language::text;
use crate::base::{IssueKind, Text, number};
use crate::calculus::{Curve, Normalisation, OptionSpec, Options, Population, Position};

/// (x − worst) / (target − worst): 1 is the target reached (OECD/JRC Handbook, section 5.4, distance to a
/// reference). Without `worst` the way starts at the worst value of the reference population, and
/// `better` says which end that is.
pub(super) struct DistanceToTarget;

impl Normalisation for DistanceToTarget {
    fn name(&self) -> &'static str {
        "distance-to-target"
    }

    fn title(&self) -> Text {
        Text::new("jarak ke sasaran", "distance to a target")
    }

    fn options(&self) -> Vec<OptionSpec> {
        vec![
            OptionSpec {
                name: "target",
                default: None,
                meaning: Text::new(
                    "nilai mentah yang menjadi sasaran",
                    "the raw value aimed at",
                ),
            },
            OptionSpec {
                name: "worst",
                // NaN stands for "from the population".
                default: Some(f64::NAN),
                meaning: Text::new(
                    "nilai mentah tempat jalan dimulai",
                    "the raw value where the way starts",
                ),
            },
        ]
    }

    fn asks_direction(&self, options: &Options) -> bool {
        options.required("worst").is_nan()
    }

    fn asks_population(&self, options: &Options) -> bool {
        options.required("worst").is_nan()
    }

    fn check(&self, options: &Options) -> Result<(), (&'static str, Text)> {
        if number::same(options.required("worst"), options.required("target")) {
            return Err((
                "target",
                text!(
                    "`worst` dan `target` sama",
                    "`worst` and `target` are equal"
                ),
            ));
        }
        Ok(())
    }

    fn curve(
        &self,
        options: &Options,
        high: bool,
        population: &Population,
    ) -> Result<Curve, IssueKind> {
        let target = options.required("target");
        let written = options.required("worst");
        let worst = if written.is_nan() {
            let end = if high {
                population.minimum()
            } else {
                population.maximum()
            };
            end.ok_or(IssueKind::ConstantColumn)?
        } else {
            written
        };
        // A population that is already past its target leaves no way to measure.
        let past = written.is_nan()
            && if high {
                worst >= target
            } else {
                worst <= target
            };
        if past {
            return Err(IssueKind::ConstantColumn);
        }
        Ok(Box::new(move |x| Position::new(x - worst, target - worst)))
    }
}
