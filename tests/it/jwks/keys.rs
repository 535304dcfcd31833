//! Sets as issuers publish them.

use serde_json::{Value, json};

use super::{Outcome, Stage, named, token};
use crate::support::{
    events::Events,
    issuer::{SigningKey, base64url, claims},
};

#[tokio::test]
async fn one_odd_key_never_spoils_the_others() {
    let good = SigningKey::p256();
    let odd = |members: Value| {
        let mut key = named(&SigningKey::p256(), "odd");
        for (name, value) in members.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    };
    let weak = json!({ "kty": "RSA", "kid": "odd", "e": "AQAB", "n": base64url([0xFF; 128]) });
    let private = odd(json!({ "d": base64url([7; 32]) }));
    let symmetric = named(&SigningKey::secret(), "odd");
    for (name, key) in [
        ("malformed", odd(json!({ "x": "not base64!" }))),
        ("no point", odd(json!({ "x": base64url([1; 32]) }))),
        (
            "no members",
            json!({ "kty": "EC", "kid": "odd", "crv": "P-256" }),
        ),
        ("wrong types", json!({ "kty": 7, "kid": [] })),
        ("no object", json!("key")),
        ("null", Value::Null),
        (
            "unknown type",
            json!({ "kty": "AKP", "kid": "odd", "alg": "ML-DSA-44", "pub": "AAAA" }),
        ),
        ("unknown curve", odd(json!({ "crv": "secp256k1" }))),
        ("unknown algorithm", odd(json!({ "alg": "ES256K" }))),
        ("weak", weak),
        ("symmetric", symmetric),
        ("private", private),
        ("for encryption", odd(json!({ "use": "enc" }))),
        (
            "for encryption, by name",
            json!({ "kty": "RSA", "kid": "odd", "alg": "RSA-OAEP", "e": "AQAB", "n": base64url([0xFF; 256]) }),
        ),
    ] {
        for keys in [
            [key.clone(), named(&good, "good")],
            [named(&good, "good"), key.clone()],
        ] {
            let stage = Stage::ready(&keys).await;
            assert_eq!(
                stage.now(&token(&good, "good")),
                Some(Outcome::Accepted),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_left_out_is_not_used_and_not_quoted() {
    let good = SigningKey::p256();
    let private = SigningKey::p256();
    let events = Events::record();
    let stage = Stage::ready(&[
        named(&good, "good"),
        private.jwk_with(&json!({ "kid": "s3cr3t", "d": base64url([7; 32]) })),
        named(&SigningKey::secret(), "s3cr3t"),
    ])
    .await;
    assert_eq!(
        stage.now(&token(&private, "s3cr3t")),
        Some(Outcome::Refused)
    );
    let said = events.take();
    assert!(said.contains("is private; give the public part"), "{said}");
    assert!(
        said.contains("is a secret in a set that others can read"),
        "{said}"
    );
    assert!(!said.contains("s3cr3t"), "{said}");
}

#[tokio::test]
async fn a_fetched_secret_is_never_a_key() {
    let (secret, good) = (SigningKey::secret(), SigningKey::p256());
    let stage = Stage::ready(&[named(&secret, "secret"), named(&good, "good")]).await;
    assert_eq!(stage.now(&token(&secret, "secret")), Some(Outcome::Refused));
    // Nor is a public key one.
    let text = good.pem();
    let confused = SigningKey::Secret(text.into_bytes());
    assert_eq!(stage.now(&token(&confused, "good")), Some(Outcome::Refused));
}

#[tokio::test]
async fn keys_without_alg_use_and_kid_work() {
    let (p256, p384, rsa, edwards) = (
        SigningKey::p256(),
        SigningKey::p384(),
        SigningKey::rsa(),
        SigningKey::ed25519(),
    );
    let stage = Stage::ready(&[p256.jwk(), p384.jwk(), rsa.jwk(), edwards.jwk()]).await;
    for key in [&p256, &p384, rsa, &edwards] {
        let alg = match key {
            SigningKey::P384(_) => "ES384",
            SigningKey::Rsa(_) => "PS256",
            SigningKey::Ed25519(_) => "Ed25519",
            SigningKey::P256(_) | SigningKey::Secret(_) => "ES256",
        };
        let unnamed = key.token(&json!({ "alg": alg }), &claims());
        assert_eq!(stage.now(&unnamed), Some(Outcome::Accepted), "{alg}");
        assert_eq!(
            stage.now(&token(key, "any")),
            Some(Outcome::Accepted),
            "{alg}"
        );
    }
}

#[tokio::test]
async fn four_keys_are_tried_at_most() {
    let keys: Vec<_> = (0..5).map(|_| SigningKey::p256()).collect();
    let published: Vec<_> = keys.iter().map(SigningKey::jwk).collect();
    let stage = Stage::ready(&published).await;
    let unnamed = |key: &SigningKey| key.token(&json!({ "alg": "ES256" }), &claims());
    for key in &keys[..4] {
        assert_eq!(stage.now(&unnamed(key)), Some(Outcome::Accepted));
    }
    assert_eq!(stage.now(&unnamed(&keys[4])), Some(Outcome::Refused));
}

#[tokio::test]
async fn what_a_key_is_for_is_honoured() {
    let key = SigningKey::p256();
    for (members, accepted) in [
        (json!({ "use": "sig" }), true),
        (json!({ "use": "enc" }), false),
        (json!({ "key_ops": ["verify"] }), true),
        (json!({ "key_ops": ["sign"] }), false),
        (json!({ "alg": "ES256" }), true),
        (json!({ "alg": "ES384" }), false),
        (json!({ "alg": "ECDH-ES" }), false),
        (json!({ "crv": "P-384" }), false),
    ] {
        let mut published = named(&key, "1");
        for (name, value) in members.as_object().unwrap() {
            published[name] = value.clone();
        }
        let other = named(&SigningKey::p256(), "other");
        let stage = Stage::ready(&[published, other]).await;
        let expect = if accepted {
            Outcome::Accepted
        } else {
            Outcome::Refused
        };
        assert_eq!(stage.now(&token(&key, "1")), Some(expect), "{members}");
    }
}

#[tokio::test]
async fn keys_of_two_types_may_share_a_kid() {
    let (p256, rsa) = (SigningKey::p256(), SigningKey::rsa());
    let stage = Stage::ready(&[named(&p256, "1"), named(rsa, "1")]).await;
    assert_eq!(stage.now(&token(&p256, "1")), Some(Outcome::Accepted));
    assert_eq!(stage.now(&token(rsa, "1")), Some(Outcome::Accepted));
}

#[tokio::test]
async fn a_key_that_names_its_issuer_is_for_its_tokens_alone() {
    let key = SigningKey::p256();
    for (name, issuer, expect) in [
        ("ours", json!(super::ISSUER), Outcome::Accepted),
        ("nobody", json!(null), Outcome::Accepted),
        ("another", json!("https://other.example"), Outcome::Refused),
        (
            "nearly ours",
            json!("https://id.example/"),
            Outcome::Refused,
        ),
        (
            "a template, where there are no tenants",
            json!("https://{tenantid}"),
            Outcome::Refused,
        ),
    ] {
        let other = SigningKey::p256();
        let jwk = key.jwk_with(&json!({ "kid": "1", "issuer": issuer }));
        let stage = Stage::ready(&[jwk, named(&other, "2")]).await;
        assert_eq!(stage.now(&token(&key, "1")), Some(expect), "{name}");
        let unnamed = key.token(&json!({ "alg": "ES256" }), &claims());
        assert_eq!(stage.now(&unnamed), Some(expect), "{name}");
    }
    // What is no name is an odd key.
    let odd = key.jwk_with(&json!({ "kid": "1", "issuer": ["https://id.example"] }));
    let stage = Stage::ready(&[odd, named(&SigningKey::p256(), "2")]).await;
    assert_eq!(stage.now(&token(&key, "1")), Some(Outcome::Refused));
}

#[tokio::test]
async fn one_handle_serves_several_issuers_each_with_its_keys() {
    let (ours, theirs) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[
        ours.jwk_with(&json!({ "kid": "1", "issuer": super::ISSUER })),
        theirs.jwk_with(&json!({ "kid": "1", "issuer": "https://other.example" })),
    ])
    .await;
    let other = tower_postern::jwt::JwtValidator::builder("https://other.example", super::AUDIENCE)
        .clock_with(crate::support::clock::TestClock::at(super::NOW))
        .remote_keys(stage.keys.clone())
        .build()
        .unwrap();
    let of_other = |key: &SigningKey| {
        let mut claims = claims();
        claims["iss"] = json!("https://other.example");
        key.token(&json!({ "alg": "ES256", "kid": "1" }), &claims)
    };
    assert_eq!(stage.now(&token(&ours, "1")), Some(Outcome::Accepted));
    assert_eq!(stage.now(&token(&theirs, "1")), Some(Outcome::Refused));
    assert_eq!(
        super::now(&other, &of_other(&theirs)),
        Some(Outcome::Accepted)
    );
    assert_eq!(super::now(&other, &of_other(&ours)), Some(Outcome::Refused));
}
