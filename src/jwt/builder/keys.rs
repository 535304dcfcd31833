//! The keys that a token is checked with.

use std::sync::Arc;

use super::JwtValidatorBuilder;
use crate::{
    ConfigError, ConfigErrorKind, Secret,
    jwt::{
        ReadClaims,
        algorithm::AlgorithmSet,
        key::{KeyFile, KeyHandle, KeyList, KeySource, Keys},
    },
};

/// Keys that change, and whose they are, where that is known.
pub(super) struct Live {
    source: Arc<dyn KeySource>,
    issuer: Option<Arc<str>>,
}

impl<C: ReadClaims> JwtValidatorBuilder<C> {
    /// A secret that issuer and service share, for HS256, and for HS384 and HS512 where it is long enough.
    ///
    /// Given twice, both are tried: for the time of a change.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where it is shorter than 32 bytes, or where there is a
    /// public key besides.
    ///
    /// # Security
    /// Whoever can check such tokens can make them. Prefer public keys where issuer and service are not one.
    pub fn hmac_secret(self, secret: impl Into<Secret>) -> Self {
        self.given(|keys| keys.hmac_secret(secret))
    }

    /// The same, in base64 or base64url, padded or not.
    ///
    /// # Errors
    /// As [`hmac_secret`](Self::hmac_secret), and where the text is neither.
    pub fn hmac_secret_base64(self, secret: &str) -> Self {
        self.given(|keys| keys.hmac_secret_base64(secret))
    }

    /// A key as a JWK, [RFC 7517, section 4](https://www.rfc-editor.org/rfc/rfc7517#section-4): JSON text.
    ///
    /// Its `use`, `key_ops`, `alg` and `crv` are honoured, and its `issuer`, where there is one: it is for tokens of that issuer
    /// alone.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where it is malformed, private, weak, not for signatures or
    /// another issuer's.
    pub fn jwk(self, json: &str) -> Self {
        self.given(|keys| keys.jwk(json))
    }

    /// Keys as a JWK set, [RFC 7517, section 5](https://www.rfc-editor.org/rfc/rfc7517#section-5): JSON text.
    ///
    /// What is odd, weak or not for signatures is left out, with an event.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where it is malformed, or where no key is left.
    pub fn jwk_set(self, json: &str) -> Self {
        self.given(|keys| keys.jwk_set(json))
    }

    /// Public keys in PEM: `PUBLIC KEY`, `RSA PUBLIC KEY`, or `CERTIFICATE` (X.509).
    ///
    /// They have no `kid`, so they are tried whatever the token's is.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where a key is malformed, private, weak or of another type.
    ///
    /// # Security
    /// Of a certificate the key alone is used: neither its validity nor who signed it is looked at.
    pub fn pem(self, pem: impl AsRef<[u8]>) -> Self {
        self.given(|keys| keys.pem(pem))
    }

    /// The same, for tokens with that `kid` or with none: called for each key of a `{kid: PEM}` map.
    ///
    /// # Errors
    /// As [`pem`](Self::pem).
    pub fn pem_with_kid(self, kid: &str, pem: impl AsRef<[u8]>) -> Self {
        self.given(|keys| keys.pem_with_kid(kid, pem))
    }

    fn given(mut self, add: impl FnOnce(KeyList) -> KeyList) -> Self {
        self.keys = add(self.keys);
        self
    }

    /// Keys that can be replaced while tokens are checked: see [`KeyHandle`].
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where others are given besides.
    pub fn key_handle(self, keys: KeyHandle) -> Self {
        self.live_keys(Arc::new(keys), None)
    }

    /// Keys in a file that is read again when it changes: see [`KeyFile`].
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where others are given besides.
    pub fn key_file(self, keys: KeyFile) -> Self {
        self.live_keys(Arc::new(keys), None)
    }

    /// Keys that something else holds and changes.
    pub(in crate::jwt) fn live_keys(
        mut self,
        source: Arc<dyn KeySource>,
        issuer: Option<Arc<str>>,
    ) -> Self {
        self.live = Some(Live { source, issuer });
        self
    }
}

pub(super) fn live_keys(
    live: Live,
    issuer: &str,
    given: &KeyList,
    algorithms: AlgorithmSet,
) -> Result<(Keys, AlgorithmSet), ConfigError> {
    let error = |kind, message| Err(ConfigError::new(kind, message));
    let Live {
        source,
        issuer: owner,
    } = live;
    if !given.is_empty() {
        let message =
            "some come from elsewhere, and others are given; use two validators, one for each";
        return error(ConfigErrorKind::Key, message);
    }
    if owner.is_some_and(|owner| *owner != *issuer) {
        let message =
            "the remote keys are those of another issuer; give both the same, to the letter";
        return error(ConfigErrorKind::Issuer, message);
    }
    let algorithms = algorithms.intersection(source.algorithms());
    if algorithms.is_empty() {
        let message =
            "hold HMAC alone, and remote keys are public; name those that the issuer signs with";
        return error(ConfigErrorKind::Algorithms, message);
    }
    Ok((Keys::Live(source), algorithms))
}
