//! Entries among rule files that are not read, since their name or place is slightly off.

use std::path::{Path, PathBuf};

use super::disk::{entries, name_of};
use super::loader::{SNAPSHOTS, TESTS, is_leftover, looks_like_rules};
use crate::base::language::text;
use crate::base::{RuleSetName, Text, ident, suggest};

/// The folder of what the formulas of a rule set share.
const LIBRARY: &str = "lib";

/// Something that seems to be meant as rules or tests and is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where it lies, below the folder of rules, with `/`.
    pub path: String,
    /// The rule set in whose folder it lies.
    pub rule_set: Option<RuleSetName>,
    /// The index of which nothing can be read, where it is the folder of one.
    pub index: Option<String>,
    /// Whether tests stand in it.
    pub tests: bool,
    /// The reason.
    pub why: Text,
    /// How to mend it.
    pub help: Text,
}

impl Unread {
    fn new(path: String, why: Text, help: Text) -> Self {
        Self {
            path,
            rule_set: None,
            index: None,
            tests: false,
            why,
            help,
        }
    }

    fn of_tests(self) -> Self {
        Self {
            tests: true,
            ..self
        }
    }

    /// The message, with the path.
    pub fn message(&self) -> Text {
        let (path, Text { id, en }) = (&self.path, &self.why);
        text!("`{path}` tidak dibaca: {id}", "`{path}` is not read: {en}")
    }
}

/// Everything below a folder of rules that is not read.
pub(super) fn below(root: &Path) -> Vec<Unread> {
    let mut found = Vec::new();
    for path in entries(root).unwrap_or_default() {
        let name = name_of(&path);
        if path.is_dir() && !is_leftover(&name) {
            index_folder(&path, &name, &mut found);
        } else if name.eq_ignore_ascii_case("index.toml") {
            found.push(not_in_a_year(name));
        }
    }
    found
}

fn not_in_a_year(path: String) -> Unread {
    Unread::new(
        path,
        text!(
            "perangkat aturan berada dalam folder indeks dan tahun",
            "a rule set stands in a folder of its index and year"
        ),
        text!(
            "pindahkan ke folder seperti `ikotan/2021/`",
            "move it into a folder such as `ikotan/2021/`"
        ),
    )
}

fn index_folder(folder: &Path, index: &str, found: &mut Vec<Unread>) {
    let list = match entries(folder) {
        Ok(list) => list,
        // What nobody may open and is named like no index holds none of ours: `lost+found`.
        Err(_) if !ident::is_id(index) => return,
        Err(_) => {
            let message = text!("`{index}` tidak dapat dibaca", "`{index}` cannot be read");
            found.push(Unread {
                index: Some(index.to_owned()),
                ..Unread::new(
                    index.to_owned(),
                    message,
                    text!(
                        "beri izin membaca foldernya",
                        "give permission to read the folder"
                    ),
                )
            });
            return;
        }
    };
    for path in list {
        let name = name_of(&path);
        let place = format!("{index}/{name}");
        if !path.is_dir() {
            if name.eq_ignore_ascii_case("index.toml") {
                found.push(not_in_a_year(place));
            }
            continue;
        }
        if is_leftover(&name) {
            continue;
        }
        match RuleSetName::parse(&place) {
            Some(rule_set) => inside(&path, &place, &rule_set, found),
            None if holds(&path, |name| name.eq_ignore_ascii_case("index.toml")) => {
                found.push(misnamed(index, &name, place));
            }
            None => {}
        }
    }
}

/// A folder of rules whose index or year is none.
fn misnamed(index: &str, year: &str, path: String) -> Unread {
    let own = ident::is_id(index);
    let digits: String = year.chars().filter(char::is_ascii_digit).collect();
    let meant_index = ident::to_id(index).unwrap_or_else(|| "ikotan".to_owned());
    let meant_year = if digits.len() == 4 {
        digits.as_str()
    } else {
        "2025"
    };
    let why = if own {
        text!(
            "nama foldernya bukan tahun dengan empat angka",
            "its folder is not named by a year of four digits"
        )
    } else {
        text!(
            "nama indeks terdiri atas huruf kecil, angka dan `_`, dan diawali huruf",
            "the name of an index has small letters, digits and `_`, and begins with a letter"
        )
    };
    Unread::new(
        path,
        why,
        text!(
            "ganti nama foldernya, misalnya `{meant_index}/{meant_year}`",
            "rename the folder, such as `{meant_index}/{meant_year}`"
        ),
    )
}

