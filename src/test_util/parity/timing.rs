//! Does a hidden path take another time?

use std::{
    fmt,
    time::{Duration, Instant},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{exchange::connect, probe::Asker};

/// How long a hidden and an absent path took, and whether that is likely to be chance.
///
/// The ranks of both are compared ([Mann and Whitney]): a few slow answers do not decide.
///
/// [Mann and Whitney]: https://www.itl.nist.gov/div898/handbook/prc/section3/prc35.htm
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    hidden: Duration,
    absent: Duration,
    score: f64,
}

impl Timing {
    pub(super) async fn take(asker: &Asker<'_>, hidden: &str, absent: &str, rounds: u32) -> Self {
        let (mut hiddens, mut absents) = (Vec::new(), Vec::new());
        for round in 0..rounds.saturating_add(8) {
            let mut order = [(hidden, &mut hiddens), (absent, &mut absents)];
            if round % 2 == 1 {
                order.reverse(); // neither is always the one that finds things warm
            }
            for (path, times) in order {
                let time = once(asker, path).await;
                if round >= 8 {
                    times.extend(time);
                }
            }
        }
        Self {
            score: score(&hiddens, &absents),
            hidden: median(&mut hiddens),
            absent: median(&mut absents),
        }
    }

    /// The median time of the hidden path.
    pub fn hidden(&self) -> Duration {
        self.hidden
    }

    /// The median time of the absent path.
    pub fn absent(&self) -> Duration {
        self.absent
    }

    /// By how many standard deviations the ranks of both differ; above 0 where the hidden path takes longer.
    pub fn score(&self) -> f64 {
        self.score
    }

    /// Whether chance alone would do this less than once in a thousand times.
    pub fn is_telling(&self) -> bool {
        self.score.abs() > 3.29
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_telling() {
            "telling"
        } else {
            "not telling"
        };
        write!(
            f,
            "hidden {:?}, absent {:?} (medians), {:.1} standard deviations: {word}",
            self.hidden, self.absent, self.score
        )
    }
}

/// From the last byte of the request to the end of the answer, on a connection of its own.
#[expect(
    clippy::disallowed_methods,
    reason = "it is real time that is measured"
)]
async fn once(asker: &Asker<'_>, path: &str) -> Option<Duration> {
    let mut stream = connect(asker.address).await.ok()?;
    let request = asker.get(path);
    let mut answer = Vec::with_capacity(4096);
    let start = Instant::now();
    stream.write_all(request.as_bytes()).await.ok()?;
    stream.read_to_end(&mut answer).await.ok()?;
    Some(start.elapsed())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The normal approximation of U, with equal times in between.
fn score(hidden: &[Duration], absent: &[Duration]) -> f64 {
    let mut all: Vec<_> = hidden.iter().map(|time| (*time, true)).collect();
    all.extend(absent.iter().map(|time| (*time, false)));
    all.sort_unstable();
    let mut ranks = 0.0;
    let mut rank = 0.0;
    for group in all.chunk_by(|one, other| one.0 == other.0) {
        let size = count(group.len());
        let mean = rank + f64::midpoint(size, 1.0);
        ranks += mean * count(group.iter().filter(|(_, is_hidden)| *is_hidden).count());
        rank += size;
    }
    let (n, m) = (count(hidden.len()), count(absent.len()));
    let deviation = (n * m * (n + m + 1.0) / 12.0).sqrt();
    if deviation == 0.0 {
        return 0.0;
    }
    (ranks - n * (n + m + 1.0) / 2.0) / deviation
}

fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(of: impl Iterator<Item = u64>) -> Vec<Duration> {
        of.map(Duration::from_micros).collect()
    }

    #[test]
    fn equal_samples_score_nothing_and_others_by_their_direction() {
        let low = times(100..200);
        let high = times(150..250);
        assert!(score(&low, &low).abs() < 1e-9);
        assert!(score(&high, &low) > 3.29);
        assert!(score(&low, &high) < -3.29);
        assert!(score(&[], &[]).abs() < 1e-9);
    }

    #[test]
    fn the_score_is_that_of_the_textbook() {
        // Ranks 1, 2, 4 against 3, 5, 6: U = 1 of 9.
        let found = score(&times([1, 2, 4].into_iter()), &times([3, 5, 6].into_iter()));
        assert!((found + 3.5 / 5.25_f64.sqrt()).abs() < 1e-9, "{found}");
    }
}
