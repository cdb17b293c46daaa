//! The tree of an explanation: every node with what it is made of, indented.

use super::Writer;
use crate::base::language::text;
use crate::base::{Rounding, Span, Text};
use crate::calculus::WhenMissing;
use crate::check::RuleSet;
use crate::check::formula::Formula;
use crate::check::rule_set::{Combine, Indicator, Method, Node, PopulationSource, Source};
use crate::evaluate::Decision;
use crate::explain::{Division, Move, Mover, PartKind, Trace};

/// No formula is shown below this depth, where its indent would be most of it.
const DEEPEST_TEXT: usize = 64;

/// The part of a node in what its parent divides, as shown, with what it is.
type OwnPart = Option<(f64, PartKind)>;

impl Writer<'_> {
    pub(super) fn node(&self, trace: &Trace, part: OwnPart, depth: usize, out: &mut String) {
        let node = self.rules.node(trace.node);
        let indent = "  ".repeat(depth);
        let score = trace.score.map_or_else(
            || self.lang.pick("kosong", "missing").to_owned(),
            |score| self.lang.exact(self.figures.score(trace.node, score)),
        );
        let mut facts = vec![score];
        if node.parent.is_some() {
            let weight = format!(
                "{} {}",
                self.lang.pick("bobot", "weight"),
                self.lang.exact(node.weight.value)
            );
            let origin = match node.weight.origin {
                Some(span) => self.origin(Some(span)),
                None => format!("  [{}]", self.lang.pick("bawaan", "default")),
            };
            facts.push(format!("{weight}{origin}"));
        }
        if let Some((part, kind)) = part {
            let word = match kind {
                PartKind::Contribution | PartKind::Shapley => {
                    self.lang.pick("sumbangan", "contribution")
                }
                PartKind::Gap => self.lang.pick("bagian dari selisih", "share of the gap"),
            };
            facts.push(format!("{word} {}", self.lang.exact(part)));
        }
        out.push_str(&format!(
            "{indent}{} ({}): {}\n",
            node.title.get(self.lang),
            node.id,
            facts.join(" · ")
        ));
        let inner = "  ".repeat(depth + 1);
        let shown = self.figures.parts(trace);
        match &node.method {
            Method::Parent(parent) => {
                let combine = self.combine(&parent.combine);
                let division = trace.division.zip(shown.as_ref());
                let division =
                    division.map(|(own, shown)| self.division(own, shown.from, shown.to));
                out.push_str(&format!(
                    "{inner}= {combine}{}\n",
                    division.unwrap_or_default()
                ));
                if let (Combine::Formula(formula), true) = (&parent.combine, depth < DEEPEST_TEXT) {
                    self.formula(formula, &inner, out);
                }
                if let Some(error) = trace.division.and_then(|own| own.error) {
                    let error = self.lang.exact(Rounding::HalfUp.round(error, 4));
                    out.push_str(&format!(
                        "{inner}± {error} ({})\n",
                        self.lang.pick("galat baku", "standard error")
                    ));
                }
            }
            Method::Indicator(indicator) => self.indicator(node, indicator, trace, &inner, out),
        }
        for own in trace.moves.iter().filter(|own| !is_raw(own)) {
            self.moved(trace, own, &inner, out);
        }
        let kind = trace.division.map(|own| own.kind);
        let mut parts = shown.into_iter().flat_map(|shown| shown.parts);
        for child in &trace.children {
            let part = parts.next().flatten().zip(kind);
            self.node(child, part, depth + 1, out);
        }
    }

    /// What the parts of the children are, where that is not the plain contribution to a weighted mean.
    fn division(&self, division: Division, from: f64, to: f64) -> String {
        let (low, high) = (self.lang.exact(from), self.lang.exact(to));
        let said = match division.kind {
            PartKind::Contribution => return String::new(),
            PartKind::Shapley => text!(
                " · sumbangan: nilai Shapley, dari {low} (semua bagian terburuk)",
                " · contributions: Shapley values, from {low} (all parts at their worst)"
            ),
            PartKind::Gap => {
                let gap = self.lang.exact(Rounding::HalfUp.round(to - from, 12));
                text!(
                    " · selisih ke yang terbaik: {gap} poin, sampai {high} (semua bagian terbaik); dibagi sebagai nilai Shapley",
                    " · gap to the best: {gap} points, up to {high} (all parts at their best); divided as Shapley values"
                )
            }
        };
        said.get(self.lang).to_owned()
    }

    /// The text of a formula, that of the functions it calls, and the parameters it reads.
    fn formula(&self, formula: &Formula, inner: &str, out: &mut String) {
        self.text(formula.span, inner, out);
        self.functions(formula, inner, out);
        for at in &formula.parameters {
            if let Some(parameter) = self.rules.parameters.get(*at) {
                let (id, value) = (&parameter.id, self.lang.exact(parameter.value.value));
                out.push_str(&format!(
                    "{inner}  parameters.{id} = {value}{}\n",
                    self.origin(parameter.value.origin)
                ));
            }
        }
    }

    /// The functions of `lib/` that a formula calls.
    fn functions(&self, formula: &Formula, inner: &str, out: &mut String) {
        for function in formula.shared_functions() {
            let (word, place) = (
                self.lang.pick("fungsi", "function"),
                self.origin(Some(function)),
            );
            out.push_str(&format!("{inner}{word}{place}\n"));
            self.text(function, inner, out);
        }
    }

    fn text(&self, span: Span, inner: &str, out: &mut String) {
        for line in self.rules.sources.slice(span).lines() {
            out.push_str(&format!("{inner}| {line}\n"));
        }
    }

    fn combine(&self, combine: &Combine) -> String {
        match combine {
            Combine::Formula(formula) => {
                format!(
                    "{}{}",
                    self.lang.pick("rumus", "formula"),
                    self.origin(Some(formula.span))
                )
            }
            Combine::Aggregation {
                method,
                options,
                origin,
            } => {
                let options: Vec<String> = options
                    .iter()
                    .map(|(name, value)| format!("{name} = {}", self.lang.exact(value.value)))
                    .collect();
                let options = if options.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", options.join(", "))
                };
                format!(
                    "{}{options}{}",
                    method.title().get(self.lang),
                    self.origin(*origin)
                )
            }
        }
    }

    fn indicator(
        &self,
        node: &Node,
        indicator: &Indicator,
        trace: &Trace,
        inner: &str,
        out: &mut String,
    ) {
        let filled = matches!(
            trace.decision,
            Some(Decision::Given | Decision::Mean | Decision::GroupMean)
        );
        let moved_in = trace.moves.iter().any(|own| own.by == Mover::Valid);
        let measured = trace.measured().filter(|_| !filled || moved_in);
        let raw = measured.map_or_else(
            || self.lang.pick("kosong", "missing").to_owned(),
            |raw| self.lang.exact(raw),
        );
        let unit = indicator
            .unit
            .as_ref()
            .filter(|_| measured.is_some())
            .map(|unit| format!(" {}", unit.get(self.lang)))
            .unwrap_or_default();
        let source = match &indicator.source {
            Source::Column(column) => {
                let header = self
                    .rules
                    .columns
                    .get(*column)
                    .map_or("", |column| &column.header);
                format!("{} `{header}`", self.lang.pick("kolom", "column"))
            }
            Source::Expression(formula) => {
                format!(
                    "{}{}",
                    self.rules.sources.slice(formula.span),
                    self.origin(Some(formula.span))
                )
            }
        };
        out.push_str(&format!(
            "{inner}{} {raw}{unit} ← {source}\n",
            self.lang.pick("mentah", "raw")
        ));
        if let Source::Expression(formula) = &indicator.source {
            self.functions(formula, inner, out);
        }
        for own in trace.moves.iter().filter(|own| is_raw(own)) {
            self.moved(trace, own, inner, out);
        }
        if let Some(decision) = trace
            .decision
            .filter(|decision| *decision != Decision::Observed)
        {
            let value = trace.raw.map(|raw| format!(": {}", self.lang.exact(raw)));
            out.push_str(&format!(
                "{inner}{}{}{}\n",
                decided(self.rules, node, decision).get(self.lang),
                value.unwrap_or_default(),
                self.origin(indicator.missing.origin)
            ));
        }
        let options: Vec<String> = indicator
            .options
            .iter()
            .map(|(name, value)| {
                format!(
                    "{name} {}{}",
                    self.lang.exact(value.value),
                    self.origin(value.origin)
                )
            })
            .collect();
        let options = if options.is_empty() {
            String::new()
        } else {
            format!(": {}", options.join(", "))
        };
        let range = node.range.value;
        let (low, high) = (self.lang.exact(range.low), self.lang.exact(range.high));
        out.push_str(&format!(
            "{inner}{}{}{options} → {low}…{high}\n",
            indicator.normalisation.title().get(self.lang),
            self.origin(indicator.normalisation_origin),
        ));
        if let Some(statistics) = trace.statistics {
            let number = |value: Option<f64>| {
                let value = value.map(|value| Rounding::HalfUp.round(value, 6));
                value.map_or_else(|| "–".to_owned(), |value| self.lang.exact(value))
            };
            let count = self.lang.count(statistics.count);
            let (low, high) = (number(statistics.minimum), number(statistics.maximum));
            let (mean, deviation) = (
                number(statistics.mean),
                number(statistics.standard_deviation),
            );
            let said = match &self.rules.population {
                PopulationSource::Frozen(frozen) => {
                    let data = &frozen.data;
                    text!(
                        "populasi acuan beku ({data})",
                        "frozen reference population ({data})"
                    )
                }
                _ => text!(
                    "populasi acuan: data ini",
                    "reference population: this data"
                ),
            };
            let figures = text!(
                "{count} nilai, {low} sampai {high}, rata-rata {mean}, simpangan baku {deviation}",
                "{count} values, {low} to {high}, mean {mean}, standard deviation {deviation}"
            );
            out.push_str(&format!(
                "{inner}{}: {}\n",
                said.get(self.lang),
                figures.get(self.lang)
            ));
        }
    }

    /// What something made of a value of the node.
    fn moved(&self, trace: &Trace, own: &Move, inner: &str, out: &mut String) {
        let (from, to) = match own.to {
            Some(to) if !is_raw(own) => self.figures.moved(trace.node, own.from, to),
            to => (own.from, to.unwrap_or(own.from)),
        };
        let stays = crate::base::number::same(from, to);
        let (from, to) = (self.lang.exact(from), self.lang.exact(to));
        let said = match own.by {
            Mover::Valid if own.to.is_none() => text!(
                "di luar rentang sah: terukur {from}, dianggap kosong",
                "outside the valid range: measured {from}, counts as missing"
            ),
            Mover::Valid if stays => text!(
                "di luar rentang sah: terukur {from}, tetap dipakai",
                "outside the valid range: measured {from}, used all the same"
            ),
            Mover::Valid => text!(
                "di luar rentang sah: terukur {from}, dipakai {to}",
                "outside the valid range: measured {from}, used {to}"
            ),
            Mover::Treatment => text!(
                "perlakuan pencilan: terukur {from}, dipakai {to}",
                "treatment of outliers: measured {from}, used {to}"
            ),
            Mover::Cap => text!(
                "dibatasi ke ujung rentang: {to}, tanpa batas {from}",
                "capped at the end of the range: {to}, uncapped {from}"
            ),
            Mover::RoundTo => text!(
                "dibulatkan untuk induknya: {to}, dari {from}",
                "rounded for its parent: {to}, from {from}"
            ),
        };
        let said = said.get(self.lang);
        out.push_str(&format!("{inner}{said}{}\n", self.origin(own.origin)));
    }
}

