//! A value that others publish: kept here, fetched when it is needed, and refreshed ahead.
//!
//! Readers see the value that came last and never wait. What asks is one task, started by the first reader on its runtime,
//! so that an attempt does not end with the request that began it; it ends with the last handle.

mod schedule;
mod task;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
    task::AbortHandle,
    time::Instant,
};

use self::schedule::{Ask, Schedule};
pub(crate) use self::schedule::{Lacking, Policy};
use super::{FetchError, FetchErrorKind};

/// How the value is fetched, and from what it is made.
pub(crate) trait Load: Send + Sync + 'static {
    type Value: Send + Sync + 'static;

    /// Fetches the value. `last` is the one before, to be returned again where nothing has changed.
    fn load(
        &self,
        last: Option<Arc<Self::Value>>,
    ) -> impl Future<Output = Result<Loaded<Self::Value>, FetchError>> + Send;

    /// What it is, for the operator.
    fn name(&self) -> &str;
}

pub(crate) struct Loaded<T> {
    pub(crate) value: Arc<T>,
    /// For how long the server says that it is good.
    pub(crate) max_age: Option<Duration>,
}

/// A handle. The task ends with the last one.
pub(crate) struct Refreshed<L: Load>(Arc<Owner<L>>);

struct Owner<L: Load> {
    core: Arc<Core<L>>,
    task: Mutex<Option<AbortHandle>>,
}

/// What the handles and the task share.
struct Core<L: Load> {
    load: L,
    policy: Policy,
    held: RwLock<Option<Held<L::Value>>>,
    schedule: Mutex<Schedule>,
    /// Of the last attempt, if it failed.
    error: Mutex<Option<FetchError>>,
    /// The same as in the schedule, for a look without a lock.
    running: AtomicBool,
    kick: Notify,
    /// Told at the end of each attempt.
    done: watch::Sender<()>,
}

struct Held<T> {
    value: Arc<T>,
    dies_at: Instant,
}

/// What a reader that does not find what it looks for does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    /// There is another value now.
    LookAgain,
    /// [`wait`](Refreshed::wait), and then look again.
    Wait,
    Lacking(Lacking),
}

impl<L: Load> Refreshed<L> {
    pub(crate) fn new(load: L, policy: Policy) -> Self {
        let core = Core {
            load,
            policy,
            held: RwLock::new(None),
            schedule: Mutex::new(Schedule::new(policy)),
            error: Mutex::new(None),
            running: AtomicBool::new(false),
            kick: Notify::new(),
            done: watch::Sender::new(()),
        };
        Self(Arc::new(Owner {
            core: Arc::new(core),
            task: Mutex::new(None),
        }))
    }

    /// The value, if there is one that still serves. Never waits.
    pub(crate) fn current(&self) -> Option<Arc<L::Value>> {
        let core = &self.0.core;
        if !core.running.load(Ordering::Relaxed) && Handle::try_current().is_ok() {
            self.run(&mut lock(&core.schedule));
        }
        core.current(Instant::now())
    }

    /// What to do about something that is not in `seen`, without waiting.
    pub(crate) fn miss(&self, seen: Option<&Arc<L::Value>>) -> Miss {
        let core = &self.0.core;
        let now = Instant::now();
        let schedule = lock(&core.schedule);
        if core.is_news(seen, now) {
            return Miss::LookAgain;
        }
        match schedule.peek(now) {
            Ask::Wait => Miss::Wait,
            Ask::Answer(lacking) => Miss::Lacking(lacking),
        }
    }

    /// Waits for the end of one attempt: the one that is under way, or a new one, unless the last one began a moment ago.
    ///
    /// Cancel safety: the attempt goes on without whoever waits for it.
    pub(crate) async fn wait(&self) -> Result<(), FetchError> {
        let core = &self.0.core;
        let mut end = {
            let now = Instant::now();
            let mut schedule = lock(&core.schedule);
            if schedule.peek(now) != Ask::Wait {
                return Ok(());
            }
            Handle::try_current().map_err(|_| FetchErrorKind::Runtime)?;
            schedule.ask(now);
            let end = core.done.subscribe();
            self.run(&mut schedule);
            end
        };
        core.kick.notify_one();
        // The sender is in the core, and lives as long as this.
        drop(end.changed().await);
        Ok(())
    }

    /// What is said to a reader that has waited and still lacks something.
    pub(crate) fn verdict(&self) -> Lacking {
        lock(&self.0.core.schedule).verdict(Instant::now())
    }

    /// Waits for the first value.
    pub(crate) async fn ready(&self) -> Result<(), FetchError> {
        let core = &self.0.core;
        loop {
            Handle::try_current().map_err(|_| FetchErrorKind::Runtime)?;
            let mut end = core.done.subscribe();
            if self.current().is_some() {
                return Ok(());
            }
            drop(end.changed().await);
        }
    }

    pub(crate) fn load(&self) -> &L {
        &self.0.core.load
    }

    /// Why the last attempt failed, if it did.
    pub(crate) fn error(&self) -> Option<FetchError> {
        lock(&self.0.core.error).clone()
    }

    /// Starts the task if there is none. Only within a runtime, or this would panic.
    fn run(&self, schedule: &mut Schedule) {
        if schedule.start() {
            let core = self.0.core.clone();
            core.running.store(true, Ordering::Relaxed);
            let task = tokio::spawn(task::run(task::Task::new(core)));
            *lock(&self.0.task) = Some(task.abort_handle());
        }
    }
}

impl<L: Load> Core<L> {
    fn current(&self, now: Instant) -> Option<Arc<L::Value>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref().filter(|held| now < held.dies_at)?;
        Some(held.value.clone())
    }

    fn is_news(&self, seen: Option<&Arc<L::Value>>, now: Instant) -> bool {
        match (self.current(now), seen) {
            (Some(current), Some(seen)) => !Arc::ptr_eq(&current, seen),
            (current, seen) => current.is_some() != seen.is_some(),
        }
    }

    fn hold(&self, held: Option<Held<L::Value>>) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

/// A thread that panicked elsewhere left nothing half done in here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<L: Load> Clone for Refreshed<L> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<L: Load> Drop for Owner<L> {
    fn drop(&mut self) {
        if let Some(task) = lock(&self.task).take() {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests;
