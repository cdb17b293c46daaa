//! Stage 4, *evaluate*: [`Program`] × data → [`Scores`]. Columns in, columns out; a bad row is an issue beside
//! the scores and never stops the others.
//!
//! Chunks of rows run in parallel. The result is the same to the bit whatever the number of threads and
//! the order of rows: what is taken over rows (statistics of a population) is summed in sorted order.

mod columns;
pub mod freeze;
mod node;
mod raw;
mod scorer;
pub mod scores;
pub mod stream;
pub mod summary;

use std::sync::Arc;

use rayon::prelude::*;

pub use columns::Width;
pub use freeze::freeze;
pub use node::{ChildScore, ParentScorer};
pub use scorer::{IndexScores, RowScore, Scorer};
pub use scores::{Decision, Scores};
pub use stream::{Key, ScoredPiece, Streamed, stream_data};
pub use summary::{Summary, summarise};

use crate::base::language::text;
use crate::base::stack::with_room_if;
use crate::base::{Error, ErrorKind, Issue, IssueKind, Stop, pipeline};
use crate::check::RuleSet;
use crate::check::rule_set::{Node, PopulationSource};
use crate::compile::{Executor, Program};
use crate::data::dataset::{CHUNK_ROWS, Chunk, Dataset};
use crate::data::issues::{self, Stage};
use columns::Setting;
use raw::{Prepared, RawChunk, Treatments};
use scores::NodeColumns;

/// What is scored, beyond program and data.
#[derive(Clone, Default)]
pub struct EvaluateOptions<'a> {
    /// The year of the data, where it holds several.
    pub year: Option<u16>,
    /// What runs formulas; either gives the same bits.
    pub executor: Executor,
    /// How wide the vector instructions are that columns are calculated with; any gives the same bits.
    pub width: Width,
    /// Told how many more rows are done, now and then.
    pub progress: Option<&'a (dyn Fn(usize) + Sync)>,
    /// Looked at between portions of rows; once it is told, scoring ends with an error.
    pub stop: Option<&'a Stop>,
}

/// Scores a data set.
///
/// Populations (min–max, z-score, ranks, means for missing values) are taken over all rows of the data,
/// all years together; then the rows of one year are scored.
///
/// # Errors
/// When the data was read for other columns than the rule set reads, when it holds several years and none is chosen,
/// when a policy needs groups and the data has none, or when a single region is to be judged against itself.
pub fn evaluate(
    program: &Program,
    data: &Dataset,
    options: &EvaluateOptions<'_>,
) -> Result<Scores, Error> {
    fits(program.rules(), data)?;
    let year = choose_year(&data.years(), options.year)?;
    let held = data.budget.memory.take(size_of(program, data.rows()))?;
    let mut scores = score_rows(program, data, year, options)?;
    scores.held = Some(Arc::new(held));
    let published = scores.index().iter();
    let precision = program.rules().precision(crate::base::NodeIndex::ROOT);
    let published = published.map(|value| Some(precision.round(value?)));
    scores.ranks = ranks(&published.collect::<Vec<_>>());
    Ok(scores)
}

/// What the scores of so many rows hold, with all that is held to make them, in bytes.
fn size_of(program: &Program, rows: usize) -> usize {
    const ROW: usize = 160;
    const NODE: usize = 10;
    const INDICATOR: usize = 20;
    let nodes = &program.rules().nodes;
    let indicators = nodes.iter().filter(|node| node.indicator().is_some());
    let row = ROW + nodes.len() * NODE + indicators.count() * INDICATOR;
    rows.saturating_mul(row)
}

