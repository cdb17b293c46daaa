//! Did you mean: the nearest known word, also for Indonesian words used as keys.

use super::language::{Text, text};

/// Indonesian (and near-miss English) words for the keys and values of rule files.
const WORDS: &[(&str, &str)] = &[
    ("abaikan", "skip"),
    ("acuan", "reference"),
    ("alat_ukur", "unit"),
    ("aspek", "aspect"),
    ("batas", "range"),
    ("batas_bawah", "from"),
    ("bobot", "weight"),
    ("buang", "remove"),
    ("catatan", "note"),
    ("dari", "from"),
    ("data_kosong", "missing"),
    ("desimal", "decimals"),
    ("diatas", "above"),
    ("gagal", "fail"),
    ("eksak", "exact"),
    ("hapus", "remove"),
    ("ilustratif", "illustrative"),
    ("indikator", "indicator"),
    ("induk", "parent"),
    ("judul", "title"),
    ("jumlah", "count"),
    ("kategori", "band"),
    ("keterangan", "note"),
    ("kolom", "column"),
    ("kosong", "missing"),
    ("lewati", "skip"),
    ("nilai", "value"),
    ("nama", "title"),
    ("normalisasi", "normalise"),
    ("normalize", "normalise"),
    ("parameter", "parameters"),
    ("pembulatan", "rounding"),
    ("perluas", "extends"),
    ("rancangan", "draft"),
    ("rata_rata", "weighted-mean"),
    ("rendah", "low"),
    ("resmi", "official"),
    ("rata_rata_kelompok", "group-mean"),
    ("rujukan", "reference"),
    ("rumus", "formula"),
    ("satuan", "unit"),
    ("sasaran", "target"),
    ("simpul", "node"),
    ("skala", "scale"),
    ("skor", "range"),
    ("sumber", "reference"),
    ("terbaik", "best"),
    ("terbit", "published"),
    ("terburuk", "worst"),
    ("tinjauan", "reviewed"),
    ("turunan_dari", "extends"),
    ("tinggi", "high"),
    ("variabel", "variable"),
];

/// Indonesian words for the functions of formulas.
const FUNCTIONS: &[(&str, &str)] = &[
    ("akar", "sqrt"),
    ("banyaknya", "count_at_least"),
    ("batasi", "clamp"),
    ("bulatkan", "round"),
    ("jumlah", "sum"),
    ("kosong", "is_missing"),
    ("maksimum", "max"),
    ("minimum", "min"),
    ("mutlak", "abs"),
    ("pangkat", "pow"),
    ("rata_rata", "mean"),
    ("rata_rata_geometrik", "geometric_mean"),
    ("rata_rata_harmonik", "harmonic_mean"),
    ("rata_rata_tertimbang", "weighted_mean"),
    ("rerata", "mean"),
    ("rerata_tertimbang", "weighted_mean"),
    ("terbesar", "max"),
    ("terkecil", "min"),
];

/// The word of `known` that was most likely meant by `written`.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let plain = written.to_lowercase().replace(['-', ' '], "_");
    let translated = WORDS
        .iter()
        .chain(FUNCTIONS)
        .filter(|(word, _)| *word == plain);
    for (_, key) in translated {
        if let Some(found) = known.iter().find(|k| *k == key) {
            return Some(found);
        }
    }
    let allowed = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter(|word| *word != written)
        .map(|word| {
            let distance =
                strsim::damerau_levenshtein(&plain, &word.to_lowercase().replace('-', "_"));
            (distance, word)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, word)| word)
}

/// The help text for an unknown word: the nearest known one, else the list of all when it is short.
pub fn help<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Text> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(word) = nearest(written, known.iter().copied()) {
        return Some(text!("maksud Anda `{word}`?", "did you mean `{word}`?"));
    }
    if known.is_empty() || known.len() > 24 {
        return None;
    }
    let list = known
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    Some(text!("yang dikenal di sini: {list}", "known here: {list}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indonesian_words_lead_to_the_key() {
        assert_eq!(nearest("bobot", ["weight", "worst"]), Some("weight"));
        assert_eq!(nearest("Judul", ["title", "unit"]), Some("title"));
        assert_eq!(nearest("wieght", ["weight", "worst"]), Some("weight"));
        assert_eq!(
            nearest("weighted_mean", ["weighted-mean"]),
            Some("weighted-mean")
        );
        assert_eq!(nearest("xyzzy", ["weight", "worst"]), None);
    }
}
