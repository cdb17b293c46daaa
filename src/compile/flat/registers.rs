//! A written program → a finished one: numbers and flags are given registers, which are used again once nobody reads
//! them any more.

use super::code::{Argument, Call, Code, Columns, Instruction, Mean, Number, Source, Sum, Term};
use super::partial::{Draft, Given};

/// Gives registers.
pub(super) fn finish(draft: Draft) -> Code {
    let mut numbers = Registers::new(draft.numbers.len());
    let mut flags = Registers::new(draft.flags as usize);
    for (at, instruction) in draft.instructions.iter().enumerate() {
        draft.each_number(&instruction.op, &mut |number| numbers.read(number, at));
        draft.each_flag(instruction, &mut |flag| flags.read(flag, at));
    }
    numbers.read(draft.result, usize::MAX);
    flags.read(draft.done, usize::MAX);
    // What is known, and what is read from outside, is there from the start to the end.
    for input in &draft.inputs {
        flags.pin(input.missing);
        if let Some(invalid) = input.invalid {
            flags.pin(invalid);
        }
    }
    if let Some(asked) = draft.asked {
        flags.pin(asked);
    }
    for (flag, _) in &draft.known_flags {
        flags.pin(*flag);
    }
    for (at, instruction) in draft.instructions.iter().enumerate() {
        // What it gives takes a register before those that it reads are free.
        if let Some(to) = instruction.to {
            numbers.give(to);
        }
        if let Some(to) = instruction.to_flag {
            flags.give(to);
        }
        draft.each_number(&instruction.op, &mut |number| {
            if matches!(draft.numbers.get(number as usize), Some(Given::Instruction)) {
                numbers.free_after(number, at);
            }
        });
        draft.each_flag(instruction, &mut |flag| flags.free_after(flag, at));
    }
    let source = |number: Number| match draft.numbers.get(number as usize) {
        Some(Given::Constant(value)) => Source::Constant(*value),
        Some(Given::Input(input)) => Source::Input(*input),
        _ => Source::Register(numbers.of(number)),
    };
    let flag = |flag: u32| flags.of(flag);
    let term = |term: &Term<Number>| Term {
        weight: term.weight,
        value: source(term.value),
        line: term.line,
    };
    let instruction = |own: &Instruction<Number>| Instruction {
        op: own.op.map(&source, &flag),
        to: own.to.map(|to| numbers.of(to)),
        to_flag: own.to_flag.map(flag),
        path: own.path.map(flag),
        done: own.done.map(flag),
        node: own.node,
        span: own.span,
    };
    Code {
        instructions: draft.instructions.iter().map(instruction).collect(),
        calls: draft
            .calls
            .iter()
            .map(|call| Call {
                function: call.function.clone(),
                arguments: call
                    .arguments
                    .iter()
                    .map(|argument| match *argument {
                        Argument::Number(number) => Argument::Number(source(number)),
                        Argument::Child {
                            sibling,
                            score,
                            missing,
                        } => Argument::Child {
                            sibling,
                            score: source(score),
                            missing: flag(missing),
                        },
                    })
                    .collect(),
            })
            .collect(),
        sums: draft
            .sums
            .iter()
            .map(|sum| Sum {
                start: sum.start,
                terms: sum.terms.iter().map(term).collect(),
            })
            .collect(),
        means: draft
            .means
            .iter()
            .map(|mean| Mean {
                terms: mean.terms.iter().map(term).collect(),
                total: mean.total,
            })
            .collect(),
        nodes: draft
            .nodes
            .iter()
            .map(|own| Columns {
                score: source(own.score),
                missing: flag(own.missing),
                unavailable: flag(own.unavailable),
                fails: flag(own.fails),
                raw: source(own.raw),
                raw_missing: flag(own.raw_missing),
                unobserved: flag(own.unobserved),
                invalid: flag(own.invalid),
            })
            .collect(),
        inputs: draft
            .inputs
            .iter()
            .map(|input| super::code::Input {
                place: input.place,
                missing: flag(input.missing),
                invalid: input.invalid.map(flag),
            })
            .collect(),
        known_flags: draft
            .known_flags
            .iter()
            .map(|(own, value)| (flag(*own), *value))
            .collect(),
        result: source(draft.result),
        done: flag(draft.done),
        registers: numbers.count as usize,
        flags: flags.count as usize,
    }
}

/// Which register each number or flag has, while it is read.
struct Registers {
    /// The last instruction that reads each.
    last: Vec<Option<usize>>,
    of: Vec<Option<u32>>,
    free: Vec<u32>,
    freed: Vec<bool>,
    count: u32,
}

impl Registers {
    fn new(many: usize) -> Self {
        Self {
            last: vec![None; many],
            of: vec![None; many],
            free: Vec::new(),
            freed: vec![false; many],
            count: 0,
        }
    }

    fn read(&mut self, what: u32, at: usize) {
        if let Some(last) = self.last.get_mut(what as usize) {
            *last = (*last).max(Some(at));
        }
    }

    /// A register of its own, for good.
    fn pin(&mut self, what: u32) {
        self.read(what, usize::MAX);
        if let Some(slot) = self.of.get_mut(what as usize)
            && slot.is_none()
        {
            *slot = Some(self.count);
            self.count += 1;
        }
    }

    /// What nobody reads keeps its register: there is little of it.
    fn give(&mut self, what: u32) {
        let register = self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        });
        if let Some(slot) = self.of.get_mut(what as usize) {
            *slot = Some(register);
        }
    }

    fn free_after(&mut self, what: u32, at: usize) {
        let at_last = self.last.get(what as usize) == Some(&Some(at));
        if !at_last {
            return;
        }
        if let (Some(Some(register)), Some(freed)) = (
            self.of.get(what as usize),
            self.freed.get_mut(what as usize),
        ) && !*freed
        {
            *freed = true;
            self.free.push(*register);
        }
    }

    fn of(&self, what: u32) -> u32 {
        self.of.get(what as usize).copied().flatten().unwrap_or(0)
    }
}
