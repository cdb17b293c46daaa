//! CSV, with a comma, semicolon or tab between cells and a point or comma in numbers, found out and stated.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{Cursor, Read};

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::base::language::text;
use crate::base::{Error, ErrorKind, Text};
use crate::evaluate::dataset::{Dataset, Sniffed};
use crate::evaluate::reader::{ReadRequest, Reader, decimal_sign, unreadable};
use crate::evaluate::table::{Found, Origin, Table};

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
        let charset = if sample.starts_with(b"\xd0\xcf\x11\xe0") {
            None
        } else {
            charset(&sample)
        };
        let whole = Cursor::new(sample).chain(input);
        let mut text = match charset {
            Some(charset) => Box::new(
                DecodeReaderBytesBuilder::new()
                    .encoding(Some(charset))
                    .build(whole),
            ) as Box<dyn Read + '_>,
            None => Box::new(whole),
        };
        let mut sample = Vec::new();
        (&mut text)
            .take(SAMPLE)
            .read_to_end(&mut sample)
            .map_err(unreadable)?;
        let mut format = Format::sniff(&mut sample, request)?;
        format.charset = charset.map(Encoding::name);
        let quotes = Quotes::new(
            Cursor::new(sample).chain(text),
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
        let count = headers.len();
        let mut table = Table::begin(headers, Origin::default(), request)?;
        // Where the sample has no decimal sign, the first one that comes decides.
        table.decimal_comma = format.decimal_comma;
        reader.get_mut().next_line();
        while reader.read_byte_record(&mut record).map_err(malformed)? {
            let line = reader.get_mut().next_line();
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            if record.len() == count {
                table.row(line, |at| found(&record, at));
            } else {
                table.ragged_row(line, record.len(), |at| found(&record, at));
            }
        }
        reader.get_ref().check()?;
        let decimal_comma = table.decimal_comma.unwrap_or(false);
        let mut data = table.finish();
        data.sniffed = Some(Sniffed {
            delimiter: char::from(format.delimiter),
            decimal_comma,
            charset: format.charset,
        });
        Ok(data)
    }
}

fn found(record: &ByteRecord, at: usize) -> Found<'_> {
    let cell = record.get(at).unwrap_or(b"");
    match std::str::from_utf8(cell) {
        Ok(text) if text.trim().is_empty() => Found::Nothing,
        Ok(text) => Found::Written(Cow::Borrowed(text)),
        Err(_) => Found::Unreadable(String::from_utf8_lossy(cell)),
    }
}

/// What the beginning of the data tells.
struct Format {
    delimiter: u8,
    /// `None`: no number so far has a decimal sign.
    decimal_comma: Option<bool>,
    /// The line that the header stands on, counted from 1.
    first_line: u64,
    /// The character set, unless it is UTF-8.
    charset: Option<&'static str>,
}

/// The character set of data that is not UTF-8: that of its byte order mark, else Windows-1252, as older
/// spreadsheets save it. Only names can be misread by it; digits are alike in all of them.
fn charset(sample: &[u8]) -> Option<&'static Encoding> {
    if let Some((marked, _)) = Encoding::for_bom(sample) {
        return (marked != encoding_rs::UTF_8).then_some(marked);
    }
    match std::str::from_utf8(sample) {
        Ok(_) => None,
        // A character that the end of the sample cuts through is whole in the data.
        Err(error) if error.error_len().is_none() && sample.len() as u64 == SAMPLE => None,
        Err(_) => Some(WINDOWS_1252),
    }
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
                "beri akhiran `.xlsx` (dengan fitur `xlsx`), atau simpan sebagai \"CSV UTF-8\" dari lembar kerja Anda",
                "give it the ending `.xlsx` (with the feature `xlsx`), or save it as \"CSV UTF-8\" in your spreadsheet"
            )));
        }
        if sample.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(Error::new(
                ErrorKind::Data,
                text!(
                    "ini berkas lembar kerja bentuk lama (.xls)",
                    "this is a spreadsheet of the old form (.xls)"
                ),
            )
            .with_help(text!(
                "simpan sebagai XLSX dari lembar kerja Anda",
                "save it as XLSX in your spreadsheet"
            )));
        }
        let skipped = skip_preamble(sample);
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
            charset: None,
        })
    }
}

