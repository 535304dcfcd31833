//! Static API keys.

use std::{
    error::Error as _,
    time::{Duration, SystemTime},
};

use http::Request;
use tower_postern::{
    ConfigErrorKind, RequestHead, Secret,
    api_key::{ApiKey, ApiKeys, StaticKey},
    bearer::{AuthError, Credentials, ErrorKind, TokenValidator, Verified},
    scopes,
};

use crate::support::clock::TestClock;

const ONE: &str = "3KpQ0vUuYw8mZr5tXc1nB7hJ4dLs";
const TWO: &str = "tok_0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f";

fn validate(keys: &ApiKeys, key: &str) -> Result<Verified<ApiKey>, AuthError> {
    let request = Request::new(());
    keys.validate_now(Credentials::new(key, RequestHead::new(&request)))
        .unwrap()
}

fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn a_key_names_its_owner_and_what_it_may_be_used_for() {
    let keys = ApiKeys::new([
        StaticKey::new("billing", ONE).scopes(scopes!("orders:read")),
        StaticKey::new("ci", Secret::new(TWO)).expires_at(time(100)),
    ])
    .unwrap()
    .clock_with(TestClock::at(99));

    let one = validate(&keys, ONE).unwrap();
    assert_eq!(one.identity, ApiKey::new("billing"));
    assert_eq!(one.grant.client_id(), Some("billing"));
    assert_eq!(one.grant.expires_at(), None);
    assert!(one.grant.has_scope("orders:read"));

    let two = validate(&keys, TWO).unwrap();
    assert_eq!(two.identity.name(), "ci");
    assert_eq!(two.grant.expires_at(), Some(time(100)));
    assert!(two.grant.scopes().is_empty());
}

#[test]
fn only_the_whole_key_is_good() {
    let keys = ApiKeys::new([StaticKey::new("billing", ONE)]).unwrap();
    let longer = format!("{ONE}A");
    let padded = format!("{ONE}=");
    for key in [
        "",
        "A",
        &ONE[1..],
        &ONE[..27],
        &longer,
        &padded,
        &ONE.to_lowercase(),
        TWO,
    ] {
        let error = validate(&keys, key).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidToken, "{key}");
        assert!(!error.is_expired());
        let source = error.source().unwrap().to_string();
        assert_eq!(source, "the API key is not one of those that are accepted");
    }
    assert!(validate(&keys, ONE).is_ok());
}

