//! What hiding costs: on the visible path, nothing but the predicate.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll, Waker},
};

use allocation_counter::measure;
use http::{Request, Response};
use http_body_util::Empty;
use tower::Service;
use tower_postern::{HideLayer, predicate::predicate, rule};

type Body = Empty<bytes::Bytes>;

#[derive(Clone)]
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

/// Allocations from the call to the answer.
fn allocations<S>(mut service: S, path: &str) -> u64
where
    S: Service<Request<()>, Response = Response<Body>, Error = Infallible>,
{
    let mut cx = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut cx).is_ready());
    let mut request = Some(Request::get(path).body(()).unwrap());
    let counted = measure(|| {
        let mut future = std::pin::pin!(service.call(request.take().unwrap()));
        let Poll::Ready(answer) = future.as_mut().poll(&mut cx) else {
            panic!("nothing waits here")
        };
        drop(answer);
    });
    counted.count_total
}

#[test]
fn what_is_shown_costs_no_allocation() {
    let hidden = || rule::under((0..10_000).map(|at| format!("/hidden/{at}"))).unwrap();
    for (name, found) in [
        ("bare", allocations(Inner, "/")),
        (
            "fallback",
            allocations(HideLayer::when(hidden()).fallback(Inner).wrap(Inner), "/"),
        ),
        (
            "by caller",
            allocations(
                HideLayer::unless(predicate(|_| true))
                    .by_caller()
                    .fallback(Inner)
                    .wrap(Inner),
                "/",
            ),
        ),
        (
            "reroute",
            allocations(HideLayer::when(hidden()).reroute().wrap(Inner), "/"),
        ),
        (
            "not found",
            allocations(HideLayer::when(hidden()).not_found().wrap(Inner), "/"),
        ),
    ] {
        assert_eq!(found, 0, "{name}");
    }
}

#[test]
fn what_is_hidden_costs_few() {
    let hidden = || predicate(|request| request.uri().path().starts_with("/hidden"));
    for (name, found, most) in [
        (
            "fallback",
            allocations(
                HideLayer::when(hidden()).fallback(Inner).wrap(Inner),
                "/hidden",
            ),
            0,
        ),
        (
            "not found",
            allocations(HideLayer::when(hidden()).not_found().wrap(Inner), "/hidden"),
            0,
        ),
        // The map of the headers: indices, entries, and more entries.
        (
            "unimplemented",
            allocations(
                HideLayer::when(hidden()).unimplemented().wrap(Inner),
                "/hidden",
            ),
            3,
        ),
        // The segments, the new target, and what makes shared bytes of it.
        (
            "reroute",
            allocations(HideLayer::when(hidden()).reroute().wrap(Inner), "/hidden"),
            4,
        ),
    ] {
        assert!(found <= most, "{name}: {found}");
    }
}

#[test]
fn layers_and_clones_cost_no_allocation() {
    let layer = HideLayer::when(predicate(|_| true)).fallback(Inner);
    let service = layer.wrap(Inner);
    let counted = measure(|| {
        drop(layer.wrap(Inner));
        drop(service.clone());
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn futures_are_small() {
    let request = || Request::new(());
    let bare = size_of_val(&Inner.call(request()));
    let not_found = HideLayer::when(predicate(|_| true)).not_found();
    let found = size_of_val(&not_found.wrap(Inner).call(request()));
    assert!(found <= bare + 16, "{found} over {bare}");
    // It holds the request until the fallback is ready.
    let fallback = HideLayer::when(predicate(|_| true)).fallback(Inner);
    let found = size_of_val(&fallback.wrap(Inner).call(request()));
    let most = bare.max(size_of::<Request<()>>()) + 32;
    assert!(found <= most, "{found} over {most}");
}
