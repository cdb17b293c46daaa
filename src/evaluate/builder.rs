//! Rows → a data set: what every row is checked for, whatever format it came in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::dataset::{CHUNK_ROWS, Chunk, Dataset, NO_LINE, NumberColumn};
use crate::base::{CellPlace, Issue, IssueKind};

/// One cell of a number column, as a reader found it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nothing.
    Missing,
    /// A finite number.
    Number(f64),
    /// Something else, with what was found.
    Wrong(IssueKind, Box<str>),
}

/// One row, as a reader found it.
#[derive(Clone, Debug, Default)]
pub(super) struct Row<'a> {
    /// The region code.
    pub(super) region: &'a str,
    /// The name of the region, if there is a column of names.
    pub(super) name: Option<&'a str>,
    /// The text of the year, if there is a year column.
    pub(super) year: Option<&'a str>,
    /// The group, if there is a group column.
    pub(super) group: Option<&'a str>,
    /// The line in the file, counted from 1.
    pub(super) line: u32,
}

/// Builds a data set row by row; every reader goes through it, so that all check alike.
pub(super) struct Builder {
    data: Dataset,
    chunk: Chunk,
    rows: u32,
    groups: HashMap<Box<str>, Arc<str>>,
    /// How many codes there are of each shape.
    shapes: HashMap<Shape, usize>,
    /// What was reported of the row that is about to be added.
    reports: Vec<Issue>,
    /// The line that is being read.
    pub(super) line: u32,
    /// Where the columns of the file stand.
    pub(super) columns_at: BTreeMap<String, u32>,
    /// Where the values stand, in data of one row a value.
    pub(super) value_at: Option<u32>,
}

impl Builder {
    /// A builder for the number columns of `data`, which `Layout::find` gives.
    pub(super) fn new(data: Dataset) -> Self {
        let mut builder = Self {
            data,
            chunk: Chunk::default(),
            rows: 0,
            groups: HashMap::new(),
            shapes: HashMap::new(),
            reports: Vec::new(),
            line: NO_LINE,
            columns_at: BTreeMap::new(),
            value_at: None,
        };
        builder.chunk = builder.fresh();
        builder
    }

    fn fresh(&self) -> Chunk {
        Chunk {
            start: self.rows,
            columns: vec![NumberColumn::default(); self.data.headers.len()],
            ..Chunk::default()
        }
    }

    /// The headers of the raw columns.
    pub(super) fn headers(&self) -> Vec<String> {
        self.data.headers.clone()
    }

    /// Adds an issue of the row that is about to be added, on the line that is being read.
    pub(super) fn report(&mut self, kind: IssueKind, column: Option<&str>, found: &str) {
        let mut issue = Issue::row(self.rows, kind).found(found);
        if self.line != NO_LINE {
            issue = issue.in_cell(CellPlace {
                line: self.line,
                column: column.and_then(|column| {
                    let own = self.columns_at.get(column).copied();
                    own.or(self.value_at)
                }),
            });
        }
        self.reports.push(match column {
            Some(column) => issue.in_column(column),
            None => issue,
        });
    }

    /// Adds an issue of a column as a whole.
    pub(super) fn report_column(&mut self, kind: IssueKind, column: &str, found: &str) {
        let issue = Issue::column(column, kind);
        self.data.issues.push(if found.is_empty() {
            issue
        } else {
            issue.found(found)
        });
    }

    /// Takes back what was reported of the row that is about to be added.
    pub(super) fn take_reports(&mut self) -> Vec<Issue> {
        std::mem::take(&mut self.reports)
    }

    /// Adds a row with its number cells, in the order of the headers, and its weight.
    pub(super) fn row(
        &mut self,
        row: &Row<'_>,
        cells: impl IntoIterator<Item = Cell>,
        weight: Cell,
        refuse: bool,
    ) {
        self.row_of_values(row, cells, &[], weight, refuse);
    }

