//! Microsoft Entra ID.

use super::super::{
    JwtValidatorBuilder, ReadClaims,
    habits::{Habits, Meaning, Needed, Published, of_id_tokens},
};
#[cfg(feature = "jwks")]
use super::super::{Tenants, TenantsBuilder};
#[cfg(feature = "jwks")]
use crate::fetch::Fetch;
use crate::{ConfigError, ConfigErrorKind};

/// Access tokens of version 2.0 of one tenant of [Microsoft Entra ID].
///
/// `tenant` is the tenant's id, a GUID, for that is what stands in `iss`; `audience` is the client id of the API.
///
/// Which version a token has is not the choice of who asks for it, but of the API's registration:
/// `requestedAccessTokenVersion` in its manifest is 2. Where it is not, take [`entra_id_v1`].
///
/// - **Issuer**: `https://login.microsoftonline.com/{tenant}/v2.0`.
/// - **Kinds**: an access token says in `azp` to which client it was issued, and in `scp` or `roles` what for; an [ID token] says
///   neither `azp` nor `scp`. So tokens without `azp`, without both `scp` and `roles`, or with `nonce`, `at_hash` or `c_hash`, are
///   refused; also where client and API are one registration, and an ID token has the audience of its access tokens. Applications
///   that are let in without any role are refused with that: give them one. `ver` is `2.0`. `typ` in the header is `JWT` in
///   both. Refresh tokens are opaque.
/// - **Audience**: the client id of the API, a GUID.
/// - **Scopes** are in `scp`, with spaces between them, in tokens of people. In tokens of applications, which have no `scp`, the
///   `roles` are taken for scopes, as [they stand in their place]; in tokens of people they are not: read them with
///   [`Claims::get`](super::super::Claims::get). To let only applications in, ask for the optional claim `idtyp`:
///   [`require_claim("idtyp", "app")`](JwtValidatorBuilder::require_claim).
/// - **Token id**: `uti`.
///
/// # Errors
/// [`build`](JwtValidatorBuilder::build) fails with [`ConfigErrorKind::Issuer`] where `tenant` is no GUID.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, jwt::{Claims, preset}};
/// # use tower_postern::{RequestHead, bearer::{Credentials, TokenValidator}};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let (tenant, api) = ("aaaabbbb-0000-cccc-1111-dddd2222eeee", "00001111-aaaa-2222-bbbb-3333cccc4444");
/// let jwt = preset::entra_id::<Claims>(tenant, api)
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// # let access_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2xvZ2luLm1pY3Jvc29mdG9ubGluZS5jb20vYWFhYWJiYmItMDAwMC1jY2NjLTEx",
/// #     "MTEtZGRkZDIyMjJlZWVlL3YyLjAiLCJhdWQiOiIwMDAwMTExMS1hYWFhLTIyMjItYmJiYi0zMzMzY2NjYzQ0NDQiLCJ2ZXIiOiIyLjAiL",
/// #     "CJhenAiOiJ3ZWIiLCJzY3AiOiJyZWFkIiwiZXhwIjo0MTAyNDQ0ODAwfQ.11OqCoUVCbgnVnf2rpmMMr64jW-MRwkIFDcwozuNJAdy-Ae",
/// #     "8Jp5zVB8zm8wkc-BfUY5sxGQkh6rLSl_0cARkDQ",
/// # );
/// # let id_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2xvZ2luLm1pY3Jvc29mdG9ubGluZS5jb20vYWFhYWJiYmItMDAwMC1jY2NjLTEx",
/// #     "MTEtZGRkZDIyMjJlZWVlL3YyLjAiLCJhdWQiOiIwMDAwMTExMS1hYWFhLTIyMjItYmJiYi0zMzMzY2NjYzQ0NDQiLCJ2ZXIiOiIyLjAiL",
/// #     "CJleHAiOjQxMDI0NDQ4MDB9.DZJZjSr6KsViGJWnxtpd42lBtqWnOslHYNVEyGs9mfUPjTf-GxCMihbHn8HexhvORzkSdspwiDp6oq2k4",
/// #     "ADjCA",
/// # );
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
/// let accepts = |token| matches!(jwt.validate_now(Credentials::new(token, head)), Some(Ok(_)));
/// assert!(accepts(access_token));
/// assert!(!accepts(id_token)); // of the same issuer, signed with the same key
/// let layer = BearerAuthLayer::new(jwt);
///
/// assert!(preset::entra_id::<Claims>("shop.onmicrosoft.com", api).jwk_set(keys).build().is_err()); // not what is in `iss`
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [Microsoft Entra ID]: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
/// [ID token]: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
/// [they stand in their place]: https://learn.microsoft.com/entra/identity-platform/scenario-protected-web-api-verification-scope-app-roles
pub fn entra_id<C: ReadClaims>(
    tenant: &str,
    audience: impl Into<String>,
) -> JwtValidatorBuilder<C> {
    let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    JwtValidatorBuilder::new(issuer, audience.into())
        .checked(guid(tenant))
        .habits(version_2())
}

