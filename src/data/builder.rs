//! Rows → a piece of a data set: what every row is checked for, whatever format it came in.

use std::collections::HashMap;
use std::sync::Arc;

use super::batch::{Batch, Codes};
use super::dataset::{CHUNK_ROWS, Chunk, NO_LINE, NumberColumn};
use super::head::Head;
use super::issues::IssueList;
use crate::base::{CellPlace, Error, Held, Issue, IssueKind};

/// One cell of a number column, as a reader found it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing.
    Missing,
    /// A finite number.
    Number(f64),
    /// Something else, with what was found.
    Wrong(IssueKind, Box<str>),
}

/// One row, as a reader found it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row<'a> {
    /// The region code.
    pub(crate) region: &'a str,
    /// The name of the region, if there is a column of names.
    pub(crate) name: Option<&'a str>,
    /// The text of the year, if there is a year column.
    pub(crate) year: Option<&'a str>,
    /// The group, if there is a group column.
    pub(crate) group: Option<&'a str>,
    /// The line in the file, counted from 1.
    pub(crate) line: u32,
}

fn is_in_order(weight: Option<f64>) -> bool {
    weight.is_some_and(|weight| weight > 0.0)
}

/// Builds a piece of a data set row by row; every reader goes through it, so that all check alike.
pub(crate) struct Builder<'r> {
    head: Arc<Head<'r>>,
    chunks: Vec<Chunk>,
    issues: IssueList,
    chunk: Chunk,
    rows: u32,
    groups: HashMap<Box<str>, Arc<str>>,
    codes: Codes,
    /// What was reported of the row that is about to be added.
    reports: Vec<Issue>,
    /// The line that is being read.
    pub(crate) line: u32,
    held: Held,
    /// Bytes of the row that is about to be added, beside its values.
    size: usize,
}

/// What a row holds beside its values and texts, and what a text holds beside its letters, in bytes.
const ROW: usize = 192;
const TEXT: usize = 48;
/// What a value and an issue hold, in bytes.
const VALUE: usize = 10;
const ISSUE: usize = 256;

impl<'r> Builder<'r> {
    pub(crate) fn new(head: Arc<Head<'r>>) -> Self {
        let issues = head.request.budget.issues;
        let memory = head.request.budget.memory.hold();
        let mut builder = Self {
            head,
            chunks: Vec::new(),
            issues: IssueList::new(issues),
            chunk: Chunk::default(),
            rows: 0,
            groups: HashMap::new(),
            codes: Codes::default(),
            reports: Vec::new(),
            line: NO_LINE,
            held: memory,
            size: 0,
        };
        builder.chunk = builder.fresh();
        builder
    }

    fn fresh(&self) -> Chunk {
        Chunk {
            start: self.rows,
            columns: vec![NumberColumn::default(); self.head.empty.headers.len()],
            ..Chunk::default()
        }
    }

    /// The headers of the raw columns.
    pub(crate) fn headers(&self) -> Vec<String> {
        self.head.empty.headers.clone()
    }

    /// Adds an issue of the row that is about to be added, on the line that is being read.
    pub(crate) fn report(&mut self, kind: IssueKind, column: Option<&str>, found: &str) {
        let mut issue = Issue::row(self.rows, kind).found(found);
        if self.line != NO_LINE {
            issue = issue.in_cell(CellPlace {
                line: self.line,
                column: column.and_then(|column| {
                    let own = self.head.columns_at.get(column).copied();
                    own.or(self.head.value_at)
                }),
            });
        }
        self.reports.push(match column {
            Some(column) => issue.in_column(column),
            None => issue,
        });
    }

    /// Adds an issue of a column as a whole.
    pub(crate) fn report_column(&mut self, kind: IssueKind, column: &str, found: &str) {
        let issue = Issue::column(column, kind);
        self.issues.push(if found.is_empty() {
            issue
        } else {
            issue.found(found)
        });
    }

    /// Takes back what was reported of the row that is about to be added.
    pub(crate) fn take_reports(&mut self) -> Vec<Issue> {
        std::mem::take(&mut self.reports)
    }

    /// Adds a row with its number cells, in the order of the headers, and its weight.
    pub(crate) fn row(
        &mut self,
        row: &Row<'_>,
        cells: impl IntoIterator<Item = Cell>,
        weight: Cell,
        refuse: bool,
    ) -> Result<(), Error> {
        self.row_of_values(row, cells, &[], weight, refuse)
    }

