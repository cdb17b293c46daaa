//! Scores as CSV: one row per region, one column per node, whatever the reader's language.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use super::{Made, ReadBack, Record, Reporter, ScoreReport, ScoreSink, ScoreStream, StreamHead};
use crate::base::{NodeIndex, Precision, pipeline};
use crate::check::RuleSet;
use crate::evaluate::{Decision, Scores};

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
        let scores = report.scores;
        let rows = CsvRows::of(report);
        let record = serde_json::to_string(&report.record)?;
        let mut writer = csv::Writer::from_writer(&mut *out);
        writer.write_record(rows.header())?;
        if scores.is_empty() {
            return close(writer, rows.header().len(), record);
        }
        writer.flush()?;
        drop(writer);
        let codes = super::issues::codes_by_position(scores);
        let mut starts = (0..scores.len()).step_by(BATCH);
        pipeline::in_order(
            || Ok(starts.next()),
            |start| {
                let positions = start..scores.len().min(start + BATCH);
                let first = (start == 0).then_some(record.as_str());
                rows.write(scores, positions, &codes, first)
            },
            |text| out.write_all(&text),
        )
    }

    fn stream<'a>(
        &self,
        head: StreamHead<'a>,
        out: &'a mut dyn Write,
    ) -> std::io::Result<Option<ScoreStream<'a>>> {
        let rows = CsvRows::streamed(head);
        let titles = rows.header();
        let mut header = csv::Writer::from_writer(Vec::new());
        header.write_record(&titles)?;
        let sink = CsvSink {
            out,
            header: header
                .into_inner()
                .map_err(csv::IntoInnerError::into_error)?,
            columns: titles.len(),
        };
        let make = move |scores: &Scores| {
            let codes = super::issues::codes_by_position(scores);
            let text = rows.write(scores, 0..scores.len(), &codes, None)?;
            Ok(Box::new(text) as Made)
        };
        Ok(Some(ScoreStream {
            make: Box::new(make),
            sink: Box::new(sink),
        }))
    }

    fn read_back(&self, output: &[u8]) -> Option<ReadBack> {
        read_back_csv(output)
    }
}

/// How many rows are written at a time.
const BATCH: usize = 2048;

/// Writes rows of scores: which columns there are.
pub(super) struct CsvRows<'a> {
    rules: &'a RuleSet,
    nodes: Vec<NodeIndex>,
    /// The indicators of which raw values are given, and where those come from.
    indicators: Vec<NodeIndex>,
    names: bool,
    year: bool,
    groups: bool,
    ranks: bool,
    exact: bool,
}

/// A CSV that is written piece by piece.
struct CsvSink<'a> {
    out: &'a mut dyn Write,
    /// The header, until there is something to write below it: before, the data may be refused.
    header: Vec<u8>,
    columns: usize,
}

impl ScoreSink for CsvSink<'_> {
    fn add(&mut self, made: Made) -> std::io::Result<()> {
        self.out.write_all(&std::mem::take(&mut self.header))?;
        match made.downcast::<Vec<u8>>() {
            Ok(text) => self.out.write_all(&text),
            Err(_) => Err(std::io::Error::other("not made by this form")),
        }
    }

    fn end(self: Box<Self>, record: &Record) -> std::io::Result<()> {
        self.out.write_all(&self.header)?;
        let writer = csv::Writer::from_writer(self.out);
        close(writer, self.columns, serde_json::to_string(record)?)
    }
}

impl<'a> CsvRows<'a> {
    /// The rows of an output that is written piece by piece.
    fn streamed(head: StreamHead<'a>) -> Self {
        let rules = head.rules;
        let nodes: Vec<NodeIndex> = rules.indices().collect();
        let raw = |node: &NodeIndex| head.detail && rules.node(*node).indicator().is_some();
        Self {
            rules,
            indicators: nodes.iter().copied().filter(raw).collect(),
            nodes,
            names: head.names,
            year: head.years,
            groups: head.groups,
            ranks: false,
            exact: head.exact,
        }
    }

