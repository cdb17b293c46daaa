//! Where rule files come from: the only door between the core and the disk.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::unread::{self, Unread};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName, ident};

/// The folder of the tests of a rule set.
pub const TESTS: &str = "tests";

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

/// Rule files in folders: `<root>/<index>/<year>/…`.
///
/// A file that has not changed since it was last read is not read again: by its size, times and number in its file system, where
/// the last change is old enough that a later one has another time.
#[derive(Clone, Debug)]
pub struct DiskLoader {
    root: PathBuf,
    known: Arc<Mutex<HashMap<PathBuf, Known>>>,
}

/// A file as it was last read.
#[derive(Debug)]
struct Known {
    stamp: Stamp,
    bytes: Arc<[u8]>,
}

/// Identity and times of a file, by which a change is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: SystemTime,
    /// Its number, and when anything about it last changed, in seconds and billionths.
    number: (u64, u64),
    changed: (i64, i64),
}

/// How long the last change of a file must have been over for its time to be relied on.
const SETTLED: Duration = Duration::from_secs(10);

impl Stamp {
    #[cfg(unix)]
    fn of(found: &std::fs::Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self {
            size: found.len(),
            modified: found.modified().ok()?,
            number: (found.dev(), found.ino()),
            changed: (found.ctime(), found.ctime_nsec()),
        })
    }

    #[cfg(not(unix))]
    fn of(_found: &std::fs::Metadata) -> Option<Self> {
        None
    }

    /// Whether its last change lies so far back that another one would have another time.
    fn is_settled(&self, now: SystemTime) -> bool {
        let seconds = u64::try_from(self.changed.0).unwrap_or(u64::MAX);
        let changed = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        let last = changed.map_or(self.modified, |changed| changed.max(self.modified));
        now.duration_since(last).is_ok_and(|since| since > SETTLED)
    }
}

impl DiskLoader {
    /// Reads below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            known: Arc::default(),
        }
    }

    /// The bytes of a file, and its size; no bytes where it is larger than what is read.
    fn read(&self, path: &Path, most: u64) -> std::io::Result<(Vec<u8>, u64)> {
        let found = std::fs::metadata(path)?;
        if found.len() > most {
            return Ok((Vec::new(), found.len()));
        }
        let stamp = Stamp::of(&found);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let same = known.get(path).filter(|own| Some(own.stamp) == stamp);
        if let Some(same) = same {
            return Ok((same.bytes.to_vec(), found.len()));
        }
        known.remove(path);
        drop(known);
        #[allow(clippy::disallowed_methods)]
        let (now, file) = (SystemTime::now(), std::fs::File::open(path)?);
        let mut bytes = Vec::new();
        // What grows meanwhile is cut, and seen to differ at the next look.
        file.take(most + 1).read_to_end(&mut bytes)?;
        let size = bytes.len() as u64;
        if size > most {
            return Ok((Vec::new(), size));
        }
        let after = std::fs::metadata(path)
            .ok()
            .and_then(|found| Stamp::of(&found));
        if let Some(stamp) = stamp.filter(|own| Some(*own) == after && own.is_settled(now)) {
            let bytes = bytes.as_slice().into();
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(path.to_owned(), Known { stamp, bytes });
        }
        Ok((bytes, size))
    }

    fn folder_of(&self, name: &RuleSetName) -> PathBuf {
        let index = self.root.join(&name.index);
        index.join(format!("{:04}", name.year))
    }

    fn read_folder(
        &self,
        folder: &Path,
        prefix: &str,
        wanted: &dyn Fn(&str) -> bool,
        files: &mut Vec<RuleFile>,
    ) -> Result<(), Error> {
        for path in entries(folder)? {
            let name = name_of(&path);
            if !wanted(&name) || !is_file(&path)? {
                continue;
            }
            let name = format!("{prefix}{name}");
            let most = RuleFile::most(&name);
            let (bytes, size) = self
                .read(&path, most)
                .map_err(|error| unreadable(&path, error))?;
            files.push(RuleFile {
                path: shown(&path),
                name,
                bytes,
                size,
            });
        }
        Ok(())
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

impl Loader for DiskLoader {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        let mut names = Vec::new();
        for index in entries(&self.root)?.iter().filter(|path| path.is_dir()) {
            let own = name_of(index);
            if !ident::is_id(&own) {
                continue;
            }
            // A folder that nobody may open is one index in trouble, not all of them.
            for year in &entries(index).unwrap_or_default() {
                let named = RuleSetName::parse(&format!("{own}/{}", name_of(year)));
                // A year without index.toml is a rule set that is wrong, not none; so is one that cannot be read.
                let there = || year.is_dir() && has_rules(year).unwrap_or(true);
                names.extend(named.filter(|_| there()));
            }
        }
        names.sort();
        Ok(names)
    }

    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error> {
        let folder = self.folder_of(name);
        let mut files = Vec::new();
        // An index is a name, never a path.
        let index = self.root.join(&name.index);
        if ident::is_id(&name.index) && index.is_dir() {
            // Only what can be looked into is known to be empty.
            entries(&index)?;
        }
        if ident::is_id(&name.index) && folder.is_dir() {
            for (folder, prefix) in [(folder.clone(), ""), (folder.join("lib"), "lib/")] {
                let wanted = |name: &str| looks_like_rules(name, prefix);
                if folder.is_dir() {
                    self.read_folder(&folder, prefix, &wanted, &mut files)?;
                }
            }
        }
        Ok(files)
    }

    fn tests(&self, name: &RuleSetName) -> Result<Option<Vec<RuleFile>>, Error> {
        let folder = self.folder_of(name).join(TESTS);
        if !ident::is_id(&name.index) || !folder.is_dir() {
            return Ok(None);
        }
        let mut files = Vec::new();
        self.read_folder(&folder, "", &|name| !is_leftover(name), &mut files)?;
        Ok(Some(files))
    }

    fn unread(&self) -> Vec<Unread> {
        unread::below(&self.root)
    }
}

/// Whether a path is a folder that holds rule files.
fn has_rules(folder: &Path) -> Result<bool, Error> {
    if !folder.is_dir() {
        return Ok(false);
    }
    for path in entries(folder)? {
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| looks_like_rules(name, "")) && is_file(&path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a path that a folder lists is a file. A link that leads nowhere, and what may not be looked at, is one that cannot
/// be read; what was deleted meanwhile is none.
fn is_file(path: &Path) -> Result<bool, Error> {
    match std::fs::metadata(path) {
        Ok(found) => Ok(found.is_file()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if std::fs::symlink_metadata(path).is_ok() {
                return Err(unreadable(path, error));
            }
            Ok(false)
        }
        Err(error) => Err(unreadable(path, error)),
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

pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    #[allow(clippy::disallowed_methods)]
    let listing = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut paths = Vec::new();
    for entry in listing {
        paths.push(entry.map_err(|error| unreadable(folder, error))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The last part of a path, as far as it can be shown.
pub(super) fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let path = shown(path);
    Error::new(
        ErrorKind::Io,
        text!("`{path}` tidak dapat dibaca", "`{path}` cannot be read"),
    )
    .with_source(error)
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
