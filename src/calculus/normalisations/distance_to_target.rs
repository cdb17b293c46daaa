//! The way covered towards a target.

use crate::base::language::text;
use crate::base::{IssueKind, Text, number};
use crate::calculus::{
    Curve, Normalisation, OptionDefault, OptionSpec, Options, Population, Position,
};

/// (x − worst) / (target − worst): 1 is the target reached (OECD/JRC Handbook, section 5.4, distance to a
/// reference). Without `worst` the way starts at the worst value of the reference population, and
/// `better` says which end that is; where even that has reached the target, every value that has is at the best.
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
                default: OptionDefault::Required,
                meaning: Text::new(
                    "nilai mentah yang menjadi sasaran",
                    "the raw value aimed at",
                ),
            },
            OptionSpec {
                name: "worst",
                default: OptionDefault::Absent,
                meaning: Text::new(
                    "nilai mentah tempat jalan dimulai",
                    "the raw value where the way starts",
                ),
            },
        ]
    }

    fn asks_direction(&self, options: &Options) -> bool {
        options.get("worst").is_none()
    }

    fn asks_population(&self, options: &Options) -> bool {
        options.get("worst").is_none()
    }

    fn scale_free(&self, _options: &Options) -> bool {
        false
    }

    fn check(&self, options: &Options) -> Result<(), (&'static str, Text)> {
        let target = options.required("target");
        if options
            .get("worst")
            .is_some_and(|worst| number::same(worst, target))
        {
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
        if let Some(worst) = options.get("worst") {
            return Ok(Curve::line(worst, target - worst));
        }
        let end = if high {
            population.minimum()
        } else {
            population.maximum()
        };
        let worst = end.ok_or(IssueKind::ConstantColumn)?;
        let raw = population.raw_values();
        let reached = move |x: f64| {
            if high {
                raw.reaches(x, target)
            } else {
                raw.reaches(target, x)
            }
        };
        if reached(worst) {
            // There is no way left to measure; a value that is not of the population would be its worst.
            return Ok(Curve::new(move |x| {
                Position::new(f64::from(u8::from(reached(x))), 1.0)
            }));
        }
        Ok(Curve::line(worst, target - worst))
    }
}
