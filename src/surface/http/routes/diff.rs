//! `POST /v1/diff`

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::score::REQUEST;
use super::{JSON, active, time};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Lang, Memory};
use crate::check::rule_set::Range;
use crate::data::{ReadRequest, read_data};
use crate::explain::difference::{Comparison, ComparisonOptions, Difference};
use crate::report::{DifferenceReport, Record, RulesRecord, difference_json};
use crate::surface::http::input::{Population, body, faulty_json, fits, query, unknown_form};
use crate::surface::http::problem::Problem;
use crate::surface::http::work::{Answer, work};
use crate::surface::http::{App, Shared};
use crate::{Active, BuildError};

/// What is compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    before: Side,
    after: Side,
    /// A list of rows or an object of columns.
    data: Option<Box<RawValue>>,
    year: Option<u16>,
    population: Option<Population>,
    common_scale: Option<[f64; 2]>,
    #[serde(default = "yes")]
    causes: bool,
}

fn yes() -> bool {
    true
}

/// A rule set, perhaps with values that are tried out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    rule_set: String,
    digest: Option<String>,
    #[serde(default)]
    set: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoWords {}

/// How many fields a region has beside the parts of causes, and the bytes that one holds.
const FIELDS: usize = 12;
const FIELD: usize = 200;
/// How many regions are named as movers in texts; in JSON all are given.
const MOVERS: usize = 5;

pub(super) async fn diff(State(app): State<Shared>, request: Request) -> Result<Response, Problem> {
    let NoWords {} = query(&request)?;
    let input = body(&app, request).await?;
    if !matches!(input.name, None | Some("body.json")) {
        return Err(unknown_form("CSV, XLSX"));
    }
    let own = app.clone();
    let document = work(&app, move || {
        let asked: Asked = serde_json::from_slice(&input.bytes)
            .map_err(|error| Problem::malformed(faulty_json(&error)))?;
        let document = compared(&own, &input.memory, &asked)?;
        let mut answer = Answer::new(&input.memory)?;
        let written = serde_json::to_writer(&mut answer, &document);
        answer.body(written.map_err(Into::into))
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, JSON)], document).into_response())
}

fn compared(app: &App, memory: &Memory, asked: &Asked) -> Result<Value, Problem> {
    let (before, after) = (side(app, &asked.before)?, side(app, &asked.after)?);
    let bundle = |active: &Active, side: &Side| {
        let bundle = active.bundle.clone().amended(&side.set)?;
        // What is wrong is said of the side that it is wrong on.
        app.engine
            .check_bundle(bundle.clone())
            .map_err(Problem::from)?;
        Ok::<_, Problem>(bundle)
    };
    let methods = &app.engine.registry().methods;
    let difference = Difference::new(
        bundle(&before, &asked.before)?,
        bundle(&after, &asked.after)?,
        methods,
    )
    .map_err(BuildError::Rules)?;
    let comparison = match &asked.data {
        None => None,
        Some(data) => Some(on_data(
            app,
            memory,
            &difference,
            [&before, &after],
            (data, asked),
        )?),
    };
    let shown = |side: &Side| match side.set.as_slice() {
        [] => side.rule_set.clone(),
        set => format!("{} {}", side.rule_set, set.join(" ")),
    };
    let mut record = Record::of(&difference.before);
    record.rules.push(RulesRecord::of(&difference.after));
    if let Some(comparison) = &comparison {
        record = record.with_data(REQUEST, &comparison.before.data_digest);
    }
    // The document is held whole before it is written.
    let parts = comparison.as_ref().map_or(0, |own| {
        let causes = own.attribution.as_ref().map_or(0, |own| own.causes.len());
        own.before.len().saturating_mul(FIELDS + causes)
    });
    let _held = memory.take(parts.saturating_mul(FIELD))?;
    let mut document = difference_json(&DifferenceReport {
        difference: &difference,
        comparison: comparison.as_ref(),
        sides: [&shown(&asked.before), &shown(&asked.after)],
        data: REQUEST,
        lang: Lang::En,
        movers: MOVERS,
        record,
    });
    if let Some(fields) = document.as_object_mut() {
        let since = [time(before.since), time(after.since)];
        fields.insert("active_since".to_owned(), json!(since));
    }
    Ok(document)
}

fn side(app: &App, side: &Side) -> Result<Arc<Active>, Problem> {
    let (index, year) = side
        .rule_set
        .split_once('/')
        .unwrap_or((&side.rule_set, ""));
    Ok(active(app, index, year, side.digest.as_deref())?.0)
}

fn on_data(
    app: &App,
    memory: &Memory,
    difference: &Difference,
    actives: [&Active; 2],
    (data, asked): (&RawValue, &Asked),
) -> Result<Comparison, Problem> {
    let bytes = data.get().as_bytes();
    let registry = app.engine.registry();
    let read = |_: usize, request: &ReadRequest| {
        let request = ReadRequest {
            budget: app.budget(memory),
            ..request.clone()
        };
        read_data(&registry.readers, Some("data.json"), &mut &*bytes, &request)
    };
    for active in actives {
        fits(&active.program, asked.population.is_some())?;
    }
    let common_scale = match asked.common_scale {
        None => None,
        Some([low, high]) if low < high && low.is_finite() && high.is_finite() => {
            Some(Range { low, high })
        }
        Some(_) => {
            return Err(Error::new(
                ErrorKind::Call,
                text!(
                    "`common_scale` adalah dua angka, yang kecil dulu",
                    "`common_scale` is two numbers, the lower one first"
                ),
            )
            .into());
        }
    };
    let options = ComparisonOptions {
        year: [asked.year; 2],
        common_scale,
        causes: asked.causes,
    };
    Ok(Comparison::new(
        difference,
        &registry.methods,
        1,
        &read,
        options,
    )?)
}
