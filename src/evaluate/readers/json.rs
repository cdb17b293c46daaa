//! JSON: a list of objects, one a region, or an object of lists, one a column.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

use serde_json::Value;

use crate::base::json::Once;
use crate::base::language::text;
use crate::base::number::LARGEST_WHOLE;
use crate::base::{Error, ErrorKind, Text};
use crate::evaluate::dataset::{Dataset, NO_LINE};
use crate::evaluate::reader::{ReadRequest, Reader, read_all};
use crate::evaluate::table::{Found, Origin, Table};

/// The reader of JSON.
pub(super) struct Json;

impl Reader for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn recognises(&self, beginning: &[u8]) -> bool {
        matches!(beginning.trim_ascii_start().first(), Some(b'[' | b'{'))
    }

    fn read(&self, input: &mut dyn Read, request: &ReadRequest) -> Result<Dataset, Error> {
        let bytes = read_all(input)?;
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let Once(value) = serde_json::from_slice(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            if error.is_data() {
                return Error::new(
                    ErrorKind::Data,
                    text!(
                        "sebuah kunci ada dua kali di baris {line}, kolom {column}",
                        "a key occurs twice at line {line}, column {column}"
                    ),
                );
            }
            Error::new(
                ErrorKind::Data,
                text!(
                    "JSON tidak sah di baris {line}, kolom {column}",
                    "the JSON is not well-formed at line {line}, column {column}"
                ),
            )
        })?;
        let table = Columns::new(value, request)?;
        let mut rows = Table::begin(table.headers.clone(), Origin::default(), request)?;
        for row in 0..table.rows {
            rows.row(NO_LINE, |at| found(table.get(row, at)));
        }
        Ok(rows.finish())
    }
}

/// Both forms as one: all headers, and the cells of the columns that are read.
struct Columns {
    headers: Vec<String>,
    columns: Vec<Option<Vec<Value>>>,
    rows: usize,
}

impl Columns {
    fn new(value: Value, request: &ReadRequest) -> Result<Self, Error> {
        match value {
            Value::Array(items) => Self::from_rows(items, request),
            Value::Object(columns) => Self::from_columns(columns),
            _ => Err(shape()),
        }
    }

    fn from_rows(items: Vec<Value>, request: &ReadRequest) -> Result<Self, Error> {
        let rows = items.len();
        let mut table = Self {
            headers: Vec::new(),
            columns: Vec::new(),
            rows,
        };
        let mut places: HashMap<String, usize> = HashMap::new();
        let long = request.long.as_ref();
        let named = [
            request.key.as_ref(),
            request.name.as_ref(),
            request.year.as_ref(),
            request.group.as_ref(),
            request.weighted_by.as_ref(),
            long.map(|long| &long.indicator),
            long.map(|long| &long.value),
        ];
        let is_read =
            |header: &String| request.headers.contains(header) || named.contains(&Some(header));
        for (row, item) in items.into_iter().enumerate() {
            let Value::Object(fields) = item else {
                let place = row + 1;
                return Err(Error::new(
                    ErrorKind::Data,
                    text!(
                        "unsur ke-{place} dalam daftar bukan objek",
                        "element {place} of the list is not an object"
                    ),
                ));
            };
            for (header, value) in fields {
                let at = *places.entry(header).or_insert_with_key(|header| {
                    // The first column holds the region codes where no other is named.
                    let kept = table.headers.is_empty() || is_read(header);
                    table.headers.push(header.clone());
                    table.columns.push(kept.then(|| vec![Value::Null; rows]));
                    table.headers.len() - 1
                });
                let column = table.columns.get_mut(at).and_then(Option::as_mut);
                if let Some(slot) = column.and_then(|column| column.get_mut(row)) {
                    *slot = value;
                }
            }
        }
        Ok(table)
    }

    fn from_columns(columns: serde_json::Map<String, Value>) -> Result<Self, Error> {
        let mut table = Self {
            headers: Vec::new(),
            columns: Vec::new(),
            rows: 0,
        };
        for (header, values) in columns {
            let Value::Array(values) = values else {
                return Err(shape());
            };
            if !table.columns.is_empty() && values.len() != table.rows {
                let (is, first) = (values.len(), table.rows);
                return Err(Error::new(
                    ErrorKind::Data,
                    text!(
                        "kolom `{header}` punya {is} nilai, kolom pertama {first}",
                        "the column `{header}` has {is} values, the first column {first}"
                    ),
                ));
            }
            table.rows = values.len();
            table.headers.push(header);
            table.columns.push(Some(values));
        }
        Ok(table)
    }

    fn get(&self, row: usize, column: usize) -> &Value {
        let column = self.columns.get(column).and_then(Option::as_ref);
        column
            .and_then(|column| column.get(row))
            .unwrap_or(&Value::Null)
    }
}

fn found(value: &Value) -> Found<'_> {
    match value {
        Value::Null => Found::Nothing,
        Value::String(text) if text.trim().is_empty() => Found::Nothing,
        Value::String(text) => Found::Text(Cow::Borrowed(text)),
        Value::Number(number) => match number.as_f64() {
            // A whole number that no double holds is a code, or no number that could be relied on.
            Some(value) if value.abs() >= LARGEST_WHOLE && !number.is_f64() => {
                Found::Text(number.to_string().into())
            }
            Some(value) => Found::Number(value),
            None => Found::Text(number.to_string().into()),
        },
        other => Found::Text(other.to_string().into()),
    }
}

fn shape() -> Error {
    Error::new(
        ErrorKind::Data,
        Text::new("bentuk JSON tidak dikenal", "the shape of the JSON is not known"),
    )
    .with_help(Text::new(
        "daftar objek `[{\"kode\": \"33.01\", …}]`, atau objek berisi daftar `{\"kode\": [\"33.01\"], …}`",
        "a list of objects `[{\"code\": \"33.01\", …}]`, or an object of lists `{\"code\": [\"33.01\"], …}`",
    ))
}
