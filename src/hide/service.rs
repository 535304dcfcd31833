//! The service: a request is shown or hidden.

use std::{
    any::type_name,
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::Request;
use tower_service::Service;

use super::{Conceal, ResponseFuture, Shared};
use crate::RequestHead;

/// The service of [`HideLayer`](crate::HideLayer).
pub struct Hide<S, C> {
    inner: S,
    shared: Arc<Shared>,
    /// Beside the `Arc`, not in it: a fallback need not be `Sync`.
    conceal: C,
}

impl<S, C> Hide<S, C> {
    pub(super) fn new(inner: S, shared: Arc<Shared>, conceal: C) -> Self {
        Self {
            inner,
            shared,
            conceal,
        }
    }
}

impl<S, C, B> Service<Request<B>> for Hide<S, C>
where
    S: Service<Request<B>>,
    C: Conceal<S, B>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<C::Shown, C::Hidden>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.shared.passes(&RequestHead::new(&request)) {
            ResponseFuture::shown(self.conceal.show(request, &mut self.inner, &self.shared))
        } else {
            ResponseFuture::hidden(self.conceal.hide(request, &mut self.inner, &self.shared))
        }
    }
}

impl<S: Clone, C: Clone> Clone for Hide<S, C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            shared: self.shared.clone(),
            conceal: self.conceal.clone(),
        }
    }
}

impl<S: fmt::Debug, C> fmt::Debug for Hide<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hide")
            .field("inner", &self.inner)
            .field("shared", &self.shared)
            .field("conceal", &type_name::<C>())
            .finish()
    }
}
