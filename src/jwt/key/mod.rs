//! Keys: what they are made from, and which one a token names.

mod der;
mod edwards;
mod jwk;
mod material;
mod pem;
mod set;

pub(super) use self::{
    jwk::{read_jwk, read_jwk_set},
    material::{KeyProblem, Material},
    pem::read_pem,
    set::KeySet,
};
use super::algorithm::AlgorithmSet;

/// A key as it was given: not yet that of a backend.
#[derive(Debug)]
pub(super) struct RawKey {
    pub(super) kid: Option<Box<str>>,
    pub(super) material: Material,
    /// What it may be used with, as far as whoever made it said so.
    pub(super) algorithms: AlgorithmSet,
}
