//! Which way the score of a node goes when the score of an indicator below it rises, read off the flat program.
//!
//! Each number of the program gets the interval that it lies in and, for each indicator, whether it may rise and whether it
//! may fall when that indicator's score rises. Where a number may do only one of them, it is monotone, and the ends of
//! what it can be lie in the corners of what the indicators can be.

use std::collections::BTreeMap;

use crate::base::NodeIndex;
use crate::base::number::{greater, lesser, pow, same, sqrt};
use crate::check::RuleSet;
use crate::check::formula::BinaryOp;
use crate::check::rule_set::{Combine, Node};
use crate::compile::Program;
use crate::compile::flat::code::{Argument, Code, Flag, Op, Pick, Source};

/// What a number may do when an indicator's score rises: rise, fall, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trend {
    rises: bool,
    falls: bool,
}

impl Trend {
    const RISES: Self = Self {
        rises: true,
        falls: false,
    };
    const UNKNOWN: Self = Self {
        rises: true,
        falls: true,
    };

    /// 1 where it can only rise, −1 where it can only fall; `None` where it may do both.
    pub(super) fn sign(self) -> Option<f64> {
        match (self.rises, self.falls) {
            (true, false) => Some(1.0),
            (false, true) => Some(-1.0),
            _ => None,
        }
    }

    fn flipped(self) -> Self {
        Self {
            rises: self.falls,
            falls: self.rises,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            rises: self.rises || other.rises,
            falls: self.falls || other.falls,
        }
    }
}

/// The trend of a node's score in the score of each indicator that it depends on.
pub(super) type Trends = BTreeMap<NodeIndex, Trend>;

/// The trends of a node.
pub(super) fn trends(program: &Program, node: NodeIndex) -> Trends {
    let code = &program.flat().general;
    let mut reading = Reading {
        rules: program.rules(),
        code,
        numbers: vec![Fact::default(); code.registers],
        flags: vec![Trends::new(); code.flags],
    };
    for instruction in &code.instructions {
        if let Op::Store(stored) = instruction.op {
            if stored == node {
                return reading.score(node).trends;
            }
            continue;
        }
        let fact = reading.fact(&instruction.op);
        if let Some(slot) = instruction
            .to
            .and_then(|to| reading.numbers.get_mut(to as usize))
        {
            *slot = fact.clone();
        }
        if instruction.op.gives_flag()
            && let Some(slot) = instruction
                .to_flag
                .and_then(|to| reading.flags.get_mut(to as usize))
        {
            *slot = fact.trends;
        }
    }
    Trends::new()
}

/// What is known of a number.
#[derive(Clone, Debug)]
struct Fact {
    low: f64,
    high: f64,
    trends: Trends,
}

impl Default for Fact {
    fn default() -> Self {
        Self {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            trends: Trends::new(),
        }
    }
}

impl Fact {
    fn constant(value: f64) -> Self {
        Self {
            low: value,
            high: value,
            trends: Trends::new(),
        }
    }

    fn is_constant(&self) -> bool {
        self.trends.is_empty() && same(self.low, self.high)
    }

    fn between(mut self, low: f64, high: f64) -> Self {
        (self.low, self.high) = (low, high);
        self
    }

    fn flipped(mut self) -> Self {
        self.trends
            .values_mut()
            .for_each(|own| *own = own.flipped());
        self
    }

    /// The same, where nothing is known of which way it goes.
    fn unknown(mut self) -> Self {
        self.trends
            .values_mut()
            .for_each(|own| *own = Trend::UNKNOWN);
        Self {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            ..self
        }
    }

    /// Goes the way of a factor of a known sign.
    fn times_sign_of(self, other: &Fact) -> Self {
        if other.low >= 0.0 {
            self
        } else if other.high <= 0.0 {
            self.flipped()
        } else {
            self.unknown()
        }
    }

    fn join(mut self, other: &Trends) -> Self {
        for (node, trend) in other {
            let own = self.trends.entry(*node).or_insert(*trend);
            *own = own.or(*trend);
        }
        self
    }
}

