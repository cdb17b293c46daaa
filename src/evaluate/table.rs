//! Rows of cells → a data set. Every reader hands its rows to a [`Table`], so that all formats know the same
//! columns, the same forms (one row a region, or one row a value) and the same faults.

use std::borrow::Cow;
use std::collections::HashMap;

use super::dataset::{Builder, Cell, Dataset, NO_LINE, Row};
use super::reader::{Layout, ReadRequest, decimal_sign, is_date, is_written_number, read_number};
use crate::base::{Error, IssueKind, suggest};

/// One cell, as a reader found it.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'a> {
    /// An empty cell.
    Nothing,
    /// Text of a format that knows nothing but text, such as CSV: it may be a number.
    Written(Cow<'a, str>),
    /// Text of a format that knows numbers, so that it is none.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// A date or time.
    Date(Cow<'a, str>),
    /// An error value, such as `#DIV/0!`.
    Error(Cow<'a, str>),
    /// A formula whose value the file does not hold.
    NotComputed,
    /// Bytes that are no text, as far as they can be shown.
    Unreadable(Cow<'a, str>),
}

impl Found<'_> {
    /// What a person sees in the cell.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match self {
            Found::Nothing | Found::NotComputed => Cow::Borrowed(""),
            Found::Written(text)
            | Found::Text(text)
            | Found::Date(text)
            | Found::Error(text)
            | Found::Unreadable(text) => Cow::Borrowed(text.trim()),
            Found::Number(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// Where the table stands in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The sheet, in formats that have sheets: messages then name cells by their address.
    pub sheet: Option<String>,
    /// The position of the first column in the file, counted from 0.
    pub first_column: u32,
}

/// A table being read, row by row: what a [`Reader`](super::Reader) hands its cells to.
///
/// ```
/// use tanggap::evaluate::{Found, Origin, ReadRequest, Table};
/// let request = ReadRequest { headers: vec!["a".into()], ids: vec!["a".into()], ..Default::default() };
/// let mut table = Table::begin(vec!["kode".into(), "a".into()], Origin::default(), &request)?;
/// table.row(2, |at| if at == 0 { Found::Text("01".into()) } else { Found::Number(5.0) });
/// table.row(3, |at| if at == 0 { Found::Text("02".into()) } else { Found::Error("#DIV/0!".into()) });
/// let data = table.finish();
/// assert_eq!(data.rows(), 2);
/// assert_eq!(data.issues[0].kind.code(), "D116");
/// # Ok::<(), tanggap::base::Error>(())
/// ```
pub struct Table<'r> {
    request: &'r ReadRequest,
    headers: Vec<String>,
    layout: Layout,
    builder: Builder,
    /// Whether written numbers have a decimal comma; the first sign that comes decides, unless it is known.
    pub decimal_comma: Option<bool>,
    long: Option<LongRows>,
}

impl<'r> Table<'r> {
    /// Begins a table with its header.
    ///
    /// # Errors
    /// When a column that was named for regions, years, groups or weights does not exist, or when a header that is
    /// read occurs twice.
    pub fn begin(
        headers: Vec<String>,
        origin: Origin,
        request: &'r ReadRequest,
    ) -> Result<Self, Error> {
        let (layout, mut data) = Layout::find(&headers, request)?;
        let in_file = |at: usize| u32::try_from(at).ok().map(|at| at + origin.first_column);
        data.raw_at = layout
            .columns
            .iter()
            .map(|at| at.and_then(in_file))
            .collect();
        data.sheet = origin.sheet;
        data.year_like = layout.year_like.clone();
        let mut builder = Builder::new(data);
        for (at, header) in headers.iter().enumerate() {
            if let Some(at) = in_file(at) {
                builder.columns_at.entry(header.clone()).or_insert(at);
            }
        }
        Ok(Self {
            request,
            long: layout.long.map(|_| LongRows::default()),
            headers,
            layout,
            builder,
            decimal_comma: None,
        })
    }

    /// Adds a row, given the cell of each column by its position. `line` is its line in the file, counted
    /// from 1; 0 where there are none.
    pub fn row<'c>(&mut self, line: u32, cell: impl Fn(usize) -> Found<'c>) {
        self.add(line, cell, false);
    }

    /// Adds a row whose number of cells is not that of the header; it is reported and not scored.
    pub fn ragged_row<'c>(&mut self, line: u32, cells: usize, cell: impl Fn(usize) -> Found<'c>) {
        self.builder.line = line;
        let cells = format!("{cells} / {}", self.headers.len());
        self.builder.report(IssueKind::RaggedRow, None, &cells);
        self.add(line, cell, true);
    }

    /// The data set.
    pub fn finish(mut self) -> Dataset {
        if let Some(long) = self.long.take() {
            long.finish(&mut self.builder);
        }
        self.builder.finish()
    }

    fn add<'c>(&mut self, line: u32, cell: impl Fn(usize) -> Found<'c>, ragged: bool) {
        self.builder.line = line;
        let key = cell(self.layout.key);
        let mut refuse = ragged;
        if let Some(kind) = code_fault(&key) {
            let header = self.headers.get(self.layout.key).cloned();
            self.builder.report(kind, header.as_deref(), &key.shown());
            refuse |= kind != IssueKind::NumericCode;
        }
        let region = key.shown();
        let text = |at: Option<usize>| at.map(|at| cell(at).shown().into_owned());
        for at in [self.layout.name, self.layout.group].into_iter().flatten() {
            if let Found::Unreadable(found) = cell(at) {
                let header = self.headers.get(at).cloned();
                self.builder
                    .report(IssueKind::NotUtf8, header.as_deref(), &found);
            }
        }
        let (name, year, group) = (
            text(self.layout.name),
            text(self.layout.year),
            text(self.layout.group),
        );
        let weight = self
            .layout
            .weighted_by
            .map_or(Cell::Missing, |at| self.number(cell(at)));
        let row = Row {
            region: &region,
            name: name.as_deref(),
            year: year.as_deref(),
            group: group.as_deref(),
            line,
        };
        match (self.layout.long, self.long.as_mut()) {
            (Some((indicator, value)), Some(_)) => {
                let named = cell(indicator).shown().into_owned();
                let value = self.number(cell(value));
                if let Some(long) = &mut self.long {
                    long.add(
                        &mut self.builder,
                        self.request,
                        &row,
                        (&named, value),
                        weight,
                        refuse,
                    );
                }
            }
            _ => {
                let columns = std::mem::take(&mut self.layout.columns);
                let cells: Vec<Cell> = columns
                    .iter()
                    .map(|at| at.map_or(Cell::Missing, |at| self.number(cell(at))))
                    .collect();
                self.layout.columns = columns;
                self.builder.row(&row, cells, weight, refuse);
            }
        }
    }

    fn number(&mut self, found: Found<'_>) -> Cell {
        let missing = |text: &str| self.request.is_missing(text.trim());
        let wrong = |kind, text: &str| Cell::Wrong(kind, text.trim().into());
        match found {
            Found::Nothing => Cell::Missing,
            Found::Written(text) => {
                if self.decimal_comma.is_none() {
                    self.decimal_comma = decimal_sign(text.as_bytes());
                }
                let comma = self.decimal_comma.unwrap_or(false);
                read_number(&text, comma, &self.request.missing)
            }
            Found::Number(value) if value.is_finite() => Cell::Number(value),
            Found::Number(value) => wrong(IssueKind::NotFiniteInData, &value.to_string()),
            Found::Text(text) | Found::Error(text) | Found::Date(text) if missing(&text) => {
                Cell::Missing
            }
            Found::Text(text) if is_written_number(&text) => wrong(IssueKind::NumberAsText, &text),
            Found::Text(text) if is_date(&text) => wrong(IssueKind::DateInData, &text),
            Found::Text(text) => wrong(IssueKind::NotNumeric, &text),
            Found::Unreadable(text) => wrong(IssueKind::NotUtf8, &text),
            Found::Date(text) => wrong(IssueKind::DateInData, &text),
            Found::Error(text) => wrong(IssueKind::ErrorCell, &text),
            Found::NotComputed => wrong(IssueKind::NotComputed, ""),
        }
    }
}

