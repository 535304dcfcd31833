//! Real sockets: servers that end with the test, and exchanges that can be compared byte for byte.
//!
//! What a server answers is text, one line a field, so that `assert_eq!` shows where two answers part. Only the value of
//! `date` is taken out.

use std::{
    convert::Infallible,
    fmt::Write as _,
    future::{Future, poll_fn},
    net::SocketAddr,
    time::Duration,
};

use axum::serve::ListenerExt as _;
use bytes::Bytes;
use http::{Request, Response, Uri, uri::PathAndQuery};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
};
use tonic::{
    body::Body as TonicBody,
    transport::{Channel, Endpoint, server::TcpIncoming},
};
use tonic_prost::ProstCodec;
use tower::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A server on a port of its own, until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    /// Ends what is in it when it is dropped.
    _tasks: JoinSet<()>,
}

impl Server {
    /// Serves an Axum router as its users do, with connect info.
    pub(crate) async fn axum(router: axum::Router) -> Self {
        let (listener, address) = bind().await;
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        Self::run(address, async move {
            axum::serve(listener, service).await.unwrap();
        })
    }

    /// Serves any tower service on a bare Hyper connection, in both versions of HTTP.
    pub(crate) async fn tower<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        Self::tower_for_each(move |_peer| service.clone()).await
    }

    /// As [`tower`](Self::tower), with a service for each connection, made from the peer's address.
    pub(crate) async fn tower_for_each<M, S, B>(make: M) -> Self
    where
        M: Fn(SocketAddr) -> S + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let (listener, address) = bind().await;
        Self::run(address, async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, peer)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let service = TowerToHyperService::new(make(peer));
                connections.spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    // How a connection ends is the business of its client, who asserts.
                    drop(
                        server
                            .serve_connection_with_upgrades(TokioIo::new(stream), service)
                            .await,
                    );
                });
            }
        })
    }

    /// Serves `service` (a `Routes`, or a layer around it) with Tonic's server.
    pub(crate) fn tonic<S, B>(service: S) -> Self
    where
        S: Service<Request<TonicBody>, Response = Response<B>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self::tonic_with(|incoming| async move {
            let server = tonic::transport::Server::builder();
            server.serve_with_incoming(service, incoming).await.unwrap();
        })
    }

    /// As [`tonic`](Self::tonic), for a server that is put together by the test.
    pub(crate) fn tonic_with<F>(serve: impl FnOnce(TcpIncoming) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = incoming.local_addr().unwrap();
        Self::run(address, serve(incoming))
    }

    pub(crate) fn run(
        address: SocketAddr,
        serve: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let mut tasks = JoinSet::new();
        tasks.spawn(serve);
        Self {
            address,
            _tasks: tasks,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// One exchange in HTTP/1.1 on a connection that is then closed. See [`http1`].
    pub(crate) async fn http1(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let mut request = format!("{method} {target} HTTP/1.1\r\nhost: test\r\n");
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        if !body.is_empty() {
            write!(request, "content-length: {}\r\n", body.len()).unwrap();
        }
        write!(request, "connection: close\r\n\r\n{body}").unwrap();
        http1(self.address, request.as_bytes()).await
    }

    /// One exchange in HTTP/2 on a connection that is then closed. See [`http2`].
    pub(crate) async fn http2(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://test{target}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        http2(self.address, request.body(body.to_owned()).unwrap()).await
    }

    /// A client's connection, for a generated client or [`unary`].
    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }
}

async fn bind() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// An address at which nobody listens, and which no other test is given while the socket lives.
pub(crate) fn deaf() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// A server that says nothing fails a test instead of holding it up.
async fn in_time<T>(exchange: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), exchange)
        .await
        .expect("an answer within 20 seconds")
}

/// Sends raw bytes and reads until the server closes: all that came, bytes outside of ASCII escaped.
pub(crate) async fn http1(address: SocketAddr, request: &[u8]) -> String {
    http1_on(connect(address).await, request).await
}

/// As [`http1`], on a connection that is there.
pub(crate) async fn http1_on(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &[u8],
) -> String {
    in_time(async {
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        // A server that closes with bytes of ours unread resets the connection; what it said before that counts.
        drop(stream.read_to_end(&mut answer).await);
        let answer = answer.escape_ascii().to_string().replace("\\r\\n", "\n");
        let lines = answer
            .split('\n')
            .filter(|line| !line.starts_with("date: "));
        lines.collect::<Vec<_>>().join("\n")
    })
    .await
}

/// Whether the client ends its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Send,
    /// More could come: a server that does not wait for it resets the stream.
    Withhold,
}

/// Sends a request over HTTP/2 without TLS: status, headers in order, body, trailers, and in which frame the stream ended.
pub(crate) async fn http2(address: SocketAddr, request: Request<String>) -> String {
    http2_ended(address, request, End::Send).await
}

/// As [`http2`], with the end of the request's stream by choice.
pub(crate) async fn http2_ended(address: SocketAddr, request: Request<String>, end: End) -> String {
    http2_on(connect(address).await, request, end).await
}

