//! Rows that are measured in turns, and what comes of them.
//!
//! In turns, so that what the machine does meanwhile meets all of them; a ratio is the median of the ratios of the rounds.

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

use allocation_counter::{measure, opt_out};

/// How long is measured.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) rounds: usize,
    pub(crate) round: Duration,
}

impl Pace {
    /// Many short rounds: one that the machine interrupts is then the exception, and the median does not see it.
    pub(crate) const FULL: Self = Self::new(801, 250);
    pub(crate) const QUICK: Self = Self::new(61, 250);
    /// For a look whether it works at all.
    pub(crate) const ONCE: Self = Self::new(1, 1);

    const fn new(rounds: usize, micros: u64) -> Self {
        let round = Duration::from_micros(micros);
        Self { rounds, round }
    }
}

/// What was promised of a row's time.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// None: it is there to compare.
    None,
    /// So many times what the reference takes.
    Times(f64),
    /// So many nanoseconds, and what the reference takes.
    More(f64),
    /// So many nanoseconds.
    Nanoseconds(f64),
}

/// Something whose time is taken.
pub(crate) struct Row<'a> {
    name: String,
    run: Box<dyn Fn() + 'a>,
    reference: Option<String>,
    bound: Bound,
    /// Allocations beyond those of the row of this name.
    beyond: Option<String>,
    allocations: Option<u64>,
    /// Nanoseconds, one for each round.
    times: Vec<f64>,
}

impl Row<'_> {
    /// Compares with `name`, of the same group.
    pub(crate) fn of(&mut self, name: impl Into<String>, bound: Bound) -> &mut Self {
        (self.reference, self.bound) = (Some(name.into()), bound);
        self
    }

    pub(crate) fn at_most(&mut self, nanoseconds: f64) -> &mut Self {
        self.bound = Bound::Nanoseconds(nanoseconds);
        self
    }

    /// Counts the allocations that the row of this name has not.
    pub(crate) fn beyond(&mut self, name: impl Into<String>) -> &mut Self {
        self.beyond = Some(name.into());
        self
    }

    pub(crate) fn allocations(&mut self, at_most: u64) -> &mut Self {
        self.allocations = Some(at_most);
        self
    }
}

/// Rows that are measured in turns with those that they are compared with.
#[derive(Default)]
pub(crate) struct Group<'a> {
    rows: Vec<Row<'a>>,
}

impl<'a> Group<'a> {
    pub(crate) fn row<T>(
        &mut self,
        name: impl Into<String>,
        run: impl Fn() -> T + 'a,
    ) -> &mut Row<'a> {
        self.rows.push(Row {
            name: name.into(),
            run: Box::new(move || drop(black_box(run()))),
            reference: None,
            bound: Bound::None,
            beyond: None,
            allocations: None,
            times: Vec::new(),
        });
        self.rows.last_mut().expect("it was added")
    }

    pub(crate) fn measure(mut self, pace: Pace) -> Vec<Line> {
        let allocated: Vec<u64> = self.rows.iter().map(|row| allocated(&row.run)).collect();
        let counts: Vec<u32> = self
            .rows
            .iter()
            .map(|row| calibrate(&row.run, pace.round))
            .collect();
        // Not counted meanwhile: to count takes time.
        opt_out(|| {
            for round in 0..pace.rounds {
                // Begins with another row each time, so that no row is always the one after a pause.
                for at in 0..self.rows.len() {
                    let at = (at + round) % self.rows.len();
                    let time = time(&self.rows[at].run, counts[at]);
                    self.rows[at].times.push(time);
                }
            }
        });
        let lines = self.rows.iter().zip(&allocated);
        lines
            .map(|(row, own)| self.line(row, *own, &allocated))
            .collect()
    }

    fn line(&self, row: &Row<'_>, own: u64, allocated: &[u64]) -> Line {
        let ns = median(row.times.clone());
        let reference = row.reference.as_deref().map(|name| self.at(name));
        let against = |with: fn((&f64, &f64)) -> f64| {
            let other = &self.rows[reference.expect("it is compared")].times;
            median(row.times.iter().zip(other).map(with).collect())
        };
        let times = |(one, other): (&f64, &f64)| one / other;
        let more = |(one, other): (&f64, &f64)| one - other;
        let beyond = row.beyond.as_deref();
        Line {
            name: row.name.clone(),
            ns,
            ratio: reference.map(|_| against(times)),
            more: reference.map(|_| against(more)),
            reference: row.reference.clone(),
            bound: row.bound,
            over: match row.bound {
                Bound::None => false,
                Bound::Times(bound) => against(times) > bound,
                Bound::More(bound) => against(more) > bound,
                Bound::Nanoseconds(bound) => ns > bound,
            },
            allocations: own.saturating_sub(beyond.map_or(0, |name| allocated[self.at(name)])),
            at_most: row.allocations,
        }
    }

    fn at(&self, name: &str) -> usize {
        let at = self.rows.iter().position(|row| row.name == name);
        at.expect("it is a row")
    }
}

