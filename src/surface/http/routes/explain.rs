//! `POST /v1/explain/{index}/{year}`

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::score::{REQUEST, scored};
use super::{JSON, active, made_by, time};
use crate::base::language::text;
use crate::base::{Issue, Text, suggest};
use crate::report::{Record, explanation_json};
use crate::surface::http::Shared;
use crate::surface::http::input::{Words, body, query, refuse};
use crate::surface::http::problem::Problem;
use crate::surface::http::work::work;
use crate::{Scores, Standing};

pub(super) async fn explain(
    State(app): State<Shared>,
    Path((index, year)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let words: Words = query(&request)?;
    refuse("detail", words.detail.is_some())?;
    refuse("exact", words.exact.is_some())?;
    let (active, status) = active(&app, &index, &year, words.digest.as_deref())?;
    let input = body(&app, request).await?;
    let stale = status.standing() == Standing::Stale;
    let (own, rules) = (app.clone(), active.clone());
    let document = work(&app, move || {
        let scores = scored(&own, &rules, &input, &words)?;
        let position = position(&scores, words.region.as_deref())?;
        if let Some(issue) = crate::explain::refusal(&scores, position).first() {
            return Err(refused(issue));
        }
        let explanation = crate::explain(&scores, position).ok_or_else(Problem::internal)?;
        let record = Record::of(rules.program.rules()).with_data(REQUEST, &scores.data_digest);
        let mut document = explanation_json(&scores, &explanation, &record);
        if let Some(fields) = document.as_object_mut() {
            fields.insert("active_since".to_owned(), json!(time(rules.since)));
            fields.insert("stale".to_owned(), json!(stale));
        }
        Ok(document.to_string())
    })
    .await?;
    Ok(made_by(&active, JSON, document))
}

/// The row of the region was not scored at all.
fn refused(issue: &Issue) -> Problem {
    let (code, Text { id, en }) = (issue.kind.code(), issue.kind.message());
    let detail = match issue.column.as_deref() {
        Some(column) => text!(
            "{code}: kolom `{column}`: {id}",
            "{code}: column `{column}`: {en}"
        ),
        None => text!("{code}: {id}", "{code}: {en}"),
    };
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "region-refused",
        text!("wilayah ini tidak diberi skor", "the region is not scored"),
    )
    .detail(detail)
}

/// The region that is asked for; the only one where none is named.
fn position(scores: &Scores, region: Option<&str>) -> Result<usize, Problem> {
    let Some(region) = region else {
        return match scores.len() {
            1 => Ok(0),
            count => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "region-needed",
                text!(
                    "data punya {count} wilayah: sebut satu dengan `region=`",
                    "the data has {count} regions: name one by `region=`"
                ),
            )),
        };
    };
    scores.find(region).ok_or_else(|| {
        let problem = Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown-region",
            text!(
                "wilayah `{region}` tidak ada dalam data",
                "the data has no region `{region}`"
            ),
        );
        let known = scores.regions.iter().map(|known| &**known);
        match suggest::nearest(region, known) {
            Some(near) => problem.help(text!("maksud Anda `{near}`?", "did you mean `{near}`?")),
            None => problem,
        }
    })
}
