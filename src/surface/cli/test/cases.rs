//! The cases of one rule set, run.

use crate::base::{Error, RuleSetName};
use crate::surface::cli::Call;
use crate::testing::{Outcome, Prepared, Suite, Tested};
use crate::{BuildError, RuleSet};

/// A rule set whose cases were run.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) rules: RuleSet,
    pub(super) suite: Suite,
    pub(super) outcomes: Vec<Outcome>,
}

/// What there is to run.
pub(super) enum Found {
    /// Cases, which were run.
    Run(Box<Run>),
    /// The rule set has no tests.
    NoTests,
    /// The rule set or its tests are wrong, which has been said.
    Wrong,
}

impl Run {
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
    let bundle = call.engine.bundle(name)?;
    let built = call.engine.check_bundle(bundle.clone());
    let tests = built.and_then(|checked| Ok((checked.output, call.engine.tests(name)?)));
    let (rules, suite) = match tests {
        Ok((rules, suite)) => (rules, suite.output),
        Err(BuildError::Rules(found)) => {
            call.diagnostics(&found);
            return Ok(Found::Wrong);
        }
        Err(BuildError::Host(error)) => return Err(error),
    };
    let Some(mut suite) = suite else {
        return Ok(Found::NoTests);
    };
    if let Some(filter) = filter {
        let filter = filter.to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&filter);
        suite
            .cases
            .retain(|case| holds(&case.id) || holds(&case.title.id) || holds(&case.title.en));
    }
    let outcomes = {
        let registry = call.engine.registry();
        let prepared = Prepared::new(&suite, &bundle, &registry.methods, &registry.readers);
        prepared.map(|prepared| prepared.run(&bundle, &registry.methods))
    };
    match outcomes {
        Ok(outcomes) => Ok(Found::Run(Box::new(Run {
            rules,
            suite,
            outcomes,
        }))),
        Err(found) => {
            call.diagnostics(&found);
            Ok(Found::Wrong)
        }
    }
}
