//! Tokens whose name says what becomes of them, validators of every kind, and a service that says who called.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use http::{Extensions, Request, Response, header::AUTHORIZATION};
use tower::{Service, ServiceExt, service_fn, util::BoxCloneService};
use tower_postern::{
    BearerAuthLayer,
    bearer::{
        self, AuthError, Confirmation, ConfirmationMethod, Credentials, ErasedValidator, Grant,
        Outcome, Token, TokenValidator, Verified, immediate, validator_fn,
    },
    scopes,
};

/// An identity of a service's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User(pub(crate) &'static str);

/// What the tokens of the tests are worth.
pub(crate) fn judge(token: &str) -> Result<Verified<User>, AuthError> {
    let bound = Confirmation::new(ConfirmationMethod::JwkThumbprint, "thumbprint");
    match token {
        "ann" => Ok(User("ann").into()),
        "reader" => Ok(Verified::new(User("reader")).with_grant(
            Grant::builder()
                .subject("reader")
                .scopes(scopes!("orders:read"))
                .build(),
        )),
        "writer" => Ok(Verified::new(User("writer")).with_grant(
            Grant::builder()
                .scopes(scopes!("orders:read orders:write"))
                .build(),
        )),
        "bound" => Ok(Verified::new(User("bound")).with_grant(
            Grant::builder()
                .scopes(scopes!("orders:read"))
                .confirmation(bound)
                .build(),
        )),
        "proved" => Ok(Verified::new(User("proved")).with_grant(
            Grant::builder()
                .scopes(scopes!("orders:read"))
                .confirmation(bound)
                .prove(ConfirmationMethod::JwkThumbprint)
                .build(),
        )),
        "expired" => Err(AuthError::expired_token()),
        "barred" => Err(AuthError::forbidden()),
        "down" => Err(AuthError::unavailable()),
        "down-for-90s" => {
            Err(AuthError::unavailable().with_retry_after(Duration::from_millis(89_001)))
        }
        "unseen" => Err(AuthError::missing_token()),
        _ => Err(AuthError::invalid_token()),
    }
}

/// Answers at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now;

impl TokenValidator for Now {
    type Identity = User;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<User>, AuthError> {
        judge(credentials.token())
    }

    fn validate_now(
        &self,
        credentials: Credentials<'_>,
    ) -> Option<Result<Verified<User>, AuthError>> {
        Some(judge(credentials.token()))
    }
}

/// Waits before it answers; for the token `hang` for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waits;

impl TokenValidator for Waits {
    type Identity = User;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<User>, AuthError> {
        tokio::task::yield_now().await;
        if credentials.token() == "hang" {
            std::future::pending::<()>().await;
        }
        judge(credentials.token())
    }
}

/// Answers at once, unless the token says `hang` or begins with `slow-`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mostly;

impl TokenValidator for Mostly {
    type Identity = User;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<User>, AuthError> {
        tokio::task::yield_now().await;
        match credentials.token().strip_prefix("slow-") {
            Some(token) => judge(token),
            None => std::future::pending().await,
        }
    }

    fn validate_now(
        &self,
        credentials: Credentials<'_>,
    ) -> Option<Result<Verified<User>, AuthError>> {
        let waits = credentials.token() == "hang" || credentials.token().starts_with("slow-");
        (!waits).then(|| judge(credentials.token()))
    }
}

/// What is outside the layer, with all types erased.
pub(crate) type Guarded = BoxCloneService<Request<String>, Response<String>, Infallible>;

/// What a layer is told, whatever its validator is.
pub(crate) trait Tell {
    fn tell<V>(&self, layer: BearerAuthLayer<V>) -> BearerAuthLayer<V>;
}

