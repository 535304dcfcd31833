//! What the handler and the policies get.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::json;
use tower_postern::{
    bearer::{ConfirmationMethod, ErrorKind},
    jwt::{Claims, Jwt, JwtValidator},
};

use super::{ACCEPTED, CLAIMS_TYPE, builder, header, reason, validate, validator};
use crate::support::{
    clock::TestClock,
    issuer::{AUDIENCE, ISSUER, NOW, SigningKey, claims, claims_with},
};

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn the_grant_holds_what_the_token_says() {
    let key = SigningKey::secret();
    let claims =
        claims_with(&json!({ "sid": "s", "acr": "gold", "auth_time": NOW - 20, "nbf": 0 }));
    let verified = validate(&validator(&key), &key.token(&header("HS256"), &claims)).unwrap();
    let grant = verified.grant;
    assert_eq!(grant.issuer(), Some(ISSUER));
    assert_eq!(grant.subject(), Some("ann"));
    assert_eq!(grant.client_id(), Some("shop"));
    assert_eq!(grant.scopes().as_str(), "orders:read orders:write");
    assert_eq!(grant.expires_at(), Some(at(NOW + 300)));
    assert_eq!(grant.issued_at(), Some(at(NOW - 10)));
    assert_eq!(grant.token_id(), Some("42"));
    assert_eq!(grant.session_id(), Some("s"));
    assert_eq!(grant.acr(), Some("gold"));
    assert_eq!(grant.auth_time(), Some(at(NOW - 20)));
    assert!(grant.confirmations().is_empty());
}

#[test]
fn scopes_are_read_from_scope_and_from_scp_only_where_scope_is_absent() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for (claims, expect) in [
        (json!({}), "orders:read orders:write"),
        (json!({ "scp": "admin" }), "orders:read orders:write"),
        (json!({ "scope": "", "scp": "admin" }), ""),
        (json!({ "scope": null }), ""),
        (json!({ "scope": null, "scp": "a b" }), "a b"),
        (json!({ "scope": null, "scp": ["a", "b"] }), "a b"),
        (json!({ "scope": ["a", "b"] }), "a b"),
        (
            json!({ "scope": null, "scp": ["a", "b c", "", "d\"", "é"] }),
            "a",
        ),
        (json!({ "scope": "  a   b " }), "a b"),
        (json!({ "scope": "a\tadmin b" }), "b"),
        (json!({ "scope": "a\\b c" }), "c"),
    ] {
        let token = key.token(&header("HS256"), &claims_with(&claims));
        let verified = validate(&validator, &token).unwrap();
        assert_eq!(verified.grant.scopes().as_str(), expect, "{claims}");
    }
}

#[test]
fn a_bound_token_has_confirmations_that_nobody_proved_yet() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for (cnf, expect) in [
        (
            json!({ "jkt": "t" }),
            vec![(ConfirmationMethod::JwkThumbprint, "t")],
        ),
        (
            json!({ "x5t#S256": "c" }),
            vec![(ConfirmationMethod::CertificateThumbprint, "c")],
        ),
        (
            json!({ "jkt": "t", "x5t#S256": "c" }),
            vec![
                (ConfirmationMethod::JwkThumbprint, "t"),
                (ConfirmationMethod::CertificateThumbprint, "c"),
            ],
        ),
        (
            json!({ "jwk": { "kty": "EC" } }),
            vec![(ConfirmationMethod::Other, "jwk")],
        ),
        (
            json!({ "new": null }),
            vec![(ConfirmationMethod::Other, "new")],
        ),
        (json!({}), vec![(ConfirmationMethod::Other, "cnf")]),
    ] {
        let token = key.token(&header("HS256"), &claims_with(&json!({ "cnf": cnf })));
        let grant = validate(&validator, &token).unwrap().grant;
        let found = grant.confirmations().iter();
        assert!(
            grant.confirmations().iter().all(|one| !one.is_proved()),
            "{cnf}"
        );
        let mut found: Vec<_> = found.map(|one| (one.method(), one.value())).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.1));
        assert_eq!(found, expect, "{cnf}");
    }
}

