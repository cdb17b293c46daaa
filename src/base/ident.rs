//! Names: of rule sets, and of what rule files define.

use super::error::{Error, ErrorKind};
use super::language::text;

/// Names that formulas already use for something else.
pub const RESERVED: [&str; 10] = [
    "region",
    "band",
    "rank",
    "issues",
    "index",
    "parameters",
    "children",
    "indicators",
    "variables",
    "raw",
];

/// Words of Rhai and of formulas, and the columns of reports.
const WORDS: [&str; 48] = [
    "year",
    "status",
    "name",
    "group",
    "record",
    "let",
    "const",
    "if",
    "else",
    "switch",
    "do",
    "while",
    "until",
    "loop",
    "for",
    "in",
    "continue",
    "break",
    "return",
    "throw",
    "try",
    "catch",
    "fn",
    "private",
    "import",
    "export",
    "as",
    "global",
    "this",
    "true",
    "false",
    "Fn",
    "call",
    "curry",
    "type_of",
    "print",
    "debug",
    "eval",
    "is_def_var",
    "is_def_fn",
    "is_shared",
    "var",
    "static",
    "shared",
    "goto",
    "match",
    "default",
    "case",
];

/// Whether an id is taken by the language itself.
pub fn is_reserved(id: &str) -> bool {
    RESERVED.contains(&id) || WORDS.contains(&id)
}

/// Whether a text can be an id: snake_case, so that formulas can use it as a name.
pub fn is_id(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && text.len() <= 64
}

/// The nearest id to a text: lower case, everything else than letters and digits to `_`.
pub fn to_id(text: &str) -> Option<String> {
    let mut id = String::new();
    for c in text.chars() {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_alphanumeric() {
            id.push(c);
        } else if !id.is_empty() && !id.ends_with('_') {
            id.push('_');
        }
    }
    let id = id.trim_end_matches('_').to_owned();
    is_id(&id).then_some(id)
}

/// The position of a node in its rule set: the index is 0, parents come before their children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub(crate) u32);

impl NodeIndex {
    /// The index itself, the root of the tree.
    pub const ROOT: NodeIndex = NodeIndex(0);

    /// The position as a subscript.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// The name of a rule set: an index in a program year, written `ikotan/2021`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleSetName {
    /// The folder of the index.
    pub index: String,
    /// The program year.
    pub year: u16,
}

impl RuleSetName {
    /// Reads `index/year`.
    ///
    /// ```
    /// let name: tanggap::base::RuleSetName = "ikotan/2021".parse()?;
    /// assert_eq!((name.index.as_str(), name.year), ("ikotan", 2021));
    /// # Ok::<(), tanggap::base::Error>(())
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        let (index, year) = name.trim_end_matches('/').split_once('/')?;
        let digits = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
        (is_id(index) && digits).then_some(())?;
        Some(Self {
            index: index.to_owned(),
            year: year.parse().ok()?,
        })
    }
}

impl std::str::FromStr for RuleSetName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::parse(name).ok_or_else(|| {
            Error::new(
                ErrorKind::Call,
                text!(
                    "`{name}` bukan nama perangkat aturan",
                    "`{name}` is not the name of a rule set"
                ),
            )
            .with_help(text!(
                "tulis indeks/tahun, misalnya `ikotan/2021`; `tanggap list` menampilkan yang ada",
                "write index/year, such as `ikotan/2021`; `tanggap list` shows what there is"
            ))
        })
    }
}

impl std::fmt::Display for RuleSetName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{:04}", self.index, self.year)
    }
}

/// A text between quotation marks, as TOML, YAML and JSON read it alike.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
