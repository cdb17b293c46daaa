//! Reconciliation: recomputed values against published ones, and the likely cause of each disagreement.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::language::text;
use crate::base::number::{greater, lesser, pow, same};
use crate::base::{Error, ErrorKind, Rounding, suggest};
use crate::check::RuleSet;
use crate::check::rule_set::{BandValue, PopulationSource};
use crate::evaluate::dataset::{CHUNK_ROWS, Chunk, Dataset, NO_LINE, NumberColumn};
use crate::evaluate::{EvaluateOptions, Scores, evaluate};

/// How many rows are scored to find out what rounding of the inputs explains: two a region and column.
const EXAMINED_ROWS: usize = 4_000_000;
/// How many of them at a time.
const BATCH_ROWS: usize = 200_000;

/// What was published for one region.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Published {
    /// The value of the index.
    pub value: Option<f64>,
    /// The band, as written.
    pub band: Option<Arc<str>>,
}

/// How values are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReconcileOptions {
    /// How far a value may lie from the exact one; `None`: it must be the exact one, rounded as the rules say.
    pub tolerance: Option<f64>,
    /// The decimals that were published; `None`: the most that a published value has.
    pub decimals: Option<u8>,
}

/// Recomputed against published.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// The decimals that are compared.
    pub decimals: u8,
    /// Regions with a published value and a recomputed one.
    pub compared: usize,
    /// Of those, how many values agree.
    pub agree: usize,
    /// Regions with a published band and a recomputed one.
    pub bands_compared: usize,
    /// Of those, how many bands agree.
    pub bands_agree: usize,
    /// What disagrees, in the order of the regions.
    pub disagreements: Vec<Disagreement>,
    /// Regions that were published and could not be recomputed, by position.
    pub only_published: Vec<usize>,
    /// Regions that were recomputed and not published, by position.
    pub only_recomputed: Vec<usize>,
    /// Published bands that are none of the rule set, with how often they occur and the one perhaps meant.
    pub unknown_bands: Vec<(Arc<str>, usize, Option<String>)>,
    /// The position of the published band of each region.
    pub published_bands: Vec<Option<usize>>,
}

/// One region whose published value or band is not the recomputed one.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// Its position.
    pub position: usize,
    /// The exact recomputed value.
    pub exact: f64,
    /// The published value, if that disagrees.
    pub published: Option<f64>,
    /// The positions of the recomputed band and the published one, if they disagree.
    pub bands: Option<(Option<usize>, usize)>,
    /// What most likely made it.
    pub cause: Cause,
}

/// The likely causes of a disagreement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cause {
    /// The published value is the recomputed one, rounded in another way.
    OtherRounding(Rounding),
    /// The published value lies where the inputs, which are rounded themselves, let it lie: from, to.
    RoundedInputs(f64, f64),
    /// No rounding of the inputs explains it: an input, or the published value, is wrong. What rounding could
    /// explain: from, to.
    WrongInput(f64, f64),
    /// The bands differ, and the value lies so close to the limit that its rounding decides.
    BandEdge(f64),
    /// The published band does not follow from the published value.
    BandContradicts,
    /// What rounding could explain was not examined: too many disagree, or the rules compare regions with each
    /// other.
    NotExamined,
}

impl Cause {
    /// How much it asks for a look: 0 is the most.
    pub fn urgency(self) -> u8 {
        match self {
            Cause::WrongInput(..) => 0,
            Cause::BandContradicts => 1,
            Cause::NotExamined => 2,
            Cause::BandEdge(_) => 3,
            Cause::OtherRounding(_) => 4,
            Cause::RoundedInputs(..) => 5,
        }
    }

    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Cause::OtherRounding(Rounding::Truncate) => "truncated",
            Cause::OtherRounding(_) => "other-rounding",
            Cause::RoundedInputs(..) => "rounded-inputs",
            Cause::WrongInput(..) => "wrong-input",
            Cause::BandEdge(_) => "band-edge",
            Cause::BandContradicts => "band-contradicts-value",
            Cause::NotExamined => "not-examined",
        }
    }
}

