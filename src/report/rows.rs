//! Scores row by row, as services give them: a head that says by which rules, then one object a region.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Record;
use super::issues::{IssueRecord, codes_by_position, records};
use super::json::Header;
use crate::base::NodeIndex;
use crate::evaluate::{Decision, Scores};

/// How much of each region is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// Index, band and rank.
    Index,
    /// The variables, too.
    #[default]
    Variables,
    /// All nodes, and the raw values of indicators.
    All,
}

/// By what rules scores were made, and how those stand.
pub struct Provenance {
    /// What made them.
    pub record: Record,
    /// Since when the rules are scored by, as RFC 3339 has it.
    pub since: String,
    /// Whether their files have changed since and cannot be used.
    pub stale: bool,
}

/// Scores, to be written row by row.
pub struct ScoreRows<'a> {
    scores: &'a Scores,
    nodes: Vec<NodeIndex>,
    raw: bool,
    exact: bool,
    codes: Vec<Vec<&'static str>>,
}

#[derive(Serialize)]
struct Head<'a> {
    #[serde(flatten)]
    header: Header<'a>,
    record: &'a Record,
    active_since: &'a str,
    stale: bool,
    year: Option<u16>,
    exact: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    region: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    index: Option<f64>,
    band: Option<&'a str>,
    rank: Option<u32>,
    #[serde(skip_serializing_if = "Values::is_none")]
    scores: Values<'a>,
    #[serde(skip_serializing_if = "Values::is_none")]
    raw: Values<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filled: Option<Filled<'a>>,
    issues: &'a [&'static str],
}

/// One line of JSON; its only key says what it is.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Line<'a> {
    Head(Head<'a>),
    Region(Row<'a>),
    Issue(IssueRecord),
    End { regions: usize, issues: usize },
}

fn line(out: &mut dyn Write, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// Values of one region, by id of the node.
struct Values<'a> {
    rows: &'a ScoreRows<'a>,
    position: usize,
    of: Of,
}

#[derive(PartialEq)]
enum Of {
    Nothing,
    Scores,
    Raw,
}

impl Values<'_> {
    fn is_none(&self) -> bool {
        self.of == Of::Nothing
    }
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let scores = self.rows.scores;
        let rules = scores.program.rules();
        let mut map = serializer.serialize_map(None)?;
        for node in &self.rows.nodes {
            let own = rules.node(*node);
            let value = match self.of {
                Of::Raw if own.indicator().is_none() => continue,
                Of::Raw => scores.raw_value(*node, self.position),
                _ => self.rows.shown(*node, self.position),
            };
            map.serialize_entry(own.id.as_str(), &value)?;
        }
        map.end()
    }
}

/// Where the raw values that were not observed come from.
struct Filled<'a>(&'a ScoreRows<'a>, usize);

impl Serialize for Filled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let scores = self.0.scores;
        let rules = scores.program.rules();
        let decisions = self.0.nodes.iter().filter_map(|node| {
            let decision = scores.decision(*node, self.1)?;
            let filled = decision != Decision::Observed;
            filled.then(|| (rules.node(*node).id.as_str(), decision.name()))
        });
        serializer.collect_map(decisions)
    }
}

impl<'a> ScoreRows<'a> {
    /// Scores in some detail, rounded as published or exact.
    pub fn new(scores: &'a Scores, detail: Detail, exact: bool) -> Self {
        let rules = scores.program.rules();
        let nodes = match detail {
            Detail::Index => Vec::new(),
            Detail::Variables => rules.variables().to_vec(),
            Detail::All => rules.indices().skip(1).collect(),
        };
        Self {
            scores,
            nodes,
            raw: detail == Detail::All,
            exact,
            codes: codes_by_position(scores),
        }
    }

    fn shown(&self, node: NodeIndex, position: usize) -> Option<f64> {
        let exact = self.scores.node(node).get(position)?;
        Some(if self.exact {
            exact
        } else {
            self.scores.program.rules().precision(node).round(exact)
        })
    }

    fn row(&'a self, position: usize) -> Row<'a> {
        let scores = self.scores;
        let rules = scores.program.rules();
        let values = |of: Of, wanted: bool| Values {
            rows: self,
            position,
            of: if wanted { of } else { Of::Nothing },
        };
        let band = scores.band(position).and_then(|band| rules.bands.get(band));
        let text = |texts: &'a [Option<std::sync::Arc<str>>]| {
            texts.get(position).and_then(|text| text.as_deref())
        };
        Row {
            region: scores.regions.get(position).map_or("", |region| region),
            name: text(&scores.names),
            group: text(&scores.groups),
            index: self.shown(NodeIndex::ROOT, position),
            band: band.map(|band| band.id.as_str()),
            rank: scores.rank(position),
            scores: values(Of::Scores, !self.nodes.is_empty()),
            raw: values(Of::Raw, self.raw),
            filled: self.raw.then_some(Filled(self, position)),
            issues: self.codes.get(position).map_or(&[], Vec::as_slice),
        }
    }

    /// All of it as one JSON document: the fields of the head, `regions`, and `issues` in full.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_json(&self, made_by: &Provenance, out: &mut dyn Write) -> io::Result<()> {
        let mut head = Vec::new();
        serde_json::to_writer(&mut head, &self.head(made_by))?;
        // The head is an object, which goes on.
        head.pop();
        out.write_all(&head)?;
        out.write_all(b",\"regions\":[")?;
        for position in 0..self.scores.len() {
            if position > 0 {
                out.write_all(b",")?;
            }
            serde_json::to_writer(&mut *out, &self.row(position))?;
        }
        out.write_all(b"],\"issues\":")?;
        serde_json::to_writer(&mut *out, &records(self.scores))?;
        out.write_all(b"}")
    }

    /// All of it as lines of JSON: the head, a line per region, a line an issue, and an end with their counts, so that what
    /// was cut off is seen to be.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_lines(&self, made_by: &Provenance, out: &mut dyn Write) -> io::Result<()> {
        line(out, &Line::Head(self.head(made_by)))?;
        for position in 0..self.scores.len() {
            line(out, &Line::Region(self.row(position)))?;
        }
        let issues = records(self.scores);
        let (regions, count) = (self.scores.len(), issues.len());
        for issue in issues {
            line(out, &Line::Issue(issue))?;
        }
        line(
            out,
            &Line::End {
                regions,
                issues: count,
            },
        )
    }

    fn head<'h>(&'h self, made_by: &'h Provenance) -> Head<'h> {
        Head {
            header: Header::of(self.scores.program.rules()),
            record: &made_by.record,
            active_since: &made_by.since,
            stale: made_by.stale,
            year: self.scores.year,
            exact: self.exact,
        }
    }
}
