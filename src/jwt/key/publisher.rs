//! Who publishes the keys, and how they are fetched.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;

use super::{KeyProblem, KeySet, discovery::Discovery, owner::Owner, read_jwk_set};
use crate::{
    fetch::{FetchError, FetchErrorKind, Gate, Load, Loaded, Url, max_age},
    jwt::{
        algorithm::{AlgorithmSet, Family},
        crypto::Backend,
    },
    trace,
};

/// What others can read is no secret.
const SYMMETRIC: &str = "is a secret in a set that others can read; take it out of use";

/// Who publishes the keys, and how they are fetched.
pub(super) struct Publisher {
    name: Name,
    source: Source,
    owner: Option<Owner>,
    gate: Gate,
    backend: Backend,
    /// From which the last set was made.
    body: Mutex<Bytes>,
}

pub(super) enum Source {
    Uri(Url),
    Discovery(Discovery),
}

/// What it is, for the operator.
pub(super) struct Name {
    text: String,
    /// Said in its place until something was fetched: before, a stranger may have made the name up.
    before: Option<String>,
    fetched: AtomicBool,
}

impl Name {
    pub(super) fn of(text: String) -> Self {
        Self {
            text,
            before: None,
            fetched: AtomicBool::new(false),
        }
    }

    pub(super) fn until_fetched(self, before: Option<String>) -> Self {
        Self { before, ..self }
    }

    fn was_fetched(&self) {
        self.fetched.store(true, Ordering::Relaxed);
    }

    fn as_str(&self) -> &str {
        match &self.before {
            Some(before) if !self.fetched.load(Ordering::Relaxed) => before,
            _ => &self.text,
        }
    }
}

impl Load for Publisher {
    type Value = KeySet;

    async fn load(&self, last: Option<Arc<KeySet>>) -> Result<Loaded<KeySet>, FetchError> {
        let discovered;
        let uri = match &self.source {
            Source::Uri(uri) => uri,
            Source::Discovery(discovery) => {
                discovered = discovery.jwks_uri(&self.gate).await?;
                &discovered
            }
        };
        let accept = "application/jwk-set+json, application/json";
        let answer = self.gate.json(uri, accept).await?;
        let max_age = max_age(answer.headers());
        let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        // The same keys stay parsed, and what was concluded from them stays good.
        let value = match last.filter(|_| *body == answer.body()) {
            Some(last) => last,
            None => Arc::new(self.read(answer.body())?),
        };
        *body = answer.body().clone();
        self.name.was_fetched();
        Ok(Loaded { value, max_age })
    }

    fn name(&self) -> &str {
        self.name.as_str()
    }
}

impl Publisher {
    pub(super) fn new(
        name: Name,
        source: Source,
        owner: Option<Owner>,
        gate: Gate,
        backend: Backend,
    ) -> Self {
        Self {
            name,
            source,
            owner,
            gate,
            backend,
            body: Mutex::new(Bytes::new()),
        }
    }

    /// Takes each key for itself: what cannot be used is left out.
    fn read(&self, json: &[u8]) -> Result<KeySet, FetchError> {
        let content = |cause| FetchError::new(FetchErrorKind::Content).because(cause);
        let keys = read_jwk_set(json).map_err(|_| content("it is no JWK set"))?;
        let mut set = KeySet::default();
        for key in keys {
            let added = key.and_then(|key| {
                if key.material.family() == Family::Hmac {
                    self.left_out(SYMMETRIC);
                    return Ok(());
                }
                if !self.is_ours(key.issuer.as_deref()) {
                    return Err(KeyProblem::OtherIssuer);
                }
                set.add(key, AlgorithmSet::ALL, self.backend)
            });
            match added {
                Ok(()) => {}
                // Normal, where a set is for more than signatures, or for others too.
                Err(
                    problem @ (KeyProblem::ForOtherUse
                    | KeyProblem::OtherIssuer
                    | KeyProblem::Unsupported),
                ) => {
                    let (of, reason) = (self.name(), problem.as_str());
                    trace::debug!(of = of, reason = reason, "a key of the set is left out");
                }
                Err(problem) => self.left_out(problem.as_str()),
            }
        }
        if set.is_empty() {
            return Err(content("no key of the set can be used"));
        }
        Ok(set)
    }

    /// Some issuers of many tenants say of a key whose tokens it signs. Where we know whom we ask, others' are left out.
    fn is_ours(&self, named: Option<&str>) -> bool {
        match (&self.owner, named) {
            (Some(owner), Some(issuer)) => owner.is(issuer),
            (None, _) | (_, None) => true,
        }
    }

    fn left_out(&self, reason: &'static str) {
        let of = self.name();
        trace::warning!(
            of = of,
            reason = reason,
            "a key of the set is left out; tokens that name it are refused"
        );
    }
}
