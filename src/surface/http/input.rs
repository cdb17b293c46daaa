//! What comes in: bodies within limits, and the words of a query.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Query, Request};
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::App;
use super::problem::Problem;
use crate::Program;
use crate::base::language::text;
use crate::base::{Error, Held, Memory, Text};
use crate::data::{Budget, ReadRequest};
use crate::report::Detail;

/// A body, and the memory that it and what is made of it may hold.
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    /// A name whose ending says of which form it is.
    pub(super) name: Option<&'static str>,
    pub(super) memory: Memory,
    /// What the body holds.
    pub(super) held: Held,
}

/// Reads the body of a request.
pub(super) async fn body(app: &App, request: Request) -> Result<Input, Problem> {
    let name = form(&request)?;
    let limits = &app.options.limits;
    let most = limits.body;
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            text!(
                "badan permintaan lebih besar dari {most} bita",
                "the body is larger than {most} bytes"
            ),
        )
    };
    let body = request.into_body();
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let memory = app.memory.share();
    let read = read(&memory, body, most);
    match tokio::time::timeout(limits.patience, read).await {
        Err(_) => Err(slow(limits.patience)),
        Ok(Err(Unread::TooLarge)) => Err(too_large()),
        Ok(Err(Unread::NoMemory(error))) => Err(error.into()),
        Ok(Err(Unread::Broken)) => Err(Problem::malformed(text!(
            "badan permintaan terputus",
            "the body ends too soon"
        ))),
        Ok(Ok((bytes, held))) => Ok(Input {
            bytes,
            name,
            memory,
            held,
        }),
    }
}

fn slow(patience: Duration) -> Problem {
    let seconds = patience.as_secs_f64();
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "too-slow",
        text!(
            "badan permintaan tidak sampai dalam {seconds} detik",
            "the body did not arrive within {seconds} seconds"
        ),
    )
}

enum Unread {
    TooLarge,
    NoMemory(Error),
    Broken,
}

async fn read(memory: &Memory, mut body: Body, most: usize) -> Result<(Vec<u8>, Held), Unread> {
    let mut bytes = Vec::new();
    let mut held = memory.take(0).map_err(Unread::NoMemory)?;
    loop {
        let frame = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await;
        let Some(frame) = frame else {
            return Ok((bytes, held));
        };
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else {
            continue;
        };
        let data: Bytes = data;
        if bytes.len() + data.len() > most {
            return Err(Unread::TooLarge);
        }
        // What grows is held twice while it is copied.
        held.grow(data.len() * 2).map_err(Unread::NoMemory)?;
        bytes.extend_from_slice(&data);
    }
}

/// That a form is not known.
pub(super) fn unknown_form(said: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unknown-form",
        text!(
            "bentuk `{said}` tidak dikenal di sini",
            "the form `{said}` is not known here"
        ),
    )
    .help(Text::new(
        "kirim `application/json`; untuk skor dan penjelasan juga `text/csv` atau XLSX; tanpa kompresi",
        "send `application/json`; for scores and explanations `text/csv` or XLSX, too; without compression",
    ))
}

/// Of which form a body says it is.
fn form(request: &Request) -> Result<Option<&'static str>, Problem> {
    let headers = request.headers();
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING) {
        let encoding = encoding.to_str().unwrap_or("?");
        if !encoding.eq_ignore_ascii_case("identity") {
            return Err(unknown_form(encoding));
        }
    }
    let Some(said) = headers.get(header::CONTENT_TYPE) else {
        return Ok(None);
    };
    let said = said.to_str().unwrap_or("?");
    let mut parts = said.split(';').map(str::trim);
    let essence = parts.next().unwrap_or("");
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"'))
    });
    let is_json = essence.eq_ignore_ascii_case("application/json");
    if charset.is_some_and(|charset| !can_be_had(charset, is_json)) {
        return Err(unknown_form(said));
    }
    match essence.to_ascii_lowercase().as_str() {
        "application/json" => Ok(Some("body.json")),
        "text/csv" => Ok(Some("body.csv")),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => {
            Ok(Some("body.xlsx"))
        }
        "application/octet-stream" => Ok(None),
        _ => Err(unknown_form(said)),
    }
}

/// Whether data is read in a charset: JSON is UTF-8 (RFC 8259), and CSV is what it begins like.
fn can_be_had(charset: &str, is_json: bool) -> bool {
    const JSON: [&str; 2] = ["utf-8", "us-ascii"];
    const CSV: [&str; 5] = [
        "utf-16",
        "utf-16le",
        "utf-16be",
        "windows-1252",
        "iso-8859-1",
    ];
    let is = |known: &&str| known.eq_ignore_ascii_case(charset);
    JSON.iter().any(is) || (!is_json && CSV.iter().any(is))
}

/// What is wrong with a document of JSON.
pub(super) fn faulty_json(error: &serde_json::Error) -> Text {
    let (line, column) = (error.line(), error.column());
    if !error.is_data() {
        return text!(
            "JSON tidak sah di baris {line}, kolom {column}",
            "the JSON is not well-formed at line {line}, column {column}"
        );
    }
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    let Text { id, en } = fault(said);
    text!(
        "{id} (baris {line}, kolom {column})",
        "{en} (line {line}, column {column})"
    )
}

