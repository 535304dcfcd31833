//! The path of a request through `BearerAuthLayer`: refused, passed, exempt; with the bare inner service as zero line.
//!
//! What is measured is a request made as a server makes it, with eight headers, its way through the stack, and the drop of
//! the answer: `cargo bench --bench bearer -- --quick`. Compare within one run; what counts is the multiple of `bare`.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints, fails by panicking, and documents itself by its names"
)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use http::{
    HeaderValue, Request, Response, Uri,
    header::{
        ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CONNECTION, FROM, HOST, ORIGIN,
        USER_AGENT,
    },
};
use tower::Service;
use tower_postern::{
    BearerAuthLayer, RequestHead, Secret,
    bearer::{AuthError, Credentials, TokenValidator, Verified, immediate},
};

#[derive(Clone)]
struct Bare;

impl Service<Request<()>> for Bare {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(())))
    }
}

#[derive(Clone)]
struct User(#[expect(dead_code, reason = "an identity has a size")] u32);

const KEY: &str = "pk_live_Zx81mQ0sTnVb4LcRk2Wd7Y9a";

fn compares() -> impl TokenValidator<Identity = User> {
    let key = Secret::new(KEY);
    immediate(move |credentials| {
        if key.matches(credentials.token().as_bytes()) {
            Ok(Verified::new(User(1)))
        } else {
            Err(AuthError::invalid_token())
        }
    })
}

/// The same, on the path that waits.
struct Waits(Secret);

impl TokenValidator for Waits {
    type Identity = User;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<User>, AuthError> {
        if self.0.matches(credentials.token().as_bytes()) {
            Ok(Verified::new(User(1)))
        } else {
            Err(AuthError::invalid_token())
        }
    }
}

/// The parts of a request, of which servers share the bytes.
struct Shape {
    uri: Uri,
    connected: bool,
    authorization: Option<HeaderValue>,
}

impl Shape {
    fn new(authorization: Option<&str>) -> Self {
        let shared = |line: &str| {
            HeaderValue::from_maybe_shared(Bytes::from(line.to_owned())).expect("a header value")
        };
        Self {
            uri: Uri::from_static("/orders/7?limit=10"),
            connected: false,
            authorization: authorization.map(shared),
        }
    }

    fn bearing(token: &str) -> Self {
        Self::new(Some(&format!("Bearer {token}")))
    }

    fn make(&self) -> Request<()> {
        let mut request = Request::new(());
        *request.uri_mut() = self.uri.clone();
        if self.connected {
            request.extensions_mut().insert(Peer(7));
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
            (ORIGIN, "https://app.example"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        match &self.authorization {
            Some(line) => headers.insert(AUTHORIZATION, line.clone()),
            None => headers.insert(FROM, HeaderValue::from_static("nobody")),
        };
        request
    }
}

/// What servers leave with a request, and what has the extensions made.
#[derive(Clone)]
struct Peer(#[expect(dead_code, reason = "it has a size")] u32);

fn exchange<S>(service: &mut S, shape: &Shape, cx: &mut Context<'_>) -> u16
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible>,
{
    let request = shape.make();
    assert!(service.poll_ready(cx).is_ready());
    match pin!(service.call(request)).poll(cx) {
        Poll::Ready(Ok(response)) => black_box(response).status().as_u16(),
        Poll::Ready(Err(error)) => match error {},
        Poll::Pending => 0,
    }
}

fn bench<S>(criterion: &mut Criterion, name: &str, mut service: S, shape: &Shape, expect: u16)
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible>,
{
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(exchange(&mut service, shape, &mut cx), expect, "{name}");
    criterion.bench_function(&format!("bearer/{name}"), |bencher| {
        bencher.iter(|| exchange(&mut service, black_box(shape), &mut cx));
    });
}

fn paths(criterion: &mut Criterion) {
    let layer = BearerAuthLayer::new(compares());
    let waits = BearerAuthLayer::new(Waits(Secret::new(KEY)));
    let erased = BearerAuthLayer::new(compares().erased());
    let optional = layer.clone().optional();
    let exempt = layer.clone().exempt(|_: &RequestHead<'_>| true);

    let none = Shape::new(None);
    let key = Shape::bearing(KEY);
    let wrong = Shape::bearing(&KEY.replace('Z', "z"));
    let garbage = Shape::bearing(&format!("{}\"", "x".repeat(700)));
    let connected = Shape {
        connected: true,
        ..Shape::bearing(KEY)
    };

    let c = criterion;
    bench(c, "bare", Bare, &key, 200);
    bench(c, "missing", layer.wrap(Bare), &none, 401);
    bench(c, "garbage", layer.wrap(Bare), &garbage, 400);
    bench(c, "refused", layer.wrap(Bare), &wrong, 401);
    bench(c, "comparing", layer.wrap(Bare), &key, 200);
    bench(c, "erased", erased.wrap(Bare), &key, 200);
    bench(c, "waiting", waits.wrap(Bare), &key, 200);
    bench(c, "optional", optional.wrap(Bare), &key, 200);
    bench(c, "anonymous", optional.wrap(Bare), &none, 200);
    bench(c, "exempt", exempt.wrap(Bare), &key, 200);
    // Behind a server that tells its peer: the extensions are there.
    bench(c, "connected bare", Bare, &connected, 200);
    bench(c, "connected comparing", layer.wrap(Bare), &connected, 200);
    bench(c, "connected exempt", exempt.wrap(Bare), &connected, 200);

    c.bench_function("bearer/clone bare", |b| b.iter(|| black_box(&Bare).clone()));
    let service = layer.wrap(Bare);
    c.bench_function("bearer/clone", |b| b.iter(|| black_box(&service).clone()));
}

criterion_group!(benches, paths);
criterion_main!(benches);
