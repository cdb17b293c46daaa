//! What is known of a connection beside its requests: their heads as they came, and what still goes on.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Whether heads of a connection say in two ways where their body ends, in their order: the library keeps one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Heads(Arc<Mutex<VecDeque<bool>>>);

impl Heads {
    /// Whether the head of the next request does.
    pub(super) fn next_has_two_ends(&self) -> bool {
        self.queue().pop_front().unwrap_or(false)
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The longest head that is looked at, in bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// A connection whose heads are looked at as they come.
pub(super) struct Looked<S> {
    stream: S,
    heads: Heads,
    part: Part,
}

/// What comes next on a connection.
enum Part {
    /// A head, as far as it has come.
    Head(Vec<u8>),
    /// So many bytes of a body.
    Body(u64),
    /// Nothing that is looked at: after a body in chunks a connection ends.
    Rest,
}

impl<S> Looked<S> {
    pub(super) fn new(stream: S, heads: Heads) -> Self {
        Self {
            stream,
            heads,
            part: Part::Head(Vec::new()),
        }
    }

    fn look(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            match &mut self.part {
                Part::Head(head) => {
                    bytes = rest;
                    // Empty lines before a head are none of it.
                    if !head.is_empty() || !first.is_ascii_whitespace() {
                        head.push(*first);
                    }
                    if head.ends_with(b"\n\n") || head.ends_with(b"\n\r\n") {
                        let (two, next) = after(head);
                        self.heads.queue().push_back(two);
                        self.part = next;
                    } else if head.len() > LONGEST_HEAD {
                        self.part = Part::Rest;
                    }
                }
                Part::Body(left) => {
                    let here = (bytes.len() as u64).min(*left);
                    *left -= here;
                    bytes = bytes.get(here as usize..).unwrap_or_default();
                    if *left == 0 {
                        self.part = Part::Head(Vec::new());
                    }
                }
                Part::Rest => return,
            }
        }
    }
}

/// Whether a head says in two ways where its body ends, and what comes after it.
fn after(head: &[u8]) -> (bool, Part) {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let length = value("content-length:");
    let in_chunks = value("transfer-encoding:").is_some();
    let next = match length.map(|own| own.trim().parse::<u64>()) {
        _ if in_chunks => Part::Rest,
        None | Some(Ok(0)) => Part::Head(Vec::new()),
        Some(Ok(length)) => Part::Body(length),
        Some(Err(_)) => Part::Rest,
    };
    (length.is_some() && in_chunks, next)
}

impl<S: AsyncRead + Unpin> AsyncRead for Looked<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.look(buffer.filled().get(before..).unwrap_or_default());
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Looked<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// How many requests go on, from the end of their head to the end of their answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Going(Arc<AtomicUsize>);

impl Going {
    /// One more.
    pub(super) fn begin(self) -> One {
        self.0.fetch_add(1, Ordering::Relaxed);
        One(self)
    }

    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One request that goes on, until this is dropped.
pub(super) struct One(Going);

impl One {
    /// A body that is the rest of it.
    pub(super) fn with(self, body: Body) -> Body {
        Body::new(Rest { body, _one: self })
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Rest {
    body: Body,
    _one: One,
}

impl HttpBody for Rest {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
