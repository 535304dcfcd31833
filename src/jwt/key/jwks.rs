//! Keys that their issuer publishes.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    KeySet,
    jwks_builder::{Place, RemoteKeysBuilder},
    publisher::Publisher,
    source::{KeySource, Miss, Waiting},
};
use crate::{
    bearer::AuthError,
    fetch::{self, Fetch, FetchError, Lacking, Load, Policy, Refreshed, is_absent},
    jwt::{
        JwtValidatorBuilder, ReadClaims,
        algorithm::{AlgorithmSet, Family},
        habits::Published,
    },
};

/// The keys of an issuer, fetched from where it publishes them and kept fresh: a JWK set, [RFC 7517, section 5].
///
/// It is a handle: clones share the keys, and one set can serve several validators. Keys belong to it and to no other
/// issuer's, whatever their `kid`.
///
/// # What happens when
/// - **Nothing is asked before it is needed.** The first request or [`ready`](Self::ready) starts a task on the Tokio
///   runtime on which it runs; the task ends with the last handle. So starting never waits for the issuer.
/// - **A key that is known is there at once**, also while others are fetched and while the issuer is down.
/// - **A `kid` that is not known** joins the one request to the issuer that is under way, or begins one, waits for it, and is
///   looked for once more. Then it is refused. Requests to the issuer begin at least a
///   [`cool_down`](RemoteKeysBuilder::cool_down) apart, so inventing `kid`s makes no flood of them. A token that names no key, or
///   meets keys without a name, is treated the same where none of those that were tried made its signature: there may be a new one.
/// - **While the last request failed**, a `kid` that is not known is answered with 503 and `Retry-After`: the token may be
///   good. So is every token before the first set came.
/// - **The set is fetched anew before its time is over**, at three quarters and a bit: without traffic, with random
///   distances, and with retries. A key that was withdrawn dies with that.
/// - **When the issuer is down**, the keys serve for [`stale_for`](RemoteKeysBuilder::stale_for) after their time. Then all
///   tokens are answered with 503.
/// - **An answer that is no JWK set changes nothing**: another status than 200, a redirect, another media type, too long, too
///   slow, no JSON, no key in it that can be used. It is a failure, and reported.
/// - **One odd key does not spoil the others.** Keys that are malformed, weak, of an unknown type, for encryption, symmetric
///   or private are left out. Where issuers leave out `alg`, `use` or `kid`, at most four keys are tried. A key that says in
///   `issuer` whose it is, is for tokens of that issuer alone.
///
/// These times are those of the Tokio runtime, not of a [`Clock`](crate::Clock): they go on when a clock is set.
///
/// # Security
/// Whoever answers under that address decides which tokens are good. Hence TLS; see
/// [`danger_allow_http`](RemoteKeysBuilder::danger_allow_http).
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, jwt::{Claims, JwtValidator, RemoteKeys}};
/// # use tower_postern::{RequestHead, bearer::{Credentials, ErrorKind, TokenValidator}};
/// # use tower_postern::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
/// # struct Canned;
/// # impl Fetch for Canned {
/// #     async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
/// #         let json = http::HeaderValue::from_static("application/json");
/// #         let headers = http::HeaderMap::from_iter([(http::header::CONTENT_TYPE, json)]);
/// #         Ok(FetchResponse::new(http::StatusCode::OK, headers, match request.uri().path() {
/// #             "/.well-known/openid-configuration" => r#"{"issuer":"https://id.example","jwks_uri":"https://id.example/keys"}"#,
/// #             _ => r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
/// #         }))
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = Canned;
///
/// // `client` is an `HttpsClient`, or anything that implements `Fetch`.
/// let keys = RemoteKeys::discover("https://id.example", client).build()?;
/// let jwt = JwtValidator::<Claims>::builder("https://id.example", "orders")
///     .remote_keys(keys.clone())
///     .build()?;
///
/// keys.ready().await?; // if you like: nothing depends on it
/// assert!(keys.is_ready());
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
///
/// # let good = concat!("eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJleHAiOj",
/// #     "QxMDI0NDQ4MDB9.tNz_BPV2F95yypCmBwsiBtAMLmezdhD-SzwJkUa-4WHlhoS_2Cg5dDwl61bGlCgBFzB5o_91PLqSFe6ZVyKSDw");
/// assert!(jwt.validate(Credentials::new(good, head)).await.is_ok());
/// let forged = good.replace("eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ", "eyJhbGciOiJFZERTQSIsImtpZCI6IjIifQ"); // a `kid` that the issuer does not know
/// let refused = jwt.validate(Credentials::new(&forged, head)).await;
/// assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidToken);
/// let layer = BearerAuthLayer::new(jwt);
/// # Ok(()) }
/// ```
///
/// In a cluster the issuer often has another address than its name. Both are given, and the address holds for all that
/// discovery names:
/// ```
/// # use tower_postern::{fetch::Fetch, jwt::RemoteKeys};
/// # fn f(client: impl Fetch) -> Result<(), tower_postern::ConfigError> {
/// let keys = RemoteKeys::discover("https://id.example/realms/shop", client)
///     .fetch_from("http://keycloak:8080")
///     .danger_allow_http("keycloak")
///     .build()?;
/// # Ok(()) }
/// ```
///
/// [RFC 7517, section 5]: https://www.rfc-editor.org/rfc/rfc7517#section-5
#[derive(Clone)]
pub struct RemoteKeys {
    keys: Refreshed<Publisher>,
    issuer: Option<Arc<str>>,
}

