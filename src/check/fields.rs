//! Strict reading of a written table: every key is asked for by name, what is left over is an error.

use std::collections::BTreeSet;

use crate::base::language::text;
use crate::base::{Code, Diagnostic, Sourced, Span, Text, suggest};
use crate::bundle::{Entry, Table, Value, keys};

/// A table being read. Dropping it without [`finish`](Fields::finish) would lose unknown keys.
pub(crate) struct Fields<'a> {
    table: &'a Table,
    /// The place that stands for the table as a whole.
    pub(crate) span: Span,
    asked: BTreeSet<&'static str>,
    findings: &'a mut Vec<Diagnostic>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(table: &'a Table, span: Span, findings: &'a mut Vec<Diagnostic>) -> Self {
        Self {
            table,
            span,
            asked: BTreeSet::new(),
            findings,
        }
    }

    pub(crate) fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    pub(crate) fn findings(&mut self) -> &mut Vec<Diagnostic> {
        self.findings
    }

    pub(crate) fn entry(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.asked.insert(key);
        self.table.get(key)
    }

    /// Knows a key without reading it here.
    pub(crate) fn allow(&mut self, keys: &[&'static str]) {
        self.asked.extend(keys);
    }

    pub(crate) fn number(&mut self, key: &'static str) -> Option<Sourced<f64>> {
        let entry = self.entry(key)?;
        match &entry.item.value {
            Value::Number(number) => Some(Sourced::written(*number, entry.item.span)),
            other => {
                self.findings
                    .push(not_a_number(key, entry.item.span, other));
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Option<Sourced<bool>> {
        let entry = self.entry(key)?;
        if let Value::Bool(flag) = entry.item.value {
            return Some(Sourced::written(flag, entry.item.span));
        }
        self.wrong_type(
            key,
            entry.item.span,
            text!("`true` atau `false`", "`true` or `false`"),
        );
        None
    }

    pub(crate) fn string(&mut self, key: &'static str) -> Option<Sourced<String>> {
        let entry = self.entry(key)?;
        if let Value::Text(written) = &entry.item.value {
            return Some(Sourced::written(written.clone(), entry.item.span));
        }
        self.wrong_type(
            key,
            entry.item.span,
            text!("teks dalam tanda kutip", "a quoted text"),
        );
        None
    }

    /// A whole number in a range.
    pub(crate) fn whole(
        &mut self,
        key: &'static str,
        least: u32,
        most: u32,
    ) -> Option<Sourced<u32>> {
        let number = self.number(key)?;
        let whole = number.value as u32;
        if crate::base::number::same(f64::from(whole), number.value)
            && (least..=most).contains(&whole)
        {
            return Some(Sourced {
                value: whole,
                origin: number.origin,
            });
        }
        let span = number.origin.unwrap_or(self.span);
        let expected = if most == u32::MAX {
            text!(
                "bilangan bulat, sedikitnya {least}",
                "a whole number, at least {least}"
            )
        } else {
            text!(
                "bilangan bulat dari {least} sampai {most}",
                "a whole number from {least} to {most}"
            )
        };
        self.wrong_type(key, span, expected);
        None
    }

    /// Two numbers, the smaller first.
    pub(crate) fn range(&mut self, key: &'static str) -> Option<Sourced<super::rule_set::Range>> {
        let entry = self.entry(key)?;
        if let Value::Array(items) = &entry.item.value
            && let [low, high] = items.as_slice()
            && let (Value::Number(low), Value::Number(high)) = (&low.value, &high.value)
            && low < high
        {
            let range = super::rule_set::Range {
                low: *low,
                high: *high,
            };
            return Some(Sourced::written(range, entry.item.span));
        }
        self.wrong_type(
            key,
            entry.item.span,
            text!(
                "dua angka, yang kecil lebih dulu: `[0, 100]`",
                "two numbers, the smaller first: `[0, 100]`"
            ),
        );
        if let (Value::Array(items), Some(last)) = (&entry.item.value, self.findings.last_mut())
            && items.len() > 2
        {
            last.help = Some(text!(
                "angka desimal memakai titik: `0.5`",
                "decimals have a point: `0.5`"
            ));
        }
        None
    }

    /// One of some words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<Sourced<T>> {
        let written = self.string(key)?;
        let span = written.origin.unwrap_or(self.span);
        let found = choices.iter().find(|(name, _)| *name == written.value);
        if found.is_none() {
            let names = choices.iter().map(|(name, _)| *name);
            self.unknown_word(key, &written.value, span, names);
        }
        found.map(|(_, value)| Sourced::written(*value, span))
    }

    /// A text of the author: `"…"`, or `{ id = "…", en = "…" }` with at least one of the two.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<Text> {
        let entry = self.entry(key)?;
        match &entry.item.value {
            Value::Text(written) => Some(Text::same(written.clone())),
            Value::Table(table) => {
                let mut inner = Fields::new(table, entry.item.span, self.findings);
                let id = inner.string("id").map(|t| t.value);
                let en = inner.string("en").map(|t| t.value);
                inner.finish(key);
                let either = id.clone().or_else(|| en.clone());
                if either.is_none() {
                    self.wrong_type(key, entry.item.span, both_languages());
                }
                let either = either?;
                Some(Text::new(
                    id.unwrap_or_else(|| either.clone()),
                    en.unwrap_or(either),
                ))
            }
            _ => {
                self.wrong_type(key, entry.item.span, both_languages());
                None
            }
        }
    }

    /// Whether a key is written with a wrong value, or most likely under another name: both are findings.
    pub(crate) fn is_faulty(&self, key: &str) -> bool {
        match self.table.get(key) {
            Some(entry) => !matches!(entry.item.value, Value::Number(_)),
            None => self.table.entries.keys().any(|written| {
                !self.asked.contains(written.as_str())
                    && suggest::nearest(written, [key]) == Some(key)
            }),
        }
    }

    /// Whether a key of `index.toml` as a whole stands in a table below, where it does not belong.
    fn strayed(&self, key: &str) -> bool {
        matches!(key, "status" | "scale") && stands_below(self.table, key)
    }

    pub(crate) fn required<T>(&mut self, key: &'static str, value: Option<T>) -> Option<T> {
        let said = self.is_faulty(key) || self.strayed(key);
        if value.is_none() && self.table.get(key).is_none() && !said {
            let span = self.span;
            self.findings.push(
                Diagnostic::error(
                    Code::E203,
                    span,
                    text!("`{key}` belum ditulis", "`{key}` is not written"),
                )
                .help(text!(
                    "tambahkan `{key} = …` di sini",
                    "add `{key} = …` here"
                )),
            );
        }
        value
    }

    pub(crate) fn unknown_word<'n>(
        &mut self,
        key: &str,
        written: &str,
        span: Span,
        names: impl IntoIterator<Item = &'n str>,
    ) {
        let finding = Diagnostic::error(
            Code::E204,
            span,
            text!(
                "`{written}` tidak dikenal untuk `{key}`",
                "`{written}` is not known for `{key}`"
            ),
        );
        self.findings
            .push(finding.help_if(suggest::help(written, names)));
    }

    pub(crate) fn wrong_type(&mut self, key: &str, span: Span, expected: Text) {
        let Text { id, en } = expected;
        self.findings.push(Diagnostic::error(
            Code::E202,
            span,
            text!("`{key}` harus berupa {id}", "`{key}` must be {en}"),
        ));
    }

    /// Reports every key that was not asked for. `place` names the table in the message.
    pub(crate) fn finish(self, place: &str) {
        for (key, entry) in &self.table.entries {
            if self.asked.contains(key.as_str()) {
                continue;
            }
            let finding = Diagnostic::error(
                Code::E201,
                entry.key,
                text!(
                    "kunci `{key}` tidak dikenal di `{place}`",
                    "unknown key `{key}` in `{place}`"
                ),
            );
            self.findings
                .push(match suggest::help(key, self.asked.iter().copied()) {
                    _ if place != "index.toml" && keys::is_top_only(key) => finding.help(text!(
                        "pindahkan `{key}` ke atas, sebelum `[…]` yang pertama dalam `index.toml`",
                        "move `{key}` up, before the first `[…]` of `index.toml`"
                    )),
                    Some(help) => finding.help(help),
                    None => finding,
                });
        }
    }
}

fn stands_below(table: &Table, key: &str) -> bool {
    let tables = table
        .entries
        .values()
        .filter_map(|entry| entry.item.value.as_table());
    tables
        .into_iter()
        .any(|inner| inner.get(key).is_some() || stands_below(inner, key))
}

fn both_languages() -> Text {
    text!(
        "teks, atau `{{ id = \"…\", en = \"…\" }}`",
        "a text, or `{{ id = \"…\", en = \"…\" }}`"
    )
}

fn not_a_number(key: &str, span: Span, value: &Value) -> Diagnostic {
    let finding = Diagnostic::error(
        Code::E202,
        span,
        text!("`{key}` harus berupa angka", "`{key}` must be a number"),
    );
    let Value::Text(written) = value else {
        return finding;
    };
    let dotted = written.trim().replace(',', ".");
    if dotted.parse::<f64>().is_ok() {
        finding.help(text!(
            "tulis tanpa tanda kutip dan dengan titik: `{dotted}`",
            "write it without quotes and with a point: `{dotted}`"
        ))
    } else {
        finding
    }
}
