//! The explanation as JSON.

use serde_json::{Value, json};

use super::tree::decided;
use crate::base::{Sourced, Span};
use crate::check::RuleSet;
use crate::check::formula::Formula;
use crate::check::rule_set::{Combine, Method};
use crate::evaluate::Scores;
use crate::explain::{Explanation, Obstacle, PartKind, Trace};
use crate::report::Record;
use crate::report::issues::record;

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
    let header =
        serde_json::to_value(crate::report::json::Header::of(rules)).unwrap_or(Value::Null);
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
        "trace": trace_json(rules, &explanation.trace, None, &place),
        "obstacles": { "variables": obstacle(&explanation.variables), "indicators": obstacle(&explanation.indicators) },
        "undivided": explanation.undivided.iter().map(|node| rules.node(*node).id.clone()).collect::<Vec<_>>(),
        "issues": explanation.issues.iter().map(|issue| record(scores, issue)).collect::<Vec<_>>(),
    })
}

type PlaceOf<'a> = &'a dyn Fn(Option<Span>) -> Option<String>;

/// A node; its part in what its parent divides goes by the name of what it is.
fn trace_json(rules: &RuleSet, trace: &Trace, part: Option<PartKind>, place: PlaceOf<'_>) -> Value {
    let node = rules.node(trace.node);
    let sourced =
        |value: Sourced<f64>| json!({ "value": value.value, "origin": place(value.origin) });
    let mut object = json!({
        "node": node.id,
        "title": node.title,
        "score": trace.score,
        "weight": sourced(node.weight),
        "moved": trace.moves.iter().map(|own| json!({
            "by": own.by.name(), "from": own.from, "to": own.to, "origin": place(own.origin),
        })).collect::<Vec<_>>(),
        "contribution": trace.part.filter(|_| part != Some(PartKind::Gap)),
        "share_of_gap": trace.part.filter(|_| part == Some(PartKind::Gap)),
    });
    let method = match &node.method {
        Method::Indicator(indicator) => json!({
            "raw": trace.raw,
            "measured": trace.measured(),
            "population": trace.statistics.map(|own| json!({
                "count": own.count, "minimum": own.minimum, "maximum": own.maximum,
                "mean": own.mean, "standard_deviation": own.standard_deviation,
            })),
            "decision": trace.decision.map(|own| decided(rules, node, own)),
            "missing": { "policy": indicator.missing.value.written(), "origin": place(indicator.missing.origin) },
            "normalise": {
                "method": indicator.normalisation.name(),
                "options": indicator.options.iter()
                    .map(|(name, value)| (name.to_owned(), sourced(value)))
                    .collect::<serde_json::Map<String, Value>>(),
            },
        }),
        Method::Parent(parent) => {
            let (name, combine) = match &parent.combine {
                Combine::Formula(formula) => ("formula", formula_json(rules, formula, place)),
                Combine::Aggregation { method, origin, .. } => {
                    let own = json!({ "method": method.name(), "origin": place(*origin) });
                    ("aggregate", own)
                }
            };
            // The parts of the children add up to the way from the one value to the other.
            let divided = trace.division.map(|own| json!({
                "parts": own.kind.name(), "from": own.from, "to": own.to, "standard_error": own.error,
            }));
            json!({ name: combine, "divided": divided })
        }
    };
    if let (Some(object), Value::Object(method)) = (object.as_object_mut(), method) {
        object.extend(method);
        let children: Vec<Value> = trace
            .children
            .iter()
            .map(|child| trace_json(rules, child, trace.division.map(|own| own.kind), place))
            .collect();
        if !children.is_empty() {
            object.insert("children".to_owned(), Value::Array(children));
        }
    }
    object
}

/// A formula and the functions of `lib/` that it calls.
pub(in crate::report) fn formula_json(
    rules: &RuleSet,
    formula: &Formula,
    place: PlaceOf<'_>,
) -> Value {
    json!({
        "text": rules.sources.slice(formula.span),
        "origin": place(Some(formula.span)),
        "functions": functions_json(rules, formula, place),
    })
}

/// The functions of `lib/` that a formula calls.
pub(in crate::report) fn functions_json(
    rules: &RuleSet,
    formula: &Formula,
    place: PlaceOf<'_>,
) -> Vec<Value> {
    let functions = formula.shared_functions().into_iter();
    functions
        .map(|span| json!({ "text": rules.sources.slice(span), "origin": place(Some(span)) }))
        .collect()
}
