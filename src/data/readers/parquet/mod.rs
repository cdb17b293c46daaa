//! Parquet, a few rows of all columns at a time.

mod pages;
mod thrift;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::basic::{Compression, ConvertedType, LogicalType, Type as PhysicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{AsBytes, DataType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::ColumnDescPtr;
use rayon::prelude::*;

use crate::base::language::text;
use crate::base::number::{LARGEST_WHOLE, same};
use crate::base::panics::quietly;
use crate::base::{Error, ErrorKind, Held, Text};
use crate::data::batch::{Batches, DatasetBuilder, Job};
use crate::data::builder::Row;
use crate::data::dataset::{CHUNK_ROWS, Dataset, Sniffed};
use crate::data::head::Head;
use crate::data::reader::{ReadRequest, Reader, read_all, unreadable};
use crate::data::roles::{Role, roles};
use crate::data::table::{Origin, RawCell, Table};
use pages::Pages;

/// The reader of Parquet.
pub(super) struct Parquet;

impl Reader for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["parquet"]
    }

    fn recognises(&self, beginning: &[u8]) -> bool {
        beginning.starts_with(b"PAR1")
    }

    fn read(&self, input: &mut dyn Read, request: &ReadRequest) -> Result<Dataset, Error> {
        let (bytes, _held) = read_all(input, &request.budget)?;
        let mut file = ParquetFile::open(Bytes::from(bytes), request)?;
        if file.head.layout.long.is_some() {
            let mut table = Table::of(file.head.clone());
            while let Some(rows) = file.next_rows()? {
                rows.add_to(&mut table)?;
            }
            return table.finish();
        }
        let mut whole = DatasetBuilder::new(file.head.clone());
        whole.add_all(&mut file)?;
        Ok(whole.finish())
    }

    fn wants_file(&self) -> bool {
        true
    }

    fn pieces_of_file<'r>(
        &self,
        file: File,
        request: &'r ReadRequest,
    ) -> Result<Option<Box<dyn Batches<'r> + 'r>>, Error> {
        pieces(Shared::new(file)?, request)
    }

    fn pieces<'r>(
        &self,
        input: &'r mut dyn Read,
        request: &'r ReadRequest,
    ) -> Result<Option<Box<dyn Batches<'r> + 'r>>, Error> {
        let (bytes, _held) = read_all(input, &request.budget)?;
        pieces(Bytes::from(bytes), request)
    }
}

fn pieces<'r, R: ChunkReader + Clone + 'static>(
    file: R,
    request: &'r ReadRequest,
) -> Result<Option<Box<dyn Batches<'r> + 'r>>, Error> {
    let file = ParquetFile::open(file, request)?;
    Ok(match file.head.layout.long {
        Some(_) => None,
        None => Some(Box::new(file)),
    })
}

/// A file that several columns are read from at once, each from its own place.
#[derive(Clone)]
struct Shared {
    file: Arc<Mutex<File>>,
    length: u64,
}

impl Shared {
    fn new(file: File) -> Result<Self, Error> {
        let length = file.metadata().map_err(unreadable)?.len();
        Ok(Self {
            file: Arc::new(Mutex::new(file)),
            length,
        })
    }
}

/// A place in a shared file.
struct Place {
    file: Shared,
    at: u64,
}

