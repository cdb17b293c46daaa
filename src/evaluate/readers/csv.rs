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
        let format = Format::sniff(&mut sample, request)?;
        let quotes = Quotes::new(
            Cursor::new(sample).chain(input),
            format.delimiter,
            format.first_line,
        );
        let mut reader = ReaderBuilder::new()
            .delimiter(format.delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(quotes);
        let mut record = ByteRecord::new();
        if !reader.read_byte_record(&mut record).map_err(malformed)? {
            return Err(Error::new(
                ErrorKind::Data,
                text!("data kosong", "the data is empty"),
            ));
        }
        let headers = headers(&record)?;
        let (layout, data) = Layout::find(&headers, request)?;
        let mut builder = Builder::new(data);
        // Where the sample has no decimal sign, the first one that comes decides.
        let mut decimal_comma = format.decimal_comma;
        while reader.read_byte_record(&mut record).map_err(malformed)? {
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let line = record.position().map_or(0, |position| position.line());
            let line = u32::try_from(line + format.lines_before).unwrap_or(u32::MAX);
            row(
                &record,
                line,
                &headers,
                &layout,
                request,
                &mut decimal_comma,
                &mut builder,
            );
        }
        reader.get_ref().check()?;
        let mut data = builder.finish();
        data.sniffed = Some(Sniffed {
            delimiter: char::from(format.delimiter),
            decimal_comma: decimal_comma.unwrap_or(false),
        });
        Ok(data)
    }
}

fn row(
    record: &ByteRecord,
    line: u32,
    headers: &[String],
    layout: &Layout,
    request: &ReadRequest,
    decimal_comma: &mut Option<bool>,
    builder: &mut Builder,
) {
    let ragged = record.len() != headers.len();
    if ragged {
        let cells = format!("{} / {}", record.len(), headers.len());
        builder.report(IssueKind::RaggedRow, None, &cells);
    }
    let cell = |at: usize| String::from_utf8_lossy(record.get(at).unwrap_or(b""));
    let mut number = |at: Option<usize>| {
        let Some(at) = at else { return Cell::Missing };
        let written = cell(at);
        if decimal_comma.is_none() {
            *decimal_comma = decimal_sign(written.as_bytes());
        }
        read_number(&written, decimal_comma.unwrap_or(false), &request.missing)
    };
    let cells: Vec<Cell> = layout.columns.iter().map(|at| number(*at)).collect();
    let weight = number(layout.weighted_by);
    // A code that is not text cannot be told from another; a name or group is shown as it is.
    let foreign = |at: &usize| std::str::from_utf8(record.get(*at).unwrap_or(b"")).is_err();
    let read = [Some(layout.key), layout.name, layout.group];
    if let Some(at) = read.into_iter().flatten().find(foreign) {
        builder.report(
            IssueKind::NotUtf8,
            headers.get(at).map(String::as_str),
            &cell(at),
        );
    }
    let region = cell(layout.key);
    let (name, year, group) = (
        layout.name.map(cell),
        layout.year.map(cell),
        layout.group.map(cell),
    );
    let row = Row {
        region: region.trim(),
        name: name.as_deref().map(str::trim),
        year: year.as_deref().map(str::trim),
        group: group.as_deref().map(str::trim),
        line,
    };
    builder.row(&row, cells, weight, ragged || foreign(&layout.key));
}

/// What the beginning of the data tells.
struct Format {
    delimiter: u8,
    /// `None`: no number so far has a decimal sign.
    decimal_comma: Option<bool>,
    /// The line that the header stands on, counted from 1.
    first_line: u64,
    /// What is to be added to the line that the reader of CSV tells.
    lines_before: u64,
}

impl Format {
    fn sniff(sample: &mut Vec<u8>, request: &ReadRequest) -> Result<Self, Error> {
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
        let skipped = skip_preamble(sample);
        // After a line that ends in CR LF, the reader of CSV stands before the LF, still on that line.
        let behind = u64::from(ends_in_crlf(sample));
        let delimiter = delimiter(sample);
        let decimal_comma = if delimiter == b',' {
            Some(false)
        } else {
            decimal_comma(sample, delimiter, request)
        };
        Ok(Self {
            delimiter,
            decimal_comma,
            first_line: skipped + 1,
            lines_before: skipped + behind,
        })
    }
}

