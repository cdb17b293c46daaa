//! A difference as JSON.

use serde_json::{Value, json};

use super::csv::cause_id;
use super::{DifferenceReport, ShownMeans, cause_name, change_text};
use crate::bundle::difference::Written;
use crate::evaluate::{Scores, summarise};
use crate::explain::difference::{Comparison, Effect, NotDivided};
use crate::report::json::Header;

/// The name of an effect, for programs.
pub(super) fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Scores => "scores",
        Effect::Placement => "placement",
        Effect::Targets => "targets",
        Effect::Texts => "texts",
    }
}

/// A difference as JSON: the changes and, with data, the effect on each region.
pub fn difference_json(report: &DifferenceReport<'_>) -> Value {
    let difference = report.difference;
    let side = |written: &Option<Written>| {
        written.as_ref().map(|own| {
            let place = own.origin.map(|span| difference.pair.sources.place(span));
            let place = place.map(
                |place| json!({ "path": place.path, "line": place.line, "column": place.column }),
            );
            json!({ "text": own.text, "place": place })
        })
    };
    let changes = difference.changes.iter().zip(&difference.effects);
    let changes: Vec<Value> = changes
        .map(|(change, effect)| {
            json!({
                "effect": effect_name(*effect),
                "change": both(change_text(difference, change)),
                "before": side(&change.before),
                "after": side(&change.after),
            })
        })
        .collect();
    json!({
        "record": report.record,
        "before": Header::of(&difference.before),
        "after": Header::of(&difference.after),
        "changes": changes,
        "comparison": report.comparison.map(|comparison| compared(report, comparison)),
    })
}

/// The means of each group, before and after.
fn groups(report: &DifferenceReport<'_>, comparison: &Comparison) -> Value {
    let groups = comparison.groups().into_iter().map(|(name, regions)| {
        let means = comparison.means_of(regions.iter().copied());
        let means = means.map(|own| report.shown_means(comparison, own));
        let crossing = regions.iter().filter(|region| comparison.crosses(region));
        json!({
            "group": &*name,
            "regions": regions.len(),
            "before": means.as_ref().map(|own| own.before),
            "after": means.as_ref().map(|own| own.after),
            "change": means.as_ref().map(|own| own.change),
            "crossing": crossing.count(),
        })
    });
    groups.collect()
}

fn both(text: crate::base::Text) -> Value {
    json!({ "id": text.id, "en": text.en })
}

fn compared(report: &DifferenceReport<'_>, comparison: &Comparison) -> Value {
    let regions = comparison.regions.iter().enumerate();
    let regions: Vec<Value> = regions
        .map(|(at, region)| {
            let shown = report.shown(comparison, at, region);
            let side =
                |scores: &Scores, position: usize, score: Option<f64>, exact: Option<f64>| {
                    let band = scores.band(position);
                    let band = band.and_then(|band| scores.program.rules().bands.get(band));
                    json!({
                        "score": score,
                        "exact": exact,
                        "rank": scores.rank(position),
                        "band": band.map(|band| &band.id),
                    })
                };
            let exact: Option<Vec<Option<f64>>> = comparison.attribution.as_ref().map(|own| {
                let parts = own.parts.iter();
                parts
                    .map(|parts| parts.get(at).copied().flatten())
                    .collect()
            });
            json!({
                "region": region.region.to_string(),
                "name": comparison.after.names.get(region.after).and_then(Option::as_deref),
                "before": side(&comparison.before, region.before, shown.old, region.old),
                "after": side(&comparison.after, region.after, shown.new, region.new),
                "change": shown.change,
                "exact_change": region.change(),
                "crosses": comparison.crosses(region),
                "parts": shown.parts,
                "exact_parts": exact,
                "not_divided": comparison.not_divided(at).map(NotDivided::name),
            })
        })
        .collect();
    let mean = |own: &ShownMeans| {
        json!({
            "regions": own.regions,
            "before": own.before,
            "after": own.after,
            "change": own.change,
        })
    };
    let cause_means = report.cause_means(comparison);
    let attribution = comparison.attribution.as_ref().map(|own| {
        let causes = own.causes.iter().enumerate().map(|(at, cause)| {
            let part = cause_means.as_ref().and_then(|own| own.parts.get(at));
            let name = cause_name(report.difference, cause);
            json!({
                "cause": cause_id(&cause.kind),
                "name": { "id": name.id, "en": name.en },
                "changes": cause.changes,
                "mean": part,
            })
        });
        json!({
            "causes": causes.collect::<Vec<_>>(),
            "mean": cause_means.as_ref().map(mean),
            "others": cause_means.as_ref().map(|own| {
                let others = own.others.iter();
                others.map(|(other, part)| json!({ "name": other.name(), "mean": part })).collect::<Vec<_>>()
            }),
            "largest_standard_error": own.error,
            "combinations": own.states,
        })
    });
    let names = |scores: &Scores, list: &[usize]| -> Vec<String> {
        let own = list.iter().filter_map(|at| scores.regions.get(*at));
        own.map(ToString::to_string).collect()
    };
    let targets = |scores: &Scores| -> Vec<Value> {
        let targets = summarise(scores).targets.into_iter();
        let rules = scores.program.rules();
        targets
            .map(|target| {
                json!({
                    "target": rules.targets.get(target.target).map(|own| &own.id),
                    "reached": target.reached,
                    "percent": target.percent,
                })
            })
            .collect()
    };
    json!({
        "scale": [comparison.scale.low, comparison.scale.high],
        "years": [comparison.before.year, comparison.after.year],
        "weighted_by": comparison.after.weighted_by,
        "notice": report.publication_notice(comparison).map(both),
        "mean": comparison.means().map(|own| mean(&report.shown_means(comparison, own))),
        "groups": groups(report, comparison),
        "regions": regions,
        "vanished": names(&comparison.before, &comparison.vanished),
        "appeared": names(&comparison.after, &comparison.appeared),
        "targets": { "before": targets(&comparison.before), "after": targets(&comparison.after) },
        "attribution": attribution,
    })
}
