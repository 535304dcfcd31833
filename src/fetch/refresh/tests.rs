use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use tokio::{
    runtime::Runtime,
    sync::{mpsc, oneshot},
    task::{JoinSet, yield_now},
    time::advance,
};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

type Answer = Result<Loaded<u32>, FetchError>;

/// Tells the test of each attempt, and answers what the test says; it panics where the test says nothing.
struct Fake(mpsc::UnboundedSender<oneshot::Sender<Answer>>);

impl Load for Fake {
    type Value = u32;

    async fn load(&self, _: Option<Arc<u32>>) -> Answer {
        let (sender, answer) = oneshot::channel();
        self.0.send(sender).unwrap();
        answer.await.expect("an answer of the test")
    }

    fn name(&self) -> &'static str {
        "a number"
    }
}

struct Attempts(mpsc::UnboundedReceiver<oneshot::Sender<Answer>>);

impl Attempts {
    async fn next(&mut self) -> oneshot::Sender<Answer> {
        self.0.recv().await.unwrap()
    }

    #[track_caller]
    fn no_more(&mut self) {
        assert!(self.0.try_recv().is_err(), "another attempt");
    }
}

fn refreshed() -> (Refreshed<Fake>, Attempts) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (
        Refreshed::new(Fake(sender), Policy::DEFAULT),
        Attempts(receiver),
    )
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of two answers")]
fn found(value: u32) -> Answer {
    let value = Arc::new(value);
    let max_age = None;
    Ok(Loaded { value, max_age })
}

fn failed() -> Answer {
    Err(FetchErrorKind::Connect.into())
}

/// Lets all that can go on go on, without the time.
async fn settle() {
    for _ in 0..50 {
        yield_now().await;
    }
}

async fn get(refreshed: &Refreshed<Fake>) -> Option<u32> {
    settle().await;
    refreshed.current().map(|value| *value)
}

