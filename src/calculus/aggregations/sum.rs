//! The plain sum.

use crate::base::{IssueKind, Text};
use crate::calculus::{Aggregation, Form, Options, Part, WhenMissing};

/// Σx; weights play no part. Over a missing child it is not formed unless the node says `rescale`.
pub(super) struct Sum;

impl Aggregation for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn title(&self) -> Text {
        Text::new("jumlah", "sum")
    }

    fn when_missing(&self) -> WhenMissing {
        WhenMissing::Refuse
    }

    fn weighs(&self) -> bool {
        false
    }

    fn form(&self) -> Option<Form> {
        Some(Form::Total)
    }

    fn combine(&self, parts: &[Part], _options: &Options) -> Result<f64, IssueKind> {
        Ok(parts.iter().map(|part| part.score).sum())
    }
}
