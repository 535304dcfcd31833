//! `hide_routes`, over real sockets.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{ConnectInfo, MatchedPath, OriginalUri, Path, State},
    response::Redirect,
    routing::{any, get, post},
};
use http::{HeaderName, HeaderValue, StatusCode};
use tower_http::{
    compression::CompressionLayer,
    cors::CorsLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};
use tower_postern::{
    axum::hide_routes,
    predicate::{Predicate, predicate},
};

use super::probe::{INSIDE, answers, assert_absent, difference, inside};
use crate::support::wire::Server;

const HIDDEN: &str = "/metrics";
const ABSENT: &str = "/absents";

fn public() -> Router {
    Router::new()
        .route("/", get(async || "hello"))
        .route("/users/{id}", get(async |Path(id): Path<String>| id))
}

fn hidden() -> Router {
    Router::new()
        .route(
            HIDDEN,
            get(async |path: MatchedPath| path.as_str().to_owned()),
        )
        .route("/users/{id}", post(async || "posted"))
}

/// Two of a kind: with the hidden routes, and without.
struct Pair(Router, Router);

impl Pair {
    fn new(public: Router, hidden: Router) -> Self {
        // The other one is a service within a router too: that alone has Axum put `content-length` elsewhere.
        let without = Router::new().fallback_service(public.clone());
        Self(hide_routes(public, hidden, inside()), without)
    }

    fn both(self, dress: impl Fn(Router) -> Router) -> Self {
        Self(dress(self.0), dress(self.1))
    }

    /// An outsider cannot tell `prefix` + hidden from `prefix` + absent, nor from a server that never had it; an insider
    /// sees it.
    async fn holds(self, what: &str, prefix: &str) {
        let (with, without) = (Server::axum(self.0).await, Server::axum(self.1).await);
        let (hidden, absent) = (format!("{prefix}{HIDDEN}"), format!("{prefix}{ABSENT}"));
        let found = answers(&with, &hidden).await;
        for (server, path) in [(&with, &absent), (&without, &hidden)] {
            if let Some(difference) = difference(&found, &answers(server, path).await) {
                panic!("{what}: {difference}");
            }
        }
        let answer = with.http1("GET", &hidden, &[INSIDE], "").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{what}: {answer}");
    }
}

#[tokio::test]
async fn hidden_routes_cannot_be_told_from_absent_ones() {
    Pair::new(public(), hidden()).holds("plain", "").await;
}

#[tokio::test]
async fn an_outsider_is_answered_as_if_the_hidden_routes_had_not_been_written() {
    let with = Server::axum(hide_routes(public(), hidden(), inside())).await;
    let without = Server::axum(public()).await;
    for path in ["/users/1", HIDDEN, ABSENT] {
        let (found, expect) = (answers(&with, path).await, answers(&without, path).await);
        assert_eq!(difference(&found, &expect), None, "{path}");
    }
}

#[tokio::test]
async fn custom_fallbacks_hold() {
    let missing =
        async |OriginalUri(uri): OriginalUri| (StatusCode::NOT_FOUND, format!("no {uri}"));
    let with_fallback = public().fallback(missing);
    Pair::new(with_fallback.clone(), hidden())
        .holds("a fallback", "")
        .await;

    let hidden_fallback = hidden().fallback(async || "what the hidden router says of misses");
    Pair::new(with_fallback.clone(), hidden_fallback)
        .holds("a fallback on either", "")
        .await;

    let not_allowed = with_fallback.method_not_allowed_fallback(async || {
        (
            StatusCode::METHOD_NOT_ALLOWED,
            "this method is not for this route",
        )
    });
    Pair::new(not_allowed, hidden())
        .holds("a fallback for methods", "")
        .await;

    let catch_all = public().route("/{*rest}", any(async |Path(rest): Path<String>| rest));
    Pair::new(catch_all, hidden())
        .holds("a route for all", "")
        .await;

    let redirect = async |OriginalUri(uri): OriginalUri| {
        let path = uri.path();
        match path.strip_suffix('/') {
            Some(path) if !path.is_empty() => Ok(Redirect::permanent(path)),
            _ => Err(StatusCode::NOT_FOUND),
        }
    };
    Pair::new(public().fallback(redirect), hidden())
        .holds("a redirect of slashes", "")
        .await;
}

