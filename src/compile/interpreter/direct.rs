//! The direct style: the operators of Rhai itself, which are several times faster than functions of ours.
//!
//! It promises less than the placed style: where that raises an issue, a direct script fails somewhere, and where it
//! gives a value, that is the value, to the bit. So it is run first, and only what fails is run again for its issue.
//!
//! Of numbers that cannot be trusted this asks no check at each operator. Sums, differences and products of something
//! infinite or not a number are so again, and so is a quotient with it on the left. It only gets lost where it is
//! compared, divided by, given to a function or a power, or dropped. There it is looked at: by the function that
//! takes it, or by `kept(…)`. A variable that only changes in ways that carry it on is looked at when its block ends.
//! Comparisons are functions of ours, since those of Rhai are not exact. What is missing is `()`, which no operator and
//! no function takes.
//!
//! Loops over children are written out turn by turn while they are not too long: reading a variable costs half of what
//! a call costs. Own functions keep their loops: they do not see the variables of the body.

use rhai::AST;

use crate::base::NodeIndex;
use crate::check::formula::{
    BinaryOp, Block, Expr, ExprKind, LocalId, Over, Place, Statement, Type,
};

use super::emit::Emitter;

/// The most arguments of a function that are passed one by one.
pub(super) const PASSED: usize = 4;

/// How many expressions the loops of a formula may take that are written out.
pub(super) const WRITTEN: usize = 2_000;

/// A script without the declarations at its head: their names are in the scope that it is run in. Rhai then finds each
/// by its position instead of by its name.
pub(super) fn without_declarations(ast: &AST, names: usize) -> AST {
    let statements = ast.statements().iter().skip(names).cloned();
    AST::new(statements, ast.shared_lib().clone())
}

/// The function in place of an operator.
pub(super) fn named(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "add",
        BinaryOp::Subtract => "subtract",
        BinaryOp::Multiply => "multiply",
        BinaryOp::Divide => "divide",
        BinaryOp::Remainder => "remainder",
        BinaryOp::Power => "power",
        BinaryOp::Equal => "equal",
        BinaryOp::NotEqual => "not_equal",
        BinaryOp::Less => "less",
        BinaryOp::LessOrEqual => "less_or_equal",
        BinaryOp::Greater => "greater",
        BinaryOp::GreaterOrEqual => "greater_or_equal",
    }
}

/// Whether the value of an operator cannot be trusted as soon as that on the left cannot.
fn carries_left(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Add | Subtract | Multiply | Divide | Remainder)
}