/// Compares scores with what was published, given in the order of the scored regions. `data` is what was scored.
///
/// ```
/// # use tanggap::{Engine, EvaluateOptions, bundle::DiskLoader, evaluate};
/// use tanggap::explain::reconcile::{Published, ReconcileOptions, reconcile};
/// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// # let program = engine.program(&"ipm/2014".parse()?)?.output;
/// let csv = "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n3313,77.47,13.69,8.55,11428\n";
/// let data = engine.read(&program, Some("d.csv"), &mut csv.as_bytes(), None)?;
/// let scores = evaluate(&program, &data, &EvaluateOptions::default())?;
/// let published = [Published { value: Some(79.0), band: None }];
/// let found = reconcile(&scores, &data, &published, &ReconcileOptions::default())?;
/// assert_eq!(found.agree, 0);
/// assert_eq!(found.disagreements[0].cause.name(), "wrong-input");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When scores, data and published values do not belong together, or the data cannot be scored again.
pub fn reconcile(
    scores: &Scores,
    data: &Dataset,
    published: &[Published],
    options: &ReconcileOptions,
) -> Result<Reconciliation, Error> {
    let rules = scores.program.rules();
    let rows = data.rows();
    let inside = scores
        .rows
        .last()
        .is_none_or(|last| (*last as usize) < rows);
    if data.digest != scores.data_digest || !inside || published.len() != scores.len() {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "skor, datanya dan nilai terbit bukan dari data yang sama",
                "scores, their data and the published values are not of the same data"
            ),
        ));
    }
    let written = published.iter().filter_map(|published| published.value);
    let decimals = options
        .decimals
        .unwrap_or_else(|| written.map(decimals_of).max().unwrap_or(0));
    let mut found = Reconciliation {
        decimals,
        compared: 0,
        agree: 0,
        bands_compared: 0,
        bands_agree: 0,
        disagreements: Vec::new(),
        only_published: Vec::new(),
        only_recomputed: Vec::new(),
        unknown_bands: Vec::new(),
        published_bands: Vec::new(),
    };
    let mut unknown: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for position in 0..scores.len() {
        let published = published.get(position).cloned().unwrap_or_default();
        let has_index = scores.index().get(position).is_some();
        let band = published.band.as_ref().and_then(|written| {
            let band = band_named(rules, written);
            // Without an index there is no band, whatever that is called.
            if band.is_none() && has_index {
                *unknown.entry(written.clone()).or_default() += 1;
            }
            band
        });
        found.published_bands.push(band);
        compare(scores, position, &published, band, options, &mut found);
    }
    found.unknown_bands = unknown
        .into_iter()
        .map(|(written, count)| {
            let titles = rules.bands.iter();
            let titles = titles.flat_map(|band| [&*band.title.id, &*band.title.en, &*band.id]);
            let near = suggest::nearest(&written, titles).map(str::to_owned);
            (written, count, near)
        })
        .collect();
    causes(scores, data, &mut found)?;
    Ok(found)
}

/// The band of a name, as offices write it: its id or its title in either language, in capitals or not.
pub fn band_named(rules: &RuleSet, written: &str) -> Option<usize> {
    let plain = |text: &str| text.trim().to_lowercase().replace('_', " ");
    let wanted = plain(written);
    rules.bands.iter().position(|band| {
        let names = [&*band.id, &*band.title.id, &*band.title.en];
        names.into_iter().any(|name| plain(name) == wanted)
    })
}

fn compare(
    scores: &Scores,
    position: usize,
    published: &Published,
    band: Option<usize>,
    options: &ReconcileOptions,
    found: &mut Reconciliation,
) {
    let rules = scores.program.rules();
    let said = published.value.is_some() || published.band.is_some();
    let Some(exact) = scores.index().get(position) else {
        if said {
            found.only_published.push(position);
        }
        return;
    };
    if !said {
        found.only_recomputed.push(position);
        return;
    }
    let agrees = |value: f64| match options.tolerance {
        Some(tolerance) => (exact - value).abs() <= tolerance,
        None => same(rules.rounding.value.round(exact, found.decimals), value),
    };
    let mut wrong_value = None;
    if let Some(value) = published.value {
        found.compared += 1;
        if agrees(value) {
            found.agree += 1;
        } else {
            wrong_value = Some(value);
        }
    }
    let own = scores.bands.get(position).copied().flatten();
    let mut wrong_band = None;
    if let Some(band) = band {
        found.bands_compared += 1;
        if own == Some(band) {
            found.bands_agree += 1;
        } else {
            wrong_band = Some((own, band));
        }
    }
    if wrong_value.is_none() && wrong_band.is_none() {
        return;
    }
    let cause = match (wrong_value, wrong_band) {
        (None, Some((own, band))) => {
            let value = published.value.unwrap_or(exact);
            band_cause(rules, (own, band), exact, value, found.decimals)
        }
        // Causes of wrong values are found later, from all of them.
        _ => None,
    };
    found.disagreements.push(Disagreement {
        position,
        exact,
        published: wrong_value,
        bands: wrong_band,
        cause: cause.unwrap_or(Cause::NotExamined),
    });
}

