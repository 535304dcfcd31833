//! A service as an OAuth 2 protected resource: bearer tokens, [RFC 6750].
//!
//! [`BearerAuthLayer`] takes the token out of a request, has a [`TokenValidator`] check it, hands the identity and the
//! [`Grant`] to the inner service, and answers all that fails with the challenge that the standards ask for: in HTTP with a
//! status and `WWW-Authenticate`, to gRPC calls in trailers, with the challenge as metadata.
//!
//! ```text
//!  request ─▶ exempt? ─▶ token ─▶ validator ─▶ possession ─▶ scopes ─▶ record ─▶ inner service ─▶ raised? ─▶ answer
//!                │         │          │            │            │                                   │
//!                └ passes  └──────────┴────────────┴────────────┴──▶ AuthError ◀────────────────────┘
//!                                                                        │
//!                                        401 / 403 / 400 / 503 with the challenge of this layer
//! ```
//!
//! # The rules
//! 1. A request without a token is refused, unless the layer is told otherwise: [`exempt`](BearerAuthLayer::exempt),
//!    [`optional`](BearerAuthLayer::optional), [`deferred`](BearerAuthLayer::deferred).
//! 2. A token is taken from one place. Two lines, two places, or a line outside the grammar are
//!    [`InvalidRequest`](ErrorKind::InvalidRequest): 400.
//! 3. One validator decides on a token. Neither its refusal nor its outage is passed on to another one.
//! 4. What we could not check is [`Unavailable`](ErrorKind::Unavailable): 503, never 401, and never let through.
//! 5. A token that is bound to a key is refused until a validator has seen the proof: [`Confirmation`].
//! 6. What an outer layer recorded is replaced, whatever the outcome. Identity and grant are one record of a private type:
//!    an extension of a stranger cannot pass for it.
//! 7. Who is not verified yet holds nothing of the inner service: what was polled ready is given back, and a clone is driven
//!    ready after the verdict.
//! 8. Nothing of a request, a token or another library's text gets into an answer, but the content type of a gRPC call.
//! 9. Every refusal leaves its [`AuthError`] in the response's extensions, for outer layers to count.
//!
//! # The caller, inside
//! In Axum `Authenticated<User>` is an extractor (feature `axum`). Everywhere else [`identity`], [`grant`] and [`outcome`]
//! read the request's extensions, and [`authenticated`] returns the refusal too. A handler refuses by returning the error:
//! an [`AuthError`] in Axum, a `Status` made of one in Tonic, [`raise`] for all others; the layer outside renders it with
//! its challenge. [`RequireLayer`] does so for a route or a single gRPC service.
//!
//! # Where to mount it
//! - CORS belongs outside, and must expose `WWW-Authenticate`; [`exempt_preflight`](BearerAuthLayer::exempt_preflight) is for
//!   those who cannot.
//! - A layer that logs headers stands outside and sees the token before this layer marks it as sensitive: put tower-http's
//!   `SetSensitiveRequestHeadersLayer` outermost.
//! - Some layers inside, such as tower-http's `TraceLayer` or an interceptor of Tonic's, wrap bodies in types that have no
//!   `Default`, and nobody could make one for a refusal. In a `Router` of Axum's each layer has a box around it; elsewhere
//!   put one in between: tower-http's `MapResponseBodyLayer::new(Body::new)`.
//! - On Hyper alone, the compiler may say of a block that is spawned that an "implementation of `Clone` is not general enough":
//!   there it forgets that a `&'static str` or a `dyn Error` in the service's type is `'static`. Spawn the connection itself and
//!   not a block that awaits it, or put tower's `BoxCloneSyncService` around the service.
//! - Around a whole router, a path that does not exist answers 401 too. That is right: who may not come in learns nothing.
//!
//! # Examples
//! ```
//! use http::{Request, Response, StatusCode};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//! use tower_postern::{BearerAuthLayer, bearer::{self, AuthError, RequireLayer, Grant, Verified, immediate}, rule, scopes};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let validator = immediate(|credentials| match credentials.token() {
//!     "reader" => Ok(Verified::new("ann").with_grant(Grant::builder().scopes(scopes!("orders:read")).build())),
//!     "nobody" => Ok(Verified::new("bob")),
//!     _ => Err(AuthError::invalid_token()),
//! });
//! let orders = ServiceBuilder::new()
//!     .layer(BearerAuthLayer::new(validator).realm("shop")?)
//!     .layer(RequireLayer::scope("orders:read")?)
//!     .service(service_fn(|request: Request<String>| async move {
//!         let name = bearer::identity::<&str>(request.extensions()).copied().unwrap_or_default();
//!         Ok::<_, std::convert::Infallible>(Response::new(name.to_owned()))
//!     }));
//!
//! let request = |token| Request::get("/orders").header("authorization", format!("Bearer {token}")).body(String::new());
//! assert_eq!(orders.clone().oneshot(request("reader")?).await?.into_body(), "ann");
//!
//! let refused = orders.clone().oneshot(request("nobody")?).await?;
//! assert_eq!(refused.status(), StatusCode::FORBIDDEN);
//! assert!(refused.headers()["www-authenticate"].to_str()?.contains(r#"error="insufficient_scope""#));
//!
//! let refused = orders.oneshot(request("forged")?).await?;
//! assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
//! assert!(refused.headers()["www-authenticate"].to_str()?.contains(r#"error="invalid_token""#));
//! # Ok(()) }
//! ```
//!
//! [RFC 6750]: https://www.rfc-editor.org/rfc/rfc6750

mod challenge;
mod closure;
mod combine;
mod credentials;
mod erased;
mod error;
#[cfg(feature = "openapi")]
mod facts;
mod future;
mod grant;
mod layer;
mod outcome;
mod possession;
mod raise;
mod reject;
mod rejection;
mod render;
mod require;
mod revocation;
mod revocation_list;
mod scope;
mod service;
mod settings;
mod source;
mod token;
mod validator;

#[cfg(feature = "openapi")]
pub(crate) use self::facts::{Asks, Exempts, Facts};
pub use self::{
    challenge::{Challenge, Realm, ResourceMetadata},
    closure::{Immediate, ValidatorFn, immediate, validator_fn},
    combine::{AndThen, Map, Or},
    credentials::{Credentials, Scheme, Schemes, Token},
    erased::ErasedValidator,
    error::{AuthError, ErrorKind},
    future::ResponseFuture,
    grant::{Grant, GrantBuilder, Principal},
    layer::BearerAuthLayer,
    outcome::{Outcome, authenticated, grant, identity, outcome},
    possession::{Confirmation, ConfirmationMethod},
    raise::raise,
    reject::{EmptyBody, ProblemJson, Reject},
    rejection::Rejection,
    require::{Require, RequireFuture, RequireLayer},
    revocation::{Revocable, Revocation},
    revocation_list::{RevocationList, RevocationListFull},
    scope::ScopeSet,
    service::BearerAuth,
    source::TokenSource,
    validator::{TokenValidator, Verified},
};
use crate::ConfigError;
#[cfg(feature = "jwt")]
pub(crate) use grant::Granted;
