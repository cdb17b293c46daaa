//! Reconciliation: recomputed values against published ones, and the likely cause of each disagreement.
//!
//! A cause is claimed only where it explains what was published. Another rounding is one where it explains every
//! disagreement and no agreement refutes it; the rounding of the inputs is one where inputs were found, within the half units
//! that they may be off by, that give what was published.

mod reach;
mod trend;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use reach::Reach;
use reach::{Wanted, is_relative, reaches};

use crate::base::language::text;
use crate::base::number::same;
use crate::base::{Error, ErrorKind, NodeIndex, Precision, Rounding, suggest};
use crate::check::RuleSet;
use crate::data::dataset::Dataset;
use crate::data::{Decimals, shortest_decimals};
use crate::evaluate::Scores;

/// From so many differences on, one sign of all of them is worth a word.
const ONE_SIGN: usize = 5;

/// What was published for one region.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Published {
    /// The value of the node.
    pub value: Option<f64>,
    /// The band, as written.
    pub band: Option<Arc<str>>,
}

/// How values are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReconcileOptions {
    /// The node whose values were published; `None`: the index.
    pub node: Option<NodeIndex>,
    /// How far a value may lie from the exact one; `None`: it must be the exact one, rounded as the rules say.
    pub tolerance: Option<f64>,
    /// The decimals to compare, where they are not to be those of the column.
    pub decimals: Option<u8>,
    /// How many decimals the published column has ([`Dataset::decimals`]).
    pub column: Decimals,
}

/// Where the decimals that are compared come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalsFrom {
    /// The caller.
    Asked,
    /// The text of the published column.
    Text,
    /// The formats of its cells.
    CellFormats,
    /// The rule set, since the column has full doubles, or does not say.
    Rules,
}

impl DecimalsFrom {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            DecimalsFrom::Asked => "asked",
            DecimalsFrom::Text => "text",
            DecimalsFrom::CellFormats => "cell-formats",
            DecimalsFrom::Rules => "rules",
        }
    }
}

/// Recomputed against published.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// The node whose values are compared.
    pub node: NodeIndex,
    /// The decimals that both sides are compared at.
    pub decimals: u8,
    /// Where these come from.
    pub decimals_from: DecimalsFrom,
    /// How far values may lie apart, where that was asked for instead.
    pub tolerance: Option<f64>,
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
    /// 1 where every published value that disagrees is the larger one, −1 where every one is the smaller: then the data may
    /// be of another edition. `None` where signs differ, or there are few.
    pub one_sign: Option<i8>,
    /// Whether populations moved with the inputs of each region, the other regions standing at their printed values.
    pub relative: bool,
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
    /// All published values are the recomputed ones, rounded in another way.
    OtherRounding(Rounding),
    /// Inputs within their rounding give the published value.
    RoundedInputs(Reach),
    /// No rounding of the inputs explains it, or none that was found where it had to be searched for: an input, or the
    /// published value, is wrong. What rounding could explain.
    WrongInput(Reach),
    /// The bands differ, and inputs within their rounding give the published band: the limit.
    BandEdge(f64),
    /// The published band does not follow from the published value.
    BandContradicts,
    /// What rounding could explain was not examined: too many values disagree.
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
            Cause::WrongInput(reach) if reach.searched => "not-explained",
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
    let (decimals, decimals_from) = match (options.decimals, options.column) {
        (Some(asked), _) => (asked, DecimalsFrom::Asked),
        (None, Decimals::Written(count)) => (count, DecimalsFrom::Text),
        (None, Decimals::Shown(count)) => (count, DecimalsFrom::CellFormats),
        (None, Decimals::Full | Decimals::Unknown) => (rules.decimals.value, DecimalsFrom::Rules),
    };
    let mut found = Reconciliation {
        node: options.node.unwrap_or(NodeIndex::ROOT),
        decimals,
        decimals_from,
        tolerance: options.tolerance,
        compared: 0,
        agree: 0,
        bands_compared: 0,
        bands_agree: 0,
        disagreements: Vec::new(),
        one_sign: None,
        relative: is_relative(rules),
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
        compare(scores, position, &published, band, &mut found);
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
    causes(scores, data, published, &mut found)?;
    band_causes(scores, data, published, &mut found)?;
    Ok(found)
}

