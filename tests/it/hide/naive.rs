//! Arrangements that look right and betray a route, each with what gives it away; and those that hold.

use axum::{
    Router,
    extract::{Path, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use http::{HeaderName, HeaderValue, StatusCode};
use tower_http::{cors::CorsLayer, set_header::SetResponseHeaderLayer};
use tower_postern::{
    BearerAuthLayer, HideLayer,
    bearer::{Verified, validator_fn},
    hide::{self, NoStoreLayer, NotFound},
    predicate::{Predicate, any as any_of},
    rule,
};

use super::probe::{INSIDE, answers, difference, inside, tell};
use crate::support::wire::Server;

const HIDDEN: &str = "/metrics";
const ABSENT: &str = "/absents";

/// The rule about the path that everybody writes first.
fn bare() -> HideLayer<NotFound> {
    HideLayer::when(is_hidden()).not_found()
}

fn is_hidden() -> impl Predicate {
    rule::under([HIDDEN]).unwrap().and(inside().not())
}

fn public() -> Router {
    Router::new().route("/", get(async || "hello"))
}

fn full() -> Router {
    public().route(HIDDEN, get(async || "42"))
}

fn with_page(router: Router) -> Router {
    router.fallback(async || (StatusCode::NOT_FOUND, "nothing here"))
}

fn around(layer: &HideLayer<NotFound>, router: Router) -> Router {
    Router::new().fallback_service(layer.wrap(router))
}

/// What tells the hidden route, of all that is tried.
async fn leak(app: Router) -> Option<String> {
    let server = Server::axum(app).await;
    let answer = server.http1("GET", HIDDEN, &[INSIDE], "").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    tell(&server, HIDDEN, ABSENT).await
}

/// What tells it of one request.
async fn leak_of(app: Router, version: &str, method: &str) -> Option<String> {
    let server = Server::axum(app).await;
    let ask = async |path| match version {
        "HTTP/2" => server.http2(method, path, &[], "").await,
        _ => server.http1(method, path, &[], "").await,
    };
    let (hidden, absent) = (ask(HIDDEN).await, ask(ABSENT).await);
    (hidden != absent).then_some(hidden)
}

#[tokio::test]
async fn a_404_made_inside_of_a_router_is_told_by_what_the_router_adds() {
    let route = || get(async || "42");
    let inside_of_a_router: [(&str, Router); 4] = [
        ("Router::layer", full().layer(bare())),
        ("Router::route_layer", full().route_layer(bare())),
        (
            "MethodRouter::layer",
            public().route(HIDDEN, route().layer(bare())),
        ),
        (
            "merged",
            public().merge(Router::new().route(HIDDEN, route()).layer(bare())),
        ),
    ];
    for (name, app) in inside_of_a_router {
        // A glance shows nothing.
        assert_eq!(
            leak_of(app.clone(), "HTTP/1.1", "GET").await,
            None,
            "{name}"
        );
        // Over HTTP/2 a length stands in it that a true 404 does not have.
        let leak = leak_of(app.clone(), "HTTP/2", "GET").await.unwrap();
        assert!(leak.contains("content-length: 0"), "{name}: {leak}");
        // And for other methods the router says which would be right.
        for method in ["POST", "OPTIONS", "DELETE"] {
            let leak = leak_of(app.clone(), "HTTP/1.1", method).await.unwrap();
            assert!(leak.contains("allow: GET,HEAD"), "{name}: {leak}");
        }
    }
}

#[tokio::test]
async fn a_404_of_its_own_is_told_where_misses_have_a_page() {
    for (name, app) in [
        ("inside", with_page(full()).layer(bare())),
        ("around", around(&bare(), with_page(full()))),
        (
            "around a route for all",
            around(
                &bare(),
                full().route(
                    "/{*rest}",
                    any(async |Path(_): Path<String>| "a page for all"),
                ),
            ),
        ),
    ] {
        let leak = leak_of(app, "HTTP/1.1", "GET").await.unwrap();
        assert!(leak.starts_with("HTTP/1.1 404 "), "{name}: {leak}");
        assert!(leak.contains("content-length: 0"), "{name}: {leak}");
    }
}

#[tokio::test]
async fn a_404_of_its_own_holds_around_a_whole_router_without_a_page() {
    assert_eq!(leak(around(&bare(), full())).await, None);
}

#[tokio::test]
async fn a_middleware_of_ones_own_is_told_as_well() {
    async fn hide(request: Request, next: Next) -> Response {
        if request.uri().path() == HIDDEN && !request.headers().contains_key(INSIDE.0) {
            return StatusCode::NOT_FOUND.into_response();
        }
        next.run(request).await
    }
    // It compares the path as it is written: with a slash more, the route is there.
    let app = public().nest(
        HIDDEN,
        Router::new()
            .route("/", get(async || "42"))
            .route("/x", get(async || "43")),
    );
    let server = Server::axum(Router::new().fallback_service(app.layer(from_fn(hide)))).await;
    let found = server.http1("GET", "/metrics/x", &[], "").await;
    assert!(found.ends_with("43"), "{found}");

    let leak = leak(full().layer(from_fn(hide))).await.unwrap();
    assert!(leak.contains("content-length: 0"), "{leak}");
}

#[tokio::test]
async fn a_rule_about_the_path_is_told_before_a_fallback_that_lacks_what_is_around_the_route() {
    // Nobody who is outside gets to the fallback but for `/api/metrics`: its neighbours meet the page of the API.
    let page = async || (StatusCode::NOT_FOUND, "no such thing in the API");
    let api = |router: Router| Router::new().nest("/api", router.fallback(page));
    let hidden = rule::path(["/api/metrics"]).unwrap().and(inside().not());
    let layer = HideLayer::when(hidden).fallback(public());
    let app = Router::new().fallback_service(layer.wrap(api(full())));
    let server = Server::axum(app).await;
    let leak = tell(&server, "/api/metrics", "/api/absents").await.unwrap();
    assert!(leak.contains("no such thing in the API"), "{leak}");

    // By the caller alone, all that is asked from outside meets the same.
    let layer = HideLayer::unless(inside()).fallback(public());
    let app = Router::new().fallback_service(layer.wrap(api(full())));
    let server = Server::axum(app).await;
    assert_eq!(tell(&server, "/api/metrics", "/api/absents").await, None);
}

#[tokio::test]
async fn a_layer_between_hiding_and_the_fallback_is_told() {
    let marked = |router: Router| {
        let name = HeaderName::from_static("x-served-by");
        router.layer(SetResponseHeaderLayer::overriding(
            name,
            HeaderValue::from_static("1"),
        ))
    };
    let hide = |inner, fallback| {
        Router::new().fallback_service(HideLayer::when(is_hidden()).fallback(fallback).wrap(inner))
    };
    let leak_inside = leak(hide(marked(full()), public())).await.unwrap();
    assert!(leak_inside.contains("x-served-by"), "{leak_inside}");

    // The same for what answers by itself.
    let cors = |router: Router| router.layer(CorsLayer::permissive());
    assert!(leak(hide(cors(full()), public())).await.is_some());

    assert_eq!(
        leak(hide(marked(full()), marked(public()))).await,
        None,
        "on both"
    );
    assert_eq!(leak(marked(hide(full(), public()))).await, None, "outside");
}

#[tokio::test]
async fn what_only_hidden_or_only_shown_answers_say_is_told() {
    let name = HeaderName::from_static("cache-control");
    let no_store = SetResponseHeaderLayer::overriding(name, HeaderValue::from_static("no-store"));
    let hidden_says_so = HideLayer::when(is_hidden())
        .fallback(public().layer(no_store))
        .wrap(full());
    let leak = leak(Router::new().fallback_service(hidden_says_so))
        .await
        .unwrap();
    assert!(leak.contains("cache-control: no-store"), "{leak}");

    // The same the other way round: each answer that is shown says so, and what is hidden does not.
    let shown_say_so = HideLayer::when(is_hidden())
        .fallback(public())
        .wrap(full().layer(NoStoreLayer::new()));
    let leak = self::leak(Router::new().fallback_service(shown_say_so))
        .await
        .unwrap();
    assert!(leak.contains("cache-control: private, no-store"), "{leak}");
    let hidden_routes_alone = HideLayer::when(is_hidden()).fallback(public()).wrap(
        public().merge(
            Router::new()
                .route(HIDDEN, get(async || "42"))
                .route_layer(NoStoreLayer::new()),
        ),
    );
    assert_eq!(
        self::leak(Router::new().fallback_service(hidden_routes_alone)).await,
        None
    );
}

#[tokio::test]
async fn a_required_token_is_told_where_it_is_asked_for_on_some_paths() {
    let tokens = || BearerAuthLayer::new(validator_fn(async |_| Ok(Verified::new("ann"))));
    let console = || Router::new().route(HIDDEN, get(async || "42"));
    // The route refuses, and says by what it would open.
    let app = public().merge(console().route_layer(tokens()));
    let leak = leak_of(app, "HTTP/1.1", "GET").await.unwrap();
    assert!(leak.contains("www-authenticate: Bearer"), "{leak}");

    // The layer outside refuses all but the path that is hidden by something else inside.
    let app = hide_routes_of(public(), console());
    let exempt = tokens().exempt(rule::path([HIDDEN]).unwrap());
    let leak = self::leak(app.layer(exempt)).await.unwrap();
    assert!(leak.contains("HTTP/1.1 404 "), "{leak}");

    // Deferred, it does the same on all paths.
    let app = hide_routes_of(public(), console());
    assert_eq!(self::leak(app.layer(tokens().deferred())).await, None);
}

/// By the caller alone.
fn hide_routes_of(public: Router, hidden: Router) -> Router {
    let all = public.clone().merge(hidden);
    Router::new().fallback_service(hide::by_caller(public, all, inside()))
}

#[tokio::test]
async fn a_refusal_is_no_hiding() {
    async fn refuse(request: Request, next: Next) -> Response {
        if request.headers().contains_key(INSIDE.0) {
            next.run(request).await
        } else {
            StatusCode::FORBIDDEN.into_response()
        }
    }
    let app = public().merge(
        Router::new()
            .route(HIDDEN, get(async || "42"))
            .route_layer(from_fn(refuse)),
    );
    let leak = leak(app).await.unwrap();
    assert!(leak.contains("HTTP/1.1 403 "), "{leak}");
}

#[tokio::test]
async fn a_list_of_hidden_paths_is_told_by_the_one_that_was_forgotten() {
    let app = || full().route("/debug", get(async || "43"));
    let rules = any_of([rule::path([HIDDEN]).unwrap()]).and(inside().not());
    let server = Server::axum(around(&HideLayer::when(rules).not_found(), app())).await;
    let forgotten = server.http1("GET", "/debug", &[], "").await;
    assert!(forgotten.ends_with("43"), "{forgotten}");

    // By the caller alone there is no list: what was not made public is hidden.
    let layer = HideLayer::unless(inside()).fallback(public());
    let server = Server::axum(Router::new().fallback_service(layer.wrap(app()))).await;
    let found = answers(&server, "/debug").await;
    assert_eq!(difference(&found, &answers(&server, "/gubed").await), None);
}
