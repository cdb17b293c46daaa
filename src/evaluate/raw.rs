//! The first half of a run: raw values of all rows, and what is taken over the population.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::columns::{self, Width};
use crate::base::number::{self, RawValues, clamp, mean_over_rows};
use crate::base::{CellPlace, Issue, IssueKind, NodeIndex};
use crate::calculus::treatment::{Treated, treat};
use crate::calculus::{Curve, Population, Statistics, Treatment};
use crate::check::rule_set::{Indicator, MissingPolicy, Outside};
use crate::compile::flat::line::Line;
use crate::compile::interpreter::{Failure, Inputs, Interpreter};
use crate::compile::{Executor, Program, StepKind};
use crate::data::dataset::{Chunk, Dataset, NO_LINE, NumberColumn};

static NO_COLUMN: NumberColumn = NumberColumn::NONE;

/// The raw values of one chunk, by node; empty columns for parents.
pub(super) struct RawChunk<'a> {
    pub(super) values: Vec<Cow<'a, NumberColumn>>,
    /// Rows whose value must make the parent missing, by node, as far as there are any.
    pub(super) failed: Vec<FixedBitSet>,
    pub(super) issues: Vec<Issue>,
}

/// Raw values of a chunk, with the validity ranges applied: column by column, or row by row with the interpreter.
pub(super) fn read_chunk<'a>(
    program: &Program,
    data: &Dataset,
    chunk: &'a Chunk,
    executor: Executor,
    width: Width,
) -> RawChunk<'a> {
    let rules = program.rules();
    let count = rules.nodes.len();
    let mut raw = RawChunk {
        values: vec![Cow::Borrowed(&NO_COLUMN); count],
        failed: Vec::new(),
        issues: Vec::new(),
    };
    for step in program.steps() {
        let Some(indicator) = rules.node(step.node).indicator() else {
            continue;
        };
        let mut column = match &step.kind {
            StepKind::Column(source) => refused_left_out(chunk, *source),
            StepKind::Expression(formula) => {
                let values = match (&formula.code, executor) {
                    (Some(code), Executor::Compiled) => {
                        columns::expression(code, program, chunk, width)
                    }
                    _ => interpreted(&formula.interpreter, chunk),
                };
                let mut column = NumberColumn::missing(chunk.rows());
                for (row, value) in values.into_iter().enumerate() {
                    match value {
                        Some(Ok(value)) => column.set(row, Some(value)),
                        // A missing operand makes the value missing, which its policy is for.
                        Some(Err(failure)) if failure.kind != IssueKind::MissingRead => {
                            let cell = cell(data, chunk, &step.kind, row);
                            let at = chunk.start + row as u32;
                            raw.issues.push(issue(at, step.node, failure).in_cell(cell));
                        }
                        _ => {}
                    }
                }
                Cow::Owned(column)
            }
            _ => continue,
        };
        if indicator.valid.is_some() {
            let outside = |value: f64| !indicator.is_valid(value);
            let rows: Vec<usize> = (0..column.len())
                .filter(|row| column.get(*row).is_some_and(outside))
                .collect();
            for row in rows {
                let at = chunk.start + row as u32;
                let cell = cell(data, chunk, &step.kind, row);
                if let Some(value) = column.get(row) {
                    let value = validate(&mut raw, indicator, (step.node, cell), row, at, value);
                    column.to_mut().set(row, value);
                }
            }
        }
        if let Some(slot) = raw.values.get_mut(step.node.at()) {
            *slot = column;
        }
    }
    raw
}

/// A raw column, without the rows that are refused.
fn refused_left_out(chunk: &Chunk, source: usize) -> Cow<'_, NumberColumn> {
    let Some(column) = chunk
        .columns
        .get(source)
        .filter(|own| own.len() == chunk.rows())
    else {
        let mut column = NumberColumn::missing(chunk.rows());
        if let Some(shorter) = chunk.columns.get(source) {
            for (row, value) in shorter.iter().enumerate().take(chunk.rows()) {
                column.set(row, value);
            }
        }
        return Cow::Owned(column);
    };
    let mut column = Cow::Borrowed(column);
    for row in chunk.refused.ones() {
        column.to_mut().remove(row);
    }
    column
}

