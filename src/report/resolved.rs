//! A resolved rule set, each value with its origin.

use serde_json::{Map, Value, json};

use super::Record;
use crate::base::{Lang, Sourced, Span, Text};
use crate::check::RuleSet;
use crate::check::rule_set::{Citation, Combine, Method, Node, Source};

/// The resolved rule set as text: TOML-like lines, each with the file and line it comes from.
pub fn render_resolved(rules: &RuleSet, lang: Lang) -> String {
    let mut writer = Writer {
        rules,
        lang,
        out: String::new(),
    };
    writer
        .out
        .push_str(&format!("{}\n", super::heading(rules, lang)));
    let layers: Vec<String> = rules.layers.iter().map(ToString::to_string).collect();
    writer.out.push_str(&format!(
        "{}: {}\n",
        lang.pick("lapisan", "layers"),
        layers.join(" → ")
    ));
    writer.citation(&rules.citation, "");
    writer.head();
    for index in rules.indices() {
        writer.node(rules.node(index), depth(rules, rules.node(index)));
    }
    writer.out
}

fn depth(rules: &RuleSet, node: &Node) -> usize {
    node.parent
        .map_or(0, |parent| depth(rules, rules.node(parent)) + 1)
}

struct Writer<'a> {
    rules: &'a RuleSet,
    lang: Lang,
    out: String,
}

