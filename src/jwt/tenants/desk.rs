//! Where tenants are looked up that nobody knew at start: a few at a time, and not one because a stranger made it up.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, timeout},
};

use super::{UNKNOWN_TENANT, Unheard};
use crate::{bearer::AuthError, fetch::FetchErrorKind, trace};

/// How long it is remembered that there is no such tenant, and that one could not be looked up.
const UNKNOWN_FOR: Duration = Duration::from_secs(60);
const DOWN_FOR: Duration = Duration::from_secs(10);
/// How long a look may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How many looks are under way at once, and how many begin at once before each has to wait for its second.
const MAX_FLIGHTS: usize = 8;
const BURST: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// Finds out about an issuer: what checks its tokens, or that there is no such tenant.
pub(super) type Resolve<V> = Box<dyn Fn(Arc<str>) -> Resolving<V> + Send + Sync>;
pub(super) type Resolving<V> = Pin<Box<dyn Future<Output = Resolved<V>> + Send>>;
pub(super) type Resolved<V> = Result<Option<Arc<V>>, AuthError>;

pub(super) struct Desk<V> {
    resolve: Resolve<V>,
    /// How long what was found is used; for ever, where it keeps itself fresh.
    life: Option<Duration>,
    max: usize,
    book: RwLock<Book<V>>,
    /// Counts lookups, so that it is known which one was the last of a tenant.
    tick: AtomicU64,
}

struct Book<V> {
    known: HashMap<Arc<str>, Known<V>>,
    /// Apart from those that are known, which strangers could drive out otherwise.
    missing: HashMap<Arc<str>, Missing>,
    flights: HashMap<Arc<str>, watch::Receiver<()>>,
    bucket: Bucket,
}

struct Known<V> {
    validator: Arc<V>,
    until: Option<Instant>,
    used: AtomicU64,
}

struct Missing {
    error: AuthError,
    until: Instant,
}

pub(super) enum Found<V> {
    Known(Arc<V>),
    Refused(AuthError),
    /// Nobody has asked yet, or not for long.
    Ask,
}

impl<V: Send + Sync + 'static> Desk<V> {
    pub(super) fn new(resolve: Resolve<V>, life: Option<Duration>, max: usize) -> Arc<Self> {
        Arc::new(Self {
            resolve,
            life,
            max,
            book: RwLock::new(Book {
                known: HashMap::new(),
                missing: HashMap::new(),
                flights: HashMap::new(),
                bucket: Bucket {
                    left: BURST,
                    since: None,
                },
            }),
            tick: AtomicU64::new(0),
        })
    }

    /// What is known without asking. Begins nothing.
    pub(super) fn find(&self, issuer: &str) -> Found<V> {
        self.look(&self.read(), issuer, Instant::now())
    }

    /// The same, and asks. A look goes on without whoever waits for it.
    pub(super) async fn ask(self: &Arc<Self>, issuer: &str) -> Found<V> {
        let mut end = {
            let mut book = self.write();
            let now = Instant::now();
            match self.look(&book, issuer, now) {
                Found::Ask => {}
                found @ (Found::Known(_) | Found::Refused(_)) => return found,
            }
            match book.flights.get(issuer) {
                Some(end) => end.clone(),
                None => match self.begin(&mut book, issuer, now) {
                    Ok(end) => end,
                    Err(error) => return Found::Refused(error),
                },
            }
        };
        // It ends by being dropped.
        drop(end.changed().await);
        match self.find(issuer) {
            // What was found is driven out already, or the runtime on which it was looked for is gone.
            Found::Ask => Found::Refused(busy()),
            found @ (Found::Known(_) | Found::Refused(_)) => found,
        }
    }

    fn look(&self, book: &Book<V>, issuer: &str, now: Instant) -> Found<V> {
        if let Some(known) = book.known.get(issuer)
            && known.until.is_none_or(|until| now < until)
        {
            let tick = self.tick.fetch_add(1, Ordering::Relaxed);
            known.used.store(tick, Ordering::Relaxed);
            return Found::Known(known.validator.clone());
        }
        if let Some(missing) = book.missing.get(issuer)
            && now < missing.until
        {
            let error = missing.error.clone();
            return Found::Refused(error.with_retry_after(missing.until - now));
        }
        let full = book.flights.len() >= MAX_FLIGHTS || !book.bucket.has(now);
        if full && !book.flights.contains_key(issuer) {
            return Found::Refused(busy());
        }
        Found::Ask
    }

    fn begin(
        self: &Arc<Self>,
        book: &mut Book<V>,
        issuer: &str,
        now: Instant,
    ) -> Result<watch::Receiver<()>, AuthError> {
        let runtime = Handle::try_current().map_err(|_| {
            AuthError::unavailable()
                .with_source(crate::fetch::FetchError::new(FetchErrorKind::Runtime))
        })?;
        book.bucket.take(now);
        let (end, ended) = watch::channel(());
        let issuer: Arc<str> = issuer.into();
        book.flights.insert(issuer.clone(), ended.clone());
        let flight = Flight {
            desk: self.clone(),
            issuer,
            _end: end,
        };
        runtime.spawn(flight.run());
        Ok(ended)
    }

    fn note(&self, issuer: &Arc<str>, resolved: Resolved<V>) {
        let now = Instant::now();
        let mut book = self.write();
        let (error, time) = match resolved {
            Ok(Some(validator)) => {
                if book.known.len() >= self.max {
                    let used = |known: &Known<V>| known.used.load(Ordering::Relaxed);
                    forget_least(&mut book.known, used);
                }
                book.missing.remove(issuer);
                let known = Known {
                    validator,
                    until: self.life.map(|life| now + life),
                    used: AtomicU64::new(self.tick.fetch_add(1, Ordering::Relaxed)),
                };
                book.known.insert(issuer.clone(), known);
                return;
            }
            Ok(None) => {
                let error = AuthError::invalid_token().with_static_source(&UNKNOWN_TENANT);
                (error, UNKNOWN_FOR)
            }
            Err(error) => (error, DOWN_FOR),
        };
        book.known.remove(issuer);
        if book.missing.len() >= self.max {
            forget_least(&mut book.missing, |missing| missing.until);
        }
        let until = now + time;
        book.missing
            .insert(issuer.clone(), Missing { error, until });
    }

    fn read(&self) -> RwLockReadGuard<'_, Book<V>> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Book<V>> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look under way; those who wait are told when it is dropped.
