//! Standard output and standard error.

use std::io::{self, BufWriter, IsTerminal, Write};

/// Where results and messages go.
pub(super) struct Output {
    out: BufWriter<io::Stdout>,
    failed: Option<io::Error>,
}

impl Output {
    pub(super) fn new() -> Self {
        Self {
            out: BufWriter::new(io::stdout()),
            failed: None,
        }
    }

    /// A result; a failure to write it is kept until the end.
    pub(super) fn print(&mut self, text: &str) {
        if let Err(error) = writeln!(self.out, "{text}") {
            self.failed.get_or_insert(error);
        }
    }

    /// The writer of results.
    pub(super) fn writer(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// Keeps the failure of a writer.
    pub(super) fn keep(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.failed.get_or_insert(error);
        }
    }

    /// A message. Nothing can be done where it cannot be written.
    pub(super) fn error(&mut self, text: &str) {
        let _ = self.out.flush();
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Whether messages are coloured: on a terminal, unless `NO_COLOR` is set.
    pub(super) fn color(&self) -> bool {
        io::stderr().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        match self.failed {
            Some(error) => Err(error),
            None => flushed,
        }
    }
}
