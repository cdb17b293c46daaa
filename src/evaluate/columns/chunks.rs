//! Chunks of data through the programs, block by block.

use super::kernels;
use super::{Failed, Run, Scratch, Setting, Width, block_rows};
use crate::base::{Issue, IssueKind, NodeIndex};
use crate::check::formula::Place;
use crate::compile::flat::code::{Code, Input};
use crate::compile::interpreter::Failure;
use crate::compile::{Program, StepKind};
use crate::data::dataset::{Chunk, Dataset, NumberColumn};
use crate::evaluate::raw::{Prepared, RawChunk, cell, issue};
use crate::evaluate::scores::NodeColumns;

/// Scores one chunk: every figure of every node.
pub(in crate::evaluate) fn score_chunk(
    setting: Setting<'_>,
    data: &Dataset,
    year: Option<u16>,
    raw: &RawChunk<'_>,
) -> NodeColumns {
    let rows = setting.chunk.rows();
    let rules = setting.program.rules();
    let mut found = NodeColumns {
        scores: vec![NumberColumn::default(); rules.nodes.len()],
        raw: vec![NumberColumn::default(); rules.nodes.len()],
        decisions: vec![Vec::new(); rules.nodes.len()],
        issues: Vec::new(),
    };
    let mut scratch = Scratch::default();
    let code = &setting.program.flat().general;
    scratch.fit(code, rows);
    let inputs = observed(code, raw);
    let mut start = 0;
    while start < rows {
        let block = (start, block_rows(rows).min(rows - start));
        let columns = Some(&mut found);
        let failed = general(setting, year, raw, &inputs, block, &mut scratch, columns).failed;
        let issues = failed.into_iter().map(|own| to_issue(setting, data, own));
        found.issues.extend(issues);
        start += block.1;
    }
    for (own, (scores, raw)) in rules
        .nodes
        .iter()
        .zip(found.scores.iter_mut().zip(&mut found.raw))
    {
        scores.fill_up(rows);
        if own.indicator().is_some() {
            raw.fill_up(rows);
        }
    }
    found
}

/// The observed columns that a program reads, by input.
fn observed<'a>(code: &Code, raw: &'a RawChunk<'_>) -> Vec<&'a NumberColumn> {
    let columns = code.inputs.iter().filter_map(|input| match input.place {
        Place::Raw(node) => raw.values.get(node.at()).map(|column| &**column),
        _ => None,
    });
    columns.collect()
}

/// Runs the general program over a block.
fn general<'a>(
    setting: Setting<'a>,
    year: Option<u16>,
    raw: &RawChunk<'_>,
    inputs: &'a [&'a NumberColumn],
    (start, rows): (usize, usize),
    scratch: &'a mut Scratch,
    found: Option<&'a mut NodeColumns>,
) -> Run<'a> {
    let code = &setting.program.flat().general;
    let mut run = Run::new(setting, code, inputs, scratch, (start, rows));
    run.found = found;
    run.pass_over(|row| setting.passes_over(year, start + row));
    run.read_missing();
    run.read_invalid(|input, row| {
        let place = code.inputs.get(input).map(|input| input.place);
        match place {
            Some(Place::Raw(node)) => raw
                .failed
                .get(node.at())
                .is_some_and(|failed| failed.contains(row)),
            _ => false,
        }
    });
    run.run();
    run
}

/// What has failed, as an issue: one of a raw column says in which cell.
fn to_issue(setting: Setting<'_>, data: &Dataset, failed: Failed) -> Issue {
    let row = setting.chunk.start + failed.row as u32;
    let issue = issue(row, failed.node, failed.failure);
    match setting.program.step(failed.node).map(|step| &step.kind) {
        Some(kind @ StepKind::Column(_)) => {
            issue.in_cell(cell(data, setting.chunk, kind, failed.row))
        }
        _ => issue,
    }
}

/// The indicator that an input is the observed value of.
pub(in crate::evaluate) fn node_of(input: &Input) -> Option<NodeIndex> {
    match input.place {
        Place::Raw(node) => Some(node),
        _ => None,
    }
}

/// Whether a row of the data is of a year, or of none.
pub(in crate::evaluate) fn is_of_year(data: &Dataset, row: u32, asked: Option<u16>) -> bool {
    let at = data.chunks.partition_point(|chunk| chunk.start <= row);
    let chunk = at.checked_sub(1).and_then(|at| data.chunks.get(at));
    let year = chunk.and_then(|chunk| chunk.years.get((row - chunk.start) as usize)?.as_ref());
    asked.is_none() || year.is_none() || year.copied() == asked
}

/// What the scoring of a chunk has found.
#[derive(Default)]
pub(in crate::evaluate) struct Found {
    /// Rows without an index, ascending.
    pub(in crate::evaluate) missing: Vec<u32>,
    pub(in crate::evaluate) issues: Vec<Issue>,
}

