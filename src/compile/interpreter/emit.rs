//! The checked form, written out as Rhai.
//!
//! Each operator, call and read that can raise an issue stands at the start of a line of its own, so
//! that the line of an error tells its place in the rule file.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::base::Span;
use crate::check::formula::{
    BinaryOp, Block, Expr, ExprKind, Formula, Item, Label, Over, Place, Statement, SwitchArm,
    UnaryOp,
};

/// A script with the origin of its lines.
pub(super) struct Script {
    pub(super) text: String,
    /// The place of each line.
    pub(super) places: Vec<Span>,
    /// The variables it reads, each once.
    pub(super) variables: Vec<Variable>,
    /// Whether it reads `children`.
    pub(super) reads_items: bool,
}

/// A variable that the script reads from its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variable {
    /// A value; not in the scope where it is missing.
    Value(Place),
    /// Whether it is missing.
    Missing(Place),
}

impl Variable {
    /// Its name in the script; places in loops are read by functions instead.
    pub(super) fn name(self) -> String {
        match self {
            Variable::Value(Place::Child(node)) => format!("c{}", node.0),
            Variable::Value(Place::Raw(node)) => format!("r{}", node.0),
            Variable::Value(Place::Column(column)) => format!("k{column}"),
            Variable::Value(Place::ItemScore(local)) => format!("score(v{})", local.0),
            Variable::Value(Place::ItemRaw(local)) => format!("raw(v{})", local.0),
            Variable::Missing(Place::Child(node)) => format!("m{}", node.0),
            Variable::Missing(Place::Raw(node)) => format!("q{}", node.0),
            Variable::Missing(Place::Column(column)) => format!("n{column}"),
            Variable::Missing(Place::ItemScore(local)) => format!("no_score(v{})", local.0),
            Variable::Missing(Place::ItemRaw(local)) => format!("no_raw(v{})", local.0),
        }
    }
}

pub(super) fn emit(formula: &Formula) -> Script {
    let mut emitter = Emitter {
        text: String::new(),
        places: vec![formula.span],
        variables: BTreeSet::new(),
        reads_items: false,
        switches: 0,
    };
    for (at, function) in formula.functions.iter().enumerate() {
        let parameters: Vec<String> = (0..function.parameters).map(|p| format!("v{p}")).collect();
        emitter.put(&format!("fn u{at}({})", parameters.join(", ")));
        emitter.block(&function.body);
        emitter.put("\n");
        emitter.places.push(formula.span);
    }
    emitter.body(&formula.body);
    Script {
        text: emitter.text,
        places: emitter.places,
        variables: emitter.variables.into_iter().collect(),
        reads_items: emitter.reads_items,
    }
}

struct Emitter {
    text: String,
    places: Vec<Span>,
    variables: BTreeSet<Variable>,
    reads_items: bool,
    switches: usize,
}

impl Emitter {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A token at the start of a line of its own, so that errors lead to `span`.
    fn placed(&mut self, token: &str, span: Span) {
        self.text.push('\n');
        self.places.push(span);
        self.text.push_str(token);
    }

    fn block(&mut self, block: &Block) {
        self.put("{ ");
        self.body(block);
        self.put(" }");
    }