/// Whether it changed a raw value, not a score.
fn is_raw(own: &Move) -> bool {
    matches!(own.by, Mover::Valid | Mover::Treatment)
}

/// What was made of the data of an indicator.
pub(super) fn decided(rules: &RuleSet, node: &Node, decision: Decision) -> Text {
    match decision {
        Decision::Observed => Text::new("dari data", "from the data"),
        Decision::Skipped => skipped(rules, node),
        Decision::Failed => Text::new(
            "data kosong atau tidak sah: induknya ikut kosong",
            "missing or not valid: its parent is missing, too",
        ),
        Decision::Worst => Text::new(
            "data kosong: diberi skor terburuk",
            "missing: scored the worst",
        ),
        Decision::Best => Text::new(
            "data kosong: diberi skor terbaik",
            "missing: scored the best",
        ),
        Decision::Given => Text::new(
            "data kosong: diberi nilai dari aturan",
            "missing: given the value of the rule",
        ),
        Decision::Mean => Text::new(
            "data kosong: diberi rata-rata semua wilayah",
            "missing: given the mean of all regions",
        ),
        Decision::GroupMean => Text::new(
            "data kosong: diberi rata-rata kelompoknya",
            "missing: given the mean of its group",
        ),
    }
}

/// What a missing indicator is to its parent.
fn skipped(rules: &RuleSet, node: &Node) -> Text {
    let parent = node.parent.map(|parent| rules.node(parent));
    match parent.and_then(Node::parent_rules).map(|own| &own.combine) {
        Some(Combine::Formula(_)) => Text::new(
            "data kosong: rumus di atasnya yang menentukan",
            "missing: the formula above decides what that means",
        ),
        Some(Combine::Aggregation { method, .. })
            if !method.weighs() || method.when_missing() == WhenMissing::Refuse =>
        {
            Text::new("data kosong: tanpa skor", "missing: without a score")
        }
        _ => Text::new(
            "data kosong: bobotnya dialihkan ke yang tersedia",
            "missing: the others carry its weight",
        ),
    }
}
