//! Keys that are replaced while tokens are checked.

use std::{
    fmt, future,
    sync::{Arc, PoisonError, RwLock},
};

use super::{
    KeyList, KeySet,
    source::{KeySource, Miss, Waiting},
};
use crate::{
    ConfigError,
    bearer::AuthError,
    jwt::{algorithm::AlgorithmSet, crypto::Backend},
};

/// Keys that are replaced while tokens are checked: for keys that come from where only the service knows.
///
/// A clone is the same handle. A token is checked with all of the old keys or with all of the new ones; a
/// [cache](super::super::TokenCache) forgets what was verified with the old ones.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{
///     RequestHead, bearer::{Credentials, TokenValidator}, jwt::{Claims, JwtValidator, KeyHandle, KeyList},
/// };
///
/// # let (pem, next) = ("-----BEGIN PUBLIC KEY-----
/// # MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
/// # -----END PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----
/// # MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=
/// # -----END PUBLIC KEY-----");
/// let keys = KeyHandle::new(KeyList::new().pem_with_kid("1", pem))?;
/// let jwt = JwtValidator::<Claims>::builder("https://id.example", "orders")
///     .key_handle(keys.clone())
///     .build()?;
/// let request = Request::new(());
/// let head = RequestHead::new(&request);
/// # let good = concat!("eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJleHAiOj",
/// #     "QxMDI0NDQ4MDB9.tNz_BPV2F95yypCmBwsiBtAMLmezdhD-SzwJkUa-4WHlhoS_2Cg5dDwl61bGlCgBFzB5o_91PLqSFe6ZVyKSDw");
/// let is_good = |token| jwt.validate_now(Credentials::new(token, head)).is_some_and(|answer| answer.is_ok());
/// assert!(is_good(good));
///
/// // Later, while both are in use:
/// keys.replace(KeyList::new().pem_with_kid("1", pem).pem_with_kid("2", next))?;
/// assert!(is_good(good));
///
/// // And when the old one was withdrawn:
/// keys.replace(KeyList::new().pem_with_kid("2", next))?;
/// assert!(!is_good(good));
///
/// // What cannot be used changes nothing.
/// assert!(keys.replace(KeyList::new()).is_err());
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct KeyHandle {
    keys: Arc<RwLock<Arc<KeySet>>>,
    backend: Backend,
}

impl KeyHandle {
    /// A handle that holds those keys.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Key`](crate::ConfigErrorKind::Key) where there is none, or one that cannot be used, or a secret
    /// beside a public key; [`ConfigErrorKind::Backend`](crate::ConfigErrorKind::Backend) where no signature backend is
    /// turned on.
    pub fn new(keys: KeyList) -> Result<Self, ConfigError> {
        let backend = Backend::preferred()?;
        let keys = keys.build(AlgorithmSet::ALL, backend, any_issuer)?;
        Ok(Self {
            keys: Arc::new(RwLock::new(Arc::new(keys))),
            backend,
        })
    }

    /// Takes other keys from now on, in place of all that were there.
    ///
    /// # Errors
    /// As [`new`](Self::new). The old keys stay then.
    pub fn replace(&self, keys: KeyList) -> Result<(), ConfigError> {
        let keys = Arc::new(keys.build(AlgorithmSet::ALL, self.backend, any_issuer)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn keys(&self) -> Arc<KeySet> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }
}

impl KeySource for KeyHandle {
    fn algorithms(&self) -> AlgorithmSet {
        AlgorithmSet::ALL
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        Some(self.keys())
    }

    fn miss(&self, seen: Option<&Arc<KeySet>>) -> Miss {
        if seen.is_some_and(|seen| Arc::ptr_eq(seen, &self.keys())) {
            Miss::Refuse(None)
        } else {
            Miss::LookAgain
        }
    }

    fn wait(&self) -> Waiting<'_> {
        Box::pin(future::ready(Ok(())))
    }

    fn verdict(&self) -> Option<AuthError> {
        None
    }
}

/// Whose tokens a key is for is asked where it is used: one handle can serve several validators.
fn any_issuer(_: &str) -> bool {
    true
}

impl fmt::Debug for KeyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyHandle").field(&self.keys()).finish()
    }
}
