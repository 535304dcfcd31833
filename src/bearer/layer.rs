//! The layer, and what it can be told.

use std::{any::type_name, fmt, sync::Arc};

use tower_layer::Layer;

use super::{
    BearerAuth, ConfigError, EmptyBody, Realm, ResourceMetadata, ScopeSet, TokenSource,
    TokenValidator,
    render::Challenges,
    settings::{Mode, Settings},
};
use crate::predicate::Predicate;

/// Makes a service an OAuth 2 protected resource, [RFC 6750].
///
/// Each request is asked for a bearer token, which the [validator](TokenValidator) checks. With a good one the request
/// passes, and the identity and the [grant](super::Grant) go with it; all others are answered with the challenge that the
/// standards ask for, to gRPC calls in trailers. See the [module's page](super) for the order of things.
///
/// # Security
/// Required is the default. What is [`exempt`](Self::exempt), [`optional`](Self::optional) or
/// [`deferred`](Self::deferred) is open unless something inside asks for an identity.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{self, AuthError, Verified, immediate}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "good" => Ok(Verified::new("ann")),
///     _ => Err(AuthError::invalid_token()),
/// });
/// let service = ServiceBuilder::new()
///     .layer(BearerAuthLayer::new(validator).realm("shop")?)
///     .service(service_fn(|request: Request<String>| async move {
///         let user = bearer::identity::<&str>(request.extensions()).copied().unwrap_or("nobody");
///         Ok::<_, std::convert::Infallible>(Response::new(user.to_owned()))
///     }));
///
/// let request = Request::get("/").header("authorization", "Bearer good").body(String::new())?;
/// assert_eq!(service.clone().oneshot(request).await?.into_body(), "ann");
///
/// let response = service.oneshot(Request::get("/").body(String::new())?).await?;
/// assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
/// assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"shop\"");
/// # Ok(()) }
/// ```
///
/// [RFC 6750]: https://www.rfc-editor.org/rfc/rfc6750
#[must_use]
pub struct BearerAuthLayer<V, R = EmptyBody> {
    pub(super) shared: Arc<Shared<V, R>>,
}

pub(super) struct Shared<V, R> {
    pub(super) validator: Arc<V>,
    pub(super) reject: Arc<R>,
    pub(super) settings: Settings,
    pub(super) challenges: Challenges,
    pub(super) vary: Option<http::HeaderValue>,
}

impl<V, R> Shared<V, R> {
    fn new(validator: Arc<V>, reject: Arc<R>, settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            validator,
            reject,
            challenges: Challenges::new(&settings),
            vary: settings.vary(),
            settings,
        })
    }
}

impl<V: TokenValidator> BearerAuthLayer<V> {
    /// Asks each request for a token that `validator` accepts.
    pub fn new(validator: V) -> Self {
        let settings = Settings::new(validator.schemes());
        Self {
            shared: Shared::new(Arc::new(validator), Arc::new(EmptyBody), settings),
        }
    }
}

impl<V, R> BearerAuthLayer<V, R> {
    /// Lets requests without a token pass as [anonymous](super::Outcome::Anonymous). A bad token is refused as ever.
    ///
    /// Every answer then says `Vary: Authorization`, or names the headers of the [sources](Self::sources).
    ///
    /// # Security
    /// A route inside that asks for nothing is open to whoever sends no token.
    ///
    /// # Examples
    /// ```
    /// use http::{Request, Response, StatusCode};
    /// use tower::{ServiceExt, service_fn};
    /// use tower_postern::{BearerAuthLayer, bearer::{AuthError, Verified, immediate}};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let validator = immediate(|credentials| match credentials.token() {
    ///     "good" => Ok(Verified::new("ann")),
    ///     _ => Err(AuthError::invalid_token()),
    /// });
    /// let service = BearerAuthLayer::new(validator).optional()
    ///     .wrap(service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
    ///
    /// assert_eq!(service.clone().oneshot(Request::new(String::new())).await?.status(), StatusCode::OK);
    /// let request = Request::get("/").header("authorization", "Bearer bad").body(String::new())?;
    /// assert_eq!(service.oneshot(request).await?.status(), StatusCode::UNAUTHORIZED);
    /// # Ok(()) }
    /// ```
    pub fn optional(self) -> Self {
        self.set(|settings| settings.mode = Mode::Optional)
    }

