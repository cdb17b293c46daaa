//! Taking up what changed: families of rule sets change together or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::capture::{Capture, Seen};
use super::events::EventKind;
use super::live::{Entry, Table};
use super::status::{Active, Trouble};
use super::trial::Tried;
use super::{BuildError, Engine};
use crate::base::language::text;
use crate::base::{Diagnostics, Error, ErrorKind, RuleSetName, Stop};
use crate::bundle::{Bundle, Loader, Unread, load};
use crate::compile::Program;
use crate::testing::{Prepared, Tested, failure_diagnostic, read_suite};

/// How often a reload begins anew because files changed under it.
const ROUNDS: usize = 8;

/// What became of a reload.
#[derive(Clone, Debug, Default)]
pub struct Reload {
    /// The rule sets that are scored by other rules now, or for the first time.
    pub activated: Vec<RuleSetName>,
    /// Those whose files changed and cannot be used.
    pub refused: Vec<RuleSetName>,
    /// Those that are gone.
    pub removed: Vec<RuleSetName>,
    /// Those whose own tests still run; they are taken up when they pass.
    pub testing: Vec<RuleSetName>,
    /// Whether files changed again and again under the reload, so that not everything was taken up.
    pub unsettled: bool,
}

impl Reload {
    /// Whether anything changed; tests that still run change nothing yet.
    pub fn is_nothing(&self) -> bool {
        self.activated.is_empty()
            && self.refused.is_empty()
            && self.removed.is_empty()
            && !self.unsettled
    }

    /// What became of rule sets from one table to another.
    fn between(before: &Table, after: &Table) -> Self {
        let mut reload = Self::default();
        for (name, now) in &after.sets {
            let was = before.sets.get(name);
            let active = was.and_then(|was| was.active.as_ref()).map(Arc::as_ptr);
            if now.active.as_ref().map(Arc::as_ptr) != active {
                reload.activated.push(name.clone());
            }
            let anew = was.is_none_or(|was| was.attempted != now.attempted);
            if now.trouble.is_some() && anew {
                reload.refused.push(name.clone());
            }
        }
        let gone = before.sets.keys();
        let gone = gone.filter(|name| !after.sets.contains_key(*name));
        reload.removed.extend(gone.cloned());
        reload
    }
}

/// What the files of a rule set make, and how many of its own cases that has passed.
struct Built {
    active: Arc<Active>,
    cases: usize,
    /// Whether it is scored by already.
    is_known: bool,
}

/// One rule set of a family that is taken up.
struct Member {
    built: Result<Built, Trouble>,
    /// Those whose files it is made of, itself included.
    layers: Vec<RuleSetName>,
    extends: Option<RuleSetName>,
}

