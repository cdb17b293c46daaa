//! What a case expects, and whether that could fail.

use super::{Draft, Reading};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, IssueKind, NodeIndex, Sourced, Span, Text, suggest};
use crate::bundle::{Entry, Value};
use crate::check::fields::Fields;
use crate::testing::suite::{Expectation, Expected};

impl Reading<'_> {
    pub(super) fn expectations(&mut self, fields: &mut Fields<'_>, draft: &mut Draft) {
        let mut found = Vec::new();
        let before = fields.findings().len();
        if let Some(entry) = fields.entry("expect") {
            match &entry.item.value {
                Value::Table(table) => {
                    for (id, entry) in &table.entries {
                        self.expectation(fields, id, entry, &mut found);
                    }
                }
                _ => {
                    let expected = text!("tabel harapan", "a table of what is expected");
                    fields.wrong_type("expect", entry.item.span, expected);
                }
            }
        }
        if let Some(entry) = fields.entry("band") {
            let band = self.band(fields, entry);
            found.extend(band.map(|band| Expectation {
                node: self.rules.root().id.clone(),
                what: Expected::Band(band),
                span: entry.item.span,
            }));
        }
        draft.faulty |= fields.findings().len() > before;
        found.sort_by_key(|own: &Expectation| own.span.start);
        // What is said here of a node replaces what stands above.
        let kind = |own: &Expectation| (own.node.clone(), std::mem::discriminant(&own.what));
        let here: Vec<_> = found.iter().map(kind).collect();
        let scored = |own: &Expectation| matches!(own.what, Expected::Score(_) | Expected::Missing);
        let overruled = |own: &Expectation| {
            here.contains(&kind(own))
                || found
                    .iter()
                    .any(|new| scored(new) && scored(own) && new.node == own.node)
        };
        draft.expectations.retain(|own| !overruled(own));
        draft.expectations.extend(found);
    }

    /// The band that is expected; inside: `None` for no band.
    fn band(&self, fields: &mut Fields<'_>, entry: &Entry) -> Option<Option<String>> {
        let at = entry.item.span;
        match &entry.item.value {
            Value::Bool(false) => Some(None),
            Value::Text(id) => {
                let bands = self.rules.bands.iter().map(|band| band.id.as_str());
                if bands.clone().any(|band| band == id) {
                    return Some(Some(id.clone()));
                }
                let finding = Diagnostic::error(
                    Code::E503,
                    at,
                    text!("tidak ada kategori `{id}`", "there is no band `{id}`"),
                );
                fields.report(finding.help_if(suggest::help(id, bands)));
                None
            }
            _ => {
                let expected = text!(
                    "id kategori, atau `false` untuk tanpa kategori",
                    "the id of a band, or `false` for none"
                );
                fields.wrong_type("band", at, expected);
                None
            }
        }
    }

    fn expectation(
        &self,
        fields: &mut Fields<'_>,
        id: &str,
        entry: &Entry,
        found: &mut Vec<Expectation>,
    ) {
        let Some(node) = self.node(fields, id, entry.key) else {
            return;
        };
        let own = self.rules.node(node);
        let mut add = |what: Expected, span: Span| {
            found.push(Expectation {
                node: own.id.clone(),
                what,
                span,
            });
        };
        let at = entry.item.span;
        match &entry.item.value {
            Value::Number(score) => add(Expected::Score(*score), at),
            Value::Text(word) if word == "missing" => add(Expected::Missing, at),
            Value::Table(table) => {
                let mut inner = Fields::new(table, entry.key, fields.findings());
                if let Some(score) = inner.entry("score") {
                    match &score.item.value {
                        Value::Number(number) => add(Expected::Score(*number), score.item.span),
                        Value::Text(word) if word == "missing" => {
                            add(Expected::Missing, score.item.span);
                        }
                        _ => inner.wrong_type("score", score.item.span, a_score()),
                    }
                }
                if let Some(raw) = inner.number("raw") {
                    if own.indicator().is_some() {
                        add(Expected::Raw(raw.value), raw.origin.unwrap_or(at));
                    } else {
                        let place = raw.origin.unwrap_or(at);
                        inner.report(Diagnostic::error(
                            Code::E803,
                            place,
                            text!(
                                "hanya indikator punya nilai mentah",
                                "only indicators have a raw value"
                            ),
                        ));
                    }
                }
                if let Some(code) = inner.string("issue") {
                    let place = code.origin.unwrap_or(at);
                    let codes = IssueKind::ALL.map(IssueKind::code);
                    if codes.contains(&code.value.as_str()) {
                        add(Expected::Issue(code.value), place);
                    } else {
                        inner.unknown_word("issue", &code.value, place, codes);
                    }
                }
                inner.finish(&format!("expect.{id}"));
            }
            _ => fields.wrong_type(id, at, a_score()),
        }
    }

    /// A node by its id; `index` is the index, whatever its id.
    fn node(&self, fields: &mut Fields<'_>, id: &str, at: Span) -> Option<NodeIndex> {
        let found = self.rules.find(id);
        let found = found.or_else(|| (id == "index").then_some(NodeIndex::ROOT));
        if found.is_none() {
            let finding = Diagnostic::error(
                Code::E803,
                at,
                text!(
                    "perangkat aturan ini tidak punya `{id}`",
                    "this rule set has no `{id}`"
                ),
            );
            let known = self.rules.nodes.iter().map(|node| node.id.as_str());
            fields.report(finding.help_if(suggest::help(id, known.chain(["index"]))));
        }
        found
    }

    /// Whether an expectation can fail, and be met.
    pub(super) fn could_fail(
        &self,
        fields: &mut Fields<'_>,
        own: &Expectation,
        tolerance: Option<Sourced<f64>>,
    ) {
        let rules = self.rules;
        let Some(node) = rules.find(&own.node).map(|node| rules.node(node)) else {
            return;
        };
        if let Some(tolerance) = tolerance {
            let at = tolerance.origin.unwrap_or(own.span);
            let range = node.range.value;
            let all = match own.what {
                Expected::Score(score) => {
                    tolerance.value >= (score - range.low).max(range.high - score)
                }
                _ => false,
            };
            if tolerance.value < 0.0 || all {
                let (low, high, value) = (range.low, range.high, tolerance.value);
                let id = &node.id;
                let said = if all {
                    text!(
                        "toleransi {value} menerima setiap skor `{id}` ({low} sampai {high}): kasus ini tidak menguji apa pun",
                        "the tolerance {value} takes every score of `{id}` ({low} to {high}): this case tests nothing"
                    )
                } else {
                    text!(
                        "toleransi tidak boleh negatif",
                        "a tolerance must not be negative"
                    )
                };
                fields.report(
                    Diagnostic::error(Code::E807, at, said)
                        .also(own.span, text!("diharapkan di sini", "expected here")),
                );
            }
            return;
        }
        if let Expected::Score(score) = own.what
            && !crate::base::number::same(
                rules.precision_of(node, rules.decimals.value).round(score),
                score,
            )
        {
            let decimals = rules.decimals.value;
            fields.report(
                Diagnostic::error(
                    Code::E808,
                    own.span,
                    text!(
                        "lebih banyak desimal daripada yang diterbitkan ({decimals})",
                        "more decimals than are published ({decimals})"
                    ),
                )
                .help(text!(
                    "bulatkan, atau tulis `tolerance = …` pada kasusnya",
                    "round it, or write `tolerance = …` in its case"
                )),
            );
        }
    }
}

fn a_score() -> Text {
    text!(
        "skor, `\"missing\"`, atau `{{ score = …, raw = …, issue = \"D…\" }}`",
        "a score, `\"missing\"`, or `{{ score = …, raw = …, issue = \"D…\" }}`"
    )
}