/// Access tokens of version 1.0 of one tenant of Microsoft Entra ID: as [`entra_id`], but for what is said here.
///
/// - **Issuer**: `https://sts.windows.net/{tenant}/`, with the slash. Its keys are found at `login.microsoftonline.com`.
/// - **Kinds**: the client is in `appid`, which every access token has, and `ver` is `1.0`.
/// - **Audience**: the API's URI, such as `api://{client id}`, or its client id, depending on how the client asked. Give one,
///   and the other with [`audience`](JwtValidatorBuilder::audience).
///
/// # Errors
/// As [`entra_id`].
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, jwt::{Claims, preset}};
/// # use tower_postern::{RequestHead, bearer::{Credentials, TokenValidator}};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let (tenant, api) = ("aaaabbbb-0000-cccc-1111-dddd2222eeee", "00001111-aaaa-2222-bbbb-3333cccc4444");
/// let jwt = preset::entra_id_v1::<Claims>(tenant, format!("api://{api}"))
///     .audience(api)
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// # let access_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL3N0cy53aW5kb3dzLm5ldC9hYWFhYmJiYi0wMDAwLWNjY2MtMTExMS1kZGRkMjIy",
/// #     "MmVlZWUvIiwiYXVkIjoiMDAwMDExMTEtYWFhYS0yMjIyLWJiYmItMzMzM2NjY2M0NDQ0IiwidmVyIjoiMS4wIiwiYXBwaWQiOiJ3ZWIiL",
/// #     "CJzY3AiOiJyZWFkIiwiZXhwIjo0MTAyNDQ0ODAwfQ.0HjVUH9sl2RxKpIV7FlstHOtj23vzoyMmRkmzhrBGhZfaBSEjOQRHSOGMqqrUWZ",
/// #     "JZLWv2yDRCRwpaU5vz5alAw",
/// # );
/// # let id_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL3N0cy53aW5kb3dzLm5ldC9hYWFhYmJiYi0wMDAwLWNjY2MtMTExMS1kZGRkMjIy",
/// #     "MmVlZWUvIiwiYXVkIjoiMDAwMDExMTEtYWFhYS0yMjIyLWJiYmItMzMzM2NjY2M0NDQ0IiwidmVyIjoiMS4wIiwiZXhwIjo0MTAyNDQ0O",
/// #     "DAwfQ.h2PB5Slwtrv_t8xzMF0bPU1TWf3dqikG-QorsCXrc5LyhbDip6fz2PqOerdnFBApobB3wsmy--B0kYl3ClWSCw",
/// # );
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
/// let accepts = |token| matches!(jwt.validate_now(Credentials::new(token, head)), Some(Ok(_)));
/// assert!(accepts(access_token));
/// assert!(!accepts(id_token)); // of the same issuer, signed with the same key
/// let layer = BearerAuthLayer::new(jwt);
///
/// assert!(preset::entra_id_v1::<Claims>("common", api).jwk_set(keys).build().is_err()); // no tenant
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
pub fn entra_id_v1<C: ReadClaims>(
    tenant: &str,
    audience: impl Into<String>,
) -> JwtValidatorBuilder<C> {
    let mut habits = Habits {
        claims: vec![
            ("appid", Meaning::Client),
            ("ver", Meaning::one_of(["1.0"])),
        ],
        published: Published::From("https://login.microsoftonline.com"),
        ..Habits::default()
    };
    habits.claims.extend(of_both_versions());
    habits.scopes = Needed::Yes;
    JwtValidatorBuilder::new(
        format!("https://sts.windows.net/{tenant}/"),
        audience.into(),
    )
    .checked(guid(tenant))
    .habits(habits)
}

/// Access tokens of version 2.0 of several tenants of Microsoft Entra ID.
///
/// As [`entra_id`], for each tenant that the [builder](TenantsBuilder) is told. The claim `tid` must be the tenant in `iss`.
///
/// Keys are discovered for each tenant. With [`jwks_uri`](TenantsBuilder::jwks_uri) they come from the one set that is [for all of
/// them][keys], `https://login.microsoftonline.com/common/discovery/v2.0/keys`, whose keys say in `issuer` which tenants they are for.
///
/// # Errors
/// [`build`](TenantsBuilder::build) fails with [`ConfigErrorKind::Issuer`] where one of the tenants is no GUID.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, fetch::Fetch, jwt::{Claims, preset}};
///
/// # fn f(client: impl Fetch + Clone) -> Result<(), tower_postern::ConfigError> {
/// let api = "00001111-aaaa-2222-bbbb-3333cccc4444";
/// let tenants = preset::entra_id_tenants::<Claims>(api, client.clone())
///     .tenants(["aaaabbbb-0000-cccc-1111-dddd2222eeee", "bbbbcccc-1111-dddd-2222-eeee3333ffff"])
///     .build()?;
/// let layer = BearerAuthLayer::new(tenants);
///
/// assert!(preset::entra_id_tenants::<Claims>(api, client).build().is_err()); // nobody's
/// # Ok(()) }
/// ```
///
/// [keys]: https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
#[cfg(feature = "jwks")]
pub fn entra_id_tenants<C: ReadClaims>(
    audience: impl Into<String>,
    client: impl Fetch,
) -> TenantsBuilder<C> {
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    Tenants::template(template, audience, client)
        .tenant_claim("tid")
        .named(guid)
        .habits(version_2())
}

fn version_2() -> Habits {
    let mut habits = Habits {
        claims: vec![("ver", Meaning::one_of(["2.0"]))],
        client: Needed::Yes,
        scopes: Needed::Yes,
        ..Habits::default()
    };
    habits.claims.extend(of_both_versions());
    habits
}

fn of_both_versions() -> impl Iterator<Item = (&'static str, Meaning)> {
    let own = [("roles", Meaning::Scopes), ("uti", Meaning::TokenId)];
    own.into_iter().chain(of_id_tokens())
}

/// Names that people know a tenant by do not stand in `iss`.
fn guid(tenant: &str) -> Result<(), ConfigError> {
    let fits = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    if tenant.len() == 36 && tenant.bytes().enumerate().all(fits) {
        return Ok(());
    }
    Err(ConfigError::new(
        ConfigErrorKind::Issuer,
        "of Entra ID is named by the tenant's id; give the GUID that stands in `iss`, in lower case",
    ))
}
