//! Partial evaluation: the checked form → instructions, statement by statement.

use super::code::{Number, Op, Path};
use super::partial::{Num, Truth, Unrolled, Value, Writer, mixed};
use crate::base::{NodeIndex, Span};
use crate::check::formula::{
    BinaryOp, Block, Expr, ExprKind, Formula, Item, Label, LocalId, Over, Place, Statement,
    SwitchArm, UnaryOp,
};
use crate::compile::meaning::{arithmetic, compare, fault, position};

impl<'a> Writer<'a> {
    /// The number that a formula gives; yes-or-no becomes 1 or 0.
    pub(super) fn unroll(&mut self, formula: &'a Formula) -> Unrolled<Number> {
        match self.body(&formula.body)? {
            Value::Truth(truth) => {
                let flag = self.flag(truth);
                self.emit(Op::AsNumber(flag), formula.span)
            }
            other => {
                let value = self.number_of(&other, formula.span)?;
                Ok(self.number(value))
            }
        }
    }

    fn whole_span(&self) -> Span {
        self.formula
            .map_or(self.rules.node(self.node).span, |formula| formula.span)
    }

    /// The body of the formula, or of a function: its value, or what it has returned.
    pub(super) fn body(&mut self, body: &Block) -> Unrolled<Value> {
        let before = self.path;
        let value = self.block(body)?;
        let value = match self.frame.result.take() {
            None => value,
            Some(result) => match self.path {
                Path::Never => result,
                Path::Always => value,
                Path::Where(flag) => self.select(flag, value, result, self.whole_span())?,
            },
        };
        self.path = before;
        Ok(value)
    }

    fn block(&mut self, block: &Block) -> Unrolled<Value> {
        for statement in &block.statements {
            if self.path == Path::Never {
                return Ok(Value::Nothing);
            }
            self.statement(statement)?;
        }
        match &block.value {
            Some(value) => self.expr(value),
            None => Ok(Value::Nothing),
        }
    }

    fn set(&mut self, local: LocalId, value: Value) {
        if let Some(slot) = self.frame.locals.get_mut(local.0) {
            *slot = value;
        }
    }

    fn local(&self, local: LocalId) -> Value {
        let value = self.frame.locals.get(local.0);
        value.cloned().unwrap_or(Value::Nothing)
    }

    fn statement(&mut self, statement: &Statement) -> Unrolled<()> {
        match statement {
            Statement::Let(local, value) | Statement::Assign(local, None, value, _) => {
                let value = self.expr(value)?;
                self.set(*local, value);
            }
            Statement::Assign(local, Some(op), value, span) => {
                let value = self.expr(value)?;
                let before = self.local(*local);
                let value = self.binary(*op, &before, &value, *span)?;
                self.set(*local, value);
            }
            Statement::For(local, over, body) => {
                for item in self.items(over)? {
                    if self.path == Path::Never {
                        break;
                    }
                    self.set(*local, item);
                    self.block(body)?;
                }
            }
            Statement::Return(value) => {
                let value = self.expr(value)?;
                let result = match (self.frame.result.take(), self.path) {
                    (Some(result), Path::Never) => result,
                    (Some(result), Path::Where(flag)) => {
                        self.select(flag, value, result, self.whole_span())?
                    }
                    (_, _) => value,
                };
                self.frame.result = Some(result);
                self.path = Path::Never;
            }
            Statement::Expr(value) => {
                self.expr(value)?;
            }
        }
        Ok(())
    }

    fn items(&mut self, over: &Over) -> Unrolled<Vec<Value>> {
        Ok(match over {
            Over::Children(list, _) => match self.expr(list)? {
                Value::Children(nodes) => nodes.into_iter().map(Value::Child).collect(),
                Value::Nothing => Vec::new(),
                _ => return mixed(list.span),
            },
            Over::List(list, _) => match self.expr(list)? {
                Value::List(items) => items,
                Value::Nothing => Vec::new(),
                _ => return mixed(list.span),
            },
            Over::Range(from, to) => {
                let known = |at: i64| Value::Number(Num::Known(at as f64));
                (*from..*to).map(known).collect()
            }
        })
    }

    // Expressions.

    pub(super) fn number_of(&mut self, value: &Value, span: Span) -> Unrolled<Num> {
        match value {
            Value::Number(value) => Ok(*value),
            // Where no row comes by, any number will do.
            Value::Nothing => Ok(Num::Known(0.0)),
            _ => mixed(span),
        }
    }

    fn truth_of(&mut self, value: &Value, span: Span) -> Unrolled<Truth> {
        match value {
            Value::Truth(value) => Ok(*value),
            Value::Nothing => Ok(Truth::Known(false)),
            _ => mixed(span),
        }
    }

