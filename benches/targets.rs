//! Every promise about speed, measured as a ratio in one run: `cargo bench --all-features --bench targets`.
//!
//! The rows are measured in turns, so that what the machine does meanwhile meets all of them, and a ratio is the median of
//! the ratios of the rounds.
#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench fails loudly, reads the clock and prints"
)]

mod support;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use http::Request;
use serde_json::json;
use tower_postern::{
    RequestHead,
    bearer::{Credentials, TokenValidator},
    jwt::{Claims, JwtValidator, ReadClaims},
};

use support::{ALGORITHMS, AUDIENCE, ISSUER, Key, OwnedClaims, claims, claims_with};

const ROUNDS: usize = 31;
const ROUND: Duration = Duration::from_millis(4);

/// Something whose time is taken.
struct Row<'a> {
    name: String,
    run: Box<dyn Fn() + 'a>,
    /// Nanoseconds, one for each round.
    times: Vec<f64>,
}

/// A table of rows that are measured together.
#[derive(Default)]
struct Table<'a> {
    rows: Vec<Row<'a>>,
    targets: Vec<(String, String, f64)>,
}

impl<'a> Table<'a> {
    fn row<T>(&mut self, name: impl Into<String>, run: impl Fn() -> T + 'a) {
        let run = Box::new(move || drop(black_box(run())));
        let (name, times) = (name.into(), Vec::new());
        self.rows.push(Row { name, run, times });
    }

    /// `name` costs at most `bound` times what `reference` costs.
    fn target(&mut self, name: &str, reference: &str, bound: f64) {
        self.targets.push((name.into(), reference.into(), bound));
    }

    fn measure(&mut self) {
        let counts: Vec<u32> = self.rows.iter().map(|row| calibrate(&row.run)).collect();
        for _ in 0..ROUNDS {
            for (row, count) in self.rows.iter_mut().zip(&counts) {
                row.times.push(time(&row.run, *count));
            }
        }
    }

    fn times(&self, name: &str) -> &[f64] {
        let mut rows = self.rows.iter();
        &rows
            .find(|row| row.name == name)
            .expect("it is a row")
            .times
    }

    fn print(&self, title: &str) {
        println!(
            "\n## {title}\n\n| row | ns | ratio | to | target | |\n|---|---:|---:|---|---:|---|"
        );
        for row in &self.rows {
            let ns = median(row.times.clone());
            let target = self.targets.iter().find(|(name, ..)| *name == row.name);
            match target {
                None => println!("| {} | {ns:.0} | | | | |", row.name),
                Some((_, reference, bound)) => {
                    let ratios = row.times.iter().zip(self.times(reference));
                    let ratio = median(ratios.map(|(one, other)| one / other).collect());
                    let met = if ratio <= *bound { "met" } else { "**missed**" };
                    let name = &row.name;
                    println!("| {name} | {ns:.0} | {ratio:.3} | {reference} | {bound} | {met} |");
                }
            }
        }
    }
}

/// How many runs fill a round.
fn calibrate(run: &dyn Fn()) -> u32 {
    let mut count = 1;
    loop {
        let start = Instant::now();
        for _ in 0..count {
            run();
        }
        if start.elapsed() >= ROUND {
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

fn validator<C: ReadClaims>(key: &Key) -> JwtValidator<C> {
    JwtValidator::builder(ISSUER, AUDIENCE)
        .jwk(&key.jwk())
        .build()
        .expect("the settings are good")
}

fn validates<C: ReadClaims>(validator: &JwtValidator<C>, token: &str) -> bool {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    let answer = validator.validate_now(credentials);
    answer.expect("fixed keys answer at once").is_ok()
}

fn uncached(alg: &str) {
    let key = Key::new(alg);
    let (ours, users) = (validator::<Claims>(&key), validator::<OwnedClaims>(&key));
    let good = key.token(alg, &claims());
    let expired = key.token(alg, &claims_with("exp", json!(1_760_000_100)));
    let issuer = key.token(alg, &claims_with("iss", json!("https://other.example")));
    let audience = key.token(alg, &claims_with("aud", json!("https://other.example")));
    let forged = Key::new(alg).token(alg, &claims());
    let (signed, _) = good.rsplit_once('.').expect("it has dots");
    let signature = key.sign(signed.as_bytes());
    assert!(validates(&ours, &good) && validates(&users, &good));

    let mut table = Table::default();
    let (verify, limit) = ("verify alone", "verify and parse");
    table.row(verify, || key.verify(signed.as_bytes(), &signature));
    table.row(limit, || key.verify_and_parse(&good));
    table.row("good", || validates(&ours, &good));
    table.row("good, claims of a user's type", || validates(&users, &good));
    table.row("forged", || validates(&ours, &forged));
    let (ours_bound, users_bound) = match alg {
        "HS256" => (1.25, 1.6),
        "RS256" => (1.05, 1.08),
        _ => (1.03, 1.04),
    };
    table.target("good", limit, ours_bound);
    table.target("good, claims of a user's type", limit, users_bound);
    table.target("forged", limit, if alg == "HS256" { 1.25 } else { 1.05 });
    for (name, token) in [
        ("expired", &expired),
        ("other issuer", &issuer),
        ("other audience", &audience),
    ] {
        let ours = &ours;
        table.row(name, move || validates(ours, token));
        if alg != "HS256" {
            table.target(name, verify, 0.1);
        }
    }
    table.measure();
    table.print(&format!("{alg}, uncached"));
}

fn main() {
    // `cargo test --benches` runs this once: what is measured must at least work.
    for alg in ALGORITHMS {
        uncached(alg);
    }
}
