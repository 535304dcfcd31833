//! What the operator is told of hiding.

use std::convert::Infallible;

use http::{Request, Response};
use tower::{ServiceExt, service_fn};
use tower_postern::{
    HideLayer, RequestHead,
    hide::{Conceal, Decided},
    predicate::{Predicate, Verdict, predicate},
    rule,
};

use super::probe::inside;
use crate::support::events::Events;

async fn ask<C>(layer: &HideLayer<C>)
where
    C: Decided,
    C: for<'a> Conceal<Inner, ()>,
{
    let inner: Inner = service_fn(|_| std::future::ready(Ok(Response::new(String::new()))));
    let request = Request::get("/a-secret-path?a-secret-query=1");
    let request = request
        .header("x-secret", "a-secret-header")
        .body(())
        .unwrap();
    layer.wrap(inner).oneshot(request).await.unwrap();
}

type Inner = tower::util::ServiceFn<
    fn(Request<()>) -> std::future::Ready<Result<Response<String>, Infallible>>,
>;

#[tokio::test]
async fn a_hidden_request_is_an_event_and_one_that_is_shown_is_none() {
    let events = Events::record();
    ask(&HideLayer::unless(inside()).not_found()).await;
    let said = events.take();
    assert!(
        said.starts_with("DEBUG tower_postern: a request to hide predicate="),
        "{said}"
    );
    assert!(said.contains("verdict=\"no\" shadow=false"), "{said}");
    assert!(!said.contains("secret"), "nothing of the request: {said}");

    ask(&HideLayer::when(inside()).not_found()).await;
    assert_eq!(events.take(), "");
}

#[tokio::test]
async fn a_shadow_records_what_it_would_hide() {
    let events = Events::record();
    ask(&HideLayer::unless(predicate(|_| None)).shadow().not_found()).await;
    let said = events.take();
    assert!(said.contains("verdict=\"unknown\" shadow=true"), "{said}");
}

/// Of a user, who knows that a caller has no target.
struct OnAdmin;

impl Predicate for OnAdmin {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        if request.has_target() {
            request.uri().path().starts_with("/admin").into()
        } else {
            Verdict::Unknown
        }
    }
}

#[tokio::test]
async fn a_rule_about_the_target_that_is_asked_about_the_caller_alone_is_told_of_once() {
    let reads = || predicate(|request| request.uri().path() == "/admin");
    let method = || predicate(|request| request.method() == http::Method::GET);
    for (name, layer) in [
        ("a closure", HideLayer::unless(reads())),
        ("a closure about the method", HideLayer::unless(method())),
        ("a closure, negated", HideLayer::when(reads().not())),
        (
            "a closure among others",
            HideLayer::unless(inside().or(reads())),
        ),
        ("a closure, erased", HideLayer::unless(reads().erased())),
        ("a predicate of the user", HideLayer::unless(OnAdmin)),
        (
            "a stock rule",
            HideLayer::unless(rule::path(["/admin"]).unwrap()),
        ),
        (
            "a stock rule",
            HideLayer::unless(rule::method([http::Method::GET])),
        ),
    ] {
        let layer = layer.by_caller().not_found();
        let events = Events::record();
        for expect in [1, 0, 0] {
            ask(&layer.clone()).await;
            let said = events.take();
            let loud = said
                .lines()
                .filter(|line| line.contains("ERROR") && line.contains("`by_caller`"));
            assert_eq!(loud.count(), expect, "{name}: {said}");
        }
    }
}

#[tokio::test]
async fn no_event_blames_the_target_where_it_was_not_the_reason() {
    let reads = || predicate(|request| request.uri().path() == "/admin");
    let asks = predicate(|request| !request.has_target()).not();
    for layer in [
        HideLayer::unless(inside()),
        HideLayer::unless(predicate(|_| None)),
        HideLayer::unless(inside().and(reads())), // No, whatever the path
        HideLayer::unless(asks),
    ] {
        let events = Events::record();
        ask(&layer.by_caller().not_found()).await;
        let said = events.take();
        assert!(!said.contains("ERROR"), "{said}");
    }
    // Asked about the whole request, there is nothing to tell.
    let events = Events::record();
    ask(&HideLayer::unless(reads()).not_found()).await;
    assert!(!events.take().contains("ERROR"));
}
