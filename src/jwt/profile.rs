//! The extra rules of [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068#section-4).

use super::{
    error::{Refusal, Refused},
    registered::{Audience, Registered},
};

/// Which claims every token must have, beside those that are always asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// Any JWT, [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519).
    Jwt,
    /// "JWT Profile for OAuth 2.0 Access Tokens".
    Rfc9068,
}

impl Profile {
    pub(super) fn check(self, claims: &Registered<'_>) -> Result<(), Refused> {
        let complete = match self {
            Self::Jwt => true,
            Self::Rfc9068 => {
                claims.issuer.is_some()
                    && claims.expires_at.is_some()
                    && claims.audience != Audience::Absent
                    && claims.subject.is_some()
                    && claims.client_id.is_some()
                    && claims.issued_at.is_some()
                    && claims.token_id.is_some()
            }
        };
        if complete {
            Ok(())
        } else {
            Err(&Refusal::MissingClaim)
        }
    }
}
