//! The tree → nodes: weights sound, formulas checked, every part in its final form.

use std::cell::RefCell;

use super::formula::{
    Child, Columns, Formula, FormulaSource, Library, Scope, lower_expression, lower_formula,
};
use super::read::{BodyDraft, IndicatorDraft, NodeDraft, ParentDraft};
use super::rule_set::{
    Combine, Indicator, Method, Node, Outside, Parameter, ParentRules, Range, RawColumn, Source,
};
use super::tree::{Linked, Tree, stem_of};
use crate::base::language::text;
use crate::base::{Cause, Code, Diagnostic, NodeIndex, Sourced, Span, Text};
use crate::bundle::Bundle;
use crate::calculus::aggregations::default_aggregation;
use crate::calculus::{Methods, WhenMissing};

/// The largest weight: far from where sums of weighted scores leave the range of doubles.
const LARGEST_WEIGHT: f64 = 1e12;

/// Checks weights and formulas and gives the final nodes; `None` when something is at fault.
pub(super) fn complete(
    tree: Tree,
    aliases: &[(String, Sourced<String>)],
    parameters: &[Parameter],
    bundle: &Bundle,
    methods: &Methods,
    findings: &mut Vec<Diagnostic>,
) -> Option<(Vec<Node>, Vec<RawColumn>)> {
    let columns = Columns {
        aliases,
        list: RefCell::default(),
        places: RefCell::default(),
    };
    let weights = weights(&tree, findings);
    let sources = &*bundle.sources;
    let before = findings.len();
    let library = Library::load(sources, bundle.library.values().copied(), methods, findings);
    let elsewhere: Vec<(String, String)> = tree
        .nodes
        .iter()
        .filter_map(|linked| {
            Some((
                linked.draft.id.clone(),
                tree.nodes.get(linked.parent?.at())?.draft.id.clone(),
            ))
        })
        .collect();
    let mut formulas: Vec<Option<Formula>> = Vec::new();
    for (at, linked) in tree.nodes.iter().enumerate() {
        let mut scope = Scope {
            children: children_of(&tree, linked),
            columns: None,
            parameters,
            elsewhere: &elsewhere,
            year: bundle.name.year,
        };
        let file = bundle.formulas.get(stem_of(at, linked)).copied();
        formulas.push(match &linked.draft.body {
            BodyDraft::Parent(_) => file
                .and_then(|file| lower_formula(sources, file, &scope, &library, methods, findings)),
            BodyDraft::Indicator(indicator) => indicator.value.as_ref().and_then(|value| {
                scope.columns = Some(&columns);
                let span = value.origin.unwrap_or(linked.draft.span);
                let source = FormulaSource::inline(&value.value, sources, span);
                lower_expression(&source, &scope, &library, methods, findings)
            }),
        });
    }
    if tree.broken {
        // What is unknown may be what could not be read: that finding comes first.
        let from = before.min(findings.len());
        let tail = findings.split_off(from);
        let missing = Some(Cause::UnknownName { is_slip: false });
        findings.extend(tail.into_iter().filter(|finding| finding.cause != missing));
    }
    let scale = tree.scale;
    let nodes = tree.nodes.into_iter().zip(weights).zip(formulas);
    let nodes: Vec<Option<Node>> = nodes
        .map(|((linked, weight), formula)| node(linked, weight, formula, scale, &columns, findings))
        .collect();
    let nodes = nodes.into_iter().collect::<Option<_>>()?;
    Some((nodes, columns.list.into_inner()))
}

fn children_of(tree: &Tree, linked: &Linked) -> Vec<Child> {
    let child = |index: &NodeIndex| {
        let child = tree.nodes.get(index.at())?;
        Some(Child {
            id: child.draft.id.clone(),
            node: *index,
            has_raw: matches!(child.draft.body, BodyDraft::Indicator(_)),
        })
    };
    linked.children.iter().filter_map(child).collect()
}

