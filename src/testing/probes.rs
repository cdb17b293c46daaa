//! Made-up regions that look where rules may differ: at ends, gaps, thresholds of formulas, bounds of bands, and at
//! random.

use super::run::rows_as_data;
use crate::base::number::{greater, lesser, same};
use crate::base::{Error, NodeIndex, Rounding};
use crate::check::RuleSet;
use crate::check::formula::{BinaryOp, Expr, ExprKind, Formula, Place};
use crate::check::rule_set::Source;
use crate::compile::Program;
use crate::evaluate::{EvaluateOptions, Scores, evaluate};

/// The raw values of a region, by column.
pub(super) type Row = Vec<Option<f64>>;

/// How many regions are drawn at random.
const DRAWN: usize = 256;
/// How many points a search looks at in each round, and how many rounds there are.
const POINTS: usize = 33;
const ROUNDS: usize = 9;

/// How many halves of the last decimal are tried to be hit exactly.
const HALVES: u8 = 6;

/// A region, and what it was made for.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) aim: Aim,
    pub(super) row: Row,
}

/// What a made-up region looks at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Aim {
    /// Every value in the middle.
    Middle,
    /// Every value at its worst, or best.
    End(bool),
    /// One column at its worst, or best.
    Post(usize, bool),
    /// One column missing.
    Gap(usize),
    /// Everything missing.
    Nothing,
    /// One column outside its valid range.
    Invalid(usize),
    /// A node at a threshold of a formula: just below, at, or just above it.
    Threshold(NodeIndex, f64, i8),
    /// A raw value at a threshold of a formula.
    Raw(usize, f64, i8),
    /// The index at the bound of a band: at it (0), a unit below or above (1), a part of a unit below or above (2).
    Bound(usize, i8),
    /// Too little of what a node needs, or just enough.
    Little(NodeIndex, bool),
    /// A node halfway between two published figures.
    Half(NodeIndex),
    /// A branch of a formula that nothing else reaches, by number.
    Branch(usize),
    /// Drawn at random.
    Random,
}

/// Scores made-up regions; nothing where the rule set cannot score them, such as one that judges them by each other.
pub(super) fn score(program: &Program, rows: &[Row]) -> Result<Scores, Error> {
    let data = rows_as_data(program.rules(), rows)?;
    evaluate(program, &data, &EvaluateOptions::default())
}

/// The raw values of each column that lead from the worst score to the best.
fn spans(program: &Program) -> Vec<(f64, f64)> {
    let rules = program.rules();
    let mut spans: Vec<Option<(f64, f64)>> = vec![None; rules.columns.len()];
    for node in &rules.nodes {
        let Some(indicator) = node.indicator() else {
            continue;
        };
        let Source::Column(column) = &indicator.source else {
            continue;
        };
        let options = &indicator.options;
        let worst = options.get("worst");
        let best = options.get("best").or(options.get("target"));
        let posts = worst.zip(best);
        let valid = indicator.valid.map(|own| (own.value.low, own.value.high));
        let plain = || {
            (!indicator.normalisation.scaled())
                .then_some((node.range.value.low, node.range.value.high))
        };
        if let (Some(slot), Some(span)) = (spans.get_mut(*column), posts.or(valid).or_else(plain)) {
            slot.get_or_insert(span);
        }
    }
    let mut found: Vec<(f64, f64)> = spans
        .iter()
        .map(|span| span.unwrap_or((0.0, 100.0)))
        .collect();
    let expressions: Vec<(NodeIndex, Vec<usize>)> = rules
        .indices()
        .filter_map(|at| match &rules.node(at).indicator()?.source {
            Source::Expression(formula) => Some((at, formula.columns.clone())),
            Source::Column(_) => None,
        })
        .collect();
    for (node, columns) in expressions {
        let several = columns.len() > 1;
        for column in columns {
            let told = spans.get(column).copied().flatten().is_some();
            // What is found of one column is what the next is looked at beside.
            if let (false, Some(span)) = (told, magnitude(program, node, column, several, &found))
                && let Some(slot) = found.get_mut(column)
            {
                *slot = span;
            }
        }
    }
    found
}

