//! Who accepted which snapshot, when and why: a file that stays beside the snapshots.

use std::fmt::Write;

use serde::Deserialize;

use super::snapshot::Kept;
use crate::base::ident::quoted;
use crate::base::language::text;
use crate::base::{Error, ErrorKind};
use crate::surface::cli::output::{read_if_there, write_file};
use crate::testing::Snapshot;

/// The name of the file.
const FILE: &str = "acceptances.toml";

#[derive(Deserialize)]
struct Acceptances {
    #[serde(default)]
    acceptance: Vec<Acceptance>,
}

#[derive(Deserialize)]
struct Acceptance {
    snapshot: String,
    contents: String,
    #[serde(default)]
    rules_before: String,
}

/// What is said of an acceptance.
pub(super) struct Entry<'a> {
    pub(super) who: &'a str,
    pub(super) reason: &'a str,
    pub(super) regions: usize,
    pub(super) bands: usize,
    pub(super) causes: &'a [String],
}

fn digest(snapshot: &Snapshot) -> String {
    blake3::hash(snapshot.contents.as_bytes())
        .to_hex()
        .to_string()
}

fn path(kept: &Kept) -> String {
    let file = kept.folder.join(FILE);
    file.to_string_lossy().replace('\\', "/")
}

fn read(kept: &Kept) -> Result<(String, Acceptances), Error> {
    let text = read_if_there(&path(kept))?.unwrap_or_default();
    let read = toml::from_str(&text).map_err(|error| {
        let (file, reason) = (path(kept), error.message().to_owned());
        Error::new(
            ErrorKind::Data,
            text!(
                "`{file}` bukan catatan penerimaan: {reason}",
                "`{file}` is no record of acceptances: {reason}"
            ),
        )
        .with_help(text!(
            "ambil kembali berkas aslinya, misalnya dari git",
            "get the original back, for example from git"
        ))
    })?;
    Ok((text, read))
}

/// Whether somebody is recorded to have accepted what the snapshot holds.
pub(super) fn is_recorded(kept: &Kept, snapshot: &Snapshot) -> Result<bool, Error> {
    let digest = digest(snapshot);
    let (_, read) = read(kept)?;
    let mut all = read.acceptance.iter();
    Ok(all.any(|own| own.snapshot == kept.stem && own.contents == digest))
}

/// The digests of the rules that were accepted before, the newest first: where some causes alone were accepted, the rules
/// in between stand in no file.
pub(super) fn rules_before(kept: &Kept) -> Result<Vec<String>, Error> {
    let (_, read) = read(kept)?;
    let own = read.acceptance.into_iter().rev();
    let own = own.filter(|own| own.snapshot == kept.stem && !own.rules_before.is_empty());
    Ok(own.map(|own| own.rules_before).collect())
}

/// Adds an acceptance at the end of the file.
pub(super) fn record(kept: &Kept, snapshot: &Snapshot, entry: &Entry<'_>) -> Result<(), Error> {
    let (mut text, _) = read(kept)?;
    if text.is_empty() {
        text.push_str(
            "# Siapa menerima snapshot mana, kapan, dan mengapa; ditulis oleh `tanggap test --review`.\n\
             # Who accepted which snapshot, when, and why; written by `tanggap test --review`.\n",
        );
    }
    let when = jiff::Timestamp::now().round(jiff::Unit::Second);
    let when = when.map_or_else(|_| String::new(), |when| when.to_string());
    let before = kept
        .old
        .as_ref()
        .map_or("", |old| &old.made_of.rules_digest);
    let _ = write!(
        text,
        "\n[[acceptance]]\nsnapshot = {}\nwhen = {}\nwho = {}\nreason = {}\nrules_before = {}\nrules_after = {}\ndata = {}\nregions_moved = {}\nbands_moved = {}\ncontents = {}\n",
        quoted(&kept.stem),
        quoted(&when),
        quoted(entry.who),
        quoted(entry.reason),
        quoted(before),
        quoted(&snapshot.made_of.rules_digest),
        quoted(&snapshot.made_of.data_digest),
        entry.regions,
        entry.bands,
        quoted(&digest(snapshot)),
    );
    if !entry.causes.is_empty() {
        let causes: Vec<String> = entry.causes.iter().map(|cause| quoted(cause)).collect();
        let _ = writeln!(text, "causes = [{}]", causes.join(", "));
    }
    write_file(&path(kept), |out| out.write_all(text.as_bytes()))
}
