//! Refusals that come from inside, for the layer to render.

use http::{Extensions, Response};

use super::{AuthError, rejection::Words};
use crate::interop;

/// Marks a response as one that the layer answers in place of; the reason stands beside it, in an `AuthError`.
#[derive(Clone, Copy)]
struct Raised;

/// A response in place of which the nearest [`BearerAuthLayer`](crate::BearerAuthLayer) outside answers, with its
/// challenge. Without a layer outside, it is still a refusal: the status, and no more.
///
/// In Axum, return the [`AuthError`] itself from the handler; in Tonic, `Status::from(error)`. This is for all others.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower_postern::{bearer, scopes};
///
/// async fn order(request: Request<String>) -> Result<Response<String>, std::convert::Infallible> {
///     if !bearer::grant(request.extensions()).is_some_and(|grant| grant.has_scope("orders:write")) {
///         return Ok(bearer::raise(bearer::AuthError::insufficient_scope(scopes!("orders:write"))));
///     }
///     Ok(Response::new("ordered".into()))
/// }
/// # let raised = bearer::raise::<String>(bearer::AuthError::insufficient_scope(scopes!("orders:write")));
/// # assert_eq!(raised.status(), StatusCode::FORBIDDEN);
/// ```
pub fn raise<B: Default>(error: AuthError) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = Words::of(&error).status;
    response.extensions_mut().insert(error);
    response.extensions_mut().insert(Raised);
    response
}

/// Makes of a response one that was not raised: what a layer has rendered, none further out renders again.
pub(super) fn unmark(extensions: &mut Extensions) {
    extensions.remove::<Raised>();
}

/// Takes what was raised out of the extensions of a response.
pub(super) fn take_raised(extensions: &mut Extensions) -> Option<AuthError> {
    if extensions.is_empty() {
        return None;
    }
    if extensions.remove::<Raised>().is_some() {
        return extensions.remove();
    }
    interop::take_from_status(extensions)
}
