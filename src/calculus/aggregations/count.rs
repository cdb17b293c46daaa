//! How many conditions are met.

use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, OptionDefault, OptionSpec, Options, Part, WhenMissing};

/// How many scores are at least a number, decided as decimals.
pub(crate) fn count_at_least(parts: &[Part], bar: f64) -> f64 {
    let met = |part: &&Part| part.tolerance.reaches(part.score, bar);
    parts.iter().filter(met).count() as f64
}

/// The number of children whose score is at least `at_least`; weights play no part. A condition is an indicator with a yes-or-no `value` such as `value = "kasus > 5"`, which scores 1 or 0.
pub(super) struct Count;

impl Aggregation for Count {
    fn name(&self) -> &'static str {
        "count"
    }

    fn title(&self) -> Text {
        Text::new("jumlah syarat terpenuhi", "count of conditions met")
    }

    fn options(&self) -> Vec<OptionSpec> {
        vec![OptionSpec {
            name: "at_least",
            default: OptionDefault::Value(1.0),
            meaning: Text::new(
                "skor mulai dari mana syarat terpenuhi",
                "the score from which a condition is met",
            ),
        }]
    }

    fn when_missing(&self) -> WhenMissing {
        WhenMissing::Refuse
    }

    fn weighs(&self) -> bool {
        false
    }

    fn combine(&self, parts: &[Part], options: &Options) -> Result<f64, IssueKind> {
        Ok(count_at_least(parts, options.required("at_least")))
    }
}
