//! Flat programs, run over blocks of rows: a loop over columns for each instruction.
//!
//! `instructions.rs` runs those of formulas, `steps.rs` those of the rule set, `kernels.rs` has the loops. What an
//! instruction says of the ordinary row is said over whole columns; a row that is out of the ordinary is asked about by
//! itself, by the same functions that row-by-row scoring uses.

pub(super) mod alone;
mod instructions;
mod kernels;
mod steps;

use super::dataset::{Chunk, Dataset, NumberColumn};
use super::raw::{Prepared, RawChunk, cell, issue};
use super::scores::NodeColumns;
use crate::base::{Issue, IssueKind, NodeIndex, Span};
use crate::check::formula::Place;
use crate::check::rule_set::BandValue;
use crate::compile::flat::code::{Code, Flag, Input, Instruction, Path, Source};
use crate::compile::interpreter::Failure;
use crate::compile::meaning::Gathered;
use crate::compile::{Program, StepKind};
use kernels::Side;
pub use kernels::Width;

/// About so many rows are in a block: few enough that its columns stay in cache.
const BLOCK_ROWS: usize = 512;

/// Rows in each block of so many: blocks are alike, so that none has but a few rows.
fn block_rows(rows: usize) -> usize {
    let blocks = (rows + BLOCK_ROWS / 2) / BLOCK_ROWS;
    rows.div_ceil(blocks.max(1)).max(1)
}

/// What a flag is in the rows of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Set in no row.
    #[default]
    No,
    /// Set in every row.
    All,
    /// As each row says.
    Rows,
}

/// A column of flags; `rows` counts only where the state says so.
#[derive(Clone, Default)]
struct Marks {
    state: State,
    rows: Vec<bool>,
}

impl Marks {
    fn at(&self, row: usize) -> bool {
        match self.state {
            State::No => false,
            State::All => true,
            State::Rows => self.rows.get(row).copied().unwrap_or(false),
        }
    }

    /// Writes every row out.
    fn spread(&mut self, rows: usize) {
        match self.state {
            State::Rows => return,
            State::No => self.rows.get_mut(..rows).unwrap_or(&mut []).fill(false),
            State::All => self.rows.get_mut(..rows).unwrap_or(&mut []).fill(true),
        }
        self.state = State::Rows;
    }

    fn set(&mut self, row: usize, rows: usize) {
        if self.state == State::All {
            return;
        }
        self.spread(rows);
        if let Some(slot) = self.rows.get_mut(row) {
            *slot = true;
        }
    }

    fn copy(&mut self, other: &Marks, rows: usize) {
        self.state = other.state;
        if other.state == State::Rows
            && let (Some(to), Some(from)) = (self.rows.get_mut(..rows), other.rows.get(..rows))
        {
            to.copy_from_slice(from);
        }
    }
}

/// The columns of a program's own, kept from block to block and from run to run.
#[derive(Default)]
pub(super) struct Scratch {
    numbers: Vec<Vec<f64>>,
    flags: Vec<Marks>,
    /// Rows that are not scored.
    over: Marks,
    gathered: Gathered,
}

impl Scratch {
    /// Makes room for a program.
    pub(super) fn fit(&mut self, code: &Code, rows: usize) {
        let rows = block_rows(rows);
        self.numbers
            .resize_with(code.registers.max(self.numbers.len()), Vec::new);
        for column in &mut self.numbers {
            if column.len() < rows {
                column.resize(rows, 0.0);
            }
        }
        self.flags
            .resize_with(code.flags.max(self.flags.len()), Marks::default);
        for marks in self.flags.iter_mut().chain([&mut self.over]) {
            if marks.rows.len() < rows {
                marks.rows.resize(rows, false);
            }
        }
    }
}

/// What stays the same while the rows of a chunk are scored.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) program: &'a Program,
    pub(super) prepared: &'a Prepared,
    pub(super) chunk: &'a Chunk,
    pub(super) width: Width,
}

/// A failure of a row, at a node.
pub(super) struct Failed {
    pub(super) row: usize,
    pub(super) node: NodeIndex,
    pub(super) failure: Failure,
}

/// A program over a block of rows.
pub(super) struct Run<'a> {
    pub(super) setting: Setting<'a>,
    pub(super) code: &'a Code,
    /// The columns that are read, by input.
    pub(super) inputs: &'a [&'a NumberColumn],
    pub(super) scratch: &'a mut Scratch,
    /// Where the block begins in the chunk.
    pub(super) start: usize,
    pub(super) rows: usize,
    /// Whether every value is taken to be there, and the first issue ends the run.
    pub(super) whole: bool,
    /// Whether it has ended so.
    pub(super) ended: bool,
    pub(super) failed: Vec<Failed>,
    /// Where the figures of nodes go.
    pub(super) found: Option<&'a mut NodeColumns>,
}