    /// Refuses nobody, and records the [outcome](super::Outcome) for what is inside to decide.
    ///
    /// Inside may be a [`RequireLayer`](super::RequireLayer), an extractor, a [`HideLayer`](crate::HideLayer) with a [scope
    /// rule](crate::rule::scope). Every answer then says `Vary: Authorization`, or names the headers of the
    /// [sources](Self::sources).
    ///
    /// # Security
    /// A route inside that asks for nothing is open.
    ///
    /// # Examples
    /// ```
    /// use http::{Request, Response, StatusCode};
    /// use tower::{ServiceExt, service_fn};
    /// use tower_postern::{BearerAuthLayer, bearer::{AuthError, RequireLayer, Verified, immediate}};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let validator = immediate(|credentials| match credentials.token() {
    ///     "good" => Ok(Verified::new("ann")),
    ///     _ => Err(AuthError::invalid_token()),
    /// });
    /// let auth = BearerAuthLayer::new(validator).deferred();
    /// let inner = service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) });
    /// let open = auth.wrap(inner.clone()); // asks for nothing, so it is open
    /// let guarded = auth.wrap(RequireLayer::identity().wrap(inner));
    ///
    /// let request = || Request::get("/").header("authorization", "Bearer bad").body(String::new());
    /// assert_eq!(open.oneshot(request()?).await?.status(), StatusCode::OK);
    /// assert_eq!(guarded.oneshot(request()?).await?.status(), StatusCode::UNAUTHORIZED);
    /// # Ok(()) }
    /// ```
    pub fn deferred(self) -> Self {
        self.set(|settings| settings.mode = Mode::Deferred)
    }

    /// Passes requests on for which `predicate` is a clear yes, such as those to `/health`. Of none, if not set.
    ///
    /// A token that such a request carries is not looked at. Said more than once, one yes is enough.
    ///
    /// # Security
    /// What is exempt is open. A [path rule](crate::rule::path) says yes only where all readings of a path agree, so an odd
    /// spelling of a guarded path is not exempt; one that covers more than was meant is.
    ///
    /// # Examples
    /// ```
    /// use http::{Request, Response, StatusCode};
    /// use tower::{ServiceExt, service_fn};
    /// use tower_postern::{BearerAuthLayer, bearer::{Verified, immediate}, rule};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let service = BearerAuthLayer::new(immediate(|_| Ok(Verified::new("ann"))))
    ///     .exempt(rule::path(["/health"])?)
    ///     .wrap(service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
    ///
    /// let request = |path| Request::get(path).body(String::new());
    /// assert_eq!(service.clone().oneshot(request("/health")?).await?.status(), StatusCode::OK);
    /// assert_eq!(service.clone().oneshot(request("//health")?).await?.status(), StatusCode::UNAUTHORIZED);
    /// assert_eq!(service.oneshot(request("/orders")?).await?.status(), StatusCode::UNAUTHORIZED);
    /// # Ok(()) }
    /// ```
    pub fn exempt(self, predicate: impl Predicate) -> Self {
        self.set(|settings| {
            settings.exempt = Some(match settings.exempt.take() {
                Some(others) => others.or(predicate).erased(),
                None => predicate.erased(),
            });
        })
    }

    /// Asks for a token only where `predicate` is not a clear no: `exempt(predicate.not())`. Everywhere, if not set.
    ///
    /// Said more than once, one that is not a clear no is enough: a second one guards more and never less.
    ///
    /// # Security
    /// A path that the predicate lacks is open: to list what is open, with [`exempt`](Self::exempt), is safer.
    pub fn when(self, predicate: impl Predicate) -> Self {
        self.set(|settings| {
            settings.when = Some(match settings.when.take() {
                Some(others) => others.or(predicate).erased(),
                None => predicate.erased(),
            });
        })
    }

    /// Passes CORS preflights on, which browsers send without a token, as [Fetch] asks.
    ///
    /// For those who cannot put their CORS layer outside, where it belongs.
    ///
    /// # Security
    /// What is inside sees such a request of anybody: an `OPTIONS` with the two headers of a preflight.
    ///
    /// [Fetch]: https://fetch.spec.whatwg.org/#cors-preflight-fetch
    pub fn exempt_preflight(self) -> Self {
        self.set(|settings| settings.exempt_preflight = true)
    }

