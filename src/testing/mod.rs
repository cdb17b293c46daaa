//! What a rule set is expected to give: cases beside the rules, and what became of them.
//!
//! Cases are rule files of their own, `tests/*.toml` beside the rules. [`read_suite`] reads them against a checked rule
//! set, [`Prepared`] brings their data into shape once, and runs them against that rule set or another edition of it.
//!
//! ```
//! use tanggap::{Engine, bundle::DiskLoader, testing::Prepared};
//!
//! let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
//! let bundle = engine.bundle(&"ipm/2014".parse()?)?;
//! let rules = engine.check_bundle(bundle.clone())?.output;
//! let suite = engine.tests(&rules)?.ok_or("no tests")?;
//! let registry = engine.registry();
//! let prepared = Prepared::new(&suite, &bundle, &registry.methods, &registry.readers)
//!     .map_err(|found| found.to_string())?;
//! let outcomes = prepared.outcomes();
//! assert!(outcomes.iter().all(|outcome| outcome.passed()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coverage;
mod mutants;
mod probes;
mod ranges;
mod read;
mod report;
mod run;
mod snapshot;
mod suggest;
mod suite;

pub use coverage::{Coverage, Covered, CoveredKind, coverage};
pub use mutants::{Baseline, Fate, Mutant, mutants, run_mutants};
pub use read::{read_suite, read_suite_apart};
pub use report::{
    Tested, Untested, coverage_json, coverage_lcov, failure_diagnostic, failure_text, mutants_json,
    render_coverage, render_mutants, survivors, tests_json, tests_junit, tests_tap,
};
#[cfg(feature = "cli")]
pub use report::{render_tests, render_tests_briefly};
pub use run::{Failure, Got, Made, Outcome, Prepared};
pub use snapshot::{MadeOf, Snapshot, SnapshotRow, scores_text};
pub use suggest::suggest;
pub use suite::{Case, Expectation, Expected, Input, Suite, Survivor};
