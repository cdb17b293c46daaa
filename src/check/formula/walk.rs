//! Looking at every part of a formula.

use crate::base::{NodeIndex, Span};

use super::form::{BinaryOp, Block, Expr, ExprKind, Formula, Over, Statement};

impl Formula {
    /// Whether the formula is nothing but a call of a function over these children.
    pub fn is_call_over_children(&self, name: &str, children: &[NodeIndex]) -> bool {
        let Some(ExprKind::Call(called, arguments)) =
            self.body.value.as_ref().map(|value| &value.kind)
        else {
            return false;
        };
        let all = match arguments.as_slice() {
            [only] => matches!(&only.kind, ExprKind::Children(all) if **all == *children),
            _ => false,
        };
        self.body.statements.is_empty() && called == name && all
    }

    /// Where the functions of other files are written that the formula calls, directly or not, each once, callers first.
    pub fn shared_functions(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for function in self.functions.iter().rev() {
            if function.span.file != self.span.file && !spans.contains(&function.span) {
                spans.push(function.span);
            }
        }
        spans
    }

    /// Shows every expression of the formula and of the own functions it calls, parents before their parts.
    pub fn walk<'f>(&'f self, see: &mut impl FnMut(&'f Expr)) {
        let mut see = |part: Part<'f>| {
            if let Part::Expr(part) = part {
                see(part);
            }
        };
        for function in &self.functions {
            block(&function.body, &mut see);
        }
        block(&self.body, &mut see);
    }
}

impl Block {
    /// Shows every expression in it, parents before their parts.
    pub(crate) fn walk<'f>(&'f self, see: &mut impl FnMut(&'f Expr)) {
        block(self, &mut |part| {
            if let Part::Expr(part) = part {
                see(part);
            }
        });
    }
}

impl Statement {
    /// Where it begins, as far as its expressions say.
    pub(crate) fn begins(&self) -> Option<Span> {
        let mut first: Option<Span> = None;
        statement(self, &mut |part| {
            if let Part::Expr(part) = part {
                let earlier = first.is_none_or(|first| part.span.start < first.start);
                first = if earlier { Some(part.span) } else { first };
            }
        });
        first
    }

    /// Shows the statement and every statement in it, also in expressions.
    pub(crate) fn walk_statements<'f>(&'f self, see: &mut impl FnMut(&'f Statement)) {
        statement(self, &mut |part| {
            if let Part::Statement(part) = part {
                see(part);
            }
        });
    }
}

impl Expr {
    /// Where it begins: the span of an operation is that of its sign.
    pub(crate) fn begins(&self) -> Span {
        let mut first = self.span;
        expr(self, &mut |part| {
            if let Part::Expr(part) = part
                && part.span.start < first.start
            {
                first = part.span;
            }
        });
        first
    }

    /// Shows every statement in it.
    pub(crate) fn walk_statements<'f>(&'f self, see: &mut impl FnMut(&'f Statement)) {
        expr(self, &mut |part| {
            if let Part::Statement(part) = part {
                see(part);
            }
        });
    }
}

