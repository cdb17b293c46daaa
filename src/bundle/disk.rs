//! Rule files on a disk.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::loader::{Loader, RuleFile, SNAPSHOTS, TESTS, is_leftover, looks_like_rules};
use super::unread::{self, Unread};
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName, Text, ident};

/// Rule files in folders: `<root>/<index>/<year>/…`.
///
/// A file that has not changed since it was last read is not read again: by its size, times and number in its file system, where
/// the last change is old enough that a later one has another time.
///
/// Links of whole folders are followed: the root, an index, a year. A file, `lib` or `tests` that is a link must not lead out
/// of all three, unless [`follow_links`](Self::follow_links) says so.
///
/// ```
/// use tanggap::bundle::{DiskLoader, Loader};
///
/// let loader = DiskLoader::new("rules").relative();
/// let files = loader.files(&"ikotan/2021".parse()?)?;
/// assert!(files.iter().any(|file| file.path == "ikotan/2021/index.toml"));
/// # Ok::<(), tanggap::base::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DiskLoader {
    root: PathBuf,
    follows_links: bool,
    is_relative: bool,
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
            follows_links: false,
            is_relative: false,
            known: Arc::default(),
        }
    }

    /// Whether links are followed wherever they lead.
    #[must_use]
    pub fn follow_links(mut self, follow: bool) -> Self {
        self.follows_links = follow;
        self
    }

    /// Shows paths as they stand below the root, which nobody learns then: for services.
    #[must_use]
    pub fn relative(mut self) -> Self {
        self.is_relative = true;
        self
    }

    /// A path as messages show it.
    fn shown(&self, path: &Path) -> String {
        let below = match path.strip_prefix(&self.root) {
            Ok(below) if self.is_relative && below != Path::new("") => below,
            Ok(_) if self.is_relative => path.file_name().map_or(Path::new("."), Path::new),
            _ => path,
        };
        below.to_string_lossy().replace('\\', "/")
    }

    fn unreadable(&self, path: &Path, error: io::Error) -> Error {
        let path = self.shown(path);
        Error::new(
            ErrorKind::Io,
            text!("`{path}` tidak dapat dibaca", "`{path}` cannot be read"),
        )
        .with_source(error)
    }

    fn entries(&self, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        entries(folder).map_err(|error| self.unreadable(folder, error))
    }

    /// The folders that links of a rule set may not lead out of, by their real paths.
    fn home_of(&self, name: &RuleSetName) -> Vec<PathBuf> {
        let index = self.root.join(&name.index);
        let folders = [self.folder_of(name), index, self.root.clone()];
        let real = folders.iter().map(std::fs::canonicalize);
        real.filter_map(Result::ok).collect()
    }

    /// Whether a file or folder may be read: it is no link, or one that stays in these folders.
    fn stays_in(&self, home: &[PathBuf], path: &Path) -> Result<(), Error> {
        let link = std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        if !link || self.follows_links {
            return Ok(());
        }
        let real = std::fs::canonicalize(path).map_err(|error| self.unreadable(path, error))?;
        if home.iter().any(|folder| real.starts_with(folder)) {
            return Ok(());
        }
        let path = self.shown(path);
        let said = text!(
            "`{path}` adalah tautan ke luar folder aturan dan tidak dibaca",
            "`{path}` is a link out of the folder of rules, and is not read"
        );
        Err(Error::new(ErrorKind::Io, said).with_help(links_help()))
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
        home: &[PathBuf],
        (folder, prefix): (&Path, &str),
        wanted: &dyn Fn(&str) -> bool,
        files: &mut Vec<RuleFile>,
    ) -> Result<(), Error> {
        self.stays_in(home, folder)?;
        for path in self.entries(folder)? {
            let name = name_of(&path);
            let unreadable = |error| self.unreadable(&path, error);
            if !wanted(&name) || !is_file(&path).map_err(unreadable)? {
                continue;
            }
            self.stays_in(home, &path)?;
            let name = format!("{prefix}{name}");
            let most = RuleFile::most(&name);
            let (bytes, size) = self.read(&path, most).map_err(unreadable)?;
            files.push(RuleFile {
                path: self.shown(&path),
                name,
                bytes,
                size,
            });
        }
        Ok(())
    }
}

fn links_help() -> Text {
    text!(
        "salin berkasnya ke folder aturan, atau pakai `--follow-links`",
        "copy the file into the folder of rules, or use `--follow-links`"
    )
}

impl Loader for DiskLoader {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        let mut names = Vec::new();
        for index in self
            .entries(&self.root)?
            .iter()
            .filter(|path| path.is_dir())
        {
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
            self.entries(&index)?;
        }
        if ident::is_id(&name.index) && folder.is_dir() {
            let home = self.home_of(name);
            for (folder, prefix) in [(folder.clone(), ""), (folder.join("lib"), "lib/")] {
                let wanted = |name: &str| looks_like_rules(name, prefix);
                if folder.is_dir() {
                    self.read_folder(&home, (&folder, prefix), &wanted, &mut files)?;
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
        let wanted = |name: &str| !is_leftover(name);
        self.read_folder(&self.home_of(name), (&folder, ""), &wanted, &mut files)?;
        // A folder of accepted snapshots alone holds no cases, and need not.
        let has_cases = !files.is_empty() || !folder.join(SNAPSHOTS).is_dir();
        Ok(has_cases.then_some(files))
    }

    fn unread(&self) -> Vec<Unread> {
        unread::below(&self.root)
    }
}

/// Whether a path is a folder that holds rule files.
fn has_rules(folder: &Path) -> io::Result<bool> {
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
fn is_file(path: &Path) -> io::Result<bool> {
    match std::fs::metadata(path) {
        Ok(found) => Ok(found.is_file()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if std::fs::symlink_metadata(path).is_ok() {
                return Err(error);
            }
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

pub(super) fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    #[allow(clippy::disallowed_methods)]
    let listing = std::fs::read_dir(folder)?;
    let paths = listing.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The last part of a path, as far as it can be shown.
pub(super) fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
