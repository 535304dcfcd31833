//! JWT Profile for OAuth 2.0 Access Tokens.

use serde_json::{Value, json};

use crate::{
    jwt::{
        ACCEPTED, ALGORITHM, AUDIENCE_, EXPIRED, ISSUER_, MISSING, SIGNATURE, TYPE, builder,
        reason, validate,
    },
    support::issuer::{NOW, SigningKey, claims, claims_with},
};

fn validates(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let validator = builder()
        .rfc9068()
        .jwk(&key.jwk().to_string())
        .build()
        .unwrap();
    reason(validate(&validator, &key.token(header, claims)))
}

fn at_jwt() -> Value {
    json!({ "alg": "ES256", "typ": "at+jwt" })
}

#[test]
fn section_2_1_the_type_must_be_at_jwt() {
    let key = SigningKey::p256();
    for (typ, expect) in [
        (json!("at+jwt"), ACCEPTED),
        (json!("application/at+jwt"), ACCEPTED),
        (json!("AT+JWT"), ACCEPTED),
        (json!("JWT"), TYPE),
        (json!("jwt"), TYPE),
    ] {
        let header = json!({ "alg": "ES256", "typ": typ });
        assert_eq!(validates(&key, &header, &claims()), expect, "{typ}");
    }
    assert_eq!(
        validates(&key, &json!({ "alg": "ES256" }), &claims()),
        TYPE,
        "absent"
    );
}

#[test]
fn section_2_1_none_must_not_be_accepted() {
    let header = json!({ "alg": "none", "typ": "at+jwt" });
    assert_eq!(
        validates(&SigningKey::p256(), &header, &claims()),
        ALGORITHM
    );
}

#[test]
fn section_2_2_required_claims_must_be_there() {
    let key = SigningKey::p256();
    assert_eq!(validates(&key, &at_jwt(), &claims()), ACCEPTED);
    for (name, expect) in [
        ("iss", ISSUER_),
        ("exp", MISSING),
        ("aud", AUDIENCE_),
        ("sub", MISSING),
        ("client_id", MISSING),
        ("iat", MISSING),
        ("jti", MISSING),
    ] {
        let claims = claims_with(&json!({ name: null }));
        assert_eq!(validates(&key, &at_jwt(), &claims), expect, "{name}");
    }
    // `azp` is of ID tokens: it does not stand in for `client_id`.
    let claims = claims_with(&json!({ "client_id": null, "azp": "shop" }));
    assert_eq!(validates(&key, &at_jwt(), &claims), MISSING);
}

#[test]
fn section_4_issuer_audience_signature_and_expiry_must_be_checked() {
    let key = SigningKey::p256();
    for (claims, expect) in [
        (json!({ "iss": "https://id.example.evil" }), ISSUER_),
        (json!({ "aud": "other" }), AUDIENCE_),
        (json!({ "exp": NOW - 31 }), EXPIRED),
    ] {
        assert_eq!(
            validates(&key, &at_jwt(), &claims_with(&claims)),
            expect,
            "{claims}"
        );
    }
    let validator = builder()
        .rfc9068()
        .jwk(&key.jwk().to_string())
        .build()
        .unwrap();
    let forged = SigningKey::p256().token(&at_jwt(), &claims());
    assert_eq!(reason(validate(&validator, &forged)), SIGNATURE);
}

#[test]
fn section_5_an_id_token_is_no_access_token() {
    let id_token = json!({
        "iss": "https://id.example", "aud": "orders", "sub": "ann", "azp": "orders",
        "iat": NOW, "exp": NOW + 300, "nonce": "n", "auth_time": NOW,
    });
    let key = SigningKey::p256();
    assert_eq!(
        validates(&key, &json!({ "alg": "ES256", "typ": "JWT" }), &id_token),
        TYPE
    );
    assert_eq!(validates(&key, &at_jwt(), &id_token), MISSING);
}
