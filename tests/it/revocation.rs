//! Tokens that were taken back.

use std::{
    error::Error as _,
    time::{Duration, SystemTime},
};

use futures_util::FutureExt;
use http::Request;
use tower_postern::{
    RequestHead,
    bearer::{
        AuthError, Credentials, ErrorKind, Grant, Revocable, Revocation, RevocationList,
        TokenValidator, Verified, immediate,
    },
};

use crate::support::clock::TestClock;

const ISSUER: &str = "https://id.example";
const NOW: u64 = 1_000;

fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn grant() -> Grant {
    Grant::builder()
        .issuer(ISSUER)
        .subject("ann")
        .token_id("42")
        .session_id("s")
        .issued_at(time(NOW - 10))
        .build()
}

fn list(capacity: usize) -> (RevocationList, TestClock) {
    let clock = TestClock::at(NOW);
    (RevocationList::with_clock(capacity, clock.clone()), clock)
}

fn revoked(list: &RevocationList, grant: &Grant) -> bool {
    list.is_revoked_now(grant).unwrap().unwrap()
}

#[test]
fn a_token_is_revoked_by_each_of_its_names_and_by_no_other() {
    type Revoke = fn(&RevocationList);
    let cases: &[(&str, Revoke, bool)] = &[
        ("nothing", |_| {}, false),
        (
            "its id",
            |l| l.revoke_token(ISSUER, "42", time(NOW + 1)).unwrap(),
            true,
        ),
        (
            "another id",
            |l| l.revoke_token(ISSUER, "43", time(NOW + 1)).unwrap(),
            false,
        ),
        (
            "the id of another issuer",
            |l| l.revoke_token("https://b", "42", time(NOW + 1)).unwrap(),
            false,
        ),
        (
            "the id as a session",
            |l| l.revoke_session(ISSUER, "42", time(NOW + 1)).unwrap(),
            false,
        ),
        (
            "its session",
            |l| l.revoke_session(ISSUER, "s", time(NOW + 1)).unwrap(),
            true,
        ),
        (
            "another session",
            |l| l.revoke_session(ISSUER, "t", time(NOW + 1)).unwrap(),
            false,
        ),
        (
            "its subject, later",
            |l| {
                l.revoke_subject(ISSUER, "ann", time(NOW), time(NOW + 1))
                    .unwrap();
            },
            true,
        ),
        (
            "its subject, in that second",
            |l| {
                l.revoke_subject(ISSUER, "ann", time(NOW - 10), time(NOW + 1))
                    .unwrap();
            },
            false,
        ),
        (
            "its subject, before",
            |l| {
                l.revoke_subject(ISSUER, "ann", time(NOW - 11), time(NOW + 1))
                    .unwrap();
            },
            false,
        ),
        (
            "another subject",
            |l| {
                l.revoke_subject(ISSUER, "bob", time(NOW), time(NOW + 1))
                    .unwrap();
            },
            false,
        ),
        (
            "all, later",
            |l| l.revoke_issued_before(ISSUER, time(NOW)),
            true,
        ),
        (
            "all, before",
            |l| l.revoke_issued_before(ISSUER, time(NOW - 10)),
            false,
        ),
        (
            "all of another issuer",
            |l| l.revoke_issued_before("https://b", time(NOW)),
            false,
        ),
    ];
    for (name, revoke, expect) in cases {
        let (list, _) = list(10);
        revoke(&list);
        assert_eq!(revoked(&list, &grant()), *expect, "{name}");
    }
}

#[test]
fn a_token_that_does_not_say_when_it_was_issued_is_from_before() {
    let (list, _) = list(10);
    list.revoke_issued_before(ISSUER, time(0));
    let grant = Grant::builder().issuer(ISSUER).subject("ann").build();
    assert!(revoked(&list, &grant));
}

