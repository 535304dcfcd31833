//! For tests of services that use this crate.

#[cfg(feature = "openapi")]
mod called;
#[cfg(feature = "openapi")]
mod described;
#[cfg(feature = "openapi")]
mod no_body;
#[cfg(feature = "openapi")]
mod protected;

#[cfg(feature = "openapi")]
pub use self::{described::assert_described, no_body::NoBody, protected::assert_all_protected};