/// As [`http2_ended`], on a connection that is there.
pub(crate) async fn http2_on(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<String>,
    end: End,
) -> String {
    in_time(async {
        let (mut client, mut connection) = h2::client::handshake(stream).await.unwrap();
        let mut pings = connection.ping_pong().unwrap();
        let mut background = JoinSet::new();
        background.spawn(async move { drop(connection.await) });

        let (parts, body) = request.into_parts();
        poll_fn(|cx| client.poll_ready(cx)).await.unwrap();
        let end = end == End::Send;
        let (answer, mut sender) = client
            .send_request(Request::from_parts(parts, ()), end && body.is_empty())
            .unwrap();
        if !body.is_empty() {
            // The server may have answered and reset the stream already.
            drop(sender.send_data(Bytes::from(body), end));
        }

        let mut text = String::new();
        match answer.await {
            Ok(answer) => read(answer, &mut text).await,
            Err(error) => writeln!(text, "[no answer: {error}]").unwrap(),
        }
        // What follows the answer on the stream has come when the pong has.
        if pings.ping(h2::Ping::opaque()).await.is_ok() {
            let reset = poll_fn(|cx| match sender.poll_reset(cx) {
                std::task::Poll::Pending => std::task::Poll::Ready(None),
                std::task::Poll::Ready(reset) => std::task::Poll::Ready(reset.ok()),
            });
            if let Some(reason) = reset.await {
                writeln!(text, "[reset: {reason:?}]").unwrap();
            }
        } else {
            writeln!(text, "[connection closed]").unwrap();
        }
        text
    })
    .await
}

async fn read(answer: Response<h2::RecvStream>, text: &mut String) {
    let (parts, mut body) = answer.into_parts();
    writeln!(text, "{}", parts.status.as_u16()).unwrap();
    write_headers(text, &parts.headers);
    if body.is_end_stream() {
        writeln!(text, "[end in headers]").unwrap();
        return;
    }
    let mut bytes = Vec::new();
    let mut last_was_empty = false;
    while let Some(data) = body.data().await {
        match data {
            Ok(data) => {
                last_was_empty = data.is_empty();
                drop(body.flow_control().release_capacity(data.len()));
                bytes.extend_from_slice(&data);
            }
            Err(error) => {
                writeln!(text, "\n{}\n[broken: {error}]", bytes.escape_ascii()).unwrap();
                return;
            }
        }
    }
    writeln!(text, "\n{}", bytes.escape_ascii()).unwrap();
    match body.trailers().await {
        Ok(Some(trailers)) => {
            write_headers(text, &trailers);
            writeln!(text, "[end in trailers]").unwrap();
        }
        Ok(None) if last_was_empty => writeln!(text, "[end in an empty frame]").unwrap(),
        Ok(None) => writeln!(text, "[end in data]").unwrap(),
        Err(error) => writeln!(text, "[broken: {error}]").unwrap(),
    }
}

fn write_headers(text: &mut String, headers: &http::HeaderMap) {
    for (name, value) in headers {
        if name != http::header::DATE {
            writeln!(text, "{name}: {}", value.as_bytes().escape_ascii()).unwrap();
        }
    }
}

/// Calls a unary method whose messages are strings (`google.protobuf.StringValue`), with Tonic's client.
pub(crate) async fn unary(
    channel: Channel,
    path: &'static str,
    request: tonic::Request<String>,
) -> Result<tonic::Response<String>, tonic::Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static(path);
    let codec = ProstCodec::<String, String>::default();
    client.unary(request, path, codec).await
}

/// A target in absolute form or not, as a `Uri`.
pub(crate) fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

#[tokio::test]
async fn both_versions_of_http_can_be_compared() {
    let router = axum::Router::new()
        .route("/", axum::routing::get(|| async { "hello" }))
        .route("/empty", axum::routing::get(|| async {}));
    let server = Server::axum(router).await;

    let answer = server.http1("GET", "/", &[], "").await;
    assert_eq!(
        answer,
        "HTTP/1.1 200 OK\ncontent-type: text/plain; charset=utf-8\ncontent-length: 5\nconnection: close\n\nhello"
    );
    let answer = server.http2("GET", "/", &[], "").await;
    assert_eq!(
        answer,
        "200\ncontent-type: text/plain; charset=utf-8\ncontent-length: 5\n\nhello\n[end in data]\n"
    );
    let answer = server.http2("POST", "/absent", &[], "body").await;
    assert_eq!(answer, "404\n[end in headers]\n");
}

#[tokio::test]
async fn any_tower_service_can_be_served() {
    let service = tower::service_fn(async |request: Request<Incoming>| {
        let path = request.uri().path().to_owned();
        Ok::<_, Infallible>(Response::new(http_body_util::Full::<Bytes>::from(path)))
    });
    let server = Server::tower(service).await;
    let answer = server.http1("GET", "/x", &[], "").await;
    assert_eq!(
        answer,
        "HTTP/1.1 200 OK\nconnection: close\ncontent-length: 2\n\n/x"
    );
}
