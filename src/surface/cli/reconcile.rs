//! `tanggap reconcile`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clap::{ArgAction, Command};

use super::args::{choice, data_arguments, data_year, option, rule_set, safe_csv};
use super::output::{wants_safe_csv, write_csv};
use super::{Call, Entry, FINE, WRONG, data};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Issue, IssueKind, Lang, NodeIndex, Text};
use crate::data::{Dataset, ReadRequest};
use crate::explain::recap::{RecapCount, recap_counts};
use crate::explain::reconcile::{Published, ReconcileOptions, Reconciliation, reconcile};
use crate::report::{
    ReconciliationReport, Record, reconciliation_json, render_issues, render_reconciliation,
    write_reconciliation_csv,
};
use crate::{EvaluateOptions, RuleSet, Scores, evaluate};

type Recap = Vec<(Arc<str>, Vec<Option<f64>>)>;

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "reconcile",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    data_arguments(rule_set(command, lang), lang)
        .arg(safe_csv(lang))
        .about(say(
            "Membandingkan hitungan ulang dengan nilai, kategori dan rekap yang terbit",
            "Compare what is recomputed with published values, bands and a recap",
        ))
        .arg(data_year(lang))
        .arg(option("published", "COLUMN").help(say(
            "Kolom nilai indeks yang terbit",
            "Column of the published index values",
        )))
        .arg(option("published-node", "NODE=COLUMN").action(ArgAction::Append).help(say(
            "Kolom nilai terbit suatu bagian, misalnya kesehatan=IK; boleh berulang",
            "Column of the published values of a node, such as hazard=HA; may be repeated",
        )))
        .arg(option("published-data", "FILE").help(say(
            "Berkas nilai terbit, bila bukan berkas data; disambung menurut kode wilayah",
            "File of the published values, where it is not the data file; joined by region code",
        )))
        .arg(option("published-band", "COLUMN").help(say(
            "Kolom kategori yang terbit",
            "Column of the published bands",
        )))
        .arg(
            option("tolerance", "NUMBER")
                .value_parser(clap::value_parser!(f64))
                .help(say(
                    "Selisih yang diterima; bawaan: harus sama sesudah dibulatkan",
                    "Accepted difference; default: equal after rounding",
                )),
        )
        .arg(
            option("decimals", "NUMBER")
                .value_parser(clap::value_parser!(u8).range(0..=15))
                .help(say(
                    "Desimal yang dibandingkan; bawaan: seperti tertulis di kolomnya, selain itu seperti aturannya",
                    "Decimals to compare; default: as the column is written, else as the rules publish",
                )),
        )
        .arg(option("recap", "FILE").help(say(
            "Rekap terbit: baris per kelompok, kolom per kategori",
            "A published recap: a row a group, a column a band",
        )))
        .arg(choice("format", "text|csv|json", &["text", "csv", "json"]).help(say("Bentuk keluaran", "Form of the output")))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let name = call.rule_set()?;
    let Some(program) = call.program(&name)? else {
        return Ok(WRONG);
    };
    let rules = program.rules();
    let wanted = wanted(call, rules)?;
    let path = call.text("data").unwrap_or_default();
    let bytes = data::bytes(call, &path)?;
    let request = ReadRequest {
        decimals: true,
        ..data::request(call, rules)
    };
    let dataset = data::read_request(call, &path, &bytes, &request)?;
    let options = EvaluateOptions {
        year: call.matches.get_one::<u16>("year").copied(),
        progress: None,
        ..Default::default()
    };
    let mut scores = evaluate(&program, &dataset, &options)?;
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
    let other = call.text("published-data");
    let other = other.map(|path| Ok::<_, Error>((data::bytes(call, &path)?, path)));
    let other = other.transpose()?;
    let mut found = Vec::with_capacity(wanted.len());
    let (mut unmatched, mut faults) = (BTreeSet::new(), Vec::new());
    for (node, column) in &wanted {
        let (file, bytes) = match &other {
            Some((bytes, path)) => (path, bytes),
            None => (&path, &bytes),
        };
        let published = published(call, rules, file, bytes, column, *node)?;
        let by_position = match &other {
            Some(_) => joined(&scores, &published, &mut unmatched),
            None => {
                let rows = scores.rows.iter().map(|row| published_of(&published, *row));
                rows.collect()
            }
        };
        if by_position.iter().all(|own| own.value.is_none()) {
            return Err(Error::new(
                ErrorKind::Data,
                text!(
                    "kolom nilai terbit `{column}` tidak berisi satu angka pun untuk wilayah dalam data",
                    "the column of published values `{column}` holds no number for a region of the data"
                ),
            ));
        }
        let options = ReconcileOptions {
            node: Some(*node),
            tolerance,
            decimals,
            column: published.decimals.first().copied().unwrap_or_default(),
        };
        found.push(reconcile(&scores, &dataset, &by_position, &options)?);
        match &other {
            Some((_, path)) => faults.extend(unread_elsewhere(path, &published)),
            None => {
                // What is wrong in the published column stands in the same rows.
                let told = |issue: &&Issue| issue.row.is_some() && issue.column.is_some();
                faults.extend(published.issues.iter().filter(told).map(|_| None));
                for issue in published.issues.iter().filter(told) {
                    if !scores.issues.contains(issue) {
                        scores.issues.push(issue.clone());
                    }
                }
            }
        }
    }
    let (mut recap, mut recap_faults) = (Vec::new(), Vec::new());
    let first = found.iter().find(|own| own.node == NodeIndex::ROOT);
    if let (Some(path), Some(first)) = (call.text("recap"), first) {
        let (rows, faults) = read_recap(call, rules, &path)?;
        recap = recap_counts(&scores, first, &rows);
        recap_faults = faults;
    }
    let shown = data::shown(call, &path);
    let shown = match &other {
        Some((_, path)) => format!("{shown} ↔ {path}"),
        None => shown,
    };
    let format = call.text("format").unwrap_or_else(|| "text".to_owned());
    let unmatched: Vec<String> = unmatched.into_iter().collect();
    let report = ReconciliationReport {
        scores: &scores,
        found: &found,
        unmatched: &unmatched,
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
            let safe = wants_safe_csv(call);
            let result = write_csv(safe, call.output.writer(), |out| {
                write_reconciliation_csv(&report, out)
            });
            call.output.keep(result);
        }
        "json" => call
            .output
            .print(&format!("{:#}", reconciliation_json(&report))),
        _ => call.output.print(render_reconciliation(&report).trim_end()),
    }
    let own: Vec<Option<String>> = wanted
        .iter()
        .map(|(_, column)| Some(column.clone()))
        .chain([call.text("published-band")])
        .collect();
    scores.issues.retain(|issue| {
        let column = issue.column.as_deref();
        issue.kind != IssueKind::UnknownColumn || !own.iter().any(|own| own.as_deref() == column)
    });
    let issues = render_issues(&scores, call.lang);
    if !issues.is_empty() {
        call.output.error(&format!("\n{}", issues.trim_end()));
    }
    for fault in faults.iter().flatten().chain(&recap_faults) {
        call.output.error(fault.get(call.lang));
    }
    let recap_agrees = !recap.iter().any(RecapCount::differs);
    let faultless = faults.is_empty() && recap_faults.is_empty();
    Ok(if found.iter().all(agrees) && recap_agrees && faultless {
        FINE
    } else {
        WRONG
    })
}

