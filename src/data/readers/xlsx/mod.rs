//! XLSX: one sheet, its header in the first row that is not empty. Every message names sheet and cell.

mod parts;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Cursor, Read};

use calamine::{DataRef, Dimensions, Reader as _, SheetType, SheetVisible, Xlsx as Workbook};

use crate::base::language::text;
use crate::base::panics::quietly;
use crate::base::{CellPlace, Error, ErrorKind, Issue, IssueKind, Text, suggest};
use crate::data::budget::Budget;
use crate::data::dataset::Dataset;
use crate::data::reader::{ReadRequest, Reader, read_all};
use crate::data::table::{Origin, RawCell, Table};

/// The number of columns that the format allows.
const MOST_COLUMNS: u32 = 16_384;

/// How many columns without a header are named.
const NAMED: usize = 8;

/// The reader of XLSX.
pub(super) struct Xlsx;

impl Reader for Xlsx {
    fn name(&self) -> &'static str {
        "xlsx"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["xlsx", "xlsm"]
    }

    fn recognises(&self, beginning: &[u8]) -> bool {
        beginning.starts_with(b"PK\x03\x04")
    }

    fn read(&self, input: &mut dyn Read, request: &ReadRequest) -> Result<Dataset, Error> {
        let (bytes, _held) = read_all(input, &request.budget)?;
        // A damaged file must not end the program, whatever the library of the format makes of it.
        quietly(|| read_workbook(bytes, request)).unwrap_or_else(|| Err(damaged()))
    }
}

fn read_workbook(bytes: Vec<u8>, request: &ReadRequest) -> Result<Dataset, Error> {
    let _held = parts::measure(&bytes, &request.budget)?;
    let mut workbook = Workbook::new(Cursor::new(bytes)).map_err(broken)?;
    let (sheet, hidden) = choose_sheet(&workbook, request)?;
    let merged = workbook.merge_cells_by_sheet_name(&sheet).map_err(broken)?;
    let formats = cell_formats(&mut workbook, &sheet, request.decimals)?;
    let mut rows = Rows {
        formats,
        cells: workbook.worksheet_cells_reader(&sheet).map_err(broken)?,
        ahead: None,
        done: false,
    };
    let Some(first) = rows.next()? else {
        return Err(Error::new(
            ErrorKind::Data,
            text!("lembar `{sheet}` kosong", "the sheet `{sheet}` is empty"),
        ));
    };
    if let Some(region) = merged.iter().find(|region| {
        region.start.0 <= first.number && first.number <= region.end.0 && region.start != region.end
    }) {
        let range = range(&sheet, region);
        return Err(Error::new(
            ErrorKind::Data,
            text!(
                "sel judul `{range}` digabung, sehingga tidak jelas kolom mana yang bernama apa",
                "the header cells `{range}` are merged, so that it is not clear which column has which name"
            ),
        )
        .with_help(text!(
            "baris pertama berisi satu judul untuk tiap kolom: hapus baris judul di atasnya dan lepaskan penggabungan",
            "the first row holds one header a column: delete the title rows above it and unmerge the cells"
        )));
    }
    let second = rows.next()?;
    let wider = second.as_ref().is_some_and(|second| second.cells.len() > 2);
    let alone = first.cells.first().map(|(_, found)| header(found));
    if first.cells.len() == 1 && wider && request.key != alone {
        let title = first
            .cells
            .first()
            .map_or_else(String::new, |(_, found)| header(found));
        return Err(Error::new(
            ErrorKind::Data,
            text!(
                "baris pertama tampaknya judul, bukan judul kolom: `{title}`",
                "the first row looks like a title, not a header: `{title}`"
            ),
        )
        .with_help(text!(
            "hapus baris di atas judul kolom",
            "delete the rows above the header"
        )));
    }
    let first_column = first.cells.first().map_or(0, |(column, _)| *column);
    let mut headers = Vec::new();
    for (column, found) in &first.cells {
        headers.resize((column - first_column) as usize, String::new());
        headers.push(header(found));
    }
    let count = headers.len();
    let origin = Origin {
        sheet: Some(sheet.clone()),
        first_column,
    };
    let mut table = Table::begin(headers, origin, request)?;
    let mut beyond: Vec<u32> = Vec::new();
    let mut ahead = second;
    while let Some(row) = match ahead.take() {
        Some(row) => Some(row),
        None => rows.next()?,
    } {
        for (column, _) in &row.cells {
            let outside = *column < first_column || (column - first_column) as usize >= count;
            if outside && !beyond.contains(column) {
                beyond.push(*column);
            }
        }
        let cell = |at: usize| {
            let at = row
                .cells
                .binary_search_by_key(&(first_column + at as u32), |(column, _)| *column);
            at.ok()
                .and_then(|at| row.cells.get(at))
                .map_or(RawCell::Nothing, |(_, found)| found.clone())
        };
        if (0..count).any(|at| cell(at) != RawCell::Nothing) {
            table.row(row.number + 1, cell)?;
        }
    }
    let mut data = table.finish()?;
    if hidden {
        data.issues
            .push(Issue::column(&sheet, IssueKind::HiddenSheet));
    }
    if !beyond.is_empty() {
        let more = beyond.len().saturating_sub(NAMED);
        let mut names: Vec<String> = beyond
            .into_iter()
            .take(NAMED)
            .map(|column| {
                let place = CellPlace {
                    line: first.number + 1,
                    column: Some(column),
                };
                format!("{sheet}!{}", place.address())
            })
            .collect();
        names.extend((more > 0).then(|| format!("… +{more}")));
        data.issues
            .push(Issue::column(&names.join(", "), IssueKind::NoHeader));
    }
    for region in merged.iter().filter(|region| region.start.0 > first.number) {
        data.issues.push(Issue::column(
            &range(&sheet, region),
            IssueKind::MergedCells,
        ));
    }
    Ok(data)
}

