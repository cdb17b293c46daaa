//! Standard output and standard error.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::base::language::text;
use crate::base::{Error, ErrorKind};

/// Where results and messages go.
pub(super) struct Output {
    out: Target,
    failed: Option<io::Error>,
}

enum Target {
    /// Standard output, and standard error for messages.
    Terminal(BufWriter<io::Stdout>),
    /// Results are kept, messages are dropped.
    Kept(Vec<u8>),
}

impl Output {
    pub(super) fn new() -> Self {
        Self {
            out: Target::Terminal(BufWriter::new(io::stdout())),
            failed: None,
        }
    }

    /// Keeps results, and says nothing.
    pub(super) fn kept() -> Self {
        Self {
            out: Target::Kept(Vec::new()),
            failed: None,
        }
    }

    /// The results that were kept.
    pub(super) fn into_kept(self) -> Vec<u8> {
        match self.out {
            Target::Terminal(_) => Vec::new(),
            Target::Kept(bytes) => bytes,
        }
    }

    /// A result; a failure to write it is kept until the end.
    pub(super) fn print(&mut self, text: &str) {
        let result = writeln!(self.writer(), "{text}");
        self.keep(result);
    }

    /// The writer of results.
    pub(super) fn writer(&mut self) -> &mut dyn Write {
        match &mut self.out {
            Target::Terminal(out) => out,
            Target::Kept(bytes) => bytes,
        }
    }

    /// Keeps the failure of a writer.
    pub(super) fn keep(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.failed.get_or_insert(error);
        }
    }

    /// Shows now what was printed so far.
    pub(super) fn flush(&mut self) {
        let result = self.writer().flush();
        self.keep(result);
    }

    /// Whether nobody reads any more.
    pub(super) fn is_broken(&self) -> bool {
        self.failed.is_some()
    }

    /// A message. Nothing can be done where it cannot be written.
    pub(super) fn error(&mut self, text: &str) {
        if let Target::Terminal(out) = &mut self.out {
            let _ = out.flush();
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Whether results go to a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        matches!(self.out, Target::Terminal(_)) && io::stdout().is_terminal()
    }

    /// Whether messages are coloured: on a terminal, unless `NO_COLOR` is set.
    pub(super) fn color(&self) -> bool {
        io::stderr().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        let flushed = self.writer().flush();
        match self.failed {
            Some(error) => Err(error),
            None => flushed,
        }
    }
}

/// The text of a file, where there is one.
pub(super) fn read_if_there(path: &str) -> Result<Option<String>, Error> {
    #[allow(clippy::disallowed_methods)]
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let said = text!("`{path}` tidak dapat dibaca", "`{path}` cannot be read");
            Err(Error::new(ErrorKind::Io, said).with_source(error))
        }
    }
}

/// Refuses to write results over a rule file.
pub(super) fn spare_rules(path: Option<&str>) -> Result<(), Error> {
    let Some(path) = path else { return Ok(()) };
    let lower = path.to_lowercase();
    let rules = [".toml", ".rhai", ".snap"]
        .iter()
        .any(|end| lower.ends_with(end));
    if rules && Path::new(path).exists() {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "`{path}` adalah berkas aturan; tidak ditimpa hasil",
                "`{path}` is a rule file; it is not replaced by results"
            ),
        )
        .with_help(text!(
            "pilih nama lain untuk `--output`",
            "choose another name for `--output`"
        )));
    }
    Ok(())
}

/// Writes a file, replacing what was there only when all of it is written.
pub(super) fn write_file(
    path: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let target = Path::new(path);
    if target == Path::new("/dev/stdout") {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "`--output` tidak perlu untuk keluaran standar",
                "`--output` is not needed for standard output"
            ),
        )
        .with_help(text!(
            "hapus `--output` dan tulis `--format`",
            "leave out `--output` and write `--format`"
        )));
    }
    // What is no plain file, such as a device or a link, is written where it stands.
    let old = std::fs::symlink_metadata(target).ok();
    let new = old.is_none();
    let old = old.filter(std::fs::Metadata::is_file);
    if old.as_ref().is_some_and(|old| old.permissions().readonly()) {
        return Err(unwritten(path, io::ErrorKind::PermissionDenied.into()));
    }
    let aside = (new || old.is_some()).then(|| beside(target)).flatten();
    let Some((aside, file)) = aside else {
        #[allow(clippy::disallowed_methods)]
        let file = std::fs::File::create(target).map_err(|error| unwritten(path, error))?;
        let filled = fill(path, file, write);
        let begun = old.is_none() && std::fs::symlink_metadata(target).is_ok_and(|f| f.is_file());
        if filled.is_err() && begun {
            // A file that was begun and not ended is of no use.
            let _ = std::fs::remove_file(target);
        }
        return filled;
    };
    let written = fill(path, file, write).and_then(|()| {
        let kept = old.map_or(Ok(()), |old| {
            std::fs::set_permissions(&aside, old.permissions())
        });
        kept.and_then(|()| std::fs::rename(&aside, target))
            .map_err(|error| unwritten(path, error))
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&aside);
    }
    written
}

/// A new file in the folder of another; nothing where the folder takes none.
fn beside(target: &Path) -> Option<(PathBuf, std::fs::File)> {
    let name = target.file_name()?;
    (0..100).find_map(|attempt| {
        let mut aside = OsString::from(".");
        aside.push(name);
        aside.push(format!(".{}-{attempt}.tanggap", std::process::id()));
        let aside = target.with_file_name(aside);
        let file = std::fs::File::create_new(&aside).ok()?;
        Some((aside, file))
    })
}

/// Writes a file that must not be there yet.
pub(super) fn write_new_file(
    path: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let file = std::fs::File::create_new(path).map_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            return unwritten(path, error);
        }
        Error::new(
            ErrorKind::Call,
            text!(
                "`{path}` sudah ada dan tidak ditimpa",
                "`{path}` is there already and is not overwritten"
            ),
        )
    })?;
    fill(path, file, write)
}

/// Makes a folder, with those above it.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let shown = folder.display();
        Error::new(
            ErrorKind::Io,
            text!(
                "folder `{shown}` tidak dapat dibuat",
                "the folder `{shown}` cannot be made"
            ),
        )
        .with_source(error)
    })
}

fn fill(
    path: &str,
    file: std::fs::File,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let mut out = BufWriter::new(file);
    write(&mut out)
        .and_then(|()| out.flush())
        .map_err(|error| unwritten(path, error))
}

fn unwritten(path: &str, error: io::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        text!("`{path}` tidak dapat ditulis", "`{path}` cannot be written"),
    )
    .with_source(error)
}
