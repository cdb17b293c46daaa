//! Small wrong edits of a rule set: which there are, and how each is made.

use std::collections::BTreeMap;

use crate::base::language::text;
use crate::base::number::same;
use crate::base::{NodeIndex, Rounding, Sourced, Span, Text};
use crate::check::RuleSet;
use crate::check::formula::{BinaryOp, ExprKind, Formula, PartMut};
use crate::check::rule_set::{
    BandValue, Combine, Indicator, Method, MissingPolicy, Node, Outside, ParentRules, Source,
};

/// A small wrong edit.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Its id, which stays while its place does: `hukum.weight * 1.1`.
    pub id: String,
    /// What it does, in words.
    pub what: Text,
    /// Where.
    pub place: Option<Span>,
    pub(super) edit: Edit,
}

/// What is changed, as a change of what a rule set says, so that it goes together with what a case tries out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    /// The weight of a node, times a factor.
    Weight(String, f64),
    /// A goalpost, moved by a part of the way to the other one.
    Goalpost(String, &'static str, f64),
    /// Both goalposts.
    Swap(String),
    /// A parameter.
    Parameter(String, Nudge),
    /// The bound of a band, moved by so many units of the last decimal.
    Bound(String, f64),
    /// Whether the bound of a band belongs to it.
    Inclusive(String),
    Missing(String, MissingPolicy),
    Outside(String, Outside),
    /// The least share of available weight; `None`: any one child.
    Available(String, Option<f64>),
    Decimals(i8),
    Rounding(Rounding),
    BandValue(BandValue),
    /// A part of a formula, by its place.
    Formula(Span, FormulaEdit),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FormulaEdit {
    /// Another operator.
    Operator(BinaryOp),
    /// A condition that always holds, or never.
    Condition(bool),
    /// A number.
    Number(Nudge),
    /// `min` for `max`, and the other way round.
    Extreme,
}

/// How a number is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Nudge {
    /// By so much: what counts is mistaken by one.
    By(f64),
    /// By a tenth of itself.
    Times(f64),
}

impl Nudge {
    /// The nudges of a number: by one for small whole ones, else by a tenth.
    fn of(value: f64) -> [Self; 2] {
        if same(value.fract(), 0.0) && value.abs() <= 20.0 {
            [Nudge::By(1.0), Nudge::By(-1.0)]
        } else {
            [Nudge::Times(1.1), Nudge::Times(0.9)]
        }
    }

    fn made(self, value: f64) -> f64 {
        match self {
            Nudge::By(by) => value + by,
            Nudge::Times(factor) => value * factor,
        }
    }
}

impl std::fmt::Display for Nudge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Nudge::By(by) if *by < 0.0 => write!(f, "- {}", -by),
            Nudge::By(by) => write!(f, "+ {by}"),
            Nudge::Times(factor) => write!(f, "* {factor}"),
        }
    }
}

/// All small edits of a rule set that are looked at, in the order of its tree.
pub fn mutants(rules: &RuleSet) -> Vec<Mutant> {
    let mut list = List {
        rules,
        found: Vec::new(),
        known: BTreeMap::new(),
    };
    for at in rules.indices() {
        list.node(at);
    }
    for parameter in &rules.parameters {
        let id = &parameter.id;
        for nudge in Nudge::of(parameter.value.value) {
            let edit = Edit::Parameter(id.clone(), nudge);
            let origin = parameter.value.origin;
            let what = text!("parameter `{id}` {nudge}", "parameter `{id}` {nudge}");
            list.add(format!("parameters.{id} {nudge}"), what, origin, edit);
        }
    }
    list.bands();
    list.figures();
    list.found
}

struct List<'a> {
    rules: &'a RuleSet,
    found: Vec<Mutant>,
    /// How often an id has come.
    known: BTreeMap<String, usize>,
}

