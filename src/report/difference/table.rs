//! A difference for people.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::Cell;

use super::{
    DifferenceReport, Shown, ShownMeans, band_counts, band_title, cause_name, change_text, places,
    signed, words,
};
use crate::base::Text;
use crate::base::language::text;
use crate::bundle::difference::Change;
use crate::evaluate::{Scores, summarise};
use crate::explain::difference::{Attribution, CommonRegion, Comparison, NotDivided};
use crate::report::direction;
use crate::report::table::{new_table, right};

/// How many regions are named in a list.
const NAMED: usize = 12;
/// How many changes of a kind are listed.
const LISTED: usize = 100;
/// How many causes of a region are shown.
const CAUSES: usize = 4;

/// The changes in words and, with data, their effect.
pub fn render_difference(report: &DifferenceReport<'_>) -> String {
    let mut out = changes(report);
    if let Some(comparison) = report.comparison {
        out.push('\n');
        out.push_str(&effect(report, comparison));
    }
    out
}

fn changes(report: &DifferenceReport<'_>) -> String {
    let (difference, lang) = (report.difference, report.lang);
    let mut out = format!("{} → {}\n", report.side(0), report.side(1));
    let status = [&difference.before, &difference.after].map(|rules| rules.status.value.title());
    let [before, after] = status.each_ref().map(|status| status.get(lang));
    let word = lang.pick("status", "status");
    if before == after {
        out.push_str(&format!("{word}: {before}\n"));
    } else {
        out.push_str(&format!("{word}: {before} → {after}\n"));
    }
    if difference.changes.is_empty() {
        let none = if report.differs_in_data() {
            lang.pick(
                "Aturannya sama; yang berbeda adalah datanya.",
                "The rules are the same; the data differ.",
            )
        } else {
            lang.pick("Tidak ada yang berbeda.", "Nothing differs.")
        };
        out.push_str(&format!("{none}\n"));
    }
    for (effect, heading) in words::headings() {
        let own = difference.changes.iter().zip(&difference.effects);
        let own: Vec<&Change> = own
            .filter(|(_, of)| **of == effect)
            .map(|(own, _)| own)
            .collect();
        if own.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{} ({})\n", heading.get(lang), own.len()));
        let count = own.len();
        for (at, change) in own.into_iter().enumerate() {
            if at == LISTED && count > LISTED + 1 {
                let more = count - at;
                let said = text!(
                    "… dan {more} lagi (`--format json` memuat semuanya)",
                    "… and {more} more (`--format json` has all of them)"
                );
                out.push_str(&format!("  {}\n", said.get(lang)));
                break;
            }
            let said = change_text(difference, change);
            out.push_str(&format!(
                "  {}{}\n",
                said.get(lang),
                marked(&places(report, change))
            ));
        }
    }
    out
}

/// The place of a change, after its text.
fn marked(places: &str) -> String {
    if places.is_empty() {
        String::new()
    } else {
        format!("  [{places}]")
    }
}

fn effect(report: &DifferenceReport<'_>, comparison: &Comparison) -> String {
    let lang = report.lang;
    let mut out = String::new();
    let shown: Vec<Shown> = comparison
        .regions
        .iter()
        .enumerate()
        .map(|(at, region)| report.shown(comparison, at, region))
        .collect();
    let up = shown.iter().filter(|own| own.change > Some(0.0)).count();
    let down = shown
        .iter()
        .filter(|own| own.change.is_some_and(|by| by < 0.0))
        .count();
    let apart = shown.iter().filter(|own| own.change.is_none()).count();
    let (all, same) = (shown.len(), shown.len() - up - down - apart);
    let (data, s) = (report.data, plural(all));
    out.push_str(&format!("data: {data}\n"));
    let [rise, fall, stay] = direction::moves().map(|word| word.get(lang).to_owned());
    let said = text!(
        "{all} wilayah: {up} {rise}, {down} {fall}, {same} {stay}",
        "{all} region{s}: {up} {rise}, {down} {fall}, {same} {stay}"
    );
    out.push_str(said.get(lang));
    if apart > 0 {
        let said = text!(
            ", {apart} tanpa indeks di salah satu sisi",
            ", {apart} without an index on one side"
        );
        out.push_str(said.get(lang));
    }
    out.push('\n');
    if let Some(own) = comparison.means() {
        let said = mean_text(report, comparison, &report.shown_means(comparison, own));
        out.push_str(&format!("{}\n", said.get(lang)));
    }
    if let Some(notice) = report.publication_notice(comparison) {
        out.push_str(&format!("{}\n", notice.get(lang)));
    }
    for said in one_sided(comparison) {
        out.push_str(&format!("{}\n", said.get(lang)));
    }
    targets(report, comparison, &mut out);
    bands(report, comparison, &mut out);
    if let Some(attribution) = &comparison.attribution {
        causes(report, comparison, attribution, &shown, &mut out);
    }
    movers(report, comparison, &shown, &mut out);
    groups(report, comparison, &mut out);
    out
}

