//! The document of each caller.

mod bad;
mod describe;
mod kit;
mod property;
mod prune;
mod serve;
mod support;
