//! A service whose Swagger UI shows each caller what it may call: the inside sees more than the outside.
//!
//! ```sh
//! cargo run --features openapi,utoipa,axum --example openapi_per_caller
//! ```
//!
//! It listens twice, for the outside and for the inside, and prints both addresses, a user and a password. Open `/docs/` at
//! each. The Authorize button takes the password, or a token; `GET /orders` then answers, and `POST /orders` only where the
//! scope `orders:write` was ticked.
//!
//! ```sh
//! curl -i $URL/openapi.json          # 200: without /metrics
//! curl -i $INSIDE/openapi.json       # 200: with it
//! curl -i $URL/metrics               # 404: not there
//! curl -i $INSIDE/metrics            # 200: there
//! curl -i $URL/orders                # 401: a token, please
//! curl -i $URL/docs/                 # 200: Swagger UI
//! ```
//!
//! | setting | meaning | default |
//! |---|---|---|
//! | `PORT` | the port on 127.0.0.1 for the outside; 0 lets the system pick one | 3000 |
//! | `INSIDE_PORT` | that for the inside | 0 |
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to whoever starts it"
)]
#![expect(clippy::exhaustive_structs, reason = "utoipa makes some of its own")]

use std::{env, error::Error, process::ExitCode, sync::Arc, time::Duration};

