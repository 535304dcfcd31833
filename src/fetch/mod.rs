//! What the crate fetches from other servers, and how: the [`Fetch`] hook, and a client that is ready to be used.
//!
//! Keys of an issuer come from elsewhere, so somebody must ask for them. That is a small hook, [`Fetch`]: implement it with
//! the HTTP client that you have, or take [`HttpsClient`], which is one on hyper and rustls.
//!
//! # The rules
//! 1. Only `https` is asked, and plain `http` to the one host for which `danger_allow_http` says so.
//! 2. No redirect is followed. No user and no password stand in an address.
//! 3. An answer counts if its status is 200, its media type is JSON, and it is not too long. Whoever asks puts a limit on
//!    the time that all of it takes.
//! 4. Credentials are sent to the origin for which they were given, over TLS, and nowhere else: not to an address that a
//!    discovery document names.
//! 5. Neither an address nor the body of an answer gets into an error text.
//!
//! # Deployment
//! - The client needs roots to trust, and takes none from the machine by itself: see [`HttpsClient`].
//! - A firewall that lets the service out to its issuer, or keys that are stale one day: until keys came, and after their time
//!   is over, every token is answered with 503.
//! - It runs on Tokio. A `Fetch` of yours that does its I/O elsewhere is still called from a task of Tokio's.
//!
//! # Examples
//! See [`Fetch`] for a client of one's own, and `jwt::RemoteKeys` for what is done with one.

mod error;
mod gate;
mod hyper;
mod refresh;
mod secrets;
mod url;

use std::{fmt, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

pub use self::{
    error::{FetchError, FetchErrorKind},
    hyper::HttpsClient,
};
pub(crate) use self::{
    gate::{Gate, is_absent, max_age},
    refresh::{Lacking, Load, Loaded, Miss, Policy, Refreshed},
    url::{Origin, PlainHost, Url, UrlProblem},
};

/// Sends a request to another server, and returns what that answers: an HTTP client.
///
/// Implement it with an `async fn`. [`HttpsClient`] is an implementation.
///
/// # Errors
/// Whatever its kind, an error means that we could not ask: tokens that cannot be checked without the answer are answered
/// with 503.
///
/// # Security
/// Do not follow redirects: a server that can be made to redirect would choose the keys. Do not read more than
/// [`max_bytes`](FetchRequest::max_bytes) of an answer. Addresses, statuses, media types and lengths are checked by the
/// caller once more.
///
/// # Examples
/// ```
/// use bytes::Bytes;
/// use http::{HeaderMap, StatusCode, Uri};
/// use tower_postern::fetch::{Fetch, FetchError, FetchErrorKind, FetchRequest, FetchResponse};
///
/// /// Keys that were put beside the program by those who deploy it.
/// struct Beside;
///
/// impl Fetch for Beside {
///     async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
///         if request.uri().path() != "/keys" {
///             return Ok(FetchResponse::new(StatusCode::NOT_FOUND, HeaderMap::new(), Bytes::new()));
///         }
///         let body = std::fs::read("/etc/keys.json")
///             .map_err(|error| FetchError::new(FetchErrorKind::Client).with_source(error))?;
///         let json = http::HeaderValue::from_static("application/json");
///         let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, json)]);
///         Ok(FetchResponse::new(StatusCode::OK, headers, body))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let answer = Beside.fetch(FetchRequest::get(Uri::from_static("https://id.example/other"))).await?;
/// assert_eq!(answer.status(), StatusCode::NOT_FOUND);
/// let failed = Beside.fetch(FetchRequest::get(Uri::from_static("https://id.example/keys"))).await; // nobody put any there
/// assert!(failed.is_err_and(|error| error.kind() == FetchErrorKind::Client));
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fetch",
    note = "implement `Fetch` (an `async fn fetch`), or take `HttpsClient`"
)]
pub trait Fetch: Send + Sync + 'static {
    /// Sends the request and reads the answer to its end.
    fn fetch(
        &self,
        request: FetchRequest,
    ) -> impl Future<Output = Result<FetchResponse, FetchError>> + Send;
}

impl<F: Fetch + ?Sized> Fetch for Arc<F> {
    fn fetch(
        &self,
        request: FetchRequest,
    ) -> impl Future<Output = Result<FetchResponse, FetchError>> + Send {
        (**self).fetch(request)
    }
}

/// What a [`Fetch`] is asked for.
///
/// # Examples
/// ```
/// use http::Uri;
/// use tower_postern::fetch::FetchRequest;
///
/// // As the test of a client makes it:
/// let request = FetchRequest::get(Uri::from_static("https://id.example/keys?key=secret")).with_max_bytes(1024);
/// assert_eq!((request.uri().path(), request.max_bytes()), ("/keys", 1024));
/// assert!(!format!("{request:?}").contains("secret"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct FetchRequest {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    max_bytes: usize,
}

impl FetchRequest {
    /// A `GET` of that address, for an answer of 1 MiB at most. For tests of clients.
    pub fn get(uri: Uri) -> Self {
        Self {
            method: Method::GET,
            uri,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            max_bytes: 1024 * 1024,
        }
    }

    /// Adds headers.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Another limit on the length of the answer, in bytes.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// The method: `GET` so far.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The address, absolute.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The headers that are to be sent, besides those that the client adds itself.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, empty for `GET`.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The length of the longest answer that will be accepted, in bytes.
    pub fn max_bytes(&self) -> usize {
        self.max_bytes
    }
}

/// Without what may be secret: headers, body and query.
impl fmt::Debug for FetchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchRequest")
            .field("method", &self.method)
            .field("host", &self.uri.host())
            .field("path", &self.uri.path())
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

/// What a [`Fetch`] was answered. See there for an example.
#[derive(Clone)]
#[non_exhaustive]
pub struct FetchResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl FetchResponse {
    /// An answer, read to its end.
    pub fn new(status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

/// Without headers and body: they are another server's.
impl fmt::Debug for FetchResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchResponse")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// One type for all implementations of [`Fetch`].
#[derive(Clone)]
pub(crate) struct ErasedFetch(Arc<dyn Erased>);

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

trait Erased: Send + Sync + 'static {
    fn fetch(&self, request: FetchRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>>;
}

impl<F: Fetch> Erased for F {
    fn fetch(&self, request: FetchRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>> {
        Box::pin(Fetch::fetch(self, request))
    }
}

impl ErasedFetch {
    pub(crate) fn new(fetch: impl Fetch) -> Self {
        Self(Arc::new(fetch))
    }

    pub(crate) async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        self.0.fetch(request).await
    }
}