/// Unread entries in the folder of a rule set.
fn inside(folder: &Path, place: &str, rule_set: &RuleSetName, found: &mut Vec<Unread>) {
    let before = found.len();
    for (path, name) in folders(folder) {
        let place = format!("{place}/{name}");
        let lower = name.to_lowercase();
        let is_one_of = |names: &[&str]| names.contains(&lower.as_str());
        if name == TESTS {
            in_tests(&path, &place, found);
        } else if name == LIBRARY {
            in_library(&path, &place, found);
        } else if is_one_of(&["test", "tests", "uji", "tes", "testing"]) && holds(&path, is_toml) {
            let why = text!(
                "uji dibaca dari folder `tests`",
                "tests are read from the folder `tests`"
            );
            found.push(Unread::new(place, why, rename(TESTS)).of_tests());
        } else if is_one_of(&["lib", "libs", "library", "pustaka"]) && holds(&path, is_rhai) {
            let why = text!(
                "fungsi dibaca dari folder `lib`",
                "functions are read from the folder `lib`"
            );
            found.push(Unread::new(place, why, rename(LIBRARY)));
        } else if holds(&path, |name| looks_like_rules(name, "")) {
            let why = text!(
                "berkas aturan dibaca dari folder tahunnya saja",
                "rule files are read from the folder of the year alone"
            );
            let help = text!(
                "pindahkan berkasnya ke folder tahun, atau fungsi ke `lib/`",
                "move its files to the folder of the year, or functions to `lib/`"
            );
            found.push(Unread::new(place, why, help));
        }
    }
    for own in found.iter_mut().skip(before) {
        own.rule_set = Some(rule_set.clone());
    }
}

/// Unread entries in `tests/`.
fn in_tests(folder: &Path, place: &str, found: &mut Vec<Unread>) {
    for path in entries(folder).unwrap_or_default() {
        let name = name_of(&path);
        let place = format!("{place}/{name}");
        if is_leftover(&name) || name == SNAPSHOTS {
            continue;
        }
        if path.is_dir() && holds(&path, is_toml) {
            let why = text!(
                "uji dibaca dari `tests/` saja, bukan dari folder di dalamnya",
                "tests are read from `tests/` alone, not from folders in it"
            );
            found.push(Unread::new(place, why, move_to(TESTS)).of_tests());
        } else if path.is_file() && is_nearly_toml(&name) {
            let why = text!(
                "berkas uji berakhir tepat dengan `.toml`, dalam huruf kecil",
                "test files end exactly in `.toml`, in lower case"
            );
            let stem = name.split('.').next().unwrap_or("uji").to_lowercase();
            let help = rename(&format!("{stem}.toml"));
            found.push(Unread::new(place, why, help).of_tests());
        }
    }
}

/// Unread entries in `lib/`.
fn in_library(folder: &Path, place: &str, found: &mut Vec<Unread>) {
    for (path, name) in folders(folder) {
        if holds(&path, is_rhai) {
            let why = text!(
                "fungsi dibaca dari `lib/` saja, bukan dari folder di dalamnya",
                "functions are read from `lib/` alone, not from folders in it"
            );
            found.push(Unread::new(
                format!("{place}/{name}"),
                why,
                move_to(LIBRARY),
            ));
        }
    }
}

/// The folders in a folder, with their names; those that editors and backups leave behind aside.
fn folders(folder: &Path) -> impl Iterator<Item = (PathBuf, String)> {
    let all = entries(folder).unwrap_or_default().into_iter();
    let named = all.map(|path| {
        let name = name_of(&path);
        (path, name)
    });
    named.filter(|(path, name)| path.is_dir() && !is_leftover(name))
}

fn rename(name: &str) -> Text {
    text!("ganti namanya menjadi `{name}`", "rename it to `{name}`")
}

fn move_to(folder: &str) -> Text {
    text!(
        "pindahkan berkasnya ke `{folder}/`",
        "move its files to `{folder}/`"
    )
}

fn is_toml(name: &str) -> bool {
    name.to_lowercase().contains(".toml")
}

/// Whether a file is not TOML by its name, though it is most likely meant to be.
fn is_nearly_toml(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let near = || suggest::nearest(&ending.to_lowercase(), ["toml"]).is_some();
    ending != "toml" && (is_toml(name) || near())
}

fn is_rhai(name: &str) -> bool {
    name.to_lowercase().contains(".rhai")
}

/// Whether a folder holds a file of such a name that somebody means.
fn holds(folder: &Path, wanted: impl Fn(&str) -> bool) -> bool {
    let list = entries(folder).unwrap_or_default();
    list.iter().any(|path| {
        let name = name_of(path);
        wanted(&name) && !is_leftover(&name) && path.is_file()
    })
}
