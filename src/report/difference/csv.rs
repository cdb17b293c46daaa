//! The effect on each region as CSV, whatever the reader's language.

use std::io::Write;

use super::DifferenceReport;
use crate::evaluate::Scores;
use crate::explain::difference::{CauseKind, NotDivided};
use crate::report::csv::{RECORD, close};

/// The name of the last row, which has no region: the mean of the regions with a score on both sides.
const MEAN: &str = "mean";
/// How many columns stand before those of the causes.
const BEFORE_CAUSES: usize = 10;

/// Writes a row per region, those of one side only as well: both sides as they publish, the change, the part of each cause,
/// and why a change is not divided. The last row has no region and is the mean, with what moves it besides the causes.
///
/// # Errors
/// When it cannot be written.
pub fn write_difference_csv(
    report: &DifferenceReport<'_>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    let Some(comparison) = report.comparison else {
        return changes(report, writer);
    };
    let mut header: Vec<String> = [
        "region",
        "name",
        "group",
        "before",
        "after",
        "change",
        "rank_before",
        "rank_after",
        "band_before",
        "band_after",
    ]
    .map(str::to_owned)
    .into();
    let causes = comparison.attribution.iter();
    let causes: Vec<String> = causes
        .flat_map(|attribution| &attribution.causes)
        .map(|cause| format!("cause.{}", cause_id(&cause.kind)))
        .collect();
    header.extend(causes.iter().cloned());
    let means = comparison
        .means()
        .map(|own| report.shown_means(comparison, own));
    let means = report.cause_means(comparison).or(means);
    let others = means.as_ref().map_or(&[][..], |own| &own.others);
    header.extend(
        others
            .iter()
            .map(|(other, _)| format!("mean.{}", other.name())),
    );
    header.push("not_divided".to_owned());
    header.extend(["status_before", "status_after", RECORD].map(str::to_owned));
    writer.write_record(&header)?;
    let mut record = serde_json::to_string(&report.record)?;
    let status = |scores: &Scores| scores.program.rules().status.value.name().to_owned();
    let decimals = report.decimals();
    let written = |value: f64, decimals: u8| format!("{value:.*}", usize::from(decimals));
    let number = |value: Option<f64>| value.map_or_else(String::new, |own| written(own, decimals));
    let sides = comparison.shown_decimals();
    let figure = |side: usize, value: Option<f64>| {
        let decimals = sides.get(side).copied().unwrap_or(decimals);
        value.map_or_else(String::new, |own| written(own, decimals))
    };
    for (at, region) in comparison.regions.iter().enumerate() {
        let shown = report.shown(comparison, at, region);
        let (old, new) = (&comparison.before, &comparison.after);
        let text = |list: &[Option<std::sync::Arc<str>>]| {
            let own = list.get(region.after).and_then(Option::as_deref);
            own.unwrap_or_default().to_owned()
        };
        let rank = |scores: &Scores, position: usize| {
            let rank = scores.rank(position);
            rank.map_or_else(String::new, |rank| rank.to_string())
        };
        let band = |scores: &Scores, position: usize| {
            let band = scores.band(position);
            let band = band.and_then(|band| scores.program.rules().bands.get(band));
            band.map_or_else(String::new, |band| band.id.clone())
        };
        let mut row = vec![
            region.region.to_string(),
            text(&new.names),
            text(&new.groups),
            figure(0, shown.old),
            figure(1, shown.new),
            number(shown.change),
            rank(old, region.before),
            rank(new, region.after),
            band(old, region.before),
            band(new, region.after),
        ];
        for cause in 0..causes.len() {
            let part = shown.parts.as_ref();
            row.push(number(part.and_then(|parts| parts.get(cause).copied())));
        }
        row.extend(others.iter().map(|_| String::new()));
        let reason = comparison.not_divided(at).map_or("", NotDivided::name);
        row.push(reason.to_owned());
        row.extend([status(old), status(new), std::mem::take(&mut record)]);
        writer.write_record(&row)?;
    }
    for own in comparison.alone() {
        let scores = if own.side == 0 {
            &comparison.before
        } else {
            &comparison.after
        };
        let mut row = vec![String::new(); header.len()];
        let at = own.position;
        let text = |list: &[Option<std::sync::Arc<str>>]| {
            list.get(at)
                .and_then(Option::as_deref)
                .unwrap_or_default()
                .to_owned()
        };
        let band = scores
            .band(at)
            .and_then(|band| scores.program.rules().bands.get(band));
        let rank = scores
            .rank(at)
            .map_or_else(String::new, |rank| rank.to_string());
        let band = band.map_or_else(String::new, |band| band.id.clone());
        let figures = [
            (
                0,
                scores
                    .regions
                    .get(at)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            ),
            (1, text(&scores.names)),
            (2, text(&scores.groups)),
            (3 + own.side, figure(own.side, own.published)),
            (6 + own.side, rank),
            (8 + own.side, band),
            (header.len() - 4, own.reason().name().to_owned()),
            (header.len() - 3 + own.side, status(scores)),
            (header.len() - 1, std::mem::take(&mut record)),
        ];
        for (at, figure) in figures {
            if let Some(slot) = row.get_mut(at) {
                *slot = figure;
            }
        }
        writer.write_record(&row)?;
    }
    if let Some(means) = &means {
        let mut row = vec![String::new(); header.len()];
        let figures = [
            MEAN.to_owned(),
            String::new(),
            figure(0, Some(means.before)),
            figure(1, Some(means.after)),
            number(Some(means.change)),
        ];
        for (slot, figure) in row.iter_mut().skip(1).zip(figures) {
            *slot = figure;
        }
        let parts = means
            .parts
            .iter()
            .chain(means.others.iter().map(|(_, part)| part));
        for (slot, part) in row.iter_mut().skip(BEFORE_CAUSES).zip(parts) {
            *slot = number(Some(*part));
        }
        writer.write_record(&row)?;
    }
    close(writer, header.len(), record)
}