impl Read for Place {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self
            .file
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Length for Shared {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Shared {
    type T = BufReader<Place>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let file = self.clone();
        Ok(BufReader::new(Place { file, at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        // What a damaged file asks for need not be there.
        if start.saturating_add(length as u64) > self.length {
            return Err(ParquetError::EOF("bytes are missing".to_owned()));
        }
        let mut bytes = vec![0; length];
        self.get_read(start)?.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// A file of which the schema has been read.
struct ParquetFile<'r, R: ChunkReader> {
    head: Arc<Head<'r>>,
    bytes: R,
    file: SerializedFileReader<R>,
    /// The memory that the footer holds.
    _held: Held,
    /// The columns of the file that are those of the head.
    leaves: Vec<usize>,
    /// Whether each is read.
    wanted: Vec<bool>,
    /// The next row group.
    group: usize,
    columns: Vec<Option<Column>>,
    /// How many rows of the row group are left.
    left: usize,
    /// How many rows have been read.
    read: u32,
}

/// One column of a row group, while it is read.
struct Column {
    reader: ColumnReader,
    of: ColumnDescPtr,
    /// Whether it holds the region codes, of which no digit must be lost.
    codes: bool,
    /// What is known of its pages, and the memory that they hold.
    pages: Pages,
    /// The longest text of a cell, in bytes.
    longest: usize,
}

impl<'r, R: ChunkReader + Clone + 'static> ParquetFile<'r, R> {
    fn open(file: R, request: &'r ReadRequest) -> Result<Self, Error> {
        let bytes = file;
        let held = pages::footer(&bytes, &request.budget)?;
        let file = guarded(|| SerializedFileReader::new(bytes.clone()))?;
        let all = file.metadata().file_metadata().num_rows();
        let all = usize::try_from(all).map_err(|_| damaged())?;
        request.budget.rows(all)?;
        known_codecs(file.metadata())?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        request.budget.columns(schema.num_columns())?;
        // Lists have several values a row, and are none of ours.
        let leaves: Vec<usize> = (0..schema.num_columns())
            .filter(|at| schema.column(*at).max_rep_level() == 0)
            .collect();
        let header = |at: &usize| schema.column(*at).path().string();
        let headers = leaves.iter().map(header).collect();
        let head = Head::new(headers, Origin::default(), request)?;
        let read = head.layout.read_columns();
        let headless = |at: usize| head.headers.get(at).is_some_and(String::is_empty);
        Ok(Self {
            wanted: (0..leaves.len())
                .map(|at| read.contains(&at) || headless(at))
                .collect(),
            head: Arc::new(head),
            bytes,
            file,
            _held: held,
            leaves,
            group: 0,
            columns: Vec::new(),
            left: 0,
            read: 0,
        })
    }

    /// The next rows, with all of their columns read at once; nothing at the end.
    fn next_rows(&mut self) -> Result<Option<Rows>, Error> {
        while self.left == 0 {
            if self.group == self.file.num_row_groups() {
                return Ok(None);
            }
            self.open_group()?;
        }
        let count = self.left.min(CHUNK_ROWS);
        let budget = &self.head.request.budget;
        let columns: Vec<_> = self.columns.iter_mut().collect();
        let read = |column: &mut Option<Column>| match column {
            Some(column) => match guarded(|| column.read(count))? {
                Some(cells) => Ok(cells),
                None => Err(budget.long_cell(0)),
            },
            None => Ok(Cells::Unread),
        };
        let cells = columns.into_par_iter().map(read);
        let cells = cells.collect::<Result<Vec<Cells>, Error>>()?;
        let first = self.read;
        self.left -= count;
        self.read = first.saturating_add(count as u32);
        Ok(Some(Rows {
            first,
            count,
            cells,
        }))
    }

    fn open_group(&mut self) -> Result<(), Error> {
        let metadata = self.file.metadata();
        let schema = metadata.file_metadata().schema_descr_ptr();
        let (file, at) = (&self.file, self.group);
        let group = metadata.row_group(at);
        let rows = usize::try_from(group.num_rows()).map_err(|_| damaged())?;
        let budget = &self.head.request.budget;
        // What the pages of the group before held is given back first.
        self.columns.clear();
        for (leaf, wanted) in self.leaves.iter().zip(&self.wanted) {
            if !wanted {
                self.columns.push(None);
                continue;
            }
            let column = group.columns().get(*leaf).ok_or_else(damaged)?;
            let pages = pages::pages(&self.bytes, column, rows, budget)?;
            let reader = guarded(|| file.get_row_group(at)?.get_column_reader(*leaf))?;
            self.columns.push(Some(Column {
                reader,
                of: schema.column(*leaf),
                codes: self.leaves.get(self.head.layout.key) == Some(leaf),
                pages,
                longest: budget.characters.saturating_mul(4),
            }));
        }
        self.left = rows;
        self.group += 1;
        Ok(())
    }
}

impl<'r, R: ChunkReader + Clone + 'static> Batches<'r> for ParquetFile<'r, R> {
    fn head(&self) -> Arc<Head<'r>> {
        self.head.clone()
    }

    fn next(&mut self) -> Result<Option<Job<'r>>, Error> {
        let Some(rows) = self.next_rows()? else {
            return Ok(None);
        };
        let mut table = Table::of(self.head.clone());
        Ok(Some(Box::new(move || {
            rows.add_to(&mut table)?;
            table.into_piece()
        })))
    }

    fn sniffed(&self) -> Option<Sniffed> {
        None
    }
}

/// Some rows, column by column.
struct Rows {
    /// How many rows came before.
    first: u32,
    count: usize,
    cells: Vec<Cells>,
}

/// Some cells of a column.
enum Cells {
    Unread,
    /// Numbers as they are, and which of them are there, unless all are.
    Numbers(Vec<f64>, Option<Vec<bool>>),
    Others(Vec<Field>),
}

impl Rows {
    fn add_to(&self, table: &mut Table<'_>) -> Result<(), Error> {
        let head = table.head.clone();
        let roles = roles(&head.layout, &head.headers).unwrap_or_default();
        let mut values = vec![f64::NAN; head.layout.columns.len()];
        for row in 0..self.count {
            // Where there are no lines, rows are counted.
            let line = self.first.saturating_add(row as u32 + 1);
            match self.in_order(table, &roles, row, line, &mut values) {
                Some(added) => added?,
                None => table.row(line, |at| self.found(at, row))?,
            }
        }
        Ok(())
    }

    /// Adds a row of which all is in order; nothing has happened where it is not.
    fn in_order(
        &self,
        table: &mut Table<'_>,
        roles: &[Role],
        row: usize,
        line: u32,
        values: &mut [f64],
    ) -> Option<Result<(), Error>> {
        if table.head.numeric_markers {
            return None;
        }
        let (mut own, mut year, mut weight) = (Row::default(), None, f64::NAN);
        let key = roles.iter().position(|role| *role == Role::Key)?;
        let code = self.cells.get(key)?.code(row)?;
        own.line = line;
        for (role, cells) in roles.iter().zip(&self.cells) {
            match role {
                Role::Unread => {}
                Role::Value(position) => *values.get_mut(*position)? = cells.number(row)?,
                Role::Weight => weight = cells.number(row)?,
                Role::Year => year = Some(whole_year(cells.number(row)?)?),
                Role::Key => own.region = &code,
                Role::Name => own.name = Some(cells.text(row)?),
                Role::Group => own.group = Some(cells.text(row)?),
                Role::Headless => return None,
            }
        }
        if !table.builder.weighs(weight) {
            return None;
        }
        Some(table.builder.row_in_order(&own, year, values, weight))
    }

    fn found(&self, column: usize, row: usize) -> RawCell<'_> {
        match self.cells.get(column) {
            None | Some(Cells::Unread) => RawCell::Nothing,
            Some(Cells::Numbers(values, there)) => {
                let there = there.as_ref().and_then(|there| there.get(row)) != Some(&false);
                match values.get(row) {
                    Some(value) if there => RawCell::Number(*value),
                    _ => RawCell::Nothing,
                }
            }
            Some(Cells::Others(fields)) => fields.get(row).map_or(RawCell::Nothing, found),
        }
    }
}

/// A year, where a number is one.
fn whole_year(number: f64) -> Option<u16> {
    let year = number as u16;
    same(f64::from(year), number).then_some(year)
}

impl Cells {
    /// The number of a row, NaN where it is missing; nothing where there is something else.
    fn number(&self, row: usize) -> Option<f64> {
        let Cells::Numbers(values, there) = self else {
            return None;
        };
        if there.as_ref().and_then(|there| there.get(row)) == Some(&false) {
            return Some(f64::NAN);
        }
        values.get(row).copied().filter(|value| value.is_finite())
    }

