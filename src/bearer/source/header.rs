//! A header of another name: API keys, the assertions of gateways.

use http::{
    HeaderName,
    header::{AUTHORIZATION, COOKIE},
};

use super::{Found, TokenSource};
use crate::{
    ConfigError, ConfigErrorKind, RequestHead,
    bearer::{
        ErrorKind,
        token::{Grammar, Parsed},
    },
};

pub(super) fn parse_name(name: &str) -> Result<HeaderName, ConfigError> {
    let error = |message| ConfigError::new(ConfigErrorKind::Header, message);
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| error("is not a name that a header can have; use letters, digits and `-`"))?;
    match name {
        AUTHORIZATION => Err(error(
            "`Authorization` is a source of its own; use `TokenSource::authorization()`",
        )),
        COOKIE => Err(error(
            "`Cookie` holds more than a token; name a header that holds it alone",
        )),
        name => Ok(name),
    }
}

/// One line, or none: the token alone, or after its scheme.
pub(super) fn find<'a>(
    source: &'a TokenSource,
    name: &HeaderName,
    grammar: Grammar,
    head: &RequestHead<'a>,
) -> Result<Option<Found<'a>>, ErrorKind> {
    let mut lines = head.headers().get_all(name).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(ErrorKind::InvalidRequest);
    }
    let (scheme, token) = match grammar.parse(line.as_bytes())? {
        Parsed::Token(scheme, token) => (Some(scheme), token),
        Parsed::OtherScheme => {
            grammar.check(line.as_bytes())?;
            (None, line.as_bytes())
        }
    };
    Ok(Some(Found {
        token,
        scheme,
        source,
        line,
    }))
}
