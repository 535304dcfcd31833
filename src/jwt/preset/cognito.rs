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
/// # use tower_postern::{RequestHead, bearer::{Credentials, TokenValidator}};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let jwt = preset::cognito::<Claims>("us-west-2", "us-west-2_example", ["57cbishk4j24pabc1234567890"])
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// # let access_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2NvZ25pdG8taWRwLnVzLXdlc3QtMi5hbWF6b25hd3MuY29tL3VzLXdlc3QtMl9l",
/// #     "eGFtcGxlIiwiY2xpZW50X2lkIjoiNTdjYmlzaGs0ajI0cGFiYzEyMzQ1Njc4OTAiLCJ0b2tlbl91c2UiOiJhY2Nlc3MiLCJleHAiOjQxM",
/// #     "DI0NDQ4MDB9.gUIi7ew7NDHt41YUp4zg-_V5cIDjLISubNnIilo9We7Ym-sHIQYBAfdDdIISnM5M6Gqjk4EfIR-FxWOtCAeDDg",
/// # );
/// # let id_token = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2NvZ25pdG8taWRwLnVzLXdlc3QtMi5hbWF6b25hd3MuY29tL3VzLXdlc3QtMl9l",
/// #     "eGFtcGxlIiwiYXVkIjoiNTdjYmlzaGs0ajI0cGFiYzEyMzQ1Njc4OTAiLCJ0b2tlbl91c2UiOiJpZCIsImV4cCI6NDEwMjQ0NDgwMH0.X",
/// #     "V4shO9WRJZ9qfdsPyzTNHS9MdeHH_yWwum3p4qIjPM47EUUbOCCjfJSyhWQb3ucJwbewEgookCyIy4a2AC4CQ",
/// # );
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
/// let accepts = |token| matches!(jwt.validate_now(Credentials::new(token, head)), Some(Ok(_)));
/// assert!(accepts(access_token));
/// assert!(!accepts(id_token)); // of the same issuer, signed with the same key
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
