//! The raw columns that a rule set reads, from `column`, from one-line expressions and from `[columns]`.

use rhai::Token;

use super::formula::FormulaSource;
use super::read::BodyDraft;
use super::rule_set::RawColumn;
use super::tree::Tree;
use crate::base::{SourceMap, Sourced, Span, ident};
use crate::calculus::Methods;

/// Gathers all columns, sorted by id. An alias of `[columns]` gives an id to any header; without one, a
/// name is its own header.
pub(super) fn gather(
    tree: &Tree,
    aliases: &[(String, Sourced<String>)],
    sources: &SourceMap,
    methods: &Methods,
) -> Vec<RawColumn> {
    let mut columns: Vec<RawColumn> = Vec::new();
    let mut add = |id: &str, span: Span| {
        let alias = aliases.iter().find(|(alias, _)| alias == id);
        if !columns.iter().any(|column| column.id == id) {
            columns.push(RawColumn {
                id: id.to_owned(),
                header: alias.map_or(id, |(_, header)| &header.value).to_owned(),
                span: alias.and_then(|(_, header)| header.origin).unwrap_or(span),
            });
        }
    };
    for linked in &tree.nodes {
        let BodyDraft::Indicator(indicator) = &linked.draft.body else {
            continue;
        };
        match (&indicator.value, &indicator.column) {
            (Some(value), _) => {
                let span = value.origin.unwrap_or(linked.draft.span);
                let source = FormulaSource::inline(&value.value, sources, span);
                for (name, span) in names(&source, methods) {
                    add(&name, span);
                }
            }
            (None, Some(column)) => add(&column.value, column.origin.unwrap_or(linked.draft.span)),
            (None, None) => add(&linked.draft.id, linked.draft.span),
        }
    }
    columns.sort_by(|a, b| a.id.cmp(&b.id));
    columns
}

/// The identifiers of an expression that stand for columns.
fn names(source: &FormulaSource<'_>, methods: &Methods) -> Vec<(String, Span)> {
    let mut names = Vec::new();
    for (at, placed) in source.tokens.iter().enumerate() {
        let Token::Identifier(name) = &placed.token else {
            continue;
        };
        let next = source.tokens.get(at + 1).map(|next| &next.token);
        let before = at
            .checked_sub(1)
            .and_then(|at| source.tokens.get(at))
            .map(|t| &t.token);
        let other = next == Some(&Token::LeftParen)
            || before == Some(&Token::Period)
            || ident::is_reserved(name)
            || methods.function(name).is_some();
        if !other {
            names.push((name.to_string(), source.span(placed.start, placed.end)));
        }
    }
    names
}
