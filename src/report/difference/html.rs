//! A difference as one page that needs nothing else: plots, tables, both languages.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{DifferenceReport, Shown, band_counts, band_title, cause_name, change_text, words};
use crate::base::{Rounding, Text};
use crate::evaluate::Scores;
use crate::explain::difference::{Attribution, Comparison};
use crate::report::direction;

/// The template, filled in by minijinja, which escapes what it is given.
const PAGE: &str = include_str!("page.html");
/// How many regions are listed, and how many ranks are drawn.
const LISTED: usize = 2_000;
const DRAWN: usize = 24;

/// Writes the page.
///
/// # Errors
/// When it cannot be written.
pub fn write_difference_html(
    report: &DifferenceReport<'_>,
    out: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    let mut environment = minijinja::Environment::new();
    let page = environment.add_template("page.html", PAGE).and_then(|()| {
        environment
            .get_template("page.html")?
            .render(minijinja::value::Serde(context(report)))
    });
    let page = page.map_err(std::io::Error::other)?;
    out.write_all(page.as_bytes())
}

fn both(text: &Text) -> Value {
    json!({ "id": text.id, "en": text.en })
}

fn context(report: &DifferenceReport<'_>) -> Value {
    let difference = report.difference;
    let groups = words::headings().into_iter().filter_map(|(effect, title)| {
        let own = difference.changes.iter().zip(&difference.effects);
        let own = own.filter(|(_, of)| **of == effect).map(|(change, _)| {
            json!({
                "text": both(&change_text(difference, change)),
                "places": super::places(report, change),
            })
        });
        let list: Vec<Value> = own.collect();
        (!list.is_empty()).then(|| json!({ "title": both(&title), "list": list }))
    });
    let sides = [&difference.before, &difference.after].into_iter();
    let statuses = sides.map(|rules| {
        json!({ "name": rules.name.to_string(), "text": both(&rules.status.value.title()) })
    });
    let record = &report.record;
    let digests: Vec<&str> = record
        .rules
        .iter()
        .map(|rules| rules.rules_digest.get(..12).unwrap_or(""))
        .collect();
    json!({
        "lang": report.lang.pick("id", "en"),
        "before": report.side(0),
        "after": report.side(1),
        "statuses": statuses.collect::<Vec<_>>(),
        "changes": groups.collect::<Vec<_>>(),
        "data": report.data,
        "effect": report.comparison.map(|comparison| effect(report, comparison)),
        "record": format!("{} · {}", record.engine, digests.join(" → ")),
    })
}

fn effect(report: &DifferenceReport<'_>, comparison: &Comparison) -> Value {
    let regions = comparison.regions.iter().enumerate();
    let shown: Vec<Shown> = regions
        .map(|(at, region)| report.shown(comparison, at, region))
        .collect();
    let count = |which: &dyn Fn(f64) -> bool| {
        shown
            .iter()
            .filter(|own| own.change.is_some_and(which))
            .count()
    };
    let (columns, matrix) = matrix(comparison);
    let attribution = comparison.attribution.as_ref();
    let causes = attribution
        .map(|own| causes(report, comparison, own, &shown))
        .unwrap_or_default();
    let method = attribution.map(|own| match own.error {
        None => Text::new(
            "Bagian tiap sebab (nilai Shapley), eksak.",
            "The part of each cause (Shapley value), exact.",
        ),
        Some(error) => {
            let error = Rounding::HalfUp.round(error, report.decimals() + 2);
            Text::new(
                format!("Bagian tiap sebab (nilai Shapley) dari urutan yang diundi; galat baku paling besar {error}."),
                format!("The part of each cause (Shapley value), from drawn orders; largest standard error {error}."),
            )
        }
    });
    let (slopes, slope_height) = slopes(comparison);
    let list: Vec<Value> = (0..comparison.regions.len().min(LISTED))
        .filter_map(|at| region(report, comparison, at, shown.get(at)?))
        .collect();
    json!({
        "regions": shown.len(),
        "staying": count(&|by| crate::base::number::same(by, 0.0)),
        "mean": comparison.means().map(|own| {
            let own = report.shown_means(comparison, own);
            let by = super::signed(report.lang, own.change, report.decimals());
            let [old, new] = [(0, own.before), (1, own.after)]
                .map(|(side, value)| report.figure(comparison, side, value));
            format!("{old} → {new} ({by})")
        }),
        "alone": super::table::one_sided(comparison).iter().map(both).collect::<Vec<_>>(),
        "notice": report.publication_notice(comparison).as_ref().map(both),
        "moves": direction::moves().iter().map(both).collect::<Vec<_>>(),
        "rising": count(&|by| by > 0.0),
        "falling": count(&|by| by < 0.0),
        "crossing": comparison.band_changes(),
        "columns": columns,
        "matrix": matrix,
        "causes": causes,
        "method": method.as_ref().map(both),
        "slopes": slopes,
        "slope_height": slope_height,
        "list": list,
        "left_out": comparison.regions.len().saturating_sub(LISTED),
    })
}

