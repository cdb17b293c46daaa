//! How data comes in: the trait, and what a reader is asked for.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;

use super::batch::Batches;
use super::budget::Budget;
use super::builder::Cell;
use super::dataset::Dataset;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Held, Issue, IssueKind, Text, number, suggest};
use crate::check::RuleSet;
pub use crate::check::rule_set::LongForm;

/// A reader of one data format: a plug point, one file each.
pub trait Reader: Send + Sync {
    /// The name of the format, such as `csv`.
    fn name(&self) -> &'static str;

    /// The endings of its files, without the dot, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether data that begins like this is of its format, for input without a file name.
    fn recognises(&self, beginning: &[u8]) -> bool;

    /// Reads data for a rule set.
    ///
    /// # Errors
    /// When the data as a whole cannot be read; what is wrong in single rows is an issue in the result.
    fn read(&self, input: &mut dyn Read, request: &ReadRequest) -> Result<Dataset, Error>;

    /// Whether data must be at hand as a file to be read piece by piece, as where it cannot be read from front to back.
    fn wants_file(&self) -> bool {
        false
    }

    /// Begins to read a file piece by piece, where the format wants one.
    ///
    /// # Errors
    /// As for [`read`](Reader::read).
    fn pieces_of_file<'r>(
        &self,
        _file: File,
        _request: &'r ReadRequest,
    ) -> Result<Option<Box<dyn Batches<'r> + 'r>>, Error> {
        Ok(None)
    }

    /// Begins to read data piece by piece, so that not all of it need be held at once; `None` where the format, or
    /// data of this form, cannot be read so. That is for the readers that come with the engine: what a piece is made of
    /// is not public.
    ///
    /// # Errors
    /// As for [`read`](Reader::read).
    fn pieces<'r>(
        &self,
        _input: &'r mut dyn Read,
        _request: &'r ReadRequest,
    ) -> Result<Option<Box<dyn Batches<'r> + 'r>>, Error> {
        Ok(None)
    }
}

/// What is read, and where: the rule set's own settings, overruled by the caller's.
#[derive(Clone, Debug, Default)]
pub struct ReadRequest {
    /// The headers of the raw columns, in the order of the rule set.
    pub headers: Vec<String>,
    /// Texts that mean "no data", besides the empty cell.
    pub missing: Vec<String>,
    /// The header of the region codes; `None`: the first column.
    pub key: Option<String>,
    /// The header of the names of regions, read where the data has it.
    pub name: Option<String>,
    /// The header of the years; `None`: the data is of one year.
    pub year: Option<String>,
    /// The header of the groups.
    pub group: Option<String>,
    /// The header of what weighs regions in roll-ups.
    pub weighted_by: Option<String>,
    /// The sheet, in formats that have sheets; `None`: the only one that is visible.
    pub sheet: Option<String>,
    /// Where the data has one row per value: the headers of the indicators' names and of the values.
    pub long: Option<LongForm>,
    /// Other names of the raw columns in data of one row per value: their ids, in the order of `headers`.
    pub ids: Vec<String>,
    /// Whether to look at how many decimals numbers are written or shown with, where that takes another look.
    pub decimals: bool,
    /// How much is read before it is an error.
    pub budget: Budget,
}

impl ReadRequest {
    /// What a rule set itself asks for.
    ///
    /// ```
    /// # use tanggap::{Engine, bundle::DiskLoader, data::ReadRequest};
    /// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    /// # let program = engine.program(&"ipm/2014".parse()?)?.output;
    /// let mut request = ReadRequest::of(program.rules());
    /// request.group = Some("provinsi".to_owned());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(rules: &RuleSet) -> Self {
        Self {
            headers: rules
                .columns
                .iter()
                .map(|column| column.header.clone())
                .collect(),
            missing: rules.data.missing.clone(),
            key: rules.data.key.clone(),
            name: rules.data.name.clone(),
            year: rules.data.year.clone(),
            group: rules.data.group.clone(),
            weighted_by: rules.data.weighted_by.clone(),
            sheet: rules.data.sheet.clone(),
            long: rules.data.long.clone(),
            ids: rules
                .columns
                .iter()
                .map(|column| column.id.clone())
                .collect(),
            decimals: false,
            budget: Budget::default(),
        }
    }

    /// Whether a text means "no data".
    pub fn is_missing(&self, text: &str) -> bool {
        text.is_empty() || self.missing.iter().any(|marker| marker == text)
    }

    /// The raw column of a header or an id, by position.
    pub fn position(&self, named: &str) -> Option<usize> {
        let of = |list: &[String]| list.iter().position(|known| known == named);
        of(&self.headers).or_else(|| of(&self.ids))
    }
}

