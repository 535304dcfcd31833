//! What is measured in time, in allocations and in instructions: one list for all of them.

use std::{cell::Cell, hint::black_box, net::Ipv4Addr};

use http::Request;
use tower_postern::{
    BearerAuthLayer, HideLayer, RequestHead, Secret,
    bearer::{AuthError, TokenValidator, Verified, immediate},
    jwt::{Claims, JwtValidator, ReadClaims, TokenCache},
    net::NetworkSet,
    predicate::{Predicate, Verdict},
    rule,
};

use super::{
    issuer::{AUDIENCE, ISSUER, Key, claims},
    service::{Bare, Shape, exchange},
};

/// The rows that others are compared with: a request without any layer, and one of which the server told the peer.
pub(crate) const BARE: &str = "bare service";
pub(crate) const BARE_PEER: &str = "bare service, peer known";

/// Does what is measured, once, and answers with a status.
pub(crate) type Run = Box<dyn Fn() -> u16>;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What it is compared with.
    pub(crate) reference: &'static str,
    pub(crate) status: u16,
    /// Builds it, with tokens that this key signs.
    pub(crate) make: fn(&Key) -> Run,
}

#[rustfmt::skip] // It is a table.
pub(crate) const CASES: &[Case] = &[
    Case { name: BARE, reference: BARE, status: 200, make: |_| bare(Shape::new()) },
    Case { name: BARE_PEER, reference: BARE_PEER, status: 200, make: |_| bare(Shape::new().peer_known()) },
    Case { name: "missing token", reference: BARE, status: 401, make: missing },
    Case { name: "garbage of a token's length", reference: BARE, status: 401, make: garbage },
    Case { name: "a validator that only compares", reference: BARE, status: 200, make: |_| compared() },
    Case { name: "exempt", reference: BARE, status: 200, make: |_| exempt(Shape::new()) },
    Case { name: "exempt, peer known", reference: BARE_PEER, status: 200, make: |_| exempt(Shape::new().peer_known()) },
    Case { name: "cached, whole-token key", reference: BARE, status: 200, make: |key| cached(key, TokenCache::new(1000)) },
    Case { name: "cached, SHA-256 key", reference: BARE, status: 200, make: |key| cached(key, TokenCache::new(1000).hashed()) },
    Case { name: "hide, visible among 1 path", reference: BARE, status: 200, make: |_| paths(1, "") },
    Case { name: "hide, visible among 100 paths", reference: BARE, status: 200, make: |_| paths(100, "") },
    Case { name: "hide, visible among 10,000 paths", reference: BARE, status: 200, make: |_| paths(10_000, "") },
    Case { name: "hide, visible among 10,000 patterns", reference: BARE, status: 200, make: |_| paths(10_000, "/{id}") },
    Case { name: "hide, visible by 1 network", reference: BARE_PEER, status: 200, make: |_| networks(1) },
    Case { name: "hide, visible by 100 networks", reference: BARE_PEER, status: 200, make: |_| networks(100) },
    Case { name: "hide, visible by 10,000 networks", reference: BARE_PEER, status: 200, make: |_| networks(10_000) },
];

#[rustfmt::skip] // It is a table.
pub(crate) const LOOKUPS: &[Case] = &[
    Case { name: "look up a path, 10,000 exact ones", reference: BARE, status: 1, make: |_| look_up_path("/v1/orders/{at}", "/v1/orders/{at}") },
    Case { name: "look up a path, 10,000 patterns", reference: BARE, status: 1, make: |_| look_up_path("/v1/kind{at}/{id}/items/{item}", "/v1/kind{at}/123/items/45") },
    Case { name: "look up an address, 10,000 networks", reference: BARE, status: 1, make: |_| look_up_address() },
];

pub(crate) fn validator<C: ReadClaims>(key: &Key) -> JwtValidator<C> {
    let builder = JwtValidator::builder(ISSUER, AUDIENCE).jwk(&key.jwk());
    builder.build().expect("the settings are good")
}

/// A whole request with a good token that nobody has seen before.
pub(crate) fn uncached(key: &Key) -> Run {
    let shape = Shape::bearing(&key.token(&claims()));
    through(&BearerAuthLayer::new(validator::<Claims>(key)), shape)
}

fn bare(shape: Shape) -> Run {
    Box::new(move || exchange::<_, (), ()>(&Bare, &shape))
}

