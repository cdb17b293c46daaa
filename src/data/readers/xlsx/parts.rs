//! The parts of a workbook, measured before the library holds any of them.
//!
//! What a part says of its own size is not believed: it is unpacked into nothing. The library holds all shared strings and
//! cell formats, and one cell at a time.

use std::io::{self, Cursor, Read};

use super::damaged;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Held};
use crate::data::budget::Budget;

/// How large the parts of a workbook may be when they are unpacked, in bytes.
const LARGEST: u64 = 1 << 30;
/// The most cell formats that spreadsheets know.
const MOST_FORMATS: usize = 65_490;
/// The most bytes that a character takes, when it is written as a reference.
const CHARACTER: usize = 10;
/// What a shared string and a cell format hold beside their text, in bytes.
const STRING: usize = 96;
const FORMAT: usize = 640;
/// How many times its length the library holds of a part that is neither sheet nor shared strings.
const SWELLS: usize = 8;

/// Asks for what the library will hold of a workbook.
pub(super) fn measure(bytes: &[u8], budget: &Budget) -> Result<Held, Error> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let mut held = budget.memory.take(0)?;
    let mut left = LARGEST;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(|_| damaged())?;
        let name = part.name().map_err(|_| damaged())?.to_ascii_lowercase();
        if !(name.ends_with(".xml") || name.ends_with(".rels")) {
            continue;
        }
        let mut found = Measured::of(budget);
        let read = found.measure(&mut part, left)?;
        left = left.checked_sub(read).ok_or_else(too_large)?;
        let length = usize::try_from(read).unwrap_or(usize::MAX);
        if found.formats > MOST_FORMATS {
            return Err(too_large());
        }
        held.grow(found.formats * FORMAT)?;
        if found.strings > 0 {
            held.grow(length.saturating_add(found.strings.saturating_mul(STRING)))?;
        } else if !name.contains("worksheets/") {
            held.grow(length.saturating_mul(SWELLS))?;
        }
    }
    Ok(held)
}

fn too_large() -> Error {
    Error::new(
        ErrorKind::TooLarge,
        text!(
            "lembar kerja ini terlalu besar untuk dibaca",
            "the spreadsheet is too large to be read"
        ),
    )
    .with_help(text!(
        "simpan sebagai \"CSV UTF-8\" dari lembar kerja Anda",
        "save it as \"CSV UTF-8\" in your spreadsheet"
    ))
}

/// What was found in a part, which is looked at as a row of bytes: names of elements, and how much stands between two cells.
struct Measured<'b> {
    budget: &'b Budget,
    strings: usize,
    formats: usize,
    /// How many bytes came since the last cell, row or shared string began.
    since: usize,
    at: At,
    /// The name of the element that begins, as far as it has come.
    name: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Text,
    Name,
    /// In what begins with `<!` or `<?`, with the last two bytes: nothing begins in it.
    Other([u8; 2]),
}

impl<'b> Measured<'b> {
    fn of(budget: &'b Budget) -> Self {
        Self {
            budget,
            strings: 0,
            formats: 0,
            since: 0,
            at: At::Text,
            name: Vec::new(),
        }
    }

    /// Unpacks a part, and says how long it is.
    fn measure(&mut self, part: &mut dyn Read, most: u64) -> Result<u64, Error> {
        let longest = self
            .budget
            .characters
            .saturating_mul(CHARACTER)
            .saturating_add(1 << 16);
        let (mut buffer, mut length) = (vec![0; 1 << 16], 0u64);
        loop {
            let read = match part.read(&mut buffer) {
                Ok(0) => return Ok(length),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(damaged()),
            };
            length += read as u64;
            if length > most {
                return Err(too_large());
            }
            for byte in buffer.get(..read).unwrap_or_default() {
                self.byte(*byte);
                if self.since > longest {
                    return Err(self.budget.long_cell(0));
                }
            }
        }
    }

    fn byte(&mut self, byte: u8) {
        self.since += 1;
        match self.at {
            At::Text if byte == b'<' => {
                self.name.clear();
                self.at = At::Name;
            }
            At::Text => {}
            At::Name => match byte {
                b'!' | b'?' if self.name.is_empty() => self.at = At::Other([0; 2]),
                b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n' => {
                    self.begins();
                    self.at = At::Text;
                }
                // Names that matter are short.
                _ if self.name.len() < 64 => self.name.push(byte),
                _ => {}
            },
            At::Other(last) => {
                let ends = byte == b'>' && (last == *b"--" || last == *b"]]" || last[1] == b'?');
                self.at = if ends {
                    At::Text
                } else {
                    At::Other([last[1], byte])
                };
            }
        }
    }

    /// An element begins.
    fn begins(&mut self) {
        let local = self.name.rsplit(|byte| *byte == b':').next();
        match local.unwrap_or_default() {
            b"si" => {
                self.strings += 1;
                self.since = 0;
            }
            b"xf" => {
                self.formats += 1;
                self.since = 0;
            }
            b"c" | b"row" | b"mergeCell" | b"sheet" | b"font" | b"fill" | b"border"
            | b"Override" | b"Relationship" | b"definedName" => self.since = 0,
            _ => {}
        }
    }
}