/// Where the columns stand in a table with the given headers.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The region codes.
    pub(crate) key: usize,
    /// The names of regions.
    pub(crate) name: Option<usize>,
    /// The years.
    pub(crate) year: Option<usize>,
    /// The groups.
    pub(crate) group: Option<usize>,
    /// The weights of regions.
    pub(crate) weighted_by: Option<usize>,
    /// The raw columns of the rule set; `None` where the data lacks one, and in data of one row per value.
    pub(crate) columns: Vec<Option<usize>>,
    /// The names of indicators and their values, in data of one row per value.
    pub(crate) long: Option<(usize, usize)>,
    /// A column that looks like years, where none is named.
    pub(crate) year_like: Option<String>,
}

impl Layout {
    /// Finds the columns, and reports those that are missing or unknown into the empty `data`.
    ///
    /// # Errors
    /// When a column that was named for regions, years, groups or weights does not exist, or when a
    /// header that is read occurs twice.
    pub(crate) fn find(
        headers: &[String],
        request: &ReadRequest,
    ) -> Result<(Self, Dataset), Error> {
        // Spreadsheets write the empty columns beside a table, too.
        request.budget.columns(headers.len())?;
        for header in headers {
            request.budget.cell(header, 0)?;
        }
        let last = headers.iter().rposition(|header| !header.is_empty());
        let width = match last.map_or(0, |last| last + 1) {
            1 => headers.len(),
            width => width,
        };
        let inside = headers.iter().take(width);
        let unnamed = inside.filter(|header| header.is_empty()).count();
        let all = width;
        if unnamed * 2 > all {
            return Err(Error::new(
                ErrorKind::Data,
                text!(
                    "baris pertama tampaknya bukan judul kolom: {unnamed} dari {all} selnya kosong",
                    "the first row does not look like a header: {unnamed} of its {all} cells are empty"
                ),
            )
            .with_help(text!(
                "hapus baris di atas judul kolom",
                "delete the rows above the header"
            )));
        }
        let named = |header: &Option<String>| {
            header
                .as_ref()
                .map(|header| position(headers, header))
                .transpose()
        };
        let key = named(&request.key)?.unwrap_or(0);
        let Some(key_header) = headers.get(key) else {
            return Err(Error::new(
                ErrorKind::Data,
                text!("data tidak punya judul kolom", "the data has no header"),
            )
            .with_help(text!(
                "baris pertama harus berisi judul kolom",
                "the first row must hold the headers of the columns"
            )));
        };
        let (year, group) = (named(&request.year)?, named(&request.group)?);
        let long = match &request.long {
            Some(long) => Some((
                position(headers, &long.indicator)?,
                position(headers, &long.value)?,
            )),
            None => None,
        };
        // In data of one row per value, what weighs regions may be one of the values.
        let weighted_by = match &request.weighted_by {
            Some(header) if long.is_some() && !headers.contains(header) => None,
            header => named(header)?,
        };
        let mut data = Dataset {
            headers: request.headers.clone(),
            key: key_header.clone(),
            year: request.year.clone(),
            group: request.group.clone(),
            weighted_by: request.weighted_by.clone(),
            ..Dataset::default()
        };
        // Looking through all headers for each of them would take long where there are thousands.
        let mut places: HashMap<&str, (usize, usize)> = HashMap::new();
        for (at, header) in headers.iter().enumerate() {
            places.entry(header).or_insert((at, 0)).1 += 1;
        }
        let mut columns = Vec::new();
        for header in request.headers.iter().filter(|_| long.is_none()) {
            let found = match places.get(header.as_str()) {
                Some((at, 1)) => Some(*at),
                Some(_) => Some(position(headers, header)?),
                None => None,
            };
            if found.is_none() {
                let near = suggest::nearest(header, headers.iter().map(String::as_str));
                let issue = Issue::column(header, IssueKind::MissingColumn);
                data.issues.push(match near {
                    Some(near) => issue.found(near),
                    None => issue,
                });
            }
            columns.push(found);
        }
        let name = match &request.name {
            Some(name) if headers.contains(name) => Some(position(headers, name)?),
            _ => None,
        };
        let none_found = columns.iter().all(Option::is_none) && !columns.is_empty();
        if none_found && let Some((indicator, value)) = looks_long(headers) {
            return Err(Error::new(
                ErrorKind::Call,
                text!(
                    "data ini tampaknya berisi satu nilai tiap baris, bukan satu wilayah tiap baris",
                    "the data seems to have one row per value, not one row per region"
                ),
            )
            .with_help(text!(
                "tambahkan `--indicator-column {indicator} --value-column {value}`, atau `indicator` dan `value` dalam `[data]`",
                "add `--indicator-column {indicator} --value-column {value}`, or `indicator` and `value` in `[data]`"
            )));
        }
        let mut layout = Self {
            key,
            name,
            year,
            group,
            weighted_by,
            columns,
            long,
            year_like: None,
        };
        let read: HashSet<usize> = layout.read().collect();
        let unread = |at: usize, header: &str| !read.contains(&at) && looks_like_year(header);
        layout.year_like = headers
            .iter()
            .enumerate()
            .find(|(at, header)| request.year.is_none() && unread(*at, header))
            .map(|(_, header)| header.clone());
        for (at, header) in headers.iter().enumerate() {
            if !read.contains(&at) && !header.is_empty() {
                data.issues
                    .push(Issue::column(header, IssueKind::UnknownColumn));
            }
        }
        Ok((layout, data))
    }

