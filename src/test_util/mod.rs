//! For tests of services that use this crate: proof of what one forgets, and of what nobody can see by looking.
//!
//! | assertion | finds | feature besides |
//! |---|---|---|
//! | [`assert_indistinguishable`], [`Parity`] | what betrays a hidden path to an outsider | |
//! | `assert_all_protected` | a route that was left open | `openapi` |
//! | `assert_described` | where an OpenAPI document and the layers disagree | `openapi` |
//!
//! Turn the feature `test-util` on under `[dev-dependencies]`: it brings a server and a client.
//!
//! # Without an issuer
//! A handler is tested behind a layer whose validator is the test's, and any token: `BearerAuthLayer::new(immediate(|_|
//! Ok(Verified::new(user.clone()))))`. What a [`Grant`](crate::bearer::Grant) is to say,
//! [`with_grant`](crate::bearer::Verified::with_grant) adds. Claims that no token said are made by `jwt::Jwt::new` and
//! `jwt::Claims::new`, an owner of an API key by `api_key::ApiKey::new`.
//!
//! # Examples
//! ```
//! use axum::{Router, routing::get};
//! use tower_postern::{HideLayer, axum::hide_routes, rule, test_util::{Parity, assert_indistinguishable}};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let public = Router::new().route("/", get(|| async { "hello" }));
//! let hidden = Router::new().route("/metrics", get(|| async { "42" }));
//! let inside = || rule::header("x-gateway", "a secret that the gateway puts in");
//! assert_indistinguishable(hide_routes(public.clone(), hidden.clone(), inside()?), ["/metrics"]).await;
//!
//! // A layer inside of a router: Axum adds to what it answers.
//! let betrayed = public.merge(hidden).layer(HideLayer::unless(inside()?).not_found());
//! let difference = Parity::of(betrayed).await.hidden("/metrics").await;
//! assert!(difference.is_err_and(|difference| difference.cause().contains("router")));
//! # Ok(()) }
//! ```

#[cfg(feature = "openapi")]
mod called;
#[cfg(feature = "openapi")]
mod described;
#[cfg(feature = "openapi")]
mod no_body;
mod parity;
#[cfg(feature = "openapi")]
mod protected;

pub use self::parity::{Difference, Parity, Received, Timing, assert_indistinguishable};
#[cfg(feature = "openapi")]
pub use self::{described::assert_described, no_body::NoBody, protected::assert_all_protected};
