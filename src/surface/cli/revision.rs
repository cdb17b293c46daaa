//! Rule sets that are not in the folder of rules: of a git revision, or of another folder.

use std::path::Path;
use std::process::Command;

use super::Call;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName};
use crate::bundle::{Bundle, DiskLoader, Loader, MemoryLoader, RuleFile};

/// A rule set, and where it is found.
struct Found {
    name: RuleSetName,
    /// `None` for the folder of rules of the call.
    loader: Option<Box<dyn Loader>>,
}

/// Finds what a call names: `ikotan/2021`, `ikotan/2021@HEAD~1`, or `path/rules/ikotan/2021`.
fn find(written: &str, rules: &str) -> Result<Found, Error> {
    if let Some((name, revision)) = written.split_once('@') {
        let name: RuleSetName = name.parse()?;
        let loader = at_revision(revision, rules)?;
        return Ok(Found {
            name,
            loader: Some(Box::new(loader)),
        });
    }
    let trimmed = written.trim_end_matches('/');
    let mut parts = trimmed.rsplitn(3, '/');
    if let (Some(year), Some(index), Some(folder)) = (parts.next(), parts.next(), parts.next()) {
        let name = format!("{index}/{year}").parse()?;
        if !Path::new(folder).is_dir() {
            return Err(Error::new(
                ErrorKind::Call,
                text!(
                    "folder `{folder}` tidak ada",
                    "there is no folder `{folder}`"
                ),
            ));
        }
        return Ok(Found {
            name,
            loader: Some(Box::new(DiskLoader::new(folder))),
        });
    }
    Ok(Found {
        name: trimmed.parse()?,
        loader: None,
    })
}

/// Loads what a call names.
pub(super) fn bundle(call: &Call<'_>, written: &str) -> Result<Bundle, Error> {
    let rules = call.text("rules").unwrap_or_else(|| "rules".to_owned());
    let found = find(written, &rules)?;
    match found.loader {
        Some(loader) => crate::bundle::load(&*loader, &found.name),
        None => call.engine.bundle(&found.name),
    }
}

/// How many of the last revisions are looked through.
const LOOKED_AT: &str = "-n20";

/// A rule set as it was when its rules had a digest, by the last revisions of git; `None` where none of them fits, or
/// there is no git.
pub(super) fn with_digest(
    engine: &crate::Engine,
    rules: &str,
    name: &RuleSetName,
    digest: &str,
) -> Option<(String, Bundle)> {
    let listed = git(rules, &["log", LOOKED_AT, "--format=%H", "--", "."], "HEAD").ok()?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    listed.lines().find_map(|revision| {
        let loader = at_revision(revision.get(..12)?, rules).ok()?;
        let bundle = crate::bundle::load(&loader, name).ok()?.unsealed();
        let checked = engine.check_bundle(bundle.clone()).ok()?;
        (checked.output.rules_digest == digest).then(|| (revision.to_owned(), bundle))
    })
}

/// All rule files as they were at a revision, by the `git` program.
fn at_revision(revision: &str, rules: &str) -> Result<Revision, Error> {
    // What begins with a dash would be an option.
    if revision.is_empty() || revision.starts_with('-') {
        return Err(Error::new(
            ErrorKind::Call,
            text!("`{revision}` bukan revisi", "`{revision}` is no revision"),
        ));
    }
    let listed = git(
        rules,
        &["ls-tree", "-r", "-z", "--name-only", revision, "."],
        revision,
    )?;
    let paths = listed
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty());
    let mut files = Vec::new();
    for path in paths {
        let path = String::from_utf8_lossy(path).into_owned();
        let object = format!("{revision}:./{path}");
        let bytes = git(rules, &["cat-file", "blob", &object], revision)?;
        files.push((path, bytes));
    }
    Ok(Revision {
        files: MemoryLoader::new(files),
        name: revision.to_owned(),
    })
}

/// The rule files of a revision, which their paths name.
struct Revision {
    files: MemoryLoader,
    name: String,
}

impl Loader for Revision {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        self.files.rule_sets()
    }

    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error> {
        let mut files = self.files.files(name)?;
        for file in &mut files {
            file.path = format!("{}:{}", self.name, file.path);
        }
        Ok(files)
    }
}

fn git(folder: &str, arguments: &[&str], revision: &str) -> Result<Vec<u8>, Error> {
    let run = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output();
    let output = run.map_err(|error| {
        Error::new(
            ErrorKind::Io,
            text!(
                "program `git` tidak dapat dijalankan",
                "the program `git` cannot be run"
            ),
        )
        .with_source(error)
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("").trim().to_owned();
    Err(Error::new(
        ErrorKind::Call,
        text!(
            "revisi git `{revision}` tidak dapat dibaca: {said}",
            "the git revision `{revision}` cannot be read: {said}"
        ),
    )
    .with_help(text!(
        "apakah `{folder}` di dalam repositori git, dan revisinya ada?",
        "is `{folder}` within a git repository, and is there such a revision?"
    )))
}
