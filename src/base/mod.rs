//! The vocabulary that all stages share; it imports nothing of ours.

pub mod code;
pub mod diagnostic;
pub mod error;
pub mod ident;
pub mod issue;
pub(crate) mod json;
pub mod language;
pub(crate) mod mark;
pub mod memory;
pub mod number;
#[cfg(any(feature = "parquet", feature = "xlsx"))]
pub(crate) mod panics;
pub(crate) mod pipeline;
pub mod source;
pub mod stack;
pub mod stop;
pub mod suggest;

pub use code::Code;
pub use diagnostic::{Cause, Diagnostic, Diagnostics, Label, Severity, Warned};
pub use error::{Error, ErrorKind};
pub use ident::{NodeIndex, RuleSetName};
pub use issue::{CellPlace, Issue, IssueKind};
pub use language::{Lang, Text};
pub use memory::{Held, Memory};
pub use number::{Precision, Rounding};
pub use source::{FileId, Place, SourceMap, Sourced, Span};
pub use stop::Stop;
