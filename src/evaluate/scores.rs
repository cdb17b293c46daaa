//! The result: columns of scores, bands, ranks, and the issues beside them.

use std::collections::HashMap;
use std::sync::Arc;

use super::node::ChildScore;
use crate::base::language::text;
use crate::base::{CellPlace, Held, Issue, NodeIndex, Text};
use crate::calculus::{Curve, Statistics};
use crate::compile::Program;
use crate::data::dataset::{Chunk, Dataset, NO_LINE, NumberColumn};
use crate::data::issues::KindsByRow;

/// Where the value of an indicator comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// From the data.
    Observed,
    /// Missing: the siblings carry its weight.
    Skipped,
    /// Missing, and so is the parent.
    Failed,
    /// Missing, and scored the worst.
    Worst,
    /// Missing, and scored the best.
    Best,
    /// Missing, and given the value of the rule.
    Given,
    /// Missing, and given the mean of all regions.
    Mean,
    /// Missing, and given the mean of its group.
    GroupMean,
}

impl Decision {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Decision::Observed => "observed",
            Decision::Skipped => "skip",
            Decision::Failed => "fail",
            Decision::Worst => "worst",
            Decision::Best => "best",
            Decision::Given => "value",
            Decision::Mean => "mean",
            Decision::GroupMean => "group-mean",
        }
    }
}

/// The scores of one chunk of rows.
pub(crate) struct NodeColumns {
    /// The scores, by node.
    pub(crate) scores: Vec<NumberColumn>,
    /// The raw values that were normalised, by node; empty for parents.
    pub(crate) raw: Vec<NumberColumn>,
    /// The decisions, by node; empty for parents.
    pub(crate) decisions: Vec<Vec<Decision>>,
    pub(crate) issues: Vec<Issue>,
}

/// The scores of the regions of one data set and year.
#[derive(Clone)]
pub struct Scores {
    /// What scored them.
    pub program: Program,
    /// The year of the data, if it says.
    pub year: Option<u16>,
    /// The number of each region's row in the data, ascending.
    pub rows: Vec<u32>,
    /// The region codes.
    pub regions: Vec<Arc<str>>,
    /// The names of the regions, if the data has them.
    pub names: Vec<Option<Arc<str>>>,
    /// The groups, if the data has them.
    pub groups: Vec<Option<Arc<str>>>,
    /// The line of each row in its file; 0 where there are no lines.
    pub lines: Vec<u32>,
    /// The column that weighs regions in roll-ups, if one was asked for.
    pub weighted_by: Option<String>,
    /// What weighs each region.
    pub weights: NumberColumn,
    /// Whether rows were refused: no region code, a code that occurs twice, and so on.
    pub refused: Vec<bool>,
    /// The exact scores, by node.
    pub nodes: Vec<NumberColumn>,
    /// The raw values that were normalised, by node; empty for parents.
    pub raw: Vec<NumberColumn>,
    /// Where each raw value comes from, by node; empty for parents.
    pub decisions: Vec<Vec<Decision>>,
    /// What was taken over the reference population, by node, where its method asks for that.
    pub statistics: Vec<Option<Statistics>>,
    /// The map from raw value to position, by node; empty where regions are scored piece by piece.
    pub(crate) curves: Vec<Option<Arc<Curve>>>,
    /// The position of the band of each region.
    pub bands: Vec<Option<usize>>,
    /// The rank of each region; equal published values share the better one.
    pub ranks: Vec<Option<u32>>,
    /// Issues, in one order; of alike ones beyond [`Budget::issues`](crate::data::Budget::issues) the last kept one counts
    /// those that are not ([`Issue::times`]).
    pub issues: Vec<Issue>,
    /// The kinds of issues that are counted and not kept, by row of the data.
    pub(crate) kinds: KindsByRow,
    /// The memory that they hold.
    pub(crate) held: Option<Arc<Held>>,
    /// The sheet of the data, in formats that have sheets.
    pub sheet: Option<String>,
    /// BLAKE3 over the bytes of the data, in hexadecimal; empty where it was not read from bytes.
    pub data_digest: String,
}

impl Scores {
    /// Scores of no region yet, of as many to come as the data has.
    pub(crate) fn empty(program: &Program, data: &Dataset, year: Option<u16>) -> Self {
        let (count, rows) = (program.rules().nodes.len(), data.rows());
        Self {
            program: program.clone(),
            year,
            rows: Vec::with_capacity(rows),
            regions: Vec::with_capacity(rows),
            names: Vec::with_capacity(rows),
            groups: Vec::with_capacity(rows),
            lines: Vec::with_capacity(rows),
            weighted_by: data.weighted_by.clone(),
            weights: NumberColumn::default(),
            refused: Vec::with_capacity(rows),
            nodes: vec![NumberColumn::default(); count],
            raw: vec![NumberColumn::default(); count],
            decisions: vec![Vec::new(); count],
            statistics: vec![None; count],
            curves: Vec::new(),
            bands: Vec::new(),
            ranks: Vec::new(),
            issues: Vec::new(),
            kinds: KindsByRow::default(),
            held: None,
            sheet: data.sheet.clone(),
            data_digest: data.digest.clone(),
        }
    }

