//! Why something could not be fetched.

use std::{error::Error as StdError, fmt, sync::Arc};

/// Why something could not be fetched: a kind for whoever decides, a source for the operator.
///
/// Its text holds neither the body of an answer nor an address: both may come from someone who is not to be trusted.
///
/// # Examples
/// ```
/// use std::io;
/// use tower_postern::fetch::{FetchError, FetchErrorKind};
///
/// let error = FetchError::new(FetchErrorKind::Connect).with_source(io::Error::other("no route to host"));
/// assert_eq!(error.kind(), FetchErrorKind::Connect);
/// assert_eq!(error.to_string(), "no connection to the server");
/// ```
#[derive(Clone)]
pub struct FetchError {
    kind: FetchErrorKind,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FetchErrorKind {
    /// The address may not be asked: not `https`, a user or a password in it, too long.
    Address,
    /// The client failed for a reason of its own.
    Client,
    /// There is no connection: the name is unknown, the port is closed, TLS failed.
    Connect,
    /// The answer came, and does not say what it should.
    Content,
    /// The credentials for the server could not be read.
    Credentials,
    /// The answer is of another media type.
    MediaType,
    /// The server sent us elsewhere. Nobody follows.
    Redirect,
    /// There is no Tokio runtime to run on.
    Runtime,
    /// The server answered with another status than 200.
    Status,
    /// It took too long.
    Timeout,
    /// The answer is too long.
    TooLarge,
    /// The exchange broke off.
    Transport,
}

impl FetchErrorKind {
    /// The kind as a label of logs and metrics, in `snake_case`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Client => "client",
            Self::Connect => "connect",
            Self::Content => "content",
            Self::Credentials => "credentials",
            Self::MediaType => "media_type",
            Self::Redirect => "redirect",
            Self::Runtime => "runtime",
            Self::Status => "status",
            Self::Timeout => "timeout",
            Self::TooLarge => "too_large",
            Self::Transport => "transport",
        }
    }
}

impl FetchError {
    /// An error of that kind.
    pub fn new(kind: FetchErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause, for the operator.
    ///
    /// # Security
    /// It is logged. Some clients put the address, with its query, into their errors: take it out.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            source: Some(Arc::from(source.into())),
            ..self
        }
    }

    /// Adds a cause in words of our own.
    pub(crate) fn because(self, cause: &'static str) -> Self {
        Self {
            source: Some(Arc::new(Because(cause))),
            ..self
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> FetchErrorKind {
        self.kind
    }
}

impl fmt::Debug for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchError")
            .field("kind", &self.kind)
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FetchErrorKind::Address => "the address may not be asked",
            FetchErrorKind::Client => "the client failed",
            FetchErrorKind::Connect => "no connection to the server",
            FetchErrorKind::Content => "the answer does not say what it should",
            FetchErrorKind::Credentials => "the credentials for the server could not be read",
            FetchErrorKind::MediaType => "the answer is of another media type",
            FetchErrorKind::Redirect => "the server sent us elsewhere",
            FetchErrorKind::Runtime => "there is no Tokio runtime to run on",
            FetchErrorKind::Status => "the server answered with another status than 200",
            FetchErrorKind::Timeout => "the server took too long",
            FetchErrorKind::TooLarge => "the answer is too long",
            FetchErrorKind::Transport => "the exchange broke off",
        })
    }
}

impl StdError for FetchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

struct Because(&'static str);

impl fmt::Debug for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Because {}
