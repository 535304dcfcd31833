//! Tokens that were verified a moment ago.

use std::time::Duration;

use super::{Jwt, crypto::Backend};
use crate::{
    ConfigError, ConfigErrorKind,
    bearer::Verified,
    cache::{Life, TtlCache},
};

/// What an entry takes beside the token and its claims.
const OVERHEAD: usize = 512;
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(300);
/// A token and its claims: 2 KiB are common.
const DEFAULT_BYTES_EACH: u64 = 4096;

/// Settings of a cache of verified tokens, for [`JwtValidatorBuilder::cache`](super::JwtValidatorBuilder::cache).
///
/// Only tokens that were accepted get in, and only the whole token finds its entry. An entry dies when the token expires,
/// at [`max_age`](Self::max_age), and when the keys change. Each validator has a cache of its own. What comes after the
/// validator is asked on every request all the same: policy, [revocation](crate::bearer::Revocable), proof of possession.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use http::Request;
/// use tower_postern::{
///     RequestHead, Secret, bearer::{Credentials, TokenValidator}, jwt::{Claims, JwtValidator, TokenCache},
/// };
///
/// # let secret = Secret::new("only an example: take random bytes");
/// let validator = JwtValidator::<Claims>::builder("https://id.example", "orders")
///     .hmac_secret(secret.clone())
///     .cache(TokenCache::new(10_000).max_age(Duration::from_secs(60)))
///     .build()?;
///
/// let request = Request::new(());
/// let head = RequestHead::new(&request);
/// # let good = concat!("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJzdWIiOiJhbm4iLCJleHAiOj",
/// #     "QxMDI0NDQ4MDB9.y9HAjIU6l4xpEL5acEm7R41kIvQEAYEn_LecENs-4-c");
/// for _ in 0..2 { // the second time without a look at the signature
///     let verified = validator.validate_now(Credentials::new(good, head)).ok_or("it answers at once")??;
///     assert_eq!(verified.identity.subject(), Some("ann"));
/// }
/// let other = good.replace("-4-c", "-4-d"); // not the whole token
/// assert!(validator.validate_now(Credentials::new(&other, head)).is_some_and(|answer| answer.is_err()));
///
/// let nothing = JwtValidator::<Claims>::builder("https://id.example", "orders")
///     .hmac_secret(secret)
///     .cache(TokenCache::new(0))
///     .build();
/// assert!(nothing.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a validator has a cache only where it is given to `cache`"]
pub struct TokenCache {
    entries: usize,
    max_bytes: Option<u64>,
    max_age: Duration,
    key: KeyedBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyedBy {
    Sha256,
    Token,
}

impl TokenCache {
    /// Room for so many tokens.
    pub fn new(entries: usize) -> Self {
        Self {
            entries,
            max_bytes: None,
            max_age: DEFAULT_MAX_AGE,
            key: KeyedBy::Token,
        }
    }

    /// A bound on the memory, about. 4 KiB for each entry, if not set.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// When a token is checked anew, in whole seconds, though it has not expired. 5 minutes, if not set.
    ///
    /// # Security
    /// What only a new check would find, such as a clock that was set, is found this much later.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Keeps the SHA-256 of each token instead of the token.
    ///
    /// # Security
    /// A dump of the memory then shows fewer tokens that are still good. It costs about half a microsecond a request.
    pub fn hashed(mut self) -> Self {
        self.key = KeyedBy::Sha256;
        self
    }

    pub(super) fn build<C>(self, backend: Backend) -> Result<VerifiedTokens<C>, ConfigError> {
        let max_age = self.max_age.as_secs();
        if self.entries == 0 || max_age == 0 || self.max_bytes == Some(0) {
            let message =
                "of the cache of verified tokens is zero; leave the cache out where none is wanted";
            return Err(ConfigError::new(ConfigErrorKind::Limit, message));
        }
        let entries = u64::try_from(self.entries).unwrap_or(u64::MAX);
        let default = entries.saturating_mul(DEFAULT_BYTES_EACH);
        let bytes = self.max_bytes.unwrap_or(default);
        let entries = match self.key {
            KeyedBy::Token => Entries::ByToken(TtlCache::new(self.entries, bytes)),
            KeyedBy::Sha256 => Entries::ByHash(TtlCache::new(self.entries, bytes), backend),
        };
        Ok(VerifiedTokens { entries, max_age })
    }
}

/// Tokens that were verified, and what came of it.
pub(super) struct VerifiedTokens<C> {
    entries: Entries<C>,
    max_age: u64,
}

enum Entries<C> {
    ByToken(TtlCache<Box<[u8]>, Known<C>>),
    ByHash(TtlCache<[u8; 32], Known<C>>, Backend),
}

struct Known<C> {
    verified: Verified<Jwt<C>>,
    /// Of the keys that it was verified with.
    generation: u64,
}

impl<C> Clone for Known<C> {
    fn clone(&self) -> Self {
        Self {
            verified: self.verified.clone(),
            generation: self.generation,
        }
    }
}

impl<C> VerifiedTokens<C> {
    /// What the token is known to say, while the keys are those of that generation.
    pub(super) fn get(&self, token: &[u8], now: u64, generation: u64) -> Option<Verified<Jwt<C>>> {
        let still = |known: &Known<C>| known.generation == generation;
        let known = match &self.entries {
            Entries::ByToken(entries) => entries.get(token, now, still),
            Entries::ByHash(entries, backend) => entries.get(&backend.sha256(token), now, still),
        };
        Some(known?.verified)
    }

    /// Remembers a token that is good from `now` until `expiry`, where it has one.
    pub(super) fn insert(
        &self,
        token: &[u8],
        verified: &Verified<Jwt<C>>,
        claims_len: usize,
        now: u64,
        expiry: Option<u64>,
        generation: u64,
    ) {
        let oldest = now.saturating_add(self.max_age);
        let life = Life {
            from: now,
            until: expiry.map_or(oldest, |expiry| expiry.min(oldest)),
        };
        let known = Known {
            verified: verified.clone(),
            generation,
        };
        let bytes = OVERHEAD + claims_len;
        match &self.entries {
            Entries::ByToken(entries) => {
                entries.insert(token.into(), known, bytes + token.len(), life);
            }
            Entries::ByHash(entries, backend) => {
                entries.insert(backend.sha256(token), known, bytes, life);
            }
        }
    }
}