    /// The columns that numbers are read from.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        let columns = self.columns.iter().copied().flatten();
        let value = self.long.map(|(_, value)| value);
        columns.chain(self.weighted_by).chain(value).collect()
    }

    /// The columns that are read, in any order.
    #[cfg(feature = "parquet")]
    pub(crate) fn read_columns(&self) -> HashSet<usize> {
        self.read().collect()
    }

    /// The columns that are read.
    fn read(&self) -> impl Iterator<Item = usize> {
        let named = [self.name, self.year, self.group, self.weighted_by];
        let named = named.into_iter().chain(self.columns.iter().copied());
        let long = self
            .long
            .into_iter()
            .flat_map(|(indicator, value)| [indicator, value]);
        named.flatten().chain(long).chain([self.key])
    }
}

/// How much of an input is asked for at once, in bytes.
const PART: usize = 1 << 20;

/// All bytes of an input, and the memory that they hold.
pub(crate) fn read_all(input: &mut dyn Read, budget: &Budget) -> Result<(Vec<u8>, Held), Error> {
    let (mut bytes, mut held) = (Vec::new(), budget.memory.take(0)?);
    loop {
        if bytes.capacity() - bytes.len() < PART {
            // What grows is copied, and held twice meanwhile.
            let more = bytes.capacity().max(PART);
            held.grow(more)?;
            let room = bytes.try_reserve_exact(more);
            room.map_err(|_| Error::new(ErrorKind::TooLarge, no_room()))?;
        }
        let part = (bytes.capacity() - bytes.len()) as u64;
        let read = input
            .take(part)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if (read as u64) < part {
            return Ok((bytes, held));
        }
    }
}

fn no_room() -> Text {
    text!(
        "memori tidak cukup untuk data ini",
        "there is not enough memory for this data"
    )
}

/// The error for data that the host could not read.
pub(crate) fn unreadable(error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        text!("data tidak dapat dibaca", "the data cannot be read"),
    )
    .with_source(error)
}

/// The headers of indicators' names and of values, where a table has usual ones for them.
fn looks_long(headers: &[String]) -> Option<(&String, &String)> {
    let one_of = |usual: &[&str]| {
        let is = |header: &&String| usual.contains(&header.trim().to_lowercase().as_str());
        headers.iter().find(is)
    };
    let indicator = one_of(&["indikator", "indicator", "nama indikator", "kode indikator"])?;
    Some((indicator, one_of(&["nilai", "value", "skor", "jawaban"])?))
}

/// Whether a header is a usual one for a column of years.
pub(crate) fn looks_like_year(header: &str) -> bool {
    const YEARS: [&str; 8] = [
        "tahun",
        "tahun_data",
        "tahun data",
        "thn",
        "th",
        "year",
        "periode",
        "period",
    ];
    YEARS.contains(&header.trim().to_lowercase().as_str())
}

/// The decimal sign of a cell that is a number with one: a comma is `true`.
pub(crate) fn decimal_sign(cell: &[u8]) -> Option<bool> {
    let cell = cell.trim_ascii();
    let numeric = cell
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'-' | b'+'));
    match (
        numeric && cell.contains(&b','),
        numeric && cell.contains(&b'.'),
    ) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Whether a text is a number as people write it, with whatever decimal sign.
pub(crate) fn is_written_number(text: &str) -> bool {
    let text = text.trim();
    let plain = text.strip_prefix('\'').unwrap_or(text);
    let plain = plain.trim_start_matches(['-', '+']);
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    plain.contains(|c: char| c.is_ascii_digit()) && plain.chars().all(digits)
}

