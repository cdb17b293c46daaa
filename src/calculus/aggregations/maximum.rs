//! The largest score.

use crate::base::number::greater;
use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, Form, Options, Part};

/// The greatest of the available children.
pub(super) struct Maximum;

impl Aggregation for Maximum {
    fn name(&self) -> &'static str {
        "maximum"
    }

    fn title(&self) -> Text {
        Text::new("nilai terbesar", "maximum")
    }

    fn weighs(&self) -> bool {
        false
    }

    fn form(&self) -> Option<Form> {
        Some(Form::Greatest)
    }

    fn combine(&self, parts: &[Part], _options: &Options) -> Result<f64, IssueKind> {
        Ok(parts
            .iter()
            .map(|part| part.score)
            .reduce(greater)
            .unwrap_or(f64::NAN))
    }
}
