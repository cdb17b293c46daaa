//! Which columns a rule set reads, and an empty table to fill in.

use std::io::Write;

use serde_json::{Value, json};

use super::Record;
use crate::base::language::text;
use crate::base::{Lang, NodeIndex, Text};
use crate::check::RuleSet;
use crate::check::rule_set::{MissingPolicy, Range, Source};
use crate::data::ReadRequest;

/// A column of data that a rule set reads.
#[derive(Clone, Debug, PartialEq)]
pub struct DataColumn {
    /// What it is for.
    pub role: ColumnRole,
    /// Its header.
    pub header: String,
    /// The name formulas and data of one row per value may use, where it differs from the header.
    pub id: Option<String>,
    /// The indicators that read it.
    pub indicators: Vec<NodeIndex>,
    /// The values that all indicators which read it directly call valid.
    pub valid: Option<Range>,
    /// The unit, where the indicators that read it directly agree on one.
    pub unit: Option<Text>,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// The region codes.
    Key,
    /// The names of regions.
    Name,
    /// The years.
    Year,
    /// The groups of regions.
    Group,
    /// What weighs regions in roll-ups.
    Weight,
    /// The names of indicators, in data of one row per value.
    Indicator,
    /// The values, in data of one row per value.
    Value,
    /// A raw value.
    Raw,
}

impl ColumnRole {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            ColumnRole::Key => "key",
            ColumnRole::Name => "name",
            ColumnRole::Year => "year",
            ColumnRole::Group => "group",
            ColumnRole::Weight => "weight",
            ColumnRole::Indicator => "indicator",
            ColumnRole::Value => "value",
            ColumnRole::Raw => "raw",
        }
    }

    /// What it is called.
    pub fn title(self) -> Text {
        let (id, en) = match self {
            ColumnRole::Key => ("kode wilayah", "region code"),
            ColumnRole::Name => ("nama wilayah", "name of the region"),
            ColumnRole::Year => ("tahun data", "year of the data"),
            ColumnRole::Group => ("kelompok", "group"),
            ColumnRole::Weight => ("bobot wilayah", "weight of the region"),
            ColumnRole::Indicator => ("nama indikator", "name of the indicator"),
            ColumnRole::Value => ("nilainya", "its value"),
            ColumnRole::Raw => ("angka", "number"),
        };
        Text::new(id, en)
    }
}

/// The columns that a template has: in data of one row per value, the raw columns are names in it.
pub fn template_columns(columns: &[DataColumn]) -> Vec<DataColumn> {
    let long = columns
        .iter()
        .any(|column| column.role == ColumnRole::Value);
    let own = |column: &&DataColumn| !(long && column.role == ColumnRole::Raw);
    columns.iter().filter(own).cloned().collect()
}

/// The columns that a rule set reads, given how its data is asked for.
pub fn data_columns(rules: &RuleSet, request: &ReadRequest) -> Vec<DataColumn> {
    let plain = |role, header: &str| DataColumn {
        role,
        header: header.to_owned(),
        id: None,
        indicators: Vec::new(),
        valid: None,
        unit: None,
    };
    let key = request.key.as_deref().unwrap_or("kode");
    let mut columns = vec![plain(ColumnRole::Key, key)];
    for (role, header) in [
        (ColumnRole::Name, &request.name),
        (ColumnRole::Year, &request.year),
        (ColumnRole::Group, &request.group),
    ] {
        columns.extend(header.iter().map(|header| plain(role, header)));
    }
    if let Some(long) = &request.long {
        columns.push(plain(ColumnRole::Indicator, &long.indicator));
        columns.push(plain(ColumnRole::Value, &long.value));
    }
    for (at, column) in rules.columns.iter().enumerate() {
        columns.push(raw_column(
            rules,
            at,
            plain(ColumnRole::Raw, &column.header),
        ));
    }
    let known = |header: &String| columns.iter().any(|column| column.header == *header);
    if let Some(header) = request.weighted_by.as_ref().filter(|header| !known(header)) {
        columns.push(plain(ColumnRole::Weight, header));
    }
    columns
}

