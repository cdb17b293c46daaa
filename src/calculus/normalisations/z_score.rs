//! Standardisation.

use crate::base::language::text;
use crate::base::{IssueKind, Text};
use crate::calculus::{
    Curve, Normalisation, OptionDefault, OptionSpec, Options, Population, Position,
};

/// z = (x − mean) / s with the sample standard deviation s (OECD/JRC Handbook, section 5.2), laid on the scale so
/// that −`spread` is its lower and +`spread` its upper end. The plain z comes out of `range = [-1, 1]`,
/// `spread = 1`, `clamp = false`.
pub(super) struct ZScore;

impl Normalisation for ZScore {
    fn name(&self) -> &'static str {
        "z-score"
    }

    fn title(&self) -> Text {
        Text::new("skor z", "z-score")
    }

    fn options(&self) -> Vec<OptionSpec> {
        vec![OptionSpec {
            name: "spread",
            default: OptionDefault::Value(3.0),
            meaning: Text::new(
                "berapa simpangan baku dari tengah ke ujung skala",
                "how many standard deviations from the middle to the end of the scale",
            ),
        }]
    }

    fn asks_direction(&self, _options: &Options) -> bool {
        true
    }

    fn asks_population(&self, _options: &Options) -> bool {
        true
    }

    fn check(&self, options: &Options) -> Result<(), (&'static str, Text)> {
        if options.required("spread") <= 0.0 {
            return Err((
                "spread",
                text!("`spread` harus lebih dari 0", "`spread` must be above 0"),
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
        population.spread()?;
        let (Some(mean), Some(deviation)) = (population.mean(), population.standard_deviation())
        else {
            return Err(IssueKind::ConstantColumn);
        };
        let spread = options.required("spread");
        Ok(Curve::new(move |x| {
            let half = spread * deviation;
            Position::new(half + (x - mean), 2.0 * half).directed(high)
        }))
    }
}
