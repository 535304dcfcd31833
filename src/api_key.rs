//! Static API keys: for callers that cannot ask an issuer for a token.
//!
//! [`ApiKeys`] is a validator like any other: it stands alone, or [beside](crate::bearer::TokenValidator::or) one for
//! JWTs. Keys are kept as their SHA-256, so a dump of the memory or of the configuration shows none.
//!
//! # The rules
//! 1. A key is found by its hash, in a time that neither the number of keys nor how much of one was right changes.
//! 2. A key that could be guessed is refused when it is configured: the hash is fast, so the key must be long and random.
//! 3. A key that expired is refused as such; one that is not known is refused without a word more.
//!
//! # Examples
//! Keys that come in a header of their own:
//! ```
//! use http::{Request, Response, StatusCode};
//! use tower::{ServiceExt, service_fn};
//! use tower_postern::{BearerAuthLayer, api_key::{ApiKeys, StaticKey}, bearer::TokenSource, scopes};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let secret_from_the_environment = "3KpQ0vUuYw8mZr5tXc1nB7hJ4dLs";
//! let keys = ApiKeys::new([
//!     StaticKey::new("billing", secret_from_the_environment).scopes(scopes!("orders:read")),
//!     // What `printf %s "$KEY" | sha256sum` prints: the key itself is nowhere in the configuration.
//!     StaticKey::from_sha256("backup", "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"),
//! ])?;
//! let service = BearerAuthLayer::new(keys)
//!     .sources([TokenSource::header("x-api-key")?])
//!     .wrap(service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
//!
//! let request = |key| Request::get("/").header("x-api-key", key).body(String::new());
//! assert_eq!(service.clone().oneshot(request(secret_from_the_environment)?).await?.status(), StatusCode::OK);
//! assert_eq!(service.oneshot(request("a-guess")?).await?.status(), StatusCode::UNAUTHORIZED);
//! # Ok(()) }
//! ```

use std::{
    borrow::Cow,
    collections::HashMap,
    error::Error as StdError,
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
    time::SystemTime,
};

use sha2::{Digest, Sha256};

use crate::{
    Clock, ConfigError, ConfigErrorKind, Secret, SystemClock,
    bearer::{AuthError, Credentials, Grant, ScopeSet, TokenValidator, Verified},
    secret::constant_time_eq,
};

const MIN_LEN: usize = 24;
const MIN_DISTINCT: usize = 8;

type Hash = [u8; 32];

/// Who a key belongs to: the identity of [`ApiKeys`]. See there for an example.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiKey {
    name: Arc<str>,
}

impl ApiKey {
    /// An owner whose key nobody showed: for tests of what is behind the validator.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into() }
    }

    /// The name that the key was configured with.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A key to be accepted, for [`ApiKeys::new`].
///
/// # Examples
/// ```
/// use std::time::{Duration, SystemTime};
/// use tower_postern::{api_key::{ApiKeys, StaticKey}, scopes};
///
/// # let (old, new) = ("3KpQ0vUuYw8mZr5tXc1nB7hJ4dLs", "9TqWf2LxAe6RkYb0JmHs5VcGz8Pd");
/// let in_a_week = SystemTime::now() + Duration::from_secs(7 * 24 * 60 * 60);
/// let billing = |key| StaticKey::new("billing", key).scopes(scopes!("orders:read"));
/// assert!(ApiKeys::new([billing(old).expires_at(in_a_week), billing(new)]).is_ok());
/// assert!(ApiKeys::new([billing(old), billing(old)]).is_err());
/// ```
#[derive(Clone)]
#[must_use = "it is accepted only where it is given to `ApiKeys::new`"]
pub struct StaticKey {
    name: Arc<str>,
    hash: Result<Hash, &'static str>,
    scopes: ScopeSet,
    expires_at: Option<SystemTime>,
}

impl StaticKey {
    /// A key, and whose it is. Several keys may have one name: so an owner can change from one to the next.
    ///
    /// The key is hashed at once and not kept.
    pub fn new(name: impl Into<Arc<str>>, key: impl Into<Secret>) -> Self {
        let key = key.into();
        Self::with_hash(
            name.into(),
            check_key(key.expose()).map(|()| hash(key.expose())),
        )
    }

    /// The SHA-256 of a key, in hexadecimal: so that the configuration need not hold the key.
    ///
    /// # Security
    /// How long the key is cannot be seen: take at least 24 random characters.
    pub fn from_sha256(name: impl Into<Arc<str>>, hex: &str) -> Self {
        let hash = parse_hex(hex).ok_or("is not a SHA-256 in hexadecimal; give 64 digits");
        Self::with_hash(name.into(), hash)
    }

    fn with_hash(name: Arc<str>, hash: Result<Hash, &'static str>) -> Self {
        Self {
            name,
            hash,
            scopes: ScopeSet::EMPTY,
            expires_at: None,
        }
    }

    /// What the key may be used for. Nothing that is asked for by scope, if not set.
    pub fn scopes(mut self, scopes: ScopeSet) -> Self {
        self.scopes = scopes;
        self
    }

    /// From when on the key is refused. Never, if not set.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires_at = Some(time);
        self
    }
}

