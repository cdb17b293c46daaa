//! What comes in: bodies within limits, and the words of a query.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Query, Request};
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::App;
use super::problem::Problem;
use crate::Program;
use crate::base::Text;
use crate::base::language::text;
use crate::evaluate::{Dataset, ReadRequest};
use crate::report::Detail;

/// The unit in which memory is given.
pub(super) const UNIT: usize = 1024;
/// How many times as much memory a body takes when it is read and scored, and how many times a compressed one.
const SWELLS: usize = 16;
const UNPACKS: usize = 100;

/// A body, and the memory that it was given.
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    /// A name whose ending says of which form it is.
    pub(super) name: Option<&'static str>,
    memory: Option<OwnedSemaphorePermit>,
}

impl Input {
    /// The memory alone, for what goes on without the body.
    pub(super) fn into_memory(self) -> Option<OwnedSemaphorePermit> {
        self.memory
    }
}

/// Reads the body of a request.
pub(super) async fn body(app: &App, request: Request) -> Result<Input, Problem> {
    let name = form(&request)?;
    let limits = &app.options.limits;
    let swells = if name == Some("body.xlsx") {
        UNPACKS
    } else {
        SWELLS
    };
    // What would not fit even alone is not a matter of waiting.
    let most = limits.body.min(limits.memory / swells);
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
    let read = read(app, body, most, swells);
    match tokio::time::timeout(limits.patience, read).await {
        Err(_) => Err(slow(limits.patience)),
        Ok(Err(Unread::TooLarge)) => Err(too_large()),
        Ok(Err(Unread::NoMemory)) => Err(Problem::busy()),
        Ok(Err(Unread::Broken)) => Err(Problem::malformed("the body ends too soon")),
        Ok(Ok((bytes, memory))) => Ok(Input {
            bytes,
            name,
            memory,
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
    NoMemory,
    Broken,
}

async fn read(
    app: &App,
    mut body: Body,
    most: usize,
    swells: usize,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Unread> {
    let (mut bytes, mut memory) = (Vec::new(), None::<OwnedSemaphorePermit>);
    loop {
        let frame = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await;
        let Some(frame) = frame else {
            return Ok((bytes, memory));
        };
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else {
            continue;
        };
        let data: Bytes = data;
        if bytes.len() + data.len() > most {
            return Err(Unread::TooLarge);
        }
        let held = memory.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = (bytes.len() + data.len()).saturating_mul(swells);
        let units = (wanted / UNIT).saturating_sub(held);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let more = app.memory.clone().try_acquire_many_owned(units);
        let more = more.map_err(|_| Unread::NoMemory)?;
        match &mut memory {
            Some(memory) => memory.merge(more),
            None => memory = Some(more),
        }
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
    let essence = said.split(';').next().unwrap_or("").trim();
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

/// The words of a query; a word that is not known is refused, so that none is passed over.
pub(super) fn query<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    match Query::<T>::try_from_uri(request.uri()) {
        Ok(Query(words)) => Ok(words),
        Err(error) => Err(Problem::malformed(&error.body_text())),
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

impl Words {
    /// What is read of the data.
    pub(super) fn request(&self, program: &Program) -> ReadRequest {
        let own = ReadRequest::of(program.rules());
        let or = |given: &Option<String>, own: Option<String>| given.clone().or(own);
        ReadRequest {
            key: or(&self.key, own.key),
            year: or(&self.year_column, own.year),
            group: or(&self.group, own.group),
            weighted_by: or(&self.weighted_by, own.weighted_by),
            sheet: or(&self.sheet, own.sheet),
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
        return Err(Problem::malformed(&format!("`{word}` does not apply here")));
    }
    Ok(())
}

/// Whether data is small enough, and may be judged at all: where regions are judged against each other, the request must say
/// that its regions are the ones.
pub(super) fn fits(
    data: &Dataset,
    program: &Program,
    most: usize,
    population: bool,
) -> Result<(), Problem> {
    let rows = data.rows();
    if rows > most {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too-many-rows",
            text!(
                "data punya {rows} baris; paling banyak {most}",
                "the data has {rows} rows; {most} at most"
            ),
        ));
    }
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
