//! Why a request is refused.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use super::ScopeSet;

/// Why a request is refused: a kind for the caller, a source for the operator.
///
/// Validators return it, handlers raise it, and [`BearerAuthLayer`](crate::BearerAuthLayer) renders it with its
/// challenge. The caller learns the [kind](Self::kind) and never the source. Every refusal of the layer leaves its
/// `AuthError` in the response's extensions, so that outer layers can count it.
///
/// # Examples
/// ```
/// use std::io;
/// use tower_postern::bearer::{AuthError, ErrorKind};
///
/// let outage = AuthError::unavailable().with_source(io::Error::other("pool timed out"));
/// assert_eq!(outage.kind(), ErrorKind::Unavailable);
/// assert_eq!(outage.to_string(), "the access token could not be checked");
/// assert!(std::error::Error::source(&outage).is_some());
/// ```
#[derive(Clone)]
pub struct AuthError {
    kind: ErrorKind,
    expired: bool,
    verified: bool,
    source: Option<Source>,
    scopes: Option<ScopeSet>,
    retry_after: Option<Duration>,
}

/// Whose fault it is, and what the caller can do about it.
///
/// | kind | HTTP | `error` | gRPC |
/// |---|---|---|---|
/// | `MissingToken` | 401 | none | 16 |
/// | `InvalidRequest` | 400 | `invalid_request` | 16 |
/// | `InvalidToken` | 401 | `invalid_token` | 16 |
/// | `InsufficientScope` | 403 | `insufficient_scope` | 7 |
/// | `Forbidden` | 403 | none, and no challenge | 7 |
/// | `Unavailable` | 503 | none, and no challenge | 14 |
/// | `Misconfigured` | 500 | none, and no challenge | 13 |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller sent no access token.
    MissingToken,
    /// The token was sent in a way that the standards do not allow, or more than once.
    InvalidRequest,
    /// The token is malformed, expired, revoked, not from whom it should be, or not meant for this service.
    InvalidToken,
    /// The token is good, and a wider scope would do.
    InsufficientScope,
    /// The token is good, and no other scope would help.
    Forbidden,
    /// We could not decide: what we need to do so is out of reach.
    Unavailable,
    /// Something inside asks for an identity, and no layer outside looks for one of that type.
    Misconfigured,
}

impl ErrorKind {
    /// The kind as a label of logs and metrics, in `snake_case`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingToken => "missing_token",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::Forbidden => "forbidden",
            Self::Unavailable => "unavailable",
            Self::Misconfigured => "misconfigured",
        }
    }
}

#[derive(Clone)]
enum Source {
    /// Costs no allocation: a flood of bad tokens is answered from what was there before.
    Static(&'static (dyn StdError + Send + Sync)),
    Shared(Arc<dyn StdError + Send + Sync>),
}

impl AuthError {
    /// The caller sent no access token: 401, and a challenge without an error code.
    #[inline]
    pub fn missing_token() -> Self {
        Self::new(ErrorKind::MissingToken)
    }

    /// The token was sent in a wrong way, or more than once: 400.
    #[inline]
    pub fn invalid_request() -> Self {
        Self::new(ErrorKind::InvalidRequest)
    }

    /// The token is refused: 401.
    #[inline]
    pub fn invalid_token() -> Self {
        Self::new(ErrorKind::InvalidToken)
    }

    /// The token was good and is no longer: [`InvalidToken`](ErrorKind::InvalidToken), and the challenge says why.
    ///
    /// # Security
    /// Only for a token whose origin was proved, or a forger learns that nothing else was wrong.
    pub fn expired_token() -> Self {
        Self {
            expired: true,
            verified: true,
            ..Self::invalid_token()
        }
    }

    /// The token is good, and all of `scopes` would be needed: 403, and a challenge that names them.
    ///
    /// To a caller without a token the same is a 401.
    pub fn insufficient_scope(scopes: ScopeSet) -> Self {
        Self {
            scopes: Some(scopes),
            verified: true,
            ..Self::new(ErrorKind::InsufficientScope)
        }
    }

