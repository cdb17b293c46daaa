//! Formulas as flat programs over columns, with the same bits and the same issues as the interpreter.
//!
//! A checked formula is partially evaluated (`unroll.rs`, over what `partial.rs` knows): loops unroll, what is known at load folds, own functions
//! are written out where they are called, equal parts are shared, and branches become selections. What is left is a
//! list of instructions (`code.rs`) that run over blocks of rows (`run.rs`). An instruction that can raise an issue
//! knows the rows that reach it; the first issue of a row, in the order of the instructions, is its issue, as in the
//! interpreter. What cannot be said so stays with the [interpreter](super::interpreter), with the reason.

mod code;
mod partial;
mod run;
mod unroll;

pub use partial::Kept;

use code::{Call, Flag, Input, Instruction, Number};

/// Rows in a block: few enough that its columns stay in cache.
const BLOCK_ROWS: usize = 256;
/// The most instructions of a program: more would not be faster than what they replace.
const LONGEST: usize = 8192;

/// A formula as a flat program.
#[derive(Default)]
pub struct FlatProgram {
    instructions: Vec<Instruction>,
    calls: Vec<Call>,
    inputs: Vec<Input>,
    constants: Vec<(Number, f64)>,
    known_flags: Vec<(Flag, bool)>,
    numbers: usize,
    flags: usize,
    result: Number,
}

impl FlatProgram {
    /// How many instructions it has.
    pub fn instructions(&self) -> usize {
        self.instructions.len()
    }
}
