//! The service: one document a class, with its own tag.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::{Service, ServiceExt};
use tower_postern::{
    openapi::{DocumentBody, OpenApi},
    predicate::predicate,
};

use super::support::{build, seen};
use crate::support::wire::Server;

fn document() -> Value {
    json!({"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {}}, "/b": {"get": {}}}})
}

async fn ask(
    openapi: &OpenApi,
    method: Method,
    headers: &[(&str, &str)],
) -> (Response<()>, String) {
    let mut request = Request::builder().method(method).uri("/openapi.json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut service = openapi.clone();
    let service = ServiceExt::<Request<String>>::ready(&mut service)
        .await
        .unwrap();
    let response: Response<DocumentBody> = service
        .call(request.body(String::new()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (
        Response::from_parts(parts, ()),
        String::from_utf8(bytes.into()).unwrap(),
    )
}

#[tokio::test]
async fn each_class_of_callers_has_a_document_and_a_tag_of_its_own() {
    let openapi = build(&document()).unwrap();
    let mut tags = Vec::new();
    for (sees, expect) in [
        (
            "*",
            r#"{"openapi":"3.1.0","info":{},"paths":{"/a":{"get":{}},"/b":{"get":{}}}}"#,
        ),
        (
            "GET /a",
            r#"{"openapi":"3.1.0","info":{},"paths":{"/a":{"get":{}}}}"#,
        ),
        (
            "GET /b",
            r#"{"openapi":"3.1.0","info":{},"paths":{"/b":{"get":{}}}}"#,
        ),
        ("", r#"{"openapi":"3.1.0","info":{},"paths":{}}"#),
    ] {
        let (response, body) = ask(&openapi, Method::GET, &[("x-sees", sees)]).await;
        assert_eq!(response.status(), StatusCode::OK);
        let sorted: Value = serde_json::from_str(expect).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), sorted);
        let headers = response.headers();
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["content-length"], body.len().to_string());
        assert_eq!(headers["cache-control"], "private, no-cache");
        assert_eq!(headers["vary"], "authorization");
        let tag = headers["etag"].to_str().unwrap().to_owned();
        assert!(
            tag.starts_with('"') && tag.ends_with('"') && tag.len() == 34,
            "{tag}"
        );
        assert!(!tags.contains(&tag), "{sees}");
        let (again, _) = ask(&openapi, Method::GET, &[("x-sees", sees)]).await;
        assert_eq!(again.headers()["etag"], tag);
        tags.push(tag);
    }
}

#[tokio::test]
async fn what_is_hidden_does_not_change_the_tag() {
    let mut other = document();
    other["paths"]["/b"]["get"]["description"] = json!("changed");
    let (one, _) = ask(
        &build(&document()).unwrap(),
        Method::GET,
        &[("x-sees", "GET /a")],
    )
    .await;
    let (two, _) = ask(
        &build(&other).unwrap(),
        Method::GET,
        &[("x-sees", "GET /a")],
    )
    .await;
    assert_eq!(one.headers()["etag"], two.headers()["etag"]);
}

#[tokio::test]
async fn if_none_match_is_answered_with_304_where_it_names_this_callers_document() {
    let openapi = build(&document()).unwrap();
    let (all, _) = ask(&openapi, Method::GET, &[("x-sees", "*")]).await;
    let (some, _) = ask(&openapi, Method::GET, &[("x-sees", "GET /a")]).await;
    let [all, some] =
        [all, some].map(|response| response.headers()["etag"].to_str().unwrap().to_owned());
    for (name, value, expect) in [
        ("its own", all.clone(), 304),
        ("weak", format!("W/{all}"), 304),
        ("in a list", format!("\"x\", {all}"), 304),
        ("any", "*".to_owned(), 304),
        ("another's", some, 200),
        ("without quotes", all.trim_matches('"').to_owned(), 200),
        ("empty", String::new(), 200),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let (response, body) = ask(
                &openapi,
                method.clone(),
                &[("x-sees", "*"), ("if-none-match", &value)],
            )
            .await;
            assert_eq!(response.status(), expect, "{name}");
            assert_eq!(response.headers()["etag"], all, "{name}");
            assert_eq!(response.headers()["cache-control"], "private, no-cache");
            assert_eq!(response.headers()["vary"], "authorization");
            assert_eq!(
                body.is_empty(),
                expect == 304 || method == Method::HEAD,
                "{name}"
            );
        }
    }
    let lines = [
        ("x-sees", "*"),
        ("if-none-match", "\"x\""),
        ("if-none-match", all.as_str()),
    ];
    assert_eq!(ask(&openapi, Method::GET, &lines).await.0.status(), 304);
}

#[tokio::test]
async fn head_is_get_without_a_body_and_other_methods_are_not_allowed() {
    let openapi = build(&document()).unwrap();
    let (get, body) = ask(&openapi, Method::GET, &[("x-sees", "*")]).await;
    let (head, nothing) = ask(&openapi, Method::HEAD, &[("x-sees", "*")]).await;
    assert_eq!(head.headers(), get.headers());
    assert!(nothing.is_empty() && !body.is_empty());
    for method in [Method::POST, Method::OPTIONS, Method::DELETE] {
        let (response, body) = ask(&openapi, method, &[("x-sees", "*")]).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()["allow"], "GET, HEAD");
        assert!(body.is_empty());
    }
}

#[tokio::test]
async fn vary_names_what_the_rules_read() {
    let builder = || OpenApi::builder_of(&document()).hide_unless(seen());
    let openapi = builder().vary(["X-Sees", "cookie"]).build().unwrap();
    assert_eq!(
        ask(&openapi, Method::GET, &[]).await.0.headers()["vary"],
        "x-sees, cookie"
    );
    let openapi = builder().vary([""; 0]).build().unwrap();
    assert!(
        !ask(&openapi, Method::GET, &[])
            .await
            .0
            .headers()
            .contains_key("vary")
    );
}

#[tokio::test]
async fn rules_never_see_what_a_router_knows_of_the_document_itself() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let rule = predicate(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        !request.is_routed() && request.uri().path() != "/openapi.json"
    });
    let openapi = OpenApi::builder_of(&document())
        .hide_unless(rule)
        .build()
        .unwrap();
    let router = axum::Router::new().route_service("/openapi.json", openapi);
    let server = Server::axum(router).await;
    let answer = server.http1("GET", "/openapi.json", &[], "").await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\n") && answer.contains("/b"),
        "{answer}"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let answer = server.http2("HEAD", "/openapi.json", &[], "").await;
    assert!(
        answer.starts_with("200\n") && answer.ends_with("[end in headers]\n"),
        "{answer}"
    );
}

