//! What a request costs in allocations: the numbers that do not move, so that a path that grows fails here.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in a helper that clippy does not know for a test, and documents itself by its name"
)]

mod hide;

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use allocation_counter::measure;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::AUTHORIZATION};
use tower::Service;
use tower_postern::{
    BearerAuthLayer, RequestHead, Secret,
    bearer::{
        AuthError, Credentials, Grant, RequireLayer, Token, TokenValidator, Verified, immediate,
        validator_fn,
    },
    scopes,
};

/// A service that allocates nothing.
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

/// Compares, and allocates nothing.
fn compares() -> impl TokenValidator<Identity = User> {
    let secret = Secret::new("good");
    immediate(move |credentials| {
        if secret.matches(credentials.token().as_bytes()) {
            Ok(Verified::new(User(1)))
        } else {
            Err(AuthError::invalid_token())
        }
    })
}

/// The same, asked on the path that waits.
struct Waits;

impl TokenValidator for Waits {
    type Identity = User;

    async fn validate(&self, _: Credentials<'_>) -> Result<Verified<User>, AuthError> {
        Ok(User(1).into())
    }
}

/// A request as a server makes it: the header's bytes are a part of a buffer that is shared.
fn request(line: Option<&str>) -> Request<()> {
    let mut request = Request::new(());
    request
        .headers_mut()
        .insert("host", HeaderValue::from_static("api.example"));
    if let Some(line) = line {
        let buffer = Bytes::from(line.to_owned());
        drop(buffer.clone());
        let value = HeaderValue::from_maybe_shared(buffer).unwrap();
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    request
}

fn bearing(token: &str) -> Request<()> {
    request(Some(&format!("Bearer {token}")))
}

/// The allocations of one exchange, and its status.
fn exchange<S>(service: &mut S, request: Request<()>) -> (u64, u16)
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible>,
{
    let mut cx = Context::from_waker(Waker::noop());
    let mut status = 0;
    let count = measure(|| {
        assert!(service.poll_ready(&mut cx).is_ready());
        let Poll::Ready(Ok(response)) = pin!(service.call(request)).poll(&mut cx) else {
            panic!("no answer")
        };
        status = response.status().as_u16();
        drop(response);
    });
    (count.count_total, status)
}

#[track_caller]
fn costs<S>(mut service: S, request: &Request<()>, expect: (u64, u16))
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible>,
{
    for time in ["first", "second"] {
        assert_eq!(
            exchange(&mut service, request.clone()),
            expect,
            "{time} request"
        );
    }
}

#[test]
fn the_bare_service_allocates_nothing() {
    costs(Bare, &request(None), (0, 200));
}

/// Two for the first header, three for the reason in the extensions.
#[test]
fn a_refusal_costs_five_allocations() {
    let garbage = "x".repeat(700);
    let layer = BearerAuthLayer::new(compares()).realm("shop").unwrap();
    for (name, request, status) in [
        ("missing", request(None), 401),
        ("another scheme", request(Some("Basic YQ==")), 401),
        ("no token", request(Some("Bearer")), 400),
        (
            "garbage",
            request(Some(&format!("Bearer {garbage}\""))),
            400,
        ),
        ("a token that is refused", bearing(&garbage), 401),
    ] {
        println!("{name}");
        costs(layer.wrap(Bare), &request, (5, status));
    }
    // With all that a challenge can name, for it is rendered when the layer is built.
    let layer = layer
        .scope("orders:read orders:write")
        .unwrap()
        .resource_metadata("https://api.example/.well-known/oauth-protected-resource")
        .unwrap();
    costs(layer.wrap(Bare), &request(None), (5, 401));
    costs(layer.wrap(Bare), &bearing("bad"), (5, 401));
    costs(layer.wrap(Bare), &bearing("good"), (5, 403));
    // An outage has no challenge, but a header of its own.
    let down = immediate(|_| Err::<Verified<User>, _>(AuthError::unavailable()));
    costs(
        BearerAuthLayer::new(down).wrap(Bare),
        &bearing("x"),
        (5, 503),
    );
}

/// Two for the extensions, one for the identity, one for the outcome.
#[test]
fn a_good_token_that_is_answered_at_once_costs_four_allocations() {
    costs(
        BearerAuthLayer::new(compares()).wrap(Bare),
        &bearing("good"),
        (4, 200),
    );
    let erased = compares().map(|user| user).or(compares()).erased();
    costs(
        BearerAuthLayer::new(erased).wrap(Bare),
        &bearing("good"),
        (4, 200),
    );
    // A grant is shared: that of a cache costs nothing more.
    let grant = Grant::builder().scopes(scopes!("a")).build();
    let granting = immediate(move |_| Ok(Verified::new(User(1)).with_grant(grant.clone())));
    let layer = BearerAuthLayer::new(granting).scope("a").unwrap();
    let require = RequireLayer::scopes(scopes!("a"));
    costs(layer.wrap(require.wrap(Bare)), &bearing("x"), (4, 200));

    // Where a server or an outer layer has left something, the extensions are there.
    let mut request = bearing("good");
    request.extensions_mut().insert(7_u8);
    costs(
        BearerAuthLayer::new(compares()).wrap(Bare),
        &request,
        (2, 200),
    );
}

#[test]
fn the_path_that_waits_costs_one_allocation_more() {
    costs(
        BearerAuthLayer::new(Waits).wrap(Bare),
        &bearing("good"),
        (5, 200),
    );
    let closure = validator_fn(|_: Token| async { Ok(Verified::new(User(1))) });
    costs(
        BearerAuthLayer::new(closure).wrap(Bare),
        &bearing("good"),
        (5, 200),
    );
}

#[test]
fn an_exempt_request_costs_nothing_where_there_are_extensions() {
    let layer = || BearerAuthLayer::new(compares()).exempt(|_: &RequestHead<'_>| true);
    let mut request = bearing("good");
    // On a bare one it costs the extensions themselves: the mark that says that nobody was asked has no size.
    costs(layer().wrap(Bare), &request, (2, 200));
    request.extensions_mut().insert(7_u8);
    costs(layer().wrap(Bare), &request, (0, 200));
}

/// Three for the outcome in the extensions, two for `Vary`.
#[test]
fn an_anonymous_caller_costs_five_allocations() {
    let layer = BearerAuthLayer::new(compares());
    costs(
        layer.clone().optional().wrap(Bare),
        &request(None),
        (5, 200),
    );
    costs(layer.deferred().wrap(Bare), &request(None), (5, 200));
}

#[test]
fn wrapping_and_cloning_cost_nothing() {
    let layer = BearerAuthLayer::new(compares()).scope("a").unwrap();
    let service = layer.wrap(RequireLayer::identity().wrap(Bare));
    let count = measure(|| {
        drop(layer.clone());
        drop(layer.wrap(Bare));
        drop(service.clone());
    });
    assert_eq!(count.count_total, 0);
}
