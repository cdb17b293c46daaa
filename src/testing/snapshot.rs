//! The scores of a whole data set as a text that people read and tools compare: an insta snapshot beside the rules.
//!
//! The text is published figures alone, one line per region in the order of codes, so that a line changes where what is
//! published of a region does. Who made it stands in the metadata: rules and data by their digests, so that a snapshot
//! that does not fit what it says it is made of is told from one that has merely moved.

use std::collections::BTreeMap;

use crate::base::ident::quoted;
use crate::base::language::text;
use crate::base::{Error, ErrorKind, NodeIndex, Text};
use crate::evaluate::{Scores, summarise};

/// Up to so many regions are kept line by line; of more, the digest of all lines and the extreme ones.
const MOST_LINES: usize = 2_000;
/// How many regions are kept at each end of a data set that is too large.
const EXTREME: usize = 20;
/// What stands where there is no figure.
const NONE: &str = "-";

/// A snapshot as it stands in its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// What it is made of; empty where the file does not say.
    pub made_of: MadeOf,
    /// The text.
    pub contents: String,
}

/// What scores are made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MadeOf {
    /// The rule set.
    pub rules: String,
    /// The digest of its rules.
    pub rules_digest: String,
    /// The data file, as it was called.
    pub data: String,
    /// The digest of its bytes.
    pub data_digest: String,
}

/// One region of a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotRow {
    /// The published index, as written; `-` where there is none.
    pub index: String,
    /// The band, by id; `-` where there is none.
    pub band: String,
    /// The whole line.
    pub line: String,
}

impl Snapshot {
    /// The snapshot of some scores, whose data file is called so.
    pub fn of(scores: &Scores, data: &str) -> Self {
        let rules = scores.program.rules();
        Self {
            made_of: MadeOf {
                rules: rules.name.to_string(),
                rules_digest: rules.rules_digest.clone(),
                data: data.to_owned(),
                data_digest: scores.data_digest.clone(),
            },
            contents: scores_text(scores),
        }
    }

    /// The file, in the format of insta.
    pub fn to_file(&self) -> String {
        let MadeOf {
            rules,
            rules_digest,
            data,
            data_digest,
        } = &self.made_of;
        format!(
            "---\nsource: {}\nexpression: {}\ninfo:\n  rules: {}\n  rules_digest: {}\n  data: {}\n  data_digest: {}\n---\n{}",
            quoted(rules),
            quoted(data),
            quoted(rules),
            quoted(rules_digest),
            quoted(data),
            quoted(data_digest),
            self.contents
        )
    }

    /// Reads a file in the format of insta.
    ///
    /// # Errors
    /// When it has marks of a merge that was not ended, or is no snapshot of scores.
    pub fn from_file(text: &str) -> Result<Self, Error> {
        let broken = |message: Text| {
            Error::new(ErrorKind::Data, message).with_help(text!(
                "ambil kembali berkas aslinya, misalnya dari git, atau hapus lalu terima yang baru",
                "get the original back, for example from git, or delete it and accept a new one"
            ))
        };
        let mark = ["<<<<<<< ", "=======", ">>>>>>> "];
        let marked = text
            .lines()
            .zip(1..)
            .find(|(line, _)| mark.iter().any(|mark| line.starts_with(mark)));
        if let Some((_, number)) = marked {
            return Err(broken(text!(
                "tanda penggabungan yang belum selesai di baris {number}",
                "a mark of a merge that was not ended in line {number}"
            )));
        }
        let nonsense = || {
            broken(text!(
                "bukan snapshot skor: isinya disunting atau rusak",
                "no snapshot of scores: it was edited or is broken"
            ))
        };
        let text = text.replace("\r\n", "\n");
        let rest = text.strip_prefix("---\n").ok_or_else(nonsense)?;
        let (head, contents) = rest.split_once("\n---\n").ok_or_else(nonsense)?;
        let mut keys = BTreeMap::new();
        let mut inside = false;
        for line in head.lines() {
            let Some((key, value)) = line.split_once(':') else {
                return Err(nonsense());
            };
            if !line.starts_with(' ') {
                inside = key == "info";
            }
            if inside && line.starts_with(' ') {
                keys.insert(key.trim().to_owned(), unquoted(value.trim()));
            }
        }
        let mut take = |key: &str| keys.remove(key).unwrap_or_default();
        let snapshot = Self {
            made_of: MadeOf {
                rules: take("rules"),
                rules_digest: take("rules_digest"),
                data: take("data"),
                data_digest: take("data_digest"),
            },
            contents: format!("{}\n", contents.trim_end()),
        };
        // Its own lines are what it can be read by.
        if snapshot.rows().is_none() {
            return Err(nonsense());
        }
        Ok(snapshot)
    }

