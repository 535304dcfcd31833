//! What a token must say to be accepted.

use std::time::Duration;

use serde::de::MapAccess;

use super::{
    error::{Refusal, Refused},
    habits::{Meaning, Needed},
    header::Type,
    json::{Date, Present, Text},
    profile::Profile,
    registered::{Audience, Registered},
    whose::{Issuer, Whose},
};

/// What a claim must say: see [`require_claim`](super::JwtValidatorBuilder::require_claim).
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{
///     RequestHead, bearer::{Credentials, TokenValidator}, jwt::{Claims, ClaimValue, JwtValidator},
/// };
///
/// let request = Request::new(());
/// let head = RequestHead::new(&request);
/// # // It says `sub`, and no `tier`.
/// # let good = concat!("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJzdWIiOiJhbm4iLCJleHAiOj",
/// #     "QxMDI0NDQ4MDB9.y9HAjIU6l4xpEL5acEm7R41kIvQEAYEn_LecENs-4-c");
/// for (claim, value, accepted) in [
///     ("sub", ClaimValue::from("ann"), true),
///     ("sub", ClaimValue::from("bob"), false),
///     ("sub", ClaimValue::Any, true),
///     ("tier", ClaimValue::from(3), false), // it is not there
/// ] {
///     let jwt = JwtValidator::<Claims>::builder("https://id.example", "orders")
///         .hmac_secret("only an example: take random bytes")
///         .require_claim(claim, value)
///         .build()?;
///     assert_eq!(jwt.validate_now(Credentials::new(good, head)).is_some_and(|answer| answer.is_ok()), accepted);
/// }
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimValue {
    /// Anything but `null`.
    Any,
    /// That boolean.
    Bool(bool),
    /// That whole number.
    Integer(i64),
    /// That text, to the letter.
    Text(String),
}

impl From<&str> for ClaimValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ClaimValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for ClaimValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for ClaimValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl ClaimValue {
    /// A value of another type is an error, which refuses the token as well.
    pub(super) fn is_met_by<'t, A: MapAccess<'t>>(&self, map: &mut A) -> Result<bool, A::Error> {
        Ok(match self {
            Self::Any => {
                let Present(present) = map.next_value()?;
                present
            }
            Self::Bool(expected) => map.next_value::<bool>()? == *expected,
            Self::Integer(expected) => map.next_value::<i64>()? == *expected,
            Self::Text(expected) => {
                let Text(found) = map.next_value()?;
                found == expected.as_str()
            }
        })
    }
}

/// What a token must say to be accepted.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) whose: Whose,
    pub(super) audiences: Vec<Box<str>>,
    pub(super) leeway: u64,
    pub(super) profile: Profile,
    pub(super) clients: Option<Vec<Box<str>>>,
    pub(super) max_lifetime: Option<Duration>,
    /// Claims that the one pass does not know by itself.
    pub(super) meanings: Vec<(Box<str>, Meaning)>,
    /// How many of them are required, and how many every access token of the issuer has.
    pub(super) required: usize,
    pub(super) typical: usize,
    /// Claims that it does read.
    pub(super) required_registered: Vec<(Box<str>, ClaimValue)>,
    pub(super) missing_audience: Missing,
    pub(super) missing_expiry: Missing,
    /// See [`Habits`](super::habits::Habits), as those below.
    pub(super) subject: &'static str,
    pub(super) client: Needed,
    /// Whether a claim must name the tenant that is in the issuer's name.
    pub(super) tenant: Needed,
    pub(super) scopes: Needed,
}

/// What happens to a token that lacks something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Accept,
    Refuse,
}

impl Rules {
    pub(super) fn is_audience(&self, audience: &str) -> bool {
        self.audiences.iter().any(|ours| **ours == *audience)
    }

    pub(super) fn meaning(&self, name: &str) -> Option<&Meaning> {
        let mut all = self.meanings.iter();
        Some(&all.find(|(known, _)| **known == *name)?.1)
    }