/// Whether a text is a date as people and spreadsheets write it: `2021-03-04`, `4/3/2021`, `11-Jan`.
pub(crate) fn is_date(text: &str) -> bool {
    const MONTHS: [&str; 16] = [
        "jan", "feb", "mar", "apr", "mei", "may", "jun", "jul", "agu", "aug", "sep", "okt", "oct",
        "nov", "des", "dec",
    ];
    let parts: Vec<&str> = text.trim().split(['-', '/', ' ']).collect();
    let number =
        |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let month = |part: &&str| {
        let lower = part.to_lowercase();
        lower.chars().all(char::is_alphabetic)
            && MONTHS.iter().any(|month| lower.starts_with(month))
    };
    let months = parts.iter().filter(|part| month(part)).count();
    let numbers = parts.iter().filter(|part| number(part)).count();
    match (parts.len(), numbers, months) {
        (3, 3, 0) => !text.trim().contains(' '),
        (2 | 3, _, 1) => numbers + 1 == parts.len(),
        _ => false,
    }
}

fn position(headers: &[String], wanted: &str) -> Result<usize, Error> {
    let mut found = headers
        .iter()
        .enumerate()
        .filter(|(_, header)| *header == wanted);
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        (Some(_), Some(_)) => Err(Error::new(
            ErrorKind::Data,
            text!(
                "kolom `{wanted}` ada dua kali dalam data",
                "the column `{wanted}` occurs twice in the data"
            ),
        )
        .with_help(text!(
            "hapus atau ganti judul salah satunya",
            "delete or rename one of them"
        ))),
        (None, _) => {
            let error = Error::new(
                ErrorKind::Call,
                text!(
                    "data tidak punya kolom `{wanted}`",
                    "the data has no column `{wanted}`"
                ),
            );
            Err(error.with_help_if(suggest::help(wanted, headers.iter().map(String::as_str))))
        }
    }
}

/// Reads a number as people write it into cells.
pub(crate) fn read_number(written: &str, decimal_comma: bool, missing: &[String]) -> Cell {
    let text = written.trim();
    if text.is_empty() || missing.iter().any(|marker| marker == text) {
        return Cell::Missing;
    }
    let wrong = |kind| Cell::Wrong(kind, written.into());
    let (point, other) = if decimal_comma {
        (',', '.')
    } else {
        ('.', ',')
    };
    let plain = text.replacen(point, ".", 1);
    match number::parse_decimal(&plain) {
        Some(value) if !text.contains(other) => {
            if value.is_finite() {
                Cell::Number(value)
            } else {
                wrong(IssueKind::NotFiniteInData)
            }
        }
        _ => {
            let signs = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+');
            let word = text.trim_start_matches(['-', '+']).to_ascii_lowercase();
            if text.starts_with('\'') && is_written_number(text) {
                wrong(IssueKind::NumberAsText)
            } else if is_date(text) {
                wrong(IssueKind::DateInData)
            } else if text.chars().all(signs) && text.contains(other) {
                wrong(IssueKind::DecimalSign)
            } else if matches!(word.as_str(), "nan" | "inf" | "infinity") {
                wrong(IssueKind::NotFiniteInData)
            } else {
                wrong(IssueKind::NotNumeric)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_written_or_not_at_all() {
        let read = |text: &str, comma| read_number(text, comma, &["-".to_owned()]);
        assert_eq!(read(" 0.4 ", false), Cell::Number(0.4));
        assert_eq!(read("0,4", true), Cell::Number(0.4));
        assert_eq!(read("0", false), Cell::Number(0.0));
        assert_eq!(read("", false), Cell::Missing);
        assert_eq!(read("-", false), Cell::Missing);
        let kind = |text, comma| match read(text, comma) {
            Cell::Wrong(kind, _) => Some(kind),
            _ => None,
        };
        assert_eq!(kind("0,4", false), Some(IssueKind::DecimalSign));
        assert_eq!(kind("1.234", true), Some(IssueKind::DecimalSign));
        assert_eq!(kind("1.234,5", true), Some(IssueKind::DecimalSign));
        assert_eq!(kind("tiga", false), Some(IssueKind::NotNumeric));
        assert_eq!(kind("12%", false), Some(IssueKind::NotNumeric));
        assert_eq!(kind("NaN", false), Some(IssueKind::NotFiniteInData));
        assert_eq!(kind("1e999", false), Some(IssueKind::NotFiniteInData));
        assert_eq!(kind("-inf", false), Some(IssueKind::NotFiniteInData));
        assert_eq!(kind("'12,5", false), Some(IssueKind::NumberAsText));
        for date in [
            "2021-03-04",
            "4/3/2021",
            "11-Jan",
            "1 Agustus 2021",
            "Mei-21",
        ] {
            assert_eq!(kind(date, false), Some(IssueKind::DateInData), "{date}");
        }
        for other in ["1-2", "3/4", "marah", "Juni", "12 34 56"] {
            assert_eq!(kind(other, false), Some(IssueKind::NotNumeric), "{other}");
        }
    }
}
