//! Issues in words: alike ones together, with how many there are and which rows.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::language::text;
use crate::base::{Issue, IssueKind, Lang, NodeIndex, Severity, Span, Text};
use crate::evaluate::Scores;

/// How many missing columns are reported one by one.
const FEW: usize = 3;
/// How many rows of a group are named.
const NAMED: usize = 5;

/// Issues that are alike.
#[derive(Clone, Debug)]
pub struct IssueGroup<'a> {
    /// The kind.
    pub kind: IssueKind,
    /// The node.
    pub node: Option<NodeIndex>,
    /// The column.
    pub column: Option<&'a str>,
    /// The place in the rules.
    pub place: Option<Span>,
    /// The issues.
    pub issues: Vec<&'a Issue>,
}

/// Groups issues, errors first, then by kind, node and column.
pub fn group_issues(issues: &[Issue]) -> Vec<IssueGroup<'_>> {
    type Key<'a> = (
        std::cmp::Reverse<Severity>,
        IssueKind,
        std::cmp::Reverse<Option<NodeIndex>>,
        Option<&'a str>,
        Option<Span>,
    );
    let mut groups: BTreeMap<Key<'_>, Vec<&Issue>> = BTreeMap::new();
    for issue in issues {
        let key = (
            std::cmp::Reverse(issue.kind.severity()),
            issue.kind,
            // Parts before the whole: their issue is mostly the cause.
            std::cmp::Reverse(issue.node),
            issue.column.as_deref(),
            issue.place,
        );
        groups.entry(key).or_default().push(issue);
    }
    groups
        .into_iter()
        .map(
            |((_, kind, std::cmp::Reverse(node), column, place), issues)| IssueGroup {
                kind,
                node,
                column,
                place,
                issues,
            },
        )
        .collect()
}

/// All issues of scores as text, empty when there are none. Columns that are merely not read are one line.
pub fn render_issues(scores: &Scores, lang: Lang) -> String {
    let text = rendered(scores, lang);
    // A terminal must not take orders from a data file.
    text.replace(|c: char| c.is_control() && c != '\n', "\u{fffd}")
}

fn rendered(scores: &Scores, lang: Lang) -> String {
    let whole = |kind| {
        scores
            .issues
            .iter()
            .filter(move |issue| issue.kind == kind)
            .collect::<Vec<_>>()
    };
    let (unread, lacking) = (
        whole(IssueKind::UnknownColumn),
        whole(IssueKind::MissingColumn),
    );
    // Many missing columns have one cause, most likely another file.
    let many = lacking.len() > FEW;
    let issues: Vec<Issue> = scores
        .issues
        .iter()
        .filter(|issue| issue.kind != IssueKind::UnknownColumn)
        .filter(|issue| !(many && issue.kind == IssueKind::MissingColumn))
        .cloned()
        .collect();
    let mut out = String::new();
    if many {
        let names: Vec<String> = lacking
            .iter()
            .filter_map(|issue| {
                let column = issue.column.as_deref()?;
                Some(match issue.found.as_deref() {
                    Some(near) => {
                        let meant = lang.pick("maksud Anda", "did you mean");
                        format!("`{column}` ({meant} `{near}`?)")
                    }
                    None => format!("`{column}`"),
                })
            })
            .collect();
        let (list, all) = (names.join(", "), scores.program.rules().columns.len());
        let count = names.len();
        let line = text!(
            "{count} dari {all} kolom tidak ada dalam data: berkas yang benar? {list}",
            "{count} of {all} columns are not in the data: is it the right file? {list}"
        );
        let word = Severity::Error.word();
        let code = IssueKind::MissingColumn.code();
        out.push_str(&format!("{}[{code}]: {}\n", word.get(lang), line.get(lang)));
    }
    for group in group_issues(&issues) {
        out.push_str(&render_group(scores, &group, lang));
    }
    if !unread.is_empty() {
        let names: Vec<&str> = unread
            .iter()
            .filter_map(|issue| issue.column.as_deref())
            .collect();
        let list = names.join("`, `");
        let line = text!(
            "kolom yang tidak dibaca: `{list}`",
            "columns that are not read: `{list}`"
        );
        let word = Severity::Note.word();
        out.push_str(&format!(
            "{}[{}]: {}\n",
            word.get(lang),
            IssueKind::UnknownColumn.code(),
            line.get(lang)
        ));
    }
    out
}

