//! `tanggap explain-code`.

use super::{Call, FINE};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, Text, suggest};

/// What the first letters of a code say, for those that say the rest themselves.
const FAMILIES: [(&str, &str, &str); 14] = [
    (
        "E1",
        "berkas aturan tidak dapat dibaca: TOML, pengodean, dasar (`extends`), penghapusan",
        "a rule file cannot be read: TOML, encoding, bases (`extends`), removals",
    ),
    (
        "E2",
        "kunci dalam berkas aturan: tidak dikenal, berjenis lain, atau belum ditulis",
        "keys of a rule file: unknown, of another kind, or lacking",
    ),
    (
        "E3",
        "pohon indeks: nama, induk, bobot",
        "the tree of the index: names, parents, weights",
    ),
    (
        "E4",
        "rumus: bahasa, nama, jenis nilai, biaya",
        "formulas: language, names, types, cost",
    ),
    ("E5", "kategori dan sasaran", "bands and targets"),
    (
        "E6",
        "statistik acuan yang dibekukan",
        "frozen reference statistics",
    ),
    (
        "E7",
        "segel: perangkat aturan yang sudah terbit dan tidak boleh berubah",
        "seals: rule sets that are published and must not change",
    ),
    (
        "W0",
        "berkas atau pengaturan yang tidak dibaca",
        "files or settings that are not read",
    ),
    (
        "W1",
        "pemeriksaan atas berkas aturan",
        "lints of rule files",
    ),
    ("A1", "saran dari data", "advice from data"),
    (
        "A2",
        "saran dari rumus dan tahun sebelumnya",
        "advice from formulas and the year before",
    ),
    (
        "D1",
        "data tidak dapat dibaca seperti adanya",
        "data that cannot be read as it is",
    ),
    (
        "D2",
        "nilai atau rumus tidak memberi skor untuk satu wilayah",
        "a value or a formula gives no score for a region",
    ),
    ("D3", "perlakuan pencilan", "treatment of outliers"),
];

pub(super) fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let lang = call.lang;
    let registry = call.engine.registry();
    let lints = registry.lints.iter().map(|own| (own.code(), own.meaning()));
    let advice = registry
        .advice
        .iter()
        .map(|own| (own.code(), own.meaning()));
    let mut known: Vec<(&str, Text)> = lints.chain(advice).collect();
    known.sort_by(|a, b| a.0.cmp(b.0));
    let Some(code) = call.text("code") else {
        let mut lines: Vec<String> = FAMILIES
            .iter()
            .map(|(code, id, en)| format!("{code}…  {}", lang.pick(id, en)))
            .collect();
        lines.push(String::new());
        lines.extend(
            known
                .iter()
                .map(|(code, meaning)| format!("{code}  {}", meaning.get(lang))),
        );
        call.output.print(&lines.join("\n"));
        return Ok(FINE);
    };
    let code = code.to_ascii_uppercase();
    let own = known.iter().find(|(known, _)| *known == code);
    let family = FAMILIES
        .iter()
        .find(|(family, ..)| code.starts_with(family) && code.len() == 4);
    let said = match (own, family) {
        (Some((_, meaning)), _) => {
            let others = if code.starts_with('A') {
                Text::same("")
            } else {
                Text::new(
                    " (atau \"note\", \"warning\", \"error\")",
                    " (or \"note\", \"warning\", \"error\")",
                )
            };
            let (id, en) = (others.id, others.en);
            let how = text!(
                "dalam index.toml: `[lints]` lalu `{code} = \"off\"`{id}",
                "in index.toml: `[lints]`, then `{code} = \"off\"`{en}"
            );
            format!("{code}: {}\n\n{}", meaning.get(lang), how.get(lang))
        }
        (None, Some((_, id, en))) => format!("{code}: {}", lang.pick(id, en)),
        (None, None) => {
            let error = Error::new(
                ErrorKind::Call,
                text!("tidak ada kode `{code}`", "there is no code `{code}`"),
            );
            return Err(
                match suggest::help(&code, known.iter().map(|(known, _)| *known)) {
                    Some(help) => error.with_help(help),
                    None => error,
                },
            );
        }
    };
    call.output.print(&said);
    Ok(FINE)
}
