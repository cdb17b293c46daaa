//! What is known of the numbers of a formula before data is read: whether they come from scores, whether those were
//! calculated, and the range that they lie in.

use super::form::{
    BinaryOp, Block, Expr, ExprKind, Formula, Item, LocalId, Over, Place, Statement, Type, UnaryOp,
};
use crate::base::NodeIndex;
use crate::check::rule_set::{Combine, Method, Range, RuleSet, Source};

/// The most decimals that rounding to them still takes off what calculating has left.
const MOST_DECIMALS: f64 = 9.0;

/// What is known of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Known {
    /// Whether it comes from a score.
    pub(crate) from_score: bool,
    /// Whether it comes from a raw value.
    pub(crate) from_raw: bool,
    /// Whether arithmetic has made it, so that it may miss a decimal by the last digits of a double.
    pub(crate) calculated: bool,
    /// Whether it is certainly a whole number.
    pub(crate) whole: bool,
    /// Where it lies, if that is known.
    pub(crate) range: Option<Range>,
}

impl Known {
    fn constant(value: f64) -> Self {
        Self {
            whole: crate::base::number::same(value.trunc(), value),
            range: Some(Range {
                low: value,
                high: value,
            }),
            ..Self::default()
        }
    }

    /// Either of two.
    fn or(self, other: Self) -> Self {
        let range = match (self.range, other.range) {
            (Some(a), Some(b)) => Some(Range {
                low: a.low.min(b.low),
                high: a.high.max(b.high),
            }),
            _ => None,
        };
        Self {
            from_score: self.from_score || other.from_score,
            from_raw: self.from_raw || other.from_raw,
            calculated: self.calculated || other.calculated,
            whole: self.whole && other.whole,
            range,
        }
    }

    /// What arithmetic on it gives.
    fn worked(self) -> Self {
        Self {
            calculated: (self.from_score || self.from_raw) && !self.whole,
            range: None,
            ..self
        }
    }
}

/// Shows everything of a formula, and of the own functions it calls, that the last digits of a number can decide: every
/// comparison and every remainder, with what is known of both sides; of a `switch` over numbers, its value against itself as
/// an unknown number.
pub(crate) fn comparisons<'f>(
    rules: &RuleSet,
    formula: &'f Formula,
    see: &mut dyn FnMut(&'f Expr, [&'f Expr; 2], [Known; 2]),
) {
    let mut reading = Reading::new(rules, formula);
    reading.settle();
    formula.walk(&mut |expr| {
        let (sides, is_switch) = match &expr.kind {
            ExprKind::Binary(op, x, y) if !op.is_arithmetic() || *op == BinaryOp::Remainder => {
                ([&**x, &**y], false)
            }
            ExprKind::Switch(value, ..) if value.ty == Type::Number => ([&**value; 2], true),
            _ => return,
        };
        let mut known = sides.map(|side| reading.known(reading.frame_of(expr), side));
        if is_switch {
            known[1] = Known::default();
        }
        see(expr, sides, known);
    });
}

/// The score of a node before its formula reads it.
pub(crate) fn score(rules: &RuleSet, node: NodeIndex) -> Known {
    let own = rules.node(node);
    let (calculated, whole) = match &own.method {
        Method::Indicator(indicator) => {
            let raw = indicator.normalisation.name() == "none";
            match &indicator.source {
                Source::Column(_) => (!raw, false),
                Source::Expression(formula) => {
                    let yes_or_no = formula.result == Type::Bool;
                    (!(raw && yes_or_no), raw && yes_or_no)
                }
            }
        }
        Method::Parent(parent) => match &parent.combine {
            _ if parent.round_to.is_some() => (false, false),
            Combine::Aggregation { method, .. } => match method.name() {
                "count" => (parent.rescale.is_some(), parent.rescale.is_none()),
                "minimum" | "maximum" => {
                    let children = own.children.iter();
                    let all = children.map(|child| score(rules, *child));
                    let all = all.reduce(Known::or).unwrap_or_default();
                    (all.calculated, all.whole)
                }
                _ => (true, false),
            },
            Combine::Formula(_) => (true, false),
        },
    };
    let clamped = own.clamp.is_none_or(|clamp| clamp.value) || own.indicator().is_none();
    Known {
        from_score: true,
        from_raw: false,
        calculated,
        whole,
        range: clamped.then_some(own.range.value),
    }
}

struct Reading<'a> {
    rules: &'a RuleSet,
    formula: &'a Formula,
    /// The local variables of the body, then of each own function.
    frames: Vec<Vec<Option<Known>>>,
    /// The value of each own function.
    results: Vec<Option<Known>>,
    /// Whether something new was learnt.
    changed: bool,
}

impl<'a> Reading<'a> {
    fn new(rules: &'a RuleSet, formula: &'a Formula) -> Self {
        let functions = formula.functions.iter().map(|own| vec![None; own.locals]);
        let body = std::iter::once(vec![None; formula.locals]);
        Self {
            rules,
            formula,
            frames: body.chain(functions).collect(),
            results: vec![None; formula.functions.len()],
            changed: false,
        }
    }