    /// The code of a row; nothing where it is missing or would have to be looked at more closely.
    fn code(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Cells::Numbers(..) => {
                let whole = |code: &f64| code.abs() < LARGEST_WHOLE && same(code.trunc(), *code);
                let code = self.number(row).filter(whole)?;
                Some(Cow::Owned(code.to_string()))
            }
            _ => {
                let text = self.text(row).filter(|text| !text.is_empty());
                text.map(Cow::Borrowed)
            }
        }
    }

    /// The text of a row; nothing where there is something else.
    fn text(&self, row: usize) -> Option<&str> {
        match self {
            Cells::Others(fields) => match fields.get(row)? {
                Field::Str(text) if text.trim().len() == text.len() => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A value as all readers know it.
fn found(field: &Field) -> RawCell<'_> {
    let date = || RawCell::Date(Cow::Owned(field.to_string()));
    match field {
        Field::Null => RawCell::Nothing,
        Field::Bool(value) => RawCell::Text(Cow::Owned(value.to_string())),
        Field::Byte(value) => RawCell::Number(f64::from(*value)),
        Field::Short(value) => RawCell::Number(f64::from(*value)),
        Field::Int(value) => RawCell::Number(f64::from(*value)),
        Field::Long(value) => RawCell::Number(*value as f64),
        Field::UByte(value) => RawCell::Number(f64::from(*value)),
        Field::UShort(value) => RawCell::Number(f64::from(*value)),
        Field::UInt(value) => RawCell::Number(f64::from(*value)),
        Field::ULong(value) => RawCell::Number(*value as f64),
        Field::Float16(value) => RawCell::Number(f64::from(*value)),
        Field::Float(value) => RawCell::Number(f64::from(*value)),
        Field::Double(value) => RawCell::Number(*value),
        // Its text is exact, and is rounded once.
        Field::Decimal(_) => match field.to_string().parse() {
            Ok(value) => RawCell::Number(value),
            Err(_) => RawCell::Text(Cow::Owned(field.to_string())),
        },
        Field::Str(text) if text.trim().is_empty() => RawCell::Nothing,
        Field::Str(text) => RawCell::Text(Cow::Borrowed(text)),
        Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) if text.trim().is_empty() => RawCell::Nothing,
            Ok(text) => RawCell::Text(Cow::Borrowed(text)),
            Err(_) => RawCell::Unreadable(String::from_utf8_lossy(bytes.data())),
        },
        Field::Date(_)
        | Field::TimeMillis(_)
        | Field::TimeMicros(_)
        | Field::TimestampMillis(_)
        | Field::TimestampMicros(_) => date(),
        _ => RawCell::Unreadable(Cow::Owned(field.to_string())),
    }
}

impl Column {
    /// The next cells; nothing where one is longer than any may be.
    fn read(&mut self, count: usize) -> Result<Option<Cells>, ParquetError> {
        let of = &self.of;
        let number = is_plain_number(of) && !self.codes;
        let step = if self.pages.one_by_one { 1 } else { count };
        let reading = Reading {
            of,
            count,
            step,
            longest: self.longest,
        };
        let cells = match &mut self.reader {
            ColumnReader::Int32ColumnReader(reader) if number => reading.numbers(reader, f64::from),
            ColumnReader::Int64ColumnReader(reader) if number => {
                reading.numbers(reader, |value| value as f64)
            }
            ColumnReader::FloatColumnReader(reader) => reading.numbers(reader, f64::from),
            ColumnReader::DoubleColumnReader(reader) => reading.numbers(reader, |value| value),
            ColumnReader::BoolColumnReader(reader) => reading.fields(reader, Field::convert_bool),
            ColumnReader::Int32ColumnReader(reader) => reading.fields(reader, Field::convert_int32),
            ColumnReader::Int64ColumnReader(reader) => reading.fields(reader, long),
            ColumnReader::Int96ColumnReader(reader) => reading.fields(reader, Field::convert_int96),
            ColumnReader::ByteArrayColumnReader(reader) => reading.fields(reader, bytes),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                reading.fields(reader, |of, value| bytes(of, value.into()))
            }
        }?;
        Ok(match cells {
            Some(cells) if self.codes => Some(cells.into_codes()),
            cells => cells,
        })
    }
}

