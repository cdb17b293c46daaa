//! The rule sets between two: some causes at work and the others not yet.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Cause, CauseKind, Difference};
use crate::base::{Error, NodeIndex, Severity};
use crate::calculus::Methods;
use crate::check::check;
use crate::check::rule_set::Range;
use crate::compile::{Program, compile};
use crate::data::Dataset;
use crate::evaluate::{IndexScores, Scorer};

/// Which causes are at work: one bit each.
pub(super) type State = u128;

/// The most causes that are told apart.
pub(super) const MOST_CAUSES: usize = 100;

/// The data that each side is scored on.
pub(super) struct Sides {
    /// By side of the data file and side of how it is read.
    pub(super) data: [[Arc<Dataset>; 2]; 2],
    /// The year of each data file.
    pub(super) year: [Option<u16>; 2],
    /// The rows of each common region, in the same four.
    pub(super) rows: [[Vec<usize>; 2]; 2],
}

pub(super) struct States<'a> {
    pub(super) difference: &'a Difference,
    pub(super) methods: &'a Methods,
    pub(super) sides: &'a Sides,
    /// The scale that scores are mapped to.
    pub(super) scale: Range,
}

/// The scores of the common regions in one state.
pub(super) struct Values {
    pub(super) index: Vec<Option<f64>>,
    /// Whether a node of each region besides indicators has an issue.
    pub(super) odd: Vec<bool>,
}

/// The states with one cause more or less, by bits.
pub(super) fn bit(at: usize) -> State {
    1 << at.min(127)
}

/// All causes at work.
pub(super) fn all(causes: &[Cause]) -> State {
    (0..causes.len()).fold(0, |state, at| state | bit(at))
}

impl States<'_> {
    /// The rule set of a state; `None` where it does not check.
    pub(super) fn program(&self, causes: &[Cause], state: State) -> Option<Program> {
        let at_work = causes
            .iter()
            .enumerate()
            .filter(|(at, _)| state & bit(*at) != 0);
        let changes = at_work.flat_map(|(_, cause)| &cause.changes);
        let changes: Vec<_> = changes
            .filter_map(|at| self.difference.changes.get(*at))
            .collect();
        let bundle = self.difference.pair.mixed(&changes);
        let rules = check(bundle, self.methods, &[]).ok()?.output;
        compile(rules, self.methods).ok()
    }

    /// The scores of many states, each with whether it checks.
    pub(super) fn values(
        &self,
        causes: &[Cause],
        states: &[State],
    ) -> Result<Vec<Option<Values>>, Error> {
        // An index of each region in each state, and what one of them holds while it is scored.
        const EACH: usize = 24;
        const WORK: usize = 1 << 9;
        let data = self.sides.data.iter().flatten().next();
        let memory = data.map(|own| &own.budget.memory);
        let rows: usize = data.map_or(0, |own| own.rows());
        let each = states.len().saturating_mul(EACH) + rayon::current_num_threads() * WORK;
        let _held = memory
            .map(|own| own.take(rows.saturating_mul(each)))
            .transpose()?;
        let work = states.par_iter();
        work.map(|state| match self.program(causes, *state) {
            Some(program) => self.score(causes, *state, &program).map(Some),
            None => Ok(None),
        })
        .collect()
    }

    fn score(&self, causes: &[Cause], state: State, program: &Program) -> Result<Values, Error> {
        let side = |kind: CauseKind| {
            let found = causes.iter().position(|cause| cause.kind == kind);
            usize::from(found.is_some_and(|at| state & bit(at) != 0))
        };
        let (file, reading) = (side(CauseKind::Data), side(CauseKind::Reading));
        let data = self.sides.data.get(file).and_then(|own| own.get(reading));
        let rows = self.sides.rows.get(file).and_then(|own| own.get(reading));
        let (Some(all), Some(rows)) = (data, rows) else {
            return Ok(Values {
                index: Vec::new(),
                odd: Vec::new(),
            });
        };
        let data = select(all, program);
        let year = self.sides.year.get(file).copied().flatten();
        let rules = program.rules();
        let scorer = if rules.population_asked() {
            Scorer::over(program, &data)?
        } else {
            Scorer::new(program)?
        };
        let IndexScores { index, issues, .. } = scorer.index(&data, year)?;
        let mut odd_rows = vec![false; data.rows()];
        for issue in &issues {
            let parent = |node: NodeIndex| rules.node(node).indicator().is_none();
            if let (Some(row), Some(node)) = (issue.row, issue.node)
                && parent(node)
                && issue.kind.severity() == Severity::Error
                && let Some(odd) = odd_rows.get_mut(row as usize)
            {
                *odd = true;
            }
        }
        let mapped = |value| rules.scale.value.mapped(value, self.scale);
        Ok(Values {
            index: rows.iter().map(|row| index.get(*row).map(mapped)).collect(),
            odd: rows
                .iter()
                .map(|row| odd_rows.get(*row).copied().unwrap_or(false))
                .collect(),
        })
    }
}

