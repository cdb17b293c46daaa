//! The work of a formula, known before it runs: loops are unrolled in the count, nothing else repeats.

use super::form::{Block, Expr, ExprKind, Formula, Over, Statement, Type};

/// The steps that one region may cost.
pub const BUDGET: u64 = 100_000;

/// The parts that a formula may be written with.
pub const LARGEST: u64 = 40_000;

/// How deep own functions may call each other.
pub const DEEPEST_CALLS: usize = 32;

/// How deep a formula may be nested, with the functions it calls.
pub const DEEPEST_NESTING: usize = 260;

/// How deep a formula is nested, a call as deep as its function.
pub(super) fn nesting(formula: &Formula) -> usize {
    let mut functions = Vec::with_capacity(formula.functions.len());
    for function in &formula.functions {
        functions.push(block_depth(&function.body, &functions));
    }
    block_depth(&formula.body, &functions)
}

fn block_depth(block: &Block, functions: &[usize]) -> usize {
    let statements = block.statements.iter().map(|statement| match statement {
        Statement::Let(_, value)
        | Statement::Assign(_, _, value, _)
        | Statement::Return(value)
        | Statement::Expr(value) => depth(value, functions),
        Statement::For(_, Over::Children(list, _) | Over::List(list, _), body) => {
            depth(list, functions).max(block_depth(body, functions))
        }
        Statement::For(_, Over::Range(..), body) => block_depth(body, functions),
    });
    let value = block.value.iter().map(|value| depth(value, functions));
    1 + statements.chain(value).max().unwrap_or(0)
}

fn depth(expr: &Expr, functions: &[usize]) -> usize {
    let deepest = |parts: &[Expr]| {
        parts
            .iter()
            .map(|part| depth(part, functions))
            .max()
            .unwrap_or(0)
    };
    let blocks = |blocks: &mut dyn Iterator<Item = &Block>| {
        blocks
            .map(|block| block_depth(block, functions))
            .max()
            .unwrap_or(0)
    };
    1 + match &expr.kind {
        ExprKind::Coalesce(_, x) | ExprKind::Unary(_, x) | ExprKind::Only(x, _) => {
            depth(x, functions)
        }
        ExprKind::At(x, y) | ExprKind::Binary(_, x, y) => {
            depth(x, functions).max(depth(y, functions))
        }
        ExprKind::List(parts)
        | ExprKind::And(parts)
        | ExprKind::Or(parts)
        | ExprKind::Call(_, parts) => deepest(parts),
        ExprKind::CallOwn(function, parts) => {
            deepest(parts).max(functions.get(*function).copied().unwrap_or(usize::MAX / 2))
        }
        ExprKind::If(condition, then, otherwise) => {
            depth(condition, functions).max(blocks(&mut [then].into_iter().chain(otherwise)))
        }
        // Written out as a chain, each arm stands in the one before.
        ExprKind::Switch(value, arms, default) => {
            let guards = arms
                .iter()
                .filter_map(|arm| arm.guard.as_ref())
                .map(|guard| depth(guard, functions));
            let bodies = blocks(&mut arms.iter().map(|arm| &arm.body).chain(default));
            depth(value, functions)
                .max(guards.max().unwrap_or(0))
                .max(bodies)
                + arms.len() / 4
        }
        ExprKind::Block(block) => block_depth(block, functions),
        _ => 0,
    }
}

/// How deep the own functions of a formula call each other.
pub(super) fn call_depth(formula: &Formula) -> usize {
    // A function stands before its callers.
    let mut depths: Vec<usize> = Vec::with_capacity(formula.functions.len());
    for function in &formula.functions {
        let below = function
            .calls
            .iter()
            .filter_map(|callee| depths.get(*callee));
        depths.push(1 + below.copied().max().unwrap_or(0));
    }
    depths.into_iter().max().unwrap_or(0)
}

/// The steps of a formula for one region.
pub(super) fn of(formula: &Formula) -> u64 {
    // A function stands before its callers, so its cost is known when a call of it is met.
    let mut functions = Vec::with_capacity(formula.functions.len());
    for function in &formula.functions {
        let counting = Counting {
            functions: &functions,
            unrolled: true,
        };
        functions.push(counting.block(&function.body));
    }
    Counting {
        functions: &functions,
        unrolled: true,
    }
    .block(&formula.body)
}

