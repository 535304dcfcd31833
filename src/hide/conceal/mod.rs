//! What a hidden request meets.

mod bare;
mod fallback;
mod reroute;

use std::sync::Arc;

use http::Request;
use tower_service::Service;

pub(super) use self::bare::Bare;
#[cfg(feature = "tonic-health")]
pub(crate) use self::reroute::absent_name;
pub use self::{
    bare::{NotFound, Unimplemented},
    fallback::{Fallback, FallbackFuture},
    reroute::{Reroute, RerouteFuture},
};
use super::{Late, Shared};

/// Nothing yet: a [`HideLayer`](crate::HideLayer) that was not told what a hidden request meets, and so is no layer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Undecided;

/// What a [`HideLayer`](crate::HideLayer) was told that a hidden request meets. Only this crate implements it.
#[diagnostic::on_unimplemented(
    message = "a `HideLayer` must say what a hidden request meets",
    label = "add `.fallback(public_service)`, `.reroute()`, `.not_found()` or `.unimplemented()`",
    note = "for a router of Axum or Tonic, `hide_routes` puts it together"
)]
pub trait Decided: Clone + sealed::Sealed {}

/// What becomes of a request. Only this crate implements it.
pub trait Conceal<S, B>: Decided
where
    S: Service<Request<B>>,
{
    /// Of one that is shown.
    type Shown: Future<Output = Result<S::Response, S::Error>>;

    /// Of one that is hidden.
    type Hidden: Future<Output = Result<S::Response, S::Error>>;

    /// Whether `hide_late` asks the inner service.
    const ASKS_INNER: bool = false;

    /// `inner` is ready.
    fn show(&self, request: Request<B>, inner: &mut S, shared: &Arc<Shared>) -> Self::Shown;

    /// `inner` is ready.
    fn hide(&self, request: Request<B>, inner: &mut S, shared: &Arc<Shared>) -> Self::Hidden;

    /// For one that was shown, and that the handler concealed. `inner` is ready where [`ASKS_INNER`](Self::ASKS_INNER) is true.
    fn hide_late(&self, request: Request<B>, inner: &mut S, shared: &Arc<Shared>) -> Self::Hidden {
        self.hide(request, inner, shared)
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "it seals by not being nameable")]
    pub trait Sealed {}

    impl<F> Sealed for super::Fallback<F> {}
    impl<C> Sealed for crate::hide::Late<C> {}
    impl Sealed for super::NotFound {}
    impl Sealed for super::Reroute {}
    impl Sealed for super::Unimplemented {}
}

impl<F: Clone> Decided for Fallback<F> {}
impl<C: Decided> Decided for Late<C> {}
impl Decided for NotFound {}
impl Decided for Reroute {}
impl Decided for Unimplemented {}
