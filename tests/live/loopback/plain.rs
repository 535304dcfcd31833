//! A plain service of Axum, to be measured: one route that is open, and the same behind the layer. Set up by the
//! environment: `PORT`, `ISSUER`, `AUDIENCE`, `JWKS_FILE`; `TOKEN_CACHE_ENTRIES`, 0 for none.

use std::{env, error::Error};

use axum::{Json, Router, routing::get};
use serde::Serialize;
use tokio::net::TcpListener;
use tower_postern::{
    BearerAuthLayer,
    axum::Authenticated,
    jwt::{Claims, Jwt, JwtValidator, KeyFile, TokenCache},
};

#[derive(Serialize)]
struct Caller {
    sub: String,
}

async fn open() -> Json<Caller> {
    Json(Caller {
        sub: "rs256".to_owned(),
    })
}

async fn guarded(Authenticated(claims): Authenticated<Jwt<Claims>>) -> Json<Caller> {
    Json(Caller {
        sub: claims.subject().unwrap_or_default().to_owned(),
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut validator = JwtValidator::<Claims>::builder(env::var("ISSUER")?, env::var("AUDIENCE")?)
        .key_file(KeyFile::open(env::var("JWKS_FILE")?)?);
    let entries = env::var("TOKEN_CACHE_ENTRIES")?.parse()?;
    if entries > 0 {
        validator = validator.cache(TokenCache::new(entries));
    }
    let app = Router::new()
        .route("/guarded", get(guarded))
        .route_layer(BearerAuthLayer::new(validator.build()?)) // guards the route above it
        .route("/open", get(open));

    let port: u16 = env::var("PORT")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
