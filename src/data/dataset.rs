//! Data as the engine reads it: typed columns in chunks of rows, with a bitmap of what is present.

use std::collections::BTreeSet;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::budget::Budget;
use super::issues::KindsByRow;
use super::written::Decimals;
use crate::base::{Held, Issue, number};

/// Rows in a chunk: few enough that the columns of one stay in cache.
pub const CHUNK_ROWS: usize = 4096;
/// The line of what stands on none.
pub const NO_LINE: u32 = 0;

/// Numbers of some rows, of which some may be missing.
#[derive(Clone, Debug, Default)]
pub struct NumberColumn {
    values: Vec<f64>,
    /// Which rows are present; empty where none is missing.
    present: FixedBitSet,
    /// How many rows are missing.
    missing: usize,
    /// Whether a value has been set that is neither zero nor of a size that columns calculate with.
    odd: bool,
}

/// The sizes of values that columns calculate with: no sum or difference of two of them overflows, nor is it so small
/// that digits are lost when it is multiplied. Others run row by row.
pub(crate) fn in_fast_range(value: f64) -> bool {
    const SMALLEST: f64 = 1e-120;
    const LARGEST: f64 = 1e120;
    number::same(value, 0.0) || (SMALLEST..=LARGEST).contains(&value.abs())
}

impl NumberColumn {
    /// A column without rows.
    pub(crate) const NONE: Self = Self {
        values: Vec::new(),
        present: FixedBitSet::new(),
        missing: 0,
        odd: false,
    };

    /// A column of so many rows, all missing.
    pub fn missing(rows: usize) -> Self {
        Self {
            values: vec![0.0; rows],
            present: FixedBitSet::with_capacity(rows),
            missing: rows,
            odd: false,
        }
    }

    /// A column of results that are all there; whether columns could calculate with them is not asked.
    pub(crate) fn of_results(values: Vec<f64>) -> Self {
        Self {
            odd: true,
            values,
            ..Self::NONE
        }
    }

    /// Writes down which rows are present, before one is missing.
    #[cold]
    fn mark(&mut self) {
        if self.present.is_empty() {
            self.present.grow(self.values.len());
            self.present.insert_range(..);
        }
    }

    /// Whether a row is there and not missing.
    fn has(&self, row: usize) -> bool {
        self.is_whole() || self.present.contains(row)
    }

    /// Marks a row as missing.
    pub(crate) fn remove(&mut self, row: usize) {
        self.set(row, None);
    }

