//! Around a plain service, on a bare Hyper connection.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tower::{ServiceExt as _, service_fn};
use tower_http::{cors::CorsLayer, limit::RequestBodyLimitLayer, trace::TraceLayer};
use tower_postern::{
    HideLayer, hide,
    predicate::{Predicate, predicate},
};

use super::probe::{INSIDE, assert_absent, inside};
use crate::support::wire::Server;

/// Answers misses with a bare 404.
async fn all(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::default());
    match request.uri().path() {
        "/" | "/metrics" => *response.body_mut() = Full::from("42"),
        _ => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    Ok(response)
}

async fn public(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/metrics" {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    }
    all(request).await
}

fn metrics() -> impl Predicate + Clone {
    predicate(|request| request.uri().path().starts_with("/metrics")).and(inside().not())
}

async fn holds(what: &str, server: Server) {
    assert_absent(what, &server, "/metrics", "/absents").await;
    let answer = server.http1("GET", "/metrics", &[INSIDE], "").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{what}: {answer}");
}

#[tokio::test]
async fn a_plain_service_holds_with_each_answer() {
    let layer = HideLayer::when(metrics()).not_found();
    holds(
        "not_found",
        Server::tower(layer.wrap(service_fn(all))).await,
    )
    .await;

    let layer = HideLayer::when(metrics()).reroute();
    holds("reroute", Server::tower(layer.wrap(service_fn(all))).await).await;

    let layer = HideLayer::unless(inside()).fallback(service_fn(public));
    holds("fallback", Server::tower(layer.wrap(service_fn(all))).await).await;

    let service = hide::by_caller(service_fn(public), service_fn(all), inside());
    holds("by the caller", Server::tower(service).await).await;
}

#[tokio::test]
async fn layers_outside_of_a_plain_service_hold() {
    let service = tower::ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(CorsLayer::permissive())
        .layer(RequestBodyLimitLayer::new(64))
        .layer(HideLayer::when(metrics()).not_found())
        .service(service_fn(|request: Request<_>| all_of_any(&request)));
    holds("layers", Server::tower(service).await).await;
}

fn all_of_any<B>(
    request: &Request<B>,
) -> impl Future<Output = Result<Response<Full<Bytes>>, Infallible>> + use<B> {
    let found = matches!(request.uri().path(), "/" | "/metrics");
    let mut response = Response::new(Full::from(if found { "42" } else { "" }));
    if !found {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    std::future::ready(Ok(response))
}

#[tokio::test]
async fn a_proxy_hides_what_is_behind_it() {
    // The response's body is `Incoming`, which nobody can make: what is hidden is dispatched.
    let behind = Server::tower(service_fn(all)).await;
    let address = behind.address();
    let proxy = service_fn(move |mut request: Request<Incoming>| async move {
        let path = request.uri().path_and_query().unwrap().to_string();
        *request.uri_mut() = format!("http://{address}{path}").parse().unwrap();
        let client =
            hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
        client.build_http().request(request).await
    });
    let nothing = proxy.map_request(|mut request: Request<Incoming>| {
        *request.uri_mut() = "/nothing".parse().unwrap();
        request
    });
    let layer = HideLayer::when(metrics()).fallback(nothing);
    let server = Server::tower(layer.wrap(proxy)).await;
    let answer = server.http1("GET", "/metrics", &[], "").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let answer = server.http1("GET", "/metrics", &[INSIDE], "").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
