//! Counts of bands, recomputed and published, against a recap.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reconcile::Reconciliation;
use crate::base::number::same;
use crate::data::is_total;
use crate::evaluate::Scores;

/// Counts of bands against a recap that was published.
#[derive(Clone, Debug, PartialEq)]
pub struct RecapCount {
    /// The group; `None`: all regions.
    pub group: Option<Arc<str>>,
    /// The position of the band.
    pub band: usize,
    /// How many regions were recomputed to be in it.
    pub recomputed: usize,
    /// How many were published to be in it, region by region, where bands were.
    pub published: Option<usize>,
    /// The figure of the recap.
    pub recap: Option<f64>,
}

impl RecapCount {
    /// Whether the recap says something else than what was recomputed; where it says nothing, it does not.
    pub fn differs(&self) -> bool {
        self.recap
            .is_some_and(|recap| !same(recap, self.recomputed as f64))
    }
}

/// Counts per group and band: recomputed, published, and in the recap, which gives for each group the figures of
/// the bands. A group of the recap that no region has is counted with zeros; its totals are told by their names.
pub fn recap_counts(
    scores: &Scores,
    found: &Reconciliation,
    recap: &[(Arc<str>, Vec<Option<f64>>)],
) -> Vec<RecapCount> {
    let bands = scores.program.rules().bands.len();
    let has_published = found.published_bands.iter().any(Option::is_some);
    let plain = |text: &str| text.trim().to_lowercase();
    // Recomputed and published, by group and band; the empty group is all of them.
    let mut tally: BTreeMap<(String, usize), (usize, usize)> = BTreeMap::new();
    let mut known: BTreeMap<Arc<str>, String> = BTreeMap::new();
    for position in 0..scores.len() {
        let group = scores.groups.get(position).cloned().flatten();
        let group = group.map(|group| {
            let own = known.entry(group.clone()).or_insert_with(|| plain(&group));
            own.clone()
        });
        let of = |list: &[Option<usize>]| list.get(position).copied().flatten();
        let (own, said) = (of(&scores.bands), of(&found.published_bands));
        for group in [Some(String::new()), group].into_iter().flatten() {
            if let Some(band) = own {
                tally.entry((group.clone(), band)).or_default().0 += 1;
            }
            if let Some(band) = said {
                tally.entry((group, band)).or_default().1 += 1;
            }
        }
    }
    let mut counts = Vec::new();
    for (group, figures) in recap {
        let total = is_total(group) && !known.values().any(|name| *name == plain(group));
        let group = (!total).then(|| group.clone());
        let key = group.as_deref().map_or_else(String::new, plain);
        for band in 0..bands {
            let of = tally.get(&(key.clone(), band)).copied();
            let (recomputed, published) = of.unwrap_or_default();
            counts.push(RecapCount {
                recomputed,
                published: has_published.then_some(published),
                recap: figures.get(band).copied().flatten(),
                group: group.clone(),
                band,
            });
        }
    }
    counts
}