/// Allocations of one run, after a first one.
fn allocated(run: &dyn Fn()) -> u64 {
    run();
    measure(run).count_total
}

/// How many runs fill a round. The shortest of several decides, for one that was interrupted says nothing.
fn calibrate(run: &dyn Fn(), round: Duration) -> u32 {
    let round = round.as_nanos() as f64;
    let mut count = 1;
    loop {
        let times = (0..5).map(|_| time(run, count));
        if times.fold(f64::INFINITY, f64::min) * f64::from(count) >= round {
            return count;
        }
        count *= 2;
    }
}

fn time(run: &dyn Fn(), count: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        run();
    }
    start.elapsed().as_nanos() as f64 / f64::from(count)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A row of the table.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) ns: f64,
    pub(crate) ratio: Option<f64>,
    more: Option<f64>,
    reference: Option<String>,
    bound: Bound,
    over: bool,
    allocations: u64,
    at_most: Option<u64>,
}

impl Line {
    pub(crate) const HEAD: &str =
        "| | ns | × | of | target | allocations | target | |\n|---|---:|---:|---|---|---:|---|---|";

    /// Whether something was promised of it.
    pub(crate) fn is_target(&self) -> bool {
        !matches!(self.bound, Bound::None) || self.at_most.is_some()
    }

    /// The nanoseconds that were promised, where that was a multiple.
    pub(crate) fn most(&self) -> Option<f64> {
        match (self.bound, self.ratio) {
            (Bound::Times(bound), Some(ratio)) => Some(self.ns / ratio * bound),
            _ => None,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over || self.at_most.is_some_and(|bound| self.allocations > bound)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.ns < 100.0);
        write!(f, "| {} | {:.digits$} | ", self.name, self.ns)?;
        match (self.bound, self.ratio, self.more, &self.reference) {
            (Bound::More(_), _, Some(more), Some(of)) => write!(f, "{more:+.1} ns | {of} | ")?,
            (_, Some(ratio), _, Some(of)) => write!(f, "{ratio:.3} | {of} | ")?,
            _ => write!(f, "| | ")?,
        }
        match self.bound {
            Bound::None => {}
            Bound::Times(bound) => write!(f, "≤ {bound} × ")?,
            Bound::More(bound) => write!(f, "≤ {bound} ns more ")?,
            Bound::Nanoseconds(bound) => write!(f, "≤ {bound} ns ")?,
        }
        write!(f, "| {} | ", self.allocations)?;
        if let Some(bound) = self.at_most {
            write!(f, "≤ {bound} ")?;
        }
        f.write_str(match (self.is_target(), self.is_over()) {
            (false, _) => "| |",
            (true, false) => "| ok |",
            (true, true) => "| **over** |",
        })
    }
}