fn targets(report: &DifferenceReport<'_>, comparison: &Comparison, out: &mut String) {
    let lang = report.lang;
    let after = summarise(&comparison.after).targets;
    let before = summarise(&comparison.before).targets;
    let id = |scores: &Scores, at: usize| {
        let target = scores.program.rules().targets.get(at);
        target.map_or_else(String::new, |target| target.id.clone())
    };
    for own in after {
        let name = id(&comparison.after, own.target);
        let old = before
            .iter()
            .find(|old| id(&comparison.before, old.target) == name);
        let (reached, percent) = (own.reached, lang.number(own.percent, 1));
        let s = plural(reached);
        let line = match old {
            Some(old) => {
                let (was, percent_before) = (old.reached, lang.number(old.percent, 1));
                text!(
                    "sasaran `{name}`: tercapai {was} → {reached} wilayah, capaian {percent_before} → {percent} %",
                    "target `{name}`: reached by {was} → {reached} region{s}, {percent_before} → {percent} %"
                )
            }
            None => text!(
                "sasaran `{name}` (baru): tercapai {reached} wilayah, capaian {percent} %",
                "target `{name}` (new): reached by {reached} region{s}, {percent} %"
            ),
        };
        out.push_str(&format!("{}\n", line.get(lang)));
    }
}

/// Band against band, and who crosses.
fn bands(report: &DifferenceReport<'_>, comparison: &Comparison, out: &mut String) {
    let lang = report.lang;
    let (before, after) = (
        comparison.before.program.rules(),
        comparison.after.program.rules(),
    );
    if before.bands.is_empty() && after.bands.is_empty() {
        return;
    }
    let counts = band_counts(comparison);
    let crossing: Vec<&CommonRegion> = comparison
        .regions
        .iter()
        .filter(|region| comparison.crosses(region))
        .collect();
    let heading = lang.pick("Kategori sebelum ↓, sesudah →", "Bands before ↓, after →");
    let title = |rules, band| band_title(rules, band).get(lang).to_owned();
    let columns: BTreeSet<Option<usize>> = counts
        .keys()
        .map(|(_, to)| *to)
        .chain((0..after.bands.len()).map(Some))
        .collect();
    let rows: BTreeSet<Option<usize>> = counts.keys().map(|(from, _)| *from).collect();
    let mut table = new_table();
    let mut header = vec![Cell::new(heading)];
    header.extend(columns.iter().map(|to| right(title(after, *to))));
    table.set_header(header);
    for from in rows {
        let mut row = vec![Cell::new(title(before, from))];
        for to in &columns {
            let count = counts.get(&(from, *to)).copied().unwrap_or(0);
            row.push(right(if count == 0 {
                "·".to_owned()
            } else {
                lang.count(count)
            }));
        }
        table.add_row(row);
    }
    out.push_str(&format!("\n{table}\n"));
    let count = crossing.len();
    let s = plural(count);
    let said = text!(
        "{count} wilayah berpindah kategori",
        "{count} region{s} changing the band"
    );
    out.push_str(said.get(lang));
    if let Some((scores, bounds)) = reasons(comparison, &crossing) {
        let both = count - scores - bounds;
        let said = text!(
            ": {scores} karena skornya saja, {bounds} karena batasnya saja, {both} karena keduanya",
            ": {scores} by their scores alone, {bounds} by the bounds alone, {both} by both"
        );
        out.push_str(said.get(lang));
    }
    for region in crossing.iter().take(NAMED) {
        let from = title(before, comparison.before.band(region.before));
        let to = title(after, comparison.after.band(region.after));
        let name = comparison.after.label(region.after);
        out.push_str(&format!("\n  {name}: {from} → {to}"));
    }
    if count > NAMED {
        let more = count - NAMED;
        let said = text!(
            "… dan {more} lagi (`--format csv` atau `html` memuat semuanya)",
            "… and {more} more (`--format csv` or `html` has all of them)"
        );
        out.push_str(&format!("\n  {}", said.get(lang)));
    }
    out.push('\n');
}

