//! What a file says of its footer and pages, before the library unpacks any of them.
//!
//! A page of a few bytes may stand for gigabytes. So the sizes in the headers of pages are asked for first, and those that
//! no writer makes are refused (<https://parquet.apache.org/docs/file-format/>).

use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;

use super::thrift::{Message, Path};
use super::{damaged, guarded};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Held};
use crate::data::budget::Budget;

/// The largest page when it is unpacked, in bytes: writers make them of a megabyte.
const LARGEST_PAGE: i64 = 1 << 28;
/// The longest header of a page, and how much of it is looked at first.
const LONGEST_HEADER: usize = 1 << 20;
const USUAL_HEADER: usize = 1 << 10;
/// What the library holds of a part of a footer, of a value of a dictionary, and of one that is being read, in bytes.
const PART: usize = 1 << 10;
const ENTRY: usize = 48;
const VALUE: usize = 16;
/// Values that are written as what they have in common with the one before.
const DELTA_BYTE_ARRAY: i64 = 7;

/// Asks for what the footer will hold.
pub(super) fn footer<R: ChunkReader>(file: &R, budget: &Budget) -> Result<Held, Error> {
    let size = file.len();
    let tail = match size.checked_sub(8) {
        Some(at) => guarded(|| file.get_bytes(at, 8))?,
        None => return Err(damaged()),
    };
    let length = tail.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    let length = u64::from(length.unwrap_or(u32::MAX));
    let start = (size - 8).checked_sub(length).ok_or_else(damaged)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut held = budget.memory.take(length)?;
    let bytes = guarded(|| file.get_bytes(start, length))?;
    let mut message = Message::new(&bytes);
    message.walk(&mut |_, _| {}).ok_or_else(damaged)?;
    held.grow(message.listed.saturating_mul(PART))?;
    Ok(held)
}

/// What there is to know of the pages of a column before it is read.
pub(super) struct Pages {
    /// The memory that its largest page and its dictionary hold.
    _held: Held,
    /// Whether a few bytes of it may stand for many values of any length, so that it is read one by one.
    pub(super) one_by_one: bool,
}

/// Looks through the headers of the pages of a column of so many rows.
pub(super) fn pages<R: ChunkReader>(
    file: &R,
    column: &ColumnChunkMetaData,
    rows: usize,
    budget: &Budget,
) -> Result<Pages, Error> {
    let (mut at, length) = guarded(|| Ok(column.byte_range()))?;
    let end = at.checked_add(length).filter(|end| *end <= file.len());
    let end = end.ok_or_else(damaged)?;
    let (mut largest, mut dictionary, mut values) = (0usize, 0usize, 0usize);
    let mut one_by_one = false;
    while at < end && values < rows {
        let (header, own) = header(file, at, end)?;
        let page = usize::try_from(header.unpacked).map_err(|_| damaged())?;
        if header.unpacked > LARGEST_PAGE {
            return Err(large_page());
        }
        let count = usize::try_from(header.values).map_err(|_| damaged())?;
        if header.is_dictionary {
            // Each takes a byte at least.
            if count > page {
                return Err(damaged());
            }
            dictionary = page.saturating_add(count.saturating_mul(ENTRY));
        } else {
            values = values.saturating_add(count);
            if values > rows {
                return Err(damaged());
            }
            largest = largest.max(page.saturating_add(count.saturating_mul(VALUE)));
        }
        one_by_one |= header.encoding == DELTA_BYTE_ARRAY;
        let packed = u64::try_from(header.packed).map_err(|_| damaged())?;
        at = at.saturating_add(own as u64).saturating_add(packed);
    }
    // Packed and unpacked.
    let held = largest.saturating_mul(2).saturating_add(dictionary);
    Ok(Pages {
        _held: budget.memory.take(held)?,
        one_by_one,
    })
}

#[derive(Default)]
struct Header {
    unpacked: i64,
    packed: i64,
    values: i64,
    encoding: i64,
    is_dictionary: bool,
}

/// The header at a place, and how long it is.
fn header<R: ChunkReader>(file: &R, at: u64, end: u64) -> Result<(Header, usize), Error> {
    let left = usize::try_from(end - at).unwrap_or(usize::MAX);
    for length in [USUAL_HEADER, LONGEST_HEADER] {
        let bytes = guarded(|| file.get_bytes(at, length.min(left)))?;
        let (mut header, mut message) = (Header::default(), Message::new(&bytes));
        let mut visit = |path: Path<'_>, value: i64| match path {
            [2] => header.unpacked = value,
            [3] => header.packed = value,
            [5 | 8, 1] => header.values = value,
            [5, 2] | [8, 4] => header.encoding = value,
            [7, 1] => (header.values, header.is_dictionary) = (value, true),
            _ => {}
        };
        if message.walk(&mut visit).is_some() {
            return Ok((header, message.at));
        }
    }
    Err(damaged())
}

fn large_page() -> Error {
    let most = LARGEST_PAGE >> 20;
    Error::new(
        ErrorKind::TooLarge,
        text!(
            "berkas Parquet ini punya halaman yang lebih besar dari {most} MB",
            "this Parquet file has a page larger than {most} MB"
        ),
    )
}
