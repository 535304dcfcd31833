//! When to ask: decided without asking, from the time alone.

use std::time::Duration;

use tokio::time::Instant;

/// Where nothing works, somebody will look soon; where much waits for it, nobody should hammer it.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// An answer that says it may not be kept is kept for this long.
const SHORTEST_LIFE: Duration = Duration::from_secs(60);

/// What was configured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Between the beginnings of two attempts.
    pub(crate) cool_down: Duration,
    /// How long a value is fresh, at most.
    pub(crate) lifetime: Duration,
    /// How long it serves after that, while there is no other.
    pub(crate) stale_for: Duration,
    /// For an attempt as a whole.
    pub(crate) timeout: Duration,
}

impl Policy {
    /// What is done where nothing else was said.
    pub(crate) const DEFAULT: Self = Self {
        cool_down: Duration::from_secs(10),
        lifetime: Duration::from_secs(15 * 60),
        stale_for: Duration::from_secs(60 * 60),
        timeout: Duration::from_secs(5),
    };
}

/// What becomes of a request that lacks something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// The last attempt succeeded a moment ago, and what is lacking was not there.
    Refuse,
    /// The last attempt failed: nobody knows.
    Unavailable { retry_after: Duration },
}

/// What a request that lacks something does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Waits for the attempt that is under way, or was begun with this.
    Wait,
    /// Does not wait.
    Answer(Lacking),
}

/// What the background task does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Fly,
    WaitUntil(Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flight {
    None,
    /// Begun by a request; the task will see it.
    Wanted,
    UnderWay,
}

#[derive(Debug)]
pub(super) struct Schedule {
    policy: Policy,
    flight: Flight,
    began: Option<Instant>,
    /// In a row.
    failures: u32,
    /// When the task asks by itself; at once, if nobody has asked yet.
    next: Option<Instant>,
    dies_at: Option<Instant>,
    /// Whether there is a task.
    running: bool,
}

impl Schedule {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            policy,
            flight: Flight::None,
            began: None,
            failures: 0,
            next: None,
            dies_at: None,
            running: false,
        }
    }

    /// Whether a task must be started now.
    pub(super) fn start(&mut self) -> bool {
        !std::mem::replace(&mut self.running, true)
    }

    /// Whether a request that lacks something would have to wait; begins nothing.
    pub(super) fn peek(&self, now: Instant) -> Ask {
        if self.flight != Flight::None || self.is_warm(now) {
            Ask::Wait
        } else {
            Ask::Answer(self.verdict(now))
        }
    }

    /// The same, and begins an attempt where none is under way and the last one began long enough ago.
    pub(super) fn ask(&mut self, now: Instant) -> Ask {
        let ask = self.peek(now);
        if ask == Ask::Wait && self.flight == Flight::None {
            self.flight = Flight::Wanted;
            self.began = Some(now);
        }
        ask
    }

    /// What is said to a request that has waited, or need not.
    pub(super) fn verdict(&self, now: Instant) -> Lacking {
        let alive = self.dies_at.is_some_and(|dies_at| now < dies_at);
        if alive && self.failures == 0 {
            return Lacking::Refuse;
        }
        let warm = self
            .began
            .map_or(now, |began| began + self.policy.cool_down);
        Lacking::Unavailable {
            retry_after: warm.saturating_duration_since(now),
        }
    }

    pub(super) fn poll(&mut self, now: Instant) -> Next {
        match self.flight {
            Flight::Wanted => {}
            // There is one task, and it does not ask while it flies.
            Flight::None | Flight::UnderWay => match self.next {
                Some(next) if now < next => {
                    return Next::WaitUntil(self.dies_at.map_or(next, |dies_at| next.min(dies_at)));
                }
                Some(_) | None => self.began = Some(now),
            },
        }
        self.flight = Flight::UnderWay;
        Next::Fly
    }

    /// A value came. Says when it dies.
    pub(super) fn succeeded(
        &mut self,
        now: Instant,
        max_age: Option<Duration>,
        random: u64,
    ) -> Instant {
        let Policy {
            cool_down,
            lifetime,
            stale_for,
            timeout: _,
        } = self.policy;
        // It was as old as the question when it came.
        let began = self.began.unwrap_or(now);
        let life = max_age.unwrap_or(lifetime).max(SHORTEST_LIFE).min(lifetime);
        let ahead = life * 3 / 4 + part(life / 8, random);
        self.next = Some(began + ahead.max(cool_down));
        let dies_at = began + life + stale_for;
        self.dies_at = Some(dies_at);
        self.failures = 0;
        self.flight = Flight::None;
        dies_at
    }

    pub(super) fn failed(&mut self, now: Instant, random: u64) {
        let cool_down = self.policy.cool_down;
        let factor = 1_u32 << self.failures.min(8);
        let pause = (cool_down * factor).min(LONGEST_RETRY.max(cool_down));
        self.next = Some(self.began.unwrap_or(now) + pause + part(pause / 4, random));
        self.failures = self.failures.saturating_add(1);
        self.flight = Flight::None;
    }

    /// The task is gone, with its runtime. Another one asks when it is due.
    pub(super) fn lost(&mut self, now: Instant) {
        if self.flight != Flight::None {
            self.failed(now, 0);
        }
        self.running = false;
    }

    /// Whether the value that came last serves no more.
    pub(super) fn is_dead(&self, now: Instant) -> bool {
        self.dies_at.is_some_and(|dies_at| now >= dies_at)
    }

    /// Forgets the value.
    pub(super) fn bury(&mut self) {
        self.dies_at = None;
    }

    fn is_warm(&self, now: Instant) -> bool {
        self.began
            .is_none_or(|began| now >= began + self.policy.cool_down)
    }
}

