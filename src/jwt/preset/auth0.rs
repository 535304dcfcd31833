//! Auth0.

use super::{
    super::{
        JwtValidatorBuilder, ReadClaims,
        habits::{Habits, Needed, of_id_tokens},
    },
    host,
};

/// Access tokens of a tenant of [Auth0], for the API with the identifier `audience`.
///
/// `domain` is that of the tenant, or a domain of your own: `shop.eu.auth0.com`.
///
/// - **Issuer**: `https://{domain}/`, with the slash.
/// - **Kinds**: an access token says in `azp` or, with the [profile][Auth0] of RFC 9068, in `client_id`, to which client it was
///   issued; an ID token [does not], and its audience is the client. So tokens without a client, and those with `nonce`,
///   `at_hash` or `c_hash`, are refused. The header says `JWT`, or `at+jwt` in the profile of RFC 9068; ask for that with
///   [`rfc9068`](JwtValidatorBuilder::rfc9068). Refresh tokens are opaque, and so are access tokens for no API.
/// - **Audience**: the API's identifier, alone or in a list beside `https://{domain}/userinfo`. Never give the client's id.
/// - **Scopes** are in `scope`. What role-based access control adds is in `permissions`, and is not taken for scopes: read it
///   with [`Claims::get`](super::super::Claims::get).
///
/// # Errors
/// [`build`](JwtValidatorBuilder::build) fails with [`ConfigErrorKind::Issuer`](crate::ConfigErrorKind::Issuer) where `domain`
/// is no name of a host.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, jwt::{Claims, preset}};
/// # use tower_postern::{RequestHead, bearer::{Credentials, TokenValidator}};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let jwt = preset::auth0::<Claims>("shop.eu.auth0.com", "https://orders.example")
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// # let access_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL3Nob3AuZXUuYXV0aDAuY29tLyIsImF1ZCI6Imh0dHBzOi8vb3JkZXJzLmV4YW1w",
/// #     "bGUiLCJhenAiOiJ3ZWIiLCJleHAiOjQxMDI0NDQ4MDB9.bsD18wEsDcFpUPKy5UwVAcHvbumF4P-QheONsZqS9StuDncmjae7sq5lspKi",
/// #     "1433_2eZhowqjaUad7s53EqcBw",
/// # );
/// # let id_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL3Nob3AuZXUuYXV0aDAuY29tLyIsImF1ZCI6Imh0dHBzOi8vb3JkZXJzLmV4YW1w",
/// #     "bGUiLCJleHAiOjQxMDI0NDQ4MDB9.ub-w548avEA9gHkpkA4qsf7JO3woTm40cl43z3fW-MKLTlske4_ygE-z-mGp6jHB4KooGXd_8EOk",
/// #     "RrO1jZzbDw",
/// # );
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
/// let accepts = |token| matches!(jwt.validate_now(Credentials::new(token, head)), Some(Ok(_)));
/// assert!(accepts(access_token));
/// assert!(!accepts(id_token)); // of the same issuer, signed with the same key
/// let layer = BearerAuthLayer::new(jwt);
///
/// assert!(preset::auth0::<Claims>("https://shop.eu.auth0.com/", "orders").jwk_set(keys).build().is_err()); // no host
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [Auth0]: https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
/// [does not]: https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure
pub fn auth0<C: ReadClaims>(domain: &str, audience: impl Into<String>) -> JwtValidatorBuilder<C> {
    let habits = Habits {
        claims: of_id_tokens().collect(),
        client: Needed::Yes,
        ..Habits::default()
    };
    JwtValidatorBuilder::new(format!("https://{domain}/"), audience.into())
        .checked(host(domain))
        .habits(habits)
}
