//! What does not change: the page for people, and the description for programs.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::JSON;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const OPENAPI: &str = include_str!("openapi.json");

/// Nothing from elsewhere, and nothing written into the page, is run or shown.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn fixed(form: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, form),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}

/// `GET /`
pub(super) async fn page() -> Response {
    fixed("text/html; charset=utf-8", PAGE)
}

/// `GET /page.css`
pub(super) async fn style() -> Response {
    fixed("text/css; charset=utf-8", STYLE)
}

/// `GET /page.js`
pub(super) async fn script() -> Response {
    fixed("text/javascript; charset=utf-8", SCRIPT)
}

/// `GET /openapi.json`
pub(super) async fn openapi() -> Response {
    fixed(JSON, OPENAPI)
}
