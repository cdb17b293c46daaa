//! CSV, with a comma, semicolon or tab between cells and a point or comma in numbers, found out and stated.
//!
//! The text is cut at ends of lines into blocks ([`blocks`]), which are read at once ([`lines`]). Lines that are
//! written as nearly all are go straight into columns; whatever is unusual takes the way of all readers, cell by cell,
//! so that faults are the same. Where quotation marks are unusual, the rest of a block is read by the library.

mod blocks;
mod format;
mod lines;
mod quotes;

use std::io::{Cursor, Read};
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::base::language::text;
use crate::base::{Error, ErrorKind, Text};
use crate::data::batch::{Batches, DatasetBuilder, Job};
use crate::data::dataset::{Dataset, Sniffed};
use crate::data::head::Head;
use crate::data::reader::{ReadRequest, Reader, unreadable};
use crate::data::table::{Origin, Table};
use blocks::{Block, Blocks};
use format::{Format, SAMPLE, charset, decimal_comma};
use quotes::Quotes;

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
        let mut text = CsvText::open(input, request)?;
        if text.head.layout.long.is_some() {
            return text.one_value_a_row();
        }
        let mut whole = DatasetBuilder::new(text.head.clone());
        whole.add_all(&mut text)?;
        let mut data = whole.finish();
        data.sniffed = Some(text.sniffed());
        Ok(data)
    }

    fn pieces<'r>(
        &self,
        input: &'r mut dyn Read,
        request: &'r ReadRequest,
    ) -> Result<Option<Box<dyn Batches<'r> + 'r>>, Error> {
        let text = CsvText::open(input, request)?;
        Ok(match text.head.layout.long {
            Some(_) => None,
            None => Some(Box::new(text)),
        })
    }
}

/// A CSV of which the header has been read.
struct CsvText<'r> {
    head: Arc<Head<'r>>,
    format: Format,
    blocks: Blocks<'r>,
    /// What follows the header in the first block.
    first: Option<Block>,
}

impl<'r> CsvText<'r> {
    fn open(input: &'r mut dyn Read, request: &'r ReadRequest) -> Result<Self, Error> {
        let mut sample = Vec::new();
        input
            .take(SAMPLE)
            .read_to_end(&mut sample)
            .map_err(unreadable)?;
        let binary = [&b"\xd0\xcf\x11\xe0"[..], b"\x1f\x8b"];
        let charset = if binary.iter().any(|magic| sample.starts_with(magic)) {
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
            ) as Box<dyn Read + 'r>,
            None => Box::new(whole),
        };
        let mut sample = Vec::new();
        (&mut text)
            .take(SAMPLE)
            .read_to_end(&mut sample)
            .map_err(unreadable)?;
        let mut format = Format::sniff(&mut sample)?;
        format.charset = charset.map(Encoding::name);
        let input = Box::new(Cursor::new(sample).chain(text));
        let mut blocks = Blocks::new(input, format.delimiter, format.first_line);
        let Some(first) = blocks.next()? else {
            return Err(Error::new(
                ErrorKind::Data,
                text!("data kosong", "the data is empty"),
            ));
        };
        let (headers, first) = header(first, format.delimiter, request)?;
        let mut head = Head::new(headers, Origin::default(), request)?;
        head.text = true;
        Ok(Self {
            head: Arc::new(head),
            format,
            blocks,
            first: Some(first),
        })
    }

    fn next_block(&mut self) -> Result<Option<Block>, Error> {
        let block = match self.first.take() {
            Some(first) => Some(first),
            None => self.blocks.next()?,
        };
        // Where the sample has no decimal sign, the first block that has one decides.
        if let (Some(block), None) = (&block, self.format.decimal_comma) {
            let columns = self.head.layout.numbers();
            self.format.decimal_comma = decimal_comma(&block.text, self.format.delimiter, &columns);
        }
        Ok(block)
    }

    /// Reads data of one row per value, of which any row may belong to any region.
    fn one_value_a_row(mut self) -> Result<Dataset, Error> {
        let mut table = Table::of(self.head.clone());
        while let Some(block) = self.next_block()? {
            table.decimal_comma = self.format.decimal_comma;
            lines::read(&mut table, &block, self.format.delimiter)?;
        }
        let mut data = table.finish()?;
        data.sniffed = Some(self.sniffed());
        Ok(data)
    }

    fn sniffed(&self) -> Sniffed {
        Sniffed {
            delimiter: char::from(self.format.delimiter),
            decimal_comma: self.format.decimal_comma.unwrap_or(false),
            charset: self.format.charset,
        }
    }
}

impl<'r> Batches<'r> for CsvText<'r> {
    fn head(&self) -> Arc<Head<'r>> {
        self.head.clone()
    }

    fn next(&mut self) -> Result<Option<Job<'r>>, Error> {
        let Some(block) = self.next_block()? else {
            return Ok(None);
        };
        let mut table = Table::of(self.head.clone());
        table.decimal_comma = self.format.decimal_comma;
        let delimiter = self.format.delimiter;
        Ok(Some(Box::new(move || {
            lines::read(&mut table, &block, delimiter)?;
            table.into_piece()
        })))
    }

    fn sniffed(&self) -> Option<Sniffed> {
        Some(CsvText::sniffed(self))
    }
}

/// Takes the header off the first block.
fn header(
    mut block: Block,
    delimiter: u8,
    request: &ReadRequest,
) -> Result<(Vec<String>, Block), Error> {
    let mut record = ByteRecord::new();
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(&*block.text);
    reader.read_byte_record(&mut record).map_err(malformed)?;
    request.budget.columns(record.len())?;
    let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
    let end = end.min(block.text.len());
    let line_feed = end + usize::from(block.text.get(end) == Some(&b'\n'));
    let ends_by_return = end.checked_sub(1).and_then(|at| block.text.get(at)) == Some(&b'\r');
    let end = if ends_by_return { line_feed } else { end };
    let rest = block.text.split_off(end);
    let mut quotes = Quotes::new(&*block.text, delimiter, block.line);
    std::io::copy(&mut quotes, &mut std::io::sink()).map_err(unreadable)?;
    quotes.check()?;
    let rest = Block {
        text: rest,
        line: quotes.line(),
    };
    Ok((headers(&record)?, rest))
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

fn malformed(error: csv::Error) -> Error {
    Error::new(
        ErrorKind::Data,
        Text::new("CSV tidak dapat dibaca", "the CSV cannot be read"),
    )
    .with_source(error)
}
