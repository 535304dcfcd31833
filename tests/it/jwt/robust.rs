//! Nothing that comes over the wire makes a validator panic.

use proptest::prelude::*;
use serde_json::json;

use super::{builder, recognizes, validate, validator};
use crate::support::issuer::{SigningKey, base64url, claims};

proptest! {
    #[test]
    fn any_text_is_refused_without_a_panic(token in "\\PC*", dotted in "[A-Za-z0-9._~+/=-]{0,200}") {
        let validator = builder().hmac_secret(&[7; 32][..]).build().unwrap();
        for token in [token, dotted] {
            recognizes(&validator, &token);
            prop_assert!(validate(&validator, &token).is_err());
        }
    }

    #[test]
    fn any_bytes_in_the_parts_are_refused_without_a_panic(
        header: Vec<u8>,
        payload: Vec<u8>,
        signature: Vec<u8>,
        text in "\\PC*",
    ) {
        let validator = builder().hmac_secret(&[7; 32][..]).build().unwrap();
        let good = r#"{"alg":"HS256"}"#;
        for (header, payload) in [
            (&*header, &*payload),
            (good.as_bytes(), &payload),
            (&header, claims().to_string().as_bytes()),
            (format!("{{\"alg\":{text}}}").as_bytes(), text.as_bytes()),
            (good.as_bytes(), format!("{{\"exp\":{text}}}").as_bytes()),
        ] {
            let token = [base64url(header), base64url(payload), base64url(&signature)].join(".");
            recognizes(&validator, &token);
            prop_assert!(validate(&validator, &token).is_err());
        }
    }

    #[test]
    fn any_signed_claims_are_read_without_a_panic(payload: Vec<u8>, text in "\\PC*", number: f64, bits: u64) {
        let key = SigningKey::Secret(vec![7; 64]);
        let validator = validator(&key);
        for payload in [
            payload,
            text.clone().into_bytes(),
            json!({ "iss": text, "aud": [text], "sub": number, "exp": bits }).to_string().into_bytes(),
            format!("{{\"exp\":{number},\"iat\":{bits},\"nbf\":{bits}.{bits}e{}}}", bits >> 50).into_bytes(),
        ] {
            drop(validate(&validator, &key.token_as("HS256", r#"{"alg":"HS256"}"#, payload)));
        }
    }

    #[test]
    fn any_key_material_is_read_without_a_panic(text in "\\PC*", bytes: Vec<u8>) {
        drop(builder().jwk(&text).build());
        drop(builder().jwk_set(&text).build());
        drop(builder().pem(&bytes).build());
        drop(builder().hmac_secret_base64(&text).build());
        for label in ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"] {
            drop(builder().pem(crate::support::issuer::pem(label, &bytes)).build());
        }
        let jwk = json!({ "kty": "RSA", "n": base64url(&bytes), "e": base64url(&bytes) });
        drop(builder().jwk(&jwk.to_string()).build());
    }
}

/// Each byte of a good key, changed and cut: what is still read is a key, and none of it panics.
#[test]
fn broken_der_is_read_without_a_panic() {
    use base64::Engine;

    for key in [
        SigningKey::rsa(),
        &SigningKey::p384(),
        &SigningKey::ed25519(),
    ] {
        let text: String = key
            .pem()
            .lines()
            .filter(|line| !line.contains('-'))
            .collect();
        let der = base64::engine::general_purpose::STANDARD
            .decode(text)
            .unwrap();
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 0x81;
            for der in [&changed[..], &der[..at]] {
                drop(
                    builder()
                        .pem(crate::support::issuer::pem("PUBLIC KEY", der))
                        .build(),
                );
            }
        }
    }
}
