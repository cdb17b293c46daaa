//! The record of an output: what made it, so that anyone can make it again and compare.

use serde::{Deserialize, Serialize};

use super::ENGINE;
use crate::base::json::Once;
use crate::check::{EDITION, RuleSet};

/// What made an output. Every machine-readable output carries one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The engine and its version.
    pub engine: String,
    /// The edition of the rule language.
    pub edition: String,
    /// The rule sets, in the order in which they were used.
    pub rules: Vec<RulesRecord>,
    /// The data, where there was any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data: Option<DataRecord>,
    /// The call of the command line that made the output; empty where a program made it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub call: Vec<String>,
}

/// A rule set, by its digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesRecord {
    /// Its name.
    pub rule_set: String,
    /// The digest of what can change a score.
    pub rules_digest: String,
    /// The digest of the bytes of its files.
    pub files_digest: String,
}

/// A data file, by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecord {
    /// Its name, as the call has it.
    pub name: String,
    /// The digest of its bytes.
    pub digest: String,
}

impl Record {
    /// The record of what a rule set alone has made.
    pub fn of(rules: &RuleSet) -> Self {
        Self {
            engine: ENGINE.to_owned(),
            edition: EDITION.to_owned(),
            rules: vec![RulesRecord::of(rules)],
            data: None,
            call: Vec::new(),
        }
    }

    /// Adds the data: its name, and the digest of its bytes.
    #[must_use]
    pub fn with_data(mut self, name: &str, digest: &str) -> Self {
        self.data = Some(DataRecord {
            name: name.to_owned(),
            digest: digest.to_owned(),
        });
        self
    }
}

impl RulesRecord {
    /// The digests of a rule set.
    pub fn of(rules: &RuleSet) -> Self {
        Self {
            rule_set: rules.name.to_string(),
            rules_digest: rules.rules_digest.clone(),
            files_digest: rules.files_digest.clone(),
        }
    }
}

/// An output, read back: its record, and all it states, each with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadBack {
    /// What made it.
    pub record: Record,
    /// Place and value of everything in it but the record.
    pub figures: Vec<(String, String)>,
    /// Whether programs that people open it with keep 15 digits of a number only.
    pub keeps_15_digits: bool,
}

impl ReadBack {
    /// Whether a value of this output is the same as one of another.
    pub fn same(&self, value: &str, other: &str) -> bool {
        if value == other {
            return true;
        }
        // What stands behind the number, such as its formula.
        let parts = |text: &str| match text.split_once(' ') {
            Some((number, rest)) => (number.parse::<f64>(), rest.to_owned()),
            None => (text.parse::<f64>(), String::new()),
        };
        match (self.keeps_15_digits, parts(value), parts(other)) {
            (true, (Ok(a), behind), (Ok(b), other)) => {
                behind == other && (a - b).abs() <= 1e-14 * a.abs()
            }
            _ => false,
        }
    }
}

/// Reads a JSON document of ours back: every leaf is a figure, placed by its path. Places in rule files are none:
/// they change with a comment.
pub(super) fn read_back_json(bytes: &[u8]) -> Option<ReadBack> {
    let Once(mut document) = serde_json::from_slice(bytes).ok()?;
    let record = document.as_object_mut()?.remove("record")?;
    let mut figures = Vec::new();
    leaves(&document, String::new(), &mut figures);
    Some(ReadBack {
        record: serde_json::from_value(record).ok()?,
        figures,
        keeps_15_digits: false,
    })
}

fn leaves(value: &serde_json::Value, place: String, figures: &mut Vec<(String, String)>) {
    use serde_json::Value;
    let below = |key: &str| match place.as_str() {
        "" => key.replace('.', "\\."),
        place => format!("{place}.{}", key.replace('.', "\\.")),
    };
    match value {
        // An empty one has been emptied where the other has parts.
        Value::Object(fields) if fields.is_empty() => figures.push((place, value.to_string())),
        Value::Array(items) if items.is_empty() => figures.push((place, value.to_string())),
        Value::Object(fields) => {
            // A place is a text; under a node of that name there would be a number.
            let is_place = |(key, value): &(&String, &Value)| {
                let names_place = *key == "place" || key.ends_with("origin");
                let rule_file = |text: &str| text.contains(".toml:") || text.contains(".rhai:");
                names_place && value.as_str().is_some_and(rule_file)
            };
            for (key, value) in fields.iter().filter(|field| !is_place(field)) {
                leaves(value, below(key), figures);
            }
        }
        Value::Array(items) => {
            // A region is a better place than its position.
            for (at, item) in items.iter().enumerate() {
                let own = item.get("region").and_then(Value::as_str);
                let key = own.map_or_else(|| format!("{}", at + 1), str::to_owned);
                leaves(item, format!("{place}[{key}]"), figures);
            }
        }
        leaf => figures.push((place, leaf.to_string())),
    }
}