struct Flight<V: Send + Sync + 'static> {
    desk: Arc<Desk<V>>,
    issuer: Arc<str>,
    _end: watch::Sender<()>,
}

impl<V: Send + Sync + 'static> Flight<V> {
    async fn run(self) {
        let look = (self.desk.resolve)(self.issuer.clone());
        let resolved = timeout(TIMEOUT, look).await.unwrap_or_else(|_| {
            let error = crate::fetch::FetchError::new(FetchErrorKind::Timeout);
            Err(AuthError::unavailable().with_source(error))
        });
        if resolved.is_err() {
            trace::warning!(
                what = "tenant",
                "a tenant could not be looked up; its tokens are answered with 503"
            );
        }
        self.desk.note(&self.issuer, resolved);
    }
}

impl<V: Send + Sync + 'static> Drop for Flight<V> {
    fn drop(&mut self) {
        self.desk.write().flights.remove(&self.issuer);
    }
}

/// Takes out the entry that is the least by that measure.
fn forget_least<T, M: Ord>(map: &mut HashMap<Arc<str>, T>, measure: impl Fn(&T) -> M) {
    let least = map.iter().min_by_key(|(_, value)| measure(value));
    if let Some(issuer) = least.map(|(issuer, _)| issuer.clone()) {
        map.remove(&issuer);
    }
}

fn busy() -> AuthError {
    AuthError::unavailable()
        .with_retry_after(PAUSE)
        .with_static_source(&Unheard)
}

/// How many looks may begin now: a few at once, and then one a second, for all tenants together.
struct Bucket {
    left: u32,
    /// Since when it has been filling.
    since: Option<Instant>,
}

impl Bucket {
    fn has(&self, now: Instant) -> bool {
        self.filled(now) > 0
    }

    fn take(&mut self, now: Instant) {
        self.left = self.filled(now).saturating_sub(1);
        self.since = Some(now);
    }

    fn filled(&self, now: Instant) -> u32 {
        let passed = self
            .since
            .map_or(0, |since| (now - since).as_secs() / PAUSE.as_secs());
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        self.left.saturating_add(passed).min(BURST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_begin_at_once_and_then_one_a_second() {
        let mut bucket = Bucket {
            left: BURST,
            since: None,
        };
        let start = Instant::now();
        for _ in 0..BURST {
            assert!(bucket.has(start));
            bucket.take(start);
        }
        assert!(!bucket.has(start));
        assert!(bucket.has(start + PAUSE));
        bucket.take(start + PAUSE);
        assert!(!bucket.has(start + PAUSE));
        assert_eq!(bucket.filled(start + 1000 * PAUSE), BURST);
    }

    #[tokio::test(start_paused = true)]
    async fn what_strangers_make_up_drives_out_no_tenant() {
        let resolve = |issuer: Arc<str>| -> Resolving<()> {
            let real = issuer.starts_with("real").then(Arc::default);
            Box::pin(std::future::ready(Ok(real)))
        };
        let desk = Desk::new(Box::new(resolve), None, 2);
        assert!(matches!(desk.ask("real").await, Found::Known(_)));
        for at in 0..100 {
            let found = desk.ask(&format!("made up {at}")).await;
            assert!(matches!(found, Found::Refused(_)));
            tokio::time::advance(PAUSE).await;
        }
        assert!(matches!(desk.find("real"), Found::Known(_)));
        assert_eq!(desk.read().missing.len(), 2);
        // The one that nobody asked for the longest time goes first.
        assert!(matches!(desk.ask("real 2").await, Found::Known(_)));
        assert!(matches!(desk.find("real"), Found::Known(_)));
        assert!(matches!(desk.ask("real 3").await, Found::Known(_)));
        assert!(matches!(desk.find("real"), Found::Known(_)));
        assert!(matches!(desk.find("real 2"), Found::Ask));
        assert_eq!(desk.read().known.len(), 2);
    }
}
