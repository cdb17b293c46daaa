//! TOML text → [`Table`], as much of it as can be read, with what is wrong in the reader's language.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::value::{Entry, Item, Table, Value};
use crate::base::language::text;
use crate::base::{Diagnostic, FileId, SourceMap, Span, Text};

/// The largest integer up to which every integer is a double of its own.
const LARGEST_INTEGER: i64 = 1 << 53;

/// Reads a file of `sources`; what cannot be read becomes a finding.
pub(crate) fn parse(sources: &SourceMap, file: FileId, findings: &mut Vec<Diagnostic>) -> Table {
    let text = sources.text(file);
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading {
        file,
        findings: Vec::new(),
    };
    let mut errors = errors;
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    // Where a bracket or quote is not closed, what follows is misread: the first error is the one to mend.
    let misread = errors.len() > 3;
    for (at, error) in errors.iter().enumerate() {
        let mut finding = syntax_error(text, file, error.message(), error.span());
        // A comma that misleads the parser is what to mend, however much follows from it.
        if misread && !finding.message.en.starts_with("a decimal comma") {
            if at > 0 {
                continue;
            }
            finding.code = "E109";
        }
        // Recovery meets the same comma several times; one finding a line says it.
        let line = |d: &Diagnostic| d.span().map(|s| sources.place(s).line);
        if !reading
            .findings
            .iter()
            .any(|known| line(known) == line(&finding))
        {
            reading.findings.push(finding);
        }
    }
    let table = reading.table(document.get_ref());
    findings.append(&mut reading.findings);
    table
}

struct Reading {
    file: FileId,
    findings: Vec<Diagnostic>,
}

impl Reading {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    fn table(&mut self, table: &DeTable<'_>) -> Table {
        let mut entries = std::collections::BTreeMap::new();
        for (key, value) in table {
            if let Some(item) = self.item(value) {
                let entry = Entry {
                    key: self.span(key.span()),
                    item,
                };
                entries.insert(key.get_ref().to_string(), entry);
            }
        }
        Table { entries }
    }