impl RemoteKeys {
    /// Keys that are published at that address.
    pub fn jwks_uri(uri: impl Into<String>, client: impl Fetch) -> RemoteKeysBuilder {
        RemoteKeysBuilder::new(Place::Uri(uri.into()), client)
    }

    /// Keys that are published where the issuer says.
    ///
    /// The document is looked for as [OpenID Connect Discovery] has it, under the issuer's path, and then as
    /// [RFC 8414, section 3.1] has it, before the path. Its `issuer` must be this one, to the letter. It is read again with
    /// each set.
    ///
    /// [OpenID Connect Discovery]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationRequest
    /// [RFC 8414, section 3.1]: https://www.rfc-editor.org/rfc/rfc8414#section-3.1
    pub fn discover(issuer: impl Into<String>, client: impl Fetch) -> RemoteKeysBuilder {
        RemoteKeysBuilder::new(Place::Discover(issuer.into()), client)
    }

    /// Waits for the first set, and fetches it if nobody has asked for it yet.
    ///
    /// It goes on trying while the issuer is down: put a timeout around it if you do not want to wait so long.
    ///
    /// # Cancel safety
    /// Dropped, it gives up waiting: the fetch goes on in its task.
    ///
    /// # Errors
    /// [`FetchErrorKind::Runtime`](fetch::FetchErrorKind::Runtime), where there is no Tokio runtime.
    pub async fn ready(&self) -> Result<(), FetchError> {
        self.keys.ready().await
    }

    /// Whether there are keys that serve: for a readiness probe.
    ///
    /// It has the first set fetched where nobody has asked yet, and does not wait for it.
    pub fn is_ready(&self) -> bool {
        self.keys.current().is_some()
    }

    /// Why the last request to the issuer failed, if it did.
    pub fn last_error(&self) -> Option<FetchError> {
        self.keys.error()
    }

    pub(super) fn new(publisher: Publisher, policy: Policy, issuer: Option<Arc<str>>) -> Self {
        Self {
            keys: Refreshed::new(publisher, policy),
            issuer,
        }
    }

    /// Asks once, and says whether there are keys, or that there is nobody who publishes them.
    pub(in crate::jwt) async fn exist(&self) -> Result<bool, FetchError> {
        self.keys.wait().await?;
        match self.keys.error() {
            _ if self.keys.current().is_some() => Ok(true),
            Some(error) if is_absent(&error) => Ok(false),
            Some(error) => Err(error),
            None => Err(fetch::FetchErrorKind::Runtime.into()),
        }
    }

