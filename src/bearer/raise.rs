//! Refusals that come from inside, for the layer to render.

use http::{Extensions, Response};

use super::{AuthError, rejection::Words};
use crate::interop;

/// Marks a response as one that the layer answers in place of; the reason stands beside it, in an `AuthError`.
#[derive(Clone, Copy)]
struct Raised;

/// Makes a response in place of which the nearest [`BearerAuthLayer`](crate::BearerAuthLayer) outside answers.
///
/// That answers with its challenge. Without a layer outside, it is still a refusal: the status, and no more.
///
/// In Axum, return the [`AuthError`] itself from the handler; in Tonic, `Status::from(error)`. This is for all others.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{self, AuthError, Grant, Verified, immediate}, scopes};
///
/// async fn order(request: Request<String>) -> Result<Response<String>, std::convert::Infallible> {
///     if !bearer::grant(request.extensions()).is_some_and(|grant| grant.has_scope("orders:write")) {
///         return Ok(bearer::raise(AuthError::insufficient_scope(scopes!("orders:write"))));
///     }
///     Ok(Response::new("ordered".into()))
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "writer" => Ok(Verified::new("ann").with_grant(Grant::builder().scopes(scopes!("orders:write")).build())),
///     _ => Ok(Verified::new("bob")),
/// });
/// let service = BearerAuthLayer::new(validator).wrap(service_fn(order));
///
/// let request = |token| Request::post("/").header("authorization", format!("Bearer {token}")).body(String::new());
/// assert_eq!(service.clone().oneshot(request("writer")?).await?.status(), StatusCode::OK);
/// let refused = service.oneshot(request("another")?).await?;
/// assert_eq!(refused.status(), StatusCode::FORBIDDEN);
/// assert!(refused.headers()["www-authenticate"].to_str()?.contains(r#"scope="orders:write""#));
/// # Ok(()) }
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
