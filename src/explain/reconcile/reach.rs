//! How far rounding of its inputs lets the score of a region lie from what was recomputed.
//!
//! Every input was printed rounded: what was measured lies within half a unit of the last decimal that its column has. All
//! of them may be off at once. Where the score is monotone in each input, its ends lie in two corners of that box; else
//! they are searched for, which finds an interval that may be too narrow, and says so.
//!
//! Inputs stay in what is valid, and no step is taken that makes another thing of the region: a value that goes missing, a
//! node that loses its score. Where regions are compared with each other, the populations move with the region's own
//! inputs, while the others stand at their printed values.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::trend::{Trends, trends};
use crate::base::number::{greater, lesser, part, pow};
use crate::base::{Error, IssueKind, NodeIndex};
use crate::check::RuleSet;
use crate::check::rule_set::{PopulationSource, Source};
use crate::data::Decimals;
use crate::data::dataset::{CHUNK_ROWS, Chunk, Dataset, NO_LINE, NumberColumn};
use crate::evaluate::{Decision, EvaluateOptions, Scores, evaluate};

/// The score that rounding of the inputs allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// The lowest.
    pub from: f64,
    /// The highest.
    pub to: f64,
    /// Whether inputs were searched for, so that there may be more than was found.
    pub searched: bool,
    /// Whether inputs were found that give what was published. Between the ends there may be scores that none give: a count
    /// of 1 or 2 is never 1.5.
    pub attained: bool,
}

/// What is asked of a region: how a score of it lies to what was published. It must not fall where the score rises.
pub(super) struct Wanted<'a> {
    pub(super) position: usize,
    pub(super) compare: Box<dyn Fn(f64) -> Ordering + 'a>,
}

/// How many rows may be scored in all.
const MOST_ROWS: usize = 4_000_000;
/// How many of them at a time.
const BATCH_ROWS: usize = 200_000;
/// How often a step that is too long is halved.
const HALVINGS: usize = 24;
/// How often each input is tried at both of its ends.
const ROUNDS: usize = 3;
/// How many corners are drawn.
const DRAWN: usize = 64;
/// How often the way between two inputs is halved in search of a score.
const BISECTIONS: usize = 48;
/// The part of half a unit that is left out at the end that rounds the other way: 10.15 itself is written 10.2.
const OPEN_END: f64 = 1e-6;

/// The reach of some regions, given by their positions; `None` where there is too much to score.
pub(super) fn reaches(
    scores: &Scores,
    data: &Dataset,
    node: NodeIndex,
    wanted: &[Wanted<'_>],
) -> Result<Option<Vec<Reach>>, Error> {
    let Some(examined) = Examined::new(scores, data, node) else {
        return Ok(None);
    };
    if wanted.len().saturating_mul(examined.rows_a_region()) > MOST_ROWS {
        return Ok(None);
    }
    let at_once = (BATCH_ROWS / examined.rows_a_region()).max(1);
    let mut found = Vec::with_capacity(wanted.len());
    for batch in wanted.chunks(at_once) {
        found.extend(examined.reaches(batch)?);
    }
    Ok(Some(found))
}

/// A region with some inputs moved.
struct Probe {
    /// Its position among those of the batch.
    region: usize,
    inputs: Vec<Option<f64>>,
}

/// What a probe gives, where it is the same region still.
#[derive(Clone, Debug)]
struct Answer {
    score: f64,
    /// The scores of the indicators below the node.
    indicators: Vec<f64>,
}

struct Examined<'a> {
    scores: &'a Scores,
    data: &'a Dataset,
    node: NodeIndex,
    /// All nodes at and below it.
    below: Vec<NodeIndex>,
    /// The indicators among them.
    indicators: Vec<NodeIndex>,
    /// The columns that they read.
    columns: Vec<usize>,
    /// Half a unit of the last decimal, by column.
    halves: Vec<f64>,
    trends: Trends,
    /// Whether regions are compared with each other.
    relative: bool,
    /// Whether an indicator has no spread, which the rounding of its inputs could give it.
    degenerate: bool,
}

/// One region on its way.
struct Region {
    position: usize,
    inputs: Vec<Option<f64>>,
    centre: Answer,
    /// The ends of each input, by column.
    ends: Vec<Option<[f64; 2]>>,
    /// What each end alone gives.
    alone: Vec<[Option<Answer>; 2]>,
    low: f64,
    high: f64,
    /// The inputs that give the lowest score, and the highest.
    extremes: [Vec<Option<f64>>; 2],
    searched: bool,
    attained: bool,
}

