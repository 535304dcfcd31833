//! Every "now" of the crate.

use std::{sync::Arc, time::SystemTime};

/// Tells the time.
///
/// Validators take one, so that tests can move it: a token's life is tested without waiting for it.
///
/// # Examples
/// ```
/// use std::time::{Duration, SystemTime};
/// use tower_postern::{Clock, SystemClock};
///
/// /// Always an hour fast.
/// struct Fast;
/// impl Clock for Fast {
///     fn now(&self) -> SystemTime {
///         SystemClock.now() + Duration::from_secs(3600)
///     }
/// }
/// assert!(Fast.now() > SystemClock.now());
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The time of day.
    fn now(&self) -> SystemTime;
}

/// The clock of the machine: what is used where none is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is its own only value")]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the crate asks for the time"
    )]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }
}