    /// Whether no row is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.missing == 0
    }

    /// Whether no row of some from `start` on is missing.
    pub(crate) fn is_whole_in(&self, start: usize, rows: usize) -> bool {
        self.is_whole() || self.present.contains_all_in_range(start..start + rows)
    }

    /// Whether columns calculate with all its values.
    pub(crate) fn in_fast_range(&self) -> bool {
        !self.odd
    }

    /// The values, with zeros where they are missing.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of a row; `None` when it is missing.
    pub fn get(&self, row: usize) -> Option<f64> {
        self.values.get(row).copied().filter(|_| self.has(row))
    }

    /// Says which rows from `start` on are missing; whether one is.
    pub(crate) fn missing_to(&self, start: usize, missing: &mut [bool]) -> bool {
        const BITS: usize = usize::BITS as usize;
        if self.is_whole() {
            missing.fill(false);
            return false;
        }
        let words = self.present.as_slice();
        let word = |at: usize| words.get(at).copied().unwrap_or(0);
        let mut any = false;
        for (at, missing) in missing.chunks_mut(BITS).enumerate() {
            let bit = start + at * BITS;
            let (at, shift) = (bit / BITS, bit % BITS);
            let mut present = word(at) >> shift;
            if shift > 0 {
                present |= word(at + 1) << (BITS - shift);
            }
            if present == usize::MAX {
                missing.fill(false);
                continue;
            }
            for (row, missing) in missing.iter_mut().enumerate() {
                *missing = present >> row & 1 == 0;
                any |= *missing;
            }
        }
        any
    }

    /// Adds results of some rows; whether columns could calculate with them is not asked.
    pub(crate) fn add_results(
        &mut self,
        values: impl Iterator<Item = f64>,
        missing: Option<impl Fn(usize) -> bool>,
    ) {
        let start = self.values.len();
        self.odd = true;
        self.values.extend(values);
        let end = self.values.len();
        let any = |missing: &dyn Fn(usize) -> bool| (0..end - start).any(missing);
        match missing {
            Some(missing) if any(&missing) => {
                if self.present.is_empty() {
                    self.present.grow(start);
                    self.present.insert_range(..);
                }
                self.present.grow(end);
                for row in start..end {
                    let there = !missing(row - start);
                    self.missing += usize::from(!there);
                    self.present.set(row, there);
                    if let (false, Some(slot)) = (there, self.values.get_mut(row)) {
                        *slot = 0.0;
                    }
                }
            }
            _ if !self.present.is_empty() => {
                self.present.grow(end);
                self.present.insert_range(start..end);
            }
            _ => {}
        }
    }

    /// Adds missing rows, up to a number of rows.
    pub(crate) fn fill_up(&mut self, rows: usize) {
        while self.values.len() < rows {
            self.push(None);
        }
    }

    /// Sets the value of a row.
    pub fn set(&mut self, row: usize, value: Option<f64>) {
        if row >= self.values.len() {
            return;
        }
        if value.is_none() {
            self.mark();
        }
        self.missing -= usize::from(!self.has(row));
        self.missing += usize::from(value.is_none());
        if !self.present.is_empty() {
            self.present.set(row, value.is_some());
        }
        self.odd |= value.is_some_and(|value| !in_fast_range(value));
        if let Some(slot) = self.values.get_mut(row) {
            *slot = value.unwrap_or(0.0);
        }
    }

    /// Adds a row.
    #[inline]
    pub fn push(&mut self, value: Option<f64>) {
        if value.is_none() {
            self.mark();
        }
        let row = self.values.len();
        self.values.push(value.unwrap_or(0.0));
        self.odd |= value.is_some_and(|value| !in_fast_range(value));
        self.missing += usize::from(value.is_none());
        // Before the first row, nothing tells a column that is written down from one that is not.
        if value.is_none() || !self.present.is_empty() {
            self.present.grow(row + 1);
            self.present.set(row, value.is_some());
        }
    }

    /// Adds rows of another column, ascending; of so many rows in all.
    pub(crate) fn append(&mut self, other: &NumberColumn, rows: &[usize], all: usize) {
        let start = self.values.len();
        if start == 0 {
            self.values.reserve_exact(all);
        }
        self.odd |= other.odd;
        if rows.len() == other.len() {
            self.values.extend_from_slice(&other.values);
        } else {
            let values = rows.iter().filter_map(|row| other.values.get(*row));
            self.values.extend(values);
        }
        if self.is_whole() && other.is_whole() {
            self.present = FixedBitSet::new();
            return;
        }
        let end = self.values.len();
        if self.present.is_empty() {
            self.present.grow(start);
            self.present.insert_range(..);
        }
        self.present.grow(end);
        for (at, row) in (start..end).zip(rows) {
            let there = other.has(*row);
            self.missing += usize::from(!there);
            self.present.set(at, there);
        }
    }

    /// All rows.
    pub fn iter(&self) -> impl Iterator<Item = Option<f64>> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The values that are present.
    pub fn present(&self) -> impl Iterator<Item = f64> + '_ {
        self.iter().flatten()
    }
}

/// Some rows of a data set.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// The number of the first row in the data set.
    pub start: u32,
    /// The region codes.
    pub regions: Vec<Arc<str>>,
    /// The names of the regions, if the data has them.
    pub names: Vec<Option<Arc<str>>>,
    /// The years, if the data has them.
    pub years: Vec<Option<u16>>,
    /// The groups, if the data has them.
    pub groups: Vec<Option<Arc<str>>>,
    /// The line each row begins at in its file, counted from 1; 0 where there are no lines.
    pub lines: Vec<u32>,
    /// Rows that are not scored: no region, no year, twice the same.
    pub refused: FixedBitSet,
    /// The raw columns of the rule set, in its order.
    pub columns: Vec<NumberColumn>,
    /// What weighs regions in roll-ups, if asked for.
    pub weights: NumberColumn,
    /// The lines of the values, by column and row, where each value stands on a line of its own; else empty.
    pub value_lines: Vec<Vec<u32>>,
}

