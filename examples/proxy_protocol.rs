//! A hidden route behind a balancer of TCP that says by the PROXY protocol for whom it connects.
//!
//! ```sh
//! cargo run --features axum --example proxy_protocol
//! ```
//!
//! Proxies are listed: 127.0.0.1 is one, and must begin each connection with the header. Others are callers themselves.
//!
//! ```sh
//! say() { printf "$1GET $2 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n" | nc -q1 127.0.0.1 3000; }
//! say 'PROXY TCP4 10.1.2.3 192.0.2.7 40000 443\r\n' /hidden      # 200: for a caller who is inside
//! say 'PROXY TCP4 203.0.113.9 192.0.2.7 40000 443\r\n' /hidden   # 404: for one who is not
//! say 'PROXY UNKNOWN\r\n' /hidden                                # 404: for nobody (as `LOCAL` of version 2)
//! say '' /                                                       # closed: a proxy must say for whom
//! curl -i --haproxy-protocol http://127.0.0.1:3000/              # 200: curl as a proxy, for itself
//! curl -i --interface 127.0.0.2 http://127.0.0.1:3000/           # 200 (on Linux): a caller, without the header
//! curl -i --interface 127.0.0.2 http://127.0.0.1:3000/hidden     # 404: who is not inside
//! curl -i --interface 127.0.0.2 --haproxy-protocol http://127.0.0.1:3000/    # 400: who may not speak for others
//! ```
//!
//! | setting | meaning | default |
//! |---|---|---|
//! | `PORT` | the port on 127.0.0.1; 0 lets the system pick one | 3000 |
//! | `INSIDE` | the networks from which `/hidden` can be seen, with commas between them | 10.0.0.0/8 |
#![expect(clippy::print_stdout, reason = "it tells where it listens")]

use std::{env, error::Error, io, net::SocketAddr, time::Duration};

use axum::{Router, routing::get};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use proxy_header::{ParseConfig, Protocol, io::ProxiedStream};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tower::ServiceBuilder;
use tower_postern::{
    axum::{ClientAddr, UnknownClientRejection, hide_routes},
    net::{NetworkSet, PeerAddr},
    rule,
};

/// A proxy that says nothing holds a connection for as long, and no longer.
const TIME_FOR_THE_HEADER: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let proxies = NetworkSet::parse(["127.0.0.1"])?;
    let inside = env::var("INSIDE").unwrap_or_else(|_| "10.0.0.0/8".to_owned());
    let inside = rule::client_addr(inside.split(','))?;

    let public = Router::new().route("/", get(greet));
    let hidden = Router::new().route("/hidden", get(async || "you are inside\n"));
    let app = hide_routes(public, hidden, inside);

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);

    loop {
        let (stream, peer) = listener.accept().await?;
        let (app, proxies) = (app.clone(), proxies.clone());
        // Of the proxy, not of its header: what it says cannot make it one.
        let is_proxy = proxies.contains(peer.ip());
        // In a task of its own: a proxy that is slow to say for whom it connects stops nobody else.
        tokio::spawn(async move {
            let (stream, client) = if is_proxy {
                // Without a good header there is no connection: whoever connects through a proxy must not pass for it.
                let accepted = timeout(TIME_FOR_THE_HEADER, read_header(stream)).await;
                let Ok(Ok((stream, client))) = accepted else {
                    return;
                };
                // A check of health is a proxy's own. Version 1 has no word for that: it names the proxy as the caller.
                let client = client.filter(|client| !proxies.contains(client.ip()));
                (stream, client)
            } else {
                (ProxiedStream::unproxied(stream), Some(peer))
            };
            let service = ServiceBuilder::new()
                .map_request(move |mut request: Request<Incoming>| {
                    if let Some(client) = client {
                        request.extensions_mut().insert(PeerAddr(client));
                    }
                    request
                })
                .service(app);
            // An error here is a connection that broke, of which nobody needs to know.
            Builder::new(TokioExecutor::new())
                .serve_connection_with_upgrades(
                    TokioIo::new(stream),
                    TowerToHyperService::new(service),
                )
                .await
                .ok();
        });
    }
}

/// For whom the proxy connects: `None` where it does so for itself (`LOCAL`), or for something else than a TCP connection;
/// rules then answer Unknown.
async fn read_header(
    stream: TcpStream,
) -> io::Result<(ProxiedStream<TcpStream>, Option<SocketAddr>)> {
    let config = ParseConfig {
        include_tlvs: false,
        ..ParseConfig::default()
    };
    let stream = ProxiedStream::create_from_tokio(stream, config).await?;
    let client = stream.proxy_header().proxied_address();
    let client = client.filter(|client| client.protocol == Protocol::Stream);
    let client = client.map(|client| client.source);
    Ok((stream, client))
}

async fn greet(client: Result<ClientAddr, UnknownClientRejection>) -> String {
    match client {
        Ok(ClientAddr(address)) => format!("hello {address}\n"),
        Err(_) => "hello, whoever you are\n".to_owned(),
    }
}
