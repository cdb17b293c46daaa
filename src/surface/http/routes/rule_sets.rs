//! The rule sets there are, and one of them, resolved.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{JSON, active, json_answer, made_by, time};
use crate::RuleSetStatus;
use crate::report::{Record, resolved_json};
use crate::surface::http::Shared;
use crate::surface::http::input::query;
use crate::surface::http::problem::Problem;

/// `GET /v1/rulesets`
pub(super) async fn list(State(app): State<Shared>) -> Response {
    let status = app.engine.status();
    let sets = status.rule_sets.iter().map(summary);
    json_answer(&json!({ "rule_sets": sets.collect::<Vec<_>>() }))
}

/// A rule set in short.
pub(super) fn summary(own: &RuleSetStatus) -> Value {
    let rules = own.active.as_ref().map(|active| active.program.rules());
    json!({
        "rule_set": own.name.to_string(),
        "standing": own.standing().name(),
        "title": rules.map(|rules| &rules.root().title),
        "status": rules.map(|rules| rules.status.value.name()),
        "status_note": rules.map(|rules| rules.status.value.title()),
        "rules_digest": rules.map(|rules| &rules.rules_digest),
        "active_since": own.active.as_ref().map(|active| time(active.since)),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    digest: Option<String>,
}

/// `GET /v1/rulesets/{index}/{year}`
pub(super) async fn resolved(
    State(app): State<Shared>,
    Path((index, year)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let words: Words = query(&request)?;
    let (active, status) = active(&app, &index, &year, words.digest.as_deref())?;
    let rules = active.program.rules();
    let mut document = resolved_json(rules, &Record::of(rules));
    if let Some(fields) = document.as_object_mut() {
        fields.insert("standing".to_owned(), json!(status.standing().name()));
        fields.insert("active_since".to_owned(), json!(time(active.since)));
    }
    Ok(made_by(&active, JSON, document.to_string()))
}
