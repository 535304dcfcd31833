//! The bare inner service, and the way of a request to it: what a request costs without any layer.
#![allow(dead_code, reason = "each bench takes what it needs")]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    net::Ipv4Addr,
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, Uri,
    header::{
        ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CONNECTION, FROM, HOST, ORIGIN,
        USER_AGENT,
    },
};
use tower::Service;
use tower_postern::net::PeerAddr;

/// Answers at once, with the body that it was asked with: none.
#[derive(Clone)]
pub(crate) struct Bare;

impl<B> Service<Request<B>> for Bare {
    type Response = Response<B>;
    type Error = Infallible;
    type Future = Ready<Result<Response<B>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(Response::new(request.into_body())))
    }
}

/// The parts of a request, of which servers share the bytes.
#[derive(Clone)]
pub(crate) struct Shape {
    uri: Uri,
    peer: Option<PeerAddr>,
    line: Option<HeaderValue>,
}

impl Shape {
    /// A request with eight headers, and no token.
    pub(crate) fn new() -> Self {
        Self {
            uri: Uri::from_static("/orders/7?limit=10"),
            peer: None,
            line: None,
        }
    }

    pub(crate) fn bearing(token: &str) -> Self {
        let line = Bytes::from(format!("Bearer {token}"));
        Self {
            line: Some(HeaderValue::from_maybe_shared(line).expect("a header value")),
            ..Self::new()
        }
    }

    /// Behind a server that tells its peer: the extensions are there.
    pub(crate) fn peer_known(self) -> Self {
        let peer = PeerAddr((Ipv4Addr::new(10, 1, 2, 3), 4711).into());
        Self {
            peer: Some(peer),
            ..self
        }
    }

    fn make<B: Default>(&self) -> Request<B> {
        let mut request = Request::new(B::default());
        *request.uri_mut() = self.uri.clone();
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        let headers = request.headers_mut();
        headers.reserve(8);
        for (name, value) in [
            (HOST, "api.example"),
            (USER_AGENT, "curl/8.14.1"),
            (ACCEPT, "*/*"),
            (ACCEPT_ENCODING, "gzip"),
            (ACCEPT_LANGUAGE, "en"),
            (CONNECTION, "keep-alive"),
            (ORIGIN, "https://shop.example"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        match &self.line {
            Some(line) => headers.insert(AUTHORIZATION, line.clone()),
            None => headers.insert(FROM, HeaderValue::from_static("nobody")),
        };
        request
    }
}

/// A request as a server makes it, its way through a clone of the service, and the drop of the answer. Returns the status.
pub(crate) fn exchange<S, B, R>(service: &S, shape: &Shape) -> u16
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible> + Clone,
    B: Default,
{
    let request = black_box(shape).make();
    let mut service = service.clone();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut cx).is_ready());
    match pin!(service.call(request)).poll(&mut cx) {
        Poll::Ready(Ok(response)) => black_box(response).status().as_u16(),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => 0,
    }
}
