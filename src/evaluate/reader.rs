//! How data comes in: the trait, and what a reader is asked for.

use std::io::Read;

use super::dataset::{Cell, Dataset};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Issue, IssueKind, number, suggest};
use crate::check::RuleSet;

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
}

/// What is read, and where: the rule set's own settings, overruled by the caller's.
#[derive(Clone, Debug)]
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
}

impl ReadRequest {
    /// What a rule set itself asks for.
    ///
    /// ```
    /// # use tanggap::{Engine, bundle::DiskLoader, evaluate::ReadRequest};
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
        }
    }
}

/// Where the columns stand in a table with the given headers.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The region codes.
    pub key: usize,
    /// The names of regions.
    pub name: Option<usize>,
    /// The years.
    pub year: Option<usize>,
    /// The groups.
    pub group: Option<usize>,
    /// The weights of regions.
    pub weighted_by: Option<usize>,
    /// The raw columns of the rule set; `None` where the data lacks one.
    pub columns: Vec<Option<usize>>,
}

impl Layout {
    /// Finds the columns, and reports those that are missing or unknown into the empty `data`.
    ///
    /// # Errors
    /// When a column that was named for regions, years, groups or weights does not exist, or when a
    /// header that is read occurs twice.
    pub fn find(headers: &[String], request: &ReadRequest) -> Result<(Self, Dataset), Error> {
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
        let (year, group, weighted_by) = (
            named(&request.year)?,
            named(&request.group)?,
            named(&request.weighted_by)?,
        );
        let unnamed = headers.iter().filter(|header| header.is_empty()).count();
        if unnamed * 2 > headers.len() {
            return Err(Error::new(
                ErrorKind::Data,
                text!(
                    "baris pertama tampaknya bukan judul kolom: {unnamed} sel kosong",
                    "the first row does not look like a header: {unnamed} of its cells are empty"
                ),
            )
            .with_help(text!(
                "hapus baris di atas judul kolom",
                "delete the rows above the header"
            )));
        }
        let mut data = Dataset {
            headers: request.headers.clone(),
            key: key_header.clone(),
            year: request.year.clone(),
            group: request.group.clone(),
            weighted_by: request.weighted_by.clone(),
            ..Dataset::default()
        };
        let mut columns = Vec::new();
        for header in &request.headers {
            let found = if headers.contains(header) {
                Some(position(headers, header)?)
            } else {
                None
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
        let name = request
            .name
            .as_ref()
            .and_then(|name| headers.iter().position(|header| header == name));
        let layout = Self {
            key,
            name,
            year,
            group,
            weighted_by,
            columns,
        };
        for (at, header) in headers.iter().enumerate() {
            if !layout.reads(at) && !header.is_empty() {
                data.issues
                    .push(Issue::column(header, IssueKind::UnknownColumn));
            }
        }
        Ok((layout, data))
    }

    fn reads(&self, at: usize) -> bool {
        self.key == at
            || [self.name, self.year, self.group, self.weighted_by].contains(&Some(at))
            || self.columns.contains(&Some(at))
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
            Err(
                match suggest::help(wanted, headers.iter().map(String::as_str)) {
                    Some(help) => error.with_help(help),
                    None => error,
                },
            )
        }
    }
}

/// Reads a number as people write it into cells.
pub fn read_number(written: &str, decimal_comma: bool, missing: &[String]) -> Cell {
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
            if text.chars().all(signs) && text.contains(other) {
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
    }
}
