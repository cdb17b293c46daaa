//! Rhai's syntax tree → the typed form: operators and lists.

use rhai::Position;

use super::form::{BinaryOp, Expr, ExprKind, Place, Type, UnaryOp};
use super::lower::Lowering;
use crate::base::language::text;
use crate::base::{Code, Diagnostic, Span};

impl Lowering<'_, '_> {
    pub(super) fn list(&mut self, items: &[rhai::Expr], at: Position) -> Option<Expr> {
        let lowered: Vec<Option<Expr>> = items.iter().map(|item| self.operand(item)).collect();
        let lowered: Vec<Expr> = lowered.into_iter().collect::<Option<_>>()?;
        let Some(first) = lowered.first() else {
            return self.refuse(at, "daftar ini kosong", "this list is empty");
        };
        let ty = first.ty.clone();
        if !matches!(ty, Type::Number | Type::Text) {
            self.wrong_type(&first.clone(), &Type::Number);
            return None;
        }
        if let Some(other) = lowered.iter().find(|item| item.ty != ty) {
            self.wrong_type(&other.clone(), &ty);
            return None;
        }
        Some(Expr {
            span: self.source.at(at),
            ty: Type::List(Box::new(ty), lowered.len()),
            kind: ExprKind::List(lowered),
        })
    }

    pub(super) fn logical(
        &mut self,
        sides: &[rhai::Expr],
        kind: fn(Vec<Expr>) -> ExprKind,
    ) -> Option<Expr> {
        let lowered: Vec<Option<Expr>> = sides
            .iter()
            .map(|side| self.typed_operand(side, &Type::Bool))
            .collect();
        let lowered: Vec<Expr> = lowered.into_iter().collect::<Option<_>>()?;
        let span = joined(&lowered)?;
        Some(Expr {
            kind: kind(lowered),
            ty: Type::Bool,
            span,
        })
    }

    pub(super) fn coalesce(&mut self, parts: &[rhai::Expr]) -> Option<Expr> {
        let (last, first) = parts.split_last()?;
        let places: Vec<Option<(Place, Span)>> =
            first.iter().map(|part| self.place(part)).collect();
        let last = self.typed_operand(last, &Type::Number);
        let places: Vec<(Place, Span)> = places.into_iter().collect::<Option<_>>()?;
        let last = last?;
        let span = places
            .first()
            .map_or(last.span, |(_, span)| span.to(last.span));
        Some(Expr {
            kind: ExprKind::Coalesce(
                places.into_iter().map(|(place, _)| place).collect(),
                Box::new(last),
            ),
            ty: Type::Number,
            span,
        })
    }

    pub(super) fn operator_or_call(
        &mut self,
        call: &rhai::FnCallExpr,
        at: Position,
    ) -> Option<Expr> {
        if call.capture_parent_scope {
            return self.refuse(
                at,
                "`!` di belakang nama fungsi tidak dikenal",
                "formulas do not have `!` behind the name of a function",
            );
        }
        if call.op_token.is_none() {
            return self.call(&call.name, &call.args, at);
        }
        let sign = self.source.at(at);
        match call.args.as_slice() {
            [x] => self.unary(&call.name, x, sign, at),
            [x, y] => match BinaryOp::from_sign(&call.name) {
                Some(op) => self.binary(op, x, y, sign),
                None if call.name == "^" => self.refuse(
                    at,
                    "pangkat ditulis `**` atau `pow(x, y)`",
                    "a power is written `**` or `pow(x, y)`",
                ),
                None => self.refuse(
                    at,
                    "tanda ini tidak dikenal dalam rumus",
                    "formulas do not have this operator",
                ),
            },
            _ => None,
        }
    }

    pub(super) fn unary(
        &mut self,
        sign: &str,
        x: &rhai::Expr,
        span: Span,
        at: Position,
    ) -> Option<Expr> {
        let (op, ty) = match sign {
            "-" => (UnaryOp::Negate, Type::Number),
            "!" => (UnaryOp::Not, Type::Bool),
            "+" => return self.typed_operand(x, &Type::Number),
            _ => {
                return self.refuse(
                    at,
                    "tanda ini tidak dikenal dalam rumus",
                    "formulas do not have this operator",
                );
            }
        };
        let x = self.typed_operand(x, &ty)?;
        Some(Expr {
            span: span.to(x.span),
            kind: ExprKind::Unary(op, Box::new(x)),
            ty,
        })
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        x: &rhai::Expr,
        y: &rhai::Expr,
        sign: Span,
    ) -> Option<Expr> {
        let (left, right) = (self.operand(x), self.operand(y));
        let (left, right) = (left?, right?);
        let comparable = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual)
            && matches!(left.ty, Type::Text | Type::Bool);
        let expected = if comparable {
            left.ty.clone()
        } else {
            Type::Number
        };
        for side in [&left, &right] {
            if side.ty != expected && side.ty != Type::Never {
                self.wrong_type(side, &expected);
                return None;
            }
        }
        let ty = if op.is_arithmetic() {
            Type::Number
        } else {
            Type::Bool
        };
        Some(Expr {
            span: sign,
            kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
            ty,
        })
    }

    pub(super) fn position(
        &mut self,
        list: &rhai::Expr,
        position: &rhai::Expr,
        at: Position,
    ) -> Option<Expr> {
        let list = self.operand(list)?;
        let position = self.typed_operand(position, &Type::Number)?;
        let Type::List(inner, count) = &list.ty else {
            let finding = Diagnostic::error(
                Code::E409,
                list.span,
                text!(
                    "hanya daftar yang punya posisi",
                    "only a list has positions"
                ),
            );
            self.report(match list.ty {
                Type::Children(_) => finding.help(text!(
                    "sebut bagian itu dengan namanya, atau pakai `for c in children`",
                    "name the child itself, or use `for c in children`"
                )),
                _ => finding,
            });
            return None;
        };
        if let Some(known) = self.constant(&position)
            && !(0.0..*count as f64).contains(&known)
        {
            let last = count - 1;
            self.report(Diagnostic::error(
                Code::E413,
                position.span,
                text!(
                    "posisi di luar daftar: 0 sampai {last}",
                    "the position is outside the list: 0 to {last}"
                ),
            ));
            return None;
        }
        Some(Expr {
            ty: (**inner).clone(),
            span: self.source.at(at),
            kind: ExprKind::At(Box::new(list), Box::new(position)),
        })
    }
}

fn joined(parts: &[Expr]) -> Option<Span> {
    let first = parts.first()?.span;
    Some(parts.iter().fold(first, |span, part| span.to(part.span)))
}
