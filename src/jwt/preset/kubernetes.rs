//! Service accounts of Kubernetes.

use super::super::{
    JwtValidatorBuilder, ReadClaims,
    habits::{Habits, Meaning, of_id_tokens},
};

/// Tokens of [service accounts] of a Kubernetes cluster.
///
/// `issuer` is what its API server was started with as `--service-account-issuer`, often
/// `https://kubernetes.default.svc.cluster.local`.
///
/// - **Kinds**: `sub` is `system:serviceaccount:{namespace}:{name}`, and the claim `kubernetes.io` says more of it. Kubernetes
///   issues no ID tokens; what is signed under the same name and is no service account's, such as an ID token of a provider
///   that people sign in at, is refused. So are the tokens without end that older clusters keep in secrets: they have neither
///   `exp` nor `aud`. `typ` is absent from the header, about which the documentation is silent.
/// - **Audience**: a list, which the pod chooses in its [projected volume]. Without one it is that of the API server: do not
///   accept that, or each pod's token for the API server opens this service too, and is shown to it.
/// - **Scopes**: there are none. Who may do what is decided on the subject.
/// - **Keys** are found by discovery at the API server, which asks for the token of a service account: see
///   `HttpsClient::bearer_file`, and `RemoteKeysBuilder::fetch_from` where `issuer` is not its address.
///
/// # Security
/// Every pod of the cluster can get a token for every audience: that a token is good says that the caller is in the cluster,
/// not that it may come in.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, bearer::{AuthError, TokenValidator}, jwt::{Claims, Jwt, preset}};
/// # use tower_postern::{RequestHead, bearer::{Credentials}};
///
/// # let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let jwt = preset::kubernetes::<Claims>("https://kubernetes.default.svc.cluster.local", "orders")
///     .jwk_set(keys) // or, with the feature `jwks`: `.discover_keys(client)`
///     .build()?;
/// # let token_of_web = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2t1YmVybmV0ZXMuZGVmYXVsdC5zdmMuY2x1c3Rlci5sb2NhbCIsImF1ZCI6WyJv",
/// #     "cmRlcnMiXSwic3ViIjoic3lzdGVtOnNlcnZpY2VhY2NvdW50OnNob3A6d2ViIiwia3ViZXJuZXRlcy5pbyI6eyJuYW1lc3BhY2UiOiJza",
/// #     "G9wIn0sImV4cCI6NDEwMjQ0NDgwMH0.znXHAq6H1lVcPZ03R85vIwKSTDyO5udtk0Toq1_hd22rAcV1vsCjlbhwAz2Wj0tiJDtVSOeye5",
/// #     "tnjQZj7DdEBA",
/// # );
/// # let token_of_ann = concat!(
/// #     "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2t1YmVybmV0ZXMuZGVmYXVsdC5zdmMuY2x1c3Rlci5sb2NhbCIsImF1ZCI6WyJv",
/// #     "cmRlcnMiXSwic3ViIjoiYW5uIiwiZXhwIjo0MTAyNDQ0ODAwfQ.Pu5tyMHlRirIwJ-KDMGT2zgmg9wl49xZBya7KwrBNsYCUCbCvdu2OL",
/// #     "yV8ffQbm5Ina8rf1oz96wvjHO-qqy_DA",
/// # );
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
/// let accepts = |token| matches!(jwt.validate_now(Credentials::new(token, head)), Some(Ok(_)));
/// assert!(accepts(token_of_web));
/// assert!(!accepts(token_of_ann));
/// let layer = BearerAuthLayer::new(jwt.and_then(async |claims: Jwt<Claims>| match claims.subject() {
///     Some("system:serviceaccount:shop:web") => Ok(claims),
///     _ => Err(AuthError::forbidden()),
/// }));
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [service accounts]: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
/// [projected volume]: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection
pub fn kubernetes<C: ReadClaims>(
    issuer: impl Into<String>,
    audience: impl Into<String>,
) -> JwtValidatorBuilder<C> {
    let mut habits = Habits {
        claims: vec![("kubernetes.io", Meaning::Object)],
        subject: "system:serviceaccount:",
        ..Habits::default()
    };
    habits.claims.extend(of_id_tokens());
    JwtValidatorBuilder::new(issuer.into(), audience.into()).habits(habits)
}
