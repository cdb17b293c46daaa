//! The sheets of scores and of indicators. Siblings stand side by side, so that a weighted mean is a formula over
//! one or two ranges, with the weights in a row of their own.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Formula, Worksheet, XlsxError};

use super::{Styles, headers, title};
use crate::base::{CellPlace, NodeIndex, Rounding};
use crate::check::RuleSet;
use crate::evaluate::Decision;
use crate::report::ScoreReport;

/// The row of headers, counted from 0.
const HEADER_ROW: u32 = 2;
/// The row of weights.
const WEIGHT_ROW: u32 = 3;
/// The row of the first region.
pub(super) const FIRST_ROW: u32 = 4;
/// The largest difference of a weighted mean from the score that rounding of doubles explains.
const NOISE: f64 = 1e-9;

/// Where everything stands.
pub(super) struct Plan {
    pub(super) scores_sheet: &'static str,
    pub(super) indicators_sheet: &'static str,
    /// The columns that say which region a row is of.
    labels: Vec<(Label, &'static str)>,
    /// The nodes with children, the index first, siblings side by side.
    parents: Vec<NodeIndex>,
    /// The indicators, siblings side by side.
    indicators: Vec<NodeIndex>,
    places: BTreeMap<NodeIndex, (&'static str, u16)>,
}

#[derive(Clone, Copy)]
enum Label {
    Code,
    Name,
    Year,
    Group,
}

impl Plan {
    pub(super) fn new(report: &ScoreReport<'_>) -> Self {
        let (rules, scores, lang) = (report.rules(), report.scores, report.lang);
        let mut labels = vec![(Label::Code, lang.pick("Kode", "Code"))];
        if scores.names.iter().any(Option::is_some) {
            labels.push((Label::Name, lang.pick("Wilayah", "Region")));
        }
        if scores.year.is_some() {
            labels.push((Label::Year, lang.pick("Tahun", "Year")));
        }
        if scores.groups.iter().any(Option::is_some) {
            labels.push((Label::Group, lang.pick("Kelompok", "Group")));
        }
        let (mut parents, mut indicators) = (vec![NodeIndex::ROOT], Vec::new());
        let mut next = 0;
        while let Some(parent) = parents.get(next).copied() {
            let children = rules.node(parent).children.iter();
            for child in children.filter(|child| report.shows(**child)) {
                if rules.node(*child).indicator().is_some() {
                    indicators.push(*child);
                } else {
                    parents.push(*child);
                }
            }
            next += 1;
        }
        let mut plan = Self {
            scores_sheet: lang.pick("Skor", "Scores"),
            indicators_sheet: lang.pick("Indikator", "Indicators"),
            labels,
            parents,
            indicators,
            places: BTreeMap::new(),
        };
        let own = plan.labels.len() + 3;
        for (at, node) in plan.parents.iter().enumerate() {
            let column = u16::try_from(own + at).unwrap_or(u16::MAX);
            plan.places.insert(*node, (plan.scores_sheet, column));
        }
        let own = plan.labels.len();
        for (at, node) in plan.indicators.iter().enumerate() {
            let column = u16::try_from(own + at).unwrap_or(u16::MAX);
            plan.places.insert(*node, (plan.indicators_sheet, column));
        }
        plan
    }

    fn label_names(&self) -> Vec<&'static str> {
        self.labels.iter().map(|(_, name)| *name).collect()
    }

    /// The columns of the wider sheet.
    pub(super) fn columns(&self) -> usize {
        let labels = self.labels.len();
        (labels + self.parents.len() + 5).max(labels + 2 * self.indicators.len())
    }

    /// The ranges that hold some nodes: sheet, first and last column.
    fn ranges(&self, nodes: &[NodeIndex]) -> Option<Vec<(&'static str, u16, u16)>> {
        let mut places: Vec<(&'static str, u16)> = Vec::new();
        for node in nodes {
            places.push(*self.places.get(node)?);
        }
        places.sort_unstable();
        let mut ranges: Vec<(&'static str, u16, u16)> = Vec::new();
        for (sheet, column) in places {
            match ranges.last_mut() {
                Some((same, _, last)) if *same == sheet && *last + 1 == column => *last = column,
                _ => ranges.push((sheet, column, column)),
            }
        }
        Some(ranges)
    }

    /// The formula of a weighted mean in a row: Σw·x/Σw over the cells that hold a number.
    fn weighted_mean(&self, children: &[NodeIndex], row: u32) -> Option<String> {
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for (sheet, first, last) in self.ranges(children)? {
            let span = |row: u32, fixed: &str| {
                let cell = |column: u16| {
                    let place = CellPlace {
                        line: 1,
                        column: Some(u32::from(column)),
                    };
                    let letters = place.address();
                    let letters = letters.trim_end_matches('1');
                    format!("{fixed}{letters}{fixed}{}", row + 1)
                };
                format!("'{sheet}'!{}:{}", cell(first), cell(last))
            };
            let (weights, values) = (span(WEIGHT_ROW, "$"), span(row, ""));
            above.push(format!("SUMPRODUCT({weights},{values})"));
            below.push(format!("SUMPRODUCT({weights},--ISNUMBER({values}))"));
        }
        Some(format!("({})/({})", above.join("+"), below.join("+")))
    }
}

/// The sheet of scores: every region with its published index and band, then the exact scores of all nodes that
/// have children.
pub(super) fn write_scores(
    report: &ScoreReport<'_>,
    plan: &Plan,
    styles: &Styles,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let (rules, scores, lang) = (report.rules(), report.scores, report.lang);
    title(report, styles, sheet)?;
    let mut names = plan.label_names();
    names.extend([
        lang.pick("Peringkat", "Rank"),
        lang.pick("Indeks terbit", "Published index"),
        lang.pick("Kategori", "Band"),
    ]);
    names.extend(
        plan.parents
            .iter()
            .map(|node| rules.node(*node).title.get(lang)),
    );
    names.push(lang.pick("Masalah", "Issues"));
    names.push(lang.pick("Status", "Status"));
    headers(sheet, HEADER_ROW, styles, &names)?;
    write_weights(report, plan, &plan.parents, sheet)?;
    sheet.set_freeze_panes(FIRST_ROW, plan.labels.len() as u16)?;
    let codes = crate::report::issues::codes_by_position(scores);
    let first = plan.labels.len() as u16;
    for (position, codes) in codes.iter().enumerate() {
        let row = FIRST_ROW + position as u32;
        write_labels(report, plan, position, row, sheet)?;
        if let Some(rank) = scores.ranks.get(position).copied().flatten() {
            sheet.write_number(row, first, rank)?;
        }
        if let Some(exact) = scores.index().get(position) {
            let published = rules.published(exact);
            sheet.write_number_with_format(row, first + 1, published, &styles.published)?;
        }
        let band = scores.bands.get(position).copied().flatten();
        if let Some(band) = band.and_then(|band| rules.bands.get(band)) {
            sheet.write_string(row, first + 2, band.title.get(lang))?;
        }
        for node in &plan.parents {
            let Some((_, column)) = plan.places.get(node) else {
                continue;
            };
            let Some(score) = scores.node(*node).get(position) else {
                continue;
            };
            match formula(report, plan, *node, position, row) {
                Some(formula) => {
                    let formula = Formula::new(formula).set_result(score.to_string());
                    sheet.write_formula_with_format(row, *column, formula, &styles.exact)?;
                }
                None => {
                    sheet.write_number_with_format(row, *column, score, &styles.exact)?;
                }
            }
        }
        let last = first + 3 + plan.parents.len() as u16;
        sheet.write_string(row, last, codes.join(" "))?;
        sheet.write_string(row, last + 1, rules.status.value.name())?;
    }
    sheet.set_column_width(plan.labels.len().min(1) as u16, 28)?;
    Ok(())
}

/// The live formula of a node for one region, where its score is a weighted mean and nothing else.
fn formula(
    report: &ScoreReport<'_>,
    plan: &Plan,
    node: NodeIndex,
    position: usize,
    row: u32,
) -> Option<String> {
    let (rules, scores) = (report.rules(), report.scores);
    let rule = rules.node(node);
    if !rules.is_weighted_mean(node) {
        return None;
    }
    let (mut sum, mut total) = (0.0, 0.0);
    for child in &rule.children {
        if let Some(score) = scores.node(*child).get(position) {
            let weight = rules.node(*child).weight.value;
            sum += weight * score;
            total += weight;
        }
    }
    let mean = plan.weighted_mean(&rule.children, row)?;
    let score = scores.node(node).get(position)?;
    let round_to = rule.parent_rules().and_then(|parent| parent.round_to);
    let (formula, expected) = match (round_to, rules.rounding.value) {
        (None, _) => (mean, sum / total),
        (Some(decimals), rounding @ (Rounding::HalfUp | Rounding::Truncate)) => {
            let function = match rounding {
                Rounding::Truncate => "TRUNC",
                _ => "ROUND",
            };
            let decimals = decimals.value;
            // A mean that lies a little below a half or whole unit stands for it.
            let precision = rules.precision_of(rule, decimals);
            let most = format!("{:E}", precision.tolerance());
            let way = if rule.range.value.low < 0.0 {
                format!("SIGN({mean})*{most}")
            } else {
                most
            };
            (
                format!("{function}({mean}+{way},{decimals})"),
                precision.round(sum / total),
            )
        }
        // Spreadsheets have no function for it.
        (Some(_), Rounding::HalfEven) => return None,
    };
    // A result that was moved to the end of its range is not the mean.
    ((score - expected).abs() <= NOISE * score.abs().max(1.0)).then(|| format!("={formula}"))
}

/// The sheet of indicators: their scores, siblings side by side, then the raw values that were normalised.
pub(super) fn write_indicators(
    report: &ScoreReport<'_>,
    plan: &Plan,
    styles: &Styles,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let (rules, scores, lang) = (report.rules(), report.scores, report.lang);
    title(report, styles, sheet)?;
    let raw: Vec<String> = plan
        .indicators
        .iter()
        .map(|node| raw_header(rules, *node, report))
        .collect();
    let mut names = plan.label_names();
    names.extend(
        plan.indicators
            .iter()
            .map(|node| rules.node(*node).title.get(lang)),
    );
    names.extend(raw.iter().map(String::as_str));
    headers(sheet, HEADER_ROW, styles, &names)?;
    let (first, count) = (plan.labels.len() as u16, plan.indicators.len() as u16);
    for (column, node) in (first..).zip(&plan.indicators) {
        if let Some(parent) = rules.node(*node).parent {
            sheet.write_string(HEADER_ROW - 1, column, rules.node(parent).title.get(lang))?;
        }
    }
    write_weights(report, plan, &plan.indicators, sheet)?;
    sheet.set_freeze_panes(FIRST_ROW, plan.labels.len() as u16)?;
    for position in 0..scores.len() {
        let row = FIRST_ROW + position as u32;
        write_labels(report, plan, position, row, sheet)?;
        for (column, node) in (first..).zip(&plan.indicators) {
            if let Some(score) = scores.node(*node).get(position) {
                sheet.write_number_with_format(row, column, score, &styles.exact)?;
            }
            if let Some(raw) = scores.raw_value(*node, position) {
                if scores.decision(*node, position) == Some(Decision::Observed) {
                    sheet.write_number(row, column + count, raw)?;
                } else {
                    sheet.write_number_with_format(row, column + count, raw, &styles.filled)?;
                }
            }
        }
    }
    sheet.set_column_width(plan.labels.len().min(1) as u16, 28)?;
    Ok(())
}

fn raw_header(rules: &RuleSet, node: NodeIndex, report: &ScoreReport<'_>) -> String {
    let rule = rules.node(node);
    let lang = report.lang;
    let unit = rule
        .indicator()
        .and_then(|indicator| indicator.unit.as_ref());
    let unit = unit.map_or_else(String::new, |unit| format!(", {}", unit.get(lang)));
    let word = lang.pick("nilai mentah", "raw value");
    format!("{} ({word}{unit})", rule.title.get(lang))
}

fn write_labels(
    report: &ScoreReport<'_>,
    plan: &Plan,
    position: usize,
    row: u32,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let scores = report.scores;
    let text = |list: &[Option<std::sync::Arc<str>>]| {
        let text = list.get(position).and_then(Option::as_deref);
        text.unwrap_or_default().to_owned()
    };
    for (column, (label, _)) in (0u16..).zip(&plan.labels) {
        match label {
            Label::Code => {
                let region = scores.regions.get(position).map_or("", |region| region);
                sheet.write_string(row, column, region)?
            }
            Label::Name => sheet.write_string(row, column, text(&scores.names))?,
            Label::Group => sheet.write_string(row, column, text(&scores.groups))?,
            Label::Year => sheet.write_number(row, column, scores.year.unwrap_or_default())?,
        };
    }
    Ok(())
}

fn write_weights(
    report: &ScoreReport<'_>,
    plan: &Plan,
    nodes: &[NodeIndex],
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let rules = report.rules();
    sheet.write_string(WEIGHT_ROW, 0, report.lang.pick("bobot", "weight"))?;
    for node in nodes.iter().filter(|node| **node != NodeIndex::ROOT) {
        if let Some((_, column)) = plan.places.get(node) {
            sheet.write_number(WEIGHT_ROW, *column, rules.node(*node).weight.value)?;
        }
    }
    Ok(())
}