    /// Follows assignments and calls until nothing more is learnt.
    fn settle(&mut self) {
        let formula = self.formula;
        for _ in 0..16 {
            self.changed = false;
            self.block(0, &formula.body);
            for (at, own) in formula.functions.iter().enumerate() {
                let known = self.block(at + 1, &own.body);
                if let Some(slot) = self.results.get_mut(at) {
                    let joined = slot.map_or(known, |before| before.or(known));
                    self.changed |= *slot != Some(joined);
                    *slot = Some(joined);
                }
            }
            if !self.changed {
                break;
            }
        }
    }

    /// The frame that an expression stands in.
    fn frame_of(&self, wanted: &Expr) -> usize {
        let stands = |block: &Block| {
            let mut found = false;
            block.walk(&mut |own| found |= std::ptr::eq(own, wanted));
            found
        };
        let functions = &self.formula.functions;
        let own = functions.iter().position(|own| stands(&own.body));
        own.map_or(0, |at| at + 1)
    }

    fn learn(&mut self, frame: usize, local: LocalId, known: Known) {
        let slot = self
            .frames
            .get_mut(frame)
            .and_then(|own| own.get_mut(local.0));
        if let Some(slot) = slot {
            let joined = slot.map_or(known, |before| before.or(known));
            self.changed |= *slot != Some(joined);
            *slot = Some(joined);
        }
    }

    fn block(&mut self, frame: usize, block: &Block) -> Known {
        let mut value: Option<Known> = None;
        for statement in &block.statements {
            match statement {
                Statement::Let(local, of) => {
                    let known = self.expr(frame, of);
                    self.learn(frame, *local, known);
                }
                Statement::Assign(local, op, of, _) => {
                    let known = self.expr(frame, of);
                    let known = if op.is_some() { known.worked() } else { known };
                    self.learn(frame, *local, known);
                }
                Statement::For(local, over, body) => {
                    let known = match over {
                        Over::Children(_, nodes) => self.children(nodes),
                        Over::List(list, _) => self.expr(frame, list),
                        Over::Range(low, high) => Known {
                            range: Some(Range {
                                low: *low as f64,
                                high: *high as f64,
                            }),
                            whole: true,
                            ..Known::default()
                        },
                    };
                    self.learn(frame, *local, known);
                    self.block(frame, body);
                }
                Statement::Return(of) => {
                    let known = self.expr(frame, of);
                    value = Some(value.map_or(known, |before| before.or(known)));
                }
                Statement::Expr(of) => {
                    self.expr(frame, of);
                }
            }
        }
        let last = block.value.as_ref().map(|own| self.expr(frame, own));
        [value, last]
            .into_iter()
            .flatten()
            .reduce(Known::or)
            .unwrap_or_default()
    }

    /// Looks at an expression and at what it hands to own functions.
    fn expr(&mut self, frame: usize, expr: &Expr) -> Known {
        let mut calls = Vec::new();
        let mut blocks = Vec::new();
        collect(expr, &mut calls, &mut blocks);
        for (at, arguments) in calls {
            for (place, argument) in arguments.iter().enumerate() {
                let known = self.known(frame, argument);
                self.learn(at + 1, LocalId(place), known);
            }
        }
        for block in blocks {
            self.block(frame, block);
        }
        self.known(frame, expr)
    }

    fn children(&self, nodes: &[NodeIndex]) -> Known {
        let all = nodes.iter().map(|node| score(self.rules, *node));
        all.reduce(Known::or).unwrap_or_default()
    }

    fn place(&self, frame: usize, place: Place) -> Known {
        match place {
            Place::Child(node) => score(self.rules, node),
            Place::ItemScore(local) => self.local(frame, local),
            Place::Raw(node) => {
                let indicator = self.rules.node(node).indicator();
                let calculated = indicator.is_some_and(|own| match &own.source {
                    Source::Column(_) => false,
                    Source::Expression(formula) => formula.result != Type::Bool,
                });
                Known {
                    range: indicator.and_then(|own| Some(own.valid?.value)),
                    from_raw: true,
                    calculated,
                    ..Known::default()
                }
            }
            Place::Column(_) | Place::ItemRaw(_) => Known {
                from_raw: true,
                ..Known::default()
            },
        }
    }

    fn local(&self, frame: usize, local: LocalId) -> Known {
        let slot = self.frames.get(frame).and_then(|own| own.get(local.0));
        slot.copied().flatten().unwrap_or_default()
    }

    fn value_of(&self, frame: usize, block: &Block) -> Known {
        let value = block.value.as_ref();
        value.map_or_else(Known::default, |own| self.known(frame, own))
    }

