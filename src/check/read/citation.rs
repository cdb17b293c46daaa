//! What vouches for a value: `reference`, `note`, `reviewed`.

use crate::base::Text;
use crate::base::language::text;
use crate::bundle::{Item, Value};
use crate::check::fields::Fields;
use crate::check::rule_set::{Citation, Reference};

pub(super) fn read_citation(fields: &mut Fields<'_>) -> Citation {
    let mut citation = Citation {
        note: fields.text("note"),
        ..Citation::default()
    };
    if let Some(entry) = fields.entry("reviewed") {
        match &entry.item.value {
            Value::Date(date) => citation.reviewed = Some(date.clone()),
            _ => fields.wrong_type(
                "reviewed",
                entry.item.span,
                text!(
                    "tanggal tanpa tanda kutip: `2021-04-07`",
                    "a date without quotes: `2021-04-07`"
                ),
            ),
        }
    }
    if let Some(entry) = fields.entry("reference") {
        match &entry.item.value {
            Value::Array(items) => {
                citation.references = items
                    .iter()
                    .filter_map(|item| read_reference(fields, item))
                    .collect();
            }
            _ => citation
                .references
                .extend(read_reference(fields, &entry.item)),
        }
    }
    citation
}

fn read_reference(fields: &mut Fields<'_>, item: &Item) -> Option<Reference> {
    match &item.value {
        Value::Text(title) => Some(Reference {
            title: Text::same(title.clone()),
            href: None,
            span: item.span,
        }),
        Value::Table(table) => {
            let mut inner = Fields::new(table, item.span, fields.findings());
            let title = inner.text("title");
            let href = inner.string("href").map(|href| href.value);
            let title = inner.required("title", title);
            inner.finish("reference");
            Some(Reference {
                title: title?,
                href,
                span: item.span,
            })
        }
        _ => {
            fields.wrong_type(
                "reference",
                item.span,
                text!(
                    "`{{ title = \"…\", href = \"…\" }}`, atau daftarnya",
                    "`{{ title = \"…\", href = \"…\" }}`, or a list of them"
                ),
            );
            None
        }
    }
}