impl fmt::Debug for StaticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticKey")
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Accepts static API keys.
///
/// See the [module's page](self) for the rules.
///
/// # Security
/// A key is good until it expires or the service is configured anew, whoever has it: prefer tokens of an issuer where the
/// caller can get one.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, api_key::{ApiKeys, StaticKey}, bearer::{Credentials, ErrorKind, TokenValidator}};
///
/// # let key = "3KpQ0vUuYw8mZr5tXc1nB7hJ4dLs";
/// let keys = ApiKeys::new([StaticKey::new("billing", key)])?;
///
/// let request = Request::new(());
/// let head = RequestHead::new(&request);
/// let verified = keys.validate_now(Credentials::new(key, head)).ok_or("it answers at once")??;
/// assert_eq!(verified.identity.name(), "billing");
///
/// let refused = keys.validate_now(Credentials::new("another", head)).ok_or("it answers at once")?;
/// assert!(refused.is_err_and(|error| error.kind() == ErrorKind::InvalidToken));
///
/// assert!(ApiKeys::new([StaticKey::new("weak", "password")]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ApiKeys {
    /// By the first bytes of the hash: what they are for a key that is tried, nobody can choose.
    owners: HashMap<u64, Vec<Owner>, BuildHasherDefault<FirstBytes>>,
    clock: Arc<dyn Clock>,
}

struct Owner {
    hash: Hash,
    identity: ApiKey,
    grant: Grant,
    expires_at: Option<SystemTime>,
}

impl ApiKeys {
    /// These keys and no others.
    ///
    /// # Errors
    /// [`ConfigErrorKind::ApiKey`] where there is none, where a name is empty, where a key is there twice, is shorter than
    /// 24 characters, has less than 8 different ones, or one that no token can have ([RFC 6750, section 2.1]).
    ///
    /// [RFC 6750, section 2.1]: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    pub fn new(keys: impl IntoIterator<Item = StaticKey>) -> Result<Self, ConfigError> {
        let mut all = Self {
            owners: HashMap::default(),
            clock: Arc::new(SystemClock),
        };
        for key in keys {
            all.add(key)?;
        }
        if all.owners.is_empty() {
            return Err(error("there is none; give at least one to `ApiKeys::new`"));
        }
        Ok(all)
    }

    /// Asks another clock for the time: for tests. That of the machine, if not set.
    #[must_use]
    pub fn clock_with(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn add(&mut self, key: StaticKey) -> Result<(), ConfigError> {
        let name = key.name;
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(error("has no name; say whose it is"));
        }
        let hash = key
            .hash
            .map_err(|problem| error(format!("of `{name}` {problem}")))?;
        if self.find(&hash).is_some() {
            return Err(error(format!(
                "of `{name}` is there twice; give each owner a key of its own"
            )));
        }
        let grant = Grant::builder().client_id(&*name).scopes(key.scopes);
        let grant = match key.expires_at {
            Some(time) => grant.expires_at(time),
            None => grant,
        };
        self.owners
            .entry(first_bytes(&hash))
            .or_default()
            .push(Owner {
                hash,
                identity: ApiKey { name },
                grant: grant.build(),
                expires_at: key.expires_at,
            });
        Ok(())
    }

    fn find(&self, hash: &Hash) -> Option<&Owner> {
        let mut owners = self.owners.get(&first_bytes(hash))?.iter();
        owners.find(|owner| constant_time_eq(&owner.hash, hash))
    }

    fn check(&self, key: &[u8]) -> Result<Verified<ApiKey>, AuthError> {
        let Some(owner) = self.find(&hash(key)) else {
            return Err(AuthError::invalid_token().with_static_source(&Refusal::Unknown));
        };
        if owner
            .expires_at
            .is_some_and(|time| time <= self.clock.now())
        {
            return Err(AuthError::expired_token().with_static_source(&Refusal::Expired));
        }
        Ok(Verified::new(owner.identity.clone()).with_grant(owner.grant.clone()))
    }
}

impl TokenValidator for ApiKeys {
    type Identity = ApiKey;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<ApiKey>, AuthError> {
        self.check(credentials.bytes())
    }

    fn validate_now(
        &self,
        credentials: Credentials<'_>,
    ) -> Option<Result<Verified<ApiKey>, AuthError>> {
        Some(self.check(credentials.bytes()))
    }

    /// Whether it is one of the keys, expired or not.
    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        self.find(&hash(credentials.bytes())).is_some()
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys")
            .field("keys", &self.owners.len())
            .finish_non_exhaustive()
    }
}

fn error(message: impl Into<Cow<'static, str>>) -> ConfigError {
    ConfigError::new(ConfigErrorKind::ApiKey, message)
}

fn hash(key: &[u8]) -> Hash {
    Sha256::digest(key).into()
}

fn first_bytes(hash: &Hash) -> u64 {
    let (bytes, _) = hash.split_first_chunk().unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*bytes)
}

fn check_key(key: &[u8]) -> Result<(), &'static str> {
    let padding = key.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = key.get(..key.len() - padding).unwrap_or_default();
    let is_token_char = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    if !body.iter().all(is_token_char) {
        return Err("has a character that no token can have; use letters, digits and `-._~+/`");
    }
    if body.len() < MIN_LEN {
        return Err("is short enough to be guessed; take at least 24 random characters");
    }
    let mut distinct = body.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < MIN_DISTINCT {
        return Err("repeats a few characters; take random ones");
    }
    Ok(())
}

fn parse_hex(hex: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    let digits = hex.as_bytes();
    if digits.len() != 2 * hash.len() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else {
            return None;
        };
        *byte = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
    }
    Some(hash)
}

/// A hash is spread evenly as it is.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, bytes: u64) {
        self.0 = bytes;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[derive(Clone, Copy, Debug)]
enum Refusal {
    Expired,
    Unknown,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the API key expired",
            Self::Unknown => "the API key is not one of those that are accepted",
        })
    }
}

impl StdError for Refusal {}
