//! For tests of services that use this crate.

#[cfg(feature = "openapi")]
mod called;
#[cfg(feature = "openapi")]
mod described;
#[cfg(feature = "openapi")]
mod no_body;
mod parity;
#[cfg(feature = "openapi")]
mod protected;

pub use self::parity::{Difference, Parity, Received, Timing, assert_indistinguishable};
#[cfg(feature = "openapi")]
pub use self::{described::assert_described, no_body::NoBody, protected::assert_all_protected};
