//! The routes for HTTP: which are open, which are guarded, which are hidden.

use std::error::Error;

use axum::{
    Json, Router,
    body::Bytes,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tower_postern::{
    BearerAuthLayer, ConfigError, HideLayer,
    axum::{Authenticated, hide_routes},
    bearer::{RequireLayer, ScopeSet, TokenValidator},
    hide::NoStoreLayer,
    jwt::{Claims, Jwt},
    openapi::OpenApi,
    predicate::Predicate,
    rule,
};

use crate::{
    openapi,
    settings::{HideMode, Settings},
};

/// All of them. Routes that need a setting which is not there are left out.
///
/// `either` takes the tokens of two issuers. Who calls from inside, and who is of the house, is asked of `visible`.
pub(crate) fn http<V>(
    settings: &Settings,
    either: Option<BearerAuthLayer<V>>,
    visible: &Visible,
) -> Result<Router, Box<dyn Error>>
where
    V: TokenValidator<Identity = Jwt<Claims>>,
{
    let (read, write) = (&settings.scope_read, &settings.scope_write);
    let mut public = open(openapi::document(settings, visible)?).merge(guarded());
    if let Some(read) = read {
        public = public.merge(guarded_by_scope(read));
    }
    if let (Some(read), Some(write)) = (read, write) {
        public = public.merge(guarded_by_scopes(read, write));
    }
    if let Some(either) = either {
        public = public.merge(guarded_by_a_layer_of_its_own(either));
    }

    let mut all = public;
    if let Some(inside) = &visible.inside {
        all = hide(settings.hide_mode, all, internal(), "/internal", inside)?;
    }
    if let Some(of_the_house) = &visible.of_the_house {
        all = hide(settings.hide_mode, all, console(), "/secret", of_the_house)?;
    }
    Ok(all)
}

/// Who may see what is hidden. `None`: there is nothing to see.
pub(crate) struct Visible {
    /// By the address from which they call.
    pub(crate) inside: Option<rule::ClientAddr>,
    /// By the scope of their token.
    pub(crate) of_the_house: Option<rule::Scope>,
}

/// For everybody.
fn open(openapi: OpenApi) -> Router {
    Router::new()
        .route("/public", get(async || "public\n"))
        .route_service("/openapi.json", openapi)
        .fallback(absent)
}

/// For callers with a token of the issuer.
fn guarded() -> Router {
    Router::new()
        .route("/api/me", get(me))
        .route("/api/items", post(items))
        .route_layer(RequireLayer::identity())
}

/// For those whose token grants a scope besides.
fn guarded_by_scope(read: &ScopeSet) -> Router {
    Router::new()
        .route("/api/orders", get(me))
        .route_layer(RequireLayer::scopes(read.clone()))
}

fn guarded_by_scopes(read: &ScopeSet, write: &ScopeSet) -> Router {
    Router::new()
        .route("/api/orders/new", post(me))
        .route_layer(RequireLayer::scopes(read.union(write)))
}

/// For callers with a token of either issuer: the layer outside knows one.
fn guarded_by_a_layer_of_its_own<V>(either: BearerAuthLayer<V>) -> Router
where
    V: TokenValidator<Identity = Jwt<Claims>>,
{
    Router::new()
        .route("/multi/me", get(me))
        .route_layer(either)
}

/// Hidden from those who call from outside.
fn internal() -> Router {
    Router::new()
        .route("/internal/metrics", get(secret))
        .route("/internal/rebuild", post(rebuild))
        .route("/internal/users/{id}", get(secret).put(secret))
}

/// Hidden from those whose token does not say that they are of the house.
fn console() -> Router {
    Router::new().route("/secret/console", get(secret))
}

/// Puts hidden routes beside what is there already.
fn hide(
    mode: HideMode,
    public: Router,
    hidden: Router,
    below: &str,
    visible_to: &(impl Predicate + Clone),
) -> Result<Router, ConfigError> {
    let visible_to = visible_to.clone();
    Ok(match mode {
        // The one to choose: others meet a router that never had them.
        HideMode::Fallback => hide_routes(public, hidden, visible_to),
        // For a service that cannot be split: others are taken to another path.
        HideMode::Reroute => {
            let all = public.merge(hidden.route_layer(NoStoreLayer::new()));
            let layer = HideLayer::when(rule::under([below])?.and(visible_to.not())).reroute();
            Router::new().fallback_service(layer.wrap(all))
        }
    })
}

async fn me(Authenticated(claims): Authenticated<Jwt<Claims>>) -> Json<Value> {
    Json(json!({ "sub": claims.subject() }))
}

async fn items(Authenticated(claims): Authenticated<Jwt<Claims>>, _items: Bytes) -> Json<Value> {
    Json(json!({ "sub": claims.subject() }))
}

async fn secret() -> &'static str {
    "metrics-secret"
}

async fn rebuild(_order: Json<Value>) -> &'static str {
    "metrics-secret"
}

/// What is not there, and what a caller is not to see.
async fn absent() -> Response {
    let body = Json(json!({ "error": "not found" }));
    (StatusCode::NOT_FOUND, body).into_response()
}
