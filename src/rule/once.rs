//! Things that are said once.

use std::sync::atomic::{AtomicBool, Ordering};

/// True the first time it is asked.
#[derive(Debug, Default)]
pub(super) struct Once(AtomicBool);

impl Once {
    /// Only the first call writes: later ones share the cache line.
    pub(super) fn is_first(&self) -> bool {
        !self.has_been() && !self.0.swap(true, Ordering::Relaxed)
    }

    pub(super) fn has_been(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
