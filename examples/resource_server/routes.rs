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
    BearerAuthLayer,
    axum::Authenticated,
    bearer::{RequireLayer, TokenValidator},
    jwt::{Claims, Jwt},
    rule,
};

use crate::{
    settings::Settings,
    table::{Group, Table},
};

/// All of them. Routes that need a setting which is not there are left out.
///
/// `auth` is the layer around them, which takes the tokens of one issuer and refuses nobody; `either` takes those of two.
/// Who calls from inside, and who is of the house, is asked of `visible`.
pub(crate) fn http<V, E>(
    settings: &Settings,
    auth: &BearerAuthLayer<V>,
    either: Option<BearerAuthLayer<E>>,
    visible: &Visible,
) -> Result<Router, Box<dyn Error>>
where
    E: TokenValidator<Identity = Jwt<Claims>>,
{
    let mut table = Table::new();

    // For everybody.
    table.add(Group::open([("/public", get(async || "public\n"))]));

    // For callers with a token of the issuer.
    table.add(Group::guarded(
        RequireLayer::identity(),
        [("/api/me", get(me)), ("/api/items", post(items))],
    ));
    // For those whose token grants a scope besides.
    if let Some(read) = &settings.scope_read {
        table.add(Group::guarded(
            RequireLayer::scopes(read.clone()),
            [("/api/orders", get(me))],
        ));
    }
    if let (Some(read), Some(write)) = (&settings.scope_read, &settings.scope_write) {
        table.add(Group::guarded(
            RequireLayer::scopes(read.union(write)),
            [("/api/orders/new", post(me))],
        ));
    }
    // For callers with a token of either issuer: the layer around all routes knows one.
    if let Some(either) = either {
        table.add(Group::guarded(either, [("/multi/me", get(me))]));
    }

    // Hidden from those who call from outside.
    if let Some(inside) = &visible.inside {
        let routes = [
            ("/internal/metrics", get(secret)),
            ("/internal/rebuild", post(rebuild)),
            ("/internal/users/{id}", get(secret).put(secret)),
        ];
        table.add(Group::open(routes).hidden_unless(inside.clone(), "/internal"));
    }
    // Hidden from those whose token does not say that they are of the house. The guard inside asks the same again, and
    // tells the document which scope it takes.
    if let (Some(of_the_house), Some(scopes)) = (&visible.of_the_house, &settings.scope_internal) {
        let guard = RequireLayer::scopes(scopes.clone());
        let routes = [("/secret/console", get(secret))];
        table.add(Group::guarded(guard, routes).hidden_unless(of_the_house.clone(), "/secret"));
    }

    let around = auth.describe().format("JWT");
    let base = Router::new().fallback(absent);
    table.into_router(settings.hide_mode, &around, base)
}

/// Who may see what is hidden. `None`: there is nothing to see.
pub(crate) struct Visible {
    /// By the address from which they call.
    pub(crate) inside: Option<rule::ClientAddr>,
    /// By the scope of their token.
    pub(crate) of_the_house: Option<rule::Scope>,
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
