//! Scores as CSV: one row a region, one column a node, whatever the reader's language.

use std::io::Write;
use std::sync::Arc;

use super::{ReadBack, Reporter, ScoreReport};
use crate::base::NodeIndex;
use crate::evaluate::Decision;

/// The column of the record, which stands in the first row.
pub(super) const RECORD: &str = "record";

/// The CSV reporter.
pub(super) struct CsvReporter;

impl Reporter for CsvReporter {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn includes_summary(&self) -> bool {
        false
    }

    fn write(&self, report: &ScoreReport<'_>, out: &mut dyn Write) -> std::io::Result<()> {
        let rules = report.rules();
        let scores = report.scores;
        let nodes: Vec<NodeIndex> = report.nodes().collect();
        let indicators: Vec<NodeIndex> = nodes
            .iter()
            .copied()
            .filter(|node| report.detail && rules.node(*node).indicator().is_some())
            .collect();
        let codes = super::issues::codes_by_position(scores);
        let (names, groups) = (
            scores.names.iter().any(Option::is_some),
            scores.groups.iter().any(Option::is_some),
        );
        let mut writer = csv::Writer::from_writer(out);
        let id = |node: &NodeIndex| rules.node(*node).id.as_str();
        let mut header = vec!["region".to_owned()];
        header.extend(names.then(|| "name".to_owned()));
        header.extend(scores.year.map(|_| "year".to_owned()));
        header.extend(groups.then(|| "group".to_owned()));
        header.extend(nodes.iter().map(|node| id(node).to_owned()));
        for node in &indicators {
            header.extend([format!("raw.{}", id(node)), format!("from.{}", id(node))]);
        }
        header.extend(["band", "rank", "issues", "status", RECORD].map(str::to_owned));
        writer.write_record(&header)?;
        let optional = |list: &[Option<Arc<str>>], at: usize| {
            let text = list.get(at).and_then(Option::as_deref);
            text.unwrap_or_default().to_owned()
        };
        let mut record = serde_json::to_string(&report.record)?;
        for (position, region) in scores.regions.iter().enumerate() {
            let mut row = vec![region.to_string()];
            row.extend(names.then(|| optional(&scores.names, position)));
            row.extend(scores.year.map(|year| year.to_string()));
            row.extend(groups.then(|| optional(&scores.groups, position)));
            for node in &nodes {
                let value = scores.node(*node).get(position);
                row.push(value.map_or_else(String::new, |value| number(report, value)));
            }
            for node in &indicators {
                let raw = scores.raw_value(*node, position);
                row.push(raw.map_or_else(String::new, |raw| raw.to_string()));
                let decision = scores.decision(*node, position);
                row.push(decision.map_or("", Decision::name).to_owned());
            }
            let band = scores.band(position).and_then(|band| rules.bands.get(band));
            row.push(band.map_or_else(String::new, |band| band.id.clone()));
            let rank = scores.rank(position);
            row.push(rank.map_or_else(String::new, |rank| rank.to_string()));
            row.push(codes.get(position).cloned().unwrap_or_default().join(" "));
            row.push(rules.status.value.name().to_owned());
            row.push(std::mem::take(&mut record));
            writer.write_record(&row)?;
        }
        close(writer, header.len(), record)
    }

    fn read_back(&self, output: &[u8]) -> Option<ReadBack> {
        read_back_csv(output)
    }
}

/// Ends a CSV. One without rows still carries its record, in a row that is empty but for it.
pub(super) fn close<W: Write>(
    mut writer: csv::Writer<W>,
    columns: usize,
    record: String,
) -> std::io::Result<()> {
    if !record.is_empty() {
        let mut row = vec![String::new(); columns.saturating_sub(1)];
        row.push(record);
        writer.write_record(&row)?;
    }
    writer.flush()
}

/// Reads a CSV of ours back: every cell is a figure, placed by row and column.
pub(super) fn read_back_csv(output: &[u8]) -> Option<ReadBack> {
    let mut reader = csv::Reader::from_reader(output);
    let header = reader.headers().ok()?.clone();
    let mut at = header
        .iter()
        .enumerate()
        .filter(|(_, name)| *name == RECORD);
    let (Some((at, _)), None) = (at.next(), at.next()) else {
        return None;
    };
    let mut record = None;
    let mut figures = Vec::new();
    for row in reader.records() {
        let row = row.ok()?;
        if let Some(written) = row.get(at).filter(|written| !written.is_empty()) {
            // An output has one record.
            if record.is_some() {
                return None;
            }
            record = Some(serde_json::from_str(written).ok()?);
        }
        if row
            .iter()
            .enumerate()
            .all(|(cell, text)| cell == at || text.is_empty())
        {
            // A table without rows has its record in a row of its own.
            continue;
        }
        let cell = |name: &str| header.iter().position(|known| known == name);
        let of = |name: &str| cell(name).and_then(|at| row.get(at)).unwrap_or_default();
        let region = format!("{} {}", of("region"), of("year"));
        let region = region.trim_end();
        for (name, cell) in header.iter().zip(&row).filter(|(name, _)| *name != RECORD) {
            figures.push((format!("{region}, {name}"), cell.to_owned()));
        }
    }
    Some(ReadBack {
        record: record?,
        figures,
        keeps_15_digits: false,
    })
}

fn number(report: &ScoreReport<'_>, exact: f64) -> String {
    let rules = report.rules();
    if report.exact {
        format!("{exact}")
    } else {
        rules.rounding.value.written(exact, rules.decimals.value)
    }
}