/// How many regions cross because of their scores alone, and how many because of the bounds of bands alone; nothing
/// where bounds cannot have moved them.
fn reasons(comparison: &Comparison, crossing: &[&CommonRegion]) -> Option<(usize, usize)> {
    let (before, after) = (
        comparison.before.program.rules(),
        comparison.after.program.rules(),
    );
    let bounds = |rules: &crate::check::RuleSet| -> Vec<(String, u64, bool)> {
        let bands = rules.bands.iter();
        bands
            .map(|band| (band.id.clone(), band.bound.value.to_bits(), band.inclusive))
            .collect()
    };
    if before.scale.value != after.scale.value || bounds(before) == bounds(after) {
        return None;
    }
    let id = |rules: &crate::check::RuleSet, band: Option<usize>| {
        let band = band.and_then(|band| rules.bands.get(band));
        band.map(|band| band.id.clone())
    };
    let (mut scores, mut moved) = (0, 0);
    for region in crossing {
        let (Some(old), Some(new)) = (
            comparison.before.index().get(region.before),
            comparison.after.index().get(region.after),
        ) else {
            continue;
        };
        let now = id(after, after.band_of(new));
        let by_score = id(before, before.band_of(new)) == now;
        let by_bounds = id(after, after.band_of(old)) == now;
        scores += usize::from(by_score && !by_bounds);
        moved += usize::from(by_bounds && !by_score);
    }
    Some((scores, moved))
}

/// A mean before and after, in words.
fn mean_text(report: &DifferenceReport<'_>, comparison: &Comparison, means: &ShownMeans) -> Text {
    let old = report.figure(comparison, 0, means.before);
    let new = report.figure(comparison, 1, means.after);
    let by = signed(report.lang, means.change, report.decimals());
    match &comparison.after.weighted_by {
        Some(column) => text!(
            "rata-rata berbobot `{column}` {old} → {new} ({by})",
            "mean weighted by `{column}` {old} → {new} ({by})"
        ),
        None => text!(
            "rata-rata {old} → {new} ({by})",
            "mean {old} → {new} ({by})"
        ),
    }
}

/// The regions that one side alone has, a line a side.
pub(super) fn one_sided(comparison: &Comparison) -> Vec<Text> {
    let sides = [
        (
            Text::new("hanya sebelum", "only before"),
            &comparison.before,
            &comparison.vanished,
        ),
        (
            Text::new("hanya sesudah", "only after"),
            &comparison.after,
            &comparison.appeared,
        ),
    ];
    let sides = sides.into_iter().filter(|(_, _, list)| !list.is_empty());
    sides
        .map(|(Text { id, en }, scores, list)| {
            let names = some_names(list.iter().map(|at| scores.label(*at)));
            let (count, s) = (list.len(), plural(list.len()));
            text!(
                "{id}: {count} wilayah: {names}",
                "{en}: {count} region{s}: {names}"
            )
        })
        .collect()
}

/// The first of some names.
fn some_names(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = if names.len() > NAMED { ", …" } else { "" };
    let names = names.take(NAMED).collect::<Vec<_>>().join(", ");
    format!("{names}{more}")
}

