//! The header of a token, [RFC 7515, section 4](https://www.rfc-editor.org/rfc/rfc7515#section-4).

use std::borrow::Cow;

use serde::de::{Error, IgnoredAny, MapAccess};

use super::{
    Algorithm,
    error::{Refusal, Refused},
    json::{Members, Text, read_object},
};

/// What is read of a header.
///
/// A key or an address of one in it (`jwk`, `x5c`, `jku`, `x5u`) is the sender's word: nobody looks at it.
#[derive(Debug)]
pub(super) struct Header<'t> {
    pub(super) algorithm: Algorithm,
    pub(super) typ: Type,
    pub(super) kid: Option<Cow<'t, str>>,
}

/// The media type of the token: `typ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Absent,
    /// `at+jwt`, [RFC 9068, section 2.1](https://www.rfc-editor.org/rfc/rfc9068#section-2.1).
    AccessToken,
    Jwt,
    Other,
}

impl Type {
    /// In any case, with `application/` or without, [RFC 7515, section 4.1.9](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.9).
    fn parse(text: &str) -> Self {
        const PREFIX: &[u8] = b"application/";
        let text = text.as_bytes();
        let text = match text.split_at_checked(PREFIX.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
            _ => text,
        };
        if text.eq_ignore_ascii_case(b"JWT") {
            Self::Jwt
        } else if text.eq_ignore_ascii_case(b"at+jwt") {
            Self::AccessToken
        } else {
            Self::Other
        }
    }
}

#[derive(Default)]
struct Fields<'t> {
    alg: Option<Text<'t>>,
    typ: Option<Text<'t>>,
    kid: Option<Text<'t>>,
    extended: bool,
}

impl<'t> Members<'t> for Fields<'t> {
    fn member<A: MapAccess<'t>>(
        &mut self,
        name: &str,
        map: &mut A,
    ) -> Result<Option<u8>, A::Error> {
        Ok(Some(match name {
            "alg" => {
                self.alg = Some(map.next_value()?);
                0
            }
            "typ" => {
                self.typ = Some(map.next_value()?);
                1
            }
            "kid" => {
                self.kid = Some(map.next_value()?);
                2
            }
            "crit" => {
                self.extended = true;
                map.next_value::<IgnoredAny>()?;
                3
            }
            "b64" => {
                self.extended = true;
                map.next_value::<IgnoredAny>()?;
                4
            }
            // An encrypted token has five parts; one that says both is somebody's attempt.
            "enc" | "zip" => return Err(Error::custom("not a signed token")),
            _ => {
                map.next_value::<IgnoredAny>()?;
                return Ok(None);
            }
        }))
    }
}

