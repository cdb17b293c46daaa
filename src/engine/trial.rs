//! Families whose own tests take long: they are tried aside, so that the edits of others need not wait for them.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::capture::{Capture, Seen};
use crate::base::{RuleSetName, Stop};

/// How long a reload waits for one family before it goes on with the others.
const PATIENCE: Duration = Duration::from_millis(250);
/// How many families are tried aside at once.
const MOST: usize = 8;

/// The trials under way.
pub(super) struct Trials<F> {
    list: Mutex<Vec<Trial<F>>>,
}

/// One of them, of a family as its files were.
struct Trial<F> {
    names: BTreeSet<RuleSetName>,
    seen: BTreeMap<RuleSetName, Seen>,
    stop: Stop,
    slot: Arc<Slot<F>>,
}

/// Where the result of a trial is put.
struct Slot<F> {
    state: Mutex<State<F>>,
    ended: Condvar,
}

struct State<F> {
    /// What was made, until somebody takes it.
    made: Option<Result<F, Ended>>,
    is_over: bool,
    /// Whether nobody waits for it.
    is_aside: bool,
}

/// A trial that ended without a result, which none should.
struct Ended;

/// What there is of a family.
pub(super) enum Tried<F> {
    /// It is made.
    Made(F),
    /// It ended without a result.
    Ended,
    /// Its tests still run.
    Running,
    /// Too many others are tried.
    Waiting,
}

impl<F> Default for Trials<F> {
    fn default() -> Self {
        Self {
            list: Mutex::default(),
        }
    }
}

impl<F: Send + 'static> Trials<F> {
    fn list(&self) -> MutexGuard<'_, Vec<Trial<F>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries a family as its files are in a capture: `make` does the work, and `told` is called at its end where that took
    /// longer than anyone waited. Whatever is tried of other families with a rule set of this one, or with other files, is
    /// stopped.
    pub(super) fn of(
        &self,
        names: &BTreeSet<RuleSetName>,
        capture: &Capture,
        make: impl FnOnce(&Stop) -> F + Send + 'static,
        told: impl FnOnce() + Send + 'static,
    ) -> Tried<F> {
        let seen = seen(names, capture);
        let mut list = self.list();
        list.retain(|trial| {
            let same = trial.names == *names && trial.seen == seen;
            let kept = same || trial.names.is_disjoint(names);
            if !kept {
                trial.stop.now();
            }
            kept
        });
        if let Some(at) = list.iter().position(|trial| trial.names == *names) {
            let Some(made) = list.get(at).and_then(|trial| trial.slot.take()) else {
                return Tried::Running;
            };
            list.swap_remove(at);
            return made.map_or_else(|_| Tried::Ended, Tried::Made);
        }
        let trial = Trial {
            names: names.clone(),
            seen,
            stop: Stop::default(),
            slot: Arc::new(Slot::default()),
        };
        let (stop, slot) = (trial.stop.clone(), trial.slot.clone());
        let work = move || {
            let made = catch_unwind(AssertUnwindSafe(|| make(&stop)));
            if slot.put(made.map_err(|_| Ended)) && !stop.is_told() {
                told();
            }
        };
        let thread = std::thread::Builder::new().name("tanggap-trial".to_owned());
        if thread.spawn(work).is_err() {
            return Tried::Waiting;
        }
        match trial.slot.wait(PATIENCE) {
            Some(made) => made.map_or_else(|_| Tried::Ended, Tried::Made),
            None if list.len() < MOST => {
                list.push(trial);
                Tried::Running
            }
            None => {
                trial.stop.now();
                Tried::Waiting
            }
        }
    }

    /// Stops the trials of all but some families.
    pub(super) fn only(&self, families: &[BTreeSet<RuleSetName>]) {
        self.list().retain(|trial| {
            let wanted = families.contains(&trial.names);
            if !wanted {
                trial.stop.now();
            }
            wanted
        });
    }

    /// Waits until one of the trials under way ends; `false` where there is none.
    pub(super) fn wait(&self) -> bool {
        let first = self.list().first().map(|trial| trial.slot.clone());
        let Some(slot) = first else {
            return false;
        };
        slot.wait_for_end();
        true
    }
}

impl<F> Default for Slot<F> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                made: None,
                is_over: false,
                is_aside: false,
            }),
            ended: Condvar::new(),
        }
    }
}

impl<F> Slot<F> {
    fn state(&self) -> MutexGuard<'_, State<F>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what was made, and says whether nobody waits for it.
    fn put(&self, made: Result<F, Ended>) -> bool {
        let mut state = self.state();
        state.made = Some(made);
        state.is_over = true;
        self.ended.notify_all();
        state.is_aside
    }

    fn take(&self) -> Option<Result<F, Ended>> {
        self.state().made.take()
    }

    /// What is made within a time; after that nobody waits for it.
    fn wait(&self, time: Duration) -> Option<Result<F, Ended>> {
        let going_on = |state: &mut State<F>| !state.is_over;
        let waited = self.ended.wait_timeout_while(self.state(), time, going_on);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_aside = true;
        state.made.take()
    }

    fn wait_for_end(&self) {
        let going_on = |state: &mut State<F>| !state.is_over;
        let waited = self.ended.wait_while(self.state(), going_on);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

fn seen(names: &BTreeSet<RuleSetName>, capture: &Capture) -> BTreeMap<RuleSetName, Seen> {
    let seen = |name: &RuleSetName| capture.sets.get(name).map(|own| own.seen.clone());
    let names = names.iter();
    names
        .map(|name| (name.clone(), seen(name).unwrap_or(Seen::Gone)))
        .collect()
}