/// A number of 64 bits as the schema means it.
fn long(of: &ColumnDescPtr, value: i64) -> Field {
    // The library does not know times of a billionth of a second.
    match (of.logical_type_ref(), Field::convert_int64(of, value)) {
        (Some(LogicalType::Time(_)), Field::Long(value)) => Field::TimeMicros(value / 1000),
        (Some(LogicalType::Timestamp(_)), Field::Long(value)) => {
            Field::TimestampMicros(value / 1000)
        }
        (_, field) => field,
    }
}

impl Cells {
    /// DatasetBuilder numbers and decimals as texts of all their digits.
    fn into_codes(self) -> Self {
        let Cells::Others(fields) = self else {
            return self;
        };
        let code = |field| match field {
            Field::Byte(_)
            | Field::Short(_)
            | Field::Int(_)
            | Field::Long(_)
            | Field::UByte(_)
            | Field::UShort(_)
            | Field::UInt(_)
            | Field::ULong(_)
            | Field::Decimal(_) => Field::Str(field.to_string()),
            other => other,
        };
        Cells::Others(fields.into_iter().map(code).collect())
    }
}

/// Bytes as the schema means them; as they are where they are not of that kind.
fn bytes(of: &ColumnDescPtr, value: parquet::data_type::ByteArray) -> Field {
    Field::convert_byte_array(of, value.clone()).unwrap_or(Field::Bytes(value))
}

/// Whether whole numbers of a column are meant as such.
fn is_plain_number(of: &ColumnDescPtr) -> bool {
    match (of.logical_type_ref(), of.converted_type()) {
        (None, ConvertedType::NONE | ConvertedType::INT_32 | ConvertedType::INT_64) => true,
        (Some(LogicalType::Integer(own)), _) => own.is_signed && own.bit_width >= 32,
        _ => false,
    }
}

