//! Connections: how many there are, how slow they may be, and how they end.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

use super::connection::{Heads, Looked};
use super::{ServeOptions, app, routes};
use crate::Engine;

/// How often it is asked whether anything goes on, at the end.
const LOOK: Duration = Duration::from_millis(200);
/// How long to wait where no connection can be taken, such as for want of file descriptors.
const NO_CONNECTION: Duration = Duration::from_millis(100);

/// Serves an engine until `end` comes; requests in hand are answered then, for as long as the limits say.
///
/// # Errors
/// None that happens to one connection; those of the listener at the beginning.
pub async fn serve(
    listener: TcpListener,
    engine: Engine,
    options: ServeOptions,
    end: impl Future<Output = ()>,
) -> io::Result<()> {
    let limits = options.limits.clone();
    let (close, closing) = watch::channel(false);
    let app = app(engine, options, closing, None);
    let going = app.going.clone();
    let router = routes::router(app);
    // Of HTTP/1 alone: what a connection speaks is not waited for without end then, and it ends where its head is late.
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience);
    let room = Arc::new(Semaphore::new(limits.connections));
    let connections = GracefulShutdown::new();
    let mut end = std::pin::pin!(end);
    loop {
        let next = async {
            let permit = room.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = &mut end => break,
            next = next => next,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(_) => {
                tokio::time::sleep(NO_CONNECTION).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.patience));
        let heads = Heads::default();
        let stream = Looked::new(Box::pin(stream), heads.clone());
        let service = TowerToHyperService::new(router.clone().layer(Extension(heads)));
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection.into_owned());
        tokio::spawn(async move {
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    close.send_replace(true);
    // A head that has not come yet is not waited for, only what has begun.
    let nothing_goes_on = async {
        loop {
            tokio::time::sleep(LOOK).await;
            if going.count() == 0 {
                // What was said last is on its way.
                tokio::time::sleep(LOOK).await;
                return;
            }
        }
    };
    let ended = async {
        tokio::select! {
            () = connections.shutdown() => {}
            () = nothing_goes_on => {}
        }
    };
    let _ = tokio::time::timeout(limits.drain, ended).await;
    Ok(())
}