    /// Adds a row whose values each stand on a line of their own.
    pub(super) fn row_of_values(
        &mut self,
        row: &Row<'_>,
        cells: impl IntoIterator<Item = Cell>,
        lines: &[u32],
        weight: Cell,
        refuse: bool,
    ) {
        let at = self.chunk.rows();
        let mut refused = refuse;
        if row.region.is_empty() && !refuse {
            self.report(IssueKind::EmptyRegion, None, "");
            refused = true;
        }
        let year = row.year.and_then(|year| year.parse::<u16>().ok());
        if let (Some(written), None, false) = (row.year, year, refused) {
            let column = self.data.year.clone();
            self.report(IssueKind::NotAYear, column.as_deref(), written);
            refused = true;
        }
        let group = row.group.filter(|group| !group.is_empty()).map(|group| {
            self.groups
                .entry(group.into())
                .or_insert_with(|| group.into())
                .clone()
        });
        for (column, cell) in cells.into_iter().enumerate() {
            self.line = lines.get(column).copied().unwrap_or(row.line);
            let value = self.cell(cell, Some(column), refused);
            if let Some(column) = self.chunk.columns.get_mut(column) {
                column.push(value);
            }
        }
        self.line = row.line;
        if !lines.is_empty() {
            self.chunk.value_lines.resize(lines.len(), Vec::new());
            for (all, line) in self.chunk.value_lines.iter_mut().zip(lines) {
                all.push(*line);
            }
        }
        let weight = self.cell(weight, None, refused);
        self.chunk.weights.push(weight);
        self.chunk.regions.push(row.region.into());
        self.chunk
            .names
            .push(row.name.filter(|name| !name.is_empty()).map(Into::into));
        self.chunk.years.push(year);
        self.chunk.groups.push(group);
        self.chunk.lines.push(row.line);
        self.chunk.refused.grow(at + 1);
        self.chunk.refused.set(at, refused);
        if let (Some(shape), false) = (Shape::of(row.region), refused) {
            *self.shapes.entry(shape).or_default() += 1;
        }
        self.data.issues.append(&mut self.reports);
        self.rows += 1;
        if self.chunk.rows() == CHUNK_ROWS {
            let next = self.fresh();
            self.data
                .chunks
                .push(std::mem::replace(&mut self.chunk, next));
        }
    }

    /// The value of a cell of a column, or, without one, of what weighs regions.
    fn cell(&mut self, cell: Cell, column: Option<usize>, refused: bool) -> Option<f64> {
        match cell {
            Cell::Missing => None,
            Cell::Number(value) => Some(value),
            Cell::Wrong(kind, found) => {
                if !refused {
                    let header = match column {
                        Some(column) => self.data.headers.get(column),
                        None => self.data.weighted_by.as_ref(),
                    };
                    let header = header.cloned().unwrap_or_default();
                    self.report(kind, Some(&header), &found);
                }
                None
            }
        }
    }

    /// The data set, with every region that occurs twice in a year refused.
    pub(super) fn finish(mut self) -> Dataset {
        if self.chunk.rows() > 0 {
            let last = std::mem::take(&mut self.chunk);
            self.data.chunks.push(last);
        }
        if self.data.chunks.is_empty() {
            self.data.issues.push(Issue::whole(IssueKind::NoRows));
        }
        if let Some(value_at) = self.value_at {
            self.data.raw_at = vec![Some(value_at); self.data.headers.len()];
        }
        self.report_odd_codes();
        self.report_lost_zeros();
        self.refuse_repeated();
        self.data
    }

    /// Where most codes have digits, one without is odd, and a total is no region.
    fn report_odd_codes(&mut self) {
        let has_digit = |code: &str| code.contains(|c: char| c.is_ascii_digit());
        let regions = self.data.chunks.iter().flat_map(|chunk| &chunk.regions);
        let coded = regions.filter(|code| has_digit(code)).count();
        if coded * 2 < self.rows as usize {
            return;
        }
        let mut found = Vec::new();
        for chunk in &mut self.data.chunks {
            for row in 0..chunk.rows() {
                let region = chunk.regions.get(row).cloned().unwrap_or_else(|| "".into());
                let total = is_total(&region);
                let odd = !region.is_empty() && !has_digit(&region);
                if chunk.refused.contains(row) || !(odd || total) {
                    continue;
                }
                let place = CellPlace {
                    line: chunk.lines.get(row).copied().unwrap_or(NO_LINE),
                    column: self.columns_at.get(&self.data.key).copied(),
                };
                let kind = if total {
                    chunk.refused.insert(row);
                    IssueKind::TotalRow
                } else {
                    IssueKind::OddCode
                };
                found.push(Issue::row(chunk.start + row as u32, kind).in_cell(place));
            }
        }
        self.data.issues.append(&mut found);
    }

