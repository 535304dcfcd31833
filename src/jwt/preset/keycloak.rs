//! Keycloak.

use super::{
    super::{
        JwtValidatorBuilder, ReadClaims,
        habits::{Habits, Meaning},
    },
    address,
};

/// Access tokens of a realm of [Keycloak], for the client or API `audience`.
///
/// `server` is the address under which Keycloak is served, with its path, if it has one: `https://id.example`.
///
/// - **Issuer**: `{server}/realms/{realm}`, both as they stand in `iss`.
/// - **Kinds**: the claim `typ` of an access token is `Bearer`, or `DPoP` where it is bound to a key. That of an ID token is
///   `ID`, and then there are `Refresh`, `Offline` and `Logout`: all are refused. The documentation is silent about these
///   values; they are those of [Keycloak's source]. The header says `JWT`, or `at+jwt` where the client is set up so; ask for
///   that with [`rfc9068`](JwtValidatorBuilder::rfc9068).
/// - **Audience**: that of the clients and mappers which the realm adds; without one it is `account`, and then this service is
///   not meant. See [audience support].
/// - **Scopes** are in `scope`. Roles are in `realm_access.roles` and `resource_access`, and are not taken for scopes: read
///   them with [`Claims::get`](super::super::Claims::get).
/// - **Client**: `azp`.
///
/// # Errors
/// [`build`](JwtValidatorBuilder::build) fails with [`ConfigErrorKind::Issuer`](crate::ConfigErrorKind::Issuer) where `server`
/// is no address, or `realm` no segment of a path.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, jwt::{Claims, preset}};
/// # use tower_postern::{RequestHead, bearer::{Credentials, TokenValidator}};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let jwt = preset::keycloak::<Claims>("https://id.example", "shop", "orders")
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// # let access_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUvcmVhbG1zL3Nob3AiLCJhdWQiOiJvcmRlcnMiLCJ0eXAiOiJC",
/// #     "ZWFyZXIiLCJleHAiOjQxMDI0NDQ4MDB9.V-IJRhKm-EU13bhZ_kRkVX-3qs3fU7EZesRCRWZ5fFZyo9xqCZppUCd5bNBBghHKzd7-_8PU",
/// #     "MfJzbstMSpxdDA",
/// # );
/// # let id_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUvcmVhbG1zL3Nob3AiLCJhdWQiOiJvcmRlcnMiLCJ0eXAiOiJJ",
/// #     "RCIsImV4cCI6NDEwMjQ0NDgwMH0.In8B9AVns_xSFeWgpzbSEuD-LBenCR_tT5TZyJ6ZDS-0dWiSUM3m9WBUkQ22QBRmOTCsaalw0eTou",
/// #     "sekvNJeCA",
/// # );
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
/// let accepts = |token| matches!(jwt.validate_now(Credentials::new(token, head)), Some(Ok(_)));
/// assert!(accepts(access_token));
/// assert!(!accepts(id_token)); // of the same issuer, signed with the same key
/// let layer = BearerAuthLayer::new(jwt);
///
/// assert!(preset::keycloak::<Claims>("id.example", "shop", "orders").jwk_set(keys).build().is_err()); // no address
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [Keycloak]: https://www.keycloak.org/securing-apps/oidc-layers
/// [Keycloak's source]: https://github.com/keycloak/keycloak/blob/main/core/src/main/java/org/keycloak/util/TokenUtil.java
/// [audience support]: https://www.keycloak.org/docs/latest/server_admin/index.html#audience-support
pub fn keycloak<C: ReadClaims>(
    server: &str,
    realm: &str,
    audience: impl Into<String>,
) -> JwtValidatorBuilder<C> {
    let server = server.trim_end_matches('/');
    let habits = Habits {
        claims: vec![("typ", Meaning::one_of(["Bearer", "DPoP"]))],
        ..Habits::default()
    };
    JwtValidatorBuilder::new(format!("{server}/realms/{realm}"), audience.into())
        .checked(address(server).and_then(|()| super::segment(realm)))
        .habits(habits)
}
