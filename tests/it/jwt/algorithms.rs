//! Every algorithm, with every backend that is on.

use serde_json::json;
use tower_postern::jwt::Algorithm;

use super::{ACCEPTED, ALGORITHM, SIGNATURE, UNKNOWN_KEY, builder, header, reason, validate};
use crate::support::issuer::{SigningKey, claims};

pub(crate) const BACKENDS: &[&str] = &[
    #[cfg(feature = "aws-lc-rs")]
    "aws-lc-rs",
    #[cfg(feature = "rust-crypto")]
    "rust-crypto",
];

const ALL: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
    "ES384", "EdDSA", "Ed25519",
];

fn family(alg: &str) -> &str {
    match alg {
        "EdDSA" | "Ed25519" => "Ed25519",
        "ES256" | "ES384" => alg,
        _ if alg.starts_with("HS") => "HMAC",
        _ => "RSA",
    }
}

#[test]
fn a_token_of_every_algorithm_is_accepted_and_a_changed_one_is_refused() {
    for backend in BACKENDS {
        for alg in ALL {
            let key = SigningKey::for_algorithm(alg);
            let validator = builder()
                .jwk(&key.jwk().to_string())
                .__backend(backend)
                .build()
                .unwrap();
            let token = key.token(&header(alg), &claims());
            assert_eq!(
                reason(validate(&validator, &token)),
                ACCEPTED,
                "{backend} {alg}"
            );

            let other = SigningKey::for_algorithm(alg);
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let mut flipped = signature.to_owned();
            let at = signature.len() / 2;
            let byte = if &signature[at..=at] == "A" { "B" } else { "A" };
            flipped.replace_range(at..=at, byte);
            let cut = &signature[..signature.len() - 4];
            let mut changed = claims();
            changed["sub"] = json!("bob");
            let changed = key.token(&header(alg), &changed);
            let changed = changed.rsplit_once('.').unwrap().0;
            for (name, token) in [
                ("no signature", format!("{signed}.")),
                ("flipped bit", format!("{signed}.{flipped}")),
                ("cut signature", format!("{signed}.{cut}")),
                ("longer signature", format!("{signed}.{signature}AAAA")),
                ("other claims", format!("{changed}.{signature}")),
                ("zeros", format!("{signed}.{}", "A".repeat(signature.len()))),
            ] {
                let found = reason(validate(&validator, &token));
                // A longer one may end in bits that are none.
                assert!(
                    [SIGNATURE, super::ENCODING].contains(&&*found),
                    "{backend} {alg} {name}: {found}"
                );
            }
            if !alg.starts_with("RS") && !alg.starts_with("PS") {
                let forged = other.token(&header(alg), &claims());
                assert_eq!(
                    reason(validate(&validator, &forged)),
                    SIGNATURE,
                    "{backend} {alg}"
                );
            }
        }
        let forged = SigningKey::new_rsa().token(&header("RS256"), &claims());
        let validator = builder()
            .jwk(&SigningKey::rsa().jwk().to_string())
            .__backend(backend)
            .build();
        assert_eq!(
            reason(validate(&validator.unwrap(), &forged)),
            SIGNATURE,
            "{backend}"
        );
    }
}

#[test]
fn a_token_that_names_another_algorithm_than_it_is_signed_with_is_refused() {
    for backend in BACKENDS {
        for alg in ALL {
            let key = SigningKey::for_algorithm(alg);
            let validator = builder()
                .jwk(&key.jwk().to_string())
                .__backend(backend)
                .build()
                .unwrap();
            for named in ALL {
                let header = format!(r#"{{"alg":"{named}"}}"#);
                let token = key.token_as(alg, &header, claims().to_string());
                let expect =
                    if named == alg || (family(named), family(alg)) == ("Ed25519", "Ed25519") {
                        ACCEPTED
                    } else if family(named) == family(alg) {
                        SIGNATURE
                    } else {
                        UNKNOWN_KEY
                    };
                assert_eq!(
                    reason(validate(&validator, &token)),
                    expect,
                    "{backend}: signed with {alg}, named {named}"
                );
            }
        }
    }
}

#[test]
fn only_the_algorithms_that_are_asked_for_are_accepted() {
    let key = SigningKey::rsa();
    let validator = builder()
        .jwk(&key.jwk().to_string())
        .algorithms([Algorithm::PS256, Algorithm::RS512])
        .build()
        .unwrap();
    for (alg, expect) in [
        ("PS256", ACCEPTED),
        ("RS512", ACCEPTED),
        ("RS256", ALGORITHM),
        ("PS512", ALGORITHM),
    ] {
        let token = key.token(&header(alg), &claims());
        assert_eq!(reason(validate(&validator, &token)), expect, "{alg}");
    }
}

#[test]
fn an_hmac_secret_is_used_for_the_hashes_that_it_is_long_enough_for() {
    let secret: Vec<u8> = (0..64).collect();
    for (len, expect) in [
        (32, [ACCEPTED, UNKNOWN_KEY, UNKNOWN_KEY]),
        (48, [ACCEPTED, ACCEPTED, UNKNOWN_KEY]),
        (64, [ACCEPTED; 3]),
    ] {
        let key = SigningKey::Secret(secret[..len].to_vec());
        let validator = builder().hmac_secret(&secret[..len]).build().unwrap();
        let found = ["HS256", "HS384", "HS512"]
            .map(|alg| reason(validate(&validator, &key.token(&header(alg), &claims()))));
        assert_eq!(found, expect, "{len} bytes");
    }
}

#[cfg(all(feature = "aws-lc-rs", feature = "rust-crypto"))]
#[test]
fn both_backends_agree_on_what_is_a_point_of_ed25519() {
    use proptest::prelude::*;

    let agree = |x: [u8; 32]| {
        let jwk =
            json!({ "kty": "OKP", "crv": "Ed25519", "x": crate::support::issuer::base64url(x) });
        let [aws, rust] = ["aws-lc-rs", "rust-crypto"].map(|backend| {
            builder()
                .jwk(&jwk.to_string())
                .__backend(backend)
                .build()
                .is_ok()
        });
        assert_eq!(aws, rust, "{x:?}");
        aws
    };
    let points = std::cell::Cell::new(0);
    proptest!(ProptestConfig::with_cases(64), |(mut x: [u8; 32])| {
        points.set(points.get() + u32::from(agree(x)));
        x[31] = 0xFF;
        agree(x);
    });
    let points = points.get();
    assert!(
        (8..56).contains(&points),
        "half of all numbers are points: {points}"
    );
}

#[test]
fn a_point_that_is_not_on_its_curve_is_refused_with_every_backend() {
    for backend in BACKENDS {
        for key in [SigningKey::p256(), SigningKey::p384()] {
            let mut jwk = key.jwk();
            jwk["y"] = jwk["x"].clone();
            let built = builder().jwk(&jwk.to_string()).__backend(backend).build();
            let error = built.unwrap_err().to_string();
            assert!(
                error.contains("not a point of its curve"),
                "{backend}: {error}"
            );
        }
    }
}
