//! What is known of a connection beside its requests: the first head as it came, and what still goes on.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Whether the first head of a connection says in two ways where its body ends: the library keeps one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstHead(Arc<AtomicBool>);

impl FirstHead {
    /// Whether it does; later heads are not meant.
    pub(super) fn take_two_ends(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// The longest head that is looked at, in bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// A connection whose first head is looked at as it comes.
pub(super) struct Looked<S> {
    stream: S,
    first: FirstHead,
    /// The head as far as it has come; nothing once it has been looked at.
    head: Option<Vec<u8>>,
}

impl<S> Looked<S> {
    pub(super) fn new(stream: S, first: FirstHead) -> Self {
        Self {
            stream,
            first,
            head: Some(Vec::new()),
        }
    }

    fn look(&mut self, bytes: &[u8]) {
        let Some(head) = &mut self.head else { return };
        head.extend_from_slice(bytes);
        let end = head.windows(4).position(|own| own == b"\r\n\r\n");
        if end.is_none() && head.len() < LONGEST_HEAD {
            return;
        }
        let text = head.get(..end.unwrap_or(head.len())).unwrap_or_default();
        let text = String::from_utf8_lossy(text).to_ascii_lowercase();
        let has = |name: &str| text.lines().any(|line| line.starts_with(name));
        let two = has("content-length:") && has("transfer-encoding:");
        self.first.0.store(two, Ordering::Relaxed);
        self.head = None;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Looked<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if self.head.is_some() {
            self.look(buffer.filled().get(before..).unwrap_or_default());
        }
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
