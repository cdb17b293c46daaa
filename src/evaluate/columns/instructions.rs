//! The instructions of formulas.

use super::kernels::{self, Order, Weighed};
use super::{Marks, Run, Side, State};
use crate::base::IssueKind;
use crate::check::formula::BinaryOp;
use crate::compile::flat::code::{Argument, Call, Flag, Instruction, Op, Source, Term};
use crate::compile::meaning::{Gathered, arithmetic, fault, position};

/// The most terms of a sum that are laid out without asking for memory.
const FEW: usize = 16;

impl Run<'_> {
    pub(super) fn instruction(&mut self, instruction: &Instruction<Source>) {
        let to = instruction.to;
        let width = self.setting.width;
        match &instruction.op {
            Op::Arithmetic(op, x, y) => self.arithmetic(instruction, *op, *x, *y),
            Op::Pick(pick, x, y) => self.give(to, |own, to| {
                kernels::pick(width, to, *pick, own.number(*x), own.number(*y));
            }),
            Op::Finite(x) => {
                if self.give_checked(to, |own, to| kernels::same(width, to, own.number(*x))) {
                    self.not_finite(instruction);
                }
            }
            Op::Negate(x) => self.give(to, |own, to| {
                for (row, to) in to.iter_mut().enumerate() {
                    *to = -own.number(*x).at(row);
                }
            }),
            Op::Select(by, x, y) => self.select(to, *by, *x, *y),
            Op::AsNumber(flag) => self.give(to, |own, to| {
                for (row, to) in to.iter_mut().enumerate() {
                    *to = f64::from(u8::from(own.flag(*flag).at(row)));
                }
            }),
            Op::Require(missing) => {
                if self.flag(*missing).state == State::No {
                    return;
                }
                for row in 0..self.rows {
                    if self.flag(*missing).at(row) && self.reaches(instruction, row) {
                        self.fail(
                            instruction,
                            row,
                            IssueKind::MissingRead,
                            Some(instruction.span),
                        );
                    }
                }
            }
            Op::At(items, named) => self.position(instruction, items, *named),
            Op::Call(call) => {
                if let Some(call) = self.code.calls.get(*call) {
                    self.call(instruction, call);
                }
            }
            Op::Sum(sum) => self.sum(instruction, *sum),
            Op::Mean(mean) => self.mean(instruction, *mean),
            Op::Compare(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::SameFlag(..)
            | Op::SelectFlag(..) => self.flags(instruction),
            _ => self.step(instruction),
        }
    }

    fn arithmetic(
        &mut self,
        instruction: &Instruction<Source>,
        op: BinaryOp,
        x: Source,
        y: Source,
    ) {
        let width = self.setting.width;
        let odd = self.give_checked(instruction.to, |own, to| {
            let (x, y) = (own.number(x), own.number(y));
            match op {
                BinaryOp::Add => kernels::add(width, to, x, y),
                BinaryOp::Subtract => kernels::subtract(width, to, x, y),
                BinaryOp::Multiply => kernels::multiply(width, to, x, y),
                BinaryOp::Divide => kernels::divide(width, to, x, y),
                other => {
                    let mut odd = false;
                    for (row, to) in to.iter_mut().enumerate() {
                        *to = arithmetic(other, x.at(row), y.at(row));
                        odd |= !to.is_finite();
                    }
                    odd
                }
            }
        });
        if !odd {
            return;
        }
        for row in 0..self.rows {
            let right = self.number(y).at(row);
            if let Some(kind) = fault(op, right, self.given(instruction.to, row))
                && self.reaches(instruction, row)
            {
                self.fail(instruction, row, kind, Some(instruction.span));
            }
        }
    }

    /// Rows whose number is not finite have an issue.
    fn not_finite(&mut self, instruction: &Instruction<Source>) {
        for row in 0..self.rows {
            if !self.given(instruction.to, row).is_finite() && self.reaches(instruction, row) {
                self.fail(
                    instruction,
                    row,
                    IssueKind::NotFinite,
                    Some(instruction.span),
                );
            }
        }
    }

    fn select(&mut self, to: Option<u32>, by: Flag, x: Source, y: Source) {
        let width = self.setting.width;
        self.give(to, |own, to| {
            let (x, y) = (own.number(x), own.number(y));
            let by = own.flag(by);
            match by.state {
                State::Rows => {
                    kernels::select(width, to, &by.rows, x, y);
                }
                State::All => {
                    kernels::copy(to, x);
                }
                State::No => {
                    kernels::copy(to, y);
                }
            }
        });
    }

    fn position(&mut self, instruction: &Instruction<Source>, items: &[Source], named: Source) {
        for row in 0..self.rows {
            if !self.reaches(instruction, row) {
                continue;
            }
            let at = position(self.number(named).at(row), items.len());
            match at.and_then(|at| items.get(at)) {
                Some(item) => {
                    let value = self.number(*item).at(row);
                    self.set_given(instruction.to, row, value);
                }
                None => self.fail(
                    instruction,
                    row,
                    IssueKind::Position,
                    Some(instruction.span),
                ),
            }
        }
    }

    fn call(&mut self, instruction: &Instruction<Source>, call: &Call<Source>) {
        let rows = match (call.function.form(), over_children(call)) {
            (Some(form), Some(children)) => self.over_children(instruction, form, &children),
            _ => (0..self.rows).collect(),
        };
        let mut gathered = std::mem::take(&mut self.scratch.gathered);
        for row in rows {
            if !self.reaches(instruction, row) {
                continue;
            }
            gathered.clear();
            let result = self
                .gather(call, row, &mut gathered)
                .and_then(|()| gathered.call(call.function.as_ref()));
            match result {
                Ok(value) => self.set_given(instruction.to, row, value),
                Err(kind) => self.fail(instruction, row, kind, Some(instruction.span)),
            }
        }
        self.scratch.gathered = gathered;
    }

    fn gather(
        &self,
        call: &Call<Source>,
        row: usize,
        gathered: &mut Gathered,
    ) -> Result<(), IssueKind> {
        for argument in &call.arguments {
            match *argument {
                Argument::Number(value) => gathered.number(self.number(value).at(row)),
                Argument::Child {
                    sibling,
                    score,
                    missing,
                } => {
                    let score = (!self.flag(missing).at(row)).then(|| self.number(score).at(row));
                    gathered.child(call.function.signature(), sibling, score)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a sum or mean raises an issue in a row that reaches it.
    fn odd_where_reached(&self, instruction: &Instruction<Source>) -> bool {
        (0..self.rows).any(|row| {
            !self.given(instruction.to, row).is_finite() && self.reaches(instruction, row)
        })
    }

    fn sum(&mut self, instruction: &Instruction<Source>, sum: usize) {
        let Some(sum) = self.code.sums.get(sum) else {
            return;
        };
        let width = self.setting.width;
        // What sums begin with where nothing is written: adding to it changes no bit.
        let start = sum.start.unwrap_or(-0.0);
        let odd = self.give_checked(instruction.to, |own, to| {
            own.weighed(&sum.terms, |terms| kernels::sum(width, to, start, terms))
        });
        // Which of its operations it is, the general program says.
        if odd && self.odd_where_reached(instruction) {
            self.ended = true;
        }
    }

    fn mean(&mut self, instruction: &Instruction<Source>, mean: usize) {
        let Some(mean) = self.code.means.get(mean) else {
            return;
        };
        let width = self.setting.width;
        let odd = self.give_checked(instruction.to, |own, to| {
            own.weighed(&mean.terms, |terms| {
                kernels::mean(width, to, mean.total, terms)
            })
        });
        if !odd {
            return;
        }
        // Between its bounds anything would look finite.
        for row in 0..self.rows {
            let terms = mean.terms.iter().map(|term| {
                let x = self.number(term.value).at(row);
                let x = term.line.map_or(x, |line| line.at::<false, false>(x));
                term.weight.unwrap_or(1.0) * x
            });
            let value = terms.fold(-0.0, |sum, term| sum + term) / mean.total;
            if !value.is_finite() && self.reaches(instruction, row) {
                let place = Some(instruction.span);
                self.fail(instruction, row, IssueKind::NotFinite, place);
            }
        }
    }

    /// The terms of a sum, with their columns.
    fn weighed<'s, T>(
        &'s self,
        terms: &'s [Term<Source>],
        then: impl FnOnce(&[Weighed<'s>]) -> T,
    ) -> T {
        let weighed = |term: &'s Term<Source>| Weighed {
            weight: term.weight.unwrap_or(1.0),
            value: self.number(term.value),
            line: term.line.as_ref(),
        };
        let nothing = Weighed {
            weight: 0.0,
            value: Side::Constant(0.0),
            line: None,
        };
        if terms.len() > FEW {
            let all: Vec<Weighed<'_>> = terms.iter().map(weighed).collect();
            return then(&all);
        }
        let mut few = [nothing; FEW];
        for (to, term) in few.iter_mut().zip(terms) {
            *to = weighed(term);
        }
        then(few.get(..terms.len()).unwrap_or(&[]))
    }

    fn flags(&mut self, instruction: &Instruction<Source>) {
        let Some(to) = instruction.to_flag else {
            return;
        };
        let mut marks = std::mem::take(self.marks(to));
        self.mark(&instruction.op, &mut marks);
        *self.marks(to) = marks;
    }

    fn mark(&self, op: &Op<Source>, to: &mut Marks) {
        let rows = self.rows;
        match *op {
            Op::Compare(op, x, y) => {
                let order = match op {
                    BinaryOp::Less => Order::Less,
                    BinaryOp::LessOrEqual => Order::LessOrEqual,
                    BinaryOp::Greater => Order::Greater,
                    BinaryOp::GreaterOrEqual => Order::GreaterOrEqual,
                    BinaryOp::NotEqual => Order::NotEqual,
                    _ => Order::Equal,
                };
                let rows = to.rows.get_mut(..rows).unwrap_or(&mut []);
                let width = self.setting.width;
                kernels::compare(width, rows, order, self.number(x), self.number(y));
                to.state = State::Rows;
            }
            Op::Not(a) => match self.flag(a).state {
                State::No => to.state = State::All,
                State::All => to.state = State::No,
                State::Rows => self.each(to, a, a, |a, _| !a),
            },
            Op::And(a, b) => match (self.flag(a).state, self.flag(b).state) {
                (State::No, _) | (_, State::No) => to.state = State::No,
                (State::All, _) => to.copy(self.flag(b), rows),
                (_, State::All) => to.copy(self.flag(a), rows),
                _ => self.each(to, a, b, |a, b| a & b),
            },
            Op::Or(a, b) => match (self.flag(a).state, self.flag(b).state) {
                (State::All, _) | (_, State::All) => to.state = State::All,
                (State::No, _) => to.copy(self.flag(b), rows),
                (_, State::No) => to.copy(self.flag(a), rows),
                _ => self.each(to, a, b, |a, b| a | b),
            },
            Op::SameFlag(a, b) => {
                to.state = State::Rows;
                for (row, to) in to.rows.iter_mut().enumerate().take(rows) {
                    *to = self.flag(a).at(row) == self.flag(b).at(row);
                }
            }
            Op::SelectFlag(by, a, b) => match self.flag(by).state {
                State::All => to.copy(self.flag(a), rows),
                State::No => to.copy(self.flag(b), rows),
                State::Rows => {
                    to.state = State::Rows;
                    for (row, to) in to.rows.iter_mut().enumerate().take(rows) {
                        *to = if self.flag(by).at(row) {
                            self.flag(a).at(row)
                        } else {
                            self.flag(b).at(row)
                        };
                    }
                }
            },
            _ => {}
        }
    }

    /// Two flags that are as each row says.
    fn each(&self, to: &mut Marks, a: Flag, b: Flag, of: impl Fn(bool, bool) -> bool) {
        to.state = State::Rows;
        let sides = self.flag(a).rows.iter().zip(&self.flag(b).rows);
        for (to, (a, b)) in to.rows.iter_mut().zip(sides).take(self.rows) {
            *to = of(*a, *b);
        }
    }
}

/// The arguments of a call over children alone, with their weights and what says that they are missing.
fn over_children(call: &Call<Source>) -> Option<Vec<(f64, Source, Flag)>> {
    let children = call.arguments.iter().map(|argument| match *argument {
        Argument::Number(_) => None,
        Argument::Child {
            sibling,
            score,
            missing,
        } => Some((sibling.weight, score, missing)),
    });
    children.collect()
}
