//! What can be asked for: one file a kind, and one line each in the table.

mod diff;
mod explain;
mod pages;
mod rule_sets;
mod score;
mod status;

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use serde_json::json;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::problem::Problem;
use super::{App, Shared, guard};
use crate::base::language::text;
use crate::base::{RuleSetName, Text};
use crate::report::ENGINE;
use crate::{Active, RuleSetStatus};

/// One thing that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path; `{…}` stand for words of the caller.
    pub path: &'static str,
    /// Whether it needs no token: what says nothing of rules or scores.
    pub open: bool,
}

macro_rules! routes {
    ($($method:ident $path:literal $open:literal $handler:path;)*) => {
        /// All that can be asked for.
        pub const ROUTES: &[Route] = &[$(Route {
            method: routes!(@name $method), path: $path, open: $open,
        },)*];

        fn table() -> Vec<(&'static str, MethodRouter<Shared>)> {
            vec![$(($path, $method($handler)),)*]
        }
    };
    (@name get) => { "GET" };
    (@name post) => { "POST" };
}

routes! {
    get  "/"                            true  pages::page;
    get  "/page.css"                    true  pages::style;
    get  "/page.js"                     true  pages::script;
    get  "/healthz"                     true  status::health;
    get  "/readyz"                      true  status::ready;
    get  "/metrics"                     false status::metrics;
    get  "/openapi.json"                true  pages::openapi;
    get  "/v1/status"                   false status::status;
    get  "/v1/events"                   false status::events;
    get  "/v1/rulesets"                 false rule_sets::list;
    get  "/v1/rulesets/{index}/{year}"  false rule_sets::resolved;
    post "/v1/score/{index}/{year}"     false score::score;
    post "/v1/explain/{index}/{year}"   false explain::explain;
    post "/v1/diff"                     false diff::diff;
}

/// Whether a route, which may stand below another path, needs no token.
pub(super) fn is_open(route: &str) -> bool {
    let is = |own: &Route| own.path == route || (own.path.len() > 1 && route.ends_with(own.path));
    ROUTES.iter().any(|own| own.open && is(own))
}

pub(super) fn router(app: Shared) -> Router {
    let mut router = Router::new();
    for (path, handler) in table() {
        router = router.route(path, handler);
    }
    let nowhere = || async { Problem::nowhere() };
    let around = from_fn_with_state(app.clone(), guard::guard);
    let cors = cors(&app.options.cors);
    let router = router.fallback(nowhere).layer(around).with_state(app);
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// What pages of others are told they may do; nothing where none may call.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    let allowed: Vec<HeaderValue> = origins.iter().filter_map(|own| own.parse().ok()).collect();
    let allowed = match origins {
        [] => return None,
        origins if origins.iter().any(|own| own == "*") => AllowOrigin::any(),
        _ => AllowOrigin::list(allowed),
    };
    let asked = [
        header::ACCEPT,
        header::ACCEPT_LANGUAGE,
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
    ];
    let shown = [DIGEST, SINCE, MADE_BY, header::RETRY_AFTER];
    let cors = CorsLayer::new().allow_origin(allowed);
    let cors = cors.allow_methods([Method::GET, Method::POST]);
    Some(cors.allow_headers(asked).expose_headers(shown))
}

/// What a rule set is scored by, with how it stands; refused where the caller wants other rules than those.
fn active(
    app: &App,
    index: &str,
    year: &str,
    digest: Option<&str>,
) -> Result<(Arc<Active>, RuleSetStatus), Problem> {
    let written = format!("{index}/{year}");
    let Some(name) = RuleSetName::parse(&written) else {
        return Err(Problem::from(crate::Unavailable::Unknown(
            written,
            Some(text!(
                "tulis indeks/tahun: `ikotan/2021`",
                "write index/year: `ikotan/2021`"
            )),
        )));
    };
    let (active, status) = app.engine.active_with_status(&name)?;
    let Some(digest) = digest else {
        return Ok((active, status));
    };
    let digest = digest.to_ascii_lowercase();
    let hexadecimal = digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hexadecimal || !(12..=64).contains(&digest.len()) {
        return Err(Problem::malformed(text!(
            "`digest` terdiri atas 12 sampai 64 angka heksadesimal",
            "`digest` has 12 to 64 hexadecimal digits"
        )));
    }
    if !active.has_digest(&digest) {
        return Err(not_active(&active, &digest));
    }
    Ok((active, status))
}

fn not_active(active: &Active, digest: &str) -> Problem {
    let name = &active.program.rules().name;
    let now = active.rules_digest();
    let help = Text::new(
        "aturannya berubah sejak digest itu dicatat: hitung ulang dengan yang aktif, atau kembalikan berkasnya",
        "the rules changed since the digest was noted: score anew by those that are active, or restore the files",
    );
    Problem::new(
        axum::http::StatusCode::CONFLICT,
        "digest-not-active",
        text!(
            "`{name}` dengan digest `{digest}` tidak aktif",
            "`{name}` of the digest `{digest}` is not active"
        ),
    )
    .help(help)
    .with("active_digest", json!(now))
    .with("active_since", json!(time(active.since)))
}

/// A point in time, as RFC 3339 has it.
pub(super) fn time(at: SystemTime) -> String {
    let stamp = jiff::Timestamp::try_from(at);
    stamp.map_or_else(|_| "?".to_owned(), |stamp| stamp.to_string())
}

const DIGEST: HeaderName = HeaderName::from_static("tanggap-rules-digest");
const SINCE: HeaderName = HeaderName::from_static("tanggap-active-since");
const MADE_BY: HeaderName = HeaderName::from_static("tanggap-engine");

/// An answer that was made by the rules of a rule set.
fn made_by(active: &Active, form: &'static str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    let text = |text: &str| HeaderValue::from_str(text).ok();
    let all = [
        (header::CONTENT_TYPE, text(form)),
        (DIGEST, text(active.rules_digest())),
        (SINCE, text(&time(active.since))),
        (MADE_BY, text(ENGINE)),
    ];
    for (name, value) in all {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    response
}

/// An answer in JSON.
fn json_answer(document: &serde_json::Value) -> Response {
    let form = [(header::CONTENT_TYPE, JSON)];
    (form, document.to_string()).into_response()
}

const JSON: &str = "application/json";