fn raw_column(rules: &RuleSet, at: usize, mut column: DataColumn) -> DataColumn {
    let id = rules.columns.get(at).map_or("", |column| &column.id);
    column.id = (id != column.header).then(|| id.to_owned());
    let mut units: Vec<Text> = Vec::new();
    let mut ranges: Vec<Option<Range>> = Vec::new();
    for node in rules.indices() {
        let Some(indicator) = rules.node(node).indicator() else {
            continue;
        };
        match &indicator.source {
            Source::Column(own) if *own == at => {
                column.indicators.push(node);
                ranges.push(indicator.valid.map(|valid| valid.value));
                units.extend(indicator.unit.clone());
            }
            Source::Expression(formula) if formula.columns.contains(&at) => {
                column.indicators.push(node);
                ranges.push(None);
            }
            _ => {}
        }
    }
    let all: Option<Vec<Range>> = ranges.into_iter().collect();
    column.valid = all.and_then(|ranges| {
        ranges.into_iter().reduce(|a, b| Range {
            low: crate::base::number::greater(a.low, b.low),
            high: crate::base::number::lesser(a.high, b.high),
        })
    });
    let first = units.first().cloned();
    column.unit = first.filter(|first| units.iter().all(|unit| unit == first));
    column
}

/// What a column holds, in words: role, indicators, unit, valid values, what an empty cell means.
pub(super) fn describe(rules: &RuleSet, column: &DataColumn, lang: Lang) -> String {
    let titles: Vec<&str> = column
        .indicators
        .iter()
        .map(|node| rules.node(*node).title.get(lang))
        .collect();
    let mut parts = if titles.is_empty() {
        vec![column.role.title().get(lang).to_owned()]
    } else {
        vec![titles.join(", ")]
    };
    parts.extend(column.unit.as_ref().map(|unit| unit.get(lang).to_owned()));
    if let Some(valid) = column.valid {
        let (low, high) = (lang.exact(valid.low), lang.exact(valid.high));
        let said = text!("dari {low} sampai {high}", "from {low} to {high}");
        parts.push(said.get(lang).to_owned());
    }
    let policies = column.indicators.iter().filter_map(|node| {
        let indicator = rules.node(*node).indicator()?;
        Some(indicator.missing.value)
    });
    let mut written: Vec<String> = policies.map(|policy| in_words(policy, lang)).collect();
    written.dedup();
    if !written.is_empty() {
        let word = lang.pick("sel kosong", "empty cell");
        parts.push(format!("{word}: {}", written.join(", ")));
    }
    parts.join("; ")
}

/// What becomes of an empty cell.
fn in_words(policy: MissingPolicy, lang: Lang) -> String {
    let words = match policy {
        MissingPolicy::Skip => text!("dilewati", "skipped"),
        MissingPolicy::Fail => text!("tidak boleh", "not allowed"),
        MissingPolicy::Worst => text!("dinilai terburuk", "scored the worst"),
        MissingPolicy::Best => text!("dinilai terbaik", "scored the best"),
        MissingPolicy::Value(value) => {
            let value = lang.exact(value);
            text!("diisi {value}", "given {value}")
        }
        MissingPolicy::Mean => text!("diisi rata-rata", "given the mean"),
        MissingPolicy::GroupMean => {
            text!("diisi rata-rata kelompok", "given the mean of the group")
        }
    };
    words.get(lang).to_owned()
}

/// The columns as text.
pub fn render_columns(rules: &RuleSet, columns: &[DataColumn], lang: Lang) -> String {
    let mut out = format!("{}\n\n", super::heading(rules, lang));
    let width = columns
        .iter()
        .map(|column| column.header.chars().count())
        .max()
        .unwrap_or(0);
    for column in columns {
        let id = match &column.id {
            Some(id) => format!(" (id `{id}`)"),
            None => String::new(),
        };
        out.push_str(&format!(
            "{:<width$}  {}{id}\n",
            column.header,
            describe(rules, column, lang)
        ));
    }
    out
}

/// The columns as JSON.
pub fn columns_json(rules: &RuleSet, columns: &[DataColumn], record: &Record) -> Value {
    let range = |range: Range| [range.low, range.high];
    let column = |column: &DataColumn| {
        json!({
            "role": column.role.name(),
            "header": column.header,
            "id": column.id,
            "indicators": column.indicators.iter().map(|node| &rules.node(*node).id).collect::<Vec<_>>(),
            "valid": column.valid.map(range),
            "unit": column.unit,
        })
    };
    json!({
        "record": record,
        "rules": super::json::Header::of(rules),
        "columns": columns.iter().map(column).collect::<Vec<_>>(),
    })
}

/// An empty CSV with the headers; separated as the reader's spreadsheets expect it.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_csv_template(
    columns: &[DataColumn],
    lang: Lang,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    // Without the mark, spreadsheets take UTF-8 for an older character set.
    out.write_all(b"\xef\xbb\xbf")?;
    let mut writer = csv::WriterBuilder::new()
        .delimiter(lang.pick(b';', b','))
        .from_writer(out);
    writer.write_record(columns.iter().map(|column| &column.header))?;
    writer.flush()
}
