//! The strongest arrangement, for any two services.

use super::{Fallback, Hide};
use crate::{HideLayer, predicate::Predicate};

/// `all` for callers for whom `visible_to` is a clear yes, and `public` for everybody else.
///
/// What `axum::hide_routes` and `tonic::hide_routes` are made of, for services of any kind: `public` never had what is
/// hidden, so nothing is imitated. The same as [`HideLayer::unless`] with [`by_caller`](HideLayer::by_caller) and
/// [`fallback`](HideLayer::fallback).
///
/// `visible_to` is asked about [the caller alone](crate::RequestHead::caller). A rule about method or path cannot tell then,
/// nobody sees what is hidden, and an event says so.
///
/// # Security
/// What both have must be the same in both. Layers that answer by themselves (CORS, limits) go around the result, or around
/// both alike.
///
/// # Examples
/// ```
/// use std::convert::Infallible;
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{hide, predicate::predicate};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let of_paths = |paths: &'static [&'static str]| {
///     service_fn(move |request: Request<()>| async move {
///         let mut answer = Response::new(());
///         if !paths.contains(&request.uri().path()) {
///             *answer.status_mut() = StatusCode::NOT_FOUND;
///         }
///         Ok::<_, Infallible>(answer)
///     })
/// };
/// // For the example; a client can claim any header. See `tower_postern::rule` for better ones.
/// let inside = predicate(|caller| caller.headers().contains_key("x-inside"));
/// let service = hide::by_caller(of_paths(&["/"]), of_paths(&["/", "/metrics"]), inside);
///
/// let request = Request::get("/metrics").header("x-inside", "1").body(())?;
/// assert_eq!(service.clone().oneshot(request).await?.status(), StatusCode::OK);
///
/// let request = Request::get("/metrics").body(())?;
/// assert_eq!(service.oneshot(request).await?.status(), StatusCode::NOT_FOUND);
/// # Ok(()) }
/// ```
pub fn by_caller<Public: Clone, All>(
    public: Public,
    all: All,
    visible_to: impl Predicate,
) -> Hide<All, Fallback<Public>> {
    let layer = HideLayer::unless(visible_to).by_caller();
    layer.fallback(public).wrap(all)
}