#[test]
fn the_stricter_of_two_revocations_counts() {
    let (list, _) = list(1);
    list.revoke_subject(ISSUER, "ann", time(NOW), time(NOW + 5))
        .unwrap();
    list.revoke_subject(ISSUER, "ann", time(1), time(NOW + 1))
        .unwrap();
    assert!(revoked(&list, &grant()));
    list.revoke_issued_before(ISSUER, time(NOW));
    list.revoke_issued_before(ISSUER, time(1));
    assert!(revoked(&list, &grant()));
}

#[test]
fn a_full_list_takes_no_more_and_forgets_nothing_that_still_counts() {
    let (list, clock) = list(2);
    list.revoke_token(ISSUER, "42", time(NOW + 10)).unwrap();
    list.revoke_token(ISSUER, "1", time(NOW + 5)).unwrap();
    for issuer in [ISSUER, "https://b"] {
        let error = list.revoke_token(issuer, "2", time(NOW + 10)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the revocation list is full; take all tokens of the issuer back, or make it larger"
        );
    }
    // What is there can still be made stricter, and what has expired makes room.
    list.revoke_token(ISSUER, "42", time(NOW + 20)).unwrap();
    clock.advance(Duration::from_secs(5));
    list.revoke_token(ISSUER, "2", time(NOW + 20)).unwrap();
    assert!(revoked(&list, &grant()));
    assert_eq!(
        format!("{list:?}"),
        "RevocationList { len: 2, capacity: 2, .. }"
    );
    // What is over needs no room.
    list.revoke_token(ISSUER, "3", time(NOW)).unwrap();
}

fn validate<V: TokenValidator>(validator: &V) -> Option<Result<Verified<V::Identity>, AuthError>> {
    let request = Request::new(());
    let credentials = Credentials::new("t", RequestHead::new(&request));
    let later = validator.validate(credentials).now_or_never().unwrap();
    let now = validator.validate_now(credentials);
    if let Some(now) = &now {
        assert_eq!(
            now.as_ref().map(|_| ()).map_err(AuthError::kind),
            later.as_ref().map(|_| ()).map_err(AuthError::kind)
        );
    }
    now
}

#[test]
fn a_revoked_token_is_refused_at_once_and_a_refusal_of_the_validator_stays() {
    let (list, _) = list(10);
    let good = Revocable::new(
        immediate(|_| Ok(Verified::new(()).with_grant(grant()))),
        list.clone(),
    );
    assert!(validate(&good).unwrap().is_ok());
    list.revoke_token(ISSUER, "42", time(NOW + 1)).unwrap();
    let error = validate(&good).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    assert_eq!(error.to_string(), "the access token is not valid");
    assert_eq!(error.source().unwrap().to_string(), "the token was revoked");

    let bad = Revocable::new(
        immediate(|_| Err::<Verified<()>, _>(AuthError::forbidden())),
        list,
    );
    assert_eq!(
        validate(&bad).unwrap().unwrap_err().kind(),
        ErrorKind::Forbidden
    );
}

#[test]
fn a_store_that_waits_is_waited_for_and_its_outage_is_no_answer() {
    struct Store(Result<bool, ErrorKind>);
    impl Revocation for Store {
        async fn is_revoked(&self, _: &Grant) -> Result<bool, AuthError> {
            self.0.map_err(|_| AuthError::unavailable())
        }
    }
    let request = Request::new(());
    let credentials = Credentials::new("t", RequestHead::new(&request));
    for (store, expect) in [
        (Ok(false), Ok(())),
        (Ok(true), Err(ErrorKind::InvalidToken)),
        (Err(ErrorKind::Unavailable), Err(ErrorKind::Unavailable)),
    ] {
        let validator = Revocable::new(immediate(|_| Ok(Verified::new(()))), Store(store));
        assert!(validator.validate_now(credentials).is_none());
        let answer = validator.validate(credentials).now_or_never().unwrap();
        assert_eq!(answer.map(drop).map_err(|error| error.kind()), expect);
    }
}