fn render_group(scores: &Scores, group: &IssueGroup<'_>, lang: Lang) -> String {
    let rules = scores.program.rules();
    let mut subject = Vec::new();
    if let Some(node) = group.node {
        subject.push(format!("`{}`", rules.node(node).id));
    }
    if let Some(column) = group.column {
        let noun = match group.kind {
            IssueKind::HiddenSheet => lang.pick("lembar", "sheet"),
            IssueKind::MergedCells => lang.pick("sel", "cells"),
            IssueKind::UnknownIndicator => lang.pick("indikator", "indicator"),
            _ => lang.pick("kolom", "column"),
        };
        subject.push(format!("{noun} `{column}`"));
    }
    let subject = if subject.is_empty() {
        String::new()
    } else {
        format!("{}: ", subject.join(", "))
    };
    let word = group.kind.severity().word();
    let mut out = format!(
        "{}[{}]: {subject}{}\n",
        word.get(lang),
        group.kind.code(),
        group.kind.message().get(lang)
    );
    if let Some(place) = group.place {
        let at = rules.sources.place(place);
        let line = rules.sources.line(place).trim();
        let shown: String = line.chars().take(60).collect();
        out.push_str(&format!("  --> {}:{}  {shown}\n", at, at.column));
    }
    let rows: Vec<&&Issue> = group
        .issues
        .iter()
        .filter(|issue| issue.row.is_some())
        .collect();
    if !rows.is_empty() {
        let named: Vec<String> = rows
            .iter()
            .take(NAMED)
            .map(|issue| row(scores, issue, lang))
            .collect();
        let all: usize = rows.iter().map(|issue| issue.times).sum();
        let more = all.saturating_sub(rows.len().min(NAMED));
        let more = if more > 0 {
            let count = lang.count(more);
            format!(
                " {}",
                text!("… dan {count} lagi", "… and {count} more").get(lang)
            )
        } else {
            String::new()
        };
        let count = lang.count(all);
        // Where one region has several rows, rows are counted.
        let of_rows = matches!(
            group.kind,
            IssueKind::DuplicateRegion | IssueKind::TwoRegions | IssueKind::UnnamedYear
        );
        let unit = match (of_rows, all) {
            (true, 1) => lang.pick("baris", "row"),
            (true, _) => lang.pick("baris", "rows"),
            (false, 1) => lang.pick("wilayah", "region"),
            (false, _) => lang.pick("wilayah", "regions"),
        };
        out.push_str(&format!("  {count} {unit}: {}{more}\n", named.join(", ")));
    } else if let (IssueKind::MissingColumn | IssueKind::UnknownIndicator, Some(near)) = (
        group.kind,
        group
            .issues
            .first()
            .and_then(|issue| issue.found.as_deref()),
    ) {
        let help = text!("maksud Anda `{near}`?", "did you mean `{near}`?");
        out.push_str(&format!(
            "  = {}: {}\n",
            lang.pick("saran", "help"),
            help.get(lang)
        ));
    }
    out
}

fn row(scores: &Scores, issue: &Issue, lang: Lang) -> String {
    let position = issue.row.and_then(|row| scores.position(row));
    let region = position
        .and_then(|at| scores.regions.get(at))
        .map_or("", |region| region);
    let region = if region.is_empty() { "?" } else { region };
    let line = match scores.place_of(issue) {
        Some(place) => format!(" ({})", place.get(lang)),
        None => String::new(),
    };
    match issue.found.as_deref() {
        Some(found) if found != region && !found.is_empty() => {
            let computed = issue
                .column
                .is_none()
                .then(|| found.parse::<f64>().ok())
                .flatten();
            let found: String = match computed {
                Some(value) if found.len() > 12 => {
                    lang.exact(crate::base::Rounding::HalfUp.round(value, 6))
                }
                Some(value) => lang.exact(value),
                None => found.chars().take(40).collect(),
            };
            format!("{region}{line} `{found}`")
        }
        _ => format!("{region}{line}"),
    }
}

/// The codes of the issues of each region, each once.
pub(super) fn codes_by_position(scores: &Scores) -> Vec<Vec<&'static str>> {
    let mut codes: Vec<Vec<&'static str>> = vec![Vec::new(); scores.len()];
    for issue in &scores.issues {
        let position = issue.row.and_then(|row| scores.position(row));
        if let Some(list) = position.and_then(|at| codes.get_mut(at))
            && !list.contains(&issue.kind.code())
        {
            list.push(issue.kind.code());
        }
    }
    for (list, row) in codes.iter_mut().zip(&scores.rows) {
        for kind in scores.kinds.of(*row) {
            if !list.contains(&kind.code()) {
                list.push(kind.code());
            }
        }
        list.sort_unstable();
    }
    codes
}

/// An issue as data.
#[derive(Serialize)]
pub(super) struct IssueRecord {
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    pub(super) message: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cell: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) found: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<String>,
    /// How many alike ones it stands for, itself among them, where these are more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<usize>,
}

pub(super) fn records(scores: &Scores) -> Vec<IssueRecord> {
    scores
        .issues
        .iter()
        .map(|issue| record(scores, issue))
        .collect()
}

pub(super) fn record(scores: &Scores, issue: &Issue) -> IssueRecord {
    let rules = scores.program.rules();
    let position = issue.row.and_then(|row| scores.position(row));
    IssueRecord {
        code: issue.kind.code(),
        severity: issue.kind.severity(),
        message: issue.kind.message(),
        region: position
            .and_then(|at| scores.regions.get(at))
            .map(ToString::to_string),
        line: issue
            .cell
            .map(|cell| cell.line)
            .or_else(|| scores.lines.get(position?).copied())
            .filter(|line| *line > 0),
        cell: issue
            .cell
            .filter(|cell| cell.column.is_some())
            .and(scores.sheet.as_ref())
            .and_then(|_| scores.place_of(issue))
            .map(|place| place.id.into_owned()),
        node: issue.node.map(|node| rules.node(node).id.clone()),
        column: issue.column.as_deref().map(str::to_owned),
        found: issue.found.as_deref().map(str::to_owned),
        place: issue.place.map(|span| {
            let place = rules.sources.place(span);
            format!("{}:{}", place, place.column)
        }),
        times: Some(issue.times).filter(|times| *times > 1),
    }
}
