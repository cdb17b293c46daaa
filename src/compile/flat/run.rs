//! Flat programs, run over a block of rows.

use super::code::{Argument, Call, Flag, Instruction, Number, Op, Path};
use super::{BLOCK_ROWS, FlatProgram};
use crate::base::{IssueKind, Span};
use crate::check::formula::{BinaryOp, Place};
use crate::compile::interpreter::Failure;
use crate::compile::meaning::{Gathered, arithmetic, compare, divides, fault, position};

/// The registers of a run, kept from block to block.
#[derive(Default)]
struct Scratch {
    numbers: Vec<Vec<f64>>,
    flags: Vec<Vec<bool>>,
    /// Rows that have an issue, or are not asked for.
    done: Vec<bool>,
    failures: Vec<(usize, Failure)>,
    gathered: Gathered,
}

impl Scratch {
    /// Room for the registers of a program, for blocks of so many rows (at most [`BLOCK_ROWS`]).
    fn of(program: &FlatProgram, rows: usize) -> Self {
        let rows = rows.min(BLOCK_ROWS);
        let mut scratch = Self {
            numbers: vec![vec![0.0; rows]; program.numbers],
            flags: vec![vec![false; rows]; program.flags],
            done: vec![true; rows],
            ..Self::default()
        };
        for (register, value) in &program.constants {
            if let Some(column) = scratch.numbers.get_mut(*register as usize) {
                column.fill(*value);
            }
        }
        for (register, value) in &program.known_flags {
            if let Some(column) = scratch.flags.get_mut(*register as usize) {
                column.fill(*value);
            }
        }
        scratch
    }

    fn number(&self, register: Number) -> &[f64] {
        self.numbers.get(register as usize).map_or(&[], |own| own)
    }

    fn flag(&self, register: Flag) -> &[bool] {
        self.flags.get(register as usize).map_or(&[], |own| own)
    }

    /// Whether a row reaches an instruction of this path.
    fn reaches(&self, path: Path, row: usize) -> bool {
        let there = match path {
            Path::Always => true,
            Path::Where(flag) => self.flag(flag).get(row).copied().unwrap_or(false),
            Path::Never => false,
        };
        there && !self.done.get(row).copied().unwrap_or(true)
    }

    fn fail(&mut self, row: usize, kind: IssueKind, place: Option<Span>) {
        if let Some(done) = self.done.get_mut(row) {
            *done = true;
        }
        let failure = Failure {
            kind,
            place,
            found: None,
        };
        self.failures.push((row, failure));
    }
}

impl FlatProgram {
    /// The values of some rows; `None` for those that are not asked for.
    ///
    /// `load` fills in what is read from a row on: the values, and which of them are missing.
    pub fn run(
        &self,
        asked: &[bool],
        mut load: impl FnMut(Place, usize, &mut [f64], &mut [bool]),
    ) -> Vec<Option<Result<f64, Failure>>> {
        let mut scratch = Scratch::of(self, asked.len());
        let mut values = Vec::with_capacity(asked.len());
        for block in asked.chunks(BLOCK_ROWS) {
            let start = values.len();
            values.extend(self.block(&mut scratch, block, |place, value, missing| {
                load(place, start, value, missing);
            }));
        }
        values
    }

    fn block(
        &self,
        scratch: &mut Scratch,
        asked: &[bool],
        mut load: impl FnMut(Place, &mut [f64], &mut [bool]),
    ) -> Vec<Option<Result<f64, Failure>>> {
        let rows = asked.len();
        scratch.failures.clear();
        scratch.done.fill(true);
        for (done, asked) in scratch.done.iter_mut().zip(asked) {
            *done = !asked;
        }
        for input in &self.inputs {
            let value = scratch.numbers.get_mut(input.value as usize);
            let missing = scratch.flags.get_mut(input.missing as usize);
            if let (Some(value), Some(missing)) = (value, missing)
                && let (Some(value), Some(missing)) =
                    (value.get_mut(..rows), missing.get_mut(..rows))
            {
                load(input.place, value, missing);
            }
        }
        for instruction in &self.instructions {
            self.step(scratch, instruction, rows);
        }
        let result = scratch.number(self.result).to_vec();
        for (row, value) in result.iter().take(rows).enumerate() {
            if !value.is_finite() && scratch.reaches(Path::Always, row) {
                scratch.fail(row, IssueKind::NotFinite, None);
            }
        }
        let mut out: Vec<_> = result
            .iter()
            .zip(asked)
            .map(|(value, asked)| asked.then_some(Ok(*value)))
            .collect();
        for (row, failure) in scratch.failures.drain(..) {
            if let Some(slot) = out.get_mut(row) {
                *slot = Some(Err(failure));
            }
        }
        out
    }

