//! Does the caller's token grant it?

use crate::{
    ConfigError, RequestHead,
    bearer::{self, Outcome, ScopeSet},
    predicate::{Predicate, Verdict},
    trace,
};

/// Yes where the access token of the caller grants `scope`, or each of them where it names several with spaces between.
///
/// By what a [`BearerAuthLayer`](crate::BearerAuthLayer) outside found out. No where a good token grants less. Unknown where
/// there is no such layer, or no good token.
///
/// # Errors
/// [`ConfigErrorKind::Scope`](crate::ConfigErrorKind::Scope) where it is empty, or has a character that no scope may have.
///
/// # Security
/// The layer outside must be [`deferred`](crate::BearerAuthLayer::deferred) where the rule hides: one that refuses answers with
/// a challenge, and a hidden path then differs from an absent one.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, HideLayer, bearer::{Grant, Verified, immediate}, rule, scopes};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "operator" => Ok(Verified::new("root").with_grant(Grant::builder().scopes(scopes!("internal")).build())),
///     _ => Ok(Verified::new("ann")),
/// });
/// let console = service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) });
/// let hidden = HideLayer::unless(rule::scope("internal")?).not_found().wrap(console);
/// let service = BearerAuthLayer::new(validator).deferred().wrap(hidden);
///
/// let request = |token| Request::get("/").header("authorization", format!("Bearer {token}")).body(String::new());
/// assert_eq!(service.clone().oneshot(request("operator")?).await?.status(), StatusCode::OK);
/// assert_eq!(service.clone().oneshot(request("another")?).await?.status(), StatusCode::NOT_FOUND);
/// assert_eq!(service.oneshot(Request::new(String::new())).await?.status(), StatusCode::NOT_FOUND);
/// # Ok(()) }
/// ```
pub fn scope(scope: &str) -> Result<Scope, ConfigError> {
    ScopeSet::parse(scope).map(scopes)
}

/// Yes where the access token of the caller grants each of `scopes`.
///
/// As [`scope`], with scopes that are checked when the program is compiled: `rule::scopes(scopes!("internal"))`. Of none:
/// Unknown, and an event says so, for an empty list is a list that was forgotten.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, HideLayer, bearer::{Grant, Verified, immediate}, rule, scopes};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "operator" => Ok(Verified::new("root").with_grant(Grant::builder().scopes(scopes!("internal metrics")).build())),
///     _ => Ok(Verified::new("ann").with_grant(Grant::builder().scopes(scopes!("metrics")).build())),
/// });
/// let console = service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) });
/// let hidden = HideLayer::unless(rule::scopes(scopes!("internal metrics"))).not_found().wrap(console);
/// let service = BearerAuthLayer::new(validator).deferred().wrap(hidden);
///
/// let request = |token| Request::get("/").header("authorization", format!("Bearer {token}")).body(String::new());
/// assert_eq!(service.clone().oneshot(request("operator")?).await?.status(), StatusCode::OK);
/// assert_eq!(service.oneshot(request("another")?).await?.status(), StatusCode::NOT_FOUND);
/// # Ok(()) }
/// ```
pub fn scopes(scopes: ScopeSet) -> Scope {
    if scopes.is_empty() {
        trace::error!(
            "a rule about the scopes of a token was given none, and answers Unknown to everything; name one"
        );
    }
    Scope(scopes)
}

/// What [`scope`] and [`scopes`] return.
#[derive(Clone, Debug)]
pub struct Scope(ScopeSet);

impl Predicate for Scope {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        match bearer::outcome(request.extensions()) {
            Some(Outcome::Authenticated(grant)) if !self.0.is_empty() => {
                grant.scopes().contains_all(&self.0).into()
            }
            Some(Outcome::Authenticated(_) | Outcome::Anonymous | Outcome::Refused(_)) | None => {
                Verdict::Unknown
            }
        }
    }
}
