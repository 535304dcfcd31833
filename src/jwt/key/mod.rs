//! Keys: what they are made from, and which one a token names.

mod der;
#[cfg(feature = "jwks")]
mod discovery;
mod edwards;
mod file;
mod handle;
mod jwk;
#[cfg(feature = "jwks")]
mod jwks;
#[cfg(feature = "jwks")]
mod jwks_builder;
mod list;
mod material;
#[cfg(feature = "jwks")]
mod owner;
mod pem;
#[cfg(feature = "jwks")]
mod publisher;
mod set;
mod source;

#[cfg(feature = "jwks")]
pub(super) use self::owner::PLACEHOLDER;
pub use self::{file::KeyFile, handle::KeyHandle, list::KeyList};
pub(super) use self::{
    jwk::{read_jwk, read_jwk_set},
    material::{KeyProblem, Material},
    pem::read_pem,
    set::KeySet,
    source::{KeySource, Keys, Miss},
};
#[cfg(feature = "jwks")]
pub use self::{jwks::RemoteKeys, jwks_builder::RemoteKeysBuilder};
use super::algorithm::AlgorithmSet;

/// A key as it was given: not yet that of a backend.
#[derive(Debug)]
pub(super) struct RawKey {
    pub(super) kid: Option<Box<str>>,
    pub(super) material: Material,
    /// What it may be used with, as far as whoever made it said so.
    pub(super) algorithms: AlgorithmSet,
    /// Whose tokens it is for, where it says so.
    pub(super) issuer: Option<Box<str>>,
}
