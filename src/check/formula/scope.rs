//! What a formula can see.

use crate::base::NodeIndex;
use crate::check::rule_set::{Parameter, RawColumn};

/// A direct child, as a formula sees it.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) id: String,
    pub(crate) node: NodeIndex,
    /// Whether it has a raw value, being an indicator.
    pub(crate) has_raw: bool,
}

/// The names a formula can use.
pub(crate) struct Scope<'a> {
    /// The direct children, sorted by id; none for a one-line expression.
    pub(crate) children: Vec<Child>,
    /// The raw columns; only for a one-line expression.
    pub(crate) columns: Option<&'a [RawColumn]>,
    pub(crate) parameters: &'a [Parameter],
    /// All ids of the tree with their parents' ids, for messages.
    pub(crate) elsewhere: &'a [(String, String)],
    pub(crate) year: u16,
}

impl Scope<'_> {
    pub(crate) fn child(&self, id: &str) -> Option<&Child> {
        self.children.iter().find(|child| child.id == id)
    }

    pub(crate) fn column(&self, id: &str) -> Option<usize> {
        self.columns?.iter().position(|column| column.id == id)
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