    fn step(&self, scratch: &mut Scratch, instruction: &Instruction, rows: usize) {
        let to = instruction.to as usize;
        if let Op::Require(missing) = instruction.op {
            require(scratch, missing, instruction, rows);
        } else if instruction.op.gives_flag() {
            let slot = scratch.flags.get_mut(to);
            let mut column = slot.map(std::mem::take).unwrap_or_default();
            flags(scratch, &instruction.op, &mut column);
            if let Some(slot) = scratch.flags.get_mut(to) {
                *slot = column;
            }
        } else {
            let slot = scratch.numbers.get_mut(to);
            let mut column = slot.map(std::mem::take).unwrap_or_default();
            self.numbers(scratch, instruction, &mut column, rows);
            if let Some(slot) = scratch.numbers.get_mut(to) {
                *slot = column;
            }
        }
    }

    fn numbers(
        &self,
        scratch: &mut Scratch,
        instruction: &Instruction,
        to: &mut [f64],
        rows: usize,
    ) {
        match &instruction.op {
            Op::Arithmetic(op, x, y) => {
                calculate(*op, scratch.number(*x), scratch.number(*y), to);
                check(scratch, instruction, to, rows, (*op, *y));
            }
            Op::Negate(x) => {
                for (to, x) in to.iter_mut().zip(scratch.number(*x)) {
                    *to = -x;
                }
            }
            Op::Select(by, a, b) => {
                let sides = scratch.number(*a).iter().zip(scratch.number(*b));
                for ((to, by), (a, b)) in to.iter_mut().zip(scratch.flag(*by)).zip(sides) {
                    *to = if *by { *a } else { *b };
                }
            }
            Op::AsNumber(flag) => {
                for (to, flag) in to.iter_mut().zip(scratch.flag(*flag)) {
                    *to = f64::from(u8::from(*flag));
                }
            }
            Op::At(items, position) => at(scratch, instruction, to, rows, items, *position),
            Op::Call(call) => {
                if let Some(call) = self.calls.get(*call) {
                    run_call(scratch, instruction, to, rows, call);
                }
            }
            _ => {}
        }
    }
}

/// Plain loops over slices, which the compiler makes vector instructions of.
fn calculate(op: BinaryOp, x: &[f64], y: &[f64], to: &mut [f64]) {
    fn each(x: &[f64], y: &[f64], to: &mut [f64], calculate: impl Fn(f64, f64) -> f64) {
        for ((to, x), y) in to.iter_mut().zip(x).zip(y) {
            *to = calculate(*x, *y);
        }
    }
    // The operator is known to each loop of its own.
    match op {
        BinaryOp::Add => each(x, y, to, |x, y| arithmetic(BinaryOp::Add, x, y)),
        BinaryOp::Subtract => each(x, y, to, |x, y| arithmetic(BinaryOp::Subtract, x, y)),
        BinaryOp::Multiply => each(x, y, to, |x, y| arithmetic(BinaryOp::Multiply, x, y)),
        BinaryOp::Divide => each(x, y, to, |x, y| arithmetic(BinaryOp::Divide, x, y)),
        other => each(x, y, to, |x, y| arithmetic(other, x, y)),
    }
}

/// Issues of what an operator gave.
fn check(
    scratch: &mut Scratch,
    instruction: &Instruction,
    values: &[f64],
    rows: usize,
    (op, right): (BinaryOp, Number),
) {
    let mut all = true;
    if divides(op) {
        for (value, right) in values.iter().zip(scratch.number(right)).take(rows) {
            all &= fault(op, *right, *value).is_none();
        }
    } else {
        for value in values.iter().take(rows) {
            all &= value.is_finite();
        }
    }
    if all {
        return;
    }
    for (row, value) in values.iter().take(rows).enumerate() {
        let right = scratch.number(right).get(row).copied().unwrap_or(f64::NAN);
        if let Some(kind) = fault(op, right, *value)
            && scratch.reaches(instruction.path, row)
        {
            scratch.fail(row, kind, Some(instruction.span));
        }
    }
}