impl Engine {
    /// Takes up what changed in the rule files: loads, checks and compiles it and runs its own tests; only what
    /// passes all of it is scored by, from one moment to the next. Whatever is not in order leaves the rule sets of its
    /// family (those joined by `extends`) as they are, and their [status](Engine::status) says why. A rule set that has never
    /// been in order holds back only those that are built on it.
    ///
    /// Files are read twice, before and after: where they differ, the reload begins anew, so that no mixture of two
    /// states is taken up.
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    /// use tanggap::{Engine, bundle::MemoryLoader};
    ///
    /// let index = |weight: u32| format!(
    ///     "title = 'Contoh'\nstatus = 'draft'\nscale = [0, 100]\n\
    ///      [indicator.a]\nweight = {weight}\nworst = 0\nbest = 1\n[indicator.b]\nweight = 1\nworst = 0\nbest = 1\n"
    /// );
    /// let files = Arc::new(RwLock::new(MemoryLoader::new([("contoh/2024/index.toml", index(1))])));
    /// let engine = Engine::builder().loader(files.clone()).build();
    /// engine.reload();
    /// let name = "contoh/2024".parse()?;
    /// let before = engine.active(&name)?;
    ///
    /// files.write().map_err(|_| "poisoned")?.set("contoh/2024/index.toml", index(3));
    /// assert_eq!(engine.reload().activated, [name.clone()]);
    /// assert_ne!(engine.active(&name)?.rules_digest(), before.rules_digest());
    ///
    /// files.write().map_err(|_| "poisoned")?.set("contoh/2024/index.toml", "weight = 0,5");
    /// assert_eq!(engine.reload().refused, [name.clone()]);
    /// assert!(engine.active(&name).is_ok(), "the last good one stays");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reload(&self) -> Reload {
        let before = self.live().table();
        let mut reload = self.reload_aside();
        if reload.testing.is_empty() {
            return reload;
        }
        while !reload.testing.is_empty() && self.live().trials.wait() {
            reload = self.reload_aside();
        }
        // What runs aside is taken up by whoever is first to see that it passed.
        Reload {
            testing: reload.testing,
            unsettled: reload.unsettled,
            ..Reload::between(&before, &self.live().table())
        }
    }

    /// As [`reload`](Self::reload), but does not wait for families whose own tests take long: those run aside, are taken up
    /// as soon as they pass, and begin anew when their files change. Until then their
    /// [status](crate::RuleSetStatus::testing) says so.
    pub fn reload_aside(&self) -> Reload {
        let _one_at_a_time = self.live().reloading();
        let now = self.now();
        self.settled(now).unwrap_or_else(|error| {
            self.live().source_trouble(now, error);
            Reload::default()
        })
    }

    /// Stops whatever tests run aside. The next reload begins them anew.
    pub fn stop_tests(&self) {
        self.live().trials.only(&[]);
    }

    /// Reads until what was built is what the files are. Families whose files change again and again do not hold up the
    /// others.
    fn settled(&self, now: SystemTime) -> Result<Reload, Error> {
        let mut capture = Arc::new(self.capture()?);
        let mut reload = Reload::default();
        for _ in 0..ROUNDS {
            let old = self.live().table();
            let (families, testing) = self.taken_up(&old, &capture, now);
            reload.testing = testing;
            let again = if families.is_empty() {
                None
            } else {
                Some(Arc::new(self.capture()?))
            };
            let moved = again.as_ref().map(|again| capture.differs(again));
            let moved = moved.unwrap_or_default();
            let settled = families.into_iter();
            let settled = settled
                .filter(|family| family.names.is_disjoint(&moved))
                .collect();
            let unread = &again.as_ref().unwrap_or(&capture).unread;
            self.commit(&old, (settled, unread), now, &mut reload);
            match again {
                Some(again) if !moved.is_empty() => capture = again,
                _ => return Ok(reload),
            }
        }
        reload.unsettled = true;
        self.unsettled(&capture, &reload.testing, now);
        Ok(reload)
    }

    /// Puts what was built in the place of what there was.
    fn commit(
        &self,
        old: &Table,
        (families, unread): (Vec<Family>, &[Unread]),
        now: SystemTime,
        reload: &mut Reload,
    ) {
        let mut table = Table {
            looked: Some(now),
            trouble: None,
            unread: unread.into(),
            reloads: old.reloads + u64::from(!families.is_empty()),
            ..old.clone()
        };
        let mut events = Vec::new();
        for (name, entry) in &mut table.sets {
            entry.testing = entry.testing.filter(|_| reload.testing.contains(name));
        }
        for name in &reload.testing {
            let new = || Entry::awaited(now);
            let entry = table.sets.entry(name.clone()).or_insert_with(new);
            if entry.testing.is_none() {
                entry.testing = Some(now);
                let rule_set = name.clone();
                events.push(EventKind::Testing { rule_set });
            }
        }
        if old.trouble.is_some() {
            events.push(EventKind::Source { why: None });
        }
        for family in families {
            for (name, entry) in family.entries {
                match entry {
                    Some(entry) => table.sets.insert(name, entry),
                    None => table.sets.remove(&name),
                };
            }
            reload.activated.extend(family.reload.activated);
            reload.refused.extend(family.reload.refused);
            reload.removed.extend(family.reload.removed);
            events.extend(family.events);
        }
        self.live().put(table, events);
    }

    /// Says of what keeps changing that it is not taken up.
    fn unsettled(&self, capture: &Capture, testing: &[RuleSetName], now: SystemTime) {
        let old = self.live().table();
        let mut table = (*old).clone();
        let mut events = Vec::new();
        for name in changed(&old, capture) {
            if testing.contains(&name) {
                continue;
            }
            let Some(entry) = table.sets.get_mut(&name) else {
                continue;
            };
            if !matches!(entry.trouble, Some(Trouble::Unsettled)) {
                let why = Trouble::Unsettled.summary();
                events.push(EventKind::Refused {
                    rule_set: name,
                    why,
                });
            }
            entry.trouble = Some(Trouble::Unsettled);
            entry.attempted = now;
        }
        self.live().put(table, events);
    }

    fn capture(&self) -> Result<Capture, Error> {
        let table = self.live().table();
        let had = &table.sets;
        let capture = Capture::take(self.loader(), had.keys())?;
        if capture.sets.is_empty() && had.values().any(|entry| entry.active.is_some()) {
            // A folder that is not mounted yet looks like this; nobody takes all rule sets away on purpose.
            return Err(Error::new(
                ErrorKind::Io,
                text!(
                    "semua perangkat aturan hilang sekaligus",
                    "all rule sets are gone at once"
                ),
            )
            .with_help(text!(
                "apakah folder aturannya masih di sana? aturan terakhir tetap dipakai",
                "is the folder of rules still there? the last rules stay in use"
            )));
        }
        Ok(capture)
    }

    /// What a capture makes of the families that changed, and the rule sets of those whose tests still run.
    fn taken_up(
        &self,
        old: &Arc<Table>,
        capture: &Arc<Capture>,
        now: SystemTime,
    ) -> (Vec<Family>, Vec<RuleSetName>) {
        let changed = changed(old, capture);
        let mut bundles: BTreeMap<RuleSetName, Result<Bundle, Trouble>> = BTreeMap::new();
        for name in changed
            .iter()
            .filter(|name| capture.sets.contains_key(*name))
        {
            bundles.insert(name.clone(), files_of(capture, name));
        }
        let families = families(old, capture, &bundles, &changed);
        let trials = &self.live().trials;
        trials.only(&families);
        let (mut made, mut testing) = (Vec::new(), Vec::new());
        for names in families {
            let known = names.iter().filter_map(|name| bundles.remove_entry(name));
            let mut known = known.collect();
            let own = (self.clone(), old.clone(), capture.clone(), names.clone());
            let make = move |stop: &Stop| {
                let (engine, old, capture, names) = own;
                engine.family(&old, &capture, names, &mut known, now, stop)
            };
            let engine = self.clone();
            let told = move || drop(engine.reload_aside());
            match trials.of(&names, capture, make, told) {
                Tried::Made(family) => made.push(family),
                Tried::Ended => made.push(Family::lost(old, capture, names, now)),
                Tried::Running | Tried::Waiting => testing.extend(names),
            }
        }
        (made, testing)
    }

    /// Takes a family up.
    fn family(
        &self,
        old: &Table,
        capture: &Capture,
        names: BTreeSet<RuleSetName>,
        bundles: &mut BTreeMap<RuleSetName, Result<Bundle, Trouble>>,
        now: SystemTime,
        stop: &Stop,
    ) -> Family {
        let mut members = BTreeMap::new();
        for name in names.iter().filter(|name| capture.sets.contains_key(*name)) {
            let bundle = bundles.remove(name);
            let bundle = bundle.unwrap_or_else(|| files_of(capture, name));
            members.insert(name, self.member(old, capture, name, bundle, stop));
        }
        let troubled = |name: &&RuleSetName| {
            let member = members.get(*name);
            member.is_some_and(|member| member.built.is_err())
        };
        let was_good = |name: &&RuleSetName| {
            let entry = old.sets.get(*name);
            entry.is_some_and(|entry| entry.active.is_some())
        };
        let broken: Vec<&RuleSetName> = names.iter().filter(troubled).collect();
        // What has never been in order breaks nobody but those that are built on it.
        let breaks_all: Vec<&RuleSetName> = broken.iter().copied().filter(was_good).collect();
        let mut family = Family::default();
        for name in &names {
            let entry = old.sets.get(name);
            let Some(member) = members.remove(name) else {
                if let Some(entry) = entry {
                    let held = breaks_all.iter().map(|name| (*name).clone()).collect();
                    family.leave(name, entry, held, now, self.removal_patience());
                }
                continue;
            };
            let below = |other: &&&RuleSetName| member.layers.contains(**other);
            let mut blocking: BTreeSet<RuleSetName> =
                breaks_all.iter().map(|name| (*name).clone()).collect();
            blocking.extend(broken.iter().filter(below).map(|name| (*name).clone()));
            let before = entry.and_then(|entry| entry.active.clone());
            let cases = entry.map_or(0, |entry| entry.cases);
            let (active, cases, trouble) = match member.built {
                Err(trouble) => (before, cases, Some(trouble)),
                Ok(built) if built.is_known || blocking.is_empty() => {
                    (Some(built.active), built.cases, None)
                }
                Ok(_) => {
                    let blocking = blocking.into_iter().collect();
                    (before, cases, Some(Trouble::HeldBack(blocking)))
                }
            };
            family.tell(name, entry, &active, &trouble);
            let seen = capture.sets.get(name).map(|own| own.seen.clone());
            // What a broken file extends cannot be read off it; it belongs to its family all the same.
            let known = entry.and_then(|entry| entry.extends.clone());
            let known = known.filter(|_| trouble.is_some());
            // A seal that is taken away unlocks what it has locked; that is shown until there is one again.
            let sealed = |active: &Arc<Active>| active.bundle.seal.is_some();
            let was_sealed = entry
                .is_some_and(|entry| entry.unsealed || entry.active.as_ref().is_some_and(sealed));
            let new = Entry {
                unsealed: was_sealed && !active.as_ref().is_some_and(sealed),
                active,
                cases,
                trouble,
                attempted: now,
                seen: seen.unwrap_or(Seen::Gone),
                extends: member.extends.or(known),
                testing: None,
            };
            family.entries.push((name.clone(), Some(new)));
        }
        family.names = names;
        family
    }

    /// Takes one rule set through the stages and its own tests.
    fn member(
        &self,
        old: &Table,
        capture: &Capture,
        name: &RuleSetName,
        bundle: Result<Bundle, Trouble>,
        stop: &Stop,
    ) -> Member {
        let bundle = match bundle {
            Ok(bundle) => bundle,
            Err(trouble) => {
                return Member {
                    built: Err(trouble),
                    layers: Vec::new(),
                    extends: None,
                };
            }
        };
        let entry = old.sets.get(name);
        Member {
            layers: bundle.layers.clone(),
            extends: bundle.extends.clone(),
            built: self.built(entry, capture, bundle, stop),
        }
    }

    fn built(
        &self,
        entry: Option<&Entry>,
        capture: &Capture,
        bundle: Bundle,
        stop: &Stop,
    ) -> Result<Built, Trouble> {
        let name = bundle.name.clone();
        let before = entry.and_then(|entry| entry.active.as_ref());
        let before = before.filter(|own| own.bundle.files_digest == bundle.files_digest);
        let tests = |seen: &Seen| match seen {
            Seen::Files(_, tests) => Some(*tests),
            _ => None,
        };
        let now = capture.sets.get(&name).and_then(|own| tests(&own.seen));
        if let (Some(before), Some(entry)) = (before, entry) {
            let good = entry.trouble.is_none() && now.is_some();
            let cases = if good && tests(&entry.seen) == now {
                entry.cases
            } else {
                self.passes(capture, &before.bundle, &before.program, stop)?
            };
            return Ok(Built {
                active: before.clone(),
                cases,
                is_known: true,
            });
        }
        let trouble = |error: BuildError| match error {
            BuildError::Rules(found) => Trouble::Rules(Arc::new(found)),
            BuildError::Host(error) => Trouble::Host(Arc::new(error)),
        };
        let checked = self.check_bundle(bundle.clone()).map_err(trouble)?;
        let compiled = self.compiled(checked).map_err(trouble)?;
        let cases = self.passes(capture, &bundle, &compiled.output, stop)?;
        let active = Active {
            program: compiled.output,
            bundle,
            warnings: compiled.warnings,
            since: self.now(),
        };
        Ok(Built {
            active: Arc::new(active),
            cases,
            is_known: false,
        })
    }

    /// Runs the own tests of a rule set, and gives how many passed.
    fn passes(
        &self,
        capture: &Capture,
        bundle: &Bundle,
        program: &Program,
        stop: &Stop,
    ) -> Result<usize, Trouble> {
        let rules = program.rules();
        let files = capture.tests(&rules.name);
        let Some(files) = files.map_err(|error| Trouble::Host(Arc::new(error)))? else {
            return Ok(0);
        };
        let wrong = |found| Trouble::Tests(Arc::new(found));
        let suite = read_suite(rules, files).map_err(wrong)?;
        let registry = self.registry();
        let (methods, readers) = (&registry.methods, &registry.readers);
        let prepared = Prepared::until(stop, &suite, bundle, Some(program), methods, readers);
        let outcomes = prepared.map_err(wrong)?.outcomes();
        let tested = Tested {
            rules,
            suite: &suite,
            outcomes: &outcomes,
        };
        let mut found = Vec::new();
        for (case, outcome) in tested.cases() {
            let failures = outcome.failures.iter();
            found.extend(failures.map(|failure| failure_diagnostic(rules, case, failure)));
        }
        if found.is_empty() {
            return Ok(outcomes.len());
        }
        Err(wrong(Diagnostics::new(found, suite.sources.clone())))
    }
}