impl Region {
    fn see(&mut self, score: f64, inputs: &[Option<f64>]) {
        let [lowest, highest] = &mut self.extremes;
        if score < self.low {
            (self.low, *lowest) = (score, inputs.to_vec());
        }
        if score > self.high {
            (self.high, *highest) = (score, inputs.to_vec());
        }
    }
}

impl<'a> Examined<'a> {
    fn new(scores: &'a Scores, data: &'a Dataset, node: NodeIndex) -> Option<Self> {
        let rules = scores.program.rules();
        let mut below = vec![node];
        let mut at = 0;
        while let Some(own) = below.get(at).copied() {
            below.extend(&rules.node(own).children);
            at += 1;
        }
        let is_indicator = |own: &NodeIndex| rules.node(*own).indicator().is_some();
        let indicators: Vec<NodeIndex> = below.iter().copied().filter(is_indicator).collect();
        let mut columns = BTreeSet::new();
        for own in &indicators {
            match rules.node(*own).indicator().map(|own| &own.source) {
                Some(Source::Column(column)) => {
                    columns.insert(*column);
                }
                Some(Source::Expression(formula)) => columns.extend(&formula.columns),
                None => {}
            }
        }
        let halves = (0..rules.columns.len()).map(|column| {
            let written = data.decimals.get(column).and_then(|own| own.count());
            let decimals = written.or_else(|| {
                let chunks = data.chunks.iter();
                let values = chunks.filter_map(|chunk| chunk.columns.get(column));
                Decimals::of_doubles(values.flat_map(NumberColumn::present)).count()
            });
            // Of what was never rounded, nothing is known to be off.
            decimals.map_or(0.0, |decimals| 0.5 * pow(10.0, -f64::from(decimals)))
        });
        let examined = Self {
            scores,
            data,
            node,
            below,
            halves: halves.collect(),
            columns: columns.into_iter().collect(),
            trends: trends(&scores.program, node),
            relative: is_relative(rules),
            degenerate: scores.issues.iter().any(|issue| {
                let own = issue.node.is_some_and(|own| indicators.contains(&own));
                issue.kind == IssueKind::ConstantColumn && own
            }),
            indicators,
        };
        (!examined.columns.is_empty()).then_some(examined)
    }

    /// About how many rows are scored for a region.
    fn rows_a_region(&self) -> usize {
        let probes = 4 * self.columns.len() + 2;
        if self.relative {
            probes * self.data.rows().max(1)
        } else {
            probes
        }
    }

