//! Keys that change while tokens are checked: a handle, a file.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tower_postern::{
    ConfigErrorKind,
    jwt::{KeyFile, KeyHandle, KeyList, TokenCache},
};

use super::{ACCEPTED, SIGNATURE, UNKNOWN_KEY, builder, header, reason, validate};
use crate::support::issuer::{SigningKey, claims};

fn list(key: &SigningKey, kid: &str) -> KeyList {
    KeyList::new().jwk(&key.jwk_with(&json!({ "kid": kid })).to_string())
}

fn token(key: &SigningKey, kid: &str) -> String {
    key.token(&json!({ "alg": "EdDSA", "kid": kid }), &claims())
}

#[test]
fn replaced_keys_are_used_at_once_and_the_old_ones_no_longer() {
    let (old, new) = (SigningKey::ed25519(), SigningKey::ed25519());
    let handle = KeyHandle::new(list(&old, "1")).unwrap();
    for cache in [false, true] {
        handle.replace(list(&old, "1")).unwrap();
        let builder = builder().key_handle(handle.clone());
        let builder = if cache {
            builder.cache(TokenCache::new(10))
        } else {
            builder
        };
        let validator = builder.build().unwrap();
        let (one, two) = (token(&old, "1"), token(&new, "2"));
        for _ in 0..2 {
            assert_eq!(reason(validate(&validator, &one)), ACCEPTED);
            assert_eq!(reason(validate(&validator, &two)), UNKNOWN_KEY);
        }
        handle.replace(list(&new, "2")).unwrap();
        for _ in 0..2 {
            assert_eq!(
                reason(validate(&validator, &one)),
                UNKNOWN_KEY,
                "cache: {cache}"
            );
            assert_eq!(reason(validate(&validator, &two)), ACCEPTED);
        }
    }
}

#[test]
fn keys_that_cannot_be_used_leave_the_old_ones_in_place() {
    let key = SigningKey::ed25519();
    let handle = KeyHandle::new(list(&key, "1")).unwrap();
    let validator = builder().key_handle(handle.clone()).build().unwrap();
    for bad in [
        KeyList::new(),
        KeyList::new().jwk("{}"),
        KeyList::new().pem("x"),
        KeyList::new().hmac_secret("short"),
        list(&key, "1").hmac_secret(&[7; 32][..]),
    ] {
        let error = handle.replace(bad).unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Key);
        assert_eq!(reason(validate(&validator, &token(&key, "1"))), ACCEPTED);
    }
    assert!(KeyHandle::new(KeyList::new()).is_err());
}

#[test]
fn a_secret_in_place_of_a_public_key_is_no_confusion() {
    let key = SigningKey::ed25519();
    let handle = KeyHandle::new(list(&key, "1")).unwrap();
    let validator = builder()
        .algorithms([tower_postern::jwt::Algorithm::EdDSA])
        .key_handle(handle.clone())
        .build()
        .unwrap();
    let secret = SigningKey::secret();
    handle.replace(list(&secret, "1")).unwrap();
    let forged = secret.token(&header("HS256"), &claims());
    assert_eq!(reason(validate(&validator, &forged)), super::ALGORITHM);
}

#[test]
fn given_keys_beside_those_of_a_handle_are_an_error() {
    let key = SigningKey::ed25519();
    let handle = KeyHandle::new(list(&key, "1")).unwrap();
    let error = builder()
        .pem(key.pem())
        .key_handle(handle)
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "key: some come from elsewhere, and others are given; use two validators, one for each"
    );
}

#[test]
fn a_map_of_pem_keys_is_given_one_by_one() {
    let keys = [("a", SigningKey::ed25519()), ("b", SigningKey::ed25519())];
    let list = keys.iter().fold(KeyList::new(), |list, (kid, key)| {
        list.pem_with_kid(kid, key.pem())
    });
    let validator = builder()
        .key_handle(KeyHandle::new(list).unwrap())
        .build()
        .unwrap();
    for (kid, key) in &keys {
        assert_eq!(reason(validate(&validator, &token(key, kid))), ACCEPTED);
    }
    assert_eq!(
        reason(validate(&validator, &token(&keys[0].1, "b"))),
        SIGNATURE
    );
    assert_eq!(
        reason(validate(&validator, &token(&keys[0].1, "c"))),
        UNKNOWN_KEY
    );
}

/// A file of its own, which is gone after the test.
struct TempFile(PathBuf);

