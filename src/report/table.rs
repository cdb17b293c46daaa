//! Scores as tables for people: regions, bands, targets, roll-ups, aspects.

use std::io::Write;

use comfy_table::{Cell, CellAlignment, LineStyle, Table, TableStyle};

use super::{ProgressReport, Reporter, ScoreReport, heading};
use crate::base::NodeIndex;
use crate::base::language::text;
use crate::evaluate::summary::RollUp;

/// How many regions without an index or band are named.
const NAMED: usize = 8;

/// The table reporter.
pub(super) struct TableReporter;

impl Reporter for TableReporter {
    fn name(&self) -> &'static str {
        "table"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["txt"]
    }

    fn includes_summary(&self) -> bool {
        true
    }

    fn write(&self, report: &ScoreReport<'_>, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(out, "{}", regions(report))?;
        write!(out, "\n{}", render_summary(report))
    }
}

pub(super) fn new_table() -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    table
}

pub(super) fn right(text: impl ToString) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn value(report: &ScoreReport<'_>, node: NodeIndex, exact: Option<f64>) -> String {
    match exact {
        None => "–".to_owned(),
        Some(exact) if report.exact => report.lang.exact(exact),
        Some(exact) => report
            .lang
            .number(report.shown(node, exact), report.rules().decimals.value),
    }
}

fn regions(report: &ScoreReport<'_>) -> Table {
    let (rules, scores, lang) = (report.rules(), report.scores, report.lang);
    let shown: Vec<NodeIndex> = report
        .nodes()
        .filter(|node| {
            *node != NodeIndex::ROOT && (report.detail || rules.variables().contains(node))
        })
        .collect();
    let mut header = vec![
        right(lang.pick("Peringkat", "Rank")),
        Cell::new(lang.pick("Wilayah", "Region")),
        right(lang.pick("Indeks", "Index")),
        Cell::new(lang.pick("Kategori", "Band")),
    ];
    header.extend(
        shown
            .iter()
            .map(|node| right(rules.node(*node).title.get(lang))),
    );
    let mut table = new_table();
    table.set_header(header);
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by_key(|at| {
        (
            scores.ranks.get(*at).copied().flatten().unwrap_or(u32::MAX),
            *at,
        )
    });
    for at in order {
        let rank = scores.ranks.get(at).copied().flatten();
        let band = scores
            .bands
            .get(at)
            .copied()
            .flatten()
            .and_then(|band| rules.bands.get(band));
        let mut row = vec![
            right(rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string())),
            Cell::new(scores.label(at)),
            right(value(report, NodeIndex::ROOT, scores.index().get(at))),
            Cell::new(band.map_or("–", |band| band.title.get(lang))),
        ];
        row.extend(
            shown
                .iter()
                .map(|node| right(value(report, *node, scores.node(*node).get(at)))),
        );
        table.add_row(row);
    }
    table
}

