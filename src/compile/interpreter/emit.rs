//! The checked form, written out as Rhai, in one of three styles.
//!
//! - [`Style::Placed`]: each operator, call and read that can raise an issue stands at the start of a line of its own,
//!   so that the line of an error tells its place in the rule file.
//! - [`Style::Traced`]: as the placed one, with a call at each [point](super::points) that a region may reach.
//! - [`Style::Direct`]: with the operators of Rhai itself, see [`direct`](super::direct).

use std::collections::BTreeMap;
use std::fmt::Write;

use super::direct;
use super::items::KnownChild;
use super::points::{Point, PointKind};
use crate::base::{NodeIndex, Span};
use crate::check::formula::{
    BinaryOp, Block, Expr, ExprKind, Formula, Item, Label, LocalId, Over, Place, Statement,
    SwitchArm, Type, UnaryOp,
};

/// How a script is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Every issue at once, at its place.
    Placed,
    /// Fast; fails somewhere where the other raises an issue.
    Direct,
    /// As the placed one, and says which points it reaches.
    Traced,
}

/// A script with the origin of its lines.
pub(super) struct Written {
    /// In the direct style it begins with a declaration for each variable and for [`CHILDREN`], one on each line.
    pub(super) text: String,
    /// The place of each line.
    pub(super) places: Vec<Span>,
    /// The variables it reads, each once, with their names.
    pub(super) variables: Vec<(Variable, String)>,
    /// Whether it reads `children`.
    pub(super) reads_items: bool,
    /// In the traced style: the points that it tells.
    pub(super) points: Vec<Point>,
}

/// A variable that the script reads from its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variable {
    /// A value; not in the scope where it is missing.
    Value(Place),
    /// Whether it is missing.
    Missing(Place),
}

/// The name of `children` in the scripts.
pub(super) const CHILDREN: &str = "children";

/// Up to so many variables have names of different lengths: finding one in a scope compares no letters.
pub(super) const NAMED_BY_LENGTH: usize = 20;

/// The name of a variable, by position.
fn name(at: usize) -> String {
    if at < NAMED_BY_LENGTH {
        "x".repeat(at + 1)
    } else {
        format!("x{at}")
    }
}

pub(super) fn emit(formula: &Formula, children: &[KnownChild], style: Style) -> Written {
    let mut emitter = Emitter {
        style,
        text: String::new(),
        places: vec![formula.span],
        variables: Vec::new(),
        positions: BTreeMap::new(),
        reads_items: false,
        switches: 0,
        waiting: Vec::new(),
        children,
        turns: BTreeMap::new(),
        room: direct::WRITTEN,
        in_body: false,
        points: Vec::new(),
    };
    for (at, function) in formula.functions.iter().enumerate() {
        let parameters: Vec<String> = (0..function.parameters).map(|p| format!("v{p}")).collect();
        emitter.put(&format!("fn u{at}({})", parameters.join(", ")));
        emitter.block(&function.body, true);
        emitter.put("\n");
        emitter.places.push(formula.span);
    }
    let functions = emitter.text.len();
    emitter.in_body = true;
    emitter.body(&formula.body, true);
    let variables = emitter.variables;
    let mut text = emitter.text;
    if style == Style::Direct {
        let children = emitter.reads_items.then(|| CHILDREN.to_owned());
        let names = variables.iter().map(|(_, name)| name.clone());
        let declared: Vec<String> = names
            .chain(children)
            .map(|name| format!("let {name} = ();\n"))
            .collect();
        text.insert_str(functions, &declared.concat());
    }
    Written {
        text,
        places: emitter.places,
        variables,
        reads_items: emitter.reads_items,
        points: emitter.points,
    }
}

pub(super) struct Emitter<'a> {
    style: Style,
    text: String,
    places: Vec<Span>,
    variables: Vec<(Variable, String)>,
    /// Where each of them stands.
    positions: BTreeMap<Variable, usize>,
    reads_items: bool,
    switches: usize,
    children: &'a [KnownChild],
    /// In the direct style: the variables that are only looked at when the block ends that declares them.
    pub(super) waiting: Vec<LocalId>,
    /// In the direct style: the child of this turn, for loops that are written out.
    turns: BTreeMap<LocalId, NodeIndex>,
    /// How many expressions more may be written out.
    pub(super) room: usize,
    /// Whether this is the body: own functions do not see its variables.
    pub(super) in_body: bool,
    points: Vec<Point>,
}

