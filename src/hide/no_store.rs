//! No cache between us and an insider keeps what an outsider must not see.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{
    HeaderMap, HeaderValue, Request, Response,
    header::{CACHE_CONTROL, HeaderName},
};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::fields;

/// Puts `Cache-Control: private, no-store` on every answer, in place of what a handler said.
///
/// Also in place of `public` and `s-maxage`.
///
/// It goes on the hidden routes, and on no others: an answer without it would tell an outsider which are hidden, and a
/// [`HideLayer`](crate::HideLayer) cannot know which answers come from one. `axum::hide_routes` and `tonic::hide_routes` do
/// so. Fields that tell some caches more than `Cache-Control` does ([RFC 9213, section 2], `Surrogate-Control`) are taken out.
///
/// # Security
/// Without it, a cache in front may answer an outsider with what an insider asked for.
///
/// # Examples
/// ```
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tower_postern::hide::NoStoreLayer;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = ServiceBuilder::new()
///     .layer(NoStoreLayer::new())
///     .service(service_fn(|_: Request<()>| async {
///         Response::builder().header("cache-control", "public, s-maxage=600").body("for insiders")
///     }));
///
/// let response = service.oneshot(Request::new(())).await?;
/// assert_eq!(response.headers()["cache-control"], "private, no-store");
/// # Ok(()) }
/// ```
///
/// [RFC 9213, section 2]: https://www.rfc-editor.org/rfc/rfc9213#section-2
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
#[non_exhaustive]
pub struct NoStoreLayer;

/// The service of [`NoStoreLayer`].
#[derive(Clone, Copy, Debug)]
pub struct NoStore<S> {
    inner: S,
}

impl NoStoreLayer {
    /// The layer: there is only one.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for NoStoreLayer {
    type Service = NoStore<S>;

    fn layer(&self, inner: S) -> Self::Service {
        NoStore { inner }
    }
}

impl<S, B, ResBody> Service<Request<B>> for NoStore<S>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = NoStoreFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        NoStoreFuture {
            inner: self.inner.call(request),
        }
    }
}

pin_project! {
    /// The response future of [`NoStore`].
    #[must_use = "futures do nothing unless polled"]
    pub struct NoStoreFuture<F> {
        #[pin]
        inner: F,
    }
}

impl<F, B, E> Future for NoStoreFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(self.project().inner.poll(cx))?;
        forbid_storing(response.headers_mut());
        Poll::Ready(Ok(response))
    }
}

impl<F> fmt::Debug for NoStoreFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoStoreFuture").finish_non_exhaustive()
    }
}

fn forbid_storing(headers: &mut HeaderMap) {
    while let Some(targeted) = headers.keys().find(|name| speaks_to_some_caches(name)) {
        let targeted = targeted.clone();
        headers.remove(targeted);
    }
    let no_store = HeaderValue::from_static("private, no-store");
    fields::insert(headers, CACHE_CONTROL, &no_store);
}

/// `CDN-Cache-Control` and the like, [RFC 9213, section 2](https://www.rfc-editor.org/rfc/rfc9213#section-2), and the older
/// `Surrogate-Control`: they would win over `Cache-Control`.
fn speaks_to_some_caches(name: &HeaderName) -> bool {
    name.as_str().ends_with("-cache-control") || name == "surrogate-control"
}
