//! What a formula can see.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::base::{NodeIndex, Sourced, Span};
use crate::check::rule_set::{Parameter, RawColumn};

/// A direct child, as a formula sees it.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) id: String,
    pub(crate) node: NodeIndex,
    /// Whether it has a raw value, being an indicator.
    pub(crate) has_raw: bool,
}

/// The raw columns that a rule set reads, as far as they are known.
pub(crate) struct Columns<'a> {
    /// Ids for headers: id, header, place.
    pub(crate) aliases: &'a [(String, Sourced<String>)],
    pub(crate) list: RefCell<Vec<RawColumn>>,
    /// The position of each column.
    pub(crate) places: RefCell<HashMap<String, usize>>,
}

impl Columns<'_> {
    /// The position of a column, which is added where it is new. Without an alias, a name is its own header.
    pub(crate) fn position(&self, id: &str, span: Span) -> usize {
        let mut places = self.places.borrow_mut();
        if let Some(at) = places.get(id) {
            return *at;
        }
        let mut list = self.list.borrow_mut();
        places.insert(id.to_owned(), list.len());
        let alias = self.aliases.iter().find(|(alias, _)| alias == id);
        list.push(RawColumn {
            id: id.to_owned(),
            header: alias.map_or(id, |(_, header)| &header.value).to_owned(),
            span: alias.and_then(|(_, header)| header.origin).unwrap_or(span),
        });
        list.len() - 1
    }
}

/// The names a formula can use.
pub(crate) struct Scope<'a> {
    /// The direct children, sorted by id; none for a one-line expression.
    pub(crate) children: Vec<Child>,
    /// The raw columns, to which a name that nothing else defines is added; only for a one-line expression.
    pub(crate) columns: Option<&'a Columns<'a>>,
    pub(crate) parameters: &'a [Parameter],
    /// All ids of the tree with their parents' ids, for messages.
    pub(crate) elsewhere: &'a [(String, String)],
    pub(crate) year: u16,
}

impl Scope<'_> {
    pub(crate) fn child(&self, id: &str) -> Option<&Child> {
        self.children.iter().find(|child| child.id == id)
    }

    pub(crate) fn parameter(&self, id: &str) -> Option<usize> {
        self.parameters
            .iter()
            .position(|parameter| parameter.id == id)
    }

    pub(crate) fn is_expression(&self) -> bool {
        self.columns.is_some()
    }
}