    fn unavailable(&self, retry_after: Duration) -> AuthError {
        let error = AuthError::unavailable().with_retry_after(retry_after);
        match self.keys.error() {
            Some(cause) => error.with_source(cause),
            None => error.with_static_source(&NoKeysYet),
        }
    }

    fn refusal(&self, lacking: Lacking) -> Option<AuthError> {
        match lacking {
            Lacking::Refuse => None,
            Lacking::Unavailable { retry_after } => Some(self.unavailable(retry_after)),
        }
    }
}

impl<C: ReadClaims> JwtValidatorBuilder<C> {
    /// Keys that the issuer publishes. Those of a discovered issuer are for tokens of that issuer only.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Issuer`](crate::ConfigErrorKind::Issuer) where the keys are another issuer's,
    /// [`ConfigErrorKind::Key`](crate::ConfigErrorKind::Key) where others are given besides, and [`ConfigErrorKind::Algorithms`](crate::ConfigErrorKind::Algorithms) where only HMAC is accepted.
    pub fn remote_keys(self, keys: RemoteKeys) -> Self {
        let issuer = keys.issuer.clone();
        self.live_keys(Arc::new(keys), issuer)
    }

    /// Keys that the issuer publishes, found by [discovery](RemoteKeys::discover) under its name.
    ///
    /// Those of a [preset](crate::jwt::preset) are found where its issuer has them.
    ///
    /// # Errors
    /// [`build`](Self::build) fails as [`RemoteKeysBuilder::build`] does, and as with [`remote_keys`](Self::remote_keys).
    pub fn discover_keys(self, client: impl Fetch) -> Self {
        self.discover_keys_with(client, |keys| keys)
    }

    /// The same with other settings: times, limits, another address.
    ///
    /// # Errors
    /// As [`discover_keys`](Self::discover_keys).
    pub fn discover_keys_with(
        self,
        client: impl Fetch,
        settings: impl FnOnce(RemoteKeysBuilder) -> RemoteKeysBuilder,
    ) -> Self {
        let (issuer, published) = self.published();
        let keys = match published {
            Published::UnderItsName => RemoteKeys::discover(issuer, client),
            Published::From(origin) => RemoteKeys::discover(issuer, client).fetch_from(origin),
            Published::At(uri) => RemoteKeys::jwks_uri(uri, client),
        };
        match settings(keys).build() {
            Ok(keys) => self.remote_keys(keys),
            Err(error) => self.checked(Err(error)),
        }
    }
}

impl KeySource for RemoteKeys {
    /// A secret that everyone can fetch is none.
    fn algorithms(&self) -> AlgorithmSet {
        let all = AlgorithmSet::ALL.iter();
        all.filter(|one| one.family() != Family::Hmac).collect()
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        self.keys.current()
    }

    fn miss(&self, seen: Option<&Arc<KeySet>>) -> Miss {
        match self.keys.miss(seen) {
            fetch::Miss::LookAgain => Miss::LookAgain,
            fetch::Miss::Wait => Miss::Wait,
            fetch::Miss::Lacking(lacking) => Miss::Refuse(self.refusal(lacking)),
        }
    }

    fn wait(&self) -> Waiting<'_> {
        Box::pin(async {
            let waited = self.keys.wait().await;
            waited.map_err(|error| AuthError::unavailable().with_source(error))
        })
    }

    fn verdict(&self) -> Option<AuthError> {
        self.refusal(self.keys.verdict())
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys")
            .field("of", &self.keys.load().name())
            .finish_non_exhaustive()
    }
}

/// The issuer was not asked yet, or has not answered yet.
#[derive(Debug)]
struct NoKeysYet;

impl fmt::Display for NoKeysYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the issuer's keys have not come yet")
    }
}

impl std::error::Error for NoKeysYet {}
