//! Does the caller's token grant it?

use crate::{
    ConfigError, RequestHead,
    bearer::{self, Outcome, ScopeSet},
    predicate::{Predicate, Verdict},
};

/// Yes where the access token of the caller grants `scope`, or each of them where it names several with spaces between.
///
/// By what a [`BearerAuthLayer`](crate::BearerAuthLayer) outside found out. No where a good token grants less. Unknown where
/// there is no such layer, or no good token.
///
/// # Errors
/// [`ConfigErrorKind::Scope`](crate::ConfigErrorKind::Scope) where it is empty, or has a character that no scope may have.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict}, rule};
///
/// let rule = rule::scope("internal")?;
///
/// // No layer outside: nobody knows.
/// let request = Request::new(());
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Unknown);
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
pub fn scope(scope: &str) -> Result<Scope, ConfigError> {
    ScopeSet::parse(scope).map(scopes)
}

/// Yes where the access token of the caller grants each of `scopes`. As [`scope`], but checked when it is compiled:
/// `rule::scopes(scopes!("internal"))`.
///
/// Of none: Unknown, for an empty list is a list that was forgotten.
pub fn scopes(scopes: ScopeSet) -> Scope {
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