/// What each cause does over all regions.
fn causes(
    report: &DifferenceReport<'_>,
    comparison: &Comparison,
    attribution: &Attribution,
    shown: &[Shown],
    out: &mut String,
) {
    let (lang, decimals) = (report.lang, report.decimals());
    if attribution.causes.is_empty() {
        return;
    }
    let mut table = new_table();
    table.set_header(vec![
        Cell::new(lang.pick("Sebab", "Cause")),
        right(lang.pick("rata-rata", "mean")),
        right(lang.pick("terkecil", "least")),
        right(lang.pick("terbesar", "greatest")),
    ]);
    let means = report.cause_means(comparison);
    for (at, cause) in attribution.causes.iter().enumerate() {
        let mean = means.as_ref().and_then(|own| own.parts.get(at)).copied();
        let parts = shown.iter().filter_map(|own| own.parts.as_ref()?.get(at));
        let own: Vec<f64> = parts.copied().collect();
        let least = own.iter().copied().reduce(crate::base::number::lesser);
        let most = own.iter().copied().reduce(crate::base::number::greater);
        let cell = |value: Option<f64>| {
            right(value.map_or_else(|| "–".to_owned(), |value| signed(lang, value, decimals)))
        };
        table.add_row(vec![
            Cell::new(cause_name(report.difference, cause).get(lang)),
            cell(mean),
            cell(least),
            cell(most),
        ]);
    }
    if let Some(means) = &means {
        for (other, part) in &means.others {
            table.add_row(vec![
                Cell::new(other.title().get(lang)),
                right(signed(lang, *part, decimals)),
            ]);
        }
        table.add_row(vec![
            Cell::new(lang.pick("Jumlah", "Sum")),
            right(signed(lang, means.change, decimals)),
        ]);
    }
    out.push_str(&format!("\n{table}\n"));
    let states = attribution.states;
    let said = match attribution.error {
        None => text!(
            "bagian tiap sebab (nilai Shapley) eksak, dihitung dari {states} gabungan perubahan",
            "the part of each cause (Shapley value) is exact, from {states} combinations of changes"
        ),
        Some(error) => {
            let error = lang.exact(crate::base::Rounding::HalfUp.round(error, decimals + 2));
            text!(
                "bagian tiap sebab (nilai Shapley) dari urutan yang diundi, galat baku paling besar {error}; {states} gabungan perubahan",
                "the part of each cause (Shapley value) comes from drawn orders, largest standard error {error}; {states} combinations of changes"
            )
        }
    };
    out.push_str(&format!("{}\n", said.get(lang)));
    not_divided(report, comparison, out);
}

/// The regions whose change is not divided among the causes, by reason.
fn not_divided(report: &DifferenceReport<'_>, comparison: &Comparison, out: &mut String) {
    let lang = report.lang;
    let mut lost: BTreeMap<NotDivided, Vec<&CommonRegion>> = BTreeMap::new();
    for (at, region) in comparison.regions.iter().enumerate() {
        if let Some(reason) = comparison.not_divided(at) {
            lost.entry(reason).or_default().push(region);
        }
    }
    for (reason, regions) in lost {
        let why = match reason {
            NotDivided::NoIndexBefore => {
                Text::new("tanpa indeks sebelumnya", "without an index before")
            }
            NotDivided::NoIndexAfter => {
                Text::new("tanpa indeks sesudahnya", "without an index after")
            }
            NotDivided::NoIndex => Text::new(
                "tanpa indeks di kedua sisi",
                "without an index on either side",
            ),
            NotDivided::NoIndexBetween => Text::new(
                "tanpa indeks bila hanya sebagian perubahan berlaku",
                "without an index while only some of the changes are made",
            ),
            // Named above: they are none of the common regions.
            NotDivided::OnlyBefore | NotDivided::OnlyAfter => continue,
        };
        let labels = regions
            .iter()
            .map(|region| comparison.after.label(region.after));
        let names = some_names(labels);
        let (count, s) = (regions.len(), plural(regions.len()));
        let (id, en) = (&why.id, &why.en);
        let said = text!(
            "{count} wilayah tidak dibagi menurut sebab, {id}: {names}",
            "{count} region{s} not divided among causes, {en}: {names}"
        );
        out.push_str(&format!("{}\n", said.get(lang)));
    }
}

