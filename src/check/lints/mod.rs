//! The lints that come with the engine: one file and one line each.

mod idle_weight;
mod lowest_band;
mod telling_parent;
mod telling_population;
mod unreachable_band;
mod unused_child;
mod unused_parameter;

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
        Arc::new(telling_parent::TellingParent),
        Arc::new(telling_population::TellingPopulation),
    ]
}
