//! Drafts → the tree: ids unique, parents found, no circles.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::formula::is_name;
use super::read::{BodyDraft, NodeDraft};
use super::rule_set::Range;
use crate::base::language::text;
use crate::base::{Code, Diagnostic, NodeIndex, Sourced, Span, ident, suggest};
use crate::bundle::Bundle;

/// The most levels below the index.
const DEEPEST: usize = 64;

/// The tree in its final order, formulas not yet looked at.
pub(super) struct Tree {
    pub(super) nodes: Vec<Linked>,
    pub(super) scale: Range,
    /// Whether names may be missing because a part could not be read, so that a name that nothing
    /// defines is no finding of its own.
    pub(super) broken: bool,
}

pub(super) struct Linked {
    pub(super) draft: NodeDraft,
    pub(super) parent: Option<NodeIndex>,
    pub(super) children: Vec<NodeIndex>,
}

/// Links drafts; the first is the index.
pub(super) fn link(
    drafts: Vec<NodeDraft>,
    scale: Option<Sourced<Range>>,
    bundle: &Bundle,
    findings: &mut Vec<Diagnostic>,
) -> Tree {
    let before = findings.len();
    // A parent whose children were all refused has no finding of its own.
    let named: BTreeSet<String> = drafts
        .iter()
        .filter_map(|draft| Some(draft.parent.as_ref()?.value.clone()))
        .collect();
    let drafts = unique_ids(drafts, findings);
    let parents = parents(&drafts, findings);
    let mut below: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            below.entry(*parent).or_default().push(at);
        }
    }
    let id = |at: &usize| drafts.get(*at).map(|draft| draft.id.clone());
    for children in below.values_mut() {
        children.sort_by_key(id);
    }
    // Parents before children, siblings in the order of their ids.
    let mut order = Vec::new();
    let mut stack = vec![(0, 0)];
    while let Some((at, depth)) = stack.pop() {
        if depth > DEEPEST {
            if let Some(draft) = drafts.get(at) {
                findings.push(Diagnostic::error(
                    Code::E312,
                    draft.span,
                    text!(
                        "pohon lebih dalam dari {DEEPEST} tingkat",
                        "the tree is more than {DEEPEST} levels deep"
                    ),
                ));
            }
            break;
        }
        order.push(at);
        let children = below.get(&at).into_iter().flatten().rev();
        stack.extend(children.map(|child| (*child, depth + 1)));
    }
    if order.len() == drafts.len() || findings.iter().all(|finding| finding.code != Code::E312) {
        report_circles(&drafts, &order, findings);
    }
    let place: BTreeMap<usize, NodeIndex> = order
        .iter()
        .zip(0..)
        .map(|(at, position)| (*at, NodeIndex(position)))
        .collect();
    let mut slots: Vec<Option<NodeDraft>> = drafts.into_iter().map(Some).collect();
    let nodes: Vec<Linked> = order
        .iter()
        .filter_map(|at| {
            let children = below.get(at).into_iter().flatten();
            Some(Linked {
                draft: slots.get_mut(*at)?.take()?,
                parent: parents
                    .get(*at)
                    .copied()
                    .flatten()
                    .and_then(|parent| place.get(&parent).copied()),
                children: children
                    .filter_map(|child| place.get(child).copied())
                    .collect(),
            })
        })
        .collect();
    for linked in nodes
        .iter()
        .filter(|linked| !named.contains(&linked.draft.id))
    {
        childless(linked, findings);
    }
    stray_formulas(&nodes, bundle, findings);
    Tree {
        nodes,
        // Without a scale there is no rule set in the end; any scale serves to find what else is wrong.
        scale: scale.map_or(
            Range {
                low: 0.0,
                high: 100.0,
            },
            |scale| scale.value,
        ),
        broken: findings.len() > before
            || findings.iter().any(|f| f.code.as_str().starts_with("E1")),
    }
}