/// The regions that move most, with their causes.
fn movers(
    report: &DifferenceReport<'_>,
    comparison: &Comparison,
    shown: &[Shown],
    out: &mut String,
) {
    let (lang, decimals) = (report.lang, report.decimals());
    let mut moved: Vec<(usize, f64)> = comparison
        .regions
        .iter()
        .zip(shown)
        .enumerate()
        .filter(|(_, (_, own))| own.change.is_some_and(|by| by.abs() > 0.0))
        .filter_map(|(at, (_, own))| Some((at, own.change?)))
        .collect();
    let exact = |at: usize| comparison.regions.get(at).and_then(CommonRegion::change);
    let exact = |at: usize| exact(at).unwrap_or(0.0);
    // Of equal differences the larger exact one comes first.
    moved.sort_by(|a, b| {
        let by_exact = exact(b.0).total_cmp(&exact(a.0));
        b.1.total_cmp(&a.1).then(by_exact).then(a.0.cmp(&b.0))
    });
    let rising = moved.iter().filter(|(_, by)| *by > 0.0).take(report.movers);
    let falling = moved
        .iter()
        .rev()
        .filter(|(_, by)| *by < 0.0)
        .take(report.movers);
    let lists = [rising.collect::<Vec<_>>(), falling.collect()];
    for (heading, list) in direction::most_moved().iter().zip(lists) {
        let heading = heading.get(lang);
        if list.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{heading}\n"));
        for (at, _) in list {
            let (Some(region), Some(own)) = (comparison.regions.get(*at), shown.get(*at)) else {
                continue;
            };
            let value = |side: usize, value: Option<f64>| {
                value.map_or_else(
                    || "–".to_owned(),
                    |value| report.figure(comparison, side, value),
                )
            };
            let rank = |scores: &Scores, position: usize| {
                let rank = scores.rank(position);
                rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string())
            };
            out.push_str(&format!(
                "  {}  {} → {} ({})  {} {} → {}\n",
                comparison.after.label(region.after),
                value(0, own.old),
                value(1, own.new),
                own.change
                    .map_or_else(String::new, |by| signed(lang, by, decimals)),
                lang.pick("peringkat", "rank"),
                rank(&comparison.before, region.before),
                rank(&comparison.after, region.after),
            ));
            let (Some(parts), Some(attribution)) = (&own.parts, &comparison.attribution) else {
                continue;
            };
            let mut named: Vec<(f64, String)> = parts
                .iter()
                .zip(&attribution.causes)
                .filter(|(part, _)| part.abs() > 0.0)
                .map(|(part, cause)| {
                    (
                        *part,
                        cause_name(report.difference, cause).get(lang).to_owned(),
                    )
                })
                .collect();
            named.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
            let rest: f64 = named.iter().skip(CAUSES).map(|(part, _)| part).sum();
            let more = named.len().saturating_sub(CAUSES);
            let mut said: Vec<String> = named
                .iter()
                .take(CAUSES)
                .map(|(part, name)| format!("{} {name}", signed(lang, *part, decimals)))
                .collect();
            if more > 0 {
                let rest = signed(lang, rest, decimals);
                let others = text!(
                    "{rest} dari {more} sebab lain",
                    "{rest} of {more} other causes"
                );
                said.push(others.get(lang).to_owned());
            }
            if !said.is_empty() {
                out.push_str(&format!("      {}\n", said.join("; ")));
            }
        }
    }
}

/// The roll-up of each group.
fn groups(report: &DifferenceReport<'_>, comparison: &Comparison, out: &mut String) {
    let (lang, decimals) = (report.lang, report.decimals());
    let members = comparison.groups();
    if members.is_empty() {
        return;
    }
    let mut table = new_table();
    table.set_header(vec![
        Cell::new(lang.pick("Kelompok", "Group")),
        right(lang.pick("wilayah", "regions")),
        right(lang.pick("sebelum", "before")),
        right(lang.pick("sesudah", "after")),
        right(lang.pick("perubahan", "change")),
        right(lang.pick("pindah kategori", "change band")),
    ]);
    for (group, regions) in members {
        let means = comparison.means_of(regions.iter().copied());
        let means = means.map(|own| report.shown_means(comparison, own));
        let number = |side: usize, value: Option<f64>| {
            right(value.map_or_else(
                || "–".to_owned(),
                |value| report.figure(comparison, side, value),
            ))
        };
        let by = means
            .as_ref()
            .map_or_else(|| "–".to_owned(), |own| signed(lang, own.change, decimals));
        let cross = regions
            .iter()
            .filter(|region| comparison.crosses(region))
            .count();
        table.add_row(vec![
            Cell::new(&group),
            right(lang.count(regions.len())),
            number(0, means.as_ref().map(|own| own.before)),
            number(1, means.as_ref().map(|own| own.after)),
            right(by),
            right(lang.count(cross)),
        ]);
    }
    out.push_str(&format!("\n{table}\n"));
}

/// What an English noun ends in.
fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
