//! Scores of data that is read, scored and given out piece by piece, so that it need not fit into memory.
//!
//! What can only be said of all rows together is either left out (ranks), refused beforehand (populations), or said at
//! the end (columns as a whole, totals), which [`Streamed`] holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::scores::Scores;
use super::summary::{Summary, Totals};
use super::{EvaluateOptions, choose_year, judged_by_others, score_rows, sort_issues};
use crate::base::language::text;
use crate::base::number::ExactSum;
use crate::base::{Error, ErrorKind, Issue, IssueKind, pipeline};
use crate::compile::Program;
use crate::data::batch::{Batch, Batches, DatasetBuilder, Job, refuse_totals};
use crate::data::dataset::{Dataset, NO_LINE, Sniffed};
use crate::data::issues::{Alike, alike};
use crate::data::{Reader, Source};

/// So many issues that are alike are kept one by one, and so many regions without index or band.
const KEPT: usize = 8;

/// What stands for a region and year, to find out whether one occurs twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The beginning of BLAKE3 over code and year.
    pub digest: [u8; 16],
    /// The line in the file; 0 where there are none.
    pub line: u32,
}

impl Key {
    fn of(region: &str, year: Option<u16>, line: u32) -> Self {
        let mut hasher = blake3::Hasher::new();
        // The year has a length of its own, so that no code can be taken for another with a year.
        hasher.update(&year.map_or([0; 3], |year| {
            let [high, low] = year.to_be_bytes();
            [1, high, low]
        }));
        hasher.update(region.as_bytes());
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        Self { digest, line }
    }
}

/// One piece, scored.
pub struct ScoredPiece<R> {
    /// Its scores, without ranks. Rows are counted from the first one of the data.
    pub scores: Scores,
    /// What was made of them.
    pub made: R,
    /// A key for every row that was not refused. One that occurs twice makes the scores of both untrustworthy; to find
    /// it out is left to the caller, who knows where so many keys can be kept.
    pub keys: Vec<Key>,
}

/// What is left when all pieces have been given out.
pub struct Streamed {
    /// The few regions that messages name, without their scores, and the issues: of each kind the first ones, the last of
    /// which stands for all others.
    pub scores: Scores,
    /// What the scores come to. Means are exact sums, rounded once.
    pub summary: Summary,
    /// What is to be said of the data, without its rows.
    pub data: Dataset,
    /// How many rows there were.
    pub rows: usize,
}

/// Scores data piece by piece: `make` makes something of the scores of a piece, on any thread; `take` is given the
/// pieces in their order.
///
/// # Errors
/// When rows are judged against others of the data, when there are several years and none is chosen, when what is said
/// of all rows turns out to be otherwise than for the piece that it was needed in, or by `make` and `take`.
pub fn stream<'r, R: Send>(
    program: &Program,
    pieces: &mut (dyn Batches<'r> + 'r),
    options: &EvaluateOptions<'_>,
    make: impl Fn(&Scores) -> Result<R, Error> + Sync,
    mut take: impl FnMut(ScoredPiece<R>) -> Result<(), Error>,
) -> Result<Streamed, Error> {
    let rules = program.rules();
    if let Some(node) = judged_by_others(rules) {
        let (id, name) = (&node.id, &rules.name);
        return Err(Error::new(
            ErrorKind::Call,
            text!(
                "indikator `{id}` dinilai terhadap semua wilayah dalam data, yang tidak dapat dilakukan sambil membaca",
                "the indicator `{id}` is judged against all regions of the data, which cannot be done while reading"
            ),
        )
        .with_help(text!(
            "bekukan statistik acuan dengan `tanggap freeze {name}`, atau beri skor tanpa `--stream`",
            "freeze reference statistics by `tanggap freeze {name}`, or score without `--stream`"
        )));
    }
    let head = pieces.head();
    let has_years = head.empty.year.is_some();
    if !has_years {
        choose_year(&[], options.year)?;
    }
    let work = |job: Job<'r>| {
        let mut piece = job()?;
        let decided = refuse_totals(&head, &mut piece);
        let chunks = piece.chunks.iter();
        let years = chunks.flat_map(|chunk| chunk.years.iter().flatten().copied());
        let years: BTreeSet<u16> = years.collect();
        let year = options.year.or(years.first().copied());
        let rest = Rest {
            piece: piece.take_what_is_of_all(),
            decided,
            years,
        };
        let mut data = head.data(piece);
        // What is to be said of columns is said once.
        data.issues.drain(..head.empty.issues.len());
        let scores = score_rows(program, &data, year, options)?;
        let keys = keys(&scores);
        let totals = Totals::<ExactSum>::of(&scores, KEPT);
        let made = make(&scores)?;
        Ok((ScoredPiece { scores, made, keys }, rest, totals))
    };
    let mut state = State {
        whole: DatasetBuilder::new(head.clone()),
        found: Found::default(),
        totals: None,
        decided: BTreeSet::new(),
        years: BTreeSet::new(),
    };
    let given = |(mut piece, rest, totals): (ScoredPiece<R>, Rest, _)| {
        state.add(&mut piece.scores, rest, totals)?;
        if options.year.is_none() {
            choose_year(&state.years(), None)?;
        }
        take(piece)
    };
    pipeline::in_order(|| pieces.next(), work, given)?;
    if has_years {
        choose_year(&state.years(), options.year)?;
    }
    let sniffed = pieces.sniffed();
    state.finish(program, options.year, sniffed)
}