/// What is wrong with a cell that should hold a region code.
fn code_fault(key: &Found<'_>) -> Option<IssueKind> {
    match key {
        Found::Number(code)
            if code.fract().abs() > 0.0 || code.abs() > crate::base::number::LARGEST_WHOLE =>
        {
            Some(IssueKind::NumericCode)
        }
        Found::Date(_) => Some(IssueKind::DateInData),
        Found::Error(_) => Some(IssueKind::ErrorCell),
        Found::NotComputed => Some(IssueKind::NotComputed),
        Found::Unreadable(_) => Some(IssueKind::NotUtf8),
        _ => None,
    }
}

/// The regions of a table that has one row a value, gathered until its end.
#[derive(Default)]
struct LongRows {
    places: HashMap<(Box<str>, Option<Box<str>>), usize>,
    rows: Vec<LongRow>,
    /// The indicators that the rule set does not read, in the order in which they come.
    unknown: Vec<String>,
    known: Vec<bool>,
}

struct LongRow {
    region: Box<str>,
    name: Option<Box<str>>,
    year: Option<Box<str>>,
    group: Option<Box<str>>,
    line: u32,
    cells: Vec<Option<Cell>>,
    lines: Vec<u32>,
    weight: Cell,
    refused: bool,
    /// What is wrong with it, to be reported when it becomes a row: kind, column, line, what was found.
    faults: Vec<(IssueKind, Option<String>, u32, String)>,
}

impl LongRows {
    fn add(
        &mut self,
        builder: &mut Builder,
        request: &ReadRequest,
        row: &Row<'_>,
        (named, value): (&str, Cell),
        weight: Cell,
        refused: bool,
    ) {
        let count = request.headers.len();
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
            weight: weight.clone(),
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
        let Some(slot) = rows.get_mut(at) else { return };
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
        if matches!(slot.weight, Cell::Missing) {
            slot.weight = weight;
        }
        if named.is_empty() {
            slot.faults
                .push((IssueKind::NoIndicator, None, row.line, String::new()));
            return;
        }
        if request.weighted_by.as_deref() == Some(named) {
            // What is wrong with it is said of the value.
            slot.weight = match value {
                Cell::Number(weight) => Cell::Number(weight),
                _ => Cell::Missing,
            };
        }
        let Some(column) = request.position(named) else {
            if request.weighted_by.as_deref() == Some(named) {
                return;
            }
            if !self.unknown.iter().any(|known| known == named) {
                self.unknown.push(named.to_owned());
            }
            return;
        };
        let header = || request.headers.get(column).cloned();
        if let Some(known) = self.known.get_mut(column) {
            *known = true;
        }
        let (Some(cell), Some(line)) = (slot.cells.get_mut(column), slot.lines.get_mut(column))
        else {
            return;
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
    }

    fn finish(self, builder: &mut Builder) {
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
        for named in unknown {
            builder.report_column(IssueKind::UnknownColumn, named, "");
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
            builder.row_of_values(&row, cells, &slot.lines, slot.weight, slot.refused);
        }
    }
}
