//! How the service stands: for people, for probes, for Prometheus, and live.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, unfold};
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::rule_sets::summary;
use super::{JSON, json_answer, time};
use crate::base::Lang;
use crate::report::{ENGINE, diagnostics_json};
use crate::surface::http::events::event_json;
use crate::surface::http::problem::Problem;
use crate::surface::http::{App, Shared};
use crate::{RuleSetStatus, Standing, Status, Subscription, Trouble, Watching};

/// `GET /v1/status`
pub(super) async fn status(
    State(app): State<Shared>,
    Extension(lang): Extension<Lang>,
) -> Response {
    json_answer(&status_json(&app.engine.status(), lang))
}

fn status_json(status: &Status, lang: Lang) -> Value {
    let sets = status.rule_sets.iter().map(|own| rule_set(own, lang));
    let trouble = status.trouble.as_ref().map(|error| error.render(lang));
    #[allow(clippy::disallowed_methods)]
    let now = SystemTime::now();
    json!({
        "engine": ENGINE,
        "now": time(now),
        "looked": status.looked.map(time),
        "reloads": status.reloads,
        "watching": {
            "by": status.watching.name(),
            "why": status.watching.reason().map(|why| why.get(lang)),
            "restarts": match status.watching {
                Watching::Events { restarts, .. } => restarts,
                _ => 0,
            },
        },
        "trouble": trouble,
        "rule_sets": sets.collect::<Vec<_>>(),
        "not_read": status.unread.iter().map(|own| json!({
            "path": own.path,
            "message": own.message().get(lang),
            "help": own.help.get(lang),
        })).collect::<Vec<_>>(),
    })
}

fn rule_set(own: &RuleSetStatus, lang: Lang) -> Value {
    let mut document = summary(own);
    let trouble = own.trouble.as_ref().map(|trouble| {
        let found = trouble.diagnostics();
        json!({
            "kind": trouble.name(),
            "summary": trouble.summary().get(lang),
            "diagnostics": found.map_or_else(|| json!([]), |found| diagnostics_json(found, lang)),
            "held_back_by": match trouble {
                Trouble::HeldBack(names) => names.iter().map(ToString::to_string).collect(),
                _ => Vec::new(),
            },
        })
    });
    let active = own.active.as_ref();
    let more = json!({
        "attempted": time(own.attempted),
        "files_digest": active.map(|active| &active.program.rules().files_digest),
        "cases": active.map(|_| own.cases),
        "warnings": active.map_or_else(|| json!([]), |active| diagnostics_json(&active.warnings, lang)),
        "trouble": trouble,
        "unsealed": own.unsealed,
        "testing_since": own.testing.map(time),
    });
    if let (Some(all), Value::Object(more)) = (document.as_object_mut(), more) {
        all.extend(more);
    }
    document
}

/// The states of rule sets, in short.
fn standings(app: &App) -> Value {
    let status = app.engine.status();
    // Anybody may ask this: which they are, `/v1/status` says.
    let of = |standing: Standing| {
        let sets = status.rule_sets.iter();
        sets.filter(|own| own.standing() == standing).count()
    };
    json!({
        "fresh": of(Standing::Fresh),
        "stale": of(Standing::Stale),
        "failed": of(Standing::Failed),
        "watching": status.watching.name(),
    })
}

/// `GET /healthz`: the process works.
pub(super) async fn health(State(app): State<Shared>) -> Response {
    json_answer(&standings(&app))
}

/// `GET /readyz`: requests may come.
pub(super) async fn ready(State(app): State<Shared>) -> Response {
    let ready = app.engine.is_ready() && !*app.closing.borrow();
    let code = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let form = [(header::CONTENT_TYPE, JSON)];
    (code, form, standings(&app).to_string()).into_response()
}

/// `GET /metrics`
pub(super) async fn metrics(State(app): State<Shared>) -> Response {
    let most = app.options.limits.concurrency;
    let working = most - app.permits.available_permits().min(most);
    let text = app.metrics.text(&app.engine, working);
    let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, form)], text).into_response()
}

/// How often a stream says that it is still there.
const ALIVE: Duration = Duration::from_secs(10);

/// `GET /v1/events`: server-sent events, from now on or, after a break, from where it was.
pub(super) async fn events(
    State(app): State<Shared>,
    Extension(lang): Extension<Lang>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = headers.get("last-event-id");
    let last = last.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let permit = app.streams.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Problem::busy())?;
    let events = app.engine.subscribe(last);
    let stream = Sse::new(told(app, events, lang, permit));
    Ok(stream
        .keep_alive(KeepAlive::new().interval(ALIVE))
        .into_response())
}

fn told(
    app: Shared,
    events: Subscription,
    lang: Lang,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Sent, Infallible>> {
    let (bell, closing) = (app.bell.clone(), app.closing.clone());
    unfold(
        (events, bell, closing, permit),
        move |(mut events, mut bell, mut closing, permit)| async move {
            loop {
                bell.mark_unchanged();
                if *closing.borrow() {
                    return None;
                }
                if let Some(event) = events.wait(Duration::ZERO) {
                    let mut document = event_json(&event, lang);
                    let missed = events.take_missed();
                    if let (Some(fields), true) = (document.as_object_mut(), missed > 0) {
                        fields.insert("missed".to_owned(), json!(missed));
                    }
                    let sent = Sent::default();
                    let sent = sent.id(event.number.to_string()).event(event.kind.name());
                    return Some((
                        Ok(sent.data(document.to_string())),
                        (events, bell, closing, permit),
                    ));
                }
                tokio::select! {
                    rung = bell.changed() => if rung.is_err() { return None },
                    changed = closing.changed() => if changed.is_err() { return None },
                }
            }
        },
    )
}
