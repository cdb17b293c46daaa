//! `tanggap reconcile`.

use std::sync::Arc;

use super::{Call, FINE, WRONG, data};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Issue, IssueKind, Text};
use crate::evaluate::{Dataset, ReadRequest};
use crate::explain::recap::{RecapCount, recap_counts};
use crate::explain::reconcile::{Published, ReconcileOptions, Reconciliation, reconcile};
use crate::report::{
    ReconciliationReport, Record, reconciliation_json, render_issues, render_reconciliation,
    write_reconciliation_csv,
};
use crate::{EvaluateOptions, RuleSet, evaluate};

type Recap = Vec<(Arc<str>, Vec<Option<f64>>)>;

pub(super) fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let Some(program) = call.program(&name)? else {
        return Ok(WRONG);
    };
    let rules = program.rules();
    let path = call.text("data").unwrap_or_default();
    let bytes = data::bytes(&path)?;
    let dataset = data::read_bytes(call, &program, &path, &bytes)?;
    let options = EvaluateOptions {
        year: call.matches.get_one::<u16>("year").copied(),
        progress: None,
        ..Default::default()
    };
    let scores = evaluate(&program, &dataset, &options)?;
    let published = published(call, rules, &path, &bytes)?;
    let by_row = scores.rows.iter().map(|row| published_of(&published, *row));
    let by_row: Vec<Published> = by_row.collect();
    if by_row.iter().all(|published| published.value.is_none()) {
        return Err(Error::new(
            ErrorKind::Data,
            text!(
                "kolom nilai terbit tidak berisi satu angka pun",
                "the column of published values holds no number"
            ),
        ));
    }
    let tolerance = call.matches.get_one::<f64>("tolerance").copied();
    if let Some(wrong) = tolerance.filter(|value| !value.is_finite() || *value < 0.0) {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "`{wrong}` bukan selisih: angka sedikitnya 0",
                "`{wrong}` is no difference: a number, at least 0"
            ),
        ));
    }
    let decimals = call.matches.get_one::<u8>("decimals").copied();
    let found = reconcile(
        &scores,
        &dataset,
        &by_row,
        &ReconcileOptions {
            tolerance,
            decimals,
        },
    )?;
    let (mut recap, mut recap_faults) = (Vec::new(), Vec::new());
    if let Some(path) = call.text("recap") {
        let (rows, faults) = read_recap(call, rules, &path)?;
        recap = recap_counts(&scores, &found, &rows);
        recap_faults = faults;
    }
    let shown = data::shown(call, &path);
    let format = call.text("format").unwrap_or_else(|| "text".to_owned());
    let report = ReconciliationReport {
        scores: &scores,
        found: &found,
        recap: &recap,
        data: &shown,
        lang: call.lang,
        record: Record {
            call: call.written(&format),
            ..Record::of(rules).with_data(&path, &scores.data_digest)
        },
    };
    match format.as_str() {
        "csv" => {
            let result = write_reconciliation_csv(&report, call.output.writer());
            call.output.keep(result);
        }
        "json" => call
            .output
            .print(&format!("{:#}", reconciliation_json(&report))),
        _ => call.output.print(render_reconciliation(&report).trim_end()),
    }
    // What is wrong in the published column stands in the same rows.
    let told = |issue: &&Issue| issue.row.is_some() && issue.column.is_some();
    let unread: Vec<Issue> = published.issues.iter().filter(told).cloned().collect();
    let unreadable = !unread.is_empty();
    let own = [call.text("published"), call.text("published-band")];
    let mut scores = scores.clone();
    scores.issues.retain(|issue| {
        let column = issue.column.as_deref();
        issue.kind != IssueKind::UnknownColumn || !own.iter().any(|own| own.as_deref() == column)
    });
    for issue in unread {
        if !scores.issues.contains(&issue) {
            scores.issues.push(issue);
        }
    }
    let issues = render_issues(&scores, call.lang);
    if !issues.is_empty() {
        call.output.error(&format!("\n{}", issues.trim_end()));
    }
    for fault in &recap_faults {
        call.output.error(fault.get(call.lang));
    }
    let recap_agrees = !recap.iter().any(RecapCount::differs);
    let faultless = !unreadable && recap_faults.is_empty();
    Ok(if agrees(&found) && recap_agrees && faultless {
        FINE
    } else {
        WRONG
    })
}

fn agrees(found: &Reconciliation) -> bool {
    found.disagreements.is_empty() && found.unknown_bands.is_empty()
}

