//! The task that asks.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Arc, atomic::Ordering},
};

use tokio::time::{Instant, timeout, timeout_at};

use super::{Core, Held, Load, Loaded, lock, schedule::Next};
use crate::{
    fetch::{FetchError, FetchErrorKind},
    trace,
};

/// The task's part of what is shared; where the task ends, those who wait for it are told.
pub(super) struct Task<L: Load>(Arc<Core<L>>);

impl<L: Load> Task<L> {
    pub(super) fn new(core: Arc<Core<L>>) -> Self {
        Self(core)
    }
}

impl<L: Load> Drop for Task<L> {
    fn drop(&mut self) {
        let mut schedule = lock(&self.0.schedule);
        schedule.lost(Instant::now());
        self.0.running.store(false, Ordering::Relaxed);
        drop(schedule);
        self.0.done.send_replace(());
    }
}

pub(super) async fn run<L: Load>(task: Task<L>) {
    let core = &*task.0;
    loop {
        let now = Instant::now();
        core.bury(now);
        let next = lock(&core.schedule).poll(now);
        match next {
            Next::Fly => core.fly().await,
            // Either will do: somebody asks, or the time has come.
            Next::WaitUntil(until) => drop(timeout_at(until, core.kick.notified()).await),
        }
    }
}

impl<L: Load> Core<L> {
    async fn fly(&self) {
        let last = self.current(Instant::now());
        let result = match timeout(self.policy.timeout, self.load.load(last)).await {
            Ok(result) => result,
            Err(_) => Err(FetchErrorKind::Timeout.into()),
        };
        let now = Instant::now();
        match result {
            Ok(Loaded { value, max_age }) => {
                let mut schedule = lock(&self.schedule);
                let dies_at = schedule.succeeded(now, max_age, random());
                self.hold(Some(Held { value, dies_at }));
                *lock(&self.error) = None;
                drop(schedule);
                trace::debug!(of = self.load.name(), "fetched");
            }
            Err(error) => {
                let mut schedule = lock(&self.schedule);
                schedule.failed(now, random());
                *lock(&self.error) = Some(error.clone());
                drop(schedule);
                report(self.load.name(), &error);
            }
        }
        self.done.send_replace(());
    }

    /// Forgets a value whose time is over, so that nobody can take it for good.
    fn bury(&self, now: Instant) {
        let mut schedule = lock(&self.schedule);
        if schedule.is_dead(now) {
            schedule.bury();
            self.hold(None);
            drop(schedule);
            trace::error!(
                of = self.load.name(),
                "nothing could be fetched for so long that what was there is no longer used"
            );
        }
    }
}

fn report(name: &str, error: &FetchError) {
    let kind = error.kind().as_str();
    trace::warning!(of = name, kind = kind, cause = %Cause(error), "could not fetch, and will try again");
}

struct Cause<'a>(&'a FetchError);

impl std::fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = std::error::Error::source(self.0);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Each hasher of the standard library has keys of its own; that is random enough to spread requests in time.
fn random() -> u64 {
    RandomState::new().hash_one(())
}
