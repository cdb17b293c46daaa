//! Work that takes the processor: off the threads that answer, so many at once, and so long.

use std::io::{self, Write};

use axum::body::{Body, Bytes};
use futures_util::stream::unfold;
use tokio::sync::mpsc::{Sender, channel};

use super::App;
use super::problem::Problem;
use crate::base::{Error, Held, Memory, Text};

/// Runs a job; it goes on to its end, and counts as going on, even when nobody waits for it any more.
pub(super) async fn work<T: Send + 'static>(
    app: &App,
    job: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let permit = app.permits.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Problem::busy())?;
    let job = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        job()
    });
    let most = app.options.limits.time;
    match tokio::time::timeout(most, job).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Problem::internal()),
        Err(_) => Err(Problem::too_long(most.as_secs_f64())),
    }
}

/// An answer that is written before it is sent, within the memory of its request.
pub(super) struct Answer {
    bytes: Vec<u8>,
    held: Held,
    /// Why there is no more room.
    full: Option<Error>,
}

impl Answer {
    pub(super) fn new(memory: &Memory) -> Result<Self, Problem> {
        Ok(Self {
            bytes: Vec::new(),
            held: memory.take(0)?,
            full: None,
        })
    }

    /// The answer, whose memory is held until it has been sent.
    pub(super) fn body(self, written: io::Result<()>) -> Result<Body, Problem> {
        match (written, self.full) {
            (_, Some(error)) => Err(Problem::from(error).help(Text::new(
                "minta `Accept: application/x-ndjson`, yang dikirim sedikit demi sedikit, atau kirim lebih sedikit wilayah",
                "ask for `Accept: application/x-ndjson`, which is sent bit by bit, or send fewer regions",
            ))),
            (Err(_), None) => Err(Problem::internal()),
            (Ok(()), None) => {
                let sent = Sent {
                    bytes: self.bytes,
                    _held: self.held,
                };
                Ok(Bytes::from_owner(sent).into())
            }
        }
    }
}

impl Write for Answer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // What grows is held twice while it is copied.
        if let Err(error) = self.held.grow(bytes.len() * 2) {
            self.full = Some(error);
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Sent {
    bytes: Vec<u8>,
    _held: Held,
}

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// How many bytes of a stream are sent together.
const PART: usize = 64 << 10;
/// How many parts may wait for the client.
const WAITING: usize = 4;

/// A body that is written while it is sent. A client that goes away ends the writing.
pub(super) fn streamed(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
) -> Body {
    let (sender, receiver) = channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut parts = Parts {
            sender,
            part: Vec::with_capacity(PART),
        };
        // Whoever reads sees by the missing end that it was not all.
        let _ = write(&mut parts).and_then(|()| parts.flush());
    });
    Body::from_stream(unfold(receiver, |mut receiver| async {
        let part = receiver.recv().await?;
        Some((Ok::<_, io::Error>(part), receiver))
    }))
}

struct Parts {
    sender: Sender<Bytes>,
    part: Vec<u8>,
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let part = std::mem::take(&mut self.part);
        let sent = self.sender.blocking_send(part.into());
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