/// The index of the rows of a chunk, and how many bands each reaches.
///
/// Blocks of which every value is there run the program for such rows, as long as that comes to its end.
pub(in crate::evaluate) fn index_of_chunk(
    setting: Setting<'_>,
    data: &Dataset,
    year: Option<u16>,
    raw: &RawChunk<'_>,
    scratch: &mut Scratch,
    values: &mut [f64],
    reached: &mut [u16],
) -> Found {
    let flat = setting.program.flat();
    let rows = setting.chunk.rows();
    let block = block_rows(rows);
    scratch.fit(&flat.whole, rows);
    let inputs = observed(&flat.whole, raw);
    let plain = inputs.iter().all(|column| column.in_fast_range());
    let all_there = inputs.iter().all(|column| column.is_whole());
    let all_scored =
        setting.chunk.refused.is_clear() && (year.is_none() || setting.chunk.years.is_empty());
    let mut found = Found::default();
    let blocks = values.chunks_mut(block).zip(reached.chunks_mut(block));
    for (at, (values, reached)) in blocks.enumerate() {
        let (start, rows) = (at * block, values.len());
        let first = setting.chunk.start + start as u32;
        let there = || inputs.iter().all(|column| column.is_whole_in(start, rows));
        let mut done = false;
        if plain && (all_there || there()) {
            let mut run = Run::new(setting, &flat.whole, &inputs, scratch, (start, rows));
            run.whole = true;
            run.pass_over(|row| !all_scored && setting.passes_over(year, start + row));
            done = run.run();
            if done {
                kernels::copy(values, run.result());
                let over = (0..rows).filter(|row| !all_scored && run.scratch.over.at(*row));
                found.missing.extend(over.map(|row| first + row as u32));
            }
        }
        if !done {
            scratch.fit(&flat.general, setting.chunk.rows());
            let inputs = observed(&flat.general, raw);
            let run = general(setting, year, raw, &inputs, (start, rows), scratch, None);
            for (row, value) in values.iter_mut().enumerate() {
                if run.is_done(row) || run.scratch.over.at(row) {
                    found.missing.push(first + row as u32);
                } else {
                    *value = run.result().at(row);
                }
            }
            let issues = run.failed.into_iter();
            found
                .issues
                .extend(issues.map(|failed| to_issue(setting, data, failed)));
        }
        let below = setting.bands(values, reached);
        if below && !setting.program.rules().bands.is_empty() {
            for (row, reached) in (first..).zip(reached.iter()) {
                if *reached == 0 && found.missing.binary_search(&row).is_err() {
                    let issue = Issue::row(row, IssueKind::BelowBands);
                    found.issues.push(issue.at(NodeIndex::ROOT, None));
                }
            }
        }
    }
    found
}

impl Setting<'_> {
    /// How many bands each value reaches; whether one reaches none.
    fn bands(&self, values: &[f64], reached: &mut [u16]) -> bool {
        let decisions = self.program.decisions();
        let edges = &decisions.edges;
        match decisions.published {
            None => kernels::bands(self.width, reached, values, edges),
            Some(precision) => {
                let published: Vec<f64> =
                    values.iter().map(|value| precision.round(*value)).collect();
                kernels::bands(self.width, reached, &published, edges)
            }
        }
    }

    /// Whether a row is not scored: it is at fault, or of another year.
    fn passes_over(&self, asked: Option<u16>, row: usize) -> bool {
        let year = self.chunk.years.get(row).copied().flatten();
        let other = asked.is_some() && year.is_some() && year != asked;
        other || self.chunk.refused.contains(row)
    }
}

/// The values of an expression over raw columns; `None` for rows that are refused.
pub(in crate::evaluate) fn expression(
    code: &Code,
    program: &Program,
    chunk: &Chunk,
    width: Width,
) -> Vec<Option<Result<f64, Failure>>> {
    let prepared = Prepared::default();
    let missing = NumberColumn::missing(chunk.rows());
    let inputs: Vec<&NumberColumn> = code
        .inputs
        .iter()
        .map(|input| match input.place {
            Place::Column(column) => chunk
                .columns
                .get(column)
                .filter(|own| own.len() == chunk.rows())
                .unwrap_or(&missing),
            _ => &missing,
        })
        .collect();
    let setting = Setting {
        program,
        prepared: &prepared,
        chunk,
        width,
    };
    let mut scratch = Scratch::default();
    scratch.fit(code, chunk.rows());
    let mut values = Vec::with_capacity(chunk.rows());
    while values.len() < chunk.rows() {
        let start = values.len();
        let block = block_rows(chunk.rows()).min(chunk.rows() - start);
        let mut run = Run::new(setting, code, &inputs, &mut scratch, (start, block));
        run.pass_over(|row| chunk.refused.contains(start + row));
        run.ask();
        run.read_missing();
        run.run();
        for row in 0..run.rows {
            let value = run.result().at(row);
            let result = if value.is_finite() {
                Ok(value)
            } else {
                Err(Failure {
                    kind: IssueKind::NotFinite,
                    place: None,
                    found: None,
                })
            };
            values.push((!run.scratch.over.at(row)).then_some(result));
        }
        for failed in run.failed {
            if let Some(slot) = values.get_mut(failed.row) {
                *slot = Some(Err(failed.failure));
            }
        }
    }
    values
}
