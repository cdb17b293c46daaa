//! Batches of a table, and the whole that they make: what can only be said when all rows are there.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::dataset::{Chunk, Dataset, NO_LINE, Sniffed};
use super::head::Head;
use super::issues::IssueList;
use super::written::{DecimalCounts, Decimals};
use crate::base::{CellPlace, Error, Held, Issue, IssueKind, pipeline};

/// Some rows of a table, read on their own. Rows are counted from the first one of the piece.
#[derive(Default)]
pub struct Batch {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) issues: IssueList,
    pub(crate) rows: u32,
    pub(crate) codes: Codes,
    /// What its written numbers tell of columns as a whole, by position in the file.
    pub(crate) signs: Vec<ColumnSigns>,
    /// The columns without a header that something stands in, by position.
    pub(crate) headless: BTreeSet<usize>,
    /// The memory that it holds.
    pub(crate) held: Vec<Arc<Held>>,
}

/// The reading of one piece, to be done on any thread.
pub type Job<'r> = Box<dyn FnOnce() -> Result<Batch, Error> + Send + 'r>;

/// Data that is read piece by piece: what must be done in order is done by [`next`](Batches::next), the rest by the jobs.
pub trait Batches<'r> {
    /// What the pieces share.
    fn head(&self) -> Arc<Head<'r>>;

    /// The next piece; nothing at the end.
    ///
    /// # Errors
    /// When the data cannot be read.
    fn next(&mut self) -> Result<Option<Job<'r>>, Error>;

    /// How the file is read, as far as that had to be found out yet.
    fn sniffed(&self) -> Option<Sniffed>;
}

/// What the written numbers of one column have in common.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ColumnSigns {
    /// Numbers that could be thousands: one to three digits, the sign, three digits.
    pub(crate) perhaps_thousands: bool,
    /// Numbers with a decimal sign that could not.
    plain_decimals: bool,
    /// How many decimals they have; of CSV, those that have any.
    pub(crate) decimals: DecimalCounts,
    /// Cells in percent format.
    pub(crate) percent: bool,
}

impl ColumnSigns {
    /// Takes note of a number with so many digits before and behind its decimal sign.
    pub(crate) fn saw_fraction(&mut self, whole: usize, fraction: usize, leading_zero: bool) {
        let thousands = (1..=3).contains(&whole) && !leading_zero && fraction == 3;
        self.perhaps_thousands |= thousands;
        self.plain_decimals |= !thousands;
        self.decimals.add(fraction);
    }

    fn join(&mut self, other: &Self) {
        self.perhaps_thousands |= other.perhaps_thousands;
        self.plain_decimals |= other.plain_decimals;
        self.decimals.join(&other.decimals);
        self.percent |= other.percent;
    }
}

/// What codes of one kind have in common: their length, and where the first point is, in codes of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    length: usize,
    point: Option<usize>,
}

impl Shape {
    fn of(code: &str) -> Option<Self> {
        let digits = code.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        (digits && !code.is_empty()).then(|| Self {
            length: code.len(),
            point: code.find('.'),
        })
    }
}

/// What region codes have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Codes {
    rows: usize,
    /// How many have a digit.
    digits: usize,
    /// How many, of rows that are not refused, have none or are named like a total.
    odd: usize,
    /// How many there are of each shape, in rows that are not refused.
    shapes: HashMap<Shape, Alike>,
    /// Those of the shape that came last, which are not counted among the others yet.
    last: Option<(Shape, Alike)>,
}

/// Codes of one shape.
#[derive(Clone, Debug)]
pub(crate) struct Alike {
    pub(crate) count: usize,
    /// The first one, its row and its line.
    pub(crate) first: Arc<str>,
    pub(crate) row: u32,
    pub(crate) line: u32,
}

impl Codes {
    /// Counts the code of one more row.
    pub(crate) fn add(&mut self, code: &Arc<str>, refused: bool, line: u32) {
        let row = u32::try_from(self.rows).unwrap_or(u32::MAX);
        self.rows += 1;
        let digits = has_digit(code);
        self.digits += usize::from(digits);
        if refused {
            return;
        }
        self.odd += usize::from(is_odd(code) || is_total(code));
        let Some(shape) = Shape::of(code) else { return };
        match &mut self.last {
            Some((last, alike)) if *last == shape => alike.count += 1,
            _ => {
                self.settle();
                let alike = Alike {
                    count: 1,
                    first: code.clone(),
                    row,
                    line,
                };
                self.last = Some((shape, alike));
            }
        }
    }

    fn settle(&mut self) {
        if let Some((shape, alike)) = self.last.take() {
            self.add_alike(shape, alike);
        }
    }

