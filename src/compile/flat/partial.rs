//! What is known of a program while it is written: values, numbers and flags, the rows that reach a part, branches.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::LONGEST;
use super::code::{Call, Columns, Flag, Input, Instruction, Mean, Number, Op, Path, Sum};
use crate::base::{NodeIndex, Span, Text};
use crate::calculus::Methods;
use crate::check::RuleSet;
use crate::check::formula::{Formula, Place};
use crate::compile::FallbackReason;

pub(super) type Unrolled<T> = Result<T, FallbackReason>;

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

/// What gives a number of a program that is being written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given {
    Constant(f64),
    Input(u32),
    Instruction,
}

/// A program as it is written: every number and flag is given once.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) instructions: Vec<Instruction<Number>>,
    pub(super) calls: Vec<Call<Number>>,
    pub(super) sums: Vec<Sum<Number>>,
    pub(super) means: Vec<Mean<Number>>,
    pub(super) inputs: Vec<Input>,
    pub(super) nodes: Vec<Columns<Number>>,
    /// By node.
    pub(super) children: Vec<Vec<NodeIndex>>,
    pub(super) numbers: Vec<Given>,
    pub(super) known_flags: Vec<(Flag, bool)>,
    pub(super) flags: u32,
    pub(super) result: Number,
    pub(super) done: Flag,
    /// The flag of rows that are not asked for, of the program of one formula.
    pub(super) asked: Option<Flag>,
}

impl Draft {
    /// The columns of the children of a node.
    pub(super) fn children(&self, node: NodeIndex) -> impl Iterator<Item = &Columns<Number>> {
        let children = self.children.get(node.at()).into_iter().flatten();
        children.filter_map(|child| self.nodes.get(child.at()))
    }
}

/// Writes a program, folding what is known.
pub(super) struct Writer<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) methods: &'a Methods,
    /// Whether every value is taken to be there: rows where one is not are run by another program.
    pub(super) whole: bool,
    pub(super) draft: Draft,
    /// The formula that is being unrolled.
    pub(super) formula: Option<&'a Formula>,
    pub(super) path: Path,
    pub(super) frame: Frame,
    pub(super) node: NodeIndex,
    pub(super) done: Option<Flag>,
    /// Where the instructions of the formula begin.
    begin: usize,
    constants: HashMap<u64, Number>,
    known_flags: HashMap<bool, Flag>,
    places: BTreeMap<Place, (Number, Truth)>,
    /// Instructions that have been written, with the rows that they were written for.
    known: HashMap<Op<Number>, (u32, Path)>,
    /// What the formula has added to them.
    added: Vec<Op<Number>>,
}