impl List<'_> {
    fn add(&mut self, id: String, what: Text, place: Option<Span>, edit: Edit) {
        let times = self.known.entry(id.clone()).or_default();
        *times += 1;
        let id = if *times > 1 {
            format!("{id} #{times}")
        } else {
            id
        };
        self.found.push(Mutant {
            id,
            what,
            place,
            edit,
        });
    }

    fn node(&mut self, at: NodeIndex) {
        let rules = self.rules;
        let node = rules.node(at);
        let id = &node.id;
        // A weight that nobody wrote is the same for all siblings, and no slip.
        if let Some(origin) = node.weight.origin
            && !same(node.weight.value, 0.0)
        {
            for factor in [1.1, 0.9] {
                let what = text!("bobot `{id}` × {factor}", "weight of `{id}` × {factor}");
                let edit = Edit::Weight(id.clone(), factor);
                self.add(format!("{id}.weight * {factor}"), what, Some(origin), edit);
            }
        }
        match &node.method {
            Method::Indicator(indicator) => self.indicator(node, indicator),
            Method::Parent(parent) => self.parent(node, parent),
        }
    }

    fn indicator(&mut self, node: &Node, indicator: &Indicator) {
        let id = &node.id;
        let options = &indicator.options;
        if let (Some(worst), Some(best)) = (options.sourced("worst"), options.sourced("best")) {
            let what = text!(
                "`worst` dan `best` `{id}` bertukar",
                "`worst` and `best` of `{id}` swapped"
            );
            self.add(
                format!("{id}.worst <-> best"),
                what,
                worst.origin,
                Edit::Swap(id.clone()),
            );
            for (name, post) in [("worst", worst), ("best", best)] {
                let what = text!(
                    "`{name}` `{id}` bergeser sepersepuluh jarak kedua nilai acuan",
                    "`{name}` of `{id}` moved by a tenth of the distance of the goalposts"
                );
                let edit = Edit::Goalpost(id.clone(), name, 0.1);
                self.add(format!("{id}.{name} moved"), what, post.origin, edit);
            }
        }
        let other = match indicator.missing.value {
            MissingPolicy::Skip => MissingPolicy::Worst,
            _ => MissingPolicy::Skip,
        };
        let name = if other == MissingPolicy::Skip {
            "skip"
        } else {
            "worst"
        };
        let origin = indicator.missing.origin;
        let what = text!(
            "data kosong `{id}`: `{name}`",
            "missing data of `{id}`: `{name}`"
        );
        let edit = Edit::Missing(id.clone(), other);
        self.add(
            format!("{id}.missing -> {name}"),
            what,
            origin.or(Some(node.span)),
            edit,
        );
        if let Some(valid) = &indicator.valid {
            let other = match indicator.outside.value {
                Outside::Keep => Outside::Missing,
                _ => Outside::Keep,
            };
            let name = other.name();
            let what = text!(
                "nilai `{id}` di luar rentang sah: `{name}`",
                "values of `{id}` outside the valid range: `{name}`"
            );
            let edit = Edit::Outside(id.clone(), other);
            let place = indicator.outside.origin.or(valid.origin);
            self.add(format!("{id}.outside -> {name}"), what, place, edit);
        }
        if let Source::Expression(formula) = &indicator.source {
            self.formula(formula);
        }
    }

    fn parent(&mut self, node: &Node, parent: &ParentRules) {
        let id = &node.id;
        if let Some(share) = parent.available_at_least {
            let what = text!(
                "`{id}` puas dengan satu bagian",
                "`{id}` content with any one child"
            );
            let edit = Edit::Available(id.clone(), None);
            self.add(
                format!("{id}.available_at_least dropped"),
                what,
                share.origin,
                edit,
            );
        }
        if let Combine::Formula(formula) = &parent.combine {
            self.formula(formula);
        }
    }

    fn formula(&mut self, formula: &Formula) {
        let mut found: Vec<(Span, FormulaEdit, String, Text)> = Vec::new();
        let mut add = |span, edit, short: String, what| found.push((span, edit, short, what));
        formula.clone().walk_mut(&mut |part| {
            let mut operator = |op: BinaryOp, span: Span| {
                let Some(other) = another(op) else { return };
                let (a, b) = (op.sign(), other.sign());
                let what = text!("`{a}` menjadi `{b}`", "`{a}` becomes `{b}`");
                add(
                    span,
                    FormulaEdit::Operator(other),
                    format!("{a} -> {b}"),
                    what,
                );
            };
            let expr = match part {
                PartMut::Operator(op, span) => return operator(*op, span),
                PartMut::Expr(expr) => expr,
            };
            match &expr.kind {
                ExprKind::Binary(op, ..) => operator(*op, expr.span),
                ExprKind::If(condition, ..) => {
                    for holds in [true, false] {
                        let what = if holds {
                            text!(
                                "syaratnya selalu dianggap benar",
                                "the condition always holds"
                            )
                        } else {
                            text!("syaratnya tidak pernah benar", "the condition never holds")
                        };
                        let edit = FormulaEdit::Condition(holds);
                        add(
                            condition.begins(),
                            edit,
                            format!("condition -> {holds}"),
                            what,
                        );
                    }
                }
                // What stands as a number in the text, unlike `year` or a count.
                ExprKind::Number(value) if self.is_written(expr.span) => {
                    for nudge in Nudge::of(*value) {
                        let what = text!("angka {value} {nudge}", "number {value} {nudge}");
                        let edit = FormulaEdit::Number(nudge);
                        add(expr.span, edit, format!("{value} {nudge}"), what);
                    }
                }
                ExprKind::Call(name, _) if matches!(name.as_str(), "min" | "max") => {
                    let other = if name == "min" { "max" } else { "min" };
                    let what = text!("`{name}` menjadi `{other}`", "`{name}` becomes `{other}`");
                    let short = format!("{name} -> {other}");
                    add(expr.span, FormulaEdit::Extreme, short, what);
                }
                _ => {}
            }
        });
        for (span, edit, short, what) in found {
            // Own functions are looked at once, though they are part of each formula that calls them.
            let edit = Edit::Formula(span, edit);
            if self.found.iter().any(|known| known.edit == edit) {
                continue;
            }
            let sources = &self.rules.sources;
            let place = sources.place(span);
            let file = place.path.rsplit('/').next().unwrap_or("").to_owned();
            let line = sources
                .text(span.file)
                .lines()
                .nth(place.line - 1)
                .unwrap_or("");
            let line: String = line.trim().chars().take(60).collect();
            self.add(format!("{file} `{line}`: {short}"), what, Some(span), edit);
        }
    }

    fn is_written(&self, span: Span) -> bool {
        let text = self.rules.sources.slice(span);
        text.starts_with(|c: char| c.is_ascii_digit())
    }

    fn bands(&mut self) {
        for band in &self.rules.bands {
            let (id, origin) = (&band.id, band.bound.origin);
            for units in [1.0, -1.0] {
                let sign = if units > 0.0 { "+" } else { "-" };
                let what = text!(
                    "batas kategori `{id}` {sign} satu satuan desimal terakhir",
                    "bound of the band `{id}` {sign} one unit of the last decimal"
                );
                let edit = Edit::Bound(id.clone(), units);
                self.add(format!("band.{id} {sign} 1"), what, origin, edit);
            }
            let other = if band.inclusive { "above" } else { "from" };
            let what = text!(
                "batas kategori `{id}`: `{other}`",
                "bound of the band `{id}`: `{other}`"
            );
            let edit = Edit::Inclusive(id.clone());
            self.add(format!("band.{id} -> {other}"), what, origin, edit);
        }
    }

    fn figures(&mut self) {
        let rules = self.rules;
        let decimals = rules.decimals;
        for by in [1, -1] {
            let new = i16::from(decimals.value) + i16::from(by);
            if (0..=15).contains(&new) {
                let what = text!("{new} desimal", "{new} decimals");
                let edit = Edit::Decimals(by);
                self.add(format!("decimals -> {new}"), what, decimals.origin, edit);
            }
        }
        for (name, other) in Rounding::NAMES {
            if other != rules.rounding.value {
                let what = text!("pembulatan `{name}`", "rounding `{name}`");
                let edit = Edit::Rounding(other);
                self.add(
                    format!("rounding -> {name}"),
                    what,
                    rules.rounding.origin,
                    edit,
                );
            }
        }
        if !rules.bands.is_empty() {
            let other = match rules.band_value.value {
                BandValue::Exact => BandValue::Published,
                BandValue::Published => BandValue::Exact,
            };
            let name = other.name();
            let what = text!(
                "kategori dari nilai `{name}`",
                "bands read off the `{name}` value"
            );
            let edit = Edit::BandValue(other);
            self.add(
                format!("band_value -> {name}"),
                what,
                rules.band_value.origin,
                edit,
            );
        }
    }
}