impl TempFile {
    fn new(content: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("tower-postern-{}-{number}", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        file.write(content);
        file
    }

    fn write(&self, content: &str) {
        // As those who deploy do: written beside, then moved over.
        let beside = self.0.with_extension("new");
        fs::write(&beside, content).unwrap();
        fs::rename(&beside, &self.0).unwrap();
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

#[test]
fn a_file_may_hold_a_set_a_jwk_or_pem() {
    let key = SigningKey::ed25519();
    for content in [
        json!({ "keys": [key.jwk()] }).to_string(),
        format!("\n  {}", key.jwk()),
        key.pem(),
    ] {
        let file = TempFile::new(&content);
        let validator = builder()
            .key_file(KeyFile::open(&file.0).unwrap())
            .build()
            .unwrap();
        assert_eq!(
            reason(validate(&validator, &token(&key, "x"))),
            ACCEPTED,
            "{content}"
        );
    }
}

#[test]
fn a_file_is_read_again_and_what_cannot_be_used_changes_nothing() {
    let (old, new) = (SigningKey::ed25519(), SigningKey::ed25519());
    let file = TempFile::new(&old.pem());
    let keys = KeyFile::open(&file.0).unwrap();
    let validator = builder().key_file(keys.clone()).build().unwrap();
    let accepts = |key: &SigningKey| reason(validate(&validator, &token(key, "x"))) == ACCEPTED;
    assert!(accepts(&old));
    assert!(!keys.reload().unwrap());

    for bad in ["", "x", "{}", "{\"keys\":[]}", "\u{0}"] {
        file.write(bad);
        assert_eq!(
            keys.reload().unwrap_err().kind(),
            ConfigErrorKind::Key,
            "{bad}"
        );
        assert!(!keys.reload().unwrap(), "it is reported once");
        assert!(accepts(&old));
    }
    file.write(&"x".repeat(1024 * 1024 + 1));
    assert!(keys.reload().is_err());
    fs::remove_file(&file.0).unwrap();
    let error = keys.reload().unwrap_err();
    assert!(std::error::Error::source(&error).is_some());
    assert!(accepts(&old));

    file.write(&new.pem());
    assert!(keys.reload().unwrap());
    assert!(accepts(&new) && !accepts(&old));
}

#[test]
fn a_file_is_looked_at_without_being_asked() {
    let (old, new) = (SigningKey::ed25519(), SigningKey::ed25519());
    let file = TempFile::new(&old.pem());
    let keys = KeyFile::open_every(&file.0, Duration::from_millis(1)).unwrap();
    let validator = builder().key_file(keys).build().unwrap();
    file.write(&new.pem());
    let token = token(&new, "x");
    #[expect(
        clippy::disallowed_methods,
        reason = "a thread is waited for, not a clock"
    )]
    let (now, limit) = (Instant::now, Duration::from_secs(30));
    let start = now();
    while reason(validate(&validator, &token)) != ACCEPTED {
        assert!(now() - start < limit, "the file was never read again");
        thread::yield_now();
    }
}

#[test]
fn a_file_that_is_not_there_is_an_error_that_names_it() {
    let error = KeyFile::open("/there/is/none").unwrap_err();
    assert_eq!(error.kind(), ConfigErrorKind::Key);
    assert_eq!(
        error.to_string(),
        "key: file `/there/is/none` cannot be read; name one that is there, of 1 MiB at most"
    );
    let file = TempFile::new(&SigningKey::ed25519().pem());
    let error = KeyFile::open_every(&file.0, Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), ConfigErrorKind::Limit);
}

/// A key whose `issuer` is that, under the name `1`.
fn of_issuer(key: &SigningKey, issuer: &serde_json::Value) -> String {
    key.jwk_with(&json!({ "kid": "1", "issuer": issuer }))
        .to_string()
}

#[test]
fn a_key_that_names_another_issuer_is_not_used_for_this_one() {
    let (key, second) = (SigningKey::ed25519(), SigningKey::ed25519());
    let token = token(&key, "1");
    for (name, issuer, expect) in [
        ("ours", json!("https://id.example"), ACCEPTED),
        ("nobody", json!(null), ACCEPTED),
        ("another", json!("https://other.example"), UNKNOWN_KEY),
        ("a template", json!("https://{tenantid}"), UNKNOWN_KEY),
    ] {
        let jwk = of_issuer(&key, &issuer);
        let set = json!({ "keys": [serde_json::from_str::<serde_json::Value>(&jwk).unwrap(), second.jwk()] });
        // Given as one key it is a mistake; in a set the others may do.
        match builder().jwk(&jwk).build() {
            Ok(validator) => assert_eq!(reason(validate(&validator, &token)), expect, "{name}"),
            Err(error) => {
                assert_eq!(expect, UNKNOWN_KEY, "{name}");
                assert_eq!(
                    error.to_string(),
                    "key: of `jwk` is another issuer's: `issuer`; give one of the issuer whose tokens are checked"
                );
            }
        }
        let validator = builder().jwk_set(&set.to_string()).build().unwrap();
        let expect_of_set = if expect == ACCEPTED {
            ACCEPTED
        } else {
            SIGNATURE
        };
        assert_eq!(
            reason(validate(&validator, &token)),
            expect_of_set,
            "{name}, set"
        );

        let handle = KeyHandle::new(KeyList::new().jwk(&jwk)).unwrap();
        let validator = builder().key_handle(handle).build().unwrap();
        assert_eq!(
            reason(validate(&validator, &token)),
            expect,
            "{name}, handle"
        );

        let path = TempFile::new(&jwk);
        let validator = builder()
            .key_file(KeyFile::open(&path.0).unwrap())
            .build()
            .unwrap();
        assert_eq!(reason(validate(&validator, &token)), expect, "{name}, file");
    }
    let others = json!({ "keys": [key.jwk_with(&json!({ "issuer": "https://other.example" }))] });
    assert!(
        builder().jwk_set(&others.to_string()).build().is_err(),
        "no key is left"
    );
    for issuer in [json!(1), json!(["https://id.example"]), json!({})] {
        assert!(
            builder().jwk(&of_issuer(&key, &issuer)).build().is_err(),
            "{issuer}"
        );
    }
}
