//! Fixed goalposts: the default.

use crate::base::language::text;
use crate::base::{IssueKind, Text, number};
use crate::calculus::{Curve, Normalisation, OptionDefault, OptionSpec, Options, Population};

/// (x − worst) / (best − worst), as in the Human Development Index (UNDP technical notes) and the OECD/JRC
/// Handbook, section 5. `worst` above `best` makes an indicator where less is better.
pub(super) struct Goalposts;

/// The two goalposts, as options.
pub(super) fn goalpost_options() -> Vec<OptionSpec> {
    let spec = |name, meaning| OptionSpec {
        name,
        default: OptionDefault::Required,
        meaning,
    };
    vec![
        spec(
            "worst",
            Text::new("nilai mentah yang terburuk", "the worst raw value"),
        ),
        spec(
            "best",
            Text::new("nilai mentah yang terbaik", "the best raw value"),
        ),
    ]
}

/// Goalposts must differ.
pub(super) fn differ(options: &Options) -> Result<(), (&'static str, Text)> {
    if number::same(options.required("worst"), options.required("best")) {
        return Err((
            "best",
            text!("`worst` dan `best` sama", "`worst` and `best` are equal"),
        ));
    }
    Ok(())
}

impl Normalisation for Goalposts {
    fn name(&self) -> &'static str {
        "goalposts"
    }

    fn title(&self) -> Text {
        Text::new("batas terburuk–terbaik", "goalposts")
    }

    fn options(&self) -> Vec<OptionSpec> {
        goalpost_options()
    }

    fn check(&self, options: &Options) -> Result<(), (&'static str, Text)> {
        differ(options)
    }

    fn curve(
        &self,
        options: &Options,
        _high: bool,
        _population: &Population,
    ) -> Result<Curve, IssueKind> {
        let (worst, best) = (options.required("worst"), options.required("best"));
        Ok(Curve::line(worst, best - worst))
    }
}