impl<'a> Run<'a> {
    /// Runs the instructions. Of a program for whole rows, whether it has come to its end.
    pub(super) fn run(&mut self) -> bool {
        let code = self.code;
        for (flag, value) in &code.known_flags {
            self.marks(*flag).state = if *value { State::All } else { State::No };
        }
        for instruction in &code.instructions {
            self.instruction(instruction);
            if self.ended {
                return false;
            }
        }
        true
    }

    /// The result of the run.
    fn result(&self) -> Side<'_> {
        self.number(self.code.result)
    }

    /// Whether a row has no result.
    pub(super) fn is_done(&self, row: usize) -> bool {
        self.flag(self.code.done).at(row)
    }

    /// Says which rows are not scored.
    pub(super) fn pass_over(&mut self, over: impl Fn(usize) -> bool) {
        let rows = self.rows;
        let marks = &mut self.scratch.over;
        marks.state = State::No;
        for row in 0..rows {
            if over(row) {
                marks.set(row, rows);
            }
        }
    }

    /// The rows that are not scored are those that a formula of its own is not asked for.
    pub(super) fn ask(&mut self) {
        let over = std::mem::take(&mut self.scratch.over);
        let rows = self.rows;
        let done = self.code.done;
        self.marks(done).copy(&over, rows);
        self.scratch.over = over;
    }

    /// Reads which inputs are missing.
    pub(super) fn read_missing(&mut self) {
        let columns = self.inputs;
        let (start, rows) = (self.start, self.rows);
        for (input, column) in self.code.inputs.iter().zip(columns) {
            let marks = self.marks(input.missing);
            marks.state = State::No;
            if !column.is_whole()
                && let Some(to) = marks.rows.get_mut(..rows)
                && column.missing_to(start, to)
            {
                marks.state = State::Rows;
            }
        }
    }

    /// Reads which inputs are invalid in a way that fails.
    pub(super) fn read_invalid(&mut self, invalid: impl Fn(usize, usize) -> bool) {
        let (start, rows) = (self.start, self.rows);
        for (at, input) in self.code.inputs.iter().enumerate() {
            let Some(flag) = input.invalid else {
                continue;
            };
            let marks = self.marks(flag);
            marks.state = State::No;
            for row in 0..rows {
                if invalid(at, start + row) {
                    marks.set(row, rows);
                }
            }
        }
    }

    #[allow(clippy::indexing_slicing)]
    fn marks(&mut self, flag: Flag) -> &mut Marks {
        // INVARIANT: `Scratch::fit` has made room for every flag of the program.
        &mut self.scratch.flags[flag as usize]
    }

    #[allow(clippy::indexing_slicing)]
    fn flag(&self, flag: Flag) -> &Marks {
        // INVARIANT: as above.
        &self.scratch.flags[flag as usize]
    }

    fn number(&self, source: Source) -> Side<'_> {
        match source {
            Source::Constant(value) => Side::Constant(value),
            Source::Register(register) => {
                let column = self.scratch.numbers.get(register as usize);
                Side::Column(column.and_then(|own| own.get(..self.rows)).unwrap_or(&[]))
            }
            Source::Input(input) => Side::Column(self.input(input)),
        }
    }

    fn input(&self, input: u32) -> &[f64] {
        let column = self.inputs.get(input as usize);
        let rows = column.and_then(|own| own.values().get(self.start..self.start + self.rows));
        rows.unwrap_or(&[])
    }

    /// Whether the values of a source are of a size that columns calculate with.
    fn is_plain(&self, source: Source) -> bool {
        match source {
            Source::Input(input) => self
                .inputs
                .get(input as usize)
                .is_some_and(|column| column.is_plain()),
            _ => false,
        }
    }

    /// Fills a register.
    fn give(&mut self, to: Option<u32>, fill: impl FnOnce(&Self, &mut [f64])) {
        let Some(register) = to else {
            return;
        };
        let slot = self.scratch.numbers.get_mut(register as usize);
        let mut column = slot.map(std::mem::take).unwrap_or_default();
        fill(self, column.get_mut(..self.rows).unwrap_or(&mut []));
        if let Some(slot) = self.scratch.numbers.get_mut(register as usize) {
            *slot = column;
        }
    }

    /// Fills a register, and says what it found.
    fn give_checked(
        &mut self,
        to: Option<u32>,
        fill: impl FnOnce(&Self, &mut [f64]) -> bool,
    ) -> bool {
        let mut found = false;
        self.give(to, |own, column| found = fill(own, column));
        found
    }

    /// The number of a row in a register.
    fn given(&self, to: Option<u32>, row: usize) -> f64 {
        to.map_or(0.0, |to| self.number(Source::Register(to)).at(row))
    }

    fn set_given(&mut self, to: Option<u32>, row: usize, value: f64) {
        let column = to.and_then(|to| self.scratch.numbers.get_mut(to as usize));
        if let Some(slot) = column.and_then(|column| column.get_mut(row)) {
            *slot = value;
        }
    }

    /// Whether a row reaches an instruction.
    fn reaches(&self, instruction: &Instruction<Source>, row: usize) -> bool {
        let there = match instruction.path {
            Path::Always => true,
            Path::Where(flag) => self.flag(flag).at(row),
            Path::Never => false,
        };
        there
            && match instruction.done {
                Some(done) => !self.flag(done).at(row),
                None => !self.scratch.over.at(row),
            }
    }

    /// A row of the formula of an instruction has an issue.
    fn fail(
        &mut self,
        instruction: &Instruction<Source>,
        row: usize,
        kind: IssueKind,
        place: Option<Span>,
    ) {
        let failure = Failure {
            kind,
            place,
            found: None,
        };
        self.fail_with(instruction, row, failure);
    }

    fn fail_with(&mut self, instruction: &Instruction<Source>, row: usize, failure: Failure) {
        let rows = self.rows;
        if let Some(done) = instruction.done {
            self.marks(done).set(row, rows);
        }
        self.report(instruction.node, row, failure);
    }

    fn report(&mut self, node: NodeIndex, row: usize, failure: Failure) {
        if self.whole {
            self.ended = true;
            return;
        }
        self.failed.push(Failed {
            row: self.start + row,
            node,
            failure,
        });
    }
}

