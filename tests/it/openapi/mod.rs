//! The document of each caller.

#[cfg(feature = "aide")]
mod aide;
mod bad;
mod describe;
mod kit;
mod property;
mod prune;
mod serve;
mod support;
#[cfg(feature = "utoipa")]
mod utoipa;