    pub(super) fn check_type(&self, typ: Type) -> Result<(), Refused> {
        match typ {
            Type::AccessToken => Ok(()),
            Type::Absent | Type::Jwt if self.profile == Profile::Jwt => Ok(()),
            Type::Absent | Type::Jwt | Type::Other => Err(&Refusal::Type),
        }
    }

    /// Whether the claims of a token of that issuer are acceptable `now`, in seconds since 1970.
    ///
    /// What says that a token is not ours comes first, and [`Expired`](Refusal::Expired) last: a token that is refused
    /// with it was good.
    pub(super) fn check<'c>(
        &self,
        claims: &Registered<'_>,
        issuer: Option<Issuer<'c>>,
        now: u64,
    ) -> Result<Issuer<'c>, Refused> {
        let issuer = issuer.ok_or(&Refusal::Issuer)?;
        match claims.audience {
            Audience::Ours => {}
            Audience::Absent if self.missing_audience == Missing::Accept => {}
            Audience::Absent | Audience::Other => return Err(&Refusal::Audience),
        }
        self.profile.check(claims)?;
        self.check_kind(claims)?;
        if self.tenant == Needed::Yes && claims.tenant.as_deref() != issuer.tenant() {
            return Err(&Refusal::RequiredClaim);
        }
        self.check_client(claims)?;
        let mut registered = self.required_registered.iter();
        if claims.satisfied != self.required
            || !registered.all(|(name, expected)| claims.satisfies(name, expected) == Some(true))
        {
            return Err(&Refusal::RequiredClaim);
        }
        self.check_times(claims, now)?;
        Ok(issuer)
    }

    /// The issuer that the token names, if its tokens are accepted.
    pub(super) fn issuer<'c>(&'c self, claims: &'c Registered<'_>) -> Option<Issuer<'c>> {
        self.whose.find(claims.issuer.as_deref()?)
    }

    /// The second from which on the token is no longer accepted.
    pub(super) fn expiry(&self, claims: &Registered<'_>) -> Option<u64> {
        Some(claims.expires_at?.floor().saturating_add(self.leeway))
    }

    /// Whether it is like the access tokens of its issuer.
    fn check_kind(&self, claims: &Registered<'_>) -> Result<(), Refused> {
        let is_typical = claims.typical == self.typical
            && !claims.is_foreign
            && (self.client == Needed::No || claims.client().is_some())
            && (self.scopes == Needed::No || claims.scopes().is_some())
            && claims
                .subject
                .as_deref()
                .unwrap_or_default()
                .starts_with(self.subject);
        if is_typical {
            Ok(())
        } else {
            Err(&Refusal::Kind)
        }
    }

    fn check_client(&self, claims: &Registered<'_>) -> Result<(), Refused> {
        let Some(accepted) = &self.clients else {
            return Ok(());
        };
        match claims.client() {
            Some(client) if accepted.iter().any(|one| **one == *client) => Ok(()),
            _ => Err(&Refusal::Client),
        }
    }

    fn check_times(&self, claims: &Registered<'_>, now: u64) -> Result<(), Refused> {
        let latest = now.saturating_add(self.leeway);
        if claims.not_before.is_some_and(|begin| begin.ceil() > latest) {
            return Err(&Refusal::NotYetValid);
        }
        if claims.issued_at.is_some_and(|begin| begin.ceil() > latest) {
            return Err(&Refusal::IssuedInFuture);
        }
        let Some(expiry) = self.expiry(claims) else {
            return match self.missing_expiry {
                Missing::Accept if self.max_lifetime.is_none() => Ok(()),
                Missing::Accept | Missing::Refuse => Err(&Refusal::MissingClaim),
            };
        };
        if let Some(max) = self.max_lifetime {
            let Some(begin) = claims.issued_at.map(Date::floor) else {
                return Err(&Refusal::Lifetime);
            };
            let end = expiry.saturating_sub(self.leeway);
            if end.saturating_sub(begin) > max.as_secs() {
                return Err(&Refusal::Lifetime);
            }
        }
        if now >= expiry {
            return Err(&Refusal::Expired);
        }
        Ok(())
    }
}