    fn reaches(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Reach>, Error> {
        let mut regions: Vec<Region> = wanted
            .iter()
            .filter_map(|own| self.region(own.position))
            .collect();
        self.step_alone(&mut regions)?;
        self.corners(&mut regions)?;
        self.search(&mut regions)?;
        self.attain(&mut regions, wanted)?;
        let reach = |region: Region| Reach {
            from: region.low,
            to: region.high,
            searched: region.searched,
            attained: region.attained,
        };
        Ok(regions.into_iter().map(reach).collect())
    }

    fn region(&self, position: usize) -> Option<Region> {
        let rules = self.scores.program.rules();
        let score = self.scores.node(self.node).get(position)?;
        let (chunk, row) = row_of(self.data, self.scores.rows.get(position).copied()?)?;
        let inputs: Vec<Option<f64>> = chunk.columns.iter().map(|own| own.get(row)).collect();
        let mut ends: Vec<Option<[f64; 2]>> = vec![None; inputs.len()];
        for column in &self.columns {
            let (Some(Some(value)), Some(half)) = (inputs.get(*column), self.halves.get(*column))
            else {
                continue;
            };
            if *half > 0.0
                && let Some(slot) = ends.get_mut(*column)
            {
                let inside = half * (1.0 - OPEN_END);
                // A half goes away from zero.
                *slot = Some(if *value < 0.0 {
                    [value - inside, value + half]
                } else {
                    [value - half, value + inside]
                });
            }
        }
        // What is not valid was not measured.
        for node in &self.indicators {
            let Some(indicator) = rules.node(*node).indicator() else {
                continue;
            };
            let (Source::Column(column), Some(valid)) = (&indicator.source, indicator.valid) else {
                continue;
            };
            let value = inputs.get(*column).copied().flatten();
            if let (Some(Some([low, high])), Some(value)) = (ends.get_mut(*column), value)
                && valid.value.holds(value)
            {
                *low = greater(*low, valid.value.low);
                *high = lesser(*high, valid.value.high);
            }
        }
        let indicators = self.indicators.iter();
        let centre = Answer {
            score,
            indicators: indicators
                .map(|node| self.scores.node(*node).get(position).unwrap_or(f64::NAN))
                .collect(),
        };
        Some(Region {
            alone: vec![[None, None]; inputs.len()],
            position,
            extremes: [inputs.clone(), inputs.clone()],
            inputs,
            centre,
            ends,
            low: score,
            high: score,
            searched: self.degenerate,
            attained: false,
        })
    }

    /// Moves each input to each of its ends, the others as they are printed; an end at which the region is another one is
    /// drawn nearer until it is not.
    fn step_alone(&self, regions: &mut [Region]) -> Result<(), Error> {
        let mut open: Vec<(usize, usize, usize)> = Vec::new();
        for (at, region) in regions.iter().enumerate() {
            for (column, ends) in region.ends.iter().enumerate() {
                if ends.is_some() {
                    open.extend([(at, column, 0), (at, column, 1)]);
                }
            }
        }
        // By how much of the step it is known to hold, and known not to.
        let mut parts = vec![(0.0, 1.0); open.len()];
        for halving in 0..=HALVINGS {
            let tried: Vec<f64> = parts
                .iter()
                .map(|(good, bad)| {
                    if halving == 0 {
                        1.0
                    } else {
                        (good + bad) / 2.0
                    }
                })
                .collect();
            let probes: Vec<Probe> = open
                .iter()
                .zip(&tried)
                .filter_map(|((at, column, side), part)| {
                    let region = regions.get(*at)?;
                    let value = region.inputs.get(*column).copied()??;
                    let end = region.ends.get(*column).copied()??;
                    let end = end.get(*side).copied()?;
                    let mut inputs = region.inputs.clone();
                    *inputs.get_mut(*column)? = Some(value + part * (end - value));
                    Some(Probe {
                        region: *at,
                        inputs,
                    })
                })
                .collect();
            let answers = self.answers(regions, &probes)?;
            let mut left = (Vec::new(), Vec::new());
            for ((((at, column, side), (good, bad)), tried), answer) in
                open.iter().zip(&parts).zip(&tried).zip(answers)
            {
                let whole = halving == 0 && answer.is_some();
                let (good, bad) = match answer {
                    Some(answer) => {
                        let region = regions.get_mut(*at);
                        let slot =
                            region.and_then(|own| own.alone.get_mut(*column)?.get_mut(*side));
                        if let Some(slot) = slot {
                            *slot = Some(answer);
                        }
                        (*tried, *bad)
                    }
                    None => (*good, *tried),
                };
                if !whole {
                    left.0.push((*at, *column, *side));
                    left.1.push((good, bad));
                }
            }
            (open, parts) = left;
            if open.is_empty() {
                break;
            }
        }
        for ((at, column, side), (good, _)) in open.iter().zip(&parts) {
            let Some(region) = regions.get_mut(*at) else {
                continue;
            };
            let value = region.inputs.get(*column).copied().flatten();
            let end = region.ends.get_mut(*column).and_then(Option::as_mut);
            if let (Some(value), Some(end)) = (value, end.and_then(|own| own.get_mut(*side))) {
                *end = value + good * (*end - value);
            }
        }
        for region in regions {
            let mut seen: Vec<(f64, usize, f64)> = Vec::new();
            for (column, (answers, ends)) in region.alone.iter().zip(&region.ends).enumerate() {
                let own = answers.iter().zip(ends.iter().flatten());
                seen.extend(
                    own.filter_map(|(answer, end)| Some((answer.as_ref()?.score, column, *end))),
                );
            }
            for (score, column, end) in seen {
                let mut inputs = region.inputs.clone();
                if let Some(slot) = inputs.get_mut(column) {
                    *slot = Some(end);
                }
                region.see(score, &inputs);
            }
        }
        Ok(())
    }

    /// Whether the score rises (1) or falls (−1) from the lower to the upper end of an input; 0 where it does neither, and
    /// `None` where that is not known.
    fn direction(&self, region: &Region, column: usize) -> Option<f64> {
        let [low, high] = region.alone.get(column)?;
        let at = |own: &Option<Answer>, place: usize| {
            let own = own.as_ref().unwrap_or(&region.centre);
            own.indicators.get(place).copied().unwrap_or(f64::NAN)
        };
        let rules = self.scores.program.rules();
        let mut found = 0.0;
        for (place, node) in self.indicators.iter().enumerate() {
            let (from, to) = (at(low, place), at(high, place));
            let noise = rules.node(*node).range.value.tolerance();
            if noise.same(from, to) || from.is_nan() {
                continue;
            }
            let Some(trend) = self.trends.get(node) else {
                continue;
            };
            let own = trend.sign()? * (to - from).signum();
            if found * own < 0.0 {
                return None;
            }
            found = own;
        }
        Some(found)
    }

    /// The two corners in which all inputs work together.
    fn corners(&self, regions: &mut [Region]) -> Result<(), Error> {
        let mut probes = Vec::new();
        for (at, region) in regions.iter_mut().enumerate() {
            let mut corners = [region.inputs.clone(), region.inputs.clone()];
            for (column, ends) in region.ends.iter().enumerate() {
                let Some([low, high]) = *ends else { continue };
                let direction = match self.direction(region, column) {
                    Some(direction) => direction,
                    None => {
                        region.searched = true;
                        let score = |side: usize| {
                            let own = region.alone.get(column).and_then(|own| own.get(side));
                            own.and_then(Option::as_ref).map_or(0.0, |own| own.score)
                        };
                        score(1) - score(0)
                    }
                };
                let pair = if direction > 0.0 {
                    [low, high]
                } else if direction < 0.0 {
                    [high, low]
                } else {
                    continue;
                };
                for (corner, end) in corners.iter_mut().zip(pair) {
                    if let Some(slot) = corner.get_mut(column) {
                        *slot = Some(end);
                    }
                }
            }
            probes.extend(corners.map(|inputs| Probe { region: at, inputs }));
        }
        let answers = self.answers(regions, &probes)?;
        for (probe, answer) in probes.iter().zip(answers) {
            let Some(region) = regions.get_mut(probe.region) else {
                continue;
            };
            match answer {
                Some(answer) => region.see(answer.score, &probe.inputs),
                // All together, it is another region.
                None => region.searched = true,
            }
        }
        Ok(())
    }

    /// Looks for the ends of what is not monotone: from the printed values, each input in turn goes to the end that serves
    /// best, and corners are drawn.
    fn search(&self, regions: &mut [Region]) -> Result<(), Error> {
        let open: Vec<usize> = (0..regions.len())
            .filter(|at| regions.get(*at).is_some_and(|region| region.searched))
            .collect();
        for sign in [1.0, -1.0] {
            let mut best: Vec<Probe> = open
                .iter()
                .filter_map(|at| {
                    Some(Probe {
                        region: *at,
                        inputs: regions.get(*at)?.inputs.clone(),
                    })
                })
                .collect();
            let mut reached = vec![f64::NEG_INFINITY; best.len()];
            for column in (0..ROUNDS).flat_map(|_| self.columns.iter().copied()) {
                let mut probes = Vec::new();
                for (place, own) in best.iter().enumerate() {
                    let region = regions.get(own.region);
                    let ends = region.and_then(|region| region.ends.get(column).copied().flatten());
                    for end in ends.into_iter().flatten() {
                        let mut inputs = own.inputs.clone();
                        if let Some(slot) = inputs.get_mut(column) {
                            *slot = Some(end);
                        }
                        let region = own.region;
                        probes.push((place, Probe { region, inputs }));
                    }
                }
                let (places, probes): (Vec<usize>, Vec<Probe>) = probes.into_iter().unzip();
                let answers = self.answers(regions, &probes)?;
                for ((place, probe), answer) in places.into_iter().zip(probes).zip(answers) {
                    let (Some(answer), Some(reached)) = (answer, reached.get_mut(place)) else {
                        continue;
                    };
                    if let Some(region) = regions.get_mut(probe.region) {
                        region.see(answer.score, &probe.inputs);
                    }
                    if sign * answer.score > *reached {
                        *reached = sign * answer.score;
                        if let Some(slot) = best.get_mut(place) {
                            *slot = probe;
                        }
                    }
                }
            }
        }
        let mut seed = 0x5eed_u64;
        let drawn: Vec<Probe> = open
            .iter()
            .flat_map(|at| std::iter::repeat_n(*at, DRAWN))
            .filter_map(|at| {
                let region = regions.get(at)?;
                let mut inputs = region.inputs.clone();
                for (slot, ends) in inputs.iter_mut().zip(&region.ends) {
                    if let Some([low, high]) = ends {
                        *slot = Some(if part(&mut seed) < 0.5 { *low } else { *high });
                    }
                }
                Some(Probe { region: at, inputs })
            })
            .collect();
        let answers = self.answers(regions, &drawn)?;
        for (probe, answer) in drawn.iter().zip(answers) {
            if let (Some(answer), Some(region)) = (answer, regions.get_mut(probe.region)) {
                region.see(answer.score, &probe.inputs);
            }
        }
        Ok(())
    }

    /// Looks for inputs that give what was published, between those that give the lowest and the highest score: on the
    /// straight way, then input by input, forwards and backwards. Where the score jumps over it, there may be none.
    fn attain(&self, regions: &mut [Region], wanted: &[Wanted<'_>]) -> Result<(), Error> {
        for region in regions.iter_mut() {
            let compare = |score| compare(wanted, region.position, score);
            region.attained = [region.low, region.high, region.centre.score]
                .into_iter()
                .any(|score| compare(score) == Ordering::Equal);
        }
        let between = |region: &Region| {
            let at = |score| compare(wanted, region.position, score);
            !region.attained
                && at(region.low) == Ordering::Less
                && at(region.high) == Ordering::Greater
        };
        let mut ways: Vec<(usize, [Vec<Option<f64>>; 2])> = Vec::new();
        for (at, region) in regions.iter().enumerate().filter(|(_, own)| between(own)) {
            ways.push((at, region.extremes.clone()));
        }
        self.bisect(regions, wanted, ways)?;
        for backwards in [false, true] {
            // The same way as a stair, a step an input: one of them goes past the published score.
            let mut ways = Vec::new();
            for (at, region) in regions.iter_mut().enumerate() {
                if !between(region) {
                    continue;
                }
                region.searched = true;
                let mut columns = self.columns.clone();
                if backwards {
                    columns.reverse();
                }
                let [from, to] = &region.extremes;
                let mut below = from.clone();
                for column in columns {
                    let mut above = below.clone();
                    if let (Some(slot), Some(value)) = (above.get_mut(column), to.get(column)) {
                        *slot = *value;
                    }
                    ways.push((at, [below, above.clone()]));
                    below = above;
                }
            }
            if !self.relative {
                self.bisect(regions, wanted, ways)?;
            }
        }
        Ok(())
    }

    /// Halves each way, all at once, until a score on it is what was published.
    fn bisect(
        &self,
        regions: &mut [Region],
        wanted: &[Wanted<'_>],
        mut ways: Vec<(usize, [Vec<Option<f64>>; 2])>,
    ) -> Result<(), Error> {
        for _ in 0..BISECTIONS {
            ways.retain(|(at, _)| regions.get(*at).is_some_and(|own| !own.attained));
            if ways.is_empty() {
                break;
            }
            let middle = |[from, to]: &[Vec<Option<f64>>; 2]| {
                let pairs = from.iter().zip(to);
                pairs
                    .map(|(from, to)| Some((*from)? + ((*to)? - (*from)?) / 2.0))
                    .collect::<Vec<Option<f64>>>()
            };
            let probes: Vec<Probe> = ways
                .iter()
                .map(|(at, ends)| Probe {
                    region: *at,
                    inputs: middle(ends),
                })
                .collect();
            let answers = self.answers(regions, &probes)?;
            let mut left = Vec::with_capacity(ways.len());
            for (((at, [from, to]), probe), answer) in ways.into_iter().zip(probes).zip(answers) {
                let (Some(region), Some(answer)) = (regions.get_mut(at), answer) else {
                    continue;
                };
                match compare(wanted, region.position, answer.score) {
                    Ordering::Equal => region.attained = true,
                    Ordering::Less => left.push((at, [probe.inputs, to])),
                    Ordering::Greater => left.push((at, [from, probe.inputs])),
                }
            }
            ways = left;
        }
        Ok(())
    }

    /// What probes give; `None` where a region has become another one: a value or a score that is there or not, as it was
    /// not before.
    fn answers(&self, regions: &[Region], probes: &[Probe]) -> Result<Vec<Option<Answer>>, Error> {
        let position = |probe: &Probe| regions.get(probe.region).map(|own| own.position);
        if !self.relative {
            let moved = self.moved(regions, probes);
            let scores = evaluate(&self.scores.program, &moved, &EvaluateOptions::default())?;
            let rows = probes.iter().enumerate();
            return Ok(rows
                .map(|(row, probe)| self.answer(&scores, row, position(probe)?))
                .collect());
        }
        let mut data = self.data.clone();
        let options = EvaluateOptions {
            year: self.scores.year,
            ..Default::default()
        };
        let mut answers = Vec::with_capacity(probes.len());
        for probe in probes {
            let Some(position) = position(probe) else {
                continue;
            };
            let row = self.scores.rows.get(position).copied().unwrap_or_default();
            let printed = set_row(&mut data, row, &probe.inputs);
            let scores = evaluate(&self.scores.program, &data, &options)?;
            answers.push(self.answer(&scores, position, position));
            set_row(&mut data, row, &printed);
        }
        Ok(answers)
    }

    fn answer(&self, scores: &Scores, at: usize, position: usize) -> Option<Answer> {
        let decision = |scores: &Scores, node: NodeIndex, at: usize| {
            let own = scores.decision(node, at);
            own.unwrap_or(Decision::Observed)
        };
        let alike = self.below.iter().all(|node| {
            let there = |scores: &Scores, at: usize| scores.node(*node).get(at).is_some();
            decision(scores, *node, at) == decision(self.scores, *node, position)
                && there(scores, at) == there(self.scores, position)
        });
        let score = scores.node(self.node).get(at).filter(|_| alike)?;
        let indicators = self.indicators.iter();
        Some(Answer {
            score,
            indicators: indicators
                .map(|node| scores.node(*node).get(at).unwrap_or(f64::NAN))
                .collect(),
        })
    }

    /// A data set of probes, a row each.
    fn moved(&self, regions: &[Region], probes: &[Probe]) -> Dataset {
        let fresh = |start: usize| Chunk {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            columns: vec![NumberColumn::default(); self.halves.len()],
            ..Chunk::default()
        };
        let (mut chunks, mut chunk) = (Vec::new(), fresh(0));
        for (count, probe) in probes.iter().enumerate() {
            for (all, value) in chunk.columns.iter_mut().zip(&probe.inputs) {
                all.push(*value);
            }
            let position = regions.get(probe.region).map(|own| own.position);
            let group = position.and_then(|at| self.scores.groups.get(at).cloned().flatten());
            chunk.regions.push(count.to_string().into());
            chunk.names.push(None);
            chunk.years.push(None);
            chunk.groups.push(group);
            chunk.lines.push(NO_LINE);
            chunk.weights.push(None);
            if chunk.rows() == CHUNK_ROWS {
                chunks.push(std::mem::replace(&mut chunk, fresh(count + 1)));
            }
        }
        chunks.push(chunk);
        Dataset {
            headers: self.data.headers.clone(),
            chunks,
            group: self.data.group.clone(),
            ..Dataset::default()
        }
    }
}

/// How a score of a region lies to what was published of it.
fn compare(wanted: &[Wanted<'_>], position: usize, score: f64) -> Ordering {
    let own = wanted.iter().find(|own| own.position == position);
    own.map_or(Ordering::Equal, |own| (own.compare)(score))
}

/// Whether a region is judged against the others of the data.
pub(super) fn is_relative(rules: &RuleSet) -> bool {
    rules.population_asked() && !matches!(rules.population, PopulationSource::Frozen(_))
}

/// Where a row stands in its chunk.
fn row_of(data: &Dataset, row: u32) -> Option<(&Chunk, usize)> {
    let at = data.chunks.partition_point(|chunk| chunk.start <= row);
    let chunk = data.chunks.get(at.checked_sub(1)?)?;
    Some((chunk, (row - chunk.start) as usize))
}

/// Gives a row other values, and returns those that it had.
fn set_row(data: &mut Dataset, row: u32, values: &[Option<f64>]) -> Vec<Option<f64>> {
    let at = data.chunks.partition_point(|chunk| chunk.start <= row);
    let Some(chunk) = at.checked_sub(1).and_then(|at| data.chunks.get_mut(at)) else {
        return Vec::new();
    };
    let own = (row - chunk.start) as usize;
    let columns = chunk.columns.iter_mut().zip(values);
    columns
        .map(|(column, value)| {
            let before = column.get(own);
            column.set(own, *value);
            before
        })
        .collect()
}
