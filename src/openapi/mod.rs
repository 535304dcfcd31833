//! An OpenAPI document that tells each caller the truth: what it may call, and what it must bring.
//!
//! [`OpenApi`] serves one document to many: each caller finds the operations that the rules of a
//! [`HideLayer`](crate::HideLayer) would let it call. What is hidden is gone with all that only it used: paths, schemas and
//! other components, links, tags, security schemes, scopes of OAuth flows. [`Protections`] writes into the document what
//! the layers [describe](crate::BearerAuthLayer::describe), so that nobody has to say it twice. The document is JSON, of
//! OpenAPI 3.0, 3.1 or 3.2, by whatever crate it was made.
//!
//! # The rules
//! 1. A predicate is asked about each operation by its method and path, [as this caller](crate::RequestHead::at); what it
//!    does not answer clearly in the caller's favour is hidden. So is a template such as `/{page}`, where a rule answers
//!    otherwise for some path that it could be.
//! 2. Paths are joined with the base paths of the `servers`. Where a proxy takes such a prefix off, say so with
//!    [`base_paths`](OpenApiBuilder::base_paths), or the rules judge paths that they never see.
//! 3. Webhooks, which nobody calls, are shown where the predicate shows all to [the caller alone](crate::RequestHead::caller).
//! 4. Who sees all sees the document as it is. Who sees less sees what the shown operations use, and neither extensions of
//!    the root nor what nothing uses: what is not known to be theirs is not shown.
//! 5. Every reference leads where it led. What a shown operation borrows from a hidden one becomes a component, whose name
//!    does not tell where it stood. Who sees less finds no discriminator's schema that is not named in `mapping` or `oneOf`.
//! 6. Callers who see the same get the same bytes and the same strong `ETag`. Answers are `private` and asked for anew.
//!
//! Not hidden: what texts say in words (`info`, descriptions, examples), and what `servers` of the document name.
//!
//! # Examples
//! ```
//! use http::{Request, StatusCode};
//! use tower::ServiceExt;
//! use tower_postern::{
//!     BearerAuthLayer,
//!     bearer::{AuthError, Verified, immediate},
//!     openapi::{OpenApi, Operations},
//!     predicate::Predicate,
//!     rule,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let validator = immediate(|credentials| match credentials.token() {
//! #     "good" => Ok(Verified::new("ann")),
//! #     _ => Err(AuthError::invalid_token()),
//! # });
//! let auth = BearerAuthLayer::new(validator);
//! let inside = rule::header("x-inside", "yes")?;
//! let document = r#"{
//!     "openapi": "3.1.0", "info": {"title": "shop", "version": "1"},
//!     "paths": {"/orders": {"get": {}}, "/metrics": {"get": {}}, "/internal/purge": {"post": {}}}
//! }"#;
//!
//! let openapi = OpenApi::builder(document)
//!     .hide_when(rule::path(["/metrics"])?.and(inside.not()))
//!     .exclude(Operations::path("/internal/purge"))
//!     .protect(Operations::path("/orders"), auth.describe())
//!     .build()?;
//!
//! let insider = Request::get("/openapi.json").header("x-inside", "yes").body(())?;
//! let outsider = Request::get("/openapi.json").header("x-inside", "no").body(())?;
//! let document = |caller: &Request<()>| String::from_utf8_lossy(&openapi.document(&caller.into())).into_owned();
//! assert!(document(&insider).contains("/metrics") && !document(&insider).contains("/internal"));
//! assert!(document(&outsider).contains("/orders") && !document(&outsider).contains("/metrics"));
//!
//! let response = openapi.oneshot(outsider).await?; // in Axum: `.route_service("/openapi.json", openapi)`
//! assert_eq!(response.status(), StatusCode::OK);
//! # Ok(()) }
//! ```

mod body;
mod builder;
mod check;
mod describe;
mod document;
mod fate;
mod json;
#[cfg(feature = "test-util")]
mod kit;
mod operations;
mod path_items;
mod pointer;
mod protect;
mod prune;
mod reach;
mod rendered;
mod resolve;
mod scheme;
mod servers;
mod service;
#[cfg(feature = "utoipa")]
mod utoipa;
mod walk;

#[cfg(feature = "test-util")]
pub(crate) use self::kit::{Plan, Planned};
pub use self::{
    body::DocumentBody,
    builder::OpenApiBuilder,
    describe::Protection,
    operations::{Operation, Operations},
    protect::Protections,
    scheme::SecurityScheme,
    service::{OpenApi, ResponseFuture},
};
