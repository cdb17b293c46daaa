//! Goalposts on a logarithmic scale.

use super::goalposts::{differ, goalpost_options};
use crate::base::language::text;
use crate::base::number::ln;
use crate::base::{IssueKind, Text};
use crate::calculus::{Curve, Normalisation, OptionSpec, Options, Population, Position};

/// (ln x − ln worst) / (ln best − ln worst): expenditure in the IPM of BPS, income in the HDI of UNDP. A raw
/// value that is not positive has no logarithm and is an issue.
pub(super) struct Log;

impl Normalisation for Log {
    fn name(&self) -> &'static str {
        "log"
    }

    fn title(&self) -> Text {
        Text::new(
            "batas pada skala logaritma",
            "goalposts on a logarithmic scale",
        )
    }

    fn options(&self) -> Vec<OptionSpec> {
        goalpost_options()
    }

    fn check(&self, options: &Options) -> Result<(), (&'static str, Text)> {
        for name in ["worst", "best"] {
            if options.required(name) <= 0.0 {
                return Err((
                    name,
                    text!("`{name}` harus lebih dari 0", "`{name}` must be above 0"),
                ));
            }
        }
        differ(options)
    }

    fn curve(
        &self,
        options: &Options,
        _high: bool,
        _population: &Population,
    ) -> Result<Curve, IssueKind> {
        let (worst, best) = (ln(options.required("worst")), ln(options.required("best")));
        Ok(Curve::new(move |x| {
            Position::new(ln(x) - worst, best - worst)
        }))
    }
}