/// For a column of an expression: values at which the score leaves its one end and reaches the other.
fn magnitude(
    program: &Program,
    node: NodeIndex,
    column: usize,
    several: bool,
    spans: &[(f64, f64)],
) -> Option<(f64, f64)> {
    let grid: Vec<f64> = (-4..=10)
        .flat_map(|power| {
            [1.0, 2.0, 5.0].map(|digit| digit * crate::base::number::pow(10.0, f64::from(power)))
        })
        .collect();
    let rows: Vec<Row> = grid
        .iter()
        .map(|value| {
            let mut row = middle(spans);
            if let Some(slot) = row.get_mut(column) {
                *slot = Some(*value);
            }
            row
        })
        .collect();
    let scores = score(program, &rows).ok()?;
    let range = program.rules().node(node).range.value;
    if several {
        // One of several columns has no ends of its own: around where the score is in the middle.
        let centre = (range.low + range.high) / 2.0;
        let off = |at: &usize| Some((scores.node(node).get(*at)? - centre).abs());
        let known = (0..grid.len()).filter(|at| off(at).is_some());
        let best = known.min_by(|a, b| {
            off(a)
                .partial_cmp(&off(b))
                .unwrap_or(std::cmp::Ordering::Equal)
        })?;
        let value = *grid.get(best)?;
        let falling = scores.node(node).get(best.saturating_sub(1)) > scores.node(node).get(best);
        let (low, high) = (value * 0.2, value * 1.8);
        return Some(if falling { (high, low) } else { (low, high) });
    }
    let inside: Vec<usize> = (0..grid.len())
        .filter(|at| {
            let value = scores.node(node).get(*at);
            value.is_some_and(|value| value > range.low && value < range.high)
        })
        .collect();
    let (first, last) = (inside.first()?, inside.last()?);
    let low = grid.get(first.saturating_sub(1))?;
    let high = grid.get((last + 1).min(grid.len() - 1))?;
    let rising = scores.node(node).get(*first) <= scores.node(node).get(*last);
    Some(if rising { (*low, *high) } else { (*high, *low) })
}

/// Every column around the middle, each elsewhere, so that weights show.
fn middle(spans: &[(f64, f64)]) -> Row {
    let spans = spans.iter().enumerate();
    let value = |(at, (worst, best)): (usize, &(f64, f64))| {
        // The golden ratio spreads them evenly, however many they are.
        let spread = (at as f64 * 0.618_033_988_749_895).fract();
        let span = (best - worst).abs();
        Some(short(
            worst + (0.35 + 0.3 * spread) * (best - worst),
            span * 1e3,
        ))
    };
    spans.map(value).collect()
}

/// All columns at one part of the way from worst to best.
fn along(spans: &[(f64, f64)], part: f64) -> Row {
    spans
        .iter()
        .map(|(worst, best)| Some(short(worst + part * (best - worst), (best - worst).abs())))
        .collect()
}

/// A value with no more digits than its span makes use of.
fn short(value: f64, span: f64) -> f64 {
    let digits = 6.0 - crate::base::number::log10(greater(span, 1e-9)).floor();
    let decimals = lesser(greater(digits, 0.0), 12.0) as u8;
    Rounding::HalfUp.round(value, decimals)
}

