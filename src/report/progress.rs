//! Progress through the years: as tables for people, as CSV and JSON for programs.

use std::io::Write;

use serde_json::{Value, json};

use super::csv::{RECORD, close};
use super::{Record, RulesRecord, direction};
use crate::base::language::text;
use crate::base::{Lang, NodeIndex, Precision, Rounding};
use crate::evaluate::Scores;
use crate::explain::progress::{Progress, Step};

/// How many regions are named in a list.
const NAMED: usize = 8;

/// What a report of progress is made from.
pub struct ProgressReport<'a> {
    /// The years.
    pub progress: &'a Progress,
    /// The name of the data, for people.
    pub data: &'a str,
    /// The reader's language.
    pub lang: Lang,
    /// Whether variables are shown in the table.
    pub detail: bool,
    /// Whether values are unrounded.
    pub exact: bool,
    /// How many movers are shown at each end.
    pub movers: usize,
    /// How many regions were left out, where it is made for the public.
    pub withheld: Option<usize>,
    /// What made it.
    pub record: Record,
}

impl ProgressReport<'_> {
    /// The record of some years.
    pub fn record_of(progress: &Progress, data: &str) -> Record {
        let years = &progress.years;
        let rules = years.iter().map(|scores| scores.program.rules());
        let mut record = rules.clone().next().map(Record::of).unwrap_or_default();
        record.rules = rules.map(RulesRecord::of).collect();
        record.rules.dedup();
        match years.first() {
            Some(scores) => record.with_data(data, &scores.data_digest),
            None => record,
        }
    }

    /// The decimals of a year: of all years, on a common scale.
    fn decimals(&self, year: usize) -> u8 {
        let of = |scores: &Scores| scores.program.rules().decimals.value;
        let years = &self.progress.years;
        match self.progress.common_scale {
            Some(_) => years.iter().map(of).max().unwrap_or(2),
            None => years.get(year).map_or(2, of),
        }
    }

    /// How a year publishes the scores of a node; on a common scale, how they are shown.
    fn precision(&self, year: usize, node: &str) -> Precision {
        let decimals = self.decimals(year);
        let scores = self.progress.years.get(year);
        let Some(rules) = scores.map(|scores| scores.program.rules()) else {
            return Precision::new(Rounding::HalfUp, decimals, 0.0, 1.0);
        };
        let own = rules.find(node).unwrap_or(NodeIndex::ROOT);
        let own = rules.node(own).range.value;
        let range = self.progress.common_scale.unwrap_or(own);
        Precision::new(rules.rounding.value, decimals, range.low, range.high)
    }

    /// A value as the report shows it.
    fn value(&self, year: usize, node: &str, region: usize) -> Option<f64> {
        let exact = self.progress.value(year, node, region)?;
        Some(self.shown(year, node, exact))
    }

    fn shown(&self, year: usize, node: &str, exact: f64) -> f64 {
        if self.exact {
            exact
        } else {
            self.precision(year, node).round(exact)
        }
    }

    /// A mean of indices of a year, as text.
    fn mean(&self, year: usize, exact: f64) -> String {
        let value = self.shown(year, "", exact);
        if self.exact {
            self.lang.exact(value)
        } else {
            self.lang.number(value, self.decimals(year))
        }
    }

    /// A change as the report shows it: the difference of the values that it shows, so that they add up.
    fn change(&self, step: &Step, node: &str, region: usize) -> Option<f64> {
        let own = step.changes.get(region)?.as_ref()?;
        if !node.is_empty() {
            let at = self.progress.variables.iter().position(|id| id == node)?;
            own.variables.get(at).copied()??;
        }
        let (before, now) = (
            self.value(step.from, node, region)?,
            self.value(step.from + 1, node, region)?,
        );
        if self.exact {
            return Some(now - before);
        }
        let decimals = self.decimals(step.from).max(self.decimals(step.from + 1));
        Some(Rounding::HalfUp.round(now - before, decimals))
    }

    fn label(&self, region: usize) -> String {
        let Some(region) = self.progress.regions.get(region) else {
            return String::new();
        };
        let label = match &region.name {
            Some(name) => format!("{} {name}", region.region),
            None => region.region.to_string(),
        };
        label.replace(|c: char| c.is_control(), "\u{fffd}")
    }

    fn year(&self, at: usize) -> String {
        let year = self.progress.years.get(at).and_then(|scores| scores.year);
        year.map_or_else(|| "?".to_owned(), |year| year.to_string())
    }

    /// Why there are no changes in a step.
    fn refusal(&self, step: &Step) -> String {
        let side = |at: usize| {
            let Some(scores) = self.progress.years.get(at) else {
                return String::new();
            };
            let rules = scores.program.rules();
            let scale = rules.scale.value;
            let (low, high) = (self.lang.exact(scale.low), self.lang.exact(scale.high));
            format!("{} ({low}–{high})", self.year(at))
        };
        let (before, now) = (side(step.from), side(step.from + 1));
        text!(
            "{before} dan {now} tidak dikurangkan: skalanya berbeda (`--common-scale` memetakan keduanya lurus ke satu skala)",
            "{before} and {now} are not subtracted: their scales differ (`--common-scale` maps both linearly to one)"
        )
        .get(self.lang)
        .to_owned()
    }

    fn list(&self, regions: &[usize]) -> String {
        let names: Vec<String> = regions
            .iter()
            .take(NAMED)
            .map(|at| self.label(*at))
            .collect();
        let more = if regions.len() > NAMED { ", …" } else { "" };
        format!(
            "{} ({}{more})",
            self.lang.count(regions.len()),
            names.join(", ")
        )
    }
}

