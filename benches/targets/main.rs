//! Every promise about speed, measured in one run: `cargo bench --all-features --bench targets`.
//!
//! Prints one table: what a row takes, as a multiple of what it is compared with, what was promised beside it, and whether
//! it holds. `-- --quick` measures for a shorter time; `-- --report` also writes `benches/targets.md`, the plot beside it,
//! and what README says. Times depend on the machine, so nothing fails here: what must not grow is held by counts
//! (`tests/alloc`, `benches/instructions`).
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
mod peers;
mod plot;
mod report;
mod requests;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod tokens;

use std::env;

use machine::Machine;
use report::Report;
use support::issuer::ALGORITHMS;
use table::Pace;

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
    lines.extend(peers::measure(pace));

    let report = Report {
        machine: Machine::this(),
        pace,
        lines,
    };
    print!("{}", report.whole());
    if given("--report") {
        report.write();
    }
}
