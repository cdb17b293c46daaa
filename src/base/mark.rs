//! The mark before text cells of CSV that spreadsheets would take for formulas.

use std::borrow::Cow;

/// The sign before a text that would be taken for a formula.
const MARK: char = '\'';

/// Whether a text is taken for a formula by what it begins with, marks aside.
pub(crate) fn begins_like_formula(text: &str) -> bool {
    let text = text.trim_start_matches(MARK);
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// The text that a cell stands for: without the mark, where it has one before what would be a formula.
pub(crate) fn unmarked(cell: Cow<'_, str>) -> Cow<'_, str> {
    match cell.strip_prefix(MARK) {
        Some(rest) if begins_like_formula(rest) => Cow::Owned(rest.to_owned()),
        _ => cell,
    }
}
