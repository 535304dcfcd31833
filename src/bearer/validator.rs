//! The hook that says whether a token is good, and for whom.

use std::{any::type_name, fmt, pin::Pin, sync::Arc};

use http::HeaderValue;

use super::{AndThen, AuthError, Grant, Map, Or, TokenSource};
use crate::RequestHead;

/// Says whether a token is good, for whom, and what it grants.
///
/// Implement it with an `async fn`; write `validate_now` too where an answer needs no waiting, and the layer then neither
/// allocates for it nor clones the inner service. Closures become validators through [`validator_fn`](super::validator_fn) and
/// [`immediate`](super::immediate).
///
/// # Errors
/// A validator keeps apart whose fault it is: [`AuthError::invalid_token`] refuses the token, and what could not be
/// checked is [`AuthError::unavailable`], for the token may be good. It has a token before it: of a validator,
/// [`AuthError::missing_token`] is the same as `invalid_token`.
///
/// # Security
/// The token is everything a thief needs. It is compared in constant time, and never logged.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, bearer::{AuthError, Credentials, TokenValidator, Verified}};
/// # #[derive(Clone)] struct User { name: String }
/// # struct Pool;
/// # impl Pool {
/// #     async fn user_by_token(&self, token: &str) -> std::io::Result<Option<User>> {
/// #         Ok((token == "good").then(|| User { name: "ann".into() }))
/// #     }
/// # }
///
/// struct Sessions { pool: Pool }
///
/// impl TokenValidator for Sessions {
///     type Identity = User;
///
///     async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<User>, AuthError> {
///         let user = self.pool.user_by_token(credentials.token()).await
///             .map_err(|error| AuthError::unavailable().with_source(error))?; // our outage: 503
///         Ok(user.ok_or_else(AuthError::invalid_token)?.into()) // 401, `error="invalid_token"`
///     }
/// }
///
/// let layer = BearerAuthLayer::new(Sessions { pool: Pool });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a token validator",
    note = "implement `TokenValidator` (an `async fn validate`), or wrap a closure: `validator_fn(|token: Token| async move {{ .. }})`"
)]
pub trait TokenValidator: Send + Sync + 'static {
    /// What the handler gets: claims, a user. It is cloned for each handler that asks for it.
    type Identity: Clone + Send + Sync + 'static;

    /// Checks the token, waiting for what it needs.
    fn validate<'a>(
        &'a self,
        credentials: Credentials<'a>,
    ) -> impl Future<Output = Result<Verified<Self::Identity>, AuthError>> + Send;

    /// Checks the token where that needs no waiting. `None`, which is the default, has [`validate`](Self::validate) asked.
    fn validate_now(
        &self,
        credentials: Credentials<'_>,
    ) -> Option<Result<Verified<Self::Identity>, AuthError>> {
        let _ = credentials;
        None
    }

    /// The authentication schemes that the challenges name, and in which a token may come. `Bearer`, if not written.
    fn schemes(&self) -> Schemes {
        Schemes::BEARER
    }

    /// Whether these credentials are this validator's to judge: by scheme, source, shape, or an issuer that is not verified
    /// yet. Cheap, and without waiting. [`or`](Self::or) asks it. True, if not written.
    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        let _ = credentials;
        true
    }

    /// Makes another identity of this one; the grant stays.
    fn map<F, I>(self, f: F) -> Map<Self, F>
    where
        Self: Sized,
        F: Fn(Self::Identity) -> I + Send + Sync + 'static,
        I: Clone + Send + Sync + 'static,
    {
        Map::new(self, f)
    }

    /// Makes another identity of this one, waiting for it, or refuses: this is where the current user is loaded. The grant
    /// stays.
    fn and_then<F, Fut, I>(self, f: F) -> AndThen<Self, F>
    where
        Self: Sized,
        F: Fn(Self::Identity) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<I, AuthError>> + Send,
        I: Clone + Send + Sync + 'static,
    {
        AndThen::new(self, f)
    }

    /// The first of both that [recognizes](Self::recognizes) the credentials decides. Where neither does, they are refused.
    ///
    /// # Security
    /// Nothing falls through: neither a refusal nor an outage of the first is passed to the second, or a token that one
    /// refused would be revived by the other.
    fn or<V>(self, other: V) -> Or<Self, V>
    where
        Self: Sized,
        V: TokenValidator<Identity = Self::Identity>,
    {
        Or::new(self, other)
    }

    /// One type for all validators of an identity, for a choice at run time.
    fn erased(self) -> ErasedValidator<Self::Identity>
    where
        Self: Sized,
    {
        ErasedValidator(Arc::new(self))
    }
}

/// A good token: for whom, and what it grants.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified<I> {
    /// What the handler gets.
    pub identity: I,
    /// What policies read.
    pub grant: Grant,
}

impl<I> Verified<I> {
    /// A good token that grants nothing but to be this identity.
    pub fn new(identity: I) -> Self {
        Self {
            identity,
            grant: Grant::default(),
        }
    }

