//! Keys that are fetched from their issuer.

mod client;
