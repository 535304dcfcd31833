//! What builders and parsers of settings return.

use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc};

/// A setting that cannot be used: an error of the programmer or of the operator, found before the first request.
///
/// Its text names the setting and the cure. It never holds a secret.
///
/// # Examples
/// ```
/// use tower_postern::{ConfigErrorKind, bearer::ScopeSet};
///
/// assert!(ScopeSet::parse("orders:read orders:write").is_ok());
///
/// let error = ScopeSet::parse("orders\"read").unwrap_err();
/// assert_eq!(error.kind(), ConfigErrorKind::Scope);
/// assert!(error.to_string().starts_with("scope: "));
/// ```
#[derive(Clone)]
pub struct ConfigError {
    kind: ConfigErrorKind,
    message: Cow<'static, str>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// Which setting cannot be used: the [`kind`](ConfigError::kind) of a [`ConfigError`], and the first word of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// The algorithms that are accepted.
    Algorithms,
    /// The list of static API keys.
    ApiKey,
    /// The audience of access tokens.
    Audience,
    /// The signature backend: a cargo feature is missing.
    Backend,
    /// The name of a claim, or what is asked of it.
    Claim,
    /// The file descriptor sets of gRPC services, or what is said about them.
    Descriptor,
    /// An OpenAPI document, or what is said about it.
    Document,
    /// The name or the value of a header.
    Header,
    /// A host name.
    Host,
    /// The issuer of access tokens.
    Issuer,
    /// A key, or a set of them.
    Key,
    /// The leeway for clocks that differ.
    Leeway,
    /// A limit on size, number or time.
    Limit,
    /// The name of a listener.
    Listener,
    /// A network.
    Network,
    /// The pattern of a path.
    Path,
    /// The realm of a challenge.
    Realm,
    /// A scope, or a list of them.
    Scope,
    /// An address on the network.
    Url,
}

impl ConfigErrorKind {
    fn setting(self) -> &'static str {
        match self {
            Self::Algorithms => "algorithms",
            Self::ApiKey => "API key",
            Self::Audience => "audience",
            Self::Backend => "signature backend",
            Self::Claim => "claim",
            Self::Descriptor => "file descriptor set",
            Self::Document => "OpenAPI document",
            Self::Header => "header",
            Self::Host => "host",
            Self::Issuer => "issuer",
            Self::Key => "key",
            Self::Leeway => "leeway",
            Self::Limit => "limit",
            Self::Listener => "listener",
            Self::Network => "network",
            Self::Path => "path",
            Self::Realm => "realm",
            Self::Scope => "scope",
            Self::Url => "URL",
        }
    }
}

impl ConfigError {
    /// `message` says what is wrong and what to do about it, without the name of the setting.
    pub(crate) fn new(kind: ConfigErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Adds the error from below.
    #[cfg_attr(
        not(any(feature = "jwt", feature = "openapi", feature = "tonic-reflection")),
        expect(dead_code, reason = "only files and documents have one")
    )]
    pub(crate) fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            source: Some(Arc::from(source.into())),
            ..self
        }
    }

    /// Which setting cannot be used.
    pub fn kind(&self) -> ConfigErrorKind {
        self.kind
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.setting(), self.message)
    }
}

impl StdError for ConfigError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}