/// The trends of several numbers that all work in the same direction, and the interval that holds them all.
fn together(facts: impl Iterator<Item = Fact>) -> Fact {
    let hull = |all: Fact, fact: Fact| {
        let (low, high) = (lesser(all.low, fact.low), greater(all.high, fact.high));
        all.join(&fact.trends).between(low, high)
    };
    facts.reduce(hull).unwrap_or_default()
}

struct Reading<'a> {
    rules: &'a RuleSet,
    code: &'a Code,
    numbers: Vec<Fact>,
    flags: Vec<Trends>,
}

impl Reading<'_> {
    fn number(&self, source: Source) -> Fact {
        match source {
            Source::Constant(value) => Fact::constant(value),
            Source::Register(at) => self.numbers.get(at as usize).cloned().unwrap_or_default(),
            // What is observed counts from its score on.
            Source::Input(_) => Fact::default(),
        }
    }

    fn flag(&self, flag: Flag) -> Trends {
        self.flags.get(flag as usize).cloned().unwrap_or_default()
    }

    fn known_flag(&self, flag: Flag) -> Option<bool> {
        let mut known = self.code.known_flags.iter();
        known.find(|(own, _)| *own == flag).map(|(_, value)| *value)
    }

    fn score(&self, node: NodeIndex) -> Fact {
        let columns = self.code.nodes.get(node.at());
        columns.map_or_else(Fact::default, |own| self.number(own.score))
    }

    fn children(&self, node: &Node) -> Fact {
        together(node.children.iter().map(|child| self.score(*child)))
    }

    fn fact(&self, op: &Op<Source>) -> Fact {
        match op {
            Op::Arithmetic(op, x, y) => arithmetic(*op, self.number(*x), &self.number(*y)),
            Op::Pick(pick, x, y) => {
                let (x, y) = (self.number(*x), self.number(*y));
                let of = match pick {
                    Pick::Lesser => lesser,
                    Pick::Greater => greater,
                };
                let (low, high) = (of(x.low, y.low), of(x.high, y.high));
                x.join(&y.trends).between(low, high)
            }
            Op::Finite(x) | Op::Fill(_, x, _) | Op::Extreme(_, x, ..) => self.number(*x),
            Op::Negate(x) => {
                let x = self.number(*x);
                let (low, high) = (-x.high, -x.low);
                x.flipped().between(low, high)
            }
            Op::Select(by, x, y) => match self.known_flag(*by) {
                Some(true) => self.number(*x),
                Some(false) => self.number(*y),
                None => {
                    let both = together([*x, *y].into_iter().map(|own| self.number(own)));
                    let (low, high) = (both.low, both.high);
                    both.join(&self.flag(*by)).unknown().between(low, high)
                }
            },
            Op::AsNumber(flag) => Fact::default()
                .join(&self.flag(*flag))
                .unknown()
                .between(0.0, 1.0),
            Op::Compare(_, x, y) => self.number(*x).join(&self.number(*y).trends),
            Op::Not(a) => Fact::default().join(&self.flag(*a)),
            Op::And(a, b) | Op::Or(a, b) | Op::SameFlag(a, b) => {
                Fact::default().join(&self.flag(*a)).join(&self.flag(*b))
            }
            Op::SelectFlag(by, a, b) => Fact::default()
                .join(&self.flag(*by))
                .join(&self.flag(*a))
                .join(&self.flag(*b)),
            Op::At(items, at) => {
                let items = items.iter().map(|item| self.number(*item));
                together(items).join(&self.number(*at).trends).unknown()
            }
            Op::Call(call) => self.call(*call),
            Op::Sum(sum) => self.code.sums.get(*sum).map_or_else(Fact::default, |sum| {
                let start = Fact::constant(sum.start.unwrap_or(0.0));
                let terms = sum.terms.iter().map(|term| {
                    let weight = Fact::constant(term.weight.unwrap_or(1.0));
                    arithmetic(BinaryOp::Multiply, self.number(term.value), &weight)
                });
                terms.fold(start, |sum, term| arithmetic(BinaryOp::Add, sum, &term))
            }),
            Op::Mean(mean) => self
                .code
                .means
                .get(*mean)
                .map_or_else(Fact::default, |mean| {
                    together(mean.terms.iter().map(|term| self.number(term.value)))
                }),
            Op::Normalise(node, ..) => {
                let own = self.rules.node(*node);
                let kept = own.clamp.is_none_or(|clamp| clamp.value);
                let trends = Trends::from([(*node, Trend::RISES)]);
                let fact = Fact {
                    trends,
                    ..Fact::default()
                };
                if kept {
                    fact.between(own.range.value.low, own.range.value.high)
                } else {
                    fact
                }
            }
            Op::Combine(node) => self.combine(self.rules.node(*node)),
            Op::Interpret(node) => self.children(self.rules.node(*node)).unknown(),
            Op::Finish(node, x) => {
                let range = self.rules.node(*node).range.value;
                let x = self.number(*x);
                let (low, high) = (greater(x.low, range.low), lesser(x.high, range.high));
                x.between(low, high)
            }
            Op::Require(_) | Op::Admit(_) | Op::Store(_) => Fact::default(),
        }
    }

    fn combine(&self, node: &Node) -> Fact {
        const RISING: [&str; 8] = [
            "weighted-mean",
            "geometric-mean",
            "harmonic-mean",
            "power-mean",
            "sum",
            "minimum",
            "maximum",
            "count",
        ];
        let all = self.children(node);
        let parent = node.parent_rules();
        match parent.map(|parent| &parent.combine) {
            Some(Combine::Aggregation { method, .. })
                if RISING.contains(&method.name()) && !self.rules.is_replaced(method.name()) =>
            {
                all.between(f64::NEG_INFINITY, f64::INFINITY)
            }
            _ => all.unknown(),
        }
    }

    fn call(&self, call: usize) -> Fact {
        let Some(call) = self.code.calls.get(call) else {
            return Fact::default();
        };
        let facts: Vec<Fact> = call
            .arguments
            .iter()
            .map(|argument| match *argument {
                Argument::Number(number) => self.number(number),
                Argument::Child { score, .. } => self.number(score),
            })
            .collect();
        let all = || together(facts.iter().cloned());
        let name = call.function.name();
        if self.rules.is_replaced(name) {
            return all().unknown();
        }
        let wide = |fact: Fact| fact.between(f64::NEG_INFINITY, f64::INFINITY);
        match (name, facts.as_slice()) {
            ("weighted_mean" | "geometric_mean" | "harmonic_mean" | "mean" | "min" | "max", _) => {
                all()
            }
            ("sum", _) => {
                let zero = Fact::constant(0.0);
                let all = facts.iter();
                all.fold(zero, |sum, fact| arithmetic(BinaryOp::Add, sum, fact))
            }
            ("power_mean", [parts @ .., exponent]) if exponent.is_constant() => {
                together(parts.iter().cloned())
            }
            ("count_at_least", [parts @ .., bar]) if bar.is_constant() => {
                wide(together(parts.iter().cloned()))
            }
            ("sqrt", [x]) => {
                let (low, high) = (sqrt(greater(x.low, 0.0)), sqrt(greater(x.high, 0.0)));
                x.clone().between(low, high)
            }
            ("ln" | "log10" | "exp" | "floor" | "ceil", [x]) => wide(x.clone()),
            ("round", [x, rest @ ..]) if rest.iter().all(Fact::is_constant) => wide(x.clone()),
            ("clamp", [x, low, high]) if low.is_constant() && high.is_constant() => {
                x.clone().between(low.low, high.high)
            }
            ("pow", [x, y]) => arithmetic(BinaryOp::Power, x.clone(), y),
            ("rescale", [x, ends @ ..]) if ends.iter().all(Fact::is_constant) => {
                let [from, to, low, high] = ends else {
                    return all().unknown();
                };
                let slope = (to.low - from.low) * (high.low - low.low);
                wide(x.clone()).times_sign_of(&Fact::constant(slope))
            }
            ("abs", [x]) if x.low >= 0.0 => x.clone(),
            ("abs", [x]) if x.high <= 0.0 => {
                let (low, high) = (-x.high, -x.low);
                x.clone().flipped().between(low, high)
            }
            _ => all().unknown(),
        }
    }
}

