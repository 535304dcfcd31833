//! Google.

use super::super::{
    Algorithm, JwtValidatorBuilder, ReadClaims,
    habits::{Habits, Meaning, Published, of_id_tokens},
};

/// ID tokens that Google signs for service accounts, as they come in `Authorization` from service to service.
///
/// `accounts` are the e-mail addresses of the service accounts that are let in.
///
/// **This is the one preset that accepts ID tokens**, for there is nothing else to accept: Google's [access tokens] are opaque,
/// and for calls between services Google gives [ID tokens] for an audience of the caller's choice. Those that people get when
/// they sign in are refused: they are none of `accounts`, and have `nonce` or `at_hash`, which these have not.
///
/// - **Issuer**: `https://accounts.google.com`, or [without the scheme]; the [`Grant`](crate::bearer::Grant) says the former.
/// - **Audience**: the address of this service, or what it agreed on with its callers; never an OAuth client's id.
/// - **Accounts**: `email` is one of `accounts` and `email_verified` is true. They are in the token only where the caller asks
///   for it: `format=full` at the metadata server, `includeEmail` at IAM.
/// - **Scopes**: there are none.
///
/// # Errors
/// [`build`](JwtValidatorBuilder::build) fails with [`ConfigErrorKind::Claim`](crate::ConfigErrorKind::Claim) where there is no
/// account.
///
/// # Security
/// Whoever has a project at Google can have a token signed for your audience: who the caller is, `accounts` alone says.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, jwt::{Claims, preset}};
/// # use tower_postern::{RequestHead, bearer::{Credentials, TokenValidator}};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let jwt = preset::google_id_tokens::<Claims>("https://orders.example", ["web@shop.iam.gserviceaccount.com"])
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// # let token_of_web = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2FjY291bnRzLmdvb2dsZS5jb20iLCJhdWQiOiJodHRwczovL29yZGVycy5leGFt",
/// #     "cGxlIiwiZW1haWwiOiJ3ZWJAc2hvcC5pYW0uZ3NlcnZpY2VhY2NvdW50LmNvbSIsImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJleHAiOjQxM",
/// #     "DI0NDQ4MDB9.NVoUcWen2tY2AmeX-v2uVOKGbIeX7L9Es8GjHIldaeWWPRdFtGJErn7G0X55z_OxVg0ATsEzH0cma_aJZfEtCA",
/// # );
/// # let token_of_ann = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2FjY291bnRzLmdvb2dsZS5jb20iLCJhdWQiOiJodHRwczovL29yZGVycy5leGFt",
/// #     "cGxlIiwiZW1haWwiOiJhbm5AZ21haWwuY29tIiwiZW1haWxfdmVyaWZpZWQiOnRydWUsImV4cCI6NDEwMjQ0NDgwMH0.TKvK64i2Hi4kN",
/// #     "Rn7L6altWQRhfzforAZ83KDObS0ynXGNcCuu9vsh4zROjgVitG0B_WwqKnR7W88xJvxVxtoCw",
/// # );
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
/// let accepts = |token| matches!(jwt.validate_now(Credentials::new(token, head)), Some(Ok(_)));
/// assert!(accepts(token_of_web));
/// assert!(!accepts(token_of_ann));
/// let layer = BearerAuthLayer::new(jwt);
///
/// let nobody: [&str; 0] = [];
/// assert!(preset::google_id_tokens::<Claims>("https://orders.example", nobody).jwk_set(keys).build().is_err());
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [access tokens]: https://cloud.google.com/docs/authentication/token-types
/// [ID tokens]: https://cloud.google.com/docs/authentication/get-id-token
/// [without the scheme]: https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
pub fn google_id_tokens<C: ReadClaims>(
    audience: impl Into<String>,
    accounts: impl IntoIterator<Item = impl Into<Box<str>>>,
) -> JwtValidatorBuilder<C> {
    let mut habits = Habits {
        also_issuers: &["accounts.google.com"],
        claims: vec![
            ("email", Meaning::one_of(accounts)),
            ("email_verified", Meaning::True),
        ],
        ..Habits::default()
    };
    habits.claims.extend(of_id_tokens());
    JwtValidatorBuilder::new("https://accounts.google.com".to_owned(), audience.into())
        .habits(habits)
}

/// What Google's Identity-Aware Proxy [asserts] of a caller that it let through, in the header `x-goog-iap-jwt-assertion`.
///
/// - **Issuer**: `https://cloud.google.com/iap`.
/// - **Kinds**: it is neither an access token nor an ID token. Google's ID tokens have another issuer and other keys, and are
///   refused.
/// - **Audience**: `/projects/{number}/global/backendServices/{id}`, or `/projects/{number}/apps/{project}`.
/// - **Scopes**: there are none. The caller is in `sub` and `email`.
/// - **Keys** are at an address of their own, which `discover_keys` knows, and are for ES256.
///
/// # Security
/// The proxy removes such a header of a caller's own; whoever comes past the proxy has none that is good.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, bearer::TokenSource, jwt::{Claims, preset}};
///
/// # let keys = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;
/// let jwt = preset::google_iap::<Claims>("/projects/123456/global/backendServices/7890")
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// let layer = BearerAuthLayer::new(jwt).sources([TokenSource::header("x-goog-iap-jwt-assertion")?]);
///
/// assert!(preset::google_iap::<Claims>("").jwk_set(keys).build().is_err());
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [asserts]: https://cloud.google.com/iap/docs/signed-headers-howto
pub fn google_iap<C: ReadClaims>(audience: impl Into<String>) -> JwtValidatorBuilder<C> {
    let habits = Habits {
        claims: of_id_tokens().collect(),
        published: Published::At("https://www.gstatic.com/iap/verify/public_key-jwk"),
        ..Habits::default()
    };
    JwtValidatorBuilder::new("https://cloud.google.com/iap".to_owned(), audience.into())
        .algorithms([Algorithm::ES256])
        .habits(habits)
}