    /// Names the realm of challenges. `api`, if not set.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Realm`](crate::ConfigErrorKind::Realm), as of [`Realm::parse`].
    pub fn realm(self, text: &str) -> Result<Self, ConfigError> {
        let realm = Realm::parse(text)?;
        Ok(self.set(|settings| settings.realm = realm))
    }

    /// Asks every token for each of the scopes in `text`, which stand there with spaces between them. None, if not set.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Scope`](crate::ConfigErrorKind::Scope), as of [`ScopeSet::parse`].
    pub fn scope(self, text: &str) -> Result<Self, ConfigError> {
        Ok(self.scopes(ScopeSet::parse(text)?))
    }

    /// Asks every token for each of `scopes`. None, if not set.
    pub fn scopes(self, scopes: ScopeSet) -> Self {
        self.set(|settings| settings.scopes = scopes)
    }

    /// Refuses tokens of more than that many bytes before anything else is done with them. 8192, if not set.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.grammar.max_token_bytes = bytes)
    }

    /// Names the address of this resource's metadata in challenges, [RFC 9728, section 5.1]. None, if not set.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Url`](crate::ConfigErrorKind::Url), as of [`ResourceMetadata::parse`].
    ///
    /// [RFC 9728, section 5.1]: https://www.rfc-editor.org/rfc/rfc9728#section-5.1
    pub fn resource_metadata(self, url: &str) -> Result<Self, ConfigError> {
        let metadata = ResourceMetadata::parse(url)?;
        Ok(self.set(|settings| settings.resource_metadata = Some(metadata)))
    }

    /// Looks for tokens in these places. In the `Authorization` header alone, if not set.
    ///
    /// A request with a token in two of them is refused, [RFC 6750, section 2].
    ///
    /// [RFC 6750, section 2]: https://www.rfc-editor.org/rfc/rfc6750#section-2
    pub fn sources(self, sources: impl IntoIterator<Item = TokenSource>) -> Self {
        let mut distinct: Vec<TokenSource> = Vec::new();
        for source in sources {
            if !distinct.contains(&source) {
                distinct.push(source);
            }
        }
        self.set(|settings| settings.sources = distinct.into())
    }

    /// Takes the token out of the request before the inner service sees it. If not set, it stays, marked as sensitive.
    pub fn remove_token(self) -> Self {
        self.set(|settings| settings.remove_token = true)
    }

    /// Accepts tokens that are bound to a key without the proof that the caller has it.
    ///
    /// # Security
    /// A token that was bound so that a thief has no use for it becomes useful to a thief.
    pub fn danger_accept_unproved_confirmations(self) -> Self {
        self.set(|settings| settings.accept_unproved = true)
    }

    /// Answers refusals with this [hook](super::Reject). Without a body, if not set.
    ///
    /// [`ProblemJson`](super::ProblemJson) is one, and so is a closure.
    pub fn reject_with<Q>(self, reject: Q) -> BearerAuthLayer<V, Q> {
        let Shared {
            validator,
            settings,
            ..
        } = &*self.shared;
        BearerAuthLayer {
            shared: Shared::new(validator.clone(), Arc::new(reject), settings.clone()),
        }
    }

    /// Guards a service: the same as `Layer::layer`, for those who do not have the trait in scope.
    pub fn wrap<S>(&self, inner: S) -> BearerAuth<S, V, R> {
        BearerAuth::new(inner, self.shared.clone())
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        let Shared {
            validator,
            reject,
            settings,
            ..
        } = &*self.shared;
        let mut settings = settings.clone();
        change(&mut settings);
        Self {
            shared: Shared::new(validator.clone(), reject.clone(), settings),
        }
    }
}

impl<V, R> Clone for BearerAuthLayer<V, R> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<V, R> fmt::Debug for BearerAuthLayer<V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuthLayer")
            .field("validator", &type_name::<V>())
            .field("mode", &self.shared.settings.mode)
            .finish_non_exhaustive()
    }
}

impl<S, V, R> Layer<S> for BearerAuthLayer<V, R> {
    type Service = BearerAuth<S, V, R>;

    fn layer(&self, inner: S) -> Self::Service {
        self.wrap(inner)
    }
}