/// The files of a rule set with its bases, or why there is none.
fn files_of(capture: &Capture, name: &RuleSetName) -> Result<Bundle, Trouble> {
    if let Some(error) = capture.unreadable(name) {
        return Err(Trouble::Host(error));
    }
    load(capture, name).map_err(|error| Trouble::Host(Arc::new(error)))
}

/// The rule sets whose files are not as they were, and those whose files are gone for a while.
fn changed(old: &Table, capture: &Capture) -> BTreeSet<RuleSetName> {
    let names = capture.sets.keys().chain(old.sets.keys());
    let changed = names.filter(|name| {
        let seen = capture.sets.get(*name).map_or(&Seen::Gone, |own| &own.seen);
        let entry = old.sets.get(*name);
        let waits =
            |entry: &Entry| matches!(entry.trouble, Some(Trouble::Gone | Trouble::Unsettled));
        entry.is_none_or(|entry| entry.seen != *seen || waits(entry))
    });
    changed.cloned().collect()
}

/// The families of what changed: joined by `extends`, as it is and as it was.
fn families(
    old: &Table,
    capture: &Capture,
    bundles: &BTreeMap<RuleSetName, Result<Bundle, Trouble>>,
    changed: &BTreeSet<RuleSetName>,
) -> Vec<BTreeSet<RuleSetName>> {
    let mut joined: BTreeMap<&RuleSetName, BTreeSet<&RuleSetName>> = BTreeMap::new();
    let known =
        |name: &&RuleSetName| capture.sets.contains_key(*name) || old.sets.contains_key(*name);
    for name in capture.sets.keys().chain(old.sets.keys()) {
        let before = old.sets.get(name).and_then(|entry| entry.extends.as_ref());
        let after = bundles.get(name).and_then(|bundle| bundle.as_ref().ok());
        let after = after.and_then(|bundle| bundle.extends.as_ref());
        for base in before.into_iter().chain(after).filter(known) {
            joined.entry(name).or_default().insert(base);
            joined.entry(base).or_default().insert(name);
        }
    }
    let mut families: Vec<BTreeSet<RuleSetName>> = Vec::new();
    for name in changed {
        if families.iter().any(|family| family.contains(name)) {
            continue;
        }
        let (mut family, mut next) = (BTreeSet::new(), vec![name]);
        while let Some(name) = next.pop() {
            if family.insert(name.clone()) {
                next.extend(joined.get(name).into_iter().flatten());
            }
        }
        families.push(family);
    }
    families
}