    fn known(&self, frame: usize, expr: &Expr) -> Known {
        let known = |expr: &Expr| self.known(frame, expr);
        let either = |mut all: Box<dyn Iterator<Item = Known> + '_>| {
            let first = all.next();
            first.map_or_else(Known::default, |first| all.fold(first, Known::or))
        };
        match &expr.kind {
            ExprKind::Number(value) | ExprKind::Parameter(_, value) => Known::constant(*value),
            ExprKind::Local(local) => self.local(frame, *local),
            ExprKind::Read(place) => self.place(frame, *place),
            ExprKind::Coalesce(places, last) => {
                let places = places.iter().map(|place| self.place(frame, *place));
                places.fold(known(last), Known::or)
            }
            ExprKind::Item(Item::Weight | Item::Id, _) => Known::default(),
            ExprKind::Children(nodes) | ExprKind::Only(_, nodes) => self.children(nodes),
            ExprKind::List(parts) => either(Box::new(parts.iter().map(known))),
            ExprKind::At(list, _) => known(list),
            ExprKind::Unary(UnaryOp::Negate, x) => {
                let x = known(x);
                let range = x.range.map(|range| Range {
                    low: -range.high,
                    high: -range.low,
                });
                Known { range, ..x }
            }
            ExprKind::Binary(op, x, y) if op.is_arithmetic() => {
                let (x, y) = (known(x), known(y));
                let keeps = matches!(op, BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply);
                Known {
                    whole: x.whole && y.whole && keeps,
                    ..x.or(y)
                }
                .worked()
            }
            ExprKind::Call(name, parts) => {
                let all = either(Box::new(parts.iter().map(known)));
                match name.as_str() {
                    "round" | "floor" | "ceil" => Known {
                        // Beyond, rounding leaves the last digits as they are.
                        calculated: all.calculated && !rounds(parts.get(1)),
                        whole: parts.len() == 1,
                        range: parts.first().and_then(|own| known(own).range),
                        ..all
                    },
                    "count_at_least" => Known {
                        from_score: true,
                        whole: true,
                        ..Known::default()
                    },
                    "min" | "max" => all,
                    "clamp" => Known {
                        range: parts.first().and_then(|own| known(own).range),
                        ..all
                    },
                    "weighted_mean" | "geometric_mean" | "harmonic_mean" | "mean" => Known {
                        calculated: all.from_score,
                        whole: false,
                        ..all
                    },
                    _ => all.worked(),
                }
            }
            ExprKind::CallOwn(at, _) => {
                let result = self.results.get(*at).copied().flatten();
                result.unwrap_or_default()
            }
            ExprKind::If(_, then, otherwise) => {
                let otherwise = otherwise.iter().map(|own| self.value_of(frame, own));
                otherwise.fold(self.value_of(frame, then), Known::or)
            }
            ExprKind::Switch(_, arms, default) => {
                let arms = arms.iter().map(|arm| self.value_of(frame, &arm.body));
                let default = default.iter().map(|own| self.value_of(frame, own));
                either(Box::new(arms.chain(default)))
            }
            ExprKind::Block(inner) => self.value_of(frame, inner),
            ExprKind::Bool(_)
            | ExprKind::Text(_)
            | ExprKind::IsMissing(_)
            | ExprKind::Unary(UnaryOp::Not, _)
            | ExprKind::Binary(..)
            | ExprKind::And(_)
            | ExprKind::Or(_) => Known {
                whole: true,
                ..Known::default()
            },
        }
    }
}

/// Whether rounding to so many decimals takes off the digits that calculating has left.
fn rounds(decimals: Option<&Expr>) -> bool {
    match decimals.map(|own| &own.kind) {
        Some(ExprKind::Number(decimals) | ExprKind::Parameter(_, decimals)) => {
            *decimals <= MOST_DECIMALS
        }
        _ => true,
    }
}

/// The calls of own functions and the blocks within an expression, the blocks of blocks left to them.
fn collect<'f>(expr: &'f Expr, calls: &mut Vec<(usize, &'f [Expr])>, blocks: &mut Vec<&'f Block>) {
    match &expr.kind {
        ExprKind::CallOwn(at, parts) => {
            calls.push((*at, parts));
            parts.iter().for_each(|part| collect(part, calls, blocks));
        }
        ExprKind::Only(of, _) | ExprKind::Unary(_, of) | ExprKind::Coalesce(_, of) => {
            collect(of, calls, blocks);
        }
        ExprKind::At(x, y) | ExprKind::Binary(_, x, y) => {
            collect(x, calls, blocks);
            collect(y, calls, blocks);
        }
        ExprKind::List(parts)
        | ExprKind::And(parts)
        | ExprKind::Or(parts)
        | ExprKind::Call(_, parts) => {
            parts.iter().for_each(|part| collect(part, calls, blocks));
        }
        ExprKind::If(condition, then, otherwise) => {
            collect(condition, calls, blocks);
            blocks.push(then);
            blocks.extend(otherwise);
        }
        ExprKind::Switch(value, arms, default) => {
            collect(value, calls, blocks);
            for arm in arms {
                arm.guard
                    .iter()
                    .for_each(|guard| collect(guard, calls, blocks));
                blocks.push(&arm.body);
            }
            blocks.extend(default);
        }
        ExprKind::Block(inner) => blocks.push(inner),
        _ => {}
    }
}
