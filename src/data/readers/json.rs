//! JSON: a list of objects, one a region; an object of lists, one a column; or one object of one region.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde_json::value::RawValue;

use crate::base::language::text;
use crate::base::number::LARGEST_WHOLE;
use crate::base::{Error, ErrorKind, Held, Text};
use crate::data::dataset::{Dataset, NO_LINE};
use crate::data::reader::{ReadRequest, Reader, read_all};
use crate::data::table::{Origin, RawCell, Table};
use crate::data::written::decimals_of_text;

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
        let (bytes, _held) = read_all(input, &request.budget)?;
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let table = Columns::read(text, request)?;
        let mut rows = Table::begin(table.headers.clone(), Origin::default(), request)?;
        for row in 0..table.rows {
            rows.row(NO_LINE, |at| found(table.get(row, at)))?;
        }
        rows.finish()
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
enum Slot {
    Nothing,
    Number(f64),
    /// A number, and the decimals that it is written with.
    Written(f64, u8),
    Text(Box<str>),
}

/// Both forms as one: all headers, and the cells of the columns that are read.
struct Columns<'r> {
    request: &'r ReadRequest,
    headers: Vec<String>,
    /// The columns that are read; what is behind their end is nothing.
    columns: Vec<Option<Vec<Slot>>>,
    places: HashMap<String, usize>,
    rows: usize,
    /// Whether it is a list of rows.
    listed: bool,
    /// What is wrong beyond the form of JSON.
    fault: Option<Fault>,
    held: Held,
}

/// Bytes that a value and a header hold.
const SLOT: usize = 2 * std::mem::size_of::<Slot>();
const HEADER: usize = 256;

/// What is wrong with the shape of data.
enum Fault {
    /// A key occurs twice.
    Twice(String),
    /// A column is longer or shorter than the first.
    Length(String, usize),
    /// There is no room for it.
    NoRoom(Error),
}

impl<'r> Columns<'r> {
    fn read(text: &[u8], request: &'r ReadRequest) -> Result<Self, Error> {
        let mut table = Self {
            request,
            headers: Vec::new(),
            columns: Vec::new(),
            places: HashMap::new(),
            rows: 0,
            listed: false,
            fault: None,
            held: request.budget.memory.hold(),
        };
        let mut document = serde_json::Deserializer::from_slice(text);
        let read = document.deserialize_any(Document(&mut table));
        match read.and_then(|()| document.end()) {
            Ok(()) => Ok(table),
            Err(error) => Err(table.failed(&error)),
        }
    }

    fn failed(self, error: &serde_json::Error) -> Error {
        let (line, column) = (error.line(), error.column());
        let said = match self.fault {
            Some(Fault::NoRoom(error)) => return error,
            Some(Fault::Twice(key)) => text!(
                "kunci `{key}` ada dua kali di baris {line}, kolom {column}",
                "the key `{key}` occurs twice at line {line}, column {column}"
            ),
            Some(Fault::Length(header, is)) => {
                let first = self.rows;
                text!(
                    "kolom `{header}` punya {is} nilai, kolom pertama {first}",
                    "the column `{header}` has {is} values, the first column {first}"
                )
            }
            // JSON, but of another shape.
            None if error.is_data() && !self.listed => return shape(),
            None if error.is_data() => {
                let place = self.rows + 1;
                text!(
                    "unsur ke-{place} dalam daftar bukan objek",
                    "element {place} of the list is not an object"
                )
            }
            None => text!(
                "JSON tidak sah di baris {line}, kolom {column}",
                "the JSON is not well-formed at line {line}, column {column}"
            ),
        };
        Error::new(ErrorKind::Data, said)
    }

    /// Keeps what is wrong, and ends the reading.
    fn fail<E: serde::de::Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("")
    }

    fn is_read(&self, header: &str) -> bool {
        let request = self.request;
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
        let mut named = named.into_iter().flatten();
        request.headers.iter().any(|own| own == header) || named.any(|own| own == header)
    }

    /// Asks for what so many values and letters hold.
    fn hold<E: serde::de::Error>(&mut self, values: usize, letters: usize) -> Result<(), E> {
        let room = self
            .held
            .owe(values.saturating_mul(SLOT).saturating_add(letters));
        let room = room.and_then(|()| self.request.budget.rows(self.rows));
        room.map_err(|error| self.fail(Fault::NoRoom(error)))
    }

    /// The place of a column, which is most likely the one after that of the key before.
    fn place<E: serde::de::Error>(&mut self, key: &str, likely: usize) -> Result<usize, E> {
        if self.headers.get(likely).is_some_and(|header| header == key) {
            return Ok(likely);
        }
        if let Some(at) = self.places.get(key) {
            return Ok(*at);
        }
        let at = self.headers.len();
        let budget = &self.request.budget;
        let room = budget
            .columns(at + 1)
            .and_then(|()| budget.cell(key, NO_LINE));
        room.map_err(|error| self.fail(Fault::NoRoom(error)))?;
        self.hold(0, HEADER + key.len() * 2)?;
        // The first column holds the region codes where no other is named.
        let kept = at == 0 || self.is_read(key);
        self.headers.push(key.to_owned());
        self.columns.push(kept.then(Vec::new));
        self.places.insert(key.to_owned(), at);
        Ok(at)
    }

    fn get(&self, row: usize, column: usize) -> &Slot {
        let column = self.columns.get(column).and_then(Option::as_ref);
        column
            .and_then(|column| column.get(row))
            .unwrap_or(&Slot::Nothing)
    }
}