fn unique_ids(drafts: Vec<NodeDraft>, findings: &mut Vec<Diagnostic>) -> Vec<NodeDraft> {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    let mut kept = Vec::new();
    for draft in drafts {
        let id = draft.id.clone();
        // The parts of a file whose own name is refused have no finding of their own.
        let owner = draft
            .parent
            .as_ref()
            .filter(|parent| parent.origin.is_none());
        if owner.is_some_and(|owner| !ident::is_id(&owner.value)) {
            continue;
        }
        if !ident::is_id(&id) {
            findings.push(super::read::bad_id(&id, draft.span));
        } else if ident::is_reserved(&id) || !is_name(&id) {
            findings.push(
                Diagnostic::error(
                    Code::E302,
                    draft.span,
                    text!(
                        "nama `{id}` dipakai oleh bahasa aturan",
                        "the name `{id}` is taken by the rule language"
                    ),
                )
                .help(text!(
                    "pilih nama lain, misalnya `{id}_wilayah`",
                    "choose another, such as `{id}_region`"
                )),
            );
        } else if let Some(first) = seen.get(&id) {
            findings.push(
                Diagnostic::error(Code::E303, draft.span, text!("nama `{id}` dipakai dua kali", "the name `{id}` is used twice"))
                    .also(*first, text!("pertama kali di sini", "first used here"))
                    .help(text!(
                        "setiap variabel, dimensi dan indikator punya nama sendiri dalam satu perangkat aturan",
                        "each variable, node and indicator has a name of its own in a rule set"
                    )),
            );
        } else {
            seen.insert(id, draft.span);
            kept.push(draft);
        }
    }
    kept
}

fn parents(drafts: &[NodeDraft], findings: &mut Vec<Diagnostic>) -> Vec<Option<usize>> {
    let mut parents = vec![None; drafts.len()];
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(drafts.len());
    for (at, draft) in drafts.iter().enumerate() {
        places.entry(&draft.id).or_insert(at);
    }
    for (at, draft) in drafts.iter().enumerate().skip(1) {
        let Some(named) = &draft.parent else {
            if let Some(slot) = parents.get_mut(at) {
                *slot = Some(0);
            }
            continue;
        };
        let id = &named.value;
        let span = named.origin.unwrap_or(draft.span);
        let found = places.get(id.as_str()).copied();
        match found.and_then(|found| drafts.get(found).map(|parent| (found, parent))) {
            Some((found, parent)) if matches!(parent.body, BodyDraft::Parent(_)) => {
                if let Some(slot) = parents.get_mut(at) {
                    *slot = Some(found);
                }
            }
            Some((_, parent)) => findings.push(
                Diagnostic::error(
                    Code::E304,
                    span,
                    text!(
                        "`{id}` adalah indikator, tidak dapat menjadi induk",
                        "`{id}` is an indicator and cannot be a parent"
                    ),
                )
                .also(parent.span, text!("indikator itu", "that indicator")),
            ),
            // The owner of a file that was refused has its own finding.
            None if named.origin.is_none() => {}
            None => {
                let known = drafts
                    .iter()
                    .filter(|draft| matches!(draft.body, BodyDraft::Parent(_)))
                    .map(|draft| draft.id.as_str());
                let finding = Diagnostic::error(
                    Code::E304,
                    span,
                    text!("induk `{id}` tidak ada", "there is no parent `{id}`"),
                );
                findings.push(finding.help_if(suggest::help(id, known)));
            }
        }
    }
    parents
}

fn report_circles(drafts: &[NodeDraft], reached: &[usize], findings: &mut Vec<Diagnostic>) {
    let reached: BTreeSet<usize> = reached.iter().copied().collect();
    let known: BTreeSet<&str> = drafts.iter().map(|draft| draft.id.as_str()).collect();
    for (at, draft) in drafts.iter().enumerate() {
        let BodyDraft::Parent(_) = draft.body else {
            continue;
        };
        let Some(named) = draft
            .parent
            .as_ref()
            .filter(|named| known.contains(named.value.as_str()))
        else {
            continue;
        };
        if !reached.contains(&at) {
            let id = &draft.id;
            findings.push(
                Diagnostic::error(
                    Code::E305,
                    named.origin.unwrap_or(draft.span),
                    text!(
                        "rantai induk dari `{id}` tidak sampai ke indeks",
                        "the parents of `{id}` do not lead to the index"
                    ),
                )
                .help(text!(
                    "`parent` berputar kembali ke dirinya sendiri",
                    "`parent` leads back to itself"
                )),
            );
        }
    }
}

