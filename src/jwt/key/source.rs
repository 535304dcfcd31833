//! Where the keys are that a token is checked with.

use std::{fmt, pin::Pin, sync::Arc};

use super::KeySet;
use crate::{bearer::AuthError, jwt::algorithm::AlgorithmSet};

/// The keys of a validator.
pub(in crate::jwt) enum Keys {
    /// Those that it was built with.
    Fixed(Box<KeySet>),
    /// Those that something else holds, and changes.
    Live(Arc<dyn KeySource>),
}

/// Keys that change while tokens are checked.
pub(in crate::jwt) trait KeySource: fmt::Debug + Send + Sync + 'static {
    /// The algorithms that its keys can be for.
    fn algorithms(&self) -> AlgorithmSet;

    /// The keys that are there now, if there are any. Never waits.
    fn current(&self) -> Option<Arc<KeySet>>;

    /// What to do about a token that none of the keys in `seen` fits. Never waits.
    fn miss(&self, seen: Option<&Arc<KeySet>>) -> Miss;

    /// Waits until there may be other keys.
    fn wait(&self) -> Waiting<'_>;

    /// What is said of a token that none of the keys fits, after waiting for them; `None`, where these are all that there are.
    fn verdict(&self) -> Option<AuthError>;
}

pub(in crate::jwt) type Waiting<'a> =
    Pin<Box<dyn Future<Output = Result<(), AuthError>> + Send + 'a>>;

/// What to do about a token that no key fits.
#[cfg_attr(
    not(feature = "jwks"),
    expect(dead_code, reason = "only remote keys are waited for")
)]
#[derive(Debug)]
pub(in crate::jwt) enum Miss {
    /// There are other keys now.
    LookAgain,
    /// There may be other keys soon.
    Wait,
    /// With that; or, where these are all the keys that there are, because none of them fits.
    Refuse(Option<AuthError>),
}

impl Keys {
    /// Of the keys that are there now.
    pub(in crate::jwt) fn generation(&self) -> Option<u64> {
        match self {
            Self::Fixed(keys) => Some(keys.generation()),
            Self::Live(source) => Some(source.current()?.generation()),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(keys) => keys.fmt(f),
            Self::Live(source) => source.fmt(f),
        }
    }
}