    fn add_alike(&mut self, shape: Shape, alike: Alike) {
        match self.shapes.get_mut(&shape) {
            Some(known) => known.count += alike.count,
            None => {
                self.shapes.insert(shape, alike);
            }
        }
    }

    fn join(&mut self, mut other: Self) {
        other.settle();
        self.settle();
        let before = u32::try_from(self.rows).unwrap_or(u32::MAX);
        self.rows += other.rows;
        self.digits += other.digits;
        self.odd += other.odd;
        for (shape, mut alike) in other.shapes {
            alike.row = alike.row.saturating_add(before);
            self.add_alike(shape, alike);
        }
    }

    /// Whether most have digits, so that one without is odd.
    pub(crate) fn mostly_digits(&self) -> bool {
        self.digits * 2 >= self.rows
    }

    /// The shape of most, where others have another one.
    fn usual(&mut self) -> Option<Shape> {
        self.settle();
        let all: usize = self.shapes.values().map(|alike| alike.count).sum();
        let most = self.shapes.iter().max_by_key(|(_, alike)| alike.count);
        let (usual, count) = most.map(|(shape, alike)| (*shape, alike.count))?;
        // Short codes, such as 1 to 30, have lost nothing.
        let telling = count * 2 > all && usual.length >= 4 && count < all;
        telling.then_some(usual)
    }

    /// The codes that have lost a zero, those of one shape together, with what the first of them should be.
    pub(crate) fn lost_zeros(&mut self) -> Vec<(Alike, String)> {
        let Some(usual) = self.usual() else {
            return Vec::new();
        };
        let alike = self.shapes.values();
        let lost = alike.filter_map(|own| Some((own.clone(), with_zero(&own.first, usual)?)));
        let mut lost: Vec<_> = lost.collect();
        lost.sort_by_key(|(alike, _)| alike.row);
        lost
    }
}

fn has_digit(code: &str) -> bool {
    code.contains(|c: char| c.is_ascii_digit())
}

fn is_odd(code: &str) -> bool {
    !code.is_empty() && !has_digit(code)
}

/// Whether the name of a row is that of a total or a mean.
pub(crate) fn is_total(name: &str) -> bool {
    const WORDS: [&str; 5] = ["total", "jumlah", "rata-rata", "rerata", "rata2"];
    const ALONE: [&str; 8] = [
        "semua",
        "indonesia",
        "nasional",
        "national",
        "all",
        "mean",
        "average",
        "sum",
    ];
    let name = name.trim();
    if !name.starts_with(char::is_alphabetic) {
        return false;
    }
    let lower = name.to_lowercase();
    let first = lower.split([' ', ':']).next().unwrap_or_default();
    WORDS.contains(&first) || ALONE.contains(&lower.as_str())
}

/// Batches, put together in their order.
pub(crate) struct DatasetBuilder<'r> {
    head: Arc<Head<'r>>,
    all: Batch,
}

impl Batch {
    /// Takes out what is to be told of all rows together.
    pub(crate) fn take_what_is_of_all(&mut self) -> Batch {
        Batch {
            rows: self.rows,
            codes: std::mem::take(&mut self.codes),
            signs: std::mem::take(&mut self.signs),
            headless: std::mem::take(&mut self.headless),
            ..Batch::default()
        }
    }
}

impl<'r> DatasetBuilder<'r> {
    pub(crate) fn new(head: Arc<Head<'r>>) -> Self {
        let all = Batch {
            issues: IssueList::new(head.request.budget.issues),
            ..Batch::default()
        };
        Self { head, all }
    }

    /// Adds all pieces, several of which are read at once.
    pub(crate) fn add_all(&mut self, pieces: &mut dyn Batches<'r>) -> Result<(), Error> {
        pipeline::in_order(|| pieces.next(), |job| job(), |piece| self.add(piece))
    }

    /// What all rows share.
    pub(crate) fn head(&self) -> Arc<Head<'r>> {
        self.head.clone()
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> u32 {
        self.all.rows
    }

    /// What the codes have in common.
    pub(crate) fn codes(&mut self) -> &mut Codes {
        &mut self.all.codes
    }

    /// Adds the next piece.
    ///
    /// # Errors
    /// When there are more rows than the request has room for.
    pub(crate) fn add(&mut self, piece: Batch) -> Result<(), Error> {
        let before = self.all.rows;
        let rows = (before as usize).saturating_add(piece.rows as usize);
        self.head.request.budget.rows(rows)?;
        self.all
            .chunks
            .extend(piece.chunks.into_iter().map(|mut chunk| {
                chunk.start = chunk.start.saturating_add(before);
                chunk
            }));
        self.all.issues.join(piece.issues, before);
        self.all.held.extend(piece.held);
        self.all.rows = before.saturating_add(piece.rows);
        self.all.codes.join(piece.codes);
        let missing = piece.signs.len().saturating_sub(self.all.signs.len());
        let more = std::iter::repeat_n(ColumnSigns::default(), missing);
        self.all.signs.extend(more);
        for (signs, more) in self.all.signs.iter_mut().zip(&piece.signs) {
            signs.join(more);
        }
        self.all.headless.extend(piece.headless);
        Ok(())
    }

