//! JSON Web Signature.

use std::time::Duration;

use serde_json::json;
use tower_postern::jwt::{Claims, JwtValidator};

use crate::{
    jwt::{
        ACCEPTED, ALGORITHM, CRITICAL, ENCODING, EXPIRED, HEADER, SHAPE, SIGNATURE, UNKNOWN_KEY,
        builder, header, reason, validate,
    },
    support::{
        clock::TestClock,
        issuer::{SigningKey, claims},
    },
};

/// The claims of appendix A: `{"iss":"joe", "exp":1300819380, "http://example.com/is_root":true}`.
const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const EXP: u64 = 1_300_819_380;

struct Example {
    name: &'static str,
    header: &'static str,
    signature: &'static str,
    jwk: &'static str,
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "A.1, HS256",
        header: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
        signature: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        jwk: r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
    },
    Example {
        name: "A.2, RS256",
        header: "eyJhbGciOiJSUzI1NiJ9",
        signature: "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        jwk: r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#,
    },
    Example {
        name: "A.3, ES256",
        header: "eyJhbGciOiJFUzI1NiJ9",
        signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        jwk: r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    },
];

fn joe(jwk: &str, now: u64, backend: &'static str) -> JwtValidator<Claims> {
    JwtValidator::builder("joe", "-")
        .danger_accept_missing_audience()
        .clock_with(TestClock::at(now))
        .leeway(Duration::ZERO)
        .jwk(jwk)
        .__backend(backend)
        .build()
        .unwrap()
}

#[test]
fn the_examples_of_appendix_a_are_accepted_until_they_expire() {
    for backend in crate::jwt::BACKENDS {
        for Example {
            name,
            header,
            signature,
            jwk,
        } in EXAMPLES
        {
            let token = format!("{header}.{PAYLOAD}.{signature}");
            let verified = validate(&joe(jwk, EXP - 1, backend), &token).unwrap();
            let root = verified.identity.get("http://example.com/is_root").unwrap();
            assert_eq!(root, Some(true), "{backend} {name}");
            assert_eq!(verified.grant.issuer(), Some("joe"));

            let later = joe(jwk, EXP, backend);
            assert_eq!(
                reason(validate(&later, &token)),
                EXPIRED,
                "{backend} {name}"
            );
            let forged = token.replace("eyJpc3Mi", "eyJpc3Nj");
            assert_ne!(reason(validate(&later, &forged)), ACCEPTED);
        }
    }
}

#[test]
fn the_unsecured_example_of_appendix_a_5_is_refused() {
    let validator = joe(EXAMPLES[0].jwk, EXP - 1, crate::jwt::BACKENDS[0]);
    let token = format!("eyJhbGciOiJub25lIn0.{PAYLOAD}.");
    assert_eq!(reason(validate(&validator, &token)), ALGORITHM);
}

#[test]
fn section_4_header_names_must_be_unique() {
    let key = SigningKey::secret();
    let validator = builder().jwk(&key.jwk().to_string()).build().unwrap();
    let header = r#"{"alg":"HS256","kid":"a","kid":"b"}"#;
    let token = key.token_as("HS256", header, claims().to_string());
    assert_eq!(reason(validate(&validator, &token)), HEADER);
}

#[test]
fn section_4_1_1_alg_must_be_present_and_understood() {
    let key = SigningKey::secret();
    let validator = builder().jwk(&key.jwk().to_string()).build().unwrap();
    for (header, expect) in [
        ("{}", HEADER),
        (r#"{"alg":"HS1"}"#, ALGORITHM),
        (r#"{"alg":"hs256"}"#, ALGORITHM), // case-sensitive
        (r#"{"alg":"HS256"}"#, ACCEPTED),
    ] {
        let token = key.token_as("HS256", header, claims().to_string());
        assert_eq!(reason(validate(&validator, &token)), expect, "{header}");
    }
}

#[test]
fn section_4_1_4_kid_must_be_a_string_and_is_compared_to_the_letter() {
    let key = SigningKey::secret();
    let jwk = key.jwk_with(&json!({ "kid": "Key" }));
    let validator = builder().jwk(&jwk.to_string()).build().unwrap();
    for (kid, expect) in [
        (json!("Key"), ACCEPTED),
        (json!("key"), UNKNOWN_KEY),
        (json!("Key "), UNKNOWN_KEY),
        (json!(1), HEADER),
    ] {
        let token = key.token(&json!({ "alg": "HS256", "kid": kid }), &claims());
        assert_eq!(reason(validate(&validator, &token)), expect, "{kid}");
    }
}

#[test]
fn section_4_1_11_extensions_that_are_not_understood_must_be_refused() {
    let key = SigningKey::secret();
    let validator = builder().jwk(&key.jwk().to_string()).build().unwrap();
    for crit in [
        json!(["exp"]),
        json!(["alg"]),
        json!([]),
        json!("exp"),
        json!(null),
    ] {
        let header = json!({ "alg": "HS256", "crit": crit, "exp": 1 });
        let token = key.token(&header, &claims());
        assert_eq!(reason(validate(&validator, &token)), CRITICAL, "{crit}");
    }
}

#[test]
fn section_5_2_each_part_must_be_base64url_without_anything_else() {
    let key = SigningKey::secret();
    let validator = builder().jwk(&key.jwk().to_string()).build().unwrap();
    let token = key.token(&header("HS256"), &claims());
    for (bad, expect) in [
        (token.replacen('.', ". ", 1), ENCODING),
        (token.replacen('.', "\r\n.", 1), ENCODING),
        (format!("{token}=="), ENCODING),
        (token.replacen('.', "", 1), SHAPE),
        (format!("{token}.{token}"), SHAPE),
    ] {
        assert_eq!(reason(validate(&validator, &bad)), expect, "{bad}");
    }
}

#[test]
fn section_10_7_a_signature_of_another_algorithm_must_not_be_accepted() {
    let key = SigningKey::rsa();
    let validator = builder().jwk(&key.jwk().to_string()).build().unwrap();
    let token = key.token_as("RS512", r#"{"alg":"RS256"}"#, claims().to_string());
    assert_eq!(reason(validate(&validator, &token)), SIGNATURE);
}
