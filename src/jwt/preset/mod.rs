//! What well-known issuers do differently: who they are in `iss`, how their access tokens are told from other tokens, where
//! they put scopes and clients.
//!
//! Each preset is a [builder](super::JwtValidatorBuilder) that lacks nothing but keys. With the feature `jwks`, `discover_keys`
//! finds them where that issuer publishes them; else give them as always. All other settings can be added, and what a preset
//! asks for cannot be taken back.
//!
//! **A preset refuses that issuer's ID tokens**, and its refresh, logout and other tokens where they are JWTs: they are signed
//! with the same keys, and prove that somebody signed in to *some* client, not that this service may be called. The one
//! exception is [`google_id_tokens`], and says why.
//!
//! | preset | `iss` | `typ` in the header | scopes | audience | what tells an access token | documentation |
//! |---|---|---|---|---|---|---|
//! | [`keycloak`] | `https://…/realms/NAME` | `JWT`, `at+jwt` | `scope` | `aud`, by mappers | `typ` is `Bearer` or `DPoP` | [source][kc-source], [audience][kc-audience] |
//! | [`auth0`] | `https://DOMAIN/` | `JWT`, `at+jwt` | `scope` | the API's identifier, often in a list of two | `azp` or `client_id` | [profiles][a0], [ID tokens][a0-id] |
//! | [`entra_id`] | `https://login.microsoftonline.com/TENANT/v2.0` | `JWT` | `scp`, else `roles` | the API's client id | `ver` is `2.0`; `azp`; `scp` or `roles` | [access][en], [ID tokens][en-id] |
//! | [`entra_id_v1`] | `https://sts.windows.net/TENANT/` | `JWT` | `scp`, else `roles` | `api://…` or the client id | `ver` is `1.0`; `appid`; `scp` or `roles` | [access][en], [ID tokens][en-id] |
//! | [`okta`] | `https://DOMAIN/oauth2/SERVER` | absent | `scp`, a list | of the authorization server | `cid` | [reference][ok], [validation][ok-validate] |
//! | [`cognito`] | `https://cognito-idp.REGION.amazonaws.com/POOL` | absent | `scope` | none: `client_id` | `token_use` is `access` | [access][co], [ID tokens][co-id] |
//! | [`google_id_tokens`] | `https://accounts.google.com`, `accounts.google.com` | `JWT` | none | this service's address | **is an ID token**: `email` is a service account's that is let in | [kinds][go], [ID tokens][go-id] |
//! | [`google_iap`] | `https://cloud.google.com/iap` | not documented | none | `/projects/…` | the issuer | [assertions][go-iap] |
//! | [`kubernetes`] | as the cluster is set up | not documented | none | a list | `sub` begins with `system:serviceaccount:`; `kubernetes.io` | [accounts][k8] |
//!
//! Where no claim is documented that tells them apart, tokens with `nonce`, `at_hash` or `c_hash` are refused besides: `OpenID`
//! Connect has these in [ID tokens][oidc] alone.
//!
//! [kc-source]: https://github.com/keycloak/keycloak/blob/main/core/src/main/java/org/keycloak/util/TokenUtil.java
//! [kc-audience]: https://www.keycloak.org/docs/latest/server_admin/index.html#audience-support
//! [a0]: https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
//! [a0-id]: https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure
//! [en]: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
//! [en-id]: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
//! [ok]: https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/
//! [ok-validate]: https://developer.okta.com/docs/guides/validate-access-tokens/main/
//! [co]: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
//! [co-id]: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
//! [go]: https://cloud.google.com/docs/authentication/token-types
//! [go-id]: https://cloud.google.com/docs/authentication/get-id-token
//! [go-iap]: https://cloud.google.com/iap/docs/signed-headers-howto
//! [k8]: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
//! [oidc]: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
//!
//! # Examples
//! ```
//! use tower_postern::{BearerAuthLayer, fetch::Fetch, jwt::{Claims, preset}};
//!
//! # fn f(client: impl Fetch + Clone) -> Result<(), tower_postern::ConfigError> {
//! // `client` is an `HttpsClient`, or anything that implements `Fetch`.
//! let jwt = preset::keycloak::<Claims>("https://id.example", "shop", "orders").discover_keys(client).build()?;
//! let layer = BearerAuthLayer::new(jwt);
//! # Ok(()) }
//! ```

mod auth0;
mod cognito;
mod entra_id;
mod google;
mod keycloak;
mod kubernetes;
mod okta;

#[cfg(feature = "jwks")]
pub use self::entra_id::entra_id_tenants;
pub use self::{
    auth0::auth0,
    cognito::cognito,
    entra_id::{entra_id, entra_id_v1},
    google::{google_iap, google_id_tokens},
    keycloak::keycloak,
    kubernetes::kubernetes,
    okta::okta,
};
use crate::{ConfigError, ConfigErrorKind};

/// A name of a host, and a port where there is one: no scheme, no path.
fn host(text: &str) -> Result<(), ConfigError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    if !text.is_empty() && text.bytes().all(allowed) {
        return Ok(());
    }
    error("is given by the name of a host; give that alone, without `https://` and without a path")
}

/// One segment of a path, as it stands in `iss`.
fn segment(text: &str) -> Result<(), ConfigError> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'?' | b'#' | b'\\');
    if !text.is_empty() && text.bytes().all(allowed) && text != "." && text != ".." {
        return Ok(());
    }
    error(
        "has an empty part in it, or one that is more than one segment of a path; give it as it stands in `iss`",
    )
}

/// An address of a server, with the path under which it is served.
fn address(text: &str) -> Result<(), ConfigError> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'\\' | b'@');
    if rest
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(allowed))
    {
        return Ok(());
    }
    error("begins with an address; give the server's, with `https://`, as it stands in `iss`")
}

fn error(message: &'static str) -> Result<(), ConfigError> {
    Err(ConfigError::new(ConfigErrorKind::Issuer, message))
}
