//! Settings that cannot work are errors of `build`, which say what to do.

use std::time::Duration;

use tower_postern::{
    ConfigError, ConfigErrorKind as Kind,
    jwt::{Algorithm, ClaimValue, Claims, JwtValidator, JwtValidatorBuilder},
};

use super::builder;
use crate::support::issuer::SigningKey;

#[test]
fn a_setting_that_cannot_work_is_an_error_with_its_cure() {
    type Case = (
        &'static str,
        fn() -> Result<JwtValidator<Claims>, ConfigError>,
        Kind,
        &'static str,
    );
    fn with_key() -> JwtValidatorBuilder<Claims> {
        builder().hmac_secret(&[7; 32][..])
    }
    fn names(issuer: &str, audience: &str) -> Result<JwtValidator<Claims>, ConfigError> {
        JwtValidator::builder(issuer, audience)
            .hmac_secret(&[7; 32][..])
            .build()
    }
    let cases: &[Case] = &[
        (
            "secret that is no base64",
            || builder().hmac_secret_base64("not base64!").build(),
            Kind::Key,
            "key: of `hmac_secret_base64` is neither base64 nor base64url; encode the secret's bytes",
        ),
        (
            "empty issuer",
            || names("", "a"),
            Kind::Issuer,
            "issuer: is empty, or has spaces around it; give it as it stands in the tokens, to the letter",
        ),
        (
            "issuer with a space",
            || names("i ", "a"),
            Kind::Issuer,
            "issuer: is empty, or has spaces around it; give it as it stands in the tokens, to the letter",
        ),
        (
            "issuer with a line feed",
            || names("i\nj", "a"),
            Kind::Issuer,
            "issuer: is empty, or has spaces around it; give it as it stands in the tokens, to the letter",
        ),
        (
            "empty audience",
            || names("i", ""),
            Kind::Audience,
            "audience: is empty, or has spaces around it; give it as it stands in the tokens, to the letter",
        ),
        (
            "second audience empty",
            || with_key().audience("").build(),
            Kind::Audience,
            "audience: is empty, or has spaces around it; give it as it stands in the tokens, to the letter",
        ),
        (
            "no key",
            || builder().build(),
            Kind::Key,
            "key: there is none; give one with `hmac_secret`, `jwk`, `jwk_set` or `pem`",
        ),
        (
            "short secret",
            || builder().hmac_secret("secret").build(),
            Kind::Key,
            "key: of `hmac_secret` is a secret shorter than the hash; take at least 32 random bytes for HS256, 48 for HS384, 64 for HS512",
        ),
        (
            "secret short for its hash",
            || with_key().algorithms([Algorithm::HS512]).build(),
            Kind::Key,
            "key: of `hmac_secret` is a secret shorter than the hash; take at least 32 random bytes for HS256, 48 for HS384, 64 for HS512",
        ),
        (
            "key of no algorithm",
            || with_key().algorithms([Algorithm::RS256]).build(),
            Kind::Key,
            "key: of `hmac_secret` is for none of the accepted algorithms; name the one it is for in `algorithms`",
        ),
        (
            "no algorithm",
            || with_key().algorithms([]).build(),
            Kind::Algorithms,
            "algorithms: name at least one, or leave the setting out",
        ),
        (
            "mixed algorithms",
            || {
                with_key()
                    .algorithms([Algorithm::HS256, Algorithm::RS256])
                    .build()
            },
            Kind::Algorithms,
            "algorithms: hold HMAC beside others; use two validators, one for each",
        ),
        (
            "leeway",
            || with_key().leeway(Duration::from_secs(301)).build(),
            Kind::Leeway,
            "leeway: is above five minutes; set the clocks instead",
        ),
        (
            "lifetime",
            || with_key().max_lifetime(Duration::from_millis(999)).build(),
            Kind::Limit,
            "limit: of a token's life is below one second; no token could pass",
        ),
        (
            "no client",
            || with_key().clients([] as [&str; 0]).build(),
            Kind::Claim,
            "claim: `client_id` is asked for, and no client is accepted; name at least one in `clients`",
        ),
        (
            "claim twice",
            || {
                with_key()
                    .require_claim("x", 1)
                    .require_claim("x", 2)
                    .build()
            },
            Kind::Claim,
            "claim: `x` is required twice, or by a preset; say once what it must be",
        ),
        (
            "registered claim twice",
            || {
                with_key()
                    .require_claim("sub", "a")
                    .require_claim("sub", "b")
                    .build()
            },
            Kind::Claim,
            "claim: `sub` is required twice, or by a preset; say once what it must be",
        ),
        (
            "a time that is a text",
            || with_key().require_claim("exp", "x").build(),
            Kind::Claim,
            "claim: `exp` can be required with `ClaimValue::Any` or, if it is a text, with that",
        ),
        (
            "a text that is a number",
            || with_key().require_claim("sub", 1).build(),
            Kind::Claim,
            "claim: `sub` can be required with `ClaimValue::Any` or, if it is a text, with that",
        ),
    ];
    for (name, build, kind, text) in cases {
        let error = build().unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (*kind, *text),
            "{name}"
        );
    }
    for (name, built) in [
        (
            "leeway of five minutes",
            with_key().leeway(Duration::from_secs(300)).build(),
        ),
        (
            "claims",
            with_key().require_claim("exp", ClaimValue::Any).build(),
        ),
        ("issuer that is no URL", names("accounts", "a")),
    ] {
        assert!(built.is_ok(), "{name}");
    }
}

#[test]
fn an_error_shows_no_key() {
    let secret = "hunter2";
    let jwk = format!(r#"{{"kty":"oct","k":"{secret}"}}"#);
    let private = SigningKey::p256()
        .jwk_with(&serde_json::json!({ "d": secret }))
        .to_string();
    for built in [
        builder().hmac_secret(secret).build(),
        builder().hmac_secret_base64(secret).build(),
        builder().jwk(&jwk).build(),
        builder().jwk(&private).build(),
        builder().jwk_set(secret).build(),
        builder().pem(secret).build(),
    ] {
        let error = built.unwrap_err();
        assert!(!format!("{error:?} {error}").contains(secret), "{error:?}");
    }
}
