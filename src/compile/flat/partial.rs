//! What is known of a formula while it is unrolled: values, registers, the rows that reach a part, and branches.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::code::{Flag, Input, Instruction, Number, Op, Path};
use super::{FlatProgram, LONGEST};
use crate::base::{NodeIndex, Span, Text};
use crate::calculus::Methods;
use crate::check::RuleSet;
use crate::check::formula::{Formula, Place};

/// Why a formula stays with the interpreter.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The reason.
    pub reason: Text,
    /// What keeps it there.
    pub span: Span,
}

pub(super) type Unrolled<T> = Result<T, Kept>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Num {
    Known(f64),
    At(Number),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Truth {
    Known(bool),
    At(Flag),
}

/// What an expression is, as far as it is known at load.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(Num),
    Truth(Truth),
    Text(Arc<str>),
    List(Vec<Value>),
    Child(NodeIndex),
    Children(Vec<NodeIndex>),
    /// No value, or none that any row gets to see.
    Nothing,
    /// Another text or child in some rows than in others.
    Mixed,
}

/// The local variables of a formula or function, and what it has returned so far.
pub(super) struct Frame {
    pub(super) locals: Vec<Value>,
    pub(super) result: Option<Value>,
}

impl Frame {
    pub(super) fn new(locals: usize) -> Self {
        Self {
            locals: vec![Value::Nothing; locals],
            result: None,
        }
    }
}

pub(super) struct Unroller<'a> {
    pub(super) formula: &'a Formula,
    pub(super) rules: &'a RuleSet,
    pub(super) methods: &'a Methods,
    pub(super) path: Path,
    pub(super) frame: Frame,
    pub(super) program: FlatProgram,
    pub(super) constants: HashMap<u64, Number>,
    pub(super) known_flags: HashMap<bool, Flag>,
    pub(super) inputs: BTreeMap<Place, (Number, Flag)>,
    /// Instructions that have been written, with the rows that they were written for.
    pub(super) known: HashMap<Op, (u32, Path)>,
}

pub(super) fn kept<T>(span: Span, id: &'static str, en: &'static str) -> Unrolled<T> {
    Err(Kept {
        reason: Text::new(id, en),
        span,
    })
}

pub(super) fn mixed<T>(span: Span) -> Unrolled<T> {
    kept(
        span,
        "teks, daftar atau bagian yang bergantung pada data",
        "a text, list or child that depends on the data",
    )
}

