//! Data with one row per value: rows of one region become one row, whatever their order.

use std::collections::{BTreeSet, HashMap};

use super::budget::Budget;
use super::builder::{Builder, Cell, Row};
use super::dataset::NO_LINE;
use super::reader::ReadRequest;
use crate::base::number::same;
use crate::base::{Error, Held, IssueKind, suggest};

/// The regions of a table that has one row per value, gathered until its end.
#[derive(Default)]
pub(crate) struct LongRows {
    places: HashMap<(Box<str>, Option<Box<str>>), usize>,
    rows: Vec<LongRow>,
    /// The indicators that the rule set does not read.
    unknown: BTreeSet<String>,
    known: Vec<bool>,
    held: Held,
}

/// What a row, one of its cells, a fault and a text hold, in bytes.
const ROW: usize = 384;
const CELL: usize = 36;
const FAULT: usize = 96;
const TEXT: usize = 64;

struct LongRow {
    region: Box<str>,
    name: Option<Box<str>>,
    year: Option<Box<str>>,
    group: Option<Box<str>>,
    line: u32,
    cells: Vec<Option<Cell>>,
    lines: Vec<u32>,
    weight: Cell,
    /// Whether several weights were given, so that none is to be believed.
    weights_differ: bool,
    refused: bool,
    /// What is wrong with it, to be reported when it becomes a row: kind, column, line, what was found.
    faults: Vec<(IssueKind, Option<String>, u32, String)>,
}

impl LongRow {
    /// Takes the weight that a line gives.
    fn weigh(&mut self, weight: Cell, header: Option<String>, line: u32) {
        match (&self.weight, weight) {
            (_, Cell::Missing) => {}
            _ if self.weights_differ => {}
            (Cell::Missing, weight) => self.weight = weight,
            (Cell::Number(known), Cell::Number(now)) if same(*known, now) => {}
            (Cell::Wrong(..), Cell::Wrong(..)) => {}
            _ => {
                self.weight = Cell::Missing;
                self.weights_differ = true;
                let fault = (IssueKind::DuplicateValue, header, line, String::new());
                self.faults.push(fault);
            }
        }
    }
}

impl LongRows {
    /// Without regions yet.
    pub(crate) fn new(budget: &Budget) -> Self {
        Self {
            held: budget.memory.hold(),
            ..Self::default()
        }
    }

    /// Adds the value of a line to its region.
    pub(crate) fn add(
        &mut self,
        builder: &mut Builder,
        request: &ReadRequest,
        row: &Row<'_>,
        value: (&str, Cell),
        weight: Cell,
        refused: bool,
    ) -> Result<(), Error> {
        let at = self.place(request, row, refused)?;
        let faults = |own: &Self| own.rows.get(at).map_or(0, |own| own.faults.len());
        let before = faults(self);
        self.put(builder, request, row, (at, value), weight)?;
        self.held.owe((faults(self) - before) * FAULT)
    }

    /// The place of the region of a line, which may be new.
    fn place(
        &mut self,
        request: &ReadRequest,
        row: &Row<'_>,
        refused: bool,
    ) -> Result<usize, Error> {
        let count = request.headers.len();
        let before = self.rows.len();
        self.known.resize(count, false);
        let key = (row.region.into(), row.year.map(Into::into));
        let rows = &mut self.rows;
        // Rows without a code are none of one region.
        let nameless = row.region.is_empty() || refused;
        let fresh = || LongRow {
            region: row.region.into(),
            name: row.name.map(Into::into),
            year: row.year.map(Into::into),
            group: row.group.map(Into::into),
            line: row.line,
            cells: vec![None; count],
            lines: vec![NO_LINE; count],
            weight: Cell::Missing,
            weights_differ: false,
            refused,
            faults: Vec::new(),
        };
        let at = if nameless {
            rows.push(fresh());
            rows.len() - 1
        } else {
            *self.places.entry(key).or_insert_with(|| {
                rows.push(fresh());
                rows.len() - 1
            })
        };
        if rows.len() > before {
            let texts = [row.name, row.year, row.group].into_iter().flatten();
            let letters: usize = texts.map(str::len).sum();
            self.held
                .owe(ROW + count * CELL + row.region.len() * 2 + letters)?;
            request.budget.rows(rows.len())?;
        }
        Ok(at)
    }