/// What the scores come to, as text.
pub fn render_summary(report: &ScoreReport<'_>) -> String {
    let (rules, summary, lang) = (report.rules(), report.summary, report.lang);
    let mut out = format!("{}\n", heading(rules, lang));
    let reading = report
        .reading
        .as_ref()
        .map(|reading| format!(" ({})", reading.get(lang)))
        .unwrap_or_default();
    let year = report
        .scores
        .year
        .map(|year| format!(" · {} {year}", lang.pick("tahun data", "data year")))
        .unwrap_or_default();
    out.push_str(&format!(
        "{}: {}{reading}{year}\n",
        lang.pick("data", "data"),
        report.data
    ));
    if let (all, lacking @ 1..) = summary.values {
        let (all, lacking) = (lang.count(all), lang.count(lacking));
        let said = text!(
            "nilai kosong: {lacking} dari {all}, dilewati atau diisi menurut aturan",
            "missing values: {lacking} of {all}, skipped or filled in as the rules say"
        );
        out.push_str(&format!("{}\n", said.get(lang)));
    }
    if let Some(withheld) = &report.withheld {
        out.push_str(&format!("{}\n", withheld.told().get(lang)));
    }
    out.push_str(&format!("\n{}\n", roll_ups(report)));
    for result in &summary.targets {
        let Some(target) = rules.targets.get(result.target) else {
            continue;
        };
        let band = rules
            .bands
            .get(target.band)
            .map_or("", |band| band.title.get(lang));
        let band = super::direction::or_better(band);
        let band = band.get(lang);
        let title = target
            .title
            .as_ref()
            .map_or(target.id.as_str(), |title| title.get(lang));
        let percent = match report.exact {
            true => lang.exact(result.percent),
            false => lang.number(report.percent(result.percent), 2),
        };
        let (count, reached) = (target.count.value, lang.count(result.reached));
        out.push_str(&format!(
            "{}\n",
            text!(
                "Sasaran {title}: {count} wilayah berkategori {band}; tercapai {reached}, capaian {percent}%",
                "Target {title}: {count} regions in the band {band}; reached {reached}, {percent}%"
            )
            .get(lang)
        ));
    }
    if summary.unplaced_count > 0 {
        let count = lang.count(summary.unplaced_count);
        let names: Vec<String> = summary
            .unplaced
            .iter()
            .take(NAMED)
            .map(|at| report.scores.label(*at))
            .collect();
        let names = names.join(", ");
        let more = if summary.unplaced_count > NAMED {
            ", …"
        } else {
            ""
        };
        let (id, en) = if summary.targets.is_empty() {
            ("", "")
        } else {
            (", tidak dihitung tercapai", ", not counted as reached")
        };
        out.push_str(&format!(
            "{}\n",
            text!(
                "Wilayah tanpa indeks atau kategori{id}: {count} ({names}{more})",
                "Regions without index or band{en}: {count} ({names}{more})"
            )
            .get(lang)
        ));
    }
    if !summary.aspects.is_empty() {
        let parts: Vec<String> = summary
            .aspects
            .iter()
            .map(|aspect| {
                format!(
                    "{} {} ({})",
                    aspect.name,
                    value(report, NodeIndex::ROOT, aspect.mean),
                    aspect.indicators
                )
            })
            .collect();
        out.push_str(&format!(
            "{}: {}\n",
            lang.pick(
                "Rata-rata per aspek (banyaknya indikator)",
                "Means by aspect (number of indicators)"
            ),
            parts.join(", ")
        ));
    }
    out
}

fn roll_ups(report: &ScoreReport<'_>) -> Table {
    let (rules, summary, lang) = (report.rules(), report.summary, report.lang);
    let mut table = new_table();
    let mean = match &summary.weighted_by {
        None => lang.pick("Rata-rata indeks", "Mean index").to_owned(),
        Some(column) => format!(
            "{} `{column}`",
            lang.pick("Rata-rata berbobot", "Mean weighted by")
        ),
    };
    let mut header = vec![
        Cell::new(lang.pick("Kelompok", "Group")),
        right(lang.pick("Wilayah", "Regions")),
        right(lang.pick("Dengan indeks", "With index")),
        right(mean),
    ];
    header.extend(rules.bands.iter().map(|band| right(band.title.get(lang))));
    table.set_header(header);
    let mut add = |name: &str, part: &RollUp| {
        let mut row = vec![
            Cell::new(name),
            right(lang.count(part.regions)),
            right(lang.count(part.scored)),
            right(value(report, NodeIndex::ROOT, part.mean)),
        ];
        row.extend(part.bands.iter().map(|count| right(lang.count(*count))));
        table.add_row(row);
    };
    for (name, part) in &summary.groups {
        add(name, part);
    }
    if let Some(part) = &summary.ungrouped {
        add(lang.pick("(tanpa kelompok)", "(no group)"), part);
    }
    add(lang.pick("Semua", "All"), &summary.nation);
    table
}

/// Progress as a table: every region with its index in each year.
pub fn render_progress_table(report: &ProgressReport<'_>) -> String {
    let mut rows = super::progress::table(report).into_iter();
    let mut table = new_table();
    // Names and bands are words, all else are figures.
    let words = [0, report.progress.years.len() + 2];
    let cells = |row: Vec<String>| {
        row.into_iter()
            .enumerate()
            .map(|(at, text)| {
                if words.contains(&at) {
                    Cell::new(text)
                } else {
                    right(text)
                }
            })
            .collect::<Vec<_>>()
    };
    table.set_header(cells(rows.next().unwrap_or_default()));
    for row in rows {
        table.add_row(cells(row));
    }
    format!("{table}\n")
}
