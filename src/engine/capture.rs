//! All rule files at one moment: what a reload is built from, so that it never mixes two of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{Error, RuleSetName};
use crate::bundle::{Loader, RuleFile, Unread};

/// The files of all rule sets, as they were read.
pub(super) struct Capture {
    pub(super) sets: BTreeMap<RuleSetName, Captured>,
    /// What lies beside them and is not read.
    pub(super) unread: Vec<Unread>,
}

/// The files of one rule set.
pub(super) struct Captured {
    files: Result<Files, Arc<Error>>,
    pub(super) seen: Seen,
}

struct Files {
    rules: Vec<RuleFile>,
    tests: Option<Vec<RuleFile>>,
}

/// What was seen of a rule set, to tell whether it is as it was.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// Its files: rules, and tests.
    Files(blake3::Hash, blake3::Hash),
    /// Files that could not be read, and why.
    Unreadable(String),
    /// Nothing.
    Gone,
}

impl Capture {
    /// Reads all that a loader has; what is known already and cannot be read any more is not gone.
    ///
    /// # Errors
    /// When the source as a whole cannot be read.
    pub(super) fn take<'n>(
        loader: &dyn Loader,
        known: impl IntoIterator<Item = &'n RuleSetName>,
    ) -> Result<Self, Error> {
        let mut sets = BTreeMap::new();
        let mut names: BTreeSet<RuleSetName> = loader.rule_sets()?.into_iter().collect();
        let unreadable = |name: &&RuleSetName| loader.files(name).is_err();
        let lost = known.into_iter().filter(|name| !names.contains(*name));
        let lost: Vec<RuleSetName> = lost.filter(unreadable).cloned().collect();
        names.extend(lost);
        for name in names {
            let read = || {
                Ok(Files {
                    rules: loader.files(&name)?,
                    tests: loader.tests(&name)?,
                })
            };
            let files: Result<Files, Error> = read();
            let seen = match &files {
                Ok(files) => Seen::Files(
                    digest(&files.rules),
                    digest(files.tests.as_deref().unwrap_or_default()),
                ),
                Err(error) => Seen::Unreadable(error.to_string()),
            };
            let files = files.map_err(Arc::new);
            sets.insert(name, Captured { files, seen });
        }
        Ok(Self {
            sets,
            unread: loader.unread(),
        })
    }

    /// The rule sets of which another capture has something else.
    pub(super) fn differs(&self, other: &Capture) -> BTreeSet<RuleSetName> {
        let names = self.sets.keys().chain(other.sets.keys());
        let seen = |capture: &Capture, name| capture.sets.get(name).map(|own| own.seen.clone());
        let moved = names.filter(|name| seen(self, name) != seen(other, name));
        moved.cloned().collect()
    }

    /// A digest over all of it.
    pub(super) fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (name, captured) in &self.sets {
            hasher.update(name.to_string().as_bytes());
            match &captured.seen {
                Seen::Files(rules, tests) => {
                    hasher.update(rules.as_bytes());
                    hasher.update(tests.as_bytes());
                }
                Seen::Unreadable(why) => {
                    hasher.update(why.as_bytes());
                }
                Seen::Gone => {}
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Why the files of a rule set could not be read.
    pub(super) fn unreadable(&self, name: &RuleSetName) -> Option<Arc<Error>> {
        let captured = self.sets.get(name)?;
        captured.files.as_ref().err().cloned()
    }

    fn files_of(&self, name: &RuleSetName) -> Result<Option<&Files>, Error> {
        match self.sets.get(name).map(|captured| &captured.files) {
            None => Ok(None),
            Some(Ok(files)) => Ok(Some(files)),
            // Seen from another rule set: its own trouble has the cause below.
            Some(Err(error)) => Err(Error::new(error.kind(), error.message().clone())),
        }
    }
}

impl Loader for Capture {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        Ok(self.sets.keys().cloned().collect())
    }

    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error> {
        let files = self.files_of(name)?;
        Ok(files.map_or_else(Vec::new, |files| files.rules.clone()))
    }

    fn tests(&self, name: &RuleSetName) -> Result<Option<Vec<RuleFile>>, Error> {
        Ok(self.files_of(name)?.and_then(|files| files.tests.clone()))
    }
}

fn digest(files: &[RuleFile]) -> blake3::Hash {
    let mut files: Vec<&RuleFile> = files.iter().collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hasher = blake3::Hasher::new();
    for file in files {
        hasher.update(&file.size.to_le_bytes());
        for part in [file.path.as_bytes(), file.name.as_bytes(), &file.bytes] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize()
}
