//! Rhai's syntax tree → the typed form: calls of functions and methods.

use std::sync::Arc;

use rhai::Position;

use super::form::{Expr, ExprKind, Type, UnaryOp};
use super::lower::Lowering;
use crate::base::language::text;
use crate::base::{Code, Diagnostic, NodeIndex, Text, suggest};
use crate::calculus::Signature;

impl Lowering<'_, '_> {
    /// `name(arguments)`.
    pub(super) fn call(
        &mut self,
        name: &str,
        arguments: &[rhai::Expr],
        at: Position,
    ) -> Option<Expr> {
        if name == "is_missing" {
            return self.is_missing(arguments, at);
        }
        let lowered: Vec<Option<Expr>> = arguments
            .iter()
            .map(|argument| self.operand(argument))
            .collect();
        if name == "contains" && self.source.slice(at) == "in" {
            return self.refuse(
                at,
                "`in` hanya dikenal dalam `for`; bandingkan dengan `==` dan `||`",
                "`in` is known only in a `for`; compare by `==` and `||`",
            );
        }
        if !self.is_function(name) {
            self.unknown_function(name, at);
            return None;
        }
        let lowered: Vec<Expr> = lowered.into_iter().collect::<Option<_>>()?;
        self.apply(name, lowered, at)
    }

    /// `value.name(arguments)`: the same as `name(value, arguments)`, besides what only children have.
    pub(super) fn method(
        &mut self,
        of: Expr,
        call: &rhai::FnCallExpr,
        at: Position,
    ) -> Option<Expr> {
        match (call.name.as_str(), &of.ty) {
            ("only", Type::Children(_)) => self.only(of, &call.args, at),
            ("len", Type::Children(all)) if call.args.is_empty() => {
                Some(self.length(all.len(), at))
            }
            ("len", Type::List(_, count)) if call.args.is_empty() => Some(self.length(*count, at)),
            (name, _) => {
                if !self.is_function(name) {
                    self.unknown_function(name, at);
                    return None;
                }
                let mut lowered = vec![of];
                for argument in &call.args {
                    lowered.push(self.operand(argument)?);
                }
                self.apply(name, lowered, at)
            }
        }
    }

    fn length(&self, count: usize, at: Position) -> Expr {
        Expr {
            kind: ExprKind::Number(count as f64),
            ty: Type::Number,
            span: self.source.at(at),
        }
    }

    fn is_function(&self, name: &str) -> bool {
        self.methods.function(name).is_some()
            || self
                .libraries
                .iter()
                .any(|library| library.find(name).is_some())
    }

    fn unknown_function(&mut self, name: &str, at: Position) {
        let span = self.source.at(at);
        let own = self.libraries.iter().flat_map(|library| library.names());
        let known = self
            .methods
            .functions
            .iter()
            .map(|function| function.name());
        let help = suggest::nearest(name, own.chain(known).chain(["is_missing"]));
        let finding = Diagnostic::error(
            Code::E419,
            span,
            text!("fungsi `{name}` tidak dikenal", "unknown function `{name}`"),
        );
        self.report(match help {
            Some(word) => finding.help(text!("maksud Anda `{word}`?", "did you mean `{word}`?")),
            None => finding.help(text!(
                "fungsi sendiri ditulis dalam `lib/….rhai`",
                "functions of your own are written in `lib/….rhai`"
            )),
        });
    }

    fn apply(&mut self, name: &str, arguments: Vec<Expr>, at: Position) -> Option<Expr> {
        let Some(function) = self.methods.function(name).cloned() else {
            return self.own_function(name, arguments, at);
        };
        let fits = match function.signature() {
            Signature::Numbers { least, most } => {
                self.arity(name, arguments.len(), least, most, at)?;
                arguments
                    .iter()
                    .find(|argument| argument.ty != Type::Number)
                    .map(|odd| (odd, Type::Number))
            }
            Signature::Values { .. } => {
                self.arity(name, arguments.len(), 1, usize::MAX, at)?;
                let value = |ty: &Type| match ty {
                    Type::Number | Type::Children(_) => true,
                    Type::List(inner, _) => **inner == Type::Number,
                    _ => false,
                };
                arguments
                    .iter()
                    .find(|argument| !value(&argument.ty))
                    .map(|odd| (odd, Type::Number))
            }
            Signature::Children { numbers } => {
                self.arity(name, arguments.len(), 1 + numbers, 1 + numbers, at)?;
                let (first, rest) = arguments.split_first()?;
                if matches!(first.ty, Type::Children(_)) {
                    rest.iter()
                        .find(|argument| argument.ty != Type::Number)
                        .map(|odd| (odd, Type::Number))
                } else {
                    Some((first, Type::Children(Arc::from([]))))
                }
            }
        };
        if let Some((odd, expected)) = fits {
            let list = matches!(odd.ty, Type::List(..)) && matches!(expected, Type::Children(_));
            let odd = odd.clone();
            self.wrong_type(&odd, &expected);
            if list && let Some(last) = self.findings.last_mut() {
                last.help = Some(text!(
                    "untuk daftar angka pakai `mean([…])`; bagian tertentu: `children.only(\"a\", \"b\")`",
                    "a list of numbers takes `mean([…])`; some children: `children.only(\"a\", \"b\")`"
                ));
            }
            return None;
        }
        self.crossed_limits(name, &arguments)?;
        Some(Expr {
            kind: ExprKind::Call(name.to_owned(), arguments),
            ty: Type::Number,
            span: self.source.at(at),
        })
    }

