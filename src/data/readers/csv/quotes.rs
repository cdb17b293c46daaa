//! Quotation marks: where lines end outside of them, and which are out of place.

use std::collections::VecDeque;
use std::io::Read;

use memchr::{memchr, memrchr};

use crate::base::language::text;
use crate::base::{Error, ErrorKind};

/// Watches what is read for the lines that records begin at, and for quotation marks out of place: one that is
/// never closed, or closed in the middle of a cell, joins rows that do not belong together, and nobody can
/// tell which.
pub(super) struct Quotes<R> {
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
    pub(super) fn new(inner: R, delimiter: u8, line: u64) -> Self {
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
    pub(super) fn next_line(&mut self) -> u32 {
        self.records
            .pop_front()
            .and_then(|line| u32::try_from(line).ok())
            .unwrap_or(0)
    }

    /// The line after all that was read.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// What was found by the end of the data.
    pub(super) fn check(&self) -> Result<(), Error> {
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

/// The end of the last line in a text that begins with a row, outside of quotation marks. More text may follow.
pub(super) fn last_line_end(text: &[u8], delimiter: u8) -> Option<usize> {
    let from = |at: usize| text.get(at..).unwrap_or_default();
    let (mut end, mut outside) = (None, 0);
    let mut look = 0;
    while let Some(quote) = memchr(b'"', from(look)).map(|at| at + look) {
        look = quote + 1;
        let before = quote.checked_sub(1).and_then(|at| text.get(at));
        if !before.is_none_or(|byte| *byte == delimiter || matches!(byte, b'\n' | b'\r')) {
            // In the middle of a cell it is a character like others, or at fault.
            continue;
        }
        let between = text.get(outside..quote).unwrap_or_default();
        end = memrchr(b'\n', between).map(|at| outside + at + 1).or(end);
        let Some(close) = closing(text, look) else {
            return end;
        };
        (look, outside) = (close + 1, close + 1);
    }
    memrchr(b'\n', from(outside))
        .map(|at| outside + at + 1)
        .or(end)
}

/// The quotation mark that closes a cell, of which the text begins at a place; nothing where it is not seen yet.
pub(super) fn closing(text: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = memchr(b'"', text.get(from..)?)? + from;
        match text.get(at + 1) {
            Some(b'"') => from = at + 2,
            // One at the very end may be the first half of two.
            None => return None,
            Some(_) => return Some(at),
        }
    }
}