/// Every cell of a workbook that holds anything: sheet, place, what people see, its formula. Nothing where the
/// workbook cannot be read.
pub(crate) fn all_cells(bytes: Vec<u8>) -> Option<Vec<WorkbookCell>> {
    let read = || {
        let _held = parts::measure(&bytes, &Budget::default()).ok()?;
        let mut workbook = Workbook::new(Cursor::new(bytes)).ok()?;
        let mut all = Vec::new();
        for sheet in workbook.sheet_names() {
            let mut cells = workbook.worksheet_cells_reader(&sheet).ok()?;
            while let Some(cell) = cells.next_cell_with_formula().ok()? {
                let (row, column) = cell.pos;
                let is_text = matches!(cell.value, DataRef::String(_) | DataRef::SharedString(_));
                let own = WorkbookCell {
                    is_text,
                    sheet: sheet.clone(),
                    place: CellPlace {
                        line: row + 1,
                        column: Some(column),
                    },
                    shown: found(&cell.value).shown().into_owned(),
                    formula: cell.formula,
                };
                if !own.shown.is_empty() || own.formula.is_some() {
                    all.push(own);
                }
            }
        }
        Some(all)
    };
    quietly(read).flatten()
}

/// A cell of a workbook.
pub(crate) struct WorkbookCell {
    pub(crate) sheet: String,
    pub(crate) place: CellPlace,
    pub(crate) shown: String,
    pub(crate) is_text: bool,
    pub(crate) formula: Option<String>,
}

/// What the number format of a cell says of the number in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct CellFormat {
    /// Whether the number is the hundredth of what is shown.
    percent: bool,
    /// How many decimals of the number are shown.
    decimals: Option<u8>,
}

/// The formats of the cells that have one of those that are looked for: percentages, and decimals where these are asked
/// for.
fn cell_formats(
    workbook: &mut Workbook<Cursor<Vec<u8>>>,
    sheet: &str,
    decimals: bool,
) -> Result<HashMap<(u32, u32), CellFormat>, Error> {
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(broken)?;
    let formats: Vec<CellFormat> = cells
        .styles()
        .iter()
        .map(|style| {
            let code = style.number_format.as_ref();
            let Some(code) = code.map(|format| &*format.format_code) else {
                return CellFormat::default();
            };
            let percent = shows_percent(code);
            let shown = decimals.then(|| decimals_shown(code)).flatten();
            CellFormat {
                percent,
                decimals: shown.map(|shown| shown + 2 * u8::from(percent)),
            }
        })
        .collect();
    let mut found = HashMap::new();
    if formats
        .iter()
        .any(|format| *format != CellFormat::default())
    {
        while let Some((row, column, style)) = cells.next_style_id().map_err(broken)? {
            let format = formats.get(style).copied().unwrap_or_default();
            if format != CellFormat::default() {
                found.insert((row, column), format);
            }
        }
    }
    Ok(found)
}

