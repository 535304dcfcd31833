//! Which key a token is checked with.

use serde_json::{Value, json};
use tower_postern::ConfigErrorKind;

use super::{ACCEPTED, SIGNATURE, UNKNOWN_KEY, builder, header, reason, validate};
use crate::support::issuer::{SigningKey, base64url, claims, pem};

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

#[test]
fn the_key_is_found_by_kid_and_algorithm() {
    let (one, two, p256, unnamed) = (
        SigningKey::ed25519(),
        SigningKey::ed25519(),
        SigningKey::p256(),
        SigningKey::ed25519(),
    );
    let validator = builder()
        .jwk_set(&set(&[
            one.jwk_with(&json!({ "kid": "a" })),
            two.jwk_with(&json!({ "kid": "b" })),
            p256.jwk_with(&json!({ "kid": "a" })), // two types may share a name
        ]))
        .build()
        .unwrap();
    for (name, key, alg, kid, expect) in [
        ("named", &one, "EdDSA", Some("a"), ACCEPTED),
        ("another", &two, "EdDSA", Some("b"), ACCEPTED),
        ("same name, other type", &p256, "ES256", Some("a"), ACCEPTED),
        ("without a name", &two, "EdDSA", None, ACCEPTED),
        (
            "the name of another key",
            &two,
            "EdDSA",
            Some("a"),
            SIGNATURE,
        ),
        ("unknown name", &one, "EdDSA", Some("c"), UNKNOWN_KEY),
        ("empty name", &one, "EdDSA", Some(""), UNKNOWN_KEY),
        (
            "name in another case",
            &one,
            "EdDSA",
            Some("A"),
            UNKNOWN_KEY,
        ),
        (
            "type that has no such name",
            &p256,
            "ES256",
            Some("b"),
            UNKNOWN_KEY,
        ),
        ("path", &one, "EdDSA", Some("../a"), UNKNOWN_KEY),
        ("unknown key", &unnamed, "EdDSA", None, SIGNATURE),
    ] {
        let header = match kid {
            Some(kid) => json!({ "alg": alg, "kid": kid }),
            None => header(alg),
        };
        let token = key.token(&header, &claims());
        assert_eq!(reason(validate(&validator, &token)), expect, "{name}");
    }
}

#[test]
fn a_key_without_a_name_fits_every_kid() {
    let key = SigningKey::p256();
    let validator = builder().pem(key.pem()).build().unwrap();
    for kid in ["", "x", "\u{0}"] {
        let token = key.token(&json!({ "alg": "ES256", "kid": kid }), &claims());
        assert_eq!(reason(validate(&validator, &token)), ACCEPTED, "{kid:?}");
    }
}

#[test]
fn four_keys_are_tried_at_most() {
    let keys: Vec<_> = (0..6).map(|_| SigningKey::ed25519()).collect();
    for named in [true, false] {
        let jwks: Vec<_> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| {
                if named {
                    key.jwk_with(&json!({ "kid": at.to_string() }))
                } else {
                    key.jwk()
                }
            })
            .collect();
        let validator = builder().jwk_set(&set(&jwks)).build().unwrap();
        for (at, key) in keys.iter().enumerate() {
            let token = key.token(&header("EdDSA"), &claims());
            let expect = if at < 4 { ACCEPTED } else { SIGNATURE };
            assert_eq!(
                reason(validate(&validator, &token)),
                expect,
                "{at}, named: {named}"
            );
        }
        if named {
            let token = keys[5].token(&json!({ "alg": "EdDSA", "kid": "5" }), &claims());
            assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
        }
    }
}

#[test]
fn a_key_is_found_among_ten_thousand() {
    let (needle, hay) = (SigningKey::secret(), SigningKey::secret());
    let mut keys: Vec<_> = (0..10_000)
        .map(|at| hay.jwk_with(&json!({ "kid": format!("key-{at}"), "alg": "HS256" })))
        .collect();
    keys.insert(7_000, needle.jwk_with(&json!({ "kid": "needle" })));
    let validator = builder().jwk_set(&set(&keys)).build().unwrap();
    let token = needle.token(&json!({ "alg": "HS512", "kid": "needle" }), &claims());
    assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
}

