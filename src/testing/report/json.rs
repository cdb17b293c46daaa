//! Results for programs.

use serde_json::{Value, json};

use super::{Tested, Untested, failure_text};
use crate::testing::run::{Failure, Got};
use crate::testing::suite::Expected;

/// The results of several rule sets, and what could not be run.
pub fn tests_json(tested: &[Tested<'_>], untested: &[Untested]) -> Value {
    let rule_sets: Vec<Value> = tested.iter().map(rule_set).collect();
    let failed: usize = tested.iter().map(|own| own.counts().1).sum();
    let errors = untested.iter().flat_map(|own| {
        own.faults.iter().map(|(place, message)| {
            json!({
                "rules": own.name.to_string(),
                "file": place.as_ref().map(|place| &place.path),
                "line": place.as_ref().map(|place| place.line),
                "message": { "id": message.id, "en": message.en },
            })
        })
    });
    let errors: Vec<Value> = errors.collect();
    json!({ "rule_sets": rule_sets, "failed": failed, "errors": errors })
}

fn rule_set(tested: &Tested<'_>) -> Value {
    let rules = tested.rules;
    let sources = &tested.suite.sources;
    let cases = tested.cases().map(|(case, outcome)| {
        let failures = outcome.failures.iter().map(|failure| {
            let place = sources.place(failure.span);
            let said = failure_text(rules, failure);
            json!({
                "node": failure.node,
                "file": place.path,
                "line": place.line,
                "column": place.column,
                "expected": expected(&failure.expected),
                "got": got(failure),
                "difference": failure.difference,
                "message": { "id": said.id, "en": said.en },
            })
        });
        let place = sources.place(case.span);
        json!({
            "case": case.id,
            "title": { "id": case.title.id, "en": case.title.en },
            "file": place.path,
            "line": place.line,
            "passed": outcome.passed(),
            "failures": failures.collect::<Vec<_>>(),
        })
    });
    let cases: Vec<Value> = cases.collect();
    let (passed, failed) = tested.counts();
    json!({
        "rules": rules.name.to_string(),
        "status": rules.status.value.name(),
        "rules_digest": rules.rules_digest,
        "passed": passed,
        "failed": failed,
        "cases": cases,
    })
}

fn expected(expected: &Expected) -> Value {
    match expected {
        Expected::Score(value) => json!({ "score": value }),
        Expected::Missing => json!({ "score": null }),
        Expected::Raw(value) => json!({ "raw": value }),
        Expected::Band(band) => json!({ "band": band }),
        Expected::Issue(code) => json!({ "issue": code }),
    }
}

fn got(failure: &Failure) -> Value {
    match &failure.got {
        Got::Score(value) => json!({ "score": value }),
        Got::Raw(value) => json!({ "raw": value }),
        Got::Band(band) => json!({ "band": band }),
        Got::Issues(codes) => json!({ "issues": codes }),
        Got::NoNode => json!({ "no_node": failure.node }),
        Got::NotRun(message) => json!({ "not_run": message.en }),
    }
}
