//! Keeps an engine up to date with a folder of rules: whatever is saved there is taken up a moment later.
//!
//! The system tells of changes, and folders are watched, not files, since editors replace files. Whatever it tells, the
//! contents decide, and they are looked at now and then even if it tells nothing: where that finds a change that was not
//! told of, such as on a network drive, the watcher goes over to looking all the time, and says so in the
//! [status](crate::Engine::status).

mod changes;
mod folders;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

pub(super) use changes::{Changes, Wake};

use crate::base::language::text;
use crate::{Engine, Trouble, Watching};

/// How a folder is watched.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// How long it must be quiet after a change before files are read: editors write in several steps.
    pub quiet: Duration,
    /// How long changes may go on before files are read all the same.
    pub patience: Duration,
    /// How often the contents are looked at, whatever the system tells.
    pub look_every: Duration,
    /// Looks so often instead of relying on the system: for drives where it tells nothing.
    pub poll: Option<Duration>,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(60),
            patience: Duration::from_secs(1),
            look_every: Duration::from_secs(5),
            poll: None,
        }
    }
}

/// How long after something that could not be read it is tried again; each time twice as long.
const RETRY: Duration = Duration::from_millis(200);
/// How long after a change was found the system may take to tell of it.
const LATE: Duration = Duration::from_millis(500);

/// Watches a folder for an engine until it is dropped.
///
/// ```
/// use tanggap::{Engine, bundle::DiskLoader};
/// use tanggap::surface::watch::{WatchOptions, Watcher};
///
/// let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// let watcher = Watcher::start(&engine, "rules", WatchOptions::default());
/// let program = engine.active(&"ikotan/2021".parse()?)?.program.clone();
/// # drop(watcher);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Watcher {
    engine: Engine,
    stop: changes::Stop,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Begins to watch, takes up what there is, and goes on in a thread of its own.
    pub fn start(engine: &Engine, folder: impl Into<PathBuf>, options: WatchOptions) -> Self {
        Self::on(engine, Changes::new(folder, options))
    }

    fn on(engine: &Engine, mut changes: Changes) -> Self {
        changes.refresh();
        engine.set_watching(changes.watching().clone());
        engine.reload_aside();
        let stop = changes.stop();
        let own = engine.clone();
        let thread = std::thread::Builder::new().name("tanggap-watch".to_owned());
        let thread = thread.spawn(move || watch_on(&own, changes));
        if let Err(error) = &thread {
            stopped(engine, &error.to_string());
        }
        Self {
            engine: engine.clone(),
            stop,
            thread: thread.ok(),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop.now();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.engine.stop_tests();
    }
}

/// Watches until it is told to stop. Nothing below should panic; what does all the same begins anew.
fn watch_on(engine: &Engine, mut changes: Changes) {
    loop {
        match catch_unwind(AssertUnwindSafe(|| watch(engine, &mut changes))) {
            Ok(()) => break stopped(engine, "dropped"),
            Err(_) => changes.begin_again(text!(
                "pengamat berhenti tanpa diduga",
                "the watcher ended unexpectedly"
            )),
        }
    }
}

fn stopped(engine: &Engine, why: &str) {
    engine.set_watching(Watching::Stopped {
        reason: text!(
            "pengamat dihentikan: {why}",
            "the watcher was stopped: {why}"
        ),
    });
}

fn watch(engine: &Engine, changes: &mut Changes) {
    let mut retry = None;
    loop {
        engine.set_watching(changes.watching().clone());
        let woken = changes.wait(retry);
        if woken == Wake::Stopped {
            return;
        }
        // Before the files are read: what comes later is told of.
        changes.refresh();
        let reload = engine.reload_aside();
        let found = !reload.is_nothing();
        let relied_on = matches!(changes.watching(), Watching::Events { .. });
        let untold = woken == Wake::Looked && found && retry.is_none() && relied_on;
        if untold && !changes.hears(LATE) {
            changes.poll(text!(
                "sebuah perubahan ditemukan yang tidak diberitahukan sistem",
                "a change was found that the system did not tell of"
            ));
        }
        retry = match retry {
            _ if !reload.unsettled && !unread(engine) => None,
            // What could not be read may be readable, and what is gone may be back, without a word from the system.
            Some(before) if woken == Wake::Looked => Some(changes.longest(before * 2)),
            _ => Some(RETRY),
        };
    }
}

/// Whether something could not be read, of which nobody tells when it can be again.
fn unread(engine: &Engine) -> bool {
    let status = engine.status();
    let mut troubles = status
        .rule_sets
        .iter()
        .filter_map(|own| own.trouble.as_ref());
    let waits = |trouble: &Trouble| {
        matches!(
            trouble,
            Trouble::Host(_) | Trouble::Gone | Trouble::Unsettled
        )
    };
    status.trouble.is_some() || troubles.any(waits)
}

#[cfg(test)]
mod tests;