/// The whole: a list of rows, or an object of columns.
struct Document<'t, 'r>(&'t mut Columns<'r>);

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("rows or columns")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.listed = true;
        while items.next_element_seed(Row(&mut *self.0))?.is_some() {
            self.0.rows += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut single = None;
        while let Some(header) = fields.next_key::<String>()? {
            if self.0.places.contains_key(&header) {
                return Err(self.0.fail(Fault::Twice(header)));
            }
            let at = self.0.place(&header, usize::MAX)?;
            let mut values = Vec::new();
            let of_one = fields.next_value_seed(ColumnOrCell(&mut *self.0, &mut values))?;
            // One region as it is, or columns: not a mixture.
            if *single.get_or_insert(of_one) != of_one {
                return Err(A::Error::invalid_type(Unexpected::Map, &self));
            }
            if at > 0 && values.len() != self.0.rows {
                return Err(self.0.fail(Fault::Length(header, values.len())));
            }
            self.0.rows = values.len();
            if let Some(column) = self.0.columns.get_mut(at) {
                *column = Some(values);
            }
        }
        Ok(())
    }
}

/// What an object holds under a key: a list of values, which is a column, or one value of one region. Whether it is the
/// latter.
struct ColumnOrCell<'t, 'r>(&'t mut Columns<'r>, &'t mut Vec<Slot>);

impl<'de> DeserializeSeed<'de> for ColumnOrCell<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        if !self.0.request.decimals {
            return deserializer.deserialize_any(self);
        }
        let raw = <&RawValue>::deserialize(deserializer)?;
        if !raw.get().starts_with('[') {
            self.1.push(written(raw)?);
            return Ok(true);
        }
        let mut list = serde_json::Deserializer::from_str(raw.get());
        list.deserialize_seq(self).map_err(D::Error::custom)
    }
}

impl<'de> Visitor<'de> for ColumnOrCell<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list or a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        let Self(table, values) = self;
        loop {
            let value = if table.request.decimals {
                let raw = items.next_element::<&RawValue>()?;
                raw.map(written).transpose()?
            } else {
                items.next_element::<Slot>()?
            };
            let Some(value) = value else { return Ok(false) };
            table.hold(1, value.letters())?;
            values.push(value);
        }
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        self.1.push(Slot::Nothing);
        Ok(true)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<bool, E> {
        self.1.push(SlotVisitor.visit_bool(value)?);
        Ok(true)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<bool, E> {
        self.1.push(SlotVisitor.visit_u64(value)?);
        Ok(true)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<bool, E> {
        self.1.push(SlotVisitor.visit_i64(value)?);
        Ok(true)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<bool, E> {
        self.1.push(SlotVisitor.visit_f64(value)?);
        Ok(true)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<bool, E> {
        self.1.push(SlotVisitor.visit_str(value)?);
        Ok(true)
    }
}

/// One row of a list.
struct Row<'t, 'r>(&'t mut Columns<'r>);

impl<'de> DeserializeSeed<'de> for Row<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let table = self.0;
        let row = table.rows;
        let mut likely = 0;
        while let Some(Key(key)) = fields.next_key()? {
            let at = table.place(&key, likely)?;
            likely = at + 1;
            let Some(Some(column)) = table.columns.get_mut(at) else {
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            if column.len() > row {
                return Err(table.fail(Fault::Twice(key.into_owned())));
            }
            let new = row + 1 - column.len();
            table.hold(new, 0)?;
            let value = if table.request.decimals {
                written(fields.next_value()?)?
            } else {
                fields.next_value::<Slot>()?
            };
            table.hold(0, value.letters())?;
            if let Some(Some(column)) = table.columns.get_mut(at) {
                column.resize(row, Slot::Nothing);
                column.push(value);
            }
        }
        Ok(())
    }
}

/// A key, borrowed where nothing in it is escaped.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// A value with the decimals that it is written with, which a double has forgotten.
fn written<E: serde::de::Error>(raw: &RawValue) -> Result<Slot, E> {
    let slot = serde_json::from_str(raw.get()).map_err(E::custom)?;
    Ok(match slot {
        Slot::Number(value) => {
            let decimals = decimals_of_text(raw.get());
            Slot::Written(value, u8::try_from(decimals).unwrap_or(u8::MAX))
        }
        other => other,
    })
}

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SlotVisitor)
    }
}

struct SlotVisitor;

