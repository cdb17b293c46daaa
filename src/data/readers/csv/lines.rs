//! Lines → rows. A line that is written as nearly all are goes straight into the columns.

use std::borrow::Cow;

use csv::{ByteRecord, ReaderBuilder};
use memchr::memchr;

use super::blocks::Block;
use super::malformed;
use super::quotes::{Quotes, closing};
use crate::base::{Error, number};
use crate::data::builder::Row;
use crate::data::dataset::NO_LINE;
use crate::data::head::Head;
use crate::data::roles::{Role, roles};
use crate::data::table::{RawCell, Table};

/// Reads a block into a table.
pub(super) fn read(table: &mut Table<'_>, block: &Block, delimiter: u8) -> Result<(), Error> {
    let mut lines = Lines {
        roles: roles(&table.head.layout, &table.head.headers),
        values: vec![f64::NAN; table.head.layout.columns.len()],
        cells: Vec::new(),
        delimiter,
        quotes: memchr(b'"', &block.text).is_some(),
    };
    let returns = memchr(b'\r', &block.text).is_some();
    let (mut at, mut number) = (0, block.line);
    while let Some(rest) = block.text.get(at..).filter(|rest| !rest.is_empty()) {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let mut line = rest.get(..end).unwrap_or_default();
        if returns {
            line = line.strip_suffix(b"\r").unwrap_or(line);
        }
        let odd = returns && memchr(b'\r', line).is_some();
        if odd || !lines.read(table, line, u32::try_from(number).unwrap_or(NO_LINE))? {
            return by_library(table, rest, number, delimiter);
        }
        at += end + 1;
        number += 1;
    }
    Ok(())
}

/// Reads rows in which quotation marks or ends of lines are unusual.
fn by_library(table: &mut Table<'_>, text: &[u8], line: u64, delimiter: u8) -> Result<(), Error> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(Quotes::new(text, delimiter, line));
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(malformed)? {
        let line = reader.get_mut().next_line();
        let cell = |at: usize| record.get(at).unwrap_or_default();
        any_row(table, line, record.len(), &cell)?;
    }
    reader.get_ref().check()
}

/// Adds a row by the way of all readers, unless it is empty.
fn any_row<'c>(
    table: &mut Table<'_>,
    line: u32,
    cells: usize,
    cell: &dyn Fn(usize) -> &'c [u8],
) -> Result<(), Error> {
    table.head.request.budget.columns(cells)?;
    if (0..cells).all(|at| cell(at).trim_ascii().is_empty()) {
        return Ok(());
    }
    if cells == table.head.headers.len() {
        table.row(line, |at| found(cell(at)))
    } else {
        table.ragged_row(line, cells, |at| found(cell(at)))
    }
}

fn found(cell: &[u8]) -> RawCell<'_> {
    match std::str::from_utf8(cell) {
        Ok(text) if text.trim().is_empty() => RawCell::Nothing,
        Ok(text) => RawCell::Written(Cow::Borrowed(text)),
        Err(_) => RawCell::Unreadable(String::from_utf8_lossy(cell)),
    }
}

struct Lines {
    roles: Option<Vec<Role>>,
    /// The values of a row, NaN where they are missing.
    values: Vec<f64>,
    /// The cells of a row that takes the longer way, by place in the line.
    cells: Vec<(usize, usize)>,
    delimiter: u8,
    /// Whether there are quotation marks at all.
    quotes: bool,
}

impl Lines {
    /// Adds the row of a line; whether its quotation marks are such that one can tell.
    fn read(&mut self, table: &mut Table<'_>, line: &[u8], number: u32) -> Result<bool, Error> {
        if let Some(added) = self.in_order(table, line, number) {
            return added.map(|()| true);
        }
        let budget = &table.head.request.budget;
        let mut cells = std::mem::take(&mut self.cells);
        cells.clear();
        let mut at = Some(0);
        while let Some(start) = at {
            let Some((cell, end)) = self.cell(line, start) else {
                return Ok(false);
            };
            if cells.len() >= budget.columns {
                budget.columns(cells.len() + 1)?;
            }
            cells.push(cell);
            at = (end < line.len()).then_some(end + 1);
        }
        let cell = |at: usize| {
            let (from, to) = cells.get(at).copied().unwrap_or_default();
            line.get(from..to).unwrap_or_default()
        };
        any_row(table, number, cells.len(), &cell)?;
        self.cells = cells;
        Ok(true)
    }

