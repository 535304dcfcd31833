//! What attackers try on validators of JWTs, each with the answer that it meets.

use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::json;

use crate::{
    jwt::{
        ACCEPTED, ALGORITHM, HEADER, MALFORMED, SIGNATURE, TOO_LONG, UNKNOWN_KEY, builder, header,
        reason, validate, validator,
    },
    support::issuer::{AUDIENCE, ISSUER, NOW, SigningKey, base64url, claims},
};

#[test]
fn a_token_without_a_signature_is_refused_however_none_is_spelled() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for alg in [
        "none", "None", "NONE", "nOnE", "", "null", "none\0", " none", "HS256 ",
    ] {
        let header = base64url(json!({ "alg": alg }).to_string());
        let payload = base64url(claims().to_string());
        for signature in ["", "AA", &base64url([0; 32])] {
            let token = format!("{header}.{payload}.{signature}");
            let found = reason(validate(&validator, &token));
            assert!(
                [ALGORITHM, super::jwt::ENCODING].contains(&&*found),
                "{alg:?}: {found}"
            );
        }
    }
}

#[test]
fn a_public_key_does_not_pass_for_a_secret() {
    for alg in ["RS256", "ES256", "EdDSA"] {
        let key = SigningKey::for_algorithm(alg);
        let jwk = key.jwk().to_string();
        let validator = builder().jwk(&jwk).build().unwrap();
        let pem = key.pem();
        for secret in [
            pem.as_bytes(),
            pem.trim_end().as_bytes(),
            jwk.as_bytes(),
            b"",
            &[0; 32],
        ] {
            for hash in ["HS256", "HS384", "HS512"] {
                let forger = SigningKey::Secret(secret.to_vec());
                let token = forger.token(&header(hash), &claims());
                assert_eq!(
                    reason(validate(&validator, &token)),
                    UNKNOWN_KEY,
                    "{alg} as {hash}"
                );
            }
        }
    }
}

#[test]
fn a_key_that_the_token_brings_along_is_not_looked_at() {
    let (key, attacker) = (SigningKey::p256(), SigningKey::p256());
    let validator = validator(&key);
    for more in [
        json!({ "jwk": attacker.jwk() }),
        json!({ "x5c": ["MIIB"] }),
        json!({ "jku": "https://evil.example/jwks.json" }),
        json!({ "x5u": "file:///etc/passwd" }),
        json!({ "x5t": "AA", "x5t#S256": "AA" }),
        json!({ "kid": "https://evil.example/jwks.json" }),
        json!({ "kid": "../../dev/null" }),
        json!({ "kid": "' UNION SELECT 'secret" }),
        json!({ "kid": "$(id)" }),
        json!({ "kid": "k".repeat(10_000) }),
    ] {
        let mut header = header("ES256");
        for (name, value) in more.as_object().unwrap() {
            header[name] = value.clone();
        }
        let forged = attacker.token(&header, &claims());
        assert_eq!(reason(validate(&validator, &forged)), SIGNATURE, "{more}");
        // And an honest issuer may send such things.
        let good = key.token(&header, &claims());
        assert_eq!(reason(validate(&validator, &good)), ACCEPTED, "{more}");
    }
}

#[test]
fn a_signature_of_zeros_or_of_another_form_is_refused() {
    // CVE-2022-21449: r = s = 0 is true for every message, where nobody looks.
    let key = SigningKey::p256();
    let validator = validator(&key);
    let token = key.token(&header("ES256"), &claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let raw = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature)
        .unwrap();
    // The order of P-256: r + n is r, if nobody reduces.
    let order: Vec<u8> = [
        0xFFFF_FFFF_0000_0000_u64,
        0xFFFF_FFFF_FFFF_FFFF,
        0xBCE6_FAAD_A717_9E84,
        0xF3B9_CAC2_FC63_2551,
    ]
    .iter()
    .flat_map(|word| word.to_be_bytes())
    .collect();
    let der = [&[0x30, 68, 2, 32][..], &raw[..32], &[2, 32], &raw[32..]].concat();
    for (name, bytes) in [
        ("zeros", vec![0; 64]),
        ("r is the order", [&order[..], &raw[32..]].concat()),
        ("s is the order", [&raw[..32], &order].concat()),
        ("s is zero", [&raw[..32], &[0; 32]].concat()),
        ("DER", der),
        ("a byte more", [&raw[..], &[0]].concat()),
        ("a byte before", [&[0], &raw[..]].concat()),
        ("a byte less", raw[..63].to_vec()),
        ("nothing", vec![]),
    ] {
        let token = format!("{signed}.{}", base64url(bytes));
        assert_eq!(reason(validate(&validator, &token)), SIGNATURE, "{name}");
    }
}

#[test]
fn the_parts_of_two_tokens_cannot_be_mixed() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let mut admin = claims();
    admin["scope"] = json!("admin");
    let (one, two) = (
        key.token(&header("HS256"), &claims()),
        SigningKey::secret().token(&header("HS256"), &admin),
    );
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (one, two) = (parts(&one), parts(&two));
    let mixed = [&*one[0], &two[1], &one[2]].join(".");
    assert_eq!(reason(validate(&validator, &mixed)), SIGNATURE);
    // A dot moved: the signed bytes stay the same, what they mean does not.
    let text = [&*one[0], &one[1]].join(".");
    let moved = format!("{}.{}.{}", &text[..4], &text[4..].replace('.', ""), one[2]);
    assert_eq!(reason(validate(&validator, &moved)), HEADER);
}

