//! The response future.

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{HeaderValue, Request, request::Parts};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{AuthError, render::Render, settings::Caller, validator::BoxFuture};

pin_project! {
    /// The response future of [`BearerAuth`](super::BearerAuth).
    ///
    /// # Cancel safety
    /// Dropped, it ends the check of the token, or the call of the inner service, wherever it stands.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B>,
        grpc: Option<HeaderValue>,
        shared: Arc<dyn Render<S::Response>>,
    }
}

type Check = BoxFuture<'static, Result<(Parts, Caller), AuthError>>;

pin_project! {
    #[project = StateProj]
    enum State<S, B>
    where
        S: Service<Request<B>>,
    {
        /// The validator waits; the inner service was not polled.
        Checking { check: Check, body: Option<B>, inner: Option<S> },
        /// The token is good; the inner service is driven ready. In a box, for few wait here, and every future would be
        /// larger by a request.
        Readying { request: Option<Box<Request<B>>>, inner: S, caller: Caller },
        Passed { #[pin] inner: S::Future, caller: Caller },
        Refused { error: Option<AuthError> },
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    #[inline]
    pub(super) fn passed(
        inner: S::Future,
        caller: Caller,
        grpc: Option<HeaderValue>,
        shared: Arc<dyn Render<S::Response>>,
    ) -> Self {
        Self {
            state: State::Passed { inner, caller },
            grpc,
            shared,
        }
    }

    #[inline]
    pub(super) fn refused(
        error: AuthError,
        grpc: Option<HeaderValue>,
        shared: Arc<dyn Render<S::Response>>,
    ) -> Self {
        Self {
            state: State::Refused { error: Some(error) },
            grpc,
            shared,
        }
    }

    pub(super) fn checking(
        check: Check,
        body: B,
        inner: S,
        grpc: Option<HeaderValue>,
        shared: Arc<dyn Render<S::Response>>,
    ) -> Self {
        Self {
            state: State::Checking {
                check,
                body: Some(body),
                inner: Some(inner),
            },
            grpc,
            shared,
        }
    }
}

impl<S, B> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    type Output = Result<S::Response, S::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Checking { check, body, inner } => match ready!(check.as_mut().poll(cx))
                {
                    Ok((parts, caller)) => match (body.take(), inner.take()) {
                        (Some(body), Some(mut inner)) => {
                            let request = Request::from_parts(parts, body);
                            match inner.poll_ready(cx)? {
                                Poll::Ready(()) => State::Passed {
                                    inner: inner.call(request),
                                    caller,
                                },
                                Poll::Pending => State::Readying {
                                    request: Some(Box::new(request)),
                                    inner,
                                    caller,
                                },
                            }
                        }
                        _ => return Poll::Pending, // only after an answer was given
                    },
                    Err(error) => State::Refused { error: Some(error) },
                },
                StateProj::Readying {
                    request,
                    inner,
                    caller,
                } => {
                    ready!(inner.poll_ready(cx))?;
                    match request.take() {
                        Some(request) => State::Passed {
                            inner: inner.call(*request),
                            caller: mem::replace(caller, Caller::Anonymous),
                        },
                        None => return Poll::Pending, // only after an answer was given
                    }
                }
                StateProj::Passed { inner, caller } => {
                    let mut response = ready!(inner.poll(cx))?;
                    this.shared.finish(&mut response, caller, this.grpc.take());
                    return Poll::Ready(Ok(response));
                }
                StateProj::Refused { error } => match error.take() {
                    Some(error) => {
                        let response = this.shared.refuse(error, this.grpc.take());
                        return Poll::Ready(Ok(response));
                    }
                    None => return Poll::Pending, // only after an answer was given
                },
            };
            this.state.set(next);
        }
    }
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
