//! The explanation of one region: a tree for people, JSON for programs.

use serde_json::{Value, json};

use super::issues::record;
use super::{Record, heading};
use crate::base::language::text;
use crate::base::{Lang, Rounding, Sourced, Span, Text};
use crate::check::RuleSet;
use crate::check::rule_set::{Combine, Indicator, Method, Node, PopulationSource, Source};
use crate::evaluate::{Decision, Scores};
use crate::explain::{Explanation, Obstacle, Trace};

/// How many obstacles are shown.
const OBSTACLES: usize = 40;

/// The explanation as text.
pub fn render_explanation(
    scores: &Scores,
    explanation: &Explanation,
    data: &str,
    lang: Lang,
) -> String {
    let rules = scores.program.rules();
    let writer = Writer { rules, lang };
    let region = scores.label(explanation.position);
    let line = scores.lines.get(explanation.position).copied().unwrap_or(0);
    let line = if line > 0 {
        format!(":{line}")
    } else {
        String::new()
    };
    let mut out = format!(
        "{}\n{}: {region}  [{data}{line}]\n\n",
        heading(rules, lang),
        lang.pick("wilayah", "region")
    );
    writer.trace(&explanation.trace, 0, &mut out);
    out.push('\n');
    writer.placing(scores, explanation, &mut out);
    writer.obstacles(
        lang.pick("Hambatan per variabel", "Obstacles by variable"),
        &explanation.variables,
        &mut out,
    );
    writer.obstacles(
        lang.pick("Hambatan per indikator", "Obstacles by indicator"),
        &explanation.indicators,
        &mut out,
    );
    for node in &explanation.undivided {
        let id = &rules.node(*node).id;
        let said = text!(
            "\nHambatan di bawah `{id}` tidak dapat dibagi atas bagian-bagiannya\n",
            "\nThe obstacles below `{id}` cannot be divided among its parts\n"
        );
        out.push_str(said.get(lang));
    }
    if !explanation.issues.is_empty() {
        out.push_str(&format!("\n{}\n", lang.pick("Masalah data", "Data issues")));
        for issue in &explanation.issues {
            let node = issue
                .node
                .map(|node| format!("`{}`: ", rules.node(node).id))
                .unwrap_or_default();
            let column = issue
                .column
                .as_deref()
                .map(|c| format!("{} `{c}`: ", lang.pick("kolom", "column")));
            let found = issue
                .found
                .as_deref()
                .map(|f| format!(" (`{f}`)"))
                .unwrap_or_default();
            out.push_str(&format!(
                "  {}: {node}{}{}{found}{}\n",
                issue.kind.code(),
                column.unwrap_or_default(),
                issue.kind.message().get(lang),
                writer.origin(issue.place)
            ));
        }
    }
    out
}

struct Writer<'a> {
    rules: &'a RuleSet,
    lang: Lang,
}

