//! Why a token is refused: for the operator, never for the caller.

use std::{error::Error as StdError, fmt};

use crate::bearer::AuthError;

/// Why a token is refused.
///
/// Without anything from the token in it, and without an allocation: what is refused costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Algorithm,
    Audience,
    ClaimsType,
    Client,
    Critical,
    Encoding,
    Expired,
    Header,
    IssuedInFuture,
    Issuer,
    Kind,
    Lifetime,
    MalformedClaims,
    MissingClaim,
    NotYetValid,
    RequiredClaim,
    Shape,
    Signature,
    TooLong,
    Type,
    UnknownKey,
}

/// A reference, so that it can be the [source](AuthError::with_static_source) of an error as it is.
pub(super) type Refused = &'static Refusal;

impl Refusal {
    /// The error of a token whose origin is not proved: the same to the caller, whatever was wrong.
    #[inline]
    pub(super) fn unverified(refused: Refused) -> AuthError {
        AuthError::invalid_token().with_static_source(refused)
    }

    /// The error of a token whose signature is good.
    pub(super) fn verified(refused: Refused) -> AuthError {
        let error = if *refused == Self::Expired {
            AuthError::expired_token()
        } else {
            AuthError::invalid_token()
        };
        error.with_static_source(refused).of_verified_token()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "the token's `alg` is not one of those that are accepted",
            Self::Audience => "the token is for another audience: `aud`",
            Self::ClaimsType => {
                "the token's claims do not fit the type that the service reads them as"
            }
            Self::Client => "the token was issued to a client that is not accepted",
            Self::Critical => "the token's header asks for an extension: `crit` or `b64`",
            Self::Encoding => "the token's parts are not base64url without padding",
            Self::Expired => "the token expired: `exp`",
            Self::Header => "the token's header is malformed, or names a member twice",
            Self::IssuedInFuture => "the token is from the future: `iat`",
            Self::Issuer => "the token is from another issuer: `iss`",
            Self::Kind => {
                "the token is of another kind than the issuer's access tokens: an ID token, perhaps"
            }
            Self::Lifetime => {
                "the token lives longer than is accepted, or does not say since when: `iat`"
            }
            Self::MalformedClaims => "the token's claims are malformed, or one is there twice",
            Self::MissingClaim => "the token lacks a claim that every token must have",
            Self::NotYetValid => "the token is not valid yet: `nbf`",
            Self::RequiredClaim => "a claim that is required is absent, or says something else",
            Self::Shape => {
                "the token is not a JWS in compact form: three parts with dots between them"
            }
            Self::Signature => "the token's signature is not good",
            Self::TooLong => "the token is too long",
            Self::Type => "the token is of another type: `typ`",
            Self::UnknownKey => "no key fits the token's `kid` and `alg`",
        })
    }
}

impl StdError for Refusal {}

/// The machine's clock is before 1970: nothing can be said about any token.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoClock;

impl NoClock {
    pub(super) fn error() -> AuthError {
        AuthError::unavailable().with_static_source(&Self)
    }
}

impl fmt::Display for NoClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the clock says that it is before 1970")
    }
}

impl StdError for NoClock {}