    fn truth(&mut self, expr: &Expr) -> Unrolled<Truth> {
        let value = self.expr(expr)?;
        self.truth_of(&value, expr.span)
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Unrolled<Value> {
        if self.path == Path::Never {
            return Ok(Value::Nothing);
        }
        let span = expr.span;
        Ok(match &expr.kind {
            ExprKind::Number(value) | ExprKind::Parameter(_, value) => {
                Value::Number(Num::Known(*value))
            }
            ExprKind::Bool(flag) => Value::Truth(Truth::Known(*flag)),
            ExprKind::Text(text) => Value::Text(text.clone()),
            ExprKind::Local(local) => self.local(*local),
            ExprKind::Read(place) => self.read(*place, span)?,
            ExprKind::IsMissing(place) => {
                let place = self.place(*place, span)?;
                Value::Truth(self.read_place(place).1)
            }
            ExprKind::Coalesce(places, last) => self.coalesce(places, last, span)?,
            ExprKind::Item(item, local) => {
                let node = self.child(*local, span)?;
                let rule = self.rules.node(node);
                match item {
                    Item::Weight => Value::Number(Num::Known(rule.weight.value)),
                    Item::Id => Value::Text(rule.id.as_str().into()),
                }
            }
            ExprKind::Children(nodes) => Value::Children(nodes.to_vec()),
            ExprKind::Only(of, which) => match self.expr(of)? {
                Value::Children(nodes) => {
                    let wanted = nodes.into_iter().filter(|node| which.contains(node));
                    Value::Children(wanted.collect())
                }
                _ => return mixed(span),
            },
            ExprKind::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.expr(item)?);
                }
                Value::List(list)
            }
            ExprKind::At(list, position) => {
                let (list, position) = (self.expr(list)?, self.expr(position)?);
                self.at(list, &position, span)?
            }
            ExprKind::Unary(op, x) => {
                let x = self.expr(x)?;
                match op {
                    UnaryOp::Not => {
                        let x = self.truth_of(&x, span)?;
                        Value::Truth(self.not(x, span)?)
                    }
                    UnaryOp::Negate => Value::Number(match self.number_of(&x, span)? {
                        Num::Known(x) => Num::Known(-x),
                        Num::At(x) => Num::At(self.emit(Op::Negate(x), span)?),
                    }),
                }
            }
            ExprKind::Binary(op, x, y) => {
                let (x, y) = (self.expr(x)?, self.expr(y)?);
                self.binary(*op, &x, &y, span)?
            }
            ExprKind::And(sides) => Value::Truth(self.chain(sides, true)?),
            ExprKind::Or(sides) => Value::Truth(self.chain(sides, false)?),
            ExprKind::Call(name, arguments) => self.call(name, arguments, span)?,
            ExprKind::CallOwn(function, arguments) => self.call_own(*function, arguments, span)?,
            ExprKind::If(condition, then, otherwise) => {
                let condition = self.truth(condition)?;
                self.branch(
                    condition,
                    span,
                    |own| own.block(then),
                    |own| match otherwise {
                        Some(otherwise) => own.block(otherwise),
                        None => Ok(Value::Nothing),
                    },
                )?
            }
            ExprKind::Switch(value, arms, default) => {
                let value = self.expr(value)?;
                self.switch(&value, arms, default.as_ref(), span)?
            }
            ExprKind::Block(block) => self.block(block)?,
        })
    }

    fn child(&mut self, local: LocalId, span: Span) -> Unrolled<NodeIndex> {
        match self.local(local) {
            Value::Child(node) => Ok(node),
            _ => mixed(span),
        }
    }

    /// A place without loops.
    fn place(&mut self, place: Place, span: Span) -> Unrolled<Place> {
        Ok(match place {
            Place::ItemScore(local) => Place::Child(self.child(local, span)?),
            Place::ItemRaw(local) => Place::Raw(self.child(local, span)?),
            place => place,
        })
    }

    fn read(&mut self, place: Place, span: Span) -> Unrolled<Value> {
        let place = self.place(place, span)?;
        let (value, missing) = self.read_place(place);
        if missing != Truth::Known(false) {
            let missing = self.flag(missing);
            self.emit(Op::Require(missing), span)?;
        }
        Ok(Value::Number(Num::At(value)))
    }

    fn coalesce(&mut self, places: &[Place], last: &Expr, span: Span) -> Unrolled<Value> {
        let Some((first, rest)) = places.split_first() else {
            return self.expr(last);
        };
        let place = self.place(*first, span)?;
        let (value, missing) = self.read_place(place);
        self.branch(
            missing,
            span,
            |own| own.coalesce(rest, last, span),
            |_| Ok(Value::Number(Num::At(value))),
        )
    }

    fn at(&mut self, list: Value, named: &Value, span: Span) -> Unrolled<Value> {
        let Value::List(items) = list else {
            return mixed(span);
        };
        let named = self.number_of(named, span)?;
        if let Num::Known(at) = named
            && let Some(item) = position(at, items.len()).and_then(|at| items.get(at))
        {
            return Ok(item.clone());
        }
        let mut registers = Vec::with_capacity(items.len());
        for item in &items {
            let Value::Number(item) = item else {
                return mixed(span);
            };
            registers.push(self.number(*item));
        }
        let named = self.number(named);
        Ok(Value::Number(Num::At(
            self.emit(Op::At(registers, named), span)?,
        )))
    }

    /// `&&` where `until` is true, else `||`: a side is reached by rows whose sides before were `until`.
    fn chain(&mut self, sides: &[Expr], until: bool) -> Unrolled<Truth> {
        let before = self.path;
        let mut all = Truth::Known(until);
        for side in sides {
            let span = side.span;
            let reaches = if until { all } else { self.not(all, span)? };
            self.path = self.narrowed(before, reaches, span)?;
            if self.path == Path::Never {
                break;
            }
            let value = self.truth(side)?;
            all = if until {
                self.and(all, value, span)?
            } else {
                self.or(all, value, span)?
            };
        }
        self.path = before;
        Ok(all)
    }

    fn binary(&mut self, op: BinaryOp, x: &Value, y: &Value, span: Span) -> Unrolled<Value> {
        match (x, y) {
            (Value::Text(x), Value::Text(y)) => {
                let same = x == y;
                return Ok(Value::Truth(Truth::Known(same == (op == BinaryOp::Equal))));
            }
            (Value::Truth(x), Value::Truth(y)) => {
                let (x, y) = (self.flag(*x), self.flag(*y));
                let same = Truth::At(self.emit(Op::SameFlag(x, y), span)?);
                return Ok(Value::Truth(match op {
                    BinaryOp::Equal => same,
                    _ => self.not(same, span)?,
                }));
            }
            _ => {}
        }
        let (x, y) = (self.number_of(x, span)?, self.number_of(y, span)?);
        if let (Num::Known(x), Num::Known(y)) = (x, y) {
            if !op.is_arithmetic() {
                return Ok(Value::Truth(Truth::Known(compare(op, x, y))));
            }
            let value = arithmetic(op, x, y);
            // What is an issue is one when it runs, and for the rows that reach it.
            if fault(op, y, value).is_none() {
                return Ok(Value::Number(Num::Known(value)));
            }
        }
        let (x, y) = (self.number(x), self.number(y));
        Ok(if op.is_arithmetic() {
            Value::Number(Num::At(self.emit(Op::Arithmetic(op, x, y), span)?))
        } else {
            Value::Truth(Truth::At(self.emit(Op::Compare(op, x, y), span)?))
        })
    }

    fn switch(
        &mut self,
        value: &Value,
        arms: &[SwitchArm],
        default: Option<&Block>,
        span: Span,
    ) -> Unrolled<Value> {
        // Arms that no row takes are passed by here, so that only those that write instructions nest.
        for (at, arm) in arms.iter().enumerate() {
            let taken = self.taken(value, arm, span)?;
            if taken == Truth::Known(false) {
                continue;
            }
            let rest = arms.get(at + 1..).unwrap_or(&[]);
            return self.branch(
                taken,
                span,
                |own| own.block(&arm.body),
                |own| own.switch(value, rest, default, span),
            );
        }
        match default {
            Some(default) => self.block(default),
            None => Ok(Value::Nothing),
        }
    }

    /// Whether a value leads into an arm that it has come to.
    fn taken(&mut self, value: &Value, arm: &SwitchArm, span: Span) -> Unrolled<Truth> {
        let mut taken = Truth::Known(false);
        for label in &arm.labels {
            let own = self.label(value, label, span)?;
            taken = self.or(taken, own, span)?;
        }
        if let Some(guard) = &arm.guard {
            let before = self.path;
            self.path = self.narrowed(before, taken, span)?;
            let guard = self.truth(guard)?;
            self.path = before;
            taken = self.and(taken, guard, span)?;
        }
        Ok(taken)
    }

    fn label(&mut self, value: &Value, label: &Label, span: Span) -> Unrolled<Truth> {
        let known = |number: f64| Value::Number(Num::Known(number));
        let mut is = |op, other: Value| {
            let found = self.binary(op, value, &other, span)?;
            self.truth_of(&found, span)
        };
        match label {
            Label::Number(number) => is(BinaryOp::Equal, known(*number)),
            Label::Text(text) => is(BinaryOp::Equal, Value::Text(text.clone())),
            Label::Bool(flag) => is(BinaryOp::Equal, Value::Truth(Truth::Known(*flag))),
            Label::Range {
                low,
                high,
                inclusive,
            } => {
                let above = is(BinaryOp::GreaterOrEqual, known(*low))?;
                let op = if *inclusive {
                    BinaryOp::LessOrEqual
                } else {
                    BinaryOp::Less
                };
                let below = is(op, known(*high))?;
                self.and(above, below, span)
            }
        }
    }
}
