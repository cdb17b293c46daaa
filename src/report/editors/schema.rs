//! JSON Schemas of the rule files.

use serde_json::{Map, Value, json};

use crate::base::Rounding;
use crate::bundle::keys::{self, Choice, Kind, Place};
use crate::calculus::Methods;
use crate::check::EDITION;
use crate::check::rule_set::{BandValue, LintLevel, MissingPolicy, Outside, Status};

/// The schemas of all kinds of rule files, by name.
pub(super) fn schemas(methods: &Methods) -> Vec<(&'static str, Value)> {
    vec![
        (
            "index.json",
            headed("index.toml", table(Place::Index, methods)),
        ),
        (
            "variable.json",
            headed("<id>.toml", table(Place::VariableFile, methods)),
        ),
        ("population.json", population()),
        ("seal.json", seal()),
        ("tests.json", tests()),
    ]
}

/// A schema with what it means, in both languages.
fn key(id: &str, en: &str, mut schema: Value) -> Value {
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), json!(format!("{id} / {en}")));
    }
    schema
}

fn object(properties: Value) -> Value {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A table whose keys are ids.
fn by_id(schema: Value) -> Value {
    json!({
        "type": "object",
        "propertyNames": { "pattern": "^[a-z][a-z0-9_]*$" },
        "additionalProperties": schema,
    })
}

fn words<'n>(names: impl IntoIterator<Item = &'n str>) -> Value {
    json!({ "enum": names.into_iter().collect::<Vec<_>>() })
}

fn number() -> Value {
    json!({ "type": "number" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn string() -> Value {
    json!({ "type": "string" })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// `[low, high]`.
fn range() -> Value {
    json!({ "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 })
}

/// A text, in one language or in two.
fn text() -> Value {
    json!({ "anyOf": [string(), object(json!({ "id": string(), "en": string() }))] })
}

fn entries(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(entries) => entries,
        _ => Map::new(),
    }
}

/// The keys of several groups together.
fn together(groups: impl IntoIterator<Item = Map<String, Value>>) -> Value {
    let mut all = Map::new();
    groups.into_iter().for_each(|group| all.extend(group));
    object(Value::Object(all))
}

/// The keys of a place, with the options of methods where they stand beside them.
fn table(place: Place, methods: &Methods) -> Value {
    let own = keys::of(place).map(|own| {
        let (id, en) = own.meaning;
        (own.name.to_owned(), key(id, en, value(own.kind, methods)))
    });
    let mut all = Map::new();
    if place == Place::Indicator {
        for option in methods.normalisations.iter().flat_map(|own| own.options()) {
            let meaning = key(&option.meaning.id, &option.meaning.en, number());
            all.insert(option.name.to_owned(), meaning);
        }
    }
    all.extend(own);
    object(Value::Object(all))
}

/// What the value of a key may be.
fn value(kind: Kind, methods: &Methods) -> Value {
    match kind {
        Kind::Number => number(),
        Kind::Whole(least, u32::MAX) => json!({ "type": "integer", "minimum": least }),
        Kind::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::Flag => flag(),
        Kind::False => json!({ "const": false }),
        Kind::Remove => json!({ "const": true }),
        Kind::String | Kind::Extends => string(),
        Kind::Text => text(),
        // TOML dates reach schemas as text, or not at all.
        Kind::Date => json!({}),
        Kind::Range => range(),
        Kind::Words(choice) => words(choices(choice)),
        Kind::References => {
            let one = json!({ "anyOf": [string(), object(json!({ "title": text(), "href": string() }))] });
            json!({ "anyOf": [one.clone(), list(one)] })
        }
        Kind::Aggregation => method(methods.aggregations.iter().map(|own| own.name())),
        Kind::Normalisation => method(methods.normalisations.iter().map(|own| own.name())),
        Kind::MissingPolicy => json!({ "anyOf": [
            words(MissingPolicy::NAMES.map(|(name, _)| name)),
            object(json!({ "value": number() })),
        ] }),
        Kind::Treatment => object(
            json!({ "winsorise": number(), "skew": number(), "kurtosis": number(), "else": string() }),
        ),
        Kind::Markers => json!({ "anyOf": [string(), list(string())] }),
        Kind::Lints => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Z][0-9]{3}$" },
            "additionalProperties": words(LintLevel::NAMES.map(|(name, _)| name)),
        }),
        Kind::Table(place) => table(place, methods),
        Kind::ById(Place::Alias) => by_id(string()),
        Kind::ById(Place::Parameter) => {
            by_id(json!({ "anyOf": [number(), table(Place::Parameter, methods)] }))
        }
        Kind::ById(place) => by_id(table(place, methods)),
    }
}

/// The name of a method, or a table of its name with its options.
fn method<'n>(names: impl Iterator<Item = &'n str>) -> Value {
    let names: Vec<&str> = names.collect();
    let own = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": "object" })));
    let own = object(Value::Object(own.collect()));
    json!({ "anyOf": [words(names), own] })
}

/// The words of a choice, which stand with the types that mean them.
fn choices(choice: Choice) -> Vec<&'static str> {
    match choice {
        Choice::Status => Status::NAMES.map(|(name, _)| name).to_vec(),
        Choice::Rounding => Rounding::NAMES.map(|(name, _)| name).to_vec(),
        Choice::BandValue => BandValue::NAMES.map(|(name, _)| name).to_vec(),
        Choice::Outside => Outside::NAMES.map(|(name, _)| name).to_vec(),
        Choice::Direction => vec!["high", "low"],
        Choice::Population => vec!["data", "frozen"],
    }
}