/// The rounding by which the published value is the exact one.
fn other_rounding(disagreement: &Disagreement, decimals: u8) -> Option<Rounding> {
    let published = disagreement.published?;
    let fits = |rounding: &Rounding| same(rounding.round(disagreement.exact, decimals), published);
    let mut all = Rounding::NAMES.iter().map(|(_, rounding)| *rounding);
    all.find(fits)
}

/// Why a band differs where the value does not.
fn band_cause(
    rules: &RuleSet,
    (own, band): (Option<usize>, usize),
    exact: f64,
    published: f64,
    decimals: u8,
) -> Option<Cause> {
    // The limit between the two bands that lies nearest to the value.
    let (low, high) = match own {
        Some(own) => (own.min(band) + 1, own.max(band)),
        None => (0, band),
    };
    let limits = rules.bands.get(low..=high).unwrap_or(&[]).iter();
    let limits = limits.map(|band| band.bound.value);
    let distance = |limit: &f64| (limit - exact).abs();
    let nearest = limits.min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    let unit = pow(10.0, -f64::from(decimals));
    let between = match rules.band_value.value {
        BandValue::Published => published,
        BandValue::Exact => exact,
    };
    if (between - nearest).abs() <= unit || (exact - nearest).abs() <= unit {
        Some(Cause::BandEdge(nearest))
    } else {
        Some(Cause::BandContradicts)
    }
}

/// The decimals that a value has, written as short as it reads back.
fn decimals_of(value: f64) -> u8 {
    let written = value.to_string();
    let fraction = written
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    u8::try_from(fraction.min(15)).unwrap_or(15)
}

/// Finds the causes of wrong values: another rounding, where that alone explains all of them; else what rounding of
/// the inputs explains; else another rounding of this one value.
fn causes(scores: &Scores, data: &Dataset, found: &mut Reconciliation) -> Result<(), Error> {
    let decimals = found.decimals;
    let wrong: Vec<usize> = (0..found.disagreements.len())
        .filter(|at| {
            let disagreement = found.disagreements.get(*at);
            disagreement.is_some_and(|d| d.published.is_some())
        })
        .collect();
    let roundings: Vec<Option<Rounding>> = wrong
        .iter()
        .filter_map(|at| found.disagreements.get(*at))
        .map(|d| other_rounding(d, decimals))
        .collect();
    let first = roundings.first().copied().flatten();
    let systematic = first.is_some() && roundings.iter().all(|rounding| *rounding == first);
    if !systematic {
        examine_inputs(scores, data, &wrong, found)?;
    }
    for (at, rounding) in wrong.into_iter().zip(roundings) {
        let Some(disagreement) = found.disagreements.get_mut(at) else {
            continue;
        };
        let explained = matches!(disagreement.cause, Cause::RoundedInputs(..));
        if let (Some(rounding), false) = (rounding, explained) {
            disagreement.cause = Cause::OtherRounding(rounding);
        }
    }
    Ok(())
}

