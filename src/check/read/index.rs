//! `index.toml`: what holds for the rule set as a whole.

use std::collections::BTreeMap;

use super::{
    BodyDraft, NodeDraft, citation::read_citation, parent::read_rules, parent::refuse_remove,
    read_parts,
};
use crate::base::language::text;
use crate::base::{Code, Diagnostic, Rounding, RuleSetName, Severity, Sourced, Span, Text, ident};
use crate::bundle::{Document, Entry, Table, Value};
use crate::calculus::Methods;
use crate::check::fields::Fields;
use crate::check::rule_set::{
    Band, BandValue, Citation, DataSettings, LintLevel, LongForm, Parameter, Range, Status,
};

/// A target whose band is not looked up yet.
pub(crate) struct TargetDraft {
    pub(crate) id: String,
    pub(crate) title: Option<Text>,
    pub(crate) count: Sourced<u32>,
    pub(crate) band: Sourced<String>,
    pub(crate) citation: Citation,
}

/// `index.toml`, read.
pub(crate) struct IndexDraft {
    pub(crate) status: Option<Sourced<Status>>,
    pub(crate) scale: Option<Sourced<Range>>,
    pub(crate) decimals: Sourced<u8>,
    pub(crate) rounding: Sourced<Rounding>,
    pub(crate) band_value: Sourced<BandValue>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) bands: Vec<Band>,
    pub(crate) targets: Vec<TargetDraft>,
    /// The band below which regions are internal, not looked up yet.
    pub(crate) internal_below: Option<Sourced<String>>,
    /// Aliases of headers: id, header, place.
    pub(crate) columns: Vec<(String, Sourced<String>)>,
    pub(crate) data: DataSettings,
    /// Whether the reference population is frozen, where it is written.
    pub(crate) frozen: Option<Sourced<bool>>,
    pub(crate) lints: BTreeMap<String, Sourced<LintLevel>>,
    pub(crate) citation: Citation,
    /// The index itself first, then nodes and indicators directly below it.
    pub(crate) nodes: Vec<NodeDraft>,
}

pub(crate) fn read_index(
    name: &RuleSetName,
    document: &Document,
    head: Span,
    methods: &Methods,
    findings: &mut Vec<Diagnostic>,
) -> IndexDraft {
    let mut fields = Fields::new(&document.table, head, findings);
    if let Some(entry) = fields.entry("extends")
        && !matches!(entry.item.value, Value::Text(_))
    {
        let span = entry.item.span;
        fields.report(Diagnostic::error(
            Code::E105,
            span,
            text!(
                "`extends` harus berupa tahun dalam tanda kutip: `\"2019\"`",
                "`extends` must be a year in quotes: `\"2019\"`"
            ),
        ));
    }
    let title = fields.text("title");
    let title = fields.required("title", title);
    let status = fields.choice("status", &Status::NAMES);
    let status = fields.required("status", status);
    let scale = fields.range("scale");
    let scale = fields.required("scale", scale);
    let citation = read_citation(&mut fields);
    let root = NodeDraft {
        id: name.index.clone(),
        span: head,
        title,
        parent: None,
        weight: None,
        weight_is_faulty: false,
        range: None,
        clamp: fields.flag("clamp"),
        internal: None,
        citation: Citation::default(),
        body: BodyDraft::Parent(Box::new(read_rules(&mut fields, methods))),
    };
    let (data, frozen) = read_data(&mut fields);
    let mut draft = IndexDraft {
        status,
        scale,
        decimals: fields
            .whole("decimals", 0, 15)
            .map_or(Sourced::default_value(2), |n| Sourced {
                value: n.value as u8,
                origin: n.origin,
            }),
        rounding: fields
            .choice("rounding", &Rounding::NAMES)
            .unwrap_or(Sourced::default_value(Rounding::HalfUp)),
        band_value: fields
            .choice("band_value", &BandValue::NAMES)
            .unwrap_or(Sourced::default_value(BandValue::Published)),
        parameters: each(&mut fields, "parameters", read_parameter),
        bands: each(&mut fields, "band", read_band),
        targets: each(&mut fields, "target", read_target),
        internal_below: read_internal(&mut fields),
        columns: each(&mut fields, "columns", read_alias),
        data,
        frozen,
        lints: read_lints(&mut fields),
        citation,
        nodes: vec![root],
    };
    read_parts(&mut fields, &name.index, methods, &mut draft.nodes);
    fields.finish("index.toml");
    draft
}