impl Writer<'_> {
    fn line(&mut self, indent: &str, text: &str, origin: Option<Span>) {
        let origin = match origin {
            Some(span) => self.rules.sources.place(span).to_string(),
            None => self.lang.pick("bawaan", "default").to_owned(),
        };
        let text = format!("{indent}{text}");
        self.out.push_str(&format!("{text:<48} # {origin}\n"));
    }

    fn citation(&mut self, citation: &Citation, indent: &str) {
        for reference in &citation.references {
            let href = reference.href.as_deref().unwrap_or("");
            self.out.push_str(&format!(
                "{indent}{}: {} {href}\n",
                self.lang.pick("rujukan", "reference"),
                reference.title.get(self.lang)
            ));
        }
        if let Some(note) = &citation.note {
            self.out.push_str(&format!(
                "{indent}{}: {}\n",
                self.lang.pick("catatan", "note"),
                note.get(self.lang)
            ));
        }
        if let Some(date) = &citation.reviewed {
            self.out.push_str(&format!(
                "{indent}{}: {date}\n",
                self.lang.pick("ditinjau", "reviewed")
            ));
        }
    }

    fn head(&mut self) {
        let rules = self.rules;
        self.out.push('\n');
        let scale = rules.scale.value;
        self.line(
            "",
            &format!("status = \"{}\"", rules.status.value.name()),
            rules.status.origin,
        );
        self.line(
            "",
            &format!("scale = [{}, {}]", scale.low, scale.high),
            rules.scale.origin,
        );
        self.line(
            "",
            &format!("decimals = {}", rules.decimals.value),
            rules.decimals.origin,
        );
        self.line(
            "",
            &format!("rounding = \"{}\"", rules.rounding.value.name()),
            rules.rounding.origin,
        );
        self.line(
            "",
            &format!("band_value = \"{}\"", rules.band_value.value.name()),
            rules.band_value.origin,
        );
        for parameter in &rules.parameters {
            self.line(
                "",
                &format!("parameters.{} = {}", parameter.id, parameter.value.value),
                parameter.value.origin,
            );
            self.citation(&parameter.citation, "  ");
        }
        for band in &rules.bands {
            let key = if band.inclusive { "from" } else { "above" };
            let title = band.title.get(self.lang);
            self.line(
                "",
                &format!("band.{}: {key} = {}  ({title})", band.id, band.bound.value),
                band.bound.origin,
            );
            self.citation(&band.citation, "  ");
        }
        for target in &rules.targets {
            let band = rules.bands.get(target.band).map_or("", |band| &band.id);
            self.line(
                "",
                &format!(
                    "target.{}: count = {}, band = \"{band}\"",
                    target.id, target.count.value
                ),
                target.count.origin,
            );
            self.citation(&target.citation, "  ");
        }
        for column in rules
            .columns
            .iter()
            .filter(|column| column.id != column.header)
        {
            self.line(
                "",
                &format!("columns.{} = \"{}\"", column.id, column.header),
                Some(column.span),
            );
        }
        self.out.push('\n');
    }

    fn node(&mut self, node: &Node, depth: usize) {
        let indent = "  ".repeat(depth);
        let inner = "  ".repeat(depth + 1);
        self.line(
            &indent,
            &format!("{} · {}", node.id, node.title.get(self.lang)),
            Some(node.span),
        );
        if node.parent.is_some() {
            self.line(
                &inner,
                &format!("weight = {}", node.weight.value),
                node.weight.origin,
            );
        }
        if node.range.origin.is_some() {
            self.line(
                &inner,
                &format!(
                    "range = [{}, {}]",
                    node.range.value.low, node.range.value.high
                ),
                node.range.origin,
            );
        }
        if let Some(clamp) = node.clamp {
            self.line(&inner, &format!("clamp = {}", clamp.value), clamp.origin);
        }
        match &node.method {
            Method::Parent(parent) => {
                match &parent.combine {
                    Combine::Formula(formula) => {
                        let path = self.rules.sources.path(formula.span.file).to_owned();
                        self.line(
                            &inner,
                            &format!("{} {path}", self.lang.pick("rumus", "formula")),
                            Some(formula.span),
                        );
                        for line in self.rules.sources.slice(formula.span).lines() {
                            self.out.push_str(&format!("{inner}| {line}\n"));
                        }
                    }
                    Combine::Aggregation {
                        method,
                        options,
                        origin,
                    } => {
                        self.line(
                            &inner,
                            &format!("aggregate = \"{}\"", method.name()),
                            *origin,
                        );
                        for (name, value) in options.iter() {
                            self.line(&inner, &format!("{name} = {}", value.value), value.origin);
                        }
                    }
                }
                if let Some(share) = parent.available_at_least {
                    self.line(
                        &inner,
                        &format!("available_at_least = {}", share.value),
                        share.origin,
                    );
                }
                if let Some(decimals) = parent.round_to {
                    self.line(
                        &inner,
                        &format!("round_to = {}", decimals.value),
                        decimals.origin,
                    );
                }
                if let Some(rescale) = parent.rescale {
                    self.line(
                        &inner,
                        &format!("rescale = {}", rescale.value),
                        rescale.origin,
                    );
                }
            }
            Method::Indicator(indicator) => {
                match &indicator.source {
                    Source::Column(column) => {
                        if let Some(column) = self.rules.columns.get(*column) {
                            self.line(
                                &inner,
                                &format!("column = \"{}\"", column.header),
                                Some(column.span),
                            );
                        }
                    }
                    Source::Expression(formula) => {
                        let text = self.rules.sources.slice(formula.span).to_owned();
                        self.line(&inner, &format!("value = {text}"), Some(formula.span));
                    }
                }
                self.line(
                    &inner,
                    &format!("normalise = \"{}\"", indicator.normalisation.name()),
                    indicator.normalisation_origin,
                );
                for (name, value) in indicator.options.iter() {
                    self.line(&inner, &format!("{name} = {}", value.value), value.origin);
                }
                if let Some(high) = indicator.high_is_better {
                    self.line(
                        &inner,
                        &format!("better = \"{}\"", if high.value { "high" } else { "low" }),
                        high.origin,
                    );
                }
                if let Some(valid) = indicator.valid {
                    self.line(
                        &inner,
                        &format!("valid = [{}, {}]", valid.value.low, valid.value.high),
                        valid.origin,
                    );
                }
                if indicator.valid.is_some() || indicator.outside.origin.is_some() {
                    let outside = indicator.outside.value.name();
                    self.line(
                        &inner,
                        &format!("outside = \"{outside}\""),
                        indicator.outside.origin,
                    );
                }
                self.line(
                    &inner,
                    &format!("missing = {}", indicator.missing.value.written()),
                    indicator.missing.origin,
                );
                if let Some(aspect) = &indicator.aspect {
                    self.line(
                        &inner,
                        &format!("aspect = \"{}\"", aspect.value),
                        aspect.origin,
                    );
                }
            }
        }
        self.citation(&node.citation, &inner);
    }
}