/// Band against band: the columns, and the rows.
fn matrix(comparison: &Comparison) -> (Vec<Value>, Vec<Value>) {
    let rules = [&comparison.before, &comparison.after].map(|scores| scores.program.rules());
    let [before, after] = rules;
    if before.bands.is_empty() && after.bands.is_empty() {
        return Default::default();
    }
    let counts = band_counts(comparison);
    let every = |bands: usize| (0..bands).map(Some);
    let rows: BTreeSet<_> = counts
        .keys()
        .map(|(from, _)| *from)
        .chain(every(before.bands.len()))
        .collect();
    let columns: BTreeSet<_> = counts
        .keys()
        .map(|(_, to)| *to)
        .chain(every(after.bands.len()))
        .collect();
    let most = counts.values().max().copied().unwrap_or(1) as f64;
    let titles = columns
        .iter()
        .map(|to| both(&band_title(after, *to)))
        .collect();
    let rows = rows.iter().map(|from| {
        let cells = columns.iter().map(|to| {
            let count = counts.get(&(*from, *to)).copied().unwrap_or(0);
            let shade = Rounding::HalfUp.round(count as f64 / most * 0.6, 2);
            let count = if count == 0 {
                "·".to_owned()
            } else {
                count.to_string()
            };
            json!({ "count": count, "shade": shade })
        });
        json!({ "band": both(&band_title(before, *from)), "cells": cells.collect::<Vec<_>>() })
    });
    (titles, rows.collect())
}

/// A bar for each cause: from the region that loses most to the one that gains most, and the mean.
fn causes(
    report: &DifferenceReport<'_>,
    comparison: &Comparison,
    attribution: &Attribution,
    shown: &[Shown],
) -> Vec<Value> {
    let means = report.cause_means(comparison);
    let parts = |at: usize| {
        let parts = shown.iter().filter_map(|own| own.parts.as_ref()?.get(at));
        parts.copied().collect()
    };
    let own: Vec<Vec<f64>> = (0..attribution.causes.len()).map(parts).collect();
    let widest = own
        .iter()
        .flatten()
        .map(|part| part.abs())
        .fold(0.0, crate::base::number::greater);
    let at = |value: f64| {
        let width = if widest > 0.0 {
            value / widest * 200.0
        } else {
            0.0
        };
        Rounding::HalfUp.round(650.0 + width, 1)
    };
    let named = attribution.causes.iter().zip(own).enumerate();
    let named = named.filter_map(|(place, (cause, own))| {
        let mean = means.as_ref()?.parts.get(place).copied()?;
        let least = own.iter().copied().reduce(crate::base::number::lesser)?;
        let most = own.iter().copied().reduce(crate::base::number::greater)?;
        Some(json!({
            "name": both(&cause_name(report.difference, cause)),
            "from": at(least),
            "to": at(most),
            "mean_at": at(mean),
            "mean": super::signed(report.lang, mean, report.decimals()),
        }))
    });
    let mut all: Vec<Value> = named.collect();
    // What is no cause of single regions is drawn as its mean.
    let others = means.iter().flat_map(|own| &own.others);
    all.extend(others.map(|(other, mean)| {
        json!({
            "name": both(&other.title()),
            "from": at(*mean),
            "to": at(*mean),
            "mean_at": at(*mean),
            "mean": super::signed(report.lang, *mean, report.decimals()),
        })
    }));
    all
}

