//! Scores as JSON: complete, in both languages, with the digests of the rules.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use super::issues::{IssueRecord, codes_by_position, records};
use super::record::read_back_json;
use super::{ReadBack, Record, Reporter, ScoreReport};
use crate::base::{NodeIndex, Text};
use crate::evaluate::Decision;
use crate::evaluate::summary::RollUp;

/// The JSON reporter.
pub(super) struct JsonReporter;

impl Reporter for JsonReporter {
    fn name(&self) -> &'static str {
        "json"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn includes_summary(&self) -> bool {
        true
    }

    fn write(&self, report: &ScoreReport<'_>, out: &mut dyn Write) -> std::io::Result<()> {
        let rules = report.rules();
        let scores = report.scores;
        let document = Document {
            header: Header::of(rules),
            record: &report.record,
            nodes: nodes(report),
            reading: report.reading.as_ref(),
            year: scores.year,
            exact: report.exact,
            regions: regions(report),
            summary: summary(report),
            issues: records(scores),
            withheld: report.withheld.as_ref().map(|withheld| WithheldRecord {
                regions: withheld.regions,
                groups: withheld.groups,
                nodes: withheld
                    .nodes
                    .iter()
                    .map(|node| rules.node(*node).id.as_str())
                    .collect(),
            }),
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }

    fn read_back(&self, output: &[u8]) -> Option<ReadBack> {
        read_back_json(output)
    }
}

/// What every JSON document of ours begins with.
#[derive(Serialize)]
pub(super) struct Header<'a> {
    rule_set: String,
    title: &'a Text,
    status: &'static str,
    status_note: Text,
    scale: [f64; 2],
    decimals: u8,
}

impl<'a> Header<'a> {
    pub(super) fn of(rules: &'a crate::check::RuleSet) -> Self {
        Self {
            rule_set: rules.name.to_string(),
            title: &rules.root().title,
            status: rules.status.value.name(),
            status_note: rules.status.value.title(),
            scale: [rules.scale.value.low, rules.scale.value.high],
            decimals: rules.decimals.value,
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    header: Header<'a>,
    record: &'a Record,
    nodes: Vec<NodeRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<&'a Text>,
    year: Option<u16>,
    exact: bool,
    regions: Vec<RegionRecord<'a>>,
    summary: SummaryRecord<'a>,
    issues: Vec<IssueRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<WithheldRecord<'a>>,
}

/// A node of the tree, so that ids have titles.
#[derive(Serialize)]
struct NodeRecord<'a> {
    id: &'a str,
    title: &'a Text,
    parent: Option<&'a str>,
    weight: f64,
}

fn nodes<'a>(report: &'a ScoreReport<'_>) -> Vec<NodeRecord<'a>> {
    let rules = report.rules();
    let record = |node| {
        let node = rules.node(node);
        NodeRecord {
            id: &node.id,
            title: &node.title,
            parent: node.parent.map(|parent| rules.node(parent).id.as_str()),
            weight: node.weight.value,
        }
    };
    report.nodes().map(record).collect()
}

#[derive(Serialize)]
struct WithheldRecord<'a> {
    regions: usize,
    groups: usize,
    nodes: Vec<&'a str>,
}

#[derive(Serialize)]
struct RegionRecord<'a> {
    region: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    scores: BTreeMap<&'a str, Option<f64>>,
    raw: BTreeMap<&'a str, Option<f64>>,
    /// Where the raw values that were not observed come from.
    filled: BTreeMap<&'a str, &'static str>,
    band: Option<&'a str>,
    rank: Option<u32>,
    issues: Vec<&'static str>,
}

