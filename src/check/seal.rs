//! The seal of a published rule set: what it was when it was sealed, so that no later edit changes it in silence, not
//! even one of its base.
//!
//! A seal holds the canonical form of the rule set, its digest, and the digest of each of its files. Comments, layout,
//! titles and notes may change; whatever can change a score may not.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::canonical;
use super::rule_set::{RuleSet, Sealed};
use crate::base::ident::quoted;
use crate::base::language::text;
use crate::base::{Code, Diagnostic, Span};
use crate::bundle::{Bundle, Document, Value};

/// How many differences are named.
const NAMED: usize = 6;

/// The text of `seal.toml` for a rule set, sealed on a day (`2026-11-24`), for a reason.
///
/// ```
/// # use tanggap::{Engine, bundle::DiskLoader, check::seal_text};
/// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// let bundle = engine.bundle(&"ikotan/2021".parse()?)?.unsealed();
/// let rules = engine.check_bundle(bundle.clone())?.output;
/// let text = seal_text(&rules, &bundle, "2026-11-24", "penetapan hasil 2021");
/// assert!(text.contains(&rules.rules_digest));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn seal_text(rules: &RuleSet, bundle: &Bundle, day: &str, reason: &str) -> String {
    let mut out = String::from(
        "# Segel, ditulis oleh `tanggap seal`. Jangan disunting: perangkat aturan yang disegel tidak lagi berubah.\n\
         # A seal, written by `tanggap seal`. Not to be edited: a rule set that is sealed no longer changes.\n\n[seal]\n",
    );
    // Writing into a string cannot fail.
    let _ = writeln!(out, "sealed = {}", quoted(day));
    if !reason.is_empty() {
        let _ = writeln!(out, "reason = {}", quoted(reason));
    }
    let _ = writeln!(out, "rules_digest = {}", quoted(&rules.rules_digest));
    let _ = writeln!(out, "form = [");
    for line in canonical::form(rules).lines() {
        let _ = writeln!(out, "  {},", quoted(line));
    }
    out.push_str("]\n\n[files]\n");
    for (path, digest) in &bundle.files {
        let _ = writeln!(out, "{} = {}", quoted(path), quoted(digest));
    }
    out
}

/// Holds a rule set against its seal.
pub(super) fn check_seal(
    rules: &RuleSet,
    document: &Document,
    files: &BTreeMap<String, String>,
    at: Span,
    findings: &mut Vec<Diagnostic>,
) -> Option<Sealed> {
    let seal = document.table.table("seal");
    let text = |key: &str| match &seal?.get(key)?.item.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    let form = seal.and_then(|seal| match &seal.get("form")?.item.value {
        Value::Array(lines) => lines
            .iter()
            .map(|line| match &line.value {
                Value::Text(line) => Some(format!("{line}\n")),
                _ => None,
            })
            .collect::<Option<String>>(),
        _ => None,
    });
    let (Some(digest), Some(form), Some(day)) = (text("rules_digest"), form, text("sealed")) else {
        findings.push(broken(at));
        return None;
    };
    if canonical::digest_of(&form) != digest {
        findings.push(broken(at));
        return None;
    }
    let sealed = Sealed {
        day: day.to_owned(),
        reason: text("reason").map(str::to_owned),
    };
    if digest == rules.rules_digest {
        return Some(sealed);
    }
    let (old, new) = (entries(&form), entries(&canonical::form(rules)));
    let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut moved: Vec<String> = Vec::new();
    for key in keys {
        let (old, new) = (old.get(key), new.get(key));
        if old != new {
            let shown = |value: Option<&String>| value.map_or("–", |value| value.trim()).to_owned();
            moved.push(format!("{key}: {} → {}", shown(old), shown(new)));
        }
    }
    let known = document.table.table("files");
    let changed = files.iter().filter(|(path, digest)| {
        let known = known.and_then(|known| known.get(path));
        known.is_none_or(|known| known.item.value != Value::Text((*digest).clone()))
    });
    let gone = known.into_iter().flat_map(|known| known.entries.keys());
    let gone = gone.filter(|path| !files.contains_key(*path));
    let changed: Vec<String> = changed.map(|(path, _)| path).chain(gone).cloned().collect();
    let list = |items: &[String]| {
        let shown: Vec<&str> = items.iter().take(NAMED).map(String::as_str).collect();
        let more = if items.len() > NAMED { "; …" } else { "" };
        format!("{}{more}", shown.join("; "))
    };
    let (moved, changed) = (list(&moved), list(&changed));
    let name = &rules.name;
    findings.push(
        Diagnostic::error(
            Code::E701,
            at,
            text!(
                "`{name}` disegel pada {day} dan sejak itu berubah: {moved}",
                "`{name}` was sealed on {day} and has changed since: {moved}"
            ),
        )
        .label(text!("berkas yang isinya berubah, mungkin hanya tata letaknya: {changed}", "files whose bytes changed, perhaps only in layout: {changed}"))
        .help(text!(
            "kembalikan perubahannya, atau tulis sebagai tahun baru (`tanggap new`); `tanggap seal {name} --renew --reason …` menyegel yang sekarang",
            "take the change back, or write it as a new year (`tanggap new`); `tanggap seal {name} --renew --reason …` seals what it is now"
        )),
    );
    Some(sealed)
}

fn broken(at: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E702,
        at,
        text!(
            "segel ini rusak: isinya tidak cocok dengan digestnya",
            "this seal is broken: what it holds does not fit its digest"
        ),
    )
    .help(text!(
        "ambil kembali berkas segel yang asli, misalnya dari git",
        "get the original seal back, for example from git"
    ))
}

/// The canonical form by what each line is about.
fn entries(form: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut node = String::new();
    let mut put = |key: String, value: &str| {
        let slot: &mut String = found.entry(key).or_default();
        if !slot.is_empty() {
            slot.push_str(", ");
        }
        slot.push_str(value);
    };
    for line in form.lines() {
        if let Some(rest) = line.strip_prefix(' ') {
            let (key, value) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
            put(format!("{node}.{key}"), value);
            continue;
        }
        let mut words = line.split(' ');
        match (words.next(), words.next()) {
            // node <id> < <parent> weight <w> range <low> <high>
            (Some("node"), Some(id)) => {
                node = id.to_owned();
                let words: Vec<&str> = words.collect();
                let at = words.iter().position(|word| *word == "weight").unwrap_or(0);
                let (parent, rest) = words.split_at(at);
                put(
                    format!("{id}.parent"),
                    &parent.get(1..).unwrap_or_default().join(" "),
                );
                if let [_, weight, _, range @ ..] = rest {
                    put(format!("{id}.weight"), weight);
                    put(format!("{id}.range"), &range.join(" "));
                }
            }
            (Some(kind @ ("band" | "target" | "parameter" | "column" | "data")), Some(id)) => {
                put(format!("{kind} {id}"), &words.collect::<Vec<_>>().join(" "));
            }
            (Some(key), value) => {
                let rest: Vec<&str> = value.into_iter().chain(words).collect();
                put(key.to_owned(), &rest.join(" "));
            }
            (None, _) => {}
        }
    }
    found
}