    /// The cell that begins at a place of a line, and where it ends with its quotation marks; nothing where these are
    /// unusual.
    fn cell(&self, line: &[u8], start: usize) -> Option<((usize, usize), usize)> {
        let rest = line.get(start..)?;
        if self.quotes && rest.first() == Some(&b'"') {
            let close = closing(line, start + 1).or_else(|| {
                // At the end of a line nothing follows that could make it the half of two.
                let last = line.len() - 1;
                (last > start && line.get(last) == Some(&b'"')).then_some(last)
            })?;
            let inside = line.get(start + 1..close)?;
            let end = close + 1;
            let ends = line.get(end).is_none_or(|byte| *byte == self.delimiter);
            return (ends && memchr(b'"', inside).is_none()).then_some(((start + 1, close), end));
        }
        let end = start + memchr(self.delimiter, rest).unwrap_or(rest.len());
        let spaced = self.quotes && rest.first() == Some(&b' ');
        if spaced && memchr(b'"', line.get(start..end)?).is_some() {
            return None;
        }
        Some(((start, end), end))
    }

    /// Adds the row of a line of which all is in order: as many cells as the header has, a code, and numbers written
    /// with digits only. Nothing has happened where it is not.
    fn in_order(
        &mut self,
        table: &mut Table<'_>,
        line: &[u8],
        number: u32,
    ) -> Option<Result<(), Error>> {
        let roles = self.roles.as_deref()?;
        let head = table.head.clone();
        let comma = table.decimal_comma;
        let sign = if comma.unwrap_or(false) { b',' } else { b'.' };
        let (mut row, mut year, mut weight) = (Row::default(), None, f64::NAN);
        row.line = number;
        let (mut at, mut signed) = (0, false);
        for (column, role) in roles.iter().enumerate() {
            let last = column + 1 == roles.len();
            let end = match role {
                Role::Value(_) | Role::Weight => {
                    let (value, end) = self.number(&head, line, at, sign)?;
                    if let Some((whole, fraction, leading_zero)) = value.fraction {
                        signed = true;
                        let signs = table.signs.get_mut(column)?;
                        signs.saw_fraction(whole, fraction, leading_zero);
                    }
                    match role {
                        Role::Value(position) => *self.values.get_mut(*position)? = value.value,
                        _ => weight = value.value,
                    }
                    end
                }
                Role::Unread => self.cell(line, at)?.1,
                role => {
                    let ((from, to), end) = self.cell(line, at)?;
                    let text = std::str::from_utf8(line.get(from..to)?).ok()?;
                    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
                    if text.len() > head.request.budget.characters || text.starts_with('\'') {
                        return None;
                    }
                    match role {
                        Role::Key if text.is_empty() => return None,
                        Role::Key => row.region = text,
                        Role::Name => row.name = Some(text),
                        Role::Group => row.group = Some(text),
                        Role::Year => year = Some(text.parse().ok()?),
                        _ if text.is_empty() => {}
                        _ => return None,
                    }
                    end
                }
            };
            if last != (end >= line.len()) {
                return None;
            }
            at = end + 1;
        }
        if !table.builder.weighs(weight) {
            return None;
        }
        if signed && comma.is_none() {
            table.decimal_comma = Some(false);
        }
        let builder = &mut table.builder;
        Some(builder.row_in_order(&row, year, &self.values, weight))
    }

    /// The number of the cell that begins at a place of a line, and where the cell ends; nothing where it is written in
    /// another way.
    fn number(&self, head: &Head<'_>, line: &[u8], at: usize, sign: u8) -> Option<(Value, usize)> {
        let eight = line.get(at..).and_then(|rest| rest.first_chunk());
        if let Some(eight) = eight.filter(|_| !head.numeric_markers)
            && let Some((written, length)) = number::written_before(eight, self.delimiter, sign)
        {
            return Some((Value::of(&written), at + length));
        }
        let ((from, to), end) = self.cell(line, at)?;
        let cell = line.get(from..to)?;
        if cell.is_empty() {
            return Some((Value::MISSING, end));
        }
        if !head.numeric_markers
            && let Some(written) = number::written(cell, sign)
        {
            return Some((Value::of(&written), end));
        }
        let text = std::str::from_utf8(cell).ok()?.trim();
        if head.request.is_missing(text) {
            return Some((Value::MISSING, end));
        }
        let written = number::written(text.as_bytes(), sign)?;
        Some((Value::of(&written), end))
    }
}

/// A value, and how it is written if it has a decimal sign: digits before and behind it, whether the first is zero.
struct Value {
    value: f64,
    fraction: Option<(usize, usize, bool)>,
}

impl Value {
    const MISSING: Self = Self {
        value: f64::NAN,
        fraction: None,
    };

    #[inline]
    fn of(written: &number::Written) -> Self {
        let signs = |fraction| (written.whole, fraction, written.leading_zero);
        Self {
            value: written.value,
            fraction: written.fraction.map(signs),
        }
    }
}