/// The resolved rule set as JSON.
pub fn resolved_json(rules: &RuleSet, record: &Record) -> Value {
    let place = |span: Option<Span>| span.map(|span| rules.sources.place(span).to_string());
    let number =
        |value: Sourced<f64>| json!({ "value": value.value, "origin": place(value.origin) });
    let citation = |citation: &Citation| {
        json!({
            "references": citation.references.iter().map(|r| json!({ "title": r.title, "href": r.href })).collect::<Vec<_>>(),
            "note": citation.note,
            "reviewed": citation.reviewed,
        })
    };
    let titled = |title: &Option<Text>| {
        title
            .as_ref()
            .map(|title| json!(title))
            .unwrap_or(Value::Null)
    };
    json!({
        "record": record,
        "rules": serde_json::to_value(super::json::Header::of(rules)).unwrap_or(Value::Null),
        "layers": rules.layers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "citation": citation(&rules.citation),
        "rounding": rules.rounding.value.name(),
        "band_value": rules.band_value.value.name(),
        "parameters": rules.parameters.iter().map(|p| json!({
            "id": p.id, "title": titled(&p.title), "value": number(p.value), "citation": citation(&p.citation),
        })).collect::<Vec<_>>(),
        "bands": rules.bands.iter().map(|b| json!({
            "id": b.id, "title": b.title, "bound": number(b.bound), "inclusive": b.inclusive, "citation": citation(&b.citation),
        })).collect::<Vec<_>>(),
        "targets": rules.targets.iter().map(|t| json!({
            "id": t.id, "title": titled(&t.title), "count": t.count.value, "origin": place(t.count.origin),
            "band": rules.bands.get(t.band).map(|band| band.id.clone()), "citation": citation(&t.citation),
        })).collect::<Vec<_>>(),
        "columns": rules.columns.iter().map(|c| json!({ "id": c.id, "header": c.header })).collect::<Vec<_>>(),
        "nodes": rules.nodes.iter().map(|node| {
            let mut object = json!({
                "id": node.id,
                "title": node.title,
                "parent": node.parent.map(|parent| rules.node(parent).id.clone()),
                "weight": number(node.weight),
                "range": { "value": [node.range.value.low, node.range.value.high], "origin": place(node.range.origin) },
                "clamp": node.clamp.map(|clamp| json!({ "value": clamp.value, "origin": place(clamp.origin) })),
                "origin": place(Some(node.span)),
                "citation": citation(&node.citation),
            });
            if let Some(object) = object.as_object_mut() {
                object.extend(method_json(rules, node, &place, &number));
            }
            object
        }).collect::<Vec<_>>(),
    })
}

fn method_json(
    rules: &RuleSet,
    node: &Node,
    place: &dyn Fn(Option<Span>) -> Option<String>,
    number: &dyn Fn(Sourced<f64>) -> Value,
) -> Map<String, Value> {
    let object = match &node.method {
        Method::Parent(parent) => match &parent.combine {
            Combine::Formula(formula) => json!({
                "formula": { "text": rules.sources.slice(formula.span), "origin": place(Some(formula.span)) },
                "available_at_least": parent.available_at_least.map(number),
            }),
            Combine::Aggregation {
                method,
                options,
                origin,
            } => json!({
                "aggregate": method.name(),
                "aggregate_origin": place(*origin),
                "options": options.iter().map(|(name, value)| (name.to_owned(), number(value))).collect::<Map<_, _>>(),
                "available_at_least": parent.available_at_least.map(number),
                "rescale": parent.rescale.map(|flag| json!({ "value": flag.value, "origin": place(flag.origin) })),
            }),
        },
        Method::Indicator(indicator) => json!({
            "source": match &indicator.source {
                Source::Column(column) => json!({ "column": rules.columns.get(*column).map(|c| c.header.clone()) }),
                Source::Expression(formula) => json!({ "value": rules.sources.slice(formula.span) }),
            },
            "normalise": indicator.normalisation.name(),
            "options": indicator.options.iter()
                .map(|(name, value)| (name.to_owned(), number(value))).collect::<Map<_, _>>(),
            "better": indicator.high_is_better.map(|flag| json!({
                "value": if flag.value { "high" } else { "low" }, "origin": place(flag.origin),
            })),
            "valid": indicator.valid.map(|valid| json!({
                "value": [valid.value.low, valid.value.high], "origin": place(valid.origin),
            })),
            "outside": { "value": indicator.outside.value.name(), "origin": place(indicator.outside.origin) },
            "unit": indicator.unit,
            "missing": { "policy": indicator.missing.value.written(), "origin": place(indicator.missing.origin) },
            "aspect": indicator.aspect.as_ref().map(|aspect| aspect.value.clone()),
        }),
    };
    match object {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
