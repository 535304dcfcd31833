//! Hiding that the handler asks for.

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Extensions, Request, Response, request::Parts};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{Conceal, NotFound, Shared, conceal::Bare};
use crate::interop;

/// What a handler answers for an object that this caller is not to see: there is nothing here.
///
/// Where a [`HideLayer`](crate::HideLayer) outside is [`late`](crate::HideLayer::late), the request meets what a hidden one
/// meets. Without one, it is a bare 404; of a Tonic `Status`, `NOT_FOUND`.
///
/// In Axum it is a response, and so can be the error of a handler; for Tonic it becomes a `Status`; for all others
/// `Response::from(hide::conceal())` makes a response of it.
///
/// # Security
/// It must be the answer for an object that does not exist, too, after the same work: what takes longer for one that is
/// there tells it.
///
/// # Examples
/// ```
/// use http::{Response, StatusCode};
/// use tower_postern::hide::{self, Concealed};
///
/// fn read(name: &str, caller: &str) -> Result<String, Concealed> {
///     let owner = [("plans", "ann"), ("notes", "bob")].into_iter().find(|(found, _)| *found == name);
///     match owner {
///         Some((_, owner)) if owner == caller => Ok(format!("{name} of {owner}")),
///         _ => Err(hide::conceal()), // not there, or not for this caller
///     }
/// }
///
/// assert_eq!(read("plans", "ann").as_deref(), Ok("plans of ann"));
/// assert_eq!(read("plans", "bob"), read("no such thing", "bob"));
/// let response = Response::<String>::from(hide::conceal());
/// assert_eq!(response.status(), StatusCode::NOT_FOUND);
/// ```
pub fn conceal() -> Concealed {
    Concealed(())
}

/// What [`conceal`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concealed(());

impl<B: Default> From<Concealed> for Response<B> {
    fn from(concealed: Concealed) -> Self {
        let mut response = NotFound::answer::<B>();
        response.extensions_mut().insert(concealed);
        response
    }
}

impl fmt::Display for Concealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("concealed from this caller")
    }
}

impl StdError for Concealed {}

/// Takes out of the extensions of a response that it was concealed.
fn take_concealed(extensions: &mut Extensions) -> bool {
    !extensions.is_empty()
        && (extensions.remove::<Concealed>().is_some()
            || interop::take_from_status::<Concealed>(extensions).is_some())
}

/// Has the handler say so too: see [`HideLayer::late`](crate::HideLayer::late).
#[derive(Clone, Copy)]
pub struct Late<C>(C);

impl<C> Late<C> {
    pub(super) fn new(conceal: C) -> Self {
        Self(conceal)
    }
}

impl<C: fmt::Debug> fmt::Debug for Late<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Late").field(&self.0).finish()
    }
}

impl<S, B, C, ResBody> Conceal<S, B> for Late<C>
where
    S: Service<Request<B>, Response = Response<ResBody>> + Clone,
    B: Default,
    C: Conceal<S, B>,
{
    type Shown = LateFuture<S, B, C>;
    type Hidden = C::Hidden;

    const ASKS_INNER: bool = C::ASKS_INNER;

    fn show(&self, request: Request<B>, inner: &mut S, shared: &Arc<Shared>) -> Self::Shown {
        let head = head_of(&request);
        LateFuture {
            later: Later {
                conceal: self.0.clone(),
                inner: inner.clone(),
                shared: shared.clone(),
            },
            state: State::Asked {
                future: inner.call(request),
                head: Some(head),
            },
        }
    }

    fn hide(&self, request: Request<B>, inner: &mut S, shared: &Arc<Shared>) -> Self::Hidden {
        self.0.hide(request, inner, shared)
    }

    fn hide_late(&self, request: Request<B>, inner: &mut S, shared: &Arc<Shared>) -> Self::Hidden {
        self.0.hide_late(request, inner, shared)
    }
}

fn head_of<B>(request: &Request<B>) -> Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = request.uri().clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head.extensions = request.extensions().clone();
    head
}

/// What is needed if the handler conceals.
struct Later<S, C> {
    conceal: C,
    inner: S,
    shared: Arc<Shared>,
}

pin_project! {
    /// The response future of a request that is shown, until the handler conceals.
    ///
    /// # Cancel safety
    /// Dropped, it ends the call of the inner service, or of what the concealed request meets, wherever it stands.
    #[must_use = "futures do nothing unless polled"]
    pub struct LateFuture<S, B, C>
    where
        S: Service<Request<B>>,
        C: Conceal<S, B>,
    {
        later: Later<S, C>,
        #[pin]
        state: State<S, B, C>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, B, C>
    where
        S: Service<Request<B>>,
        C: Conceal<S, B>,
    {
        Asked { #[pin] future: S::Future, head: Option<Parts> },
        Readying { request: Option<Request<B>> },
        Hidden { #[pin] future: C::Hidden },
    }
}

impl<S, B, C, ResBody> Future for LateFuture<S, B, C>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    B: Default,
    C: Conceal<S, B>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Asked { future, head } => {
                    let mut response = ready!(future.poll(cx))?;
                    if !take_concealed(response.extensions_mut()) {
                        return Poll::Ready(Ok(response));
                    }
                    match head.take() {
                        Some(head) => State::Readying {
                            request: Some(Request::from_parts(head, B::default())),
                        },
                        None => return Poll::Ready(Ok(response)), // only after an answer was given
                    }
                }
                StateProj::Readying { request } => {
                    let Later {
                        conceal,
                        inner,
                        shared,
                    } = &mut *this.later;
                    if C::ASKS_INNER {
                        ready!(inner.poll_ready(cx))?;
                    }
                    match request.take() {
                        Some(request) => State::Hidden {
                            future: conceal.hide_late(request, inner, shared),
                        },
                        None => return Poll::Pending, // only after an answer was given
                    }
                }
                StateProj::Hidden { future } => return future.poll(cx),
            };
            this.state.set(next);
        }
    }
}

impl<S, B, C> fmt::Debug for LateFuture<S, B, C>
where
    S: Service<Request<B>>,
    C: Conceal<S, B>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LateFuture").finish_non_exhaustive()
    }
}
