//! TOML text → [`Table`], as much of it as can be read, with what is wrong in the reader's language.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::value::{Entry, Item, Table, Value};
use super::{control_sign, first_control};
use crate::base::language::text;
use crate::base::number::{self, Misspelt};
use crate::base::{Code, Diagnostic, FileId, SourceMap, Span, Text};

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
        let (mut finding, of_number) = syntax_error(text, file, error.message(), error.span());
        // A number that misleads the parser is what to mend, however much follows from it.
        if misread && !of_number {
            if at > 0 {
                continue;
            }
            finding.code = Code::E109;
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
                if let Some((_, sign)) = first_control(key.get_ref()) {
                    let span = self.span(key.span());
                    self.findings.push(control_sign(span, sign));
                }
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
            DeValue::String(text) => {
                if let Some((_, sign)) = first_control(text) {
                    self.findings.push(control_sign(span, sign));
                }
                Value::Text(text.to_string())
            }
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
                Code::E104,
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

/// What is wrong at a place, and whether it is a number that people write so.
fn syntax_error(
    text: &str,
    file: FileId,
    message: &str,
    range: Option<std::ops::Range<usize>>,
) -> (Diagnostic, bool) {
    let range = range.unwrap_or(0..0);
    let start = range.start.min(text.len());
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
    let at = |found: std::ops::Range<usize>| {
        Span::new(file, line_start + found.start, line_start + found.end)
    };
    if let Some((found, Misspelt { message, help })) = number_of_line(line) {
        let finding = Diagnostic::error(Code::E101, at(found), message).help(help);
        return (finding, true);
    }
    let value = line.split_once('=').map_or("", |(_, value)| value).trim();
    if let Some((message, help)) = slip(line, value) {
        let from = line.find(value).filter(|_| !value.is_empty()).unwrap_or(0);
        let to = if value.is_empty() {
            line.len()
        } else {
            from + value.len()
        };
        let finding = Diagnostic::error(Code::E101, at(from..to), message).help(help);
        return (finding, false);
    }
    let span = Span::new(file, start, range.end.min(text.len()).max(start));
    let finding = Diagnostic::error(Code::E101, span, explain(message));
    let finding = match advice(message) {
        Some(help) => finding.help(help),
        None => finding,
    };
    (finding, false)
}

/// The number of a line that rule files write in another way, and where it stands in the line.
fn number_of_line(line: &str) -> Option<(std::ops::Range<usize>, Misspelt)> {
    if let Some(found) = comma_in_braces(line)
        && let Some(misspelt) = number::misspelt(line.get(found.clone())?)
    {
        return Some((found, misspelt));
    }
    let equals = line.find('=')?;
    let comment = comment_of(line);
    let is_list = line.get(equals + 1..comment)?.trim_start().starts_with('[');
    let value = line.get(equals + 1..comment)?;
    let plain = !value.trim_start().starts_with(['[', '{', '"', '\'']);
    if is_list && let Some(found) = list_of_numbers(value) {
        let (place, misspelt) = found;
        return Some((equals + 1 + place.start..equals + 1 + place.end, misspelt));
    }
    let mut from = equals + 1;
    // In lists and tables commas stand between values.
    let ends = line.get(from..comment)?.char_indices();
    let mut ends: Vec<usize> = ends
        .filter(|(_, c)| !plain && matches!(c, ',' | '[' | ']' | '{' | '}' | '='))
        .map(|(at, _)| equals + 1 + at)
        .collect();
    ends.push(comment);
    for end in ends {
        let part = line.get(from..end).unwrap_or_default();
        let blank = [' ', '\t', '\r'];
        let lead = part.len() - part.trim_start_matches(blank).len();
        let written = part.trim_matches(blank);
        let place = from + lead..from + lead + written.len();
        from = end + 1;
        if written.is_empty() || written.contains(['"', '\'']) && !plain {
            continue;
        }
        if let Some(misspelt) = number::misspelt(written) {
            return Some((place, misspelt));
        }
    }
    None
}

/// What is wrong with a list of numbers, and where: values that nothing parts but a blank or a semicolon, decimal commas,
/// a number that is written in another way. Values are what blanks, semicolons and commas before a blank part.
fn list_of_numbers(text: &str) -> Option<(std::ops::Range<usize>, Misspelt)> {
    let open = text.find('[')? + 1;
    let close = text.rfind(']').filter(|at| *at >= open)?;
    let inside = text.get(open..close)?;
    if inside.contains(['"', '\'', '[', '{']) {
        return None;
    }
    let mut values: Vec<(usize, &str)> = Vec::new();
    let mut at = open;
    for piece in inside.split_inclusive(|c: char| c.is_whitespace() || c == ';') {
        let value = piece.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ';' | ','));
        let lead = value.len() - value.trim_start_matches([',', ' ']).len();
        let value = value.get(lead..).unwrap_or_default();
        if !value.is_empty() {
            values.push((at + lead, value));
        }
        at += piece.len();
    }
    let number = |value: &str| {
        let size = value.trim_start_matches('-');
        let zeros = size.starts_with('0') && size.len() > 1 && !size.starts_with("0.");
        !zeros && number::parse_decimal(value).is_some()
    };
    let whole = open - 1..close + 1;
    let dotted: Vec<String> = values
        .iter()
        .map(|(_, own)| own.replacen(',', ".", 1))
        .collect();
    let commas = values
        .iter()
        .filter(|(_, own)| own.matches(',').count() == 1)
        .count();
    if values.len() < 2 || !dotted.iter().all(|own| number(own)) {
        // One that is wrong by itself, with its own help.
        let wrong = values
            .iter()
            .filter(|(_, own)| !number(own) && values.len() > 1);
        let mut wrong =
            wrong.filter_map(|(at, own)| Some((*at..at + own.len(), number::misspelt(own)?)));
        return wrong.next();
    }
    let thousands = values
        .iter()
        .find(|(_, own)| number::three_digits(own, ',').is_some());
    if let Some((at, own)) = thousands {
        return Some((*at..at + own.len(), number::misspelt(own)?));
    }
    let list = dotted.join(", ");
    let message = if commas > 0 {
        text!("koma desimal dalam daftar", "decimal commas in a list")
    } else {
        text!(
            "koma di antara nilai-nilai daftar belum ditulis",
            "a comma is missing between the values of a list"
        )
    };
    let help = text!("tulis `[{list}]`", "write `[{list}]`");
    Some((whole, Misspelt { message, help }))
}

