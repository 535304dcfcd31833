//! What a validator judges: a token, how it came, and with which request.

use std::fmt;

use http::HeaderValue;

use super::{TokenSource, source::Found};
use crate::RequestHead;

/// A token, how it came, and with which request: what a [`TokenValidator`](super::TokenValidator) judges.
///
/// The layer makes it, and [`new`](Self::new) does for those who call a validator themselves: in tests, or for a token
/// that comes as the first message of a WebSocket.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, bearer::{Credentials, Scheme, TokenSource}};
///
/// let request = Request::get("/orders").body(())?;
/// let credentials = Credentials::new("secret", RequestHead::new(&request));
/// assert_eq!(credentials.token(), "secret");
/// assert_eq!(credentials.scheme(), Some(Scheme::Bearer));
/// assert_eq!(*credentials.source(), TokenSource::authorization());
/// assert_eq!(credentials.head().uri().path(), "/orders");
/// assert!(!format!("{credentials:?}").contains("secret"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// ASCII where it was found. Not a `str`: to make sure of what the grammar says costs another look at each byte, and
    /// few who judge a token read it as a text.
    token: &'a [u8],
    scheme: Option<Scheme>,
    source: &'a TokenSource,
    head: RequestHead<'a>,
    /// The line that the token stands in, so that [`Token`] can share its bytes.
    line: Option<&'a HeaderValue>,
}

impl<'a> Credentials<'a> {
    /// A bearer token as if it had come in the `Authorization` header of a request.
    ///
    /// # Security
    /// What the layer does besides is not done to it: the limit on its length, possession, scopes.
    pub fn new(token: &'a str, head: RequestHead<'a>) -> Self {
        Self {
            token: token.as_bytes(),
            scheme: Some(Scheme::Bearer),
            source: TokenSource::AUTHORIZATION,
            head,
            line: None,
        }
    }

    #[inline]
    pub(super) fn found(found: Found<'a>, head: RequestHead<'a>) -> Self {
        Self {
            token: found.token,
            scheme: found.scheme,
            source: found.source,
            head,
            line: Some(found.line),
        }
    }

    /// The token itself.
    ///
    /// What the layer hands over is within the grammar of [RFC 6750, section 2.1].
    ///
    /// [RFC 6750, section 2.1]: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    pub fn token(&self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.token
    }

    /// The token with a life of its own; it shares the bytes of the header.
    pub fn to_token(&self) -> Token {
        let line = self
            .line
            .filter(|line| line.as_bytes().ends_with(self.token))
            .cloned();
        let mut line = line
            .or_else(|| HeaderValue::from_str(self.token()).ok())
            .unwrap_or(HeaderValue::from_static(""));
        line.set_sensitive(true);
        Token {
            start: line.len().saturating_sub(self.token.len()),
            line,
        }
    }

    /// The scheme before it, or `None` where its source knows none.
    pub fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// Where in the request it stood.
    pub fn source(&self) -> &'a TokenSource {
        self.source
    }

    /// The request that it came with.
    pub fn head(&self) -> RequestHead<'a> {
        self.head
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("token", &format_args!("[redacted]"))
            .field("scheme", &self.scheme)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// A token with a life of its own: for closures that wait, and for calls to other services.
///
/// `Debug` says `[redacted]`. A clone copies nothing.
#[derive(Clone)]
pub struct Token {
    line: HeaderValue,
    start: usize,
}

impl Token {
    /// The token itself.
    ///
    /// # Security
    /// It is everything a thief needs: send it nowhere but to a service that may act for this caller, and log it nowhere.
    pub fn as_str(&self) -> &str {
        self.line
            .as_bytes()
            .get(self.start..)
            .and_then(|token| std::str::from_utf8(token).ok())
            .unwrap_or_default()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// An authentication scheme in which a token comes, [RFC 9110, section 11.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.1).
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, bearer::{Credentials, Scheme}};
///
/// let request = Request::new(());
/// let credentials = Credentials::new("token", RequestHead::new(&request));
/// assert_eq!(credentials.scheme(), Some(Scheme::Bearer));
/// assert_eq!(Scheme::Bearer.as_str(), "Bearer");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `Bearer`, [RFC 6750, section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1).
    Bearer,
}

impl Scheme {
    /// The name, as on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
        }
    }
}

/// The authentication schemes of a validator: those in which a token may come, and that a challenge names.
///
/// # Examples
/// ```
/// use tower_postern::bearer::{AuthError, Scheme, Schemes, TokenValidator, Verified, immediate};
///
/// let validator = immediate(|_| Err::<Verified<()>, _>(AuthError::invalid_token()));
/// assert_eq!(validator.schemes(), Schemes::BEARER); // if it does not say otherwise
/// assert!(Schemes::BEARER.contains(Scheme::Bearer));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Schemes {
    bearer: bool,
}

impl Schemes {
    /// [`Scheme::Bearer`] alone.
    pub const BEARER: Self = Self { bearer: true };

    /// Those of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            bearer: self.bearer || other.bearer,
        }
    }

    /// Whether `scheme` is one of them.
    pub fn contains(self, scheme: Scheme) -> bool {
        match scheme {
            Scheme::Bearer => self.bearer,
        }
    }
}
