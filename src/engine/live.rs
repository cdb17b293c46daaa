//! What is scored by: one table of all rule sets behind an atomic pointer, so that readers never wait and never see half
//! of a change.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;

use super::Engine;
use super::capture::Seen;
use super::events::{EventKind, Log, Subscription};
use super::reload::Family;
use super::status::{Active, RuleSetStatus, Standing, Status, Trouble, Unavailable, Watching};
use super::trial::Trials;
use crate::base::{Error, RuleSetName, suggest};
use crate::bundle::Unread;

/// All rule sets with their standing, at one moment.
#[derive(Clone, Default)]
pub(super) struct Table {
    pub(super) sets: BTreeMap<RuleSetName, Entry>,
    pub(super) looked: Option<SystemTime>,
    pub(super) reloads: u64,
    pub(super) trouble: Option<Arc<Error>>,
    pub(super) watching: Watching,
    pub(super) unread: Arc<[Unread]>,
}

/// One of them.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) active: Option<Arc<Active>>,
    pub(super) cases: usize,
    pub(super) trouble: Option<Trouble>,
    pub(super) attempted: SystemTime,
    /// Its files, when they were last taken up or tried to be.
    pub(super) seen: Seen,
    pub(super) extends: Option<RuleSetName>,
    /// Whether it had a seal once and has none any more.
    pub(super) unsealed: bool,
    /// Since when it is tried aside.
    pub(super) testing: Option<SystemTime>,
}

impl Entry {
    /// One of which nothing is known yet.
    pub(super) fn awaited(now: SystemTime) -> Self {
        Self {
            active: None,
            cases: 0,
            trouble: None,
            attempted: now,
            seen: Seen::Gone,
            extends: None,
            unsealed: false,
            testing: None,
        }
    }
}

impl Table {
    fn status(&self, name: &RuleSetName, entry: &Entry) -> RuleSetStatus {
        let source = self.trouble.clone().map(Trouble::Host);
        RuleSetStatus {
            name: name.clone(),
            active: entry.active.clone(),
            cases: entry.cases,
            attempted: entry.attempted,
            trouble: entry.trouble.clone().or(source),
            unsealed: entry.unsealed,
            testing: entry.testing,
        }
    }
}

/// What of an engine changes.
#[derive(Default)]
pub(super) struct Live {
    table: ArcSwap<Table>,
    reloading: Mutex<()>,
    /// What was scored by before. It is freed by whoever reloads, once nobody has it any more, so that no reader pays for
    /// that.
    retired: Mutex<Vec<Arc<Active>>>,
    pub(super) trials: Trials<Family>,
    log: Arc<Log>,
    refuse_stale: bool,
}

impl Live {
    pub(super) fn new(refuse_stale: bool) -> Self {
        Self {
            refuse_stale,
            ..Self::default()
        }
    }

    /// Waits until nobody else reloads.
    pub(super) fn reloading(&self) -> MutexGuard<'_, ()> {
        self.reloading
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Puts another table in the place of what there is; only whoever holds [`reloading`](Self::reloading) may.
    pub(super) fn put(&self, mut table: Table, events: Vec<EventKind>) {
        let old = self.table();
        table.watching = old.watching.clone();
        let at = table.looked.unwrap_or(SystemTime::UNIX_EPOCH);
        let still = |active: &Arc<Active>| {
            let mut now = table
                .sets
                .values()
                .filter_map(|entry| entry.active.as_ref());
            now.any(|own| Arc::ptr_eq(own, active))
        };
        let before = old.sets.values().filter_map(|entry| entry.active.clone());
        let gone: Vec<Arc<Active>> = before.filter(|active| !still(active)).collect();
        self.table.store(Arc::new(table));
        drop(old);
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.extend(gone);
        retired.retain(|active| Arc::strong_count(active) > 1);
        drop(retired);
        self.log.add(at, events);
    }

    /// Keeps everything as it is, since the source cannot be read.
    pub(super) fn source_trouble(&self, now: SystemTime, error: Error) {
        let old = self.table();
        let known = old.trouble.as_ref().map(ToString::to_string);
        let why = error.message().clone();
        let news = known.as_deref() != Some(error.to_string().as_str());
        let table = Table {
            looked: Some(now),
            reloads: old.reloads + u64::from(news),
            trouble: Some(Arc::new(error)),
            ..(*old).clone()
        };
        let events = news.then_some(EventKind::Source { why: Some(why) });
        self.put(table, events.into_iter().collect());
    }
}

