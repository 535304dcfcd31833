//! For Axum: the identity of the caller as an extractor.

mod extract;

pub use self::extract::Authenticated;
