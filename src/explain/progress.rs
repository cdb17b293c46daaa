//! Progress: each data year scored by its own rules, and what changed from one to the next.
//!
//! A difference is taken only between values on one scale. Where the scales of two years differ there is none,
//! unless a common scale is asked for, which maps each linearly.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::number::{same, weighted_mean_over_rows};
use crate::base::{NodeIndex, suggest};
use crate::check::rule_set::{Band, Range};
use crate::evaluate::Scores;

/// How many pairs of names are compared in search of one region under two codes, beyond names that are equal.
const COMPARED: usize = 100_000;

/// The years of an index, side by side.
pub struct Progress {
    /// The scores of each data year, ascending.
    pub years: Vec<Scores>,
    /// The scale that all values are mapped to, if one was asked for.
    pub common_scale: Option<Range>,
    /// The ids of the variables, those of the newest year first.
    pub variables: Vec<String>,
    /// All regions, sorted by code.
    pub regions: Vec<RegionProgress>,
    /// What changed from each year to the next.
    pub steps: Vec<Step>,
}

/// One region through the years.
#[derive(Clone, Debug)]
pub struct RegionProgress {
    /// Its code.
    pub region: Arc<str>,
    /// Its newest name.
    pub name: Option<Arc<str>>,
    /// Its newest group.
    pub group: Option<Arc<str>>,
    /// Its position among the scored regions of each year.
    pub positions: Vec<Option<usize>>,
}

/// From one data year to the next.
#[derive(Clone, Debug)]
pub struct Step {
    /// The position of the earlier year; the later one follows it.
    pub from: usize,
    /// Whether the values of both years are on one scale; else there are no changes.
    pub comparable: bool,
    /// Whether both years were scored by the very same rules; else changes include those of the rules.
    pub same_rules: bool,
    /// Whether both years have the same bands.
    pub same_bands: bool,
    /// The change of each region, in the order of [`Progress::regions`].
    pub changes: Vec<Option<Change>>,
    /// Regions of the later year that the earlier one does not have, by position.
    pub appeared: Vec<usize>,
    /// Regions of the earlier year that the later one does not have, by position.
    pub vanished: Vec<usize>,
    /// One that vanished and one that appeared, whose names are so alike that they may be one region under two
    /// codes. They are not taken for one.
    pub perhaps_one: Vec<(usize, usize)>,
    /// Regions whose code has another name than before, by position.
    pub renamed: Vec<usize>,
    /// The mean index of both years over the regions that have one in both, weighted where means over regions are, each year
    /// by its own weights; and how many these are.
    pub means: Option<(f64, f64, usize)>,
}

/// The change of one region.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Of the exact index.
    pub index: f64,
    /// Of the exact variables, in the order of [`Progress::variables`].
    pub variables: Vec<Option<f64>>,
    /// How many bands it rose, where both years have the same bands.
    pub bands: Option<i64>,
}

impl Progress {
    /// The exact value of a node in a year, on the common scale if there is one.
    pub fn value(&self, year: usize, node: &str, region: usize) -> Option<f64> {
        let scores = self.years.get(year)?;
        let rules = scores.program.rules();
        let index = match node {
            "" => NodeIndex::ROOT,
            id => *rules
                .variables()
                .iter()
                .find(|variable| rules.node(**variable).id == id)?,
        };
        let position = self.regions.get(region)?.positions.get(year).copied()??;
        let exact = scores.node(index).get(position)?;
        Some(match self.common_scale {
            Some(common) => rules.node(index).range.value.mapped(exact, common),
            None => exact,
        })
    }

    /// What weighs a region in the means of a year: 1 where they are not weighted.
    pub fn weight(&self, year: usize, region: usize) -> f64 {
        let weight = || {
            let position = self.regions.get(region)?.positions.get(year).copied()??;
            let scores = self.years.get(year)?;
            match scores.weighted_by {
                Some(_) => scores.weights.get(position),
                None => Some(1.0),
            }
        };
        weight().unwrap_or(0.0)
    }

    /// The position of the band of a region in a year.
    pub fn band(&self, year: usize, region: usize) -> Option<usize> {
        let position = self.regions.get(region)?.positions.get(year).copied()??;
        self.years.get(year)?.bands.get(position).copied()?
    }

