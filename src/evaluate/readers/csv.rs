//! CSV, with a comma, semicolon or tab between cells and a point or comma in numbers, found out and stated.

use std::io::{Cursor, Read};

use csv::{ByteRecord, ReaderBuilder};

use crate::base::language::text;
use crate::base::{Error, ErrorKind, IssueKind, Text};
use crate::evaluate::dataset::{Builder, Cell, Dataset, Row, Sniffed};
use crate::evaluate::reader::{Layout, ReadRequest, Reader, read_number};

/// How much of the data decides on the format.
const SAMPLE: u64 = 1 << 18;

/// The reader of CSV; of everything, where nothing else recognises the data.
pub(super) struct Csv;

impl Reader for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "tsv", "txt"]
    }

    fn recognises(&self, _beginning: &[u8]) -> bool {
        true
    }

    fn read(&self, input: &mut dyn Read, request: &ReadRequest) -> Result<Dataset, Error> {
        let mut sample = Vec::new();
        input
            .take(SAMPLE)
            .read_to_end(&mut sample)
            .map_err(unreadable)?;
        if sample.starts_with(b"\xef\xbb\xbf") {
            sample.drain(..3);
        }
        if sample.starts_with(b"PK\x03\x04") {
            return Err(Error::new(
                ErrorKind::Data,
                text!(
                    "ini berkas lembar kerja, bukan CSV",
                    "this is a spreadsheet file, not CSV"
                ),
            )
            .with_help(text!(
                "simpan sebagai \"CSV UTF-8\" dari lembar kerja Anda",
                "save it as \"CSV UTF-8\" in your spreadsheet"
            )));
        }
        // After a line that ends in CR LF, the reader of CSV stands before the LF, still on that line.
        let behind = u64::from(ends_in_crlf(&sample));
        let delimiter = delimiter(&sample);
        let decimal_comma = delimiter != b',' && decimal_comma(&sample, delimiter, request);
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(Cursor::new(sample).chain(input));
        let mut record = ByteRecord::new();
        if !reader.read_byte_record(&mut record).map_err(malformed)? {
            return Err(Error::new(
                ErrorKind::Data,
                text!("data kosong", "the data is empty"),
            ));
        }
        let headers = headers(&record)?;
        let (layout, mut data) = Layout::find(&headers, request)?;
        data.sniffed = Some(Sniffed {
            delimiter: char::from(delimiter),
            decimal_comma,
        });
        let mut builder = Builder::new(data);
        while reader.read_byte_record(&mut record).map_err(malformed)? {
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let line = record
                .position()
                .map_or(0, |position| position.line() + behind);
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            let ragged = record.len() != headers.len();
            if ragged {
                let cells = format!("{} / {}", record.len(), headers.len());
                builder.report(IssueKind::RaggedRow, None, &cells);
            }
            let cell = |at: usize| String::from_utf8_lossy(record.get(at).unwrap_or(b""));
            let number = |at: Option<usize>| match at {
                None => Cell::Missing,
                Some(at) => read_number(&cell(at), decimal_comma, &request.missing),
            };
            let region = cell(layout.key);
            let (name, year, group) = (
                layout.name.map(cell),
                layout.year.map(cell),
                layout.group.map(cell),
            );
            // A code that is not text cannot be told from another; a name or group is shown as it is.
            let read = [Some(layout.key), layout.name, layout.group];
            let foreign = |at: &usize| std::str::from_utf8(record.get(*at).unwrap_or(b"")).is_err();
            if let Some(at) = read.into_iter().flatten().find(foreign) {
                let column = headers.get(at).map(String::as_str);
                builder.report(IssueKind::NotUtf8, column, &cell(at));
            }
            let row = Row {
                region: region.trim(),
                name: name.as_deref().map(str::trim),
                year: year.as_deref().map(str::trim),
                group: group.as_deref().map(str::trim),
                line,
            };
            let refuse = ragged || foreign(&layout.key);
            let cells: Vec<Cell> = layout.columns.iter().map(|at| number(*at)).collect();
            builder.row(&row, cells, number(layout.weighted_by), refuse);
        }
        Ok(builder.finish())
    }
}

fn headers(record: &ByteRecord) -> Result<Vec<String>, Error> {
    record
        .iter()
        .map(|cell| Ok(utf8(cell)?.trim().to_owned()))
        .collect()
}

fn utf8(cell: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(cell).map_err(|_| {
        Error::new(
            ErrorKind::Data,
            text!(
                "judul kolom data bukan teks UTF-8",
                "the header of the data is not UTF-8 text"
            ),
        )
        .with_help(text!(
            "simpan sebagai \"CSV UTF-8\" dari lembar kerja Anda",
            "save it as \"CSV UTF-8\" in your spreadsheet"
        ))
    })
}

fn ends_in_crlf(sample: &[u8]) -> bool {
    let end = sample.iter().position(|byte| *byte == b'\n');
    end.and_then(|end| sample.get(end.checked_sub(1)?)) == Some(&b'\r')
}

/// The candidate that occurs most often in the header, outside quotes.
fn delimiter(sample: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [0usize; 3];
    for byte in sample {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    let [comma, semicolon, tab] = counts;
    if semicolon > comma && semicolon >= tab {
        b';'
    } else if tab > comma {
        b'\t'
    } else {
        b','
    }
}

/// Whether more numbers of the sample have a comma than a point, in the columns that are read.
fn decimal_comma(sample: &[u8], delimiter: u8, request: &ReadRequest) -> bool {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(sample);
    let wanted: Vec<usize> = match reader.byte_headers() {
        Ok(headers) => headers
            .iter()
            .enumerate()
            .filter(|(_, header)| {
                let header = String::from_utf8_lossy(header);
                let read = request.headers.iter().chain(&request.weighted_by);
                read.into_iter().any(|wanted| wanted == header.trim())
            })
            .map(|(at, _)| at)
            .collect(),
        Err(_) => return false,
    };
    let (mut commas, mut points) = (0usize, 0usize);
    for record in reader.byte_records().map_while(Result::ok) {
        for at in &wanted {
            let cell = record.get(*at).unwrap_or(b"").trim_ascii();
            let numeric = cell
                .iter()
                .all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'-' | b'+'));
            if numeric {
                commas += usize::from(cell.contains(&b','));
                points += usize::from(cell.contains(&b'.'));
            }
        }
    }
    commas > points
}

fn unreadable(error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        Text::new("data tidak dapat dibaca", "the data cannot be read"),
    )
    .with_source(error)
}

fn malformed(error: csv::Error) -> Error {
    Error::new(
        ErrorKind::Data,
        Text::new("CSV tidak dapat dibaca", "the CSV cannot be read"),
    )
    .with_source(error)
}
