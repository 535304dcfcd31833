//! The one integration binary: the layers as their users meet them.
#![allow(
    missing_docs,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in a helper that clippy does not know for a test, and documents itself by its name"
)]

#[cfg(feature = "api-key")]
mod api_key;
#[cfg(all(feature = "jwt", any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod attacks;
mod auto_traits;
mod bearer;
mod hide;
#[cfg(all(feature = "jwks", any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod jwks;
#[cfg(all(feature = "jwt", any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod jwt;
#[cfg(all(
    feature = "jwt",
    not(any(feature = "aws-lc-rs", feature = "rust-crypto"))
))]
mod jwt_without_backend;
#[cfg(feature = "openapi")]
mod openapi;
#[cfg(feature = "test-util")]
mod parity;
mod predicate;
mod revocation;
#[cfg(all(feature = "jwt", any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod rfc;
mod rule;
mod support;
#[cfg(any(feature = "tonic-health", feature = "tonic-reflection"))]
mod tonic;
mod ui;