/// The values of an expression by the interpreter; `None` for rows that are refused.
fn interpreted(interpreter: &Interpreter, chunk: &Chunk) -> Vec<Option<Result<f64, Failure>>> {
    let mut columns: Vec<Option<f64>> = Vec::with_capacity(chunk.columns.len());
    let mut session = interpreter.session();
    let rows = (0..chunk.rows()).map(|row| {
        if chunk.refused.contains(row) {
            return None;
        }
        columns.clear();
        columns.extend(chunk.columns.iter().map(|column| column.get(row)));
        Some(session.run(Inputs {
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
    raw: &mut RawChunk<'_>,
    indicator: &Indicator,
    (node, cell): (NodeIndex, CellPlace),
    row: usize,
    at: u32,
    value: f64,
) -> Option<f64> {
    let Some(valid) = indicator.valid else {
        return Some(value);
    };
    raw.issues.push(
        Issue::row(at, IssueKind::OutsideValid)
            .at(node, valid.origin)
            .found(format!("{value}"))
            .in_cell(cell),
    );
    let outside = indicator.outside.value;
    if outside == Outside::Fail {
        if raw.failed.len() <= node.at() {
            raw.failed.resize(node.at() + 1, FixedBitSet::new());
        }
        if let Some(failed) = raw.failed.get_mut(node.at()) {
            failed.grow_and_insert(row);
        }
    }
    outside.used(value, clamp(value, valid.value.low, valid.value.high))
}

/// What is done about the outliers of each column.
pub(super) struct Treatments {
    /// By node; `None` where nothing is done.
    pub(super) of: Vec<Option<Treatment>>,
    /// What there is to say of whole columns.
    pub(super) issues: Vec<Issue>,
}

impl Treatments {
    /// Decides by the values of all rows, or takes what was decided when the population was frozen.
    pub(super) fn decide(program: &Program, raw: &[RawChunk<'_>]) -> Self {
        let rules = program.rules();
        let mut treatments = Self {
            of: vec![None; rules.nodes.len()],
            issues: Vec::new(),
        };
        for node in program.steps().iter().map(|step| step.node) {
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
            let mut say = |kind| {
                let issue = Issue::whole(kind).at(node, rule.origin);
                treatments.issues.push(issue);
            };
            if decided.still {
                say(IssueKind::StillSkewed);
            }
            if let Some(Treatment::Log { .. }) = decided.treatment {
                say(IssueKind::LogScale);
            }
            if let Some(slot) = treatments.of.get_mut(node.at()) {
                *slot = decided.treatment;
            }
        }
        treatments
    }

    /// Treats the values of all rows; each changed value is an issue.
    pub(super) fn apply(
        &self,
        program: &Program,
        data: &Dataset,
        raw: &mut [RawChunk<'_>],
    ) -> Vec<Issue> {
        let chunks = data.chunks.iter().zip(raw);
        chunks
            .flat_map(|(chunk, raw)| self.apply_to(program, data, chunk, raw))
            .collect()
    }

    /// Treats the values of a chunk.
    pub(super) fn apply_to(
        &self,
        program: &Program,
        data: &Dataset,
        chunk: &Chunk,
        raw: &mut RawChunk<'_>,
    ) -> Vec<Issue> {
        let mut issues = Vec::new();
        for step in program.steps() {
            let node = step.node;
            let (Some(Some(treatment)), Some(column)) =
                (self.of.get(node.at()), raw.values.get_mut(node.at()))
            else {
                continue;
            };
            let indicator = program.rules().node(node).indicator();
            let origin = indicator.and_then(|own| own.treat.and_then(|rule| rule.origin));
            for row in 0..column.len() {
                let Some(before) = column.get(row) else {
                    continue;
                };
                let after = treatment.apply(before);
                if number::same(before, after) {
                    continue;
                }
                column.to_mut().set(row, Some(after));
                let issue = Issue::row(chunk.start + row as u32, IssueKind::Treated)
                    .at(node, origin)
                    .found(format!("{before} → {after}"));
                issues.push(issue.in_cell(cell(data, chunk, &step.kind, row)));
            }
        }
        issues
    }
}

fn values_of(raw: &[RawChunk<'_>], node: NodeIndex) -> Vec<f64> {
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
    /// The same as a straight line onto the range of scores, where it is one.
    pub(super) line: Option<Line>,
    pub(super) statistics: Statistics,
    /// What a missing value is given where its policy is the mean, and by group.
    mean: Option<f64>,
    pub(super) group_means: BTreeMap<Arc<str>, f64>,
    /// What is done to raw values, those that a rule gives included.
    pub(super) treatment: Option<Treatment>,
}

impl Prepared {
    pub(super) fn new(
        program: &Program,
        data: &Dataset,
        raw: &[RawChunk<'_>],
        treatments: &Treatments,
    ) -> Self {
        let rules = program.rules();
        let mut prepared = Self::default();
        for node in rules.indices() {
            let Some(indicator) = rules.node(node).indicator() else {
                prepared.indicators.push(None);
                continue;
            };
            let mut taken = match &indicator.frozen {
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
            let treatment = treatments.of.get(node.at()).copied().flatten();
            if let Some(Treatment::Log { .. }) = treatment {
                taken.population = taken.population.of(RawValues::Calculated);
            }
            // A mean that fills a gap ties with the values that it stands for.
            let population = taken.population.clone();
            let ranks = indicator.normalisation.asks_values();
            let filled = |mean: f64| {
                if ranks {
                    population.nearest(mean)
                } else {
                    mean
                }
            };
            let curve = match indicator.curve(&taken.population) {
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
            let line = curve
                .as_ref()
                .and_then(|curve| Line::of(rules.node(node), curve));
            prepared.indicators.push(Some(PreparedIndicator {
                curve,
                line,
                statistics: *taken.population.statistics(),
                mean: taken.population.mean().map(filled),
                group_means: taken
                    .group_means
                    .into_iter()
                    .map(|(group, mean)| (group, filled(mean)))
                    .collect(),
                treatment,
            }));
        }
        prepared
    }
}

impl PreparedIndicator {
    /// The raw value that a missing one is given, in a group; `None` where its policy gives none, or there is none.
    pub(super) fn given(&self, rule: &Indicator, group: Option<&str>) -> Option<f64> {
        match rule.missing.value {
            MissingPolicy::Value(value) => {
                let treated = self.treatment.map_or(value, |own| own.apply(value));
                Some(treated).filter(|value| value.is_finite())
            }
            MissingPolicy::Mean => self.mean,
            MissingPolicy::GroupMean => self.group_means.get(group?).copied(),
            _ => None,
        }
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
        raw: &[RawChunk<'_>],
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

fn group_means(data: &Dataset, raw: &[RawChunk<'_>], node: NodeIndex) -> BTreeMap<Arc<str>, f64> {
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