/// How many decimals a number format shows; `None` of one that shows as many as there are, or no number.
fn decimals_shown(format: &str) -> Option<u8> {
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    let (mut digits, mut decimals) = (false, None);
    for c in format.chars() {
        match c {
            _ if escaped => escaped = false,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '\\' | '_' | '*' => escaped = true,
            '[' => bracketed = true,
            ']' => bracketed = false,
            _ if bracketed => {}
            // The other sections are for negative numbers and zeros.
            ';' => break,
            '.' if digits => decimals = Some(0),
            '0' | '#' | '?' => {
                digits = true;
                decimals = decimals.map(|count: u8| count.saturating_add(1));
            }
            ',' | '%' | ' ' | '-' | '+' | '(' | ')' | '$' => {}
            // Dates, exponents, fractions, General.
            _ => return None,
        }
    }
    digits.then(|| decimals.unwrap_or(0))
}

/// Whether a number format shows the hundredfold: a `%` that is neither quoted nor escaped. A format with conditions
/// may do so or not.
fn shows_percent(format: &str) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    for c in format.chars() {
        match c {
            _ if escaped => escaped = false,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '\\' => escaped = true,
            '[' | ';' => return false,
            '%' => return true,
            _ => {}
        }
    }
    false
}

/// The sheet that is read, and whether it is hidden. One that is hidden is read only when it is named.
fn choose_sheet(
    workbook: &Workbook<Cursor<Vec<u8>>>,
    request: &ReadRequest,
) -> Result<(String, bool), Error> {
    let sheets: Vec<(&str, bool)> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.as_str(), sheet.visible != SheetVisible::Visible))
        .collect();
    let list = |hidden: bool| {
        let names = sheets.iter().filter(|(_, h)| *h == hidden);
        names
            .map(|(name, _)| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let choose = text!(
        "pilih dengan `--sheet`, atau `sheet` dalam `[data]`",
        "choose one with `--sheet`, or with `sheet` in `[data]`"
    );
    if let Some(wanted) = &request.sheet {
        return match sheets.iter().find(|(name, _)| name == wanted) {
            Some((name, hidden)) => Ok(((*name).to_owned(), *hidden)),
            None => {
                let error = Error::new(
                    ErrorKind::Call,
                    text!(
                        "tidak ada lembar `{wanted}`",
                        "there is no sheet `{wanted}`"
                    ),
                );
                Err(error.with_help_if(suggest::help(wanted, sheets.iter().map(|(name, _)| *name))))
            }
        };
    }
    let mut visible = sheets.iter().filter(|(_, hidden)| !hidden);
    match (visible.next(), visible.next()) {
        (Some((name, _)), None) => Ok(((*name).to_owned(), false)),
        (Some(_), Some(_)) => {
            let names = list(false);
            Err(Error::new(
                ErrorKind::Call,
                text!(
                    "berkas ini punya beberapa lembar: {names}",
                    "the file has several sheets: {names}"
                ),
            )
            .with_help(choose))
        }
        (None, _) if sheets.is_empty() => Err(damaged()),
        (None, _) => {
            let names = list(true);
            Err(Error::new(
                ErrorKind::Call,
                text!(
                    "semua lembar berkas ini tersembunyi: {names}",
                    "all sheets of the file are hidden: {names}"
                ),
            )
            .with_help(choose))
        }
    }
}

/// The rows that are not empty, one after the other, without building the whole sheet: its extent is whatever the
/// file claims.
struct Rows<'w> {
    /// The formats of cells, as far as they say something.
    formats: HashMap<(u32, u32), CellFormat>,
    cells: calamine::XlsxCellReader<'w, Cursor<Vec<u8>>>,
    ahead: Option<(u32, u32, RawCell<'static>)>,
    /// Whether the sheet has ended, after which it must not be asked again.
    done: bool,
}

struct SheetRow {
    /// Its number, counted from 0.
    number: u32,
    /// Its cells that are not empty, with their columns, ascending.
    cells: Vec<(u32, RawCell<'static>)>,
}

impl Rows<'_> {
    fn next(&mut self) -> Result<Option<SheetRow>, Error> {
        let Some((number, column, found)) = self.take()? else {
            return Ok(None);
        };
        let mut cells = vec![(column, found)];
        while let Some((row, column, found)) = self.take()? {
            if row != number {
                self.ahead = Some((row, column, found));
                break;
            }
            cells.push((column, found));
        }
        let ascending = cells.windows(2).all(|pair| match pair {
            [a, b] => a.0 < b.0,
            _ => true,
        });
        let next_is_below = self.ahead.as_ref().is_none_or(|(row, ..)| *row > number);
        if !ascending || !next_is_below {
            return Err(damaged());
        }
        Ok(Some(SheetRow { number, cells }))
    }

    /// The next cell that is not empty.
    fn take(&mut self) -> Result<Option<(u32, u32, RawCell<'static>)>, Error> {
        if let Some(cell) = self.ahead.take() {
            return Ok(Some(cell));
        }
        while !self.done {
            let record = self
                .cells
                .next_cell_with_formula_metadata()
                .map_err(broken)?;
            let Some(record) = record else {
                self.done = true;
                break;
            };
            let (row, column) = record.pos;
            if column >= MOST_COLUMNS {
                return Err(damaged());
            }
            let empty = record.value == DataRef::Empty;
            let found = match found(&record.value) {
                RawCell::Nothing if empty && record.formula.is_some() => RawCell::NotComputed,
                RawCell::Number(number) => match self.formats.get(&record.pos) {
                    Some(CellFormat { percent: true, .. }) => RawCell::Percent(number),
                    Some(CellFormat {
                        decimals: Some(decimals),
                        ..
                    }) => RawCell::Shown(number, *decimals),
                    _ => RawCell::Number(number),
                },
                found => found,
            };
            if found != RawCell::Nothing {
                return Ok(Some((row, column, found)));
            }
        }
        Ok(None)
    }
}

fn found(value: &DataRef<'_>) -> RawCell<'static> {
    let written = |text: &str| match text.trim() {
        "" => RawCell::Nothing,
        text => RawCell::Text(Cow::Owned(text.to_owned())),
    };
    match value {
        DataRef::Empty => RawCell::Nothing,
        DataRef::Int(value) => RawCell::Number(*value as f64),
        DataRef::Float(value) => RawCell::Number(*value),
        DataRef::String(text) => written(text),
        DataRef::SharedString(text) => written(text),
        DataRef::Bool(value) => RawCell::Text(Cow::Borrowed(if *value { "TRUE" } else { "FALSE" })),
        DataRef::Error(error) => RawCell::Error(Cow::Owned(error.to_string())),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            RawCell::Date(Cow::Owned(text.clone()))
        }
        DataRef::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            RawCell::Date(Cow::Owned(format!("{year:04}-{month:02}-{day:02}")))
        }
    }
}