/// The notes on each step: rules, scales, regions that come and go.
pub fn render_progress_notes(report: &ProgressReport<'_>) -> String {
    let (progress, lang) = (report.progress, report.lang);
    let mut out = String::new();
    for (at, scores) in progress.years.iter().enumerate() {
        let rules = scores.program.rules();
        let status = rules.status.value.title();
        let scale = rules.scale.value;
        out.push_str(&format!(
            "{}: {} · {} {}–{} · {}: {} · {} {}\n",
            report.year(at),
            rules.name,
            lang.pick("skala", "scale"),
            lang.exact(scale.low),
            lang.exact(scale.high),
            lang.pick("status", "status"),
            status.get(lang),
            lang.pick("digest aturan", "rules digest"),
            rules.rules_digest.get(..12).unwrap_or("")
        ));
    }
    if let Some(common) = progress.common_scale {
        let (low, high) = (lang.exact(common.low), lang.exact(common.high));
        let said = text!(
            "semua nilai dipetakan lurus ke skala bersama {low}–{high}; ini bukan nilai yang diterbitkan",
            "all values are mapped linearly to the common scale {low}–{high}; they are not the published ones"
        );
        out.push_str(&format!("{}\n", said.get(lang)));
    }
    out.push_str(&format!("data: {}\n", report.data));
    if let Some(regions) = report.withheld {
        let said = text!(
            "versi untuk umum: {regions} wilayah ditahan karena internal",
            "public version: {regions} regions are withheld as internal"
        );
        out.push_str(&format!("{}\n", said.get(lang)));
    }
    for step in &progress.steps {
        let (before, now) = (report.year(step.from), report.year(step.from + 1));
        out.push_str(&format!("\n{before} → {now}\n"));
        if !step.comparable {
            out.push_str(&format!("  {}\n", report.refusal(step)));
        } else if !step.same_rules {
            let said = text!(
                "aturannya berbeda: perubahan memuat juga perubahan aturan",
                "the rules differ: changes include those of the rules"
            );
            out.push_str(&format!("  {}\n", said.get(lang)));
        }
        if let Some((from, to, count)) = step.means {
            let (from, to) = (report.mean(step.from, from), report.mean(step.from + 1, to));
            let count = lang.count(count);
            let weighted = progress.years.get(step.from + 1);
            let by = weighted.and_then(|scores| scores.weighted_by.as_deref());
            let said = match by {
                Some(column) => text!(
                    "rata-rata berbobot `{column}` dari {count} wilayah yang punya indeks dan bobot di kedua tahun: {from} → {to}",
                    "mean of the {count} regions with an index and a weight in both years, weighted by `{column}`: {from} → {to}"
                ),
                None => text!(
                    "rata-rata {count} wilayah yang punya indeks di kedua tahun: {from} → {to}",
                    "mean of the {count} regions with an index in both years: {from} → {to}"
                ),
            };
            out.push_str(&format!("  {}\n", said.get(lang)));
        }
        let bands = step
            .changes
            .iter()
            .flatten()
            .filter_map(|change| change.bands);
        let (mut up, mut down, mut stay) = (0, 0, 0);
        for bands in bands {
            match bands {
                1.. => up += 1,
                0 => stay += 1,
                _ => down += 1,
            }
        }
        if up + down + stay > 0 {
            let said = direction::bands(up, down, stay);
            out.push_str(&format!("  {}\n", said.get(lang)));
        }
        let (best, worst) = progress.movers(step, report.movers);
        for (word, movers) in direction::most_improved().iter().zip([best, worst]) {
            let word = word.get(lang);
            let changes = movers.into_iter().filter_map(|region| {
                let change = signed(report, step, report.change(step, "", region)?);
                Some(format!("    {change:>8}  {}\n", report.label(region)))
            });
            let changes: String = changes.collect();
            if !changes.is_empty() {
                out.push_str(&format!("  {word}:\n{changes}"));
            }
        }
        for (word, regions) in [
            (lang.pick("wilayah baru", "new regions"), &step.appeared),
            (
                lang.pick("wilayah yang tidak ada lagi", "regions that are gone"),
                &step.vanished,
            ),
            (
                lang.pick(
                    "kode dengan nama lain dari sebelumnya",
                    "codes with another name than before",
                ),
                &step.renamed,
            ),
        ] {
            if !regions.is_empty() {
                out.push_str(&format!("  {word}: {}\n", report.list(regions)));
            }
        }
        for (old, new) in &step.perhaps_one {
            let (old, new) = (report.label(*old), report.label(*new));
            let said = text!(
                "mungkin satu wilayah dengan dua kode (tidak disambung): {old} dan {new}",
                "perhaps one region under two codes (not joined): {old} and {new}"
            );
            out.push_str(&format!("  {}\n", said.get(lang)));
        }
    }
    out
}