/// All made-up regions of a rule set.
pub(super) fn probes(program: &Program) -> Vec<Probe> {
    let rules = program.rules();
    let spans = spans(program);
    let mut found = Vec::new();
    let mut add = |aim: Aim, row: Row| found.push(Probe { aim, row });
    add(Aim::Middle, middle(&spans));
    add(Aim::End(false), along(&spans, 0.0));
    add(Aim::End(true), along(&spans, 1.0));
    add(Aim::Nothing, vec![None; spans.len()]);
    for (at, (worst, best)) in spans.iter().enumerate() {
        let with = |value: Option<f64>| {
            let mut row = middle(&spans);
            if let Some(slot) = row.get_mut(at) {
                *slot = value;
            }
            row
        };
        add(Aim::Post(at, false), with(Some(*worst)));
        add(Aim::Post(at, true), with(Some(*best)));
        add(Aim::Gap(at), with(None));
        if let Some(beyond) = invalid(rules, at) {
            add(Aim::Invalid(at), with(Some(beyond)));
        }
        // Beside others that differ, so that a weight shows.
        let mut row = along(&spans, 0.2);
        if let Some(slot) = row.get_mut(at) {
            *slot = Some(short(worst + 0.9 * (best - worst), (best - worst).abs()));
        }
        add(Aim::Random, row);
    }
    let thresholds = Thresholds::of(rules);
    for (column, value) in thresholds.columns {
        let span = spans
            .get(column)
            .map_or(1.0, |(worst, best)| (best - worst).abs());
        for (by, side) in [(-1.0, -1), (0.0, 0), (1.0, 1)] {
            let mut row = middle(&spans);
            if let Some(slot) = row.get_mut(column) {
                *slot = Some(short(value + by * span / 1000.0, span));
            }
            add(Aim::Raw(column, value, side), row);
        }
    }
    for (node, value) in thresholds.nodes {
        let range = rules.node(node).range.value;
        let step = (range.high - range.low) / 1000.0;
        for (by, side) in [(-step, -1), (0.0, 0), (step, 1)] {
            for others in [0.3, 0.5, 0.8] {
                let row = reach(
                    program,
                    &spans,
                    node,
                    others,
                    value + by,
                    step / 4.0,
                    &|own| own,
                );
                if let Some(row) = row {
                    add(Aim::Threshold(node, value, side), row);
                }
            }
        }
    }
    for node in rules.indices() {
        for enough in [false, true] {
            if let Some(row) = little(rules, &middle(&spans), node, enough) {
                add(Aim::Little(node, enough), row);
            }
        }
    }
    let unit = crate::base::number::pow(10.0, -f64::from(rules.decimals.value));
    // Where a half is rounded up or to the even side: both sides of a whole unit are looked at.
    for node in rules.indices() {
        let range = rules.node(node).range.value;
        let start = rules.published(range.low + 0.4 * (range.high - range.low));
        let row = (0..HALVES).find_map(|by| {
            let wanted = Rounding::HalfUp.round(
                start + (f64::from(by) + 0.5) * unit,
                rules.decimals.value + 1,
            );
            let up = Rounding::HalfUp.round(wanted, rules.decimals.value);
            let even = Rounding::HalfEven.round(wanted, rules.decimals.value);
            let apart = !same(up, even);
            apart.then(|| reach(program, &spans, node, 0.5, wanted, 0.0, &|own| own))?
        });
        if let Some(row) = row {
            add(Aim::Half(node), row);
        }
    }
    for (at, band) in rules.bands.iter().enumerate() {
        for side in [-1, 0, 1] {
            let wanted = rules.published(band.bound.value + f64::from(side) * unit);
            let published = |own: f64| rules.published(own);
            let search = |wanted, seen: &dyn Fn(f64) -> f64| {
                reach(program, &spans, NodeIndex::ROOT, 0.5, wanted, 0.0, seen)
            };
            // The bound itself, where bands are read off the exact value.
            let exactly = (side == 0).then(|| search(band.bound.value, &|own| own));
            let row = exactly.flatten().or_else(|| search(wanted, &published));
            if let Some(row) = row {
                add(Aim::Bound(at, side), row);
            }
        }
        // Between what is published, on both sides of the bound.
        for side in [-2, 2] {
            let wanted = band.bound.value + f64::from(side) * 0.15 * unit;
            let row = reach(
                program,
                &spans,
                NodeIndex::ROOT,
                0.5,
                wanted,
                0.1 * unit,
                &|own| own,
            );
            if let Some(row) = row {
                add(Aim::Bound(at, side), row);
            }
        }
    }
    let mut seed = 0x5eed_u64;
    let mut next = || crate::base::number::part(&mut seed);
    for draw in 0..DRAWN {
        // Half of them have few digits, so that sums of them lie on halves of the last decimal.
        let coarse = draw % 2 == 0;
        let row = spans.iter().map(|(worst, best)| {
            let (part, gap) = (next() * 1.1 - 0.05, next() < 0.06);
            let (value, span) = (worst + part * (best - worst), (best - worst).abs());
            let value = if coarse {
                short(value, span * 1e4)
            } else {
                short(value, span)
            };
            (!gap).then_some(value)
        });
        add(Aim::Random, row.collect());
    }
    // At the ends alone, which is what counts are made of.
    for draw in 0..DRAWN {
        let share = (draw % 8 + 1) as f64 / 9.0;
        let row = spans
            .iter()
            .map(|(worst, best)| Some(if next() < share { *best } else { *worst }));
        add(Aim::Random, row.collect());
    }
    found
}

