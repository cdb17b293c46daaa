//! Rule sets that are not in the folder of rules: of a git revision, or of another folder.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Call;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName};
use crate::bundle::{Bundle, Loader, MemoryLoader, RuleFile};

/// A rule set, and where it is found.
struct Found {
    name: RuleSetName,
    /// `None` for the folder of rules of the call.
    loader: Option<Box<dyn Loader>>,
}

/// Finds what a call names: `ikotan/2021`, `ikotan/2021@HEAD~1`, or `path/rules/ikotan/2021`.
fn find(call: &Call<'_>, written: &str) -> Result<Found, Error> {
    if let Some((name, revision)) = written.split_once('@') {
        let name: RuleSetName = name.parse()?;
        let loader = at_revision(revision, super::rules_of(call.matches))?;
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
            loader: Some(Box::new(call.disk(folder))),
        });
    }
    Ok(Found {
        name: trimmed.parse()?,
        loader: None,
    })
}

/// Loads what a call names.
pub(super) fn bundle(call: &Call<'_>, written: &str) -> Result<Bundle, Error> {
    let found = find(call, written)?;
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
    let listed = git(rules, &["ls-tree", "-r", "-z", revision, "."], revision)?;
    // `100644 blob <id>\t<path>`; links and other repositories have no rules of this one.
    let listed: Vec<(String, String)> = listed
        .split(|byte| *byte == 0)
        .filter_map(|entry| {
            let entry = String::from_utf8_lossy(entry);
            let (about, path) = entry.split_once('\t')?;
            let id = about.strip_prefix("100")?.split(' ').nth(2)?;
            let lower = path.to_lowercase();
            let rules = lower.contains(".toml") || lower.contains(".rhai");
            rules.then(|| (path.to_owned(), id.to_owned()))
        })
        .collect();
    let ids = listed.iter().map(|(_, id)| format!("{id}\n")).collect();
    let found = git_with(rules, &["cat-file", "--batch"], revision, ids)?;
    let mut rest = found.as_slice();
    let mut files = Vec::new();
    for (path, _) in listed {
        let (bytes, after) = blob(rest).ok_or_else(|| cannot_be_read(revision, "?", rules))?;
        files.push((path, bytes.to_vec()));
        rest = after;
    }
    Ok(Revision {
        files: MemoryLoader::new(files),
        name: revision.to_owned(),
    })
}

/// The first object of a batch, `<id> blob <size>`, its bytes and the end of a line, and what comes after it.
fn blob(batch: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = batch.iter().position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(batch.get(..end)?).ok()?;
    let size: usize = head.rsplit_once(" blob ")?.1.parse().ok()?;
    let bytes = batch.get(end + 1..)?.get(..size)?;
    Some((bytes, batch.get(end + 1 + size + 1..)?))
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
    git_with(folder, arguments, revision, String::new())
}

/// Runs the program `git` with an input, and gives what it printed.
fn git_with(
    folder: &str,
    arguments: &[&str],
    revision: &str,
    input: String,
) -> Result<Vec<u8>, Error> {
    let run = || {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // What is printed is read while the rest is still asked for.
        let asking = child
            .stdin
            .take()
            .map(|mut stdin| std::thread::spawn(move || stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output()?;
        if let Some(asking) = asking {
            let _ = asking.join();
        }
        Ok::<_, std::io::Error>(output)
    };
    let output = run().map_err(|error| {
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
    Err(cannot_be_read(revision, &said, folder))
}

fn cannot_be_read(revision: &str, said: &str, folder: &str) -> Error {
    Error::new(
        ErrorKind::Call,
        text!(
            "revisi git `{revision}` tidak dapat dibaca: {said}",
            "the git revision `{revision}` cannot be read: {said}"
        ),
    )
    .with_help(text!(
        "apakah `{folder}` di dalam repositori git, dan revisinya ada?",
        "is `{folder}` within a git repository, and is there such a revision?"
    ))
}
