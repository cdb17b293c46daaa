//! A normalisation.

use tanggap::base::number::exp;
use tanggap::base::{IssueKind, Text};
use tanggap::calculus::{
    Curve, Normalisation, OptionDefault, OptionSpec, Options, Population, Position,
};

/// 1 / (1 + exp(−slope · (x − middle))): soft limits at both ends. A negative slope says that less is better.
pub struct Logistic;

impl Normalisation for Logistic {
    fn name(&self) -> &'static str {
        "logistic"
    }

    fn title(&self) -> Text {
        Text::new("kurva logistik", "logistic curve")
    }

    fn options(&self) -> Vec<OptionSpec> {
        vec![
            OptionSpec {
                name: "middle",
                default: OptionDefault::Required,
                meaning: Text::new(
                    "nilai yang menjadi tengah skala",
                    "the value at the middle of the scale",
                ),
            },
            OptionSpec {
                name: "slope",
                default: OptionDefault::Value(1.0),
                meaning: Text::new("kecuramannya di tengah", "how steep it is in the middle"),
            },
        ]
    }

    fn curve(&self, options: &Options, _: bool, _: &Population) -> Result<Curve, IssueKind> {
        let (middle, slope) = (options.required("middle"), options.required("slope"));
        Ok(Curve::new(move |x| {
            Position::new(1.0, 1.0 + exp(-slope * (x - middle)))
        }))
    }
}
