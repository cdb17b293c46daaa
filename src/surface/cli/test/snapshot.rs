//! `tanggap test --data`: the scores of a data set beside their accepted snapshot.

use std::path::PathBuf;

use crate::Scores;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName};
use crate::bundle::{SNAPSHOTS, TESTS};
use crate::report::render_issues;
use crate::surface::cli::output::{make_folder, read_if_there, write_file};
use crate::surface::cli::{Call, FINE, WRONG, data};
use crate::testing::{Snapshot, SnapshotRow};

use super::acceptances::is_recorded;

/// How many regions are named.
const NAMED: usize = 10;

/// A data set with its snapshot, as it is and as it was accepted.
pub(super) struct Kept {
    pub(super) scores: Scores,
    pub(super) new: Snapshot,
    /// What was accepted; `None` where nothing was yet.
    pub(super) old: Option<Snapshot>,
    /// The folder of snapshots.
    pub(super) folder: PathBuf,
    /// What the data is called there.
    pub(super) stem: String,
}

/// A region that moved.
pub(super) struct Moved {
    pub(super) region: String,
    pub(super) before: Option<SnapshotRow>,
    pub(super) after: Option<SnapshotRow>,
}

impl Moved {
    pub(super) fn crosses(&self) -> bool {
        let band = |row: &Option<SnapshotRow>| row.as_ref().map(|row| row.band.clone());
        band(&self.before) != band(&self.after)
    }

    /// Whether its index is published otherwise; else its rank or a variable is.
    fn scores_move(&self) -> bool {
        let index = |row: &Option<SnapshotRow>| row.as_ref().map(|row| row.index.clone());
        index(&self.before) != index(&self.after)
    }

    /// `11.06: 52.31 cukup_tanggap → 55.00 tanggap`.
    pub(super) fn said(&self, kept: &Kept) -> String {
        let position = kept.scores.find(&self.region);
        let region = position.map_or_else(|| self.region.clone(), |at| kept.scores.label(at));
        if let (Some(before), false, false) = (&self.before, self.crosses(), self.scores_move()) {
            return format!("{region}: {} {} =", before.index, before.band);
        }
        let side = |row: &Option<SnapshotRow>| {
            let row = row.as_ref();
            row.map_or("–".to_owned(), |row| {
                format!("{} {}", row.index, row.band)
            })
        };
        format!("{}: {} → {}", region, side(&self.before), side(&self.after))
    }
}

impl Kept {
    /// Scores the data and reads the snapshot; nothing where the rules are wrong, which has been said then.
    ///
    /// # Errors
    /// When the data or the snapshot cannot be read, or the snapshot does not fit what it says it is made of.
    pub(super) fn read(call: &mut Call<'_>, name: &RuleSetName) -> Result<Option<Self>, Error> {
        let Some(program) = call.program(name)? else {
            return Ok(None);
        };
        let path = call.text("data").unwrap_or_default();
        let scored = data::score(call, &program)?;
        let issues = render_issues(&scored.scores, call.lang);
        if !issues.is_empty() {
            call.output.error(issues.trim_end());
        }
        let folder = call.folder_of(name).join(TESTS).join(SNAPSHOTS);
        let stem = stem(&path, call.matches.get_one::<u16>("year").copied());
        let kept = Self {
            new: Snapshot::of(&scored.scores, file_name(&path)),
            scores: scored.scores,
            old: None,
            folder,
            stem,
        };
        let file = kept.file("snap");
        let Some(text) = read_if_there(&file)? else {
            return Ok(Some(kept));
        };
        let old = Snapshot::from_file(&text).map_err(|error| {
            let (id, en) = (&error.message().id, &error.message().en);
            let message = text!("`{file}`: {id}", "`{file}`: {en}");
            Error::new(ErrorKind::Data, message).with_help_if(error.help().cloned())
        })?;
        kept.fits(&file, &old)?;
        Ok(Some(Self {
            old: Some(old),
            ..kept
        }))
    }

    pub(super) fn file(&self, ending: &str) -> String {
        let file = self.folder.join(format!("{}.{ending}", self.stem));
        file.to_string_lossy().replace('\\', "/")
    }