    /// Adds what it grants.
    #[must_use]
    pub fn with_grant(self, grant: Grant) -> Self {
        Self { grant, ..self }
    }

    /// Makes another identity of this one; the grant stays.
    pub fn map<J>(self, f: impl FnOnce(I) -> J) -> Verified<J> {
        Verified {
            identity: f(self.identity),
            grant: self.grant,
        }
    }
}

impl<I> From<I> for Verified<I> {
    fn from(identity: I) -> Self {
        Self::new(identity)
    }
}

/// A token, how it came, and with which request.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    token: &'a str,
    scheme: Option<Scheme>,
    source: &'a TokenSource,
    head: RequestHead<'a>,
    /// The line that the token stands in, so that [`Token`] can share its bytes.
    line: Option<&'a HeaderValue>,
}

impl<'a> Credentials<'a> {
    /// A bearer token from the `Authorization` header of a request: what the layer makes, for tests of validators.
    pub fn new(token: &'a str, head: RequestHead<'a>) -> Self {
        Self {
            token,
            scheme: Some(Scheme::Bearer),
            source: TokenSource::AUTHORIZATION,
            head,
            line: None,
        }
    }

    pub(super) fn found(
        token: &'a str,
        scheme: Option<Scheme>,
        source: &'a TokenSource,
        head: RequestHead<'a>,
        line: &'a HeaderValue,
    ) -> Self {
        Self {
            token,
            scheme,
            source,
            head,
            line: Some(line),
        }
    }

    /// The token, within the grammar of [RFC 6750, section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1) where
    /// it came in the `Authorization` header.
    pub fn token(&self) -> &'a str {
        self.token
    }

    /// The token with a life of its own; it shares the header's bytes.
    pub fn to_token(&self) -> Token {
        let line = self
            .line
            .filter(|line| line.as_bytes().ends_with(self.token.as_bytes()))
            .cloned();
        let mut line = line
            .or_else(|| HeaderValue::from_str(self.token).ok())
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
#[derive(Clone)]
pub struct Token {
    line: HeaderValue,
    start: usize,
}

impl Token {
    /// The token.
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

/// An authentication scheme of HTTP in which a token comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `Bearer`, [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750).
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

/// The authentication schemes of a validator.
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

pub(super) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
pub(super) type Answer<I> = Result<Verified<I>, AuthError>;

impl<V: TokenValidator> TokenValidator for Arc<V> {
    type Identity = V::Identity;

    fn validate<'a>(
        &'a self,
        credentials: Credentials<'a>,
    ) -> impl Future<Output = Answer<V::Identity>> + Send {
        (**self).validate(credentials)
    }

    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<V::Identity>> {
        (**self).validate_now(credentials)
    }

    fn schemes(&self) -> Schemes {
        (**self).schemes()
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        (**self).recognizes(credentials)
    }
}

impl<V: TokenValidator> TokenValidator for Box<V> {
    type Identity = V::Identity;

    fn validate<'a>(
        &'a self,
        credentials: Credentials<'a>,
    ) -> impl Future<Output = Answer<V::Identity>> + Send {
        (**self).validate(credentials)
    }

    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<V::Identity>> {
        (**self).validate_now(credentials)
    }

    fn schemes(&self) -> Schemes {
        (**self).schemes()
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        (**self).recognizes(credentials)
    }
}

/// One type for all validators of an identity: see [`TokenValidator::erased`].
pub struct ErasedValidator<I>(Arc<dyn Erased<I>>);

trait Erased<I>: Send + Sync + 'static {
    fn validate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Answer<I>>;
    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<I>>;
    fn schemes(&self) -> Schemes;
    fn recognizes(&self, credentials: &Credentials<'_>) -> bool;
    fn name(&self) -> &'static str;
}

impl<V: TokenValidator> Erased<V::Identity> for V {
    fn validate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Answer<V::Identity>> {
        Box::pin(TokenValidator::validate(self, credentials))
    }

    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<V::Identity>> {
        TokenValidator::validate_now(self, credentials)
    }

    fn schemes(&self) -> Schemes {
        TokenValidator::schemes(self)
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        TokenValidator::recognizes(self, credentials)
    }

    fn name(&self) -> &'static str {
        type_name::<V>()
    }
}

impl<I: Clone + Send + Sync + 'static> TokenValidator for ErasedValidator<I> {
    type Identity = I;

    async fn validate(&self, credentials: Credentials<'_>) -> Answer<I> {
        self.0.validate(credentials).await
    }

    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<I>> {
        self.0.validate_now(credentials)
    }

    fn schemes(&self) -> Schemes {
        self.0.schemes()
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        self.0.recognizes(credentials)
    }

    fn erased(self) -> Self {
        self
    }
}

impl<I> Clone for ErasedValidator<I> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<I: 'static> fmt::Debug for ErasedValidator<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErasedValidator")
            .field(&self.0.name())
            .finish()
    }
}
