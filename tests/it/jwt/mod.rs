//! Validation of JWTs on fixed keys.

mod algorithms;
mod cache;
mod claims;
mod config;
mod cost;
mod header;
#[cfg(feature = "tracing")]
mod hostile;
mod issuers;
mod keys;
mod preset;
mod robust;
mod rules;
mod sources;

pub(crate) use self::algorithms::BACKENDS;

use std::error::Error as _;

use http::Request;
use serde_json::json;
use tower_postern::{
    RequestHead,
    bearer::{AuthError, Credentials, ErrorKind, TokenValidator, Verified},
    jwt::{Claims, Jwt, JwtValidator, JwtValidatorBuilder, ReadClaims},
};

use crate::support::{
    clock::TestClock,
    issuer::{AUDIENCE, ISSUER, NOW, SigningKey},
};

/// A builder that lacks nothing but a key.
pub(crate) fn builder() -> JwtValidatorBuilder<Claims> {
    JwtValidator::builder(ISSUER, AUDIENCE).clock_with(TestClock::at(NOW))
}

/// A validator for the tokens of that key.
pub(crate) fn validator(key: &SigningKey) -> JwtValidator<Claims> {
    builder().jwk(&key.jwk().to_string()).build().unwrap()
}

pub(crate) fn validate<C: ReadClaims>(
    validator: &JwtValidator<C>,
    token: &str,
) -> Result<Verified<Jwt<C>>, AuthError> {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    validator.validate_now(credentials).unwrap()
}

pub(crate) fn recognizes<C: ReadClaims>(validator: &JwtValidator<C>, token: &str) -> bool {
    let request = Request::new(());
    validator.recognizes(&Credentials::new(token, RequestHead::new(&request)))
}

/// Why a token was refused, as the operator reads it; that is never the caller's business, so the kind is checked too.
#[track_caller]
pub(crate) fn reason<T>(answer: Result<T, AuthError>) -> String {
    let Err(error) = answer else {
        return "accepted".to_owned();
    };
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    error.source().unwrap().to_string()
}

/// The header that goes with an algorithm.
pub(crate) fn header(alg: &str) -> serde_json::Value {
    json!({ "alg": alg })
}

pub(crate) const ACCEPTED: &str = "accepted";
pub(crate) const ALGORITHM: &str = "the token's `alg` is not one of those that are accepted";
pub(crate) const AUDIENCE_: &str = "the token is for another audience: `aud`";
pub(crate) const CLAIMS_TYPE: &str =
    "the token's claims do not fit the type that the service reads them as";
pub(crate) const CLIENT: &str = "the token was issued to a client that is not accepted";
pub(crate) const CRITICAL: &str = "the token's header asks for an extension: `crit` or `b64`";
pub(crate) const ENCODING: &str = "the token's parts are not base64url without padding";
pub(crate) const EXPIRED: &str = "the token expired: `exp`";
pub(crate) const FUTURE: &str = "the token is from the future: `iat`";
pub(crate) const HEADER: &str = "the token's header is malformed, or names a member twice";
pub(crate) const ISSUER_: &str = "the token is from another issuer: `iss`";
pub(crate) const KIND: &str =
    "the token is of another kind than the issuer's access tokens: an ID token, perhaps";
pub(crate) const LIFETIME: &str =
    "the token lives longer than is accepted, or does not say since when: `iat`";
pub(crate) const MALFORMED: &str = "the token's claims are malformed, or one is there twice";
pub(crate) const MISSING: &str = "the token lacks a claim that every token must have";
pub(crate) const NOT_YET: &str = "the token is not valid yet: `nbf`";
pub(crate) const REQUIRED: &str = "a claim that is required is absent, or says something else";
pub(crate) const SHAPE: &str =
    "the token is not a JWS in compact form: three parts with dots between them";
pub(crate) const SIGNATURE: &str = "the token's signature is not good";
pub(crate) const TOO_LONG: &str = "the token is too long";
pub(crate) const TYPE: &str = "the token is of another type: `typ`";
pub(crate) const UNKNOWN_KEY: &str = "no key fits the token's `kid` and `alg`";