/// The published values, and bands where they are asked for: read as a data set of one raw column, in which the
/// band takes the place of the group.
fn published(call: &Call<'_>, rules: &RuleSet, path: &str, bytes: &[u8]) -> Result<Dataset, Error> {
    let column = call.text("published").unwrap_or_default();
    let mut request = data::request(call, rules);
    request.headers = vec![column.clone()];
    request.ids = vec![column.clone()];
    request.group = call.text("published-band");
    request.weighted_by = None;
    let dataset = data::read_request(call, path, bytes, &request)?;
    let lacking = dataset
        .issues
        .iter()
        .find(|issue| issue.kind == crate::base::IssueKind::MissingColumn);
    let Some(issue) = lacking else {
        return Ok(dataset);
    };
    let error = Error::new(
        ErrorKind::Call,
        text!(
            "data tidak punya kolom `{column}`",
            "the data has no column `{column}`"
        ),
    );
    Err(match issue.found.as_deref() {
        Some(near) => error.with_help(text!("maksud Anda `{near}`?", "did you mean `{near}`?")),
        None => error,
    })
}

fn published_of(published: &Dataset, row: u32) -> Published {
    let chunk = published.chunks.iter().find(|chunk| {
        chunk.start <= row && row < chunk.start + u32::try_from(chunk.rows()).unwrap_or(0)
    });
    let Some(chunk) = chunk else {
        return Published::default();
    };
    let at = (row - chunk.start) as usize;
    Published {
        value: chunk.columns.first().and_then(|column| column.get(at)),
        band: chunk.groups.get(at).cloned().flatten(),
    }
}

/// A recap: its first column names the groups, and the columns named like bands hold their counts.
fn read_recap(call: &Call<'_>, rules: &RuleSet, path: &str) -> Result<(Recap, Vec<Text>), Error> {
    let bytes = data::bytes(path)?;
    let mut names: Vec<(usize, String)> = Vec::new();
    for (band, rule) in rules.bands.iter().enumerate() {
        for name in [&*rule.title.id, &*rule.title.en, &*rule.id] {
            let forms = [name.to_owned(), name.to_uppercase(), name.to_lowercase()];
            for form in forms {
                if !names.iter().any(|(_, known)| *known == form) {
                    names.push((band, form));
                }
            }
        }
    }
    let headers: Vec<String> = names.iter().map(|(_, name)| name.clone()).collect();
    let request = ReadRequest {
        ids: headers.clone(),
        headers,
        missing: rules.data.missing.clone(),
        ..ReadRequest::default()
    };
    let dataset = data::read_request(call, path, &bytes, &request)?;
    let mut recap = Recap::new();
    let there = |at: usize| dataset.raw_at.get(at).copied().flatten().is_some();
    let wanted: Vec<Option<usize>> = (0..rules.bands.len())
        .map(|band| {
            (0..names.len())
                .find(|at| there(*at) && names.get(*at).is_some_and(|(b, _)| *b == band))
        })
        .collect();
    if wanted.iter().all(Option::is_none) {
        let titles: Vec<&str> = rules
            .bands
            .iter()
            .map(|band| band.title.get(call.lang))
            .collect();
        let titles = titles.join("`, `");
        return Err(Error::new(
            ErrorKind::Data,
            text!(
                "rekap `{path}` tidak punya kolom bernama kategori: `{titles}`",
                "the recap `{path}` has no column named like a band: `{titles}`"
            ),
        ));
    }
    for chunk in &dataset.chunks {
        for (row, group) in chunk.regions.iter().enumerate() {
            let figure = |at: &Option<usize>| chunk.columns.get((*at)?)?.get(row);
            recap.push((group.clone(), wanted.iter().map(figure).collect()));
        }
    }
    // A count that cannot be read must not pass for one that agrees.
    let told = dataset.issues.iter().filter(|issue| {
        let odd = matches!(issue.kind, IssueKind::OddCode | IssueKind::TotalRow);
        issue.row.is_some() && !odd
    });
    let faults = told.map(|issue| {
        let (code, Text { id, en }) = (issue.kind.code(), issue.kind.message());
        let line = issue.cell.map_or(0, |cell| cell.line);
        let column = issue.column.as_deref().unwrap_or_default();
        let found = issue.found.as_deref().unwrap_or_default();
        text!(
            "rekap, baris {line}, kolom `{column}`, `{found}` [{code}]: {id}",
            "recap, line {line}, column `{column}`, `{found}` [{code}]: {en}"
        )
    });
    Ok((recap, faults.collect()))
}
