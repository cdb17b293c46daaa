//! What can go wrong outside rules and data: the host could not do what was asked.

use super::language::{Lang, Text};

/// The kind of a host failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file or folder could not be read or written.
    Io,
    /// The call names something that does not exist or does not fit: a rule set, a column, a year.
    Call,
    /// The data as a whole cannot be read: not UTF-8, no header, broken JSON.
    Data,
    /// The data is larger than a limit: of columns, rows, characters, memory.
    TooLarge,
    /// There is memory for it, but others hold it now.
    Busy,
    /// It was [stopped](super::Stop) before its end.
    Stopped,
}

/// A failure of the host or of the call; what is wrong *in* a rule file is a
/// [`Diagnostic`](super::Diagnostic), what is wrong in a row is an [`Issue`](super::Issue).
#[derive(Debug)]
pub struct Error(Box<Repr>);

#[derive(Debug)]
struct Repr {
    kind: ErrorKind,
    message: Text,
    help: Option<Text>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind with its message.
    pub fn new(kind: ErrorKind, message: Text) -> Self {
        Self(Box::new(Repr {
            kind,
            message,
            help: None,
            source: None,
        }))
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn with_help(mut self, help: Text) -> Self {
        self.0.help = Some(help);
        self
    }

    /// Adds how to mend it, where that is known.
    #[must_use]
    pub fn with_help_if(self, help: Option<Text>) -> Self {
        match help {
            Some(help) => self.with_help(help),
            None => self,
        }
    }

    /// Adds the cause below.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened.
    pub fn message(&self) -> &Text {
        &self.0.message
    }

    /// How to mend it.
    pub fn help(&self) -> Option<&Text> {
        self.0.help.as_ref()
    }

    /// Message, cause and help in one language.
    pub fn render(&self, lang: Lang) -> String {
        let mut out = self.message().get(lang).to_owned();
        if let Some(source) = &self.0.source {
            out.push_str(&format!(" ({})", reason(source.as_ref(), lang)));
        }
        if let Some(help) = self.help() {
            out.push_str(&format!(
                "\n  = {}: {}",
                lang.pick("saran", "help"),
                help.get(lang)
            ));
        }
        out
    }
}

/// The cause below in the reader's language, as far as the operating system's reasons have names.
fn reason(source: &(dyn std::error::Error + Send + Sync + 'static), lang: Lang) -> String {
    let kind = source
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind);
    let known = match kind {
        Some(std::io::ErrorKind::NotFound) => ("tidak ditemukan", "not found"),
        Some(std::io::ErrorKind::PermissionDenied) => ("tidak diizinkan", "permission denied"),
        Some(std::io::ErrorKind::IsADirectory) => ("ini sebuah folder", "it is a folder"),
        Some(std::io::ErrorKind::NotADirectory) => ("bukan folder", "not a folder"),
        _ => return source.to_string(),
    };
    lang.pick(known.0, known.1).to_owned()
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(Lang::En))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
