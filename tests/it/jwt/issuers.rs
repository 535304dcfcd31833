//! Several issuers, chosen by what the token says.

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::FutureExt;
use http::Request;
use serde_json::json;
use tower_postern::{
    RequestHead,
    bearer::{
        AuthError, Credentials, ErrorKind, TokenValidator, Verified, immediate, validator_fn,
    },
    jwt::{Claims, Issuers, Jwt, JwtValidator},
};

use super::{ACCEPTED, AUDIENCE_, ISSUER_, SHAPE, SIGNATURE, header, reason};
use crate::support::{
    clock::TestClock,
    issuer::{NOW, SigningKey, claims_with},
};

fn jwt(issuer: &str, audience: &str, key: &SigningKey) -> JwtValidator<Claims> {
    JwtValidator::builder(issuer, audience)
        .clock_with(TestClock::at(NOW))
        .jwk(&key.jwk().to_string())
        .build()
        .unwrap()
}

fn validate<I: Clone + Send + Sync + 'static>(
    issuers: &Issuers<I>,
    token: &str,
) -> Result<Verified<I>, AuthError> {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    let now = issuers.validate_now(credentials).unwrap();
    let later = issuers.validate(credentials).now_or_never().unwrap();
    assert_eq!(now.is_ok(), later.is_ok());
    now
}

#[test]
fn each_issuer_has_keys_and_rules_of_its_own() {
    let (a, b) = (SigningKey::secret(), SigningKey::secret());
    let issuers: Issuers<Jwt<Claims>> = Issuers::new()
        .issuer("https://a", jwt("https://a", "orders", &a))
        .issuer("https://b", jwt("https://b", "billing", &b));
    let token = |key: &SigningKey, iss: &str, aud: &str| {
        key.token(
            &header("HS256"),
            &claims_with(&json!({ "iss": iss, "aud": aud })),
        )
    };
    for (name, token, expect) in [
        ("a", token(&a, "https://a", "orders"), ACCEPTED),
        ("b", token(&b, "https://b", "billing"), ACCEPTED),
        (
            "the audience of the other",
            token(&b, "https://b", "orders"),
            AUDIENCE_,
        ),
        (
            "the key of the other",
            token(&b, "https://a", "orders"),
            SIGNATURE,
        ),
        ("unknown issuer", token(&a, "https://c", "orders"), ISSUER_),
        ("longer name", token(&a, "https://a/", "orders"), ISSUER_),
        ("other case", token(&a, "HTTPS://A", "orders"), ISSUER_),
        (
            "no issuer",
            a.token(&header("HS256"), &claims_with(&json!({ "iss": null }))),
            ISSUER_,
        ),
        ("no token", "opaque".to_owned(), SHAPE),
    ] {
        assert_eq!(reason(validate(&issuers, &token)), expect, "{name}");
    }
}

#[test]
fn an_issuer_that_is_not_listed_costs_no_question() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let issuers = Issuers::new().issuer(
        "https://a",
        validator_fn(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            async { Ok(Verified::new(())) }
        }),
    );
    let request = Request::new(());
    let key = SigningKey::secret();
    for (iss, expect) in [("https://b", 0), ("https://a", 1)] {
        let token = key.token(&header("HS256"), &claims_with(&json!({ "iss": iss })));
        let credentials = Credentials::new(&token, RequestHead::new(&request));
        let answer = issuers.validate(credentials).now_or_never().unwrap();
        assert_eq!(answer.is_ok(), expect == 1, "{iss}");
        assert_eq!(asked.load(Ordering::SeqCst), expect, "{iss}");
        // The one that waits is not asked now.
        assert_eq!(
            issuers.validate_now(credentials).is_none(),
            expect == 1,
            "{iss}"
        );
    }
}

#[test]
fn what_one_issuers_validator_says_stands() {
    let issuers = Issuers::new()
        .issuer("https://a", immediate(|_| Err(AuthError::unavailable())))
        .issuer("https://b", immediate(|_| Ok(Verified::new("b"))));
    let key = SigningKey::secret();
    let token = |iss| key.token(&header("HS256"), &claims_with(&json!({ "iss": iss })));
    let error = validate(&issuers, &token("https://a")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        validate(&issuers, &token("https://b")).unwrap().identity,
        "b"
    );
}

#[test]
fn only_tokens_of_listed_issuers_are_recognized() {
    let key = SigningKey::secret();
    let issuers = Issuers::new().issuer("https://a", jwt("https://a", "orders", &key));
    let request = Request::new(());
    let recognizes =
        |token: &str| issuers.recognizes(&Credentials::new(token, RequestHead::new(&request)));
    let token = |iss| key.token(&header("HS256"), &claims_with(&json!({ "iss": iss })));
    assert!(recognizes(&token("https://a")));
    assert!(!recognizes(&token("https://b")));
    assert!(!recognizes("opaque"));
    assert!(!recognizes("a.b.c"));
}

#[test]
fn no_issuer_refuses_every_token_and_the_last_one_named_counts() {
    let none: Issuers<()> = Issuers::default();
    let key = SigningKey::secret();
    let token = key.token(
        &header("HS256"),
        &claims_with(&json!({ "iss": "https://a" })),
    );
    let error = validate(&none, &token).unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), ISSUER_);
    assert_eq!(none.schemes(), tower_postern::bearer::Schemes::BEARER);

    let issuers = Issuers::new()
        .issuer("https://a", immediate(|_| Ok(Verified::new(1))))
        .issuer("https://a", immediate(|_| Ok(Verified::new(2))));
    assert_eq!(validate(&issuers, &token).unwrap().identity, 2);
    assert_eq!(format!("{issuers:?}"), r#"Issuers(["https://a"])"#);
}