impl Writer<'_> {
    fn origin(&self, span: Option<Span>) -> String {
        span.map(|span| format!("  [{}]", self.rules.sources.place(span)))
            .unwrap_or_default()
    }

    /// A figure on the way, rounded as scores are; the last digits of doubles are no figure of it.
    fn number(&self, value: f64) -> String {
        let clean = Rounding::HalfUp.round(value, 9);
        let rounding = self.rules.rounding.value;
        self.lang
            .exact(rounding.round(clean, self.rules.decimals.value.max(2)))
    }

    fn trace(&self, trace: &Trace, depth: usize, out: &mut String) {
        let node = self.rules.node(trace.node);
        let indent = "  ".repeat(depth);
        let score = trace.score.map_or_else(
            || self.lang.pick("kosong", "missing").to_owned(),
            |s| self.number(s),
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
        if let Some(part) = trace.contribution {
            facts.push(format!(
                "{} {}",
                self.lang.pick("sumbangan", "contribution"),
                self.number(part)
            ));
        }
        out.push_str(&format!(
            "{indent}{} ({}): {}\n",
            node.title.get(self.lang),
            node.id,
            facts.join(" · ")
        ));
        let inner = "  ".repeat(depth + 1);
        match &node.method {
            Method::Parent(parent) => {
                let combine = self.combine(&parent.combine);
                out.push_str(&format!("{inner}= {combine}{}\n", self.base(trace)));
                if let (Combine::Formula(formula), true) = (&parent.combine, depth < 64) {
                    for line in self.rules.sources.slice(formula.span).lines() {
                        out.push_str(&format!("{inner}| {line}\n"));
                    }
                    for at in &formula.parameters {
                        if let Some(parameter) = self.rules.parameters.get(*at) {
                            let (id, value) =
                                (&parameter.id, self.lang.exact(parameter.value.value));
                            out.push_str(&format!(
                                "{inner}  parameters.{id} = {value}{}\n",
                                self.origin(parameter.value.origin)
                            ));
                        }
                    }
                }
                if let Some(error) = trace.contribution_error {
                    let error = self.lang.exact(Rounding::HalfUp.round(error, 4));
                    out.push_str(&format!(
                        "{inner}± {error} ({})\n",
                        self.lang.pick("galat baku", "standard error")
                    ));
                }
            }
            Method::Indicator(indicator) => {
                out.push_str(&self.indicator(node, indicator, trace, &inner))
            }
        }
        for child in &trace.children {
            self.trace(child, depth + 1, out);
        }
    }

    /// Where contributions start from, where they are Shapley values.
    fn base(&self, trace: &Trace) -> String {
        let Some(base) = trace.base else {
            return String::new();
        };
        let base = self.number(base);
        let said = text!(
            " · sumbangan: nilai Shapley, dari {base} (semua bagian terburuk)",
            " · contributions: Shapley values, from {base} (all parts at their worst)"
        );
        said.get(self.lang).to_owned()
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

    fn indicator(&self, node: &Node, indicator: &Indicator, trace: &Trace, inner: &str) -> String {
        let mut out = String::new();
        let raw = match (trace.raw, trace.decision) {
            (Some(raw), _) => self.lang.exact(raw),
            (None, _) => self.lang.pick("kosong", "missing").to_owned(),
        };
        let unit = indicator
            .unit
            .as_ref()
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
        let unit = if trace.raw.is_some() {
            unit
        } else {
            String::new()
        };
        out.push_str(&format!(
            "{inner}{} {raw}{unit} ← {source}\n",
            self.lang.pick("mentah", "raw")
        ));
        if let Some((before, after)) = trace.treated.as_deref().and_then(|t| t.split_once(" → "))
        {
            let shown = |text: &str| {
                let number = text.parse::<f64>();
                number.map_or_else(|_| text.to_owned(), |number| self.lang.exact(number))
            };
            let (before, after) = (shown(before), shown(after));
            let said = text!(
                "perlakuan pencilan: terukur {before}, dipakai {after}",
                "treatment of outliers: measured {before}, used {after}"
            );
            let origin = indicator.treat.and_then(|treat| treat.origin);
            out.push_str(&format!(
                "{inner}{}{}\n",
                said.get(self.lang),
                self.origin(origin)
            ));
        }
        if let Some(decision) = trace
            .decision
            .filter(|decision| *decision != Decision::Observed)
        {
            let policy = indicator.missing;
            out.push_str(&format!(
                "{inner}{}{}\n",
                decided(decision).get(self.lang),
                self.origin(policy.origin)
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
        out
    }

    fn placing(&self, scores: &Scores, explanation: &Explanation, out: &mut String) {
        let at = explanation.position;
        let exact = scores.index().get(at);
        let published = exact.map(|exact| self.rules.published(exact));
        let Some(published) = published else {
            out.push_str(self.lang.pick(
                "Indeks kosong: tanpa kategori dan peringkat\n",
                "No index: no band and no rank\n",
            ));
            return;
        };
        let value = self.lang.number(published, self.rules.decimals.value);
        let band = scores.band(at).and_then(|band| self.rules.bands.get(band));
        let rank = scores.rank(at).unwrap_or(0);
        let of = self.lang.count(scores.ranks.iter().flatten().count());
        let title = band.map_or("–", |band| band.title.get(self.lang));
        let origin = self.origin(band.and_then(|band| band.bound.origin));
        out.push_str(&format!(
            "{}\n",
            text!(
                "Nilai terbit {value} · kategori {title}{origin} · peringkat {rank} dari {of}",
                "Published value {value} · band {title}{origin} · rank {rank} of {of}"
            )
            .get(self.lang)
        ));
        match explanation.next_band {
            Some(next) => {
                let Some(band) = self.rules.bands.get(next.band) else {
                    return;
                };
                let (title, distance) = (band.title.get(self.lang), self.number(next.distance));
                let bound = self.lang.exact(band.bound.value);
                let (sign, more_id, more_en) = if band.inclusive {
                    ("≥", "", "")
                } else {
                    (">", "lebih dari ", "more than ")
                };
                out.push_str(&format!(
                    "{}{}\n",
                    text!(
                        "Ke kategori {title} ({sign} {bound}) perlu {more_id}{distance} poin lagi",
                        "The band {title} ({sign} {bound}) is {more_en}{distance} points away"
                    )
                    .get(self.lang),
                    self.origin(band.bound.origin)
                ));
            }
            None if !self.rules.bands.is_empty() => {
                out.push_str(self.lang.pick(
                    "Sudah di kategori tertinggi\n",
                    "Already in the highest band\n",
                ));
            }
            None => {}
        }
    }

    fn obstacles(&self, title: &str, list: &[Obstacle], out: &mut String) {
        if list.is_empty() {
            return;
        }
        let points = self
            .lang
            .pick("poin indeks yang hilang", "points of the index lost");
        out.push_str(&format!("\n{title} ({points})\n"));
        for obstacle in list.iter().take(OBSTACLES) {
            let node = self.rules.node(obstacle.node);
            let (lost, score) = (self.number(obstacle.points), self.number(obstacle.score));
            let error = obstacle
                .error
                .map(|error| format!(" ± {}", self.lang.exact(Rounding::HalfUp.round(error, 4))));
            out.push_str(&format!(
                "  {lost}{}  {} ({}), {} {score}\n",
                error.unwrap_or_default(),
                node.title.get(self.lang),
                node.id,
                self.lang.pick("skor", "score")
            ));
        }
        let more = list.len().saturating_sub(OBSTACLES);
        if more > 0 {
            out.push_str(&format!(
                "  {}\n",
                text!("… dan {more} lagi", "… and {more} more").get(self.lang)
            ));
        }
    }
}

fn decided(decision: Decision) -> Text {
    match decision {
        Decision::Observed => Text::new("dari data", "from the data"),
        Decision::Skipped => Text::new(
            "data kosong: bobotnya dialihkan ke yang tersedia",
            "missing: the others carry its weight",
        ),
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

/// The explanation as JSON, with the record of what made it.
pub fn explanation_json(scores: &Scores, explanation: &Explanation, made_by: &Record) -> Value {
    let rules = scores.program.rules();
    let at = explanation.position;
    let place = |span: Option<Span>| span.map(|span| rules.sources.place(span).to_string());
    let obstacle = |list: &[Obstacle]| -> Vec<Value> {
        list.iter()
            .map(|o| json!({ "node": rules.node(o.node).id, "points": o.points, "score": o.score, "error": o.error }))
            .collect()
    };
    let band = |band: usize| rules.bands.get(band).map(|band| band.id.clone());
    let header = serde_json::to_value(super::json::Header::of(rules)).unwrap_or(Value::Null);
    json!({
        "record": made_by,
        "rules": header,
        "region": scores.regions.get(at).map(|region| region.to_string()),
        "name": scores.names.get(at).and_then(Option::as_deref),
        "year": scores.year,
        "index": scores.index().get(at),
        "published": scores.index().get(at).map(|exact| rules.published(exact)),
        "band": scores.band(at).and_then(band),
        "rank": scores.rank(at),
        "ranked": scores.ranks.iter().flatten().count(),
        "next_band": explanation.next_band.map(|next| json!({
            "band": band(next.band), "distance": next.distance, "value": next.value,
            "inclusive": rules.bands.get(next.band).map(|band| band.inclusive),
        })),
        "trace": trace_json(rules, &explanation.trace, &place),
        "obstacles": { "variables": obstacle(&explanation.variables), "indicators": obstacle(&explanation.indicators) },
        "undivided": explanation.undivided.iter().map(|node| rules.node(*node).id.clone()).collect::<Vec<_>>(),
        "issues": explanation.issues.iter().map(|issue| record(scores, issue)).collect::<Vec<_>>(),
    })
}

fn trace_json(
    rules: &RuleSet,
    trace: &Trace,
    place: &dyn Fn(Option<Span>) -> Option<String>,
) -> Value {
    let node = rules.node(trace.node);
    let sourced =
        |value: Sourced<f64>| json!({ "value": value.value, "origin": place(value.origin) });
    let mut object = json!({
        "node": node.id,
        "title": node.title,
        "score": trace.score,
        "weight": sourced(node.weight),
        "contribution": trace.contribution,
    });
    let method = match &node.method {
        Method::Indicator(indicator) => json!({
            "raw": trace.raw,
            "treated": trace.treated,
            "population": trace.statistics.map(|own| json!({
                "count": own.count, "minimum": own.minimum, "maximum": own.maximum,
                "mean": own.mean, "standard_deviation": own.standard_deviation,
            })),
            "decision": trace.decision.map(decided),
            "missing": { "policy": indicator.missing.value.written(), "origin": place(indicator.missing.origin) },
            "normalise": {
                "method": indicator.normalisation.name(),
                "options": indicator.options.iter()
                    .map(|(name, value)| (name.to_owned(), sourced(value)))
                    .collect::<serde_json::Map<String, Value>>(),
            },
        }),
        Method::Parent(parent) => match &parent.combine {
            Combine::Formula(formula) => json!({
                "formula": { "text": rules.sources.slice(formula.span), "origin": place(Some(formula.span)) },
                "contributions_from": trace.base,
                "contribution_error": trace.contribution_error,
            }),
            Combine::Aggregation { method, origin, .. } => json!({
                "aggregate": { "method": method.name(), "origin": place(*origin) },
                "contributions_from": trace.base,
            }),
        },
    };
    if let (Some(object), Value::Object(method)) = (object.as_object_mut(), method) {
        object.extend(method);
        let children: Vec<Value> = trace
            .children
            .iter()
            .map(|child| trace_json(rules, child, place))
            .collect();
        if !children.is_empty() {
            object.insert("children".to_owned(), Value::Array(children));
        }
    }
    object
}
