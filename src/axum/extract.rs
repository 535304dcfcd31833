//! The identity of the caller as an extractor, and refusals as what a handler returns.

use std::ops::Deref;

use ::axum::{
    body::Body,
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
    response::{IntoResponse, Response},
};

use crate::bearer::{self, AuthError, ErrorKind};

/// Extracts the identity that a [`BearerAuthLayer`](crate::BearerAuthLayer) outside found.
///
/// A caller without a good token meets that layer's refusal. As `Option<Authenticated<I>>` it is `None` for a caller who
/// sent no token to an [`optional`](crate::BearerAuthLayer::optional), [`deferred`](crate::BearerAuthLayer::deferred) or
/// [exempt](crate::BearerAuthLayer::exempt) route; a bad token is refused all the same.
///
/// # Security
/// Without a layer outside, or with one whose identities are of another type, nobody gets in: 500, and an event that names
/// the cure.
///
/// # Examples
/// ```
/// use axum::{Router, routing::get};
/// use http::{Request, StatusCode};
/// use tower::ServiceExt;
/// use tower_postern::{BearerAuthLayer, axum::Authenticated, bearer::{AuthError, Verified, immediate}};
///
/// #[derive(Clone)]
/// struct User {
///     name: String,
/// }
///
/// async fn me(Authenticated(user): Authenticated<User>) -> String {
///     user.name
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "good" => Ok(Verified::new(User { name: "ann".into() })),
///     _ => Err(AuthError::invalid_token()),
/// });
/// let app: Router = Router::new().route("/me", get(me)).layer(BearerAuthLayer::new(validator));
///
/// let request = Request::get("/me").header("authorization", "Bearer good").body(axum::body::Body::empty())?;
/// assert_eq!(app.clone().oneshot(request).await?.status(), StatusCode::OK);
/// let request = Request::get("/me").header("authorization", "Bearer bad").body(axum::body::Body::empty())?;
/// assert_eq!(app.oneshot(request).await?.status(), StatusCode::UNAUTHORIZED);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "handlers take it apart in their arguments"
)]
pub struct Authenticated<I>(pub I);

impl<I> Deref for Authenticated<I> {
    type Target = I;

    fn deref(&self) -> &I {
        &self.0
    }
}

impl<S, I> FromRequestParts<S> for Authenticated<I>
where
    S: Sync,
    I: Clone + Send + Sync + 'static,
{
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthError> {
        bearer::authenticated::<I>(&parts.extensions)
            .cloned()
            .map(Self)
    }
}

impl<S, I> OptionalFromRequestParts<S> for Authenticated<I>
where
    S: Sync,
    I: Clone + Send + Sync + 'static,
{
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthError> {
        match bearer::authenticated::<I>(&parts.extensions) {
            Ok(identity) => Ok(Some(Self(identity.clone()))),
            Err(error) if error.kind() == ErrorKind::MissingToken => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The nearest [`BearerAuthLayer`](crate::BearerAuthLayer) outside answers in its place, with its challenge.
impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        bearer::raise::<Body>(self)
    }
}