impl<'de> Visitor<'de> for SlotVisitor {
    type Value = Slot;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Slot, E> {
        Ok(Slot::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Slot, E> {
        Ok(Slot::Text(value.to_string().into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Slot, E> {
        Ok(whole(value as f64, &value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Slot, E> {
        Ok(whole(value as f64, &value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Slot, E> {
        Ok(Slot::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Slot, E> {
        Ok(if value.trim().is_empty() {
            Slot::Nothing
        } else {
            Slot::Text(value.into())
        })
    }

    // What lies within is not held: a cell that holds a list is wrong, whatever is in it.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Slot, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Slot::Text("[…]".into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Slot, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Slot::Text("{…}".into()))
    }
}

impl Slot {
    /// How much its text holds, in bytes.
    fn letters(&self) -> usize {
        match self {
            Slot::Text(text) => text.len() + 16,
            _ => 0,
        }
    }
}

/// A whole number that no double holds is a code, or no number that could be relied on.
fn whole(value: f64, written: &dyn std::fmt::Display) -> Slot {
    if value.abs() < LARGEST_WHOLE {
        Slot::Number(value)
    } else {
        Slot::Text(written.to_string().into())
    }
}

fn found(value: &Slot) -> RawCell<'_> {
    match value {
        Slot::Nothing => RawCell::Nothing,
        Slot::Number(value) => RawCell::Number(*value),
        Slot::Written(value, decimals) => RawCell::Shown(*value, *decimals),
        Slot::Text(text) => RawCell::Text(Cow::Borrowed(text)),
    }
}

fn shape() -> Error {
    Error::new(
        ErrorKind::Data,
        Text::new("bentuk JSON tidak dikenal", "the shape of the JSON is not known"),
    )
    .with_help(Text::new(
        "daftar objek `[{\"kode\": \"33.01\", …}]`, objek berisi daftar `{\"kode\": [\"33.01\"], …}`, atau satu objek untuk satu wilayah",
        "a list of objects `[{\"code\": \"33.01\", …}]`, an object of lists `{\"code\": [\"33.01\"], …}`, or one object of one region",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Vec<Option<f64>>>, String> {
        let headers = vec!["a".to_owned(), "b".to_owned()];
        let request = ReadRequest {
            ids: headers.clone(),
            headers,
            ..ReadRequest::default()
        };
        let data = Json.read(&mut text.as_bytes(), &request);
        let data = data.map_err(|error| error.message().en.to_string())?;
        let chunks = data.chunks.iter();
        let columns = chunks.flat_map(|chunk| &chunk.columns);
        Ok(columns.map(|column| column.iter().collect()).collect())
    }

    #[test]
    fn rows_with_other_orders_and_gaps() {
        let rows = r#"[{"k":"1","a":1,"b":2},{"b":4,"k":"2","c":[{}],"a":3},{"k":"3","b":null},{"k":"4","a":-5e-1}]"#;
        let wanted = vec![
            vec![Some(1.0), Some(3.0), None, Some(-0.5)],
            vec![Some(2.0), Some(4.0), None, None],
        ];
        assert_eq!(read(rows), Ok(wanted.clone()));
        let columns = r#"{"k":["1","2","3","4"],"a":[1,3,null,-0.5],"b":[2,4," ",null]}"#;
        assert_eq!(read(columns), Ok(wanted));
        let one = r#"{"k":"1","a":1,"b":2}"#;
        assert_eq!(read(one), Ok(vec![vec![Some(1.0)], vec![Some(2.0)]]));
        assert_eq!(read("[]"), Err("the data has no header".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_told_at_its_place() {
        for (text, said) in [
            (
                "[{\"k\":1},\n{\"a\":1,\"a\":2}]",
                "the key `a` occurs twice at line 2, column 10",
            ),
            (
                r#"{"k":[1],"k":[2]}"#,
                "the key `k` occurs twice at line 1, column 12",
            ),
            (
                r#"{"k":[1],"a":[2,3]}"#,
                "the column `a` has 2 values, the first column 1",
            ),
            (r#"[{"k":1},[2]]"#, "element 2 of the list is not an object"),
            (r#"[{"k":1},7]"#, "element 2 of the list is not an object"),
            ("17", "the shape of the JSON is not known"),
            ("\"text\"", "the shape of the JSON is not known"),
            (r#"{"k":1,"a":[1]}"#, "the shape of the JSON is not known"),
            (r#"{"k":{"a":1}}"#, "the shape of the JSON is not known"),
            (
                "[{\"k\":1}\n x]",
                "the JSON is not well-formed at line 2, column 2",
            ),
            (
                "[{\"k\":1}] x",
                "the JSON is not well-formed at line 1, column 11",
            ),
            (
                "[{\"k\":1e999}]",
                "the JSON is not well-formed at line 1, column 11",
            ),
            ("", "the JSON is not well-formed at line 1, column 0"),
        ] {
            assert_eq!(read(text), Err(said.to_owned()), "{text}");
        }
    }
}
