//! Programs for whole rows, made short: straight lines go into the sums that read them, and what nobody reads is left
//! out.

use super::code::{Argument, Instruction, Number, Op, Path, Sum, Term};
use super::line::Line;
use super::partial::{Draft, Given};
use crate::base::NodeIndex;
use crate::check::formula::BinaryOp;

/// Fuses sums. `lines` has the straight lines that are known at load, by node.
pub(super) fn fuse(draft: &mut Draft, lines: &[Option<Line>]) {
    let uses = uses(draft);
    let mut makers = vec![None; draft.numbers.len()];
    for (at, instruction) in draft.instructions.iter().enumerate() {
        if let Some(slot) = instruction.to.and_then(|to| makers.get_mut(to as usize)) {
            *slot = Some(at);
        }
    }
    let mut fused = Fused {
        uses,
        makers,
        gone: vec![false; draft.instructions.len()],
        lines,
    };
    // Backwards, so that the longest sum is found first.
    for at in (0..draft.instructions.len()).rev() {
        if fused.gone.get(at) == Some(&true) {
            continue;
        }
        let Some(instruction) = draft.instructions.get(at) else {
            continue;
        };
        match instruction.op {
            Op::Arithmetic(BinaryOp::Add, _, _) => {
                let Some(sum) = fused.sum(draft, at) else {
                    continue;
                };
                draft.sums.push(sum);
                let op = Op::Sum(draft.sums.len() - 1);
                if let Some(instruction) = draft.instructions.get_mut(at) {
                    instruction.op = op;
                }
            }
            Op::Mean(mean) => {
                let Some(own) = draft.means.get(mean).cloned() else {
                    continue;
                };
                let terms = own
                    .terms
                    .iter()
                    .map(|term| fused.term(draft, term.weight, term.value));
                let terms: Vec<Term<Number>> = terms.collect();
                if let Some(slot) = draft.means.get_mut(mean) {
                    slot.terms = terms;
                }
            }
            _ => {}
        }
    }
    let mut gone = fused.gone.iter();
    draft
        .instructions
        .retain(|_| !gone.next().copied().unwrap_or(false));
    leave_out(draft);
}

/// How often each number is read.
fn uses(draft: &Draft) -> Vec<u32> {
    let mut uses = vec![0; draft.numbers.len()];
    let mut count = |number: Number| {
        if let Some(slot) = uses.get_mut(number as usize) {
            *slot += 1;
        }
    };
    for instruction in &draft.instructions {
        draft.each_number(&instruction.op, &mut count);
    }
    count(draft.result);
    uses
}

struct Fused<'a> {
    uses: Vec<u32>,
    /// The instruction that gives each number.
    makers: Vec<Option<usize>>,
    /// Instructions that have become part of another.
    gone: Vec<bool>,
    lines: &'a [Option<Line>],
}

impl Fused<'_> {
    /// The instruction of a number that is read only once.
    fn only<'d>(
        &self,
        draft: &'d Draft,
        number: Number,
    ) -> Option<(usize, &'d Instruction<Number>)> {
        if self.uses.get(number as usize) != Some(&1) {
            return None;
        }
        let at = self.makers.get(number as usize).copied().flatten()?;
        let instruction = draft.instructions.get(at)?;
        (self.gone.get(at) == Some(&false)).then_some((at, instruction))
    }

    fn take(&mut self, at: usize) {
        if let Some(slot) = self.gone.get_mut(at) {
            *slot = true;
        }
    }

    /// The sum that ends in an addition, if it has more than two terms or something goes into it.
    fn sum(&mut self, draft: &Draft, last: usize) -> Option<Sum<Number>> {
        let path = draft.instructions.get(last)?.path;
        let (mut taken, mut rights) = (Vec::new(), Vec::new());
        let mut at = last;
        let first = loop {
            let Op::Arithmetic(BinaryOp::Add, left, right) = draft.instructions.get(at)?.op else {
                return None;
            };
            rights.push(right);
            match self.only(draft, left) {
                Some((before, instruction))
                    if instruction.path == path
                        && matches!(instruction.op, Op::Arithmetic(BinaryOp::Add, _, _)) =>
                {
                    taken.push(before);
                    at = before;
                }
                _ => break left,
            }
        };
        let start = match draft.numbers.get(first as usize) {
            Some(Given::Constant(value)) => Some(*value),
            _ => None,
        };
        let worth = taken.len() + usize::from(start.is_none());
        if worth < 1 {
            return None;
        }
        taken.into_iter().for_each(|at| self.take(at));
        let mut terms = Vec::new();
        if start.is_none() {
            terms.push(self.weighted(draft, first, path));
        }
        rights.reverse();
        for right in rights {
            terms.push(self.weighted(draft, right, path));
        }
        Some(Sum { start, terms })
    }

    /// A term that may be a number times a constant.
    fn weighted(&mut self, draft: &Draft, value: Number, path: Path) -> Term<Number> {
        if let Some((at, instruction)) = self.only(draft, value)
            && let Op::Arithmetic(BinaryOp::Multiply, x, y) = instruction.op
            && instruction.path == path
        {
            let constant = |number: Number| match draft.numbers.get(number as usize) {
                Some(Given::Constant(value)) => Some(*value),
                _ => None,
            };
            let weighted = match (constant(x), constant(y)) {
                (Some(weight), None) => Some((weight, y)),
                (None, Some(weight)) => Some((weight, x)),
                _ => None,
            };
            if let Some((weight, value)) = weighted {
                self.take(at);
                return self.term(draft, Some(weight), value);
            }
        }
        self.term(draft, None, value)
    }

    fn term(&mut self, draft: &Draft, weight: Option<f64>, value: Number) -> Term<Number> {
        if let Some((at, instruction)) = self.only(draft, value)
            && let Op::Normalise(node, raw, _) = instruction.op
            && let Some(line) = self.line(node)
        {
            self.take(at);
            return Term {
                weight,
                value: raw,
                line: Some(line),
            };
        }
        Term {
            weight,
            value,
            line: None,
        }
    }

    fn line(&self, node: NodeIndex) -> Option<Line> {
        self.lines.get(node.at()).copied().flatten()
    }
}