#[test]
fn a_jwk_is_used_only_for_what_it_says() {
    let rsa = SigningKey::rsa();
    for (members, alg, expect) in [
        (json!({ "use": "sig" }), "RS256", ACCEPTED),
        (json!({ "key_ops": ["verify"] }), "RS256", ACCEPTED),
        (
            json!({ "key_ops": ["sign", "verify"], "use": "sig" }),
            "PS256",
            ACCEPTED,
        ),
        (json!({ "alg": "RS256" }), "RS256", ACCEPTED),
        (json!({ "alg": "RS256" }), "RS384", UNKNOWN_KEY),
        (json!({ "alg": "RS256" }), "PS256", UNKNOWN_KEY),
        (json!({ "alg": "PS512" }), "PS512", ACCEPTED),
        (json!({ "alg": "PS512" }), "RS512", UNKNOWN_KEY),
        (
            json!({ "x5t": "x", "x5c": [], "ext": true, "iat": 1 }),
            "RS256",
            ACCEPTED,
        ),
    ] {
        let validator = builder()
            .jwk(&rsa.jwk_with(&members).to_string())
            .build()
            .unwrap();
        let token = rsa.token(&header(alg), &claims());
        assert_eq!(
            reason(validate(&validator, &token)),
            expect,
            "{members} {alg}"
        );
    }
}

#[test]
fn a_jwk_that_cannot_be_used_is_an_error_that_says_why() {
    let (rsa, p256, ed25519) = (SigningKey::rsa(), SigningKey::p256(), SigningKey::ed25519());
    let other_use = "is not for checking signatures: `use` or `key_ops`; take the one that is";
    let malformed = "is malformed; give a JWK, a JWK set or a PEM text as the issuer publishes it";
    let unsupported =
        "is of a type or on a curve that is not supported; take RSA, P-256, P-384 or Ed25519";
    let algorithm =
        "is for none of the accepted algorithms; name the one it is for in `algorithms`";
    let point = "is not a point of its curve that can be a public key; take another key";
    let private =
        "is private; give the public part, and keep the private one where tokens are signed";
    let short = "is an RSA key of less than 2048 bits, or an even one; take a longer one";
    let secret = "is a secret shorter than the hash; take at least 32 random bytes for HS256, 48 for HS384, 64 for HS512";
    let n1024 = base64url([0xFF; 128]);
    for (jwk, expect) in [
        (rsa.jwk_with(&json!({ "use": "enc" })), other_use),
        (rsa.jwk_with(&json!({ "use": "SIG" })), other_use),
        (rsa.jwk_with(&json!({ "key_ops": ["encrypt"] })), other_use),
        (rsa.jwk_with(&json!({ "key_ops": [] })), other_use),
        (rsa.jwk_with(&json!({ "alg": "RSA-OAEP" })), other_use),
        (rsa.jwk_with(&json!({ "alg": "none" })), other_use),
        (rsa.jwk_with(&json!({ "alg": "ES256" })), algorithm),
        (rsa.jwk_with(&json!({ "alg": "HS256" })), algorithm),
        (rsa.jwk_with(&json!({ "d": "AQAB" })), private),
        (rsa.jwk_with(&json!({ "n": n1024 })), short),
        (rsa.jwk_with(&json!({ "n": "" })), short),
        (rsa.jwk_with(&json!({ "n": "!" })), malformed),
        (rsa.jwk_with(&json!({ "n": "AQ==" })), malformed),
        (rsa.jwk_with(&json!({ "n": 1 })), malformed),
        (rsa.jwk_with(&json!({ "e": null })), malformed),
        (
            rsa.jwk_with(&json!({ "e": "AQ" })),
            "has a bad RSA exponent; take a key with 65537",
        ),
        (rsa.jwk_with(&json!({ "kid": 1 })), malformed),
        (rsa.jwk_with(&json!({ "kty": "rsa" })), unsupported),
        (rsa.jwk_with(&json!({ "kty": "EC" })), unsupported),
        (p256.jwk_with(&json!({ "crv": "P-384" })), point),
        (p256.jwk_with(&json!({ "crv": "P-521" })), unsupported),
        (p256.jwk_with(&json!({ "crv": "secp256k1" })), unsupported),
        (p256.jwk_with(&json!({ "crv": null })), unsupported),
        (p256.jwk_with(&json!({ "alg": "ES384" })), algorithm),
        (p256.jwk_with(&json!({ "x": "AAAA" })), point),
        (ed25519.jwk_with(&json!({ "crv": "X25519" })), unsupported),
        (ed25519.jwk_with(&json!({ "crv": "Ed448" })), unsupported),
        (ed25519.jwk_with(&json!({ "x": "AAAA" })), point),
        (ed25519.jwk_with(&json!({ "x": base64url([0; 32]) })), point),
        (ed25519.jwk_with(&json!({ "alg": "ES256" })), algorithm),
        (json!({ "kty": "oct", "k": base64url([1; 31]) }), secret),
        (
            json!({ "kty": "oct", "k": base64url([1; 32]), "alg": "HS512" }),
            secret,
        ),
        (json!({ "kty": "oct" }), malformed),
        (json!({ "kty": "AKP", "alg": "ML-DSA-44" }), unsupported),
        (json!({}), malformed),
        (json!([]), malformed),
        (json!({ "keys": [rsa.jwk()] }), malformed),
    ] {
        let error = builder().jwk(&jwk.to_string()).build().unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Key, "{jwk}");
        assert_eq!(
            error.to_string(),
            format!("key: of `jwk` {expect}"),
            "{jwk}"
        );
    }
}

