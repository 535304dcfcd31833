//! Is it on?

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    RequestHead,
    predicate::{Predicate, Verdict},
};

/// A rule that is Yes while it is on and No while it is off, and that every clone of it flips.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict}, rule};
///
/// let maintenance = rule::switch(false);
/// let handle = maintenance.clone();
///
/// let request = Request::new(());
/// assert_eq!(maintenance.check(&RequestHead::new(&request)), Verdict::No);
/// handle.set(true);
/// assert_eq!(maintenance.check(&RequestHead::new(&request)), Verdict::Yes);
/// ```
pub fn switch(on: bool) -> Switch {
    Switch(Arc::new(AtomicBool::new(on)))
}

/// What [`switch`] returns: the rule, and the handle to flip it.
#[derive(Clone, Debug)]
pub struct Switch(Arc<AtomicBool>);

impl Switch {
    /// Flips it, for every clone and from the next question on.
    pub fn set(&self, on: bool) {
        self.0.store(on, Ordering::Release);
    }

    /// Whether it is on.
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Predicate for Switch {
    fn check(&self, _request: &RequestHead<'_>) -> Verdict {
        self.is_on().into()
    }
}
