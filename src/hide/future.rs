//! The response future.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

pin_project! {
    /// The response future of [`Hide`](super::Hide).
    ///
    /// # Cancel safety
    /// Dropped, it ends the call of the inner service, or of what a hidden request meets, wherever it stands.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<Shown, Hidden> {
        #[pin]
        state: State<Shown, Hidden>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<Shown, Hidden> {
        Shown { #[pin] future: Shown },
        Hidden { #[pin] future: Hidden },
    }
}

impl<Shown, Hidden> ResponseFuture<Shown, Hidden> {
    #[inline]
    pub(super) fn shown(future: Shown) -> Self {
        Self {
            state: State::Shown { future },
        }
    }

    #[inline]
    pub(super) fn hidden(future: Hidden) -> Self {
        Self {
            state: State::Hidden { future },
        }
    }
}

impl<Shown, Hidden> Future for ResponseFuture<Shown, Hidden>
where
    Shown: Future,
    Hidden: Future<Output = Shown::Output>,
{
    type Output = Shown::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Shown { future } => future.poll(cx),
            StateProj::Hidden { future } => future.poll(cx),
        }
    }
}

impl<Shown, Hidden> fmt::Debug for ResponseFuture<Shown, Hidden> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
