//! How many conditions are met.

use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, OptionDefault, OptionSpec, Options, Part, WhenMissing};

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
        let bar = options.required("at_least");
        Ok(parts.iter().filter(|part| part.score >= bar).count() as f64)
    }
}