impl Reconciliation {
    /// How the recomputed value is brought to the form of a published one, and what that then is. A text with more decimals
    /// than the others is compared with all of them.
    fn compared_at(&self, rules: &RuleSet, published: f64) -> (Precision, f64) {
        let node = rules.node(self.node);
        let precision = rules.precision_of(node, self.decimals);
        let rounded = precision.round(published);
        if self.decimals_from == DecimalsFrom::Text && !same(rounded, published) {
            let own = u8::try_from(shortest_decimals(published).min(15)).unwrap_or(15);
            return (rules.precision_of(node, own), published);
        }
        (precision, rounded)
    }

    /// Whether a published value is what was recomputed.
    fn agrees(&self, rules: &RuleSet, exact: f64, published: f64) -> bool {
        if let Some(tolerance) = self.tolerance {
            let range = rules.node(self.node).range.value;
            return range
                .tolerance()
                .reaches(tolerance, (exact - published).abs());
        }
        let (precision, published) = self.compared_at(rules, published);
        same(precision.round(exact), published)
    }

    /// How a score lies to a published value.
    fn lies(&self, rules: &RuleSet, exact: f64, published: f64) -> Ordering {
        if self.agrees(rules, exact, published) {
            return Ordering::Equal;
        }
        let (_, published) = self.compared_at(rules, published);
        exact.total_cmp(&published)
    }
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
    found: &mut Reconciliation,
) {
    let rules = scores.program.rules();
    let said = published.value.is_some() || published.band.is_some();
    let Some(exact) = scores.node(found.node).get(position) else {
        if said {
            found.only_published.push(position);
        }
        return;
    };
    if !said {
        found.only_recomputed.push(position);
        return;
    }
    let mut wrong_value = None;
    if let Some(value) = published.value {
        found.compared += 1;
        if found.agrees(rules, exact, value) {
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
    found.disagreements.push(Disagreement {
        position,
        exact,
        published: wrong_value,
        bands: wrong_band,
        // Causes are found later, from all of them.
        cause: Cause::NotExamined,
    });
}

/// The limit between two bands that lies nearest to a value.
fn nearest_limit(rules: &RuleSet, (own, band): (Option<usize>, usize), exact: f64) -> Option<f64> {
    let (low, high) = match own {
        Some(own) => (own.min(band) + 1, own.max(band)),
        None => (0, band),
    };
    let limits = rules.bands.get(low..=high).unwrap_or(&[]).iter();
    let limits = limits.map(|band| band.bound.value);
    let distance = |limit: &f64| (limit - exact).abs();
    limits.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Finds the causes of wrong bands beside values that agree: the rounding of the inputs, where some inputs give both what was
/// published and that band; else the band is wrong by itself.
fn band_causes(
    scores: &Scores,
    data: &Dataset,
    published: &[Published],
    found: &mut Reconciliation,
) -> Result<(), Error> {
    let rules = scores.program.rules();
    let wrong = |own: &Disagreement| own.published.is_none() && own.bands.is_some();
    let wrong: Vec<usize> = (0..found.disagreements.len())
        .filter(|at| found.disagreements.get(*at).is_some_and(wrong))
        .collect();
    let own = &*found;
    let wanted = wrong.iter().filter_map(|at| {
        let disagreement = own.disagreements.get(*at)?;
        let (_, band) = disagreement.bands?;
        let position = disagreement.position;
        // A value of the index itself must come out, too.
        let of_index = own.node == NodeIndex::ROOT;
        let value = published
            .get(position)
            .and_then(|own| own.value)
            .filter(|_| of_index);
        let compare = move |score: f64| {
            let at = rules.band_at(rules.band_value_of(score));
            let by_band = at.map_or(Ordering::Less, |at| at.cmp(&band));
            by_band
                .then_with(|| value.map_or(Ordering::Equal, |value| own.lies(rules, score, value)))
        };
        let compare = Box::new(compare);
        Some(Wanted { position, compare })
    });
    let wanted: Vec<Wanted<'_>> = wanted.collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let reaches = reaches(scores, data, NodeIndex::ROOT, &wanted)?;
    drop(wanted);
    let Some(reaches) = reaches else {
        return Ok(());
    };
    for (at, reach) in wrong.into_iter().zip(reaches) {
        let Some(own) = found.disagreements.get_mut(at) else {
            continue;
        };
        let index = scores.index().get(own.position).unwrap_or(own.exact);
        let limit = own
            .bands
            .and_then(|bands| nearest_limit(rules, bands, index));
        own.cause = match limit {
            Some(limit) if reach.attained => Cause::BandEdge(limit),
            _ => Cause::BandContradicts,
        };
    }
    Ok(())
}

/// Finds the causes of wrong values: another rounding, where all published values say so; else what rounding of the inputs
/// explains.
fn causes(
    scores: &Scores,
    data: &Dataset,
    published: &[Published],
    found: &mut Reconciliation,
) -> Result<(), Error> {
    let rules = scores.program.rules();
    let wrong: Vec<usize> = (0..found.disagreements.len())
        .filter(|at| {
            let disagreement = found.disagreements.get(*at);
            disagreement.is_some_and(|d| d.published.is_some())
        })
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let of = |at: &usize| {
        let own = found.disagreements.get(*at)?;
        Some((own, own.published?))
    };
    let differences = wrong.iter().filter_map(of);
    let signs: Vec<bool> = differences.map(|(own, value)| value > own.exact).collect();
    if signs.len() >= ONE_SIGN {
        found.one_sign = match signs.iter().filter(|up| **up).count() {
            0 => Some(-1),
            up if up == signs.len() => Some(1),
            _ => None,
        };
    }
    if let Some(rounding) = other_rounding(scores, published, found) {
        for at in wrong {
            if let Some(own) = found.disagreements.get_mut(at) {
                own.cause = Cause::OtherRounding(rounding);
            }
        }
        return Ok(());
    }
    let all = &*found;
    let wanted = wrong.iter().filter_map(of).map(|(own, value)| Wanted {
        position: own.position,
        compare: Box::new(move |score| all.lies(rules, score, value)),
    });
    let wanted: Vec<Wanted<'_>> = wanted.collect();
    let reaches = reaches(scores, data, found.node, &wanted)?;
    drop(wanted);
    let Some(reaches) = reaches else {
        return Ok(());
    };
    for (at, reach) in wrong.into_iter().zip(reaches) {
        if let Some(own) = found.disagreements.get_mut(at) {
            own.cause = if reach.attained {
                Cause::RoundedInputs(reach)
            } else {
                Cause::WrongInput(reach)
            };
        }
    }
    Ok(())
}

/// The rounding by which every published value, those that agree as well, is the recomputed one.
fn other_rounding(
    scores: &Scores,
    published: &[Published],
    found: &Reconciliation,
) -> Option<Rounding> {
    if found.tolerance.is_some() {
        return None;
    }
    let rules = scores.program.rules();
    let range = rules.node(found.node).range.value;
    let mut others = Rounding::NAMES.into_iter().map(|(_, rounding)| rounding);
    others.find(|rounding| {
        let precision = |decimals| Precision::new(*rounding, decimals, range.low, range.high);
        let mut pairs = published.iter().enumerate();
        pairs.all(|(position, own)| {
            let exact = scores.node(found.node).get(position);
            let (Some(value), Some(exact)) = (own.value, exact) else {
                return true;
            };
            let (own, value) = found.compared_at(rules, value);
            same(precision(own.decimals()).round(exact), value)
        })
    })
}