/// The columns of a rule set out of data that was read for both.
pub(super) fn select<'d>(all: &'d Dataset, program: &Program) -> Cow<'d, Dataset> {
    let columns = &program.rules().columns;
    let headers = columns.iter().map(|column| &column.header);
    if headers.clone().eq(&all.headers) {
        return Cow::Borrowed(all);
    }
    let wanted = headers.map(|header| all.headers.iter().position(|own| own == header));
    let wanted: Vec<Option<usize>> = wanted.collect();
    let mut data = all.clone();
    data.raw_at = pick(&all.raw_at, &wanted);
    for (chunk, all) in data.chunks.iter_mut().zip(&all.chunks) {
        chunk.columns = pick(&all.columns, &wanted);
        chunk.value_lines = pick(&all.value_lines, &wanted);
    }
    // What is said of a column that only the other side reads is not for this one.
    data.issues.retain(|issue| {
        let of_other = |column: &str| {
            let own = columns.iter().any(|own| own.header == column);
            !own && all.headers.iter().any(|header| header == column)
        };
        !issue.column.as_deref().is_some_and(of_other)
    });
    data.headers = columns.iter().map(|column| column.header.clone()).collect();
    Cow::Owned(data)
}

fn pick<T: Clone + Default>(all: &[T], wanted: &[Option<usize>]) -> Vec<T> {
    if all.is_empty() {
        return Vec::new();
    }
    let of = |at: &Option<usize>| at.and_then(|at| all.get(at)).cloned().unwrap_or_default();
    wanted.iter().map(of).collect()
}

/// Merges causes until every one of them checks alone, and the rest without it.
pub(super) fn merged(states: &States<'_>, mut causes: Vec<Cause>) -> Vec<Cause> {
    while causes.len() > MOST_CAUSES {
        causes = coarser(causes);
    }
    let mut at = 0;
    while at < causes.len() && causes.len() > 1 {
        let whole = all(&causes);
        let alone = states.program(&causes, bit(at)).is_some();
        let without = states.program(&causes, whole & !bit(at)).is_some();
        if alone && without {
            at += 1;
            continue;
        }
        let together = if alone {
            smallest(&causes, bit(at), |state| {
                states.program(&causes, whole & !state).is_some()
            })
        } else {
            smallest(&causes, bit(at), |state| {
                states.program(&causes, state).is_some()
            })
        };
        causes = join(causes, together);
        at = 0;
    }
    causes
}

/// The smallest set of causes around some that is `fine`, taking out one after the other.
pub(super) fn smallest(causes: &[Cause], around: State, fine: impl Fn(State) -> bool) -> State {
    let mut set = all(causes);
    for at in 0..causes.len() {
        let less = set & !bit(at);
        if around & bit(at) == 0 && less != set && fine(less) {
            set = less;
        }
    }
    set
}

/// Makes one cause of several.
pub(super) fn join(causes: Vec<Cause>, together: State) -> Vec<Cause> {
    let mut kept = Vec::new();
    let mut joined: Option<Cause> = None;
    for (at, cause) in causes.into_iter().enumerate() {
        if together & bit(at) == 0 {
            kept.push(cause);
            continue;
        }
        joined = Some(match joined {
            None => cause,
            Some(mut first) => {
                // What comes or goes explains what has to change with it.
                first.kind = match (first.kind, cause.kind) {
                    (CauseKind::Node(id), other) | (other, CauseKind::Node(id)) if !matches!(&other, CauseKind::Node(more) if *more != id) => {
                        CauseKind::Node(id)
                    }
                    _ => CauseKind::Several,
                };
                first.changes.extend(cause.changes);
                first.changes.sort_unstable();
                first
            }
        });
    }
    kept.extend(joined);
    kept.sort_by(|a, b| a.changes.cmp(&b.changes));
    kept
}

/// Joins neighbours, two by two, where there are too many to tell apart.
fn coarser(causes: Vec<Cause>) -> Vec<Cause> {
    let mut left = causes.into_iter();
    let mut joined = Vec::new();
    while let Some(mut first) = left.next() {
        if let Some(second) = left.next() {
            first.kind = CauseKind::Several;
            first.changes.extend(second.changes);
        }
        joined.push(first);
    }
    joined
}
