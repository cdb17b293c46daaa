//! Memory that is shared out: what is about to be held is asked for first, and given back when it is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::{Error, ErrorKind};
use super::language::text;

/// Memory to be held, of which there is only so much; by default as much as anybody asks for.
///
/// It counts what readers and scores say that they hold, in bytes; it does not allocate.
///
/// ```
/// use tanggap::base::Memory;
/// let memory = Memory::of(1000);
/// let held = memory.take(600)?;
/// assert!(memory.take(600).is_err());
/// drop(held);
/// assert!(memory.take(600).is_ok());
/// # Ok::<(), tanggap::base::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory(Option<Arc<Share>>);

/// Bytes held by one user of the memory.
#[derive(Debug)]
struct Share {
    pool: Arc<Pool>,
    held: AtomicUsize,
}

#[derive(Debug)]
struct Pool {
    most: usize,
    held: AtomicUsize,
}

/// Memory that is held until this is dropped.
#[derive(Debug, Default)]
pub struct Held {
    of: Memory,
    bytes: usize,
    /// Bytes that are held and not taken yet.
    owed: usize,
}

/// How many bytes are taken at once by [`Held::owe`]: seldom enough that counting costs nothing.
const BATCH: usize = 1 << 16;

impl Memory {
    /// Memory of so many bytes.
    pub fn of(most: usize) -> Self {
        Self::share_of(Arc::new(Pool {
            most,
            held: AtomicUsize::new(0),
        }))
    }

    fn share_of(pool: Arc<Pool>) -> Self {
        Self(Some(Arc::new(Share {
            pool,
            held: AtomicUsize::new(0),
        })))
    }

    /// The same memory for another user: what does not fit beside the others is told from what would not fit alone.
    #[must_use]
    pub fn share(&self) -> Self {
        match &self.0 {
            Some(share) => Self::share_of(share.pool.clone()),
            None => Self(None),
        }
    }

    /// How many bytes are held by all users.
    pub fn held(&self) -> usize {
        let pool = self.0.as_ref().map(|share| &share.pool);
        pool.map_or(0, |pool| pool.held.load(Ordering::Relaxed))
    }

    /// No bytes yet of this memory, to be [counted](Held::owe) from then on.
    pub(crate) fn hold(&self) -> Held {
        Held {
            of: self.clone(),
            ..Held::default()
        }
    }

    /// Takes so many bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] where this user alone would hold more than there is, [`ErrorKind::Busy`] where others hold
    /// what is missing.
    pub fn take(&self, bytes: usize) -> Result<Held, Error> {
        let mut held = self.hold();
        held.grow(bytes)?;
        Ok(held)
    }
}

impl Share {
    fn take(&self, bytes: usize) -> Result<(), Error> {
        let most = self.pool.most;
        let taken = |held: usize| held.checked_add(bytes).filter(|all| *all <= most);
        let order = Ordering::Relaxed;
        let pool = self.pool.held.fetch_update(order, order, taken);
        if pool.is_err() {
            let own = self.held.load(order);
            return Err(if own.saturating_add(bytes) > most {
                too_large(most)
            } else {
                busy()
            });
        }
        self.held.fetch_add(bytes, order);
        Ok(())
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        self.pool.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Held {
    /// Takes so many bytes more.
    ///
    /// # Errors
    /// As [`Memory::take`].
    pub fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        if let Some(share) = &self.of.0 {
            share.take(bytes)?;
            self.bytes += bytes;
        }
        Ok(())
    }

    /// Counts so many bytes more, and takes them together with others.
    ///
    /// # Errors
    /// As [`Memory::take`].
    pub(crate) fn owe(&mut self, bytes: usize) -> Result<(), Error> {
        self.owed = self.owed.saturating_add(bytes);
        if self.owed < BATCH {
            return Ok(());
        }
        let owed = std::mem::take(&mut self.owed);
        self.grow(owed)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(share) = &self.of.0 {
            share.give_back(self.bytes);
        }
    }
}

fn too_large(most: usize) -> Error {
    let (most, unit) = match most >> 20 {
        0 => (most >> 10, "KB"),
        megabytes => (megabytes, "MB"),
    };
    Error::new(
        ErrorKind::TooLarge,
        text!(
            "data ini perlu memori lebih dari {most} {unit}",
            "this data needs more than {most} {unit} of memory"
        ),
    )
}

fn busy() -> Error {
    Error::new(
        ErrorKind::Busy,
        text!(
            "memori sedang dipakai oleh yang lain",
            "the memory is in use by others"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_not_fit_alone_is_told_from_what_does_not_fit_now() {
        let (one, kind) = (Memory::of(100), |error: Error| error.kind());
        let other = one.share();
        let held = one.take(60).unwrap();
        assert_eq!(other.take(60).map_err(kind).err(), Some(ErrorKind::Busy));
        assert_eq!(one.take(41).map_err(kind).err(), Some(ErrorKind::TooLarge));
        let all = other.take(usize::MAX).map_err(kind);
        assert_eq!(all.err(), Some(ErrorKind::TooLarge));
        assert_eq!(one.held(), 60);
        drop(held);
        assert_eq!((one.held(), other.take(100).is_ok()), (0, true));
        assert!(Memory::default().take(usize::MAX).is_ok());
    }
}
