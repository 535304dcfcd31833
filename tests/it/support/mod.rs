//! What the tests share.
#![allow(
    dead_code,
    reason = "each set of features leaves out tests, and what only they need"
)]

pub(crate) mod bearer;
pub(crate) mod body;
pub(crate) mod clock;
pub(crate) mod events;
pub(crate) mod greeter;
#[cfg(feature = "jwt")]
pub(crate) mod issuer;
pub(crate) mod scripted;
pub(crate) mod tls;
pub(crate) mod wire;