/// A random part of that time, so that many servers that started together do not ask together.
fn part(of: Duration, random: u64) -> Duration {
    let thousandths = u32::try_from(random % 1000).unwrap_or(0);
    of / 1000 * thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn flown() -> (Schedule, Instant) {
        let (mut schedule, start) = (Schedule::new(Policy::DEFAULT), Instant::now());
        assert_eq!(schedule.poll(start), Next::Fly);
        schedule.succeeded(start + SECOND, None, 0);
        (schedule, start)
    }

    #[test]
    fn the_first_request_and_the_task_make_one_attempt() {
        let (mut schedule, start) = (Schedule::new(Policy::DEFAULT), Instant::now());
        assert_eq!(schedule.peek(start), Ask::Wait);
        assert_eq!(schedule.ask(start), Ask::Wait);
        assert_eq!(schedule.poll(start), Next::Fly);
        assert_eq!(schedule.ask(start + SECOND), Ask::Wait);
        schedule.succeeded(start + SECOND, None, 0);
        assert!(matches!(schedule.poll(start + SECOND), Next::WaitUntil(_)));
    }

    #[test]
    fn the_cool_down_counts_from_the_beginning() {
        let (mut schedule, start) = flown();
        let refused = Ask::Answer(Lacking::Refuse);
        assert_eq!(schedule.ask(start + SECOND), refused);
        assert_eq!(schedule.ask(start + 10 * SECOND - SECOND / 10), refused);
        assert_eq!(schedule.ask(start + 10 * SECOND), Ask::Wait);
        assert_eq!(schedule.poll(start + 10 * SECOND), Next::Fly);
        schedule.failed(start + 15 * SECOND, 0);
        let retry_after = 5 * SECOND;
        let unavailable = Ask::Answer(Lacking::Unavailable { retry_after });
        assert_eq!(schedule.ask(start + 15 * SECOND), unavailable);
        assert_eq!(schedule.ask(start + 20 * SECOND), Ask::Wait);
    }

    #[test]
    fn a_peek_begins_nothing() {
        let (mut schedule, start) = flown();
        let later = start + 20 * SECOND;
        assert_eq!(schedule.peek(later), Ask::Wait);
        assert!(matches!(schedule.poll(later), Next::WaitUntil(_)));
    }

    #[test]
    fn the_next_attempt_comes_before_the_value_is_old() {
        for (max_age, random, from, to) in [
            (None, 0, 675, 675),
            (None, 999, 787, 788),
            (Some(300), 0, 225, 225),
            (Some(100_000), 0, 675, 675),
            (Some(0), 0, 45, 45),
        ] {
            let (mut schedule, start) = (Schedule::new(Policy::DEFAULT), Instant::now());
            schedule.poll(start);
            schedule.succeeded(start + SECOND, max_age.map(Duration::from_secs), random);
            let Next::WaitUntil(next) = schedule.poll(start + SECOND) else {
                panic!("asks at once");
            };
            let after = next - start;
            assert!(
                from * SECOND <= after && after <= to * SECOND,
                "{max_age:?} {after:?}"
            );
        }
    }

    #[test]
    fn a_value_lives_for_its_time_and_the_stale_time_after_it() {
        let (schedule, start) = flown();
        assert!(!schedule.is_dead(start + 4499 * SECOND));
        assert!(schedule.is_dead(start + 4500 * SECOND));
    }

    #[test]
    fn failures_are_retried_at_growing_distances() {
        let (mut schedule, mut now) = (Schedule::new(Policy::DEFAULT), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..6 {
            assert_eq!(schedule.poll(now), Next::Fly);
            schedule.failed(now + SECOND, 0);
            let Next::WaitUntil(next) = schedule.poll(now + SECOND) else {
                panic!("asks at once");
            };
            pauses.push((next - now).as_secs());
            now = next;
        }
        assert_eq!(pauses, [10, 20, 40, 60, 60, 60]);
        for _ in 0..1000 {
            schedule.failed(now, u64::MAX);
        }
    }

    #[test]
    fn a_retry_is_never_within_the_cool_down() {
        for random in 0..2000 {
            let (mut schedule, start) = (Schedule::new(Policy::DEFAULT), Instant::now());
            schedule.poll(start);
            schedule.failed(start, random);
            assert!(
                matches!(schedule.poll(start), Next::WaitUntil(next) if next >= start + 10 * SECOND)
            );
        }
    }

    #[test]
    fn a_lost_task_fails_its_attempt() {
        let (mut schedule, start) = (Schedule::new(Policy::DEFAULT), Instant::now());
        assert!(schedule.start());
        assert!(!schedule.start());
        schedule.ask(start);
        schedule.lost(start + SECOND);
        let retry_after = 9 * SECOND;
        assert_eq!(
            schedule.verdict(start + SECOND),
            Lacking::Unavailable { retry_after }
        );
        assert!(schedule.start());
    }

    #[test]
    fn a_dead_value_makes_every_request_unavailable() {
        let (mut schedule, start) = flown();
        schedule.bury();
        assert!(matches!(
            schedule.verdict(start + SECOND),
            Lacking::Unavailable { .. }
        ));
    }
}