    /// The regions, by code; `None` where the text is not of our making.
    pub fn rows(&self) -> Option<BTreeMap<String, SnapshotRow>> {
        let mut lines = self.contents.lines();
        lines.find(|line| line.starts_with("region  "))?;
        let mut rows = BTreeMap::new();
        for line in lines.filter(|line| !line.is_empty() && *line != GAP) {
            let mut cells = line
                .split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty());
            let (region, index, band) = (cells.next()?, cells.next()?, cells.next()?);
            let is_number = index == NONE || index.parse::<f64>().is_ok();
            if !is_number {
                return None;
            }
            let row = SnapshotRow {
                index: index.to_owned(),
                band: band.to_owned(),
                line: line.to_owned(),
            };
            // A region twice is a line that was pasted.
            if rows.insert(unquoted(region), row).is_some() {
                return None;
            }
        }
        Some(rows)
    }
}

/// What stands between the two ends of a data set that is too large.
const GAP: &str = "...";

fn unquoted(text: &str) -> String {
    let read: Option<String> = serde_json::from_str(text).ok();
    read.unwrap_or_else(|| text.trim_matches('\'').to_owned())
}

/// The scores as a snapshot keeps them: counts, and a line for each region with its published figures.
///
/// ```
/// # use tanggap::{Engine, EvaluateOptions, bundle::DiskLoader, evaluate, testing::scores_text};
/// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// # let program = engine.program(&"ipm/2014".parse()?)?.output;
/// # let csv = "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n3301,73.73,12.5,6.97,10440\n";
/// # let data = engine.read(&program, None, &mut csv.as_bytes(), None)?;
/// let scores = evaluate(&program, &data, &EvaluateOptions::default())?;
/// assert!(scores_text(&scores).contains("\n3301      69.95  sedang"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn scores_text(scores: &Scores) -> String {
    let rules = scores.program.rules();
    let decimals = usize::from(rules.decimals.value);
    let figure = |node: NodeIndex, value: Option<f64>| {
        value.map_or_else(
            || NONE.to_owned(),
            |value| format!("{:.decimals$}", rules.precision(node).round(value)),
        )
    };
    let summary = summarise(scores);
    let mut out = format!(
        "{} ({})\nregions: {}, with an index: {}, mean: {}\n",
        rules.name,
        rules.status.value.name(),
        summary.nation.regions,
        summary.nation.scored,
        figure(NodeIndex::ROOT, summary.nation.mean),
    );
    for (band, count) in rules.bands.iter().zip(&summary.nation.bands) {
        out.push_str(&format!("{}: {count}\n", band.id));
    }
    let band = |at: usize| {
        let band = scores.band(at).and_then(|band| rules.bands.get(band));
        band.map_or(NONE, |band| &band.id)
    };
    let width =
        |least: usize, texts: &mut dyn Iterator<Item = usize>| texts.fold(least, usize::max);
    let bands = width(4, &mut rules.bands.iter().map(|band| band.id.len()));
    let codes: Vec<String> = scores.regions.iter().map(|region| code(region)).collect();
    let region = width(6, &mut codes.iter().map(|code| code.chars().count()));
    let variables: Vec<_> = rules.variables().to_vec();
    let mut header = format!(
        "{:<region$}  {:>7}  {:<bands$}  {:>5}",
        "region", "index", "band", "rank"
    );
    for variable in &variables {
        header.push_str(&format!("  {:>7}", rules.node(*variable).id));
    }
    // Rows that are refused are no regions: a code may stand there twice.
    let scored = (0..scores.len()).filter(|at| scores.refused.get(*at) != Some(&true));
    let mut order: Vec<usize> = scored.collect();
    let refused = scores.len() - order.len();
    if refused > 0 {
        out.push_str(&format!("rows refused: {refused}\n"));
    }
    order.sort_by(|a, b| {
        scores
            .regions
            .get(*a)
            .cmp(&scores.regions.get(*b))
            .then(a.cmp(b))
    });
    let line = |at: usize| {
        let rank = scores
            .rank(at)
            .map_or_else(|| NONE.to_owned(), |rank| rank.to_string());
        let index = figure(NodeIndex::ROOT, scores.index().get(at));
        let code = codes.get(at).map_or("", String::as_str);
        let mut line = format!(
            "{code:<region$}  {index:>7}  {:<bands$}  {rank:>5}",
            band(at)
        );
        for variable in &variables {
            let width = rules.node(*variable).id.len().max(7);
            line.push_str(&format!(
                "  {:>width$}",
                figure(*variable, scores.node(*variable).get(at))
            ));
        }
        line
    };
    let mut all = String::new();
    let keep = order.len() <= MOST_LINES;
    let mut hasher = blake3::Hasher::new();
    for at in &order {
        let line = line(*at);
        hasher.update(line.as_bytes());
        hasher.update(b"\n");
        if keep {
            all.push_str(&line);
            all.push('\n');
        }
    }
    if keep {
        out.push_str(&format!("\n{header}\n{all}"));
        return out;
    }
    // Of a huge data set: whether any line moved, and what the ends look like.
    out.push_str(&format!(
        "digest of all lines: {}\n\n{header}\n",
        hasher.finalize().to_hex()
    ));
    let mut ranked: Vec<usize> = order
        .into_iter()
        .filter(|at| scores.rank(*at).is_some())
        .collect();
    // Codes decide between equals: they come sorted.
    ranked.sort_by_key(|at| scores.rank(*at));
    let ends = ranked.len().saturating_sub(EXTREME).max(EXTREME);
    for at in ranked.iter().take(EXTREME) {
        out.push_str(&format!("{}\n", line(*at)));
    }
    out.push_str(&format!("{GAP}\n"));
    for at in ranked.iter().skip(ends) {
        out.push_str(&format!("{}\n", line(*at)));
    }
    out
}

