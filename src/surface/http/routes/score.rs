//! `POST /v1/score/{index}/{year}`

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;

use super::{JSON, active, made_by, time};
use crate::base::Text;
use crate::base::language::text;
use crate::report::{Detail, Record, ScoreReport, ScoreRows};
use crate::surface::http::input::{Columns, Input, body, fits, query};
use crate::surface::http::problem::Problem;
use crate::surface::http::work::{streamed, work};
use crate::surface::http::{App, Shared};
use crate::{Active, EvaluateOptions, Scores, Standing, evaluate, summarise};

/// The words of a query. The columns are not a part of their own, since flattened words cannot be refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    digest: Option<String>,
    year: Option<u16>,
    population: Option<Population>,
    #[serde(default)]
    detail: Detail,
    #[serde(default)]
    exact: bool,
    key: Option<String>,
    year_column: Option<String>,
    group: Option<String>,
    weighted_by: Option<String>,
    sheet: Option<String>,
}

/// Whose statistics regions are judged by.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Population {
    /// The regions of the request.
    Request,
}

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
    let form = form(request.headers())?;
    let (active, status) = active(&app, &index, &year, words.digest.as_deref())?;
    let input = body(&app, request).await?;
    let stale = status.standing() == Standing::Stale;
    let (own, rules) = (app.clone(), active.clone());
    let (detail, exact) = (words.detail, words.exact);
    let answer = work(&app, move || {
        let asked = Asked {
            year: words.year,
            population: words.population.is_some(),
            columns: Columns {
                key: words.key,
                year_column: words.year_column,
                group: words.group,
                weighted_by: words.weighted_by,
                sheet: words.sheet,
            },
        };
        let scores = scored(&own, &rules, &input, asked)?;
        drop(input);
        written(&rules, scores, form, detail, exact, stale)
    })
    .await?;
    let form = match form {
        Form::Json => JSON,
        Form::Lines => LINES,
        Form::Csv => "text/csv; charset=utf-8",
    };
    Ok(made_by(&active, form, answer))
}

/// What is asked of data.
pub(super) struct Asked {
    pub(super) year: Option<u16>,
    pub(super) population: bool,
    pub(super) columns: Columns,
}

/// Scores the data of a request.
pub(super) fn scored(
    app: &App,
    active: &Active,
    input: &Input,
    asked: Asked,
) -> Result<Scores, Problem> {
    let program = &active.program;
    let request = asked.columns.request(program);
    let bytes = &mut input.bytes.as_slice();
    let data = app
        .engine
        .read(program, input.name, bytes, Some(&request))?;
    fits(&data, program, app.options.limits.rows, asked.population)?;
    let options = EvaluateOptions {
        year: asked.year,
        ..EvaluateOptions::default()
    };
    let scores = evaluate(program, &data, &options)?;
    app.metrics.scored(scores.len());
    Ok(scores)
}

/// The name of the data of a request.
pub(super) const REQUEST: &str = "request";

fn written(
    active: &Active,
    scores: Scores,
    form: Form,
    detail: Detail,
    exact: bool,
    stale: bool,
) -> Result<Body, Problem> {
    let record = Record::of(active.program.rules()).with_data(REQUEST, &scores.data_digest);
    let since = time(active.since);
    if form == Form::Lines {
        return Ok(streamed(move |out| {
            ScoreRows::new(&scores, detail, exact).write_lines(&record, &since, stale, out)
        }));
    }
    let mut bytes = Vec::new();
    let written = match form {
        Form::Csv => {
            let summary = summarise(&scores);
            let report = ScoreReport {
                exact,
                record,
                ..ScoreReport::new(&scores, &summary, REQUEST)
            };
            let csv = crate::report::reporters();
            let csv = csv.iter().find(|own| own.name() == "csv");
            csv.map_or(Ok(()), |csv| csv.write(&report, &mut bytes))
        }
        _ => ScoreRows::new(&scores, detail, exact).write_json(&record, &since, stale, &mut bytes),
    };
    match written {
        Ok(()) => Ok(bytes.into()),
        Err(_) => Err(Problem::internal()),
    }
}

/// The form that is accepted: the first one there is; JSON where nothing is said.
fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    let accept = headers.get(header::ACCEPT).map(|value| value.to_str());
    let accept = accept.and_then(Result::ok).unwrap_or("*/*");
    let known = |part: &str| match part.split(';').next().unwrap_or("").trim() {
        "*/*" | "application/*" | JSON => Some(Form::Json),
        LINES => Some(Form::Lines),
        CSV | "text/*" => Some(Form::Csv),
        _ => None,
    };
    accept.split(',').find_map(known).ok_or_else(|| {
        Problem::new(
            axum::http::StatusCode::NOT_ACCEPTABLE,
            "no-such-form",
            text!("bentuk `{accept}` tidak ada", "there is no form `{accept}`"),
        )
        .help(Text::same(format!("{JSON}, {LINES}, {CSV}")))
    })
}