/// What becomes of a family.
#[derive(Default)]
pub(super) struct Family {
    names: BTreeSet<RuleSetName>,
    /// The new standing of each; nothing for those that are gone.
    entries: Vec<(RuleSetName, Option<Entry>)>,
    reload: Reload,
    events: Vec<EventKind>,
}

impl Family {
    /// A family of which nothing can be said, since trying it ended for no reason that it knows.
    fn lost(old: &Table, capture: &Capture, names: BTreeSet<RuleSetName>, now: SystemTime) -> Self {
        let mut family = Self::default();
        let error = Error::new(
            ErrorKind::Io,
            text!(
                "pengujian berhenti tanpa diduga",
                "the tests ended unexpectedly"
            ),
        );
        let trouble = Some(Trouble::Host(Arc::new(error)));
        for name in &names {
            let entry = old.sets.get(name);
            let before = entry.cloned().unwrap_or_else(|| Entry::awaited(now));
            family.tell(name, entry, &before.active, &trouble);
            let seen = capture.sets.get(name).map(|own| own.seen.clone());
            let lost = Entry {
                trouble: trouble.clone(),
                attempted: now,
                seen: seen.unwrap_or(Seen::Gone),
                testing: None,
                ..before
            };
            family.entries.push((name.clone(), Some(lost)));
        }
        family.names = names;
        family
    }

