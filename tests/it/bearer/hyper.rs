//! On a bare Hyper connection.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use tower::{BoxError, ServiceBuilder, service_fn};
use tower_http::{
    body::Limited, compression::CompressionLayer, cors::CorsLayer, limit::RequestBodyLimitLayer,
    map_response_body::MapResponseBodyLayer, trace::TraceLayer,
};
use tower_postern::{
    BearerAuthLayer,
    bearer::{ProblemJson, TokenValidator},
    predicate::predicate,
};

use crate::support::{
    bearer::{Mostly, Now, who},
    wire::Server,
};

async fn answer<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from(who(request.extensions()))))
}

fn boxed<B>(body: B) -> UnsyncBoxBody<Bytes, BoxError>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

fn layer<V: TokenValidator>(validator: V) -> BearerAuthLayer<V> {
    BearerAuthLayer::new(validator)
        .realm("shop")
        .unwrap()
        .exempt(predicate(|request| request.uri().path() == "/health"))
}

#[tokio::test]
async fn a_bare_service_is_guarded_in_both_versions_of_http() {
    let service = layer(Mostly).wrap(service_fn(answer::<Incoming>));
    let server = Server::tower(service).await;
    let invalid = "www-authenticate: Bearer realm=\\\"shop\\\", error=\\\"invalid_token\\\", \
                   error_description=\\\"The access token is not valid\\\"\n";
    let missing = "www-authenticate: Bearer realm=\\\"shop\\\"\n";
    for (path, token, status, headers, body) in [
        ("/", None, "401 Unauthorized", missing, ""),
        ("/", Some("bad"), "401 Unauthorized", invalid, ""),
        ("/", Some("slow-bad"), "401 Unauthorized", invalid, ""),
        (
            "/",
            Some("down"),
            "503 Service Unavailable",
            "retry-after: 1\n",
            "",
        ),
        ("/", Some("ann"), "200 OK", "", "ann"),
        ("/", Some("slow-ann"), "200 OK", "", "ann"),
        ("/health", None, "200 OK", "", "anonymous"),
    ] {
        let line = token.map(|token| format!("Bearer {token}"));
        let sent: Vec<_> = line
            .iter()
            .map(|line| ("authorization", line.as_str()))
            .collect();
        let length = body.len();
        assert_eq!(
            server.http1("GET", path, &sent, "").await,
            format!(
                "HTTP/1.1 {status}\n{headers}connection: close\ncontent-length: {length}\n\n{body}"
            ),
            "{path} {token:?}"
        );
        let code = status.split(' ').next().unwrap();
        let end = if body.is_empty() {
            "[end in headers]\n".to_owned()
        } else {
            format!("content-length: {length}\n\n{body}\n[end in data]\n")
        };
        assert_eq!(
            server.http2("GET", path, &sent, "").await,
            format!("{code}\n{headers}{end}"),
            "{path} {token:?}"
        );
    }
}

#[tokio::test]
async fn layers_of_the_field_stand_outside_and_inside() {
    let outside = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(CorsLayer::permissive())
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(1024))
        .layer(layer(Mostly))
        .service(service_fn(answer::<Limited<Incoming>>));
    let inside = ServiceBuilder::new()
        .layer(layer(Mostly))
        // The bodies of such layers have no `Default`; a box has.
        .layer(MapResponseBodyLayer::new(boxed))
        .layer(TraceLayer::new_for_http())
        .layer(CorsLayer::permissive())
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(1024))
        .service(service_fn(answer::<Limited<Incoming>>));
    let outside = Server::tower(outside).await;
    let inside = Server::tower(inside).await;
    for (name, server) in [("outside", &outside), ("inside", &inside)] {
        for token in ["ann", "slow-ann"] {
            let line = format!("Bearer {token}");
            let sent = [
                ("authorization", line.as_str()),
                ("origin", "https://app.example"),
            ];
            let answer = server.http1("POST", "/", &sent, "body").await;
            assert!(answer.starts_with("HTTP/1.1 200 OK"), "{name}: {answer}");
            assert!(answer.ends_with("\n\nann"), "{name}: {answer}");
        }
        let answer = server
            .http1("GET", "/", &[("origin", "https://app.example")], "")
            .await;
        assert!(
            answer.starts_with("HTTP/1.1 401 Unauthorized"),
            "{name}: {answer}"
        );
        assert_eq!(
            answer.contains("access-control-allow-origin"),
            name == "outside",
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_body_tells_why_where_that_is_wanted() {
    let service = layer(Now)
        .reject_with(ProblemJson)
        .wrap(service_fn(answer::<Incoming>));
    let server = Server::tower(service).await;
    let answer = server.http1("GET", "/", &[], "").await;
    assert!(
        answer.contains("content-type: application/problem+json"),
        "{answer}"
    );
    let answer = server.http1("HEAD", "/", &[], "").await;
    assert!(answer.ends_with("\n\n"), "no body to HEAD: {answer}");
}

/// The body of a refused request is not waited for.
#[tokio::test]
async fn a_refusal_does_not_wait_for_the_body() {
    let server = Server::tower(layer(Now).wrap(service_fn(answer::<Incoming>))).await;
    let head = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 1000000\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n";
    let answer = crate::support::wire::http1(server.address(), head).await;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized"), "{answer}");
}
