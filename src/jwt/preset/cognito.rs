//! Amazon Cognito.

use super::{
    super::{
        JwtValidatorBuilder, ReadClaims,
        habits::{Habits, Meaning},
    },
    host, segment,
};

/// Access tokens of a user pool of [Amazon Cognito] that were issued to one of the app `clients`.
///
/// - **Issuer**: `https://cognito-idp.{region}.amazonaws.com/{pool}`.
/// - **Kinds**: `token_use` of an access token is `access`; that of an ID token is [`id`], and it is refused. Refresh tokens are
///   encrypted.
/// - **Audience**: access tokens have no `aud`, so what tells that a token is for this service is the client: `client_id` must
///   be one of `clients`. A token that has an `aud` nevertheless must name one that is given with
///   [`audience`](JwtValidatorBuilder::audience).
/// - **Scopes** are in `scope`; those of a resource server are `{resource server}/{scope}`. Groups are in `cognito:groups`, and
///   are not taken for scopes: read them with [`Claims::get`](super::super::Claims::get).
/// - **`typ`** is absent from the header in the documentation.
///
/// # Errors
/// [`build`](JwtValidatorBuilder::build) fails with [`ConfigErrorKind::Issuer`](crate::ConfigErrorKind::Issuer) where `region`
/// or `pool` is none, and with [`ConfigErrorKind::Claim`](crate::ConfigErrorKind::Claim) where there is no client.
///
/// # Security
/// A client that calls several services sends all of them the same tokens, so each of these can use them at the others. Ask
/// for a scope of your own resource server on the layer.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, jwt::{Claims, preset}, scopes};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let jwt = preset::cognito::<Claims>("us-west-2", "us-west-2_example", ["57cbishk4j24pabc1234567890"])
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// let layer = BearerAuthLayer::new(jwt).scopes(scopes!("orders/read"));
///
/// let nobody: [&str; 0] = [];
/// assert!(preset::cognito::<Claims>("us-west-2", "us-west-2_example", nobody).jwk_set(keys).build().is_err());
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [Amazon Cognito]: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
/// [`id`]: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
pub fn cognito<C: ReadClaims>(
    region: &str,
    pool: &str,
    clients: impl IntoIterator<Item = impl Into<String>>,
) -> JwtValidatorBuilder<C> {
    let habits = Habits {
        claims: vec![("token_use", Meaning::one_of(["access"]))],
        ..Habits::default()
    };
    let issuer = format!("https://cognito-idp.{region}.amazonaws.com/{pool}");
    JwtValidatorBuilder::without_audience(issuer)
        .clients(clients)
        .checked(host(region).and_then(|()| segment(pool)))
        .habits(habits)
}