/// A key for every row that was not refused.
fn keys(scores: &Scores) -> Vec<Key> {
    let rows = scores.regions.iter().zip(&scores.lines);
    let accepted = rows.zip(&scores.refused).filter(|(_, refused)| !**refused);
    accepted
        .map(|((region, line), _)| Key::of(region, scores.year, *line))
        .collect()
}

/// What a piece tells of all rows, beside its scores.
struct Rest {
    /// The piece, without its rows.
    piece: Batch,
    /// Whether it took most codes to have digits, if that mattered.
    decided: Option<bool>,
    years: BTreeSet<u16>,
}

/// What is known so far.
struct State<'r> {
    whole: DatasetBuilder<'r>,
    found: Found,
    totals: Option<Totals<ExactSum>>,
    decided: BTreeSet<bool>,
    years: BTreeSet<u16>,
}

impl State<'_> {
    fn years(&self) -> Vec<u16> {
        self.years.iter().copied().collect()
    }

    /// Adds the next piece, whose rows are counted from the first one of the data then.
    fn add(
        &mut self,
        scores: &mut Scores,
        rest: Rest,
        mut totals: Totals<ExactSum>,
    ) -> Result<(), Error> {
        self.years.extend(rest.years);
        self.decided.extend(rest.decided);
        let before = self.whole.rows();
        let shift = |row: &mut u32| *row = row.saturating_add(before);
        self.whole.add(rest.piece)?;
        scores.rows.iter_mut().for_each(shift);
        totals.unplaced().iter_mut().for_each(shift);
        for mut issue in std::mem::take(&mut scores.issues) {
            issue.row.iter_mut().for_each(shift);
            self.found.add(scores, issue);
        }
        match &mut self.totals {
            Some(all) => all.join(totals, KEPT),
            None => self.totals = Some(totals),
        }
        // Those that have been kept are among the first ones.
        for row in self.totals.iter_mut().flat_map(|all| all.unplaced().iter()) {
            self.found.name(scores, *row);
        }
        Ok(())
    }

    fn finish(
        mut self,
        program: &Program,
        asked: Option<u16>,
        sniffed: Option<Sniffed>,
    ) -> Result<Streamed, Error> {
        let mostly_digits = self.whole.codes().mostly_digits();
        if self.decided.iter().any(|decided| *decided != mostly_digits) {
            return Err(undecided());
        }
        let rows = self.whole.rows();
        let year = asked.or(self.years.first().copied());
        let head = self.whole.head();
        for (alike, meant) in self.whole.codes().lost_zeros() {
            let first = &alike.first;
            let mut issue = Issue::row(alike.row, IssueKind::LostZero)
                .found(format!("{first} → {meant}?"))
                .in_cell(head.code_place(alike.line));
            issue.times = alike.count;
            self.found.issues.push(issue);
            let named = Named {
                region: alike.first,
                name: None,
                line: alike.line,
            };
            self.found.named.entry(alike.row).or_insert(named);
        }
        let mut data = self.whole.finish();
        data.sniffed = sniffed;
        self.found.issues.append(&mut data.issues);
        sort_issues(&mut self.found.issues);
        let mut scores = Scores::empty(program, &data, year);
        for (row, named) in self.found.named {
            scores.rows.push(row);
            scores.regions.push(named.region);
            scores.names.push(named.name);
            scores.lines.push(named.line);
        }
        scores.issues = self.found.issues;
        let totals = self.totals.unwrap_or_else(|| Totals::of(&scores, 0));
        let weighted_by = data.weighted_by.clone();
        let position = |row| scores.position(row);
        let summary = totals.finish(program.rules(), weighted_by, position);
        Ok(Streamed {
            scores,
            summary,
            data,
            rows: rows as usize,
        })
    }
}

