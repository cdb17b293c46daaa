//! Which points of a formula no region can reach, whatever its data: interval analysis of the checked form.
//!
//! A number is known by the least and the greatest value that it can have. Rounding of doubles is monotone, so that the
//! ends of a sum, difference or product are those of its operands' ends, to the bit. What is not followed can be
//! anything, so that a point that is called unreachable is so, and one that is not may still be.

mod known;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Span;
use crate::base::number::{greater, lesser};
use crate::check::RuleSet;
use crate::check::formula::{
    BinaryOp, Block, Expr, ExprKind, Formula, Item, LocalId, Over, Place, Statement, SwitchArm,
    UnaryOp,
};
use crate::check::rule_set::{MissingPolicy, Outside};
use crate::compile::interpreter::{Point, PointKind};
use known::{Here, Known, State, arithmetic, compare, get, join, labelled, set};

/// After so many steps nothing more is claimed.
const MOST_STEPS: usize = 200_000;

/// What a region may reach of a formula.
#[derive(Default)]
pub(super) struct Reach {
    /// Its points.
    pub(super) points: BTreeSet<Point>,
    /// Where its expressions stand, by their spans and where they begin.
    pub(super) evaluated: BTreeSet<Span>,
    /// The comparisons whose two sides may be equal.
    pub(super) perhaps_equal: BTreeSet<Span>,
}

/// What a region may reach of a formula; `None` where that is too much to follow.
pub(super) fn reach(rules: &RuleSet, formula: &Formula) -> Option<Reach> {
    let mut walk = Walk {
        rules,
        formula,
        reached: Reach::default(),
        steps: 0,
    };
    let mut state = Some(State {
        locals: vec![Known::Anything; formula.locals],
        places: BTreeMap::new(),
    });
    walk.body(&formula.body, &mut state);
    (walk.steps <= MOST_STEPS).then_some(walk.reached)
}

struct Walk<'a> {
    rules: &'a RuleSet,
    formula: &'a Formula,
    reached: Reach,
    steps: usize,
}