/// A region that lacks as many children of a node as leave it too little, or just enough.
fn little(rules: &RuleSet, row: &Row, node: NodeIndex, enough: bool) -> Option<Row> {
    let own = rules.node(node);
    let share = own.parent_rules()?.available_at_least?.value;
    let weight = |child: &NodeIndex| rules.node(*child).weight.value;
    let total: f64 = own.children.iter().map(weight).sum();
    let mut left = total;
    let mut row = row.clone();
    let mut gone = 0;
    for child in &own.children {
        let after = left - weight(child);
        let fits = if enough {
            after / total >= share
        } else {
            left / total >= share
        };
        if !fits || gone + 1 == own.children.len() {
            break;
        }
        left = after;
        gone += 1;
        for column in columns_of(rules, *child) {
            if let Some(slot) = row.get_mut(column) {
                *slot = None;
            }
        }
    }
    let found = if enough {
        left / total >= share
    } else {
        left / total < share
    };
    (found && gone > 0).then_some(row)
}

/// A value outside the valid range of what reads a column.
fn invalid(rules: &RuleSet, column: usize) -> Option<f64> {
    rules.nodes.iter().find_map(|node| {
        let indicator = node.indicator()?;
        let reads = matches!(&indicator.source, Source::Column(own) if *own == column);
        let valid = indicator.valid.filter(|_| reads)?.value;
        Some(valid.high + greater((valid.high - valid.low) / 10.0, 1.0).ceil())
    })
}

/// What formulas compare with a known number.
#[derive(Default)]
struct Thresholds {
    nodes: Vec<(NodeIndex, f64)>,
    columns: Vec<(usize, f64)>,
}

impl Thresholds {
    fn of(rules: &RuleSet) -> Self {
        let mut found = Self::default();
        for (_, formula) in rules.formulas() {
            found.formula(rules, formula);
        }
        found
    }

    fn formula(&mut self, rules: &RuleSet, formula: &Formula) {
        formula.walk(&mut |expr| {
            let ExprKind::Binary(op, x, y) = &expr.kind else {
                return;
            };
            if op.is_arithmetic() || *op == BinaryOp::NotEqual {
                return;
            }
            let value = |kind: &ExprKind| match kind {
                ExprKind::Number(value) | ExprKind::Parameter(_, value) => Some(*value),
                _ => None,
            };
            let (value, other) = match (value(&x.kind), value(&y.kind)) {
                (Some(value), None) => (value, y),
                (None, Some(value)) => (value, x),
                _ => return,
            };
            // What the other side reads: itself, or what `min(a, b)` and the like is made of.
            let (mut nodes, mut columns) = (Vec::new(), Vec::new());
            let mut see = |part: &Expr| match &part.kind {
                ExprKind::Read(Place::Child(node)) => nodes.push(*node),
                ExprKind::Read(Place::Raw(node)) => columns.extend(columns_of(rules, *node)),
                ExprKind::Read(Place::Column(column)) => columns.push(*column),
                ExprKind::Read(Place::ItemScore(_)) | ExprKind::Children(_) => {
                    nodes.extend(formula.children.iter().copied());
                }
                _ => {}
            };
            walk(other, &mut see);
            if nodes.is_empty() && columns.is_empty() {
                // A variable of the formula: whatever it reads may lead there.
                nodes.extend(formula.children.iter().copied());
            }
            let nodes = nodes.into_iter().map(|node| (node, value));
            let nodes = nodes.filter(|own| !self.nodes.contains(own));
            let nodes: Vec<_> = nodes.collect();
            self.nodes.extend(nodes);
            let columns = columns.into_iter().map(|column| (column, value));
            let columns = columns.filter(|own| !self.columns.contains(own));
            let columns: Vec<_> = columns.collect();
            self.columns.extend(columns);
        });
    }
}

