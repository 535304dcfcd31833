//! What a token must say, and when.

use std::time::Duration;

use serde_json::{Value, json};
use tower_postern::jwt::ClaimValue;

use super::{
    ACCEPTED, AUDIENCE_, CLIENT, EXPIRED, FUTURE, ISSUER_, LIFETIME, MALFORMED, MISSING, NOT_YET,
    REQUIRED, TYPE, builder, header, reason, validate, validator,
};
use crate::support::{
    clock::TestClock,
    issuer::{NOW, SigningKey, claims, claims_with},
};

/// One key for a table; and claims as text, so that each can be spelled in each way.
fn with_claim(name: &str, value: &str) -> String {
    let mut claims = claims_with(&json!({ name: null })).to_string();
    claims.pop();
    format!("{claims},\"{name}\":{value}}}")
}

#[test]
fn issuer_and_audience_are_compared_to_the_letter() {
    let key = SigningKey::secret();
    let jwk = key.jwk().to_string();
    let validator = builder()
        .audience("https://two.example")
        .jwk(&jwk)
        .build()
        .unwrap();
    for (name, value, expect) in [
        ("iss", "\"https://id.example\"", ACCEPTED),
        ("iss", "\"https:\\/\\/id.example\"", ACCEPTED),
        ("iss", "\"https://id.example/\"", ISSUER_),
        ("iss", "\"https://ID.example\"", ISSUER_),
        ("iss", "\"https://id.example\\u0000\"", ISSUER_),
        ("iss", "\"\"", ISSUER_),
        ("iss", "[\"https://id.example\"]", MALFORMED),
        ("iss", "null", MALFORMED),
        ("iss", "1", MALFORMED),
        ("aud", "\"orders\"", ACCEPTED),
        ("aud", "[\"orders\"]", ACCEPTED),
        ("aud", "[\"x\",\"orders\"]", ACCEPTED),
        ("aud", "[\"order\\u0073\"]", ACCEPTED),
        ("aud", "\"https://two.example\"", ACCEPTED),
        ("aud", "\"Orders\"", AUDIENCE_),
        ("aud", "\"orders \"", AUDIENCE_),
        ("aud", "\"order\"", AUDIENCE_),
        ("aud", "\"orders x\"", AUDIENCE_),
        ("aud", "[]", AUDIENCE_),
        ("aud", "[\"x\"]", AUDIENCE_),
        ("aud", "\"\"", AUDIENCE_),
        ("aud", "[\"orders\",1]", MALFORMED),
        ("aud", "[[\"orders\"]]", MALFORMED),
        ("aud", "{\"orders\":true}", MALFORMED),
        ("aud", "null", MALFORMED),
        ("aud", "true", MALFORMED),
    ] {
        let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, with_claim(name, value));
        assert_eq!(
            reason(validate(&validator, &token)),
            expect,
            "{name} {value}"
        );
    }
    for (name, expect) in [("iss", ISSUER_), ("aud", AUDIENCE_), ("exp", MISSING)] {
        let token = key.token(&header("HS256"), &claims_with(&json!({ name: null })));
        assert_eq!(reason(validate(&validator, &token)), expect, "no {name}");
    }
}

