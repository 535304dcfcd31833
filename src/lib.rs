//! Tower middleware that hides endpoints from outsiders and guards them with OAuth 2 bearer tokens, for Axum, Tonic and Hyper.
//!
//! [`HideLayer`] has an endpoint there for some callers, and for all others makes of it what an endpoint is that never was.
//! [`BearerAuthLayer`] makes a service an OAuth 2 protected resource, with a validator of yours or of this crate. Both are asked
//! with a [`RequestHead`], know no body type, and keep one rule: what is unknown is denied, and what *we* could not check is 503.
//!
//! # A hidden endpoint
//! ```
//! use http::{Request, Response};
//! use tower::{ServiceExt, service_fn};
//! use tower_postern::{HideLayer, RequestHead};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let public = service_fn(|_: Request<()>| async { Ok::<_, std::convert::Infallible>(Response::new("nothing here")) });
//! let all = service_fn(|_: Request<()>| async { Ok::<_, std::convert::Infallible>(Response::new("the console")) });
//!
//! // For the example; `rule` has better ones: the address of the client, a scope of its token, a listener's host.
//! let inside = |request: &RequestHead<'_>| request.headers().contains_key("x-inside");
//! let service = HideLayer::unless(inside).fallback(public).wrap(all);
//!
//! let request = Request::get("/console").header("x-inside", "1").body(())?;
//! assert_eq!(service.clone().oneshot(request).await?.into_body(), "the console");
//! let request = Request::get("/console").body(())?;
//! assert_eq!(service.oneshot(request).await?.into_body(), "nothing here");
//! # Ok(()) }
//! ```
//! For Axum's `Router` and Tonic's `Routes`, `axum::hide_routes` and `tonic::hide_routes` put that together in one line. What hides
//! how much is told in [`hide`]; the stock rules are in [`rule`].
//!
//! # A protected endpoint
//! ```
//! use http::{Request, Response, StatusCode};
//! use tower::{ServiceExt, service_fn};
//! use tower_postern::{BearerAuthLayer, Secret, bearer::{self, AuthError, Verified, immediate}};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = Secret::new("k3y-of-the-robot") /* from your configuration */;
//! let validator = immediate(move |credentials| match key.matches(credentials.token().as_bytes()) {
//!     true => Ok(Verified::new("robot")),
//!     false => Err(AuthError::invalid_token()),
//! });
//! let service = BearerAuthLayer::new(validator).realm("shop")?.wrap(service_fn(|request: Request<()>| async move {
//!     let name = bearer::identity::<&str>(request.extensions()).copied().unwrap_or_default();
//!     Ok::<_, std::convert::Infallible>(Response::new(name.to_owned()))
//! }));
//!
//! let request = Request::get("/orders").header("authorization", "Bearer k3y-of-the-robot").body(())?;
//! assert_eq!(service.clone().oneshot(request).await?.into_body(), "robot");
//! let response = service.oneshot(Request::get("/orders").body(())?).await?;
//! assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
//! assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"shop\"");
//! # Ok(()) }
//! ```
//! `jwt::JwtValidator` checks JWTs, `api_key::ApiKeys` static keys; a struct with one `async fn` checks whatever you have:
//! [`TokenValidator`](bearer::TokenValidator). How requests are judged is told in [`bearer`].
//!
//! # Where the layers stand
//! ```text
//!  request
//!     │
//!     ▼
//!  SetSensitiveRequestHeadersLayer   marks the token before anything prints it
//!  TraceLayer, metrics, rate limit   see every request, also those that are refused
//!  CorsLayer                         preflights carry no token; expose `WWW-Authenticate`
//!     │
//!     ▼
//!  hide_routes / HideLayer ────────── outsider ──────────┐
//!     │ insider                                          │
//!     ▼                                                  ▼
//!  public and hidden routes           the public routes alone, which never had the others
//!     │                                                  │
//!     ▼                                                  ▼
//!  BearerAuthLayer                    BearerAuthLayer         who is it?  401, 503
//!  RequireLayer                       RequireLayer            may they?   403
//!     │                                                  │
//!     ▼                                                  ▼
//!  handler                            handler
//! ```
//! Hide around the whole application, never inside a router, which adds `Allow` and lengths to a 404 that is made in it. To hide by
//! what a *token* grants, the order turns: [`BearerAuthLayer::deferred`] outside, hiding by [`rule::scope`] inside, and
//! [`RequireLayer`](bearer::RequireLayer) or an extractor on normal routes.
//!
//! # Features
//! | feature | brings | you want it when |
//! |---|---|---|
//! | `jwt` (default) | `jwt::JwtValidator` | an issuer gives you JWTs |
//! | `aws-lc-rs` (default) | the fast signature backend | you have a C compiler |
//! | `rust-crypto` | the signature backend in pure Rust | you have none |
//! | `tracing` (default) | events that say why a request was hidden or refused | you run it |
//! | `api-key` | `api_key::ApiKeys`: static keys, hashed at rest | machines call you |
//! | `jwks` | `jwt::RemoteKeys`: keys that are fetched and refreshed; `fetch`: an HTTPS client, or yours | your issuer publishes its keys |
//! | `axum` | `axum::Authenticated`, `axum::hide_routes`, `axum::ClientAddr` | your service is an Axum router |
//! | `tonic` | `tonic::hide_routes`, a `Status` of an [`AuthError`](bearer::AuthError) | your service speaks gRPC |
//! | `tonic-health`, `tonic-reflection` | `tonic::health::Health`, `tonic::reflection::Reflection`: health and reflection that tell each caller of what it may call | you serve them beside hidden services |
//! | `openapi` | `openapi::OpenApi`: a document that shows each caller what it may call | you publish one |
//! | `utoipa`, `aide` | what layers ask for, written into the documents of these crates | you generate yours with one |
//! | `test-util` | `test_util`: assertions that nothing betrays a hidden route, that none was left open, and that document and layers agree | you test your service |
//! | `full` | all but `rust-crypto` | you are looking around |
//!
//! A feature adds API and changes nothing else. Without any, the crate adds no other to the tree of an Axum or Tonic service.
//!
//! # Stability
//! Public dependencies are `http`, `http-body`, `bytes`, `tower-layer` and `tower-service`; with features `serde` (`jwt`, `openapi`),
//! `rustls` (`jwks`), and what a feature is named for. What breaks a program comes in a minor release as long as the version begins
//! with 0, and is marked in the changelog. So does a higher minimum Rust version, which is 1.88.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "jwt")]
mod cache;
#[cfg(any(feature = "openapi", feature = "tonic-reflection"))]
mod classes;
mod clock;
mod config;
mod der;
mod fields;
mod grpc;
mod head;
mod interop;
mod percent;
#[cfg(any(
    feature = "openapi",
    feature = "tonic-health",
    feature = "tonic-reflection"
))]
mod rules;
mod secret;
#[cfg(any(feature = "openapi", feature = "tonic-reflection"))]
mod shown;
mod trace;

#[cfg(feature = "api-key")]
pub mod api_key;
#[cfg(feature = "axum")]
pub mod axum;
pub mod bearer;
#[cfg(feature = "jwks")]
pub mod fetch;
pub mod hide;
#[cfg(feature = "jwt")]
pub mod jwt;
pub mod net;
#[cfg(feature = "openapi")]
pub mod openapi;
mod path;
pub mod predicate;
pub mod rule;
#[cfg(feature = "test-util")]
pub mod test_util;
#[cfg(feature = "tonic")]
pub mod tonic;

/// The examples of the README, as doc tests.
#[cfg(all(doctest, feature = "full"))]
#[doc = include_str!("../README.md")]
mod readme {}

pub use bearer::BearerAuthLayer;
pub use clock::{Clock, SystemClock};
pub use config::{ConfigError, ConfigErrorKind};
pub use head::RequestHead;
pub use hide::HideLayer;
pub use secret::Secret;
