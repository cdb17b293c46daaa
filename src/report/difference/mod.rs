//! What differs between two rule sets and what that does: as text and tables for people, as CSV and JSON for programs.

mod csv;
#[cfg(feature = "cli")]
mod html;
mod json;
#[cfg(feature = "cli")]
mod table;
mod words;

pub use csv::write_difference_csv;
#[cfg(feature = "cli")]
pub use html::write_difference_html;
pub use json::difference_json;
#[cfg(feature = "cli")]
pub use table::render_difference;
pub use words::{cause_name, change_text};

#[cfg(feature = "cli")]
use std::collections::BTreeMap;

use super::Record;
#[cfg(feature = "cli")]
use crate::base::Text;
use crate::base::{Lang, Rounding};
#[cfg(feature = "cli")]
use crate::bundle::difference::{Change, Part};
#[cfg(feature = "cli")]
use crate::check::RuleSet;
use crate::evaluate::Scores;
use crate::explain::difference::{CommonRegion, Comparison, Difference, largest_remainder};

/// What a report of a difference is made from.
pub struct DifferenceReport<'a> {
    /// The two rule sets.
    pub difference: &'a Difference,
    /// Their effect on data, where there is any.
    pub comparison: Option<&'a Comparison>,
    /// What each side is called.
    pub sides: [&'a str; 2],
    /// The name of the data, for people.
    pub data: &'a str,
    /// The reader's language.
    pub lang: Lang,
    /// How many movers are shown at each end.
    pub movers: usize,
    /// What made it.
    pub record: Record,
}

/// One region, as it is shown: published values and parts that add up.
pub(super) struct Shown {
    pub(super) old: Option<f64>,
    pub(super) new: Option<f64>,
    pub(super) change: Option<f64>,
    /// The part of each cause; nothing where the change cannot be divided, or was not.
    pub(super) parts: Option<Vec<f64>>,
}

impl DifferenceReport<'_> {
    /// The decimals of what is shown: the more of both sides.
    pub(super) fn decimals(&self) -> u8 {
        let (before, after) = (&self.difference.before, &self.difference.after);
        before.decimals.value.max(after.decimals.value)
    }

    /// A region of the comparison.
    pub(super) fn shown(&self, comparison: &Comparison, at: usize, region: &CommonRegion) -> Shown {
        let decimals = self.decimals();
        let (before, after) = (&self.difference.before, &self.difference.after);
        // Figures of two roundings or scales are no basis for a difference.
        let published = before.scale.value == comparison.scale
            && after.scale.value == comparison.scale
            && (before.decimals.value, before.rounding.value)
                == (after.decimals.value, after.rounding.value);
        let side = |scores: &Scores, exact: Option<f64>| {
            Some(if published {
                scores.program.rules().published(exact?)
            } else {
                Rounding::HalfUp.round(exact?, decimals)
            })
        };
        let old = side(&comparison.before, region.old);
        let new = side(&comparison.after, region.new);
        let change = old
            .zip(new)
            .map(|(old, new)| Rounding::HalfUp.round(new - old, decimals));
        let parts = comparison.attribution.as_ref().and_then(|attribution| {
            let own = attribution.parts.iter();
            let own: Option<Vec<f64>> = own.map(|parts| parts.get(at).copied().flatten()).collect();
            // Without causes there is nothing to divide.
            let own = own.filter(|parts| !parts.is_empty())?;
            let change = change?;
            // Both are rounded, which is at most a unit; rounding must not hide that parts are not the whole.
            let unit = crate::base::number::pow(10.0, -f64::from(decimals));
            let apart = (own.iter().sum::<f64>() - change).abs();
            (apart <= 1.5 * unit).then(|| largest_remainder(&own, change, decimals))
        });
        Shown {
            old,
            new,
            change,
            parts,
        }
    }
}

/// How many regions go from which band to which, by position; `None` is no band.
#[cfg(feature = "cli")]
fn band_counts(comparison: &Comparison) -> BTreeMap<(Option<usize>, Option<usize>), usize> {
    let mut counts = BTreeMap::new();
    for region in &comparison.regions {
        let from = comparison.before.band(region.before);
        let to = comparison.after.band(region.after);
        *counts.entry((from, to)).or_default() += 1;
    }
    counts
}

/// The title of a band, by position.
#[cfg(feature = "cli")]
fn band_title(rules: &RuleSet, band: Option<usize>) -> Text {
    let band = band.and_then(|band| rules.bands.get(band));
    band.map_or_else(|| Text::same("–"), |band| band.title.clone())
}

/// Where a change is written, on both sides.
#[cfg(feature = "cli")]
fn places(report: &DifferenceReport<'_>, change: &Change) -> String {
    if change.part == Part::Year {
        return String::new();
    }
    let sources = &report.difference.pair.sources;
    let side = |written: &Option<crate::bundle::difference::Written>| {
        let span = written.as_ref()?.origin?;
        let place = sources.place(span);
        Some(format!("{}:{}", place.path, place.line))
    };
    match (side(&change.before), side(&change.after)) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => String::new(),
    }
}

/// A change with its sign.
#[cfg(feature = "cli")]
fn signed(lang: Lang, value: f64, decimals: u8) -> String {
    let rounded = Rounding::HalfUp.round(value, decimals) + 0.0;
    let sign = if rounded > 0.0 { "+" } else { "" };
    format!("{sign}{}", lang.number(rounded, decimals))
}
