//! What the beginning of a CSV tells of its form.

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, WINDOWS_1252};
use memchr::memchr2;

use crate::base::language::text;
use crate::base::{Error, ErrorKind};
use crate::data::reader::decimal_sign;

/// How much of the data decides on the format.
pub(super) const SAMPLE: u64 = 1 << 18;

/// What the beginning of the data tells.
pub(super) struct Format {
    pub(super) delimiter: u8,
    /// `None`: no number so far has a decimal sign.
    pub(super) decimal_comma: Option<bool>,
    /// The line that the header stands on, counted from 1.
    pub(super) first_line: u64,
    /// The character set, unless it is UTF-8.
    pub(super) charset: Option<&'static str>,
}

/// The character set of data that is not UTF-8: that of its byte order mark, else Windows-1252, as older
/// spreadsheets save it. Only names can be misread by it; digits are alike in all of them.
pub(super) fn charset(sample: &[u8]) -> Option<&'static Encoding> {
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
    pub(super) fn sniff(sample: &mut Vec<u8>) -> Result<Self, Error> {
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
        if sample.starts_with(b"\x1f\x8b") {
            return Err(Error::new(
                ErrorKind::Data,
                text!(
                    "ini berkas yang dimampatkan (gzip), bukan CSV",
                    "this is a compressed file (gzip), not CSV"
                ),
            )
            .with_help(text!(
                "uraikan dulu: `gzip -dc BERKAS | tanggap … --data -`",
                "decompress it first: `gzip -dc FILE | tanggap … --data -`"
            )));
        }
        let skipped = skip_preamble(sample);
        let delimiter = delimiter(sample);
        // Else what the rows tell.
        let decimal_comma = (delimiter == b',').then_some(false);
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

/// Whether more numbers of some rows have a comma than a point, in the columns at some places.
pub(super) fn decimal_comma(rows: &[u8], delimiter: u8, columns: &[usize]) -> Option<bool> {
    memchr2(b',', b'.', rows)?;
    let (mut commas, mut points) = (0usize, 0usize);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(rows);
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        for sign in columns
            .iter()
            .filter_map(|at| decimal_sign(record.get(*at)?))
        {
            commas += usize::from(sign);
            points += usize::from(!sign);
        }
    }
    (commas + points > 0).then_some(commas > points)
}