    /// Adds the value of a line to the region at a place.
    fn put(
        &mut self,
        builder: &mut Builder,
        request: &ReadRequest,
        row: &Row<'_>,
        (at, (named, value)): (usize, (&str, Cell)),
        weight: Cell,
    ) -> Result<(), Error> {
        let Some(slot) = self.rows.get_mut(at) else {
            return Ok(());
        };
        slot.faults
            .extend(builder.take_reports().into_iter().map(|issue| {
                let found = issue.found.map(String::from).unwrap_or_default();
                (issue.kind, issue.column.map(String::from), row.line, found)
            }));
        let differs = |known: &Option<Box<str>>, now: Option<&str>| match (known.as_deref(), now) {
            (Some(known), Some(now)) => !known.is_empty() && !now.is_empty() && known != now,
            _ => false,
        };
        if differs(&slot.name, row.name) || differs(&slot.group, row.group) {
            let found = [row.name, row.group].into_iter().flatten();
            let found = found.collect::<Vec<_>>().join(", ");
            slot.refused = true;
            slot.faults
                .push((IssueKind::TwoRegions, None, row.line, found));
        }
        // The first line that names them counts.
        let first = |known: &mut Option<Box<str>>, now: Option<&str>| {
            if known.as_deref().is_none_or(str::is_empty) {
                *known = now.map(Into::into);
            }
        };
        first(&mut slot.name, row.name);
        first(&mut slot.group, row.group);
        let weighs = request.weighted_by.as_deref() == Some(named);
        let read = weighs && request.position(named).is_some();
        let weight = match weight {
            _ if !weighs => weight,
            // Where the weight is an indicator as well, what is wrong with it is said there.
            _ if read && matches!(value, Cell::Wrong(..)) => Cell::Missing,
            _ => value.clone(),
        };
        slot.weigh(weight, request.weighted_by.clone(), row.line);
        if named.is_empty() {
            slot.faults
                .push((IssueKind::NoIndicator, None, row.line, String::new()));
            return Ok(());
        }
        let Some(column) = request.position(named) else {
            if weighs {
                return Ok(());
            }
            if !self.unknown.contains(named) {
                // As many names as columns of a sheet.
                request.budget.columns(self.unknown.len() + 1)?;
                self.held.owe(TEXT + named.len())?;
                self.unknown.insert(named.to_owned());
            }
            return Ok(());
        };
        let header = || request.headers.get(column).cloned();
        if let Some(known) = self.known.get_mut(column) {
            *known = true;
        }
        let (Some(cell), Some(line)) = (slot.cells.get_mut(column), slot.lines.get_mut(column))
        else {
            return Ok(());
        };
        *line = row.line;
        if cell.is_some() {
            // Neither of the two is to be believed.
            *cell = Some(Cell::Missing);
            slot.faults
                .push((IssueKind::DuplicateValue, header(), row.line, String::new()));
        } else {
            *cell = Some(value);
        }
        Ok(())
    }

    pub(crate) fn finish(
        self,
        builder: &mut Builder,
        request: &ReadRequest,
        weights: Option<usize>,
    ) -> Result<(), Error> {
        let weighed = self
            .rows
            .iter()
            .any(|row| row.weights_differ || !matches!(row.weight, Cell::Missing));
        if let (Some(header), None, false) = (&request.weighted_by, weights, weighed) {
            builder.report_column(IssueKind::MissingColumn, header, "");
        }
        let unknown = &self.unknown;
        for (header, known) in builder
            .headers()
            .into_iter()
            .zip(self.known.iter().copied().chain(std::iter::repeat(false)))
        {
            if !known {
                let near = suggest::nearest(&header, unknown.iter().map(String::as_str));
                builder.report_column(IssueKind::MissingColumn, &header, near.unwrap_or_default());
            }
        }
        let known: Vec<String> = builder.headers();
        // A name that is near to one which is there as well is another indicator.
        let lacking = known
            .iter()
            .zip(self.known.iter().copied().chain(std::iter::repeat(false)));
        let lacking: Vec<&str> = lacking
            .filter(|(_, there)| !there)
            .map(|(header, _)| header.as_str())
            .collect();
        for named in unknown {
            match suggest::nearest(named, lacking.iter().copied()) {
                Some(near) => builder.report_column(IssueKind::UnknownIndicator, named, near),
                None => builder.report_column(IssueKind::UnknownColumn, named, ""),
            }
        }
        for slot in self.rows {
            for (kind, column, line, found) in &slot.faults {
                builder.line = *line;
                builder.report(*kind, column.as_deref(), found);
            }
            builder.line = slot.line;
            let row = Row {
                region: &slot.region,
                name: slot.name.as_deref(),
                year: slot.year.as_deref(),
                group: slot.group.as_deref(),
                line: slot.line,
            };
            let cells = slot
                .cells
                .into_iter()
                .map(|cell| cell.unwrap_or(Cell::Missing));
            builder.row_of_values(&row, cells, &slot.lines, slot.weight, slot.refused)?;
        }
        Ok(())
    }
}
