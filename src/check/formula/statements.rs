//! Rhai's syntax tree → the typed form: statements, branches, loops.

use rhai::{Position, Stmt};

use super::form::{
    BinaryOp, Block, Expr, ExprKind, Label, LocalId, Over, Statement, SwitchArm, Type,
};
use super::lower::{Local, Lowering, is_children};
use crate::base::language::text;
use crate::base::{Code, Diagnostic};

/// The most arms of a `switch`.
const MOST_ARMS: usize = 256;

impl Lowering<'_, '_> {
    /// Runs with the local variables of an inner block, which end with it.
    pub(super) fn scoped<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.frame.locals.len();
        let result = inner(self);
        self.frame.locals.truncate(before);
        result
    }

    /// Statements, the last of which may be the value.
    pub(super) fn block(&mut self, statements: &[Stmt]) -> Option<(Block, Type)> {
        let mut block = Block::default();
        let mut ty = Type::Nothing;
        let mut ends = false;
        let mut clean = true;
        for (at, statement) in statements.iter().enumerate() {
            let last = at + 1 == statements.len();
            match self.statement(statement) {
                Some(Lowered::Nothing) => {}
                Some(Lowered::Statement(statement)) => {
                    ends |= matches!(statement, Statement::Return(_));
                    block.statements.push(statement);
                }
                Some(Lowered::Value(value)) => {
                    ends |= value.ty == Type::Never;
                    if last && !matches!(value.ty, Type::Nothing) {
                        ty = value.ty.clone();
                        block.value = Some(Box::new(value));
                    } else {
                        block.statements.push(Statement::Expr(value));
                    }
                }
                None => clean = false,
            }
        }
        clean.then_some((block, if ends { Type::Never } else { ty }))
    }

    fn statement(&mut self, statement: &Stmt) -> Option<Lowered> {
        match statement {
            Stmt::Noop(_) => Some(Lowered::Nothing),
            Stmt::Expr(expr) => self.expr(expr).map(Lowered::Value),
            Stmt::FnCall(call, at) => self.call(&call.name, &call.args, *at).map(Lowered::Value),
            Stmt::If(flow, at) => self.branch(flow, *at).map(Lowered::Value),
            Stmt::Switch(switch, at) => self.switch(&switch.0, &switch.1, *at).map(Lowered::Value),
            Stmt::Block(block) => {
                let (body, ty) = self.scoped(|this| this.block(block.statements()))?;
                Some(Lowered::Value(Expr {
                    kind: ExprKind::Block(body),
                    ty,
                    span: self.source.at(block.position()),
                }))
            }
            Stmt::Var(var, flags, at) => {
                let constant = flags.intersects(rhai::ASTFlags::CONSTANT);
                self.declare(&var.0.name, var.0.pos, &var.1, constant, *at)
            }
            Stmt::Assignment(assignment) => self.assign(&assignment.0, &assignment.1),
            Stmt::For(parts, at) => {
                if parts.1.is_some() {
                    return self.refuse(
                        *at,
                        "`for` dengan penghitung tidak dikenal; tulis `for x in …`",
                        "a `for` with a counter is not known; write `for x in …`",
                    );
                }
                self.for_loop(&parts.0.name, parts.0.pos, &parts.2)
            }
            Stmt::Return(value, flags, at) if flags.intersects(rhai::ASTFlags::BREAK) => self
                .refuse(
                    *at,
                    "`throw` tidak dikenal dalam rumus",
                    "formulas do not have `throw`",
                ),
            Stmt::Return(value, _, at) => {
                let Some(value) = value else {
                    return self.refuse(*at, "`return` memerlukan nilai", "`return` needs a value");
                };
                let value = self.expr(value)?;
                self.frame.effects += 1;
                self.frame.returns.push(value.ty.clone());
                Some(Lowered::Statement(Statement::Return(value)))
            }
            Stmt::While(_, at) | Stmt::Do(_, _, at) => self.refuse(
                *at,
                "`while`, `loop` dan `do` tidak dikenal: pakai `for` dengan batas yang diketahui",
                "formulas have no `while`, `loop` or `do`: use a `for` whose bounds are known",
            ),
            Stmt::BreakLoop(_, _, at) => self.refuse(
                *at,
                "`break` dan `continue` tidak dikenal: pakai `if`",
                "formulas have no `break` or `continue`: use an `if`",
            ),
            other => self.refuse(
                other.position(),
                "ini tidak dikenal dalam rumus",
                "formulas do not have this",
            ),
        }
    }

    fn declare(
        &mut self,
        name: &str,
        name_at: Position,
        value: &rhai::Expr,
        fixed: bool,
        at: Position,
    ) -> Option<Lowered> {
        if matches!(value, rhai::Expr::Unit(_)) {
            return self.refuse(
                at,
                "variabel ini memerlukan nilai: `let x = …`",
                "this variable needs a value: `let x = …`",
            );
        }
        let value = self.expr(value);
        self.free_name(name, name_at)?;
        let Some(value) = value else {
            self.frame.faulty.push(name.to_owned());
            return None;
        };
        if matches!(value.ty, Type::Nothing | Type::Never) {
            self.wrong_type(&value, &Type::Number);
            return None;
        }
        let constant = (fixed || !self.is_assigned(name))
            .then(|| self.constant(&value))
            .flatten();
        let id = self.new_local(name, value.ty.clone(), !fixed, constant);
        Some(Lowered::Statement(Statement::Let(id, value)))
    }

    pub(super) fn new_local(
        &mut self,
        name: &str,
        ty: Type,
        mutable: bool,
        constant: Option<f64>,
    ) -> LocalId {
        let id = LocalId(self.frame.count);
        self.frame.count += 1;
        self.frame.locals.push(Local {
            name: name.to_owned(),
            id,
            ty,
            mutable,
            constant,
        });
        id
    }

    /// A local name must not hide a child or a word of the language.
    fn free_name(&mut self, name: &str, at: Position) -> Option<()> {
        let taken = self.scope.child(name).is_some()
            || is_children(name)
            || matches!(name, "parameters" | "raw" | "year");
        if self.frame.function.is_none() && taken {
            let span = self.source.at(at);
            self.report(
                Diagnostic::error(
                    Code::E414,
                    span,
                    text!(
                        "nama `{name}` sudah berarti sesuatu di sini",
                        "the name `{name}` already means something here"
                    ),
                )
                .help(text!("pilih nama lain", "choose another name")),
            );
            return None;
        }
        Some(())
    }

    /// Whether a name is assigned to anywhere in this text, so that its value is not fixed.
    fn is_assigned(&self, name: &str) -> bool {
        self.source.tokens.windows(3).any(|window| match window {
            [before, name_token, sign] => {
                self.source.text.get(name_token.start..name_token.end) == Some(name)
                    && (sign.token == rhai::Token::Equals || sign.token.is_op_assignment())
                    && !matches!(before.token, rhai::Token::Let | rhai::Token::Const)
            }
            _ => false,
        })
    }

    fn assign(&mut self, op: &rhai::OpAssignment, sides: &rhai::BinaryExpr) -> Option<Lowered> {
        let at = op.position();
        let span = self.source.at(at);
        let value = self.operand(&sides.rhs);
        self.frame.effects += 1;
        let rhai::Expr::Variable(variable, ..) = &sides.lhs else {
            return self.refuse(
                at,
                "hanya variabel dari `let` yang dapat diubah",
                "only a variable of `let` can be changed",
            );
        };
        let name = variable.1.as_str();
        let target = self.source.at(sides.lhs.position());
        let local = self.local(name).cloned();
        let Some(local) = local.filter(|local| local.mutable) else {
            if self.frame.faulty.iter().any(|faulty| faulty == name) {
                return None;
            }
            if self.local(name).is_none() && self.scope.child(name).is_none() {
                self.frame.faulty.push(name.to_owned());
                self.report(
                    Diagnostic::error(
                        Code::E415,
                        target,
                        text!(
                            "variabel `{name}` belum dibuat",
                            "there is no variable `{name}` yet"
                        ),
                    )
                    .help(text!(
                        "buat dahulu: `let {name} = …`",
                        "make it first: `let {name} = …`"
                    )),
                );
                return None;
            }
            self.report(
                Diagnostic::error(
                    Code::E415,
                    target,
                    text!("`{name}` tidak dapat diubah", "`{name}` cannot be changed"),
                )
                .help(text!(
                    "simpan dahulu dalam variabel sendiri: `let x = {name};`",
                    "keep it in a variable of your own first: `let x = {name};`"
                )),
            );
            return None;
        };
        let value = value?;
        let sign = op.get_op_assignment_info().map(|info| info.5);
        let op = match sign.map(BinaryOp::from_sign) {
            None => None,
            Some(Some(op)) if op.is_arithmetic() => Some(op),
            Some(_) => {
                return self.refuse(
                    at,
                    "tanda ini tidak dikenal dalam rumus",
                    "formulas do not have this operator",
                );
            }
        };
        let expected = if op.is_some() {
            Type::Number
        } else {
            local.ty.clone()
        };
        if value.ty != expected || local.ty != expected {
            self.wrong_type(&value, &local.ty);
            return None;
        }
        Some(Lowered::Statement(Statement::Assign(
            local.id, op, value, span,
        )))
    }

    fn for_loop(
        &mut self,
        name: &str,
        name_at: Position,
        flow: &rhai::FlowControl,
    ) -> Option<Lowered> {
        let over = self.over(&flow.expr);
        self.free_name(name, name_at)?;
        let (over, ty) = over?;
        let (id, body) = self.scoped(|this| {
            let id = this.new_local(name, ty, false, None);
            (id, this.block(flow.body.statements()))
        });
        let (mut body, _) = body?;
        // The value of the last statement of a loop is not used.
        if let Some(value) = body.value.take() {
            body.statements.push(Statement::Expr(*value));
        }
        Some(Lowered::Statement(Statement::For(id, over, body)))
    }

    fn over(&mut self, expr: &rhai::Expr) -> Option<(Over, Type)> {
        if let rhai::Expr::FnCall(call, _) = expr
            && matches!(call.name.as_str(), ".." | "..=")
            && let [from, to] = call.args.as_slice()
        {
            let (from, to) = (self.bound(from), self.bound(to));
            let inclusive = i64::from(call.name == "..=");
            let (from, to) = (from?, to?);
            return Some((Over::Range(from, to + inclusive), Type::Number));
        }
        let list = self.expr(expr)?;
        match list.ty.clone() {
            Type::Children(which) => Some((Over::Children(list, which), Type::Child)),
            Type::List(inner, count) => Some((Over::List(list, count), *inner)),
            _ => {
                self.report(Diagnostic::error(
                    Code::E409,
                    list.span,
                    text!(
                        "`for` berjalan di atas `children`, daftar, atau rentang seperti `0..3`",
                        "a `for` runs over `children`, a list, or a range such as `0..3`"
                    ),
                ));
                None
            }
        }
    }

    /// A bound of a range: a whole number that is known at load.
    fn bound(&mut self, expr: &rhai::Expr) -> Option<i64> {
        let bound = self.typed(expr, &Type::Number)?;
        let known = self.constant(&bound);
        let whole = known.filter(|x| crate::base::number::same(x.trunc(), *x) && x.abs() <= 1e9);
        if whole.is_none() {
            self.report(
                Diagnostic::error(
                    Code::E416,
                    bound.span,
                    text!(
                        "batas rentang harus bilangan bulat yang diketahui sebelum data dibaca",
                        "the bound of a range must be a whole number that is known before data is read"
                    ),
                )
                .help(text!(
                    "pakai angka, `parameters.…` atau `children.len()`",
                    "use a number, `parameters.…` or `children.len()`"
                )),
            );
        }
        whole.map(|x| x as i64)
    }

    fn branch(&mut self, flow: &rhai::FlowControl, at: Position) -> Option<Expr> {
        let condition = self.typed(&flow.expr, &Type::Bool);
        let then = self.scoped(|this| this.block(flow.body.statements()));
        let otherwise = if flow.branch.is_empty() && flow.branch.position().is_none() {
            None
        } else {
            Some(self.scoped(|this| this.block(flow.branch.statements())))
        };
        let (then, then_ty) = then?;
        let (otherwise, else_ty) = match otherwise {
            Some(lowered) => {
                let (block, ty) = lowered?;
                (Some(block), ty)
            }
            None => (None, Type::Nothing),
        };
        let ty = self.unify(then_ty, else_ty, at)?;
        Some(Expr {
            kind: ExprKind::If(Box::new(condition?), then, otherwise),
            ty,
            span: self.source.at(at),
        })
    }

    /// The type of two branches: that of both, or no value when one has none.
    fn unify(&mut self, one: Type, other: Type, at: Position) -> Option<Type> {
        match (one, other) {
            (Type::Never, ty) | (ty, Type::Never) => Some(ty),
            (Type::Nothing, _) | (_, Type::Nothing) => Some(Type::Nothing),
            (one, other) if one == other => Some(one),
            (one, other) => {
                let (one, other) = (one.word(), other.word());
                let (one_id, one_en, other_id, other_en) = (one.id, one.en, other.id, other.en);
                let span = self.source.at(at);
                self.report(Diagnostic::error(
                    Code::E409,
                    span,
                    text!(
                        "cabang-cabang ini menghasilkan {one_id} dan {other_id}",
                        "the branches give {one_en} and {other_en}"
                    ),
                ));
                None
            }
        }
    }

    fn switch(
        &mut self,
        value: &rhai::Expr,
        cases: &rhai::SwitchCasesCollection,
        at: Position,
    ) -> Option<Expr> {
        let value = self.expr(value);
        let labels = self
            .source
            .switch_labels(at)
            .filter(|labels| labels.len() == cases.expressions.len());
        if cases.expressions.is_empty() || cases.expressions.len() > MOST_ARMS {
            return self.refuse(
                at,
                "`switch` memerlukan 1 sampai 256 cabang",
                "a `switch` has 1 to 256 arms",
            );
        }
        if !self.source.switch_has_plain_value(at) {
            return self.refuse(
                at,
                "tulis nilai yang dipilih oleh `switch` ini dalam tanda kurung",
                "write the value that this `switch` chooses by in brackets",
            );
        }
        let Some(labels) = labels else {
            return self.refuse(
                at,
                "nilai sebelum `=>` harus angka, teks, atau rentang seperti `0..60`",
                "what stands before `=>` must be a number, a text, or a range such as `0..60`",
            );
        };
        let mut arms = Vec::new();
        let mut default = None;
        let mut ty = Type::Never;
        let mut clean = true;
        for (labels, case) in labels.into_iter().zip(cases.expressions.iter()) {
            let guard = match &case.lhs {
                rhai::Expr::BoolConstant(true, _) => None,
                guard => Some(self.typed(guard, &Type::Bool)?),
            };
            let body = self.scoped(|this| match &case.rhs {
                rhai::Expr::Stmt(block) => this.block(block.statements()),
                expr => this.expr(expr).map(|value| {
                    let ty = value.ty.clone();
                    (
                        Block {
                            statements: Vec::new(),
                            value: Some(Box::new(value)),
                        },
                        ty,
                    )
                }),
            });
            let Some((body, arm_ty)) = body else {
                clean = false;
                continue;
            };
            ty = self.unify(ty, arm_ty, at)?;
            if labels.is_empty() {
                default = Some(body);
            } else {
                arms.push(SwitchArm {
                    labels,
                    guard,
                    body,
                });
            }
        }
        let value = value?;
        if arms
            .iter()
            .flat_map(|arm| &arm.labels)
            .any(|label| !fits(label, &value.ty))
        {
            return self.refuse(
                at,
                "nilai sebelum `=>` tidak sejenis dengan nilai `switch`",
                "what stands before `=>` is of another kind than the value of the `switch`",
            );
        }
        let unguarded = |flag| {
            arms.iter()
                .any(|arm| arm.guard.is_none() && arm.labels.contains(&Label::Bool(flag)))
        };
        if default.is_none() && !(unguarded(true) && unguarded(false)) {
            ty = Type::Nothing;
        }
        clean.then(|| Expr {
            kind: ExprKind::Switch(Box::new(value), arms, default),
            ty,
            span: self.source.at(at),
        })
    }
}

/// What a statement becomes.
enum Lowered {
    Nothing,
    Statement(Statement),
    Value(Expr),
}

fn fits(label: &Label, ty: &Type) -> bool {
    match label {
        Label::Number(_) | Label::Range { .. } => *ty == Type::Number,
        Label::Text(_) => *ty == Type::Text,
        Label::Bool(_) => *ty == Type::Bool,
    }
}