/// A region code that reads back: quoted where it has spaces at its ends, or several side by side, or none at all.
fn code(region: &str) -> String {
    let plain = !region.is_empty()
        && region.trim() == region
        && !region.contains("  ")
        && !region.starts_with(['"', '\''])
        && !region.contains(char::is_control)
        && region != GAP;
    if plain {
        region.to_owned()
    } else {
        quoted(region).replace("  ", " \\u0020")
    }
}

/// Compares scores with their insta snapshot, for the tests of a project that embeds the engine; the project has insta
/// among its own dependencies. A first argument names the snapshot.
///
/// ```
/// # use tanggap::{Engine, EvaluateOptions, bundle::DiskLoader, evaluate};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// # let program = engine.program(&"ipm/2014".parse()?)?.output;
/// # let csv = "kode,uhh_years,hls_years,rls_years,pengeluaran_ribu_rp\n3301,73.73,12.5,6.97,10440\n";
/// # let data = engine.read(&program, None, &mut csv.as_bytes(), None)?;
/// let scores = evaluate(&program, &data, &EvaluateOptions::default())?;
/// # if false {
/// tanggap::assert_scores!("ipm_cilacap", scores);
/// # }
/// # Ok(()) }
/// ```
#[macro_export]
macro_rules! assert_scores {
    ($name:expr, $scores:expr $(,)?) => {
        ::insta::assert_snapshot!($name, $crate::testing::scores_text(&$scores))
    };
    ($scores:expr $(,)?) => {
        ::insta::assert_snapshot!($crate::testing::scores_text(&$scores))
    };
}
