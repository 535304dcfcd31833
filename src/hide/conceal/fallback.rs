//! The service that never had what is hidden.

use std::{
    any::type_name,
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::Request;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{Conceal, Shared};

/// Another service, to which hidden requests are dispatched: see [`HideLayer::fallback`](crate::HideLayer::fallback).
#[derive(Clone, Copy)]
pub struct Fallback<F>(F);

impl<F> Fallback<F> {
    pub(in crate::hide) fn new(service: F) -> Self {
        Self(service)
    }
}

impl<F> fmt::Debug for Fallback<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fallback").field(&type_name::<F>()).finish()
    }
}

impl<S, B, F> Conceal<S, B> for Fallback<F>
where
    S: Service<Request<B>>,
    F: Service<Request<B>, Response = S::Response, Error: Into<S::Error>> + Clone,
{
    type Shown = S::Future;
    type Hidden = FallbackFuture<F, B, S::Error>;

    #[inline]
    fn show(&self, request: Request<B>, inner: &mut S, _: &Arc<Shared>) -> Self::Shown {
        inner.call(request)
    }

    fn hide(&self, request: Request<B>, _: &mut S, _: &Arc<Shared>) -> Self::Hidden {
        FallbackFuture {
            state: State::Readying {
                service: self.0.clone(),
                request: Some(request),
            },
            error: PhantomData,
        }
    }
}

pin_project! {
    /// The response future of a hidden request that [`Fallback`] takes: drives the service ready, then calls it.
    #[must_use = "futures do nothing unless polled"]
    pub struct FallbackFuture<F, B, E>
    where
        F: Service<Request<B>>,
    {
        #[pin]
        state: State<F, B>,
        error: PhantomData<fn() -> E>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F, B>
    where
        F: Service<Request<B>>,
    {
        Readying { service: F, request: Option<Request<B>> },
        Called { #[pin] future: F::Future },
    }
}

impl<F, B, E> Future for FallbackFuture<F, B, E>
where
    F: Service<Request<B>, Error: Into<E>>,
{
    type Output = Result<F::Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Readying { service, request } => {
                    ready!(service.poll_ready(cx)).map_err(Into::into)?;
                    match request.take() {
                        Some(request) => State::Called {
                            future: service.call(request),
                        },
                        None => return Poll::Pending, // only after an answer was given
                    }
                }
                StateProj::Called { future } => return future.poll(cx).map_err(Into::into),
            };
            this.state.set(next);
        }
    }
}

impl<F, B, E> fmt::Debug for FallbackFuture<F, B, E>
where
    F: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FallbackFuture").finish_non_exhaustive()
    }
}