/// How the next cells of a column are read.
struct Reading<'c> {
    of: &'c ColumnDescPtr,
    count: usize,
    /// How many are asked for at once.
    step: usize,
    /// The longest text of a cell, in bytes.
    longest: usize,
}

/// Values that are there, and, unless all are, for each row whether one is.
type Sparse<T> = (Vec<T>, Option<Vec<bool>>);

impl Reading<'_> {
    /// The cells as the library gives them; nothing where one is too long.
    fn cells<T: DataType>(
        &self,
        reader: &mut ColumnReaderImpl<T>,
    ) -> Result<Option<Sparse<T::T>>, ParquetError> {
        let (count, most) = (self.count, self.of.max_def_level());
        let (mut values, mut levels) = (Vec::with_capacity(count), Vec::new());
        let mut read = 0;
        while read < count {
            let levels = (most > 0).then_some(&mut levels);
            let known = values.len();
            let step = self.step.min(count - read);
            match reader.read_records(step, levels, None, &mut values)? {
                (0, ..) => return Err(ParquetError::EOF("rows are missing".to_owned())),
                (more, ..) => read += more,
            }
            let long = |value: &T::T| value.as_bytes().len() > self.longest;
            let new = values.get(known..).unwrap_or_default();
            if T::get_physical_type() == PhysicalType::BYTE_ARRAY && new.iter().any(long) {
                return Ok(None);
            }
        }
        let there = |level: &i16| *level == most;
        let there = (values.len() < count).then(|| levels.iter().map(there).collect());
        Ok(Some((values, there)))
    }

    fn numbers<T: DataType>(
        &self,
        reader: &mut ColumnReaderImpl<T>,
        number: impl Fn(T::T) -> f64,
    ) -> Result<Option<Cells>, ParquetError> {
        let Some((values, there)) = self.cells(reader)? else {
            return Ok(None);
        };
        let mut values = values.into_iter().map(number);
        let Some(there) = there else {
            return Ok(Some(Cells::Numbers(values.collect(), None)));
        };
        let spread = there
            .iter()
            .map(|there| if *there { values.next() } else { None });
        let spread = spread.map(|value| value.unwrap_or(0.0)).collect();
        Ok(Some(Cells::Numbers(spread, Some(there))))
    }

    fn fields<T: DataType>(
        &self,
        reader: &mut ColumnReaderImpl<T>,
        field: impl Fn(&ColumnDescPtr, T::T) -> Field,
    ) -> Result<Option<Cells>, ParquetError> {
        let Some((values, there)) = self.cells(reader)? else {
            return Ok(None);
        };
        let mut values = values.into_iter().map(|value| field(self.of, value));
        let Some(there) = there else {
            return Ok(Some(Cells::Others(values.collect())));
        };
        let spread = there
            .iter()
            .map(|there| if *there { values.next() } else { None });
        let spread = spread.map(|value| value.unwrap_or(Field::Null));
        Ok(Some(Cells::Others(spread.collect())))
    }
}

/// Whether a file is compressed in ways that can be read.
fn known_codecs(file: &ParquetMetaData) -> Result<(), Error> {
    let mut columns = file.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let unknown = columns.find_map(|column| match column.compression() {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_) => None,
        other => Some(other),
    });
    let Some(unknown) = unknown else {
        return Ok(());
    };
    let name = unknown.to_string();
    let name = name.split('(').next().unwrap_or_default();
    Err(Error::new(
        ErrorKind::Data,
        text!(
            "berkas Parquet ini dimampatkan dengan {name}, yang tidak dapat dibaca",
            "this Parquet file is compressed by {name}, which cannot be read"
        ),
    )
    .with_help(save_again()))
}

fn save_again() -> Text {
    text!(
        "simpan lagi, dimampatkan dengan Snappy atau Zstandard, atau tanpa pemampatan",
        "save it again, compressed by Snappy or Zstandard, or not compressed"
    )
}

/// Calls the library, which may give up on a damaged file.
fn guarded<T>(call: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Error> {
    match quietly(call) {
        Some(result) => result.map_err(|error| damaged().with_source(error)),
        None => Err(damaged()),
    }
}

fn damaged() -> Error {
    Error::new(
        ErrorKind::Data,
        text!("berkas Parquet ini rusak", "this Parquet file is damaged"),
    )
    .with_help(save_again())
}