/// Drops empty lines and the line `sep=;` of spreadsheets before the header, and tells how many.
fn skip_preamble(sample: &mut Vec<u8>) -> u64 {
    let mut lines = 0;
    while let Some(end) = sample.iter().position(|byte| *byte == b'\n') {
        let line = sample.get(..end).unwrap_or(b"").trim_ascii();
        if !line.is_empty() && !line.to_ascii_lowercase().starts_with(b"sep=") {
            break;
        }
        sample.drain(..=end);
        lines += 1;
    }
    lines
}

fn headers(record: &ByteRecord) -> Result<Vec<String>, Error> {
    let header = |cell: &[u8]| match std::str::from_utf8(cell) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(_) => Err(Error::new(
            ErrorKind::Data,
            text!(
                "judul kolom data bukan teks UTF-8",
                "the header of the data is not UTF-8 text"
            ),
        )
        .with_help(text!(
            "simpan sebagai \"CSV UTF-8\" dari lembar kerja Anda",
            "save it as \"CSV UTF-8\" in your spreadsheet"
        ))),
    };
    record.iter().map(header).collect()
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

/// The decimal sign of a cell that is a number with one: a comma is `true`.
fn decimal_sign(cell: &[u8]) -> Option<bool> {
    let cell = cell.trim_ascii();
    let numeric = cell
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'-' | b'+'));
    match (
        numeric && cell.contains(&b','),
        numeric && cell.contains(&b'.'),
    ) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Whether more numbers of the sample have a comma than a point, in the columns that are read.
fn decimal_comma(sample: &[u8], delimiter: u8, request: &ReadRequest) -> Option<bool> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(sample);
    let headers = reader.byte_headers().ok()?;
    let is_read = |header: &[u8]| {
        let header = String::from_utf8_lossy(header);
        let read = request.headers.iter().chain(&request.weighted_by);
        read.into_iter().any(|wanted| wanted == header.trim())
    };
    let wanted: Vec<usize> = headers
        .iter()
        .enumerate()
        .filter(|(_, header)| is_read(header))
        .map(|(at, _)| at)
        .collect();
    let (mut commas, mut points) = (0usize, 0usize);
    for record in reader.byte_records().map_while(Result::ok) {
        for sign in wanted
            .iter()
            .filter_map(|at| decimal_sign(record.get(*at)?))
        {
            commas += usize::from(sign);
            points += usize::from(!sign);
        }
    }
    (commas + points > 0).then_some(commas > points)
}

/// Watches the quotation marks of what is read. One that is never closed, or closed in the middle of a cell,
/// joins rows that do not belong together, and nobody can tell which.
struct Quotes<R> {
    inner: R,
    delimiter: u8,
    state: State,
    line: u64,
    /// The line of the quotation mark that is open.
    opened: u64,
    /// The line of the first one at fault.
    broken: Option<u64>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// At the beginning of a cell.
    Beginning,
    /// In a cell without quotation marks.
    Plain,
    /// Between quotation marks.
    Quoted,
    /// After a quotation mark that closes, unless another follows.
    Closing,
}

impl<R> Quotes<R> {
    fn new(inner: R, delimiter: u8, line: u64) -> Self {
        Self {
            inner,
            delimiter,
            state: State::Beginning,
            line,
            opened: 0,
            broken: None,
        }
    }

    fn see(&mut self, byte: u8) {
        let ends = byte == self.delimiter || byte == b'\n' || byte == b'\r';
        self.state = match (self.state, byte) {
            (State::Beginning, b'"') => {
                self.opened = self.line;
                State::Quoted
            }
            (State::Quoted, b'"') => State::Closing,
            (State::Closing, b'"') | (State::Quoted, _) => State::Quoted,
            (State::Closing, b' ') => State::Closing,
            (_, _) if ends => State::Beginning,
            (State::Closing, _) => {
                self.broken.get_or_insert(self.opened);
                State::Plain
            }
            _ => State::Plain,
        };
        self.line += u64::from(byte == b'\n');
    }

    /// What was found by the end of the data.
    fn check(&self) -> Result<(), Error> {
        let open = (self.state == State::Quoted).then_some(self.opened);
        let Some(line) = self.broken.or(open) else {
            return Ok(());
        };
        Err(Error::new(
            ErrorKind::Data,
            text!(
                "tanda kutip di baris {line} tidak ditutup pada tempatnya, sehingga baris-baris tercampur",
                "a quotation mark of line {line} is not closed where it should be, so that rows are mixed up"
            ),
        )
        .with_help(text!(
            "tutup tanda kutip itu, atau tulis dua kali (`\"\"`) bila bagian dari teks",
            "close it, or write it twice (`\"\"`) where it is part of the text"
        )))
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        for byte in buffer.iter().take(read) {
            self.see(*byte);
        }
        Ok(read)
    }
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
