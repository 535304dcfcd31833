//! Tokens that are good by themselves and were taken back.

use std::{error::Error as StdError, fmt, sync::Arc};

use super::{AuthError, Credentials, Grant, Schemes, TokenValidator, Verified};

/// Says whether what was granted has been taken back.
///
/// It is asked on every request, after the validator, also where the validator answers from a cache: wrap the validator
/// in [`Revocable`]. [`RevocationList`](super::RevocationList) keeps it in memory; implement the hook for a store that all machines share.
///
/// # Errors
/// Where it cannot be told, the answer is an error: [`AuthError::unavailable`], never "no".
///
/// # Examples
/// ```
/// use tower_postern::bearer::{AuthError, ErrorKind, Grant, Revocation};
///
/// # struct Store;
/// # impl Store { async fn has(&self, key: (&str, &str)) -> std::io::Result<bool> { Ok(key.1 == "stolen") } }
/// struct Shared(Store);
///
/// impl Revocation for Shared {
///     async fn is_revoked(&self, grant: &Grant) -> Result<bool, AuthError> {
///         let (Some(issuer), Some(id)) = (grant.issuer(), grant.token_id()) else {
///             return Err(AuthError::invalid_token()); // what has no name cannot be taken back
///         };
///         self.0.has((issuer, id)).await
///             .map_err(|error| AuthError::unavailable().with_source(error))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), AuthError> {
/// let grant = |id| Grant::builder().issuer("https://id.example").token_id(id).build();
/// assert!(!Shared(Store).is_revoked(&grant("42")).await?);
/// assert!(Shared(Store).is_revoked(&grant("stolen")).await?);
/// let nameless = Shared(Store).is_revoked(&Grant::default()).await;
/// assert!(nameless.is_err_and(|error| error.kind() == ErrorKind::InvalidToken));
/// # Ok(()) }
/// ```
pub trait Revocation: Send + Sync + 'static {
    /// Whether it was taken back, waiting for what is needed to tell.
    fn is_revoked(&self, grant: &Grant) -> impl Future<Output = Result<bool, AuthError>> + Send;

    /// Whether it was taken back, where that needs no waiting. `None`, which is the default, has
    /// [`is_revoked`](Self::is_revoked) asked.
    fn is_revoked_now(&self, grant: &Grant) -> Option<Result<bool, AuthError>> {
        let _ = grant;
        None
    }
}

impl<R: Revocation> Revocation for Arc<R> {
    fn is_revoked(&self, grant: &Grant) -> impl Future<Output = Result<bool, AuthError>> + Send {
        (**self).is_revoked(grant)
    }

    fn is_revoked_now(&self, grant: &Grant) -> Option<Result<bool, AuthError>> {
        (**self).is_revoked_now(grant)
    }
}

/// A validator whose tokens can be taken back.
///
/// # Security
/// It goes around the validator, and so around its cache (`TokenCache`): a token that is taken back is refused
/// with the next request. An answer that has begun goes on.
///
/// # Examples
/// ```
/// use std::time::{Duration, SystemTime};
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{Grant, Revocable, RevocationList, Verified, immediate}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let grant = Grant::builder().issuer("https://id.example").session_id("08a5019c").build();
/// # let validator = immediate(move |_| Ok(Verified::new("ann").with_grant(grant.clone())));
/// let revoked = RevocationList::new(10_000);
/// let service = BearerAuthLayer::new(Revocable::new(validator, revoked.clone()))
///     .wrap(service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
///
/// let request = || Request::get("/").header("authorization", "Bearer of-this-session").body(String::new());
/// assert_eq!(service.clone().oneshot(request()?).await?.status(), StatusCode::OK);
///
/// // Later, when the issuer says that the session ended:
/// let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
/// revoked.revoke_session("https://id.example", "08a5019c", in_an_hour)?;
/// assert_eq!(service.oneshot(request()?).await?.status(), StatusCode::UNAUTHORIZED);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Revocable<V, R> {
    validator: V,
    revocation: R,
}

impl<V: TokenValidator, R: Revocation> Revocable<V, R> {
    /// Asks `revocation` about each token that `validator` accepts.
    pub fn new(validator: V, revocation: R) -> Self {
        Self {
            validator,
            revocation,
        }
    }
}

impl<V: TokenValidator, R: Revocation> TokenValidator for Revocable<V, R> {
    type Identity = V::Identity;

    async fn validate(
        &self,
        credentials: Credentials<'_>,
    ) -> Result<Verified<V::Identity>, AuthError> {
        let verified = match self.validator.validate_now(credentials) {
            Some(answer) => answer?,
            None => self.validator.validate(credentials).await?,
        };
        let revoked = match self.revocation.is_revoked_now(&verified.grant) {
            Some(answer) => answer,
            None => self.revocation.is_revoked(&verified.grant).await,
        };
        decide(verified, revoked)
    }

    fn validate_now(
        &self,
        credentials: Credentials<'_>,
    ) -> Option<Result<Verified<V::Identity>, AuthError>> {
        let verified = match self.validator.validate_now(credentials)? {
            Ok(verified) => verified,
            Err(error) => return Some(Err(error)),
        };
        let revoked = self.revocation.is_revoked_now(&verified.grant)?;
        Some(decide(verified, revoked))
    }

    fn schemes(&self) -> Schemes {
        self.validator.schemes()
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        self.validator.recognizes(credentials)
    }
}

fn decide<I>(
    verified: Verified<I>,
    revoked: Result<bool, AuthError>,
) -> Result<Verified<I>, AuthError> {
    let error = match revoked {
        Ok(false) => return Ok(verified),
        Ok(true) => AuthError::invalid_token().with_static_source(&Revoked),
        Err(error) => error,
    };
    Err(error.of_verified_token())
}

#[derive(Debug)]
struct Revoked;

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token was revoked")
    }
}

impl StdError for Revoked {}
