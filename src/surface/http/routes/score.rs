//! `POST /v1/score/{index}/{year}`

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::{JSON, active, made_by, time};
use crate::base::Text;
use crate::base::language::text;
use crate::report::{Provenance, Record, SafeCsv, ScoreReport, ScoreRows};
use crate::surface::http::guard::preferences;
use crate::surface::http::input::{Input, Words, body, fits, query, refuse, unknown_form};
use crate::surface::http::problem::Problem;
use crate::surface::http::work::{Answer, streamed, work};
use crate::surface::http::{App, Shared};
use crate::{Active, EvaluateOptions, Scores, Standing, evaluate, summarise};

/// The form of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Lines,
    Csv,
}

const LINES: &str = "application/x-ndjson";
const CSV: &str = "text/csv";

pub(super) async fn score(
    State(app): State<Shared>,
    Path((index, year)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let words: Words = query(&request)?;
    refuse("region", words.region.is_some())?;
    let form = form(request.headers())?;
    let (active, status) = active(&app, &index, &year, words.digest.as_deref())?;
    let input = body(&app, request).await?;
    let stale = status.standing() == Standing::Stale;
    let (own, rules) = (app.clone(), active.clone());
    let answer = work(&app, move || {
        let scores = scored(&own, &rules, &input, &words)?;
        let made_by = Provenance {
            record: Record::of(rules.program.rules()).with_data(REQUEST, &scores.data_digest),
            since: time(rules.since),
            stale,
        };
        written(&own, scores, input, &words, form, made_by)
    })
    .await?;
    let form = match form {
        Form::Json => JSON,
        Form::Lines => LINES,
        Form::Csv => "text/csv; charset=utf-8",
    };
    Ok(made_by(&active, form, answer))
}

/// Scores the data of a request.
pub(super) fn scored(
    app: &App,
    active: &Active,
    input: &Input,
    words: &Words,
) -> Result<Scores, Problem> {
    let program = &active.program;
    let request = words.request(program, app.budget(&input.memory));
    fits(program, words.is_population())?;
    for (magic, form) in [(&b"PAR1"[..], "Parquet"), (b"\x1f\x8b", "gzip")] {
        if input.bytes.starts_with(magic) {
            return Err(unknown_form(form));
        }
    }
    let bytes = &mut input.bytes.as_slice();
    let data = app
        .engine
        .read(program, input.name, bytes, Some(&request))?;
    let options = EvaluateOptions {
        year: words.year,
        ..EvaluateOptions::default()
    };
    let scores = evaluate(program, &data, &options)?;
    app.metrics.scored(scores.len());
    Ok(scores)
}

/// The name of the data of a request.
pub(super) const REQUEST: &str = "request";

fn written(
    app: &App,
    scores: Scores,
    input: Input,
    words: &Words,
    form: Form,
    made_by: Provenance,
) -> Result<Body, Problem> {
    let (detail, exact) = (words.detail.unwrap_or_default(), words.exact == Some(true));
    let Input {
        memory,
        held,
        bytes,
        ..
    } = input;
    drop((held, bytes));
    if form == Form::Lines {
        return Ok(streamed(move |out| {
            ScoreRows::new(&scores, detail, exact).write_lines(&made_by, out)
        }));
    }
    let mut answer = Answer::new(&memory)?;
    let written = match form {
        Form::Csv => {
            let summary = summarise(&scores);
            let report = ScoreReport {
                exact,
                record: made_by.record,
                ..ScoreReport::new(&scores, &summary, REQUEST)
            };
            let csv = app.engine.reporter("csv");
            // Whoever saves it may open it in a spreadsheet.
            let mut safe = SafeCsv::new(&mut answer);
            let written = csv.map_or(Ok(()), |csv| csv.write(&report, &mut safe));
            written.and_then(|()| safe.end().map(drop))
        }
        _ => ScoreRows::new(&scores, detail, exact).write_json(&made_by, &mut answer),
    };
    answer.body(written)
}

/// The form that is wanted most, of those there are; JSON where nothing is said.
fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    if !headers.contains_key(header::ACCEPT) {
        return Ok(Form::Json);
    }
    let known = |form: &String| match form.as_str() {
        "*/*" | "application/*" | JSON => Some(Form::Json),
        LINES => Some(Form::Lines),
        CSV | "text/*" => Some(Form::Csv),
        _ => None,
    };
    let accepted = preferences(headers, &header::ACCEPT);
    accepted.iter().find_map(known).ok_or_else(|| {
        let accept = accepted.join(", ");
        Problem::new(
            axum::http::StatusCode::NOT_ACCEPTABLE,
            "no-such-form",
            text!("bentuk `{accept}` tidak ada", "there is no form `{accept}`"),
        )
        .help(Text::same(format!("{JSON}, {LINES}, {CSV}")))
    })
}
