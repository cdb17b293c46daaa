//! What all rows of a table share: its columns, and what is asked of them.

use std::collections::BTreeMap;

use super::dataset::Dataset;
use super::reader::{Layout, ReadRequest};
use super::table::Origin;
use crate::base::{Error, number};

/// The head of a table.
pub struct Head<'r> {
    pub(crate) request: &'r ReadRequest,
    pub(crate) headers: Vec<String>,
    pub(crate) layout: Layout,
    /// The data set without rows, with what is to be said of its columns.
    pub(crate) empty: Dataset,
    /// Where the columns of the file stand.
    pub(crate) columns_at: BTreeMap<String, u32>,
    /// Where the values stand, in data of one row per value.
    pub(crate) value_at: Option<u32>,
    /// The position of the first column in the file, counted from 0.
    pub(crate) first_column: u32,
    /// Whether some text that means "no data" begins like a number.
    pub(crate) numeric_markers: bool,
    /// Whether the format is text, so that every number says how many decimals it has.
    pub(crate) text: bool,
    /// Whether cells have formats, which say how many are shown.
    pub(crate) cell_formats: bool,
    /// The numbers that mean "no data", in formats that know numbers.
    pub(crate) missing_numbers: Vec<f64>,
}

impl<'r> Head<'r> {
    /// Finds the columns of a table by its headers.
    ///
    /// # Errors
    /// When a column that was named for regions, years, groups or weights does not exist, or when a header that is
    /// read occurs twice.
    pub(crate) fn new(
        headers: Vec<String>,
        origin: Origin,
        request: &'r ReadRequest,
    ) -> Result<Self, Error> {
        let (layout, mut empty) = Layout::find(&headers, request)?;
        let in_file = |at: usize| u32::try_from(at).ok().map(|at| at + origin.first_column);
        let raw_at = layout.columns.iter().map(|at| at.and_then(in_file));
        empty.raw_at = raw_at.collect();
        empty.sheet = origin.sheet;
        empty.year_like = layout.year_like.clone();
        let value_at = layout.long.and_then(|(_, value)| in_file(value));
        if let Some(value_at) = value_at {
            empty.raw_at = vec![Some(value_at); empty.headers.len()];
        }
        let mut columns_at = BTreeMap::new();
        for (at, header) in headers.iter().enumerate() {
            if let Some(at) = in_file(at) {
                columns_at.entry(header.clone()).or_insert(at);
            }
        }
        let begins_like_number =
            |marker: &String| marker.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        Ok(Self {
            request,
            missing_numbers: request
                .missing
                .iter()
                .filter_map(|marker| number::parse_decimal(&marker.replacen(',', ".", 1)))
                .collect(),
            text: false,
            cell_formats: empty.sheet.is_some(),
            numeric_markers: request.missing.iter().any(begins_like_number),
            first_column: origin.first_column,
            headers,
            layout,
            empty,
            columns_at,
            value_at,
        })
    }

    /// Whether a number means "no data".
    pub(crate) fn means_missing(&self, value: f64) -> bool {
        let markers = &self.missing_numbers;
        markers.iter().any(|marker| number::same(*marker, value))
    }
}
