//! `reroute`: the same service, asked for what it cannot have.

use axum::{
    Router,
    extract::{OriginalUri, Path},
    routing::{any, get},
};
use http::{HeaderName, HeaderValue, Request, StatusCode, Uri};
use tower::ServiceExt;
use tower_http::{
    compression::CompressionLayer,
    cors::CorsLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};
use tower_postern::{
    HideLayer,
    predicate::{Predicate, predicate},
    rule,
};

use super::{
    layer::says,
    probe::{INSIDE, assert_absent, inside, tell},
};
use crate::support::wire::Server;

/// By the path as it is written: a stand-in for the rule that knows all spellings.
fn starts(prefix: &'static str) -> impl Predicate + Clone {
    predicate(move |request| request.uri().path().starts_with(prefix))
}

/// Hides `/metrics` of `app` from outside, without a second router.
fn hide(app: Router) -> Router {
    let layer = HideLayer::when(starts("/metrics").and(inside().not())).reroute();
    Router::new().fallback_service(layer.wrap(app))
}

fn app() -> Router {
    Router::new()
        .route("/", get(async || "hello"))
        .route("/metrics", any(async || "42"))
}

async fn holds(what: &str, app: Router) {
    let server = Server::axum(hide(app)).await;
    assert_absent(what, &server, "/metrics", "/absents").await;
    let answer = server.http1("GET", "/metrics", &[INSIDE], "").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{what}: {answer}");
}

#[tokio::test]
async fn one_router_holds_under_fallbacks_catch_alls_and_nested_routers() {
    holds("plain", app()).await;

    let missing = async || (StatusCode::NOT_FOUND, "nothing here");
    holds("a fallback", app().fallback(missing)).await;

    let catch_all = app().route(
        "/{*rest}",
        any(async |Path(rest): Path<String>| rest.len().to_string()),
    );
    holds("a route for all", catch_all).await;

    let tenant = app().route(
        "/{tenant}/x",
        get(async || (StatusCode::NOT_FOUND, "no such tenant")),
    );
    holds("what lies under the name is still asked for", tenant).await;

    let nested = app().nest("/api", app().fallback(missing));
    holds("nested routers", nested).await;
}

#[derive(Clone, Copy)]
struct Always;

impl MakeRequestId for Always {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        Some(RequestId::new(HeaderValue::from_static("1")))
    }
}

#[tokio::test]
async fn one_router_holds_with_layers_inside_and_outside() {
    let id = HeaderName::from_static("x-request-id");
    let dressed = |router: Router| {
        router
            .layer(PropagateRequestIdLayer::new(id.clone()))
            .layer(SetRequestIdLayer::new(id.clone(), Always))
            .layer(RequestBodyLimitLayer::new(64))
            .layer(CompressionLayer::new().gzip(true))
            .layer(CorsLayer::permissive())
            .layer(TraceLayer::new_for_http())
    };
    holds("inside", dressed(app())).await;

    let server = Server::axum(dressed(hide(app()))).await;
    assert_absent("outside", &server, "/metrics", "/absents").await;
}

#[tokio::test]
async fn a_fallback_that_repeats_the_path_shows_it() {
    let repeats = async |uri: Uri| (StatusCode::NOT_FOUND, format!("no {uri}"));
    let server = Server::axum(hide(app().fallback(repeats))).await;
    let leak = tell(&server, "/metrics", "/absents").await;
    assert!(leak.is_some(), "then the docs can say so no more");

    // Not so where it repeats what the router outside noted.
    let repeats =
        async |OriginalUri(uri): OriginalUri| (StatusCode::NOT_FOUND, format!("no {uri}"));
    holds("the original URI", app().fallback(repeats)).await;
}

#[tokio::test]
async fn another_hidden_route_is_never_reached() {
    // `/users/{id}` is hidden: another name in the place of `id` would be the same route.
    let users = predicate(|request| {
        let mut segments = request.uri().path().split('/').skip(1);
        segments.next() == Some("users") && segments.next().is_some() && segments.next().is_none()
    });
    let service = HideLayer::when(users).reroute().wrap(says("inner"));
    let request = Request::get("/users/1?q=2").body(()).unwrap();
    let answer = service.oneshot(request).await.unwrap().into_body();
    assert!(
        !answer.contains("users") && answer.ends_with("/1?q=2"),
        "{answer}"
    );

    // Everything is hidden: nothing is asked.
    for layer in [
        HideLayer::unless(inside()).reroute(),
        HideLayer::unless(inside()).reroute().by_caller(),
        HideLayer::when(starts("/")).reroute(),
    ] {
        let request = Request::get("/a/b/c").body(()).unwrap();
        let answer = layer.wrap(says("inner")).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert!(answer.headers().is_empty() && answer.body().is_empty());
    }
}

#[tokio::test]
async fn a_path_that_leads_back_to_what_is_hidden_meets_what_an_absent_one_meets() {
    let layer = HideLayer::when(rule::under(["/metrics"]).unwrap()).reroute();
    let page = app().fallback(async || (StatusCode::NOT_FOUND, "nothing here"));
    let server = Server::axum(Router::new().fallback_service(layer.wrap(page))).await;
    for way in [
        "/@/../@",
        "/@//@",
        "/@/%2e%2e/@",
        "/@/x/../../@",
        "/@/./@;v",
    ] {
        for method in ["GET", "POST", "HEAD"] {
            let [hidden, absent] = ["metrics", "absents"].map(|name| way.replace('@', name));
            let hidden = server.http1(method, &hidden, &[], "").await;
            let absent = server.http1(method, &absent, &[], "").await;
            assert_eq!(hidden, absent, "{method} {way}");
        }
    }
}

#[tokio::test]
async fn method_authority_and_query_stay() {
    let service = HideLayer::when(starts("/hidden"))
        .reroute()
        .wrap(says("inner"));
    let uri = "http://user@host:8080/hidden?a=b&c";
    let request = Request::put(uri).body(()).unwrap();
    let answer = service.oneshot(request).await.unwrap().into_body();
    let name = answer
        .strip_prefix("inner PUT http://user@host:8080/")
        .and_then(|rest| rest.strip_suffix("?a=b&c"));
    let name = name.unwrap_or_else(|| panic!("{answer}"));
    assert!(name.len() == "hidden".len() && name != "hidden", "{name}");
    assert!(
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );
}

#[tokio::test]
async fn a_target_without_a_path_meets_a_bare_404() {
    let service = HideLayer::when(predicate(|_| true))
        .reroute()
        .wrap(says("inner"));
    for target in ["*", "host:443"] {
        let request = Request::options(target).body(()).unwrap();
        let answer = service.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{target}");
    }
}
