//! An empty workbook to fill in: codes stay text, numbers outside their valid range are refused as they are typed.

use std::io::Write;

use rust_xlsxwriter::{
    DataValidation, DataValidationRule, DocProperties, ExcelDateTime, Format, Note, Workbook,
    XlsxError,
};

use super::MOST_ROWS;
use crate::base::Lang;
use crate::base::language::text;
use crate::check::RuleSet;
use crate::report::columns::{ColumnRole, DataColumn, describe};

/// Beyond any figure that is measured: the format has no rule for "a number".
const LARGEST: f64 = 1e15;

/// Writes an empty workbook with the headers of the columns, each with a note on what it holds, on the sheet `Data`
/// or the one that is named.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_template(
    rules: &RuleSet,
    columns: &[DataColumn],
    sheet: Option<&str>,
    lang: Lang,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let bytes = build(rules, columns, sheet.unwrap_or("Data"), lang);
    out.write_all(&bytes.map_err(|error| std::io::Error::other(error.to_string()))?)
}

fn build(
    rules: &RuleSet,
    columns: &[DataColumn],
    sheet: &str,
    lang: Lang,
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let day = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&day));
    let sheet = workbook.add_worksheet().set_name(sheet)?;
    let header = Format::new().set_bold().set_text_wrap();
    let text = Format::new().set_num_format("@");
    let last = MOST_ROWS as u32 - 1;
    for (at, column) in (0u16..).zip(columns) {
        let number = matches!(
            column.role,
            ColumnRole::Raw | ColumnRole::Weight | ColumnRole::Value
        );
        if !number {
            sheet.set_column_format(at, &text)?;
        }
        sheet.set_column_width(at, 18)?;
        sheet.write_string_with_format(0, at, &column.header, &header)?;
        // A note takes 32,767 characters.
        let words: String = describe(rules, column, lang).chars().take(2_000).collect();
        sheet.insert_note(
            0,
            at,
            &Note::new(words).set_width(260).add_author_prefix(false),
        )?;
        let rule = match (column.role, column.valid) {
            (ColumnRole::Raw, Some(valid)) => {
                Some((DataValidationRule::Between(valid.low, valid.high), {
                    let (low, high) = (lang.exact(valid.low), lang.exact(valid.high));
                    text!(
                        "Angka dari {low} sampai {high}.",
                        "A number from {low} to {high}."
                    )
                }))
            }
            _ if number => Some((
                DataValidationRule::Between(-LARGEST, LARGEST),
                text!("Sebuah angka.", "A number."),
            )),
            _ => None,
        };
        if let Some((rule, message)) = rule {
            let validation = DataValidation::new()
                .allow_decimal_number(rule)
                .ignore_blank(true)
                .set_error_title(lang.pick("Tidak sah", "Not valid"))?
                .set_error_message(message.get(lang))?;
            sheet.add_data_validation(1, at, last, at, &validation)?;
        }
    }
    sheet.set_freeze_panes(1, 1)?;
    workbook.save_to_buffer()
}
