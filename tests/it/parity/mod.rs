//! The kit that proves hiding: it passes what holds, and finds what betrays a route.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{Path, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use http::{HeaderName, HeaderValue, StatusCode};
use tower_http::{cors::CorsLayer, set_header::SetResponseHeaderLayer};
use tower_postern::{
    BearerAuthLayer, HideLayer,
    bearer::{Verified, validator_fn},
    hide::{self, NotFound},
    predicate::{Predicate, predicate},
    rule,
    test_util::{Parity, assert_indistinguishable},
};

use crate::support::wire::deaf;

const HIDDEN: &str = "/metrics";

fn inside() -> impl Predicate + Clone {
    predicate(|caller| caller.headers().contains_key("x-inside"))
}

fn is_hidden() -> impl Predicate {
    rule::under([HIDDEN]).unwrap().and(inside().not())
}

fn bare() -> HideLayer<NotFound> {
    HideLayer::when(is_hidden()).not_found()
}

fn public() -> Router {
    Router::new().route("/", get(async || "hello"))
}

fn full() -> Router {
    public().route(HIDDEN, get(async || "42"))
}

fn page(router: Router) -> Router {
    router.fallback(async || (StatusCode::NOT_FOUND, "nothing here"))
}

fn around<L>(layer: &L, router: Router) -> Router
where
    L: tower::Layer<Router>,
    L::Service: tower::Service<Request, Response = Response, Error = std::convert::Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    Router::new().fallback_service(layer.layer(router))
}

#[tokio::test]
async fn what_holds_passes() {
    let by_caller = || HideLayer::unless(inside()).by_caller().fallback(public());
    assert_indistinguishable(around(&by_caller(), full()), [HIDDEN, "/metrics/x"]).await;
    assert_indistinguishable(around(&bare(), full()), [HIDDEN]).await;
    assert_indistinguishable(
        around(&HideLayer::when(is_hidden()).reroute(), page(full())),
        [HIDDEN],
    )
    .await;

    let outsider = Parity::of(around(&by_caller(), full())).await;
    outsider.assert_hidden(HIDDEN).await;
    let insider = Parity::at(outsider.address()).header("x-inside", "1");
    insider.assert_shown(HIDDEN).await;
}

#[tokio::test]
async fn each_arrangement_that_betrays_a_route_is_found_with_its_mistake() {
    async fn refuse(request: Request, next: Next) -> Response {
        if request.headers().contains_key("x-inside") {
            next.run(request).await
        } else {
            StatusCode::FORBIDDEN.into_response()
        }
    }
    let tokens = BearerAuthLayer::new(validator_fn(async |_| Ok(Verified::new("ann"))));
    let api_page = async || (StatusCode::NOT_FOUND, "no such thing in the API");
    let marked = |router: Router| {
        let name = HeaderName::from_static("x-served-by");
        router.layer(SetResponseHeaderLayer::overriding(
            name,
            HeaderValue::from_static("1"),
        ))
    };
    let no_store = SetResponseHeaderLayer::overriding(
        HeaderName::from_static("cache-control"),
        HeaderValue::from_static("no-store"),
    );
    let split = |fallback: Router| HideLayer::when(is_hidden()).fallback(fallback);
    let slashes = full().route("/metrics/", any(async || Redirect::permanent(HIDDEN)));
    let exact =
        HideLayer::when(predicate(|request| request.uri().path() == HIDDEN).and(inside().not()));
    for (name, app, hidden, cause) in [
        (
            "not hidden at all",
            full(),
            HIDDEN,
            "it is not hidden from this caller",
        ),
        (
            "Router::layer",
            full().layer(bare()),
            HIDDEN,
            "made inside of a router",
        ),
        (
            "Router::route_layer",
            full().route_layer(bare()),
            HIDDEN,
            "made inside of a router",
        ),
        (
            "MethodRouter::layer",
            public().route(HIDDEN, get(async || "42").layer(bare())),
            HIDDEN,
            "made inside of a router",
        ),
        (
            "inside, with a page",
            page(full()).layer(bare()),
            HIDDEN,
            "misses have a page",
        ),
        (
            "around, with a page",
            around(&bare(), page(full())),
            HIDDEN,
            "misses have a page",
        ),
        (
            "around a route for all",
            around(
                &bare(),
                full().route("/{*all}", any(async |Path(_): Path<String>| "all")),
            ),
            HIDDEN,
            "misses have a page",
        ),
        (
            "refused",
            full().route_layer(from_fn(refuse)),
            HIDDEN,
            "refused, not hidden",
        ),
        (
            "a token is asked for on the route",
            full().route_layer(tokens),
            HIDDEN,
            "refused, not hidden",
        ),
        (
            "a rule about the path before a nested fallback",
            Router::new().fallback_service(
                HideLayer::when(rule::path(["/api/metrics"]).unwrap())
                    .fallback(public())
                    .wrap(Router::new().nest("/api", full().fallback(api_page))),
            ),
            "/api/metrics",
            "misses have a page",
        ),
        (
            "a layer inside alone",
            around(&split(public()), marked(full())),
            HIDDEN,
            "one side alone",
        ),
        (
            "CORS inside alone",
            around(&split(public()), full().layer(CorsLayer::permissive())),
            HIDDEN,
            "one side alone",
        ),
        (
            "no-store on hidden answers",
            around(&split(public().layer(no_store)), full()),
            HIDDEN,
            "`Cache-Control` stands on",
        ),
        (
            "hidden from the methods that came to mind",
            around(
                &HideLayer::when(
                    is_hidden().and(predicate(|request| request.method() != "CONNECT")),
                )
                .reroute(),
                public().route(HIDDEN, any(async || "42")),
            ),
            HIDDEN,
            "it is not hidden from this caller",
        ),
        (
            "the path compared as it is written, and a redirect of slashes",
            around(&exact.reroute(), slashes),
            HIDDEN,
            "redirects to a path that it knows",
        ),
    ] {
        let found = Parity::of(app).await.hidden(hidden).await;
        let Err(difference) = found else {
            panic!("{name}: nothing was found")
        };
        assert!(difference.cause().contains(cause), "{name}: {difference}");
    }
}

