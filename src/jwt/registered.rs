//! The claims that are checked, in one pass over the payload: [RFC 7519, section 4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1),
//! [RFC 9068, section 2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2).

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use super::{
    error::{Refusal, Refused},
    json::{Date, EachText, Many, Members, Text, read_object},
    rules::{ClaimValue, Rules},
};
use crate::bearer::{Confirmation, ConfirmationMethod};

/// What is read of the claims: borrowed from the payload, and not to be believed before the signature is checked.
#[derive(Default)]
pub(super) struct Registered<'t> {
    pub(super) issuer: Option<Cow<'t, str>>,
    pub(super) subject: Option<Cow<'t, str>>,
    pub(super) audience: Audience,
    pub(super) expires_at: Option<Date>,
    pub(super) not_before: Option<Date>,
    pub(super) issued_at: Option<Date>,
    pub(super) auth_time: Option<Date>,
    pub(super) token_id: Option<Cow<'t, str>>,
    pub(super) client_id: Option<Cow<'t, str>>,
    pub(super) authorized_party: Option<Cow<'t, str>>,
    pub(super) session_id: Option<Cow<'t, str>>,
    pub(super) acr: Option<Cow<'t, str>>,
    pub(super) scope: Option<Words<'t>>,
    pub(super) scp: Option<Words<'t>>,
    pub(super) confirmations: Vec<Confirmation>,
    /// What an issuer has in place of `client_id`, `jti` and `scope`: see [`Meaning`](super::habits::Meaning).
    pub(super) client_alias: Option<Cow<'t, str>>,
    pub(super) token_id_alias: Option<Cow<'t, str>>,
    pub(super) roles: Option<Words<'t>>,
    pub(super) tenant: Option<Cow<'t, str>>,
    /// How many of the claims that the rules require are there and say what they should.
    pub(super) satisfied: usize,
    /// The same of those that every access token of the issuer has.
    pub(super) typical: usize,
    /// Whether there is one that none of them has.
    pub(super) is_foreign: bool,
}

/// Whether the token is for this service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Audience {
    #[default]
    Absent,
    Other,
    Ours,
}

impl<'t> Registered<'t> {
    /// Reads the claims; `rules` say who the audience is, so that nothing of a list is kept.
    pub(super) fn read(&mut self, payload: &'t str, rules: &Rules) -> Result<(), Refused> {
        let mut pass = Pass {
            claims: self,
            rules,
        };
        read_object(payload, &mut pass).ok_or(&Refusal::MalformedClaims)
    }

    /// To whom the token was issued: as the issuer has it, or `client_id`, or its name in `OpenID` Connect, `azp`.
    pub(super) fn client(&self) -> Option<&str> {
        self.client_alias
            .as_deref()
            .or(self.client_id.as_deref())
            .or(self.authorized_party.as_deref())
    }

    /// What the token grants.
    pub(super) fn scopes(&self) -> Option<&str> {
        let scopes = self.scope.as_ref().or(self.scp.as_ref());
        scopes.or(self.roles.as_ref()).map(|words| &*words.0)
    }

    /// Whether a claim that the one pass reads says what is expected; `None` for all other claims.
    pub(super) fn satisfies(&self, name: &str, expected: &ClaimValue) -> Option<bool> {
        let (present, text) = match name {
            "iss" => (self.issuer.is_some(), &self.issuer),
            "sub" => (self.subject.is_some(), &self.subject),
            "jti" => (self.token_id.is_some(), &self.token_id),
            "client_id" => (self.client_id.is_some(), &self.client_id),
            "azp" => (self.authorized_party.is_some(), &self.authorized_party),
            "sid" => (self.session_id.is_some(), &self.session_id),
            "acr" => (self.acr.is_some(), &self.acr),
            "exp" => (self.expires_at.is_some(), &None),
            "nbf" => (self.not_before.is_some(), &None),
            "iat" => (self.issued_at.is_some(), &None),
            "auth_time" => (self.auth_time.is_some(), &None),
            "aud" => (self.audience != Audience::Absent, &None),
            "scope" => (self.scope.is_some(), &None),
            "scp" => (self.scp.is_some(), &None),
            "cnf" => (!self.confirmations.is_empty(), &None),
            _ => return None,
        };
        Some(match expected {
            ClaimValue::Any => present,
            ClaimValue::Text(expected) => text.as_deref() == Some(expected),
            ClaimValue::Bool(_) | ClaimValue::Integer(_) => false,
        })
    }

    /// Whether a claim that the one pass reads can say that at all; `None` for all other claims.
    pub(super) fn can_satisfy(name: &str, expected: &ClaimValue) -> Option<bool> {
        let is_text = match name {
            "iss" | "sub" | "jti" | "client_id" | "azp" | "sid" | "acr" => true,
            "exp" | "nbf" | "iat" | "auth_time" | "aud" | "scope" | "scp" | "cnf" => false,
            _ => return None,
        };
        Some(match expected {
            ClaimValue::Any => true,
            ClaimValue::Text(_) => is_text,
            ClaimValue::Bool(_) | ClaimValue::Integer(_) => false,
        })
    }