#[test]
fn odd_keys_of_a_set_do_not_spoil_the_others() {
    let key = SigningKey::ed25519();
    let odd = [
        json!(null),
        json!(1),
        json!({}),
        json!({ "kty": 1 }),
        json!({ "kty": "new", "kid": "k" }),
        json!({ "kty": "RSA", "kid": "k", "n": base64url([0xFF; 128]), "e": "AQAB" }),
        SigningKey::rsa().jwk_with(&json!({ "use": "enc", "kid": "k" })),
        SigningKey::p256().jwk_with(&json!({ "x": "AA", "kid": "k" })),
        SigningKey::p256().jwk_with(&json!({ "d": "AA", "kid": "k" })),
    ];
    let keys = [&odd[..], &[key.jwk_with(&json!({ "kid": "k" }))]].concat();
    let validator = builder().jwk_set(&set(&keys)).build().unwrap();
    let token = key.token(&json!({ "alg": "EdDSA", "kid": "k" }), &claims());
    assert_eq!(reason(validate(&validator, &token)), ACCEPTED);

    for text in [&set(&odd), &set(&[]), "{}", "[]", "", "{\"keys\":{}}"] {
        let error = builder().jwk_set(text).build().unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Key, "{text}");
    }
}

#[test]
fn secrets_and_public_keys_are_never_in_one_set() {
    let (secret, public) = (SigningKey::secret(), SigningKey::ed25519());
    let both = set(&[secret.jwk(), public.jwk()]);
    for built in [
        builder().jwk_set(&both).build(),
        builder()
            .hmac_secret(&[1; 32][..])
            .pem(public.pem())
            .build(),
    ] {
        assert_eq!(
            built.unwrap_err().to_string(),
            "key: an HMAC secret and a public key are in one set; use two validators, one for each"
        );
    }
}

#[test]
fn two_secrets_are_both_good_during_a_rotation() {
    let (old, new) = (SigningKey::secret(), SigningKey::secret());
    let (SigningKey::Secret(first), SigningKey::Secret(second)) = (&old, &new) else {
        panic!()
    };
    let validator = builder()
        .hmac_secret(first.as_slice())
        .hmac_secret(second.as_slice())
        .build()
        .unwrap();
    for key in [&old, &new] {
        let token = key.token(&header("HS256"), &claims());
        assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
    }
    let token = SigningKey::secret().token(&header("HS256"), &claims());
    assert_eq!(reason(validate(&validator, &token)), SIGNATURE);
}

#[test]
fn a_secret_is_given_in_base64_of_either_alphabet() {
    let bytes: Vec<u8> = (224..=255).collect();
    let key = SigningKey::Secret(bytes.clone());
    let token = key.token(&header("HS256"), &claims());
    let padded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &bytes);
    for text in [padded.trim_end_matches('='), &padded, &base64url(&bytes)] {
        let validator = builder().hmac_secret_base64(text).build().unwrap();
        assert_eq!(reason(validate(&validator, &token)), ACCEPTED, "{text}");
    }
    for text in ["", "!", "AAAA", "AA AA"] {
        let error = builder().hmac_secret_base64(text).build().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("key: of `hmac_secret_base64` is "),
            "{error}"
        );
    }
}

#[test]
fn public_keys_are_read_from_pem() {
    for alg in ["RS256", "PS384", "ES256", "ES384", "EdDSA"] {
        let key = SigningKey::for_algorithm(alg);
        let text = format!("a comment\n{}\n", key.pem().replace('\n', "\r\n"));
        let token = key.token(&json!({ "alg": alg, "kid": "k" }), &claims());
        for (kid, expect) in [("k", ACCEPTED), ("other", UNKNOWN_KEY)] {
            let validator = builder().pem_with_kid(kid, &text).build().unwrap();
            assert_eq!(reason(validate(&validator, &token)), expect, "{alg} {kid}");
        }
    }
    // Several in one text, and the older form of RSA keys.
    let SigningKey::Rsa(rsa) = SigningKey::rsa() else {
        panic!()
    };
    let pkcs1 = aws_lc_rs::signature::KeyPair::public_key(rsa)
        .as_ref()
        .to_vec();
    let p256 = SigningKey::p256();
    let text = p256.pem() + &pem("RSA PUBLIC KEY", &pkcs1);
    let validator = builder().pem(text).build().unwrap();
    for (key, alg) in [(&p256, "ES256"), (SigningKey::rsa(), "RS256")] {
        let token = key.token(&header(alg), &claims());
        assert_eq!(reason(validate(&validator, &token)), ACCEPTED, "{alg}");
    }
}