    /// Whether a snapshot can be what it says it is: of this rule set, and not other scores from the same rules and data.
    fn fits(&self, file: &str, old: &Snapshot) -> Result<(), Error> {
        let (was, now) = (&old.made_of, &self.new.made_of);
        let message = if was.rules != now.rules {
            let (was, now) = (&was.rules, &now.rules);
            text!(
                "`{file}` dibuat oleh `{was}`, bukan `{now}`",
                "`{file}` was made by `{was}`, not `{now}`"
            )
        } else if (&was.rules_digest, &was.data_digest) == (&now.rules_digest, &now.data_digest)
            && old.contents != self.new.contents
        {
            text!(
                "`{file}` bukan hasil aturan dan data yang disebutnya: disunting, atau dibuat dengan pilihan lain",
                "`{file}` is not what comes of the rules and data that it names: it was edited, or made with other options"
            )
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Data, message).with_help(text!(
            "ambil kembali berkas aslinya, misalnya dari git, atau hapus lalu terima yang baru",
            "get the original back, for example from git, or delete it and accept a new one"
        )))
    }

    /// The regions whose lines differ between what was accepted and another snapshot, those that cross a band first; none
    /// where nothing was accepted before.
    pub(super) fn moved(&self, new: &Snapshot) -> Vec<Moved> {
        let Some(old) = &self.old else {
            return Vec::new();
        };
        let rows = |snapshot: &Snapshot| snapshot.rows().unwrap_or_default();
        let (before, after) = (rows(old), rows(new));
        let mut regions: Vec<&String> = before.keys().chain(after.keys()).collect();
        regions.sort();
        regions.dedup();
        let moved = regions.into_iter().filter_map(|region| {
            let (before, after) = (before.get(region).cloned(), after.get(region).cloned());
            (before != after).then(|| Moved {
                region: region.clone(),
                before,
                after,
            })
        });
        let mut moved: Vec<Moved> = moved.collect();
        moved.sort_by_key(|own| (!own.crosses(), !own.scores_move()));
        moved
    }

    /// Writes what is accepted.
    pub(super) fn write(&self, snapshot: &Snapshot, ending: &str) -> Result<(), Error> {
        make_folder(&self.folder)?;
        let text = snapshot.to_file();
        write_file(&self.file(ending), |out| out.write_all(text.as_bytes()))
    }

    /// Takes away what waits to be reviewed.
    pub(super) fn settle(&self) {
        // Where nothing waits, there is nothing to take away.
        #[allow(clippy::disallowed_methods)]
        let _ = std::fs::remove_file(self.file("snap.new"));
    }
}

/// A data file without its folder, which is elsewhere on every machine.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What a data file is called among snapshots: its whole name, and the year where one is chosen.
fn stem(path: &str, year: Option<u16>) -> String {
    let name = file_name(path);
    let plain = |c: char| {
        if c.is_alphanumeric() || "_-.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let stem: String = name.chars().map(plain).collect();
    let stem = if stem.trim_matches('.').is_empty() {
        "data".to_owned()
    } else {
        stem
    };
    year.map_or(stem.clone(), |year| format!("{stem}-{year}"))
}

/// Whether this is a run of a CI service, where nobody can be asked.
fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false")
}

pub(super) fn run(call: &mut Call<'_>, name: &RuleSetName) -> Result<u8, Error> {
    let Some(kept) = Kept::read(call, name)? else {
        return Ok(WRONG);
    };
    let data = kept.new.made_of.data.clone();
    let lang = call.lang;
    match &kept.old {
        Some(old) if old.contents == kept.new.contents => {
            kept.settle();
            let said = text!(
                "{name}: snapshot {data} tetap",
                "{name}: snapshot of {data} unchanged"
            );
            call.output.print(said.get(lang));
            if is_recorded(&kept, old)? {
                return Ok(FINE);
            }
            let file = kept.file("snap");
            let said = text!(
                "{file}: diterima tanpa catatan siapa, kapan dan mengapa; catat dengan `--review --accept all --reason …`",
                "{file}: accepted without a record of who, when and why; record it with `--review --accept all --reason …`"
            );
            call.output.error(said.get(lang));
            return Ok(if is_ci() { WRONG } else { FINE });
        }
        Some(_) => {
            let moved = kept.moved(&kept.new);
            let (all, bands) = (
                moved.len(),
                moved.iter().filter(|own| own.crosses()).count(),
            );
            let regions = if all == 1 { "region" } else { "regions" };
            let said = text!(
                "{name}: {all} wilayah dari {data} berubah, {bands} berpindah kategori",
                "{name}: {all} {regions} of {data} moved, {bands} to another band"
            );
            call.output.print(said.get(lang));
            for own in moved.iter().take(NAMED) {
                call.output.print(&format!("  {}", own.said(&kept)));
            }
            if all > NAMED {
                let more = all - NAMED;
                let said = text!("  … dan {more} lagi", "  … and {more} more");
                call.output.print(said.get(lang));
            }
            if all == 0 {
                let said = text!(
                    "  berubah di ringkasannya, atau pada wilayah yang tidak disimpan baris demi baris",
                    "  moved in the summary, or in regions that are not kept line by line"
                );
                call.output.print(said.get(lang));
            }
        }
        None => {
            let regions = kept.scores.len();
            let said = text!(
                "{name}: belum ada snapshot {data} ({regions} wilayah)",
                "{name}: no snapshot of {data} yet ({regions} regions)"
            );
            call.output.print(said.get(lang));
        }
    }
    if !is_ci() {
        kept.write(&kept.new, "snap.new")?;
    }
    let path = call.text("data").unwrap_or_default();
    let said = text!(
        "tinjau: `tanggap test {name} --data {path} --review`",
        "review: `tanggap test {name} --data {path} --review`"
    );
    call.output.error(said.get(lang));
    Ok(WRONG)
}
