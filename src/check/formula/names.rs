//! Rhai's syntax tree → the typed form: names, and what follows a point.

use std::sync::Arc;

use super::form::{Expr, ExprKind, Item, Place, Type};
use super::lower::{Lowering, is_children};
use crate::base::language::text;
use crate::base::{Cause, Code, Diagnostic, NodeIndex, Span, suggest};

impl Lowering<'_, '_> {
    pub(super) fn variable(&mut self, name: &str, span: Span) -> Option<Expr> {
        if let Some(local) = self.local(name) {
            return Some(Expr {
                kind: ExprKind::Local(local.id),
                ty: local.ty.clone(),
                span,
            });
        }
        if self.frame.function.is_none() {
            if let Some(child) = self.scope.child(name) {
                return Some(Expr {
                    kind: ExprKind::Read(Place::Child(child.node)),
                    ty: Type::Number,
                    span,
                });
            }
            if name == "year" {
                return Some(Expr {
                    kind: ExprKind::Number(f64::from(self.scope.year)),
                    ty: Type::Number,
                    span,
                });
            }
            if is_children(name) && !self.scope.is_expression() {
                let all: Arc<[NodeIndex]> =
                    self.scope.children.iter().map(|child| child.node).collect();
                return Some(Expr {
                    kind: ExprKind::Children(all.clone()),
                    ty: Type::Children(all),
                    span,
                });
            }
            if name == "parameters" || name == "raw" {
                self.report(Diagnostic::error(
                    Code::E411,
                    span,
                    text!(
                        "sesudah `{name}` harus ada titik dan nama",
                        "`{name}` must be followed by a point and a name"
                    ),
                ));
                return None;
            }
        }
        if let (Some(columns), None) = (self.scope.columns, &self.frame.function) {
            // What nothing else defines is a column of the data.
            return Some(Expr {
                kind: ExprKind::Read(Place::Column(columns.position(name, span))),
                ty: Type::Number,
                span,
            });
        }
        self.unknown_name(name, span);
        None
    }

    pub(super) fn unknown_name(&mut self, name: &str, span: Span) {
        if self.frame.faulty.iter().any(|faulty| faulty == name) {
            return;
        }
        let finding = Diagnostic::error(
            Code::E411,
            span,
            text!("nama `{name}` tidak dikenal", "unknown name `{name}`"),
        );
        let global = self.scope.child(name).is_some()
            || is_children(name)
            || matches!(name, "parameters" | "raw" | "year");
        let finding = if let (Some(function), true) = (&self.frame.function, global) {
            finding.help(text!(
                "fungsi `{function}` hanya melihat argumennya: teruskan `{name}` sebagai argumen",
                "the function `{function}` sees only its arguments: pass `{name}` as one of them"
            ))
        } else if self.scope.parameter(name).is_some() {
            finding.help(text!(
                "tulis `parameters.{name}`",
                "write `parameters.{name}`"
            ))
        } else if let Some((_, parent)) = self.scope.elsewhere.iter().find(|(id, _)| id == name) {
            finding.help(text!(
                "`{name}` berada di bawah `{parent}`; rumus hanya melihat bagian langsungnya",
                "`{name}` stands below `{parent}`; a formula sees only its direct children"
            ))
        } else {
            let locals = self.frame.locals.iter().map(|local| local.name.as_str());
            let children = self.scope.children.iter().map(|child| child.id.as_str());
            let words: &[&str] = if self.scope.is_expression() {
                &[]
            } else {
                &[
                    "children",
                    "indicators",
                    "variables",
                    "parameters",
                    "raw",
                    "year",
                ]
            };
            let known = locals.chain(children).chain(words.iter().copied());
            finding.unknown_name(name, known)
        };
        self.report(finding);
    }

    /// Something that may be missing.
    pub(super) fn place(&mut self, expr: &rhai::Expr) -> Option<(Place, Span)> {
        let lowered = self.expr(expr)?;
        match lowered.kind {
            ExprKind::Read(place) => Some((place, lowered.span)),
            ExprKind::Local(id) if lowered.ty == Type::Child => {
                Some((Place::ItemScore(id), lowered.span))
            }
            _ => {
                self.report(
                    Diagnostic::error(
                        Code::E412,
                        lowered.span,
                        text!("nilai ini tidak pernah kosong", "this value is never missing"),
                    )
                    .help(text!(
                        "yang bisa kosong: bagian langsung, `raw.…`, dan `.score` atau `.raw` dalam `for`",
                        "what may be missing: a direct child, `raw.…`, and `.score` or `.raw` in a `for`"
                    )),
                );
                None
            }
        }
    }