/// The rule that hides the routes hides their description: by address inside, by path what is hidden.
#[test]
fn stock_rules_judge_templates_by_all_that_they_could_be() {
    use tower_postern::{predicate::Predicate, rule};

    let document = json!({
        "openapi": "3.1.0", "info": {}, "servers": [{"url": "https://shop.example/api"}],
        "paths": {
            "/users/{id}": {"get": {}}, "/users/{id}/orders": {"get": {}}, "/admin/users": {"get": {}}, "/admin/{any}": {"post": {}}, "/{page}": {"get": {}},
            "/search?type=user": {"get": {}}, "/files/{name}.txt": {"get": {}}
        }
    });
    let inside = || rule::header("x-inside", "yes").unwrap();
    let hidden =
        rule::under(["/api/admin"])
            .unwrap()
            .or(rule::path(["/api/users/me", "/api/files/a.txt"]).unwrap());
    let openapi = OpenApi::builder_of(&document)
        .hide_when(hidden.and(inside().not()))
        .build()
        .unwrap();
    let paths = |request: Request<()>| {
        let bytes = openapi.document(&(&request).into());
        super::support::names(&serde_json::from_slice(&bytes).unwrap(), "/paths")
    };
    let outsider = Request::builder()
        .header("x-inside", "no")
        .body(())
        .unwrap();
    // `/{page}` could be `/admin`, which the rule hides, `/users/{id}` could be `/users/me`.
    assert_eq!(paths(outsider), ["/search?type=user", "/users/{id}/orders"]);
    let insider = Request::builder()
        .header("x-inside", "yes")
        .body(())
        .unwrap();
    assert_eq!(paths(insider).len(), 7);
}

#[test]
fn what_is_public_can_be_shared_between_threads_and_cloned() {
    use tower_postern::openapi::{
        OpenApiBuilder, Operation, Operations, Protection, Protections, ResponseFuture,
        SecurityScheme,
    };
    fn plain<T: Clone + Send + Sync + Unpin + std::fmt::Debug>() {}
    fn shared<T: Send + Sync + Unpin + std::fmt::Debug>() {}

    plain::<OpenApi>();
    plain::<DocumentBody>();
    plain::<Operations>();
    plain::<Operation<'_>>();
    plain::<Protection>();
    plain::<Protections>();
    plain::<SecurityScheme>();
    shared::<OpenApiBuilder>();
    shared::<ResponseFuture>();
}
