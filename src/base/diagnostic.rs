//! One thing wrong with a rule file, and lists of them.

use std::sync::Arc;

use super::code::Code;
use super::language::Text;
use super::source::{SourceMap, Span};
use super::suggest;

/// How serious a diagnostic or an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something to know.
    Note,
    /// It works, and is probably not meant.
    Warning,
    /// It is wrong.
    Error,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> Text {
        match self {
            Severity::Note => Text::new("catatan", "note"),
            Severity::Warning => Text::new("peringatan", "warning"),
            Severity::Error => Text::new("galat", "error"),
        }
    }
}

/// A place with what is to be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is said there; may be empty.
    pub text: Text,
}

/// Cause of a finding, for those that show it beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A name that does not exist where it is used.
    UnknownName {
        /// Whether one of almost the same spelling does.
        is_slip: bool,
    },
    /// A parameter that does not exist.
    UnknownParameter,
}

/// One thing wrong with a rule file: a stable code, the place, what was expected and how to mend it.
///
/// Messages start in lower case, end without a full stop, and quote what the author wrote in backticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The stable code, such as `E201`.
    pub code: Code,
    /// How serious it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: Text,
    /// The places, the main one first.
    pub labels: Vec<Label>,
    /// How to mend it.
    pub help: Option<Text>,
    /// Why, where others depend on it.
    pub cause: Option<Cause>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: Text) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message,
            labels: vec![Label {
                span,
                text: Text::same(""),
            }],
            help: None,
            cause: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: Text) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// Says something at the main place.
    #[must_use]
    pub fn label(mut self, text: Text) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text;
        }
        self
    }

    /// Points to another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: Text) -> Self {
        self.labels.push(Label { span, text });
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, text: Text) -> Self {
        self.help = Some(text);
        self
    }

    /// Helps with a name that is not among the known ones: by the one that is nearest, else by all of them.
    #[must_use]
    pub fn unknown_name<'a>(
        mut self,
        written: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let is_slip = suggest::nearest(written, known.iter().copied()).is_some();
        self.cause = Some(Cause::UnknownName { is_slip });
        self.help_if(suggest::help(written, known))
    }

    /// Says how to mend it, where that is known.
    #[must_use]
    pub fn help_if(self, text: Option<Text>) -> Self {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }

    /// The main place.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }
}

/// Everything that was found wrong in one run, with the sources the places point into.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// The findings, ordered by file and place.
    pub list: Vec<Diagnostic>,
    /// The files.
    pub sources: Arc<SourceMap>,
}

impl Diagnostics {
    /// Sorts findings by place and drops repetitions.
    pub fn new(mut list: Vec<Diagnostic>, sources: Arc<SourceMap>) -> Self {
        list.sort_by_key(|d| (d.span().map(|s| (s.file, s.start, s.end)), d.code.as_str()));
        list.dedup();
        Self { list, sources }
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }
}

impl std::fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for diagnostic in &self.list {
            let place = diagnostic.span().map(|span| self.sources.place(span));
            if let Some(place) = place {
                write!(f, "{}:{}: ", place, place.column)?;
            }
            writeln!(
                f,
                "{}[{}]: {}",
                diagnostic.severity.word().en,
                diagnostic.code,
                diagnostic.message.en
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// A result together with the warnings met on the way.
#[derive(Clone, Debug)]
pub struct Warned<T> {
    /// The result.
    pub output: T,
    /// The warnings.
    pub warnings: Diagnostics,
}
