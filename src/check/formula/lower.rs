//! Rhai's syntax tree → the typed form: names, values, operators.

use std::collections::BTreeSet;
use std::sync::Arc;

use rhai::Position;

use super::form::{
    BinaryOp, Block, Expr, ExprKind, Formula, Function, LocalId, Place, Type, UnaryOp,
};
use super::library::{Library, parse};
use super::scope::Scope;
use super::source::{FormulaSource, LARGEST_WHOLE};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, FileId, NodeIndex, SourceMap, Span};
use crate::bundle::{control_sign, first_control};
use crate::calculus::Methods;

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
            Code::E405,
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
    /// Whether it belongs to a function of `lib/`.
    pub(super) shared: bool,
    /// How many own functions it stands in.
    pub(super) depth: usize,
    /// How many assignments and `return`s have been met.
    pub(super) effects: usize,
}

pub(super) struct Lowering<'l, 'a> {
    pub(super) source: &'l FormulaSource<'a>,
    pub(super) scope: &'l Scope<'l>,
    pub(super) libraries: [&'l Library<'a>; 2],
    pub(super) methods: &'l Methods,
    pub(super) findings: Vec<Diagnostic>,
    pub(super) frame: Frame,
    pub(super) functions: Vec<Function>,
    /// The instances of own functions so far.
    pub(super) instances: Vec<super::own::Instance>,
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
                            Code::E406,
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
                        Code::E406,
                        span,
                        text!(
                            "rumus harus menghasilkan angka, bukan {id}",
                            "the formula must give a number, not {en}"
                        ),
                    ));
                }
                None if types.iter().all(|ty| Some(ty) == types.first()) => {
                    result = types.first().cloned()
                }
                None => {
                    self.report(Diagnostic::error(
                        Code::E406,
                        span,
                        text!(
                            "rumus menghasilkan angka dan ya/tidak",
                            "the formula gives a number here and yes or no there"
                        ),
                    ));
                }
            }
        }
        if (body.is_none() || result.is_none()) && self.findings.is_empty() {
            // Every refusal says why; if one did not, the formula must not vanish for it.
            self.report(Diagnostic::error(
                Code::E499,
                span,
                text!(
                    "rumus ini tidak dapat dipahami; mohon dilaporkan",
                    "this formula is not understood; please report it"
                ),
            ));
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
            tokens: super::canonical_tokens(self.source),
            calls: Vec::new(),
            children: Vec::new(),
            parameters: Vec::new(),
            columns: Vec::new(),
        };
        note_reads(&mut formula, self.methods);
        if super::cost::size(&formula) > super::cost::LARGEST {
            findings.push(Diagnostic::error(
                Code::E404,
                span,
                text!("rumus terlalu panjang", "the formula is too long"),
            ));
            return None;
        }
        formula.cost = super::cost::of(&formula);
        if formula.cost > super::cost::BUDGET {
            let budget = super::cost::BUDGET;
            findings.push(
                Diagnostic::error(
                    Code::E407,
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
        let deepest = super::cost::DEEPEST_NESTING;
        if super::cost::nesting(&formula) > deepest {
            findings.push(
                Diagnostic::error(
                    Code::E421,
                    span,
                    text!(
                        "rumus bersarang lebih dari {deepest} tingkat",
                        "the formula is nested more than {deepest} levels deep"
                    ),
                )
                .help(text!(
                    "jumlah yang panjang ditulis `sum([…])`",
                    "a long sum is written `sum([…])`"
                )),
            );
            return None;
        }
        let deepest = super::cost::DEEPEST_CALLS;
        if super::cost::call_depth(&formula) > deepest {
            findings.push(Diagnostic::error(
                Code::E420,
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
        self.report(Diagnostic::error(Code::E408, span, text!("{id}", "{en}")));
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
                if self
                    .source
                    .digits(*at)
                    .contains(|c: char| c.is_ascii_alphabetic())
                {
                    return self.refuse(
                        *at,
                        "tulis bilangan ini secara desimal",
                        "write this number in decimals",
                    );
                }
                let digits = self.source.digits(*at);
                if digits.len() > 1 && digits.starts_with('0') {
                    // `max(1,000, a)`: two numbers, of which nobody means the second.
                    let finding = self.source.number(self.source.offset(*at));
                    self.report(finding.unwrap_or_else(|| {
                        Diagnostic::error(
                            Code::E401,
                            span,
                            text!(
                                "angka `{digits}` diawali nol",
                                "the number `{digits}` begins with zeros"
                            ),
                        )
                    }));
                    return None;
                }
                if (-LARGEST_WHOLE..=LARGEST_WHOLE).contains(value) {
                    Some(number(*value as f64, span))
                } else {
                    self.inexact(span)
                }
            }
            E::FloatConstant(value, at) => {
                let span = self.source.at(*at);
                // A whole number beyond 64 bits silently becomes a double in Rhai.
                let (digits, rest) = self.source.digits_and_rest(*at);
                if rest.starts_with('.')
                    && let Some(misspelt) = crate::base::number::misspelt(&format!("{digits}."))
                {
                    let finding = Diagnostic::error(Code::E401, span, misspelt.message);
                    self.report(finding.help(misspelt.help));
                    return None;
                }
                let whole = !digits.contains(['.', 'e', 'E']);
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
            E::StringConstant(written, at) => {
                let span = self.source.at(*at);
                if let Some((_, sign)) = first_control(written) {
                    self.report(control_sign(span, sign));
                }
                Some(Expr {
                    kind: ExprKind::Text(Arc::from(written.as_str())),
                    ty: Type::Text,
                    span,
                })
            }
            E::Variable(variable, _, at) => self.variable(&variable.1, self.source.at(*at)),
            E::Array(items, at) => self.list(items, *at),
            E::And(sides, _) => self.logical(sides, ExprKind::And),
            E::Or(sides, _) => self.logical(sides, ExprKind::Or),
            E::Coalesce(parts, _) => self.coalesce(parts),
            E::FnCall(call, at) => self.operator_or_call(call, *at),
            E::Dot(..) => self.dotted(expr),
            E::Index(pair, flags, at) => {
                // Only this flag tells `l[x.f()]` from `l[x].f()`, and `?[` from `[`.
                let ends = flags.intersects(rhai::ASTFlags::BREAK)
                    && !flags.intersects(rhai::ASTFlags::NEGATED);
                let chained = matches!(pair.rhs, E::Dot(..) | E::Index(..));
                if !ends || chained {
                    return self.refuse(
                        *at,
                        "simpan dahulu dalam variabel: `let x = daftar[0];`, lalu lanjutkan dengan `x`",
                        "keep it in a variable first: `let x = list[0];`, then go on with `x`",
                    );
                }
                self.position(&pair.lhs, &pair.rhs, *at)
            }
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

    /// An operand or argument: it must not assign or return, so that the order in which the parts of an
    /// expression are looked at is of no account.
    pub(super) fn operand(&mut self, expr: &rhai::Expr) -> Option<Expr> {
        let before = self.frame.effects;
        let lowered = self.expr(expr);
        if self.frame.effects > before {
            return self.refuse(
                expr.start_position(),
                "di dalam hitungan tidak boleh ada perubahan variabel atau `return`",
                "inside an operation no variable may be changed, and there is no `return`",
            );
        }
        lowered
    }

    /// An operand of one type.
    pub(super) fn typed_operand(&mut self, expr: &rhai::Expr, expected: &Type) -> Option<Expr> {
        let lowered = self.operand(expr)?;
        self.expect(lowered, expected)
    }

    /// An expression of one type.
    pub(super) fn typed(&mut self, expr: &rhai::Expr, expected: &Type) -> Option<Expr> {
        let lowered = self.expr(expr)?;
        self.expect(lowered, expected)
    }

    fn expect(&mut self, lowered: Expr, expected: &Type) -> Option<Expr> {
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
            Code::E409,
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
            Code::E410,
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

/// Notes what the formula reads and calls.
fn note_reads(formula: &mut Formula, methods: &Methods) {
    let mut children = BTreeSet::new();
    let mut narrowed = BTreeSet::new();
    let mut parameters = BTreeSet::new();
    let mut columns = BTreeSet::new();
    let mut calls = BTreeSet::new();
    formula.walk(&mut |part| match &part.kind {
        ExprKind::Read(place) | ExprKind::IsMissing(place) => {
            note_place(*place, &mut children, &mut columns)
        }
        ExprKind::Coalesce(places, _) => {
            places
                .iter()
                .for_each(|place| note_place(*place, &mut children, &mut columns));
        }
        ExprKind::Only(of, which) => {
            children.extend(which.iter());
            narrowed.insert(std::ptr::from_ref::<Expr>(of));
        }
        // `children` before `.only(…)` reads only what is chosen.
        ExprKind::Children(all) if !narrowed.contains(&std::ptr::from_ref(part)) => {
            children.extend(all.iter())
        }
        ExprKind::Parameter(at, _) => {
            parameters.insert(*at);
        }
        ExprKind::Call(name, _) => {
            let version = methods
                .function(name)
                .map_or(0, |function| function.version());
            calls.insert((name.clone(), version));
        }
        _ => {}
    });
    formula.children = children.into_iter().collect();
    formula.parameters = parameters.into_iter().collect();
    formula.columns = columns.into_iter().collect();
    formula.calls = calls.into_iter().collect();
}

fn note_place(place: Place, children: &mut BTreeSet<NodeIndex>, columns: &mut BTreeSet<usize>) {
    match place {
        Place::Child(node) | Place::Raw(node) => {
            children.insert(node);
        }
        Place::Column(column) => {
            columns.insert(column);
        }
        Place::ItemScore(_) | Place::ItemRaw(_) => {}
    }
}

pub(super) fn is_children(name: &str) -> bool {
    matches!(name, "children" | "indicators" | "variables")
}
