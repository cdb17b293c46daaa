//! Rows of cells → a data set. Every reader hands its rows to a [`Table`], so that all formats know the same
//! columns, the same forms (one row per region, or one row per value) and the same faults.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::batch::{Batch, ColumnSigns, DatasetBuilder};
use super::builder::{Builder, Cell, Row};
use super::dataset::Dataset;
use super::head::Head;
use super::long::LongRows;
use super::reader::{ReadRequest, decimal_sign, is_date, is_written_number, read_number};
use crate::base::mark::unmarked;
use crate::base::{Error, IssueKind, number};

/// One cell, as a reader found it.
#[derive(Clone, Debug, PartialEq)]
pub enum RawCell<'a> {
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
    /// A number that is written or shown with so many decimals.
    Shown(f64, u8),
    /// A number that is shown as a percentage, of which it is the hundredth.
    Percent(f64),
    /// A formula whose value the file does not hold.
    NotComputed,
    /// Bytes that are no text, as far as they can be shown.
    Unreadable(Cow<'a, str>),
}

impl RawCell<'_> {
    /// The name or code that stands in the cell: a text without the mark that makes CSV safe.
    fn named(&self) -> Cow<'_, str> {
        match self {
            RawCell::Written(_) => unmarked(self.shown()),
            _ => self.shown(),
        }
    }

    /// What a person sees in the cell.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        match self {
            RawCell::Nothing | RawCell::NotComputed => Cow::Borrowed(""),
            RawCell::Written(text)
            | RawCell::Text(text)
            | RawCell::Date(text)
            | RawCell::Error(text)
            | RawCell::Unreadable(text) => {
                Cow::Borrowed(text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}'))
            }
            RawCell::Number(number) | RawCell::Percent(number) | RawCell::Shown(number, _) => {
                Cow::Owned(number.to_string())
            }
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
/// use tanggap::data::{RawCell, Origin, ReadRequest, Table};
/// let request = ReadRequest { headers: vec!["a".into()], ids: vec!["a".into()], ..Default::default() };
/// let mut table = Table::begin(vec!["kode".into(), "a".into()], Origin::default(), &request)?;
/// table.row(2, |at| if at == 0 { RawCell::Text("01".into()) } else { RawCell::Number(5.0) })?;
/// table.row(3, |at| if at == 0 { RawCell::Text("02".into()) } else { RawCell::Error("#DIV/0!".into()) })?;
/// let data = table.finish()?;
/// assert_eq!(data.rows(), 2);
/// assert_eq!(data.issues[0].kind.code(), "D116");
/// # Ok::<(), tanggap::base::Error>(())
/// ```
pub struct Table<'r> {
    pub(crate) head: Arc<Head<'r>>,
    pub(crate) builder: Builder<'r>,
    /// Whether written numbers have a decimal comma; the first sign that comes decides, unless it is known.
    pub decimal_comma: Option<bool>,
    long: Option<LongRows>,
    /// What is to be said of columns as a whole, by position in the file.
    pub(crate) signs: Vec<ColumnSigns>,
    /// The columns without a header in which nothing was found yet.
    blank: Vec<usize>,
    headless: BTreeSet<usize>,
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
        Ok(Self::of(Arc::new(Head::new(headers, origin, request)?)))
    }

    /// A table whose head is known.
    pub(crate) fn of(head: Arc<Head<'r>>) -> Self {
        let long = head.layout.long;
        let headers = head.headers.iter().enumerate();
        let blank = headers.filter(|(_, header)| header.is_empty());
        Self {
            builder: Builder::new(head.clone()),
            long: long.map(|_| LongRows::new(&head.request.budget)),
            blank: blank.map(|(at, _)| at).collect(),
            signs: vec![ColumnSigns::default(); head.headers.len()],
            headless: BTreeSet::new(),
            decimal_comma: None,
            head,
        }
    }

    /// Adds a row, given the cell of each column by its position. `line` is its line in the file, counted
    /// from 1; 0 where there are none.
    ///
    /// # Errors
    /// When there are more rows, or longer cells, than the [`Budget`](super::Budget) of the request has room for.
    pub fn row<'c>(&mut self, line: u32, cell: impl Fn(usize) -> RawCell<'c>) -> Result<(), Error> {
        self.add(line, cell, false)
    }

    /// Adds a row whose number of cells is not that of the header; it is reported and not scored.
    ///
    /// # Errors
    /// As [`row`](Table::row).
    pub fn ragged_row<'c>(
        &mut self,
        line: u32,
        cells: usize,
        cell: impl Fn(usize) -> RawCell<'c>,
    ) -> Result<(), Error> {
        self.builder.line = line;
        let cells = format!("{cells} / {}", self.head.headers.len());
        self.builder.report(IssueKind::RaggedRow, None, &cells);
        self.add(line, cell, true)
    }

    /// The data set.
    ///
    /// # Errors
    /// As [`row`](Table::row).
    pub fn finish(self) -> Result<Dataset, Error> {
        let mut whole = DatasetBuilder::new(self.head.clone());
        whole.add(self.into_piece()?)?;
        Ok(whole.finish())
    }

    /// The rows, as a piece of a data set. Data of one row per value has one piece only.
    pub(crate) fn into_piece(mut self) -> Result<Batch, Error> {
        if let Some(long) = self.long.take() {
            let weighted_by = self.head.layout.weighted_by;
            long.finish(&mut self.builder, self.head.request, weighted_by)?;
        }
        Ok(Batch {
            signs: self.signs,
            headless: self.headless,
            ..self.builder.finish()
        })
    }

    fn add<'c>(
        &mut self,
        line: u32,
        cell: impl Fn(usize) -> RawCell<'c>,
        ragged: bool,
    ) -> Result<(), Error> {
        self.builder.line = line;
        let headless = &mut self.headless;
        self.blank.retain(|at| {
            let empty = cell(*at) == RawCell::Nothing;
            if !empty {
                headless.insert(*at);
            }
            empty
        });
        let head = self.head.clone();
        let key = cell(head.layout.key);
        let mut refuse = ragged;
        if let Some(kind) = code_fault(&key) {
            let header = head.headers.get(head.layout.key).cloned();
            self.builder.report(kind, header.as_deref(), &key.shown());
            refuse |= kind != IssueKind::NumericCode;
        }
        let budget = &head.request.budget;
        let region = key.named();
        budget.cell(&region, line)?;
        let text = |at: Option<usize>| {
            at.map(|at| match cell(at) {
                // What is at fault names nothing.
                RawCell::Error(_) | RawCell::NotComputed => String::new(),
                found => found.named().into_owned(),
            })
        };
        for at in [head.layout.name, head.layout.group].into_iter().flatten() {
            let found = cell(at);
            let kind = match found {
                RawCell::Unreadable(_) => IssueKind::NotUtf8,
                RawCell::Error(_) => IssueKind::ErrorCell,
                RawCell::NotComputed => IssueKind::NotComputed,
                _ => continue,
            };
            let header = head.headers.get(at).cloned();
            self.builder.report(kind, header.as_deref(), &found.shown());
        }
        let (name, year, group) = (
            text(head.layout.name),
            text(head.layout.year),
            text(head.layout.group),
        );
        for text in [&name, &year, &group].into_iter().flatten() {
            budget.cell(text, line)?;
        }
        let weight = head
            .layout
            .weighted_by
            .map_or(Cell::Missing, |at| self.number(at, cell(at)));
        let row = Row {
            region: &region,
            name: name.as_deref(),
            year: year.as_deref(),
            group: group.as_deref(),
            line,
        };
        match (head.layout.long, self.long.as_mut()) {
            (Some((indicator, value_at)), Some(_)) => {
                let named = cell(indicator).named().into_owned();
                budget.cell(&named, line)?;
                let value = cell(value_at);
                budget.cell(&value.shown(), line)?;
                let value = self.number(value_at, value);
                if let Some(long) = &mut self.long {
                    long.add(
                        &mut self.builder,
                        head.request,
                        &row,
                        (&named, value),
                        weight,
                        refuse,
                    )?;
                }
                Ok(())
            }
            _ => {
                let mut cells = Vec::with_capacity(head.layout.columns.len());
                for at in &head.layout.columns {
                    cells.push(match at {
                        Some(at) => self.number(*at, cell(*at)),
                        None => Cell::Missing,
                    });
                }
                for wrong in &cells {
                    if let Cell::Wrong(_, text) = wrong {
                        budget.cell(text, line)?;
                    }
                }
                self.builder.row(&row, cells, weight, refuse)
            }
        }
    }

    /// A number as nearly all are written; nothing where it must be looked at more closely.
    fn short(&mut self, at: usize, text: &str) -> Option<f64> {
        if self.head.numeric_markers {
            return None;
        }
        let comma = self.decimal_comma.unwrap_or(false);
        let written = number::written(text.as_bytes(), if comma { b',' } else { b'.' })?;
        if let Some(fraction) = written.fraction {
            self.decimal_comma = Some(comma);
            self.saw_fraction(at, written.whole, fraction, written.leading_zero);
        }
        Some(written.value)
    }

    /// Takes note of how a number is written.
    fn saw_fraction(&mut self, at: usize, whole: usize, fraction: usize, leading_zero: bool) {
        if let Some(signs) = self.signs.get_mut(at) {
            signs.saw_fraction(whole, fraction, leading_zero);
        }
    }

    fn number(&mut self, at: usize, found: RawCell<'_>) -> Cell {
        let request = self.head.request;
        let missing = |text: &str| request.is_missing(text.trim());
        let wrong = |kind, text: &str| Cell::Wrong(kind, text.trim().into());
        match found {
            RawCell::Nothing => Cell::Missing,
            RawCell::Number(value) | RawCell::Shown(value, _) if self.head.means_missing(value) => {
                Cell::Missing
            }
            RawCell::Written(text) => {
                if let Some(value) = self.short(at, &text) {
                    return Cell::Number(value);
                }
                if self.decimal_comma.is_none() {
                    self.decimal_comma = decimal_sign(text.as_bytes());
                }
                let comma = self.decimal_comma.unwrap_or(false);
                let sign = if comma { ',' } else { '.' };
                if let Some((whole, fraction)) = text.trim().split_once(sign) {
                    let whole = whole.trim_start_matches(['-', '+']);
                    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
                    if digits(whole) && digits(fraction) {
                        let zero = whole.starts_with('0');
                        self.saw_fraction(at, whole.len(), fraction.len(), zero);
                    }
                }
                read_number(&text, comma, &request.missing)
            }
            RawCell::Percent(value) if value.is_finite() => {
                if let Some(signs) = self.signs.get_mut(at) {
                    signs.percent = true;
                }
                Cell::Number(value)
            }
            RawCell::Shown(value, decimals) if value.is_finite() => {
                if let Some(signs) = self.signs.get_mut(at) {
                    signs.decimals.add(usize::from(decimals));
                }
                Cell::Number(value)
            }
            RawCell::Number(value) if value.is_finite() => Cell::Number(value),
            RawCell::Number(value) | RawCell::Percent(value) | RawCell::Shown(value, _) => {
                wrong(IssueKind::NotFiniteInData, &value.to_string())
            }
            RawCell::Text(text) | RawCell::Error(text) | RawCell::Date(text) if missing(&text) => {
                Cell::Missing
            }
            RawCell::Text(text) if is_written_number(&text) => {
                wrong(IssueKind::NumberAsText, &text)
            }
            RawCell::Text(text) if is_date(&text) => wrong(IssueKind::DateInData, &text),
            RawCell::Text(text) => wrong(IssueKind::NotNumeric, &text),
            RawCell::Unreadable(text) => wrong(IssueKind::NotUtf8, &text),
            RawCell::Date(text) => wrong(IssueKind::DateInData, &text),
            RawCell::Error(text) => wrong(IssueKind::ErrorCell, &text),
            RawCell::NotComputed => wrong(IssueKind::NotComputed, ""),
        }
    }
}

/// What is wrong with a cell that should hold a region code.
fn code_fault(key: &RawCell<'_>) -> Option<IssueKind> {
    match key {
        RawCell::Number(code) | RawCell::Shown(code, _)
            if code.fract().abs() > 0.0 || code.abs() > crate::base::number::LARGEST_WHOLE =>
        {
            Some(IssueKind::NumericCode)
        }
        RawCell::Date(_) => Some(IssueKind::DateInData),
        RawCell::Error(_) => Some(IssueKind::ErrorCell),
        RawCell::NotComputed => Some(IssueKind::NotComputed),
        RawCell::Unreadable(_) => Some(IssueKind::NotUtf8),
        _ => None,
    }
}
