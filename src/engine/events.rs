//! What happened to an engine, for whoever wants to hear of it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::base::{RuleSetName, Text};

/// How many events are kept for those who are behind.
const KEPT: usize = 1024;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number: one more than that of the event before.
    pub number: u64,
    /// When.
    pub at: SystemTime,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A rule set is scored by other rules, or for the first time.
    Activated {
        /// The rule set.
        rule_set: RuleSetName,
        /// The digest of its rules now.
        digest: String,
        /// The digest before; `None` where there was none.
        before: Option<String>,
    },
    /// The files of a rule set changed, and cannot be used: it goes on with its last good state, if there is one.
    Refused {
        /// The rule set.
        rule_set: RuleSetName,
        /// Why, in one sentence; its status says all.
        why: Text,
    },
    /// The files of a rule set changed, and its own tests run for a while; until they pass it goes on as it was.
    Testing {
        /// The rule set.
        rule_set: RuleSetName,
    },
    /// The files of a rule set are again what it is scored by.
    Mended {
        /// The rule set.
        rule_set: RuleSetName,
    },
    /// A rule set is gone with its files, and no longer scored by.
    Removed {
        /// The rule set.
        rule_set: RuleSetName,
    },
    /// The source of rule files as a whole can not be read, or, without a reason, can be read again.
    Source {
        /// Why it cannot.
        why: Option<Text>,
    },
    /// The engine learns of changes in another way than before.
    Watching {
        /// One word for it, as in [`Watching::name`](super::Watching::name).
        by: &'static str,
        /// Why.
        why: Option<Text>,
    },
}

impl EventKind {
    /// One word for it, as programs read it.
    pub fn name(&self) -> &'static str {
        match self {
            EventKind::Activated { .. } => "activated",
            EventKind::Refused { .. } => "refused",
            EventKind::Testing { .. } => "testing",
            EventKind::Mended { .. } => "mended",
            EventKind::Removed { .. } => "removed",
            EventKind::Source { .. } => "source",
            EventKind::Watching { .. } => "watching",
        }
    }

    /// The rule set it is about.
    pub fn rule_set(&self) -> Option<&RuleSetName> {
        match self {
            EventKind::Activated { rule_set, .. }
            | EventKind::Refused { rule_set, .. }
            | EventKind::Testing { rule_set }
            | EventKind::Mended { rule_set }
            | EventKind::Removed { rule_set } => Some(rule_set),
            EventKind::Source { .. } | EventKind::Watching { .. } => None,
        }
    }
}

/// The last events. Whoever is slow misses some and learns how many; nobody is waited for.
#[derive(Default)]
pub(super) struct Log {
    kept: Mutex<Kept>,
    more: Condvar,
}

#[derive(Default)]
struct Kept {
    events: VecDeque<Event>,
    /// The number of the last one.
    last: u64,
}

impl Log {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, at: SystemTime, kinds: Vec<EventKind>) {
        if kinds.is_empty() {
            return;
        }
        let mut kept = self.kept();
        for kind in kinds {
            kept.last += 1;
            let number = kept.last;
            kept.events.push_back(Event { number, at, kind });
        }
        let over = kept.events.len().saturating_sub(KEPT);
        kept.events.drain(..over);
        self.more.notify_all();
    }

    pub(super) fn subscribe(self: &Arc<Self>, after: Option<u64>) -> Subscription {
        let last = self.kept().last;
        // A number that is still to come is of another engine: all of this one's events are news.
        let after = after.map(|after| if after > last { 0 } else { after });
        Subscription {
            log: self.clone(),
            seen: after.unwrap_or(last),
            missed: 0,
        }
    }
}

/// The events of an engine from now on, or from an earlier one.
///
/// ```
/// use std::time::Duration;
/// use tanggap::{Engine, EventKind, bundle::DiskLoader};
///
/// let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// let mut events = engine.subscribe(None);
/// engine.reload();
/// let event = events.wait(Duration::ZERO).ok_or("nothing happened")?;
/// assert!(matches!(event.kind, EventKind::Activated { .. }));
/// # Ok::<(), &str>(())
/// ```
pub struct Subscription {
    log: Arc<Log>,
    /// The number of the last event that was given.
    seen: u64,
    missed: u64,
}

impl Subscription {
    /// The next event; `None` where none comes within `timeout`.
    pub fn wait(&mut self, timeout: Duration) -> Option<Event> {
        let kept = self.log.kept();
        let (kept, _) = self
            .log
            .more
            .wait_timeout_while(kept, timeout, |kept| kept.last <= self.seen)
            .unwrap_or_else(PoisonError::into_inner);
        let first = kept.events.front()?.number;
        let wanted = (self.seen + 1).max(first);
        let at = usize::try_from(wanted - first).ok()?;
        let event = kept.events.get(at)?.clone();
        self.missed += wanted - self.seen - 1;
        self.seen = wanted;
        Some(event)
    }

    /// How many events were missed since this was last asked: only the last 1,024 are kept.
    pub fn take_missed(&mut self) -> u64 {
        std::mem::take(&mut self.missed)
    }
}
