//! Hiding: what a hidden request meets is what an absent one meets, byte for byte.

mod hyper;
mod layer;
mod no_store;
mod probe;
mod reroute;

#[cfg(feature = "axum")]
mod axum;
