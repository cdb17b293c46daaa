//! Scores over HTTP: an [`axum::Router`] over an [`Engine`], to be served by [`serve`] or put into a service of one's own.
//!
//! Every score names the digest of its rules; errors are problem documents (RFC 9457) in the reader's language; there are
//! limits on bodies, rows, time and concurrent work, each with its own answer. What can be asked for stands in
//! `GET /openapi.json`.

mod connection;
mod events;
mod guard;
mod input;
mod metrics;
mod problem;
mod routes;
mod server;
mod work;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::{Semaphore, watch};

pub use routes::{ROUTES, Route};
pub use server::serve;

use crate::Engine;
use crate::base::{Lang, Memory};
use metrics::Metrics;

/// How an engine is served.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The language of answers to those who ask for none.
    pub lang: Lang,
    /// What callers must show; without it all may call.
    pub token: Option<Token>,
    /// Answers only calls to `localhost` and its addresses, so that a page of somebody else cannot reach it through a name of
    /// its own.
    pub local_names_only: bool,
    /// The pages of others that may call from a browser, each `https://name` with its port; `*` for all. None by default.
    pub cors: Vec<String>,
    /// How much is taken on.
    pub limits: Limits,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            lang: Lang::Id,
            token: None,
            local_names_only: false,
            cors: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// How much is taken on; what is beyond gets an answer that says so.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest body, in bytes (413).
    pub body: usize,
    /// The most regions of one request (413).
    pub rows: usize,
    /// How long a request may be worked on (503).
    pub time: Duration,
    /// How many requests are worked on at once (429).
    pub concurrency: usize,
    /// How many bytes all requests may hold at once: bodies, data, scores and answers. One that would need more alone is
    /// too large (413), one that does not fit beside the others is to be tried again (429).
    pub memory: usize,
    /// How many connections there are at once; more wait.
    pub connections: usize,
    /// How many of them may be streams of events (429).
    pub streams: usize,
    /// How long a client may take to send a request, and to take each part of an answer; slower ones are cut.
    pub patience: Duration,
    /// How long requests in hand may go on after the end was asked for.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            body: 64 << 20,
            rows: 1_000_000,
            time: Duration::from_secs(30),
            concurrency: cores * 8,
            memory: 2 << 30,
            connections: 512,
            streams: 64,
            patience: Duration::from_secs(15),
            drain: Duration::from_secs(20),
        }
    }
}

/// What callers must show. It is compared in constant time, and shown nowhere.
#[derive(Clone)]
pub struct Token(blake3::Hash);

/// The fewest characters of a token.
const SHORTEST_TOKEN: usize = 16;

impl Token {
    /// A token of 16 characters or more that a header can hold: letters, digits and signs of ASCII, without spaces.
    pub fn new(token: &str) -> Option<Self> {
        let fits = token.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && token.len() >= SHORTEST_TOKEN).then(|| Self(blake3::hash(token.as_bytes())))
    }

    fn is(&self, shown: &str) -> bool {
        // Hashes are compared in constant time.
        self.0 == blake3::hash(shown.as_bytes())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What all requests share.
struct App {
    engine: Engine,
    options: ServeOptions,
    /// Work that is going on.
    permits: Arc<Semaphore>,
    /// What requests hold.
    memory: Memory,
    metrics: Metrics,
    /// Requests that go on.
    going: connection::Going,
    /// Streams of events.
    streams: Arc<Semaphore>,
    /// Rings when something happened to the engine.
    bell: watch::Receiver<()>,
    /// Whether the end was asked for.
    closing: watch::Receiver<bool>,
    /// The other end of `closing`, where nobody asks for the end.
    _open: Option<watch::Sender<bool>>,
}

type Shared = Arc<App>;

/// A service over an engine, which somebody else keeps up to date.
///
/// ```
/// use tanggap::{Engine, bundle::DiskLoader};
/// use tanggap::surface::http::{ServeOptions, router};
///
/// let engine = Engine::builder().loader(DiskLoader::new("rules")).build();
/// engine.reload();
/// let tanggap: axum::Router = router(engine, ServeOptions::default());
/// // With a service of one's own around it:
/// let ours: axum::Router = axum::Router::new().nest("/index", tanggap);
/// ```
pub fn router(engine: Engine, options: ServeOptions) -> Router {
    let (open, closing) = watch::channel(false);
    routes::router(app(engine, options, closing, Some(open)))
}

fn app(
    engine: Engine,
    options: ServeOptions,
    closing: watch::Receiver<bool>,
    open: Option<watch::Sender<bool>>,
) -> Shared {
    let limits = &options.limits;
    Arc::new(App {
        permits: Arc::new(Semaphore::new(limits.concurrency)),
        memory: Memory::of(limits.memory),
        streams: Arc::new(Semaphore::new(limits.streams)),
        metrics: Metrics::new(),
        going: connection::Going::default(),
        bell: events::bell(&engine),
        closing,
        _open: open,
        engine,
        options,
    })
}