    /// Adds a row whose values each stand on a line of their own.
    pub(crate) fn row_of_values(
        &mut self,
        row: &Row<'_>,
        cells: impl IntoIterator<Item = Cell>,
        lines: &[u32],
        weight: Cell,
        refuse: bool,
    ) -> Result<(), Error> {
        let mut refused = refuse;
        if row.region.is_empty() && !refuse {
            self.report(IssueKind::EmptyRegion, None, "");
            refused = true;
        }
        let year = row.year.and_then(|year| year.parse::<u16>().ok());
        if let (Some(written), None, false) = (row.year, year, refused) {
            let column = self.head.empty.year.clone();
            self.report(IssueKind::NotAYear, column.as_deref(), written);
            refused = true;
        }
        let group = self.group(row.group);
        for (column, cell) in cells.into_iter().enumerate() {
            self.line = lines.get(column).copied().unwrap_or(row.line);
            let value = self.cell(cell, Some(column), refused);
            if let Some(column) = self.chunk.columns.get_mut(column) {
                column.push(value);
            }
        }
        self.line = row.line;
        if !lines.is_empty() {
            self.chunk.value_lines.resize(lines.len(), Vec::new());
            for (all, line) in self.chunk.value_lines.iter_mut().zip(lines) {
                all.push(*line);
            }
        }
        let weight = self.weight(weight, refused);
        self.put(row, year, group, weight, refused);
        self.size += self.reports.len() * ISSUE;
        self.issues.extend(self.reports.drain(..));
        self.close_row()
    }

    /// The weight of a region, where means over regions are weighted.
    fn weight(&mut self, cell: Cell, refused: bool) -> Option<f64> {
        let wrong = matches!(cell, Cell::Wrong(..));
        let weight = self.cell(cell, None, refused);
        let header = self.head.empty.weighted_by.clone();
        let (Some(header), false, false) = (header, wrong, refused) else {
            return weight;
        };
        if is_in_order(weight) {
            return weight;
        }
        let found = weight.map(|weight| weight.to_string()).unwrap_or_default();
        if weight.is_some_and(|weight| weight < 0.0) {
            self.report(IssueKind::NegativeWeight, Some(&header), &found);
            return None;
        }
        self.report(IssueKind::NoRegionWeight, Some(&header), &found);
        weight
    }

    /// Whether nothing is to be said of the weight that a row has.
    pub(crate) fn weighs(&self, weight: f64) -> bool {
        self.head.empty.weighted_by.is_none() || is_in_order(Some(weight))
    }

    /// Adds a row of which all is in order: its values by column, NaN where they are missing.
    pub(crate) fn row_in_order(
        &mut self,
        row: &Row<'_>,
        year: Option<u16>,
        values: &[f64],
        weight: f64,
    ) -> Result<(), Error> {
        let there = |value: f64| (!value.is_nan()).then_some(value);
        for (column, value) in self.chunk.columns.iter_mut().zip(values) {
            column.push(there(*value));
        }
        let group = self.group(row.group);
        self.put(row, year, group, there(weight), false);
        self.close_row()
    }

    /// The group of a row; one text for all of its rows.
    fn group(&mut self, group: Option<&str>) -> Option<Arc<str>> {
        let group = group.filter(|group| !group.is_empty())?;
        if let Some(known) = self.groups.get(group) {
            return Some(known.clone());
        }
        let new: Arc<str> = group.into();
        self.groups.insert(group.into(), new.clone());
        Some(new)
    }

    /// Adds what a row has beside its values.
    fn put(
        &mut self,
        row: &Row<'_>,
        year: Option<u16>,
        group: Option<Arc<str>>,
        weight: Option<f64>,
        refused: bool,
    ) {
        let at = self.chunk.rows();
        let name = row.name.filter(|name| !name.is_empty());
        self.size += TEXT * 2 + row.region.len() + name.map_or(0, str::len);
        self.chunk.weights.push(weight);
        let region: Arc<str> = row.region.into();
        self.codes.add(&region, refused, row.line);
        self.chunk.regions.push(region);
        self.chunk.names.push(name.map(Into::into));
        self.chunk.years.push(year);
        self.chunk.groups.push(group);
        self.chunk.lines.push(row.line);
        self.chunk.refused.grow(at + 1);
        self.chunk.refused.set(at, refused);
        self.rows += 1;
    }

    fn close_row(&mut self) -> Result<(), Error> {
        if self.chunk.rows() == CHUNK_ROWS {
            let next = self.fresh();
            self.chunks.push(std::mem::replace(&mut self.chunk, next));
        }
        self.head.request.budget.rows(self.rows as usize)?;
        let size = std::mem::take(&mut self.size) + ROW + self.chunk.columns.len() * VALUE;
        self.held.owe(size)
    }

    /// The value of a cell of a column, or, without one, of what weighs regions.
    fn cell(&mut self, cell: Cell, column: Option<usize>, refused: bool) -> Option<f64> {
        match cell {
            Cell::Missing => None,
            Cell::Number(value) => Some(value),
            Cell::Wrong(kind, found) => {
                if !refused {
                    let header = match column {
                        Some(column) => self.head.empty.headers.get(column),
                        None => self.head.empty.weighted_by.as_ref(),
                    };
                    let header = header.cloned().unwrap_or_default();
                    self.report(kind, Some(&header), &found);
                }
                None
            }
        }
    }

    /// The rows, as a piece.
    pub(crate) fn finish(mut self) -> Batch {
        if self.chunk.rows() > 0 {
            let last = std::mem::take(&mut self.chunk);
            self.chunks.push(last);
        }
        Batch {
            chunks: self.chunks,
            issues: self.issues,
            rows: self.rows,
            codes: self.codes,
            held: vec![Arc::new(self.held)],
            ..Batch::default()
        }
    }
}
