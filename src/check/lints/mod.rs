//! The lints that come with the engine: one file and one line each.

mod exact_comparison;
mod hidden_number;
mod hidden_signs;
mod idle_weight;
mod leaking_parent;
mod leaking_population;
mod lowest_band;
mod no_reference;
mod review_due;
mod two_readings;
mod unreachable_band;
mod untranslated;
mod unused_child;
mod unused_parameter;
mod weights_sum;

use std::sync::Arc;

use super::lint::Lint;

/// The table.
pub fn all() -> Vec<Arc<dyn Lint>> {
    vec![
        Arc::new(unused_child::UnusedChild),
        Arc::new(unused_parameter::UnusedParameter),
        Arc::new(lowest_band::LowestBand),
        Arc::new(unreachable_band::UnreachableBand),
        Arc::new(idle_weight::IdleWeight),
        Arc::new(leaking_parent::LeakingParent),
        Arc::new(leaking_population::LeakingPopulation),
        Arc::new(weights_sum::WeightsSum),
        Arc::new(hidden_number::HiddenNumber),
        Arc::new(hidden_signs::HiddenSigns),
        Arc::new(exact_comparison::ExactComparison),
        Arc::new(two_readings::TwoReadings),
        Arc::new(review_due::ReviewDue),
        Arc::new(no_reference::NoReference),
        Arc::new(untranslated::Untranslated),
    ]
}
