//! The `Authorization` header, [RFC 6750, section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1).

use http::header::AUTHORIZATION;

use super::{Found, TokenSource};
use crate::{
    RequestHead,
    bearer::{
        ErrorKind,
        token::{Grammar, Parsed},
    },
    percent,
};

/// One line, or none; and no `access_token` in the query beside it, [RFC 6750, section 2](https://www.rfc-editor.org/rfc/rfc6750#section-2):
/// "Clients MUST NOT use more than one method".
#[inline]
pub(super) fn find<'a>(
    source: &'a TokenSource,
    grammar: Grammar,
    head: &RequestHead<'a>,
) -> Result<Option<Found<'a>>, ErrorKind> {
    let mut lines = head.headers().get_all(AUTHORIZATION).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(ErrorKind::InvalidRequest);
    }
    match grammar.parse(line.as_bytes())? {
        Parsed::OtherScheme => Ok(None),
        Parsed::Token(..) if head.uri().query().is_some_and(has_access_token) => {
            Err(ErrorKind::InvalidRequest)
        }
        Parsed::Token(scheme, token) => Ok(Some(Found {
            token,
            scheme: Some(scheme),
            source,
            line,
        })),
    }
}

/// Whether a query has a parameter `access_token`, however that is spelled.
fn has_access_token(query: &str) -> bool {
    const NAME: &[u8] = b"access_token";
    if query.len() < NAME.len() {
        return false;
    }
    let mut parameters = query.as_bytes().split(|byte| matches!(byte, b'&' | b';'));
    parameters.any(|parameter| {
        let name = parameter.split(|byte| *byte == b'=').next();
        percent::decode(name.unwrap_or_default()).eq(NAME.iter().copied())
    })
}

#[cfg(test)]
mod tests {
    use super::has_access_token;

    #[test]
    fn an_access_token_in_the_query_is_seen_however_it_is_spelled() {
        for (query, expect) in [
            ("access_token=a", true),
            ("a=b&access_token=", true),
            ("access_token", true),
            ("access%5Ftoken=a", true),
            ("%61ccess_token=a", true),
            ("a=b;access_token=c", true),
            ("", false),
            ("xaccess_token=a", false),
            ("access_tokens=a", false),
            ("a=access_token", false),
            ("access%5token=a", false),
            ("access_token%", false),
        ] {
            assert_eq!(has_access_token(query), expect, "{query:?}");
        }
    }
}
