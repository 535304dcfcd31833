//! The path of a request through `BearerAuthLayer`: refused, passed, exempt; with the bare inner service as zero line.
//!
//! What is measured is a request made as a server makes it, with eight headers, its way through the stack, and the drop of
//! the answer: `cargo bench --bench bearer -- --quick`. Compare within one run; what counts is the multiple of `bare`.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "a bench fails by panicking, and documents itself by its names"
)]

#[path = "support/service.rs"]
mod service;

use std::{convert::Infallible, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use http::{Request, Response};
use tower::Service;
use tower_postern::{
    BearerAuthLayer, RequestHead, Secret,
    bearer::{AuthError, Credentials, TokenValidator, Verified, immediate},
};

use service::{Bare, Shape, exchange};

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

fn bench<S>(criterion: &mut Criterion, name: &str, service: &S, shape: &Shape, expect: u16)
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible> + Clone,
{
    assert_eq!(exchange(service, shape), expect, "{name}");
    criterion.bench_function(&format!("bearer/{name}"), |bencher| {
        bencher.iter(|| exchange(service, shape));
    });
}

fn paths(criterion: &mut Criterion) {
    let layer = BearerAuthLayer::new(compares());
    let waits = BearerAuthLayer::new(Waits(Secret::new(KEY)));
    let erased = BearerAuthLayer::new(compares().erased());
    let optional = layer.clone().optional();
    let exempt = layer.clone().exempt(|_: &RequestHead<'_>| true);

    let none = Shape::new();
    let key = Shape::bearing(KEY);
    let wrong = Shape::bearing(&KEY.replace('Z', "z"));
    let garbage = Shape::bearing(&format!("{}\"", "x".repeat(700)));
    let connected = Shape::bearing(KEY).peer_known();

    let c = criterion;
    bench(c, "bare", &Bare, &key, 200);
    bench(c, "missing", &layer.wrap(Bare), &none, 401);
    bench(c, "garbage", &layer.wrap(Bare), &garbage, 400);
    bench(c, "refused", &layer.wrap(Bare), &wrong, 401);
    bench(c, "comparing", &layer.wrap(Bare), &key, 200);
    bench(c, "erased", &erased.wrap(Bare), &key, 200);
    bench(c, "waiting", &waits.wrap(Bare), &key, 200);
    bench(c, "optional", &optional.wrap(Bare), &key, 200);
    bench(c, "anonymous", &optional.wrap(Bare), &none, 200);
    bench(c, "exempt", &exempt.wrap(Bare), &key, 200);
    // Behind a server that tells its peer: the extensions are there.
    bench(c, "connected bare", &Bare, &connected, 200);
    bench(c, "connected comparing", &layer.wrap(Bare), &connected, 200);
    bench(c, "connected exempt", &exempt.wrap(Bare), &connected, 200);

    c.bench_function("bearer/clone bare", |b| b.iter(|| black_box(&Bare).clone()));
    let service = layer.wrap(Bare);
    c.bench_function("bearer/clone", |b| b.iter(|| black_box(&service).clone()));
}

criterion_group!(benches, paths);
criterion_main!(benches);
