//! Flat programs, run over blocks of rows: a loop over columns for each instruction.
//!
//! `chunks.rs` takes chunks of data through them in blocks; `instructions.rs` runs those of formulas, `steps.rs` those of
//! the rule set, `kernels/` has the loops; `alone.rs` runs one row. What an
//! instruction says of the ordinary row is said over whole columns; a row that is out of the ordinary is asked about by
//! itself, by the same functions that row-by-row scoring uses.

pub(super) mod alone;
mod chunks;
mod instructions;
mod kernels;
mod steps;

use super::raw::Prepared;
use super::scores::NodeColumns;
use crate::base::{IssueKind, NodeIndex, Span};
use crate::compile::Program;
use crate::compile::flat::code::{Code, Flag, Instruction, Path, Source};
use crate::compile::interpreter::Failure;
use crate::compile::meaning::Gathered;
use crate::data::dataset::{Chunk, NumberColumn};
pub(super) use chunks::{Found, expression, index_of_chunk, is_of_year, node_of, score_chunk};
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
struct Failed {
    row: usize,
    node: NodeIndex,
    failure: Failure,
}

/// A program over a block of rows.
struct Run<'a> {
    setting: Setting<'a>,
    code: &'a Code,
    /// The columns that are read, by input.
    inputs: &'a [&'a NumberColumn],
    scratch: &'a mut Scratch,
    /// Where the block begins in the chunk.
    start: usize,
    rows: usize,
    /// Whether every value is taken to be there, and the first issue ends the run.
    whole: bool,
    /// Whether it has ended so.
    ended: bool,
    failed: Vec<Failed>,
    /// Where the figures of nodes go.
    found: Option<&'a mut NodeColumns>,
}

impl<'a> Run<'a> {
    /// A run over so many rows from one on.
    fn new(
        setting: Setting<'a>,
        code: &'a Code,
        inputs: &'a [&'a NumberColumn],
        scratch: &'a mut Scratch,
        (start, rows): (usize, usize),
    ) -> Self {
        Self {
            setting,
            code,
            inputs,
            scratch,
            start,
            rows,
            whole: false,
            ended: false,
            failed: Vec::new(),
            found: None,
        }
    }

    /// Runs the instructions. Of a program for whole rows, whether it has come to its end.
    fn run(&mut self) -> bool {
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
    fn is_done(&self, row: usize) -> bool {
        self.flag(self.code.done).at(row)
    }

    /// Says which rows are not scored.
    fn pass_over(&mut self, over: impl Fn(usize) -> bool) {
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
    fn ask(&mut self) {
        let over = std::mem::take(&mut self.scratch.over);
        let rows = self.rows;
        let done = self.code.done;
        self.marks(done).copy(&over, rows);
        self.scratch.over = over;
    }

    /// Reads which inputs are missing.
    fn read_missing(&mut self) {
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
    fn read_invalid(&mut self, invalid: impl Fn(usize, usize) -> bool) {
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
    fn in_fast_range(&self, source: Source) -> bool {
        match source {
            Source::Input(input) => self
                .inputs
                .get(input as usize)
                .is_some_and(|column| column.in_fast_range()),
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
