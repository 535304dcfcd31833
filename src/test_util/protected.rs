//! Is any route open that was not meant to be?

use std::fmt;

use http::{Request, Response};
use tower_service::Service;

use super::{
    NoBody,
    called::{call, failed, none_of},
};
use crate::openapi::{Operations, Plan, Planned};

/// Calls every operation of an OpenAPI document without a token, and fails where one is not refused.
///
/// It fails with the names of those that do anything but refuse, other than the `allowed` ones. An answer 404 is a failure
/// too: a handler that looked for the object gives the same. Where operations are hidden from callers without a token, give
/// the document that [such a caller sees](crate::openapi::OpenApi::document).
///
/// Slots of paths are filled with the examples, defaults or first values that the document gives, or with `1` or `x`. There
/// is no body: what is protected does not look at it.
///
/// # Panics
/// With the names of the operations that are open; where the text is no OpenAPI document; and where one of `allowed` is
/// not in it, or refuses after all.
///
/// # Examples
/// ```
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, service_fn};
/// use tower_postern::{
///     BearerAuthLayer, bearer::{AuthError, Verified, immediate}, openapi::Operations, rule, test_util::{NoBody, assert_all_protected},
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let validator = immediate(|credentials| match credentials.token() {
/// #     "good" => Ok(Verified::new("ann")),
/// #     _ => Err(AuthError::invalid_token()),
/// # });
/// let app = ServiceBuilder::new()
///     .layer(BearerAuthLayer::new(validator).exempt(rule::path(["/health"])?))
///     .service(service_fn(|_: Request<NoBody>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
/// let document = r#"{"openapi":"3.1.0","paths":{"/orders/{id}":{"get":{},"delete":{}},"/health":{"get":{}}}}"#;
///
/// assert_all_protected(app, document, [Operations::path("/health")]).await;
/// # Ok(()) }
/// ```
pub async fn assert_all_protected<S, R>(
    app: S,
    document: impl AsRef<[u8]>,
    allowed: impl IntoIterator<Item = Operations>,
) where
    S: Service<Request<NoBody>, Response = Response<R>> + Clone,
    S::Error: fmt::Debug,
{
    let plan = Plan::read(document.as_ref()).unwrap_or_else(|error| failed(&error.to_string()));
    let allowed: Vec<Operations> = allowed.into_iter().collect();
    let calls: Vec<Planned> = plan.calls().collect();
    let unknown: Vec<String> = allowed
        .iter()
        .filter(|one| !calls.iter().any(|call| plan.is_among(call, one)))
        .map(ToString::to_string)
        .collect();
    none_of("allowed, and not in the document", &unknown);
    let (mut open, mut refused) = (Vec::new(), Vec::new());
    for operation in &calls {
        let answer = call(&app, operation, None).await;
        let is_allowed = allowed.iter().any(|one| plan.is_among(operation, one));
        if answer.wants_token() && is_allowed {
            refused.push(format!("{} answers {answer}", operation.name));
        } else if !answer.wants_token() && !is_allowed {
            open.push(format!("{} answers {answer}", operation.name));
        }
    }
    none_of("open to callers without a token", &open);
    none_of("allowed to be open, and not open", &refused);
}
