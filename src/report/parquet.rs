//! Scores as Parquet: the columns of the CSV, with numbers as numbers. The record is metadata of the file.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::writer::{ColumnCloseResult, get_column_writer, get_typed_column_writer};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::record::{Field, Row};
use parquet::schema::types::{ColumnDescPtr, Type, TypePtr};
use rayon::prelude::*;

use super::{
    ENGINE, Made, ReadBack, Record, Reporter, ScoreReport, ScoreSink, ScoreStream, StreamHead,
};
use crate::base::{NodeIndex, pipeline};
use crate::check::RuleSet;
use crate::evaluate::Scores;

/// The key of the record in the metadata of the file.
const RECORD: &str = "tanggap.record";
/// How many rows are made ready at a time.
const BATCH: usize = 4096;
/// How many rows a row group has at least: what is held before it is written.
const GROUP: usize = 1 << 16;

/// The Parquet reporter.
pub(super) struct ParquetReporter;

impl Reporter for ParquetReporter {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["parquet"]
    }

    fn includes_summary(&self) -> bool {
        false
    }

    fn is_binary(&self) -> bool {
        true
    }

    fn write(&self, report: &ScoreReport<'_>, out: &mut dyn Write) -> io::Result<()> {
        let scores = report.scores;
        let columns = Columns {
            nodes: report.nodes().collect(),
            ranks: true,
            ..Columns::of(StreamHead {
                rules: report.rules(),
                names: scores.names.iter().any(Option::is_some),
                years: scores.year.is_some(),
                groups: scores.groups.iter().any(Option::is_some),
                detail: report.detail,
                exact: report.exact,
            })
        };
        let mut file = ParquetFile::begin(&columns, out)?;
        let codes = super::issues::codes_by_position(scores);
        let mut starts = (0..scores.len()).step_by(BATCH);
        pipeline::in_order(
            || Ok(starts.next()),
            |start| {
                let rows = start..scores.len().min(start + BATCH);
                Ok(columns.values(scores, &codes, rows))
            },
            |values| file.add_rows(values),
        )?;
        file.end(&report.record)
    }

    fn stream<'a>(
        &self,
        head: StreamHead<'a>,
        out: &'a mut dyn Write,
    ) -> io::Result<Option<ScoreStream<'a>>> {
        let columns = Columns::of(head);
        let file = ParquetFile::begin(&columns, out)?;
        let make = move |scores: &Scores| {
            let codes = super::issues::codes_by_position(scores);
            Ok(Box::new(columns.values(scores, &codes, 0..scores.len())) as Made)
        };
        Ok(Some(ScoreStream {
            make: Box::new(make),
            sink: Box::new(file),
        }))
    }

    fn read_back(&self, output: &[u8]) -> Option<ReadBack> {
        let file = SerializedFileReader::new(Bytes::copy_from_slice(output)).ok()?;
        let metadata = file.metadata().file_metadata().key_value_metadata()?;
        let record = metadata.iter().find(|entry| entry.key == RECORD)?;
        let record = serde_json::from_str(record.value.as_deref()?).ok()?;
        let mut figures = Vec::new();
        for row in file.get_row_iter(None).ok()? {
            figures.extend(read_row(&row.ok()?));
        }
        Some(ReadBack {
            record,
            figures,
            keeps_15_digits: false,
        })
    }
}

fn read_row(row: &Row) -> Vec<(String, String)> {
    let text = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Double(value) => value.to_string(),
        other => other.to_string(),
    };
    let of = |wanted: &str| {
        let mut columns = row.get_column_iter();
        let found = columns.find(|(name, _)| *name == wanted);
        found.map_or_else(String::new, |(_, field)| text(field))
    };
    let region = format!("{} {}", of("region"), of("year"));
    let region = region.trim_end();
    let columns = row.get_column_iter();
    columns
        .map(|(name, field)| (format!("{region}, {name}"), text(field)))
        .collect()
}

/// Which columns there are.
struct Columns<'a> {
    rules: &'a RuleSet,
    nodes: Vec<NodeIndex>,
    names: bool,
    years: bool,
    groups: bool,
    detail: bool,
    ranks: bool,
    exact: bool,
}

/// Some rows of scores, with the codes of all of their issues.
type Rows<'a> = (&'a Scores, &'a [Vec<&'static str>], Range<usize>);

/// Values of one column that are still to be written: those that are there, and for each row whether one is.
enum Values {
    Texts(Vec<ByteArray>, Vec<i16>),
    Numbers(Vec<f64>, Vec<i16>),
    Counts(Vec<i32>, Vec<i16>),
}

impl<'a> Columns<'a> {
    fn of(head: StreamHead<'a>) -> Self {
        Self {
            rules: head.rules,
            nodes: head.rules.indices().collect(),
            names: head.names,
            years: head.years,
            groups: head.groups,
            detail: head.detail,
            ranks: false,
            exact: head.exact,
        }
    }

