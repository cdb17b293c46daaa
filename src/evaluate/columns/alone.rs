//! One row by itself: the program for whole rows without columns, number by number.

use super::Setting;
use crate::base::NodeIndex;
use crate::base::number::{clamp, greater, lesser};
use crate::check::formula::BinaryOp;
use crate::compile::flat::code::{Argument, Code, Flag, Op, Path, Pick, Source, Term};
use crate::compile::meaning::{Gathered, arithmetic, compare, fault, position};
use crate::evaluate::node::finish;

/// The numbers and flags of one row, kept from row to row.
#[derive(Default)]
pub(in crate::evaluate) struct Alone {
    numbers: Vec<f64>,
    flags: Vec<bool>,
    gathered: Gathered,
}

/// The index of a row whose values are all there and plain; `None` where an issue arises, or an instruction wants
/// columns: the other programs say which.
pub(in crate::evaluate) fn index(
    setting: Setting<'_>,
    row: &[f64],
    alone: &mut Alone,
) -> Option<f64> {
    let code = &setting.program.flat().whole;
    alone.numbers.resize(code.registers, 0.0);
    alone.flags.resize(code.flags, false);
    let mut run = Run {
        setting,
        code,
        row,
        alone,
    };
    for (flag, value) in &code.known_flags {
        run.set_flag(Some(*flag), *value);
    }
    for instruction in &code.instructions {
        let reached = match instruction.path {
            Path::Always => true,
            Path::Where(flag) => run.flag(flag),
            Path::Never => false,
        };
        // What can raise no issue is shared by parts that other rows reach.
        if reached || instruction.op.is_pure() {
            run.step(&instruction.op, instruction.to, instruction.to_flag)?;
        }
    }
    Some(run.number(code.result))
}

struct Run<'a> {
    setting: Setting<'a>,
    code: &'a Code,
    row: &'a [f64],
    alone: &'a mut Alone,
}

