//! The end of long work before its time: told by whoever no longer wants it, looked at by whoever does it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends long work early. Cloning shares it.
///
/// ```
/// use tanggap::base::Stop;
///
/// let stop = Stop::default();
/// let work = stop.clone();
/// stop.now();
/// assert!(work.is_told());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends the work at its next look.
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work is to end.
    pub fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
