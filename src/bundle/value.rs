//! What a TOML file says, with the span of every key and value.

use std::collections::BTreeMap;

use crate::base::Span;

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `{ … }` or `[table]`.
    Table(Table),
    /// `[ … ]`.
    Array(Vec<Item>),
    /// A string.
    Text(String),
    /// A number; integers that a double cannot hold exactly do not get here.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A date or time, as written.
    Date(String),
}

/// A value with its span.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The value.
    pub value: Value,
    /// Where it is written.
    pub span: Span,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the key is written.
    pub key: Span,
    /// The value.
    pub item: Item,
}

/// A table: keys in alphabetical order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The keys.
    pub entries: BTreeMap<String, Entry>,
}

impl Table {
    /// The entry of a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// The table under a key, if there is one.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.get(key).and_then(|entry| entry.item.value.as_table())
    }

    /// Whether a key is written with this very bool.
    pub fn says(&self, key: &str, expected: bool) -> bool {
        self.get(key)
            .is_some_and(|entry| entry.item.value == Value::Bool(expected))
    }
}

impl Value {
    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match self {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }
}