impl Run<'_> {
    #[inline]
    fn number(&self, source: Source) -> f64 {
        let own = match source {
            Source::Constant(value) => return value,
            Source::Register(at) => self.alone.numbers.get(at as usize),
            Source::Input(at) => self.row.get(at as usize),
        };
        own.copied().unwrap_or(f64::NAN)
    }

    #[inline]
    fn flag(&self, flag: Flag) -> bool {
        self.alone.flags.get(flag as usize) == Some(&true)
    }

    #[inline]
    fn set(&mut self, to: Option<u32>, value: f64) {
        if let Some(slot) = to.and_then(|to| self.alone.numbers.get_mut(to as usize)) {
            *slot = value;
        }
    }

    #[inline]
    fn set_flag(&mut self, to: Option<Flag>, value: bool) {
        if let Some(slot) = to.and_then(|to| self.alone.flags.get_mut(to as usize)) {
            *slot = value;
        }
    }

    fn step(&mut self, op: &Op<Source>, to: Option<u32>, to_flag: Option<Flag>) -> Option<()> {
        match op {
            Op::Arithmetic(op, x, y) => {
                let (x, y) = (self.number(*x), self.number(*y));
                let value = match op {
                    BinaryOp::Add => x + y,
                    BinaryOp::Multiply => x * y,
                    op => arithmetic(*op, x, y),
                };
                if fault(*op, y, value).is_some() {
                    return None;
                }
                self.set(to, value);
            }
            Op::Pick(pick, x, y) => {
                let (x, y) = (self.number(*x), self.number(*y));
                let picked = match pick {
                    Pick::Lesser => lesser(x, y),
                    Pick::Greater => greater(x, y),
                };
                self.set(to, picked);
            }
            Op::Negate(x) => self.set(to, -self.number(*x)),
            Op::Select(by, x, y) => {
                let source = if self.flag(*by) { x } else { y };
                self.set(to, self.number(*source));
            }
            Op::AsNumber(flag) => self.set(to, f64::from(u8::from(self.flag(*flag)))),
            Op::At(items, named) => {
                let at = position(self.number(*named), items.len())?;
                self.set(to, self.number(*items.get(at)?));
            }
            Op::Call(call) => {
                let value = self.call(*call)?;
                self.set(to, value);
            }
            Op::Sum(sum) => {
                let sum = self.code.sums.get(*sum)?;
                let start = sum.start.unwrap_or(-0.0);
                let value = sum.terms.iter().fold(start, |value, term| {
                    value + term.weight.unwrap_or(1.0) * self.term(term)
                });
                self.set(to, Some(value).filter(|value| value.is_finite())?);
            }
            Op::Mean(mean) => {
                let value = self.mean(*mean)?;
                self.set(to, value);
            }
            Op::Compare(op, x, y) => {
                self.set_flag(to_flag, compare(*op, self.number(*x), self.number(*y)));
            }
            Op::Not(a) => self.set_flag(to_flag, !self.flag(*a)),
            Op::And(a, b) => self.set_flag(to_flag, self.flag(*a) & self.flag(*b)),
            Op::Or(a, b) => self.set_flag(to_flag, self.flag(*a) | self.flag(*b)),
            Op::SameFlag(a, b) => self.set_flag(to_flag, self.flag(*a) == self.flag(*b)),
            Op::SelectFlag(by, a, b) => {
                let flag = if self.flag(*by) { a } else { b };
                self.set_flag(to_flag, self.flag(*flag));
            }
            Op::Normalise(node, raw, _) => {
                let prepared = self.setting.prepared.indicators.get(node.at())?.as_ref()?;
                let score = prepared.line?.at::<false, false>(self.number(*raw));
                self.set(to, score);
            }
            Op::Finish(node, value) => {
                let limits = self.setting.program.decisions().limits(*node)?;
                let value = self.number(*value);
                let inside = clamp(value, limits.low, limits.high);
                let value = if (value - inside).abs() <= limits.near {
                    inside + 0.0
                } else {
                    self.finished(*node, value)?
                };
                self.set(to, value);
            }
            _ => return None,
        }
        Some(())
    }

    /// A result that is beyond the range of its node, or rounded.
    #[cold]
    fn finished(&self, node: NodeIndex, value: f64) -> Option<f64> {
        let rules = self.setting.program.rules();
        let own = rules.node(node);
        let parent = own.parent_rules().filter(|_| value.is_finite())?;
        finish(rules, own, parent, value).ok()
    }

    #[inline]
    fn term(&self, term: &Term<Source>) -> f64 {
        let x = self.number(term.value);
        match &term.line {
            Some(line) => line.at::<false, false>(x),
            None => x,
        }
    }

    fn mean(&self, mean: usize) -> Option<f64> {
        let mean = self.code.means.get(mean)?;
        // A mean has a total, and so a weight above 0.
        let (mut sum, mut low, mut high) = (-0.0, f64::INFINITY, f64::NEG_INFINITY);
        for term in &mean.terms {
            let (x, weight) = (self.term(term), term.weight.unwrap_or(1.0));
            sum += weight * x;
            if weight > 0.0 {
                (low, high) = (lesser(low, x), greater(high, x));
            }
        }
        let value = sum / mean.total;
        value.is_finite().then(|| clamp(value, low, high))
    }

    fn call(&mut self, call: usize) -> Option<f64> {
        let call = self.code.calls.get(call)?;
        let mut gathered = std::mem::take(&mut self.alone.gathered);
        gathered.clear();
        let mut all = Ok(());
        for argument in &call.arguments {
            match *argument {
                Argument::Number(value) => gathered.number(self.number(value)),
                Argument::Child { sibling, score, .. } => {
                    let score = Some(self.number(score));
                    let given = gathered.child(call.function.signature(), sibling, score);
                    all = all.and(given);
                }
            }
        }
        let value = all.and_then(|()| gathered.call(call.function.as_ref()));
        self.alone.gathered = gathered;
        value.ok()
    }
}