    /// `a.b`, `a.f(…)`, and chains of them, which Rhai nests to the right.
    pub(super) fn dotted(&mut self, expr: &rhai::Expr) -> Option<Expr> {
        let mut steps = Vec::new();
        let mut rest = expr;
        while let rhai::Expr::Dot(pair, flags, at) = rest {
            if flags.intersects(rhai::ASTFlags::NEGATED) {
                return self.refuse(
                    *at,
                    "`?.` tidak dikenal dalam rumus",
                    "formulas do not have `?.`",
                );
            }
            steps.push(&pair.lhs);
            rest = &pair.rhs;
        }
        steps.push(rest);
        let (first, steps) = steps.split_first()?;
        if let (rhai::Expr::Variable(base, ..), Some(rhai::Expr::Property(property, at))) =
            (first, steps.first())
            && matches!(base.1.as_str(), "parameters" | "raw")
            && self.local(&base.1).is_none()
        {
            let span = self.source.at(*at);
            let value = self.member(&base.1, &property.2, span)?;
            return self.steps(value, steps.get(1..)?);
        }
        let value = self.operand(first)?;
        self.steps(value, steps)
    }

    pub(super) fn steps(&mut self, mut value: Expr, steps: &[&rhai::Expr]) -> Option<Expr> {
        for step in steps {
            value = match step {
                rhai::Expr::Property(property, at) => {
                    self.property(value, &property.2, self.source.at(*at))?
                }
                rhai::Expr::MethodCall(call, at) => self.method(value, call, *at)?,
                other => {
                    return self.refuse(
                        other.position(),
                        "ini tidak dikenal sesudah titik",
                        "this cannot follow a point",
                    );
                }
            };
        }
        Some(value)
    }

    pub(super) fn member(&mut self, base: &str, name: &str, span: Span) -> Option<Expr> {
        if self.frame.function.is_some() {
            self.unknown_name(base, span);
            return None;
        }
        if base == "parameters" {
            let Some(at) = self.scope.parameter(name) else {
                let known = self
                    .scope
                    .parameters
                    .iter()
                    .map(|parameter| parameter.id.as_str());
                let mut finding = Diagnostic::error(
                    Code::E411,
                    span,
                    text!(
                        "parameter `{name}` tidak ada",
                        "there is no parameter `{name}`"
                    ),
                );
                finding.cause = Some(Cause::UnknownParameter);
                self.report(match suggest::help(name, known) {
                    Some(help) => finding.help(help),
                    None => finding.help(text!(
                        "tulis di `index.toml`: `[parameters]`, lalu `{name} = …`",
                        "write it in `index.toml`: `[parameters]`, then `{name} = …`"
                    )),
                });
                return None;
            };
            let value = self.scope.parameters.get(at)?.value.value;
            return Some(Expr {
                kind: ExprKind::Parameter(at, value),
                ty: Type::Number,
                span,
            });
        }
        let Some(child) = self.scope.child(name).filter(|child| child.has_raw) else {
            let known = self
                .scope
                .children
                .iter()
                .filter(|child| child.has_raw)
                .map(|child| child.id.as_str());
            let finding = Diagnostic::error(
                Code::E411,
                span,
                text!(
                    "`raw.{name}` tidak ada: hanya indikator langsung yang punya nilai mentah",
                    "there is no `raw.{name}`: only direct indicators have a raw value"
                ),
            );
            self.report(finding.unknown_name(name, known));
            return None;
        };
        Some(Expr {
            kind: ExprKind::Read(Place::Raw(child.node)),
            ty: Type::Number,
            span,
        })
    }

    pub(super) fn property(&mut self, of: Expr, name: &str, span: Span) -> Option<Expr> {
        if let (Type::Child, ExprKind::Local(id)) = (&of.ty, &of.kind) {
            let id = *id;
            let (kind, ty) = match name {
                "score" => (ExprKind::Read(Place::ItemScore(id)), Type::Number),
                "raw" => (ExprKind::Read(Place::ItemRaw(id)), Type::Number),
                "missing" => (ExprKind::IsMissing(Place::ItemScore(id)), Type::Bool),
                "weight" => (ExprKind::Item(Item::Weight, id), Type::Number),
                "id" => (ExprKind::Item(Item::Id, id), Type::Text),
                _ => {
                    self.unknown_property(name, span, &["id", "score", "weight", "raw", "missing"]);
                    return None;
                }
            };
            return Some(Expr { kind, ty, span });
        }
        self.unknown_property(name, span, &[]);
        None
    }

    pub(super) fn unknown_property(&mut self, name: &str, span: Span, known: &[&str]) {
        let finding = Diagnostic::error(
            Code::E411,
            span,
            text!(
                "sifat `.{name}` tidak ada",
                "there is no property `.{name}`"
            ),
        );
        self.report(finding.unknown_name(name, known.iter().copied()));
    }
}
