//! Reflection and health: what is hidden is answered as what never was.

#[cfg(feature = "tonic-reflection")]
mod descriptors;
#[cfg(feature = "tonic-health")]
mod health;
#[cfg(feature = "tonic-reflection")]
mod property;
#[cfg(feature = "tonic-reflection")]
mod prune;
#[cfg(feature = "tonic-reflection")]
mod reflection;