/// Drops empty lines and the line `sep=;` of spreadsheets before the header, and tells how many.
fn skip_preamble(sample: &mut Vec<u8>) -> u64 {
    let mut lines = 0;
    while let Some(end) = sample.iter().position(|byte| *byte == b'\n') {
        let line = sample.get(..end).unwrap_or(b"").trim_ascii();
        let plain = line
            .strip_prefix(b"\"")
            .unwrap_or(line)
            .to_ascii_lowercase();
        if !line.is_empty() && !plain.starts_with(b"sep=") {
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
fn decimal_comma(sample: &[u8], delimiter: u8, request: &ReadRequest) -> Option<bool> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(sample);
    let headers = reader.byte_headers().ok()?;
    let is_read = |header: &[u8]| {
        let header = String::from_utf8_lossy(header);
        let value = request.long.as_ref().map(|long| &long.value);
        let read = request
            .headers
            .iter()
            .chain(&request.weighted_by)
            .chain(value);
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

/// Watches what is read for the lines that records begin at, and for quotation marks out of place: one that is
/// never closed, or closed in the middle of a cell, joins rows that do not belong together, and nobody can
/// tell which.
struct Quotes<R> {
    inner: R,
    delimiter: u8,
    state: State,
    line: u64,
    after_return: bool,
    /// The lines of records that the reader of CSV has not given out yet.
    records: VecDeque<u64>,
    /// The line of the quotation mark that is open.
    opened: u64,
    /// The line of the first one at fault.
    broken: Option<u64>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// At the beginning of a line.
    Line,
    /// At the beginning of a cell.
    Beginning,
    /// After spaces at the beginning of a cell.
    Indented,
    /// In a cell without quotation marks.
    Plain,
    /// Between quotation marks.
    Quoted,
    /// After a quotation mark that closes, unless another follows.
    Closing,
    /// After spaces behind a closed cell.
    Closed,
}

impl<R> Quotes<R> {
    fn new(inner: R, delimiter: u8, line: u64) -> Self {
        Self {
            inner,
            delimiter,
            state: State::Line,
            line,
            after_return: false,
            records: VecDeque::new(),
            opened: 0,
            broken: None,
        }
    }

    fn see(&mut self, byte: u8) {
        let ends_line = byte == b'\n' || byte == b'\r';
        if self.state == State::Line && !ends_line {
            self.records.push_back(self.line);
        }
        let misplaced = |this: &mut Self, line| {
            this.broken.get_or_insert(line);
            State::Plain
        };
        self.state = match (self.state, byte) {
            (State::Line | State::Beginning, b'"') => {
                self.opened = self.line;
                State::Quoted
            }
            (State::Quoted, b'"') => State::Closing,
            (State::Closing, b'"') | (State::Quoted, _) => State::Quoted,
            _ if ends_line => State::Line,
            _ if byte == self.delimiter => State::Beginning,
            (State::Closing | State::Closed, b' ') => State::Closed,
            (State::Closing | State::Closed, _) => misplaced(self, self.opened),
            (State::Line | State::Beginning | State::Indented, b' ') => State::Indented,
            (State::Indented, b'"') => misplaced(self, self.line),
            _ => State::Plain,
        };
        // CR, LF and CR LF each end one line.
        self.line += u64::from(byte == b'\r' || (byte == b'\n' && !self.after_return));
        self.after_return = byte == b'\r';
    }

    /// The line that the record which was just read begins at.
    fn next_line(&mut self) -> u32 {
        self.records
            .pop_front()
            .and_then(|line| u32::try_from(line).ok())
            .unwrap_or(0)
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
                "tanda kutip di baris {line} tidak pada tempatnya, sehingga sel dan baris bisa tercampur",
                "a quotation mark of line {line} is out of place, so that cells and rows may be mixed up"
            ),
        )
        .with_help(text!(
            "tanda kutip mengapit seluruh sel, tanpa spasi di luarnya; sebagai bagian dari teks ditulis dua kali (`\"\"`)",
            "quotation marks stand around the whole cell, without spaces outside; one in a text is written twice (`\"\"`)"
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

fn malformed(error: csv::Error) -> Error {
    Error::new(
        ErrorKind::Data,
        Text::new("CSV tidak dapat dibaca", "the CSV cannot be read"),
    )
    .with_source(error)
}