#[test]
fn claims_are_read_by_name() {
    let key = SigningKey::secret();
    let more = json!({ "name": "Änn", "roles": ["a"], "n": null, "realm_access": { "roles": ["x"] }, "aud": ["b", AUDIENCE] });
    let token = key.token(&header("HS256"), &claims_with(&more));
    let claims: Jwt<Claims> = validate(&validator(&key), &token).unwrap().identity;
    assert_eq!(claims.subject(), Some("ann"));
    assert_eq!(claims.audience(), ["b", AUDIENCE]);
    assert_eq!(
        claims.get::<String>("name").unwrap().as_deref(),
        Some("Änn")
    );
    assert_eq!(claims.get::<Vec<String>>("roles").unwrap().unwrap(), ["a"]);
    assert_eq!(claims.get::<String>("absent").unwrap(), None);
    assert_eq!(claims.get::<String>("n").unwrap(), None);
    assert_eq!(claims.grant().token_id(), Some("42"));
    assert!(claims.as_json().starts_with('{'));

    let error = claims.get::<u8>("name").unwrap_err();
    assert_eq!(
        error.to_string(),
        "a claim is of another type than it is read as"
    );
    let error = tower_postern::bearer::AuthError::from(error);
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    for shown in [format!("{claims:?}"), format!("{error:?}")] {
        assert!(!shown.contains("nn") || shown.contains("known"), "{shown}");
        assert!(!shown.contains("ann"), "{shown}");
    }
}

#[derive(Debug, Deserialize)]
struct User {
    sub: String,
    age: u8,
}

#[test]
fn a_type_of_the_service_is_filled_from_verified_bytes_alone() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static READ: AtomicUsize = AtomicUsize::new(0);

    struct Watched;
    impl<'de> Deserialize<'de> for Watched {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            READ.fetch_add(1, Ordering::SeqCst);
            serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
        }
    }

    let key = SigningKey::secret();
    let validator = JwtValidator::<Watched>::builder(ISSUER, AUDIENCE)
        .clock_with(TestClock::at(NOW))
        .jwk(&key.jwk().to_string())
        .build()
        .unwrap();
    let forged = SigningKey::secret().token(&header("HS256"), &claims());
    let expired = key.token(&header("HS256"), &claims_with(&json!({ "exp": 1 })));
    for token in [forged, expired] {
        assert!(validate(&validator, &token).is_err());
        assert_eq!(READ.load(Ordering::SeqCst), 0);
    }
    assert!(validate(&validator, &key.token(&header("HS256"), &claims())).is_ok());
    assert_eq!(READ.load(Ordering::SeqCst), 1);
}

#[test]
fn claims_that_do_not_fit_the_services_type_are_refused_without_a_word_of_them() {
    let key = SigningKey::secret();
    let validator = JwtValidator::<User>::builder(ISSUER, AUDIENCE)
        .clock_with(TestClock::at(NOW))
        .jwk(&key.jwk().to_string())
        .build()
        .unwrap();
    for (age, expect) in [
        (json!(7), ACCEPTED),
        (json!(256), CLAIMS_TYPE),
        (json!("S3CR3T"), CLAIMS_TYPE),
        (json!(null), CLAIMS_TYPE),
    ] {
        let token = key.token(&header("HS256"), &claims_with(&json!({ "age": age })));
        let answer = validate(&validator, &token);
        assert!(!format!("{answer:?}").contains("S3CR3T"));
        if let Ok(verified) = &answer {
            assert_eq!(
                (verified.identity.sub.as_str(), verified.identity.age),
                ("ann", 7)
            );
        }
        assert_eq!(reason(answer), expect, "{age}");
    }
}

#[test]
fn validate_answers_as_validate_now_does() {
    use tower_postern::{
        RequestHead,
        bearer::{Credentials, TokenValidator},
    };

    let key = SigningKey::secret();
    let validator = validator(&key);
    let request = http::Request::new(());
    for token in [key.token(&header("HS256"), &claims()), "x".to_owned()] {
        let credentials = Credentials::new(&token, RequestHead::new(&request));
        let later = futures_util::FutureExt::now_or_never(validator.validate(credentials)).unwrap();
        let now = validator.validate_now(credentials).unwrap();
        assert_eq!(later.is_ok(), now.is_ok());
    }
}

#[test]
fn a_validator_and_its_builder_show_no_secret() {
    let builder = builder().hmac_secret("hunter2-hunter2-hunter2-hunter2-hunter2");
    assert!(!format!("{builder:?}").contains("hunter2"));
    let validator = builder.build().unwrap();
    assert_eq!(
        format!("{validator:?}"),
        r#"JwtValidator { issuer: "https://id.example", audiences: ["orders"], keys: KeySet { named: 0, algorithms: {HS256}, .. }, .. }"#
    );
}

#[test]
fn claims_of_a_test_are_what_a_validator_makes_of_the_same_token() {
    let key = SigningKey::secret();
    let verified = validate(&validator(&key), &key.token(&header("HS256"), &claims())).unwrap();
    let made = Claims::new(verified.identity.as_json(), verified.grant);
    assert_eq!(made.subject(), Some("ann"));
    assert_eq!(made.audience(), verified.identity.audience());
    assert_eq!(made.get::<String>("iss").unwrap().as_deref(), Some(ISSUER));
    assert!(made.get::<u32>("iss").is_err());
    assert!(made.grant().has_scope("orders:read"));
}
