//! Standard output and standard error.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::Call;
use super::aside::Aside;
use crate::base::language::{is_bidi_control, text};
use crate::base::{Error, ErrorKind};
use crate::report::SafeCsv;

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
        let text = shown(text, self.color());
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
            let text = shown(text, color());
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Whether results go to a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        matches!(self.out, Target::Terminal(_)) && io::stdout().is_terminal()
    }

    /// Whether messages are coloured: on a terminal, unless `NO_COLOR` is set.
    pub(super) fn color(&self) -> bool {
        color()
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        let flushed = self.writer().flush();
        match self.failed {
            Some(error) => Err(error),
            None => flushed,
        }
    }
}

fn color() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A text as it may be shown: whatever would be an order to a terminal is replaced, our own colours aside.
fn shown(text: &str, colored: bool) -> Cow<'_, str> {
    let orders = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || is_bidi_control(c);
    if !text.contains(orders) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(orders) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let color = found.strip_prefix("\u{1b}[").filter(|_| colored);
        let end = color.and_then(|own| own.find(|c: char| !c.is_ascii_digit() && c != ';'));
        rest = match (color, end) {
            (Some(own), Some(end)) if own.get(end..).is_some_and(|own| own.starts_with('m')) => {
                let (color, rest) = found.split_at("\u{1b}[".len() + end + 1);
                out.push_str(color);
                rest
            }
            _ => {
                out.push(char::REPLACEMENT_CHARACTER);
                let mut rest = found.chars();
                rest.next();
                rest.as_str()
            }
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
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

/// Refuses to write results over a rule file, also where a link leads to one.
pub(super) fn spare_rules(path: Option<&str>) -> Result<(), Error> {
    let Some(path) = path else { return Ok(()) };
    let real = real(Path::new(path));
    let lower = real.to_string_lossy().to_lowercase();
    let rules = [".toml", ".rhai", ".snap"]
        .iter()
        .any(|end| lower.ends_with(end));
    if rules && real.exists() {
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

/// Where a path leads: the end of its links, whether or not there is something.
fn real(path: &Path) -> PathBuf {
    /// As many as systems follow.
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = std::fs::read_link(&path) else {
            break;
        };
        path = path
            .parent()
            .map_or(target.clone(), |folder| folder.join(&target));
    }
    path
}

/// Writes a file, replacing what was there only when all of it is written.
pub(super) fn write_file(
    path: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    if Path::new(path) == Path::new("/dev/stdout") {
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
    // A link stays one: what it leads to is replaced.
    let target = &real(Path::new(path));
    // What is no plain file, such as a device, is written where it stands.
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
    fill(path, file, write)?;
    let kept = old.map_or(Ok(()), |old| {
        std::fs::set_permissions(aside.path(), old.permissions())
    });
    kept.and_then(|()| std::fs::rename(aside.path(), target))
        .map_err(|error| unwritten(path, error))
}

/// Whether CSV is to be safe for spreadsheets: where the call says so, and where it is for the public.
pub(super) fn wants_safe_csv(call: &Call<'_>) -> bool {
    let given = |name: &str| matches!(call.matches.try_get_one::<bool>(name), Ok(Some(true)));
    given("safe-csv") || given("public")
}

/// Writes CSV, safe for spreadsheets where that is wanted.
pub(super) fn write_csv(
    safe: bool,
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if !safe {
        return write(out);
    }
    let mut safe = SafeCsv::new(out);
    write(&mut safe)?;
    safe.end().map(drop)
}

/// A new file in the folder of another; nothing where the folder takes none.
fn beside(target: &Path) -> Option<(Aside, std::fs::File)> {
    let name = target.file_name()?;
    (0..100).find_map(|attempt| {
        let mut aside = OsString::from(".");
        aside.push(name);
        aside.push(format!(".{}-{attempt}.tanggap", std::process::id()));
        let aside = target.with_file_name(aside);
        let file = std::fs::File::create_new(&aside).ok()?;
        Some((Aside::new(aside), file))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_an_order_to_a_terminal() {
        let text = "a\u{1b}[2Jb\u{7}\u{9b}1m\r\n\tc\u{202e}d";
        let safe = "a\u{fffd}[2Jb\u{fffd}\u{fffd}1m\u{fffd}\n\tc\u{fffd}d";
        assert_eq!(shown(text, false), safe);
        assert_eq!(shown(text, true), safe);
        let colored = "\u{1b}[1;31mgalat\u{1b}[0m";
        assert_eq!(shown(colored, true), colored);
        assert_eq!(shown(colored, false), "\u{fffd}[1;31mgalat\u{fffd}[0m");
        assert!(matches!(shown("biasa", false), Cow::Borrowed(_)));
    }
}