fn agrees(found: &Reconciliation) -> bool {
    found.disagreements.is_empty() && found.unknown_bands.is_empty()
}

/// The nodes whose values were published, each with its column; the index first.
fn wanted(call: &Call<'_>, rules: &RuleSet) -> Result<Vec<(NodeIndex, String)>, Error> {
    let mut wanted: Vec<(NodeIndex, String)> = Vec::new();
    wanted.extend(
        call.text("published")
            .map(|column| (NodeIndex::ROOT, column)),
    );
    let nodes = call.matches.get_many::<String>("published-node");
    for written in nodes.into_iter().flatten() {
        let Some((id, column)) = written.split_once('=') else {
            return Err(Error::new(
                ErrorKind::Call,
                text!(
                    "`{written}` tidak menyebut kolom",
                    "`{written}` names no column"
                ),
            )
            .with_help(text!(
                "tulis `--published-node BAGIAN=KOLOM`",
                "write `--published-node NODE=COLUMN`"
            )));
        };
        let (id, column) = (id.trim(), column.trim());
        let node = match id {
            "index" => Some(NodeIndex::ROOT),
            id => rules.find(id),
        };
        let Some(node) = node else {
            let ids = rules.nodes.iter().map(|node| node.id.as_str());
            let near = crate::base::suggest::help(id, ids);
            return Err(Error::new(
                ErrorKind::Call,
                text!(
                    "perangkat aturan tidak punya bagian `{id}`",
                    "the rule set has no node `{id}`"
                ),
            )
            .with_help_if(near));
        };
        wanted.push((node, column.to_owned()));
    }
    if wanted.is_empty() {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "kolom nilai terbit belum disebut",
                "no column of published values is named"
            ),
        )
        .with_help(text!(
            "tambahkan `--published KOLOM`, atau `--published-node BAGIAN=KOLOM`",
            "add `--published COLUMN`, or `--published-node NODE=COLUMN`"
        )));
    }
    Ok(wanted)
}