#[tokio::test]
async fn routers_nested_in_either_hold() {
    let missing = async || (StatusCode::NOT_FOUND, "no such thing in the API");
    let public = public()
        .nest("/api", public().fallback(missing))
        .fallback(async || (StatusCode::NOT_FOUND, "no such thing"));
    let hidden = hidden().nest("/api", hidden());
    Pair::new(public.clone(), hidden.clone())
        .holds("beside what is nested", "")
        .await;
    Pair::new(public.clone(), hidden)
        .holds("in what is nested", "/api")
        .await;

    let nested = Router::new().nest_service("/api", self::hidden());
    Pair::new(self::public(), nested)
        .holds("a service that is nested", "/api")
        .await;
}

#[tokio::test]
async fn nesting_and_merging_the_result_hold() {
    let nest = |router: Router| {
        Router::new()
            .nest("/api", router)
            .route("/other", get(async || "other"))
            .fallback(async || (StatusCode::NOT_FOUND, "outer"))
    };
    Pair::new(public(), hidden())
        .both(nest)
        .holds("nested", "/api")
        .await;

    // Two `nest` in each other have Axum drop the fallback of what is innermost.
    let nest_deep = |router| Router::new().nest_service("/v1", Router::new().nest("/api", router));
    Pair::new(public().fallback(async || "inner"), hidden())
        .both(nest_deep)
        .holds("nested twice", "/v1/api")
        .await;

    let merge = |router| {
        Router::new()
            .route("/other", get(async || "other"))
            .merge(router)
    };
    Pair::new(public(), hidden())
        .both(merge)
        .holds("merged", "")
        .await;
}

#[derive(Clone, Copy)]
struct Always;

impl MakeRequestId for Always {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        Some(RequestId::new(HeaderValue::from_static("1")))
    }
}

/// What people put around their routers.
fn dressed(router: Router) -> Router {
    let id = HeaderName::from_static("x-request-id");
    router
        .layer(PropagateRequestIdLayer::new(id.clone()))
        .layer(SetRequestIdLayer::new(id, Always))
        .layer(RequestBodyLimitLayer::new(64))
        .layer(CompressionLayer::new().gzip(true))
        .layer(CorsLayer::permissive())
        .layer(TraceLayer::new_for_http())
}

#[tokio::test]
async fn layers_outside_hold() {
    Pair::new(public(), hidden())
        .both(dressed)
        .holds("layers outside", "")
        .await;
    let text = || {
        (
            StatusCode::NOT_FOUND,
            "nothing, said at length, ".repeat(20),
        )
    };
    Pair::new(public().fallback(async move || text()), hidden())
        .both(dressed)
        .holds("layers outside, and a fallback", "")
        .await;
}

#[tokio::test]
async fn layers_inside_hold() {
    Pair::new(dressed(public()), hidden())
        .holds("layers on the public router", "")
        .await;
    Pair::new(public(), dressed(hidden()))
        .holds("layers on the hidden router", "")
        .await;
    Pair::new(dressed(public()), dressed(hidden()))
        .holds("layers on both", "")
        .await;
}