    /// The columns by name, without rows.
    fn empty(&self) -> Vec<(String, Values)> {
        let mut columns = Vec::new();
        self.fill(None, &mut |name, values| {
            columns.push((name.to_owned(), values))
        });
        columns
    }

    /// Some rows, column by column.
    fn values(
        &self,
        scores: &Scores,
        codes: &[Vec<&'static str>],
        rows: Range<usize>,
    ) -> Vec<Values> {
        let mut columns = Vec::new();
        let some = Some((scores, codes, rows));
        self.fill(some, &mut |_, values| columns.push(values));
        columns
    }

    /// Gives out all columns of some rows in their order, or what kinds of columns there are.
    fn fill(&self, some: Option<Rows<'_>>, give: &mut dyn FnMut(&str, Values)) {
        let rules = self.rules;
        let texts = |text: &dyn Fn(&Scores, usize) -> Option<ByteArray>| {
            let (values, levels) = gathered(&some, text);
            Values::Texts(values, levels)
        };
        let numbers = |number: &dyn Fn(&Scores, usize) -> Option<f64>| {
            let (values, levels) = gathered(&some, number);
            Values::Numbers(values, levels)
        };
        let counts = |count: &dyn Fn(&Scores, usize) -> Option<u32>| {
            let count = |scores: &Scores, at| i32::try_from(count(scores, at)?).ok();
            let (values, levels) = gathered(&some, &count);
            Values::Counts(values, levels)
        };
        let plain = |text: &str| Some(ByteArray::from(text));
        let optional = |list: &[Option<Arc<str>>], at: usize| {
            let text = list.get(at).and_then(Option::as_deref);
            text.map(ByteArray::from)
        };
        give(
            "region",
            texts(&|scores, at| plain(scores.regions.get(at)?)),
        );
        if self.names {
            give("name", texts(&|scores, at| optional(&scores.names, at)));
        }
        if self.years {
            // Of a piece, it is known of the rows that are scored.
            let known = |scores: &Scores, at| self.ranks || scores.refused.get(at) == Some(&false);
            let year = |scores: &Scores, at| scores.year.filter(|_| known(scores, at));
            give(
                "year",
                counts(&|scores, at| year(scores, at).map(u32::from)),
            );
        }
        if self.groups {
            give("group", texts(&|scores, at| optional(&scores.groups, at)));
        }
        for node in &self.nodes {
            let precision = rules.precision(*node);
            let shown = |exact: f64| {
                if self.exact {
                    exact
                } else {
                    precision.round(exact)
                }
            };
            let values = numbers(&|scores, at| scores.node(*node).get(at).map(shown));
            give(&rules.node(*node).id, values);
        }
        let is_indicator = |node: &&NodeIndex| rules.node(**node).indicator().is_some();
        for node in self
            .nodes
            .iter()
            .filter(is_indicator)
            .filter(|_| self.detail)
        {
            let id = &rules.node(*node).id;
            let raw = numbers(&|scores, at| scores.raw_value(*node, at));
            give(&format!("raw.{id}"), raw);
            let from = texts(&|scores, at| plain(scores.decision(*node, at)?.name()));
            give(&format!("from.{id}"), from);
        }
        let band = |scores: &Scores, at| rules.bands.get(scores.band(at)?);
        give("band", texts(&|scores, at| plain(&band(scores, at)?.id)));
        if self.ranks {
            give("rank", counts(&|scores, at| scores.rank(at)));
        }
        let codes = some.as_ref().map_or(&[][..], |(_, codes, _)| *codes);
        give("issues", texts(&|_, at| plain(&codes.get(at)?.join(" "))));
        let status = plain(rules.status.value.name());
        give("status", texts(&|_, _| status.clone()));
    }
}

/// The values of some rows that are there, and for each row whether one is.
fn gathered<T>(
    some: &Option<Rows<'_>>,
    value: &dyn Fn(&Scores, usize) -> Option<T>,
) -> (Vec<T>, Vec<i16>) {
    let Some((scores, _, rows)) = some else {
        return (Vec::new(), Vec::new());
    };
    let mut values = Vec::with_capacity(rows.len());
    let mut levels = Vec::with_capacity(rows.len());
    for at in rows.clone() {
        let value = value(scores, at);
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    (values, levels)
}

impl Values {
    fn rows(&self) -> usize {
        match self {
            Values::Texts(_, levels) | Values::Numbers(_, levels) | Values::Counts(_, levels) => {
                levels.len()
            }
        }
    }

    fn schema(&self, name: &str) -> Result<Type, ParquetError> {
        let (kind, logical) = match self {
            Values::Texts(..) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Values::Numbers(..) => (Physical::DOUBLE, None),
            Values::Counts(..) => (Physical::INT32, None),
        };
        Type::primitive_type_builder(name, kind)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    }

    fn append(&mut self, more: Values) {
        match (self, more) {
            (Values::Texts(all, there), Values::Texts(more, levels)) => {
                all.extend(more);
                there.extend(levels);
            }
            (Values::Numbers(all, there), Values::Numbers(more, levels)) => {
                all.extend(more);
                there.extend(levels);
            }
            (Values::Counts(all, there), Values::Counts(more, levels)) => {
                all.extend(more);
                there.extend(levels);
            }
            _ => {}
        }
    }

    /// Encodes the values, which are taken out.
    fn encode(
        &mut self,
        of: ColumnDescPtr,
        properties: WriterPropertiesPtr,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        match self {
            Values::Texts(all, there) => encode::<ByteArrayType>(all, there, of, properties),
            Values::Numbers(all, there) => encode::<DoubleType>(all, there, of, properties),
            Values::Counts(all, there) => encode::<Int32Type>(all, there, of, properties),
        }
    }
}

fn encode<T: DataType>(
    values: &mut Vec<T::T>,
    levels: &mut Vec<i16>,
    of: ColumnDescPtr,
    properties: WriterPropertiesPtr,
) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
    let mut buffer = TrackedWrite::new(Vec::new());
    let pages = Box::new(SerializedPageWriter::new(&mut buffer));
    let mut writer = get_typed_column_writer::<T>(get_column_writer(of, properties, pages));
    writer.write_batch(values, Some(levels), None)?;
    values.clear();
    levels.clear();
    let closed = writer.close()?;
    Ok((Bytes::from(buffer.into_inner()?), closed))
}

/// A file while it is written.
struct ParquetFile<'a> {
    values: Vec<Values>,
    held: usize,
    writer: SerializedFileWriter<Vec<u8>>,
    out: &'a mut dyn Write,
}