/// An operation between two numbers; where a bound cannot be told it is infinite.
fn arithmetic(op: BinaryOp, x: Fact, y: &Fact) -> Fact {
    let bound = |value: f64, infinite: f64| if value.is_nan() { infinite } else { value };
    let corners = |of: &dyn Fn(f64, f64) -> f64| {
        let all = [
            of(x.low, y.low),
            of(x.low, y.high),
            of(x.high, y.low),
            of(x.high, y.high),
        ];
        if all.iter().any(|value| value.is_nan()) {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let low = all.into_iter().fold(f64::INFINITY, lesser);
        (low, all.into_iter().fold(f64::NEG_INFINITY, greater))
    };
    match op {
        BinaryOp::Add => {
            let (low, high) = (x.low + y.low, x.high + y.high);
            let (low, high) = (bound(low, f64::NEG_INFINITY), bound(high, f64::INFINITY));
            x.join(&y.trends).between(low, high)
        }
        BinaryOp::Subtract => {
            let (low, high) = (x.low - y.high, x.high - y.low);
            let (low, high) = (bound(low, f64::NEG_INFINITY), bound(high, f64::INFINITY));
            let y = y.clone().flipped();
            x.join(&y.trends).between(low, high)
        }
        BinaryOp::Multiply => {
            let (low, high) = corners(&|a, b| a * b);
            let by_y = y.clone().times_sign_of(&x);
            x.times_sign_of(y).join(&by_y.trends).between(low, high)
        }
        BinaryOp::Divide if y.low > 0.0 || y.high < 0.0 => {
            let (low, high) = corners(&|a, b| a / b);
            let by_y = y.clone().flipped().times_sign_of(&x);
            x.times_sign_of(y).join(&by_y.trends).between(low, high)
        }
        BinaryOp::Power if y.is_constant() && x.low >= 0.0 => {
            let exponent = y.low;
            let (a, b) = (pow(x.low, exponent), pow(x.high, exponent));
            let (low, high) = (lesser(a, b), greater(a, b));
            x.times_sign_of(y).between(low, high)
        }
        _ => x.join(&y.trends).unknown(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{MemoryLoader, load};
    use crate::calculus::{Methods, aggregations, functions, normalisations};
    use crate::check::check;
    use crate::compile::compile;

    /// The trends of a formula over two indicators on a scale from 0 to 10: of `a`, of `b`.
    fn of(formula: &str) -> [Option<f64>; 2] {
        let index = "title = 'U'\nstatus = 'draft'\nscale = [0, 10]\nclamp = true\n[indicator.a]\nworst = 5\nbest = 1\n[indicator.b]\nworst = 0\nbest = 1\n";
        let loader =
            MemoryLoader::new([("u/2024/index.toml", index), ("u/2024/index.rhai", formula)]);
        let bundle = load(&loader, &"u/2024".parse().unwrap()).unwrap();
        let mut methods = Methods::empty();
        methods.normalisations.extend(normalisations::all());
        methods.aggregations.extend(aggregations::all());
        methods.functions.extend(functions::all());
        let rules = check(bundle, &methods, &[]).unwrap().output;
        let program = compile(rules, &methods).unwrap();
        let found = trends(&program, NodeIndex::ROOT);
        ["a", "b"].map(|id| {
            let own = found.get(&program.rules().find(id).unwrap());
            own.map_or(Some(0.0), |own| own.sign())
        })
    }

    #[test]
    fn formulas_rise_and_fall() {
        let (up, down, flat) = (Some(1.0), Some(-1.0), Some(0.0));
        for (formula, expected) in [
            ("weighted_mean(children)", [up, up]),
            ("a * 2 - b / 3 + 1", [up, down]),
            ("min(a, 3)", [up, flat]),
            (
                "let g = sqrt((10 - a + 1) * (10 - b + 1)); 11 - g",
                [up, up],
            ),
            ("a * b", [up, up]),
            ("(a - 5) * b", [up, None]),
            ("10 / (1 + b)", [flat, down]),
            ("a ** 2 + (b - 5) ** 2", [up, None]),
            ("if a > 3 { b } else { 0 }", [None, None]),
            (
                "let p = 1.0; for c in children { p *= (c.score + 1); } p ** 0.5",
                [up, up],
            ),
            ("abs(a - 20) + abs(b)", [down, up]),
            ("fn f(x, y) { x - y } f(a, b) + 10", [up, down]),
            ("round(a) - floor(b) + 10", [up, down]),
        ] {
            assert_eq!(of(formula), expected, "{formula}");
        }
    }
}
