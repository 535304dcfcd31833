//! The client that is ready to be used.

use std::{
    error::Error as StdError,
    fmt, io,
    path::Path,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, header::USER_AGENT};
use http_body::{Body, Frame, SizeHint};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::ClientConfig;

use super::{Fetch, FetchError, FetchErrorKind, FetchRequest, FetchResponse, secrets::Credential};
use crate::{ConfigError, Secret};

/// How long connections are kept for the next request.
const IDLE: Duration = Duration::from_secs(20);
/// For the head of an answer.
const MAX_HEAD: usize = 64 * 1024;

/// An HTTP client on hyper and rustls, for HTTP/1.1.
///
/// TLS comes from outside, with the provider of cryptography, the roots that are trusted and a client certificate, if
/// there is one: nothing is taken from the process or from the machine behind your back. It follows no redirect and knows
/// no proxy; where you need one, implement [`Fetch`] with the client that you have.
///
/// So `rustls` must be among your own dependencies, with the feature of a provider (`aws_lc_rs`, `ring`), and a crate that has
/// roots: `webpki-roots`, or `rustls-native-certs` for those of the machine.
///
/// It can be made without a runtime, and works on the Tokio runtime on which it is asked. A clone shares its connections.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
/// use tower_postern::fetch::HttpsClient;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let roots = RootCertStore::empty(); // those of `webpki-roots`, of the machine, or your own
/// let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
///     .with_safe_default_protocol_versions()?
///     .with_root_certificates(roots)
///     .with_no_client_auth();
///
/// // In Kubernetes the issuer of service accounts asks for the token of one.
/// let client = HttpsClient::new(tls).bearer_file(
///     "https://kubernetes.default.svc",
///     "/var/run/secrets/kubernetes.io/serviceaccount/token",
/// )?;
/// assert!(client.bearer_file("http://kubernetes.default.svc", "/token").is_err()); // never without TLS
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HttpsClient {
    client: Client<HttpsConnector<HttpConnector>, Whole>,
    credentials: Vec<Credential>,
}

impl HttpsClient {
    /// A client that speaks TLS in this way. Its list of application protocols is replaced.
    pub fn new(mut tls: ClientConfig) -> Self {
        tls.alpn_protocols.clear(); // the connector insists, and HTTP/1.1 needs none
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        // Which addresses may be asked without TLS is decided before.
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(8)
            .http1_max_buf_size(MAX_HEAD)
            .build(connector);
        Self {
            client,
            credentials: Vec::new(),
        }
    }

    /// Sends a header with each request to `origin`: scheme, host and port, as in `https://id.example`.
    ///
    /// # Errors
    /// `origin` is none or without TLS ([`ConfigErrorKind::Url`](crate::ConfigErrorKind::Url)); the name or the value is
    /// none, or the header is one that the client sets ([`ConfigErrorKind::Header`](crate::ConfigErrorKind::Header)).
    ///
    /// # Security
    /// It goes nowhere else, whatever a discovery document names.
    pub fn header(
        mut self,
        origin: &str,
        name: &str,
        value: impl Into<Secret>,
    ) -> Result<Self, ConfigError> {
        let credential = Credential::header(origin, name, &value.into())?;
        self.credentials.push(credential);
        Ok(self)
    }

    /// Sends the token that is in a file as a bearer token with each request to `origin`.
    ///
    /// The file is read each time, so a renewed token is used at once. A file that cannot be read is an outage: [`FetchErrorKind::Credentials`].
    ///
    /// # Errors
    /// `origin` is none or without TLS: [`ConfigErrorKind::Url`](crate::ConfigErrorKind::Url).
    ///
    /// # Security
    /// It goes nowhere else, whatever a discovery document names.
    pub fn bearer_file(
        mut self,
        origin: &str,
        path: impl AsRef<Path>,
    ) -> Result<Self, ConfigError> {
        let credential = Credential::bearer_file(origin, path.as_ref())?;
        self.credentials.push(credential);
        Ok(self)
    }
}

impl Fetch for HttpsClient {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let max_bytes = request.max_bytes();
        let mut outgoing = Request::new(Whole(Some(request.body).filter(|body| !body.is_empty())));
        let headers = outgoing.headers_mut();
        *headers = request.headers;
        headers
            .entry(USER_AGENT)
            .or_insert(HeaderValue::from_static("tower-postern"));
        for credential in &self.credentials {
            credential.add(&request.uri, headers).await?;
        }
        *outgoing.method_mut() = request.method;
        *outgoing.uri_mut() = request.uri;

        let answer = self.client.request(outgoing).await.map_err(|error| {
            let kind = if error.is_connect() {
                FetchErrorKind::Connect
            } else {
                FetchErrorKind::Transport
            };
            explain(kind, error)
        })?;
        let (parts, body) = answer.into_parts();
        // Only what is good is worth reading.
        let body = if parts.status.is_success() {
            read(body, max_bytes).await?
        } else {
            Bytes::new()
        };
        Ok(FetchResponse::new(parts.status, parts.headers, body))
    }
}

/// Reads to the end, and no more than that many bytes.
async fn read<B>(body: B, max_bytes: usize) -> Result<Bytes, FetchError>
where
    B: Body<Data = Bytes>,
    B::Error: StdError + Send + Sync + 'static,
{
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > max_bytes {
        return Err(FetchErrorKind::TooLarge.into());
    }
    let mut bytes = BytesMut::new();
    let mut body = pin!(body);
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|error| explain(FetchErrorKind::Transport, error))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.len() > max_bytes.saturating_sub(bytes.len()) {
            return Err(FetchErrorKind::TooLarge.into());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// Adds the cause, unless it repeats what a certificate said: that is the server's text.
fn explain(kind: FetchErrorKind, error: impl StdError + Send + Sync + 'static) -> FetchError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(this) = cause {
        if let Some(tls) = this.downcast_ref() {
            return FetchError::new(kind).because(in_our_words(tls));
        }
        // The source of an I/O error is that of what is in it, which is left out.
        let inner = this
            .downcast_ref::<io::Error>()
            .and_then(|error| error.get_ref());
        cause = match inner {
            Some(inner) => Some(inner),
            None => this.source(),
        };
    }
    FetchError::new(kind).with_source(error)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library knows dozens, and an operator acts on these"
)]
fn in_our_words(error: &rustls::Error) -> &'static str {
    use rustls::{CertificateError as Bad, Error};
    match error {
        Error::AlertReceived(_) => "TLS: the server refused the handshake",
        Error::PeerIncompatible(_) => "TLS: the server speaks no version or cipher that we do",
        Error::InvalidCertificate(bad) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => "TLS: the server's certificate expired",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                "TLS: the server's certificate is not valid yet"
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "TLS: the server's certificate is for another name"
            }
            Bad::UnknownIssuer => {
                "TLS: the server's certificate is from an authority that is not among the roots"
            }
            Bad::Revoked => "TLS: the server's certificate is revoked",
            _ => "TLS: the server's certificate is not good",
        },
        _ => "TLS: the handshake failed",
    }
}

impl fmt::Debug for HttpsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsClient")
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// A body that is there as a whole, or not at all.
struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let len = self.0.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(len).unwrap_or(u64::MAX))
    }
}
