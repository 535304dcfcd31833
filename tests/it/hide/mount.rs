//! `hide_routes` around routes that are more than a handler: files, sockets, streams that go on.

use std::{convert::Infallible, fs};

use axum::{
    Router,
    extract::{
        WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::{Sse, sse::Event},
    routing::{any, get},
};
use bytes::Bytes;
use futures_util::{SinkExt, Stream, StreamExt, stream};
use h2::ext::Protocol;
use http::{HeaderValue, Request, StatusCode};
use tokio::{
    net::TcpStream,
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinSet,
};
use tokio_tungstenite::{
    client_async,
    tungstenite::{self, client::IntoClientRequest},
};
use tower_http::{
    services::{ServeDir, ServeFile},
    trace::TraceLayer,
};
use tower_postern::{
    HideLayer,
    axum::hide_routes,
    predicate::{Predicate, predicate},
};

use super::probe::{INSIDE, answers, assert_absent, difference, inside};
use crate::support::wire::Server;

fn public() -> Router {
    Router::new().route("/", get(async || "hello"))
}

/// An outsider cannot tell `hidden` from `absent`, nor from what a server without the hidden routes answers.
async fn holds(what: &str, public: &Router, hidden: Router, path: &str, absent: &str) -> Server {
    let with = Server::axum(hide_routes(public.clone(), hidden, inside())).await;
    // A service within a router too: that alone has Axum put `content-length` elsewhere.
    let without = Server::axum(Router::new().fallback_service(public.clone())).await;
    assert_absent(what, &with, path, absent).await;
    let (found, expect) = (answers(&with, path).await, answers(&without, path).await);
    assert_eq!(difference(&found, &expect), None, "{what}");
    with
}

#[tokio::test]
async fn files_hold_in_either_router_and_as_the_fallback() {
    let site = tempfile::tempdir().unwrap();
    fs::write(site.path().join("page.txt"), "for all").unwrap();
    fs::write(site.path().join("404.txt"), "no such page").unwrap();
    fs::create_dir(site.path().join("folder")).unwrap();
    let reports = tempfile::tempdir().unwrap();
    fs::write(reports.path().join("secret.txt"), "for insiders").unwrap();

    let files = || ServeDir::new(site.path());
    let page = ServeFile::new(site.path().join("404.txt"));
    let hidden = || {
        Router::new().nest_service(
            "/reports",
            ServeDir::new(reports.path()).precompressed_gzip(),
        )
    };
    for (name, public) in [
        ("no files", public()),
        ("beside", public().nest_service("/files", files())),
        ("the fallback", public().fallback_service(files())),
        (
            "a fallback that calls its own",
            public().fallback_service(
                files()
                    .call_fallback_on_method_not_allowed(true)
                    .fallback(page.clone()),
            ),
        ),
        (
            "a fallback with a page",
            public().fallback_service(files().not_found_service(page.clone())),
        ),
        (
            "in the place of the root",
            Router::new().fallback_service(files()),
        ),
    ] {
        let server = holds(
            name,
            &public,
            hidden(),
            "/reports/secret.txt",
            "/repasts/secret.txt",
        )
        .await;
        for (headers, expect) in [(&[INSIDE][..], "for insiders"), (&[], "")] {
            let answer = server
                .http1("GET", "/reports/secret.txt", headers, "")
                .await;
            assert_eq!(
                answer.ends_with("\n\nfor insiders"),
                !expect.is_empty(),
                "{name}: {answer}"
            );
        }
        // What is public is so for both.
        for path in ["/files/page.txt", "/page.txt", "/folder", "/"] {
            let outside = server.http1("GET", path, &[], "").await;
            assert_eq!(
                server.http1("GET", path, &[INSIDE], "").await,
                outside,
                "{name}: {path}"
            );
        }
    }
}

#[tokio::test]
async fn files_as_the_fallback_of_the_hidden_router_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret.txt"), "for insiders").unwrap();
    let hidden = Router::new().fallback_service(ServeDir::new(folder.path()));
    let server = holds(
        "a fallback of the hidden router",
        &public(),
        hidden,
        "/secret.txt",
        "/absent.txt",
    )
    .await;
    let answer = server.http1("GET", "/secret.txt", &[INSIDE], "").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}

