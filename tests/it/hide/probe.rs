//! What an outsider can try, and whether two paths answer it alike.

use std::net::SocketAddr;

use h2::ext::Protocol;
use http::Request;
use tower_postern::predicate::{Predicate, predicate};

use crate::support::wire::{End, Server, http1, http2_ended};

/// Callers inside say so in a header: the tests are about what happens to the others.
pub(crate) const INSIDE: (&str, &str) = ("x-inside", "1");

pub(crate) fn inside() -> impl Predicate + Clone {
    predicate(|caller| caller.headers().contains_key("x-inside"))
}

/// A path as an attacker may write it.
const SPELLINGS: &[fn(&str) -> String] = &[
    |path| path.to_owned(),
    |path| format!("{path}/"),
    |path| format!("/{path}"),
    |path| format!("/.{path}"),
    |path| format!("{path}?a=b"),
    |path| format!("{path};v=1"),
    |path| format!("{path}/x"),
    |path| format!("{path}//"),
    |path| format!("{path}%20"),
    |path| path.to_uppercase(),
    encode_last,
];

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW",
];

const PREFLIGHT: &[(&str, &str)] = &[
    ("origin", "https://elsewhere.example"),
    ("access-control-request-method", "GET"),
    ("access-control-request-headers", "x-inside"),
];

const HEADERS: &[&[(&str, &str)]] = &[
    PREFLIGHT,
    &[("accept-encoding", "gzip")],
    &[("content-type", "application/x-www-form-urlencoded")],
    &[("content-type", "application/grpc"), ("te", "trailers")],
    &[("range", "bytes=0-1"), ("if-none-match", "*")],
    &[("x-http-method-override", "GET"), ("x-original-url", "/")],
];

/// What is said on a connection, with `@` for the path. The server closes it, asked to or not.
const RAW: &[&str] = &[
    "GET @ HTTP/1.0\r\n\r\n",
    "GET http://test@ HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n",
    "POST @ HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "POST @ HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc",
    // The second request tells whether the connection outlived the first.
    "GET @ HTTP/1.1\r\nhost: test\r\n\r\nGET @ HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n",
    "POST @ HTTP/1.1\r\nhost: test\r\ncontent-length: 3\r\n\r\nabcGET @ HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n",
    "GET @ HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nGET @ HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n",
    "GET @ HTTP/1.1\r\nhost: test\r\nconnection: upgrade, http2-settings, close\r\nupgrade: h2c\r\n\
     http2-settings: AAMAAABkAAQAAP__\r\n\r\n",
];

/// All that was tried on `path`, and what came of it.
pub(crate) async fn answers(server: &Server, path: &str) -> Vec<(String, String)> {
    let mut tries = Vec::new();
    for method in METHODS {
        tries.push((*method, path.to_owned(), &[][..], ""));
        tries.push((*method, path.to_owned(), &[][..], "a body"));
    }
    for spell in SPELLINGS {
        tries.extend(["GET", "POST", "OPTIONS"].map(|method| (method, spell(path), &[][..], "")));
    }
    for headers in HEADERS {
        tries.extend(
            ["GET", "HEAD", "OPTIONS"].map(|method| (method, path.to_owned(), *headers, "")),
        );
        tries.push(("POST", path.to_owned(), *headers, "a body"));
    }

    let mut answers = Vec::new();
    for (method, target, headers, body) in tries {
        let name = format!("{method} {target} {headers:?} {body:?}");
        let answer = server.http1(method, &target, headers, body).await;
        answers.push((format!("HTTP/1.1 {name}"), answer));
        let answer = server.http2(method, &target, headers, body).await;
        answers.push((format!("HTTP/2 {name}"), answer));
    }
    for text in RAW {
        let text = text.replace('@', path);
        let answer = http1(server.address(), text.as_bytes()).await;
        answers.push((text, answer));
    }
    let large = "x".repeat(100_000);
    let answer = server.http2("POST", path, &[], &large).await;
    answers.push(("HTTP/2, a large body".to_owned(), answer));
    for body in ["", "a part"] {
        let answer = unfinished(server.address(), path, body).await;
        answers.push((format!("HTTP/2, unfinished after {body:?}"), answer));
    }

    let tunnel = Request::connect(format!("http://test{path}"))
        .header("sec-websocket-version", "13")
        .extension(Protocol::from_static("websocket"))
        .body(String::new())
        .unwrap();
    for end in [End::Send, End::Withhold] {
        let answer = http2_ended(server.address(), tunnel.clone(), end).await;
        answers.push((format!("HTTP/2, a WebSocket, {end:?}"), answer));
    }

    // A body may repeat the path, as it was spelled.
    let name = path.trim_start_matches('/');
    let spelled = [name.to_owned(), name.to_uppercase(), encode_last(name)];
    let unnamed = |text: String| {
        let spelled = spelled.iter().enumerate();
        spelled.fold(text, |text, (at, name)| {
            text.replace(name, &format!("<{at}>"))
        })
    };
    let answers = answers.into_iter();
    answers
        .map(|(tried, answer)| (unnamed(tried), unnamed(answer)))
        .collect()
}

fn encode_last(path: &str) -> String {
    let (rest, last) = path.split_at(path.len() - 1);
    format!("{rest}%{:02x}", last.as_bytes()[0])
}

async fn unfinished(address: SocketAddr, path: &str, body: &str) -> String {
    let uri = format!("http://test{path}");
    let request = Request::post(uri).body(body.to_owned()).unwrap();
    http2_ended(address, request, End::Withhold).await
}

/// The first difference between two lists of answers.
pub(crate) fn difference(
    answers: &[(String, String)],
    others: &[(String, String)],
) -> Option<String> {
    assert_eq!(answers.len(), others.len());
    let mut both = answers.iter().zip(others);
    let ((tried, answer), (_, other)) = both.find(|(answer, other)| answer.1 != other.1)?;
    Some(format!(
        "{tried}\n--- answered:\n{answer}\n--- and not:\n{other}"
    ))
}

/// What tells a hidden path from an absent one of the same server.
pub(crate) async fn tell(server: &Server, hidden: &str, absent: &str) -> Option<String> {
    assert_eq!(hidden.len(), absent.len(), "lengths would differ in bodies");
    difference(
        &answers(server, hidden).await,
        &answers(server, absent).await,
    )
}

/// A hidden path answers as an absent one of the same server.
pub(crate) async fn assert_absent(what: &str, server: &Server, hidden: &str, absent: &str) {
    if let Some(difference) = tell(server, hidden, absent).await {
        panic!("{what}: {hidden} can be told from {absent}: {difference}");
    }
}
