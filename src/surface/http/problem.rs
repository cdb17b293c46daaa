//! Problem documents (RFC 9457), in the reader's language.

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::base::language::text;
use crate::base::{Diagnostics, Error, ErrorKind, Lang, Text};
use crate::report::diagnostics_json;
use crate::{BuildError, Trouble, Unavailable};

/// What is wrong with a request, or with what it asks for.
#[derive(Clone, Debug)]
pub(super) struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    /// The last part of its type.
    kind: &'static str,
    title: Text,
    detail: Option<Text>,
    help: Option<Text>,
    diagnostics: Option<Arc<Diagnostics>>,
    more: Map<String, Value>,
    /// After how many seconds it may be tried again.
    retry: Option<u32>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, kind: &'static str, title: Text) -> Self {
        Self(Box::new(Parts {
            status,
            kind,
            title,
            detail: None,
            help: None,
            diagnostics: None,
            more: Map::new(),
            retry: None,
        }))
    }

    pub(super) fn detail(mut self, detail: Text) -> Self {
        self.0.detail = Some(detail);
        self
    }

    pub(super) fn help(mut self, help: Text) -> Self {
        self.0.help = Some(help);
        self
    }

    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        self.0.more.insert(key.to_owned(), value);
        self
    }

    fn retry(mut self, seconds: u32) -> Self {
        self.0.retry = Some(seconds);
        self
    }

    /// Nothing is there.
    pub(super) fn nowhere() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            text!("alamat ini tidak ada", "there is nothing at this address"),
        )
        .help(text!(
            "`GET /openapi.json` memuat yang ada",
            "`GET /openapi.json` has what there is"
        ))
    }

    pub(super) fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            text!(
                "metode ini tidak berlaku di sini",
                "this method does not apply here"
            ),
        )
    }

    pub(super) fn busy() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "busy",
            text!(
                "terlalu banyak permintaan sekaligus",
                "too many requests at once"
            ),
        )
        .retry(1)
    }

    pub(super) fn too_long(seconds: f64) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-long",
            text!(
                "permintaan ini memerlukan lebih dari {seconds} detik",
                "this request takes more than {seconds} seconds"
            ),
        )
        .retry(10)
    }

    pub(super) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            text!(
                "kesalahan dalam mesin; laporkan kepada pengembangnya",
                "a fault of the engine; please report it"
            ),
        )
    }

    /// A parameter or a document of the request is not as it should be.
    pub(super) fn malformed(what: Text) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            text!(
                "permintaan tidak dapat dibaca",
                "the request cannot be read"
            ),
        )
        .detail(what)
    }

    /// In one language, as it is sent.
    pub(super) fn render(&self, lang: Lang, path: &str) -> Response {
        let own = &*self.0;
        let mut document = json!({
            "type": format!("urn:tanggap:problem:{}", own.kind),
            "title": own.title.get(lang),
            "status": own.status.as_u16(),
            "instance": path,
        });
        if let Value::Object(fields) = &mut document {
            let texts = [("detail", &own.detail), ("help", &own.help)];
            for (key, said) in texts {
                if let Some(said) = said {
                    fields.insert(key.to_owned(), said.get(lang).into());
                }
            }
            if let Some(found) = &own.diagnostics {
                fields.insert("diagnostics".to_owned(), diagnostics_json(found, lang));
            }
            fields.extend(own.more.clone());
        }
        let headers = [
            (header::CONTENT_TYPE, "application/problem+json"),
            (header::CONTENT_LANGUAGE, lang.pick("id", "en")),
        ];
        let mut response = (own.status, headers, document.to_string()).into_response();
        if let Some(seconds) = own.retry {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if own.status == StatusCode::UNAUTHORIZED {
            let name: HeaderName = header::WWW_AUTHENTICATE;
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(name, bearer);
        }
        response
    }
}

/// Written when the language of the request is known, by [`guard`](super::guard).
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// What names options of the command line names parameters of a request here: `--year-column` is `year_column`.
fn as_parameters(said: &Text) -> Text {
    let rewritten = |said: &str| {
        let mut parts = said.split("--");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
            let end = part.find(|c| !is_name(c)).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            out.push_str(&name.replace('-', "_"));
            out.push_str(rest);
        }
        out
    };
    Text::new(rewritten(&said.id), rewritten(&said.en))
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, kind) = match error.kind() {
            ErrorKind::Data => (StatusCode::BAD_REQUEST, "unreadable-data"),
            ErrorKind::Call => (StatusCode::UNPROCESSABLE_ENTITY, "unfit"),
            ErrorKind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            ErrorKind::Busy => return Self::busy(),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "host"),
        };
        let mut problem = Self::new(status, kind, as_parameters(error.message()));
        problem.0.help = error.help().map(as_parameters);
        problem
    }
}

impl From<BuildError> for Problem {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Host(error) => error.into(),
            BuildError::Rules(found) => {
                let mut problem = Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "wrong-rules",
                    text!(
                        "aturan yang dicoba tidak benar",
                        "the rules that are tried out are not in order"
                    ),
                );
                problem.0.diagnostics = Some(Arc::new(found));
                problem
            }
        }
    }
}

impl From<Unavailable> for Problem {
    fn from(found: Unavailable) -> Self {
        let (status, kind) = match &found {
            Unavailable::Unknown(..) => (StatusCode::NOT_FOUND, "unknown-rule-set"),
            Unavailable::Unreadable(..) => (StatusCode::SERVICE_UNAVAILABLE, "unreadable"),
            Unavailable::Failed(_) => (StatusCode::SERVICE_UNAVAILABLE, "never-in-order"),
            Unavailable::Stale(_) => (StatusCode::SERVICE_UNAVAILABLE, "stale"),
        };
        let trouble = found.status().and_then(|own| own.trouble.clone());
        let diagnostics = match trouble {
            Some(Trouble::Rules(found) | Trouble::Tests(found)) => Some(found),
            _ => None,
        };
        let mut problem = Self::new(status, kind, found.message());
        problem.0.help = found.help().cloned();
        problem.0.diagnostics = diagnostics;
        problem
    }
}