fn walk<'f>(expr: &'f Expr, see: &mut impl FnMut(&'f Expr)) {
    see(expr);
    match &expr.kind {
        ExprKind::Unary(_, x) => walk(x, see),
        ExprKind::Binary(_, x, y) => {
            walk(x, see);
            walk(y, see);
        }
        ExprKind::Call(_, parts) | ExprKind::CallOwn(_, parts) | ExprKind::List(parts) => {
            parts.iter().for_each(|part| walk(part, see));
        }
        _ => {}
    }
}

/// The columns that lead to a node.
fn columns_of(rules: &RuleSet, node: NodeIndex) -> Vec<usize> {
    let own = rules.node(node);
    if let Some(indicator) = own.indicator() {
        return indicator.columns().to_vec();
    }
    own.children
        .iter()
        .flat_map(|child| columns_of(rules, *child))
        .collect()
}

/// A region at which a node has a wanted score, with all other columns at one part of their way. What leads to the node
/// moves together from worst to best, and where its score passes the wanted one is searched for ever more closely.
fn reach(
    program: &Program,
    spans: &[(f64, f64)],
    node: NodeIndex,
    others: f64,
    wanted: f64,
    tolerance: f64,
    seen: &dyn Fn(f64) -> f64,
) -> Option<Row> {
    let columns = columns_of(program.rules(), node);
    let at = |part: f64| -> Row {
        let mut row = along(spans, others);
        for column in &columns {
            if let (Some((worst, best)), Some(slot)) = (spans.get(*column), row.get_mut(*column)) {
                *slot = Some(worst + part * (best - worst));
            }
        }
        row
    };
    let shortened = |row: &Row| -> Row {
        let values = row.iter().zip(spans);
        values
            .map(|(value, (worst, best))| value.map(|value| short(value, (best - worst).abs())))
            .collect()
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..ROUNDS {
        let step = (high - low) / (POINTS - 1) as f64;
        let parts: Vec<f64> = (0..POINTS).map(|point| low + point as f64 * step).collect();
        let mut rows: Vec<Row> = parts.iter().map(|part| at(*part)).collect();
        let short: Vec<Row> = rows.iter().map(&shortened).collect();
        rows.extend(short);
        let scores = score(program, &rows).ok()?;
        let value = |place: usize| scores.node(node).get(place).map(seen);
        let hit = |value: f64| (value - wanted).abs() <= tolerance || same(value, wanted);
        // A region with few digits goes before one with many.
        let places = (POINTS..2 * POINTS).chain(0..POINTS);
        let mut hits = places.filter(|place| value(*place).is_some_and(hit));
        if let Some(place) = hits.next() {
            return rows.into_iter().nth(place);
        }
        let passes = (1..POINTS).find(|place| {
            let (Some(a), Some(b)) = (value(place - 1), value(*place)) else {
                return false;
            };
            lesser(a, b) <= wanted && wanted <= greater(a, b)
        })?;
        (low, high) = (*parts.get(passes - 1)?, *parts.get(passes)?);
    }
    None
}
