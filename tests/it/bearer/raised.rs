//! Refusals that come from inside.

use std::convert::Infallible;

use http::{HeaderValue, Request, Response, StatusCode};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::{
    cors::{AllowOrigin, CorsLayer},
    set_header::SetResponseHeaderLayer,
};
use tower_postern::{
    BearerAuthLayer,
    bearer::{self, AuthError, ErrorKind, Rejection, RequireLayer},
    scopes,
};

use crate::support::bearer::{Echo, Mostly, Now, as_grpc, ask, bearing, raises, request, text};

#[tokio::test]
async fn what_is_raised_is_rendered_with_the_layers_challenge() {
    let layer = BearerAuthLayer::new(Mostly)
        .realm("shop")
        .unwrap()
        .scope("orders:read")
        .unwrap();
    let insufficient: fn() -> AuthError = || AuthError::insufficient_scope(scopes!("orders:write"));
    for token in ["reader", "slow-reader"] {
        for (name, error, expect) in [
            (
                "insufficient scope, with all that is needed",
                insufficient,
                "403\nwww-authenticate: Bearer realm=\"shop\", error=\"insufficient_scope\", \
                 error_description=\"The access token lacks a scope\", scope=\"orders:read orders:write\"",
            ),
            (
                "a scope that the layer asks for too",
                || AuthError::insufficient_scope(scopes!("orders:read")),
                "403\nwww-authenticate: Bearer realm=\"shop\", error=\"insufficient_scope\", \
                 error_description=\"The access token lacks a scope\", scope=\"orders:read\"",
            ),
            ("forbidden", AuthError::forbidden, "403"),
            (
                "invalid token",
                AuthError::invalid_token,
                "401\nwww-authenticate: Bearer realm=\"shop\", error=\"invalid_token\", \
                 error_description=\"The access token is not valid\", scope=\"orders:read\"",
            ),
            ("unavailable", AuthError::unavailable, "503\nretry-after: 1"),
            (
                "a wrong scope beside an outage is not named",
                || AuthError::unavailable().with_scopes(scopes!("x")),
                "503\nretry-after: 1",
            ),
        ] {
            let response = ask(&layer.wrap(raises(error)), bearing(token)).await;
            assert_eq!(text(&response), expect, "{name}");
            let left = response.extensions().get::<AuthError>().unwrap();
            assert_eq!(left.kind(), error().kind(), "{name}");
        }
        let response = ask(&layer.wrap(raises(insufficient)), as_grpc(bearing(token))).await;
        assert_eq!(
            text(&response),
            "200\ncontent-type: application/grpc+proto\ngrpc-message: the access token lacks a scope\ngrpc-status: 7\n\
             www-authenticate: Bearer realm=\"shop\", error=\"insufficient_scope\", \
             error_description=\"The access token lacks a scope\", scope=\"orders:read orders:write\""
        );
    }
}

#[tokio::test]
async fn to_an_anonymous_caller_a_missing_scope_is_a_missing_token() {
    let expect =
        "401\nvary: Authorization\nwww-authenticate: Bearer realm=\"api\", scope=\"orders:write\"";
    for layer in [
        BearerAuthLayer::new(Now).optional(),
        BearerAuthLayer::new(Now).deferred(),
    ] {
        let inner = raises(|| AuthError::insufficient_scope(scopes!("orders:write")));
        assert_eq!(text(&ask(&layer.wrap(inner), request(&[])).await), expect);
        let inner = RequireLayer::scopes(scopes!("orders:write")).wrap(Echo::default());
        assert_eq!(text(&ask(&layer.wrap(inner), request(&[])).await), expect);
    }
}

/// A handler sees no grant and asks for a scope. The caller's trouble is another one, and what was recorded says which.
#[tokio::test]
async fn to_a_caller_whose_token_was_refused_a_missing_scope_is_that_refusal() {
    let layer = BearerAuthLayer::new(Mostly)
        .deferred()
        .scope("orders:read")
        .unwrap();
    let raised: [fn() -> AuthError; 2] = [
        || AuthError::insufficient_scope(scopes!("orders:write")),
        AuthError::missing_token,
    ];
    for error in raised {
        for prefix in ["", "slow-"] {
            for (token, kind, status) in [
                ("bad", ErrorKind::InvalidToken, StatusCode::UNAUTHORIZED),
                (
                    "down",
                    ErrorKind::Unavailable,
                    StatusCode::SERVICE_UNAVAILABLE,
                ),
                ("barred", ErrorKind::Forbidden, StatusCode::FORBIDDEN),
                ("ann", ErrorKind::InsufficientScope, StatusCode::FORBIDDEN),
            ] {
                let service = layer.wrap(raises(error));
                let response = ask(&service, bearing(&format!("{prefix}{token}"))).await;
                assert_eq!(response.status(), status, "{token}");
                let left = response.extensions().get::<AuthError>().unwrap();
                assert_eq!(left.kind(), kind, "{token}");
            }
        }
    }
    let inner = raises(|| AuthError::insufficient_scope(scopes!("orders:write")));
    let response = ask(&layer.wrap(inner), bearing("bad")).await;
    assert_eq!(
        response.headers()["www-authenticate"],
        "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The access token is not valid\", \
         scope=\"orders:read orders:write\""
    );
}

