//! The one integration binary: the layers as their users meet them.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in a helper that clippy does not know for a test, and documents itself by its name"
)]

mod bearer;
mod predicate;
mod support;
