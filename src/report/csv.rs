//! Scores as CSV: one row a region, one column a node, whatever the reader's language.

use std::io::Write;

use super::{Reporter, ScoreReport};
use crate::base::NodeIndex;

/// The CSV reporter.
pub(super) struct CsvReporter;

impl Reporter for CsvReporter {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn includes_summary(&self) -> bool {
        false
    }

    fn write(&self, report: &ScoreReport<'_>, out: &mut dyn Write) -> std::io::Result<()> {
        let rules = report.rules();
        let scores = report.scores;
        let nodes: Vec<NodeIndex> = rules.indices().collect();
        let codes = super::issues::codes_by_position(scores);
        let mut writer = csv::Writer::from_writer(out);
        let ids = nodes.iter().map(|node| rules.node(*node).id.as_str());
        let header: Vec<&str> = ["region"]
            .into_iter()
            .chain(ids)
            .chain(["band", "rank", "issues", "status"])
            .collect();
        writer.write_record(&header)?;
        for (position, region) in scores.regions.iter().enumerate() {
            let mut record = vec![region.to_string()];
            for node in &nodes {
                let value = scores.node(*node).get(position);
                record.push(value.map_or_else(String::new, |value| number(report, value)));
            }
            let band = scores
                .bands
                .get(position)
                .copied()
                .flatten()
                .and_then(|band| rules.bands.get(band));
            record.push(band.map_or_else(String::new, |band| band.id.clone()));
            let rank = scores.ranks.get(position).copied().flatten();
            record.push(rank.map_or_else(String::new, |rank| rank.to_string()));
            record.push(codes.get(position).cloned().unwrap_or_default().join(" "));
            record.push(rules.status.value.name().to_owned());
            writer.write_record(&record)?;
        }
        writer.flush()
    }
}

fn number(report: &ScoreReport<'_>, exact: f64) -> String {
    let rules = report.rules();
    if report.exact {
        format!("{exact}")
    } else {
        rules.rounding.value.written(exact, rules.decimals.value)
    }
}