/// Scores the rows of a year, but for their ranks.
fn score_rows(
    program: &Program,
    data: &Dataset,
    year: Option<u16>,
    options: &EvaluateOptions<'_>,
) -> Result<Scores, Error> {
    let going_on = || match options.stop {
        Some(stop) if stop.is_told() => Err(stopped()),
        _ => Ok(()),
    };
    let rules = program.rules();
    let recurses = program.interprets() || options.executor == Executor::Interpreter;
    let found = issues::Shared::new(data.budget.issues);
    let raw: Vec<Result<RawChunk<'_>, Error>> = each(data.chunks.iter().collect(), |chunk| {
        going_on()?;
        let mut raw = with_room_if(recurses, || {
            raw::read_chunk(program, data, chunk, options.executor, options.width)
        });
        found.add(chunk.start, Stage::Raw, std::mem::take(&mut raw.issues));
        Ok(raw)
    });
    let mut raw = raw.into_iter().collect::<Result<Vec<_>, _>>()?;
    let treatments = Treatments::decide(program, &raw);
    for (chunk, raw) in data.chunks.iter().zip(&mut raw) {
        let treated = treatments.apply_to(program, data, chunk, raw);
        found.add(chunk.start, Stage::Treated, treated);
    }
    let prepared = Prepared::new(program, data, &raw, &treatments);
    let score = |(chunk, raw)| {
        let mut columns = with_room_if(recurses, || match options.executor {
            Executor::Interpreter => node::score_chunk(program, data, chunk, year, raw, &prepared),
            Executor::Compiled => {
                let setting = Setting {
                    program,
                    prepared: &prepared,
                    chunk,
                    width: options.width,
                };
                columns::score_chunk(setting, data, year, raw)
            }
        });
        found.add(
            chunk.start,
            Stage::Scored,
            std::mem::take(&mut columns.issues),
        );
        if let Some(progress) = options.progress {
            progress(chunk.rows());
        }
        Ok((chunk, columns))
    };
    let (mut scores, rows) = (Scores::empty(program, data, year), data.rows());
    let add = |(chunk, columns): (&Chunk, NodeColumns)| {
        scores.add(chunk, columns, rows);
        Ok(())
    };
    let mut chunks = data.chunks.iter().zip(&raw);
    pipeline::in_order(|| going_on().map(|()| chunks.next()), score, add)?;
    drop(raw);
    let mut issues = data.issues.clone();
    issues.extend(treatments.issues);
    issues.extend(prepared.issues);
    for (slot, indicator) in scores.statistics.iter_mut().zip(&prepared.indicators) {
        let own = indicator.as_ref().map(|own| own.statistics);
        *slot = own.filter(|statistics| statistics.count > 0);
    }
    let indicators = prepared.indicators.into_iter();
    scores.curves = indicators.map(|own| own?.curve.map(Arc::new)).collect();
    for (chunk, below) in set_bands(rules, &mut scores) {
        found.add(chunk, Stage::Scored, below);
    }
    let (of_rows, kinds) = found.finish();
    issues.extend(of_rows);
    scores.kinds = kinds;
    scores.kinds.join(&data.kinds, 0);
    sort_issues(&mut issues);
    issues.retain(|issue| issue.row.is_none_or(|row| scores.position(row).is_some()));
    scores.issues = issues;
    Ok(scores)
}

fn stopped() -> Error {
    let said = text!("penghitungan skor dihentikan", "scoring was stopped");
    Error::new(ErrorKind::Stopped, said)
}

/// Does each piece of work, at once where there are several: for one alone, waking other threads would take longer.
fn each<T: Send, R: Send>(work: Vec<T>, job: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    if work.len() > 1 {
        work.into_par_iter().map(job).collect()
    } else {
        work.into_iter().map(job).collect()
    }
}

/// Whether data can be scored by a rule set at all.
fn fits(rules: &RuleSet, data: &Dataset) -> Result<(), Error> {
    read_for(rules, data)?;
    group_present_if_asked(rules, data)?;
    single_region_refused(rules, data)
}

/// Whether data has the columns of a rule set.
fn read_for(rules: &RuleSet, data: &Dataset) -> Result<(), Error> {
    let headers = rules.columns.iter().map(|column| &column.header);
    if data.headers.iter().eq(headers) {
        return Ok(());
    }
    let name = &rules.name;
    Err(Error::new(
        ErrorKind::Call,
        text!(
            "data ini dibaca untuk perangkat aturan lain, bukan `{name}`",
            "this data was read for another rule set, not for `{name}`"
        ),
    ))
}