#[test]
fn times_are_checked_with_leeway_to_the_second() {
    let key = SigningKey::secret();
    let jwk = key.jwk().to_string();
    let strict = builder().leeway(Duration::ZERO).jwk(&jwk).build().unwrap();
    let lenient = validator(&key); // 30 seconds
    for (name, value, expect) in [
        ("exp", format!("{}", NOW + 1), [ACCEPTED, ACCEPTED]),
        ("exp", format!("{NOW}"), [EXPIRED, ACCEPTED]),
        ("exp", format!("{NOW}.9"), [EXPIRED, ACCEPTED]),
        ("exp", format!("{}.5", NOW + 1), [ACCEPTED, ACCEPTED]),
        ("exp", format!("{}", NOW - 29), [EXPIRED, ACCEPTED]),
        ("exp", format!("{}", NOW - 30), [EXPIRED, EXPIRED]),
        ("exp", "0".into(), [EXPIRED, EXPIRED]),
        ("exp", "2e9".into(), [EXPIRED, ACCEPTED]),
        ("exp", "253402300799".into(), [ACCEPTED, ACCEPTED]),
        ("nbf", format!("{NOW}"), [ACCEPTED, ACCEPTED]),
        ("nbf", format!("{NOW}.1"), [NOT_YET, ACCEPTED]),
        ("nbf", format!("{}", NOW + 1), [NOT_YET, ACCEPTED]),
        ("nbf", format!("{}", NOW + 30), [NOT_YET, ACCEPTED]),
        ("nbf", format!("{}.1", NOW + 30), [NOT_YET, NOT_YET]),
        ("nbf", format!("{}", NOW + 31), [NOT_YET, NOT_YET]),
        ("nbf", "0".into(), [ACCEPTED, ACCEPTED]),
        ("iat", format!("{NOW}"), [ACCEPTED, ACCEPTED]),
        ("iat", format!("{}", NOW + 1), [FUTURE, ACCEPTED]),
        ("iat", format!("{}", NOW + 31), [FUTURE, FUTURE]),
        ("iat", "0".into(), [ACCEPTED, ACCEPTED]),
        ("auth_time", format!("{}", NOW + 1000), [ACCEPTED, ACCEPTED]),
    ] {
        let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, with_claim(name, &value));
        let found = [&strict, &lenient].map(|validator| reason(validate(validator, &token)));
        assert_eq!(found, expect, "{name} {value}");
    }
}

#[test]
fn a_time_that_is_no_date_is_refused() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for name in ["exp", "nbf", "iat", "auth_time"] {
        for value in [
            "-1",
            "-0.1",
            "1e300",
            "-1e300",
            "1e309",
            "-1e309",
            "1e-400000",
            "253402300800",
            "9007199254740992",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "340282366920938463463374607431768211456",
            "NaN",
            "Infinity",
            "-Infinity",
            "null",
            "true",
            "\"2000000300\"",
            "\"\"",
            "[2000000300]",
            "{\"\":2000000300}",
            "2000000300n",
            "0x7fffffff",
            "+2000000300",
            "02000000300",
            "2_000_000_300",
            "2000000300.",
            ".5",
            "",
        ] {
            let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, with_claim(name, value));
            let found = reason(validate(&validator, &token));
            // As small as it can be, it is still 1970.
            let expect = match (name, value) {
                ("exp", "1e-400000") => EXPIRED,
                (_, "1e-400000") => ACCEPTED,
                _ => MALFORMED,
            };
            assert_eq!(found, expect, "{name} {value}");
        }
    }
}

#[test]
fn an_expired_token_is_called_so_only_if_its_signature_is_good() {
    let expired = claims_with(&json!({ "exp": NOW - 100 }));
    let good = SigningKey::secret();
    let error = validate(&validator(&good), &good.token(&header("HS256"), &expired)).unwrap_err();
    assert!(error.is_expired());
    assert_eq!(error.to_string(), "the access token expired");

    let forged = SigningKey::secret().token(&header("HS256"), &expired);
    let error = validate(&validator(&good), &forged).unwrap_err();
    assert!(!error.is_expired());
    assert_eq!(error.to_string(), "the access token is not valid");

    // Where the signature costs more than all else, an expired token is refused before it is checked.
    let key = SigningKey::ed25519();
    let error = validate(&validator(&key), &key.token(&header("EdDSA"), &expired)).unwrap_err();
    assert!(!error.is_expired());
}

#[test]
fn a_token_that_was_good_expires_while_the_clock_goes_on() {
    let key = SigningKey::secret();
    let clock = TestClock::at(NOW);
    let validator = builder()
        .jwk(&key.jwk().to_string())
        .clock_with(clock.clone())
        .build()
        .unwrap();
    let token = key.token(&header("HS256"), &claims());
    assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
    clock.advance(Duration::from_secs(329));
    assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
    clock.advance(Duration::from_secs(1));
    assert_eq!(reason(validate(&validator, &token)), EXPIRED);
}

#[test]
fn a_clock_before_1970_is_our_fault() {
    struct Broken;
    impl tower_postern::Clock for Broken {
        fn now(&self) -> std::time::SystemTime {
            std::time::SystemTime::UNIX_EPOCH - Duration::from_secs(1)
        }
    }
    let key = SigningKey::secret();
    let validator = builder()
        .jwk(&key.jwk().to_string())
        .clock_with(Broken)
        .build()
        .unwrap();
    let error = validate(&validator, &key.token(&header("HS256"), &claims())).unwrap_err();
    assert_eq!(error.kind(), tower_postern::bearer::ErrorKind::Unavailable);
}

