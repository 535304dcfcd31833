//! The client that is ready to be used.

use std::{error::Error as _, io::Write, sync::Arc};

use http::{HeaderMap, HeaderValue, Uri, header::ACCEPT};
use tokio::sync::Semaphore;
use tower_postern::{
    ConfigErrorKind,
    fetch::{Fetch, FetchErrorKind, FetchRequest, HttpsClient},
};

use crate::support::{
    scripted::{Answer, Scripted, no_trust},
    wire::deaf,
};

fn get(url: &str) -> FetchRequest {
    FetchRequest::get(url.parse::<Uri>().unwrap())
}

/// The texts of an error and of its causes.
fn texts(error: &dyn std::error::Error) -> String {
    let mut texts = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        texts = format!("{texts}: {error}");
        cause = error.source();
    }
    texts
}

#[tokio::test]
async fn an_answer_is_read_over_tls() {
    let (server, tls) = Scripted::start_tls().await;
    server.answer("/keys?v=1", Answer::json("{}"));
    let client = HttpsClient::new(tls);
    let accept = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let request = get(&server.url("/keys?v=1")).with_headers(accept);
    let response = client.fetch(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.body(), "{}");
    let host = server.origin().replace("https://", "");
    let expect = format!(
        "GET /keys?v=1 HTTP/1.1\r\naccept: application/json\r\nuser-agent: tower-postern\r\nhost: {host}\r\n\r\n"
    );
    assert_eq!(server.asked(), [expect]);
}

#[tokio::test]
async fn a_certificate_of_a_stranger_is_not_trusted() {
    let (server, tls) = Scripted::start_tls().await;
    server.answer("/keys", Answer::json("{}"));
    let stranger = HttpsClient::new(no_trust());
    let error = stranger.fetch(get(&server.url("/keys"))).await.unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Connect);
    assert_eq!(
        texts(&error),
        "no connection to the server: TLS: the server's certificate is from an authority that is not among the roots"
    );

    let other_name = server.url("/keys").replace("127.0.0.1", "localhost");
    let error = HttpsClient::new(tls)
        .fetch(get(&other_name))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Connect);
    assert_eq!(
        texts(&error),
        "no connection to the server: TLS: the server's certificate is for another name"
    );
    assert_eq!(server.asked().len(), 0);
}

#[tokio::test]
async fn a_closed_port_is_no_connection() {
    let (_deaf, address) = deaf();
    let url = format!("http://{address}/keys?key=s3cr3t");
    let error = HttpsClient::new(no_trust())
        .fetch(get(&url))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Connect);
    assert!(error.source().is_some());
    assert!(!texts(&error).contains("s3cr3t"), "{}", texts(&error));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Scripted::start().await;
    let location = server.url("/other");
    let headers = [("location", location.as_str())];
    server.answer("/keys", Answer::with("302 Found", &headers, "here"));
    server.answer("/other", Answer::json("{}"));
    let client = HttpsClient::new(no_trust());
    let response = client.fetch(get(&server.url("/keys"))).await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(response.body(), "", "nobody needs it");
    assert_eq!(server.count("/other"), 0);
}

#[tokio::test]
async fn no_more_is_read_than_was_asked_for() {
    let server = Scripted::start().await;
    let client = HttpsClient::new(no_trust());
    let chunked = |data: &str| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        format!("{head}{:x}\r\n{data}\r\n", data.len())
    };
    let ten = "0123456789";
    let until_close = format!("HTTP/1.1 200 OK\r\n\r\n{ten}");
    for (name, answer, expect) in [
        ("announced", Answer::json(ten), Ok(())),
        (
            "announced, longer",
            Answer::json("0123456789a"),
            Err(FetchErrorKind::TooLarge),
        ),
        // What is announced is refused before it comes.
        (
            "announced, never sent",
            Answer::hanging("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n"),
            Err(FetchErrorKind::TooLarge),
        ),
        ("chunked", Answer::raw(chunked(ten) + "0\r\n\r\n"), Ok(())),
        (
            "chunked, endless",
            Answer::hanging(chunked("0123456789a")),
            Err(FetchErrorKind::TooLarge),
        ),
        ("until close", Answer::raw(until_close.clone()), Ok(())),
        (
            "until close, longer",
            Answer::raw(until_close + "a"),
            Err(FetchErrorKind::TooLarge),
        ),
        (
            "broken off",
            Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234"),
            Err(FetchErrorKind::Transport),
        ),
        (
            "no HTTP",
            Answer::raw("+OK ready\r\n\r\n"),
            Err(FetchErrorKind::Transport),
        ),
        (
            "an endless head",
            Answer::hanging(format!("HTTP/1.1 200 OK\r\nx: {}\r\n", "a".repeat(100_000))),
            Err(FetchErrorKind::Transport),
        ),
    ] {
        server.answer("/keys", answer);
        let request = get(&server.url("/keys")).with_max_bytes(10);
        let found = client.fetch(request).await;
        let expect_body = expect.map(|()| ten);
        let found_body = found.as_ref().map(|response| response.body().as_ref());
        assert_eq!(
            found_body.map_err(tower_postern::fetch::FetchError::kind),
            expect_body.map(str::as_bytes),
            "{name}"
        );
    }
}

