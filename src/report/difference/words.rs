//! Changes and causes in words.

use crate::base::Text;
use crate::base::language::text;
use crate::bundle::difference::{Change, Part, Written};
use crate::bundle::keys::{self, Place};
#[cfg(feature = "cli")]
use crate::explain::difference::Effect;
use crate::explain::difference::{Cause, CauseKind, Difference};

/// Options of methods, which are no keys of the language.
const OPTIONS: [(&str, &str, &str); 2] = [
    ("best", "nilai terbaik", "best value"),
    ("worst", "nilai terburuk", "worst value"),
];

/// A text with another one in its gap.
fn fill(id: &str, en: &str, gap: &Text) -> Text {
    Text::new(id.replacen("{}", &gap.id, 1), en.replacen("{}", &gap.en, 1))
}

fn part_of(part: &Text, whole: &Text) -> Text {
    Text::new(
        format!("{} {}", part.id, whole.id),
        format!("{} of {}", part.en, whole.en),
    )
}

/// What a key is called.
fn key(name: &str) -> Text {
    // Those of `[data]` are named with it.
    let mut known = keys::all().filter(|key| key.places != [Place::Data]);
    let known = known.find(|key| key.name == name);
    let option = OPTIONS.iter().find(|(option, ..)| *option == name);
    let title = known.map(|key| key.title);
    match title.or(option.map(|(_, id, en)| (*id, *en))) {
        Some((id, en)) => Text::new(id, en),
        None => Text::same(format!("`{name}`")),
    }
}

/// What an id is called: the title of its node, after or before.
fn subject(difference: &Difference, id: &str) -> Text {
    let sides = [&difference.after, &difference.before];
    let node = sides.into_iter().find_map(|rules| {
        let at = match id {
            "index" => Some(crate::base::NodeIndex::ROOT),
            id => rules.find(id),
        };
        at.map(|at| rules.node(at).title.clone())
    });
    let title = node.unwrap_or_else(|| Text::same(id));
    fill("«{}»", "«{}»", &title)
}

fn band(difference: &Difference, id: &str) -> Text {
    let sides = [&difference.after, &difference.before];
    let band = sides
        .into_iter()
        .find_map(|rules| rules.bands.iter().find(|band| band.id == id));
    let title = band.map_or_else(|| Text::same(id), |band| band.title.clone());
    fill("«{}»", "«{}»", &title)
}

/// The kinds of changes, the most telling first, as headings.
#[cfg(feature = "cli")]
pub(super) fn headings() -> [(Effect, Text); 4] {
    [
        (Effect::Scores, Text::new("Mengubah skor", "Changes scores")),
        (
            Effect::Placement,
            Text::new(
                "Mengubah kategori atau angka terbit",
                "Changes bands or published figures",
            ),
        ),
        (
            Effect::Targets,
            Text::new("Mengubah sasaran", "Changes targets"),
        ),
        (
            Effect::Texts,
            Text::new("Tidak mengubah angka", "Changes no figure"),
        ),
    ]
}

/// A change as a sentence: what it is, and from what to what.
pub fn change_text(difference: &Difference, change: &Change) -> Text {
    let what = what(difference, &change.part);
    let how = how(change);
    Text::new(
        format!("{}{}", what.id, how.id),
        format!("{}{}", what.en, how.en),
    )
}

