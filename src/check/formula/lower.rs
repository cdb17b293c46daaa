//! Rhai's syntax tree → the typed form: names, values, operators.

use std::collections::BTreeSet;
use std::sync::Arc;

use rhai::Position;

use super::form::{
    BinaryOp, Block, Expr, ExprKind, Formula, Function, Item, LocalId, Place, Type, UnaryOp,
};
use super::library::{Library, parse};
use super::scope::Scope;
use super::source::FormulaSource;
use crate::base::language::text;
use crate::base::{Diagnostic, FileId, NodeIndex, SourceMap, Span, suggest};
use crate::calculus::Methods;

/// The largest whole number up to which every whole number is a double of its own.
const LARGEST_WHOLE: i64 = 1 << 53;

/// Checks the formula of a node, which must give a number.
pub(crate) fn lower_formula(
    sources: &SourceMap,
    file: FileId,
    scope: &Scope<'_>,
    library: &Library<'_>,
    methods: &Methods,
    findings: &mut Vec<Diagnostic>,
) -> Option<Formula> {
    let source = FormulaSource::file(sources, file);
    let ast = parse(&source, findings)?;
    let statements = ast.statements().to_vec();
    let mut own = Library::load(sources, [], methods, findings);
    own.add(FormulaSource::file(sources, file), ast, methods, findings);
    let mut lowering = Lowering::new(&source, scope, [&own, library], methods);
    let body = lowering.block(&statements);
    lowering.finish(body, &[Type::Number], findings)
}

/// Checks a one-line expression over raw columns, which gives a number or yes-or-no.
pub(crate) fn lower_expression(
    source: &FormulaSource<'_>,
    scope: &Scope<'_>,
    library: &Library<'_>,
    methods: &Methods,
    findings: &mut Vec<Diagnostic>,
) -> Option<Formula> {
    let ast = parse(source, findings)?;
    let line = match ast.statements() {
        [
            rhai::Stmt::Expr(_)
            | rhai::Stmt::FnCall(..)
            | rhai::Stmt::If(..)
            | rhai::Stmt::Switch(..),
        ] => true,
        _ => ast.iter_fn_def().next().is_some(),
    };
    if !line || ast.iter_fn_def().next().is_some() {
        findings.push(Diagnostic::error(
            "E405",
            source.whole(),
            text!(
                "`value` harus berupa satu hitungan",
                "`value` must be one expression"
            ),
        ));
        return None;
    }
    let mut lowering = Lowering::new(source, scope, [library, library], methods);
    let body = lowering.block(ast.statements());
    lowering.finish(body, &[Type::Number, Type::Bool], findings)
}

/// A local variable in sight.
#[derive(Clone)]
pub(super) struct Local {
    pub(super) name: String,
    pub(super) id: LocalId,
    pub(super) ty: Type,
    /// Whether it may be assigned to.
    pub(super) mutable: bool,
    /// Its value, where that is known at load and never changes.
    pub(super) constant: Option<f64>,
}

/// The local variables of a formula or function.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) locals: Vec<Local>,
    pub(super) count: usize,
    /// The name, inside an own function.
    pub(super) function: Option<String>,
    /// What `return` gives back.
    pub(super) returns: Vec<Type>,
    /// Variables whose value is at fault, which has been said.
    pub(super) faulty: Vec<String>,
    /// The own functions it calls.
    pub(super) calls: Vec<usize>,
}

pub(super) struct Lowering<'l, 'a> {
    pub(super) source: &'l FormulaSource<'a>,
    pub(super) scope: &'l Scope<'l>,
    pub(super) libraries: [&'l Library<'a>; 2],
    pub(super) methods: &'l Methods,
    pub(super) findings: Vec<Diagnostic>,
    pub(super) frame: Frame,
    pub(super) functions: Vec<Function>,
    /// The instances of own functions so far; `None` where an instance is at fault.
    pub(super) instances: Vec<(String, Vec<Type>, Option<usize>)>,
    pub(super) children: BTreeSet<NodeIndex>,
    pub(super) parameters: BTreeSet<usize>,
    pub(super) columns: BTreeSet<usize>,
}