/// Leaves out what can raise no issue and is not read.
fn leave_out(draft: &mut Draft) {
    let mut numbers = vec![false; draft.numbers.len()];
    let mut flags = vec![false; draft.flags as usize];
    let mark = |list: &mut Vec<bool>, at: u32| {
        if let Some(slot) = list.get_mut(at as usize) {
            *slot = true;
        }
    };
    mark(&mut numbers, draft.result);
    let mut kept = vec![true; draft.instructions.len()];
    for (at, instruction) in draft.instructions.iter().enumerate().rev() {
        let read = |list: &[bool], of: Option<u32>| {
            of.is_some_and(|of| list.get(of as usize) == Some(&true))
        };
        let needed = !instruction.op.is_pure()
            || read(&numbers, instruction.to)
            || read(&flags, instruction.to_flag);
        if !needed {
            if let Some(slot) = kept.get_mut(at) {
                *slot = false;
            }
            continue;
        }
        draft.each_number(&instruction.op, &mut |number| mark(&mut numbers, number));
        draft.each_flag(instruction, &mut |flag| mark(&mut flags, flag));
    }
    let mut kept = kept.iter();
    draft
        .instructions
        .retain(|_| kept.next().copied().unwrap_or(true));
}

impl Draft {
    fn arguments(&self, call: usize) -> &[Argument<Number>] {
        self.calls.get(call).map_or(&[], |call| &call.arguments)
    }

    /// Every number that an operation reads.
    pub(super) fn each_number(&self, op: &Op<Number>, read: &mut impl FnMut(Number)) {
        match op {
            Op::Arithmetic(_, x, y)
            | Op::Pick(_, x, y)
            | Op::Compare(_, x, y)
            | Op::Select(_, x, y) => {
                read(*x);
                read(*y);
            }
            Op::Finite(x)
            | Op::Negate(x)
            | Op::Fill(_, x, _)
            | Op::Normalise(_, x, _)
            | Op::Extreme(_, x, _, _)
            | Op::Finish(_, x) => read(*x),
            Op::At(items, at) => {
                items.iter().for_each(|item| read(*item));
                read(*at);
            }
            Op::Call(call) => {
                for argument in self.arguments(*call) {
                    match argument {
                        Argument::Number(number) | Argument::Child { score: number, .. } => {
                            read(*number);
                        }
                    }
                }
            }
            Op::Sum(sum) => {
                let terms = self.sums.get(*sum).map_or(&[][..], |sum| &sum.terms);
                terms.iter().for_each(|term| read(term.value));
            }
            Op::Mean(mean) => {
                let terms = self.means.get(*mean).map_or(&[][..], |mean| &mean.terms);
                terms.iter().for_each(|term| read(term.value));
            }
            Op::Combine(node) | Op::Interpret(node) => {
                for child in self.children(*node) {
                    read(child.score);
                    if let Op::Interpret(_) = op {
                        read(child.raw);
                    }
                }
            }
            Op::Store(node) => {
                if let Some(columns) = self.nodes.get(node.at()) {
                    read(columns.score);
                    read(columns.raw);
                }
            }
            Op::SelectFlag(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::SameFlag(..)
            | Op::AsNumber(_)
            | Op::Require(_)
            | Op::Admit(_) => {}
        }
    }

    /// Every flag that an instruction reads.
    pub(super) fn each_flag(&self, instruction: &Instruction<Number>, read: &mut impl FnMut(u32)) {
        if let Path::Where(flag) = instruction.path {
            read(flag);
        }
        if let Some(done) = instruction.done {
            read(done);
        }
        match &instruction.op {
            Op::Select(a, _, _)
            | Op::Not(a)
            | Op::AsNumber(a)
            | Op::Require(a)
            | Op::Normalise(_, _, a)
            | Op::Fill(_, _, a) => read(*a),
            Op::Extreme(_, _, a, b) | Op::And(a, b) | Op::Or(a, b) | Op::SameFlag(a, b) => {
                read(*a);
                read(*b);
            }
            Op::SelectFlag(a, b, c) => {
                read(*a);
                read(*b);
                read(*c);
            }
            Op::Call(call) => {
                for argument in self.arguments(*call) {
                    if let Argument::Child { missing, .. } = argument {
                        read(*missing);
                    }
                }
            }
            Op::Admit(node) | Op::Combine(node) | Op::Interpret(node) => {
                for child in self.children(*node) {
                    read(child.missing);
                    read(child.unavailable);
                    read(child.fails);
                    read(child.raw_missing);
                }
            }
            Op::Store(node) => {
                if let Some(own) = self.nodes.get(node.at()) {
                    read(own.missing);
                    read(own.raw_missing);
                    read(own.unobserved);
                    read(own.invalid);
                }
            }
            _ => {}
        }
        // An indicator that fails is asked before it is given a value.
        if let Op::Fill(node, ..) | Op::Extreme(node, ..) = instruction.op
            && let Some(own) = self.nodes.get(node.at())
        {
            read(own.invalid);
        }
    }
}
