//! Which folders must be watched to see every change of a folder of rules, through links as well.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// How deep below the folder of rules there are files of rules: index, year, `lib` or `tests`.
const DEEPEST: usize = 3;
/// How many links one path may lead through.
const MOST_LINKS: usize = 32;
/// How many folders are watched at most.
const MOST_FOLDERS: usize = 10_000;

/// The folders to watch, by their real paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Folders {
    /// Whatever happens in these matters.
    whole: BTreeSet<PathBuf>,
    /// In these a few names matter: links, and the folder of rules itself.
    named: BTreeMap<PathBuf, BTreeSet<OsString>>,
}

impl Folders {
    /// The folders of a folder of rules as it is now; of one that is not there, those in which it may appear. `files`
    /// elsewhere are watched with it.
    pub(super) fn of(root: &Path, files: &[PathBuf]) -> Self {
        let mut folders = Self::default();
        for path in std::iter::once(root).chain(files.iter().map(PathBuf::as_path)) {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
            folders.path(&path, MOST_LINKS);
            folders.above(&path);
        }
        folders.below(root, 0);
        folders
    }

    /// Every folder.
    pub(super) fn all(&self) -> impl Iterator<Item = &PathBuf> {
        self.whole.iter().chain(self.named.keys())
    }

    /// Whether what happened to a path matters.
    pub(super) fn concerns(&self, path: &Path) -> bool {
        if self.whole.contains(path) || self.named.contains_key(path) {
            return true;
        }
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return true;
        };
        let named = self.named.get(folder);
        self.whole.contains(folder) || named.is_some_and(|names| names.contains(name))
    }

    fn name(&mut self, folder: &Path, name: &std::ffi::OsStr) {
        if let Ok(real) = std::fs::canonicalize(folder) {
            self.named.entry(real).or_default().insert(name.to_owned());
        }
    }

    /// The links on the way to a path.
    fn path(&mut self, path: &Path, most: usize) {
        let mut so_far = PathBuf::new();
        for part in path.components() {
            let folder = so_far.clone();
            so_far.push(part);
            let Component::Normal(name) = part else {
                continue;
            };
            if let (Ok(target), Some(most)) = (std::fs::read_link(&so_far), most.checked_sub(1)) {
                self.name(&folder, name);
                self.path(&folder.join(target), most);
            }
        }
    }

    /// The folder in which the folder of rules is, or the nearest that is there.
    fn above(&mut self, root: &Path) {
        let mut path = root;
        while let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
            self.name(folder, name);
            if folder.is_dir() {
                break;
            }
            path = folder;
        }
    }

    fn below(&mut self, folder: &Path, depth: usize) {
        let (Ok(real), Ok(entries)) = (std::fs::canonicalize(folder), read_dir(folder)) else {
            return;
        };
        if self.whole.len() >= MOST_FOLDERS || !real.is_dir() {
            return;
        }
        self.whole.insert(real);
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                self.path(&path, MOST_LINKS);
            }
            if depth < DEEPEST && path.is_dir() {
                self.below(&path, depth + 1);
            }
        }
    }
}

#[allow(clippy::disallowed_methods)]
fn read_dir(folder: &Path) -> std::io::Result<std::fs::ReadDir> {
    std::fs::read_dir(folder)
}
