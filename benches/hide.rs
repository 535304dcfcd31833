//! What hiding costs, beside the bare inner service: `cargo bench --bench hide`.
//!
//! `shown` is the path of those who see all, `hidden` that of all others, for each answer that a hidden request can meet.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench fails loudly, and what it drives never waits"
)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::{Request, Response, StatusCode};
use http_body_util::Empty;
use tower::Service;
use tower_postern::{
    HideLayer,
    net::PeerAddr,
    predicate::{Predicate, predicate},
    rule,
};

type Body = Empty<Bytes>;

#[derive(Clone, Copy)]
struct Inner;

impl Service<Request<()>> for Inner {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(Body::new())))
    }
}

fn drive<S>(service: &mut S, request: Request<()>) -> StatusCode
where
    S: Service<Request<()>, Response = Response<Body>, Error = Infallible>,
{
    let mut cx = Context::from_waker(Waker::noop());
    let Poll::Ready(Ok(())) = service.poll_ready(&mut cx) else {
        panic!("it is always ready")
    };
    match pin!(service.call(request)).poll(&mut cx) {
        Poll::Ready(Ok(answer)) => black_box(answer).status(),
        Poll::Ready(Err(error)) => match error {},
        Poll::Pending => panic!("it answers at once"),
    }
}

fn request(path: &str) -> Request<()> {
    let request = Request::get(path).header("host", "api.example");
    request.body(()).expect("the path is good")
}

fn from(peer: [u8; 4], path: &str) -> Request<()> {
    let mut request = request(path);
    let peer = PeerAddr((Ipv4Addr::from(peer), 4711).into());
    request.extensions_mut().insert(peer);
    request
}

fn measure<S>(
    c: &mut Criterion,
    group: &str,
    name: &str,
    mut service: S,
    make: impl Fn() -> Request<()>,
    expect: StatusCode,
) where
    S: Service<Request<()>, Response = Response<Body>, Error = Infallible>,
{
    assert_eq!(drive(&mut service, make()), expect, "{group} {name}");
    c.benchmark_group(group).bench_function(name, |b| {
        b.iter_batched(
            &make,
            |request| drive(&mut service, black_box(request)),
            BatchSize::SmallInput,
        );
    });
}

fn shown(c: &mut Criterion) {
    let ok = StatusCode::OK;
    let plain = || request("/orders/17");
    measure(c, "shown", "bare inner service", Inner, plain, ok);
    let layer = HideLayer::unless(predicate(|_| true)).fallback(Inner);
    measure(c, "shown", "a closure", layer.wrap(Inner), plain, ok);
    let layer = HideLayer::unless(predicate(|_| true))
        .by_caller()
        .fallback(Inner);
    measure(
        c,
        "shown",
        "a closure, by caller",
        layer.wrap(Inner),
        plain,
        ok,
    );
    for count in [1, 10_000] {
        let paths = (0..count).map(|at| format!("/internal/{at}"));
        let hidden = rule::under(paths).expect("the paths are good");
        let layer = HideLayer::when(hidden).not_found();
        let name = format!("{count} paths");
        measure(c, "shown", &name, layer.wrap(Inner), plain, ok);
    }

    let inside = || from([10, 1, 2, 3], "/orders/17");
    measure(
        c,
        "shown, with a peer",
        "bare inner service",
        Inner,
        inside,
        ok,
    );
    for count in [1, 10_000_u32] {
        let networks = (0..count).map(|at| {
            let [_, a, b, c] = at.wrapping_mul(257).to_be_bytes();
            format!("{}/32", IpAddr::from([172, a, b, c]))
        });
        let networks = networks.chain(["10.0.0.0/8".to_owned()]);
        let rule = rule::client_addr(networks).expect("the networks are good");
        let layer = HideLayer::unless(rule).by_caller().fallback(Inner);
        let name = format!("{count} networks, by caller");
        measure(
            c,
            "shown, with a peer",
            &name,
            layer.wrap(Inner),
            inside,
            ok,
        );
    }
}

fn hidden(c: &mut Criterion) {
    let (ok, missing) = (StatusCode::OK, StatusCode::NOT_FOUND);
    let rule = || rule::under(["/internal"]).expect("the path is good");
    let asked = || request("/internal/stats");
    measure(c, "hidden", "bare inner service", Inner, asked, ok);
    let layer = HideLayer::when(rule()).fallback(Inner);
    measure(c, "hidden", "fallback", layer.wrap(Inner), asked, ok);
    let layer = HideLayer::when(rule()).reroute();
    measure(c, "hidden", "reroute", layer.wrap(Inner), asked, ok);
    let layer = HideLayer::when(rule()).not_found();
    measure(c, "hidden", "not_found", layer.wrap(Inner), asked, missing);
    let layer = HideLayer::when(rule()).unimplemented();
    measure(c, "hidden", "unimplemented", layer.wrap(Inner), asked, ok);
    let layer = HideLayer::when(rule().not().not()).shadow().not_found();
    measure(c, "hidden", "a shadow", layer.wrap(Inner), asked, ok);
}

criterion_group!(benches, shown, hidden);
criterion_main!(benches);