impl Emitter<'_> {
    /// Whether a value is there and can be trusted wherever its expression does not fail.
    fn is_sure(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Text(_)
            | ExprKind::Parameter(..)
            | ExprKind::IsMissing(_)
            | ExprKind::Item(..)
            | ExprKind::Children(_)
            | ExprKind::Only(..)
            | ExprKind::List(_)
            | ExprKind::At(..)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Call(..) => true,
            ExprKind::Local(local) => !self.waiting.contains(local),
            ExprKind::Read(place) => {
                matches!(self.place(*place), Place::ItemScore(_) | Place::ItemRaw(_))
            }
            ExprKind::Coalesce(_, last) => self.is_sure(last),
            ExprKind::Unary(_, x) => self.is_sure(x) || matches!(x.kind, ExprKind::Read(_)),
            ExprKind::Binary(op, ..) => !op.is_arithmetic() || *op == BinaryOp::Power,
            ExprKind::CallOwn(..)
            | ExprKind::If(..)
            | ExprKind::Switch(..)
            | ExprKind::Block(_) => false,
        }
    }

    /// A value that may get lost.
    pub(super) fn kept(&mut self, expr: &Expr) {
        if !self.is_direct() || self.is_sure(expr) {
            self.expr(expr);
        } else {
            self.put("kept(");
            self.expr(expr);
            self.put(")");
        }
    }

    /// The value of a variable that changes.
    pub(super) fn assigned(&mut self, local: LocalId, value: &Expr) {
        if self.waiting.contains(&local) {
            self.expr(value);
        } else {
            self.kept(value);
        }
    }

    /// An operator between two values.
    pub(super) fn operator(&mut self, op: BinaryOp, x: &Expr, y: &Expr) {
        let native = carries_left(op) || x.ty != Type::Number;
        if native {
            self.put("(");
            self.expr(x);
            self.put(&format!(" {} ", op.sign()));
            self.right(op, y);
        } else {
            self.put(&format!("{}(", named(op)));
            self.expr(x);
            self.put(", ");
            self.expr(y);
        }
        self.put(")");
    }

    fn right(&mut self, op: BinaryOp, y: &Expr) {
        match op {
            BinaryOp::Divide | BinaryOp::Remainder => self.kept(y),
            _ => self.expr(y),
        }
    }

    /// `x += …` and its like.
    pub(super) fn compound(&mut self, local: LocalId, op: BinaryOp, value: &Expr) {
        let name = format!("v{}", local.0);
        if carries_left(op) && self.waiting.contains(&local) {
            self.put(&format!("{name} {}= ", op.sign()));
            self.right(op, value);
        } else if carries_left(op) {
            self.put(&format!("{name} = kept({name} {} ", op.sign()));
            self.right(op, value);
            self.put(")");
        } else {
            self.put(&format!("{name} = {}({name}, ", named(op)));
            self.expr(value);
            self.put(")");
        }
    }

    /// A call of a function of the engine, which looks at its arguments.
    pub(super) fn call(&mut self, name: &str, arguments: &[Expr]) {
        let passed = match arguments {
            [only] if matches!(only.ty, Type::Children(_)) => true,
            all => all.len() <= PASSED && all.iter().all(|one| one.ty == Type::Number),
        };
        self.put(&format!("f_{name}("));
        if passed {
            for (at, argument) in arguments.iter().enumerate() {
                self.put(if at > 0 { ", " } else { "" });
                self.expr(argument);
            }
        } else {
            self.list(arguments);
        }
        self.put(")");
    }

    /// Whether a loop is written out turn by turn: over which children.
    pub(super) fn written_out<'f>(
        &mut self,
        local: LocalId,
        over: &'f Over,
        body: &Block,
    ) -> Option<&'f [NodeIndex]> {
        let Over::Children(list, children) = over else {
            return None;
        };
        if !self.is_direct() || !self.in_body {
            return None;
        }
        let pure = matches!(
            list.kind,
            ExprKind::Children(_) | ExprKind::Only(..) | ExprKind::Local(_)
        );
        let (mut size, mut whole) = (1, false);
        body.walk(&mut |part| {
            size += 1;
            whole |= matches!(part.kind, ExprKind::Local(used) if used == local);
        });
        let room = self.room.checked_sub(size * children.len())?;
        (pure && !whole).then(|| {
            self.room = room;
            children.as_ref()
        })
    }

    /// Whether a number that a block declares need only be looked at when the block ends.
    pub(super) fn may_wait(
        &self,
        statement: &Statement,
        rest: &[Statement],
        block: &Block,
    ) -> bool {
        let Statement::Let(local, value) = statement else {
            return false;
        };
        let mut carried = self.is_direct() && value.ty == Type::Number;
        let mut within_value = false;
        let mut see = |statement: &Statement| match statement {
            Statement::Assign(changed, op, value, _) if changed == local => {
                carried &= match op {
                    Some(op) => carries_left(*op),
                    None => looks_at(value, *local),
                };
            }
            Statement::Return(value) => {
                value.walk_statements(&mut |inner| within_value |= assigns(inner, *local));
            }
            _ => {}
        };
        for statement in rest {
            statement.walk_statements(&mut see);
        }
        if let Some(value) = &block.value {
            value.walk_statements(&mut |inner| within_value |= assigns(inner, *local));
        }
        carried && !within_value
    }

    /// Looks at the variables that waited, before a block gives its value or is left.
    pub(super) fn look_at(&mut self, waiting: &[LocalId], value: Option<&Expr>) {
        for local in waiting {
            if !value.is_some_and(|value| looks_at(value, *local)) {
                self.put(&format!("kept(v{}); ", local.0));
            }
        }
    }
}

fn assigns(statement: &Statement, local: LocalId) -> bool {
    matches!(statement, Statement::Assign(changed, ..) if *changed == local)
}

/// Whether an expression always reads a variable, and fails or carries it on where it cannot be trusted.
fn looks_at(expr: &Expr, local: LocalId) -> bool {
    match &expr.kind {
        ExprKind::Local(read) => *read == local,
        ExprKind::Binary(_, x, y) => looks_at(x, local) || looks_at(y, local),
        ExprKind::Unary(_, x) => looks_at(x, local),
        ExprKind::Call(_, arguments) => arguments.iter().any(|one| looks_at(one, local)),
        _ => false,
    }
}
