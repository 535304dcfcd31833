//! For Axum: the identity of the caller and its address as extractors, and hidden routes.
//!
//! # The rules
//! 1. A handler that takes [`Authenticated`] is never reached without a good token, wherever it is mounted: no layer outside is
//!    500, and an event that names the cure.
//! 2. A handler refuses by returning an [`AuthError`](crate::bearer::AuthError), and hides an object by returning
//!    [`conceal()`](crate::hide::conceal); the nearest layer outside answers.
//! 3. Hidden routes are a router of their own, and [`hide_routes`] puts it beside the public one.
//!
//! # Where to mount what
//! - [`BearerAuthLayer`](crate::BearerAuthLayer) in `Router::layer`, after the routes: it stands around the fallback too, so that an
//!   absent path answers 401. In `Router::route_layer` it stands around the routes alone.
//! - [`RequireLayer`](crate::bearer::RequireLayer) in `MethodRouter::route_layer` for one method, as in `get(read).merge(post(write)
//!   .route_layer(writers))`, or in `Router::route_layer` for several routes. Axum runs the layer that was added last first: add the
//!   `BearerAuthLayer` after it.
//! - No [`HideLayer`](crate::HideLayer) inside of a router: see [what betrays a route](crate::hide#what-betrays-a-route).
//! - Serve with `into_make_service_with_connect_info::<SocketAddr>()`, or nobody knows who calls.
//!
//! # Examples
//! ```
//! use axum::{Router, body::Body, routing::{get, post}};
//! use http::{Request, StatusCode};
//! use tower::ServiceExt;
//! use tower_postern::{
//!     BearerAuthLayer, axum::Authenticated, bearer::{AuthError, Grant, RequireLayer, Verified, immediate}, scopes,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let validator = immediate(|credentials| match credentials.token() {
//!     "writer" => Ok(Verified::new("ann").with_grant(Grant::builder().scopes(scopes!("orders:write")).build())),
//!     "reader" => Ok(Verified::new("bob")),
//!     _ => Err(AuthError::invalid_token()),
//! });
//! let read = get(|Authenticated(name): Authenticated<&'static str>| async move { name });
//! let write = post(|| async { "ordered" }).route_layer(RequireLayer::scopes(scopes!("orders:write")));
//! let app: Router = Router::new().route("/orders", read.merge(write)).layer(BearerAuthLayer::new(validator));
//!
//! for (method, token, status) in [
//!     ("GET", "reader", StatusCode::OK),
//!     ("POST", "writer", StatusCode::OK),
//!     ("POST", "reader", StatusCode::FORBIDDEN),
//!     ("GET", "forged", StatusCode::UNAUTHORIZED),
//! ] {
//!     let request = Request::builder().method(method).uri("/orders").header("authorization", format!("Bearer {token}"));
//!     assert_eq!(app.clone().oneshot(request.body(Body::empty())?).await?.status(), status);
//! }
//! # Ok(()) }
//! ```

#[cfg(feature = "aide")]
mod aide;
mod client_addr;
mod extract;
mod routes;

pub use self::{
    client_addr::{ClientAddr, UnknownClientRejection},
    extract::Authenticated,
    routes::hide_routes,
};
