//! The first half of a run: raw values of all rows, and what is taken over the population.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dataset::{Chunk, Dataset, NO_LINE, NumberColumn};
use crate::base::number::{self, clamp, mean_over_rows};
use crate::base::{CellPlace, Issue, IssueKind, NodeIndex};
use crate::calculus::treatment::{Treated, treat};
use crate::calculus::{Curve, Population, Statistics, Treatment};
use crate::check::formula::Place;
use crate::check::rule_set::{Indicator, MissingPolicy, Outside};
use crate::compile::interpreter::{Failure, Inputs};
use crate::compile::{Executable, Executor, Program, StepKind};

/// The raw values of one chunk, by node; empty columns for parents.
pub(super) struct RawChunk {
    pub(super) values: Vec<NumberColumn>,
    /// Rows whose value must make the parent missing, by node.
    pub(super) failed: Vec<fixedbitset::FixedBitSet>,
    pub(super) issues: Vec<Issue>,
}

/// Raw values of a chunk, with the validity ranges applied.
pub(super) fn read_chunk(
    program: &Program,
    data: &Dataset,
    chunk: &Chunk,
    executor: Executor,
) -> RawChunk {
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
        let mut computed = match &step.kind {
            StepKind::Expression(formula) => expression(formula, chunk, executor),
            _ => Vec::new(),
        };
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
                StepKind::Expression(_) => match computed.get_mut(row).and_then(Option::take) {
                    Some(Ok(value)) => Some(value),
                    Some(Err(failure)) => {
                        // A missing operand makes the value missing, which its policy is for.
                        if failure.kind != IssueKind::MissingRead {
                            let cell = cell(data, chunk, &step.kind, row);
                            raw.issues.push(issue(at, step.node, failure).in_cell(cell));
                        }
                        None
                    }
                    None => None,
                },
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

/// The values of an expression over raw columns; `None` for rows that are refused.
fn expression(
    formula: &Executable,
    chunk: &Chunk,
    executor: Executor,
) -> Vec<Option<Result<f64, Failure>>> {
    let asked: Vec<bool> = (0..chunk.rows())
        .map(|row| !chunk.refused.contains(row))
        .collect();
    if let Some(flat) = formula.flat(executor) {
        return flat.run(&asked, |place, start, values, missing| {
            let column = match place {
                Place::Column(column) => chunk.columns.get(column),
                _ => None,
            };
            match column {
                Some(column) => column.copy_to(start, values, missing),
                None => missing.fill(true),
            }
        });
    }
    let mut columns: Vec<Option<f64>> = Vec::with_capacity(chunk.columns.len());
    let rows = asked.iter().enumerate().map(|(row, asked)| {
        if !asked {
            return None;
        }
        columns.clear();
        columns.extend(chunk.columns.iter().map(|column| column.get(row)));
        Some(formula.interpreter.run(Inputs {
            children: &[],
            columns: &columns,
        }))
    });
    rows.collect()
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
pub(super) fn issue(row: u32, node: NodeIndex, failure: Failure) -> Issue {
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

/// Treats the outliers of every column whose rule says so; each changed value is an issue.
pub(super) fn treat_outliers(
    program: &Program,
    data: &Dataset,
    raw: &mut [RawChunk],
) -> (Vec<Option<Treatment>>, Vec<Issue>) {
    let rules = program.rules();
    let mut treatments = vec![None; rules.nodes.len()];
    let mut issues = Vec::new();
    for step in program.steps() {
        let node = step.node;
        let Some(indicator) = rules.node(node).indicator() else {
            continue;
        };
        let Some(rule) = indicator.treat else {
            continue;
        };
        let decided = match &indicator.frozen {
            Some(frozen) => Treated {
                treatment: frozen.treatment,
                still: false,
            },
            None => {
                let mut values = values_of(raw, node);
                values.sort_by(f64::total_cmp);
                treat(&rule.value, &values)
            }
        };
        if decided.still {
            issues.push(Issue::whole(IssueKind::StillSkewed).at(node, rule.origin));
        }
        let Some(treatment) = decided.treatment else {
            continue;
        };
        if let Treatment::Log { .. } = treatment {
            issues.push(Issue::whole(IssueKind::LogScale).at(node, rule.origin));
        }
        if let Some(slot) = treatments.get_mut(node.at()) {
            *slot = Some(treatment);
        }
        for (chunk, raw) in data.chunks.iter().zip(raw.iter_mut()) {
            let Some(column) = raw.values.get_mut(node.at()) else {
                continue;
            };
            for row in 0..column.len() {
                let Some(before) = column.get(row) else {
                    continue;
                };
                let after = treatment.apply(before);
                if number::same(before, after) {
                    continue;
                }
                column.set(row, Some(after));
                let issue = Issue::row(chunk.start + row as u32, IssueKind::Treated)
                    .at(node, rule.origin)
                    .found(format!("{before} → {after}"));
                issues.push(issue.in_cell(cell(data, chunk, &step.kind, row)));
            }
        }
    }
    (treatments, issues)
}

fn values_of(raw: &[RawChunk], node: NodeIndex) -> Vec<f64> {
    let columns = raw.iter().filter_map(|chunk| chunk.values.get(node.at()));
    columns.flat_map(|column| column.present()).collect()
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
    pub(super) statistics: Statistics,
    pub(super) group_means: BTreeMap<Arc<str>, f64>,
    /// What is done to raw values, those that a rule gives included.
    pub(super) treatment: Option<Treatment>,
}

impl Prepared {
    pub(super) fn new(
        program: &Program,
        data: &Dataset,
        raw: &[RawChunk],
        treatments: &[Option<Treatment>],
    ) -> Self {
        let rules = program.rules();
        let mut prepared = Self::default();
        for node in rules.indices() {
            let Some(indicator) = rules.node(node).indicator() else {
                prepared.indicators.push(None);
                continue;
            };
            let taken = match &indicator.frozen {
                Some(frozen) => Taken {
                    population: frozen.population.clone(),
                    group_means: frozen
                        .group_means
                        .iter()
                        .map(|(group, mean)| (group.as_str().into(), *mean))
                        .collect(),
                },
                None => Taken::over(indicator, node, data, raw),
            };
            let high = indicator.high_is_better.is_none_or(|high| high.value);
            let curve = indicator
                .normalisation
                .curve(&indicator.options, high, &taken.population);
            let curve = match curve {
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
            prepared.indicators.push(Some(PreparedIndicator {
                curve,
                statistics: *taken.population.statistics(),
                group_means: taken.group_means,
                treatment: treatments.get(node.at()).copied().flatten(),
            }));
        }
        prepared
    }
}

/// What is taken over the population of one indicator.
pub(super) struct Taken {
    pub(super) population: Population,
    pub(super) group_means: BTreeMap<Arc<str>, f64>,
}

impl Taken {
    /// What the rules of an indicator ask for, and nothing else, taken over the data.
    pub(super) fn over(
        indicator: &Indicator,
        node: NodeIndex,
        data: &Dataset,
        raw: &[RawChunk],
    ) -> Self {
        let policy = indicator.missing.value;
        Self {
            population: if indicator.asks_population() {
                Population::new(values_of(raw, node))
            } else {
                Population::default()
            },
            group_means: if policy == MissingPolicy::GroupMean {
                group_means(data, raw, node)
            } else {
                BTreeMap::new()
            },
        }
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
