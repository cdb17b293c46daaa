//! Where rule files come from: the only door between the core and the disk.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use super::unread::Unread;
use crate::base::{Error, RuleSetName};

/// The folder of the tests of a rule set.
pub const TESTS: &str = "tests";
/// The folder of accepted snapshots in it.
pub const SNAPSHOTS: &str = "snapshots";

/// A rule file, unread.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// The path that messages show.
    pub path: String,
    /// The name inside the rule set, with `/`: `index.toml`, `hukum.rhai`, `lib/rumus.rhai`.
    pub name: String,
    /// The content; empty where there is more than is read.
    pub bytes: Vec<u8>,
    /// How many bytes the file has.
    pub size: u64,
}

/// The largest rule file, and test file, that is read, in bytes.
const LARGEST_FILE: u64 = 4 << 20;
/// The largest file of a frozen population, and of data for tests.
const LARGEST_DATA: u64 = 256 << 20;

impl RuleFile {
    /// How large a file of such a name may be, in bytes: rule files are written by hand, data is not.
    pub fn most(name: &str) -> u64 {
        let lower = name.to_lowercase();
        let by_hand = lower.contains(".toml") || lower.contains(".rhai");
        if by_hand && name != format!("{}.toml", super::POPULATION) {
            LARGEST_FILE
        } else {
            LARGEST_DATA
        }
    }

    /// Whether the file is too large to be read.
    pub fn is_too_large(&self) -> bool {
        self.size > Self::most(&self.name)
    }
}

/// A source of rule files: a plug point.
pub trait Loader: Send + Sync {
    /// The rule sets there are, sorted.
    ///
    /// # Errors
    /// When the source cannot be read.
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error>;

    /// The rule files of one rule set; none when it does not exist.
    ///
    /// # Errors
    /// When the source cannot be read.
    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error>;

    /// The tests of one rule set, their names after `tests/`: TOML files, and the data files that they read. `None`
    /// where there is no such folder.
    ///
    /// # Errors
    /// When the source cannot be read.
    fn tests(&self, name: &RuleSetName) -> Result<Option<Vec<RuleFile>>, Error> {
        let _ = name;
        Ok(None)
    }

    /// Entries that are not read, though they seem to be meant as rules or tests.
    fn unread(&self) -> Vec<Unread> {
        Vec::new()
    }
}

impl<L: Loader + ?Sized> Loader for std::sync::Arc<L> {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        (**self).rule_sets()
    }

    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error> {
        (**self).files(name)
    }

    fn tests(&self, name: &RuleSetName) -> Result<Option<Vec<RuleFile>>, Error> {
        (**self).tests(name)
    }

    fn unread(&self) -> Vec<Unread> {
        (**self).unread()
    }
}

/// Files that change under an engine: whoever has the other end of an `Arc` edits them.
impl<L: Loader> Loader for std::sync::RwLock<L> {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        self.read()
            .unwrap_or_else(PoisonError::into_inner)
            .rule_sets()
    }

    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error> {
        self.read()
            .unwrap_or_else(PoisonError::into_inner)
            .files(name)
    }

    fn tests(&self, name: &RuleSetName) -> Result<Option<Vec<RuleFile>>, Error> {
        self.read()
            .unwrap_or_else(PoisonError::into_inner)
            .tests(name)
    }

    fn unread(&self) -> Vec<Unread> {
        self.read().unwrap_or_else(PoisonError::into_inner).unread()
    }
}

/// Whether a file is a rule file, or is most likely meant to be one: `Hukum.TOML`, `hukum.toml.txt`. What
/// editors and backups leave behind is not.
pub(super) fn looks_like_rules(name: &str, prefix: &str) -> bool {
    let lower = name.to_lowercase();
    let toml = lower.contains(".toml") && prefix.is_empty();
    !is_leftover(name) && (toml || lower.contains(".rhai"))
}

/// Whether an editor or a backup left a file behind.
pub(super) fn is_leftover(name: &str) -> bool {
    let lower = name.to_lowercase();
    let ends = ["~", ".bak", ".orig", ".rej", ".swp", ".tmp", ".old"];
    lower.starts_with(['.', '~', '#']) || ends.iter().any(|end| lower.ends_with(end))
}

/// Rule files in memory: for tests, embedding, and edits that are not saved.
///
/// ```
/// use tanggap::bundle::{Loader, MemoryLoader};
/// let loader = MemoryLoader::new([("contoh/2024/index.toml", "scale = [0, 100]")]);
/// assert_eq!(loader.rule_sets()?.len(), 1);
/// # Ok::<(), tanggap::base::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryLoader {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryLoader {
    /// Files by path: `index/year/name`.
    pub fn new<P: Into<String>, B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, B)>) -> Self {
        let files = files
            .into_iter()
            .map(|(path, bytes)| (path.into(), bytes.into()));
        Self {
            files: files.collect(),
        }
    }

    /// Adds or replaces a file.
    pub fn set(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// Takes a file away.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }
}

impl Loader for MemoryLoader {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        let names = self
            .files
            .keys()
            .filter_map(|path| path.strip_suffix("/index.toml"));
        Ok(names.filter_map(RuleSetName::parse).collect())
    }

    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error> {
        let prefix = format!("{name}/");
        let files = self.files.iter().filter_map(|(path, bytes)| {
            let inner = path.strip_prefix(&prefix)?;
            let (prefix, name) = inner
                .rsplit_once('/')
                .map_or(("", inner), |(folder, name)| (folder, name));
            let wanted = looks_like_rules(name, prefix) && matches!(prefix, "" | "lib");
            wanted.then(|| RuleFile {
                path: path.clone(),
                name: inner.to_owned(),
                bytes: bytes.clone(),
                size: bytes.len() as u64,
            })
        });
        Ok(files.collect())
    }

    fn tests(&self, name: &RuleSetName) -> Result<Option<Vec<RuleFile>>, Error> {
        let prefix = format!("{name}/{TESTS}/");
        let files = self.files.iter().filter_map(|(path, bytes)| {
            let name = path.strip_prefix(&prefix)?;
            let own = !name.contains('/') && !is_leftover(name);
            own.then(|| RuleFile {
                path: path.clone(),
                name: name.to_owned(),
                bytes: bytes.clone(),
                size: bytes.len() as u64,
            })
        });
        let files: Vec<RuleFile> = files.collect();
        Ok((!files.is_empty()).then_some(files))
    }
}