/// Repeats what is said, until the other side has enough.
async fn echo(socket: WebSocketUpgrade) -> axum::response::Response {
    socket.on_upgrade(async |mut socket: WebSocket| {
        while let Some(Ok(message)) = socket.recv().await {
            if let Message::Text(text) = message {
                let answer = Message::Text(format!("heard {text}").into());
                if socket.send(answer).await.is_err() {
                    break;
                }
            }
        }
    })
}

/// Has a WebSocket opened by a client that is known for it.
async fn open(
    server: &Server,
    path: &str,
    headers: &[(&'static str, &'static str)],
) -> Result<tokio_tungstenite::WebSocketStream<TcpStream>, StatusCode> {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let mut request = format!("ws://test{path}").into_client_request().unwrap();
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(*name, HeaderValue::from_static(value));
    }
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) => Err(answer.status()),
        Err(error) => panic!("{error}"),
    }
}

async fn assert_talks(server: &Server, path: &str, headers: &[(&'static str, &'static str)]) {
    let mut socket = open(server, path, headers).await.unwrap();
    for word in ["one", "two"] {
        socket.send(tungstenite::Message::text(word)).await.unwrap();
        let answer = socket.next().await.unwrap().unwrap();
        assert_eq!(answer.to_text().unwrap(), format!("heard {word}"), "{path}");
    }
    socket.close(None).await.unwrap();
    while let Some(last) = socket.next().await {
        assert!(last.unwrap().is_close(), "{path}");
    }
}

#[tokio::test]
async fn an_insider_talks_over_a_hidden_websocket_and_an_outsider_finds_none() {
    let sockets = |path| Router::new().route(path, any(echo));
    let reroute = HideLayer::when(
        predicate(|request| request.uri().path().starts_with("/hidden")).and(inside().not()),
    )
    .reroute();
    let all = public().merge(sockets("/public")).merge(sockets("/hidden"));
    for (name, app) in [
        (
            "hide_routes",
            hide_routes(
                public().merge(sockets("/public")),
                sockets("/hidden"),
                inside(),
            ),
        ),
        (
            "by GET alone",
            hide_routes(
                public().merge(sockets("/public")),
                Router::new().route("/hidden", get(echo)),
                inside(),
            ),
        ),
        ("reroute", Router::new().fallback_service(reroute.wrap(all))),
    ] {
        let server = Server::axum(app.layer(TraceLayer::new_for_http())).await;
        assert_talks(&server, "/hidden", &[INSIDE]).await;
        assert_talks(&server, "/public", &[INSIDE]).await;
        assert_talks(&server, "/public", &[]).await;
        for path in ["/hidden", "/absent"] {
            assert_eq!(
                open(&server, path, &[]).await.unwrap_err(),
                StatusCode::NOT_FOUND,
                "{name}: {path}"
            );
        }
        assert_absent(name, &server, "/hidden", "/absent").await;
    }
}

/// A stream of HTTP/2 that says it is a WebSocket (RFC 8441), and what was said on it.
struct Tunnel {
    send: h2::SendStream<Bytes>,
    receive: h2::RecvStream,
    _connection: JoinSet<()>,
}