use axum::{
    Extension, Form, Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use jsonwebtoken::{EncodingKey, Header, crypto::aws_lc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tower_postern::{
    BearerAuthLayer, Clock, ConfigError, Secret, SystemClock,
    axum::{Authenticated, hide_routes},
    bearer::{RequireLayer, ScopeSet},
    jwt::{Claims, Jwt, JwtValidator},
    net::Listener,
    openapi::{OpenApi, Operations, SecurityScheme},
    predicate::Predicate,
    rule, scopes,
};
use utoipa::{OpenApi as _, ToSchema};
use utoipa_swagger_ui::Config;

const ISSUER: &str = "https://openapi-per-caller.example";
const AUDIENCE: &str = "openapi-per-caller";
const USER: &str = "ann";
const LIFETIME: Duration = Duration::from_secs(900);

#[derive(Serialize, ToSchema)]
struct Order {
    id: u32,
    of: String,
}

/// Seen from the inside alone, as is the operation that answers with it.
#[derive(Serialize, ToSchema)]
struct Metrics {
    requests: u64,
}

/// All orders of the caller
#[utoipa::path(get, path = "/orders", tag = "orders", responses((status = 200, body = [Order])))]
async fn orders(Authenticated(token): Authenticated<Jwt<Claims>>) -> Json<Vec<Order>> {
    let of = token.subject().unwrap_or_default().to_owned();
    Json(vec![Order { id: 1, of }])
}

/// Places an order
#[utoipa::path(post, path = "/orders", tag = "orders", responses((status = 200, body = Order)))]
async fn place(Authenticated(token): Authenticated<Jwt<Claims>>) -> Json<Order> {
    let of = token.subject().unwrap_or_default().to_owned();
    Json(Order { id: 2, of })
}

/// How busy the service is
#[utoipa::path(get, path = "/metrics", tag = "operators", responses((status = 200, body = Metrics)))]
async fn metrics() -> Json<Metrics> {
    Json(Metrics { requests: 42 })
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Orders", version = "1"),
    paths(orders, place, metrics),
    tags((name = "orders"), (name = "operators", description = "For those who run the service"))
)]
struct Document;

fn app(issuer: Issuer) -> Result<Router, ConfigError> {
    let validator = JwtValidator::<Claims>::builder(ISSUER, AUDIENCE)
        .hmac_secret(issuer.signing_secret.clone())
        .rfc9068()
        .build()?;
    let auth = BearerAuthLayer::new(validator).realm("orders")?;
    let (readers, writers) = (
        RequireLayer::scopes(scopes!("orders:read")),
        RequireLayer::scopes(scopes!("orders:write")),
    );
    let inside = || rule::listener("inside");

    // What the layers do is said once, by them.
    let login = SecurityScheme::oauth2()
        .password("/token")
        .scope("orders:read", "See orders")
        .scope("orders:write", "Place orders");
    let token_of = |layer: &RequireLayer| {
        let description = auth.describe().format("JWT").and(layer.describe());
        description.scheme("login", login.clone())
    };
    let openapi = OpenApi::builder_of(&Document::openapi())
        .hide_unless(rule::path(["/metrics"])?.not().or(inside()?))
        .protect(
            Operations::call(http::Method::GET, "/orders"),
            token_of(&readers),
        )
        .protect(
            Operations::call(http::Method::POST, "/orders"),
            token_of(&writers),
        )
        .build()?;

    let public = Router::new()
        .route(
            "/orders",
            get(orders).layer(readers).merge(post(place).layer(writers)),
        )
        .route_layer(auth) // guards the routes above it
        .route_service("/openapi.json", openapi)
        .route("/", get(|| async { Redirect::to("/docs/") }))
        .route("/docs/", get(|| docs(Path("index.html".to_owned()))))
        .route("/docs/{*file}", get(docs))
        .route("/token", post(token))
        .with_state(Arc::new(issuer));
    let hidden = Router::new().route("/metrics", get(metrics));
    Ok(hide_routes(public, hidden, inside()?))
}

/// The files of Swagger UI, which come with a crate.
async fn docs(Path(file): Path<String>) -> Response {
    match utoipa_swagger_ui::serve(&file, Arc::new(Config::from("/openapi.json"))) {
        Ok(Some(file)) => {
            let content_type = [(header::CONTENT_TYPE, file.content_type)];
            (content_type, file.bytes.into_owned()).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Issues tokens, so that the example needs no server. A real service leaves that to its OAuth 2 provider.
struct Issuer {
    signing_secret: Secret,
    password: Secret,
}

#[derive(Deserialize)]
struct TokenRequest {
    username: String,
    password: String,
    #[serde(default)]
    scope: String,
}

async fn token(State(issuer): State<Arc<Issuer>>, Form(form): Form<TokenRequest>) -> Response {
    let refused =
        |error| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    // The password is compared for strangers too, or the time would tell who is known.
    let matches = issuer.password.matches(form.password.as_bytes());
    if !matches || form.username != USER {
        return refused("invalid_grant");
    }
    let known = scopes!("orders:read orders:write");
    let wanted = ScopeSet::parse(&form.scope).unwrap_or(ScopeSet::EMPTY);
    if !known.contains_all(&wanted) {
        return refused("invalid_scope");
    }
    match issuer.issue(&wanted) {
        Ok(token) => {
            let answer = json!({
                "access_token": token, "token_type": "bearer", "expires_in": LIFETIME.as_secs(), "scope": wanted.as_str(),
            });
            ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Issuer {
    /// An access token as [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068) describes it.
    fn issue(&self, scopes: &ScopeSet) -> Result<String, Box<dyn Error>> {
        let now = SystemClock.now().duration_since(std::time::UNIX_EPOCH)?;
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": USER, "client_id": "docs", "scope": scopes.as_str(),
            "iat": now.as_secs(), "exp": (now + LIFETIME).as_secs(), "jti": random()?,
        });
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            ..Header::default()
        }; // HS256
        let key = EncodingKey::from_secret(self.signing_secret.expose());
        Ok(jsonwebtoken::encode(&header, &claims, &key)?)
    }
}

fn random() -> Result<String, Box<dyn Error>> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system gives no random bytes")?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

async fn bind(setting: &str, default: &str) -> Result<TcpListener, String> {
    let value = env::var(setting).unwrap_or_else(|_| default.to_owned());
    let bad = |error: &dyn std::fmt::Display| {
        format!("{setting} is {value:?}: {error}; give the number of a free port, or 0")
    };
    let port: u16 = value.parse().map_err(|error| bad(&error))?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    listener.map_err(|error| bad(&error))
}

async fn run() -> Result<(), Box<dyn Error>> {
    // Made anew at each start: whoever copies this file copies no secret.
    let (signing_secret, password) = (random()?, random()?);
    let app = app(Issuer {
        signing_secret: signing_secret.into(),
        password: password.as_str().into(),
    })?;
    let (outside, inside) = (bind("PORT", "3000").await?, bind("INSIDE_PORT", "0").await?);
    println!(
        "listening on http://{outside_at}, and for the inside on http://{inside_at}
user {USER}
PASSWORD={password}

Swagger UI: http://{outside_at}/docs/ and http://{inside_at}/docs/",
        outside_at = outside.local_addr()?,
        inside_at = inside.local_addr()?,
    );
    // Each listener says its name, outside of all that a caller can reach.
    let at = |name: &'static str| app.clone().layer(Extension(Listener::new(name)));
    let outside = axum::serve(outside, at("outside")).into_future();
    let inside = axum::serve(inside, at("inside")).into_future();
    tokio::try_join!(outside, inside)?;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    // Another crate in the tree may have brought a second one, so the choice is made here.
    aws_lc::DEFAULT_PROVIDER.install_default().ok();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("openapi_per_caller: {error}");
            ExitCode::FAILURE
        }
    }
}