    /// The caller is known and may not do this, whatever the scope: 403, and no challenge.
    ///
    /// With a challenge, clients would ask their issuer for more again and again.
    pub fn forbidden() -> Self {
        Self {
            verified: true,
            ..Self::new(ErrorKind::Forbidden)
        }
    }

    /// We could not decide: 503 with `Retry-After`, and no challenge, for the token may be good.
    pub fn unavailable() -> Self {
        Self::new(ErrorKind::Unavailable)
    }

    /// The stack is put together wrongly: 500.
    pub(crate) fn misconfigured() -> Self {
        Self::new(ErrorKind::Misconfigured)
    }

    /// Of that kind, and nothing besides.
    #[inline]
    pub(super) fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            expired: false,
            verified: false,
            source: None,
            scopes: None,
            retry_after: None,
        }
    }

    /// Adds the cause, for the operator. It is never shown to the caller.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            source: Some(Source::Shared(Arc::from(source.into()))),
            ..self
        }
    }

    /// Adds a cause that was there before, without an allocation.
    #[inline]
    #[must_use]
    pub fn with_static_source(self, source: &'static (dyn StdError + Send + Sync)) -> Self {
        Self {
            source: Some(Source::Static(source)),
            ..self
        }
    }

    /// Says that it was proved who made the token before it was refused. Events then say `verified=true`.
    ///
    /// Its signature was good, or it was found among those that are known. A validator says so; not said, it was not. What is
    /// refused after authentication says so by itself.
    #[must_use]
    pub fn of_verified_token(self) -> Self {
        Self {
            verified: true,
            ..self
        }
    }

    /// The scopes that would be needed, all at once; they are named in the challenge.
    #[must_use]
    pub fn with_scopes(self, scopes: ScopeSet) -> Self {
        Self {
            scopes: Some(scopes),
            ..self
        }
    }

    /// For [`Unavailable`](ErrorKind::Unavailable): when to try again, in whole seconds, rounded up. 1 second if not set.
    #[must_use]
    pub fn with_retry_after(self, delay: Duration) -> Self {
        Self {
            retry_after: Some(delay),
            ..self
        }
    }

    /// Whose fault it is.
    #[inline]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The scopes that would be needed, where that was said.
    pub fn scopes(&self) -> Option<&ScopeSet> {
        self.scopes.as_ref()
    }

    /// Whether a token that was good has expired.
    #[inline]
    pub fn is_expired(&self) -> bool {
        self.expired
    }

    /// Whether it was proved who made the token before it was refused. If not, the cause tells of what anyone can write.
    #[inline]
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// When to try again, for [`Unavailable`](ErrorKind::Unavailable).
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The same about a caller of whom that is known.
    pub(super) fn about(self, verified: bool) -> Self {
        Self { verified, ..self }
    }

    /// `other` with the scopes that this names: what a caller lacks first, and all that it will need.
    pub(super) fn replaced_by(self, other: Self) -> Self {
        Self {
            scopes: self.scopes.or(other.scopes),
            ..other
        }
    }

    /// Of a validator: it had a token before it, and cannot say that none was sent, or a bad one would pass for none.
    #[inline]
    pub(super) fn be_of_sent_token(&mut self) {
        if self.kind == ErrorKind::MissingToken {
            self.kind = ErrorKind::InvalidToken;
        }
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthError")
            .field("kind", &self.kind)
            .field("verified", &self.verified)
            .field("source", &StdError::source(self))
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ErrorKind::MissingToken => "an access token is required",
            ErrorKind::InvalidRequest => "the access token was not sent as the standards ask",
            ErrorKind::InvalidToken if self.expired => "the access token expired",
            ErrorKind::InvalidToken => "the access token is not valid",
            ErrorKind::InsufficientScope => "the access token lacks a scope",
            ErrorKind::Forbidden => "the caller may not do this",
            ErrorKind::Unavailable => "the access token could not be checked",
            ErrorKind::Misconfigured => "no bearer layer outside records an identity of this type",
        })
    }
}

impl StdError for AuthError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.source.as_ref()? {
            Source::Static(source) => Some(*source),
            Source::Shared(source) => Some(&**source),
        }
    }
}
