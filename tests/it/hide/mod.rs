//! Hiding: what a hidden request meets is what an absent one meets, byte for byte.

mod hyper;
mod late;
mod layer;
mod naive;
mod no_store;
mod probe;
mod reroute;
mod stack;

#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "tracing")]
mod events;
#[cfg(feature = "axum")]
mod mount;
#[cfg(feature = "tonic")]
mod tonic;
