//! JSON Schemas of the rule files.

use serde_json::{Map, Value, json};

use crate::base::Rounding;
use crate::calculus::Methods;
use crate::check::EDITION;
use crate::check::rule_set::{BandValue, LintLevel, MissingPolicy, Outside, Status};

/// The schemas of all kinds of rule files, by name.
pub(super) fn schemas(methods: &Methods) -> Vec<(&'static str, Value)> {
    vec![
        ("index.json", index(methods)),
        ("variable.json", variable(methods)),
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

/// What vouches for a value.
fn citation() -> Map<String, Value> {
    let reference =
        json!({ "anyOf": [string(), object(json!({ "title": text(), "href": string() }))] });
    let list = json!({ "anyOf": [reference.clone(), { "type": "array", "items": reference }] });
    entries(json!({
        "reference": key("tempat terbitnya", "where it is published", list),
        "note": key("catatan", "what there is to say about it", text()),
        // TOML dates reach schemas as text, or not at all.
        "reviewed": key("tanggal terakhir ditinjau, tanpa tanda kutip: 2024-01-15", "the date of the last review, without quotes: 2024-01-15", json!({})),
    }))
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

fn remove() -> Value {
    key(
        "hapus bagian ini dari dasarnya",
        "take this out of the base",
        json!({ "const": true }),
    )
}

/// How children make a score.
fn rules(methods: &Methods) -> Map<String, Value> {
    let names: Vec<&str> = methods.aggregations.iter().map(|own| own.name()).collect();
    let own: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": "object" })))
        .collect();
    let method = json!({ "anyOf": [words(names), object(Value::Object(own))] });
    entries(json!({
        "aggregate": key("agregasi bernama; tanpa ini dan tanpa rumus: rata-rata tertimbang", "a named aggregation; without it and without a formula: the weighted mean", method),
        "available_at_least": key("bagian bobot yang sedikitnya harus ada, 0 sampai 1", "the least share of weight that must be available, 0 to 1", number()),
        "round_to": key("desimal yang dibaca induknya", "the decimals that its parent reads", json!({ "type": "integer", "minimum": 0, "maximum": 15 })),
        "weights_sum": key("jumlah yang seharusnya bagi bobot bagian-bagiannya", "what the weights of its parts are to add up to", number()),
        "rescale": key("jumlah atas sebagian bagian dinaikkan sebanding", "a sum over some of the parts is scaled up", flag()),
        "formula": key("`false` membuang rumus dasarnya", "`false` drops the formula of the base", json!({ "const": false })),
        "clamp": key("hasil di luar rentang dipindahkan ke ujungnya", "a result outside the range is moved to its end", flag()),
    }))
}

/// What every node has.
fn node() -> Map<String, Value> {
    let mut keys = entries(json!({
        "title": key("judul", "title", text()),
        "weight": key("bobot di antara saudaranya", "weight among its siblings", number()),
        "range": key("rentang skornya; bawaan: skala", "the range of its score; default: the scale", range()),
        "clamp": key("nilai di luar nilai acuan dipindahkan ke ujung rentang", "values beyond the goalposts are moved to the end of the range", flag()),
        "internal": key("ditahan oleh --public", "left out by --public", flag()),
        "remove": remove(),
    }));
    keys.extend(citation());
    keys
}

fn parent_key() -> Map<String, Value> {
    entries(json!({ "parent": key("induknya", "its parent", string()) }))
}

fn inner_node(methods: &Methods) -> Value {
    together([node(), rules(methods), parent_key()])
}

fn indicator(methods: &Methods) -> Value {
    let names: Vec<&str> = methods
        .normalisations
        .iter()
        .map(|own| own.name())
        .collect();
    let mut options = Map::new();
    for own in &methods.normalisations {
        for option in own.options() {
            let meaning = key(&option.meaning.id, &option.meaning.en, number());
            options.insert(option.name.to_owned(), meaning);
        }
    }
    let own: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": "object" })))
        .collect();
    let normalise = json!({ "anyOf": [words(names), object(Value::Object(own))] });
    let missing = json!({ "anyOf": [
        words(MissingPolicy::NAMES.map(|(name, _)| name)),
        object(json!({ "value": number() })),
    ] });
    let treat = object(
        json!({ "winsorise": number(), "skew": number(), "kurtosis": number(), "else": string() }),
    );
    let keys = entries(json!({
        "column": key("judul kolom datanya; bawaan: id", "the header of its column; default: the id", string()),
        "value": key("rumus satu baris atas kolom data", "a one-line expression over columns of data", string()),
        "normalise": key("cara menjadikannya skor; bawaan: nilai acuan worst dan best", "how it becomes a score; default: the goalposts worst and best", normalise),
        "better": key("arah yang lebih baik", "the better direction", words(["high", "low"])),
        "valid": key("rentang nilai yang sah", "the range of valid values", range()),
        "outside": key("nilai di luar rentang sah", "a value outside the valid range", words(Outside::NAMES.map(|(name, _)| name))),
        "missing": key("bila datanya kosong", "where its data is missing", missing),
        "treat": key("perlakuan pencilan", "treatment of outliers", treat),
        "unit": key("satuan", "unit", text()),
        "aspect": key("pengelompokan kedua milik kantor", "the office's own second grouping", string()),
    }));
    together([options, node(), keys, parent_key()])
}

fn index(methods: &Methods) -> Value {
    let of = |names: &[&'static str]| words(names.iter().copied());
    let parameter = together([
        entries(json!({ "value": number(), "title": text(), "unit": text(), "remove": remove() })),
        citation(),
    ]);
    let band = together([
        entries(json!({
            "title": key("nama kategori", "the name of the band", text()),
            "from": key("batas bawah, termasuk", "the lower bound, included", number()),
            "above": key("batas bawah, tidak termasuk", "the lower bound, not included", number()),
            "remove": remove(),
        })),
        citation(),
    ]);
    let target = together([
        entries(json!({
            "title": text(),
            "count": key("sekian wilayah", "so many regions", json!({ "type": "integer", "minimum": 1 })),
            "band": key("pada kategori ini atau lebih baik", "at this band or better", string()),
            "remove": remove(),
        })),
        citation(),
    ]);
    let missing =
        json!({ "anyOf": [string(), { "type": "array", "items": { "type": "string" } }] });
    let data = object(json!({
        "key": key("kolom kode wilayah", "column of region codes", string()),
        "name": key("kolom nama wilayah", "column of region names", string()),
        "year": key("kolom tahun", "column of years", string()),
        "group": key("kolom kelompok, misalnya provinsi", "column of groups, such as the province", string()),
        "weighted_by": key("kolom bobot wilayah untuk rata-rata", "column that weighs regions in means", string()),
        "missing": key("tulisan yang berarti tidak ada data", "texts that mean no data", missing),
        "sheet": key("lembar kerja", "sheet of a workbook", string()),
        "indicator": key("kolom nama indikator, bila satu baris satu nilai", "column of indicators' names, in data of one row a value", string()),
        "value": key("kolom nilai, bila satu baris satu nilai", "column of values, in data of one row a value", string()),
        "reference": key("populasi acuan", "the reference population", words(["data", "frozen"])),
    }));
    let keys = entries(json!({
        "extends": key("dasarnya: \"2021\" atau \"indeks/2021\"", "its base: \"2021\" or \"index/2021\"", string()),
        "title": key("judul indeks", "title of the index", text()),
        "status": key("seberapa resmi", "how official it is", of(&Status::NAMES.map(|(name, _)| name))),
        "scale": key("rentang semua skor", "the range of all scores", range()),
        "decimals": key("desimal yang diterbitkan", "published decimals", json!({ "type": "integer", "minimum": 0, "maximum": 15 })),
        "rounding": key("cara membulatkan", "how it is rounded", of(&Rounding::NAMES.map(|(name, _)| name))),
        "band_value": key("nilai yang menentukan kategori", "the value that bands are read off", of(&BandValue::NAMES.map(|(name, _)| name))),
        "parameters": key("angka bernama untuk rumus", "named numbers for formulas", by_id(json!({ "anyOf": [number(), parameter] }))),
        "band": key("kategori, menurut batas bawahnya", "bands, by their lower bounds", by_id(band)),
        "target": key("sasaran", "targets", by_id(target)),
        "columns": key("nama pendek untuk judul kolom", "ids for headers of columns", by_id(string())),
        "data": key("cara membaca data", "how data is read", data),
        "internal": key("yang ditahan oleh --public", "what --public leaves out", object(json!({ "below_band": string() }))),
        "lints": key("seberapa gawat temuan pemeriksaan", "how serious findings of lints are", json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Z][0-9]{3}$" },
            "additionalProperties": words(LintLevel::NAMES.map(|(name, _)| name)),
        })),
        "indicator": key("indikator langsung di bawah indeks", "indicators directly below the index", by_id(indicator(methods))),
        "node": key("bagian langsung di bawah indeks", "nodes directly below the index", by_id(inner_node(methods))),
    }));
    headed("index.toml", together([keys, rules(methods), citation()]))
}

fn variable(methods: &Methods) -> Value {
    let own = together([node(), rules(methods)]);
    let keys = entries(json!({
        "variable": key("variabel ini", "this variable", own),
        "indicator": key("indikator-indikatornya", "its indicators", by_id(indicator(methods))),
        "node": key("tingkat di antaranya", "levels between", by_id(inner_node(methods))),
    }));
    headed("<id>.toml", together([keys]))
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
        json!({ "rows": key("satu kasus tiap baris, di atas yang ditulis di sini", "a case each row, on top of what is written here", list(row)) }),
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
