//! The layout of TOML rule files: comments stay, values stay to the letter, spaces and blank lines become regular.

use std::ops::Range;

use toml_edit::{Decor, DocumentMut, Item, RawString, Table};

use crate::base::SourceMap;
use crate::bundle::toml::parse;
use crate::bundle::{Item as WrittenItem, Table as WrittenTable, Value};

/// Keys longer than the others by so much are not lined up with.
const ALIGNED: usize = 6;

/// Lays out a TOML text anew; `None` when it is no TOML.
///
/// - one blank line before each table, no more than one anywhere, none at the beginning;
/// - `key = value` with the signs of neighbouring lines below each other;
/// - no space at the end of a line, a line end at the end.
///
/// What it gives is given back unchanged, and says the same as before.
pub(super) fn format(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    let mut document: DocumentMut = text.parse().ok()?;
    lay_out(document.as_table_mut());
    let laid_out = document.to_string();
    let mut out = String::with_capacity(laid_out.len());
    let long = long_texts(&laid_out);
    let (mut blank, mut begin) = (true, 0);
    for line in laid_out.lines() {
        let here = begin;
        begin += line.len() + 1;
        // What stands in a text over several lines is a value, not layout.
        if long
            .iter()
            .any(|text| text.start < begin && here < text.end)
        {
            out.push_str(line);
            out.push('\n');
            blank = false;
            continue;
        }
        let line = line.trim_end();
        let is_table = line.starts_with('[');
        if is_table && !blank && !comments_above(&out) {
            out.push('\n');
        }
        if line.is_empty() && blank {
            continue;
        }
        out.push_str(line);
        out.push('\n');
        blank = line.is_empty();
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    Some(out)
}

/// Where texts over several lines stand.
fn long_texts(text: &str) -> Vec<Range<usize>> {
    let mut sources = SourceMap::default();
    let file = sources.add("", text);
    let mut long = Vec::new();
    let table = parse(&sources, file, &mut Vec::new());
    let mut see = |item: &WrittenItem| {
        if matches!(item.value, Value::Text(_)) && sources.slice(item.span).contains('\n') {
            long.push(item.span.range());
        }
    };
    each(&table, &mut see);
    long
}

fn each(table: &WrittenTable, see: &mut dyn FnMut(&WrittenItem)) {
    for entry in table.entries.values() {
        each_item(&entry.item, see);
    }
}

fn each_item(item: &WrittenItem, see: &mut dyn FnMut(&WrittenItem)) {
    see(item);
    match &item.value {
        Value::Table(table) => each(table, see),
        Value::Array(items) => items.iter().for_each(|item| each_item(item, see)),
        _ => {}
    }
}

/// Whether the last line is a comment, which belongs to what follows.
fn comments_above(out: &str) -> bool {
    out.lines().last().is_some_and(|line| line.starts_with('#'))
}

fn lay_out(table: &mut Table) {
    let mut lengths: Vec<(String, usize, bool)> = Vec::new();
    for (key, item) in table.iter() {
        let own = table.key(key);
        let begins = own.map(|own| own.leaf_decor().prefix());
        // A blank line or a comment above begins another group.
        let begins = begins
            .flatten()
            .and_then(RawString::as_str)
            .is_some_and(|prefix| prefix.contains('\n') || prefix.contains('#'));
        let is_value = item.is_value() && !dotted(item);
        let length = own.map_or(0, |own| own.display_repr().chars().count());
        lengths.push((key.to_owned(), if is_value { length } else { 0 }, begins));
    }
    let mut group: Vec<(String, usize)> = Vec::new();
    let mut widths: Vec<(String, usize)> = Vec::new();
    let close = |group: &mut Vec<(String, usize)>, widths: &mut Vec<(String, usize)>| {
        let shortest = group.iter().map(|(_, length)| *length).min().unwrap_or(0);
        let near = group
            .iter()
            .map(|(_, length)| *length)
            .filter(|length| *length <= shortest + ALIGNED);
        let width = near.max().unwrap_or(0);
        widths.extend(
            group
                .drain(..)
                .map(|(key, length)| (key, width.saturating_sub(length))),
        );
    };
    for (key, length, begins) in lengths {
        if begins || length == 0 {
            close(&mut group, &mut widths);
        }
        if length > 0 {
            group.push((key, length));
        }
    }
    close(&mut group, &mut widths);
    for (mut key, item) in table.iter_mut() {
        let pad = widths
            .iter()
            .find(|(own, _)| own == key.get())
            .map(|(_, pad)| *pad);
        match item {
            Item::Value(value) => {
                if let Some(pad) = pad {
                    let decor = key.leaf_decor_mut();
                    tidy_prefix(decor);
                    decor.set_suffix(" ".repeat(pad + 1));
                    let suffix = value
                        .decor()
                        .suffix()
                        .and_then(RawString::as_str)
                        .unwrap_or("")
                        .to_owned();
                    let comment = suffix.trim();
                    let suffix = if comment.is_empty() {
                        String::new()
                    } else if suffix.starts_with("  ") {
                        suffix.trim_end().to_owned()
                    } else {
                        format!("  {comment}")
                    };
                    value.decor_mut().set_prefix(" ");
                    value.decor_mut().set_suffix(suffix);
                }
            }
            Item::Table(inner) => {
                tidy_prefix(inner.decor_mut());
                lay_out(inner);
            }
            Item::ArrayOfTables(list) => {
                for inner in list.iter_mut() {
                    tidy_prefix(inner.decor_mut());
                    lay_out(inner);
                }
            }
            Item::None => {}
        }
    }
}

/// Whether a value belongs to a key with dots (`a.b = 1`), whose layout is left alone.
fn dotted(item: &Item) -> bool {
    item.as_inline_table()
        .is_some_and(toml_edit::InlineTable::is_dotted)
}

/// Comments above, without spaces before them.
fn tidy_prefix(decor: &mut Decor) {
    let prefix = decor
        .prefix()
        .and_then(RawString::as_str)
        .unwrap_or("")
        .to_owned();
    let lines: Vec<&str> = prefix.split('\n').map(str::trim).collect();
    decor.set_prefix(lines.join("\n"));
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use crate::bundle::difference::same;

    fn rule_files() -> Vec<String> {
        let mut texts = Vec::new();
        let mut folders: Vec<std::path::PathBuf> =
            ["rules", "benches/rules", "examples", "tests/cases"]
                .iter()
                .map(|folder| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
                .collect();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "toml") {
                    texts.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
        texts
    }

    /// The comments of a text, in order.
    fn comments(text: &str) -> Vec<String> {
        let lines = text
            .lines()
            .filter_map(|line| line.find('#').and_then(|at| line.get(at..)));
        lines.map(|comment| comment.trim_end().to_owned()).collect()
    }

    /// Whether two texts say the same, as rule files are read.
    fn same_values(one: &str, other: &str) -> bool {
        let read = |text: &str| {
            let mut sources = SourceMap::default();
            let file = sources.add("uji.toml", text);
            let mut findings = Vec::new();
            let table = parse(&sources, file, &mut findings);
            assert!(findings.is_empty(), "{text}: {findings:?}");
            Value::Table(table)
        };
        same(&read(one), &read(other))
    }

    #[track_caller]
    fn holds(text: &str) {
        let laid_out = format(text).unwrap();
        assert_eq!(format(&laid_out).as_deref(), Some(&*laid_out), "{text}");
        assert!(same_values(&laid_out, text), "{text}");
        assert_eq!(comments(&laid_out), comments(text), "{text}");
        for line in laid_out
            .lines()
            .filter(|_| !text.contains("\"\"\"") && !text.contains("'''"))
        {
            assert_eq!(line, line.trim_end());
        }
    }

    #[test]
    fn rule_files_keep_what_they_say() {
        let files = rule_files();
        assert!(files.len() > 20);
        files.iter().for_each(|text| holds(text));
    }

    #[test]
    fn quotes_within_texts_end_nothing() {
        holds("a = '\"\"\"'\nb = \"\"\"\nbaris\n\n\n  # bukan komentar\n\"\"\"\n");
    }

    #[test]
    fn layout_becomes_regular() {
        let text = "\n\n# atas\n title=\"A # b\"   \nscale   = [0,100] # skala\n\n\n\n[band.x]\n#di atas\nfrom=1\ntitle = { id='x', en = 'y' }#di samping\n[a]\n";
        let expected = "# atas\ntitle = \"A # b\"\nscale = [0,100]  # skala\n\n[band.x]\n#di atas\nfrom  = 1\ntitle = { id='x', en = 'y' }  #di samping\n\n[a]\n";
        assert_eq!(format(text).unwrap(), expected);
        assert_eq!(format("a = "), None);
    }

    mod any {
        use super::*;
        use proptest::prelude::*;

        fn space() -> impl Strategy<Value = String> {
            "[ \t]{0,3}"
        }

        fn line() -> impl Strategy<Value = String> {
            let scalar = prop_oneof![
                "-?[0-9]{1,5}".prop_filter("no leading zero", |n| !n
                    .trim_start_matches('-')
                    .starts_with('0')),
                "\"[a-z #=\\[\\]]{0,12}\"",
                "'[a-z #=\"]{0,12}'",
                Just("true".to_owned()),
                Just("[ 1,2 , 3 ]".to_owned()),
                Just("[\n  1, # satu\n\n  2,\n]".to_owned()),
                Just("{ a = 1, b='x' }".to_owned()),
                Just("\"\"\"\nbaris  \n\n\n  # bukan komentar\n\"\"\"".to_owned()),
                Just("'''a # b   \n   c'''".to_owned()),
                Just("2021-04-07".to_owned()),
            ];
            let comment = prop_oneof![Just(String::new()), "#[a-z \\[\\]=']{0,10}"];
            (
                space(),
                space(),
                space(),
                scalar,
                space(),
                comment.clone(),
                comment,
            )
                .prop_map(|(a, b, c, value, d, comment, above)| {
                    let above = if above.is_empty() {
                        above
                    } else {
                        format!("{a}{above}\n")
                    };
                    format!("{above}{a}KEY{b}={c}{value}{d}{comment}")
                })
        }

        proptest! {
            #[test]
            fn any_layout_keeps_what_it_says(
                lines in prop::collection::vec((line(), 0usize..3, any::<bool>(), any::<bool>()), 0..12),
                ends in any::<bool>(),
            ) {
                let mut text = String::new();
                for (at, (line, blanks, table, dotted)) in lines.iter().enumerate() {
                    text.push_str(&"\n".repeat(*blanks));
                    if *table {
                        text.push_str(&format!(" [ t{at} ]  # tabel\n"));
                    }
                    let key = if *dotted { format!("k{at}.b") } else { format!("{}{at}", "k".repeat(at % 5 + 1)) };
                    text.push_str(&line.replacen("KEY", &key, 1));
                    text.push('\n');
                }
                if ends {
                    text.push_str("# akhir");
                }
                let laid_out = format(&text).unwrap();
                prop_assert_eq!(format(&laid_out).unwrap(), laid_out.clone());
                prop_assert!(same_values(&laid_out, &text));
                prop_assert_eq!(comments(&laid_out).len(), comments(&text).len());
            }
        }
    }
}
