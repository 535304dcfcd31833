//! Okta.

use super::{
    super::{
        JwtValidatorBuilder, ReadClaims,
        habits::{Habits, Meaning, of_id_tokens},
    },
    host, segment,
};

/// Access tokens of a custom authorization server of [Okta].
///
/// `domain` is that of the organization, or a domain of your own: `shop.okta.com`. `server` is the authorization server's id:
/// `default` for the one that is there from the start.
///
/// - **Issuer**: `https://{domain}/oauth2/{server}`. Tokens of the organization's own authorization server, whose issuer has
///   no path, are for Okta alone, [which says so].
/// - **Kinds**: an access token says in `cid` to which client it was issued; an ID token does not, and its audience is the
///   client. So tokens without `cid`, and those with `nonce`, `at_hash` or `c_hash`, are refused. `typ` is absent from the
///   header in the documentation. Refresh tokens are opaque.
/// - **Audience**: that of the authorization server, `api://default` if it was not changed.
/// - **Scopes** are in `scp`, a list.
///
/// # Errors
/// [`build`](JwtValidatorBuilder::build) fails with [`ConfigErrorKind::Issuer`](crate::ConfigErrorKind::Issuer) where `domain`
/// is no name of a host, or `server` no segment of a path.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, jwt::{Claims, preset}};
/// # use tower_postern::{RequestHead, bearer::{Credentials, TokenValidator}};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let jwt = preset::okta::<Claims>("shop.okta.com", "default", "api://default")
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// # let access_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL3Nob3Aub2t0YS5jb20vb2F1dGgyL2RlZmF1bHQiLCJhdWQiOiJhcGk6Ly9kZWZh",
/// #     "dWx0IiwiY2lkIjoid2ViIiwiZXhwIjo0MTAyNDQ0ODAwfQ.aBHK5GhFzNITi8kV59uTw2Aqd_20HKbfQHosRWCsD9Kv3ghP6G4b8CPKl2",
/// #     "1rFHHnIipRTv9TrjNujAN3WeGvDQ",
/// # );
/// # let id_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL3Nob3Aub2t0YS5jb20vb2F1dGgyL2RlZmF1bHQiLCJhdWQiOiJhcGk6Ly9kZWZh",
/// #     "dWx0IiwiZXhwIjo0MTAyNDQ0ODAwfQ.fb0v51pDWf9O1G6LMKujXjEYSE8MGlt43vmG2iiXp6_bNuPe7PgYQb6NJ2T8pM4V6wvr5M0s2h",
/// #     "dOzYaf60lrCg",
/// # );
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
/// let accepts = |token| matches!(jwt.validate_now(Credentials::new(token, head)), Some(Ok(_)));
/// assert!(accepts(access_token));
/// assert!(!accepts(id_token)); // of the same issuer, signed with the same key
/// let layer = BearerAuthLayer::new(jwt);
///
/// assert!(preset::okta::<Claims>("shop.okta.com", "", "api://default").jwk_set(keys).build().is_err()); // not ours to check
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [Okta]: https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/
/// [which says so]: https://developer.okta.com/docs/guides/validate-access-tokens/main/
pub fn okta<C: ReadClaims>(
    domain: &str,
    server: &str,
    audience: impl Into<String>,
) -> JwtValidatorBuilder<C> {
    let mut habits = Habits {
        claims: vec![("cid", Meaning::Client)],
        ..Habits::default()
    };
    habits.claims.extend(of_id_tokens());
    let issuer = format!("https://{domain}/oauth2/{server}");
    JwtValidatorBuilder::new(issuer, audience.into())
        .checked(host(domain).and_then(|()| segment(server)))
        .habits(habits)
}