    /// Refuses `clamp` with a lower limit that is known to lie above the upper one.
    fn crossed_limits(&mut self, name: &str, arguments: &[Expr]) -> Option<()> {
        let ("clamp", [_, low, high]) = (name, arguments) else {
            return Some(());
        };
        let (Some(a), Some(b)) = (constant(low), constant(high)) else {
            return Some(());
        };
        if a <= b {
            return Some(());
        }
        let finding = Diagnostic::error(
            Code::E422,
            low.span,
            text!(
                "batas bawah {a} lebih besar daripada batas atas {b}",
                "the lower limit {a} is above the upper limit {b}"
            ),
        );
        self.report(finding.help(text!(
            "tulis `clamp(x, bawah, atas)`: yang kecil dulu",
            "write `clamp(x, low, high)`: the smaller one first"
        )));
        None
    }

    fn arity(
        &mut self,
        name: &str,
        given: usize,
        least: usize,
        most: usize,
        at: Position,
    ) -> Option<()> {
        if (least..=most).contains(&given) {
            return Some(());
        }
        let span = self.source.at(at);
        let wanted = if most == usize::MAX {
            format!("≥ {least}")
        } else if least == most {
            least.to_string()
        } else {
            format!("{least}–{most}")
        };
        let word = if wanted == "1" {
            "argument"
        } else {
            "arguments"
        };
        let finding = Diagnostic::error(
            Code::E417,
            span,
            text!(
                "`{name}` menerima {wanted} argumen, bukan {given}",
                "`{name}` takes {wanted} {word}, not {given}"
            ),
        );
        let call = self.source.offset(at);
        if let Some(written) = self.source.comma_number(call) {
            let dotted = written.replace(',', ".");
            self.report(finding.help(text!(
                "`{written}` di sini dua angka; bila satu, tulis `{dotted}`",
                "`{written}` are two numbers here; if it is one, write `{dotted}`"
            )));
            return None;
        }
        let meaning = self
            .methods
            .function(name)
            .map(|function| function.meaning());
        self.report(match meaning {
            Some(Text { id, en }) => finding.help(text!("`{name}`: {id}", "`{name}`: {en}")),
            None => finding,
        });
        None
    }

    fn is_missing(&mut self, arguments: &[rhai::Expr], at: Position) -> Option<Expr> {
        self.arity("is_missing", arguments.len(), 1, 1, at)?;
        let (place, _) = self.place(arguments.first()?)?;
        Some(Expr {
            kind: ExprKind::IsMissing(place),
            ty: Type::Bool,
            span: self.source.at(at),
        })
    }

    /// `children.only("a", "b")`: in the order of their ids, whatever the order written.
    fn only(&mut self, of: Expr, arguments: &[rhai::Expr], at: Position) -> Option<Expr> {
        let Type::Children(all) = of.ty.clone() else {
            return None;
        };
        let span = self.source.at(at);
        let mut chosen = Vec::new();
        for argument in arguments {
            let rhai::Expr::StringConstant(id, position) = argument else {
                return self.refuse(
                    argument.position(),
                    "`only` menerima nama dalam tanda kutip",
                    "`only` takes names in quotation marks",
                );
            };
            let found = self.scope.child(id).map(|child| child.node);
            let Some(node) = found.filter(|node| all.contains(node)) else {
                let place = self.source.at(*position);
                let known = self.scope.children.iter().map(|child| child.id.as_str());
                let finding = Diagnostic::error(
                    Code::E411,
                    place,
                    text!("tidak ada bagian `{id}`", "there is no child `{id}`"),
                );
                self.report(finding.unknown_name(id, known));
                return None;
            };
            chosen.push(node);
        }
        chosen.sort_unstable();
        chosen.dedup();
        if chosen.is_empty() {
            return self.refuse(
                at,
                "`only` memerlukan sedikitnya satu nama",
                "`only` needs at least one name",
            );
        }
        let which: Arc<[NodeIndex]> = chosen.into();
        Some(Expr {
            kind: ExprKind::Only(Box::new(of), which.clone()),
            ty: Type::Children(which),
            span,
        })
    }
}

/// The value of an expression that is known when it is checked.
fn constant(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(value) | ExprKind::Parameter(_, value) => Some(*value),
        ExprKind::Unary(UnaryOp::Negate, inner) => constant(inner).map(|value| -value),
        _ => None,
    }
}
