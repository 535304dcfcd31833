//! The document of each caller.

mod bad;
mod property;
mod prune;
mod serve;
mod support;