/// The same service behind a validator of every kind, on the path that answers at once and on the one that waits.
pub(crate) fn every_way<S>(tell: &impl Tell, inner: &S) -> Vec<(&'static str, Guarded)>
where
    S: Service<Request<String>, Response = Response<String>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    fn erased(waits: bool) -> ErasedValidator<User> {
        if waits { Waits.erased() } else { Now.erased() }
    }
    let wrap = Wrap { tell, inner };
    vec![
        ("struct, at once", wrap.guard(Now)),
        ("struct, waiting", wrap.guard(Waits)),
        (
            "closure, at once",
            wrap.guard(immediate(|credentials| judge(credentials.token()))),
        ),
        (
            "closure, waiting",
            wrap.guard(validator_fn(|token: Token| async move {
                tokio::task::yield_now().await;
                judge(token.as_str())
            })),
        ),
        ("erased, at once", wrap.guard(erased(false))),
        ("erased, waiting", wrap.guard(erased(true))),
        ("shared, at once", wrap.guard(std::sync::Arc::new(Now))),
        ("boxed, waiting", wrap.guard(Box::new(Waits))),
        ("mapped, at once", wrap.guard(Now.map(|user| user))),
        ("mapped, waiting", wrap.guard(Waits.map(|user| user))),
        (
            "and then",
            wrap.guard(Now.and_then(|user| async move { Ok(user) })),
        ),
        (
            "and then, waiting",
            wrap.guard(Waits.and_then(|user| async move {
                tokio::task::yield_now().await;
                Ok(user)
            })),
        ),
        ("or, at once", wrap.guard(Now.or(Waits))),
        ("or, waiting", wrap.guard(Waits.or(Now))),
    ]
}

struct Wrap<'a, T, S> {
    tell: &'a T,
    inner: &'a S,
}

impl<T, S> Wrap<'_, T, S>
where
    T: Tell,
    S: Service<Request<String>, Response = Response<String>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    fn guard(&self, validator: impl TokenValidator<Identity = User>) -> Guarded {
        let layer = self.tell.tell(BearerAuthLayer::new(validator));
        layer.wrap(self.inner.clone()).boxed_clone()
    }
}

/// Says who called, and panics where a caller breaks the contract of `Service`: a call needs a readiness of its own.
#[derive(Debug, Default)]
pub(crate) struct Echo {
    ready: bool,
}

impl Clone for Echo {
    fn clone(&self) -> Self {
        Self::default() // a clone has not been polled ready
    }
}

impl Service<Request<String>> for Echo {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        assert!(self.ready, "called without having been polled ready");
        self.ready = false;
        ready(Ok(Response::new(who(request.extensions()))))
    }
}

/// Who called, as a service inside sees it.
pub(crate) fn who(extensions: &Extensions) -> String {
    match bearer::outcome(extensions) {
        None => "no layer".to_owned(),
        Some(Outcome::Anonymous) => {
            assert!(bearer::identity::<User>(extensions).is_none());
            "anonymous".to_owned()
        }
        Some(Outcome::Authenticated(_)) => match bearer::identity::<User>(extensions) {
            Some(user) => user.0.to_owned(),
            None => "someone else".to_owned(),
        },
        Some(Outcome::Refused(error)) => {
            assert!(bearer::identity::<User>(extensions).is_none());
            format!("refused: {}", error.kind().as_str())
        }
        Some(other) => panic!("an outcome that the tests do not know: {other:?}"),
    }
}

/// A request with these `Authorization` lines.
pub(crate) fn request(lines: &[&str]) -> Request<String> {
    let mut request = Request::new(String::new());
    for line in lines {
        request
            .headers_mut()
            .append(AUTHORIZATION, line.parse().unwrap());
    }
    request
}

/// Raises what it is told to.
pub(crate) fn raises(
    error: fn() -> AuthError,
) -> impl Service<Request<String>, Response = Response<String>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static {
    service_fn(move |_: Request<String>| async move { Ok(bearer::raise::<String>(error())) })
}

/// A request with this token.
pub(crate) fn bearing(token: &str) -> Request<String> {
    request(&[&format!("Bearer {token}")])
}

/// The same as a gRPC call.
pub(crate) fn as_grpc<B>(mut request: Request<B>) -> Request<B> {
    *request.method_mut() = http::Method::POST;
    let content_type = "application/grpc+proto".parse().unwrap();
    request.headers_mut().insert("content-type", content_type);
    request
}

/// A response as text: status, headers sorted, body.
pub(crate) fn text<B: AsRef<str>>(response: &Response<B>) -> String {
    let mut lines: Vec<String> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines.insert(0, response.status().as_u16().to_string());
    let body = response.body().as_ref();
    if !body.is_empty() {
        lines.push(String::new());
        lines.push(body.to_owned());
    }
    lines.join("\n")
}

/// What a service answers.
pub(crate) async fn ask<S, B>(service: &S, request: Request<B>) -> Response<String>
where
    S: Service<Request<B>, Response = Response<String>> + Clone,
    S::Error: std::fmt::Debug,
{
    service.clone().oneshot(request).await.unwrap()
}

/// Polls once, with a waker that does nothing.
pub(crate) fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}