impl Tunnel {
    async fn open(
        server: &Server,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, StatusCode> {
        let stream = TcpStream::connect(server.address()).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        let mut background = JoinSet::new();
        background.spawn(async move { drop(connection.await) });
        let mut request = Request::connect(format!("http://test{path}"))
            .header("sec-websocket-version", "13")
            .extension(Protocol::from_static("websocket"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).unwrap();
        let (answer, send) = client.send_request(request, false).unwrap();
        let answer = answer.await.unwrap();
        if answer.status() != StatusCode::OK {
            return Err(answer.status());
        }
        Ok(Self {
            send,
            receive: answer.into_body(),
            _connection: background,
        })
    }

    /// One frame of text, masked with nothing as a client must, and the one that comes back.
    async fn talk(&mut self, text: &str) -> String {
        let length = 0x80 | u8::try_from(text.len()).unwrap();
        let mut frame = vec![0x81, length, 0, 0, 0, 0];
        frame.extend_from_slice(text.as_bytes());
        self.send.send_data(frame.into(), false).unwrap();
        let mut answer = Vec::new();
        loop {
            let data = self.receive.data().await.unwrap().unwrap();
            self.receive
                .flow_control()
                .release_capacity(data.len())
                .unwrap();
            answer.extend_from_slice(&data);
            if let [0x81, length, text @ ..] = &answer[..]
                && text.len() == usize::from(*length)
            {
                return String::from_utf8(text.to_vec()).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_hidden_websocket_over_http2_is_there_for_insiders_alone() {
    let route = |path| Router::new().route(path, any(echo));
    let app = hide_routes(public().merge(route("/public")), route("/hidden"), inside());
    let server = Server::axum(app).await;
    for (path, headers) in [
        ("/hidden", &[INSIDE][..]),
        ("/public", &[INSIDE]),
        ("/public", &[]),
    ] {
        let mut tunnel = Tunnel::open(&server, path, headers).await.unwrap();
        assert_eq!(tunnel.talk("one").await, "heard one", "{path}");
        assert_eq!(tunnel.talk("two").await, "heard two", "{path}");
    }
    for path in ["/hidden", "/absent"] {
        let answer = Tunnel::open(&server, path, &[]).await.err();
        assert_eq!(answer, Some(StatusCode::NOT_FOUND), "{path}");
    }
    assert_absent("HTTP/2", &server, "/hidden", "/absent").await;
}

fn events(receiver: Receiver<&'static str>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(receiver, async |mut receiver| {
        let text = receiver.recv().await?;
        Some((Ok(Event::default().data(text)), receiver))
    })
}

/// A route whose answer is the events that are sent, and the one who sends them to whom asks next.
fn feed() -> (Router, Receiver<Sender<&'static str>>) {
    let (opened, openings) = channel(8);
    let route = get(async move || {
        let (sender, receiver) = channel(1);
        opened.send(sender).await.unwrap();
        Sse::new(events(receiver))
    });
    (Router::new().route("/hidden", route), openings)
}

#[tokio::test]
async fn an_insider_gets_events_while_they_happen_and_an_outsider_finds_no_stream() {
    let (hidden, mut openings) = feed();
    let app = hide_routes(public(), hidden, inside()).layer(TraceLayer::new_for_http());
    let server = Server::axum(app).await;

    let stream = TcpStream::connect(server.address()).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    let mut background = JoinSet::new();
    background.spawn(async move { drop(connection.await) });
    let request = Request::get("http://test/hidden").header(INSIDE.0, INSIDE.1);
    let request = request
        .header("accept", "text/event-stream")
        .body(())
        .unwrap();
    let (answer, _) = client.send_request(request, true).unwrap();
    let mut answer = answer.await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.headers()["cache-control"], "private, no-store");

    let sender = openings.recv().await.unwrap();
    for text in ["one", "two"] {
        // The second one is not sent before the first one came.
        sender.send(text).await.unwrap();
        let data = answer.body_mut().data().await.unwrap().unwrap();
        assert_eq!(data, format!("data: {text}\n\n"));
    }
    // A caller who leaves ends it.
    drop((answer, client));
    background.abort_all();
    sender.closed().await;

    assert_absent("events", &server, "/hidden", "/absent").await;
    let headers = [("accept", "text/event-stream"), ("last-event-id", "1")];
    for path in ["/hidden", "/absent"] {
        let answer = server.http1("GET", path, &headers, "").await;
        assert_eq!(
            answer, "HTTP/1.1 404 Not Found\nconnection: close\ncontent-length: 0\n\n",
            "{path}"
        );
    }
    assert!(
        openings.try_recv().is_err(),
        "an outsider's request got to the handler"
    );
}