fn childless(linked: &Linked, findings: &mut Vec<Diagnostic>) {
    if !linked.children.is_empty() || matches!(linked.draft.body, BodyDraft::Indicator(_)) {
        return;
    }
    let id = &linked.draft.id;
    findings.push(
        Diagnostic::error(
            Code::E306,
            linked.draft.span,
            text!("`{id}` tidak punya indikator", "`{id}` has no indicator"),
        )
        .help(text!(
            "tambahkan `[indicator.nama]`; variabel yang tidak dipakai lagi: hapus berkasnya, atau `[variable] remove = true` dalam tahun ini",
            "add `[indicator.name]`; a variable that is no longer used: delete its file, or `[variable] remove = true` in this year"
        )),
    );
}

/// A formula file must belong to a node, and only to one that is formed by it.
fn stray_formulas(nodes: &[Linked], bundle: &Bundle, findings: &mut Vec<Diagnostic>) {
    let mut owners: HashMap<&str, &Linked> = HashMap::with_capacity(nodes.len());
    for (at, linked) in nodes.iter().enumerate() {
        owners.entry(stem_of(at, linked)).or_insert(linked);
    }
    for (stem, file) in &bundle.formulas {
        let span = bundle.sources.head(*file);
        let node = owners.get(stem.as_str());
        match node.map(|linked| &linked.draft.body) {
            Some(BodyDraft::Parent(rules)) => {
                let clash = rules
                    .no_formula
                    .or(rules.aggregation.as_ref().map(|(_, span, _)| *span));
                if let Some(other) = clash {
                    findings.push(
                        Diagnostic::error(
                            Code::E308,
                            other,
                            text!(
                                "`{stem}` punya berkas rumus dan sekaligus cara hitung lain",
                                "`{stem}` has a formula file and another method at once"
                            ),
                        )
                        .also(span, text!("berkas rumusnya", "its formula file"))
                        .help(text!(
                            "hapus salah satu; dalam perangkat aturan dengan `extends`, `formula = false` membuang rumus dasar",
                            "delete one of them; in a rule set with `extends`, `formula = false` drops the base's formula"
                        )),
                    );
                }
            }
            Some(BodyDraft::Indicator(_)) => findings.push(Diagnostic::error(
                Code::E307,
                span,
                text!(
                    "`{stem}` adalah indikator; rumusnya ditulis sebagai `value = \"…\"`",
                    "`{stem}` is an indicator; its formula is written as `value = \"…\"`"
                ),
            )),
            None => {
                let known = nodes
                    .iter()
                    .map(|linked| linked.draft.id.as_str())
                    .chain(["index"]);
                let finding = Diagnostic::error(
                    Code::E307,
                    span,
                    text!(
                        "berkas rumus `{stem}.rhai` tidak milik variabel mana pun",
                        "the formula file `{stem}.rhai` belongs to no variable"
                    ),
                );
                findings.push(match suggest::nearest(stem, known) {
                    Some(near) => {
                        finding.help(text!("maksud Anda `{near}`?", "did you mean `{near}`?"))
                    }
                    None => finding.help(text!(
                        "buat `{stem}.toml` dengan `[variable]`, atau hapus berkas ini",
                        "make `{stem}.toml` with `[variable]`, or delete this file"
                    )),
                });
            }
        }
    }
}

/// The name of the formula file of a node, without its ending.
pub(super) fn stem_of(at: usize, linked: &Linked) -> &str {
    if at == 0 { "index" } else { &linked.draft.id }
}
