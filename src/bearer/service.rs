//! The service: the path of a request.

use std::{
    any::type_name,
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderMap, HeaderValue, Request, Response, request::Parts};
use tower_service::Service;

use super::{
    AuthError, EmptyBody, Reject, ResponseFuture, TokenValidator,
    layer::Shared,
    raise::take_raised,
    render::{Render, add_vary, refuse, replace, report},
    settings::{Caller, Settings},
};
use crate::{RequestHead, grpc};

/// The service of [`BearerAuthLayer`](crate::BearerAuthLayer).
pub struct BearerAuth<S, V, R = EmptyBody> {
    inner: S,
    shared: Arc<Shared<V, R>>,
}

impl<S, V, R> BearerAuth<S, V, R> {
    pub(super) fn new(inner: S, shared: Arc<Shared<V, R>>) -> Self {
        Self { inner, shared }
    }
}

impl<S, V, R, ReqBody, ResBody> Service<Request<ReqBody>> for BearerAuth<S, V, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    V: TokenValidator,
    R: Reject<ResBody>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let settings = &self.shared.settings;
        let shared: Arc<dyn Render<S::Response>> = self.shared.clone();
        let grpc = grpc::content_type(request.method(), request.headers()).map(short);
        if settings.exempts(&RequestHead::new(&request)) {
            let caller = Settings::pass_unasked(request.extensions_mut());
            return ResponseFuture::passed(self.inner.call(request), caller, grpc, shared);
        }
        match self.shared.check_now(&mut request) {
            Some(Ok(caller)) => {
                settings.remove_token(request.headers_mut());
                ResponseFuture::passed(self.inner.call(request), caller, grpc, shared)
            }
            Some(Err(error)) => {
                self.inner = self.inner.clone(); // gives back what was polled ready
                ResponseFuture::refused(error, grpc, shared)
            }
            None => {
                // A caller who is not verified holds no permit and no buffer slot: what was polled ready goes, and a clone
                // that was not polled is driven ready after the verdict.
                let later = self.inner.clone();
                self.inner = later.clone();
                let (parts, body) = request.into_parts(); // only the head goes into the boxed part
                let check = Box::pin(self.shared.clone().check(parts));
                ResponseFuture::checking(check, body, later, grpc, shared)
            }
        }
    }
}

impl<V: TokenValidator, R> Shared<V, R> {
    /// Answers where that needs no waiting.
    #[inline]
    fn check_now<B>(&self, request: &mut Request<B>) -> Option<Result<Caller, AuthError>> {
        let answer = if self.settings.mark_sensitive(request.headers_mut()) {
            match self.settings.credentials(RequestHead::new(request)) {
                Ok(credentials) => {
                    let mut answer = self.validator.validate_now(credentials)?;
                    if let Err(error) = &mut answer {
                        error.be_of_sent_token();
                    }
                    answer
                }
                Err(error) => Err(error),
            }
        } else {
            Err(AuthError::missing_token())
        };
        Some(self.settings.settle(answer, request.extensions_mut()))
    }

    async fn check(self: Arc<Self>, mut parts: Parts) -> Result<(Parts, Caller), AuthError> {
        let answer = match self.settings.credentials(RequestHead::from_parts(&parts)) {
            Ok(credentials) => {
                let mut answer = self.validator.validate(credentials).await;
                if let Err(error) = &mut answer {
                    error.be_of_sent_token();
                }
                answer
            }
            Err(error) => Err(error),
        };
        let caller = self.settings.settle(answer, &mut parts.extensions)?;
        self.settings.remove_token(&mut parts.headers);
        Ok((parts, caller))
    }
}

impl<V, R, B> Render<Response<B>> for Shared<V, R>
where
    V: TokenValidator,
    R: Reject<B>,
{
    fn refuse(&self, error: AuthError, grpc: Option<HeaderValue>) -> Response<B> {
        report(&error);
        let mut response = refuse(&*self.reject, &self.challenges, error, grpc);
        self.add_vary(response.headers_mut());
        response
    }

    fn finish(&self, response: &mut Response<B>, caller: &Caller, grpc: Option<HeaderValue>) {
        if let Some(error) = take_raised(response.extensions_mut()) {
            let (error, was_reported) = caller.refusal(error);
            if !was_reported {
                report(&error);
            }
            let answer = refuse(&*self.reject, &self.challenges, error, grpc);
            replace(response, answer);
        }
        self.add_vary(response.headers_mut());
    }
}

impl<V, R> Shared<V, R> {
    fn add_vary(&self, headers: &mut HeaderMap) {
        if let Some(vary) = &self.vary {
            add_vary(headers, vary);
        }
    }
}

/// What a caller sends as a content type comes back to it, within reason.
fn short(content_type: &HeaderValue) -> HeaderValue {
    if content_type.len() <= 64 {
        content_type.clone()
    } else {
        HeaderValue::from_static("application/grpc")
    }
}

impl<S: Clone, V, R> Clone for BearerAuth<S, V, R> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            shared: self.shared.clone(),
        }
    }
}

impl<S: fmt::Debug, V, R> fmt::Debug for BearerAuth<S, V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuth")
            .field("inner", &self.inner)
            .field("validator", &type_name::<V>())
            .finish_non_exhaustive()
    }
}