fn undecided() -> Error {
    Error::new(
        ErrorKind::Data,
        text!(
            "sebagian kode wilayah berangka dan sebagian tidak, sehingga baris jumlah tidak dapat dikenali sambil membaca",
            "some region codes have digits and some have none, so that rows of totals cannot be told while reading"
        ),
    )
    .with_help(text!(
        "beri skor tanpa `--stream`, atau hapus baris jumlah dan rata-rata",
        "score without `--stream`, or delete the rows of totals and means"
    ))
}

/// Issues and the regions that they name, as many as messages need.
#[derive(Default)]
struct Found {
    issues: Vec<Issue>,
    /// Of each kind of issue, how many are kept, and where the last of them stands.
    alike: BTreeMap<Alike, (usize, usize)>,
    named: BTreeMap<u32, Named>,
}

struct Named {
    region: Arc<str>,
    name: Option<Arc<str>>,
    line: u32,
}

impl Found {
    fn add(&mut self, scores: &Scores, issue: Issue) {
        let Some(row) = issue.row else {
            // What each piece says of the rules is said once.
            if !self.issues.contains(&issue) {
                self.issues.push(issue);
            }
            return;
        };
        let (kept, last) = self.alike.entry(alike(&issue)).or_default();
        if *kept < KEPT {
            (*kept, *last) = (*kept + 1, self.issues.len());
            self.issues.push(issue);
            self.name(scores, row);
        } else if let Some(last) = self.issues.get_mut(*last) {
            last.times += issue.times;
        }
    }

    /// Keeps the name of a region, if it is among these.
    fn name(&mut self, scores: &Scores, row: u32) {
        let Some(at) = scores.position(row) else {
            return;
        };
        let Some(region) = scores.regions.get(at) else {
            return;
        };
        self.named.entry(row).or_insert_with(|| Named {
            region: region.clone(),
            name: scores.names.get(at).cloned().flatten(),
            line: scores.lines.get(at).copied().unwrap_or(NO_LINE),
        });
    }
}

/// Reads, scores and gives out data piece by piece by the reader of its format, as [`stream`] does.
///
/// # Errors
/// As the reader and [`stream`] say; also when data of this form cannot be read piece by piece.
pub fn stream_data<R: Send>(
    readers: &[Arc<dyn Reader>],
    source: Source<'_>,
    program: &Program,
    options: &EvaluateOptions<'_>,
    make: impl Fn(&Scores) -> Result<R, Error> + Sync,
    take: impl FnMut(ScoredPiece<R>) -> Result<(), Error>,
) -> Result<Streamed, Error> {
    let (mut streamed, digest) = source.in_pieces(readers, |pieces| {
        stream(program, pieces, options, make, take)
    })?;
    streamed.scores.data_digest = digest;
    Ok(streamed)
}
