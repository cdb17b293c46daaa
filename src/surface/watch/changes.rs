//! When something changed in a folder of rules: as the system tells, or by looking again and again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecursiveMode};

use super::WatchOptions;
use super::folders::Folders;
use crate::Watching;
use crate::base::Text;
use crate::base::language::text;

/// How often a poll looks where the system was given up.
const POLL: Duration = Duration::from_secs(1);
/// How soon it is asked again whether the system tells, where it could not be begun.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// So many beginnings within [`ASK_AGAIN`] are one too many.
const MOST_BEGINNINGS: usize = 5;

/// What the system tells.
pub(super) enum Told {
    /// Something happened to these.
    Changed(Vec<PathBuf>),
    /// Something happened somewhere.
    Somewhere,
    /// It fails.
    Failed(String),
    /// The notifier of this number is gone.
    Ended(u32),
    /// Nobody wants to know any more.
    Stop,
}

/// Tells of changes in folders.
pub(super) trait Notifier: Send {
    /// Begins to tell of a folder, not of those below it.
    fn watch(&mut self, folder: &Path) -> Result<(), String>;
    /// Ends it.
    fn unwatch(&mut self, folder: &Path);
}

/// What a notifier tells through; when it is dropped, it is told that the notifier is gone.
pub(super) struct Teller {
    sender: Sender<Told>,
    number: u32,
}

impl Teller {
    pub(super) fn tell(&self, told: Told) {
        let _ = self.sender.send(told);
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.tell(Told::Ended(self.number));
    }
}

/// Makes a notifier.
pub(super) type Begin = dyn Fn(Teller) -> Result<Box<dyn Notifier>, String> + Send;

/// Why waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Something was saved, and it is quiet again.
    Changed,
    /// Nothing was told; it is time to look all the same.
    Looked,
    /// Nobody wants to know any more.
    Stopped,
}

/// Ends waiting, from another thread.
pub(super) struct Stop(Sender<Told>);

impl Stop {
    pub(super) fn now(&self) {
        let _ = self.0.send(Told::Stop);
    }
}

/// Changes in a folder of rules.
pub(crate) struct Changes {
    root: PathBuf,
    /// Files elsewhere.
    files: Vec<PathBuf>,
    options: WatchOptions,
    begin: Box<Begin>,
    notifier: Option<Box<dyn Notifier>>,
    /// The channel of this object, which outlives notifiers.
    sender: Sender<Told>,
    told: Receiver<Told>,
    folders: Folders,
    watched: BTreeSet<PathBuf>,
    watching: Watching,
    /// When notifiers were begun.
    beginnings: Vec<Instant>,
    /// Whether it is of use to begin a notifier again after a while.
    ask_again: bool,
    /// The number of the notifier.
    number: u32,
    /// Something was heard that has not been given yet.
    heard: bool,
    stopped: bool,
}

impl Changes {
    pub(crate) fn new(root: impl Into<PathBuf>, options: WatchOptions) -> Self {
        Self::with(root, options, Box::new(system))
    }

    pub(super) fn with(root: impl Into<PathBuf>, options: WatchOptions, begin: Box<Begin>) -> Self {
        let (sender, told) = channel();
        let mut changes = Self {
            root: root.into(),
            files: Vec::new(),
            begin,
            notifier: None,
            sender,
            told,
            folders: Folders::default(),
            watched: BTreeSet::new(),
            watching: Watching::Polling { reason: None },
            beginnings: Vec::new(),
            ask_again: false,
            number: 0,
            heard: false,
            stopped: false,
            options,
        };
        if changes.options.poll.is_none() {
            changes.begin(None);
        }
        changes
    }