/// The year that is scored, of those there are.
fn choose_year(years: &[u16], asked: Option<u16>) -> Result<Option<u16>, Error> {
    let list = years
        .iter()
        .map(u16::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    match (asked, years) {
        (None, []) => Ok(None),
        (None, [only]) => Ok(Some(*only)),
        (None, _) => Err(Error::new(
            ErrorKind::Call,
            text!(
                "data berisi beberapa tahun: {list}",
                "the data holds several years: {list}"
            ),
        )
        .with_help(text!(
            "pilih satu dengan `--year`",
            "choose one with `--year`"
        ))),
        (Some(year), []) => Err(Error::new(
            ErrorKind::Call,
            text!(
                "data tidak punya kolom tahun untuk memilih {year}",
                "the data has no year column to choose {year} by"
            ),
        )
        .with_help(text!(
            "sebut kolomnya dengan `--year-column`",
            "name the column with `--year-column`"
        ))),
        (Some(year), _) if years.contains(&year) => Ok(Some(year)),
        (Some(year), _) => Err(Error::new(
            ErrorKind::Call,
            text!(
                "data tidak berisi tahun {year}; yang ada: {list}",
                "the data does not hold {year}; it has {list}"
            ),
        )),
    }
}

fn group_present_if_asked(rules: &RuleSet, data: &Dataset) -> Result<(), Error> {
    use crate::check::rule_set::MissingPolicy;
    let needs = rules.nodes.iter().find(|node| {
        node.indicator()
            .is_some_and(|indicator| indicator.missing.value == MissingPolicy::GroupMean)
    });
    match needs {
        Some(node) if data.group.is_none() => {
            let id = &node.id;
            Err(Error::new(
                ErrorKind::Call,
                text!(
                    "indikator `{id}` mengisi data kosong dengan rata-rata kelompok, tetapi kelompok tidak diketahui",
                    "the indicator `{id}` fills missing data by the mean of the group, but no group is known"
                ),
            )
            .with_help(text!(
                "sebut kolom kelompok dengan `--group`, atau `group` dalam `[data]`",
                "name the column of groups with `--group`, or with `group` in `[data]`"
            )))
        }
        _ => Ok(()),
    }
}

/// An indicator that is judged against a population that is neither frozen nor anything but the data.
fn judged_by_others(rules: &RuleSet) -> Option<&Node> {
    let asks = |node: &&Node| {
        node.indicator()
            .is_some_and(|own| own.frozen.is_none() && own.asks_population())
    };
    rules.nodes.iter().find(asks)
}

/// A single region is no population to compare it with, unless the rule set says that the data is.
fn single_region_refused(rules: &RuleSet, data: &Dataset) -> Result<(), Error> {
    if rules.population != PopulationSource::Data || data.has_several_regions() {
        return Ok(());
    }
    let asks = |node: &&Node| node.indicator().is_some_and(|own| own.asks_population());
    let Some(node) = rules.nodes.iter().find(asks) else {
        return Ok(());
    };
    let (id, name) = (&node.id, &rules.name);
    Err(Error::new(
        ErrorKind::Call,
        text!(
            "indikator `{id}` dinilai terhadap wilayah lain dalam data, tetapi data hanya berisi satu wilayah",
            "the indicator `{id}` is judged against the other regions of the data, but the data has only one region"
        ),
    )
    .with_help(text!(
        "bekukan statistik acuan dengan `tanggap freeze {name}`, atau tulis `reference = \"data\"` dalam `[data]` bila memang demikian maksudnya",
        "freeze reference statistics by `tanggap freeze {name}`, or write `reference = \"data\"` in `[data]` if that is what is meant"
    )))
}

/// One order: whole columns first, then by row, node and place.
fn sort_issues(issues: &mut [Issue]) {
    issues.sort_by(|a, b| {
        let key = |issue: &Issue| (issue.row, issue.node, issue.place, issue.kind);
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.column, &a.found).cmp(&(&b.column, &b.found)))
    });
}

/// Bands; gives the issues of rows that reach none, by the first row of their chunk.
fn set_bands(rules: &RuleSet, scores: &mut Scores) -> Vec<(u32, Vec<Issue>)> {
    let exact: Vec<Option<f64>> = scores.index().iter().collect();
    scores.bands = exact
        .iter()
        .map(|value| value.and_then(|value| rules.band_of(value)))
        .collect();
    let mut below: Vec<(u32, Vec<Issue>)> = Vec::new();
    if rules.bands.is_empty() {
        return below;
    }
    for (row, (value, band)) in exact.iter().zip(&scores.bands).enumerate() {
        if let (Some(_), None, Some(row)) = (value, band, scores.rows.get(row)) {
            let issue = Issue::row(*row, IssueKind::BelowBands);
            let issue = issue.at(crate::base::NodeIndex::ROOT, None);
            let start = row - row % CHUNK_ROWS as u32;
            match below.last_mut() {
                Some((own, list)) if *own == start => list.push(issue),
                _ => below.push((start, vec![issue])),
            }
        }
    }
    below
}

/// Descending ranks; equal values share the better one (1, 2, 2, 4).
fn ranks(published: &[Option<f64>]) -> Vec<Option<u32>> {
    let mut sorted: Vec<f64> = published.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    published
        .iter()
        .map(|value| {
            let value = (*value)?;
            let better = sorted.len() - sorted.partition_point(|other| *other <= value);
            u32::try_from(better + 1).ok()
        })
        .collect()
}