#[tokio::test]
async fn credentials_go_to_their_origin_alone() {
    let (server, tls) = Scripted::start_tls().await;
    let (other, _) = Scripted::start_tls().await;
    server.answer("/keys", Answer::json("{}"));
    let client = HttpsClient::new(tls)
        .header(&server.origin(), "X-Api-Key", "k3y")
        .unwrap()
        .header(&other.origin(), "x-other", "0ther")
        .unwrap();
    client.fetch(get(&server.url("/keys"))).await.unwrap();
    let asked = server.asked().concat();
    assert!(asked.contains("x-api-key: k3y\r\n"), "{asked}");
    assert!(!asked.contains("0ther"), "{asked}");
    let shown = format!("{client:?}");
    assert!(!shown.contains("k3y"), "{shown}");

    let client = HttpsClient::new(no_trust());
    for (origin, name, value, kind) in [
        (
            "http://id.example",
            "x-api-key",
            "k3y",
            ConfigErrorKind::Url,
        ),
        (
            "https://id.example/path",
            "x-api-key",
            "k3y",
            ConfigErrorKind::Url,
        ),
        ("https://id.example", "host", "k3y", ConfigErrorKind::Header),
        (
            "https://id.example",
            "x api key",
            "k3y",
            ConfigErrorKind::Header,
        ),
        (
            "https://id.example",
            "x-api-key",
            "k3y\r\n",
            ConfigErrorKind::Header,
        ),
    ] {
        let error = client.clone().header(origin, name, value).unwrap_err();
        assert_eq!(error.kind(), kind, "{origin} {name} {value:?}");
        assert!(!error.to_string().contains("k3y"), "{error}");
    }
}

#[tokio::test]
async fn a_token_file_is_read_again_when_it_changes() {
    let (server, tls) = Scripted::start_tls().await;
    server.answer("/keys", Answer::json("{}"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let client = HttpsClient::new(tls)
        .bearer_file(&server.origin(), file.path())
        .unwrap();
    let ask = async || client.fetch(get(&server.url("/keys"))).await;

    let error = ask().await.unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Credentials, "it is empty");
    for token in ["first", "second\n"] {
        file.as_file().set_len(0).unwrap();
        std::fs::write(file.path(), token).unwrap();
        ask().await.unwrap();
        let expect = format!("authorization: Bearer {}\r\n", token.trim());
        assert!(server.asked().last().unwrap().contains(&expect), "{token}");
    }
    file.as_file().write_all(b"a\r\nx: y").unwrap();
    let error = ask().await.unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Credentials, "it holds more");
    drop(file);
    let error = ask().await.unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Credentials, "it is gone");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_client_can_be_used_on_several_runtimes() {
    let server = Scripted::start().await;
    server.answer("/keys", Answer::json("{}"));
    let client = HttpsClient::new(no_trust());
    client.fetch(get(&server.url("/keys"))).await.unwrap();
    let (other, request) = (client.clone(), get(&server.url("/keys")));
    let elsewhere = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(other.fetch(request)).map(drop)
    });
    let elsewhere = tokio::task::spawn_blocking(|| elsewhere.join().unwrap());
    elsewhere.await.unwrap().unwrap();
    // The connection that was made there is gone with its runtime.
    client.fetch(get(&server.url("/keys"))).await.unwrap();
}

#[tokio::test]
async fn a_request_that_is_dropped_is_not_waited_for() {
    let server = Scripted::start().await;
    let permits = Arc::new(Semaphore::new(0));
    server.answer("/keys", Answer::json("{}").held(&permits));
    let client = HttpsClient::new(no_trust());
    let request = tokio::spawn({
        let (client, request) = (client.clone(), get(&server.url("/keys")));
        async move { client.fetch(request).await.map(drop) }
    });
    server.asked_for("/keys", 1).await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    permits.add_permits(2);
    client.fetch(get(&server.url("/keys"))).await.unwrap();
}