    /// Adds the scores of the next chunk, which is one of so many rows in all.
    pub(crate) fn add(&mut self, chunk: &Chunk, columns: NodeColumns, rows: usize) {
        // A row without a readable year is shown with its issue, whatever year is asked for.
        let is_kept = |row: &usize| {
            let own = chunk.years.get(*row).copied().flatten();
            own.is_none() || self.year.is_none() || own == self.year
        };
        let kept: Vec<usize> = (0..chunk.rows()).filter(is_kept).collect();
        for row in kept.iter().copied() {
            self.rows.push(chunk.start + row as u32);
            self.regions.extend(chunk.regions.get(row).cloned());
            self.names.push(chunk.names.get(row).cloned().flatten());
            self.groups.push(chunk.groups.get(row).cloned().flatten());
            self.lines
                .push(chunk.lines.get(row).copied().unwrap_or(NO_LINE));
            self.weights.push(chunk.weights.get(row));
            self.refused.push(chunk.refused.contains(row));
        }
        if kept.len() == rows {
            // It is the only one.
            self.nodes = columns.scores;
            self.raw = columns.raw;
            self.decisions = columns.decisions;
            return;
        }
        for (all, part) in self.nodes.iter_mut().zip(&columns.scores) {
            all.append(part, &kept, rows);
        }
        for (all, part) in self.raw.iter_mut().zip(&columns.raw) {
            if !part.is_empty() {
                all.append(part, &kept, rows);
            }
        }
        for (all, part) in self.decisions.iter_mut().zip(&columns.decisions) {
            if part.len() == kept.len() {
                all.extend_from_slice(part);
            } else {
                all.extend(kept.iter().filter_map(|row| part.get(*row)));
            }
        }
    }

    /// How many regions.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no region.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The exact scores of a node.
    #[allow(clippy::indexing_slicing)]
    pub fn node(&self, node: NodeIndex) -> &NumberColumn {
        // INVARIANT: `nodes` has a column for every node of the rule set.
        &self.nodes[node.at()]
    }

    /// The exact scores of the index.
    pub fn index(&self) -> &NumberColumn {
        self.node(NodeIndex::ROOT)
    }

    /// The raw value of an indicator that was normalised.
    pub fn raw_value(&self, node: NodeIndex, position: usize) -> Option<f64> {
        self.raw.get(node.at())?.get(position)
    }

    /// Where the raw value of an indicator comes from.
    pub fn decision(&self, node: NodeIndex, position: usize) -> Option<Decision> {
        self.decisions.get(node.at())?.get(position).copied()
    }

    /// The children of a node as its method sees them, for the region at a position.
    pub fn children(&self, node: NodeIndex, position: usize) -> Vec<ChildScore> {
        let child = |child: &NodeIndex| {
            ChildScore::new(
                self.node(*child).get(position),
                self.raw_value(*child, position),
                self.decision(*child, position),
            )
        };
        let children = &self.program.rules().node(node).children;
        children.iter().map(child).collect()
    }

    /// The rank of the region at a position.
    pub fn rank(&self, position: usize) -> Option<u32> {
        self.ranks.get(position).copied().flatten()
    }

    /// The band of the region at a position, among [`RuleSet::bands`](crate::check::RuleSet::bands).
    pub fn band(&self, position: usize) -> Option<usize> {
        self.bands.get(position).copied().flatten()
    }

    /// The position of a row of the data among the scored regions.
    pub fn position(&self, row: u32) -> Option<usize> {
        self.rows.binary_search(&row).ok()
    }

    /// The position of every region, as [`find`](Self::find) gives it.
    pub fn positions(&self) -> HashMap<&str, usize> {
        let mut positions = HashMap::with_capacity(self.len());
        // The first row that was scored stays; where there is none, the first.
        for scored in [false, true] {
            for (at, region) in self.regions.iter().enumerate().rev() {
                if (self.refused.get(at) == Some(&false)) == scored {
                    positions.insert(&**region, at);
                }
            }
        }
        positions
    }

    /// The position of a region; of a row that was scored, where there are several.
    pub fn find(&self, region: &str) -> Option<usize> {
        let scored = (0..self.len()).find(|at| {
            self.refused.get(*at) == Some(&false)
                && self
                    .regions
                    .get(*at)
                    .is_some_and(|known| &**known == region)
        });
        if scored.is_some() {
            return scored;
        }
        self.regions.iter().position(|known| &**known == region)
    }

    /// Where an issue arose in the data, as people look it up: a cell (`Data!C14`), a row, a line.
    pub fn place_of(&self, issue: &Issue) -> Option<Text> {
        let position = issue.row.and_then(|row| self.position(row));
        let line = position.and_then(|at| self.lines.get(at)).copied();
        let cell = issue
            .cell
            .or(line.map(|line| CellPlace { line, column: None }));
        let cell = cell.filter(|cell| cell.line != NO_LINE)?;
        let line = cell.line;
        Some(match (&self.sheet, cell.column) {
            (Some(sheet), Some(_)) => Text::same(format!("{sheet}!{}", cell.address())),
            (Some(sheet), None) => text!("{sheet} baris {line}", "{sheet} row {line}"),
            (None, _) => text!("baris {line}", "line {line}"),
        })
    }

    /// The code of a region with its name, as people read it.
    pub fn label(&self, position: usize) -> String {
        let region = self.regions.get(position).map_or("", |region| region);
        let region = if region.is_empty() { "?" } else { region };
        let label = match self.names.get(position).and_then(Option::as_deref) {
            Some(name) => format!("{region} {name}"),
            None => region.to_owned(),
        };
        // A terminal must not take orders from a data file.
        label.replace(|c: char| c.is_control(), "\u{fffd}")
    }
}