    fn item(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Item> {
        let span = self.span(value.span());
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Integer(digits) => {
                let parsed = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
                match parsed.filter(|n| (-LARGEST_INTEGER..=LARGEST_INTEGER).contains(n)) {
                    Some(number) => Value::Number(number as f64),
                    None => return self.refuse(span),
                }
            }
            DeValue::Float(digits) => {
                match digits
                    .as_str()
                    .parse::<f64>()
                    .ok()
                    .filter(|x| x.is_finite())
                {
                    Some(number) => Value::Number(number),
                    None => return self.refuse(span),
                }
            }
            DeValue::Array(items) => {
                Value::Array(items.iter().filter_map(|item| self.item(item)).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Some(Item { value, span })
    }

    fn refuse(&mut self, span: Span) -> Option<Item> {
        self.findings.push(
            Diagnostic::error(
                "E104",
                span,
                text!(
                    "bilangan ini tidak dapat disimpan dengan tepat",
                    "this number cannot be held exactly"
                ),
            )
            .help(text!(
                "bilangan harus terhingga; bilangan bulat paling jauh 2^53",
                "numbers must be finite; whole numbers go up to 2^53"
            )),
        );
        // The key stays, so that it is not missed; what is said of this place is said.
        Some(Item {
            value: Value::Text(String::new()),
            span,
        })
    }
}

fn syntax_error(
    text: &str,
    file: FileId,
    message: &str,
    range: Option<std::ops::Range<usize>>,
) -> Diagnostic {
    let range = range.unwrap_or(0..0);
    let start = range.start.min(text.len());
    if let Some(comma) = decimal_comma(text, start) {
        let number = text.get(comma.clone()).unwrap_or("");
        let dotted = number.replace('.', "").replace(',', ".");
        return Diagnostic::error(
            "E101",
            Span::new(file, comma.start, comma.end),
            text!(
                "koma desimal dalam angka `{number}`",
                "a decimal comma in the number `{number}`"
            ),
        )
        .help(text!("pakai titik: `{dotted}`", "use a point: `{dotted}`"));
    }
    let line_start = text
        .get(..start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let line = text
        .get(line_start..)
        .unwrap_or("")
        .lines()
        .next()
        .unwrap_or("");
    let value = line.split_once('=').map_or("", |(_, value)| value).trim();
    if let Some((message, help)) = slip(line, value) {
        let at = line_start + line.find(value).filter(|_| !value.is_empty()).unwrap_or(0);
        let end = if value.is_empty() {
            line_start + line.len()
        } else {
            at + value.len()
        };
        return Diagnostic::error("E101", Span::new(file, at, end), message).help(help);
    }
    let span = Span::new(file, start, range.end.min(text.len()).max(start));
    let finding = Diagnostic::error("E101", span, explain(message));
    match advice(message) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// Slips that people make, with what was meant.
fn slip(line: &str, value: &str) -> Option<(Text, Text)> {
    let bare = value.split('#').next().unwrap_or("").trim();
    let number = |text: &str| !text.is_empty() && text.parse::<f64>().is_ok();
    if line.contains(['“', '”', '‘', '’']) {
        return Some((
            text!("tanda kutip melengkung", "curly quotation marks"),
            text!(
                "pakai tanda kutip lurus: `\"…\"`",
                "use straight ones: `\"…\"`"
            ),
        ));
    }
    if let Some(share) = bare
        .strip_suffix('%')
        .map(str::trim)
        .filter(|share| number(share))
    {
        return Some((
            text!("tanda persen dalam angka", "a per cent sign in a number"),
            text!(
                "tulis angkanya saja: `{share}`",
                "write the number alone: `{share}`"
            ),
        ));
    }
    let flags = [
        ("ya", true),
        ("benar", true),
        ("yes", true),
        ("tidak", false),
        ("salah", false),
        ("no", false),
    ];
    if let Some((word, flag)) = flags
        .into_iter()
        .find(|(word, _)| bare.eq_ignore_ascii_case(word))
    {
        return Some((
            text!("`{word}` bukan nilai", "`{word}` is not a value"),
            text!("tulis `{flag}`", "write `{flag}`"),
        ));
    }
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if bare.starts_with(char::is_alphabetic)
        && bare.chars().all(word)
        && !matches!(bare, "true" | "false" | "inf" | "nan")
    {
        return Some((
            text!("teks tanpa tanda kutip", "a text without quotation marks"),
            text!("tulis `\"{bare}\"`", "write `\"{bare}\"`"),
        ));
    }
    if line.matches('"').count() % 2 == 1 && !line.contains("\"\"\"") {
        return Some((
            text!(
                "satu tanda kutip di baris ini belum berpasangan",
                "a quotation mark of this line has no partner"
            ),
            text!(
                "teks diapit dua tanda kutip: `\"…\"`",
                "a text stands between two: `\"…\"`"
            ),
        ));
    }
    let bracketed = line.trim_start().starts_with('[');
    if value.is_empty() && !line.contains('=') && !bracketed && !line.trim().is_empty() {
        let line = line.trim();
        let parts = line.split_once(':').or_else(|| line.split_once(' '));
        let (key, value) = parts.unwrap_or((line, "…"));
        let (key, value) = (key.trim(), value.trim());
        return Some((
            text!("tanda `=` belum ditulis", "`=` is missing"),
            text!("tulis `{key} = {value}`", "write `{key} = {value}`"),
        ));
    }
    if value.is_empty() && line.trim_end().ends_with('=') {
        return Some((
            text!(
                "nilai sesudah `=` belum ditulis",
                "nothing is written after `=`"
            ),
            text!(
                "tulis nilainya, atau hapus baris ini",
                "write the value, or delete the line"
            ),
        ));
    }
    None
}

/// The number with a decimal comma that stands around or just before a byte, if there is one.
fn decimal_comma(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let line_start = text.get(..at)?.rfind('\n').map_or(0, |n| n + 1);
    let line_end = text.get(at..)?.find('\n').map_or(text.len(), |n| at + n);
    let line = text.get(line_start..line_end)?;
    // A comma between digits right after `=`: in an array it would be a separator.
    // In a table between braces what follows must end the pair: `{ a = 70,5, b = 3 }`.
    let braced = line.contains('{');
    let mut signs = line.match_indices('=').map(|(at, _)| line_start + at + 1);
    signs.find_map(|value| {
        let number = comma_number(bytes, value, line_end)?;
        let rest = text.get(number.end..line_end)?.trim_start();
        (!braced || rest.starts_with([',', '}'])).then_some(number)
    })
}

/// A number with a comma between digits that stands from a place on.
fn comma_number(bytes: &[u8], value: usize, line_end: usize) -> Option<std::ops::Range<usize>> {
    let digit = |n: usize| bytes.get(n).is_some_and(u8::is_ascii_digit);
    let blank = |n: &usize| bytes.get(*n) == Some(&b' ') || bytes.get(*n) == Some(&b'\t');
    let number = (value..line_end).find(|n| !blank(n))?;
    let mut end = number;
    while digit(end)
        || matches!(bytes.get(end), Some(b'-' | b'.')) && end == number
        || matches!(bytes.get(end), Some(b'.'))
    {
        end += 1;
    }
    let comma = end;
    if bytes.get(comma) != Some(&b',') || !digit(comma + 1) || comma == number {
        return None;
    }
    end = comma + 1;
    while digit(end) {
        end += 1;
    }
    Some(number..end)
}

/// The message of the TOML parser in both languages. The Indonesian side knows the slips that happen;
/// what it does not know is said in general words.
fn explain(message: &str) -> Text {
    const KNOWN: [(&str, &str); 14] = [
        ("duplicate key", "kunci ini sudah ditulis sebelumnya"),
        ("expected newline", "sesudah nilai harus ada baris baru"),
        ("missing value", "nilai sesudah `=` belum ditulis"),
        ("extra `=`", "tanda `=` terlalu banyak"),
        ("missing comma", "koma di antara unsur belum ditulis"),
        ("extra comma", "koma terlalu banyak"),
        ("unclosed array", "daftar belum ditutup dengan `]`"),
        ("unclosed inline table", "tabel belum ditutup dengan `}`"),
        ("missing key", "kunci sebelum `=` belum ditulis"),
        ("unclosed table", "nama tabel belum ditutup dengan `]`"),
        ("expected `\"`", "teks belum ditutup dengan tanda kutip"),
        ("basic string", "teks belum ditutup dengan tanda kutip"),
        (
            "string values must be quoted",
            "teks harus diapit tanda kutip",
        ),
        ("expected `=`", "tanda `=` belum ditulis"),
    ];
    let indonesian = KNOWN
        .iter()
        .find(|(part, _)| message.contains(part))
        .map_or("penulisan TOML di sini tidak sah", |(_, indonesian)| {
            indonesian
        });
    Text::new(indonesian, message.to_owned())
}

fn advice(message: &str) -> Option<Text> {
    if message.contains("duplicate key") {
        Some(text!(
            "satukan keduanya, atau hapus salah satu",
            "join the two, or delete one of them"
        ))
    } else if message.contains("quoted") {
        Some(text!("tulis `\"…\"`", "write `\"…\"`"))
    } else {
        None
    }
}