    /// The data set, with every region that occurs twice in a year refused.
    pub(crate) fn finish(mut self) -> Dataset {
        let mut issues = self.head.columns_as_a_whole(&self.all);
        if self.all.rows == 0 {
            issues.push(Issue::whole(IssueKind::NoRows));
        }
        self.all.issues.extend(issues);
        refuse_totals(&self.head, &mut self.all);
        report_lost_zeros(&self.head, &mut self.all);
        refuse_repeated(&self.head, &mut self.all);
        let signs = std::mem::take(&mut self.all.signs);
        let mut data = self.head.data(self.all);
        data.decimals = self.head.decimals(&data, &signs);
        data
    }
}

impl Head<'_> {
    /// The data set of some rows.
    pub(crate) fn data(&self, rows: Batch) -> Dataset {
        let mut data = self.empty.clone();
        data.chunks = rows.chunks;
        let (issues, kinds) = rows.issues.into_parts();
        data.issues.extend(issues);
        data.kinds = kinds;
        data.budget = self.request.budget.clone();
        data.held = rows.held;
        data
    }

    /// How many decimals the raw columns have.
    fn decimals(&self, data: &Dataset, signs: &[ColumnSigns]) -> Vec<Decimals> {
        let value = self.layout.long.map(|(_, value)| value);
        let columns = self.layout.columns.iter().enumerate();
        let columns = columns.map(|(column, at)| {
            let Some(signs) = at.or(value).and_then(|at| signs.get(at)) else {
                return Decimals::Unknown;
            };
            let mut counts = signs.decimals;
            if !self.text {
                return counts.shared(if self.cell_formats {
                    Decimals::Shown
                } else {
                    Decimals::Written
                });
            }
            // In text, what has no decimal sign is a whole number.
            let own = data.chunks.iter().filter_map(|own| own.columns.get(column));
            let present: usize = own.map(|own| own.present().count()).sum();
            let whole = u32::try_from(present).unwrap_or(u32::MAX);
            counts.add_many(0, whole.saturating_sub(counts.total()));
            counts.shared(Decimals::Written)
        });
        columns.collect()
    }

    /// What is to be said of columns as a whole.
    fn columns_as_a_whole(&self, all: &Batch) -> Vec<Issue> {
        let mut issues = Vec::new();
        for at in &all.headless {
            let column = u32::try_from(*at).ok().map(|at| at + self.first_column);
            let letters = CellPlace { line: 1, column }.address();
            let letters = letters.trim_end_matches('1');
            issues.push(Issue::column(letters, IssueKind::NoHeader));
        }
        for (at, signs) in all.signs.iter().enumerate() {
            let header = self.headers.get(at).map_or("", String::as_str);
            if signs.perhaps_thousands && !signs.plain_decimals {
                issues.push(Issue::column(header, IssueKind::PerhapsThousands));
            }
            if signs.percent {
                issues.push(Issue::column(header, IssueKind::PercentCells));
            }
        }
        issues
    }

    pub(crate) fn code_place(&self, line: u32) -> CellPlace {
        CellPlace {
            line,
            column: self.columns_at.get(&self.empty.key).copied(),
        }
    }

    fn code_cell(&self, chunk: &Chunk, row: usize) -> CellPlace {
        self.code_place(chunk.lines.get(row).copied().unwrap_or(NO_LINE))
    }
}

/// Where most codes have digits, one without is odd, and a total is no region. Whether most have, where that matters.
pub(crate) fn refuse_totals(head: &Head<'_>, all: &mut Batch) -> Option<bool> {
    if all.codes.odd == 0 {
        return None;
    }
    if !all.codes.mostly_digits() {
        return Some(false);
    }
    for chunk in &mut all.chunks {
        for row in 0..chunk.rows() {
            let region = chunk.regions.get(row).map_or("", |region| region);
            let total = is_total(region);
            if chunk.refused.contains(row) || !(is_odd(region) || total) {
                continue;
            }
            let kind = if total {
                IssueKind::TotalRow
            } else {
                IssueKind::OddCode
            };
            let issue = Issue::row(chunk.start + row as u32, kind);
            all.issues.push(issue.in_cell(head.code_cell(chunk, row)));
            if total {
                chunk.refused.insert(row);
            }
        }
    }
    Some(true)
}

