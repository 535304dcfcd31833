//! Every MUST of a specification, named after its section; and the specifications' own examples.

mod rfc6750;
#[cfg(all(feature = "jwt", any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod rfc7515;
#[cfg(all(feature = "jwt", any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod rfc7519;
#[cfg(all(feature = "jwt", any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod rfc9068;
mod rfc9457;
mod rfc9728;