impl Unroller<'_> {
    fn new_number(&mut self) -> Number {
        self.program.numbers += 1;
        self.program.numbers as Number - 1
    }

    fn new_flag(&mut self) -> Flag {
        self.program.flags += 1;
        self.program.flags as Flag - 1
    }

    pub(super) fn number(&mut self, value: Num) -> Number {
        match value {
            Num::At(register) => register,
            Num::Known(value) => match self.constants.get(&value.to_bits()) {
                Some(known) => *known,
                None => {
                    let register = self.new_number();
                    self.constants.insert(value.to_bits(), register);
                    self.program.constants.push((register, value));
                    register
                }
            },
        }
    }

    pub(super) fn flag(&mut self, value: Truth) -> Flag {
        match value {
            Truth::At(register) => register,
            Truth::Known(value) => match self.known_flags.get(&value) {
                Some(known) => *known,
                None => {
                    let register = self.new_flag();
                    self.known_flags.insert(value, register);
                    self.program.known_flags.push((register, value));
                    register
                }
            },
        }
    }

    /// Writes an instruction, unless its result is there already.
    pub(super) fn emit(&mut self, op: Op, span: Span) -> Unrolled<u32> {
        if let Some((known, path)) = self.known.get(&op)
            && (!op.raises() || *path == Path::Always || *path == self.path)
        {
            return Ok(*known);
        }
        if self.program.instructions.len() >= LONGEST {
            return kept(
                span,
                "terlalu panjang setelah perulangannya diuraikan",
                "too long with its loops unrolled",
            );
        }
        let to = match &op {
            Op::Require(_) => 0,
            op if op.gives_flag() => self.new_flag(),
            _ => self.new_number(),
        };
        self.known.insert(op.clone(), (to, self.path));
        self.program.instructions.push(Instruction {
            op,
            to,
            path: self.path,
            span,
        });
        Ok(to)
    }

    pub(super) fn input(&mut self, place: Place) -> (Number, Flag) {
        if let Some(known) = self.inputs.get(&place) {
            return *known;
        }
        let (value, missing) = (self.new_number(), self.new_flag());
        self.program.inputs.push(Input {
            place,
            value,
            missing,
        });
        self.inputs.insert(place, (value, missing));
        (value, missing)
    }

    // Flags, folded where they are known.

    pub(super) fn not(&mut self, value: Truth, span: Span) -> Unrolled<Truth> {
        Ok(match value {
            Truth::Known(flag) => Truth::Known(!flag),
            Truth::At(flag) => Truth::At(self.emit(Op::Not(flag), span)?),
        })
    }

    pub(super) fn and(&mut self, a: Truth, b: Truth, span: Span) -> Unrolled<Truth> {
        Ok(match (a, b) {
            (Truth::Known(false), _) | (_, Truth::Known(false)) => Truth::Known(false),
            (Truth::Known(true), other) | (other, Truth::Known(true)) => other,
            (Truth::At(a), Truth::At(b)) => Truth::At(self.emit(Op::And(a, b), span)?),
        })
    }

    pub(super) fn or(&mut self, a: Truth, b: Truth, span: Span) -> Unrolled<Truth> {
        Ok(match (a, b) {
            (Truth::Known(true), _) | (_, Truth::Known(true)) => Truth::Known(true),
            (Truth::Known(false), other) | (other, Truth::Known(false)) => other,
            (Truth::At(a), Truth::At(b)) => Truth::At(self.emit(Op::Or(a, b), span)?),
        })
    }

    // Paths.

    fn truth_of_path(path: Path) -> Truth {
        match path {
            Path::Always => Truth::Known(true),
            Path::Where(flag) => Truth::At(flag),
            Path::Never => Truth::Known(false),
        }
    }

    fn path_of_truth(truth: Truth) -> Path {
        match truth {
            Truth::Known(true) => Path::Always,
            Truth::At(flag) => Path::Where(flag),
            Truth::Known(false) => Path::Never,
        }
    }

    pub(super) fn narrowed(&mut self, path: Path, by: Truth, span: Span) -> Unrolled<Path> {
        let both = self.and(Self::truth_of_path(path), by, span)?;
        Ok(Self::path_of_truth(both))
    }

    /// Both sides, each for its rows, and what they leave behind brought together.
    pub(super) fn branch(
        &mut self,
        condition: Truth,
        span: Span,
        then: impl FnOnce(&mut Self) -> Unrolled<Value>,
        otherwise: impl FnOnce(&mut Self) -> Unrolled<Value>,
    ) -> Unrolled<Value> {
        let flag = match condition {
            Truth::Known(true) => return then(self),
            Truth::Known(false) => return otherwise(self),
            Truth::At(flag) => flag,
        };
        let before = self.path;
        let locals = self.frame.locals.clone();
        let entry = self.narrowed(before, condition, span)?;
        self.path = entry;
        let first = then(self)?;
        let (first_path, first_locals) =
            (self.path, std::mem::replace(&mut self.frame.locals, locals));
        let not = self.not(condition, span)?;
        let other_entry = self.narrowed(before, not, span)?;
        self.path = other_entry;
        let second = otherwise(self)?;
        match (first_path, self.path) {
            (Path::Never, _) => Ok(second),
            (_, Path::Never) => {
                self.path = first_path;
                self.frame.locals = first_locals;
                Ok(first)
            }
            (one, other) => {
                self.path = if one == entry && other == other_entry {
                    before
                } else {
                    let either =
                        self.or(Self::truth_of_path(one), Self::truth_of_path(other), span)?;
                    Self::path_of_truth(either)
                };
                let second_locals = std::mem::take(&mut self.frame.locals);
                let mut merged = Vec::with_capacity(second_locals.len());
                for (a, b) in first_locals.into_iter().zip(second_locals) {
                    merged.push(self.select(flag, a, b, span)?);
                }
                self.frame.locals = merged;
                self.select(flag, first, second, span)
            }
        }
    }

    /// The first where the flag is set, else the second.
    pub(super) fn select(&mut self, by: Flag, a: Value, b: Value, span: Span) -> Unrolled<Value> {
        Ok(match (a, b) {
            (Value::Number(Num::Known(a)), Value::Number(Num::Known(b)))
                if a.to_bits() == b.to_bits() =>
            {
                Value::Number(Num::Known(a))
            }
            (Value::Number(Num::At(a)), Value::Number(Num::At(b))) if a == b => {
                Value::Number(Num::At(a))
            }
            (Value::Number(a), Value::Number(b)) => {
                let (a, b) = (self.number(a), self.number(b));
                Value::Number(Num::At(self.emit(Op::Select(by, a, b), span)?))
            }
            (Value::Truth(a), Value::Truth(b)) if a == b => Value::Truth(a),
            (Value::Truth(a), Value::Truth(b)) => {
                let (a, b) = (self.flag(a), self.flag(b));
                Value::Truth(Truth::At(self.emit(Op::SelectFlag(by, a, b), span)?))
            }
            (Value::List(a), Value::List(b)) if a.len() == b.len() => {
                let mut items = Vec::with_capacity(a.len());
                for (a, b) in a.into_iter().zip(b) {
                    items.push(self.select(by, a, b, span)?);
                }
                Value::List(items)
            }
            // A variable of one side alone is not read behind it.
            (Value::Nothing, other) | (other, Value::Nothing) => other,
            (a, b) if a == b => a,
            _ => Value::Mixed,
        })
    }
}
