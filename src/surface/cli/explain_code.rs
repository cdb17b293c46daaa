//! `tanggap explain-code`.

use std::collections::BTreeMap;

use clap::{Arg, Command};

use super::{Call, Entry, FINE};
use crate::Registry;
use crate::base::language::text;
use crate::base::{Code, Error, ErrorKind, IssueKind, Lang, Text, suggest};

/// What the first letters of a code say.
const FAMILIES: [(&str, &str, &str); 15] = [
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
    ("E8", "uji perangkat aturan", "tests of rule sets"),
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

/// The command and its arguments.
pub(super) const ENTRY: Entry = Entry {
    name: "explain-code",
    arguments,
    run,
};

fn arguments(command: Command, lang: Lang, _registry: &Registry) -> Command {
    let say = |id: &'static str, en: &'static str| lang.pick(id, en);
    command
        .about(say(
            "Menjelaskan satu kode, seperti W109",
            "Explain a code, such as W109",
        ))
        .arg(Arg::new("code").value_name("CODE").help(say(
            "Kodenya; tanpa ini semua didaftar",
            "The code; without it all are listed",
        )))
}

fn run(call: &mut Call<'_>) -> Result<u8, Error> {
    let lang = call.lang;
    let registry = call.engine.registry();
    let own = Code::ALL.iter().map(|code| (*code, code.meaning()));
    let lints = registry.lints.iter().map(|own| (own.code(), own.meaning()));
    let advice = registry.advice.iter();
    let advice = advice.map(|own| (own.code(), own.meaning()));
    let findings = own.chain(lints).chain(advice);
    let findings = findings.map(|(code, meaning)| (code.as_str(), meaning));
    let issues = IssueKind::ALL.into_iter();
    let issues = issues.map(|kind| (kind.code(), kind.message()));
    let known: BTreeMap<&str, Text> = findings.chain(issues).collect();
    let Some(code) = call.text("code") else {
        let families = FAMILIES.iter().map(|(family, id, en)| {
            let own = known.iter().filter(|(code, _)| code.starts_with(family));
            let own: String = own
                .map(|(code, meaning)| format!("\n  {code}  {}", meaning.get(lang)))
                .collect();
            format!("{family}…  {}{own}", lang.pick(id, en))
        });
        call.output
            .print(&families.collect::<Vec<_>>().join("\n\n"));
        return Ok(FINE);
    };
    let code = code.to_ascii_uppercase();
    let Some(meaning) = known.get(code.as_str()) else {
        let error = Error::new(
            ErrorKind::Call,
            text!("tidak ada kode `{code}`", "there is no code `{code}`"),
        );
        return Err(error.with_help_if(suggest::help(&code, known.keys().copied())));
    };
    let levels = match code.get(..2) {
        Some("W1") => Text::new(
            " (atau \"note\", \"warning\", \"error\")",
            " (or \"note\", \"warning\", \"error\")",
        ),
        Some("A1" | "A2") => Text::same(""),
        // What is wrong stays wrong.
        _ => {
            call.output.print(&format!("{code}: {}", meaning.get(lang)));
            return Ok(FINE);
        }
    };
    let (id, en) = (levels.id, levels.en);
    let how = text!(
        "dalam index.toml: `[lints]` lalu `{code} = \"off\"`{id}",
        "in index.toml: `[lints]`, then `{code} = \"off\"`{en}"
    );
    call.output.print(&format!(
        "{code}: {}\n\n{}",
        meaning.get(lang),
        how.get(lang)
    ));
    Ok(FINE)
}