    /// The regions whose index changed most in a step: the most improved first, and the most worsened first.
    pub fn movers(&self, step: &Step, count: usize) -> (Vec<usize>, Vec<usize>) {
        let change = |region: &usize| step.changes.get(*region)?.as_ref().map(|c| c.index);
        let mut moved: Vec<usize> = (0..self.regions.len())
            .filter(|region| change(region).is_some_and(|change| !same(change, 0.0)))
            .collect();
        let key = |region: &usize| change(region).unwrap_or(0.0);
        moved.sort_by(|a, b| key(b).total_cmp(&key(a)).then(a.cmp(b)));
        let up = moved.iter().copied().filter(|r| key(r) > 0.0).take(count);
        let down = moved.iter().rev().copied().filter(|r| key(r) < 0.0);
        (up.collect(), down.take(count).collect())
    }
}

/// Sets scored years side by side. `years` need not be sorted; each must be of another data year.
///
/// ```
/// # use tanggap::{Engine, EvaluateOptions, bundle::DiskLoader, evaluate, data::ReadRequest};
/// use tanggap::explain::progress::progress;
/// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// # let program = engine.program(&"ipm/2014".parse()?)?.output;
/// let csv = "kode,tahun,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp
/// 3301,2020,73.73,12.5,6.97,10440
/// 3301,2021,73.9,12.63,7.09,10534
/// ";
/// let mut request = ReadRequest::of(program.rules());
/// request.year = Some("tahun".to_owned());
/// let data = engine.read(&program, Some("d.csv"), &mut csv.as_bytes(), Some(&request))?;
/// let mut years = Vec::new();
/// for year in data.years() {
///     let options = EvaluateOptions { year: Some(year), ..Default::default() };
///     years.push(evaluate(&program, &data, &options)?);
/// }
/// let found = progress(years, None);
/// let change = found.steps[0].changes[0].as_ref().ok_or("no change")?;
/// assert!(change.index > 0.4 && change.index < 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn progress(mut years: Vec<Scores>, common_scale: Option<Range>) -> Progress {
    years.sort_by_key(|scores| scores.year);
    let mut progress = Progress {
        variables: variables(&years),
        regions: regions(&years),
        years,
        common_scale,
        steps: Vec::new(),
    };
    for from in 0..progress.years.len().saturating_sub(1) {
        let step = step(&progress, from);
        progress.steps.push(step);
    }
    progress
}

