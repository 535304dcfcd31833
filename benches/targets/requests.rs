//! What a request takes through the layers, beside the bare service; and what is done within one.

use std::hint::black_box;

use tower_postern::{BearerAuthLayer, HideLayer, predicate::predicate};

use crate::{
    support::{
        cases::{CASES, Case, LOOKUPS, compares},
        issuer::Key,
        service::Bare,
    },
    table::{Bound, Group, Line, Pace},
};

/// What is asked of a case: its time as a multiple of the bare service, and its allocations beyond those of one.
fn bounds(name: &str) -> Option<(f64, u64)> {
    Some(match name {
        "missing token" => (1.7, 5),
        "garbage of a token's length" => (1.9, 5),
        "a validator that only compares" => (1.9, 4),
        "exempt" | "exempt, peer known" => (1.2, 0),
        "cached, whole-token key" => (2.7, 4),
        "cached, SHA-256 key" => (8.0, 4),
        hide if hide.starts_with("hide, visible") => (1.3, 0),
        _ => return None,
    })
}

pub(crate) fn measure(pace: Pace) -> Vec<Line> {
    let key = Key::new("RS256");
    let mut group = Group::default();
    for Case {
        name,
        reference,
        status,
        make,
    } in CASES
    {
        let run = make(&key);
        assert_eq!(run(), *status, "{name}");
        let row = group.row(*name, run);
        if let Some((times, allocations)) = bounds(name) {
            row.of(*reference, Bound::Times(times))
                .beyond(*reference)
                .allocations(allocations);
        }
    }
    group.measure(pace)
}

pub(crate) fn clones(pace: Pace) -> Vec<Line> {
    let bearer = BearerAuthLayer::new(compares()).wrap(Bare);
    let hide = HideLayer::when(predicate(|_| true)).not_found().wrap(Bare);
    let mut group = Group::default();
    let bare = "clone, bare service";
    group.row(bare, || black_box(&Bare).clone());
    let row = group.row("clone, `BearerAuth`", || black_box(&bearer).clone());
    row.of(bare, Bound::More(10.0)).allocations(0);
    let row = group.row("clone, `Hide`", || black_box(&hide).clone());
    row.of(bare, Bound::More(10.0)).allocations(0);
    group.measure(pace)
}

pub(crate) fn lookups(pace: Pace) -> Vec<Line> {
    let key = Key::secret([7; 32]);
    let mut group = Group::default();
    for Case {
        name, status, make, ..
    } in LOOKUPS
    {
        let run = make(&key);
        assert_eq!(run(), *status, "{name}");
        let most = if name.contains("patterns") {
            40.0
        } else {
            20.0
        };
        group.row(*name, run).at_most(most).allocations(0);
    }
    group.measure(pace)
}
