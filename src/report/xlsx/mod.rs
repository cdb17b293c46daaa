//! Scores as a workbook: scores, indicators, bands and target, roll-up, issues, method. Weighted means are live
//! formulas, so that an auditor can follow them.

mod other;
mod scores;
mod template;

use std::io::{Error, ErrorKind, Write};

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

pub use template::write_template;

use super::{ReadBack, Reporter, ScoreReport};
use crate::base::Lang;
use crate::data::readers::all_cells;

/// The rows of a sheet that the format allows.
const MOST_ROWS: usize = 1_048_576;
/// The columns of a sheet that the format allows.
const MOST_COLUMNS: usize = 16_384;
/// What stands before the record in the sheet of the method.
const RECORD: &str = "record";

/// The XLSX reporter.
pub(super) struct XlsxReporter;

impl Reporter for XlsxReporter {
    fn name(&self) -> &'static str {
        "xlsx"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["xlsx"]
    }

    fn includes_summary(&self) -> bool {
        true
    }

    fn is_binary(&self) -> bool {
        true
    }

    fn write(&self, report: &ScoreReport<'_>, out: &mut dyn Write) -> std::io::Result<()> {
        let lang = report.lang;
        let plan = scores::Plan::new(report);
        if report.scores.len() + scores::FIRST_ROW as usize > MOST_ROWS
            || report.scores.issues.len() >= MOST_ROWS
            || plan.columns() > MOST_COLUMNS
        {
            let said = lang.pick(
                "terlalu besar untuk lembar kerja; pakai CSV atau JSON",
                "too large for a spreadsheet; use CSV or JSON",
            );
            return Err(Error::new(ErrorKind::InvalidInput, said));
        }
        let bytes = build(report, &plan).map_err(|error| Error::other(error.to_string()))?;
        out.write_all(&bytes)
    }

    fn read_back(&self, output: &[u8]) -> Option<ReadBack> {
        let mut record = None;
        let mut figures = Vec::new();
        let mut named = false;
        for cell in all_cells(output.to_vec())? {
            if named {
                // The record stands in the cell after its name.
                record = Some(serde_json::from_str(&cell.shown).ok()?);
            } else if cell.shown != RECORD || record.is_some() {
                let place = format!("{}!{}", cell.sheet, cell.place.address());
                // A formula without a value was never computed.
                let value = match cell.shown.as_str() {
                    "" => "?".to_owned(),
                    // A text is no number, whatever its characters.
                    shown if cell.is_text => format!("\"{shown}\""),
                    shown => shown.to_owned(),
                };
                figures.push((
                    place,
                    match cell.formula {
                        Some(formula) => format!("{value} ={}", plain_formula(&formula)),
                        None => value,
                    },
                ));
            }
            named = record.is_none() && !named && cell.shown == RECORD;
        }
        Some(ReadBack {
            record: record?,
            figures,
            keeps_15_digits: true,
        })
    }
}

/// A formula without what programs write differently: spaces, quotes around names of sheets.
fn plain_formula(formula: &str) -> String {
    let formula = formula.trim_start_matches('=');
    let plain = |c: &char| !matches!(c, ' ' | '\'');
    formula.chars().filter(plain).collect()
}

fn build(report: &ScoreReport<'_>, plan: &scores::Plan) -> Result<Vec<u8>, XlsxError> {
    let styles = Styles::new(report);
    let mut workbook = Workbook::new();
    // The same scores give the same bytes.
    let day = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&day));
    scores::write_scores(
        report,
        plan,
        &styles,
        add(&mut workbook, plan.scores_sheet)?,
    )?;
    let sheet = add(&mut workbook, plan.indicators_sheet)?;
    scores::write_indicators(report, plan, &styles, sheet)?;
    let name = |id, en| report.lang.pick(id, en);
    other::write_bands(
        report,
        &styles,
        add(&mut workbook, name("Kategori", "Bands"))?,
    )?;
    other::write_roll_up(
        report,
        &styles,
        add(&mut workbook, name("Rekap", "Roll-up"))?,
    )?;
    other::write_issues(
        report,
        &styles,
        add(&mut workbook, name("Masalah", "Issues"))?,
    )?;
    other::write_method(
        report,
        &styles,
        add(&mut workbook, name("Metode", "Method"))?,
    )?;
    workbook.save_to_buffer()
}

fn add<'w>(workbook: &'w mut Workbook, name: &str) -> Result<&'w mut Worksheet, XlsxError> {
    workbook.add_worksheet().set_name(name)
}

/// How cells look.
struct Styles {
    bold: Format,
    header: Format,
    /// A figure as published.
    published: Format,
    /// An exact figure.
    exact: Format,
    /// A raw value that was not observed.
    filled: Format,
    percent: Format,
    wrap: Format,
}

impl Styles {
    fn new(report: &ScoreReport<'_>) -> Self {
        let decimals = usize::from(report.rules().decimals.value);
        let zeros = |count: usize| match count {
            0 => "#,##0".to_owned(),
            count => format!("#,##0.{}", "0".repeat(count)),
        };
        Self {
            bold: Format::new().set_bold(),
            header: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Top)
                .set_border_bottom(rust_xlsxwriter::FormatBorder::Thin),
            published: Format::new().set_num_format(zeros(decimals)),
            exact: Format::new().set_num_format(zeros(decimals + 4)),
            filled: Format::new()
                .set_italic()
                .set_font_color(rust_xlsxwriter::Color::Gray),
            percent: Format::new().set_num_format("#,##0.00"),
            wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

/// Writes a row of headers and freezes what stands above the next row.
fn headers(
    sheet: &mut Worksheet,
    row: u32,
    styles: &Styles,
    headers: &[&str],
) -> Result<(), XlsxError> {
    for (column, header) in (0u16..).zip(headers) {
        sheet.write_string_with_format(row, column, *header, &styles.header)?;
    }
    sheet.set_freeze_panes(row + 1, 0)?;
    Ok(())
}

/// The first row of every sheet: which index, and how far it is vouched for.
fn title(
    report: &ScoreReport<'_>,
    styles: &Styles,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let rules = report.rules();
    let lang: Lang = report.lang;
    let line = format!(
        "{} · {} · {}: {}",
        rules.name,
        rules.root().title.get(lang),
        lang.pick("status", "status"),
        rules.status.value.title().get(lang)
    );
    sheet.write_string_with_format(0, 0, line, &styles.bold)?;
    if let Some(withheld) = &report.withheld {
        sheet.write_string(1, 0, withheld.told().get(lang))?;
    }
    Ok(())
}