#[test]
fn a_key_expires_to_the_second() {
    let clock = TestClock::at(99);
    let keys = ApiKeys::new([StaticKey::new("ci", ONE).expires_at(time(100))])
        .unwrap()
        .clock_with(clock.clone());
    assert!(validate(&keys, ONE).is_ok());
    clock.advance(Duration::from_secs(1));
    let error = validate(&keys, ONE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    assert!(error.is_expired());
    assert_eq!(error.source().unwrap().to_string(), "the API key expired");
}

#[test]
fn a_key_can_be_configured_by_its_hash_alone() {
    // printf %s 3KpQ0vUuYw8mZr5tXc1nB7hJ4dLs | sha256sum
    let hash = "3d44666436eba954f5668f286a8e69e8c2b1cced5ba85733129e1e5c7fe04e97";
    for hex in [hash.to_owned(), hash.to_uppercase()] {
        let keys = ApiKeys::new([StaticKey::from_sha256("billing", &hex)]).unwrap();
        assert!(validate(&keys, ONE).is_ok());
        assert!(validate(&keys, TWO).is_err());
        assert!(validate(&keys, &hex).is_err(), "the hash is no key");
    }
}

#[test]
fn an_owner_can_have_two_keys_while_it_changes() {
    let keys = ApiKeys::new([
        StaticKey::new("billing", ONE),
        StaticKey::new("billing", TWO),
    ])
    .unwrap();
    for key in [ONE, TWO] {
        assert_eq!(validate(&keys, key).unwrap().identity.name(), "billing");
    }
}

#[test]
fn one_key_is_found_among_ten_thousand() {
    let many = (0..10_000).map(|at| StaticKey::new(format!("k{at}"), format!("{ONE}{at}")));
    let keys = ApiKeys::new(many).unwrap();
    for at in [0, 1, 5_000, 9_999] {
        let verified = validate(&keys, &format!("{ONE}{at}")).unwrap();
        assert_eq!(verified.identity.name(), format!("k{at}"));
    }
    assert!(validate(&keys, ONE).is_err());
}

#[test]
fn only_a_known_key_is_recognized() {
    let keys = ApiKeys::new([StaticKey::new("ci", ONE).expires_at(time(1))]).unwrap();
    let request = Request::new(());
    let recognizes = |key| keys.recognizes(&Credentials::new(key, RequestHead::new(&request)));
    assert!(
        recognizes(ONE),
        "also where it expired, or another validator would be asked"
    );
    assert!(!recognizes(TWO));
    assert!(!recognizes(""));
}

#[test]
fn a_key_that_could_be_guessed_or_never_come_is_an_error() {
    let short = "API key: of `k` is short enough to be guessed; take at least 24 random characters";
    let odd =
        "API key: of `k` has a character that no token can have; use letters, digits and `-._~+/`";
    let hex = "API key: of `k` is not a SHA-256 in hexadecimal; give 64 digits";
    let z64 = "z".repeat(64);
    for (name, key, expect) in [
        ("empty", StaticKey::new("k", ""), short),
        ("short", StaticKey::new("k", "hunter2"), short),
        ("23 characters", StaticKey::new("k", &ONE[..23]), short),
        (
            "only padding",
            StaticKey::new("k", "========================"),
            short,
        ),
        (
            "space",
            StaticKey::new("k", "3KpQ0vUuYw8mZr5tXc1nB7hJ4dL "),
            odd,
        ),
        (
            "line feed after",
            StaticKey::new("k", format!("{ONE}\n")),
            odd,
        ),
        (
            "not ASCII",
            StaticKey::new("k", "3KpQ0vUuYw8mZr5tXc1nB7hJ4dLä"),
            odd,
        ),
        (
            "padding within",
            StaticKey::new("k", "3KpQ0vUuYw8mZr=5tXc1nB7hJ4dL"),
            odd,
        ),
        (
            "one character",
            StaticKey::new("k", "a".repeat(64)),
            "API key: of `k` repeats a few characters; take random ones",
        ),
        (
            "no name",
            StaticKey::new("", ONE),
            "API key: has no name; say whose it is",
        ),
        (
            "blank name",
            StaticKey::new(" ", ONE),
            "API key: has no name; say whose it is",
        ),
        ("short hash", StaticKey::from_sha256("k", "ab"), hex),
        ("no hash", StaticKey::from_sha256("k", &z64), hex),
    ] {
        let error = ApiKeys::new([key]).unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::ApiKey, "{name}");
        assert_eq!(error.to_string(), expect, "{name}");
    }
    let twice = [StaticKey::new("a", ONE), StaticKey::new("b", ONE)];
    assert_eq!(
        ApiKeys::new(twice).unwrap_err().to_string(),
        "API key: of `b` is there twice; give each owner a key of its own"
    );
    assert_eq!(
        ApiKeys::new([]).unwrap_err().to_string(),
        "API key: there is none; give at least one to `ApiKeys::new`"
    );
}

#[test]
fn neither_keys_nor_hashes_are_shown() {
    let key = StaticKey::new("k", ONE);
    let shown = format!("{key:?} {:?}", ApiKeys::new([key.clone()]));
    assert_eq!(
        shown,
        r#"StaticKey { name: "k", scopes: {}, expires_at: None, .. } Ok(ApiKeys { keys: 1, .. })"#
    );
}