impl Walk<'_> {
    fn reach(&mut self, span: Span, kind: PointKind) {
        self.reached.points.insert(Point { span, kind });
    }

    fn body(&mut self, block: &Block, here: &mut Here) -> Known {
        for statement in &block.statements {
            if here.is_none() {
                return Known::Anything;
            }
            if let Some(span) = statement.begins() {
                self.reach(span, PointKind::Statement);
            }
            self.statement(statement, here);
        }
        match &block.value {
            Some(value) if here.is_some() => {
                self.reach(value.begins(), PointKind::Statement);
                self.expr(value, here)
            }
            _ => Known::Anything,
        }
    }

    fn statement(&mut self, statement: &Statement, here: &mut Here) {
        match statement {
            Statement::Let(local, value) | Statement::Assign(local, None, value, _) => {
                let known = self.expr(value, here);
                set(here, *local, known);
            }
            Statement::Assign(local, Some(op), value, span) => {
                self.reached.evaluated.insert(*span);
                let old = get(here, *local);
                let known = self.expr(value, here);
                set(here, *local, arithmetic(*op, &old, &known));
            }
            Statement::For(local, over, body) => {
                let turns: Vec<Known> = match over {
                    Over::Children(list, children) => {
                        self.expr(list, here);
                        children.iter().map(|child| Known::Child(*child)).collect()
                    }
                    Over::List(list, count) => match self.expr(list, here) {
                        Known::List(items) => items,
                        _ => vec![Known::Anything; *count],
                    },
                    Over::Range(from, to) => {
                        (*from..*to).map(|at| Known::number(at as f64)).collect()
                    }
                };
                for turn in turns {
                    if here.is_none() || self.steps > MOST_STEPS {
                        return;
                    }
                    // What conditions told of the child before says nothing of this one.
                    if let Some(state) = here {
                        let same_turn = |place: &Place| matches!(place, Place::ItemScore(own) | Place::ItemRaw(own) if own == local);
                        state.places.retain(|place, _| !same_turn(place));
                    }
                    set(here, *local, turn);
                    self.body(body, here);
                }
            }
            Statement::Return(value) => {
                self.expr(value, here);
                *here = None;
            }
            Statement::Expr(value) => {
                self.expr(value, here);
            }
        }
    }

    fn expr(&mut self, expr: &Expr, here: &mut Here) -> Known {
        self.steps += 1;
        if here.is_none() || self.steps > MOST_STEPS {
            return Known::Anything;
        }
        self.reached.evaluated.insert(expr.span);
        self.reached.evaluated.insert(expr.begins());
        match &expr.kind {
            ExprKind::Number(value) | ExprKind::Parameter(_, value) => Known::number(*value),
            ExprKind::Bool(flag) => Known::Bool(*flag, !*flag),
            ExprKind::Text(text) => Known::Text(text.clone()),
            ExprKind::Local(local) => get(here, *local),
            ExprKind::Read(place) => {
                let (low, high) = self.place(*place, here);
                Known::Number(low, high)
            }
            ExprKind::IsMissing(_) => Known::Bool(true, true),
            ExprKind::Coalesce(places, last) => {
                let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
                for (place, at) in places.iter().zip(1..) {
                    let (least, most) = self.place(*place, here);
                    (low, high) = (lesser(low, least), greater(high, most));
                    self.reach(expr.span, PointKind::Fallback(at));
                }
                Known::Number(low, high).or(self.expr(last, here))
            }
            ExprKind::Item(item, local) => self.item(*item, *local, here),
            ExprKind::Children(_) => Known::Anything,
            ExprKind::Only(of, _) => {
                self.expr(of, here);
                Known::Anything
            }
            ExprKind::List(items) => {
                Known::List(items.iter().map(|item| self.expr(item, here)).collect())
            }
            ExprKind::At(list, position) => {
                let list = self.expr(list, here);
                let position = self.expr(position, here).ends();
                let Known::List(items) = list else {
                    return Known::Anything;
                };
                let within = |at: usize| position.0 <= at as f64 && at as f64 <= position.1;
                let some = items.into_iter().enumerate().filter(|(at, _)| within(*at));
                some.map(|(_, item)| item)
                    .reduce(Known::or)
                    .unwrap_or(Known::Anything)
            }
            ExprKind::Unary(UnaryOp::Negate, x) => {
                let (low, high) = self.expr(x, here).ends();
                Known::Number(-high, -low)
            }
            ExprKind::Unary(UnaryOp::Not, x) => {
                let (can, cannot) = self.expr(x, here).either();
                Known::Bool(cannot, can)
            }
            ExprKind::Binary(op, x, y) => {
                let (x, y) = (self.expr(x, here), self.expr(y, here));
                if op.is_arithmetic() {
                    return arithmetic(*op, &x, &y);
                }
                if compare(BinaryOp::Equal, &x, &y).either().0 {
                    self.reached.perhaps_equal.insert(expr.span);
                }
                compare(*op, &x, &y)
            }
            ExprKind::And(sides) => self.logical(sides, expr, true, here),
            ExprKind::Or(sides) => self.logical(sides, expr, false, here),
            ExprKind::Call(name, arguments) => {
                let known: Vec<Known> = arguments.iter().map(|x| self.expr(x, here)).collect();
                self.call(name, &known)
            }
            ExprKind::CallOwn(function, arguments) => {
                let mut locals: Vec<Known> = arguments.iter().map(|x| self.expr(x, here)).collect();
                let Some(own) = self.formula.functions.get(*function) else {
                    return Known::Anything;
                };
                locals.resize(own.locals.max(locals.len()), Known::Anything);
                let mut inside = Some(State {
                    locals,
                    places: BTreeMap::new(),
                });
                let value = self.body(&own.body, &mut inside);
                // A `return` inside may give something else.
                let returns = inside.is_none() || has_return(&own.body);
                if returns { Known::Anything } else { value }
            }
            ExprKind::If(condition, then, otherwise) => {
                let (can, cannot) = self.expr(condition, here).either();
                let span = condition.begins();
                let mut yes = here.clone().filter(|_| can);
                let mut no = here.clone().filter(|_| cannot);
                self.learn(condition, true, &mut yes);
                self.learn(condition, false, &mut no);
                let mut values = Vec::new();
                if yes.is_some() {
                    self.reach(span, PointKind::Then);
                    values.push(self.body(then, &mut yes));
                }
                if no.is_some() {
                    self.reach(span, PointKind::Else);
                    if let Some(otherwise) = otherwise {
                        values.push(self.body(otherwise, &mut no));
                    }
                }
                *here = join(yes, no);
                values
                    .into_iter()
                    .reduce(Known::or)
                    .unwrap_or(Known::Anything)
            }
            ExprKind::Switch(value, arms, default) => {
                let value = self.expr(value, here);
                self.switch(&value, arms, default.as_ref(), expr, here)
            }
            ExprKind::Block(block) => self.body(block, here),
        }
    }

    fn item(&self, item: Item, local: LocalId, here: &Here) -> Known {
        let Known::Child(node) = get(here, local) else {
            return Known::Anything;
        };
        let node = self.rules.node(node);
        match item {
            Item::Weight => Known::number(node.weight.value),
            Item::Id => Known::Text(node.id.as_str().into()),
        }
    }

    /// The ends of a score or raw value.
    fn place(&self, place: Place, here: &Here) -> (f64, f64) {
        let told = here.as_ref().and_then(|state| state.places.get(&place));
        let all = (f64::NEG_INFINITY, f64::INFINITY);
        let child = |local| match get(here, local) {
            Known::Child(node) => Some(node),
            _ => None,
        };
        let (node, raw) = match place {
            Place::Child(node) => (Some(node), false),
            Place::Raw(node) => (Some(node), true),
            Place::ItemScore(local) => (child(local), false),
            Place::ItemRaw(local) => (child(local), true),
            Place::Column(_) => (None, true),
        };
        let own = node.map_or(all, |node| {
            let node = self.rules.node(node);
            let range = node.range.value;
            let indicator = node.indicator();
            let kept =
                indicator.and_then(|own| own.valid.map(|valid| (valid.value, own.outside.value)));
            match (raw, kept) {
                // A value that a policy gives may lie outside what is valid for one that is observed.
                (true, Some((_, Outside::Keep)) | None) => all,
                (true, Some((valid, _)))
                    if indicator.is_some_and(|own| own.missing.value == MissingPolicy::Skip) =>
                {
                    (valid.low, valid.high)
                }
                (true, _) => all,
                // Scores that are given as they are may leave the range where that is allowed.
                (false, _) if indicator.is_some() && node.clamp.is_some_and(|own| !own.value) => {
                    all
                }
                (false, _) => (range.low, range.high),
            }
        });
        told.map_or(own, |told| (greater(own.0, told.0), lesser(own.1, told.1)))
    }

    fn logical(&mut self, sides: &[Expr], whole: &Expr, and: bool, here: &mut Here) -> Known {
        let (mut can, mut cannot) = (and, !and);
        let mut inside = here.clone();
        for (at, side) in sides.iter().enumerate() {
            if at > 0 {
                self.reach(whole.span, PointKind::Right(at));
            }
            let (yes, no) = self.expr(side, &mut inside).either();
            if and {
                can &= yes;
                cannot |= no;
            } else {
                can |= yes;
                cannot &= no;
            }
            // The next side is asked only where this one has not decided.
            if !(if and { yes } else { no }) {
                break;
            }
            self.learn(side, and, &mut inside);
            if inside.is_none() {
                break;
            }
        }
        Known::Bool(can, cannot)
    }

    fn switch(
        &mut self,
        value: &Known,
        arms: &[SwitchArm],
        default: Option<&Block>,
        whole: &Expr,
        here: &mut Here,
    ) -> Known {
        let mut values = Vec::new();
        let mut ends: Here = None;
        let mut open = true;
        for (number, arm) in arms.iter().enumerate() {
            let (mut can, mut must) = (false, false);
            for label in &arm.labels {
                let (yes, no) = labelled(value, label).either();
                can |= yes;
                must |= !no;
            }
            if !open || !can {
                continue;
            }
            if let Some(guard) = &arm.guard {
                let (yes, no) = self.expr(guard, here).either();
                must &= !no;
                if !yes {
                    continue;
                }
            }
            let mut inside = here.clone();
            self.reach(whole.span, PointKind::Arm(number));
            values.push(self.body(&arm.body, &mut inside));
            ends = join(ends, inside);
            open &= !must;
        }
        if open {
            let mut inside = here.clone();
            self.reach(whole.span, PointKind::Other);
            if let Some(default) = default {
                values.push(self.body(default, &mut inside));
            }
            ends = join(ends, inside);
        }
        *here = ends;
        values
            .into_iter()
            .reduce(Known::or)
            .unwrap_or(Known::Anything)
    }

    fn call(&self, name: &str, arguments: &[Known]) -> Known {
        // Another function under a known name means something else.
        if self.rules.replaced.iter().any(|own| own == name) {
            return Known::Anything;
        }
        let items: Vec<(f64, f64)> = match arguments {
            [Known::List(items)] => items.iter().map(Known::ends).collect(),
            items => items.iter().map(Known::ends).collect(),
        };
        let lows = items.iter().map(|own| own.0);
        let highs = items.iter().map(|own| own.1);
        let both = |low: Option<f64>, high: Option<f64>| match (low, high) {
            (Some(low), Some(high)) => Known::Number(low, high),
            _ => Known::Anything,
        };
        match (name, items.as_slice()) {
            ("min", [_, ..]) => both(lows.reduce(lesser), highs.reduce(lesser)),
            ("max", [_, ..]) => both(lows.reduce(greater), highs.reduce(greater)),
            ("abs", [(low, high)]) => {
                let least = if *low > 0.0 {
                    *low
                } else {
                    greater(-high, 0.0)
                };
                Known::Number(least, greater(low.abs(), high.abs()))
            }
            _ => Known::Anything,
        }
    }

    /// What a condition that holds, or does not, tells of what it compares with a known number.
    fn learn(&self, condition: &Expr, holds: bool, here: &mut Here) {
        match &condition.kind {
            ExprKind::And(sides) if holds => {
                sides.iter().for_each(|side| self.learn(side, true, here));
            }
            ExprKind::Or(sides) if !holds => {
                sides.iter().for_each(|side| self.learn(side, false, here));
            }
            ExprKind::Unary(UnaryOp::Not, x) => self.learn(x, !holds, here),
            ExprKind::Binary(op, x, y) => {
                let op = if holds { Some(*op) } else { opposite(*op) };
                let (Some(op), Some(value)) = (op, constant(y)) else {
                    return;
                };
                let known = match &x.kind {
                    ExprKind::Read(place) => Some(self.place(*place, here)),
                    ExprKind::Local(local) => match get(here, *local) {
                        Known::Number(low, high) => Some((low, high)),
                        _ => None,
                    },
                    _ => None,
                };
                let Some((low, high)) = known else { return };
                let (low, high) = match op {
                    BinaryOp::Less => (low, lesser(high, value.next_down())),
                    BinaryOp::LessOrEqual => (low, lesser(high, value)),
                    BinaryOp::Greater => (greater(low, value.next_up()), high),
                    BinaryOp::GreaterOrEqual => (greater(low, value), high),
                    BinaryOp::Equal => (greater(low, value), lesser(high, value)),
                    _ => (low, high),
                };
                if low > high {
                    *here = None;
                    return;
                }
                let Some(state) = here else { return };
                match &x.kind {
                    ExprKind::Read(place) => {
                        state.places.insert(*place, (low, high));
                    }
                    ExprKind::Local(local) => set(here, *local, Known::Number(low, high)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

fn constant(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(value) | ExprKind::Parameter(_, value) => Some(*value),
        _ => None,
    }
}

fn opposite(op: BinaryOp) -> Option<BinaryOp> {
    Some(match op {
        BinaryOp::Less => BinaryOp::GreaterOrEqual,
        BinaryOp::LessOrEqual => BinaryOp::Greater,
        BinaryOp::Greater => BinaryOp::LessOrEqual,
        BinaryOp::GreaterOrEqual => BinaryOp::Less,
        BinaryOp::NotEqual => BinaryOp::Equal,
        _ => return None,
    })
}

fn has_return(block: &Block) -> bool {
    let mut found = false;
    let mut see = |statement: &Statement| found |= matches!(statement, Statement::Return(_));
    for statement in &block.statements {
        statement.walk_statements(&mut see);
    }
    if let Some(value) = &block.value {
        value.walk_statements(&mut see);
    }
    found
}