fn signed(report: &ProgressReport<'_>, step: &Step, change: f64) -> String {
    let decimals = report
        .decimals(step.from)
        .max(report.decimals(step.from + 1));
    let written = if report.exact {
        report.lang.exact(change)
    } else {
        report.lang.number(change, decimals)
    };
    if change > 0.0 {
        format!("+{written}")
    } else {
        written
    }
}

/// The rows of the table: a header, then every region with its index in each year, the last change, its band.
#[cfg(feature = "cli")]
pub(super) fn table(report: &ProgressReport<'_>) -> Vec<Vec<String>> {
    let (progress, lang) = (report.progress, report.lang);
    let last = progress.years.len().saturating_sub(1);
    let mut header = vec![lang.pick("Wilayah", "Region").to_owned()];
    header.extend((0..progress.years.len()).map(|at| report.year(at)));
    header.push(lang.pick("Perubahan", "Change").to_owned());
    header.push(lang.pick("Kategori", "Band").to_owned());
    if report.detail {
        header.extend(progress.variables.iter().cloned());
    }
    let mut rows = vec![header];
    let empty = || "–".to_owned();
    for region in 0..progress.regions.len() {
        let mut row = vec![report.label(region)];
        for year in 0..progress.years.len() {
            let value = report.value(year, "", region);
            row.push(value.map_or_else(empty, |value| {
                if report.exact {
                    lang.exact(value)
                } else {
                    lang.number(value, report.decimals(year))
                }
            }));
        }
        let change = |node: &str| {
            let step = progress.steps.last()?;
            Some(signed(report, step, report.change(step, node, region)?))
        };
        row.push(change("").unwrap_or_else(empty));
        let band = progress.band(last, region).and_then(|band| {
            let rules = progress.years.get(last)?.program.rules();
            Some(rules.bands.get(band)?.title.get(lang).to_owned())
        });
        row.push(band.unwrap_or_else(empty));
        if report.detail {
            let changes = progress.variables.iter().map(|id| change(id));
            row.extend(changes.map(|change| change.unwrap_or_else(empty)));
        }
        rows.push(row);
    }
    rows
}

/// Progress as CSV: one row per region and year, whatever the reader's language.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_progress_csv(report: &ProgressReport<'_>, out: &mut dyn Write) -> std::io::Result<()> {
    let progress = report.progress;
    let mut writer = csv::Writer::from_writer(out);
    let mut header: Vec<String> = [
        "region", "name", "group", "year", "rule_set", "status", "index",
    ]
    .map(str::to_owned)
    .to_vec();
    header.extend(progress.variables.iter().cloned());
    header.extend(["band", "rank", "change"].map(str::to_owned));
    header.extend(progress.variables.iter().map(|id| format!("change.{id}")));
    header.push(RECORD.to_owned());
    writer.write_record(&header)?;
    let mut record = serde_json::to_string(&report.record)?;
    for (at, region) in progress.regions.iter().enumerate() {
        for (year, scores) in progress.years.iter().enumerate() {
            let Some(position) = region.positions.get(year).copied().flatten() else {
                continue;
            };
            let rules = scores.program.rules();
            let written = |value: Option<f64>, decimals: u8| match value {
                None => String::new(),
                Some(value) if report.exact => value.to_string(),
                Some(value) => Rounding::HalfUp.written(value, decimals),
            };
            let step = year
                .checked_sub(1)
                .and_then(|from| progress.steps.get(from));
            let change = |node: &str| {
                let step = step?;
                report.change(step, node, at)
            };
            let decimals = report.decimals(year);
            let mut row = vec![
                region.region.to_string(),
                region.name.as_deref().unwrap_or_default().to_owned(),
                region.group.as_deref().unwrap_or_default().to_owned(),
                report.year(year),
                rules.name.to_string(),
                rules.status.value.name().to_owned(),
                written(report.value(year, "", at), decimals),
            ];
            let variables = progress.variables.iter();
            row.extend(variables.map(|id| written(report.value(year, id, at), decimals)));
            let band = progress
                .band(year, at)
                .and_then(|band| rules.bands.get(band));
            row.push(band.map_or_else(String::new, |band| band.id.clone()));
            let rank = scores.rank(position);
            row.push(rank.map_or_else(String::new, |rank| rank.to_string()));
            let wide = step.map_or(decimals, |step| decimals.max(report.decimals(step.from)));
            row.push(written(change(""), wide));
            row.extend(
                progress
                    .variables
                    .iter()
                    .map(|id| written(change(id), wide)),
            );
            row.push(std::mem::take(&mut record));
            writer.write_record(&row)?;
        }
    }
    close(writer, header.len(), record)
}

