//! Where a text came from: files, spans into them, and values that remember their origin.

use std::sync::Arc;

/// A file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A stretch of a source file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl FileId {
    /// The same file in a map that [took it over](SourceMap::append).
    #[must_use]
    pub(crate) fn moved(self, by: u32) -> Self {
        Self(self.0.saturating_add(by))
    }
}

impl Span {
    /// The stretch of `file` from byte `start` up to, but without, byte `end`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clip = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            file,
            start: clip(start),
            end: clip(end.max(start)),
        }
    }

    /// The smallest span that holds both; `self` when they lie in two files.
    #[must_use]
    pub fn to(self, other: Span) -> Self {
        if self.file != other.file {
            return self;
        }
        Self {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The span as a range of bytes.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value together with the place it was written at: its *origin*.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it is written; `None` for a default that nobody wrote.
    pub origin: Option<Span>,
}

impl<T> Sourced<T> {
    /// A value written at `span`.
    pub fn written(value: T, span: Span) -> Self {
        Self {
            value,
            origin: Some(span),
        }
    }

    /// A default that no file states.
    pub fn default_value(value: T) -> Self {
        Self {
            value,
            origin: None,
        }
    }
}

/// A human's address of a position: path, line and column, both counted from 1 (columns in characters).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path as the loader names it.
    pub path: String,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

#[derive(Clone, Debug)]
struct SourceFile {
    path: String,
    text: Arc<str>,
    /// Where each line begins, in bytes.
    lines: Arc<[usize]>,
}

/// All source files of a rule set.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file and gives its id.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let text: Arc<str> = text.into();
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        self.files.push(SourceFile {
            path: path.into(),
            lines: std::iter::once(0).chain(breaks).collect(),
            text,
        });
        id
    }

    /// Adds all files of another map and gives how far their ids move.
    pub(crate) fn append(&mut self, other: &SourceMap) -> u32 {
        let by = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.files.extend(other.files.iter().cloned());
        by
    }

    /// The files, in the order in which they came.
    pub fn files(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..u32::try_from(self.files.len()).unwrap_or(u32::MAX)).map(FileId)
    }

    /// The path of a file.
    pub fn path(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |f| &f.path)
    }

    /// The whole text of a file.
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |f| &f.text)
    }

    /// The text that a span covers.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.range()).unwrap_or("")
    }

    /// The first line that a span touches.
    pub fn line(&self, span: Span) -> &str {
        let text = self.text(span.file);
        let before = text.get(..span.start as usize).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        text.get(start..).unwrap_or("").lines().next().unwrap_or("")
    }

    /// The address of the start of a span.
    pub fn place(&self, span: Span) -> Place {
        let text = self.text(span.file);
        let mut start = (span.start as usize).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let lines = self.files.get(span.file.0 as usize);
        let lines = lines.map_or(&[0][..], |file| &file.lines);
        let line = lines.partition_point(|begin| *begin <= start);
        let line_start = lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        Place {
            path: self.path(span.file).to_owned(),
            line,
            column: text.get(line_start..start).unwrap_or("").chars().count() + 1,
        }
    }

    /// A span over the whole first line of a file: for what concerns the file as such.
    pub fn head(&self, file: FileId) -> Span {
        let line = self.text(file).lines().next().unwrap_or("");
        Span::new(file, 0, line.len())
    }
}
