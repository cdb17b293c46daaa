//! What a reader may hold, and how far it reads.

use crate::base::language::text;
use crate::base::{Error, ErrorKind, Memory};

/// The most columns of a sheet.
const COLUMNS: usize = 16_384;
/// The most characters of a cell of a sheet.
const CHARACTERS: usize = 32_767;
/// How many issues are kept.
const ISSUES: usize = 100_000;

/// How much is read of data, by whatever reader, before it is an error; it is asked while reading.
#[derive(Clone, Debug)]
pub struct Budget {
    /// The most columns.
    pub columns: usize,
    /// The most characters of a cell that is read.
    pub characters: usize,
    /// The most rows; by default any number.
    pub rows: Option<usize>,
    /// How many issues are kept of reading, and as many of scoring; more are counted.
    pub issues: usize,
    /// What data and scores may hold.
    pub memory: Memory,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            columns: COLUMNS,
            characters: CHARACTERS,
            rows: None,
            issues: ISSUES,
            memory: Memory::default(),
        }
    }
}

impl Budget {
    /// Whether a table may have so many columns.
    ///
    /// # Errors
    /// When it may not.
    pub fn columns(&self, count: usize) -> Result<(), Error> {
        let most = self.columns;
        if count <= most {
            return Ok(());
        }
        Err(too_large(text!(
            "data punya lebih dari {most} kolom",
            "the data has more than {most} columns"
        )))
    }

    /// Whether data may have so many rows.
    ///
    /// # Errors
    /// When it may not.
    pub fn rows(&self, count: usize) -> Result<(), Error> {
        match self.rows {
            Some(most) if count > most => Err(too_large(text!(
                "data punya lebih dari {most} baris",
                "the data has more than {most} rows"
            ))),
            _ => Ok(()),
        }
    }

    /// Whether a cell on a line may hold a text.
    ///
    /// # Errors
    /// When it may not.
    pub fn cell(&self, text: &str, line: u32) -> Result<(), Error> {
        // No text has more characters than bytes.
        if text.len() <= self.characters || text.chars().count() <= self.characters {
            return Ok(());
        }
        Err(self.long_cell(line))
    }

    /// The error for a cell of too many characters; of line 0 where there are no lines.
    pub(crate) fn long_cell(&self, line: u32) -> Error {
        let most = self.characters;
        too_large(if line == 0 {
            text!(
                "satu sel berisi lebih dari {most} huruf",
                "a cell has more than {most} characters"
            )
        } else {
            text!(
                "satu sel di baris {line} berisi lebih dari {most} huruf",
                "a cell on line {line} has more than {most} characters"
            )
        })
    }
}

fn too_large(message: crate::base::Text) -> Error {
    Error::new(ErrorKind::TooLarge, message)
}