fn regions<'a>(report: &'a ScoreReport<'_>) -> Vec<RegionRecord<'a>> {
    let rules = report.rules();
    let scores = report.scores;
    let codes = codes_by_position(scores);
    let record = |(position, codes): (usize, Vec<&'static str>)| RegionRecord {
        region: scores.regions.get(position).map_or("", |region| region),
        name: scores.names.get(position).and_then(|name| name.as_deref()),
        group: scores
            .groups
            .get(position)
            .and_then(|group| group.as_deref()),
        scores: report
            .nodes()
            .map(|node| {
                let value = scores
                    .node(node)
                    .get(position)
                    .map(|value| report.shown(node, value));
                (rules.node(node).id.as_str(), value)
            })
            .collect(),
        raw: report
            .nodes()
            .filter(|node| rules.node(*node).indicator().is_some())
            .map(|node| {
                (
                    rules.node(node).id.as_str(),
                    scores.raw_value(node, position),
                )
            })
            .collect(),
        filled: report
            .nodes()
            .filter_map(|node| {
                let decision = scores.decision(node, position)?;
                let filled = decision != Decision::Observed;
                filled.then(|| (rules.node(node).id.as_str(), decision.name()))
            })
            .collect(),
        band: scores
            .band(position)
            .and_then(|band| rules.bands.get(band))
            .map(|b| b.id.as_str()),
        rank: scores.rank(position),
        issues: codes,
    };
    codes.into_iter().enumerate().map(record).collect()
}

#[derive(Serialize)]
struct SummaryRecord<'a> {
    nation: RollUpRecord<'a>,
    groups: BTreeMap<&'a str, RollUpRecord<'a>>,
    ungrouped: Option<RollUpRecord<'a>>,
    weighted_by: Option<&'a str>,
    targets: Vec<TargetRecord<'a>>,
    aspects: BTreeMap<&'a str, Option<f64>>,
    unplaced: Vec<&'a str>,
    values: usize,
    values_missing: usize,
}

#[derive(Serialize)]
struct RollUpRecord<'a> {
    regions: usize,
    scored: usize,
    mean: Option<f64>,
    variables: BTreeMap<&'a str, Option<f64>>,
    bands: Vec<BandCount<'a>>,
    unweighted: usize,
}

#[derive(Serialize)]
struct BandCount<'a> {
    band: &'a str,
    title: &'a Text,
    regions: usize,
}

#[derive(Serialize)]
struct TargetRecord<'a> {
    target: &'a str,
    band: Option<&'a str>,
    count: u32,
    reached: usize,
    percent: f64,
    without_band: usize,
}

fn summary<'a>(report: &'a ScoreReport<'_>) -> SummaryRecord<'a> {
    let rules = report.rules();
    let summary = report.summary;
    SummaryRecord {
        nation: roll_up(report, &summary.nation),
        groups: summary
            .groups
            .iter()
            .map(|(name, part)| (&**name, roll_up(report, part)))
            .collect(),
        ungrouped: summary.ungrouped.as_ref().map(|part| roll_up(report, part)),
        weighted_by: summary.weighted_by.as_deref(),
        targets: summary
            .targets
            .iter()
            .filter_map(|result| {
                let target = rules.targets.get(result.target)?;
                Some(TargetRecord {
                    target: &target.id,
                    band: rules.bands.get(target.band).map(|band| band.id.as_str()),
                    count: target.count.value,
                    reached: result.reached,
                    percent: report.percent(result.percent),
                    without_band: result.without_band,
                })
            })
            .collect(),
        aspects: summary
            .aspects
            .iter()
            .map(|aspect| {
                (
                    aspect.name.as_str(),
                    aspect.mean.map(|mean| report.shown(NodeIndex::ROOT, mean)),
                )
            })
            .collect(),
        unplaced: summary
            .unplaced
            .iter()
            .filter_map(|at| report.scores.regions.get(*at))
            .map(|r| &**r)
            .collect(),
        values: summary.values.0,
        values_missing: summary.values.1,
    }
}

fn roll_up<'a>(report: &'a ScoreReport<'_>, part: &RollUp) -> RollUpRecord<'a> {
    let rules = report.rules();
    let variables = rules.variables().iter().zip(&part.variables);
    RollUpRecord {
        regions: part.regions,
        scored: part.scored,
        mean: part.mean.map(|mean| report.shown(NodeIndex::ROOT, mean)),
        variables: variables
            .map(|(node, mean)| {
                (
                    rules.node(*node).id.as_str(),
                    mean.map(|mean| report.shown(*node, mean)),
                )
            })
            .collect(),
        bands: rules
            .bands
            .iter()
            .zip(&part.bands)
            .map(|(band, regions)| BandCount {
                band: &band.id,
                title: &band.title,
                regions: *regions,
            })
            .collect(),
        unweighted: part.unweighted,
    }
}