/// Finds out which disagreements the rounding of the inputs explains: every input may be off by half a unit of
/// the last decimal that its column has. The effects of the inputs on the index are added up.
fn examine_inputs(
    scores: &Scores,
    data: &Dataset,
    open: &[usize],
    found: &mut Reconciliation,
) -> Result<(), Error> {
    let rules = scores.program.rules();
    let relative =
        rules.population_asked() && !matches!(rules.population, PopulationSource::Frozen(_));
    let rows = 2 * rules.columns.len();
    if rows == 0 || open.len().saturating_mul(rows) > EXAMINED_ROWS || relative {
        return Ok(());
    }
    let halves: Vec<f64> = (0..rules.columns.len())
        .map(|column| {
            let chunks = data.chunks.iter();
            let values = chunks.filter_map(|chunk| chunk.columns.get(column));
            let decimals = values
                .flat_map(NumberColumn::present)
                .map(decimals_of)
                .max();
            0.5 * pow(10.0, -f64::from(decimals.unwrap_or(0)))
        })
        .collect();
    let unit = 0.5 * pow(10.0, -f64::from(found.decimals));
    for batch in open.chunks((BATCH_ROWS / rows).max(1)) {
        let positions = batch.iter().filter_map(|at| found.disagreements.get(*at));
        let positions: Vec<usize> = positions.map(|d| d.position).collect();
        let moved = moved(scores, data, &positions, &halves);
        let moved = evaluate(&scores.program, &moved, &EvaluateOptions::default())?;
        for (region, at) in batch.iter().enumerate() {
            let Some(disagreement) = found.disagreements.get_mut(*at) else {
                continue;
            };
            let (mut below, mut above) = (-unit, unit);
            for column in 0..rules.columns.len() {
                let side = |side: usize| {
                    let row = region * rows + 2 * column + side;
                    // A value that was moved out of its valid range says nothing of rounding.
                    let alike = rules.indices().all(|node| {
                        moved.decision(node, row) == scores.decision(node, disagreement.position)
                    });
                    let index = moved.index().get(row).filter(|_| alike);
                    index.map_or(0.0, |index| index - disagreement.exact)
                };
                below += lesser(lesser(side(0), side(1)), 0.0);
                above += greater(greater(side(0), side(1)), 0.0);
            }
            let (from, to) = (disagreement.exact + below, disagreement.exact + above);
            let published = disagreement.published.unwrap_or(disagreement.exact);
            disagreement.cause = if from <= published && published <= to {
                Cause::RoundedInputs(from, to)
            } else {
                Cause::WrongInput(from, to)
            };
        }
    }
    Ok(())
}

/// For every region, two rows a column: in one that input is a little less, in the other a little more.
fn moved(scores: &Scores, data: &Dataset, positions: &[usize], halves: &[f64]) -> Dataset {
    let fresh = |start: usize| Chunk {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        columns: vec![NumberColumn::default(); halves.len()],
        ..Chunk::default()
    };
    let (mut chunks, mut chunk) = (Vec::new(), fresh(0));
    let mut count = 0usize;
    for position in positions {
        let row = scores.rows.get(*position).copied().unwrap_or_default();
        let (raw, group) = (raw_of(data, row), group_of(data, row));
        for own in 0..halves.len() {
            for sign in [-1.0, 1.0] {
                let columns = chunk.columns.iter_mut().zip(&raw).zip(halves);
                for (column, ((all, value), half)) in columns.enumerate() {
                    let step = if column == own { sign * half } else { 0.0 };
                    all.push(value.map(|value| value + step));
                }
                chunk.regions.push(count.to_string().into());
                chunk.names.push(None);
                chunk.years.push(None);
                chunk.groups.push(group.clone());
                chunk.lines.push(NO_LINE);
                chunk.weights.push(None);
                count += 1;
                if chunk.rows() == CHUNK_ROWS {
                    chunks.push(std::mem::replace(&mut chunk, fresh(count)));
                }
            }
        }
    }
    chunks.push(chunk);
    Dataset {
        headers: data.headers.clone(),
        chunks,
        group: data.group.clone(),
        ..Dataset::default()
    }
}

fn raw_of(data: &Dataset, row: u32) -> Vec<Option<f64>> {
    chunk_of(data, row)
        .map(|(chunk, at)| chunk.columns.iter().map(|column| column.get(at)).collect())
        .unwrap_or_default()
}

fn group_of(data: &Dataset, row: u32) -> Option<Arc<str>> {
    let (chunk, at) = chunk_of(data, row)?;
    chunk.groups.get(at).cloned().flatten()
}

fn chunk_of(data: &Dataset, row: u32) -> Option<(&Chunk, usize)> {
    let chunk = data
        .chunks
        .iter()
        .find(|chunk| chunk.start <= row && row < chunk.start + chunk.rows() as u32)?;
    Some((chunk, (row - chunk.start) as usize))
}
