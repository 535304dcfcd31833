//! The test kit finds routes that were forgotten, and documents that say something else than the layers.
#![cfg_attr(
    not(all(feature = "axum", feature = "test-util")),
    expect(dead_code, reason = "only its validator is used")
)]

use axum::{
    Router,
    routing::{get, post},
};
use serde_json::{Value, json};
use tower_postern::{
    BearerAuthLayer,
    bearer::{AuthError, Grant, RequireLayer, ScopeSet, TokenValidator, Verified, immediate},
    openapi::{Operations, Protections},
    rule, scopes,
};

/// Accepts `t~read~write`: a token that grants what it names.
pub(crate) fn validator() -> impl TokenValidator<Identity = String> {
    immediate(|credentials| {
        let token = credentials.token();
        let granted = token
            .strip_prefix("t~")
            .ok_or_else(AuthError::invalid_token)?;
        let grant = match ScopeSet::parse(&granted.replace('~', " ")) {
            Ok(scopes) => Grant::builder().scopes(scopes).build(),
            Err(_) => Grant::builder().build(),
        };
        Ok(Verified::new(token.to_owned()).with_grant(grant))
    })
}

fn token(scopes: &ScopeSet) -> String {
    format!("t~{}", scopes.iter().collect::<Vec<_>>().join("~"))
}

fn auth() -> BearerAuthLayer<impl TokenValidator> {
    BearerAuthLayer::new(validator()).exempt(rule::path(["/health"]).unwrap())
}

fn writers() -> RequireLayer {
    RequireLayer::any_scope(scopes!("write admin"))
}

fn app() -> Router {
    Router::new()
        .route("/orders/{id}", get(|| async { "order" }))
        .route("/orders", post(|| async { "made" }).route_layer(writers()))
        .route("/health", get(|| async { "ok" }))
        .layer(auth())
        .route("/login", post(|| async { "token" }))
}

fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "paths": {
            "/orders/{id}": {"get": {"parameters": [{"in": "path", "name": "id", "schema": {"type": "integer"}}]}},
            "/orders": {"post": {}}, "/health": {"get": {}}, "/login": {"post": {}}
        }
    })
}

fn protections() -> Protections {
    let auth = auth().describe();
    Protections::new()
        .protect(Operations::all(), auth.clone())
        .protect(Operations::path("/orders"), auth.and(writers().describe()))
}

#[cfg(feature = "test-util")]
mod asserted {
    use std::panic::AssertUnwindSafe;

    use futures_util::FutureExt;
    use tower_postern::test_util::{assert_all_protected, assert_described};

    use super::*;

    async fn failure(assertion: impl Future<Output = ()>) -> String {
        let panic = AssertUnwindSafe(assertion)
            .catch_unwind()
            .await
            .expect_err("a failure");
        panic.downcast_ref::<String>().unwrap().clone()
    }

    #[tokio::test]
    async fn a_route_without_a_layer_is_found_by_name() {
        let document = document().to_string();
        let open = failure(assert_all_protected(
            app(),
            &document,
            [Operations::path("/health")],
        ))
        .await;
        assert_eq!(
            open,
            "open to callers without a token:\n  POST /login answers 200 OK\n"
        );
        let allowed = [
            Operations::path("/health"),
            Operations::call(http::Method::POST, "/login"),
        ];
        assert_all_protected(app(), &document, allowed).await;
        let bare = Router::new().route(
            "/orders/{id}",
            get(|| async { http::StatusCode::NOT_FOUND }),
        );
        let open = failure(assert_all_protected(bare, &document, [])).await;
        assert!(
            open.contains("\n  GET /orders/{id} answers 404 Not Found\n"),
            "{open}"
        );
    }

    #[tokio::test]
    async fn what_is_allowed_by_mistake_is_found_too() {
        let document = document().to_string();
        let allowed = [
            Operations::path("/health"),
            Operations::path("/login"),
            Operations::path("/nowhere"),
        ];
        let unknown = failure(assert_all_protected(app(), &document, allowed)).await;
        assert_eq!(
            unknown,
            "allowed, and not in the document:\n  the path `/nowhere`\n"
        );
        let refused = failure(assert_all_protected(app(), &document, [Operations::all()])).await;
        assert!(
            refused.contains(
                "\n  GET /orders/{id} answers 401 Unauthorized with `Bearer realm=\"api\"`\n"
            ),
            "{refused}"
        );
    }

    #[tokio::test]
    async fn a_document_that_was_written_from_the_layers_says_what_they_do() {
        let described = protections();
        let mut document = document();
        document["paths"].as_object_mut().unwrap().remove("/login");
        let written = described.write(document.to_string()).unwrap();
        assert_described(app(), &written, token).await;

        for auth in [auth().optional(), auth().deferred()] {
            let app = Router::new()
                .route("/orders", post(|| async { "made" }).route_layer(writers()))
                .route("/orders/{id}", get(|| async { "order" }))
                .route("/health", get(|| async { "ok" }))
                .layer(auth.clone());
            let protections = Protections::new()
                .protect(Operations::all(), auth.describe())
                .protect(
                    Operations::path("/orders"),
                    auth.describe().and(writers().describe()),
                );
            assert_described(app, protections.write(document.to_string()).unwrap(), token).await;
        }
    }

    #[tokio::test]
    async fn each_disagreement_is_found_by_name() {
        let written = protections().write(document().to_string()).unwrap();
        let written: Value = serde_json::from_slice(&written).unwrap();
        let mut wrong = written.clone();
        wrong["paths"]["/orders"]["post"]["security"] = json!([{"bearer": ["admin"]}]);
        wrong["paths"]["/health"]["get"]["security"] = json!([{"bearer": []}]);
        wrong["paths"]["/orders/{id}"]["get"]["responses"]
            .as_object_mut()
            .unwrap()
            .remove("401");
        let found = failure(assert_described(app(), wrong.to_string(), token)).await;
        for expect in [
            "GET /orders/{id} without a token answers 401 Unauthorized with `Bearer realm=\"api\"`, which is not among its responses",
            "GET /health without a token is to be refused, and answers 200 OK",
            "POST /login without a token is to be refused, and answers 200 OK",
            "POST /login with a bad token is to be refused, and answers 200 OK",
        ] {
            assert!(
                found.contains(&format!("\n  {expect}\n")),
                "{expect} in {found}"
            );
        }

        let mut wrong = written.clone();
        wrong["paths"]["/orders"]["post"]["security"] = json!([{"bearer": ["read"]}]);
        wrong["paths"]["/orders/{id}"]["get"]["security"] = json!([{"bearer": ["read"]}]);
        wrong["paths"]["/login"]["post"]["security"] = json!([]);
        let found = failure(assert_described(app(), wrong.to_string(), token)).await;
        for expect in [
            "POST /orders with the scopes `read` is to be let in, and answers 403 Forbidden with",
            "GET /orders/{id} with the scopes `` is to be refused, and answers 200 OK",
        ] {
            assert!(
                found.contains(&format!("\n  {expect}")),
                "{expect} in {found}"
            );
        }
    }
}
