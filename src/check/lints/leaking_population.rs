//! W107: a population that tells of internal regions.

use crate::base::language::text;
use crate::base::{Code, Diagnostic};
use crate::check::rule_set::PopulationSource;
use crate::check::{Lint, RuleSet};

/// Where regions below a band are internal and an indicator is judged against the others, what is shown of these may
/// tell of those: the ends of min–max, a mean that fills a gap. A frozen population does not.
pub(super) struct LeakingPopulation;

impl Lint for LeakingPopulation {
    fn code(&self) -> Code {
        Code::W107
    }

    fn run(&self, rules: &RuleSet, findings: &mut Vec<Diagnostic>) {
        let Some(below) = rules.internal_below.and_then(|below| below.origin) else {
            return;
        };
        if matches!(rules.population, PopulationSource::Frozen(_)) {
            return;
        }
        let asks = rules.nodes.iter();
        let mut asks =
            asks.filter(|node| node.indicator().is_some_and(|own| own.asks_population()));
        if let Some(first) = asks.next() {
            let id = &first.id;
            findings.push(
                Diagnostic::warning(
                    self.code(),
                    below,
                    text!(
                        "wilayah internal ikut menentukan populasi `{id}`, sehingga angkanya mungkin dapat dihitung",
                        "internal regions are part of the population of `{id}`, so that their figures may be worked out"
                    ),
                )
                .also(first.span, text!("indikatornya", "the indicator"))
                .help(text!(
                    "bekukan statistik acuannya dengan `tanggap freeze`",
                    "freeze its reference statistics by `tanggap freeze`"
                )),
            );
        }
    }
}
