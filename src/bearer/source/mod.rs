//! Where in a request a token may stand.

mod authorization;
mod header;

use http::{HeaderName, HeaderValue};

use super::{ErrorKind, Scheme, token::Grammar};
use crate::{ConfigError, RequestHead};

/// Where in a request a token may stand.
///
/// The layer looks into the `Authorization` header, [RFC 6750, section 2.1], unless it is
/// [told](crate::BearerAuthLayer::sources) where else.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{TokenSource, Verified, immediate}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = BearerAuthLayer::new(immediate(|_| Ok(Verified::new("ann"))))
///     .sources([TokenSource::authorization(), TokenSource::header("x-assertion")?])
///     .wrap(service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
///
/// let request = Request::get("/").header("x-assertion", "token").body(String::new())?;
/// assert_eq!(service.clone().oneshot(request).await?.status(), StatusCode::OK);
/// let in_two_places = Request::get("/").header("x-assertion", "token").header("authorization", "Bearer token");
/// assert_eq!(service.oneshot(in_two_places.body(String::new())?).await?.status(), StatusCode::BAD_REQUEST);
///
/// assert!(TokenSource::header("authorization").is_err()); // has rules of its own
/// # Ok(()) }
/// ```
///
/// [RFC 6750, section 2.1]: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSource(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Authorization,
    Header(HeaderName),
}

impl TokenSource {
    pub(super) const AUTHORIZATION: &'static Self = &Self(Kind::Authorization);

    /// The `Authorization` header, with a scheme before the token.
    pub fn authorization() -> Self {
        Self(Kind::Authorization)
    }

    /// A header of that name, as API keys and the assertions of gateways come in: the token alone, or with `Bearer` before it.
    ///
    /// # Security
    /// It is marked as sensitive by the layer, and by nobody further out: name it in `SetSensitiveRequestHeadersLayer` too. A
    /// gateway that sets it must overwrite what callers send.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Header`](crate::ConfigErrorKind::Header) where no header can have that name, and for
    /// `Authorization` and `Cookie`, which have rules of their own.
    pub fn header(name: &str) -> Result<Self, ConfigError> {
        header::parse_name(name).map(|name| Self(Kind::Header(name)))
    }

    /// The header that the token stands in.
    pub(crate) fn header_name(&self) -> &HeaderName {
        match &self.0 {
            Kind::Authorization => &http::header::AUTHORIZATION,
            Kind::Header(name) => name,
        }
    }
}

/// A token that is within the grammar, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) token: &'a [u8],
    pub(super) scheme: Option<Scheme>,
    pub(super) source: &'a TokenSource,
    pub(super) line: &'a HeaderValue,
}

/// Takes the token from wherever it stands. In two places, it is no token but an attempt.
#[inline]
pub(super) fn extract<'a>(
    sources: &'a [TokenSource],
    grammar: Grammar,
    head: &RequestHead<'a>,
) -> Result<Found<'a>, ErrorKind> {
    let mut found = None;
    for source in sources {
        let here = match &source.0 {
            Kind::Authorization => authorization::find(source, grammar, head)?,
            Kind::Header(name) => header::find(source, name, grammar, head)?,
        };
        if let Some(here) = here
            && found.replace(here).is_some()
        {
            return Err(ErrorKind::InvalidRequest);
        }
    }
    found.ok_or(ErrorKind::MissingToken)
}