/// Without data: one row a change.
fn changes<W: Write>(
    report: &DifferenceReport<'_>,
    mut writer: ::csv::Writer<W>,
) -> std::io::Result<()> {
    let header = [
        "effect",
        "change",
        "before",
        "after",
        "place_before",
        "place_after",
        RECORD,
    ];
    writer.write_record(header)?;
    let difference = report.difference;
    let mut record = serde_json::to_string(&report.record)?;
    for (change, effect) in difference.changes.iter().zip(&difference.effects) {
        let side = |written: &Option<crate::bundle::difference::Written>| {
            let text = written.as_ref().map(|own| own.text.clone());
            let place = written.as_ref().and_then(|own| own.origin);
            let place = place.map(|span| difference.pair.sources.place(span));
            let place = place.map_or_else(String::new, |place| {
                format!("{}:{}", place.path, place.line)
            });
            (text.unwrap_or_default(), place)
        };
        let ((before, from), (after, to)) = (side(&change.before), side(&change.after));
        let said = super::change_text(difference, change);
        writer.write_record([
            super::json::effect_name(*effect),
            said.get(report.lang),
            &before,
            &after,
            &from,
            &to,
            &std::mem::take(&mut record),
        ])?;
    }
    close(writer, header.len(), record)
}

/// A cause, for programs.
pub(super) fn cause_id(kind: &CauseKind) -> String {
    match kind {
        CauseKind::Key(id, key) => format!("{id}.{key}"),
        CauseKind::Node(id) => id.clone(),
        CauseKind::Method(id) => format!("{id}.normalise"),
        CauseKind::Source(id) => format!("{id}.value"),
        CauseKind::Valid(id) => format!("{id}.valid"),
        CauseKind::Formula(id) => format!("{id}.formula"),
        CauseKind::Parameter(id) => format!("parameters.{id}"),
        CauseKind::Column(id) => format!("columns.{id}"),
        CauseKind::Library => "lib".to_owned(),
        CauseKind::Reading => "reading".to_owned(),
        CauseKind::Index(key) => format!("index.{key}"),
        CauseKind::Year => "year".to_owned(),
        CauseKind::Data => "data".to_owned(),
        CauseKind::Publication => "publication".to_owned(),
        CauseKind::Several => "several".to_owned(),
    }
}
