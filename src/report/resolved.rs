//! A resolved rule set, each value with its origin: as text from its [facts](super::facts), and as JSON.

use serde_json::{Map, Value, json};

use super::Record;
use super::explanation::{formula_json, functions_json};
use super::facts::facts;
use crate::base::{Lang, Sourced, Span, Text};
use crate::check::RuleSet;
use crate::check::rule_set::{Citation, Combine, Method, Node, Source};

/// The resolved rule set as text: TOML-like lines, each with the file and line it comes from.
pub fn render_resolved(rules: &RuleSet, lang: Lang) -> String {
    let layers: Vec<String> = rules.layers.iter().map(ToString::to_string).collect();
    let mut out = format!(
        "{}\n{}: {}\n",
        super::heading(rules, lang),
        lang.pick("lapisan", "layers"),
        layers.join(" → ")
    );
    let mut section = 0;
    for fact in facts(rules, lang) {
        if fact.section != section {
            section = fact.section;
            out.push('\n');
        }
        let text = format!("{}{}", "  ".repeat(fact.depth), fact.text());
        match fact.origin {
            Some(origin) => out.push_str(&format!("{text:<48} # {origin}\n")),
            None => out.push_str(&format!("{text}\n")),
        }
    }
    out
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
                "formula": formula_json(rules, formula, place),
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
                Source::Expression(formula) => json!({
                    "value": rules.sources.slice(formula.span),
                    "functions": functions_json(rules, formula, place),
                }),
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
