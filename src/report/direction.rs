//! Words that say which way a score went, and which way is good. Whatever calls a change an improvement or a band better
//! takes its words here, so that they turn round in one place.

use crate::base::Text;
use crate::base::language::text;
use crate::check::rule_set::Band;

/// What regions do whose score goes up, goes down, and stays: neutral, as between two rule sets.
#[cfg(feature = "cli")]
pub(super) fn moves() -> [Text; 3] {
    [
        Text::new("naik", "rise"),
        Text::new("turun", "fall"),
        Text::new("tetap", "stay"),
    ]
}

/// Above the regions whose scores went up most, and down most: neutral, as between two rule sets.
#[cfg(feature = "cli")]
pub(super) fn most_moved() -> [Text; 2] {
    [
        Text::new("Naik terbanyak", "Rise most"),
        Text::new("Turun terbanyak", "Fall most"),
    ]
}

/// Above the regions that improved most over time, and that worsened most.
pub(super) fn most_improved() -> [Text; 2] {
    [
        Text::new("perbaikan terbesar", "most improved"),
        Text::new("kemunduran terbesar", "most worsened"),
    ]
}

/// The counts of regions in a better band than before, in a worse one, and in the same.
pub(super) fn bands(better: usize, worse: usize, same: usize) -> Text {
    text!(
        "kategori: {better} membaik, {worse} memburuk, {same} tetap",
        "bands: {better} better, {worse} worse, {same} the same"
    )
}

/// A band, by its title in the reader's language, and all that are better.
#[cfg(feature = "cli")]
pub(super) fn or_better(band: &str) -> Text {
    text!("{band} atau lebih baik", "{band} or better")
}

/// How far the next better band is.
pub(super) fn next_band(band: &Band, title: &str, bound: &str, distance: &str) -> Text {
    let (sign, more_id, more_en) = if band.inclusive {
        ("≥", "", "")
    } else {
        (">", "lebih dari ", "more than ")
    };
    text!(
        "Ke kategori {title} ({sign} {bound}) perlu {more_id}{distance} poin lagi",
        "The band {title} ({sign} {bound}) is {more_en}{distance} points away"
    )
}

/// In place of the next better band.
pub(super) fn best_band() -> Text {
    Text::new("Sudah di kategori terbaik", "Already in the best band")
}