impl Chunk {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.regions.len()
    }
}

/// How a file was read, where that had to be found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sniffed {
    /// What separates cells.
    pub delimiter: char,
    /// Whether numbers have a decimal comma.
    pub decimal_comma: bool,
    /// The character set, unless it is UTF-8.
    pub charset: Option<&'static str>,
}

/// A data set, read for one rule set.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// The headers of the raw columns it was read for.
    pub headers: Vec<String>,
    /// Its rows.
    pub chunks: Vec<Chunk>,
    /// What is wrong in it.
    pub issues: Vec<Issue>,
    /// How the file was read.
    pub sniffed: Option<Sniffed>,
    /// The header of the region codes.
    pub key: String,
    /// The header of the years.
    pub year: Option<String>,
    /// The header of the groups.
    pub group: Option<String>,
    /// The header of the weights of regions.
    pub weighted_by: Option<String>,
    /// The sheet it was read from, in formats that have sheets.
    pub sheet: Option<String>,
    /// The positions of the raw columns in the file, counted from 0, where each has a column of its own.
    pub raw_at: Vec<Option<u32>>,
    /// How many decimals the raw columns are written or shown with, as far as that was looked at
    /// ([`ReadRequest::decimals`](super::ReadRequest::decimals)).
    pub decimals: Vec<Decimals>,
    /// A column that looks like years, where none is named.
    pub year_like: Option<String>,
    /// BLAKE3 over the bytes it was read from, in hexadecimal; empty where it was not read from bytes.
    pub digest: String,
    /// The kinds of issues that are counted and not kept, by row.
    pub(crate) kinds: KindsByRow,
    /// What it and its scores may hold.
    pub(crate) budget: Budget,
    /// The memory that it holds, until nobody has it any more.
    pub(crate) held: Vec<Arc<Held>>,
}

impl Dataset {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.chunks.iter().map(Chunk::rows).sum()
    }

    /// Whether more than one region is in it, refused rows aside.
    pub fn has_several_regions(&self) -> bool {
        let mut first: Option<&Arc<str>> = None;
        for chunk in &self.chunks {
            for (row, region) in chunk.regions.iter().enumerate() {
                if chunk.refused.contains(row) {
                    continue;
                }
                match first {
                    None => first = Some(region),
                    Some(first) if first != region => return true,
                    Some(_) => {}
                }
            }
        }
        // No region at all is for other messages to say.
        first.is_none()
    }

    /// The years there are, ascending.
    pub fn years(&self) -> Vec<u16> {
        let years = self
            .chunks
            .iter()
            .flat_map(|chunk| chunk.years.iter().flatten());
        years
            .copied()
            .collect::<BTreeSet<u16>>()
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_rows_are_found_from_any_row_on() {
        let mut column = NumberColumn::default();
        for row in 0..300u32 {
            let there = row % 7 != 3 && !(100..230).contains(&row) && row < 290;
            column.push(there.then_some(f64::from(row)));
        }
        for start in [0, 1, 63, 64, 65, 130, 299] {
            for rows in [0, 1, 60, 64, 129] {
                let mut missing = vec![false; rows];
                let any = column.missing_to(start, &mut missing);
                let expected: Vec<bool> = (start..start + rows)
                    .map(|row| column.get(row).is_none())
                    .collect();
                assert_eq!(missing, expected, "{start} {rows}");
                assert_eq!(any, expected.contains(&true));
            }
        }
        assert!(!column.is_whole() && column.is_whole_in(60, 6) && !column.is_whole_in(60, 7));
    }
}