/// Progress as JSON.
pub fn progress_json(report: &ProgressReport<'_>) -> Value {
    let progress = report.progress;
    let region = |at: &usize| {
        progress
            .regions
            .get(*at)
            .map(|region| region.region.to_string())
    };
    let years: Vec<Value> = progress
        .years
        .iter()
        .map(|scores| {
            let rules = scores.program.rules();
            json!({
                "year": scores.year,
                "rules": super::json::Header::of(rules),
                "issues": super::issues::records(scores),
            })
        })
        .collect();
    let steps: Vec<Value> = progress
        .steps
        .iter()
        .map(|step| {
            let (best, worst) = progress.movers(step, report.movers);
            let movers = |list: Vec<usize>| {
                list.iter()
                    .map(|at| json!({ "region": region(at), "change": report.change(step, "", *at) }))
                    .collect::<Vec<_>>()
            };
            json!({
                "from": report.year(step.from),
                "to": report.year(step.from + 1),
                "comparable": step.comparable,
                "same_rules": step.same_rules,
                "same_bands": step.same_bands,
                "mean": step.means.map(|(from, to, count)| json!({
                    "from": report.shown(step.from, "", from), "to": report.shown(step.from + 1, "", to), "regions": count,
                    "weighted_by": progress.years.get(step.from + 1).and_then(|scores| scores.weighted_by.as_deref()),
                })),
                "most_improved": movers(best),
                "most_worsened": movers(worst),
                "appeared": step.appeared.iter().map(region).collect::<Vec<_>>(),
                "vanished": step.vanished.iter().map(region).collect::<Vec<_>>(),
                "renamed": step.renamed.iter().map(region).collect::<Vec<_>>(),
                "perhaps_one": step.perhaps_one.iter().map(|(old, new)| [region(old), region(new)]).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "record": report.record,
        "data": report.data,
        "exact": report.exact,
        "withheld": report.withheld,
        "common_scale": progress.common_scale.map(|scale| [scale.low, scale.high]),
        "years": years,
        "steps": steps,
        "regions": (0..progress.regions.len()).map(|at| region_json(report, at)).collect::<Vec<_>>(),
    })
}

fn region_json(report: &ProgressReport<'_>, at: usize) -> Value {
    let progress = report.progress;
    let Some(region) = progress.regions.get(at) else {
        return Value::Null;
    };
    let years: Vec<Value> = progress
        .years
        .iter()
        .enumerate()
        .filter_map(|(year, scores)| {
            let position = region.positions.get(year).copied().flatten()?;
            let rules = scores.program.rules();
            let step = year.checked_sub(1).and_then(|from| progress.steps.get(from));
            let change = |node: &str| report.change(step?, node, at);
            let own = |id: &String| rules.find(id).is_some();
            let variables = progress.variables.iter().filter(|id| own(id));
            Some(json!({
                "year": scores.year,
                "index": report.value(year, "", at),
                "variables": variables.clone().map(|id| (id.clone(), json!(report.value(year, id, at)))).collect::<serde_json::Map<_, _>>(),
                "band": progress.band(year, at).and_then(|band| Some(rules.bands.get(band)?.id.clone())),
                "rank": scores.rank(position),
                "change": change(""),
                "changes": variables.map(|id| (id.clone(), json!(change(id)))).collect::<serde_json::Map<_, _>>(),
            }))
        })
        .collect();
    json!({
        "region": &*region.region,
        "name": region.name.as_deref(),
        "group": region.group.as_deref(),
        "years": years,
    })
}