#[tokio::test]
async fn a_token_without_the_layers_scope_is_a_403_of_deferred_too() {
    let service = ServiceBuilder::new()
        .layer(
            BearerAuthLayer::new(Now)
                .deferred()
                .scope("orders:read")
                .unwrap(),
        )
        .layer(RequireLayer::scope("orders:write").unwrap())
        .service(Echo::default());
    let response = ask(&service, bearing("ann")).await;
    assert_eq!(
        text(&response),
        "403\nvary: Authorization\nwww-authenticate: Bearer realm=\"api\", error=\"insufficient_scope\", \
         error_description=\"The access token lacks a scope\", scope=\"orders:read orders:write\""
    );
}

#[tokio::test]
async fn headers_and_extensions_of_layers_in_between_are_kept() {
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct RequestId(u8);
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::exact(HeaderValue::from_static(
            "https://app.example",
        )))
        .expose_headers([http::header::WWW_AUTHENTICATE]);
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::overriding(
            http::HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    let service = ServiceBuilder::new()
        .layer(BearerAuthLayer::new(Now).optional())
        .layer(cors)
        .layer(header("content-type", "text/html"))
        .layer(header("content-length", "7"))
        .layer(header("allow", "GET"))
        .layer(header("etag", "\"of another body\""))
        .layer(header("x-request-id", "7"))
        .layer(header("www-authenticate", "Basic"))
        .layer(header("retry-after", "0"))
        .layer(header("vary", "accept"))
        .map_response(|mut response: Response<String>| {
            response.extensions_mut().insert(RequestId(7));
            response
        })
        .service(raises(AuthError::invalid_token));
    let mut request = bearing("ann");
    request
        .headers_mut()
        .insert("origin", "https://app.example".parse().unwrap());
    let response = ask(&service, request).await;
    assert_eq!(
        text(&response),
        "401\n\
         access-control-allow-origin: https://app.example\n\
         access-control-expose-headers: www-authenticate\n\
         vary: Authorization\n\
         vary: accept\n\
         www-authenticate: Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The access token is not valid\"\n\
         x-request-id: 7"
    );
    assert_eq!(response.extensions().get(), Some(&RequestId(7)));
    assert!(response.extensions().get::<AuthError>().is_some());
}

#[tokio::test]
async fn a_hook_answers_what_was_raised_too() {
    let service = BearerAuthLayer::new(Now)
        .reject_with(|rejection: &Rejection| Response::new(rejection.error().to_string()))
        .wrap(raises(AuthError::forbidden));
    let response = ask(&service, bearing("ann")).await;
    assert_eq!(text(&response), "403\n\nthe caller may not do this");
}

#[tokio::test]
async fn without_a_layer_outside_it_is_still_a_refusal() {
    for (error, status) in [
        (AuthError::missing_token(), 401),
        (AuthError::insufficient_scope(scopes!("a")), 403),
        (AuthError::forbidden(), 403),
        (AuthError::unavailable(), 503),
    ] {
        let kind = error.kind();
        let response = bearer::raise::<String>(error);
        assert_eq!(response.status().as_u16(), status);
        assert!(response.body().is_empty());
        let left = response.extensions().get::<AuthError>().unwrap();
        assert_eq!(left.kind(), kind);
    }
}

#[tokio::test]
async fn an_error_that_lies_in_an_answer_is_not_one_that_was_raised() {
    // Such as that of another service's refusal, which a proxy passes on.
    let inner = service_fn(|_: Request<String>| async {
        let mut response = Response::new("answered".to_owned());
        response.extensions_mut().insert(AuthError::forbidden());
        Ok::<_, Infallible>(response)
    });
    let response = BearerAuthLayer::new(Now)
        .wrap(inner)
        .oneshot(bearing("ann"))
        .await;
    assert_eq!(text(&response.unwrap()), "200\n\nanswered");
}