/// What changes.
fn what(difference: &Difference, part: &Part) -> Text {
    match part {
        Part::Variable(stem) => {
            let of = subject(difference, stem);
            fill("variabel {}", "the variable {}", &of)
        }
        Part::Formula(id) => {
            let of = subject(difference, id);
            fill("rumus {}", "the formula of {}", &of)
        }
        Part::Library(stem) => text!(
            "fungsi `lib/{stem}.rhai`",
            "the functions `lib/{stem}.rhai`"
        ),
        Part::Population => Text::new(
            "statistik acuan yang dibekukan",
            "the frozen reference statistics",
        ),
        Part::Year => Text::new("tahun program", "the program year"),
        Part::Key(stem, path) => {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            match path.as_slice() {
                ["indicator", id] => {
                    let of = subject(difference, id);
                    fill("indikator {}", "the indicator {}", &of)
                }
                ["node", id] => {
                    let of = subject(difference, id);
                    fill("bagian {}", "the part {}", &of)
                }
                ["indicator" | "node", id, rest @ ..] => of(rest, &subject(difference, id)),
                ["variable", rest @ ..] => of(rest, &subject(difference, stem)),
                ["parameters", id] | ["parameters", id, "value"] => {
                    text!("parameter `{id}`", "the parameter `{id}`")
                }
                ["parameters", id, rest @ ..] => {
                    of(rest, &text!("parameter `{id}`", "the parameter `{id}`"))
                }
                ["band", id] => {
                    let of = band(difference, id);
                    fill("kategori {}", "the band {}", &of)
                }
                ["band", id, "from" | "above"] => {
                    let of = band(difference, id);
                    fill(
                        "batas bawah kategori {}",
                        "the lower bound of the band {}",
                        &of,
                    )
                }
                ["band", id, rest @ ..] => of(rest, &band(difference, id)),
                ["target", id] => text!("sasaran `{id}`", "the target `{id}`"),
                ["target", id, rest @ ..] => {
                    of(rest, &text!("sasaran `{id}`", "the target `{id}`"))
                }
                ["columns", id, ..] => {
                    text!("judul kolom `{id}`", "the header of the column `{id}`")
                }
                ["data", rest @ ..] => {
                    let name = rest.join(".");
                    text!("pembacaan data `{name}`", "the reading of data `{name}`")
                }
                rest => of(rest, &Text::new("indeks", "the index")),
            }
        }
    }
}

fn of(path: &[&str], whose: &Text) -> Text {
    let name = match path {
        [only] => key(only),
        path => Text::same(format!("`{}`", path.join("."))),
    };
    part_of(&name, whose)
}

/// From what to what.
fn how(change: &Change) -> Text {
    let text = |written: &Written| {
        let one_line: Vec<&str> = written.text.split_whitespace().collect();
        let whole = one_line.join(" ");
        if whole.chars().count() > 60 {
            format!("{}…", whole.chars().take(60).collect::<String>())
        } else {
            whole
        }
    };
    match (&change.before, &change.after) {
        (None, None) => Text::same(""),
        (Some(before), Some(after)) if before.text.is_empty() || after.text.is_empty() => {
            Text::new(" berubah", " changed")
        }
        (Some(before), Some(after)) => Text::same(format!(" {} → {}", text(before), text(after))),
        (None, Some(after)) if after.text.is_empty() => Text::new(" ditambahkan", " added"),
        (Some(before), None) if before.text.is_empty() => Text::new(" dihapus", " removed"),
        (None, Some(after)) => {
            let after = text(after);
            text!(" (tidak ditulis) → {after}", " (not written) → {after}")
        }
        (Some(before), None) => {
            let before = text(before);
            text!(" {before} → (tidak ditulis)", " {before} → (not written)")
        }
    }
}

/// A cause in few words.
pub fn cause_name(difference: &Difference, cause: &Cause) -> Text {
    let named = |id: &str, what: Text| {
        let of = subject(difference, id);
        part_of(&what, &of)
    };
    match &cause.kind {
        CauseKind::Key(id, name) => named(id, key(name)),
        CauseKind::Node(id) => {
            let there = |rules: &crate::check::RuleSet| rules.find(id).is_some();
            let of = subject(difference, id);
            match (there(&difference.before), there(&difference.after)) {
                (false, _) => fill("{} baru", "{} new", &of),
                (_, false) => fill("{} dihapus", "{} removed", &of),
                _ => fill("{} berubah", "{} changed", &of),
            }
        }
        CauseKind::Method(id) => named(id, Text::new("nilai acuan", "goalposts")),
        CauseKind::Source(id) => named(id, Text::new("sumber nilai", "source of values")),
        CauseKind::Valid(id) => named(id, Text::new("rentang sah", "valid range")),
        CauseKind::Formula(id) => named(id, Text::new("rumus", "formula")),
        CauseKind::Parameter(id) => text!("parameter `{id}`", "parameter `{id}`"),
        CauseKind::Column(id) => text!("judul kolom `{id}`", "header of column `{id}`"),
        CauseKind::Library => Text::new("fungsi `lib/`", "functions of `lib/`"),
        CauseKind::Reading => Text::new("pembacaan data", "reading of data"),
        CauseKind::Index(name) => key(name),
        CauseKind::Year => Text::new("tahun program", "program year"),
        CauseKind::Data => Text::new("data", "data"),
        CauseKind::Publication => {
            Text::new("pembulatan angka terbit", "rounding of published figures")
        }
        CauseKind::Several => {
            let count = cause.changes.len();
            text!("{count} perubahan bersama", "{count} changes together")
        }
    }
}
