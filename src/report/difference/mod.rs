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
use crate::base::Rounding;
use crate::base::language::text;
use crate::base::{Lang, Text};
#[cfg(feature = "cli")]
use crate::bundle::difference::{Change, Part};
use crate::check::RuleSet;
use crate::explain::difference::{CommonRegion, Comparison, Difference, Means, largest_remainder};

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

/// A mean of scores before and after, as it is shown, and the part of each cause in its change.
pub(super) struct ShownMeans {
    /// How many regions it is taken over.
    pub(super) regions: usize,
    pub(super) before: f64,
    pub(super) after: f64,
    pub(super) change: f64,
    /// In the order of the causes; with the others they add up to the change.
    pub(super) parts: Vec<f64>,
    /// What is no cause: regions whose change is not divided, other weights of regions.
    pub(super) others: Vec<(Other, f64)>,
}

/// What moves a mean besides the causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Other {
    /// Regions whose change is not divided.
    NotDivided,
    /// Other weights of regions.
    Weights,
}

impl Other {
    /// Its name for programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Other::NotDivided => "not_divided",
            Other::Weights => "region_weights",
        }
    }

    /// Its name for people.
    #[cfg(feature = "cli")]
    pub(super) fn title(self) -> Text {
        match self {
            Other::NotDivided => Text::new("wilayah yang tidak dibagi", "regions not divided"),
            Other::Weights => Text::new("bobot wilayah yang lain", "other weights of regions"),
        }
    }
}

impl DifferenceReport<'_> {
    /// The decimals of differences: the more of both sides.
    pub(super) fn decimals(&self) -> u8 {
        let (before, after) = (&self.difference.before, &self.difference.after);
        before.decimals.value.max(after.decimals.value)
    }

    /// What a side is called, with the year of its data.
    #[cfg(feature = "cli")]
    pub(super) fn side(&self, side: usize) -> String {
        let name = self.sides.get(side).copied().unwrap_or_default();
        let scores = self.comparison.map(|own| [&own.before, &own.after]);
        let year = scores.and_then(|own| own.get(side).copied()?.year);
        match year {
            Some(year) => {
                let of = self.lang.pick("data tahun", "data of");
                format!("{name} ({of} {year})")
            }
            None => name.to_owned(),
        }
    }

    /// Whether both sides are scored on other data.
    #[cfg(feature = "cli")]
    pub(super) fn differs_in_data(&self) -> bool {
        self.comparison.is_some_and(|own| {
            own.before.data_digest != own.after.data_digest || own.before.year != own.after.year
        })
    }

    /// A figure of one side, with the decimals of that side.
    #[cfg(feature = "cli")]
    pub(super) fn figure(&self, comparison: &Comparison, side: usize, value: f64) -> String {
        let [before, after] = comparison.shown_decimals();
        let decimals = if side == 0 { before } else { after };
        self.lang.number(value, decimals)
    }

    /// A region of the comparison: what each side publishes, and parts that add up to their difference.
    pub(super) fn shown(&self, comparison: &Comparison, at: usize, region: &CommonRegion) -> Shown {
        let [old, new] = comparison.published(region);
        let change = old
            .zip(new)
            .map(|(old, new)| comparison.published_change(old, new));
        let parts = comparison.attribution.as_ref().and_then(|attribution| {
            let own = attribution.parts.iter();
            let own: Option<Vec<f64>> = own.map(|parts| parts.get(at).copied().flatten()).collect();
            // Without causes there is nothing to divide.
            let own = own.filter(|parts| !parts.is_empty())?;
            Some(largest_remainder(&own, change?, self.decimals()))
        });
        Shown {
            old,
            new,
            change,
            parts,
        }
    }

    /// The means over regions that have a score on both sides.
    pub(super) fn shown_means(&self, comparison: &Comparison, means: Means) -> ShownMeans {
        let [before, after] = comparison.published_means(means);
        ShownMeans {
            regions: means.regions,
            before,
            after,
            change: comparison.published_change(before, after),
            parts: Vec::new(),
            others: Vec::new(),
        }
    }

    /// The means over all regions with a score on both sides, with the part of each cause and of what is none: the same
    /// wherever they are shown.
    pub(super) fn cause_means(&self, comparison: &Comparison) -> Option<ShownMeans> {
        let own = comparison.cause_means()?;
        let shown = self.shown_means(comparison, own.means);
        let others = [
            (Other::NotDivided, own.not_divided),
            (Other::Weights, own.weights),
        ];
        let others: Vec<(Other, f64)> = others
            .into_iter()
            .filter_map(|(other, part)| Some((other, part?)))
            .collect();
        let mut all = own.parts;
        let causes = all.len();
        all.extend(others.iter().map(|(_, part)| *part));
        if all.is_empty() {
            return Some(shown);
        }
        let mut parts = largest_remainder(&all, shown.change, self.decimals());
        let rest = parts.split_off(causes);
        let others = others.into_iter().zip(rest);
        Some(ShownMeans {
            parts,
            others: others.map(|((other, _), part)| (other, part)).collect(),
            ..shown
        })
    }

    /// What is to be known where both sides publish in another way.
    pub(super) fn publication_notice(&self, comparison: &Comparison) -> Option<Text> {
        let (old, new) = (&self.difference.before, &self.difference.after);
        if !comparison.publishes_otherwise() {
            return None;
        }
        let side = |rules: &RuleSet| {
            let (decimals, rounding) = (rules.decimals.value, rules.rounding.value.name());
            text!(
                "{decimals} desimal, `{rounding}`",
                "{decimals} decimals, `{rounding}`"
            )
        };
        let (a, b) = (side(old), side(new));
        let (a_id, b_id, a_en, b_en) = (&a.id, &b.id, &a.en, &b.en);
        if old.scale.value != new.scale.value {
            return Some(text!(
                "tiap sisi ditampilkan seperti terbitnya, dipetakan ke satu skala: sebelum {a_id}; sesudah {b_id}. Akibat pembulatan menjadi sebab tersendiri",
                "each side is shown as it is published, mapped to one scale: {a_en} before; {b_en} after. What rounding does is a cause of its own"
            ));
        }
        Some(text!(
            "angka terbit dibulatkan berbeda: sebelum {a_id}; sesudah {b_id}. Tiap sisi ditampilkan seperti terbitnya, dan akibat pembulatan menjadi sebab tersendiri",
            "published figures are rounded in different ways: {a_en} before; {b_en} after. Each side is shown as it is published, and what rounding does is a cause of its own"
        ))
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