fn through<V: TokenValidator>(layer: &BearerAuthLayer<V>, shape: Shape) -> Run {
    let service = layer.wrap(Bare);
    Box::new(move || exchange::<_, (), ()>(&service, &shape))
}

fn missing(key: &Key) -> Run {
    let layer = BearerAuthLayer::new(validator::<Claims>(key));
    through(&layer, Shape::new())
}

fn garbage(key: &Key) -> Run {
    let length = key.token(&claims()).len();
    let layer = BearerAuthLayer::new(validator::<Claims>(key));
    through(&layer, Shape::bearing(&"x".repeat(length)))
}

#[derive(Clone)]
struct User(#[expect(dead_code, reason = "an identity has a size")] u32);

const API_KEY: &str = "pk_live_Zx81mQ0sTnVb4LcRk2Wd7Y9a";

pub(crate) fn compares() -> impl TokenValidator {
    let key = Secret::new(API_KEY);
    immediate(move |credentials| {
        if key.matches(credentials.token().as_bytes()) {
            Ok(Verified::new(User(1)))
        } else {
            Err(AuthError::invalid_token())
        }
    })
}

fn compared() -> Run {
    through(&BearerAuthLayer::new(compares()), Shape::bearing(API_KEY))
}

fn exempt(shape: Shape) -> Run {
    let layer = BearerAuthLayer::new(compares());
    through(&layer.exempt(|_: &RequestHead<'_>| true), shape)
}

fn cached(key: &Key, cache: TokenCache) -> Run {
    let builder = JwtValidator::<Claims>::builder(ISSUER, AUDIENCE).jwk(&key.jwk());
    let validator = builder.cache(cache).build().expect("the settings are good");
    let shape = Shape::bearing(&key.token(&claims()));
    let run = through(&BearerAuthLayer::new(validator), shape);
    run(); // the first is not cached
    run
}

fn paths(count: u32, rest: &str) -> Run {
    let hidden = (0..count).map(|at| format!("/internal/{at}{rest}"));
    let hidden = rule::path(hidden).expect("the paths are good");
    let service = HideLayer::when(hidden).not_found().wrap(Bare);
    let shape = Shape::new();
    Box::new(move || exchange::<_, (), ()>(&service, &shape))
}

/// Others, with gaps between, so that nothing is merged; the caller's is the last one.
fn networks(count: u32) -> Run {
    let others = (1..count).map(|at| format!("{}/32", Ipv4Addr::from_bits(0xAC00_0000 + at * 2)));
    let inside = rule::client_addr(others.chain(["10.0.0.0/8".to_owned()]));
    let inside = inside.expect("the networks are good");
    let service = HideLayer::unless(inside).fallback(Bare).wrap(Bare);
    let shape = Shape::new().peer_known();
    Box::new(move || exchange::<_, (), ()>(&service, &shape))
}

/// Each of 64 in turn, so that the processor does not learn one by heart.
fn in_turn<T: 'static>(some: Vec<T>, ask: impl Fn(&T) -> bool + 'static) -> Run {
    assert_eq!(some.len(), 64);
    let at = Cell::new(0_usize);
    Box::new(move || {
        at.set((at.get() + 1) % 64);
        u16::from(some.get(at.get()).is_some_and(&ask))
    })
}

fn spread(at: u32) -> u32 {
    (at * 7_919) % 10_000
}

fn look_up_path(pattern: &str, asked: &str) -> Run {
    let fill = |text: &str, at: u32| text.replace("{at}", &at.to_string());
    let rule = rule::path((0..10_000).map(|at| fill(pattern, at))).expect("the paths are good");
    let request = |at| Request::get(fill(asked, spread(at))).body(());
    let requests: Result<Vec<_>, _> = (0..64).map(request).collect();
    in_turn(requests.expect("the paths are good"), move |request| {
        rule.check(black_box(&RequestHead::new(request))) == Verdict::Yes
    })
}

fn look_up_address() -> Run {
    let network = |at: u32| Ipv4Addr::from_bits(0x0A00_0000 + (at << 9)); // with gaps between
    let set = NetworkSet::parse((0..10_000).map(|at| format!("{}/24", network(at))));
    let set = set.expect("the networks are good");
    let host = |at| Ipv4Addr::from_bits(network(spread(at)).to_bits() + 7).into();
    in_turn((0..64).map(host).collect(), move |address| {
        set.contains(black_box(*address))
    })
}
