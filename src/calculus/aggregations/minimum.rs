//! The smallest score.

use crate::base::number::lesser;
use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, Form, Options, Part};

/// The least of the available children: the weakest link decides.
pub(super) struct Minimum;

impl Aggregation for Minimum {
    fn name(&self) -> &'static str {
        "minimum"
    }

    fn title(&self) -> Text {
        Text::new("nilai terkecil", "minimum")
    }

    fn weighs(&self) -> bool {
        false
    }

    fn form(&self) -> Option<Form> {
        Some(Form::Least)
    }

    fn combine(&self, parts: &[Part], _options: &Options) -> Result<f64, IssueKind> {
        Ok(parts
            .iter()
            .map(|part| part.score)
            .reduce(lesser)
            .unwrap_or(f64::NAN))
    }
}