/// The published values, and bands where they are asked for: read as a data set of one raw column, in which the
/// band takes the place of the group.
fn published(
    call: &Call<'_>,
    rules: &RuleSet,
    path: &str,
    bytes: &[u8],
    column: &str,
    node: NodeIndex,
) -> Result<Dataset, Error> {
    let band = call.text("published-band");
    let mut request = ReadRequest {
        headers: vec![column.to_owned()],
        ids: vec![column.to_owned()],
        group: band.filter(|_| node == NodeIndex::ROOT),
        weighted_by: None,
        decimals: true,
        ..data::request(call, rules)
    };
    let mut dataset = data::read_request(call, path, bytes, &request);
    if dataset.is_err() && call.text("published-data").is_some() && request.year.is_some() {
        // A file of published values mostly is of one year, and does not say which.
        request.year = None;
        dataset = data::read_request(call, path, bytes, &request);
    }
    let dataset = dataset?;
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

/// The published values of another file, by the codes of the scored regions and, where both say it, their year; codes that
/// the data does not have are added to a list.
fn joined(
    scores: &Scores,
    published: &Dataset,
    unmatched: &mut BTreeSet<String>,
) -> Vec<Published> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, region) in scores.regions.iter().enumerate() {
        if scores.refused.get(position) == Some(&false) {
            places.insert(region, position);
        }
    }
    let mut found = vec![Published::default(); scores.len()];
    for chunk in &published.chunks {
        for (row, region) in chunk.regions.iter().enumerate() {
            let year = chunk.years.get(row).copied().flatten();
            let other = year.is_some() && scores.year.is_some() && year != scores.year;
            if chunk.refused.contains(row) || other {
                continue;
            }
            match places.get(&**region) {
                Some(position) => {
                    if let Some(slot) = found.get_mut(*position) {
                        *slot = published_of(published, chunk.start + row as u32);
                    }
                }
                None => {
                    unmatched.insert(region.to_string());
                }
            }
        }
    }
    found
}

/// What is wrong in a file of published values.
fn unread_elsewhere(path: &str, published: &Dataset) -> Vec<Option<Text>> {
    let issues = published.issues.iter().filter(|issue| issue.row.is_some());
    let faults = issues.map(|issue| {
        let (code, Text { id, en }) = (issue.kind.code(), issue.kind.message());
        let line = issue.cell.map_or(0, |cell| cell.line);
        let found = issue.found.as_deref().unwrap_or_default();
        Some(text!(
            "{path}, baris {line}, `{found}` [{code}]: {id}",
            "{path}, line {line}, `{found}` [{code}]: {en}"
        ))
    });
    faults.collect()
}

fn published_of(published: &Dataset, row: u32) -> Published {
    let at = published.chunks.partition_point(|chunk| chunk.start <= row);
    let Some(chunk) = at.checked_sub(1).and_then(|at| published.chunks.get(at)) else {
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
    let bytes = data::bytes(call, path)?;
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