/// The ranks that change most, as slopes whose names do not overlap.
fn slopes(comparison: &Comparison) -> (Vec<Value>, usize) {
    let mut moved: Vec<(usize, u32, u32)> = comparison
        .regions
        .iter()
        .enumerate()
        .filter_map(|(at, region)| {
            let before = comparison.before.rank(region.before)?;
            let after = comparison.after.rank(region.after)?;
            (before != after).then_some((at, before, after))
        })
        .collect();
    moved.sort_by_key(|(at, before, after)| (std::cmp::Reverse(before.abs_diff(*after)), *at));
    moved.truncate(DRAWN);
    let places = |of: &dyn Fn(&(usize, u32, u32)) -> u32| -> BTreeMap<usize, usize> {
        let mut order: Vec<(u32, usize)> = moved.iter().map(|own| (of(own), own.0)).collect();
        order.sort_unstable();
        let order = order.into_iter().enumerate();
        order
            .map(|(place, (_, at))| (at, 14 + place * 18))
            .collect()
    };
    let (left, right) = (places(&|own| own.1), places(&|own| own.2));
    let drawn = moved.iter().filter_map(|(at, before, after)| {
        let region = comparison.regions.get(*at)?;
        Some(json!({
            "name": comparison.after.label(region.after),
            "rank_before": before,
            "rank_after": after,
            "y1": left.get(at)?,
            "y2": right.get(at)?,
            "way": if after < before { "up" } else { "down" },
        }))
    });
    (drawn.collect(), moved.len() * 18 + 14)
}

fn region(
    report: &DifferenceReport<'_>,
    comparison: &Comparison,
    at: usize,
    shown: &Shown,
) -> Option<Value> {
    let region = comparison.regions.get(at)?;
    let (lang, decimals) = (report.lang, report.decimals());
    let number = |side: usize, value: Option<f64>| {
        value.map_or_else(
            || "–".to_owned(),
            |value| report.figure(comparison, side, value),
        )
    };
    let rank = |scores: &Scores, position: usize| {
        let rank = scores.rank(position);
        rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string())
    };
    let title = |scores: &Scores, position: usize| {
        band_title(scores.program.rules(), scores.band(position))
    };
    let (from, to) = (
        title(&comparison.before, region.before),
        title(&comparison.after, region.after),
    );
    let crossing = comparison.crosses(region);
    let bands = if crossing {
        Text::new(
            format!("{} → {}", from.id, to.id),
            format!("{} → {}", from.en, to.en),
        )
    } else {
        to
    };
    let causes = comparison.attribution.iter().flat_map(|own| &own.causes);
    let parts = shown.parts.iter().flatten().zip(causes);
    let parts = parts
        .filter(|(part, _)| part.abs() > 0.0)
        .map(|(part, cause)| {
            json!({
                "by": super::signed(lang, *part, decimals),
                "name": both(&cause_name(report.difference, cause)),
            })
        });
    Some(json!({
        "name": comparison.after.label(region.after),
        "before": number(0, shown.old),
        "after": number(1, shown.new),
        "change": shown.change.map_or_else(|| "–".to_owned(), |by| super::signed(lang, by, decimals)),
        "way": match shown.change {
            Some(by) if by > 0.0 => "up",
            Some(by) if by < 0.0 => "down",
            _ => "",
        },
        "ranks": format!("{} → {}", rank(&comparison.before, region.before), rank(&comparison.after, region.after)),
        "bands": both(&bands),
        "crosses": crossing,
        "parts": parts.collect::<Vec<_>>(),
    }))
}
