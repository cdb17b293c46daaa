//! Test files → a [`Suite`], with everything wrong in them at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::mutants::mutants;
use super::suite::{Case, Expectation, Expected, Input, Suite, Survivor};
use crate::base::language::text;
use crate::base::{
    Diagnostic, Diagnostics, IssueKind, NodeIndex, SourceMap, Sourced, Span, Text, Warned, suggest,
};
use crate::bundle::{Entry, Item, RuleFile, Value, toml};
use crate::check::RuleSet;
use crate::check::fields::Fields;
use crate::check::rule_set::{PopulationSource, RawColumn, Source};

/// How large a test file may be.
const LARGEST_FILE: usize = 8 << 20;

/// The keys that a case and a row of its table have in common.
const CASE_KEYS: [&str; 11] = [
    "title",
    "reason",
    "set",
    "given",
    "missing",
    "data",
    "region",
    "year",
    "expect",
    "band",
    "tolerance",
];

/// Reads the test files of a rule set.
///
/// # Errors
/// All findings, when one of them is an error.
pub fn read_suite(rules: &RuleSet, files: Vec<RuleFile>) -> Result<Warned<Suite>, Diagnostics> {
    let mut sources = SourceMap::default();
    let mut findings = Vec::new();
    let mut data = BTreeMap::new();
    let mut documents = Vec::new();
    let mut first = None;
    for file in files {
        let Some(stem) = file.name.strip_suffix(".toml") else {
            data.insert(file.name, Arc::from(file.bytes));
            continue;
        };
        let text = match std::str::from_utf8(&file.bytes) {
            _ if file.bytes.len() > LARGEST_FILE => Err((
                "E102",
                text!("berkas uji terlalu besar", "the test file is too large"),
            )),
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(_) => Err((
                "E103",
                text!("berkas ini bukan teks UTF-8", "this file is not UTF-8 text"),
            )),
        };
        let id = sources.add(file.path.clone(), text.clone().unwrap_or_default());
        first.get_or_insert(id);
        match text {
            Ok(_) => {
                let before = findings.len();
                let table = toml::parse(&sources, id, &mut findings);
                // What a file says that is misread would be found wrong, too.
                if findings.len() == before {
                    documents.push((stem.to_owned(), id, table));
                }
            }
            Err((code, said)) => {
                findings.push(Diagnostic::error(code, sources.head(id), said));
            }
        }
    }
    let (mut cases, mut survivors) = (Vec::new(), Vec::new());
    for (stem, file, table) in &documents {
        let mut reading = Reading {
            rules,
            data: &data,
            stem,
            cases: &mut cases,
            survivors: &mut survivors,
        };
        let fields = Fields::new(table, sources.head(*file), &mut findings);
        reading.file(fields);
    }
    if cases.is_empty() && findings.is_empty() {
        let name = &rules.name;
        let file = first.unwrap_or_else(|| sources.add(format!("{name}/tests"), ""));
        findings.push(
            Diagnostic::error(
                "E801",
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
    let found = Diagnostics::new(findings, Arc::new(sources));
    if found.has_errors() {
        return Err(found);
    }
    let sources = found.sources.clone();
    Ok(Warned {
        output: Suite {
            name: rules.name.clone(),
            cases,
            survivors,
            data,
            sources,
        },
        warnings: found,
    })
}

/// A test file being read.
struct Reading<'a> {
    rules: &'a RuleSet,
    data: &'a BTreeMap<String, Arc<[u8]>>,
    stem: &'a str,
    cases: &'a mut Vec<Case>,
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
                    "E813",
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
        fields.allow(&CASE_KEYS);
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

    /// Raw values: those above, those given here, without those that are missing here.
    fn given(&mut self, fields: &mut Fields<'_>, draft: &mut Draft) {
        let given = fields.entry("given");
        match given.map(|entry| (&entry.item.value, entry.key)) {
            Some((Value::Table(table), at)) => {
                draft.given_at.get_or_insert(at);
                for (name, entry) in &table.entries {
                    let Some(header) = self.header(fields, name, entry.key) else {
                        continue;
                    };
                    if let Value::Number(value) = entry.item.value {
                        draft.given.insert(header, value);
                    } else {
                        let expected = text!("angka", "a number");
                        fields.wrong_type(name, entry.item.span, expected);
                    }
                }
            }
            Some((_, at)) => {
                let expected = text!("tabel nilai mentah", "a table of raw values");
                fields.wrong_type("given", at, expected);
            }
            None => {}
        }
        let Some(missing) = fields.entry("missing") else {
            return;
        };
        let expected = text!(
            "daftar nama: `[\"regulasi\"]`",
            "a list of names: `[\"regulasi\"]`"
        );
        let Value::Array(items) = &missing.item.value else {
            fields.wrong_type("missing", missing.item.span, expected);
            return;
        };
        for item in items {
            let Value::Text(name) = &item.value else {
                fields.wrong_type("missing", item.span, expected.clone());
                continue;
            };
            if let Some(header) = self.header(fields, name, item.span) {
                draft.given.remove(&header);
                draft.given_at.get_or_insert(item.span);
            }
        }
    }

    /// The header of the column that an indicator, a column id or a header means.
    fn header(&self, fields: &mut Fields<'_>, name: &str, at: Span) -> Option<String> {
        let rules = self.rules;
        let header = |column: usize| rules.columns.get(column).map(|own| own.header.clone());
        let indicator = rules
            .find(name)
            .and_then(|node| rules.node(node).indicator());
        if let Some(Source::Column(column)) = indicator.map(|own| &own.source) {
            return header(*column);
        }
        let by_name = |own: &RawColumn| own.id == name || own.header == name;
        if let Some(column) = rules.columns.iter().position(by_name) {
            return header(column);
        }
        let finding = Diagnostic::error(
            "E804",
            at,
            text!(
                "tidak ada kolom data `{name}`",
                "there is no column of data `{name}`"
            ),
        );
        let known = rules.columns.iter().map(|column| column.id.as_str());
        fields.report(match suggest::help(name, known.clone()) {
            Some(help) => finding.help(help),
            None => {
                let all = known
                    .map(|id| format!("`{id}`"))
                    .collect::<Vec<_>>()
                    .join(", ");
                finding.help(text!("yang dibaca: {all}", "what is read: {all}"))
            }
        });
        None
    }

    fn expectations(&mut self, fields: &mut Fields<'_>, draft: &mut Draft) {
        let mut found = Vec::new();
        let before = fields.findings().len();
        if let Some(entry) = fields.entry("expect") {
            match &entry.item.value {
                Value::Table(table) => {
                    for (id, entry) in &table.entries {
                        self.expectation(fields, id, entry, &mut found);
                    }
                }
                _ => {
                    let expected = text!("tabel harapan", "a table of what is expected");
                    fields.wrong_type("expect", entry.item.span, expected);
                }
            }
        }
        if let Some(entry) = fields.entry("band") {
            let band = self.band(fields, entry);
            found.extend(band.map(|band| Expectation {
                node: self.rules.root().id.clone(),
                what: Expected::Band(band),
                span: entry.item.span,
            }));
        }
        draft.faulty |= fields.findings().len() > before;
        found.sort_by_key(|own: &Expectation| own.span.start);
        // What is said here of a node replaces what stands above.
        let kind = |own: &Expectation| (own.node.clone(), std::mem::discriminant(&own.what));
        let here: Vec<_> = found.iter().map(kind).collect();
        let scored = |own: &Expectation| matches!(own.what, Expected::Score(_) | Expected::Missing);
        let overruled = |own: &Expectation| {
            here.contains(&kind(own))
                || found
                    .iter()
                    .any(|new| scored(new) && scored(own) && new.node == own.node)
        };
        draft.expectations.retain(|own| !overruled(own));
        draft.expectations.extend(found);
    }

    /// The band that is expected; inside: `None` for no band.
    fn band(&self, fields: &mut Fields<'_>, entry: &Entry) -> Option<Option<String>> {
        let at = entry.item.span;
        match &entry.item.value {
            Value::Bool(false) => Some(None),
            Value::Text(id) => {
                let bands = self.rules.bands.iter().map(|band| band.id.as_str());
                if bands.clone().any(|band| band == id) {
                    return Some(Some(id.clone()));
                }
                let finding = Diagnostic::error(
                    "E503",
                    at,
                    text!("tidak ada kategori `{id}`", "there is no band `{id}`"),
                );
                fields.report(match suggest::help(id, bands) {
                    Some(help) => finding.help(help),
                    None => finding,
                });
                None
            }
            _ => {
                let expected = text!(
                    "id kategori, atau `false` untuk tanpa kategori",
                    "the id of a band, or `false` for none"
                );
                fields.wrong_type("band", at, expected);
                None
            }
        }
    }

    fn expectation(
        &self,
        fields: &mut Fields<'_>,
        id: &str,
        entry: &Entry,
        found: &mut Vec<Expectation>,
    ) {
        let Some(node) = self.node(fields, id, entry.key) else {
            return;
        };
        let own = self.rules.node(node);
        let mut add = |what: Expected, span: Span| {
            found.push(Expectation {
                node: own.id.clone(),
                what,
                span,
            });
        };
        let at = entry.item.span;
        match &entry.item.value {
            Value::Number(score) => add(Expected::Score(*score), at),
            Value::Text(word) if word == "missing" => add(Expected::Missing, at),
            Value::Table(table) => {
                let mut inner = Fields::new(table, entry.key, fields.findings());
                if let Some(score) = inner.entry("score") {
                    match &score.item.value {
                        Value::Number(number) => add(Expected::Score(*number), score.item.span),
                        Value::Text(word) if word == "missing" => {
                            add(Expected::Missing, score.item.span);
                        }
                        _ => inner.wrong_type("score", score.item.span, a_score()),
                    }
                }
                if let Some(raw) = inner.number("raw") {
                    if own.indicator().is_some() {
                        add(Expected::Raw(raw.value), raw.origin.unwrap_or(at));
                    } else {
                        let place = raw.origin.unwrap_or(at);
                        inner.report(Diagnostic::error(
                            "E803",
                            place,
                            text!(
                                "hanya indikator punya nilai mentah",
                                "only indicators have a raw value"
                            ),
                        ));
                    }
                }
                if let Some(code) = inner.string("issue") {
                    let place = code.origin.unwrap_or(at);
                    let codes = IssueKind::ALL.map(IssueKind::code);
                    if codes.contains(&code.value.as_str()) {
                        add(Expected::Issue(code.value), place);
                    } else {
                        inner.unknown_word("issue", &code.value, place, codes);
                    }
                }
                inner.finish(&format!("expect.{id}"));
            }
            _ => fields.wrong_type(id, at, a_score()),
        }
    }

    /// A node by its id; `index` is the index, whatever its id.
    fn node(&self, fields: &mut Fields<'_>, id: &str, at: Span) -> Option<NodeIndex> {
        let found = self.rules.find(id);
        let found = found.or_else(|| (id == "index").then_some(NodeIndex::ROOT));
        if found.is_none() {
            let finding = Diagnostic::error(
                "E803",
                at,
                text!(
                    "perangkat aturan ini tidak punya `{id}`",
                    "this rule set has no `{id}`"
                ),
            );
            let known = self.rules.nodes.iter().map(|node| node.id.as_str());
            fields.report(match suggest::help(id, known.chain(["index"])) {
                Some(help) => finding.help(help),
                None => finding,
            });
        }
        found
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
                        Diagnostic::error("E805", at, text!("nilai datang dari satu tempat: `given`, atau baris sebuah berkas data", "values come from one place: `given`, or a row of a data file"))
                            .also(file.origin.unwrap_or(span), text!("berkas datanya di sini", "the data file is here")),
                    );
                } else if !known {
                    let (name, at) = (&file.value, file.origin.unwrap_or(span));
                    let finding = Diagnostic::error(
                        "E806",
                        at,
                        text!(
                            "tidak ada berkas data `{name}` di folder `tests` ini",
                            "there is no data file `{name}` in this folder `tests`"
                        ),
                    );
                    let files = self.data.keys().map(String::as_str);
                    fields.report(match suggest::help(name, files) {
                        Some(help) => finding.help(help),
                        None => finding,
                    });
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
                    "E805",
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
        if self.rules.population_asked() && self.rules.population == PopulationSource::Data {
            fields.report(
                Diagnostic::error(
                    "E809",
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
    fn unique(&self, fields: &mut Fields<'_>, id: &str, span: Span) -> bool {
        let known: BTreeSet<&str> = self.cases.iter().map(|case| case.id.as_str()).collect();
        let twice = known.contains(id);
        if twice {
            let said = text!(
                "kasus `{id}` ditulis dua kali",
                "the case `{id}` is written twice"
            );
            fields.report(Diagnostic::error("E303", span, said));
        }
        !twice
    }

    /// Whether an expectation can fail, and be met.
    fn could_fail(
        &self,
        fields: &mut Fields<'_>,
        own: &Expectation,
        tolerance: Option<Sourced<f64>>,
    ) {
        let rules = self.rules;
        let Some(node) = rules.find(&own.node).map(|node| rules.node(node)) else {
            return;
        };
        if let Some(tolerance) = tolerance {
            let at = tolerance.origin.unwrap_or(own.span);
            let range = node.range.value;
            let all = match own.what {
                Expected::Score(score) => {
                    tolerance.value >= (score - range.low).max(range.high - score)
                }
                _ => false,
            };
            if tolerance.value < 0.0 || all {
                let (low, high, value) = (range.low, range.high, tolerance.value);
                let id = &node.id;
                let said = if all {
                    text!(
                        "toleransi {value} menerima setiap skor `{id}` ({low} sampai {high}): kasus ini tidak menguji apa pun",
                        "the tolerance {value} takes every score of `{id}` ({low} to {high}): this case tests nothing"
                    )
                } else {
                    text!(
                        "toleransi tidak boleh negatif",
                        "a tolerance must not be negative"
                    )
                };
                fields.report(
                    Diagnostic::error("E807", at, said)
                        .also(own.span, text!("diharapkan di sini", "expected here")),
                );
            }
            return;
        }
        if let Expected::Score(score) = own.what
            && !crate::base::number::same(rules.published(score), score)
        {
            let decimals = rules.decimals.value;
            fields.report(
                Diagnostic::error(
                    "E808",
                    own.span,
                    text!(
                        "lebih banyak desimal daripada yang diterbitkan ({decimals})",
                        "more decimals than are published ({decimals})"
                    ),
                )
                .help(text!(
                    "bulatkan, atau tulis `tolerance = …` pada kasusnya",
                    "round it, or write `tolerance = …` in its case"
                )),
            );
        }
    }
}

fn a_score() -> Text {
    text!(
        "skor, `\"missing\"`, atau `{{ score = …, raw = …, issue = \"D…\" }}`",
        "a score, `\"missing\"`, or `{{ score = …, raw = …, issue = \"D…\" }}`"
    )
}

fn nothing_expected(at: Span) -> Diagnostic {
    Diagnostic::error(
        "E802",
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
