//! Settings that cannot be used are found when they are given.

use std::time::Duration;

use tower_postern::{
    ConfigErrorKind,
    fetch::HttpsClient,
    jwt::{Algorithm, Claims, JwtValidator, RemoteKeys, RemoteKeysBuilder},
};

use super::no_trust;
use crate::support::issuer::SigningKey;

fn client() -> HttpsClient {
    HttpsClient::new(no_trust())
}

#[test]
fn bad_settings_of_remote_keys_are_named() {
    type Settings = fn(RemoteKeysBuilder) -> RemoteKeysBuilder;
    const SECOND: Duration = Duration::from_secs(1);
    let cases: &[(&str, Settings, Option<ConfigErrorKind>)] = &[
        ("https://id.example/keys", |keys| keys, None),
        (
            "http://id.example/keys",
            |keys| keys,
            Some(ConfigErrorKind::Url),
        ),
        (
            "http://id.example/keys",
            |keys| keys.danger_allow_http("id.example"),
            None,
        ),
        (
            "http://id.example/keys",
            |keys| keys.danger_allow_http("other.example"),
            Some(ConfigErrorKind::Url),
        ),
        (
            "http://127.0.0.1/keys",
            |keys| keys,
            Some(ConfigErrorKind::Url),
        ),
        (
            "https://a:b@id.example/keys",
            |keys| keys,
            Some(ConfigErrorKind::Url),
        ),
        ("id.example/keys", |keys| keys, Some(ConfigErrorKind::Url)),
        (
            "https://id.example/keys",
            |keys| keys.danger_allow_http("http://id.example"),
            Some(ConfigErrorKind::Host),
        ),
        (
            "https://id.example/keys",
            |keys| keys.fetch_from("https://keycloak"),
            Some(ConfigErrorKind::Url),
        ),
        (
            "https://id.example/keys",
            |keys| keys.lifetime(SECOND / 2),
            Some(ConfigErrorKind::Limit),
        ),
        (
            "https://id.example/keys",
            |keys| keys.lifetime(86_401 * SECOND),
            Some(ConfigErrorKind::Limit),
        ),
        (
            "https://id.example/keys",
            |keys| keys.lifetime(SECOND).cool_down(SECOND),
            None,
        ),
        (
            "https://id.example/keys",
            |keys| keys.cool_down(SECOND / 2),
            Some(ConfigErrorKind::Limit),
        ),
        (
            "https://id.example/keys",
            |keys| keys.cool_down(901 * SECOND),
            Some(ConfigErrorKind::Limit),
        ),
        (
            "https://id.example/keys",
            |keys| keys.stale_for(604_801 * SECOND),
            Some(ConfigErrorKind::Limit),
        ),
        (
            "https://id.example/keys",
            |keys| keys.stale_for(Duration::ZERO),
            None,
        ),
        (
            "https://id.example/keys",
            |keys| keys.timeout(Duration::ZERO),
            Some(ConfigErrorKind::Limit),
        ),
        (
            "https://id.example/keys",
            |keys| keys.timeout(61 * SECOND),
            Some(ConfigErrorKind::Limit),
        ),
        (
            "https://id.example/keys",
            |keys| keys.timeout(Duration::MAX),
            Some(ConfigErrorKind::Limit),
        ),
        (
            "https://id.example/keys",
            |keys| keys.max_bytes(0),
            Some(ConfigErrorKind::Limit),
        ),
        (
            "https://id.example/keys",
            |keys| keys.max_bytes(usize::MAX),
            Some(ConfigErrorKind::Limit),
        ),
    ];
    for (at, (uri, settings, expect)) in cases.iter().enumerate() {
        let built = settings(RemoteKeys::jwks_uri(*uri, client())).build();
        assert_eq!(
            built.map_err(|error| error.kind()).err(),
            *expect,
            "{at} {uri}"
        );
    }
    for (issuer, from, expect) in [
        ("https://id.example", None, None),
        ("id.example", None, Some(ConfigErrorKind::Url)),
        ("http://id.example", None, Some(ConfigErrorKind::Url)),
        ("http://id.example", Some("https://keycloak"), None),
        (
            "https://id.example",
            Some("http://keycloak"),
            Some(ConfigErrorKind::Url),
        ),
        (
            "https://id.example",
            Some("https://keycloak/auth"),
            Some(ConfigErrorKind::Url),
        ),
    ] {
        let keys = RemoteKeys::discover(issuer, client());
        let keys = match from {
            Some(from) => keys.fetch_from(from),
            None => keys,
        };
        let built = keys.build();
        assert_eq!(
            built.map_err(|error| error.kind()).err(),
            expect,
            "{issuer} {from:?}"
        );
    }
}

#[test]
fn an_error_says_what_to_do() {
    let error = RemoteKeys::jwks_uri("http://id.example/keys", client())
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "URL: of `jwks_uri` does not begin with `https://`; take TLS, or allow this one host with `danger_allow_http`"
    );
}

#[test]
fn an_error_says_which_address_it_is_about() {
    let keys = || RemoteKeys::discover("https://id.example", client());
    for (keys, begins) in [
        (
            RemoteKeys::discover("id.example", client()),
            "URL: of the issuer is ",
        ),
        (
            keys().fetch_from("https://keycloak/auth"),
            "URL: of `fetch_from` has ",
        ),
        (
            keys().danger_allow_http("keycloak:8080"),
            "host: of `danger_allow_http` is ",
        ),
    ] {
        let error = keys.build().unwrap_err().to_string();
        assert!(error.starts_with(begins), "{error}");
    }
}

#[test]
fn remote_keys_stand_alone_and_belong_to_their_issuer() {
    let discovered = || {
        RemoteKeys::discover("https://id.example", client())
            .build()
            .unwrap()
    };
    let given = || {
        RemoteKeys::jwks_uri("https://id.example/keys", client())
            .build()
            .unwrap()
    };
    let builder = |issuer| JwtValidator::<Claims>::builder(issuer, "orders");
    let jwk = SigningKey::p256().jwk().to_string();
    let cases = [
        (
            builder("https://id.example").remote_keys(discovered()),
            None,
        ),
        (
            builder("https://id.example/").remote_keys(discovered()),
            Some(ConfigErrorKind::Issuer),
        ),
        (builder("https://other.example").remote_keys(given()), None),
        (
            builder("https://id.example").remote_keys(given()).jwk(&jwk),
            Some(ConfigErrorKind::Key),
        ),
        (
            builder("https://id.example")
                .remote_keys(given())
                .algorithms([Algorithm::HS256]),
            Some(ConfigErrorKind::Algorithms),
        ),
        (
            builder("https://id.example")
                .remote_keys(given())
                .algorithms([Algorithm::ES256]),
            None,
        ),
    ];
    for (at, (builder, expect)) in cases.into_iter().enumerate() {
        let built = builder.build();
        assert_eq!(built.map_err(|error| error.kind()).err(), expect, "{at}");
    }
}
