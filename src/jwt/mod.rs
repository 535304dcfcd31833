//! Access tokens that are signed JWTs: [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519),
//! [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068).
//!
//! [`JwtValidator`] checks them. It is told the issuer, the audience and the keys, and then nothing else needs to be
//! turned on: what is strict is so from the start, and what weakens it is called `danger_*`.
//!
//! # The rules
//! 1. A token is three parts of base64url: without padding, with zero trailing bits, nothing else. So it has one spelling.
//! 2. Header and claims are JSON objects, in which no name is there twice, also not in escapes.
//! 3. `alg` is one of the accepted [algorithms](JwtValidatorBuilder::algorithms), and the key is one for it. Secrets and
//!    public keys are never in one set. Keys that a token brings along (`jwk`, `x5c`, `jku`, `x5u`) are not looked at.
//! 4. `typ` is absent, `JWT` or `at+jwt`. `crit` and `b64` are refused: no extension is understood.
//! 5. `iss` is the issuer and `aud` names us, to the letter. `exp` is there and not over; `nbf` and `iat`, where they are
//!    there, are not in the future. Times are numbers between the years 1970 and 9999.
//! 6. Registered claims have their types: a `scope` that is a number is no token.
//! 7. Weak keys are refused when they are configured: RSA below 2048 bits, secrets shorter than the hash, bad points. A key
//!    that says in `issuer` whose it is, is for tokens of that issuer alone.
//! 8. A type of the service's own is filled from verified bytes alone.
//! 9. A token that is bound to a key (`cnf`) is refused by the layer, unless a validator proves possession.
//!
//! What well-known issuers do differently is in [`preset`]: with these the kinds of tokens that one issuer signs are told apart, and
//! its ID tokens refused.
//!
//! The caller learns from a refusal that the token is not valid, and where its signature was checked, that it expired. The
//! operator finds the reason in the [source](std::error::Error::source) of the error.
//!
//! # Examples
//! ```
//! use http::{Request, Response, StatusCode};
//! use tower::{ServiceExt, service_fn};
//! use tower_postern::{BearerAuthLayer, bearer, jwt::{Claims, Jwt, JwtValidator}};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let jwt = JwtValidator::<Claims>::builder("https://id.example", "orders")
//!     .jwk(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)
//!     .build()?;
//! let service = BearerAuthLayer::new(jwt).wrap(service_fn(|request: Request<String>| async move {
//!     let token = bearer::identity::<Jwt<Claims>>(request.extensions());
//!     let issuer = token.and_then(|token| token.grant().issuer()).unwrap_or_default().to_owned();
//!     Ok::<_, std::convert::Infallible>(Response::new(issuer))
//! }));
//!
//! # let good = concat!("eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJleHAiOj",
//! #     "QxMDI0NDQ4MDB9.tNz_BPV2F95yypCmBwsiBtAMLmezdhD-SzwJkUa-4WHlhoS_2Cg5dDwl61bGlCgBFzB5o_91PLqSFe6ZVyKSDw");
//! let request = |token: &str| Request::get("/").header("authorization", format!("Bearer {token}")).body(String::new());
//! assert_eq!(service.clone().oneshot(request(good)?).await?.into_body(), "https://id.example");
//! let forged = good.replace("eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ", "eyJhbGciOiJub25lIn0"); // `"alg":"none"`
//! assert_eq!(service.oneshot(request(&forged)?).await?.status(), StatusCode::UNAUTHORIZED);
//! # Ok(()) }
//! ```

mod algorithm;
mod builder;
mod cache;
mod claims;
mod crypto;
mod error;
mod habits;
mod header;
mod issuers;
mod json;
mod jws;
mod key;
pub mod preset;
mod profile;
mod registered;
mod rules;
#[cfg(feature = "jwks")]
mod tenants;
mod validator;
mod whose;

pub use self::{
    algorithm::Algorithm,
    builder::JwtValidatorBuilder,
    cache::TokenCache,
    claims::{ClaimError, Claims, Jwt, ReadClaims},
    issuers::Issuers,
    key::{KeyFile, KeyHandle, KeyList},
    rules::ClaimValue,
    validator::JwtValidator,
};
#[cfg(feature = "jwks")]
pub use self::{
    key::{RemoteKeys, RemoteKeysBuilder},
    tenants::{Tenants, TenantsBuilder},
};