fn require(scratch: &mut Scratch, missing: Flag, instruction: &Instruction, rows: usize) {
    if !scratch.flag(missing).iter().take(rows).any(|own| *own) {
        return;
    }
    for row in 0..rows {
        let missing = scratch.flag(missing).get(row).copied().unwrap_or(false);
        if missing && scratch.reaches(instruction.path, row) {
            scratch.fail(row, IssueKind::MissingRead, Some(instruction.span));
        }
    }
}

fn flags(scratch: &Scratch, op: &Op, to: &mut [bool]) {
    fn two(a: &[bool], b: &[bool], to: &mut [bool], of: impl Fn(bool, bool) -> bool) {
        for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
            *to = of(*a, *b);
        }
    }
    match op {
        Op::Compare(op, x, y) => {
            let sides = scratch.number(*x).iter().zip(scratch.number(*y));
            for (to, (x, y)) in to.iter_mut().zip(sides) {
                *to = compare(*op, *x, *y);
            }
        }
        Op::Not(a) => {
            for (to, a) in to.iter_mut().zip(scratch.flag(*a)) {
                *to = !a;
            }
        }
        Op::And(a, b) => two(scratch.flag(*a), scratch.flag(*b), to, |a, b| a & b),
        Op::Or(a, b) => two(scratch.flag(*a), scratch.flag(*b), to, |a, b| a | b),
        Op::SameFlag(a, b) => two(scratch.flag(*a), scratch.flag(*b), to, |a, b| a == b),
        Op::SelectFlag(by, a, b) => {
            let sides = scratch.flag(*a).iter().zip(scratch.flag(*b));
            for ((to, by), (a, b)) in to.iter_mut().zip(scratch.flag(*by)).zip(sides) {
                *to = if *by { *a } else { *b };
            }
        }
        _ => {}
    }
}

fn at(
    scratch: &mut Scratch,
    instruction: &Instruction,
    to: &mut [f64],
    rows: usize,
    items: &[Number],
    named: Number,
) {
    for (row, to) in to.iter_mut().enumerate().take(rows) {
        if !scratch.reaches(instruction.path, row) {
            continue;
        }
        let named = scratch.number(named).get(row);
        let at = named.and_then(|named| position(*named, items.len()));
        let item = at.and_then(|at| items.get(at));
        match item.and_then(|item| scratch.number(*item).get(row).copied()) {
            Some(item) => *to = item,
            None => scratch.fail(row, IssueKind::Position, Some(instruction.span)),
        }
    }
}

fn run_call(
    scratch: &mut Scratch,
    instruction: &Instruction,
    to: &mut [f64],
    rows: usize,
    call: &Call,
) {
    let mut gathered = std::mem::take(&mut scratch.gathered);
    for (row, to) in to.iter_mut().enumerate().take(rows) {
        if !scratch.reaches(instruction.path, row) {
            continue;
        }
        gathered.clear();
        let result = gather(scratch, call, row, &mut gathered)
            .and_then(|()| gathered.call(call.function.as_ref()));
        match result {
            Ok(value) => *to = value,
            Err(kind) => scratch.fail(row, kind, Some(instruction.span)),
        }
    }
    scratch.gathered = gathered;
}

fn gather(
    scratch: &Scratch,
    call: &Call,
    row: usize,
    gathered: &mut Gathered,
) -> Result<(), IssueKind> {
    let value = |register| scratch.number(register).get(row).copied();
    for argument in &call.arguments {
        match *argument {
            Argument::Number(register) => gathered.number(value(register).unwrap_or(f64::NAN)),
            Argument::Child {
                weight,
                score,
                missing,
            } => {
                let missing = scratch.flag(missing).get(row).copied().unwrap_or(true);
                let score = value(score).filter(|_| !missing);
                gathered.child(call.function.signature(), weight, score)?;
            }
        }
    }
    Ok(())
}