impl<'t> Header<'t> {
    /// The same, borrowed from this one.
    pub(super) fn borrowed(&self) -> Header<'_> {
        Header {
            algorithm: self.algorithm,
            typ: self.typ,
            kid: self.kid.as_deref().map(Cow::Borrowed),
        }
    }

    /// The same, borrowed from nothing.
    pub(super) fn to_owned(&self) -> Header<'static> {
        Header {
            algorithm: self.algorithm,
            typ: self.typ,
            kid: self.kid.as_deref().map(|kid| Cow::Owned(kid.to_owned())),
        }
    }

    pub(super) fn parse(bytes: &'t [u8]) -> Result<Self, Refused> {
        let text = std::str::from_utf8(bytes).map_err(|_| &Refusal::Header)?;
        let mut fields = Fields::default();
        read_object(text, &mut fields).ok_or(&Refusal::Header)?;
        if fields.extended {
            return Err(&Refusal::Critical);
        }
        let Text(alg) = fields.alg.ok_or(&Refusal::Header)?;
        Ok(Self {
            algorithm: Algorithm::from_name(&alg).ok_or(&Refusal::Algorithm)?,
            typ: fields
                .typ
                .map_or(Type::Absent, |Text(typ)| Type::parse(&typ)),
            kid: fields.kid.map(|Text(kid)| kid),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_once_and_strictly() {
        type Expect = Result<(Algorithm, Type, Option<&'static str>), Refusal>;
        use Algorithm::{ES256, HS256};
        use Refusal::{Algorithm as Alg, Critical, Header as Bad};
        let cases: &[(&str, Expect)] = &[
            (r#"{"alg":"HS256"}"#, Ok((HS256, Type::Absent, None))),
            (
                r#" {"typ":"JWT", "alg":"ES256", "kid":"k", "jku":"https://x", "jwk":{"a":[1,{}]}, "x5c":[]} "#,
                Ok((ES256, Type::Jwt, Some("k"))),
            ),
            (
                r#"{"alg":"HS256","typ":"jwt"}"#,
                Ok((HS256, Type::Jwt, None)),
            ),
            (
                r#"{"alg":"HS256","typ":"Application/JWT"}"#,
                Ok((HS256, Type::Jwt, None)),
            ),
            (
                r#"{"alg":"HS256","typ":"AT+JWT"}"#,
                Ok((HS256, Type::AccessToken, None)),
            ),
            (
                r#"{"alg":"HS256","typ":"application/at+jwt"}"#,
                Ok((HS256, Type::AccessToken, None)),
            ),
            (
                r#"{"alg":"HS256","typ":""}"#,
                Ok((HS256, Type::Other, None)),
            ),
            (
                r#"{"alg":"HS256","typ":"dpop+jwt"}"#,
                Ok((HS256, Type::Other, None)),
            ),
            (
                r#"{"alg":"HS256","typ":"application/"}"#,
                Ok((HS256, Type::Other, None)),
            ),
            (r#"{"\u0061lg":"HS256"}"#, Ok((HS256, Type::Absent, None))),
            (
                r#"{"alg":"HS256","kid":"\u006b"}"#,
                Ok((HS256, Type::Absent, Some("k"))),
            ),
            (r#"{"alg":"none"}"#, Err(Alg)),
            (r#"{"alg":""}"#, Err(Alg)),
            (
                r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
                Err(Critical),
            ),
            (r#"{"alg":"HS256","crit":[]}"#, Err(Critical)),
            (r#"{"alg":"HS256","b64":true}"#, Err(Critical)),
            (r#"{"alg":"HS256","cr\u0069t":["x"]}"#, Err(Critical)),
            (r#"{"alg":"dir","enc":"A256GCM"}"#, Err(Bad)),
            (r#"{"alg":"HS256","alg":"HS256"}"#, Err(Bad)),
            (r#"{"alg":"HS256","\u0061lg":"none"}"#, Err(Bad)),
            (r#"{"alg":"HS256","x":1,"x":1}"#, Err(Bad)),
            (r#"{"alg":"HS256","x":1,"\u0078":1}"#, Err(Bad)),
            (r#"{"alg":"HS256","\u0078":1,"x":1}"#, Err(Bad)),
            (r#"{"alg":"HS256","\u0078":1,"\u0078":1}"#, Err(Bad)),
            (r#"{"alg":"HS256","kid":1}"#, Err(Bad)),
            (r#"{"alg":"HS256","kid":null}"#, Err(Bad)),
            (r#"{"alg":"HS256","typ":["JWT"]}"#, Err(Bad)),
            (r#"{"alg":["HS256"]}"#, Err(Bad)),
            (r#"{"alg":null}"#, Err(Bad)),
            (r"{}", Err(Bad)),
            (r#"["HS256"]"#, Err(Bad)),
            (r#""HS256""#, Err(Bad)),
            (r"", Err(Bad)),
            (r#"{"alg":"HS256"}{}"#, Err(Bad)),
            (r#"{"alg":"HS256"},"#, Err(Bad)),
            (r#"{"alg":"HS256",}"#, Err(Bad)),
            (r#"{alg:"HS256"}"#, Err(Bad)),
            (r#"{"alg":"HS256","kid":"\ud800"}"#, Err(Bad)),
            ("\u{feff}{\"alg\":\"HS256\"}", Err(Bad)),
        ];
        for (text, expect) in cases {
            let header = Header::parse(text.as_bytes());
            let found = match &header {
                Ok(header) => Ok((header.algorithm, header.typ, header.kid.as_deref())),
                Err(refusal) => Err(**refusal),
            };
            assert_eq!(found, *expect, "{text}");
        }
        assert_eq!(
            Header::parse(b"{\"alg\":\"HS256\",\"kid\":\"\xff\"}").err(),
            Some(&Bad)
        );
        assert_eq!(
            Header::parse(b"{\"alg\":\"HS256\",\"x\":\"\xff\"}").err(),
            Some(&Bad)
        );
    }

    #[test]
    fn too_many_members_are_refused() {
        let header = |n: usize| {
            let more: String = (0..n).fold(String::new(), |all, n| all + &format!(",\"x{n}\":1"));
            format!("{{\"alg\":\"HS256\"{more}}}")
        };
        assert!(Header::parse(header(128).as_bytes()).is_ok());
        assert!(Header::parse(header(129).as_bytes()).is_err());
    }
}