impl Emitter<'_> {
    pub(super) fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn is_direct(&self) -> bool {
        self.style == Style::Direct
    }

    /// A token at the start of a line of its own, so that errors lead to `span`.
    fn placed(&mut self, token: &str, span: Span) {
        if !self.is_direct() {
            self.text.push('\n');
            self.places.push(span);
        }
        self.text.push_str(token);
    }

    fn block(&mut self, block: &Block, used: bool) {
        self.put("{ ");
        self.body(block, used);
        self.put(" }");
    }

    /// A block that is one of several branches.
    fn branch(&mut self, block: Option<&Block>, used: bool, span: Span, kind: PointKind) {
        self.put("{ ");
        self.reach(span, kind);
        if let Some(block) = block {
            self.body(block, used);
        }
        self.put(" }");
    }

    /// The number of a point. Own functions that are written for several types have their points once.
    fn point(&mut self, span: Span, kind: PointKind) -> usize {
        let point = Point { span, kind };
        let known = self.points.iter().position(|known| *known == point);
        known.unwrap_or_else(|| {
            self.points.push(point);
            self.points.len() - 1
        })
    }

    /// In the traced style: says that a point is reached.
    fn reach(&mut self, span: Span, kind: PointKind) {
        if self.style == Style::Traced {
            let at = self.point(span, kind);
            self.put(&format!("reach({at}); "));
        }
    }

    /// Statements and value, which is `used` or not.
    fn body(&mut self, block: &Block, used: bool) {
        let around = self.waiting.len();
        let mut rest = block.statements.as_slice();
        while let Some((statement, after)) = rest.split_first() {
            rest = after;
            if self.may_wait(statement, rest, block)
                && let Statement::Let(local, _) = statement
            {
                self.waiting.push(*local);
            }
            if let Some(span) = statement.begins() {
                self.reach(span, PointKind::Statement);
            }
            self.statement(statement);
            self.put("; ");
        }
        if let Some(value) = &block.value {
            self.reach(value.begins(), PointKind::Statement);
        }
        let waited = self.waiting.split_off(around);
        let value = block.value.as_deref();
        self.look_at(&waited, value.filter(|_| used));
        self.waiting.extend(waited);
        match value {
            Some(value) if used => self.expr(value),
            Some(value) => self.discard(value),
            None => {}
        }
        self.waiting.truncate(around);
    }

    /// An expression whose value is not used.
    fn discard(&mut self, expr: &Expr) {
        if gives(&expr.ty) {
            self.kept(expr);
        } else {
            self.expr(expr);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(local, value) => {
                self.put(&format!("let v{} = ", local.0));
                self.assigned(*local, value);
            }
            Statement::Assign(local, None, value, _) => {
                self.put(&format!("v{} = ", local.0));
                self.assigned(*local, value);
            }
            Statement::Assign(local, Some(op), value, _) if self.is_direct() => {
                self.compound(*local, *op, value);
            }
            Statement::Assign(local, Some(op), value, span) => {
                self.put(&format!("v{0} = v{0}", local.0));
                self.placed(op.sign(), *span);
                self.put(" (");
                self.expr(value);
                self.put(")");
            }
            Statement::For(local, over, body) => {
                if let Some(children) = self.written_out(*local, over, body) {
                    for child in children {
                        self.turns.insert(*local, *child);
                        self.block(body, false);
                        self.put("; ");
                    }
                    self.turns.remove(local);
                    return;
                }
                self.put(&format!("for v{} in ", local.0));
                match over {
                    Over::Children(list, _) | Over::List(list, _) => self.expr(list),
                    Over::Range(from, to) => self.put(&format!("counting({from}.0, {to}.0)")),
                }
                self.put(" ");
                self.block(body, false);
            }
            Statement::Return(value) => {
                self.look_at(&self.waiting.clone(), Some(value));
                self.put("return ");
                self.expr(value);
            }
            Statement::Expr(value) => self.discard(value),
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        let used = gives(&expr.ty);
        match &expr.kind {
            ExprKind::Number(value) | ExprKind::Parameter(_, value) => self.number(*value),
            ExprKind::Bool(flag) => self.put(if *flag { "true" } else { "false" }),
            ExprKind::Text(text) => self.string(text),
            ExprKind::Local(local) => self.put(&format!("v{}", local.0)),
            ExprKind::Read(place) => self.read(*place, expr.span),
            ExprKind::IsMissing(place) => self.is_missing(*place),
            ExprKind::Coalesce(places, last) => {
                for (place, at) in places.iter().zip(1..) {
                    self.put("(if ");
                    self.is_missing(*place);
                    self.put(" { ");
                    self.reach(expr.span, PointKind::Fallback(at));
                }
                self.expr(last);
                for place in places.iter().rev() {
                    self.put(" } else { ");
                    self.read(*place, expr.span);
                    self.put(" })");
                }
            }
            ExprKind::Item(item, local) => match (self.turn(*local).cloned(), item) {
                (Some(child), Item::Weight) => self.number(child.sibling.weight),
                (Some(child), Item::Id) => self.string(&child.id),
                (None, Item::Weight) => self.put(&format!("weight(v{})", local.0)),
                (None, Item::Id) => self.put(&format!("id(v{})", local.0)),
            },
            ExprKind::Children(_) => {
                self.reads_items = true;
                self.put(CHILDREN);
            }
            ExprKind::Only(of, which) => {
                let nodes: Vec<String> = which.iter().map(|node| node.0.to_string()).collect();
                self.put("only(");
                self.expr(of);
                self.put(&format!(", [{}])", nodes.join(", ")));
            }
            ExprKind::List(items) => self.list(items),
            ExprKind::At(list, position) => {
                self.placed("at(", expr.span);
                self.expr(list);
                self.put(", ");
                self.expr(position);
                self.put(")");
            }
            ExprKind::Unary(op, x) => {
                self.put(match op {
                    UnaryOp::Negate => "(-(",
                    UnaryOp::Not => "(!(",
                });
                self.expr(x);
                self.put("))");
            }
            ExprKind::Binary(op, x, y) if self.is_direct() => self.operator(*op, x, y),
            ExprKind::Binary(op, x, y) => self.binary(*op, x, y, expr.span),
            ExprKind::And(sides) => self.logical("&&", sides, expr.span),
            ExprKind::Or(sides) => self.logical("||", sides, expr.span),
            ExprKind::Call(name, arguments) if self.is_direct() => self.call(name, arguments),
            ExprKind::Call(name, arguments) => {
                self.placed(&format!("f_{name}("), expr.span);
                self.list(arguments);
                self.put(")");
            }
            ExprKind::CallOwn(function, arguments) => {
                self.placed(&format!("u{function}("), expr.span);
                for (at, argument) in arguments.iter().enumerate() {
                    if at > 0 {
                        self.put(", ");
                    }
                    match at {
                        0 if !self.is_direct() => self.first(argument),
                        _ => self.kept(argument),
                    }
                }
                self.put(")");
            }
            ExprKind::If(condition, then, otherwise) => {
                self.put("(if ");
                self.expr(condition);
                self.put(" ");
                self.branch(Some(then), used, condition.begins(), PointKind::Then);
                if otherwise.is_some() || self.style == Style::Traced {
                    self.put(" else ");
                    let otherwise = otherwise.as_ref();
                    self.branch(otherwise, used, condition.begins(), PointKind::Else);
                }
                self.put(")");
            }
            ExprKind::Switch(value, arms, default) => {
                self.switch(value, arms, default.as_ref(), expr.span, used);
            }
            ExprKind::Block(block) => {
                self.put("(");
                self.block(block, used);
                self.put(")");
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, x: &Expr, y: &Expr, span: Span) {
        self.put("(");
        self.first(x);
        self.placed(op.sign(), span);
        self.put(" ");
        self.expr(y);
        self.put(")");
    }

    /// A first operand or argument. Rhai reads a variable that stands first only after all others, so that a
    /// missing value is asked for before: parts raise their issues from left to right.
    fn first(&mut self, x: &Expr) {
        match x.kind {
            ExprKind::Read(place) if !matches!(place, Place::ItemScore(_) | Place::ItemRaw(_)) => {
                self.put("(if ");
                self.is_missing(place);
                self.placed("{ missing() } else { ", x.span);
                self.read(place, x.span);
                self.put(" })");
            }
            _ => self.expr(x),
        }
    }

    fn logical(&mut self, sign: &str, sides: &[Expr], span: Span) {
        self.put("(");
        for (at, side) in sides.iter().enumerate() {
            if at > 0 {
                self.put(&format!(" {sign} "));
            }
            let traced = at > 0 && self.style == Style::Traced;
            if traced {
                self.put("({ ");
                self.reach(span, PointKind::Right(at));
            }
            self.expr(side);
            if traced {
                self.put(" })");
            }
        }
        self.put(")");
    }

    pub(super) fn list(&mut self, items: &[Expr]) {
        self.put("[");
        for (at, item) in items.iter().enumerate() {
            self.put(if at > 0 { ", " } else { "" });
            self.kept(item);
        }
        self.put("]");
    }

    fn number(&mut self, value: f64) {
        // The debug form always has a point or an exponent, so that it reads back as a double.
        let _ = if value.is_sign_negative() {
            write!(self.text, "({value:?})")
        } else {
            write!(self.text, "{value:?}")
        };
    }

    fn string(&mut self, text: &str) {
        self.put("\"");
        for c in text.chars() {
            match c {
                '"' => self.put("\\\""),
                '\\' => self.put("\\\\"),
                '\n' => self.put("\\n"),
                '\r' => self.put("\\r"),
                c => self.text.push(c),
            }
        }
        self.put("\"");
    }

    /// The child that a variable holds in this turn, where the loop is written out.
    fn turn(&self, local: LocalId) -> Option<&KnownChild> {
        let node = self.turns.get(&local)?;
        self.children.iter().find(|child| child.node == *node)
    }

    /// A place, with the child of this turn where the loop is written out.
    pub(super) fn place(&self, place: Place) -> Place {
        let turn = |local: LocalId| self.turns.get(&local).copied();
        match place {
            Place::ItemScore(local) => turn(local).map_or(place, Place::Child),
            Place::ItemRaw(local) => turn(local).map_or(place, Place::Raw),
            Place::Child(_) | Place::Raw(_) | Place::Column(_) => place,
        }
    }

    fn read(&mut self, place: Place, span: Span) {
        let name = match self.place(place) {
            Place::ItemScore(local) => format!("score(v{})", local.0),
            Place::ItemRaw(local) => format!("raw(v{})", local.0),
            place => self.variable(Variable::Value(place)),
        };
        self.placed(&name, span);
    }

    fn is_missing(&mut self, place: Place) {
        let name = match self.place(place) {
            Place::ItemScore(local) => format!("no_score(v{})", local.0),
            Place::ItemRaw(local) => format!("no_raw(v{})", local.0),
            place => self.variable(Variable::Missing(place)),
        };
        self.put(&name);
    }

    /// The name of a variable, which is noted.
    fn variable(&mut self, variable: Variable) -> String {
        let next = self.variables.len();
        let at = *self.positions.entry(variable).or_insert(next);
        if at == next {
            self.variables.push((variable, name(at)));
        }
        name(at)
    }

    /// A chain of `==`, whatever Rhai's own `switch` would hash.
    fn switch(
        &mut self,
        value: &Expr,
        arms: &[SwitchArm],
        default: Option<&Block>,
        span: Span,
        used: bool,
    ) {
        let name = format!("s{}", self.switches);
        self.switches += 1;
        self.put(&format!("({{ let {name} = "));
        self.kept(value);
        self.put("; ");
        for (number, arm) in arms.iter().enumerate() {
            self.put("if (");
            for (at, label) in arm.labels.iter().enumerate() {
                self.put(if at > 0 { " || " } else { "" });
                self.label(&name, label, span);
            }
            self.put(")");
            if let Some(guard) = &arm.guard {
                self.put(" && ");
                self.expr(guard);
            }
            self.put(" ");
            self.branch(Some(&arm.body), used, span, PointKind::Arm(number));
            self.put(" else ");
        }
        self.branch(default, used, span, PointKind::Other);
        self.put(" })");
    }

    fn label(&mut self, name: &str, label: &Label, span: Span) {
        self.put("(");
        match label {
            Label::Number(value) => {
                self.compared(BinaryOp::Equal, name, *value, span);
            }
            Label::Text(text) => {
                self.put(name);
                self.placed(" == ", span);
                self.string(text);
            }
            Label::Bool(flag) => self.put(&format!("{name} == {flag}")),
            Label::Range {
                low,
                high,
                inclusive,
            } => {
                self.compared(BinaryOp::GreaterOrEqual, name, *low, span);
                self.put(" && ");
                let last = if *inclusive {
                    BinaryOp::LessOrEqual
                } else {
                    BinaryOp::Less
                };
                self.compared(last, name, *high, span);
            }
        }
        self.put(")");
    }

    /// A variable of ours beside a known number.
    fn compared(&mut self, op: BinaryOp, name: &str, value: f64, span: Span) {
        if self.is_direct() {
            self.put(&format!("{}({name}, ", direct::named(op)));
            self.number(value);
            self.put(")");
        } else {
            self.put(name);
            self.placed(op.sign(), span);
            self.put(" ");
            self.number(value);
        }
    }
}

/// Whether an expression of this type has a value.
pub(super) fn gives(ty: &Type) -> bool {
    !matches!(ty, Type::Nothing | Type::Never)
}