/// `population.toml`, which `tanggap freeze` writes.
fn population() -> Value {
    let data = object(json!({
        "data": key("berkas datanya", "its data file", string()),
        "digest": key("digest BLAKE3 berkas itu", "the BLAKE3 digest of that file", string()),
        "rows": key("banyaknya baris", "how many rows", json!({ "type": "integer", "minimum": 1 })),
        "years": key("tahun-tahunnya", "its years", list(json!({ "type": "integer" }))),
    }));
    let treatment = object(json!({
        "low": number(), "high": number(), "log": number(), "end": number(), "reflected": flag(),
    }));
    let indicator = object(json!({
        "definition": key("nilai mentah yang dibekukan", "the raw values that were frozen", string()),
        "count": key("banyaknya nilai", "how many values", json!({ "type": "integer", "minimum": 0 })),
        "minimum": number(),
        "maximum": number(),
        "mean": number(),
        "standard_deviation": number(),
        "values": list(number()),
        "treatment": key("perlakuan pencilan", "the treatment of outliers", treatment),
        "group_means": key("rata-rata tiap kelompok", "the mean of each group", json!({ "type": "object", "additionalProperties": number() })),
    }));
    let keys = entries(json!({ "population": data, "indicator": by_id(indicator) }));
    headed("population.toml", together([keys]))
}

/// `seal.toml`, which `tanggap seal` writes.
fn seal() -> Value {
    let own = object(json!({
        "sealed": key("hari penyegelan", "the day of sealing", string()),
        "reason": key("alasannya", "why", string()),
        "rules_digest": key("digest aturannya", "the digest of its rules", string()),
        "form": key("aturannya dalam bentuk baku", "its rules in canonical form", list(string())),
    }));
    let files = json!({ "type": "object", "additionalProperties": string() });
    let keys = entries(
        json!({ "seal": own, "files": key("digest tiap berkas", "the digest of each file", files) }),
    );
    headed("seal.toml", together([keys]))
}

/// `tests/<name>.toml`.
fn tests() -> Value {
    let missing_word = json!({ "const": "missing" });
    let score = json!({ "anyOf": [number(), missing_word] });
    let expected = json!({ "anyOf": [
        number(),
        missing_word,
        object(json!({
            "score": key("skornya", "its score", score),
            "raw": key("nilai mentahnya", "its raw value", number()),
            "issue": key("kode temuannya, D…", "the code of its issue, D…", string()),
        })),
    ] });
    let band = json!({ "anyOf": [string(), { "const": false }] });
    let given = entries(json!({
        "given": key("nilai mentah menurut indikator atau kolom", "raw values by indicator or column", json!({ "type": "object", "additionalProperties": number() })),
        "missing": key("yang kosong di sini", "what is missing here", list(string())),
        "tolerance": key("selisih yang diterima; bawaan: sama seperti terbit", "the difference that is taken; default: equal as published", number()),
    }));
    let case = entries(json!({
        "title": key("nama kasus", "the name of the case", text()),
        "reason": key("alasan atau sumbernya", "why, or where from", text()),
        "set": key("yang dicoba: \"hukum.weight=15\"", "what is tried out: \"hukum.weight=15\"", list(string())),
        "data": key("berkas data di folder ini", "a data file in this folder", string()),
        "region": key("kode wilayah dalam berkas itu", "the region code in that file", string()),
        "year": key("tahun dalam berkas itu", "the year in that file", json!({ "type": "integer" })),
        "expect": key("yang diharapkan tiap bagian; `index` untuk indeksnya", "what is expected of each part; `index` for the index", json!({ "type": "object", "additionalProperties": expected })),
        "band": key("kategori yang diharapkan; `false`: tanpa kategori", "the band that is expected; `false`: none", band),
    }));
    let row = together([case.clone(), given.clone()]);
    let rows = entries(
        json!({ "rows": key("satu kasus tiap baris, di atas yang ditulis di sini", "a case per row, on top of what is written here", list(row)) }),
    );
    let case = together([case, given.clone(), rows]);
    let cases = entries(
        json!({ "case": key("kasus menurut namanya", "cases by name", json!({ "type": "object", "additionalProperties": case })) }),
    );
    let survivors = entries(
        json!({ "survivors": key("perubahan kecil yang tidak ketahuan, dengan alasannya", "small edits that nobody notices, with the reason", json!({ "type": "object", "additionalProperties": text() })) }),
    );
    headed("tests/<name>.toml", together([given, cases, survivors]))
}

fn headed(title: &str, schema: Value) -> Value {
    let mut all = entries(json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("Tanggap {title}, edition {EDITION}"),
    }));
    all.extend(entries(schema));
    Value::Object(all)
}
