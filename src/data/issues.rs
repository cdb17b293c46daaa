//! Issues of which the first so many are kept and the others counted, so that data which is wrong throughout takes no more
//! memory than other data.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::budget::Budget;
use crate::base::{Issue, IssueKind, NodeIndex, Span};

/// What issues that are alike have in common.
pub(crate) type Alike = (IssueKind, Option<NodeIndex>, Option<Box<str>>, Option<Span>);

pub(crate) fn alike(issue: &Issue) -> Alike {
    (issue.kind, issue.node, issue.column.clone(), issue.place)
}

/// The kinds of the issues that are not kept, by row of the data: one bit each, in the order of [`IssueKind::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindsByRow(Vec<u64>);

impl KindsByRow {
    fn add(&mut self, row: u32, kind: IssueKind) {
        let at = row as usize;
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        if let Some(kinds) = self.0.get_mut(at) {
            *kinds |= 1 << (kind as u32);
        }
    }

    /// Adds those of rows that come after so many.
    pub(crate) fn join(&mut self, other: &Self, before: u32) {
        if other.0.is_empty() {
            return;
        }
        let start = before as usize;
        let end = start + other.0.len();
        if self.0.len() < end {
            self.0.resize(end, 0);
        }
        for (own, more) in self.0.iter_mut().skip(start).zip(&other.0) {
            *own |= more;
        }
    }

    /// The kinds of a row.
    pub(crate) fn of(&self, row: u32) -> impl Iterator<Item = IssueKind> {
        let kinds = self.0.get(row as usize).copied().unwrap_or(0);
        let all = IssueKind::ALL.into_iter();
        all.filter(move |kind| kinds >> (*kind as u32) & 1 == 1)
    }
}

/// Issues in their order; beyond so many, one that is like a kept one only counts there.
#[derive(Debug)]
pub(crate) struct IssueList {
    most: usize,
    issues: Vec<Issue>,
    /// The last kept one of each kind, once no more are kept.
    last: HashMap<Alike, usize>,
    pub(crate) by_row: KindsByRow,
}

impl Default for IssueList {
    fn default() -> Self {
        Self::new(Budget::default().issues)
    }
}

impl IssueList {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            issues: Vec::new(),
            last: HashMap::new(),
            by_row: KindsByRow::default(),
        }
    }

    pub(crate) fn push(&mut self, issue: Issue) {
        // What is said of whole columns is bounded by their number.
        if self.issues.len() < self.most || issue.row.is_none() {
            self.issues.push(issue);
            return;
        }
        if self.last.is_empty() {
            let all = self.issues.iter().enumerate();
            let of_rows = all.filter(|(_, own)| own.row.is_some());
            self.last = of_rows.map(|(at, own)| (alike(own), at)).collect();
        }
        if let Some(row) = issue.row {
            self.by_row.add(row, issue.kind);
        }
        match self.last.get(&alike(&issue)) {
            Some(at) => {
                if let Some(last) = self.issues.get_mut(*at) {
                    last.times += issue.times;
                }
            }
            None => {
                self.last.insert(alike(&issue), self.issues.len());
                self.issues.push(issue);
            }
        }
    }

    /// Adds those of rows that come after so many.
    pub(crate) fn join(&mut self, other: Self, before: u32) {
        self.by_row.join(&other.by_row, before);
        for mut issue in other.issues {
            issue.row = issue.row.map(|row| row.saturating_add(before));
            self.push(issue);
        }
    }

    pub(crate) fn into_parts(self) -> (Vec<Issue>, KindsByRow) {
        (self.issues, self.by_row)
    }
}

impl Extend<Issue> for IssueList {
    fn extend<I: IntoIterator<Item = Issue>>(&mut self, issues: I) {
        for issue in issues {
            self.push(issue);
        }
    }
}

/// The issues of chunks that are worked on at once: whatever comes first, those of the first chunks are kept.
pub(crate) struct Shared {
    most: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    kept: BTreeMap<(u32, Stage), Vec<Issue>>,
    count: usize,
    /// Of each kind that is not kept, the one of the first row, and how many there are.
    beyond: BTreeMap<Alike, Issue>,
    by_row: KindsByRow,
}

