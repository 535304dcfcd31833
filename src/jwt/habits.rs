//! What the tokens of an issuer are like beyond the standards, and how those that are no access tokens are told.

use serde::de::MapAccess;

use super::{
    ClaimValue,
    json::{Object, Present, Text},
    registered::Registered,
};

/// What the tokens of an issuer are like beyond the standards: see [`preset`](super::preset).
#[derive(Clone, Debug, Default)]
pub(super) struct Habits {
    /// Other spellings of the issuer's name.
    pub(super) also_issuers: &'static [&'static str],
    /// Claims that have a meaning here that they do not have elsewhere.
    pub(super) claims: Vec<(&'static str, Meaning)>,
    /// How every subject begins.
    pub(super) subject: &'static str,
    /// Every access token says to which client it was issued.
    pub(super) client: Needed,
    /// Every access token says what it grants.
    pub(super) scopes: Needed,
    pub(super) published: Published,
}

/// Where an issuer publishes its keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Published {
    /// Where it says so, under its name.
    #[default]
    UnderItsName,
    /// Where it says so, at another origin.
    From(&'static str),
    /// There.
    At(&'static str),
}

/// Whether every access token of an issuer has something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Needed {
    #[default]
    No,
    Yes,
}

impl From<bool> for Needed {
    fn from(needed: bool) -> Self {
        if needed { Self::Yes } else { Self::No }
    }
}

/// What a claim means that the one pass does not know by itself.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// The service asks for it, and for that value.
    Required(ClaimValue),
    /// Every access token has it, with one of these values.
    OneOf(Vec<Box<str>>),
    /// Every access token has it, and it is true.
    True,
    /// Every access token has it, and it is an object.
    Object,
    /// Every access token has it: the client.
    Client,
    /// The token's id, where there is no `jti`.
    TokenId,
    /// Scopes, where there are no others.
    Scopes,
    /// The tenant that is in the issuer's name.
    Tenant,
    /// No access token has it.
    Foreign,
}

impl Meaning {
    pub(super) fn one_of(values: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        Self::OneOf(values.into_iter().map(Into::into).collect())
    }

    /// Whether a token without the claim is none of this issuer's access tokens.
    pub(super) fn is_typical(&self) -> bool {
        match self {
            Self::OneOf(_) | Self::True | Self::Object | Self::Client => true,
            Self::Required(_) | Self::TokenId | Self::Scopes | Self::Tenant | Self::Foreign => {
                false
            }
        }
    }

    /// Reads the claim. A value of another type is an error, which refuses the token as well.
    pub(super) fn read<'t, A: MapAccess<'t>>(
        &self,
        claims: &mut Registered<'t>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let typical = match self {
            Self::Required(expected) => {
                claims.satisfied += usize::from(expected.is_met_by(map)?);
                return Ok(());
            }
            Self::OneOf(values) => {
                let Text(found) = map.next_value()?;
                values.iter().any(|value| **value == *found)
            }
            Self::True => map.next_value()?,
            Self::Object => {
                let Object = map.next_value()?;
                true
            }
            Self::Client => {
                let Text(client) = map.next_value()?;
                claims.client_alias = Some(client);
                true
            }
            Self::TokenId => {
                let Text(id) = map.next_value()?;
                claims.token_id_alias = Some(id);
                return Ok(());
            }
            Self::Scopes => {
                claims.roles = Some(map.next_value()?);
                return Ok(());
            }
            Self::Tenant => {
                let Text(tenant) = map.next_value()?;
                claims.tenant = Some(tenant);
                return Ok(());
            }
            Self::Foreign => {
                let Present(present) = map.next_value()?;
                claims.is_foreign |= present;
                return Ok(());
            }
        };
        claims.typical += usize::from(typical);
        Ok(())
    }
}

/// What `OpenID` Connect puts into ID tokens alone: [Core, section 2] and [section 3.3.2.11].
///
/// [Core, section 2]: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
/// [section 3.3.2.11]: https://openid.net/specs/openid-connect-core-1_0.html#HybridIDToken
pub(super) fn of_id_tokens() -> impl Iterator<Item = (&'static str, Meaning)> {
    ["nonce", "at_hash", "c_hash"]
        .into_iter()
        .map(|name| (name, Meaning::Foreign))
}