#[derive(Clone, Copy)]
enum Part<'f> {
    Expr(&'f Expr),
    Statement(&'f Statement),
}

fn block<'f>(part: &'f Block, see: &mut impl FnMut(Part<'f>)) {
    for part in &part.statements {
        statement(part, see);
    }
    if let Some(value) = &part.value {
        expr(value, see);
    }
}

fn statement<'f>(part: &'f Statement, see: &mut impl FnMut(Part<'f>)) {
    see(Part::Statement(part));
    match part {
        Statement::Let(_, value)
        | Statement::Assign(_, _, value, _)
        | Statement::Return(value)
        | Statement::Expr(value) => expr(value, see),
        Statement::For(_, over, body) => {
            match over {
                Over::Children(list, _) | Over::List(list, _) => expr(list, see),
                Over::Range(..) => {}
            }
            block(body, see);
        }
    }
}

fn expr<'f>(part: &'f Expr, see: &mut impl FnMut(Part<'f>)) {
    see(Part::Expr(part));
    match &part.kind {
        ExprKind::Number(_)
        | ExprKind::Bool(_)
        | ExprKind::Text(_)
        | ExprKind::Parameter(..)
        | ExprKind::Local(_)
        | ExprKind::Read(_)
        | ExprKind::IsMissing(_)
        | ExprKind::Item(..)
        | ExprKind::Children(_) => {}
        ExprKind::Only(of, _) | ExprKind::Unary(_, of) | ExprKind::Coalesce(_, of) => expr(of, see),
        ExprKind::At(x, y) | ExprKind::Binary(_, x, y) => {
            expr(x, see);
            expr(y, see);
        }
        ExprKind::List(parts)
        | ExprKind::And(parts)
        | ExprKind::Or(parts)
        | ExprKind::Call(_, parts)
        | ExprKind::CallOwn(_, parts) => parts.iter().for_each(|part| expr(part, see)),
        ExprKind::If(condition, then, otherwise) => {
            expr(condition, see);
            block(then, see);
            otherwise.iter().for_each(|part| block(part, see));
        }
        ExprKind::Switch(value, arms, default) => {
            expr(value, see);
            for arm in arms {
                arm.guard.iter().for_each(|guard| expr(guard, see));
                block(&arm.body, see);
            }
            default.iter().for_each(|part| block(part, see));
        }
        ExprKind::Block(inner) => block(inner, see),
    }
}

/// An operator or an expression of a formula, to be changed.
pub(crate) enum PartMut<'f> {
    /// An expression.
    Expr(&'f mut Expr),
    /// The operator of `x += …`, with its place.
    Operator(&'f mut BinaryOp, Span),
}

impl Formula {
    /// Shows every expression and every operator of the formula and of the own functions it calls, to be changed.
    pub(crate) fn walk_mut(&mut self, see: &mut impl FnMut(PartMut<'_>)) {
        for function in &mut self.functions {
            block_mut(&mut function.body, see);
        }
        block_mut(&mut self.body, see);
    }
}

fn block_mut(part: &mut Block, see: &mut impl FnMut(PartMut<'_>)) {
    for part in &mut part.statements {
        match part {
            Statement::Assign(_, op, value, span) => {
                if let Some(op) = op {
                    see(PartMut::Operator(op, *span));
                }
                expr_mut(value, see);
            }
            Statement::Let(_, value) | Statement::Return(value) | Statement::Expr(value) => {
                expr_mut(value, see);
            }
            Statement::For(_, over, body) => {
                if let Over::Children(list, _) | Over::List(list, _) = over {
                    expr_mut(list, see);
                }
                block_mut(body, see);
            }
        }
    }
    if let Some(value) = &mut part.value {
        expr_mut(value, see);
    }
}

fn expr_mut(part: &mut Expr, see: &mut impl FnMut(PartMut<'_>)) {
    see(PartMut::Expr(part));
    match &mut part.kind {
        ExprKind::Only(of, _) | ExprKind::Unary(_, of) | ExprKind::Coalesce(_, of) => {
            expr_mut(of, see);
        }
        ExprKind::At(x, y) | ExprKind::Binary(_, x, y) => {
            expr_mut(x, see);
            expr_mut(y, see);
        }
        ExprKind::List(parts)
        | ExprKind::And(parts)
        | ExprKind::Or(parts)
        | ExprKind::Call(_, parts)
        | ExprKind::CallOwn(_, parts) => parts.iter_mut().for_each(|part| expr_mut(part, see)),
        ExprKind::If(condition, then, otherwise) => {
            expr_mut(condition, see);
            block_mut(then, see);
            otherwise.iter_mut().for_each(|part| block_mut(part, see));
        }
        ExprKind::Switch(value, arms, default) => {
            expr_mut(value, see);
            for arm in arms {
                arm.guard.iter_mut().for_each(|guard| expr_mut(guard, see));
                block_mut(&mut arm.body, see);
            }
            default.iter_mut().for_each(|part| block_mut(part, see));
        }
        ExprKind::Block(inner) => block_mut(inner, see),
        _ => {}
    }
}