/// Where the comment of a line begins, or where it ends.
fn comment_of(line: &str) -> usize {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('#', None) => return at,
            _ => {}
        }
    }
    line.len()
}

/// Slips that people make, with what was meant.
fn slip(line: &str, value: &str) -> Option<(Text, Text)> {
    let bare = value.split('#').next().unwrap_or("").trim();
    let outside = line.get(..line.find(['"', '\'', '#']).unwrap_or(line.len()));
    let odd = |c: &char| {
        !c.is_ascii() && (c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}'))
    };
    if outside.is_some_and(|own| own.chars().any(|c| odd(&c))) {
        return Some((
            text!(
                "spasi khusus di baris ini, yang tampak seperti spasi biasa",
                "a special blank in this line, which looks like a plain one"
            ),
            text!(
                "hapus, lalu ketik spasi biasa",
                "delete it, and type a plain blank"
            ),
        ));
    }
    if line.contains(['“', '”', '‘', '’']) {
        return Some((
            text!("tanda kutip melengkung", "curly quotation marks"),
            text!(
                "pakai tanda kutip lurus: `\"…\"`",
                "use straight ones: `\"…\"`"
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
            text!(
                "tulis `{flag}` di tempat ya/tidak, dan angka di tempat angka",
                "write `{flag}` where yes or no is asked, and a number where a number is"
            ),
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

/// The number with a comma between its digits in a table between braces, where what follows ends the pair:
/// `{ a = 70,5, b = 3 }`.
fn comma_in_braces(line: &str) -> Option<std::ops::Range<usize>> {
    line.find('{')?;
    let mut signs = line.match_indices('=').map(|(at, _)| at + 1);
    signs.find_map(|value| {
        let number = comma_number(line.as_bytes(), value, line.len())?;
        let rest = line.get(number.end..)?.trim_start();
        rest.starts_with([',', '}']).then_some(number)
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