/// Reports codes that have the shape of most others but for a zero at one end. What they should be is only
/// proposed.
fn report_lost_zeros(head: &Head<'_>, all: &mut Batch) {
    let Some(usual) = all.codes.usual() else {
        return;
    };
    for chunk in &all.chunks {
        for (row, region) in chunk.regions.iter().enumerate() {
            if chunk.refused.contains(row) {
                continue;
            }
            if let Some(meant) = with_zero(region, usual) {
                let issue = Issue::row(chunk.start + row as u32, IssueKind::LostZero);
                let issue = issue.found(format!("{region} → {meant}?"));
                all.issues.push(issue.in_cell(head.code_cell(chunk, row)));
            }
        }
    }
}

/// A code with the zero that it has lost, if it has.
fn with_zero(region: &str, usual: Shape) -> Option<String> {
    if Shape::of(region).is_none_or(|shape| shape == usual) {
        return None;
    }
    let ends = [format!("0{region}"), format!("{region}0")];
    ends.into_iter().find(|code| {
        let trailing = code.starts_with(region);
        Shape::of(code) == Some(usual) && (!trailing || region.contains('.'))
    })
}

/// Where rows stand in chunks of any size.
struct Rows<'a>(&'a [Chunk]);

impl<'a> Rows<'a> {
    fn at(&self, row: u32) -> Option<(&'a Chunk, usize)> {
        let chunk = self.0.partition_point(|chunk| chunk.start <= row);
        let chunk = self.0.get(chunk.checked_sub(1)?)?;
        Some((chunk, (row - chunk.start) as usize))
    }

    fn key(&self, row: u32) -> (Option<u16>, &'a str) {
        let Some((chunk, at)) = self.at(row) else {
            return (None, "");
        };
        let year = chunk.years.get(at).copied().flatten();
        (year, chunk.regions.get(at).map_or("", |region| region))
    }

    fn name(&self, row: u32) -> Option<Arc<str>> {
        let (chunk, at) = self.at(row)?;
        chunk.names.get(at).cloned().flatten()
    }

    /// The keys of the rows that are not refused.
    fn accepted(&self) -> impl Iterator<Item = (Option<u16>, &'a str)> + use<'a> {
        self.0.iter().flat_map(|chunk| {
            let rows = chunk.years.iter().zip(&chunk.regions).enumerate();
            let accepted = rows.filter(|(row, _)| !chunk.refused.contains(*row));
            accepted.map(|(_, (year, region))| (*year, &**region))
        })
    }

    /// Whether some key occurs twice.
    fn any_repeated(&self) -> bool {
        // Codes mostly come in order, where one look at the neighbour tells.
        if self.accepted().is_sorted_by(|a, b| a < b) {
            return false;
        }
        let mut seen = HashSet::with_capacity(self.0.iter().map(Chunk::rows).sum());
        !self.accepted().all(|key| seen.insert(key))
    }
}

fn refuse_repeated(head: &Head<'_>, all: &mut Batch) {
    let rows = Rows(&all.chunks);
    if !rows.any_repeated() {
        return;
    }
    let scored = |row: &u32| {
        let at = rows.at(*row);
        at.is_some_and(|(chunk, at)| !chunk.refused.contains(at))
    };
    let mut sorted: Vec<u32> = (0..all.rows).filter(scored).collect();
    sorted.sort_by_cached_key(|row| (rows.key(*row), *row));
    let mut repeated: Vec<u32> = Vec::new();
    for alike in sorted
        .chunk_by(|a, b| rows.key(*a) == rows.key(*b))
        .filter(|alike| alike.len() > 1)
    {
        let names: BTreeSet<_> = alike.iter().filter_map(|row| rows.name(*row)).collect();
        repeated.extend(alike);
        for row in alike {
            let issue = |kind| Issue::row(*row, kind);
            let region = rows.key(*row).1;
            all.issues.push(match &head.empty.year_like {
                _ if names.len() > 1 => {
                    let own = rows.name(*row).unwrap_or_else(|| "?".into());
                    issue(IssueKind::TwoRegions).found(&*own)
                }
                Some(column) => issue(IssueKind::UnnamedYear)
                    .in_column(column)
                    .found(region),
                None => issue(IssueKind::DuplicateRegion).found(region),
            });
        }
    }
    for row in repeated {
        let at = all.chunks.partition_point(|chunk| chunk.start <= row);
        if let Some(chunk) = at.checked_sub(1).and_then(|at| all.chunks.get_mut(at)) {
            chunk.refused.insert((row - chunk.start) as usize);
        }
    }
}
