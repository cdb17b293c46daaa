//! Work that takes the processor: off the threads that answer, so many at once, and so long.

use std::io::{self, Write};

use axum::body::{Body, Bytes};
use futures_util::stream::unfold;
use tokio::sync::mpsc::{Sender, channel};

use super::App;
use super::problem::Problem;

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