#[test]
fn claims_of_a_wrong_type_or_that_are_there_twice_are_refused() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let texts = ["sub", "jti", "client_id", "azp", "sid", "acr", "iss"];
    for name in texts {
        for value in [
            "null",
            "1",
            "true",
            "[]",
            "[\"a\"]",
            "{}",
            "\"\\ud800\"",
            "'a'",
        ] {
            let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, with_claim(name, value));
            assert_eq!(
                reason(validate(&validator, &token)),
                MALFORMED,
                "{name} {value}"
            );
        }
    }
    for (name, value) in [
        ("scope", "1"),
        ("scope", "null"),
        ("scope", "[1]"),
        ("scope", "{}"),
        ("scp", "1"),
        ("scp", "[\"a\",null]"),
        ("cnf", "\"x\""),
        ("cnf", "null"),
        ("cnf", "[]"),
        ("cnf", "{\"jkt\":1}"),
        ("cnf", "{\"x5t#S256\":null}"),
    ] {
        let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, with_claim(name, value));
        assert_eq!(
            reason(validate(&validator, &token)),
            MALFORMED,
            "{name} {value}"
        );
    }
    let claims = claims().to_string();
    for twice in [
        r#""sub":"bob""#,
        r#""s\u0075b":"bob""#,
        r#""exp":4000000000"#,
        r#""aud":"x""#,
        r#""x":1,"x":1"#,
        r#""x":1,"\u0078":1"#,
        r#""":1,"":1"#,
    ] {
        let claims = claims.replacen('{', &format!("{{{twice},"), 1);
        let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, claims);
        assert_eq!(reason(validate(&validator, &token)), MALFORMED, "{twice}");
    }
}

#[test]
fn what_is_not_an_object_of_json_is_no_claims() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let good = claims().to_string();
    let nul = format!("{good}\0");
    let twice = format!("{good}{good}");
    for payload in [
        "",
        "{}x",
        "[]",
        "null",
        "1",
        "\"x\"",
        "{",
        "}",
        "{\"a\"}",
        "{\"a\":}",
        "{,}",
        "// c\n{}",
        &nul,
        &twice,
        &format!("[{good}]"),
        &format!("\u{feff}{good}"),
    ] {
        let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, payload);
        assert_eq!(reason(validate(&validator, &token)), MALFORMED, "{payload}");
    }
    for bytes in [&b"\xff"[..], b"{\"a\":\"\xc0\xaf\"}", b"\xfe\xff\0{\0}"] {
        let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, bytes);
        assert_eq!(
            reason(validate(&validator, &token)),
            super::ENCODING,
            "{bytes:?}"
        );
    }
}

#[test]
fn required_claims_must_say_what_they_should() {
    let key = SigningKey::secret();
    let jwk = key.jwk().to_string();
    let validator = builder()
        .require_claim("token_use", "access")
        .require_claim("email_verified", true)
        .require_claim("level", 3)
        .require_claim("tenant", ClaimValue::Any)
        .require_claim("acr", "high")
        .require_claim("auth_time", ClaimValue::Any)
        .jwk(&jwk)
        .build()
        .unwrap();
    let good = claims_with(&json!({
        "token_use": "access", "email_verified": true, "level": 3, "tenant": {}, "acr": "high", "auth_time": 1,
    }));
    let token = key.token(&header("HS256"), &good);
    assert_eq!(reason(validate(&validator, &token)), ACCEPTED);
    for (name, value) in [
        ("token_use", json!("id")),
        ("token_use", json!("Access")),
        ("token_use", json!(["access"])),
        ("email_verified", json!(false)),
        ("email_verified", json!("true")),
        ("email_verified", json!(1)),
        ("level", json!(2)),
        ("level", json!("3")),
        ("level", json!(3.5)),
        ("tenant", Value::Null),
        ("acr", json!("low")),
    ] {
        for value in [Some(value), None] {
            let mut claims = good.clone();
            match &value {
                Some(value) => claims[name] = value.clone(),
                None => drop(claims.as_object_mut().unwrap().remove(name)),
            }
            let found = reason(validate(&validator, &key.token(&header("HS256"), &claims)));
            assert!(
                [REQUIRED, MALFORMED].contains(&&*found),
                "{name} {value:?}: {found}"
            );
        }
    }
    let mut claims = good;
    claims.as_object_mut().unwrap().remove("auth_time");
    let token = key.token(&header("HS256"), &claims);
    assert_eq!(reason(validate(&validator, &token)), REQUIRED);
}

