//! Every promise about speed, measured in one run: `cargo bench --all-features --bench targets`.
//!
//! Prints one table: what a row takes, as a multiple of what it is compared with, what was promised beside it, and whether
//! it holds. `-- --quick` measures for a shorter time. Times depend on the machine, so nothing fails here: what must not
//! grow is held by counts (`tests/alloc`, `benches/instructions`).
#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench fails loudly, reads the clock and prints"
)]

mod machine;
mod requests;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod tokens;

use std::{env, fmt::Write};

use machine::Machine;
use support::issuer::ALGORITHMS;
use table::{Line, Pace};

/// The whole table, as Markdown.
fn report(machine: &Machine, pace: Pace, lines: &[Line]) -> String {
    let targets = lines.iter().filter(|line| line.is_target());
    let over = targets.clone().filter(|line| line.is_over()).count();
    let mut text = format!(
        "{machine}. Medians of {} rounds of {} µs, all rows of a group in turns; a ratio is the median of the ratios of the \
         rounds. `×` is the multiple of `of`; allocations of rows with a request are those beyond the bare service.\n\n{}\n",
        pace.rounds,
        pace.round.as_micros(),
        Line::HEAD
    );
    for line in lines {
        writeln!(text, "{line}").expect("a string takes all");
    }
    let count = targets.count();
    writeln!(text, "\n{count} targets: {} ok, {over} over.", count - over)
        .expect("a string takes all");
    text
}

fn main() {
    let given = |name: &str| env::args().any(|argument| argument == name);
    // `cargo test --benches` runs this without `--bench`: what is measured must at least work.
    let pace = match (given("--bench"), given("--quick")) {
        (false, _) => Pace::ONCE,
        (true, true) => Pace::QUICK,
        (true, false) => Pace::FULL,
    };
    let mut lines = Vec::new();
    for alg in ALGORITHMS {
        lines.extend(tokens::measure(alg, pace));
    }
    lines.extend(requests::measure(pace));
    lines.extend(requests::clones(pace));
    lines.extend(requests::lookups(pace));

    let machine = Machine::this();
    let text = report(&machine, pace, &lines);
    print!("{text}");
}
