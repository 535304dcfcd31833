//! A layer inside another.

use http::{Response, StatusCode};
use tower::ServiceBuilder;
use tower_postern::{
    BearerAuthLayer,
    bearer::{self, AuthError, Rejection, RequireLayer, TokenSource},
    predicate::predicate,
    scopes,
};

use crate::support::bearer::{Echo, Now, Waits, ask, bearing, request, text};

fn outer() -> BearerAuthLayer<Now> {
    BearerAuthLayer::new(Now).realm("outer").unwrap()
}

fn inner() -> BearerAuthLayer<Waits> {
    let source = TokenSource::header("x-inner").unwrap();
    BearerAuthLayer::new(Waits)
        .realm("inner")
        .unwrap()
        .sources([source])
}

fn with_inner(token: &str) -> http::Request<String> {
    let mut request = bearing("reader");
    request
        .headers_mut()
        .insert("x-inner", token.parse().unwrap());
    request
}

#[tokio::test]
async fn each_layer_answers_its_own_refusals() {
    let service = ServiceBuilder::new()
        .layer(outer())
        .layer(inner())
        .layer(RequireLayer::scope("admin").unwrap())
        .service(Echo::default());
    for (request, expect) in [
        (
            request(&[]),
            "401\nwww-authenticate: Bearer realm=\"outer\"",
        ),
        (
            bearing("reader"),
            "401\nwww-authenticate: Bearer realm=\"inner\"",
        ),
        (
            with_inner("bad"),
            "401\nwww-authenticate: Bearer realm=\"inner\", error=\"invalid_token\", \
             error_description=\"The access token is not valid\"",
        ),
        (
            with_inner("reader"),
            "403\nwww-authenticate: Bearer realm=\"inner\", error=\"insufficient_scope\", \
             error_description=\"The access token lacks a scope\", scope=\"admin\"",
        ),
    ] {
        assert_eq!(text(&ask(&service, request).await), expect);
    }
}

#[tokio::test]
async fn what_a_layer_rendered_is_not_rendered_again_further_out() {
    // The hook's response is one that was raised, as it is where a hook answers with the error itself.
    let service = ServiceBuilder::new()
        .layer(outer())
        .layer(
            inner().reject_with(|rejection: &Rejection| -> Response<String> {
                bearer::raise(rejection.error().clone())
            }),
        )
        .service(Echo::default());
    let response = ask(&service, bearing("reader")).await;
    assert_eq!(
        text(&response),
        "401\nwww-authenticate: Bearer realm=\"inner\""
    );
    assert!(response.extensions().get::<AuthError>().is_some());
}

#[tokio::test]
async fn behind_an_exempting_layer_the_caller_is_whom_the_outer_one_knows() {
    let exempting = inner().exempt(predicate(|_| true));
    let service = ServiceBuilder::new()
        .layer(outer())
        .layer(exempting)
        .layer(RequireLayer::scopes(scopes!("admin")))
        .service(Echo::default());
    let response = ask(&service, bearing("reader")).await;
    // Not 401: the caller is known, and lacks a scope.
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        ask(&service, request(&[])).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn an_outer_layer_that_removes_the_token_leaves_the_inner_one_its_own() {
    let service = ServiceBuilder::new()
        .layer(outer().remove_token())
        .layer(inner())
        .service(Echo::default());
    assert_eq!(ask(&service, with_inner("ann")).await.body(), "ann");
}
