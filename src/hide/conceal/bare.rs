//! Answers that nobody is asked for.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_LENGTH};
use tower_service::Service;

use super::{Conceal, Decided, Shared};
use crate::grpc;

/// A bare 404: see [`HideLayer::not_found`](crate::HideLayer::not_found).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NotFound;

/// The answer of a gRPC server without the service: see [`HideLayer::unimplemented`](crate::HideLayer::unimplemented).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Unimplemented;

/// What is answered whatever was asked.
// Of all that is `Conceal`, the compiler looks at this first, and where a layer is undecided names this and not `Decided`.
#[diagnostic::on_unimplemented(
    message = "a `HideLayer` must say what a hidden request meets",
    label = "add `.fallback(public_service)`, `.reroute()`, `.not_found()` or `.unimplemented()`",
    note = "for a router of Axum or Tonic, `hide_routes` puts it together"
)]
pub(in crate::hide) trait Bare: Decided {
    fn answer<B: Default>() -> Response<B>;
}

impl NotFound {
    pub(in crate::hide) fn new() -> Self {
        Self
    }
}

impl Bare for NotFound {
    fn answer<B: Default>() -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    }
}

impl Unimplemented {
    pub(in crate::hide) fn new() -> Self {
        Self
    }
}

impl Bare for Unimplemented {
    fn answer<B: Default>() -> Response<B> {
        let content_type = HeaderValue::from_static("application/grpc");
        let code = grpc::Code::Unimplemented;
        let mut response = grpc::trailers_only(content_type, code, B::default());
        // As Tonic's router has it, for all that is not a call of a service that it knows.
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        response
    }
}

impl<S, B, ResBody, A: Bare> Conceal<S, B> for A
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Shown = S::Future;
    type Hidden = Ready<Result<S::Response, S::Error>>;

    #[inline]
    fn show(&self, request: Request<B>, inner: &mut S, _: &Arc<Shared>) -> Self::Shown {
        inner.call(request)
    }

    fn hide(&self, _: Request<B>, _: &mut S, _: &Arc<Shared>) -> Self::Hidden {
        ready(Ok(A::answer()))
    }
}