/// The parts that a formula and its own functions are written with.
pub(super) fn size(formula: &Formula) -> u64 {
    let counting = Counting {
        functions: &[],
        unrolled: false,
    };
    let functions = formula
        .functions
        .iter()
        .map(|function| counting.block(&function.body));
    functions.fold(counting.block(&formula.body), u64::saturating_add)
}

struct Counting<'a> {
    functions: &'a [u64],
    /// Whether a loop counts as often as it turns, and a call as much as its function; else everything counts
    /// once, as it is written.
    unrolled: bool,
}

impl Counting<'_> {
    fn block(&self, block: &Block) -> u64 {
        let statements = block
            .statements
            .iter()
            .map(|statement| self.statement(statement));
        let value = block.value.iter().map(|value| self.expr(value));
        statements.chain(value).fold(0, u64::saturating_add)
    }

    fn statement(&self, statement: &Statement) -> u64 {
        match statement {
            Statement::Let(_, value)
            | Statement::Assign(_, _, value, _)
            | Statement::Return(value) => self.expr(value).saturating_add(1),
            Statement::Expr(value) => self.expr(value),
            Statement::For(_, over, body) => {
                let (turns, head) = match over {
                    Over::Children(list, which) => (which.len() as u64, self.expr(list)),
                    Over::List(list, count) => (*count as u64, self.expr(list)),
                    Over::Range(from, to) => (u64::try_from(to - from).unwrap_or(0), 1),
                };
                let turns = if self.unrolled { turns } else { 1 };
                let turn = self.block(body).saturating_add(1);
                turns.saturating_mul(turn).saturating_add(head)
            }
        }
    }

    fn all<'e>(&self, parts: impl IntoIterator<Item = &'e Expr>) -> u64 {
        parts
            .into_iter()
            .map(|part| self.expr(part))
            .fold(1, u64::saturating_add)
    }

    fn expr(&self, expr: &Expr) -> u64 {
        match &expr.kind {
            ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Text(_)
            | ExprKind::Parameter(..)
            | ExprKind::Read(_)
            | ExprKind::IsMissing(_)
            | ExprKind::Item(..) => 1,
            // A list is copied wherever its variable is read.
            ExprKind::Local(_) => match &expr.ty {
                Type::List(_, count) => *count as u64,
                _ => 1,
            },
            ExprKind::Children(which) => which.len() as u64,
            ExprKind::Only(of, which) => self.expr(of).saturating_add(which.len() as u64),
            ExprKind::Coalesce(places, last) => self.expr(last).saturating_add(places.len() as u64),
            ExprKind::List(parts) | ExprKind::And(parts) | ExprKind::Or(parts) => self.all(parts),
            ExprKind::At(list, position) => self.all([&**list, &**position]),
            ExprKind::Unary(_, x) => self.all([&**x]),
            ExprKind::Binary(_, x, y) => self.all([&**x, &**y]),
            ExprKind::Call(_, arguments) => {
                let lists = arguments.iter().map(|argument| match &argument.ty {
                    Type::List(_, count) => *count as u64,
                    Type::Children(which) => which.len() as u64,
                    _ => 0,
                });
                lists.fold(self.all(arguments), u64::saturating_add)
            }
            ExprKind::CallOwn(function, arguments) => {
                let body = self.functions.get(*function).copied().unwrap_or(u64::MAX);
                let body = if self.unrolled { body } else { 0 };
                self.all(arguments).saturating_add(body)
            }
            ExprKind::If(condition, then, otherwise) => {
                let other = otherwise.as_ref().map_or(0, |block| self.block(block));
                self.all([&**condition])
                    .saturating_add(self.block(then))
                    .saturating_add(other)
            }
            ExprKind::Switch(value, arms, default) => {
                let arms = arms.iter().map(|arm| {
                    let guard = arm.guard.as_ref().map_or(0, |guard| self.expr(guard));
                    self.block(&arm.body)
                        .saturating_add(guard)
                        .saturating_add(arm.labels.len() as u64)
                });
                let default = default.iter().map(|block| self.block(block));
                arms.chain(default)
                    .fold(self.all([&**value]), u64::saturating_add)
            }
            ExprKind::Block(block) => self.block(block),
        }
    }
}
