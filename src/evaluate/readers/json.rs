//! JSON: a list of objects, one a region, or an object of lists, one a column.

use std::collections::HashMap;
use std::io::Read;

use serde_json::Value;

use crate::base::language::text;
use crate::base::{Error, ErrorKind, IssueKind, Text};
use crate::evaluate::dataset::{Builder, Cell, Dataset, Row};
use crate::evaluate::reader::{Layout, ReadRequest, Reader};

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
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).map_err(|error| {
            Error::new(
                ErrorKind::Io,
                Text::new("data tidak dapat dibaca", "the data cannot be read"),
            )
            .with_source(error)
        })?;
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let value: Value = serde_json::from_slice(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Error::new(
                ErrorKind::Data,
                text!(
                    "JSON tidak sah di baris {line}, kolom {column}",
                    "the JSON is not well-formed at line {line}, column {column}"
                ),
            )
        })?;
        let table = Table::new(value, request)?;
        let (layout, data) = Layout::find(&table.headers, request)?;
        let mut builder = Builder::new(data);
        for row in 0..table.rows {
            let code = table.text(row, layout.key);
            if let (Value::Number(number), true) =
                (table.get(row, layout.key), code.contains(['.', 'e', 'E']))
            {
                builder.report(
                    IssueKind::NumericCode,
                    table.headers.get(layout.key).map(String::as_str),
                    &number.to_string(),
                );
            }
            let name = layout.name.map(|at| table.text(row, at));
            let year = layout.year.map(|at| table.text(row, at));
            let group = layout.group.map(|at| table.text(row, at));
            let number = |at: Option<usize>| {
                at.map_or(Cell::Missing, |at| {
                    number(table.get(row, at), &request.missing)
                })
            };
            let written = Row {
                region: code.trim(),
                name: name.as_deref().map(str::trim),
                year: year.as_deref().map(str::trim),
                group: group.as_deref().map(str::trim),
                line: 0,
            };
            let cells: Vec<Cell> = layout.columns.iter().map(|at| number(*at)).collect();
            builder.row(&written, cells, number(layout.weighted_by), false);
        }
        Ok(builder.finish())
    }
}

/// Both forms as one: all headers, and the cells of the columns that are read.
struct Table {
    headers: Vec<String>,
    columns: Vec<Option<Vec<Value>>>,
    rows: usize,
}

impl Table {
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
        let named = [
            &request.key,
            &request.name,
            &request.year,
            &request.group,
            &request.weighted_by,
        ];
        let is_read = |header: &String| {
            request.headers.contains(header)
                || named.iter().any(|named| named.as_ref() == Some(header))
        };
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

    fn text(&self, row: usize, column: usize) -> String {
        match self.get(row, column) {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }
}

fn number(value: &Value, missing: &[String]) -> Cell {
    match value {
        Value::Null => Cell::Missing,
        Value::Number(number) => match number.as_f64() {
            Some(value) if value.is_finite() => Cell::Number(value),
            _ => Cell::Wrong(IssueKind::NotFiniteInData, number.to_string().into()),
        },
        Value::String(text)
            if text.trim().is_empty() || missing.iter().any(|marker| marker == text.trim()) =>
        {
            Cell::Missing
        }
        Value::String(text) => Cell::Wrong(IssueKind::NotNumeric, text.as_str().into()),
        other => Cell::Wrong(IssueKind::NotNumeric, other.to_string().into()),
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
