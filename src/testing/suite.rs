//! What a rule set is expected to give, as its test files say.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{RuleSetName, SourceMap, Sourced, Span, Text};

/// All cases of a rule set.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The rule set.
    pub name: RuleSetName,
    /// The cases, in the order of files and ids.
    pub cases: Vec<Case>,
    /// Small wrong edits that no case notices, for a reason.
    pub survivors: Vec<Survivor>,
    /// The data files that cases read, by name.
    pub data: BTreeMap<String, Arc<[u8]>>,
    /// The test files.
    pub sources: Arc<SourceMap>,
}

/// A small wrong edit that no case notices, and why that is so.
#[derive(Clone, Debug)]
pub struct Survivor {
    /// The id of the edit, as `tanggap test --mutants` shows it.
    pub id: String,
    /// Why no case notices it.
    pub reason: Text,
    /// Where that is written.
    pub span: Span,
}

/// One region with what it is expected to score.
#[derive(Clone, Debug)]
pub struct Case {
    /// `file/id`, or `file/id[2]` where it is a row of a table.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// Why it is as it is.
    pub reason: Option<Text>,
    /// Where it is written.
    pub span: Span,
    /// What is tried out for it, as `--set` writes it.
    pub settings: Vec<Sourced<String>>,
    /// The region.
    pub input: Input,
    /// What is expected, in the order of the file.
    pub expectations: Vec<Expectation>,
    /// How far a score may lie from what is expected; `None`: equal as published.
    pub tolerance: Option<f64>,
}

/// Where the values of a case come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Raw values, by the header of their column; what is not there is missing.
    Given(BTreeMap<String, f64>),
    /// A row of a data file.
    Row {
        /// The file, beside the test file.
        file: String,
        /// The region code.
        region: String,
        /// The year, where the file has several.
        year: Option<u16>,
    },
}

/// Something that is expected of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The id of the node.
    pub node: String,
    /// What it is expected to give.
    pub what: Expected,
    /// Where that is written.
    pub span: Span,
}

/// What a node is expected to give.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// A score.
    Score(f64),
    /// No score.
    Missing,
    /// The raw value that is normalised.
    Raw(f64),
    /// A band, by id; `None`: no band.
    Band(Option<String>),
    /// An issue, by code.
    Issue(String),
}
