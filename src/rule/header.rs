//! Does it carry this header?

use std::fmt;

use http::{HeaderName, header::HOST};

use crate::{
    ConfigError, ConfigErrorKind, RequestHead, Secret,
    predicate::{Predicate, Verdict},
};

/// Yes where the request has one header line of this name, and it has this value.
///
/// The value is compared in constant time, so that it may be a secret. No where the one line has another value. Unknown
/// where there are several lines, and where there is none: whoever calls can leave a header out, and can have a proxy
/// remove one that it set (by `Connection: x-internal-token`), so its absence must open nothing, not even to
/// [`not`](Predicate::not).
///
/// # Errors
/// [`ConfigErrorKind::Header`] where the name or the value is one that no header can have, the value is empty, or the
/// name is `Host`: with HTTP/2 there is no such line, so ask by [`host`](super::host).
///
/// # Security
/// Whoever knows the value is let in, from anywhere. A proxy that sets the header must also overwrite what callers send.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict}, rule};
///
/// let rule = rule::header("x-internal-token", "a long random text")?;
///
/// let request = Request::builder().header("x-internal-token", "a long random text").body(())?;
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Yes);
/// let request = Request::builder().header("x-internal-token", "a guess").body(())?;
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::No);
/// let request = Request::new(());
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Unknown);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn header(name: &str, value: impl Into<Secret>) -> Result<Header, ConfigError> {
    let error = |message| Err(ConfigError::new(ConfigErrorKind::Header, message));
    let value = value.into();
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        return error("is not a name that a header can have; use letters, digits and `-`");
    };
    if name == HOST {
        return error("`Host` is not there with HTTP/2; use `rule::host`");
    }
    match value.expose() {
        [] => error("the value is empty; give one that nobody guesses"),
        [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => error(
            "the value begins or ends with white space, which no header's value does; trim it",
        ),
        bytes
            if bytes
                .iter()
                .any(|byte| byte.is_ascii_control() && *byte != b'\t') =>
        {
            error(
                "the value has a control character, which no header's value has; was a line break read along?",
            )
        }
        _ => Ok(Header { name, value }),
    }
}

/// What [`header`] returns.
#[derive(Clone)]
pub struct Header {
    name: HeaderName,
    value: Secret,
}

impl Predicate for Header {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        let mut lines = request.headers().get_all(&self.name).iter();
        match (lines.next(), lines.next()) {
            (Some(line), None) => self.value.matches(line.as_bytes()).into(),
            (Some(_), Some(_)) | (None, _) => Verdict::Unknown,
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("name", &self.name)
            .field("value", &self.value)
            .finish()
    }
}
