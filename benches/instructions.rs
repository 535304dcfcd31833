//! What `benches/instructions` counts: each case so many times, in a function that it can tell apart.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench fails loudly and prints"
)]

mod support;

use std::{env, hint::black_box};

use support::{
    cases::{BARE, CASES, Case, LOOKUPS, uncached},
    issuer::Key,
};

/// Few and many: the difference is what a request takes, without what surrounds it.
const FEW: u32 = 100;
const MANY: u32 = 1_100;

const UNCACHED: Case = Case {
    name: "uncached, HS256",
    reference: BARE,
    status: 200,
    make: uncached,
};

#[inline(never)]
fn count_this_case(run: &dyn Fn() -> u16, times: u32) {
    for _ in 0..times {
        black_box(run());
    }
}

fn main() {
    // `cargo test --benches` and `cargo bench` run this as well: each case must at least work.
    let counts = env::args().any(|argument| argument == "--count");
    // No randomness: a generator that gathers it would be another each time.
    let key = Key::secret([7; 32]);
    for case in CASES.iter().chain(LOOKUPS).chain([&UNCACHED]) {
        let run = (case.make)(&key);
        assert_eq!(run(), case.status, "{}", case.name);
        if counts {
            count_this_case(&run, FEW); // also to have all warm
            count_this_case(&run, FEW);
            count_this_case(&run, MANY);
            println!("{}\t{}\t{}", MANY - FEW, case.name, case.reference);
        }
    }
}