/// The weight of every node: written for all siblings, or for none, which weighs them alike.
fn weights(tree: &Tree, findings: &mut Vec<Diagnostic>) -> Vec<Sourced<f64>> {
    let mut weights: Vec<Sourced<f64>> = tree
        .nodes
        .iter()
        .map(|linked| linked.draft.weight.unwrap_or(Sourced::default_value(1.0)))
        .collect();
    if let Some(root) = weights.first_mut() {
        *root = Sourced::default_value(1.0);
    }
    for linked in &tree.nodes {
        let siblings: Vec<&NodeDraft> = linked
            .children
            .iter()
            .filter_map(|child| tree.nodes.get(child.at()))
            .map(|l| &l.draft)
            .collect();
        let written: Vec<(&&NodeDraft, Sourced<f64>)> = siblings
            .iter()
            .filter_map(|draft| Some((draft, draft.weight?)))
            .collect();
        for (draft, weight) in &written {
            if weight.value > LARGEST_WEIGHT {
                findings.push(Diagnostic::error(
                    Code::E309,
                    weight.origin.unwrap_or(draft.span),
                    text!("bobot paling besar 10^12", "a weight is 10^12 at most"),
                ));
            }
            if weight.value < 0.0 {
                findings.push(Diagnostic::error(
                    Code::E309,
                    weight.origin.unwrap_or(draft.span),
                    text!("bobot tidak boleh negatif", "a weight must not be negative"),
                ));
            }
        }
        let Some((first, example)) = written.first() else {
            continue;
        };
        let lacking: Vec<&&NodeDraft> = siblings
            .iter()
            .filter(|draft| draft.weight.is_none() && !draft.weight_is_faulty)
            .collect();
        if let Some(lack) = lacking.first() {
            let names: Vec<String> = lacking
                .iter()
                .map(|draft| format!("`{}`", draft.id))
                .collect();
            let (names, id) = (names.join(", "), &linked.draft.id);
            let (lack, example) = (lack.span, example.origin.unwrap_or(first.span));
            let without = text!("yang ini belum", "this one has none");
            let with = text!("bobot yang setingkat", "the weight of a sibling");
            // Files of a base come after those of what extends it: it is there that one edits.
            let (place, other, what) = if example.file < lack.file {
                (example, lack, without)
            } else {
                (lack, example, with)
            };
            findings.push(
                Diagnostic::error(
                    Code::E310,
                    place,
                    text!(
                        "hanya sebagian di bawah `{id}` punya bobot; belum: {names}",
                        "only some below `{id}` have a weight; without: {names}"
                    ),
                )
                .also(other, what)
                .help(text!(
                    "tulis `weight = …` pada semuanya (0 bila tidak ikut dihitung), atau tidak pada satu pun",
                    "write `weight = …` for all of them (0 to leave one out), or for none"
                )),
            );
        }
        if written
            .iter()
            .all(|(_, weight)| crate::base::number::same(weight.value, 0.0))
            && written.len() == siblings.len()
        {
            let id = &linked.draft.id;
            findings.push(Diagnostic::error(
                Code::E311,
                example.origin.unwrap_or(first.span),
                text!(
                    "semua bobot di bawah `{id}` nol",
                    "all weights below `{id}` are zero"
                ),
            ));
        }
    }
    weights
}

fn node(
    linked: Linked,
    weight: Sourced<f64>,
    formula: Option<Formula>,
    scale: Range,
    columns: &Columns<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let Linked {
        draft,
        parent,
        children,
    } = linked;
    let method = match draft.body {
        BodyDraft::Parent(rules) => {
            let rules = parent_rules(*rules, formula);
            check_rescale(&rules, findings);
            Method::Parent(Box::new(rules))
        }
        BodyDraft::Indicator(indicator) => Method::Indicator(Box::new(finish_indicator(
            &draft.id, draft.span, *indicator, formula, columns,
        )?)),
    };
    Some(Node {
        title: draft.title.unwrap_or_else(|| Text::same(draft.id.clone())),
        id: draft.id,
        span: draft.span,
        parent,
        children,
        weight,
        range: draft.range.unwrap_or(Sourced::default_value(scale)),
        clamp: draft.clamp,
        method,
        internal: draft.internal,
        citation: draft.citation,
    })
}

/// `rescale` is for methods that do not skip what is missing.
fn check_rescale(rules: &ParentRules, findings: &mut Vec<Diagnostic>) {
    let refuses = match &rules.combine {
        Combine::Formula(_) => false,
        Combine::Aggregation { method, .. } => method.when_missing() == WhenMissing::Refuse,
    };
    if let (Some(span), false) = (rules.rescale.and_then(|flag| flag.origin), refuses) {
        findings.push(
            Diagnostic::error(
                Code::E211,
                span,
                text!(
                    "`rescale` tidak berlaku di sini",
                    "`rescale` does not apply here"
                ),
            )
            .help(text!(
                "hanya `sum` dan `count` yang memerlukannya; rata-rata sudah melewati yang kosong",
                "only `sum` and `count` need it; means skip what is missing anyway"
            )),
        );
    }
}

fn parent_rules(draft: ParentDraft, formula: Option<Formula>) -> ParentRules {
    let combine = match (formula, draft.aggregation) {
        (Some(formula), _) => Combine::Formula(Box::new(formula)),
        (None, Some((method, span, options))) => Combine::Aggregation {
            method,
            options,
            origin: Some(span),
        },
        (None, None) => Combine::Aggregation {
            method: default_aggregation(),
            options: Default::default(),
            origin: None,
        },
    };
    ParentRules {
        combine,
        available_at_least: draft.available_at_least,
        round_to: draft.round_to,
        rescale: draft.rescale,
        weights_sum: draft.weights_sum,
    }
}

fn finish_indicator(
    id: &str,
    span: Span,
    draft: IndicatorDraft,
    formula: Option<Formula>,
    columns: &Columns<'_>,
) -> Option<Indicator> {
    let source = match (&draft.value, formula) {
        (Some(_), formula) => Source::Expression(Box::new(formula?)),
        (None, _) => {
            let header = draft
                .column
                .as_ref()
                .map_or(id, |column| column.value.as_str());
            let origin = draft.column.as_ref().and_then(|column| column.origin);
            Source::Column(columns.position(header, origin.unwrap_or(span)))
        }
    };
    let (normalisation, normalisation_origin, options) = draft.normalisation?;
    Some(Indicator {
        source,
        valid: draft.valid,
        outside: draft
            .outside
            .unwrap_or(Sourced::default_value(Outside::Missing)),
        treat: draft.treat,
        missing: draft.missing,
        normalisation,
        normalisation_origin,
        options,
        high_is_better: draft.high_is_better,
        unit: draft.unit,
        aspect: draft.aspect,
        frozen: None,
    })
}
