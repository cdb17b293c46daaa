//! Test files → a [`Suite`], with everything wrong in them at once.

mod expected;
mod given;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::mutants::mutants;
use super::suite::{Case, Expectation, Input, Suite, Survivor};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, Diagnostics, SourceMap, Sourced, Span, Text, suggest};
use crate::bundle::{Entry, Item, RuleFile, Value, toml, too_large};
use crate::check::RuleSet;
use crate::check::fields::Fields;

/// Reads the test files of a rule set.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read_suite(rules: &RuleSet, files: Vec<RuleFile>) -> Result<Suite, Diagnostics> {
    let (suite, found) = read_suite_apart(rules, files);
    if found.list.is_empty() {
        return Ok(suite);
    }
    Err(found)
}

/// Reads the test files of a rule set: the cases of files that are in order, and everything that is wrong with the others.
pub fn read_suite_apart(rules: &RuleSet, files: Vec<RuleFile>) -> (Suite, Diagnostics) {
    let mut sources = SourceMap::default();
    let mut findings = Vec::new();
    let mut data = BTreeMap::new();
    let mut documents = Vec::new();
    let mut first = None;
    for file in files {
        if file.is_too_large() {
            let id = sources.add(file.path.clone(), "");
            first.get_or_insert(id);
            findings.push(too_large(&file, sources.head(id)));
            continue;
        }
        let Some(stem) = file.name.strip_suffix(".toml") else {
            data.insert(file.name, Arc::from(file.bytes));
            continue;
        };
        let text = std::str::from_utf8(&file.bytes);
        let text = text.map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
        let id = sources.add(file.path.clone(), text.unwrap_or_default());
        first.get_or_insert(id);
        if text.is_err() {
            let said = text!("berkas ini bukan teks UTF-8", "this file is not UTF-8 text");
            findings.push(Diagnostic::error(Code::E103, sources.head(id), said));
            continue;
        }
        let before = findings.len();
        let table = toml::parse(&sources, id, &mut findings);
        // What a file says that is misread would be found wrong, too.
        if findings.len() == before {
            documents.push((stem.to_owned(), id, table));
        }
    }
    let (mut cases, mut survivors) = (Vec::new(), Vec::new());
    for (stem, file, table) in &documents {
        let mut reading = Reading {
            rules,
            data: &data,
            stem,
            cases: &mut cases,
            ids: BTreeSet::new(),
            survivors: &mut survivors,
        };
        let (before, known) = (findings.len(), reading.cases.len());
        let fields = Fields::new(table, sources.head(*file), &mut findings);
        reading.file(fields);
        if findings.len() > before {
            reading.cases.truncate(known);
        }
    }
    if cases.is_empty() && findings.is_empty() {
        let name = &rules.name;
        let file = first.unwrap_or_else(|| sources.add(format!("{name}/tests"), ""));
        findings.push(
            Diagnostic::error(
                Code::E801,
                sources.head(file),
                text!(
                    "folder `tests` ini tidak menguji apa pun",
                    "this folder `tests` tests nothing"
                ),
            )
            .help(text!(
                "`tanggap test {name} --suggest` mengusulkan kasus untuk dimulai",
                "`tanggap test {name} --suggest` proposes cases to begin with"
            )),
        );
    }
    let sources = Arc::new(sources);
    let suite = Suite {
        name: rules.name.clone(),
        cases,
        survivors,
        data,
        sources: sources.clone(),
    };
    (suite, Diagnostics::new(findings, sources))
}

/// A test file being read.
struct Reading<'a> {
    rules: &'a RuleSet,
    data: &'a BTreeMap<String, Arc<[u8]>>,
    stem: &'a str,
    cases: &'a mut Vec<Case>,
    /// The ids of its cases.
    ids: BTreeSet<String>,
    survivors: &'a mut Vec<Survivor>,
}

/// What a case says, beside what stands above it.
#[derive(Clone, Default)]
struct Draft {
    title: Option<Text>,
    reason: Option<Text>,
    settings: Vec<Sourced<String>>,
    given: BTreeMap<String, f64>,
    file: Option<Sourced<String>>,
    region: Option<Sourced<String>>,
    year: Option<u16>,
    expectations: Vec<Expectation>,
    tolerance: Option<Sourced<f64>>,
    /// Whether something of what is expected is wrong, which is said then.
    faulty: bool,
    /// Where values were first given.
    given_at: Option<Span>,
}

