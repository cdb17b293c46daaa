//! What stands around every request: who may call, in which language answers are, and what is counted.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::connection::Heads;
use super::problem::Problem;
use super::routes::is_open;
use super::{App, Shared};
use crate::base::Lang;
use crate::base::language::text;

/// Around every request.
pub(super) async fn guard(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    #[allow(clippy::disallowed_methods)]
    let begun = Instant::now();
    let lang = language(request.headers(), app.options.lang);
    request.extensions_mut().insert(lang);
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "-".to_owned(), |route| route.as_str().to_owned());
    let going = app.going.clone().begin();
    let allowed = well_formed(&request).and_then(|()| allowed(&app, &request, &route));
    let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let mut response = match allowed {
        Err(problem) => problem.render(lang, &path),
        Ok(()) => next.run(request).await,
    };
    if let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() {
        response = problem.render(lang, &path);
    } else if is_bare(&response) {
        // What the router itself refuses.
        match response.status() {
            StatusCode::BAD_REQUEST => {
                response =
                    Problem::malformed(text!("alamatnya bukan UTF-8", "the path is no UTF-8"))
                        .render(lang, &path);
            }
            StatusCode::NOT_FOUND => response = Problem::nowhere().render(lang, &path),
            StatusCode::METHOD_NOT_ALLOWED => {
                let allow = response.headers().get(header::ALLOW).cloned();
                response = Problem::method().render(lang, &path);
                if let Some(allow) = allow {
                    response.headers_mut().insert(header::ALLOW, allow);
                }
            }
            _ => {}
        }
    }
    let headers = response.headers_mut();
    if chunked {
        // Nothing that comes after it is taken for a request of its own (RFC 9112, 6.1).
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let status = response.status().as_u16();
    app.metrics.answered(&route, status, begun.elapsed());
    // It goes on until its answer has been sent.
    response.map(|body| going.with(body))
}

/// Whether the head of a request says one thing only: one host, and one way in which its body ends (RFC 9112, 3.2 and 6.1).
fn well_formed(request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let hosts = headers.get_all(header::HOST).iter().count();
    // One is taken for every request.
    let heads = request.extensions().get::<Heads>();
    let two_ends = heads.is_some_and(Heads::next_has_two_ends)
        || headers.contains_key(header::TRANSFER_ENCODING)
            && headers.contains_key(header::CONTENT_LENGTH);
    if hosts > 1 {
        return Err(Problem::malformed(text!(
            "dua kepala `Host`",
            "two headers `Host`"
        )));
    }
    if two_ends {
        return Err(Problem::malformed(text!(
            "`Content-Length` bersama `Transfer-Encoding`",
            "`Content-Length` together with `Transfer-Encoding`"
        )));
    }
    Ok(())
}

/// Whether a refusal does not say why in our way.
fn is_bare(response: &Response) -> bool {
    let form = response.headers().get(header::CONTENT_TYPE);
    let ours = form.is_some_and(|form| !form.as_bytes().starts_with(b"text/plain"));
    response.status().is_client_error() && !ours
}

fn allowed(app: &App, request: &Request, route: &str) -> Result<(), Problem> {
    let headers = request.headers();
    // A target that names a host counts like the header.
    let target = request.uri().authority();
    let local = is_local(headers) && target.is_none_or(|own| is_local_name(own.as_str()));
    if app.options.local_names_only && !local {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "host-not-allowed",
            text!(
                "layanan ini hanya menjawab panggilan ke localhost",
                "this service answers calls to localhost only"
            ),
        ));
    }
    let Some(token) = app.options.token.as_ref().filter(|_| !is_open(route)) else {
        return Ok(());
    };
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    });
    if shown.is_some_and(|shown| token.is(shown)) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNAUTHORIZED,
        "token-needed",
        text!("token diperlukan", "a token is needed"),
    )
    .help(text!(
        "kirim `Authorization: Bearer …` dengan isi berkas `--token-file`",
        "send `Authorization: Bearer …` with what is in the `--token-file`"
    )))
}

fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    host.is_some_and(is_local_name)
}

/// Whether a host with its port is this machine by a name that nobody else can give it.
fn is_local_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, port)) => (name, port),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    let address: Option<IpAddr> = name.parse().ok();
    let local =
        ["localhost", "localhost."].contains(&name) || address.is_some_and(|own| own.is_loopback());
    local && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// The language that is asked for most, of those there are.
fn language(headers: &HeaderMap, fallback: Lang) -> Lang {
    let asked = preferences(headers, &header::ACCEPT_LANGUAGE);
    let known = asked.iter().find_map(|tag| match tag.split('-').next() {
        Some("id" | "in") => Some(Lang::Id),
        Some("en") => Some(Lang::En),
        _ => None,
    });
    known.unwrap_or(fallback)
}

/// What a header asks for, in lower case, the most wanted first; what is not wanted is left out.
pub(super) fn preferences(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let all = headers.get_all(name).iter();
    let all = all.filter_map(|value| value.to_str().ok());
    let mut wanted: Vec<(f64, String)> = Vec::new();
    for part in all.flat_map(|value| value.split(',')) {
        let mut words = part.split(';').map(str::trim);
        let what = words.next().unwrap_or("").to_ascii_lowercase();
        let quality = words.find_map(|word| word.strip_prefix("q=").or(word.strip_prefix("Q=")));
        let quality = quality.map_or(1.0, |quality| quality.trim().parse().unwrap_or(0.0));
        if quality > 0.0 && !what.is_empty() {
            wanted.push((quality, what));
        }
    }
    wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
    wanted.into_iter().map(|(_, what)| what).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Lang {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, value.parse().unwrap());
        language(&headers, Lang::Id)
    }

    #[test]
    fn the_language_that_is_asked_for_most() {
        assert_eq!(asked("en-GB,en;q=0.8,id;q=0.5"), Lang::En);
        assert_eq!(asked("en;q=0.3, id-ID;q=0.9"), Lang::Id);
        assert_eq!(asked("fr, de;q=0.9"), Lang::Id);
        assert_eq!(asked("fr, en;q=0.1"), Lang::En);
        assert_eq!(asked("en;q=0"), Lang::Id);
        assert_eq!(asked("en ; q=0.9 , id; q=0.1"), Lang::En);
        assert_eq!(asked(";;q=,"), Lang::Id);
    }

    #[test]
    fn local_names() {
        let local = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            is_local(&headers)
        };
        assert!(local("localhost:8787") && local("127.0.0.1") && local("[::1]:80"));
        assert!(local("127.0.0.2:8787"));
        assert!(local("LOCALHOST:80") && local("localhost.") && !local("localhost:evil"));
        assert!(!local("localhost.evil.example") && !local("10.0.0.1:8787") && !local("[::2]"));
        assert!(!is_local(&HeaderMap::new()));
    }
}