/// A certificate of RFC 7517, appendix B, and the key in it.
#[test]
fn the_key_of_a_certificate_is_read_from_pem() {
    let x5c = "MIIDQjCCAiqgAwIBAgIGATz/FuLiMA0GCSqGSIb3DQEBBQUAMGIxCzAJBgNVBAYTAlVTMQswCQYDVQQIEwJDTzEPMA0GA1UEBxMGRGVudmVyMRwwGgYDVQQKExNQaW5nIElkZW50aXR5IENvcnAuMRcwFQYDVQQDEw5CcmlhbiBDYW1wYmVsbDAeFw0xMzAyMjEyMzI5MTVaFw0xODA4MTQyMjI5MTVaMGIxCzAJBgNVBAYTAlVTMQswCQYDVQQIEwJDTzEPMA0GA1UEBxMGRGVudmVyMRwwGgYDVQQKExNQaW5nIElkZW50aXR5IENvcnAuMRcwFQYDVQQDEw5CcmlhbiBDYW1wYmVsbDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAL64zn8/QnHYMeZ0LncoXaEde1fiLm1jHjmQsF/449IYALM9if6amFtPDy2yvz3YlRij66s5gyLCyO7ANuVRJx1NbgizcAblIgjtdf/u3WG7K+IiZhtELto/A7Fck9Ws6SQvzRvOE8uSirYbgmj6He4iO8NCyvaK0jIQRMMGQwsU1quGmFgHIXPLfnpnfajr1rVTAwtgV5LEZ4Iel+W1GC8ugMhyr4/p1MtcIM42EA8BzE6ZQqC7VPqPvEjZ2dbZkaBhPbiZAS3YeYBRDWm1p1OZtWamT3cEvqqPpnjL1XyW+oyVVkaZdklLQp2Btgt9qr21m42f4wTw+Xrp6rCKNb0CAwEAATANBgkqhkiG9w0BAQUFAAOCAQEAh8zGlfSlcI0o3rYDPBB07aXNswb4ECNIKG0CETTUxmXl9KUL+9gGlqCz5iWLOgWsnrcKcY0vXPG9J1r9AqBNTqNgHq2G03X09266X5CpOe1zFo+Owb1zxtp3PehFdfQJ610CDLEaS9V9Rqp17hCyybEpOGVwe8fnk+fbEL2Bo3UPGrpsHzUoaGpDftmWssZkhpBJKVMJyf/RuP2SmmaIzmnw9JiSlYhzo4tpzd5rFXhjRbg4zW9C+2qok+2+qDM1iJ684gPHMIY8aLWrdgQTxkumGmTqgawR+N5MDtdPTEQ0XfIBc2cJEUyMTY5MPvACWpkA6SdS4xSvdXK3IVfOWA==";
    let certificate = format!("-----BEGIN CERTIFICATE-----\n{x5c}\n-----END CERTIFICATE-----");
    let validator = builder().pem(certificate).build().unwrap();
    assert!(format!("{validator:?}").contains("RS256"));
    let token = SigningKey::rsa().token(&header("RS256"), &claims());
    assert_eq!(reason(validate(&validator, &token)), SIGNATURE);
}

#[test]
fn pem_that_holds_no_public_key_is_an_error() {
    let key = SigningKey::p256();
    let good = key.pem();
    let broken = good.replacen("MF", "AA", 1);
    for (text, expect) in [
        ("", "is malformed"),
        ("-----BEGIN PUBLIC KEY-----", "is malformed"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA", "is malformed"),
        (
            "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----",
            "is malformed",
        ),
        (
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
            "is malformed",
        ),
        (&broken, "is malformed"),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "is private",
        ),
        (
            "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----",
            "is private",
        ),
        (
            "-----BEGIN CSR-----\nAAAA\n-----END CSR-----",
            "is in a PEM block that holds no public key",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
            "is malformed",
        ),
    ] {
        let error = builder().pem(text).build().unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Key);
        assert!(
            error
                .to_string()
                .starts_with(&format!("key: of `pem` {expect}")),
            "{text}: {error}"
        );
    }
    assert!(builder().pem([0xFF]).build().is_err());
}
