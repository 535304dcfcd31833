//! The app, on a socket.

use std::{error::Error as StdError, future::poll_fn, net::SocketAddr};

use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{net::TcpListener, task::JoinSet};
use tower_service::Service;

use super::Received;
use crate::net::PeerAddr;

/// Serves until it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(super) async fn start<S, B>(app: S, peer: Option<SocketAddr>) -> Self
    where
        S: Service<Request<Received>, Response = Response<B>, Future: Send>
            + Clone
            + Send
            + 'static,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn StdError + Send + Sync>>> + Send + 'static,
    {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, from)) = listener.accept().await {
                let app = app.clone();
                let from = PeerAddr(peer.unwrap_or(from));
                connections.spawn(async move {
                    drop(stream.set_nodelay(true));
                    let service = service_fn(move |mut request: Request<Incoming>| {
                        let mut app = app.clone();
                        request.extensions_mut().insert(from);
                        async move {
                            poll_fn(|cx| app.poll_ready(cx)).await?;
                            app.call(request.map(Received)).await
                        }
                    });
                    let mut server = auto::Builder::new(TokioExecutor::new());
                    server.http2().enable_connect_protocol(); // as Axum does
                    let io = TokioIo::new(stream);
                    // How a connection ends is what its client compares.
                    drop(server.serve_connection_with_upgrades(io, service).await);
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            _tasks: tasks,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

#[expect(clippy::expect_used, reason = "an assertion needs a port")]
async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port of this machine to serve the app on");
    let address = listener.local_addr().expect("it has an address");
    (listener, address)
}
