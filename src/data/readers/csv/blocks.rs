//! The text in blocks of whole rows.

use std::io::Read;

use memchr::{memchr, memchr_iter};

use super::quotes::{Quotes, last_line_end};
use crate::base::language::text;
use crate::base::{Error, ErrorKind};
use crate::data::reader::unreadable;

/// How much is read at once, in bytes: enough that handing it to a thread costs nothing, and little enough for its cache.
const BLOCK: usize = 1 << 19;
/// How long a row may be, in bytes: more has no end.
const LONGEST_ROW: usize = 1 << 23;

/// Some rows as text.
pub(super) struct Block {
    pub(super) text: Vec<u8>,
    /// The line of its first row, counted from 1.
    pub(super) line: u64,
}

/// Cuts a text into blocks.
pub(super) struct Blocks<'r> {
    input: Box<dyn Read + 'r>,
    delimiter: u8,
    line: u64,
    /// The beginning of the next block.
    rest: Vec<u8>,
    ended: bool,
}

impl<'r> Blocks<'r> {
    pub(super) fn new(input: Box<dyn Read + 'r>, delimiter: u8, line: u64) -> Self {
        Self {
            input,
            delimiter,
            line,
            rest: Vec::new(),
            ended: false,
        }
    }

    /// The next block; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, Error> {
        let mut text = std::mem::take(&mut self.rest);
        let mut wanted = BLOCK;
        loop {
            self.fill(&mut text, wanted)?;
            if self.ended {
                break;
            }
            if let Some(end) = last_line_end(&text, self.delimiter) {
                self.rest = text.get(end..).unwrap_or_default().to_vec();
                text.truncate(end);
                break;
            }
            if text.len() > LONGEST_ROW {
                return Err(self.endless(&text));
            }
            wanted = text.len() * 2;
        }
        let line = self.line;
        self.line += lines(&text);
        Ok((!text.is_empty()).then_some(Block { text, line }))
    }

    fn fill(&mut self, text: &mut Vec<u8>, wanted: usize) -> Result<(), Error> {
        let missing = wanted.saturating_sub(text.len());
        text.reserve_exact(missing);
        let read = (&mut self.input)
            .take(missing as u64)
            .read_to_end(text)
            .map_err(unreadable)?;
        self.ended |= read < missing;
        Ok(())
    }

    fn endless(&self, text: &[u8]) -> Error {
        let mut quotes = Quotes::new(text, self.delimiter, self.line);
        let copied = std::io::copy(&mut quotes, &mut std::io::sink());
        if let Err(error) = copied.map_err(unreadable).and_then(|_| quotes.check()) {
            return error;
        }
        let (line, most) = (self.line, LONGEST_ROW >> 20);
        Error::new(
            ErrorKind::Data,
            text!(
                "baris {line} lebih panjang dari {most} MB",
                "line {line} is longer than {most} MB"
            ),
        )
    }
}

/// How many lines end in a text: by LF, CR, or both.
fn lines(text: &[u8]) -> u64 {
    let feeds = memchr_iter(b'\n', text).count();
    if memchr(b'\r', text).is_none() {
        return feeds as u64;
    }
    let alone = |at: &usize| text.get(at + 1) != Some(&b'\n');
    (feeds + memchr_iter(b'\r', text).filter(alone).count()) as u64
}
