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
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::AUTHORIZATION};
use serde_json::json;
use tower::Service;
use tower_postern::{
    BearerAuthLayer, RequestHead,
    bearer::{Credentials, TokenValidator},
    jwt::{Claims, JwtValidator, ReadClaims, TokenCache},
};

use support::{ALGORITHMS, AUDIENCE, ISSUER, Key, OwnedClaims, claims, claims_with};

/// Many short rounds: one that the machine interrupts is then the exception, and the median does not see it.
const ROUNDS: usize = 401;
const ROUND: Duration = Duration::from_micros(250);

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
        for round in 0..ROUNDS {
            // Begins with another row each time, so that no row is always the one after a pause.
            for at in 0..self.rows.len() {
                let at = (at + round) % self.rows.len();
                let time = time(&self.rows[at].run, counts[at]);
                self.rows[at].times.push(time);
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

/// The bare inner service: what a request costs without any layer.
#[derive(Clone)]
struct Bare;

impl Service<Request<()>> for Bare {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(())))
    }
}

/// A request as a server makes it, its way through the stack, and the drop of the answer.
fn exchange<S>(service: &S, line: Option<&HeaderValue>) -> u16
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible> + Clone,
{
    const OTHERS: [(&str, &str); 7] = [
        ("host", "api.example"),
        ("user-agent", "curl/8.14.1"),
        ("accept", "*/*"),
        ("accept-encoding", "gzip"),
        ("accept-language", "en"),
        ("connection", "keep-alive"),
        ("origin", "https://shop.example"),
    ];
    let mut request = Request::new(());
    let headers = request.headers_mut();
    headers.reserve(8);
    for (name, value) in OTHERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(line) = line {
        headers.insert(AUTHORIZATION, line.clone());
    }
    let mut service = service.clone();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut cx).is_ready());
    match pin!(service.call(request)).poll(&mut cx) {
        Poll::Ready(Ok(response)) => response.status().as_u16(),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => 0,
    }
}

fn cached(alg: &str) {
    let key = Key::new(alg);
    let token = key.token(alg, &claims());
    let shared = |line: String| HeaderValue::from_maybe_shared(Bytes::from(line));
    let line = shared(format!("Bearer {token}")).expect("a header value");
    let garbage = shared(format!("Bearer {}", "x".repeat(token.len()))).expect("a header value");
    let layer = |cache: TokenCache| {
        let validator = JwtValidator::<Claims>::builder(ISSUER, AUDIENCE)
            .jwk(&key.jwk())
            .cache(cache)
            .build();
        BearerAuthLayer::new(validator.expect("the settings are good")).wrap(Bare)
    };
    let whole = layer(TokenCache::new(1000));
    let hashed = layer(TokenCache::new(1000).hashed());
    let uncached = BearerAuthLayer::new(validator::<Claims>(&key)).wrap(Bare);
    assert_eq!(exchange(&whole, Some(&line)), 200);
    assert_eq!(exchange(&hashed, Some(&line)), 200);
    assert_eq!(exchange(&uncached, Some(&garbage)), 401);

    let mut table = Table::default();
    let bare = "bare service";
    table.row(bare, || exchange(&Bare, Some(&line)));
    table.row("cached, whole-token key", || exchange(&whole, Some(&line)));
    table.row("cached, SHA-256 key", || exchange(&hashed, Some(&line)));
    table.row("missing token", || exchange(&uncached, None));
    table.row("garbage of the token's length", || {
        exchange(&uncached, Some(&garbage))
    });
    table.target("cached, whole-token key", bare, 2.7);
    table.target("cached, SHA-256 key", bare, 8.0);
    table.target("missing token", bare, 1.7);
    table.target("garbage of the token's length", bare, 1.9);
    table.measure();
    table.print(&format!("{alg} through the layer"));
}

fn main() {
    // `cargo test --benches` runs this once: what is measured must at least work.
    for alg in ALGORITHMS {
        uncached(alg);
    }
    cached("RS256");
}
