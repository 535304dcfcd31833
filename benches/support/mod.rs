//! What several benches measure, and what they measure it with.
#![allow(dead_code, reason = "each bench takes what it needs")]

pub(crate) mod cases;
pub(crate) mod issuer;
pub(crate) mod service;