/// The operator that is most easily written instead.
fn another(op: BinaryOp) -> Option<BinaryOp> {
    Some(match op {
        BinaryOp::Less => BinaryOp::LessOrEqual,
        BinaryOp::LessOrEqual => BinaryOp::Less,
        BinaryOp::Greater => BinaryOp::GreaterOrEqual,
        BinaryOp::GreaterOrEqual => BinaryOp::Greater,
        BinaryOp::Equal => BinaryOp::NotEqual,
        BinaryOp::NotEqual => BinaryOp::Equal,
        BinaryOp::Add => BinaryOp::Subtract,
        BinaryOp::Subtract => BinaryOp::Add,
        BinaryOp::Multiply => BinaryOp::Divide,
        BinaryOp::Divide => BinaryOp::Multiply,
        BinaryOp::Remainder | BinaryOp::Power => return None,
    })
}

impl Edit {
    /// The rule set with the edit made; `None` where it has nothing to make it on.
    pub(super) fn made(&self, rules: &RuleSet) -> Option<RuleSet> {
        let mut rules = rules.clone();
        self.make(&mut rules)?;
        Some(rules)
    }

    fn make(&self, rules: &mut RuleSet) -> Option<()> {
        let unit = crate::base::number::pow(10.0, -f64::from(rules.decimals.value));
        match self {
            Edit::Weight(id, factor) => node(rules, id)?.weight.value *= factor,
            Edit::Swap(id) => {
                let options = &mut indicator(rules, id)?.options;
                let (worst, best) = (options.sourced("worst")?, options.sourced("best")?);
                options.set("worst", best);
                options.set("best", worst);
            }
            Edit::Goalpost(id, name, part) => {
                let options = &mut indicator(rules, id)?.options;
                let (worst, best) = (options.get("worst")?, options.get("best")?);
                let old = options.sourced(name)?;
                let other = if *name == "worst" { best } else { worst };
                let value = old.value + part * (other - old.value);
                options.set(name, Sourced { value, ..old });
            }
            Edit::Parameter(id, nudge) => {
                let at = rules.parameters.iter().position(|own| own.id == *id)?;
                let parameter = rules.parameters.get_mut(at)?;
                parameter.value.value = nudge.made(parameter.value.value);
                let new = parameter.value.value;
                each_formula(rules, &mut |part| {
                    if let PartMut::Expr(expr) = part
                        && let ExprKind::Parameter(own, value) = &mut expr.kind
                        && *own == at
                    {
                        *value = new;
                    }
                });
            }
            Edit::Bound(id, units) => {
                let band = rules.bands.iter_mut().find(|own| own.id == *id)?;
                band.bound.value += units * unit;
            }
            Edit::Inclusive(id) => {
                let band = rules.bands.iter_mut().find(|own| own.id == *id)?;
                band.inclusive = !band.inclusive;
            }
            Edit::Missing(id, policy) => indicator(rules, id)?.missing.value = *policy,
            Edit::Outside(id, outside) => indicator(rules, id)?.outside.value = *outside,
            Edit::Available(id, share) => {
                let Method::Parent(parent) = &mut node(rules, id)?.method else {
                    return None;
                };
                parent.available_at_least = share.map(Sourced::default_value);
            }
            Edit::Decimals(by) => {
                rules.decimals.value = rules.decimals.value.checked_add_signed(*by)?;
            }
            Edit::Rounding(rounding) => rules.rounding.value = *rounding,
            Edit::BandValue(value) => rules.band_value.value = *value,
            Edit::Formula(span, edit) => {
                let mut made = false;
                each_formula(rules, &mut |part| made |= edit.make(*span, part));
                made.then_some(())?;
            }
        }
        Some(())
    }
}