pub(super) fn kept<T>(span: Span, id: &'static str, en: &'static str) -> Unrolled<T> {
    Err(FallbackReason {
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

impl<'a> Writer<'a> {
    pub(super) fn new(rules: &'a RuleSet, methods: &'a Methods, whole: bool) -> Self {
        Self {
            rules,
            methods,
            whole,
            draft: Draft::default(),
            formula: None,
            path: Path::Always,
            frame: Frame::new(0),
            node: NodeIndex::ROOT,
            done: None,
            begin: 0,
            constants: HashMap::new(),
            known_flags: HashMap::new(),
            places: BTreeMap::new(),
            known: HashMap::new(),
            added: Vec::new(),
        }
    }

    /// Unrolls a formula; where it cannot be, what it has written is taken back.
    pub(super) fn formula(&mut self, formula: &'a Formula) -> Unrolled<Number> {
        self.formula = Some(formula);
        self.path = Path::Always;
        self.frame = Frame::new(formula.locals);
        self.begin = self.draft.instructions.len();
        let result = self.unroll(formula);
        let kept = result.is_err();
        for op in self.added.drain(..) {
            // An issue belongs to the formula that raises it.
            if kept || (op.raises() && !self.whole) {
                self.known.remove(&op);
            }
        }
        if kept {
            self.draft.instructions.truncate(self.begin);
        }
        self.path = Path::Always;
        self.formula = None;
        result
    }

    fn new_number(&mut self, given: Given) -> Number {
        self.draft.numbers.push(given);
        self.draft.numbers.len() as Number - 1
    }

    pub(super) fn new_flag(&mut self) -> Flag {
        self.draft.flags += 1;
        self.draft.flags - 1
    }

    pub(super) fn number(&mut self, value: Num) -> Number {
        match value {
            Num::At(number) => number,
            Num::Known(value) => match self.constants.get(&value.to_bits()) {
                Some(known) => *known,
                None => {
                    let number = self.new_number(Given::Constant(value));
                    self.constants.insert(value.to_bits(), number);
                    number
                }
            },
        }
    }

    /// The value of a number that is known at load.
    pub(super) fn constant(&self, number: Number) -> Option<f64> {
        match self.draft.numbers.get(number as usize) {
            Some(Given::Constant(value)) => Some(*value),
            _ => None,
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
                    self.draft.known_flags.push((register, value));
                    register
                }
            },
        }
    }

    /// Writes an instruction of a formula, unless its result is there already.
    pub(super) fn emit(&mut self, op: Op<Number>, span: Span) -> Unrolled<u32> {
        if let Some((known, path)) = self.known.get(&op)
            && (!op.raises() || *path == Path::Always || *path == self.path)
        {
            return Ok(*known);
        }
        if self.draft.instructions.len() - self.begin >= LONGEST {
            return kept(
                span,
                "terlalu panjang setelah perulangannya diuraikan",
                "too long with its loops unrolled",
            );
        }
        let (to, to_flag) = match &op {
            Op::Require(_) => (None, None),
            op if op.gives_flag() => (None, Some(self.new_flag())),
            _ => (Some(self.new_number(Given::Instruction)), None),
        };
        let gives = to.or(to_flag).unwrap_or_default();
        self.known.insert(op.clone(), (gives, self.path));
        self.added.push(op.clone());
        self.push(op, to, to_flag, span);
        Ok(gives)
    }

    /// Writes a step of the rule set: its number, and its flag.
    pub(super) fn step(&mut self, op: Op<Number>, span: Span) -> (Number, Flag) {
        let (to, to_flag) = (self.new_number(Given::Instruction), self.new_flag());
        self.push(op, Some(to), Some(to_flag), span);
        (to, to_flag)
    }

    /// Writes a step that gives a flag, or nothing.
    pub(super) fn mark(&mut self, op: Op<Number>, to_flag: Option<Flag>, span: Span) {
        self.push(op, None, to_flag, span);
    }

    fn push(&mut self, op: Op<Number>, to: Option<Number>, to_flag: Option<Flag>, span: Span) {
        self.draft.instructions.push(Instruction {
            op,
            to,
            to_flag,
            path: self.path,
            done: self.done,
            node: self.node,
            span,
        });
    }

    /// Says where a place is read from here on.
    pub(super) fn set_place(&mut self, place: Place, value: Number, missing: Truth) {
        self.places.insert(place, (value, missing));
    }

    /// The value of a place, and whether it is missing.
    pub(super) fn read_place(&mut self, place: Place) -> (Number, Truth) {
        match self.places.get(&place) {
            Some(known) => *known,
            None => {
                let known = self.input(place);
                self.places.insert(place, known);
                known
            }
        }
    }

    /// A column from outside the program.
    pub(super) fn input(&mut self, place: Place) -> (Number, Truth) {
        let at = self.draft.inputs.len() as u32;
        let value = self.new_number(Given::Input(at));
        let missing = if self.whole {
            Truth::Known(false)
        } else {
            Truth::At(self.new_flag())
        };
        let flag = self.flag(missing);
        self.draft.inputs.push(Input {
            place,
            missing: flag,
            invalid: None,
        });
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
