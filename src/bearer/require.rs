//! What a route asks of its callers, decided after authentication.

use std::task::{Context, Poll};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{AuthError, Grant, Outcome, ScopeSet, outcome, outcome::no_layer, raise};
use crate::{ConfigError, RequestHead};

/// Lets only those callers pass whose token grants what the route asks for.
///
/// It stands inside a [`BearerAuthLayer`](crate::BearerAuthLayer), on a route, a router or a single gRPC service
/// (`named_layer`), and that layer renders its refusals, with the scopes that were asked for in the challenge. A caller
/// without a token meets 401, one with too little scope 403.
///
/// # Security
/// Without a layer outside nothing passes: 500, and an event that says so.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{AuthError, Grant, RequireLayer, Verified, immediate}, scopes};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| match credentials.token() {
///     "reader" => Ok(Verified::new("ann").with_grant(Grant::builder().scopes(scopes!("orders:read")).build())),
///     "nobody" => Ok(Verified::new("bob")),
///     _ => Err(AuthError::invalid_token()),
/// });
/// let service = ServiceBuilder::new()
///     .layer(BearerAuthLayer::new(validator))
///     .layer(RequireLayer::scopes(scopes!("orders:read")))
///     .service(service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
///
/// let request = |token| Request::get("/orders").header("authorization", format!("Bearer {token}")).body(String::new());
/// assert_eq!(service.clone().oneshot(request("reader")?).await?.status(), StatusCode::OK);
/// assert_eq!(service.oneshot(request("nobody")?).await?.status(), StatusCode::FORBIDDEN);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RequireLayer {
    pub(super) wanted: Wanted,
}

#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Identity,
    All(ScopeSet),
    Any(ScopeSet),
}

impl RequireLayer {
    /// Asks for a good token, whatever it grants.
    ///
    /// Inside a layer that is [`optional`](crate::BearerAuthLayer::optional) or
    /// [`deferred`](crate::BearerAuthLayer::deferred); a required one asks for it anyway.
    pub fn identity() -> Self {
        Self {
            wanted: Wanted::Identity,
        }
    }

    /// Asks for each of the scopes in `text`, which stand there with spaces between them.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Scope`](crate::ConfigErrorKind::Scope), as of [`ScopeSet::parse`].
    pub fn scope(text: &str) -> Result<Self, ConfigError> {
        ScopeSet::parse(text).map(Self::scopes)
    }

    /// Asks for each of the scopes. Of none: for a good token.
    pub fn scopes(scopes: ScopeSet) -> Self {
        Self {
            wanted: Wanted::All(scopes),
        }
    }

    /// Asks for at least one of the scopes. Of none, nobody passes.
    pub fn any_scope(scopes: ScopeSet) -> Self {
        Self {
            wanted: Wanted::Any(scopes),
        }
    }

    /// Guards a service: the same as `Layer::layer`, for those who do not have the trait in scope.
    pub fn wrap<S>(&self, inner: S) -> Require<S> {
        Require {
            inner,
            layer: self.clone(),
        }
    }

    fn check(&self, head: &RequestHead<'_>) -> Result<(), AuthError> {
        match outcome(head.extensions()) {
            Some(Outcome::Authenticated(grant)) => self.wanted.check(grant),
            Some(Outcome::Anonymous) => Err(self.wanted.name_in(AuthError::missing_token())),
            Some(Outcome::Refused(error)) => Err(self.wanted.name_in(error.clone())),
            None => Err(no_layer()),
        }
    }
}

impl Wanted {
    fn check(&self, grant: &Grant) -> Result<(), AuthError> {
        match self {
            Self::Identity => Ok(()),
            Self::All(scopes) if grant.scopes().contains_all(scopes) => Ok(()),
            Self::Any(scopes) if grant.scopes().contains_any(scopes) => Ok(()),
            Self::All(scopes) | Self::Any(scopes) => {
                Err(AuthError::insufficient_scope(scopes.clone()))
            }
        }
    }

    /// So that a client can ask for all that it needs, the first time.
    fn name_in(&self, error: AuthError) -> AuthError {
        match self {
            Self::Identity => error,
            Self::All(scopes) | Self::Any(scopes) => error.with_scopes(scopes.clone()),
        }
    }
}

impl<S> Layer<S> for RequireLayer {
    type Service = Require<S>;

    fn layer(&self, inner: S) -> Require<S> {
        self.wrap(inner)
    }
}

/// The service of [`RequireLayer`].
#[derive(Clone, Debug)]
pub struct Require<S> {
    inner: S,
    layer: RequireLayer,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Require<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = RequireFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let state = match self.layer.check(&RequestHead::new(&request)) {
            Ok(()) => RequireState::Passed {
                inner: self.inner.call(request),
            },
            Err(error) => RequireState::Refused { error: Some(error) },
        };
        RequireFuture { state }
    }
}

pin_project! {
    /// The response future of [`Require`].
    #[must_use = "futures do nothing unless they are polled"]
    #[derive(Debug)]
    pub struct RequireFuture<F> {
        #[pin]
        state: RequireState<F>,
    }
}

pin_project! {
    #[project = RequireStateProj]
    #[derive(Debug)]
    enum RequireState<F> {
        Passed { #[pin] inner: F },
        Refused { error: Option<AuthError> },
    }
}

impl<F, B, E> Future for RequireFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().state.project() {
            RequireStateProj::Passed { inner } => inner.poll(cx),
            RequireStateProj::Refused { error } => match error.take() {
                Some(error) => Poll::Ready(Ok(raise(error))),
                None => Poll::Pending,
            },
        }
    }
}
