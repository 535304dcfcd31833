//! The hook that says whether a token is good, and for whom.

use std::pin::Pin;

use super::{AndThen, AuthError, Credentials, ErasedValidator, Grant, Map, Or, Schemes};

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
/// # Cancel safety
/// The future of [`validate`](Self::validate) is dropped where the caller goes away. What must go on without him, such as a
/// fetch that others wait for too, is a task of its own.
///
/// # Security
/// The token is everything a thief needs: compare it in constant time (as [`Secret`](crate::Secret) does), and never log it.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
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
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = BearerAuthLayer::new(Sessions { pool: Pool })
///     .wrap(service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
///
/// let request = |token| Request::get("/").header("authorization", format!("Bearer {token}")).body(String::new());
/// assert_eq!(service.clone().oneshot(request("good")?).await?.status(), StatusCode::OK);
/// assert_eq!(service.oneshot(request("bad")?).await?.status(), StatusCode::UNAUTHORIZED);
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a token validator",
    note = "implement `TokenValidator` (an `async fn validate`), or wrap a closure: `validator_fn(|token: Token| async move {{ .. }})`",
    note = "a builder makes one: put `.build()?` behind it"
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

    /// Whether these credentials are this validator's to judge, which [`or`](Self::or) asks. True, if not written.
    ///
    /// By scheme, source, shape, or an issuer that is not verified yet: cheap, and without waiting.
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
        ErasedValidator::new(self)
    }
}

/// What a validator says of a good token: for whom it is, and what it grants.
///
/// # Examples
/// ```
/// use tower_postern::{bearer::{Grant, Verified}, scopes};
///
/// let ann = Verified::new("ann").with_grant(Grant::builder().scopes(scopes!("orders:read")).build());
/// assert!(ann.grant.has_scope("orders:read"));
///
/// let bob: Verified<&str> = "bob".into();
/// assert!(!bob.grant.has_scope("orders:read"));
/// ```
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

pub(super) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
pub(super) type Answer<I> = Result<Verified<I>, AuthError>;