#[test]
fn tokens_of_other_clients_are_refused() {
    let key = SigningKey::secret();
    let jwk = key.jwk().to_string();
    let validator = builder()
        .clients(["shop", "app"])
        .jwk(&jwk)
        .build()
        .unwrap();
    for (claims, expect) in [
        (json!({}), ACCEPTED),
        (json!({ "client_id": "app" }), ACCEPTED),
        (json!({ "client_id": null, "azp": "app" }), ACCEPTED),
        (json!({ "client_id": "other", "azp": "app" }), CLIENT),
        (json!({ "client_id": null, "azp": "other" }), CLIENT),
        (json!({ "client_id": null }), CLIENT),
        (json!({ "client_id": "" }), CLIENT),
        (json!({ "client_id": "Shop" }), CLIENT),
    ] {
        let token = key.token(&header("HS256"), &claims_with(&claims));
        assert_eq!(reason(validate(&validator, &token)), expect, "{claims}");
    }
}

#[test]
fn tokens_that_live_too_long_are_refused() {
    let key = SigningKey::secret();
    let jwk = key.jwk().to_string();
    let hour = Duration::from_secs(3600);
    let validator = builder().max_lifetime(hour).jwk(&jwk).build().unwrap();
    for (claims, expect) in [
        (json!({}), ACCEPTED),
        (json!({ "iat": NOW - 1, "exp": NOW + 3599 }), ACCEPTED),
        (json!({ "iat": NOW - 1, "exp": NOW + 3600 }), LIFETIME),
        (json!({ "iat": 0 }), LIFETIME),
        (json!({ "iat": null }), LIFETIME),
        (json!({ "iat": null, "nbf": NOW }), LIFETIME),
        (json!({ "exp": null }), MISSING),
        (json!({ "iat": NOW + 10, "exp": NOW + 5 }), ACCEPTED),
    ] {
        let token = key.token(&header("HS256"), &claims_with(&claims));
        assert_eq!(reason(validate(&validator, &token)), expect, "{claims}");
    }
}

#[test]
fn what_is_called_danger_accepts_what_is_missing_and_nothing_else() {
    let key = SigningKey::secret();
    let jwk = key.jwk().to_string();
    let audience = builder()
        .danger_accept_missing_audience()
        .jwk(&jwk)
        .build()
        .unwrap();
    let expiry = builder()
        .danger_accept_missing_expiry()
        .jwk(&jwk)
        .build()
        .unwrap();
    for (claims, expect) in [
        (json!({ "aud": null }), [ACCEPTED, AUDIENCE_]),
        (json!({ "aud": "other" }), [AUDIENCE_, AUDIENCE_]),
        (json!({ "aud": [] }), [AUDIENCE_, AUDIENCE_]),
        (json!({ "exp": null }), [MISSING, ACCEPTED]),
        (json!({ "exp": NOW - 100 }), [EXPIRED, EXPIRED]),
        (json!({ "exp": "never" }), [MALFORMED, MALFORMED]),
    ] {
        let token = key.token(&header("HS256"), &claims_with(&claims));
        let found = [&audience, &expiry].map(|validator| reason(validate(validator, &token)));
        assert_eq!(found, expect, "{claims}");
    }
}

#[test]
fn the_profile_of_rfc_9068_asks_for_its_type() {
    let key = SigningKey::secret();
    let validator = builder()
        .rfc9068()
        .jwk(&key.jwk().to_string())
        .build()
        .unwrap();
    for (typ, expect) in [
        ("at+jwt", ACCEPTED),
        ("application/AT+JWT", ACCEPTED),
        ("JWT", TYPE),
        ("", TYPE),
        ("at+jwt ", TYPE),
    ] {
        let token = key.token(&json!({ "alg": "HS256", "typ": typ }), &claims());
        assert_eq!(reason(validate(&validator, &token)), expect, "{typ}");
    }
    let token = key.token(&header("HS256"), &claims());
    assert_eq!(reason(validate(&validator, &token)), TYPE, "absent");
}