impl<'a> ParquetFile<'a> {
    fn begin(columns: &Columns<'_>, out: &'a mut dyn Write) -> io::Result<Self> {
        let empty = columns.empty();
        let schema = schema(&empty)?;
        let properties = WriterProperties::builder()
            .set_created_by(ENGINE.to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        Ok(Self {
            values: empty.into_iter().map(|(_, values)| values).collect(),
            held: 0,
            writer: SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?,
            out,
        })
    }

    fn add_rows(&mut self, values: Vec<Values>) -> io::Result<()> {
        self.held += values.first().map_or(0, Values::rows);
        for (all, more) in self.values.iter_mut().zip(values) {
            all.append(more);
        }
        if self.held >= GROUP {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes the rows that are held as a row group.
    fn write_group(&mut self) -> io::Result<()> {
        let (schema, properties) = (self.writer.schema_descr(), self.writer.properties());
        let columns: Vec<_> = self.values.iter_mut().enumerate().collect();
        let encoded = columns
            .into_par_iter()
            .map(|(at, values)| values.encode(schema.column(at), properties.clone()));
        let encoded = encoded.collect::<Result<Vec<_>, ParquetError>>()?;
        let mut group = self.writer.next_row_group()?;
        for (bytes, closed) in encoded {
            group.append_column(&bytes, closed)?;
        }
        group.close()?;
        self.held = 0;
        self.drain()
    }

    /// Hands on what is finished.
    fn drain(&mut self) -> io::Result<()> {
        self.writer.flush()?;
        let bytes = std::mem::take(self.writer.inner_mut());
        self.out.write_all(&bytes)
    }

    fn end(mut self, record: &Record) -> io::Result<()> {
        if self.held > 0 {
            self.write_group()?;
        }
        let record = serde_json::to_string(record)?;
        let record = KeyValue::new(RECORD.to_owned(), record);
        self.writer.append_key_value_metadata(record);
        self.writer.finish()?;
        self.drain()
    }
}

impl ScoreSink for ParquetFile<'_> {
    fn add(&mut self, made: Made) -> io::Result<()> {
        match made.downcast::<Vec<Values>>() {
            Ok(values) => self.add_rows(*values),
            Err(_) => Err(io::Error::other("not made by this form")),
        }
    }

    fn end(self: Box<Self>, record: &Record) -> io::Result<()> {
        ParquetFile::end(*self, record)
    }
}

fn schema(columns: &[(String, Values)]) -> io::Result<TypePtr> {
    let fields = columns
        .iter()
        .map(|(name, values)| values.schema(name).map(Arc::new));
    let fields = fields.collect::<Result<Vec<_>, ParquetError>>()?;
    let schema = Type::group_type_builder("scores").with_fields(fields);
    Ok(Arc::new(schema.build()?))
}