    /// Watches a file elsewhere, too.
    #[cfg(feature = "cli")]
    pub(crate) fn with_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self.refresh();
        self
    }

    pub(super) fn stop(&self) -> Stop {
        Stop(self.sender.clone())
    }

    pub(super) fn watching(&self) -> &Watching {
        &self.watching
    }

    /// Begins to be told, or, where that fails, to look.
    fn begin(&mut self, reason: Option<Text>) {
        let now = now();
        self.notifier = None;
        self.watched.clear();
        self.ask_again = false;
        self.beginnings.retain(|then| now - *then < ASK_AGAIN);
        if self.beginnings.len() >= MOST_BEGINNINGS {
            let why = reason.unwrap_or_else(|| Text::same(""));
            let (id, en) = (why.id, why.en);
            self.poll(text!(
                "pengamatan berulang kali gagal: {id}",
                "watching failed again and again: {en}"
            ));
            self.ask_again = true;
            return;
        }
        self.beginnings.push(now);
        self.number += 1;
        let teller = Teller {
            sender: self.sender.clone(),
            number: self.number,
        };
        match (self.begin)(teller) {
            Ok(notifier) => {
                self.notifier = Some(notifier);
                let restarts = match &self.watching {
                    Watching::Events { restarts, .. } => restarts + u32::from(reason.is_some()),
                    _ => u32::from(reason.is_some()),
                };
                self.watching = Watching::Events { restarts, reason };
                self.refresh();
            }
            Err(why) => {
                self.poll(text!(
                    "sistem tidak dapat memberitahukan perubahan: {why}",
                    "the system cannot tell of changes: {why}"
                ));
                self.ask_again = true;
            }
        }
    }

    /// Begins anew, for a reason.
    pub(super) fn begin_again(&mut self, reason: Text) {
        if self.options.poll.is_none() {
            self.begin(Some(reason));
        }
    }

    /// Looks from now on, since the system is not to be relied on.
    pub(super) fn poll(&mut self, reason: Text) {
        self.notifier = None;
        self.number += 1;
        self.watched.clear();
        self.ask_again = false;
        let reason = Some(reason);
        self.watching = Watching::Polling { reason };
    }

    /// The longest time between two looks.
    pub(super) fn longest(&self, wanted: Duration) -> Duration {
        wanted.min(self.options.look_every)
    }

    /// Watches the folders that are there now. To be called before files are read, so that what changes after that
    /// is told of.
    pub(crate) fn refresh(&mut self) {
        self.folders = Folders::of(&self.root, &self.files);
        let Some(notifier) = &mut self.notifier else {
            return;
        };
        let wanted: BTreeSet<PathBuf> = self.folders.all().cloned().collect();
        for gone in self.watched.difference(&wanted) {
            notifier.unwatch(gone);
        }
        let mut failed = None;
        for folder in &wanted {
            // On Linux a folder may have been made anew under its old path, and watching it twice costs nothing.
            if cfg!(not(target_os = "linux")) && self.watched.contains(folder) {
                continue;
            }
            match notifier.watch(folder) {
                Err(why) if folder.is_dir() => failed = Some((folder.clone(), why)),
                _ => {}
            }
        }
        self.watched = wanted;
        if let Some((folder, why)) = failed {
            let folder = folder.display();
            self.poll(text!(
                "`{folder}` tidak dapat diamati: {why}",
                "`{folder}` cannot be watched: {why}"
            ));
            self.ask_again = true;
        }
    }

    /// Waits for a change, or until it is time to look: after `look` or as the options say.
    pub(crate) fn wait(&mut self, look: Option<Duration>) -> Wake {
        let look = match (&self.watching, look) {
            (_, Some(look)) => look,
            (Watching::Polling { .. }, None) => self.options.poll.unwrap_or(POLL),
            _ => self.options.look_every,
        };
        let until = now() + look;
        while !self.heard && !self.stopped {
            if !self.hear(until) {
                return self.looked();
            }
        }
        self.heard = false;
        self.until_quiet()
    }

    /// It is time to look. Where the system could not be relied on, it is asked again now and then.
    fn looked(&mut self) -> Wake {
        let last = self.beginnings.last();
        if self.ask_again && last.is_some_and(|last| last.elapsed() >= ASK_AGAIN) {
            self.begin(None);
        }
        Wake::Looked
    }

    fn until_quiet(&mut self) -> Wake {
        let patience = now() + self.options.patience;
        let mut quiet = now() + self.options.quiet;
        while !self.stopped && self.hear(quiet.min(patience)) {
            if std::mem::take(&mut self.heard) {
                quiet = now() + self.options.quiet;
            }
        }
        if self.stopped {
            Wake::Stopped
        } else {
            Wake::Changed
        }
    }

    /// Whether a change is told of within a time; it is given by the next [`wait`](Self::wait).
    pub(super) fn hears(&mut self, within: Duration) -> bool {
        let until = now() + within;
        while !self.heard && !self.stopped {
            if !self.hear(until) {
                return false;
            }
        }
        true
    }

    /// Takes one thing that is told; `false` where none is until then.
    fn hear(&mut self, until: Instant) -> bool {
        let told = self
            .told
            .recv_timeout(until.saturating_duration_since(now()));
        let failed = match told {
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) | Ok(Told::Stop) => {
                self.stopped = true;
                return true;
            }
            Ok(Told::Changed(paths)) => {
                let own = |path: &PathBuf| self.folders.concerns(path);
                self.heard |= paths.is_empty() || paths.iter().any(own);
                return true;
            }
            Ok(Told::Somewhere) => {
                self.heard = true;
                return true;
            }
            // One that was replaced may end.
            Ok(Told::Ended(number)) if number != self.number => return true,
            Ok(Told::Ended(_)) => text!(
                "pengamat sistem berhenti dan dimulai lagi",
                "the watcher of the system ended and was begun anew"
            ),
            Ok(Told::Failed(why)) => text!(
                "pengamatan gagal dan dimulai lagi: {why}",
                "watching failed and was begun anew: {why}"
            ),
        };
        self.begin_again(failed);
        self.heard = true;
        true
    }
}

/// The notifier of the system.
fn system(teller: Teller) -> Result<Box<dyn Notifier>, String> {
    let told = move |event: notify::Result<notify::Event>| {
        let told = match event {
            Err(error) => Told::Failed(error.to_string()),
            Ok(event) if event.need_rescan() => Told::Somewhere,
            Ok(event) if is_reading(event.kind) => return,
            Ok(event) => Told::Changed(event.paths),
        };
        teller.tell(told);
    };
    let watcher = notify::recommended_watcher(told).map_err(|error| error.to_string())?;
    Ok(Box::new(System(watcher)))
}

/// Whether a file was only read, as we do ourselves.
fn is_reading(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    }
}

struct System(notify::RecommendedWatcher);

impl Notifier for System {
    fn watch(&mut self, folder: &Path) -> Result<(), String> {
        let watched = notify::Watcher::watch(&mut self.0, folder, RecursiveMode::NonRecursive);
        watched.map_err(|error| error.to_string())
    }

    fn unwatch(&mut self, folder: &Path) {
        let _ = notify::Watcher::unwatch(&mut self.0, folder);
    }
}

#[allow(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
}
