//! The documents of aide.

use ::aide::axum::{ApiRouter, routing::get};
use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tower_postern::{
    BearerAuthLayer,
    axum::{Authenticated, ClientAddr},
    openapi::{OpenApi, Operations},
};

use super::support::{assert_sound, document_of, names, seen};

#[derive(Serialize)]
struct User {
    name: String,
}

async fn me(Authenticated(name): Authenticated<String>) -> Json<Value> {
    Json(json!(User { name }))
}

async fn maybe(user: Option<Authenticated<String>>) -> Json<bool> {
    Json(user.is_some())
}

async fn address(_: ClientAddr) -> Json<u8> {
    Json(4)
}

fn document() -> (axum::Router, Value) {
    let mut api = ::aide::openapi::OpenApi::default();
    let router: axum::Router = ApiRouter::new()
        .api_route("/me", get(me))
        .api_route("/maybe", get(maybe))
        .api_route("/address", get(address))
        .finish_api(&mut api);
    (router, serde_json::to_value(&api).unwrap())
}

#[test]
fn a_handler_that_takes_the_identity_asks_for_a_token() {
    let (_, document) = document();
    let operation = |path: &str| &document["paths"][path]["get"];
    assert_eq!(operation("/me")["security"], json!([{"bearer": []}]));
    assert_eq!(
        names(&document, "/paths/~1me/get/responses"),
        ["200", "401", "503"]
    );
    assert_eq!(
        names(&document, "/paths/~1me/get/responses/401/headers"),
        ["WWW-Authenticate"]
    );
    assert_eq!(operation("/maybe")["security"], json!([{}, {"bearer": []}]));
    assert_eq!(operation("/address").get("security"), None);
}

#[test]
fn what_aide_makes_is_shown_to_each_caller() {
    let (_, document) = document();
    let auth = BearerAuthLayer::new(super::kit::validator());
    let openapi = OpenApi::builder_of(&document)
        .hide_unless(seen())
        .protect(Operations::path("/me"), auth.describe().format("JWT"))
        .build()
        .unwrap();
    let whole = document_of(&openapi, "*");
    assert_eq!(
        whole["components"]["securitySchemes"]["bearer"]["bearerFormat"],
        "JWT"
    );
    let part = document_of(&openapi, "GET /address");
    assert_sound(&whole, &part);
    assert_eq!(names(&part, "/paths"), ["/address"]);
    assert!(part.pointer("/components/securitySchemes").is_none());
}

#[cfg(feature = "test-util")]
#[tokio::test]
async fn document_and_service_agree() {
    let (router, document) = document();
    let auth = BearerAuthLayer::new(super::kit::validator());
    let me = axum::Router::new()
        .route("/me", axum::routing::get(me))
        .layer(auth.clone());
    let mut document = document;
    document["paths"]
        .as_object_mut()
        .unwrap()
        .retain(|path, _| path == "/me");
    drop(router);
    let protections =
        tower_postern::openapi::Protections::new().protect(Operations::all(), auth.describe());
    let written = protections.write(document.to_string()).unwrap();
    tower_postern::test_util::assert_described(me, written, |_| "t~".to_owned()).await;
}
