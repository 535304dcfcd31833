//! `BearerAuthLayer` and what is around it.

mod answer;
mod combine;
mod exempt;
mod identity;
mod input;
#[cfg(feature = "tracing")]
mod leak;
mod nested;
mod raised;
mod readiness;
mod stack;
mod table;