    fn of(report: &'a ScoreReport<'_>) -> Self {
        let rules = report.rules();
        let scores = report.scores;
        let nodes: Vec<NodeIndex> = report.nodes().collect();
        let raw = |node: &NodeIndex| report.detail && rules.node(*node).indicator().is_some();
        Self {
            rules,
            indicators: nodes.iter().copied().filter(raw).collect(),
            nodes,
            names: scores.names.iter().any(Option::is_some),
            year: scores.year.is_some(),
            groups: scores.groups.iter().any(Option::is_some),
            ranks: true,
            exact: report.exact,
        }
    }

    /// The titles of the columns.
    fn header(&self) -> Vec<String> {
        let id = |node: &NodeIndex| self.rules.node(*node).id.as_str();
        let mut header = vec!["region".to_owned()];
        header.extend(self.names.then(|| "name".to_owned()));
        header.extend(self.year.then(|| "year".to_owned()));
        header.extend(self.groups.then(|| "group".to_owned()));
        header.extend(self.nodes.iter().map(|node| id(node).to_owned()));
        for node in &self.indicators {
            header.extend([format!("raw.{}", id(node)), format!("from.{}", id(node))]);
        }
        header.push("band".to_owned());
        header.extend(self.ranks.then(|| "rank".to_owned()));
        header.extend(["issues", "status", RECORD].map(str::to_owned));
        header
    }

    /// Some rows as text; the first of them has the record, if one is given.
    fn write(
        &self,
        scores: &Scores,
        positions: Range<usize>,
        codes: &[Vec<&'static str>],
        mut record: Option<&str>,
    ) -> std::io::Result<Vec<u8>> {
        let cells = 8 + self.nodes.len() + 3 * self.indicators.len();
        let mut out = Vec::with_capacity(positions.len() * cells * 8);
        let status = self.rules.status.value.name();
        let precisions = self.nodes.iter().map(|node| self.rules.precision(*node));
        let precisions: Vec<Precision> = precisions.collect();
        let text = |list: &'_ [Option<Arc<str>>], at: usize| {
            list.get(at).cloned().flatten().unwrap_or_default()
        };
        for position in positions {
            write_text(
                scores.regions.get(position).map_or("", |region| region),
                &mut out,
            );
            if self.names {
                out.push(b',');
                write_text(&text(&scores.names, position), &mut out);
            }
            if self.year {
                out.push(b',');
            }
            if let Some(year) = scores.year.filter(|_| self.shows_year(scores, position)) {
                write!(out, "{year}")?;
            }
            if self.groups {
                out.push(b',');
                write_text(&text(&scores.groups, position), &mut out);
            }
            for (node, precision) in self.nodes.iter().zip(&precisions) {
                out.push(b',');
                if let Some(value) = scores.node(*node).get(position) {
                    self.number(*precision, value, &mut out)?;
                }
            }
            for node in &self.indicators {
                out.push(b',');
                if let Some(raw) = scores.raw_value(*node, position) {
                    write!(out, "{raw}")?;
                }
                let decision = scores.decision(*node, position);
                let decision = decision.map_or("", Decision::name);
                write!(out, ",{decision}")?;
            }
            let band = scores.band(position);
            let band = band.and_then(|band| self.rules.bands.get(band));
            let band = band.map_or("", |band| &band.id);
            write!(out, ",{band}")?;
            if self.ranks {
                out.push(b',');
            }
            if let Some(rank) = scores.rank(position).filter(|_| self.ranks) {
                write!(out, "{rank}")?;
            }
            let codes = codes.get(position).map_or(&[][..], Vec::as_slice);
            write!(out, ",{},{status},", codes.join(" "))?;
            write_text(record.take().unwrap_or_default(), &mut out);
            out.push(b'\n');
        }
        Ok(out)
    }

    /// Whether the year of a row is given. Of a piece, it is known of the rows that are scored.
    fn shows_year(&self, scores: &Scores, position: usize) -> bool {
        self.year && (self.ranks || scores.refused.get(position) == Some(&false))
    }

    fn number(&self, precision: Precision, exact: f64, out: &mut Vec<u8>) -> std::io::Result<()> {
        if self.exact {
            return write!(out, "{exact}");
        }
        precision.write(exact, out);
        Ok(())
    }
}

/// Writes a text as a cell, between quotation marks where it has to be. Ids and numbers never have to.
fn write_text(text: &str, out: &mut Vec<u8>) {
    let plain = |byte: &u8| !matches!(byte, b',' | b'"' | b'\n' | b'\r');
    if text.as_bytes().iter().all(plain) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
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
