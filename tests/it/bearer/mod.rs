//! `BearerAuthLayer` and what is around it.

mod answer;
#[cfg(feature = "axum")]
mod axum;
mod combine;
mod exempt;
mod hyper;
mod identity;
mod input;
#[cfg(feature = "tracing")]
mod leak;
mod nested;
mod raised;
mod readiness;
mod stack;
mod table;
#[cfg(feature = "tonic")]
mod tonic;
#[cfg(all(feature = "jwt", feature = "tracing"))]
mod verified;