/// A header; one that is a number, such as a year, is written as one.
fn header(found: &RawCell<'_>) -> String {
    match found {
        RawCell::Text(text) | RawCell::Date(text) | RawCell::Error(text) => text.trim().to_owned(),
        RawCell::Number(number) | RawCell::Shown(number, _) => number.to_string(),
        _ => String::new(),
    }
}

/// A range of cells as spreadsheets write it: `Data!B1:D1`.
fn range(sheet: &str, region: &Dimensions) -> String {
    let address = |(row, column): (u32, u32)| {
        CellPlace {
            line: row + 1,
            column: Some(column),
        }
        .address()
    };
    format!("{sheet}!{}:{}", address(region.start), address(region.end))
}

fn broken(error: calamine::XlsxError) -> Error {
    match error {
        calamine::XlsxError::Password => Error::new(
            ErrorKind::Data,
            text!(
                "lembar kerja ini dilindungi kata sandi",
                "the spreadsheet is protected by a password"
            ),
        )
        .with_help(text!(
            "simpan tanpa kata sandi",
            "save it without the password"
        )),
        _ => damaged(),
    }
}

fn damaged() -> Error {
    Error::new(
        ErrorKind::Data,
        Text::new(
            "lembar kerja ini tidak dapat dibaca sebagai XLSX",
            "the spreadsheet cannot be read as XLSX",
        ),
    )
    .with_help(text!(
        "buka dan simpan kembali sebagai XLSX di lembar kerja Anda",
        "open it and save it as XLSX again in your spreadsheet"
    ))
}