/// When issues of a chunk arise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// When raw values are read.
    Raw,
    /// When outliers are treated.
    Treated,
    /// When nodes are scored.
    Scored,
}

impl Shared {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            inner: Mutex::default(),
        }
    }

    /// Adds what arose in a chunk, which begins at a row.
    pub(crate) fn add(&self, start: u32, stage: Stage, issues: Vec<Issue>) {
        if issues.is_empty() {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *inner;
        inner.count += issues.len();
        inner.kept.entry((start, stage)).or_default().extend(issues);
        while inner.count > self.most {
            let over = inner.count - self.most;
            let Some(mut last) = inner.kept.last_entry() else {
                break;
            };
            let own = last.get_mut();
            let dropped = own.split_off(own.len().saturating_sub(over));
            let empty = own.is_empty();
            own.shrink_to_fit();
            if empty {
                last.remove();
            }
            inner.count -= dropped.len();
            for issue in dropped {
                if let Some(row) = issue.row {
                    inner.by_row.add(row, issue.kind);
                }
                match inner.beyond.get_mut(&alike(&issue)) {
                    Some(known) if known.row <= issue.row => known.times += issue.times,
                    Some(known) => {
                        let times = known.times + issue.times;
                        *known = Issue { times, ..issue };
                    }
                    None => {
                        inner.beyond.insert(alike(&issue), issue);
                    }
                }
            }
        }
    }

    /// All of them: the kept ones by chunk, and those that count for others.
    pub(crate) fn finish(self) -> (Vec<Issue>, KindsByRow) {
        let inner = self.inner.into_inner();
        let inner = inner.unwrap_or_else(PoisonError::into_inner);
        let mut kept = IssueList::new(inner.count);
        kept.extend(inner.kept.into_values().flatten());
        kept.extend(inner.beyond.into_values());
        kept.by_row.join(&inner.by_row, 0);
        kept.into_parts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_rows(rows: std::ops::Range<u32>, kind: IssueKind) -> Vec<Issue> {
        rows.map(|row| Issue::row(row, kind)).collect()
    }

    #[test]
    fn the_first_are_kept_and_all_are_counted_in_whatever_order_they_come() {
        let (a, b) = (IssueKind::NotNumeric, IssueKind::OutsideValid);
        let chunks = [
            (0, Stage::Raw, of_rows(0..5, a)),
            (0, Stage::Scored, of_rows(2..4, b)),
            (10, Stage::Raw, of_rows(10..30, a)),
            (40, Stage::Raw, of_rows(40..44, b)),
        ];
        let mut results = Vec::new();
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            let shared = Shared::new(8);
            for at in order {
                let (start, stage, issues) = chunks[at].clone();
                shared.add(start, stage, issues);
            }
            results.push(shared.finish());
        }
        let (issues, by_row) = &results[0];
        assert!(results.iter().all(|own| own == &results[0]));
        assert_eq!(issues.len(), 8);
        let times = |kind| {
            let own = issues.iter().filter(|own| own.kind == kind);
            own.map(|own| own.times).sum::<usize>()
        };
        assert_eq!((times(a), times(b)), (25, 6));
        assert_eq!(by_row.of(29).collect::<Vec<_>>(), [a]);
        assert_eq!(by_row.of(43).collect::<Vec<_>>(), [b]);
        assert_eq!(by_row.of(0).count() + by_row.of(99).count(), 0);
    }

    #[test]
    fn a_kind_that_comes_late_is_named_once() {
        let mut kept = IssueList::new(2);
        kept.extend(of_rows(0..4, IssueKind::NotNumeric));
        kept.push(Issue::whole(IssueKind::NoRows));
        let mut later = IssueList::new(2);
        later.extend(of_rows(0..3, IssueKind::DateInData));
        kept.join(later, 4);
        let (issues, by_row) = kept.into_parts();
        let told: Vec<_> = issues.iter().map(|own| (own.row, own.times)).collect();
        assert_eq!(told, [(Some(0), 1), (Some(1), 3), (None, 1), (Some(4), 3)]);
        assert_eq!(by_row.of(6).collect::<Vec<_>>(), [IssueKind::DateInData]);
    }
}