/// What `serde` says of a document or a query, in both languages.
fn fault(said: &str) -> Text {
    let quoted = |after: &str| {
        let rest = said.strip_prefix(after)?.strip_prefix('`')?;
        rest.split_once('`')
    };
    let known = |rest: &str| {
        let names: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        match names.as_slice() {
            [] => Text::same(""),
            names => {
                let list = names.join("`, `");
                text!("; yang ada: `{list}`", "; there is `{list}`")
            }
        }
    };
    if let Some((name, rest)) = quoted("unknown field ") {
        let Text { id, en } = known(rest);
        return text!("`{name}` tidak dikenal{id}", "`{name}` is not known{en}");
    }
    if let Some((name, rest)) = quoted("unknown variant ") {
        let Text { id, en } = known(rest);
        return text!(
            "nilai `{name}` tidak dikenal{id}",
            "the value `{name}` is not known{en}"
        );
    }
    if let Some((name, _)) = quoted("missing field ") {
        return text!("`{name}` tidak ada", "`{name}` is missing");
    }
    if let Some((name, _)) = quoted("duplicate field ") {
        return text!("`{name}` ada dua kali", "`{name}` occurs twice");
    }
    match said.split_once(": ") {
        Some((_, rest))
            if ["unknown", "missing", "duplicate"]
                .iter()
                .any(|own| rest.starts_with(own)) =>
        {
            fault(rest)
        }
        // The query says which word it is.
        Some((name, _)) if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => text!(
            "nilai `{name}` tidak dapat dibaca",
            "the value of `{name}` cannot be read"
        ),
        _ => text!(
            "ada nilai yang jenisnya tidak sesuai",
            "a value is of the wrong kind"
        ),
    }
}

/// The words of a query; a word that is not known is refused, so that none is passed over.
pub(super) fn query<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    match Query::<T>::try_from_uri(request.uri()) {
        Ok(Query(words)) => Ok(words),
        Err(error) => {
            let said = error.body_text();
            let said = said.rsplit_once("query string: ");
            Err(Problem::malformed(fault(said.map_or("", |(_, said)| said))))
        }
    }
}

/// The words of a query about data.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) digest: Option<String>,
    pub(super) year: Option<u16>,
    population: Option<Population>,
    // Where things stand in the data, where that is not as the rule set says.
    key: Option<String>,
    year_column: Option<String>,
    group: Option<String>,
    weighted_by: Option<String>,
    sheet: Option<String>,
    // Of scores.
    pub(super) detail: Option<Detail>,
    pub(super) exact: Option<bool>,
    // Of an explanation.
    pub(super) region: Option<String>,
}

/// Whose statistics regions are judged by.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Population {
    /// The regions of the request.
    Request,
}

impl App {
    /// How much is read of the data of a request that may hold so much.
    pub(super) fn budget(&self, memory: &Memory) -> Budget {
        Budget {
            rows: Some(self.options.limits.rows),
            memory: memory.clone(),
            ..Budget::default()
        }
    }
}

impl Words {
    /// What is read of the data, and how much of it.
    pub(super) fn request(&self, program: &Program, budget: Budget) -> ReadRequest {
        let own = ReadRequest::of(program.rules());
        let or = |given: &Option<String>, own: Option<String>| given.clone().or(own);
        ReadRequest {
            key: or(&self.key, own.key),
            year: or(&self.year_column, own.year),
            group: or(&self.group, own.group),
            weighted_by: or(&self.weighted_by, own.weighted_by),
            sheet: or(&self.sheet, own.sheet),
            budget,
            ..own
        }
    }

    /// Whether the regions of the request are all there are.
    pub(super) fn is_population(&self) -> bool {
        self.population == Some(Population::Request)
    }
}

/// Refuses a word of another route.
pub(super) fn refuse(word: &str, given: bool) -> Result<(), Problem> {
    if given {
        return Err(Problem::malformed(text!(
            "`{word}` tidak berlaku di sini",
            "`{word}` does not apply here"
        )));
    }
    Ok(())
}

/// Whether data may be judged at all: where regions are judged against each other, the request must say that its regions are
/// the ones.
pub(super) fn fits(program: &Program, population: bool) -> Result<(), Problem> {
    if program.rules().compares_regions() && !population {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "population-needed",
            text!(
                "aturan ini menilai wilayah terhadap wilayah lain, dan permintaan ini mungkin bukan semuanya",
                "these rules judge regions against each other, and this request may not be all of them"
            ),
        )
        .help(Text::new(
            "tambahkan `population=request` bila wilayah dalam permintaan inilah populasinya, atau bekukan populasinya dengan `tanggap freeze`",
            "add `population=request` where the regions of this request are the population, or freeze it by `tanggap freeze`",
        )));
    }
    Ok(())
}
