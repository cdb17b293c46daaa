//! The first half of a run: raw values of all rows, and what is taken over the population.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dataset::{Chunk, Dataset, NO_LINE, NumberColumn};
use crate::base::number::{clamp, mean_over_rows};
use crate::base::{CellPlace, Issue, IssueKind, NodeIndex};
use crate::calculus::{Curve, Population};
use crate::check::rule_set::{Indicator, MissingPolicy, Outside};
use crate::compile::interpreter::Inputs;
use crate::compile::{Program, StepKind};

/// The raw values of one chunk, by node; empty columns for parents.
pub(super) struct RawChunk {
    pub(super) values: Vec<NumberColumn>,
    /// Rows whose value must make the parent missing, by node.
    pub(super) failed: Vec<fixedbitset::FixedBitSet>,
    pub(super) issues: Vec<Issue>,
}

/// Raw values of a chunk, with the validity ranges applied.
pub(super) fn read_chunk(program: &Program, data: &Dataset, chunk: &Chunk) -> RawChunk {
    let rules = program.rules();
    let count = rules.nodes.len();
    let mut raw = RawChunk {
        values: vec![NumberColumn::default(); count],
        failed: vec![fixedbitset::FixedBitSet::with_capacity(chunk.rows()); count],
        issues: Vec::new(),
    };
    for step in program.steps() {
        let Some(indicator) = rules.node(step.node).indicator() else {
            continue;
        };
        let mut column = NumberColumn::missing(chunk.rows());
        for row in 0..chunk.rows() {
            if chunk.refused.contains(row) {
                continue;
            }
            let at = chunk.start + row as u32;
            let value = match &step.kind {
                StepKind::Column(source) => chunk
                    .columns
                    .get(*source)
                    .and_then(|source| source.get(row)),
                StepKind::Expression(interpreter) => {
                    let columns: Vec<Option<f64>> =
                        chunk.columns.iter().map(|column| column.get(row)).collect();
                    let inputs = Inputs {
                        children: &[],
                        columns: &columns,
                    };
                    match interpreter.run(inputs) {
                        Ok(value) => Some(value),
                        // A missing operand makes the value missing, which its policy is for.
                        Err(failure) if failure.kind == IssueKind::MissingRead => None,
                        Err(failure) => {
                            let cell = cell(data, chunk, &step.kind, row);
                            raw.issues.push(issue(at, step.node, failure).in_cell(cell));
                            None
                        }
                    }
                }
                _ => None,
            };
            let value = value.and_then(|value| {
                let cell = cell(data, chunk, &step.kind, row);
                validate(&mut raw, indicator, (step.node, cell), row, at, value)
            });
            column.set(row, value);
        }
        if let Some(slot) = raw.values.get_mut(step.node.at()) {
            *slot = column;
        }
    }
    raw
}

/// Where the raw value of a row stands in the file: its cell, or its line where an expression made it.
pub(super) fn cell(data: &Dataset, chunk: &Chunk, kind: &StepKind, row: usize) -> CellPlace {
    let line = || chunk.lines.get(row).copied().unwrap_or(NO_LINE);
    let StepKind::Column(source) = kind else {
        return CellPlace {
            line: line(),
            column: None,
        };
    };
    let own = chunk
        .value_lines
        .get(*source)
        .and_then(|lines| lines.get(row).copied());
    CellPlace {
        line: own.filter(|line| *line != NO_LINE).unwrap_or_else(line),
        column: data.raw_at.get(*source).copied().flatten(),
    }
}

/// An interpreter's failure as an issue of a row.
pub(super) fn issue(
    row: u32,
    node: NodeIndex,
    failure: crate::compile::interpreter::Failure,
) -> Issue {
    let issue = Issue::row(row, failure.kind).at(node, failure.place);
    match failure.found {
        Some(found) => issue.found(found),
        None => issue,
    }
}

fn validate(
    raw: &mut RawChunk,
    indicator: &Indicator,
    (node, cell): (NodeIndex, CellPlace),
    row: usize,
    at: u32,
    value: f64,
) -> Option<f64> {
    let Some(valid) = indicator.valid else {
        return Some(value);
    };
    if valid.value.holds(value) {
        return Some(value);
    }
    raw.issues.push(
        Issue::row(at, IssueKind::OutsideValid)
            .at(node, valid.origin)
            .found(format!("{value}"))
            .in_cell(cell),
    );
    match indicator.outside.value {
        Outside::Missing => None,
        Outside::Keep => Some(value),
        Outside::Clamp => Some(clamp(value, valid.value.low, valid.value.high)),
        Outside::Fail => {
            if let Some(failed) = raw.failed.get_mut(node.at()) {
                failed.insert(row);
            }
            None
        }
    }
}

/// What is known of each indicator before rows are scored.
#[derive(Default)]
pub(super) struct Prepared {
    /// By node; `None` for parents.
    pub(super) indicators: Vec<Option<PreparedIndicator>>,
    pub(super) issues: Vec<Issue>,
}

pub(super) struct PreparedIndicator {
    /// The map from raw value to position; `None` where the population does not carry it.
    pub(super) curve: Option<Curve>,
    pub(super) mean: Option<f64>,
    pub(super) group_means: BTreeMap<Arc<str>, f64>,
}

impl Prepared {
    pub(super) fn new(program: &Program, data: &Dataset, raw: &[RawChunk]) -> Self {
        let rules = program.rules();
        let mut prepared = Self::default();
        for node in rules.indices() {
            let Some(indicator) = rules.node(node).indicator() else {
                prepared.indicators.push(None);
                continue;
            };
            let values = || {
                let columns = raw.iter().filter_map(|chunk| chunk.values.get(node.at()));
                columns
                    .flat_map(|column| column.present().collect::<Vec<_>>())
                    .collect::<Vec<f64>>()
            };
            let population = if indicator.normalisation.asks_population(&indicator.options) {
                Population::new(values())
            } else {
                Population::default()
            };
            let high = indicator.high_is_better.is_none_or(|high| high.value);
            let curve = match indicator
                .normalisation
                .curve(&indicator.options, high, &population)
            {
                Ok(curve) => Some(curve),
                Err(kind) => {
                    let place = indicator
                        .normalisation_origin
                        .unwrap_or(rules.node(node).span);
                    prepared
                        .issues
                        .push(Issue::whole(kind).at(node, Some(place)));
                    None
                }
            };
            let policy = indicator.missing.value;
            prepared.indicators.push(Some(PreparedIndicator {
                curve,
                mean: if policy == MissingPolicy::Mean {
                    mean_over_rows(values())
                } else {
                    None
                },
                group_means: if policy == MissingPolicy::GroupMean {
                    group_means(data, raw, node)
                } else {
                    BTreeMap::new()
                },
            }));
        }
        prepared
    }
}

fn group_means(data: &Dataset, raw: &[RawChunk], node: NodeIndex) -> BTreeMap<Arc<str>, f64> {
    let mut values: BTreeMap<Arc<str>, Vec<f64>> = BTreeMap::new();
    for (chunk, raw) in data.chunks.iter().zip(raw) {
        let Some(column) = raw.values.get(node.at()) else {
            continue;
        };
        for (group, value) in chunk.groups.iter().zip(column.iter()) {
            if let (Some(group), Some(value)) = (group, value) {
                values.entry(group.clone()).or_default().push(value);
            }
        }
    }
    let means = values
        .into_iter()
        .filter_map(|(group, values)| Some((group, mean_over_rows(values)?)));
    means.collect()
}