#[tokio::test]
async fn a_failure_shows_both_answers_and_the_mistake() {
    let app = page(full()).layer(bare());
    let difference = Parity::of(app).await.hidden(HIDDEN).await.unwrap_err();
    assert_eq!(difference.probe(), "GET /… (HTTP/1.1)");
    assert_eq!(
        difference.to_string(),
        "a hidden path can be told from an absent one by
    GET /… (HTTP/1.1)
(`-` the absent one, `+` the hidden one)
    HTTP/1.1 404 Not Found
  - content-type: text/plain; charset=utf-8
  - content-length: 12
    connection: close
    \n  - nothing here
  + content-length: 0
likely: it is answered by a bare 404, and misses have a page; dispatch it: `fallback`, `reroute`, or `hide_routes`"
    );
}

#[tokio::test]
#[should_panic(expected = "a hidden path can be told from an absent one by")]
async fn the_assertion_panics_with_it() {
    assert_indistinguishable(full(), [HIDDEN]).await;
}

#[tokio::test]
#[should_panic(expected = "/metrics-of-old is not shown to this caller")]
async fn a_path_that_is_not_there_is_shown_to_nobody() {
    Parity::of(full())
        .await
        .assert_shown("/metrics-of-old")
        .await;
}

#[tokio::test]
async fn what_changes_from_request_to_request_is_not_compared() {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };
    let count = Arc::new(AtomicU32::new(0));
    let number = move |mut response: Response| {
        let count = count.fetch_add(1, Ordering::Relaxed);
        response
            .headers_mut()
            .insert("x-request-id", HeaderValue::from(count));
        response
    };
    let layer = HideLayer::unless(inside())
        .by_caller()
        .fallback(page(public()));
    let app = around(&layer, page(full())).layer(axum::middleware::map_response(
        move |response: Response| std::future::ready(number(response)),
    ));
    assert_indistinguishable(app, [HIDDEN]).await;
}

#[tokio::test]
async fn a_page_that_repeats_the_path_is_taken_for_the_same() {
    let repeats = async |uri: http::Uri| (StatusCode::NOT_FOUND, format!("no {uri}"));
    let layer = HideLayer::unless(inside())
        .by_caller()
        .fallback(public().fallback(repeats));
    assert_indistinguishable(around(&layer, full()), [HIDDEN]).await;
}

#[tokio::test]
async fn the_peer_is_what_it_is_told_to_be() {
    let loopback = rule::client_addr(["127.0.0.0/8"]).unwrap();
    let layer = HideLayer::unless(loopback).by_caller().fallback(public());
    let app = around(&layer, full());
    let outside: SocketAddr = "203.0.113.7:4711".parse().unwrap();
    Parity::of_peer(app.clone(), outside)
        .await
        .assert_hidden(HIDDEN)
        .await;
    Parity::of(app).await.assert_shown(HIDDEN).await;
}

#[tokio::test]
async fn a_concealed_object_is_compared_with_those_that_do_not_exist() {
    let read = |conceals: bool| {
        async move |Path(name): Path<String>| -> Response {
            match name.as_str() {
                "open" => "open".into_response(),
                "secret" if !conceals => StatusCode::NOT_FOUND.into_response(),
                _ => Response::from(hide::conceal()),
            }
        }
    };
    let app = |conceals| {
        let layer = HideLayer::when(predicate(|_| false))
            .fallback(page(public()))
            .late();
        around(
            &layer,
            page(public()).route("/things/{name}", get(read(conceals))),
        )
    };
    let absent = ["/things/absent", "/things/nobody"];
    Parity::of(app(true))
        .await
        .assert_same("/things/secret", absent)
        .await;
    let found = Parity::of(app(false))
        .await
        .same("/things/secret", absent)
        .await;
    assert!(found.unwrap_err().cause().contains("misses have a page"));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_no_success() {
    let (_deaf, address) = deaf();
    let found = Parity::at(address).hidden(HIDDEN).await.unwrap_err();
    assert_eq!(found.cause(), "the server does not answer at all");
}

#[tokio::test]
async fn a_path_that_takes_longer_tells_by_its_time() {
    let slow = async |request: Request, next: Next| {
        if request.uri().path() == HIDDEN {
            // Work, as a lookup would be.
            let mut sum = 0_u64;
            for at in 0..2_000_000_u64 {
                sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(at));
            }
        }
        next.run(request).await
    };
    let layer = HideLayer::unless(inside()).by_caller().fallback(public());
    let parity = Parity::of(around(&layer, full()).layer(from_fn(slow))).await;
    let timing = parity.timing(HIDDEN, 40).await;
    assert!(timing.is_telling() && timing.score() > 0.0, "{timing}");
    assert!(timing.to_string().ends_with("telling"), "{timing}");
}
