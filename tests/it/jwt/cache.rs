//! The cache of verified tokens: what is found in it, and when an entry dies.

use std::{
    ptr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use serde::Deserialize;
use serde_json::json;
use tower_postern::{
    ConfigErrorKind,
    jwt::{JwtValidator, TokenCache},
};

use super::{ACCEPTED, EXPIRED, SIGNATURE, builder, header, reason, validate};
use crate::support::{
    clock::TestClock,
    issuer::{AUDIENCE, ISSUER, NOW, SigningKey, claims, claims_with},
};

/// Claims that count how often they were read: once for each token that was really checked.
macro_rules! counted {
    ($read:ident, $counted:ident) => {
        static READ: AtomicUsize = AtomicUsize::new(0);
        struct Counted;
        impl<'de> Deserialize<'de> for Counted {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                READ.fetch_add(1, Ordering::SeqCst);
                serde::de::IgnoredAny::deserialize(from).map(|_| Self)
            }
        }
        let $read = || READ.load(Ordering::SeqCst);
        let $counted = |key: &SigningKey, cache: TokenCache, clock: &TestClock| {
            JwtValidator::<Counted>::builder(ISSUER, AUDIENCE)
                .clock_with(clock.clone())
                .jwk(&key.jwk().to_string())
                .cache(cache)
                .build()
                .unwrap()
        };
    };
}

fn both() -> [TokenCache; 2] {
    [TokenCache::new(100), TokenCache::new(100).hashed()]
}

#[test]
fn a_token_is_checked_once_and_its_claims_are_shared() {
    counted!(read, validator);
    let key = SigningKey::secret();
    for (at, cache) in both().into_iter().enumerate() {
        let validator = validator(&key, cache, &TestClock::at(NOW));
        let token = key.token(&header("HS256"), &claims());
        let first = validate(&validator, &token).unwrap();
        let second = validate(&validator, &token).unwrap();
        assert_eq!(read(), at + 1);
        assert!(
            ptr::from_ref(&*first.identity) == ptr::from_ref(&*second.identity),
            "nothing is copied"
        );
        assert_eq!(second.grant.subject(), Some("ann"));
    }
}

#[test]
fn without_a_cache_each_request_is_checked() {
    let key = SigningKey::secret();
    let validator = super::validator(&key);
    let token = key.token(&header("HS256"), &claims());
    let first = validate(&validator, &token).unwrap();
    let second = validate(&validator, &token).unwrap();
    assert_ne!(
        ptr::from_ref(&*first.identity),
        ptr::from_ref(&*second.identity)
    );
}

#[test]
fn an_entry_dies_when_the_token_expires() {
    let key = SigningKey::secret();
    for cache in both() {
        let clock = TestClock::at(NOW);
        let validator = builder()
            .clock_with(clock.clone())
            .jwk(&key.jwk().to_string())
            .cache(cache.max_age(Duration::from_secs(100_000)))
            .build()
            .unwrap();
        let token = key.token(&header("HS256"), &claims_with(&json!({ "exp": NOW + 100 })));
        assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
        clock.advance(Duration::from_secs(129)); // with the leeway
        assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
        clock.advance(Duration::from_secs(1));
        let error = validate(&validator, &token).unwrap_err();
        assert!(error.is_expired());
        assert_eq!(reason::<()>(Err(error)), EXPIRED);
    }
}

#[test]
fn an_entry_dies_at_the_age_that_is_set() {
    counted!(read, validator);
    let key = SigningKey::secret();
    let clock = TestClock::at(NOW);
    let cache = TokenCache::new(100).max_age(Duration::from_secs(60));
    let validator = validator(&key, cache, &clock);
    let token = key.token(&header("HS256"), &claims());
    for (seconds, expect) in [(0, 1), (59, 1), (1, 2), (59, 2), (1, 3)] {
        clock.advance(Duration::from_secs(seconds));
        assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
        assert_eq!(read(), expect);
    }
}

#[test]
fn refusals_are_not_remembered_and_only_the_whole_token_is_found() {
    counted!(read, validator);
    let key = SigningKey::secret();
    for cache in both() {
        let validator = validator(&key, cache, &TestClock::at(NOW));
        let token = key.token(&header("HS256"), &claims());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let other = SigningKey::secret().token(&header("HS256"), &claims());
        let forged = format!("{signed}.{}", other.rsplit_once('.').unwrap().1);
        assert_eq!(reason(validate(&validator, &forged)), SIGNATURE);
        assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
        let before = read();
        for _ in 0..2 {
            assert_eq!(reason(validate(&validator, &forged)), SIGNATURE);
            for other in [
                format!("{token}="),
                format!("{token}A"),
                token[..token.len() - 1].to_owned(),
                format!("{signed}."),
                signature.to_owned(),
                String::new(),
            ] {
                assert!(validate(&validator, &other).is_err());
            }
        }
        assert_eq!(read(), before);
    }
}

#[test]
fn a_second_validator_never_sees_what_the_first_remembers() {
    let key = SigningKey::secret();
    let build = |audience: &str| {
        JwtValidator::<tower_postern::jwt::Claims>::builder(ISSUER, audience)
            .clock_with(TestClock::at(NOW))
            .jwk(&key.jwk().to_string())
            .cache(TokenCache::new(100))
            .build()
            .unwrap()
    };
    let (orders, billing) = (build(AUDIENCE), build("billing"));
    let token = key.token(&header("HS256"), &claims());
    assert_eq!(reason(validate(&orders, &token)), ACCEPTED);
    assert_eq!(reason(validate(&billing, &token)), super::AUDIENCE_);
    assert_eq!(reason(validate(&orders, &token)), ACCEPTED);
}

#[test]
fn a_clock_that_was_set_back_has_the_token_checked_anew() {
    counted!(read, validator);
    let key = SigningKey::secret();
    let clock = TestClock::at(NOW + 20);
    let validator = validator(&key, TokenCache::new(100), &clock);
    let token = key.token(&header("HS256"), &claims());
    assert!(validate(&validator, &token).is_ok());
    clock.set(NOW + 10);
    assert!(validate(&validator, &token).is_ok());
    assert_eq!(read(), 2);
}

#[test]
fn a_flood_of_good_tokens_stays_within_the_bounds() {
    counted!(read, validator);
    let key = SigningKey::secret();
    let validator = validator(&key, TokenCache::new(10), &TestClock::at(NOW));
    let tokens: Vec<_> = (0..100)
        .map(|at| {
            key.token(
                &header("HS256"),
                &claims_with(&json!({ "jti": at.to_string() })),
            )
        })
        .collect();
    for token in &tokens {
        assert!(validate(&validator, token).is_ok());
    }
    let before = read();
    for token in &tokens {
        assert!(validate(&validator, token).is_ok());
    }
    assert!(read() - before >= 90, "ten are remembered at most");
}

#[test]
fn a_cache_without_room_or_time_is_an_error() {
    for cache in [
        TokenCache::new(0),
        TokenCache::new(1).max_bytes(0),
        TokenCache::new(1).max_age(Duration::ZERO),
        TokenCache::new(1).max_age(Duration::from_millis(999)),
    ] {
        let error = builder()
            .hmac_secret(&[7; 32][..])
            .cache(cache)
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Limit);
        assert_eq!(
            error.to_string(),
            "limit: of the cache of verified tokens is zero; leave the cache out where none is wanted"
        );
    }
}
