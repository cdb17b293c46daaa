//! Where rule files come from: the only door between the core and the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

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
    /// The content.
    pub bytes: Vec<u8>,
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
}

/// Rule files in folders: `<root>/<index>/<year>/…`.
#[derive(Clone, Debug)]
pub struct DiskLoader {
    root: PathBuf,
}

impl DiskLoader {
    /// Reads below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn folder_of(&self, name: &RuleSetName) -> PathBuf {
        let index = self.root.join(&name.index);
        index.join(format!("{:04}", name.year))
    }

    fn read_folder(
        folder: &Path,
        prefix: &str,
        wanted: &dyn Fn(&str) -> bool,
        files: &mut Vec<RuleFile>,
    ) -> Result<(), Error> {
        for path in entries(folder)? {
            let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
                continue;
            };
            if !wanted(name) || !is_file(&path)? {
                continue;
            }
            #[allow(clippy::disallowed_methods)]
            let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, error))?;
            files.push(RuleFile {
                path: shown(&path),
                name: format!("{prefix}{name}"),
                bytes,
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
}

impl Loader for DiskLoader {
    fn rule_sets(&self) -> Result<Vec<RuleSetName>, Error> {
        let mut names = Vec::new();
        for index in entries(&self.root)?.iter().filter(|path| path.is_dir()) {
            for year in &entries(index)? {
                // A year without index.toml is a rule set that is wrong, not none.
                if !has_rules(year)? {
                    continue;
                }
                let part =
                    |path: &Path| path.file_name().and_then(|n| n.to_str()).map(str::to_owned);
                if let (Some(index), Some(year)) = (part(index), part(year)) {
                    names.extend(RuleSetName::parse(&format!("{index}/{year}")));
                }
            }
        }
        names.sort();
        Ok(names)
    }

    fn files(&self, name: &RuleSetName) -> Result<Vec<RuleFile>, Error> {
        let folder = self.folder_of(name);
        let mut files = Vec::new();
        // An index is a name, never a path.
        if ident::is_id(&name.index) && folder.is_dir() {
            for (folder, prefix) in [(folder.clone(), ""), (folder.join("lib"), "lib/")] {
                let wanted = |name: &str| looks_like_rules(name, prefix);
                if folder.is_dir() {
                    Self::read_folder(&folder, prefix, &wanted, &mut files)?;
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
        Self::read_folder(&folder, "", &|name| !is_leftover(name), &mut files)?;
        Ok(Some(files))
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
fn looks_like_rules(name: &str, prefix: &str) -> bool {
    let lower = name.to_lowercase();
    let toml = lower.contains(".toml") && prefix.is_empty();
    !is_leftover(name) && (toml || lower.contains(".rhai"))
}

/// Whether an editor or a backup left a file behind.
fn is_leftover(name: &str) -> bool {
    let lower = name.to_lowercase();
    let ends = ["~", ".bak", ".orig", ".rej", ".swp", ".tmp", ".old"];
    lower.starts_with(['.', '~', '#']) || ends.iter().any(|end| lower.ends_with(end))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    #[allow(clippy::disallowed_methods)]
    let listing = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut paths = Vec::new();
    for entry in listing {
        paths.push(entry.map_err(|error| unreadable(folder, error))?.path());
    }
    paths.sort();
    Ok(paths)
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
            })
        });
        let files: Vec<RuleFile> = files.collect();
        Ok((!files.is_empty()).then_some(files))
    }
}
