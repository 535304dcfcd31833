//! JSON Web Token.

use serde_json::json;

use crate::{
    jwt::{
        ACCEPTED, ALGORITHM, AUDIENCE_, EXPIRED, MALFORMED, NOT_YET, TYPE, builder, header, reason,
        validate, validator,
    },
    support::issuer::{NOW, SigningKey, claims, claims_with},
};

#[test]
fn section_4_claim_names_must_be_unique() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let claims = claims()
        .to_string()
        .replacen('{', r#"{"private":1,"private":1,"#, 1);
    let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, claims);
    assert_eq!(reason(validate(&validator, &token)), MALFORMED);
}

#[test]
fn section_4_claims_that_are_not_understood_must_be_ignored() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let more = json!({ "https://example.com/is_root": true, "x": [1, { "y": null }], "": "" });
    let token = key.token(&header("HS256"), &claims_with(&more));
    assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
}

#[test]
fn section_4_1_3_a_token_for_others_must_be_refused() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for (aud, expect) in [
        (json!("orders"), ACCEPTED),
        (json!(["billing", "orders"]), ACCEPTED),
        (json!("billing"), AUDIENCE_),
        (json!(["billing"]), AUDIENCE_),
        (json!("ORDERS"), AUDIENCE_),
    ] {
        let token = key.token(&header("HS256"), &claims_with(&json!({ "aud": aud })));
        assert_eq!(reason(validate(&validator, &token)), expect, "{aud}");
    }
}

#[test]
fn section_4_1_4_a_token_must_not_be_accepted_on_or_after_exp() {
    let key = SigningKey::secret();
    let jwk = key.jwk().to_string();
    let validator = builder()
        .leeway(std::time::Duration::ZERO)
        .jwk(&jwk)
        .build()
        .unwrap();
    for (exp, expect) in [(NOW + 1, ACCEPTED), (NOW, EXPIRED), (NOW - 1, EXPIRED)] {
        let token = key.token(&header("HS256"), &claims_with(&json!({ "exp": exp })));
        assert_eq!(reason(validate(&validator, &token)), expect, "{exp}");
    }
}

#[test]
fn section_4_1_4_exp_must_be_a_number() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let token = key.token(
        &header("HS256"),
        &claims_with(&json!({ "exp": (NOW + 300).to_string() })),
    );
    assert_eq!(reason(validate(&validator, &token)), MALFORMED);
}

#[test]
fn section_4_1_5_a_token_must_not_be_accepted_before_nbf() {
    let key = SigningKey::secret();
    let jwk = key.jwk().to_string();
    let validator = builder()
        .leeway(std::time::Duration::ZERO)
        .jwk(&jwk)
        .build()
        .unwrap();
    for (nbf, expect) in [(NOW - 1, ACCEPTED), (NOW, ACCEPTED), (NOW + 1, NOT_YET)] {
        let token = key.token(&header("HS256"), &claims_with(&json!({ "nbf": nbf })));
        assert_eq!(reason(validate(&validator, &token)), expect, "{nbf}");
    }
}

#[test]
fn section_5_1_typ_is_compared_in_any_case() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for (typ, expect) in [("JWT", ACCEPTED), ("jWt", ACCEPTED), ("JOSE", TYPE)] {
        let token = key.token(&json!({ "alg": "HS256", "typ": typ }), &claims());
        assert_eq!(reason(validate(&validator, &token)), expect, "{typ}");
    }
}

#[test]
fn section_6_1_the_unsecured_example_is_refused() {
    let token = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    let validator = validator(&SigningKey::secret());
    assert_eq!(reason(validate(&validator, token)), ALGORITHM);
}

#[test]
fn section_7_2_a_nested_token_is_refused() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let inner = key.token(&header("HS256"), &claims());
    let token = key.token_as("HS256", r#"{"alg":"HS256","cty":"JWT"}"#, inner);
    assert_eq!(reason(validate(&validator, &token)), MALFORMED);
}

#[test]
fn section_7_2_step_10_claims_must_be_an_object_of_json_in_utf_8() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for payload in [
        &b"[]"[..],
        b"\"x\"",
        b"",
        b"{\"iss\":\"\xff\"}",
        b"{\"x\":\"\xc0\x80\"}",
    ] {
        let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, payload);
        assert_ne!(
            reason(validate(&validator, &token)),
            ACCEPTED,
            "{payload:?}"
        );
    }
}