    /// Takes a rule set out whose files are gone, unless its family is held back or it may come again.
    fn leave(
        &mut self,
        name: &RuleSetName,
        entry: &Entry,
        held: Vec<RuleSetName>,
        now: SystemTime,
        patience: Duration,
    ) {
        let waiting = matches!(entry.trouble, Some(Trouble::Gone));
        let gone = if waiting { entry.attempted } else { now };
        let over = now.duration_since(gone).unwrap_or_default() >= patience;
        if entry.active.is_none() || (held.is_empty() && over) {
            self.entries.push((name.clone(), None));
            self.reload.removed.push(name.clone());
            let rule_set = name.clone();
            self.events.push(EventKind::Removed { rule_set });
            return;
        }
        let trouble = Some(if held.is_empty() {
            Trouble::Gone
        } else {
            Trouble::HeldBack(held)
        });
        self.tell(name, Some(entry), &entry.active, &trouble);
        let kept = Entry {
            trouble,
            attempted: gone,
            seen: Seen::Gone,
            ..entry.clone()
        };
        self.entries.push((name.clone(), Some(kept)));
    }

    /// Tells what became of a rule set, where that is news.
    fn tell(
        &mut self,
        name: &RuleSetName,
        entry: Option<&Entry>,
        active: &Option<Arc<Active>>,
        trouble: &Option<Trouble>,
    ) {
        let rule_set = name.clone();
        let before = entry.and_then(|entry| entry.active.as_ref());
        let known = entry.and_then(|entry| entry.trouble.as_ref());
        match (active, trouble) {
            (_, Some(trouble)) => {
                self.reload.refused.push(name.clone());
                if !known.is_some_and(|known| known.is_like(trouble)) {
                    let why = trouble.summary();
                    self.events.push(EventKind::Refused { rule_set, why });
                }
            }
            (Some(active), None) if before.is_some_and(|before| Arc::ptr_eq(before, active)) => {
                if known.is_some() {
                    self.events.push(EventKind::Mended { rule_set });
                }
            }
            (Some(active), None) => {
                self.reload.activated.push(name.clone());
                self.events.push(EventKind::Activated {
                    rule_set,
                    digest: active.rules_digest().to_owned(),
                    before: before.map(|before| before.rules_digest().to_owned()),
                });
            }
            (None, None) => {}
        }
    }
}
