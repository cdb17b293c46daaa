//! The cases of one rule set, run.

use crate::base::{Diagnostics, Error, ErrorKind, RuleSetName, Text};
use crate::bundle::Bundle;
use crate::surface::cli::Call;
use crate::testing::{Outcome, Prepared, Suite, Tested, Untested};
use crate::{BuildError, RuleSet};

/// A rule set whose cases were run.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) bundle: Bundle,
    pub(super) rules: RuleSet,
    pub(super) suite: Suite,
    pub(super) outcomes: Vec<Outcome>,
}

/// What there is to run.
pub(super) enum Found {
    /// Cases, which were run, and what is wrong with others, which has been said.
    Run(Box<Run>, Option<Untested>),
    /// The rule set has no tests.
    NoTests,
    /// The rule set or its tests are wrong, which has been said.
    Wrong(Untested),
}

impl Run {
    /// The cases with their data.
    pub(super) fn prepared(&self, call: &Call<'_>) -> Result<Prepared<'_>, Diagnostics> {
        let registry = call.engine.registry();
        Prepared::new(
            &self.suite,
            &self.bundle,
            &registry.methods,
            &registry.readers,
        )
    }

    /// The cases with their data, which have been read before.
    pub(super) fn prepared_again(&self, call: &Call<'_>) -> Result<Prepared<'_>, Error> {
        self.prepared(call).map_err(|found| {
            let first = found.list.into_iter().next();
            let message = first.map_or_else(|| Text::same("?"), |first| first.message);
            Error::new(ErrorKind::Call, message)
        })
    }

    pub(super) fn failed(&self) -> bool {
        self.outcomes.iter().any(|outcome| !outcome.passed())
    }

    pub(super) fn tested(&self) -> Tested<'_> {
        Tested {
            rules: &self.rules,
            suite: &self.suite,
            outcomes: &self.outcomes,
        }
    }
}

/// Runs the cases of a rule set whose id or title holds the filter.
pub(super) fn run_cases(
    call: &mut Call<'_>,
    name: &RuleSetName,
    filter: Option<&str>,
) -> Result<Found, Error> {
    let bundle = match call.engine.bundle(name) {
        Ok(bundle) => bundle,
        Err(error) => return wrong(call, name, BuildError::Host(error)),
    };
    let rules = match call.engine.check_bundle(bundle.clone()) {
        Ok(checked) => checked.output,
        Err(error) => return wrong(call, name, error),
    };
    let (mut suite, found) = match call.engine.tests_apart(&rules) {
        Ok(Some(tests)) => tests,
        Ok(None) => return Ok(Found::NoTests),
        Err(error) => return wrong(call, name, BuildError::Host(error)),
    };
    // One bad file stops no other.
    call.diagnostics(&found);
    let untested = Untested::new(name, &found);
    let untested = (!untested.faults.is_empty()).then_some(untested);
    if let Some(filter) = filter {
        let filter = filter.to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&filter);
        suite
            .cases
            .retain(|case| holds(&case.id) || holds(&case.title.id) || holds(&case.title.en));
    }
    let mut run = Run {
        bundle,
        rules,
        suite,
        outcomes: Vec::new(),
    };
    let outcomes = run.prepared(call).map(|prepared| prepared.outcomes());
    match outcomes {
        Ok(outcomes) => {
            run.outcomes = outcomes;
            Ok(Found::Run(Box::new(run), untested))
        }
        Err(found) => wrong(call, name, BuildError::Rules(found)),
    }
}

/// Says what is wrong with a rule set or its tests. A name that is not there is an error of the call.
fn wrong(call: &mut Call<'_>, name: &RuleSetName, error: BuildError) -> Result<Found, Error> {
    match error {
        BuildError::Rules(found) => {
            call.diagnostics(&found);
            Ok(Found::Wrong(Untested::new(name, &found)))
        }
        BuildError::Host(error) => {
            let all = call.rule_sets()?.is_empty();
            if !all && error.kind() == ErrorKind::Call {
                return Err(error);
            }
            call.output.error(&error.render(call.lang));
            Ok(Found::Wrong(Untested::host(name, &error)))
        }
    }
}