/// Scores one chunk: every figure of every node.
pub(super) fn score_chunk(
    setting: Setting<'_>,
    data: &Dataset,
    year: Option<u16>,
    raw: &RawChunk<'_>,
) -> NodeColumns {
    let rows = setting.chunk.rows();
    let rules = setting.program.rules();
    let mut found = NodeColumns {
        scores: vec![NumberColumn::missing(rows); rules.nodes.len()],
        raw: rules
            .nodes
            .iter()
            .map(|node| match node.indicator() {
                Some(_) => NumberColumn::missing(rows),
                None => NumberColumn::default(),
            })
            .collect(),
        decisions: vec![Vec::new(); rules.nodes.len()],
        issues: Vec::new(),
    };
    let mut scratch = Scratch::default();
    let code = &setting.program.flat().general;
    scratch.fit(code, rows);
    let inputs = observed(code, raw);
    let mut start = 0;
    while start < rows {
        let block = block_rows(rows).min(rows - start);
        let failed = general(
            setting,
            year,
            raw,
            &inputs,
            (start, block),
            &mut scratch,
            Some(&mut found),
        )
        .0;
        found.issues.extend(
            failed
                .into_iter()
                .map(|failed| to_issue(setting, data, failed)),
        );
        start += block;
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

/// Runs the general program over a block: what has failed, and the scores of the index.
fn general<'a>(
    setting: Setting<'a>,
    year: Option<u16>,
    raw: &RawChunk<'_>,
    inputs: &'a [&'a NumberColumn],
    (start, rows): (usize, usize),
    scratch: &'a mut Scratch,
    found: Option<&'a mut NodeColumns>,
) -> (Vec<Failed>, Vec<Option<f64>>) {
    let code = &setting.program.flat().general;
    let mut run = Run {
        setting,
        code,
        inputs,
        scratch,
        start,
        rows,
        whole: false,
        ended: false,
        failed: Vec::new(),
        found,
    };
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
    let index = (0..rows)
        .map(|row| (!run.is_done(row) && !run.scratch.over.at(row)).then(|| run.result().at(row)))
        .collect();
    (run.failed, index)
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
pub(super) fn node_of(input: &Input) -> Option<NodeIndex> {
    match input.place {
        Place::Raw(node) => Some(node),
        _ => None,
    }
}

/// Whether a row of the data is of a year, or of none.
pub(super) fn is_of_year(data: &Dataset, row: u32, asked: Option<u16>) -> bool {
    let at = data.chunks.partition_point(|chunk| chunk.start <= row);
    let chunk = at.checked_sub(1).and_then(|at| data.chunks.get(at));
    let year = chunk.and_then(|chunk| chunk.years.get((row - chunk.start) as usize)?.as_ref());
    asked.is_none() || year.is_none() || year.copied() == asked
}

/// The index of the rows of a chunk, and how many bands each reaches; rows without an index are listed.
///
/// Blocks of which every value is there run the program for such rows, as long as that comes to its end.
pub(super) fn index_of_chunk(
    setting: Setting<'_>,
    data: &Dataset,
    (year, raw): (Option<u16>, &RawChunk<'_>),
    scratch: &mut Scratch,
    (values, reached): (&mut [f64], &mut [u16]),
    (missing, issues): (&mut Vec<u32>, &mut Vec<Issue>),
) {
    let flat = setting.program.flat();
    let rows = setting.chunk.rows();
    scratch.fit(&flat.whole, rows);
    let inputs = observed(&flat.whole, raw);
    let plain = inputs.iter().all(|column| column.is_plain());
    let all_there = plain && inputs.iter().all(|column| column.is_whole());
    let all_scored =
        setting.chunk.refused.is_clear() && (year.is_none() || setting.chunk.years.is_empty());
    let block = block_rows(rows);
    let blocks = values.chunks_mut(block).zip(reached.chunks_mut(block));
    for (at, (values, reached)) in blocks.enumerate() {
        let (start, rows) = (at * block, values.len());
        let there = || inputs.iter().all(|column| column.is_whole_in(start, rows));
        let done = plain && (all_there || there()) && {
            let mut run = Run {
                setting,
                code: &flat.whole,
                inputs: &inputs,
                scratch,
                start,
                rows,
                whole: true,
                ended: false,
                failed: Vec::new(),
                found: None,
            };
            if all_scored {
                run.scratch.over.state = State::No;
            } else {
                run.pass_over(|row| setting.passes_over(year, start + row));
            }
            let done = run.run();
            if done {
                kernels::copy(values, run.result());
                for row in (0..rows).filter(|_| !all_scored) {
                    if run.scratch.over.at(row) {
                        missing.push(setting.chunk.start + (start + row) as u32);
                    }
                }
            }
            done
        };
        if !done {
            scratch.fit(&flat.general, setting.chunk.rows());
            let inputs = observed(&flat.general, raw);
            let (failed, index) =
                general(setting, year, raw, &inputs, (start, rows), scratch, None);
            issues.extend(
                failed
                    .into_iter()
                    .map(|failed| to_issue(setting, data, failed)),
            );
            for (row, (index, value)) in index.into_iter().zip(values.iter_mut()).enumerate() {
                match index {
                    Some(index) => *value = index,
                    None => missing.push(setting.chunk.start + (start + row) as u32),
                }
            }
        }
        let below = setting.bands(values, reached);
        if below && !setting.program.rules().bands.is_empty() {
            for (row, reached) in reached.iter().enumerate() {
                let row = setting.chunk.start + (start + row) as u32;
                if *reached == 0 && missing.binary_search(&row).is_err() {
                    let issue = Issue::row(row, IssueKind::BelowBands);
                    issues.push(issue.at(NodeIndex::ROOT, None));
                }
            }
        }
    }
}

impl Setting<'_> {
    /// How many bands each value reaches; whether one reaches none.
    fn bands(&self, values: &[f64], reached: &mut [u16]) -> bool {
        let rules = self.program.rules();
        let bands = rules.bands.iter();
        let bounds: Vec<(f64, bool)> = bands
            .map(|band| (band.bound.value, band.inclusive))
            .collect();
        match rules.band_value.value {
            BandValue::Exact => kernels::bands(self.width, reached, values, &bounds),
            BandValue::Published => {
                let published: Vec<f64> =
                    values.iter().map(|value| rules.published(*value)).collect();
                kernels::bands(self.width, reached, &published, &bounds)
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
pub(super) fn expression(
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
    let mut scratch = Scratch::default();
    scratch.fit(code, chunk.rows());
    let mut values = Vec::with_capacity(chunk.rows());
    while values.len() < chunk.rows() {
        let start = values.len();
        let mut run = Run {
            setting: Setting {
                program,
                prepared: &prepared,
                chunk,
                width,
            },
            code,
            inputs: &inputs,
            scratch: &mut scratch,
            start,
            rows: block_rows(chunk.rows()).min(chunk.rows() - start),
            whole: false,
            ended: false,
            failed: Vec::new(),
            found: None,
        };
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
