//! The raw values that a case gives.

use super::{Draft, Reading};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, Span, suggest};
use crate::bundle::Value;
use crate::check::fields::Fields;
use crate::check::rule_set::{RawColumn, Source};

impl Reading<'_> {
    /// Raw values: those above, those given here, without those that are missing here.
    pub(super) fn given(&mut self, fields: &mut Fields<'_>, draft: &mut Draft) {
        let given = fields.entry("given");
        match given.map(|entry| (&entry.item.value, entry.key)) {
            Some((Value::Table(table), at)) => {
                draft.given_at.get_or_insert(at);
                for (name, entry) in &table.entries {
                    let Some(header) = self.header(fields, name, entry.key) else {
                        continue;
                    };
                    if let Value::Number(value) = entry.item.value {
                        draft.given.insert(header, value);
                    } else {
                        let expected = text!("angka", "a number");
                        fields.wrong_type(name, entry.item.span, expected);
                    }
                }
            }
            Some((_, at)) => {
                let expected = text!("tabel nilai mentah", "a table of raw values");
                fields.wrong_type("given", at, expected);
            }
            None => {}
        }
        let Some(missing) = fields.entry("missing") else {
            return;
        };
        let expected = text!(
            "daftar nama: `[\"regulasi\"]`",
            "a list of names: `[\"regulasi\"]`"
        );
        let Value::Array(items) = &missing.item.value else {
            fields.wrong_type("missing", missing.item.span, expected);
            return;
        };
        for item in items {
            let Value::Text(name) = &item.value else {
                fields.wrong_type("missing", item.span, expected.clone());
                continue;
            };
            if let Some(header) = self.header(fields, name, item.span) {
                draft.given.remove(&header);
                draft.given_at.get_or_insert(item.span);
            }
        }
    }

    /// The header of the column that an indicator, a column id or a header means.
    fn header(&self, fields: &mut Fields<'_>, name: &str, at: Span) -> Option<String> {
        let rules = self.rules;
        let header = |column: usize| rules.columns.get(column).map(|own| own.header.clone());
        let indicator = rules
            .find(name)
            .and_then(|node| rules.node(node).indicator());
        if let Some(Source::Column(column)) = indicator.map(|own| &own.source) {
            return header(*column);
        }
        let by_name = |own: &RawColumn| own.id == name || own.header == name;
        if let Some(column) = rules.columns.iter().position(by_name) {
            return header(column);
        }
        let finding = Diagnostic::error(
            Code::E804,
            at,
            text!(
                "tidak ada kolom data `{name}`",
                "there is no column of data `{name}`"
            ),
        );
        let known = rules.columns.iter().map(|column| column.id.as_str());
        fields.report(match suggest::help(name, known.clone()) {
            Some(help) => finding.help(help),
            None => {
                let all = known
                    .map(|id| format!("`{id}`"))
                    .collect::<Vec<_>>()
                    .join(", ");
                finding.help(text!("yang dibaca: {all}", "what is read: {all}"))
            }
        });
        None
    }
}