fn variables(years: &[Scores]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for scores in years.iter().rev() {
        let rules = scores.program.rules();
        for variable in rules.variables() {
            let id = &rules.node(*variable).id;
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
    }
    ids
}

fn regions(years: &[Scores]) -> Vec<RegionProgress> {
    let mut regions: BTreeMap<Arc<str>, RegionProgress> = BTreeMap::new();
    for (year, scores) in years.iter().enumerate() {
        for (position, region) in scores.regions.iter().enumerate() {
            // A row without a code is no region; one at fault is there, without a score.
            if region.is_empty() {
                continue;
            }
            let entry = regions
                .entry(region.clone())
                .or_insert_with(|| RegionProgress {
                    region: region.clone(),
                    name: None,
                    group: None,
                    positions: vec![None; years.len()],
                });
            let newest = |list: &[Option<Arc<str>>], known: &Option<Arc<str>>| {
                list.get(position)
                    .cloned()
                    .flatten()
                    .or_else(|| known.clone())
            };
            entry.name = newest(&scores.names, &entry.name);
            entry.group = newest(&scores.groups, &entry.group);
            if let Some(slot) = entry.positions.get_mut(year) {
                slot.get_or_insert(position);
            }
        }
    }
    regions.into_values().collect()
}

fn step(progress: &Progress, from: usize) -> Step {
    let years = (progress.years.get(from), progress.years.get(from + 1));
    let mut step = Step {
        from,
        comparable: false,
        same_rules: false,
        same_bands: false,
        changes: vec![None; progress.regions.len()],
        appeared: Vec::new(),
        vanished: Vec::new(),
        perhaps_one: Vec::new(),
        renamed: Vec::new(),
        means: None,
    };
    let (Some(earlier), Some(later)) = years else {
        return step;
    };
    let rules = (earlier.program.rules(), later.program.rules());
    step.comparable = progress.common_scale.is_some() || rules.0.scale.value == rules.1.scale.value;
    step.same_rules = rules.0.rules_digest == rules.1.rules_digest;
    let same_band = |(a, b): (&Band, &Band)| {
        a.id == b.id && same(a.bound.value, b.bound.value) && a.inclusive == b.inclusive
    };
    let bands = (&rules.0.bands, &rules.1.bands);
    step.same_bands = bands.0.len() == bands.1.len() && bands.0.iter().zip(bands.1).all(same_band);
    for (at, region) in progress.regions.iter().enumerate() {
        let positions = |year| region.positions.get(year).copied().flatten();
        match (positions(from), positions(from + 1)) {
            (None, Some(_)) => step.appeared.push(at),
            (Some(_), None) => step.vanished.push(at),
            (Some(before), Some(now)) => {
                let name = |scores: &Scores, at: usize| scores.names.get(at).cloned().flatten();
                let (old, new) = (name(earlier, before), name(later, now));
                if old.is_some() && new.is_some() && old != new {
                    step.renamed.push(at);
                }
            }
            (None, None) => {}
        }
    }
    step.perhaps_one = perhaps_one(progress, &step);
    if step.comparable {
        let change = |region| change(progress, &step, region);
        let changes = (0..progress.regions.len()).map(change).collect();
        step.changes = changes;
        let weighs = |region: usize| {
            let by = |year: usize| progress.weight(year, region) > 0.0;
            by(from) && by(from + 1)
        };
        let with_change = step.changes.iter().enumerate();
        let with_change = with_change.filter(|(region, own)| own.is_some() && weighs(*region));
        let with_change: Vec<usize> = with_change.map(|(region, _)| region).collect();
        let mean = |year: usize| {
            let values = with_change.iter().filter_map(|region| {
                let value = progress.value(year, "", *region)?;
                Some((value, progress.weight(year, *region)))
            });
            weighted_mean_over_rows(&values.collect::<Vec<_>>())
        };
        step.means = mean(from)
            .zip(mean(from + 1))
            .map(|(before, now)| (before, now, with_change.len()));
    }
    step
}

fn change(progress: &Progress, step: &Step, region: usize) -> Option<Change> {
    let (from, to) = (step.from, step.from + 1);
    let difference = |node: &str| {
        let (before, now) = (
            progress.value(from, node, region)?,
            progress.value(to, node, region)?,
        );
        Some(now - before)
    };
    let on_one_scale = |id: &str| {
        let range = |year: usize| {
            let rules = progress.years.get(year)?.program.rules();
            Some(rules.node(rules.find(id)?).range.value)
        };
        progress.common_scale.is_some() || range(from) == range(to)
    };
    let bands = match (progress.band(from, region), progress.band(to, region)) {
        (Some(before), Some(now)) if step.same_bands => Some(now as i64 - before as i64),
        _ => None,
    };
    Some(Change {
        index: difference("")?,
        variables: progress
            .variables
            .iter()
            .map(|id| difference(id).filter(|_| on_one_scale(id)))
            .collect(),
        bands,
    })
}

/// Pairs of one region that vanished and one that appeared, whose names are alike.
fn perhaps_one(progress: &Progress, step: &Step) -> Vec<(usize, usize)> {
    let name = |region: &usize| {
        let region = progress.regions.get(*region)?;
        region.name.as_deref().map(str::to_lowercase)
    };
    let new: Vec<(usize, String)> = step
        .appeared
        .iter()
        .filter_map(|region| Some((*region, name(region)?)))
        .collect();
    let by_name: BTreeMap<&str, usize> =
        new.iter().map(|(at, name)| (name.as_str(), *at)).collect();
    let few = step.vanished.len().saturating_mul(new.len()) <= COMPARED;
    let mut pairs = Vec::new();
    for old in &step.vanished {
        let Some(own) = name(old) else { continue };
        let near = || {
            let names = new.iter().map(|(_, name)| name.as_str());
            let near = suggest::nearest(&own, names.filter(|_| few))?;
            by_name.get(near)
        };
        if let Some(found) = by_name.get(own.as_str()).or_else(near) {
            pairs.push((*old, *found));
        }
    }
    pairs
}