/// Through the first attempt.
async fn holding(value: u32) -> (Refreshed<Fake>, Attempts) {
    let (refreshed, mut attempts) = refreshed();
    assert_eq!(get(&refreshed).await, None);
    attempts.next().await.send(found(value)).ok().unwrap();
    assert_eq!(get(&refreshed).await, Some(value));
    (refreshed, attempts)
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_that_miss_make_one_attempt() {
    let (refreshed, mut attempts) = holding(1).await;
    advance(10 * SECOND).await;
    let seen = refreshed.current();
    let mut waiting = JoinSet::new();
    for _ in 0..10_000 {
        let (refreshed, seen) = (refreshed.clone(), seen.clone());
        waiting.spawn(async move {
            assert_eq!(refreshed.miss(seen.as_ref()), Miss::Wait);
            refreshed.wait().await.unwrap();
            assert_eq!(refreshed.miss(seen.as_ref()), Miss::LookAgain);
            *refreshed.current().unwrap()
        });
    }
    let attempt = attempts.next().await;
    settle().await;
    assert_eq!(waiting.len(), 10_000);
    assert_eq!(get(&refreshed).await, Some(1), "readers do not wait");
    attempt.send(found(2)).ok().unwrap();
    while let Some(found) = waiting.join_next().await {
        assert_eq!(found.unwrap(), 2);
    }
    let seen = refreshed.current();
    let refused = Miss::Lacking(Lacking::Refuse);
    assert_eq!(refreshed.miss(seen.as_ref()), refused);
    refreshed.wait().await.unwrap();
    attempts.no_more();
}

#[tokio::test(start_paused = true)]
async fn an_attempt_outlives_whoever_began_it() {
    let (refreshed, mut attempts) = holding(1).await;
    advance(10 * SECOND).await;
    let first = tokio::spawn({
        let refreshed = refreshed.clone();
        async move { refreshed.wait().await }
    });
    let attempt = attempts.next().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let second = tokio::spawn({
        let refreshed = refreshed.clone();
        async move { refreshed.wait().await }
    });
    settle().await;
    attempts.no_more();
    attempt.send(found(2)).ok().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(get(&refreshed).await, Some(2));
}

#[tokio::test(start_paused = true)]
async fn values_are_refreshed_ahead_without_traffic() {
    let (refreshed, mut attempts) = holding(1).await;
    let start = Instant::now();
    let attempt = attempts.next().await;
    let after = start.elapsed();
    assert!(675 * SECOND <= after && after <= 788 * SECOND, "{after:?}");
    assert_eq!(get(&refreshed).await, Some(1), "readers do not wait");
    attempt.send(found(2)).ok().unwrap();
    assert_eq!(get(&refreshed).await, Some(2));
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_bridged_for_a_time_and_then_told() {
    let (refreshed, mut attempts) = holding(1).await;
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < 4499 * SECOND {
        assert_eq!(get(&refreshed).await, Some(1), "{:?}", start.elapsed());
        let attempt = tokio::select! {
            attempt = attempts.next() => attempt,
            () = tokio::time::sleep_until(start + 4499 * SECOND) => break,
        };
        attempt.send(failed()).ok().unwrap();
        count += 1;
    }
    assert!((50..80).contains(&count), "{count} attempts");
    assert!(refreshed.error().is_some());
    let seen = refreshed.current();
    assert!(seen.is_some());
    assert!(!matches!(
        refreshed.miss(seen.as_ref()),
        Miss::Lacking(Lacking::Refuse)
    ));
    advance(SECOND).await;
    assert_eq!(refreshed.current(), None);
    assert_eq!(refreshed.miss(seen.as_ref()), Miss::LookAgain);
    assert!(!matches!(
        refreshed.miss(None),
        Miss::Lacking(Lacking::Refuse)
    ));
    attempts.next().await.send(found(2)).ok().unwrap();
    assert_eq!(get(&refreshed).await, Some(2));
    assert!(refreshed.error().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_miss_after_a_failure_is_unavailable() {
    let (refreshed, mut attempts) = holding(1).await;
    advance(10 * SECOND).await;
    let seen = refreshed.current();
    let waiting = tokio::spawn({
        let refreshed = refreshed.clone();
        async move {
            refreshed.wait().await.unwrap();
            refreshed.verdict()
        }
    });
    attempts.next().await.send(failed()).ok().unwrap();
    let unavailable = Lacking::Unavailable {
        retry_after: 10 * SECOND,
    };
    assert_eq!(waiting.await.unwrap(), unavailable);
    assert_eq!(refreshed.miss(seen.as_ref()), Miss::Lacking(unavailable));
    assert_eq!(
        get(&refreshed).await,
        Some(1),
        "what is known is still known"
    );
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_fails() {
    let (refreshed, mut attempts) = refreshed();
    let ready = tokio::spawn({
        let refreshed = refreshed.clone();
        async move { refreshed.ready().await }
    });
    let attempt = attempts.next().await;
    advance(5 * SECOND).await;
    settle().await;
    assert!(attempt.is_closed());
    assert_eq!(refreshed.error().unwrap().kind(), FetchErrorKind::Timeout);
    assert!(!ready.is_finished());
    attempts.next().await.send(found(1)).ok().unwrap();
    ready.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_panics_is_an_outage() {
    let (refreshed, mut attempts) = refreshed();
    let waiting = tokio::spawn({
        let refreshed = refreshed.clone();
        async move {
            refreshed.wait().await.unwrap();
            refreshed.verdict()
        }
    });
    drop(attempts.next().await);
    assert!(matches!(
        waiting.await.unwrap(),
        Lacking::Unavailable { .. }
    ));
    advance(10 * SECOND).await;
    assert_eq!(get(&refreshed).await, None);
    attempts.next().await.send(found(1)).ok().unwrap();
    assert_eq!(get(&refreshed).await, Some(1));
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_with_the_last_handle() {
    let metrics = Handle::current().metrics();
    let before = metrics.num_alive_tasks();
    let (refreshed, mut attempts) = holding(1).await;
    assert_eq!(metrics.num_alive_tasks(), before + 1);
    let other = refreshed.clone();
    drop(refreshed);
    settle().await;
    assert_eq!(metrics.num_alive_tasks(), before + 1);
    drop(other);
    settle().await;
    assert_eq!(metrics.num_alive_tasks(), before);
    assert!(attempts.0.recv().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_with_the_last_handle() {
    let (refreshed, mut attempts) = refreshed();
    refreshed.current();
    let attempt = attempts.next().await;
    drop(refreshed);
    settle().await;
    assert!(attempt.is_closed());
}

#[track_caller]
fn polled(future: impl Future<Output = Result<(), FetchError>>) -> FetchError {
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Err(error)) = pin!(future).poll(&mut context) else {
        panic!("no error");
    };
    error
}

#[test]
fn without_a_runtime_nothing_starts_and_nothing_panics() {
    let (refreshed, mut attempts) = refreshed();
    assert_eq!(refreshed.current(), None);
    assert_eq!(refreshed.miss(None), Miss::Wait);
    for error in [polled(refreshed.wait()), polled(refreshed.ready())] {
        assert_eq!(error.kind(), FetchErrorKind::Runtime);
    }
    attempts.no_more();
}

#[test]
fn another_runtime_takes_over() {
    let (refreshed, mut attempts) = refreshed();
    let runtime = || Runtime::new().unwrap();
    let first = runtime();
    first.block_on(async {
        refreshed.current();
        attempts.next().await.send(found(1)).ok().unwrap();
        refreshed.ready().await.unwrap();
    });
    drop(first);
    assert_eq!(
        refreshed.current().as_deref(),
        Some(&1),
        "what is known is still known"
    );

    let second = runtime();
    second.block_on(async {
        assert_eq!(refreshed.current().as_deref(), Some(&1));
        settle().await;
        attempts.no_more(); // it is not due yet
    });
    drop(second);
    // With an attempt under way: whoever waited for it on yet another runtime is told.
    let (refreshed, mut attempts) = self::refreshed();
    let first = runtime();
    first.block_on(async {
        refreshed.current();
        attempts.next().await
    });
    let second = runtime();
    let waiting = second.spawn({
        let refreshed = refreshed.clone();
        async move {
            refreshed.wait().await.unwrap();
            refreshed.verdict()
        }
    });
    first.shutdown_background();
    let verdict = second.block_on(waiting).unwrap();
    assert!(matches!(verdict, Lacking::Unavailable { .. }));
}
