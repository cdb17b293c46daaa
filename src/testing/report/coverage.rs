//! What cases reach: for people, as JSON, and as lcov for the tools that show coverage beside the text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::base::language::text;
use crate::base::{Lang, Rounding};
use crate::check::RuleSet;
use crate::testing::coverage::{Coverage, Covered, CoveredKind};

/// What is not reached, by place, and how much is, in words.
pub fn render_coverage(rules: &RuleSet, coverage: &Coverage, lang: Lang) -> String {
    let mut out = String::new();
    let sources = &rules.sources;
    for item in coverage.items.iter().filter(|item| item.count == 0) {
        let place = item.place.map(|span| format!("{}: ", sources.place(span)));
        let what = item.what.get(lang);
        let never = if item.unreachable {
            lang.pick(
                " (tidak mungkin tercapai; tidak dihitung)",
                " (cannot be reached; not counted)",
            )
        } else {
            ""
        };
        out.push_str(&format!("  {}{what}{never}\n", place.unwrap_or_default()));
    }
    if !out.is_empty() {
        let said = lang.pick("tidak tercapai:\n", "not reached:\n");
        out.insert_str(0, said);
    }
    let kinds = [
        (CoveredKind::Branch, "cabang rumus", "branches of formulas"),
        (CoveredKind::Indicator, "indikator", "indicators"),
        (
            CoveredKind::Policy,
            "aturan data kosong",
            "missing-data policies",
        ),
        (CoveredKind::Band, "kategori", "bands"),
        (CoveredKind::Edge, "tepi kategori", "edges of bands"),
    ];
    let parts: Vec<String> = kinds
        .iter()
        .filter_map(|(kind, id, en)| {
            let own = coverage.items.iter();
            let own = own.filter(|item| item.kind == *kind && !item.unreachable);
            let reached = own.clone().filter(|item| item.count > 0).count();
            let all = own.count();
            (all > 0).then(|| format!("{} {reached}/{all}", lang.pick(id, en)))
        })
        .collect();
    let name = &rules.name;
    let percent = lang.number(shown(coverage), 1);
    let status = rules.status.value.title();
    let (parts, status) = (parts.join(", "), status.get(lang));
    let said = text!(
        "{name}: {percent} % tercapai · {parts} ({status})\n",
        "{name}: {percent} % reached · {parts} ({status})\n"
    );
    out.push_str(said.get(lang));
    out
}

/// The percentage with one decimal, downwards: 99.96 is not 100.
fn shown(coverage: &Coverage) -> f64 {
    (coverage.percent() * 10.0).floor() / 10.0
}

/// What is reached, as JSON.
pub fn coverage_json(rules: &RuleSet, coverage: &Coverage) -> Value {
    let sources = &rules.sources;
    let items = coverage.items.iter().map(|item| {
        let place = item.place.map(|span| sources.place(span));
        json!({
            "kind": item.kind.name(),
            "node": rules.node(item.node).id,
            "what": { "id": item.what.id, "en": item.what.en },
            "file": place.as_ref().map(|place| place.path.clone()),
            "line": place.as_ref().map(|place| place.line),
            "count": item.count,
            "unreachable": item.unreachable,
        })
    });
    let items: Vec<Value> = items.collect();
    let (reached, all) = coverage.counts();
    json!({
        "rules": rules.name.to_string(),
        "status": rules.status.value.name(),
        "rules_digest": rules.rules_digest,
        "reached": reached,
        "all": all,
        "percent": Rounding::HalfUp.round(coverage.percent(), 4),
        "items": items,
        "lines": coverage.lines,
    })
}

/// Lines and branches of the formula files as lcov.
pub fn coverage_lcov(rules: &RuleSet, coverage: &Coverage) -> String {
    let sources = &rules.sources;
    let mut branches: BTreeMap<String, Vec<(usize, &Covered)>> = BTreeMap::new();
    for item in &coverage.items {
        let place = item.place.map(|span| sources.place(span));
        if let (CoveredKind::Branch, false, Some(place)) = (item.kind, item.unreachable, place) {
            branches
                .entry(place.path)
                .or_default()
                .push((place.line, item));
        }
    }
    let files: BTreeSet<&String> = branches.keys().chain(coverage.lines.keys()).collect();
    let mut out = String::new();
    for file in files {
        out.push_str(&format!(
            "TN:{}\nSF:{file}\n",
            rules.name.to_string().replace('/', "_")
        ));
        let own = branches.get(file).map(Vec::as_slice).unwrap_or_default();
        for (at, (line, item)) in own.iter().enumerate() {
            out.push_str(&format!("BRDA:{line},0,{at},{}\n", item.count));
        }
        let hit = own.iter().filter(|(_, item)| item.count > 0).count();
        out.push_str(&format!("BRF:{}\nBRH:{hit}\n", own.len()));
        let none = BTreeMap::new();
        let lines = coverage.lines.get(file).unwrap_or(&none);
        for (line, count) in lines {
            out.push_str(&format!("DA:{line},{count}\n"));
        }
        let hit = lines.values().filter(|count| **count > 0).count();
        out.push_str(&format!("LF:{}\nLH:{hit}\nend_of_record\n", lines.len()));
    }
    out
}