impl<'l, 'a> Lowering<'l, 'a> {
    fn new(
        source: &'l FormulaSource<'a>,
        scope: &'l Scope<'l>,
        libraries: [&'l Library<'a>; 2],
        methods: &'l Methods,
    ) -> Self {
        Self {
            source,
            scope,
            libraries,
            methods,
            findings: Vec::new(),
            frame: Frame::default(),
            functions: Vec::new(),
            instances: Vec::new(),
            children: BTreeSet::new(),
            parameters: BTreeSet::new(),
            columns: BTreeSet::new(),
        }
    }

    fn finish(
        mut self,
        body: Option<(Block, Type)>,
        allowed: &[Type],
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Formula> {
        let span = self.source.whole();
        let mut result = None;
        if let Some((_, ty)) = &body {
            let mut types = std::mem::take(&mut self.frame.returns);
            types.push(ty.clone());
            types.retain(|ty| *ty != Type::Never);
            match types.iter().find(|ty| !allowed.contains(ty)) {
                Some(Type::Nothing) => {
                    let end = self
                        .source
                        .tokens
                        .last()
                        .map_or(span, |t| self.source.span(t.start, t.end));
                    self.report(
                        Diagnostic::error(
                            "E406",
                            end,
                            text!("rumus berakhir tanpa nilai", "the formula ends without a value"),
                        )
                        .help(text!(
                            "baris terakhir harus berupa nilai; `if` sebagai nilai memerlukan `else`",
                            "the last line must be a value; an `if` that is a value needs its `else`"
                        )),
                    );
                }
                Some(other) => {
                    let word = other.word();
                    let (id, en) = (&word.id, &word.en);
                    self.report(Diagnostic::error(
                        "E406",
                        span,
                        text!(
                            "rumus harus menghasilkan angka, bukan {id}",
                            "the formula must give a number, not {en}"
                        ),
                    ));
                }
                None => result = types.first().cloned(),
            }
        }
        let clean = self.findings.is_empty();
        findings.append(&mut self.findings);
        let (body, _) = body?;
        let mut formula = Formula {
            span,
            body,
            locals: self.frame.count,
            functions: self.functions,
            result: result?,
            cost: 0,
            children: self.children.into_iter().collect(),
            parameters: self.parameters.into_iter().collect(),
            columns: self.columns.into_iter().collect(),
        };
        formula.cost = super::cost::of(&formula);
        if formula.cost > super::cost::BUDGET {
            let budget = super::cost::BUDGET;
            findings.push(
                Diagnostic::error(
                    "E407",
                    span,
                    text!(
                        "rumus terlalu berat: lebih dari {budget} langkah untuk satu wilayah",
                        "the formula costs too much: more than {budget} steps for one region"
                    ),
                )
                .help(text!(
                    "kurangi putaran `for`",
                    "reduce the turns of its `for` loops"
                )),
            );
            return None;
        }
        let deepest = super::cost::DEEPEST_CALLS;
        if super::cost::call_depth(&formula) > deepest {
            findings.push(Diagnostic::error(
                "E420",
                span,
                text!(
                    "fungsi-fungsi saling memanggil lebih dari {deepest} tingkat",
                    "the functions call each other more than {deepest} levels deep"
                ),
            ));
            return None;
        }
        clean.then_some(formula)
    }

    pub(super) fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// An error of code E408 at a position: something that formulas do not have.
    pub(super) fn refuse<T>(&mut self, position: Position, id: &str, en: &str) -> Option<T> {
        let span = self.source.at(position);
        self.report(Diagnostic::error("E408", span, text!("{id}", "{en}")));
        None
    }

    pub(super) fn local(&self, name: &str) -> Option<&Local> {
        self.frame.locals.iter().rfind(|local| local.name == name)
    }

    /// An expression.
    pub(super) fn expr(&mut self, expr: &rhai::Expr) -> Option<Expr> {
        use rhai::Expr as E;
        let number = |value: f64, span| Expr {
            kind: ExprKind::Number(value),
            ty: Type::Number,
            span,
        };
        match expr {
            E::IntegerConstant(value, at) => {
                let span = self.source.at(*at);
                if (-LARGEST_WHOLE..=LARGEST_WHOLE).contains(value) {
                    Some(number(*value as f64, span))
                } else {
                    self.inexact(span)
                }
            }
            E::FloatConstant(value, at) => {
                let span = self.source.at(*at);
                // A whole number beyond 64 bits silently becomes a double in Rhai.
                let whole = !self.source.digits(*at).contains(['.', 'e', 'E']);
                if value.is_finite() && !whole {
                    Some(number(**value, span))
                } else {
                    self.inexact(span)
                }
            }
            E::BoolConstant(flag, at) => Some(Expr {
                kind: ExprKind::Bool(*flag),
                ty: Type::Bool,
                span: self.source.at(*at),
            }),
            E::StringConstant(written, at) => Some(Expr {
                kind: ExprKind::Text(Arc::from(written.as_str())),
                ty: Type::Text,
                span: self.source.at(*at),
            }),
            E::Variable(variable, _, at) => self.variable(&variable.1, self.source.at(*at)),
            E::Array(items, at) => self.list(items, *at),
            E::And(sides, _) => self.logical(sides, ExprKind::And),
            E::Or(sides, _) => self.logical(sides, ExprKind::Or),
            E::Coalesce(parts, _) => self.coalesce(parts),
            E::FnCall(call, at) => self.operator_or_call(call, *at),
            E::Dot(..) => self.dotted(expr),
            E::Index(pair, _, at) => self.position(&pair.lhs, &pair.rhs, *at),
            E::Stmt(block) => {
                let (body, ty) = self.scoped(|this| this.block(block.statements()))?;
                // A block of one value is that value.
                match body {
                    Block {
                        statements,
                        value: Some(value),
                    } if statements.is_empty() => Some(*value),
                    body => Some(Expr {
                        kind: ExprKind::Block(body),
                        ty,
                        span: self.source.at(block.position()),
                    }),
                }
            }
            other => self.refuse(
                other.position(),
                "ini tidak dikenal dalam rumus",
                "formulas do not have this",
            ),
        }
    }

    /// An expression of one type.
    pub(super) fn typed(&mut self, expr: &rhai::Expr, expected: &Type) -> Option<Expr> {
        let lowered = self.expr(expr)?;
        if lowered.ty == *expected || lowered.ty == Type::Never {
            return Some(lowered);
        }
        self.wrong_type(&lowered, expected);
        None
    }

    pub(super) fn wrong_type(&mut self, found: &Expr, expected: &Type) {
        let (wanted, is) = (expected.word(), found.ty.word());
        let (want_id, want_en, is_id, is_en) = (wanted.id, wanted.en, is.id, is.en);
        let finding = Diagnostic::error(
            "E409",
            found.span,
            text!(
                "di sini diperlukan {want_id}, tetapi ini {is_id}",
                "{want_en} is needed here, but this is {is_en}"
            ),
        );
        let finding = match (&found.ty, expected) {
            (Type::Child, Type::Number) => finding.help(text!(
                "skornya ditulis `.score`, bobotnya `.weight`",
                "its score is written `.score`, its weight `.weight`"
            )),
            (Type::Nothing, _) => finding.help(text!(
                "`if` yang dipakai sebagai nilai memerlukan `else`",
                "an `if` that is used as a value needs its `else`"
            )),
            (Type::Number, Type::Bool) => finding.help(text!(
                "bandingkan, misalnya `… > 0`",
                "compare it, as in `… > 0`"
            )),
            (Type::Children(_), Type::Number) => finding.help(text!(
                "gabungkan dahulu, misalnya `weighted_mean(children)`",
                "aggregate them first, as in `weighted_mean(children)`"
            )),
            _ => finding,
        };
        self.report(finding);
    }

    fn inexact<T>(&mut self, span: Span) -> Option<T> {
        self.report(Diagnostic::error(
            "E410",
            span,
            text!(
                "bilangan ini tidak dapat disimpan dengan tepat",
                "this number cannot be held exactly"
            ),
        ).help(text!(
            "bilangan harus terhingga; bilangan bulat paling jauh 2^53, di atasnya tulis mis. `1e20`",
            "numbers must be finite; whole numbers go up to 2^53, beyond write it as in `1e20`"
        )));
        None
    }

    fn variable(&mut self, name: &str, span: Span) -> Option<Expr> {
        if let Some(local) = self.local(name) {
            return Some(Expr {
                kind: ExprKind::Local(local.id),
                ty: local.ty.clone(),
                span,
            });
        }
        if self.frame.function.is_none() {
            if let Some(place) = self.place_named(name) {
                return Some(Expr {
                    kind: ExprKind::Read(place),
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
                self.children.extend(all.iter());
                return Some(Expr {
                    kind: ExprKind::Children(all.clone()),
                    ty: Type::Children(all),
                    span,
                });
            }
            if name == "parameters" || name == "raw" {
                self.report(Diagnostic::error(
                    "E411",
                    span,
                    text!(
                        "sesudah `{name}` harus ada titik dan nama",
                        "`{name}` must be followed by a point and a name"
                    ),
                ));
                return None;
            }
        }
        self.unknown_name(name, span);
        None
    }

    fn place_named(&mut self, name: &str) -> Option<Place> {
        if let Some(child) = self.scope.child(name) {
            self.children.insert(child.node);
            return Some(Place::Child(child.node));
        }
        let column = self.scope.column(name)?;
        self.columns.insert(column);
        Some(Place::Column(column))
    }

    fn unknown_name(&mut self, name: &str, span: Span) {
        if self.frame.faulty.iter().any(|faulty| faulty == name) {
            return;
        }
        let finding = Diagnostic::error(
            "E411",
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
            let columns = self
                .scope
                .columns
                .unwrap_or(&[])
                .iter()
                .map(|column| column.id.as_str());
            let words: &[&str] = if self.scope.is_expression() {
                &[]
            } else {
                &["children"]
            };
            let known = locals
                .chain(children)
                .chain(columns)
                .chain(words.iter().copied());
            match suggest::help(name, known) {
                Some(help) => finding.help(help),
                None => finding,
            }
        };
        self.report(finding);
    }

    fn list(&mut self, items: &[rhai::Expr], at: Position) -> Option<Expr> {
        let lowered: Vec<Option<Expr>> = items.iter().map(|item| self.expr(item)).collect();
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

    fn logical(&mut self, sides: &[rhai::Expr], kind: fn(Vec<Expr>) -> ExprKind) -> Option<Expr> {
        let lowered: Vec<Option<Expr>> = sides
            .iter()
            .map(|side| self.typed(side, &Type::Bool))
            .collect();
        let lowered: Vec<Expr> = lowered.into_iter().collect::<Option<_>>()?;
        let span = joined(&lowered)?;
        Some(Expr {
            kind: kind(lowered),
            ty: Type::Bool,
            span,
        })
    }

    fn coalesce(&mut self, parts: &[rhai::Expr]) -> Option<Expr> {
        let (last, first) = parts.split_last()?;
        let places: Vec<Option<(Place, Span)>> =
            first.iter().map(|part| self.place(part)).collect();
        let last = self.typed(last, &Type::Number);
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
                        "E412",
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

    fn operator_or_call(&mut self, call: &rhai::FnCallExpr, at: Position) -> Option<Expr> {
        if call.op_token.is_none() {
            return self.call(&call.name, &call.args, at);
        }
        let sign = self.source.at(at);
        match call.args.as_slice() {
            [x] => self.unary(&call.name, x, sign, at),
            [x, y] => match BinaryOp::from_sign(&call.name) {
                Some(op) => self.binary(op, x, y, sign),
                None => self.refuse(
                    at,
                    "tanda ini tidak dikenal dalam rumus",
                    "formulas do not have this operator",
                ),
            },
            _ => None,
        }
    }

    fn unary(&mut self, sign: &str, x: &rhai::Expr, span: Span, at: Position) -> Option<Expr> {
        let (op, ty) = match sign {
            "-" => (UnaryOp::Negate, Type::Number),
            "!" => (UnaryOp::Not, Type::Bool),
            "+" => return self.typed(x, &Type::Number),
            _ => {
                return self.refuse(
                    at,
                    "tanda ini tidak dikenal dalam rumus",
                    "formulas do not have this operator",
                );
            }
        };
        let x = self.typed(x, &ty)?;
        Some(Expr {
            span: span.to(x.span),
            kind: ExprKind::Unary(op, Box::new(x)),
            ty,
        })
    }

    fn binary(&mut self, op: BinaryOp, x: &rhai::Expr, y: &rhai::Expr, sign: Span) -> Option<Expr> {
        let (left, right) = (self.expr(x), self.expr(y));
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

    fn position(&mut self, list: &rhai::Expr, position: &rhai::Expr, at: Position) -> Option<Expr> {
        let list = self.expr(list)?;
        let position = self.typed(position, &Type::Number)?;
        let Type::List(inner, count) = &list.ty else {
            let finding = Diagnostic::error(
                "E409",
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
                "E413",
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

    /// `a.b`, `a.f(…)`, and chains of them, which Rhai nests to the right.
    fn dotted(&mut self, expr: &rhai::Expr) -> Option<Expr> {
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
        let value = self.expr(first)?;
        self.steps(value, steps)
    }

    fn steps(&mut self, mut value: Expr, steps: &[&rhai::Expr]) -> Option<Expr> {
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

    fn member(&mut self, base: &str, name: &str, span: Span) -> Option<Expr> {
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
                let finding = Diagnostic::error(
                    "E411",
                    span,
                    text!(
                        "parameter `{name}` tidak ada",
                        "there is no parameter `{name}`"
                    ),
                );
                self.report(match suggest::help(name, known) {
                    Some(help) => finding.help(help),
                    None => finding.help(text!(
                        "tulis di `index.toml`: `[parameters]`, lalu `{name} = …`",
                        "write it in `index.toml`: `[parameters]`, then `{name} = …`"
                    )),
                });
                return None;
            };
            self.parameters.insert(at);
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
                "E411",
                span,
                text!(
                    "`raw.{name}` tidak ada: hanya indikator langsung yang punya nilai mentah",
                    "there is no `raw.{name}`: only direct indicators have a raw value"
                ),
            );
            self.report(match suggest::help(name, known) {
                Some(help) => finding.help(help),
                None => finding,
            });
            return None;
        };
        self.children.insert(child.node);
        Some(Expr {
            kind: ExprKind::Read(Place::Raw(child.node)),
            ty: Type::Number,
            span,
        })
    }

    fn property(&mut self, of: Expr, name: &str, span: Span) -> Option<Expr> {
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

    fn unknown_property(&mut self, name: &str, span: Span, known: &[&str]) {
        let finding = Diagnostic::error(
            "E411",
            span,
            text!(
                "sifat `.{name}` tidak ada",
                "there is no property `.{name}`"
            ),
        );
        self.report(match suggest::help(name, known.iter().copied()) {
            Some(help) => finding.help(help),
            None => finding,
        });
    }

    /// The value of an expression that is known at load.
    pub(super) fn constant(&self, expr: &Expr) -> Option<f64> {
        match &expr.kind {
            ExprKind::Number(value) | ExprKind::Parameter(_, value) => Some(*value),
            ExprKind::Local(id) => self
                .frame
                .locals
                .iter()
                .find(|local| local.id == *id)
                .and_then(|local| local.constant),
            ExprKind::Unary(UnaryOp::Negate, x) => Some(-self.constant(x)?),
            ExprKind::Binary(op, x, y) => {
                let (x, y) = (self.constant(x)?, self.constant(y)?);
                match op {
                    BinaryOp::Add => Some(x + y),
                    BinaryOp::Subtract => Some(x - y),
                    BinaryOp::Multiply => Some(x * y),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

pub(super) fn is_children(name: &str) -> bool {
    matches!(name, "children" | "indicators" | "variables")
}

fn joined(parts: &[Expr]) -> Option<Span> {
    let first = parts.first()?.span;
    Some(parts.iter().fold(first, |span, part| span.to(part.span)))
}