    /// `iss` alone, unverified, whatever the rest is.
    pub(super) fn issuer(payload: &'t str) -> Option<Cow<'t, str>> {
        let Text(issuer) = super::json::read_member(payload, "iss").ok()??;
        Some(issuer)
    }
}

struct Pass<'c, 't> {
    claims: &'c mut Registered<'t>,
    rules: &'c Rules,
}

impl<'t> Members<'t> for Pass<'_, 't> {
    fn member<A: MapAccess<'t>>(
        &mut self,
        name: &str,
        map: &mut A,
    ) -> Result<Option<u8>, A::Error> {
        let (claims, rules) = (&mut *self.claims, self.rules);
        let (at, text) = match name {
            "iss" => (0, &mut claims.issuer),
            "sub" => (1, &mut claims.subject),
            "jti" => (2, &mut claims.token_id),
            "client_id" => (3, &mut claims.client_id),
            "azp" => (4, &mut claims.authorized_party),
            "sid" => (5, &mut claims.session_id),
            "acr" => (6, &mut claims.acr),
            "exp" => {
                claims.expires_at = Some(map.next_value()?);
                return Ok(Some(7));
            }
            "nbf" => {
                claims.not_before = Some(map.next_value()?);
                return Ok(Some(8));
            }
            "iat" => {
                claims.issued_at = Some(map.next_value()?);
                return Ok(Some(9));
            }
            "auth_time" => {
                claims.auth_time = Some(map.next_value()?);
                return Ok(Some(10));
            }
            "aud" => {
                let mut ours = false;
                map.next_value_seed(EachText(|one: &str, _| ours |= rules.is_audience(one)))?;
                claims.audience = if ours {
                    Audience::Ours
                } else {
                    Audience::Other
                };
                return Ok(Some(11));
            }
            "scope" => {
                claims.scope = Some(map.next_value()?);
                return Ok(Some(12));
            }
            "scp" => {
                claims.scp = Some(map.next_value()?);
                return Ok(Some(13));
            }
            "cnf" => {
                let Bound(confirmations) = map.next_value()?;
                claims.confirmations = confirmations;
                return Ok(Some(14));
            }
            _ => {
                match rules.meaning(name) {
                    Some(meaning) => meaning.read(claims, map)?,
                    None => drop(map.next_value::<IgnoredAny>()?),
                }
                return Ok(None);
            }
        };
        let Text(value) = map.next_value()?;
        *text = Some(value);
        Ok(Some(at))
    }
}

/// Words with spaces between them: one string, or the strings of an array.
pub(super) struct Words<'t>(pub(super) Cow<'t, str>);

impl<'de> Deserialize<'de> for Words<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor;
        impl<'de> Visitor<'de> for WordsVisitor {
            type Value = Words<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an array of strings")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Words<'de>, E> {
                Ok(Words(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Words<'de>, E> {
                Ok(Words(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                seq: A,
            ) -> Result<Words<'de>, A::Error> {
                let mut words = String::new();
                let mut add = |word: &str, _: Many| {
                    // One string is one word, also where somebody could slip a space into it.
                    if !word.contains(' ') {
                        words.push_str(word);
                        words.push(' ');
                    }
                };
                EachText(&mut add).visit_seq(seq)?;
                Ok(Words(Cow::Owned(words)))
            }
        }
        deserializer.deserialize_any(WordsVisitor)
    }
}

/// The keys that a token is bound to: `cnf`, [RFC 7800, section 3.1](https://www.rfc-editor.org/rfc/rfc7800#section-3.1).
struct Bound(Vec<Confirmation>);

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoundVisitor;
        impl<'de> Visitor<'de> for BoundVisitor {
            type Value = Bound;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bound, A::Error> {
                let mut keys = Vec::new();
                while let Some(Text(name)) = map.next_key()? {
                    let method = match &*name {
                        "x5t#S256" => ConfirmationMethod::CertificateThumbprint,
                        "jkt" => ConfirmationMethod::JwkThumbprint,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            keys.push(Confirmation::new(ConfirmationMethod::Other, name));
                            continue;
                        }
                    };
                    let Text(value) = map.next_value()?;
                    keys.push(Confirmation::new(method, value));
                }
                if keys.is_empty() {
                    // Bound to something, and nobody can say to what.
                    keys.push(Confirmation::new(ConfirmationMethod::Other, "cnf"));
                }
                Ok(Bound(keys))
            }
        }
        deserializer.deserialize_map(BoundVisitor)
    }
}