impl Reading<'_> {
    fn file(&mut self, mut fields: Fields<'_>) {
        let mut draft = Draft::default();
        self.given(&mut fields, &mut draft);
        draft.tolerance = fields.number("tolerance");
        // What holds for the whole file does not concern cases that take a row of data.
        draft.given_at = None;
        let cases = fields.entry("case");
        match cases.map(|entry| &entry.item.value) {
            Some(Value::Table(table)) => {
                for (id, entry) in &table.entries {
                    self.case(&mut fields, id, entry, &draft);
                }
            }
            Some(_) => {
                let at = cases.map_or(fields.span, |entry| entry.item.span);
                fields.wrong_type(
                    "case",
                    at,
                    text!("tabel `[case.nama]`", "a table `[case.name]`"),
                );
            }
            None => {}
        }
        self.survivors(&mut fields);
        fields.finish("tests");
    }

    /// `[survivors]`: small edits that no case notices, each with its reason.
    fn survivors(&mut self, fields: &mut Fields<'_>) {
        let Some(entry) = fields.entry("survivors") else {
            return;
        };
        let Value::Table(table) = &entry.item.value else {
            let expected = text!("tabel id dan alasan", "a table of ids and reasons");
            fields.wrong_type("survivors", entry.item.span, expected);
            return;
        };
        let edits = mutants(self.rules);
        let known: BTreeSet<&str> = edits.iter().map(|mutant| mutant.id.as_str()).collect();
        for (id, entry) in &table.entries {
            let said = |value: &Value| match value {
                Value::Text(text) if !text.trim().is_empty() => Some(text.clone()),
                _ => None,
            };
            let pair = entry.item.value.as_table().and_then(|pair| {
                let text = |key: &str| said(&pair.get(key)?.item.value);
                Some(Text::new(text("id")?, text("en")?))
            });
            let Some(reason) = said(&entry.item.value).map(Text::same).or(pair) else {
                let expected = text!(
                    "alasan: teks, atau `{{ id = \"…\", en = \"…\" }}`",
                    "a reason: a text, or `{{ id = \"…\", en = \"…\" }}`"
                );
                fields.wrong_type(id, entry.item.span, expected);
                continue;
            };
            if !known.contains(id.as_str()) {
                let finding = Diagnostic::error(
                    Code::E813,
                    entry.key,
                    text!(
                        "tidak ada perubahan kecil `{id}`",
                        "there is no small edit `{id}`"
                    ),
                );
                let names = known.iter().copied();
                fields.report(match suggest::nearest(id, names) {
                    Some(near) => finding.help(text!("maksud Anda `{near}`?", "did you mean `{near}`?")),
                    None => finding.help(text!(
                        "id-nya ditunjukkan oleh `tanggap test --mutants`; berubah bila tempatnya berubah",
                        "its id is shown by `tanggap test --mutants`; it changes where its place does"
                    )),
                });
                continue;
            }
            self.survivors.push(Survivor {
                id: id.clone(),
                reason,
                span: entry.key,
            });
        }
    }

    fn case(&mut self, fields: &mut Fields<'_>, id: &str, entry: &Entry, above: &Draft) {
        let Value::Table(table) = &entry.item.value else {
            let expected = text!("tabel `[case.{id}]`", "a table `[case.{id}]`");
            fields.wrong_type(id, entry.item.span, expected);
            return;
        };
        let mut inner = Fields::new(table, entry.key, fields.findings());
        let draft = self.draft(&mut inner, above);
        inner.allow(&["rows"]);
        inner.finish(&format!("case.{id}"));
        let Some(rows) = table.get("rows") else {
            self.add(fields, format!("{}/{id}", self.stem), entry.key, draft);
            return;
        };
        let Value::Array(items) = &rows.item.value else {
            let expected = text!(
                "daftar: `rows = [ {{ … }}, … ]`",
                "a list: `rows = [ {{ … }}, … ]`"
            );
            fields.wrong_type("rows", rows.item.span, expected);
            return;
        };
        if items.is_empty() {
            fields.report(nothing_expected(rows.key));
        }
        for (item, number) in items.iter().zip(1..) {
            let Item {
                value: Value::Table(table),
                span,
            } = item
            else {
                let expected = text!("tabel `{{ … }}`", "a table `{{ … }}`");
                fields.wrong_type("rows", item.span, expected);
                continue;
            };
            let mut inner = Fields::new(table, *span, fields.findings());
            let row = self.draft(&mut inner, &draft);
            inner.finish(&format!("case.{id}.rows"));
            self.add(fields, format!("{}/{id}[{number}]", self.stem), *span, row);
        }
    }

    /// What a table says, laid over what stands above it.
    fn draft(&mut self, fields: &mut Fields<'_>, above: &Draft) -> Draft {
        let mut draft = above.clone();
        draft.title = fields.text("title").or(draft.title);
        draft.reason = fields.text("reason").or(draft.reason);
        self.settings(fields, &mut draft);
        self.given(fields, &mut draft);
        draft.file = fields.string("data").or(draft.file);
        draft.region = fields.string("region").or(draft.region);
        let year = fields.whole("year", 0, 9999);
        draft.year = year.map(|year| year.value as u16).or(draft.year);
        draft.tolerance = fields.number("tolerance").or(draft.tolerance);
        self.expectations(fields, &mut draft);
        draft
    }

    fn settings(&mut self, fields: &mut Fields<'_>, draft: &mut Draft) {
        let Some(entry) = fields.entry("set") else {
            return;
        };
        let expected = text!(
            "daftar pengaturan: `[\"hukum.weight=15\"]`",
            "a list of settings: `[\"hukum.weight=15\"]`"
        );
        let Value::Array(items) = &entry.item.value else {
            fields.wrong_type("set", entry.item.span, expected);
            return;
        };
        for item in items {
            match &item.value {
                Value::Text(setting) => draft
                    .settings
                    .push(Sourced::written(setting.clone(), item.span)),
                _ => fields.wrong_type("set", item.span, expected.clone()),
            }
        }
    }

    /// Adds a case, if it says something that could fail.
    fn add(&mut self, fields: &mut Fields<'_>, id: String, span: Span, draft: Draft) {
        if draft.expectations.is_empty() {
            if !draft.faulty {
                fields.report(nothing_expected(span));
            }
            return;
        }
        let tolerance = draft.tolerance;
        for own in &draft.expectations {
            self.could_fail(fields, own, tolerance);
        }
        let input = match (draft.file, draft.region) {
            (None, None) => {
                self.alone(fields, span);
                Some(Input::Given(draft.given))
            }
            (Some(file), Some(region)) => {
                let known = self.data.contains_key(&file.value);
                if let Some(at) = draft.given_at {
                    fields.report(
                        Diagnostic::error(Code::E805, at, text!("nilai datang dari satu tempat: `given`, atau baris sebuah berkas data", "values come from one place: `given`, or a row of a data file"))
                            .also(file.origin.unwrap_or(span), text!("berkas datanya di sini", "the data file is here")),
                    );
                } else if !known {
                    let (name, at) = (&file.value, file.origin.unwrap_or(span));
                    let finding = Diagnostic::error(
                        Code::E806,
                        at,
                        text!(
                            "tidak ada berkas data `{name}` di folder `tests` ini",
                            "there is no data file `{name}` in this folder `tests`"
                        ),
                    );
                    let files = self.data.keys().map(String::as_str);
                    fields.report(finding.help_if(suggest::help(name, files)));
                }
                Some(Input::Row {
                    file: file.value,
                    region: region.value,
                    year: draft.year,
                })
            }
            (file, region) => {
                let at = file.or(region).and_then(|own| own.origin).unwrap_or(span);
                fields.report(Diagnostic::error(
                    Code::E805,
                    at,
                    text!(
                        "`data` dan `region` ditulis bersama",
                        "`data` and `region` are written together"
                    ),
                ));
                None
            }
        };
        if let (Some(input), true) = (input, self.unique(fields, &id, span)) {
            let title = draft.title.unwrap_or_else(|| Text::same(""));
            self.cases.push(Case {
                id,
                title,
                reason: draft.reason,
                span,
                settings: draft.settings,
                input,
                expectations: draft.expectations,
                tolerance: tolerance.map(|own| own.value),
            });
        }
    }

    /// Whether a region can be scored without others beside it.
    fn alone(&self, fields: &mut Fields<'_>, span: Span) {
        if self.rules.compares_regions() {
            fields.report(
                Diagnostic::error(
                    Code::E809,
                    span,
                    text!(
                        "perangkat aturan ini menilai wilayah terhadap wilayah lain: satu wilayah saja tidak dapat diuji",
                        "this rule set judges regions against each other: a region alone cannot be tested"
                    ),
                )
                .help(text!(
                    "taruh berkas data di folder `tests`, lalu tulis `data = \"…\"` dan `region = \"…\"`",
                    "put a data file into the folder `tests`, and write `data = \"…\"` and `region = \"…\"`"
                )),
            );
        }
    }

    /// Ids of one file are keys of a table; only a row `a[1]` and a key that is written so could meet.
    fn unique(&mut self, fields: &mut Fields<'_>, id: &str, span: Span) -> bool {
        let new = self.ids.insert(id.to_owned());
        if !new {
            let said = text!(
                "kasus `{id}` ditulis dua kali",
                "the case `{id}` is written twice"
            );
            fields.report(Diagnostic::error(Code::E303, span, said));
        }
        new
    }
}

fn nothing_expected(at: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E802,
        at,
        text!(
            "kasus ini tidak mengharapkan apa pun",
            "this case expects nothing"
        ),
    )
    .help(text!(
        "tulis `expect = {{ index = … }}` atau `band = \"…\"`",
        "write `expect = {{ index = … }}` or `band = \"…\"`"
    ))
}
