//! Files that are written beside others until they are whole: gone, too, when a signal ends the program.

use std::path::PathBuf;
use std::sync::{Mutex, Once, PoisonError};

static BEGUN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file that was begun; it is removed when this is dropped, unless it was put in its place.
pub(super) struct Aside(PathBuf);

impl Aside {
    /// Takes charge of a file that was just made.
    pub(super) fn new(path: PathBuf) -> Self {
        watch();
        begun(|list| list.push(path.clone()));
        Self(path)
    }

    /// Where it stands.
    pub(super) fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // What was put in its place is not here any more.
        let _ = std::fs::remove_file(&self.0);
        begun(|list| list.retain(|path| *path != self.0));
    }
}

fn begun<T>(with: impl FnOnce(&mut Vec<PathBuf>) -> T) -> T {
    with(&mut BEGUN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Removes what was begun when a signal comes, and ends as the signal has it.
#[cfg(unix)]
fn watch() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
            return;
        };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                begun(|list| {
                    for path in list.drain(..) {
                        let _ = std::fs::remove_file(path);
                    }
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                });
            }
        });
    });
}

#[cfg(not(unix))]
fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {});
}
