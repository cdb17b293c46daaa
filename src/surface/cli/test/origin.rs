//! The rules that a snapshot was made by, and which change since then does how much.

use std::collections::BTreeSet;

use super::acceptances::rules_before;
use super::snapshot::Kept;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, RuleSetName};
use crate::bundle::Bundle;
use crate::explain::difference::{Comparison, ComparisonOptions, Difference, largest_remainder};
use crate::report::cause_name;
use crate::surface::cli::{Call, data, revision};
use crate::testing::Snapshot;
use crate::{EvaluateOptions, evaluate};

/// Of up to so many changes all combinations are tried, to find the one that a partial acceptance left.
const MOST_CHANGES: usize = 10;

/// The rules before with all that differs, where they are found.
pub(super) struct Before {
    difference: Difference,
    comparison: Comparison,
    pub(super) causes: Vec<String>,
}

/// The rules that the snapshot was made by, from git, and what differs now.
pub(super) fn before(
    call: &mut Call<'_>,
    name: &RuleSetName,
    kept: &Kept,
    old: &Snapshot,
) -> Result<Option<Before>, Error> {
    let lang = call.lang;
    if old.made_of.rules_digest == kept.new.made_of.rules_digest {
        let said = text!(
            "aturannya tetap: datanya yang berubah",
            "the rules are the same: it is the data that changed"
        );
        call.output.print(said.get(lang));
        return Ok(None);
    }
    let wanted = &old.made_of.rules_digest;
    let now = call.engine.bundle(name)?.unsealed();
    let Some((bundle, shown)) = rules_of(call, name, kept, wanted, &now)? else {
        let digest = wanted.get(..12).unwrap_or("");
        let said = text!(
            "aturan yang membuat snapshot (digest {digest}) tidak ada di antara revisi git terakhir: sebabnya tidak dapat dibagi, hanya diterima semua",
            "the rules that made the snapshot (digest {digest}) are not among the last revisions of git: no causes can be told, all can be accepted"
        );
        call.output.print(said.get(lang));
        return Ok(None);
    };
    let said = text!(
        "dibandingkan dengan {name}@{shown}",
        "compared with {name}@{shown}"
    );
    call.output.print(said.get(lang));
    let methods = &call.engine.registry().methods;
    let Ok(difference) = Difference::new(bundle, now, methods) else {
        return Ok(None);
    };
    let path = call.text("data").unwrap_or_default();
    let year = call.matches.get_one::<u16>("year").copied();
    let options = ComparisonOptions {
        year: [year; 2],
        common_scale: None,
        causes: true,
    };
    // Where the scales differ there are no parts to tell; the regions are shown all the same.
    let Ok(comparison) = data::compared(call, &difference, &path, options) else {
        return Ok(None);
    };
    let causes = comparison.attribution.iter().flat_map(|own| &own.causes);
    let causes = causes.map(|cause| cause_name(&difference, cause).get(lang).to_owned());
    let causes = causes.collect();
    Ok(Some(Before {
        difference,
        comparison,
        causes,
    }))
}

/// The rules that a snapshot was made by: of a revision, or of one with some of the causes done that lead from there to the
/// rules as they are, which is what a partial acceptance leaves.
fn rules_of(
    call: &Call<'_>,
    name: &RuleSetName,
    kept: &Kept,
    wanted: &str,
    now: &Bundle,
) -> Result<Option<(Bundle, String)>, Error> {
    let rules = call.text("rules").unwrap_or_else(|| "rules".to_owned());
    let short = |revision: &str| revision.get(..12).unwrap_or("").to_owned();
    if let Some((revision, bundle)) = revision::with_digest(&call.engine, &rules, name, wanted) {
        return Ok(Some((bundle, short(&revision))));
    }
    let methods = &call.engine.registry().methods;
    for digest in rules_before(kept)? {
        let Some((revision, bundle)) = revision::with_digest(&call.engine, &rules, name, &digest)
        else {
            continue;
        };
        let Ok(difference) = Difference::new(bundle, now.clone(), methods) else {
            continue;
        };
        let changes = &difference.changes;
        if changes.len() > MOST_CHANGES {
            continue;
        }
        for done in 0..1_usize << changes.len() {
            let some = changes.iter().enumerate();
            let some: Vec<_> = some
                .filter(|(at, _)| done & (1 << at) != 0)
                .map(|(_, change)| change)
                .collect();
            let mixed = difference.pair.mixed(&some);
            let checked = call.engine.check_bundle(mixed.clone());
            if checked.is_ok_and(|checked| checked.output.rules_digest == wanted) {
                let (count, revision) = (some.len(), short(&revision));
                return Ok(Some((mixed, format!("{revision} +{count}"))));
            }
        }
    }
    Ok(None)
}

/// The parts of the causes of a region, by number, the largest first: rounded so that they add up to the change that is
/// published.
pub(super) fn parts(before: &Before, region: &str, decimals: u8) -> Vec<(usize, f64)> {
    let comparison = &before.comparison;
    let mut regions = comparison.regions.iter().enumerate();
    let Some((at, own)) = regions.find(|(_, own)| *own.region == *region) else {
        return Vec::new();
    };
    let published = |scores: &crate::Scores, position: usize| {
        Some(
            scores
                .program
                .rules()
                .published(scores.index().get(position)?),
        )
    };
    let change = published(&comparison.before, own.before)
        .zip(published(&comparison.after, own.after))
        .map(|(old, new)| new - old);
    let all = comparison.attribution.iter().flat_map(|own| &own.parts);
    let all: Option<Vec<f64>> = all.map(|parts| parts.get(at).copied().flatten()).collect();
    let (Some(change), Some(all)) = (change, all) else {
        return Vec::new();
    };
    let rounded = largest_remainder(&all, change, decimals);
    let numbered = rounded
        .into_iter()
        .zip(1..)
        .map(|(part, number)| (number, part));
    let mut parts: Vec<(usize, f64)> = numbered.filter(|(_, part)| part.abs() > 0.0).collect();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    parts
}

/// The snapshot with some causes accepted, and the others as they were.
pub(super) fn partly(
    call: &Call<'_>,
    kept: &Kept,
    before: &Before,
    chosen: &BTreeSet<usize>,
) -> Result<Snapshot, Error> {
    let difference = &before.difference;
    let causes = before
        .comparison
        .attribution
        .iter()
        .flat_map(|own| &own.causes);
    let changes = causes
        .enumerate()
        .filter(|(at, _)| chosen.contains(at))
        .flat_map(|(_, cause)| &cause.changes)
        .filter_map(|at| difference.changes.get(*at));
    let changes: Vec<_> = changes.collect();
    let mixed: Bundle = difference.pair.mixed(&changes);
    let checked = call.engine.check_bundle(mixed);
    let program = checked.and_then(|checked| call.engine.compiled(checked));
    let Ok(program) = program else {
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "sebab-sebab ini tidak dapat berdiri tanpa yang lain",
                "these causes cannot stand without the others"
            ),
        ));
    };
    let path = call.text("data").unwrap_or_default();
    let data = data::read(call, &program.output, &path)?;
    let options = EvaluateOptions {
        year: kept.scores.year,
        ..Default::default()
    };
    let scores = evaluate(&program.output, &data, &options)?;
    Ok(Snapshot::of(&scores, &kept.new.made_of.data))
}
