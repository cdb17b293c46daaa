//! The table of keys: what it says of each is so, and what is made from it is fresh.

use std::path::Path;

use tanggap::bundle::keys::{self, Inherited, Key, KeyEffect, Kind, Place};

use crate::support::{Case, program};

const INDEX: &str = "title = 'Uji'
status = 'draft'
scale = [0, 100]
[data]
[parameters.p]
value = 2
[band.rendah]
from = 0
[band.tinggi]
from = 60
[target.t]
count = 1
band = 'tinggi'
[internal]
";

const VARIABLE: &str = "[variable]
weight = 1
[node.n]
weight = 1
[indicator.z]
parent = 'n'
normalise = 'none'
[indicator.x]
weight = 2
normalise = 'rank'
better = 'high'
";

/// Keys that cannot be tried alone, and why.
const ASIDE: [(&str, &str); 5] = [
    ("extends", "asks for a base"),
    ("remove", "asks for a base"),
    ("parent", "moves a part, which tests/check.rs does"),
    ("formula", "asks for a base with a formula"),
    (
        "reference",
        "of [data]: decides whether one region alone is scored",
    ),
];

/// The section of a place in the two files.
fn section(place: Place) -> Option<(&'static str, &'static str)> {
    Some(match place {
        Place::Index => ("index.toml", ""),
        Place::Data => ("index.toml", "[data]"),
        Place::Parameter => ("index.toml", "[parameters.p]"),
        Place::Band => ("index.toml", "[band.tinggi]"),
        Place::Target => ("index.toml", "[target.t]"),
        Place::Internal => ("index.toml", "[internal]"),
        Place::Variable => ("a.toml", "[variable]"),
        Place::Node => ("a.toml", "[node.n]"),
        Place::Indicator => ("a.toml", "[indicator.x]"),
        Place::VariableFile | Place::Alias => return None,
    })
}

/// Writes a key into a section, in place of what excludes it.
fn write(text: &str, section: &str, key: &Key, value: &str) -> String {
    add(text, section, key, &format!("{} = {value}", key.name))
}

/// Writes lines into a section, in place of a key and what excludes it.
fn add(text: &str, section: &str, key: &Key, line: &str) -> String {
    let mut inside = section.is_empty();
    let mut lines: Vec<&str> = Vec::new();
    if inside {
        lines.push(line);
    }
    for own in text.lines() {
        if own.starts_with('[') {
            inside = own == section;
            lines.push(own);
            if inside {
                lines.push(line);
            }
            continue;
        }
        let name = own.split(" =").next().unwrap_or(own);
        let replaced = name == key.name || Some(name) == key.instead_of;
        if !inside || !replaced {
            lines.push(own);
        }
    }
    lines.join("\n")
}

fn digest(index: &str, variable: &str) -> Result<String, String> {
    let case = Case::of([("index.toml", index), ("a.toml", variable)]);
    program(&case).map(|(program, _)| program.rules().rules_digest.clone())
}

/// Every key changes the rules digest where it can change a score, and only there.
#[test]
fn what_can_change_a_score_changes_the_digest() {
    let before = digest(INDEX, VARIABLE).unwrap();
    let mut tried = 0;
    for key in keys::all() {
        let tables = matches!(key.kind, Kind::Table(_) | Kind::ById(_));
        if key.example.is_empty() {
            let aside = ASIDE.iter().any(|(name, _)| *name == key.name);
            assert!(tables || aside, "`{}` has no example", key.name);
            continue;
        }
        for place in key.places {
            let (file, section) = section(*place).unwrap();
            let with = |line: &str| match file {
                "a.toml" => digest(INDEX, &add(VARIABLE, section, key, line)),
                _ => digest(&add(INDEX, section, key, line), VARIABLE),
            };
            // What it asks for stands below it, and is there before, too.
            let (_, asked) = key.example.split_once('\n').unwrap_or_default();
            let before = with(asked).unwrap_or(before.clone());
            let after = with(&format!("{} = {}", key.name, key.example))
                .unwrap_or_else(|report| panic!("{} in {place:?}: {report}", key.name));
            let counts = !matches!(key.effect, KeyEffect::Texts | KeyEffect::Depends);
            assert_eq!(after != before, counts, "`{}` in {place:?}", key.name);
            tried += 1;
        }
    }
    assert!(tried > 70, "{tried}");
}

/// A key that the table has not is refused, and one that it has is known, wherever it may stand.
#[test]
fn readers_know_the_keys_of_the_table() {
    for place in Place::ALL {
        let Some((file, section)) = section(place) else {
            continue;
        };
        for key in keys::all() {
            let (mut index, mut variable) = (INDEX.to_owned(), VARIABLE.to_owned());
            match file {
                "a.toml" => variable = write(VARIABLE, section, key, "1"),
                _ => index = write(INDEX, section, key, "1"),
            }
            let report = digest(&index, &variable).err().unwrap_or_default();
            // An option of some methods is known, and refused where the method has none.
            let name = format!("`{}`", key.name);
            let refused = report.contains(&format!("unknown key {name}"))
                || report.contains(&format!("does not use {name}"))
                || report.contains(&format!("delete {name}"));
            let known = keys::of(place).any(|own| own.name == key.name);
            assert_eq!(!refused, known, "`{}` in {place:?}: {report}", key.name);
        }
    }
}

/// The reference page; `TANGGAP_WRITE=1 cargo test keys::` writes it.
#[test]
fn the_page_of_keys_is_fresh() {
    let mut page = "# Keys of rule files / Kunci berkas aturan\n\n\
        Written by `TANGGAP_WRITE=1 cargo test keys::`. How they work together: [rules.md](rules.md), [aturan.md](aturan.md).\n\
        Options of methods (`worst`, `best`, `exponent`, …) are with the methods there.\n\n\
        *Inherited* says what a year that extends another takes over: `merged` (a new value replaces the old), `whole` (a table is replaced as a whole), `own` (each year states its own).\n\
        *Changes* says what a change of the key can change.\n"
        .to_owned();
    for place in Place::ALL {
        let own: Vec<&Key> = keys::of(place).collect();
        if own.is_empty() {
            continue;
        }
        page += &format!(
            "\n## `{}`\n\n| key | Indonesia | English | default | inherited | changes |\n|---|---|---|---|---|---|\n",
            place.heading()
        );
        for key in own {
            let (id, en) = key.meaning;
            let default = match key.default {
                "" => String::new(),
                default => format!("`{default}`"),
            };
            let inherited = match key.inherited {
                Inherited::Merged => "merged",
                Inherited::Whole => "whole",
                Inherited::Never => "own",
            };
            let changes = match key.effect {
                KeyEffect::Scores => "scores",
                KeyEffect::Placement => "bands, published figures",
                KeyEffect::Targets => "targets",
                KeyEffect::Texts => "no figure",
                KeyEffect::Depends => "scores, with `missing = \"group-mean\"`",
            };
            page += &format!(
                "| `{}` | {id} | {en} | {default} | {inherited} | {changes} |\n",
                key.name
            );
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    if std::env::var_os("TANGGAP_WRITE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == page,
        "docs/keys.md is stale: TANGGAP_WRITE=1 cargo test keys::"
    );
}
