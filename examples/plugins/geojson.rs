//! A reader of data.

use std::io::Read;

use serde_json::{Map, Value};
use tanggap::base::{Error, ErrorKind, Text};
use tanggap::data::{Dataset, Origin, RawCell, ReadRequest, Reader, Table};

/// GeoJSON: the properties of each feature are a row, whatever its geometry.
pub struct GeoJson;

impl Reader for GeoJson {
    fn name(&self) -> &'static str {
        "geojson"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["geojson"]
    }

    fn recognises(&self, _: &[u8]) -> bool {
        // It begins like any JSON; the ending of the file tells.
        false
    }

    fn read(&self, input: &mut dyn Read, request: &ReadRequest) -> Result<Dataset, Error> {
        let broken = || Error::new(ErrorKind::Data, Text::new("bukan GeoJSON", "not GeoJSON"));
        let document: Value =
            serde_json::from_reader(input).map_err(|error| broken().with_source(error))?;
        let features = document["features"].as_array().ok_or_else(broken)?;
        let rows: Vec<&Map<String, Value>> = features
            .iter()
            .filter_map(|feature| feature["properties"].as_object())
            .collect();
        let first = rows.first().ok_or_else(broken)?;
        let headers: Vec<String> = first.keys().cloned().collect();
        let mut table = Table::begin(headers.clone(), Origin::default(), request)?;
        for row in rows {
            let cell = |at: usize| match headers.get(at).and_then(|header| row.get(header)) {
                Some(Value::Number(number)) => RawCell::Number(number.as_f64().unwrap_or(f64::NAN)),
                Some(Value::String(text)) => RawCell::Text(text.as_str().into()),
                _ => RawCell::Nothing,
            };
            table.row(0, cell)?;
        }
        table.finish()
    }
}