    /// Reports codes that have the shape of most others but for a zero at one end. What they should be is only
    /// proposed.
    fn report_lost_zeros(&mut self) {
        let all: usize = self.shapes.values().sum();
        let usual = self.shapes.iter().max_by_key(|(_, count)| **count);
        // Short codes, such as 1 to 30, have lost nothing.
        let telling = |(shape, count): &(&Shape, &usize)| **count * 2 > all && shape.length >= 4;
        let Some((usual, count)) = usual.filter(telling) else {
            return;
        };
        if *count == all {
            return;
        }
        let usual = *usual;
        let mut found = Vec::new();
        for chunk in &self.data.chunks {
            for (row, region) in chunk.regions.iter().enumerate() {
                if chunk.refused.contains(row) || Shape::of(region).is_none_or(|s| s == usual) {
                    continue;
                }
                let ends = [format!("0{region}"), format!("{region}0")];
                let meant = ends.into_iter().find(|code| {
                    let trailing = code.starts_with(&**region);
                    Shape::of(code) == Some(usual) && (!trailing || region.contains('.'))
                });
                if let Some(meant) = meant {
                    let place = CellPlace {
                        line: chunk.lines.get(row).copied().unwrap_or(NO_LINE),
                        column: self.columns_at.get(&self.data.key).copied(),
                    };
                    let issue = Issue::row(chunk.start + row as u32, IssueKind::LostZero);
                    found.push(issue.found(format!("{region} → {meant}?")).in_cell(place));
                }
            }
        }
        self.data.issues.append(&mut found);
    }

    fn refuse_repeated(&mut self) {
        let at = |row: u32| {
            let chunk = self.data.chunks.get(row as usize / CHUNK_ROWS);
            (chunk, row as usize % CHUNK_ROWS)
        };
        let key = |row: u32| {
            let (chunk, at) = at(row);
            let year = chunk
                .and_then(|chunk| chunk.years.get(at))
                .copied()
                .flatten();
            (year, chunk.and_then(|chunk| chunk.regions.get(at)).cloned())
        };
        let name = |row: u32| {
            let (chunk, at) = at(row);
            chunk.and_then(|chunk| chunk.names.get(at)).cloned()
        };
        let scored = |row: &u32| {
            let (chunk, at) = at(*row);
            chunk.is_some_and(|chunk| !chunk.refused.contains(at))
        };
        let mut rows: Vec<u32> = (0..self.rows).filter(scored).collect();
        rows.sort_by_cached_key(|row| (key(*row), *row));
        let mut repeated: Vec<Issue> = Vec::new();
        for alike in rows
            .chunk_by(|a, b| key(*a) == key(*b))
            .filter(|alike| alike.len() > 1)
        {
            let names: BTreeSet<_> = alike.iter().filter_map(|row| name(*row)?).collect();
            for row in alike {
                let issue = |kind| Issue::row(*row, kind);
                let region = key(*row).1.unwrap_or_else(|| "".into());
                repeated.push(match &self.data.year_like {
                    _ if names.len() > 1 => {
                        let own = name(*row).flatten().unwrap_or_else(|| "?".into());
                        issue(IssueKind::TwoRegions).found(&*own)
                    }
                    Some(column) => issue(IssueKind::UnnamedYear)
                        .in_column(column)
                        .found(&*region),
                    None => issue(IssueKind::DuplicateRegion).found(&*region),
                });
            }
        }
        for issue in repeated {
            let row = issue.row.unwrap_or_default() as usize;
            if let Some(chunk) = self.data.chunks.get_mut(row / CHUNK_ROWS) {
                chunk.refused.insert(row % CHUNK_ROWS);
            }
            self.data.issues.push(issue);
        }
    }
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
    let lower = name.trim().to_lowercase();
    let first = lower.split([' ', ':']).next().unwrap_or_default();
    WORDS.contains(&first) || ALONE.contains(&lower.as_str())
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