/// Reads each entry of a keyed table, whose keys must be ids.
fn each<T>(
    fields: &mut Fields<'_>,
    key: &'static str,
    read: fn(&mut Fields<'_>, &str, &Entry) -> Option<T>,
) -> Vec<T> {
    let Some(entry) = fields.entry(key) else {
        return Vec::new();
    };
    let Value::Table(table) = &entry.item.value else {
        fields.wrong_type(
            key,
            entry.item.span,
            text!("tabel `[{key}]`", "a table `[{key}]`"),
        );
        return Vec::new();
    };
    let mut list = Vec::new();
    for (id, entry) in &table.entries {
        if !ident::is_id(id) {
            fields.report(bad_id(id, entry.key));
            continue;
        }
        list.extend(read(fields, id, entry));
    }
    list
}

/// The finding for an id that formulas could not use as a name.
pub(crate) fn bad_id(id: &str, span: Span) -> Diagnostic {
    let finding = Diagnostic::error(
        Code::E301,
        span,
        text!("`{id}` tidak dapat menjadi nama", "`{id}` cannot be a name"),
    );
    match ident::to_id(id).filter(|better| better != id) {
        Some(better) => finding.help(text!(
            "huruf kecil, angka dan garis bawah: `{better}`",
            "lower-case letters, digits and underscores: `{better}`"
        )),
        None => finding.help(text!(
            "huruf kecil, angka dan garis bawah, diawali huruf",
            "lower-case letters, digits and underscores, beginning with a letter"
        )),
    }
}

/// Opens the table of an entry, or says that one is needed.
fn open<'t>(fields: &mut Fields<'_>, key: &str, id: &str, entry: &'t Entry) -> Option<&'t Table> {
    let table = entry.item.value.as_table();
    if table.is_none() {
        fields.wrong_type(
            id,
            entry.item.span,
            text!("tabel `[{key}.{id}]`", "a table `[{key}.{id}]`"),
        );
    }
    table
}

fn read_parameter(fields: &mut Fields<'_>, id: &str, entry: &Entry) -> Option<Parameter> {
    let (value, title, citation) = match &entry.item.value {
        Value::Number(value) => (
            Some(Sourced::written(*value, entry.item.span)),
            None,
            Citation::default(),
        ),
        Value::Table(table) => {
            let mut inner = Fields::new(table, entry.key, fields.findings());
            let value = inner.number("value");
            let value = inner.required("value", value);
            let title = inner.text("title");
            inner.text("unit");
            let citation = read_citation(&mut inner);
            refuse_remove(&mut inner);
            inner.finish(&format!("parameters.{id}"));
            (value, title, citation)
        }
        _ => {
            fields.wrong_type(
                id,
                entry.item.span,
                text!(
                    "angka, atau `{{ value = 0.8, reference = … }}`",
                    "a number, or `{{ value = 0.8, reference = … }}`"
                ),
            );
            (None, None, Citation::default())
        }
    };
    Some(Parameter {
        id: id.to_owned(),
        value: value?,
        title,
        citation,
    })
}

fn read_band(fields: &mut Fields<'_>, id: &str, entry: &Entry) -> Option<Band> {
    let table = open(fields, "band", id, entry)?;
    let mut inner = Fields::new(table, entry.key, fields.findings());
    let title = inner.text("title").unwrap_or_else(|| Text::same(id));
    let (from, above) = (inner.number("from"), inner.number("above"));
    let citation = read_citation(&mut inner);
    refuse_remove(&mut inner);
    let bound = match (from, above) {
        (Some(from), None) => Some((from, true)),
        (None, Some(above)) => Some((above, false)),
        (Some(_), Some(above)) => {
            let at = above.origin.unwrap_or(entry.key);
            inner.report(Diagnostic::error(
                Code::E501,
                at,
                text!(
                    "`from` dan `above` tidak dapat ditulis bersama",
                    "`from` and `above` exclude each other"
                ),
            ));
            None
        }
        (None, None) if inner.is_faulty("from") || inner.is_faulty("above") => None,
        (None, None) => {
            inner.report(
                Diagnostic::error(
                    Code::E501,
                    entry.key,
                    text!(
                        "kategori ini belum punya batas bawah",
                        "the band has no lower bound"
                    ),
                )
                .help(text!(
                    "tulis `from = 60` (60 termasuk) atau `above = 60` (60 tidak termasuk)",
                    "write `from = 60` (60 included) or `above = 60` (60 not included)"
                )),
            );
            None
        }
    };
    inner.finish(&format!("band.{id}"));
    let (bound, inclusive) = bound?;
    Some(Band {
        id: id.to_owned(),
        title,
        bound,
        inclusive,
        citation,
    })
}

fn read_target(fields: &mut Fields<'_>, id: &str, entry: &Entry) -> Option<TargetDraft> {
    let table = open(fields, "target", id, entry)?;
    let mut inner = Fields::new(table, entry.key, fields.findings());
    let title = inner.text("title");
    let count = inner.whole("count", 1, u32::MAX);
    let count = inner.required("count", count);
    let band = inner.string("band");
    let band = inner.required("band", band);
    let citation = read_citation(&mut inner);
    refuse_remove(&mut inner);
    inner.finish(&format!("target.{id}"));
    Some(TargetDraft {
        id: id.to_owned(),
        title,
        count: count?,
        band: band?,
        citation,
    })
}

fn read_alias(
    fields: &mut Fields<'_>,
    id: &str,
    entry: &Entry,
) -> Option<(String, Sourced<String>)> {
    if let Value::Text(header) = &entry.item.value {
        return Some((
            id.to_owned(),
            Sourced::written(header.clone(), entry.item.span),
        ));
    }
    fields.wrong_type(
        id,
        entry.item.span,
        text!(
            "judul kolom dalam tanda kutip",
            "the header of a column in quotes"
        ),
    );
    None
}

fn read_internal(fields: &mut Fields<'_>) -> Option<Sourced<String>> {
    let entry = fields.entry("internal")?;
    let Value::Table(table) = &entry.item.value else {
        fields.wrong_type(
            "internal",
            entry.item.span,
            text!("tabel `[internal]`", "a table `[internal]`"),
        );
        return None;
    };
    let mut inner = Fields::new(table, entry.key, fields.findings());
    let below = inner.string("below_band");
    inner.finish("internal");
    below
}

/// Which lints are how serious. Which codes there are is known only where they are run.
fn read_lints(fields: &mut Fields<'_>) -> BTreeMap<String, Sourced<LintLevel>> {
    let mut levels = BTreeMap::new();
    let Some(entry) = fields.entry("lints") else {
        return levels;
    };
    let Value::Table(table) = &entry.item.value else {
        fields.wrong_type(
            "lints",
            entry.item.span,
            text!("tabel `[lints]`", "a table `[lints]`"),
        );
        return levels;
    };
    for (code, entry) in &table.entries {
        let span = entry.item.span;
        let level = match &entry.item.value {
            Value::Text(word) => LintLevel::NAMES.iter().find(|(name, _)| name == word),
            _ => None,
        };
        match level {
            Some((_, LintLevel::On(Severity::Warning | Severity::Error)))
                if code.starts_with('A') =>
            {
                fields.wrong_type(
                    code,
                    span,
                    text!(
                        "`\"off\"` atau `\"note\"`: saran tidak pernah lebih dari catatan",
                        "`\"off\"` or `\"note\"`: advice is never more than a note"
                    ),
                );
            }
            Some((_, level)) => {
                // The key says which lint it is.
                levels.insert(code.clone(), Sourced::written(*level, entry.key));
            }
            None => fields.wrong_type(
                code,
                span,
                text!(
                    "`\"off\"`, `\"note\"`, `\"warning\"` atau `\"error\"`",
                    "`\"off\"`, `\"note\"`, `\"warning\"` or `\"error\"`"
                ),
            ),
        }
    }
    levels
}

fn read_data(fields: &mut Fields<'_>) -> (DataSettings, Option<Sourced<bool>>) {
    let Some(entry) = fields.entry("data") else {
        return Default::default();
    };
    let Value::Table(table) = &entry.item.value else {
        fields.wrong_type(
            "data",
            entry.item.span,
            text!("tabel `[data]`", "a table `[data]`"),
        );
        return Default::default();
    };
    let mut inner = Fields::new(table, entry.key, fields.findings());
    let mut missing = Vec::new();
    if let Some(entry) = inner.entry("missing") {
        let texts = match &entry.item.value {
            Value::Array(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.item),
        };
        for item in texts {
            match &item.value {
                Value::Text(marker) => missing.push(marker.trim().to_owned()),
                _ => inner.wrong_type(
                    "missing",
                    item.span,
                    text!(
                        "daftar teks: `[\"-\", \"n/a\"]`",
                        "a list of texts: `[\"-\", \"n/a\"]`"
                    ),
                ),
            }
        }
    }
    let frozen = inner.choice("reference", &[("data", false), ("frozen", true)]);
    let long = [inner.string("indicator"), inner.string("value")];
    let long = match long {
        [Some(indicator), Some(value)] => Some(LongForm {
            indicator: indicator.value,
            value: value.value,
        }),
        [None, None] => None,
        [indicator, value] => {
            let (lacking, written) = if indicator.is_some() {
                ("value", indicator)
            } else {
                ("indicator", value)
            };
            let span = written.and_then(|w| w.origin).unwrap_or(inner.span);
            if !inner.is_faulty(lacking) {
                inner.report(
                    Diagnostic::error(
                        Code::E203,
                        span,
                        text!("`{lacking}` belum ditulis", "`{lacking}` is not written"),
                    )
                    .help(text!(
                        "data dengan satu baris untuk tiap nilai memerlukan `indicator` dan `value`",
                        "data with one row per value needs both `indicator` and `value`"
                    )),
                );
            }
            None
        }
    };
    let mut header = |key| inner.string(key).map(|header| header.value);
    let data = DataSettings {
        key: header("key"),
        name: header("name"),
        year: header("year"),
        group: header("group"),
        weighted_by: header("weighted_by"),
        missing,
        sheet: header("sheet"),
        long,
    };
    inner.finish("data");
    (data, frozen)
}
