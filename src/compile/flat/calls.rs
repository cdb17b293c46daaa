//! Calls: functions of the engine, written out in operations where they have a known form, and own functions.

use super::code::{Argument, Call, Mean, Number, Op, Path, Pick, Term};
use super::partial::{Frame, Num, Truth, Unrolled, Value, Writer, kept};
use crate::base::Span;
use crate::calculus::Form;
use crate::check::formula::{BinaryOp, Expr, Place};
use crate::compile::meaning::Gathered;

impl Writer<'_> {
    pub(super) fn call(&mut self, name: &str, arguments: &[Expr], span: Span) -> Unrolled<Value> {
        let Some(function) = self.methods.function(name).cloned() else {
            return kept(span, "fungsi tidak dikenal", "an unknown function");
        };
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.expr(argument)?);
        }
        let mut given = Vec::new();
        for (value, argument) in values.into_iter().zip(arguments) {
            self.give(value, argument.span, &mut given)?;
        }
        let known = |given: &Argument<Number>| match given {
            Argument::Number(number) => self.constant(*number),
            Argument::Child { .. } => None,
        };
        let known: Option<Vec<f64>> = given.iter().map(known).collect();
        if let Some(known) = known {
            let mut gathered = Gathered::default();
            known.into_iter().for_each(|number| gathered.number(number));
            if let Ok(value) = gathered.call(function.as_ref()) {
                return Ok(Value::Number(Num::Known(value)));
            }
        }
        if let Some(form) = function.form()
            && let Some(value) = self.form(form, &given, span)?
        {
            return Ok(Value::Number(Num::At(value)));
        }
        let same = |call: &Call<Number>| call.function.name() == name && call.arguments == given;
        let at = match self.draft.calls.iter().position(same) {
            Some(at) => at,
            None => {
                self.draft.calls.push(Call {
                    function,
                    arguments: given,
                });
                self.draft.calls.len() - 1
            }
        };
        Ok(Value::Number(Num::At(self.emit(Op::Call(at), span)?)))
    }

    /// A call over values that are all there, written out in the operations that it stands for; `None` where some may
    /// be missing, or there is none.
    pub(super) fn form(
        &mut self,
        form: Form,
        given: &[Argument<Number>],
        span: Span,
    ) -> Unrolled<Option<Number>> {
        let there = self.flag(Truth::Known(false));
        let mut terms = Vec::with_capacity(given.len());
        for argument in given {
            terms.push(match *argument {
                Argument::Number(value) => (1.0, value),
                Argument::Child {
                    sibling,
                    score,
                    missing,
                } if missing == there => (sibling.weight, score),
                Argument::Child { .. } => return Ok(None),
            });
        }
        let values = terms.iter().map(|(_, value)| *value);
        let Some(first) = values.clone().next() else {
            return Ok(None);
        };
        Ok(Some(match form {
            Form::Least | Form::Greatest => {
                let pick = match form {
                    Form::Least => Pick::Lesser,
                    _ => Pick::Greater,
                };
                let mut picked = first;
                for value in values.skip(1) {
                    picked = self.emit(Op::Pick(pick, picked, value), span)?;
                }
                if self.whole {
                    // Every number that comes by is finite there.
                    picked
                } else {
                    self.emit(Op::Finite(picked), span)?
                }
            }
            Form::Total => {
                // What sums of doubles begin with: adding it changes no bit.
                let mut total = self.number(Num::Known(-0.0));
                for value in values {
                    total = self.emit(Op::Arithmetic(BinaryOp::Add, total, value), span)?;
                }
                total
            }
            Form::Average | Form::WeightedMean => {
                if form == Form::Average {
                    // A weight of 1 changes no bit of a value.
                    terms.iter_mut().for_each(|(weight, _)| *weight = 1.0);
                }
                let total: f64 = terms.iter().map(|(weight, _)| *weight).sum();
                // Without any weight there is an issue, for the function to raise.
                if !(total > 0.0 && total.is_finite()) {
                    return Ok(None);
                }
                self.draft.means.push(Mean {
                    terms: terms
                        .into_iter()
                        .map(|(weight, value)| Term {
                            weight: Some(weight),
                            value,
                            line: None,
                        })
                        .collect(),
                    total,
                });
                self.emit(Op::Mean(self.draft.means.len() - 1), span)?
            }
        }))
    }

    pub(super) fn give(
        &mut self,
        value: Value,
        span: Span,
        given: &mut Vec<Argument<Number>>,
    ) -> Unrolled<()> {
        match value {
            Value::List(items) => {
                for item in items {
                    self.give(item, span, given)?;
                }
            }
            Value::Children(nodes) => {
                for node in nodes {
                    let (score, missing) = self.read_place(Place::Child(node));
                    given.push(Argument::Child {
                        sibling: self.rules.sibling(node),
                        score,
                        missing: self.flag(missing),
                    });
                }
            }
            value => {
                let value = self.number_of(&value, span)?;
                given.push(Argument::Number(self.number(value)));
            }
        }
        Ok(())
    }

    /// An own function, written out for this call.
    pub(super) fn call_own(
        &mut self,
        at: usize,
        arguments: &[Expr],
        span: Span,
    ) -> Unrolled<Value> {
        let functions = self.formula.map_or(&[][..], |formula| &formula.functions);
        let Some(function) = functions.get(at) else {
            return kept(span, "fungsi tidak dikenal", "an unknown function");
        };
        let mut frame = Frame::new(function.locals);
        for (slot, argument) in frame.locals.iter_mut().zip(arguments) {
            *slot = self.expr(argument)?;
        }
        if self.path == Path::Never {
            return Ok(Value::Nothing);
        }
        let outer = std::mem::replace(&mut self.frame, frame);
        let value = self.body(&function.body);
        self.frame = outer;
        value
    }
}
