//! A function of formulas.

use tanggap::base::number::ln_one_plus;
use tanggap::base::{IssueKind, Text};
use tanggap::calculus::{Arguments, Function, Signature};

/// `diminishing(x, limit)`: x up to a limit; beyond it every further point counts less, limit + ln(1 + x − limit).
pub struct Diminishing;

impl Function for Diminishing {
    fn name(&self) -> &'static str {
        "diminishing"
    }

    fn signature(&self) -> Signature {
        Signature::Numbers { least: 2, most: 2 }
    }

    fn meaning(&self) -> Text {
        Text::new(
            "x sampai batasnya; selebihnya makin kecil artinya",
            "x up to a limit; beyond it every further point counts less",
        )
    }

    fn call(&self, arguments: Arguments<'_>) -> Result<f64, IssueKind> {
        let (x, limit) = (arguments.number(0), arguments.number(1));
        Ok(if x > limit {
            limit + ln_one_plus(x - limit)
        } else {
            x
        })
    }
}