impl Engine {
    /// What a rule set is scored by, now. Keep it for as long as a request takes: it stays as it is, whatever happens to the
    /// files. Takes no lock, and never waits for a [reload](Engine::reload).
    ///
    /// # Errors
    /// When there is no such rule set, when it has never been in order, or when it is stale and the engine
    /// [refuses](super::EngineBuilder::refuse_stale) that.
    pub fn active(&self, name: &RuleSetName) -> Result<Arc<Active>, Unavailable> {
        let table = self.live().table.load();
        Ok(self.usable(&table, name)?.1.clone())
    }

    fn usable<'t>(
        &self,
        table: &'t Table,
        name: &RuleSetName,
    ) -> Result<(&'t Entry, &'t Arc<Active>), Unavailable> {
        let Some(entry) = table.sets.get(name) else {
            let of_index = |own: &&Unread| own.index.as_deref() == Some(name.index.as_str());
            if let Some(own) = table.unread.iter().find(of_index) {
                return Err(Unavailable::Unreadable(own.message()));
            }
            let known: Vec<String> = table.sets.keys().map(ToString::to_string).collect();
            let known = known.iter().map(String::as_str);
            let help = suggest::help(&name.to_string(), known);
            return Err(Unavailable::Unknown(name.to_string(), help));
        };
        let Some(active) = &entry.active else {
            return Err(Unavailable::Failed(table.status(name, entry)));
        };
        let stale = entry.trouble.is_some() || table.trouble.is_some();
        if stale && self.live().refuse_stale {
            return Err(Unavailable::Stale(table.status(name, entry)));
        }
        Ok((entry, active))
    }

    /// What a rule set is scored by, with how it stands at that very moment.
    ///
    /// # Errors
    /// As [`active`](Self::active).
    pub fn active_with_status(
        &self,
        name: &RuleSetName,
    ) -> Result<(Arc<Active>, RuleSetStatus), Unavailable> {
        let table = self.live().table.load();
        let (entry, active) = self.usable(&table, name)?;
        Ok((active.clone(), table.status(name, entry)))
    }

    /// How the engine stands: what is scored by, since when, and what is wrong with files that are not.
    ///
    /// ```
    /// use tanggap::{Engine, Standing, bundle::DiskLoader};
    ///
    /// let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
    /// engine.reload();
    /// let status = engine.status();
    /// assert!(status.rule_sets.iter().all(|own| own.standing() == Standing::Fresh));
    /// ```
    pub fn status(&self) -> Status {
        let table = self.live().table();
        let sets = table.sets.iter();
        Status {
            rule_sets: sets
                .map(|(name, entry)| table.status(name, entry))
                .collect(),
            looked: table.looked,
            reloads: table.reloads,
            trouble: table.trouble.clone(),
            watching: table.watching.clone(),
            unread: table.unread.to_vec(),
        }
    }

    /// Whether requests may come in: some rule set is scored by, and none is stale where that is refused.
    pub fn is_ready(&self) -> bool {
        let status = self.status();
        let mut sets = status.rule_sets.iter();
        let some = sets.any(|own| own.active.is_some());
        let stale = |own: &RuleSetStatus| own.standing() == Standing::Stale;
        some && !(self.live().refuse_stale && status.rule_sets.iter().any(stale))
    }

    /// The events from now on; with a number, those after that event.
    pub fn subscribe(&self, after: Option<u64>) -> Subscription {
        self.live().log.subscribe(after)
    }

    /// States how the engine learns of changes: for whoever watches its files.
    pub fn set_watching(&self, watching: Watching) {
        let _one_at_a_time = self.live().reloading();
        let old = self.live().table();
        if old.watching == watching {
            return;
        }
        let event = EventKind::Watching {
            by: watching.name(),
            why: watching.reason().cloned(),
        };
        let table = Table {
            watching,
            ..(*old).clone()
        };
        self.live().table.store(Arc::new(table));
        self.live().log.add(self.now(), vec![event]);
    }
}