#[test]
fn a_member_that_two_readers_would_read_differently_is_refused() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let body = claims().to_string();
    for (name, value) in [
        ("iss", "\"https://evil.example\""),
        ("aud", "\"evil\""),
        ("sub", "\"root\""),
        ("exp", "99999999999"),
        ("cnf", "{}"),
    ] {
        let escaped = name.chars().fold(String::new(), |all, c| {
            all + &format!("\\u{:04x}", u32::from(c))
        });
        for name in [name.to_owned(), escaped] {
            for claims in [
                body.replacen(
                    '{',
                    &format!("{{\"{name}\":{value},\"cnf\":{{\"jkt\":\"a\"}},"),
                    1,
                ),
                format!(
                    "{},\"{name}\":{value},\"cnf\":{{\"jkt\":\"a\"}}}}",
                    &body[..body.len() - 1]
                ),
            ] {
                let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, claims);
                assert_eq!(reason(validate(&validator, &token)), MALFORMED, "{name}");
            }
        }
    }
}

#[test]
fn json_that_is_deep_or_wide_costs_little_and_is_no_panic() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let body = claims().to_string();
    let with = |more: String| format!("{},{more}}}", &body[..body.len() - 1]);
    let deep = |n: usize| format!("\"x\":{}{}", "[".repeat(n), "]".repeat(n));
    let objects = |n: usize| format!("\"x\":{}1{}", "{\"\":".repeat(n), "}".repeat(n));
    let wide: Vec<_> = (0..5_000).map(|at| format!("\"{at}\":0")).collect();
    for (name, claims, expect) in [
        ("deep arrays", with(deep(20_000)), ACCEPTED), // verified, and nobody reads them
        ("deep objects", with(objects(8_000)), ACCEPTED),
        ("100,000 deep", with(deep(100_000)), TOO_LONG),
        (
            "deep and open",
            with(format!("\"x\":{}", "[".repeat(40_000))),
            MALFORMED,
        ),
        (
            "deep audience",
            body.replace("\"orders\"", &"[".repeat(40_000)),
            MALFORMED,
        ),
        ("5,000 members", with(wide.join(",")), MALFORMED),
        (
            "long number",
            with(format!("\"x\":{}", "9".repeat(40_000))),
            ACCEPTED,
        ),
        (
            "long exp",
            body.replace(&(NOW + 300).to_string(), &"9".repeat(40_000)),
            MALFORMED,
        ),
        (
            "long fraction",
            body.replace(
                &(NOW + 300).to_string(),
                &format!("{}.{}", NOW + 300, "9".repeat(40_000)),
            ),
            ACCEPTED,
        ),
    ] {
        let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, claims);
        let found = reason(validate(&validator, &token));
        assert_eq!(found, expect, "{name}");
    }
    let deep = format!(
        r#"{{"alg":"HS256","jwk":{}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let token = key.token_as("HS256", &deep, claims().to_string());
    assert_eq!(
        reason(validate(&validator, &token)),
        ACCEPTED,
        "deep header"
    );
}

#[test]
fn deep_json_in_the_services_own_type_is_refused() {
    let key = SigningKey::secret();
    let validator =
        tower_postern::jwt::JwtValidator::<serde_json::Value>::builder(ISSUER, AUDIENCE)
            .clock_with(crate::support::clock::TestClock::at(NOW))
            .jwk(&key.jwk().to_string())
            .build()
            .unwrap();
    let body = claims().to_string();
    let deep = format!(
        "{},\"x\":{}{}}}",
        &body[..body.len() - 1],
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, deep);
    assert_eq!(
        reason(validate(&validator, &token)),
        super::jwt::CLAIMS_TYPE
    );
}

#[test]
fn an_hmac_of_a_prefix_is_not_enough() {
    let secret = vec![7; 32];
    let key = SigningKey::Secret(secret.clone());
    let validator = validator(&key);
    let token = key.token(&header("HS256"), &claims());
    let (signed, _) = token.rsplit_once('.').unwrap();
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &secret),
        signed.as_bytes(),
    );
    for len in 0..32 {
        let token = format!("{signed}.{}", base64url(&tag.as_ref()[..len]));
        assert_eq!(
            reason(validate(&validator, &token)),
            SIGNATURE,
            "{len} bytes"
        );
    }
}

#[test]
fn a_refusal_says_nothing_of_the_token_and_nothing_of_what_was_expected() {
    let key = SigningKey::secret();
    let validator = builder()
        .clients(["s3cr3t-client"])
        .require_claim("s3cr3t-claim", "s3cr3t-value")
        .max_lifetime(Duration::from_secs(3600))
        .jwk(&key.jwk().to_string())
        .build()
        .unwrap();
    let marks = ["MARK", "s3cr3t", ISSUER, AUDIENCE];
    let mut claims = claims();
    for name in ["sub", "jti", "iss", "client_id", "MARK"] {
        claims[name] = json!("MARK");
    }
    for token in [
        key.token(&json!({ "alg": "HS256", "kid": "MARK" }), &claims),
        key.token(&json!({ "alg": "MARK" }), &claims),
        key.token(&json!({ "alg": "HS256", "typ": "MARK" }), &claims),
        key.token_as("HS256", "MARK", "MARK"),
        "MARK".to_owned(),
        "MARK.MARK.MARK".to_owned(),
    ] {
        let error = validate(&validator, &token).unwrap_err();
        assert_eq!(error.to_string(), "the access token is not valid");
        let shown = format!("{error:?} {error} {:?}", std::error::Error::source(&error));
        for mark in marks {
            assert!(!shown.contains(mark), "{mark}: {shown}");
        }
    }
}