#[tokio::test]
async fn two_hidden_groups_have_a_rule_each() {
    let named = |name: &'static str| predicate(move |caller| caller.headers().contains_key(name));
    let route = |path| Router::new().route(path, get(async || "seen"));
    let app = hide_routes(
        hide_routes(route("/"), route("/metrics"), named("x-ops")),
        route("/console"),
        named("x-admin"),
    );
    let server = Server::axum(app).await;
    for (path, headers, expect) in [
        ("/", &[][..], "200"),
        ("/metrics", &[][..], "404"),
        ("/metrics", &[("x-ops", "1")], "200"),
        ("/metrics", &[("x-admin", "1")], "404"),
        ("/console", &[("x-ops", "1")], "404"),
        ("/console", &[("x-admin", "1")], "200"),
        ("/console", &[("x-admin", "1"), ("x-ops", "1")], "200"),
        ("/metrics", &[("x-admin", "1"), ("x-ops", "1")], "200"),
        ("/", &[("x-admin", "1"), ("x-ops", "1")], "200"),
    ] {
        let answer = server.http1("GET", path, headers, "").await;
        assert_eq!(answer.split(' ').nth(1), Some(expect), "{path} {headers:?}");
    }
    assert_absent("two groups", &server, "/metrics", "/absents").await;
    assert_absent("two groups", &server, "/console", "/absents").await;
}

#[tokio::test]
async fn state_and_connect_info_reach_the_hidden_routes() {
    #[derive(Clone)]
    struct Db(&'static str);
    let db = async |State(db): State<Db>, peer: ConnectInfo<SocketAddr>| {
        format!("{} for {}", db.0, peer.0.ip())
    };
    let public = Router::new().route("/", get(db)).with_state(Db("public"));
    let hidden = Router::new().route("/db", get(db)).with_state(Db("hidden"));
    let loopback = predicate(|caller| {
        let peer = caller.extension::<ConnectInfo<SocketAddr>>();
        peer.map(|peer| peer.0.ip().is_loopback())
    });
    let app = |rule: &dyn Fn() -> std::sync::Arc<dyn Predicate>| {
        hide_routes(public.clone(), hidden.clone(), rule())
    };

    let server = Server::axum(app(&|| loopback.erased())).await;
    let answer = server.http1("GET", "/db", &[], "").await;
    assert!(answer.ends_with("hidden for 127.0.0.1"), "{answer}");

    let server = Server::axum(app(&|| loopback.not().erased())).await;
    let answer = server.http1("GET", "/db", &[], "").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");

    // Into a router that gets a state of its own later.
    let later: Router = Router::new()
        .route("/later", get(db))
        .merge(app(&|| loopback.erased()).with_state(()))
        .with_state(Db("later"));
    let server = Server::axum(later).await;
    for (path, expect) in [("/later", "later"), ("/db", "hidden"), ("/", "public")] {
        let answer = server.http1("GET", path, &[], "").await;
        assert!(
            answer.ends_with(&format!("{expect} for 127.0.0.1")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn only_the_answers_of_hidden_routes_say_that_they_are_not_to_be_stored() {
    let server = Server::axum(hide_routes(public(), hidden(), inside())).await;
    for (method, path, expect) in [
        ("GET", "/metrics", true),
        ("GET", "/", false),
        ("GET", "/absent", false),
        ("POST", "/users/1", true),
        ("GET", "/users/1", false),
    ] {
        let answer = server.http1(method, path, &[INSIDE], "").await;
        let found = answer.contains("\ncache-control: private, no-store\n");
        assert_eq!(found, expect, "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn nothing_needs_to_be_hidden_or_public() {
    let server = Server::axum(hide_routes(public(), Router::new(), inside())).await;
    let answer = server.http1("GET", "/", &[INSIDE], "").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

    let server = Server::axum(hide_routes(Router::new(), hidden(), inside())).await;
    assert_absent("nothing is public", &server, HIDDEN, ABSENT).await;
    let answer = server.http1("GET", HIDDEN, &[INSIDE], "").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_rule_about_the_target_shows_the_hidden_routes_to_nobody() {
    let rule = inside().or(predicate(|request| request.uri().path() == HIDDEN));
    let server = Server::axum(hide_routes(public(), hidden(), rule)).await;
    assert_absent("a rule about the path", &server, HIDDEN, ABSENT).await;
    let answer = server.http1("GET", HIDDEN, &[INSIDE], "").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}"); // the other rule is a clear yes
}

#[test]
#[should_panic(expected = "Overlapping method route")]
fn a_hidden_route_that_is_public_too_is_a_panic_of_axum_at_the_start() {
    drop(hide_routes(public(), public(), inside()));
}