    fn body(&mut self, block: &Block) {
        for statement in &block.statements {
            self.statement(statement);
            self.put("; ");
        }
        if let Some(value) = &block.value {
            self.expr(value);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(local, value) => {
                self.put(&format!("let v{} = ", local.0));
                self.expr(value);
            }
            Statement::Assign(local, None, value, _) => {
                self.put(&format!("v{} = ", local.0));
                self.expr(value);
            }
            Statement::Assign(local, Some(op), value, span) => {
                self.put(&format!("v{0} = v{0}", local.0));
                self.placed(op.sign(), *span);
                self.put(" (");
                self.expr(value);
                self.put(")");
            }
            Statement::For(local, over, body) => {
                self.put(&format!("for v{} in ", local.0));
                match over {
                    Over::Children(list, _) | Over::List(list, _) => self.expr(list),
                    Over::Range(from, to) => self.put(&format!("counting({from}.0, {to}.0)")),
                }
                self.put(" ");
                self.block(body);
            }
            Statement::Return(value) => {
                self.put("return ");
                self.expr(value);
            }
            Statement::Expr(value) => self.expr(value),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Number(value) | ExprKind::Parameter(_, value) => self.number(*value),
            ExprKind::Bool(flag) => self.put(if *flag { "true" } else { "false" }),
            ExprKind::Text(text) => self.string(text),
            ExprKind::Local(local) => self.put(&format!("v{}", local.0)),
            ExprKind::Read(place) => self.read(*place, expr.span),
            ExprKind::IsMissing(place) => self.is_missing(*place),
            ExprKind::Coalesce(places, last) => {
                for place in places {
                    self.put("(if ");
                    self.is_missing(*place);
                    self.put(" { ");
                }
                self.expr(last);
                for place in places.iter().rev() {
                    self.put(" } else { ");
                    self.read(*place, expr.span);
                    self.put(" })");
                }
            }
            ExprKind::Item(Item::Weight, local) => self.put(&format!("weight(v{})", local.0)),
            ExprKind::Item(Item::Id, local) => self.put(&format!("id(v{})", local.0)),
            ExprKind::Children(_) => {
                self.reads_items = true;
                self.put("children");
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
            ExprKind::Binary(op, x, y) => self.binary(*op, x, y, expr.span),
            ExprKind::And(sides) => self.logical("&&", sides),
            ExprKind::Or(sides) => self.logical("||", sides),
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
                        self.expr(argument);
                    } else {
                        self.first(argument);
                    }
                }
                self.put(")");
            }
            ExprKind::If(condition, then, otherwise) => {
                self.put("(if ");
                self.expr(condition);
                self.put(" ");
                self.block(then);
                if let Some(otherwise) = otherwise {
                    self.put(" else ");
                    self.block(otherwise);
                }
                self.put(")");
            }
            ExprKind::Switch(value, arms, default) => {
                self.switch(value, arms, default.as_ref(), expr.span)
            }
            ExprKind::Block(block) => {
                self.put("(");
                self.block(block);
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

    fn logical(&mut self, sign: &str, sides: &[Expr]) {
        self.put("(");
        for (at, side) in sides.iter().enumerate() {
            if at > 0 {
                self.put(&format!(" {sign} "));
            }
            self.expr(side);
        }
        self.put(")");
    }

    fn list(&mut self, items: &[Expr]) {
        self.put("[");
        for (at, item) in items.iter().enumerate() {
            self.put(if at > 0 { ", " } else { "" });
            self.expr(item);
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

    fn read(&mut self, place: Place, span: Span) {
        let name = self.variable(Variable::Value(place), place);
        self.placed(&name, span);
    }

    fn is_missing(&mut self, place: Place) {
        let name = self.variable(Variable::Missing(place), place);
        self.put(&name);
    }

    /// The name of a variable, which is noted unless it belongs to a loop.
    fn variable(&mut self, variable: Variable, place: Place) -> String {
        if !matches!(place, Place::ItemScore(_) | Place::ItemRaw(_)) {
            self.variables.insert(variable);
        }
        variable.name()
    }

    /// A chain of `==`, whatever Rhai's own `switch` would hash.
    fn switch(&mut self, value: &Expr, arms: &[SwitchArm], default: Option<&Block>, span: Span) {
        let name = format!("s{}", self.switches);
        self.switches += 1;
        self.put(&format!("({{ let {name} = "));
        self.expr(value);
        self.put("; ");
        for arm in arms {
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
            self.block(&arm.body);
            self.put(" else ");
        }
        match default {
            Some(default) => self.block(default),
            None => self.put("{ }"),
        }
        self.put(" })");
    }

    fn label(&mut self, name: &str, label: &Label, span: Span) {
        self.put(&format!("({name}"));
        match label {
            Label::Number(value) => {
                self.placed("== ", span);
                self.number(*value);
            }
            Label::Text(text) => {
                self.placed("== ", span);
                self.string(text);
            }
            Label::Bool(flag) => self.put(if *flag { " == true" } else { " == false" }),
            Label::Range {
                low,
                high,
                inclusive,
            } => {
                self.placed(">= ", span);
                self.number(*low);
                self.put(&format!(" && {name}"));
                self.placed(if *inclusive { "<= " } else { "< " }, span);
                self.number(*high);
            }
        }
        self.put(")");
    }
}
