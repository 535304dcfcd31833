//! What a token costs in allocations: the numbers that do not move.

use allocation_counter::measure;
use http::Request;
use serde_json::json;
use tower_postern::{
    RequestHead,
    bearer::{Credentials, TokenValidator},
    jwt::{Issuers, TokenCache},
};

use super::{builder, header, validator};
use crate::support::issuer::{SigningKey, claims, claims_with};

/// Allocations of one answer, after a first one: which keys a set was asked for before is then known.
fn allocations<V: TokenValidator>(validator: &V, token: &str, good: bool) -> u64 {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    let ask = || {
        let answer = validator.validate_now(credentials).unwrap();
        assert_eq!(answer.is_ok(), good);
    };
    ask();
    measure(ask).count_total
}

#[test]
fn an_uncached_token_costs_the_claims_and_the_grant() {
    for alg in ["HS256", "RS256", "ES256", "EdDSA"] {
        let key = SigningKey::for_algorithm(alg);
        let validator = validator(&key);
        // The claims (as one text), what shares them, the grant, and its `sub`, `client_id`, `jti`, `scope`.
        let token = key.token(&json!({ "alg": alg, "kid": "k" }), &claims());
        assert_eq!(allocations(&validator, &token, true), 7, "{alg}");
        // Only what the token has.
        let none = json!({ "client_id": null, "jti": null, "scope": null });
        let token = key.token(&header(alg), &claims_with(&none));
        assert_eq!(allocations(&validator, &token, true), 4, "{alg}");
    }
}

#[test]
fn a_cached_token_costs_nothing() {
    let key = SigningKey::ed25519();
    let token = key.token(&header("EdDSA"), &claims());
    for cache in [TokenCache::new(10), TokenCache::new(10).hashed()] {
        let validator = builder()
            .jwk(&key.jwk().to_string())
            .cache(cache)
            .build()
            .unwrap();
        assert_eq!(allocations(&validator, &token, true), 0, "{cache:?}");
    }
}

#[test]
fn a_refusal_costs_the_decoded_claims_at_most() {
    let key = SigningKey::ed25519();
    let validator = validator(&key);
    for (name, token, expect) in [
        ("garbage", "x".repeat(800), 0),
        ("too many dots", "a.".repeat(400), 0),
        ("no base64", format!("{}.a.a", "~".repeat(400)), 0),
        (
            "expired",
            key.token(&header("EdDSA"), &claims_with(&json!({ "exp": 1 }))),
            1,
        ),
        (
            "other issuer",
            key.token(&header("EdDSA"), &claims_with(&json!({ "iss": "x" }))),
            1,
        ),
        (
            "other algorithm",
            key.token_as("EdDSA", r#"{"alg":"none"}"#, claims().to_string()),
            1,
        ),
        (
            "forged",
            SigningKey::ed25519().token(&header("EdDSA"), &claims()),
            1,
        ),
    ] {
        assert_eq!(allocations(&validator, &token, false), expect, "{name}");
    }
}

#[test]
fn choosing_the_issuer_costs_one_allocation() {
    let key = SigningKey::ed25519();
    let issuers = Issuers::new().issuer("https://id.example", validator(&key));
    let token = key.token(&header("EdDSA"), &claims());
    assert_eq!(allocations(&issuers, &token, true), 8);
}