impl FormulaEdit {
    /// Makes the edit, if this is its place.
    fn make(self, span: Span, part: PartMut<'_>) -> bool {
        let expr = match part {
            PartMut::Operator(op, at) => {
                let FormulaEdit::Operator(new) = self else {
                    return false;
                };
                if at == span {
                    *op = new;
                }
                return at == span;
            }
            PartMut::Expr(expr) => expr,
        };
        match (self, &mut expr.kind) {
            (FormulaEdit::Operator(new), ExprKind::Binary(op, ..)) if expr.span == span => {
                *op = new
            }
            (FormulaEdit::Condition(holds), ExprKind::If(condition, ..))
                if condition.begins() == span =>
            {
                condition.kind = ExprKind::Bool(holds);
            }
            (FormulaEdit::Number(nudge), ExprKind::Number(value)) if expr.span == span => {
                *value = nudge.made(*value);
            }
            (FormulaEdit::Extreme, ExprKind::Call(name, _)) if expr.span == span => {
                *name = if name == "min" { "max" } else { "min" }.to_owned();
            }
            _ => return false,
        }
        true
    }
}

fn node<'r>(rules: &'r mut RuleSet, id: &str) -> Option<&'r mut Node> {
    rules.nodes.iter_mut().find(|node| node.id == id)
}

fn indicator<'r>(rules: &'r mut RuleSet, id: &str) -> Option<&'r mut Indicator> {
    match &mut node(rules, id)?.method {
        Method::Indicator(indicator) => Some(indicator),
        Method::Parent(_) => None,
    }
}

/// Shows every part of every formula.
fn each_formula(rules: &mut RuleSet, see: &mut impl FnMut(PartMut<'_>)) {
    for node in &mut rules.nodes {
        match &mut node.method {
            Method::Indicator(own) => {
                if let Source::Expression(formula) = &mut own.source {
                    formula.walk_mut(see);
                }
            }
            Method::Parent(own) => {
                if let Combine::Formula(formula) = &mut own.combine {
                    formula.walk_mut(see);
                }
            }
        }
    }
}
