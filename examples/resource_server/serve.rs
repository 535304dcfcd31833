//! The accept loop: HTTP/1.1 and HTTP/2 on one port, until it is told to stop.

use std::{error::Error, future::Future, io, pin::pin, time::Duration};

use axum::http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tokio::{net::TcpListener, select, time};
use tower::{Service, ServiceExt};
use tower_postern::net::PeerAddr;

/// How long a caller may take to send the head of a request, and how long a connection may wait for one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the requests in flight may take once it is told to stop.
const GRACE: Duration = Duration::from_secs(30);

/// What can be served: a service for the requests of a connection.
pub(crate) trait App:
    Service<
        Request<Incoming>,
        Response = Response<Self::Body>,
        Error: Into<BoxError>,
        Future: Send + 'static,
    > + Clone
    + Send
    + 'static
{
    type Body: Body<Data: Send, Error: Into<BoxError>> + Send + 'static;
}

impl<S, B> App for S
where
    S: Service<Request<Incoming>, Response = Response<B>, Error: Into<BoxError>>,
    S: Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Body = B;
}

/// Serves until `stop`, and then finishes what is in flight.
pub(crate) async fn until(stop: impl Future, listener: TcpListener, app: impl App) {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIMEOUT);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = select! {
            accepted = listener.accept() => accepted,
            _ = &mut stop => break,
        };
        let Ok((stream, peer)) = accepted else {
            // No file descriptor is free, or the caller is gone already.
            time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        if stream.set_nodelay(true).is_err() {
            continue; // the caller is gone
        }
        let app = app.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            // For the rules about the caller's address.
            request.extensions_mut().insert(PeerAddr(peer));
            app.clone().oneshot(request)
        });
        let connection = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let connection = connections.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
    drop(listener);
    tracing::info!("finishing what is in flight");
    if time::timeout(GRACE, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests took too long, and are cut off");
    }
}

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// SIGTERM, or Ctrl-C.
#[cfg(unix)]
pub(crate) fn told_to_stop() -> io::Result<impl Future> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn told_to_stop() -> io::Result<impl Future> {
    Ok(tokio::signal::ctrl_c())
}
