//! For Tonic: refusals as a `Status`, hidden services, and reflection and health that do not tell of them.
//!
//! # Security
//! The reflection of `tonic-reflection` and the health of `tonic-health` answer whoever may call them, with all that they
//! were given: a hidden service is named by what describes it. Serve `reflection::Reflection` (feature `tonic-reflection`)
//! and `health::Health` (feature `tonic-health`) in their place, by the rule that hides the service. Or give those of the
//! public routes the descriptors and the names of the public services alone.
//!
//! ```
//! # #[cfg(all(feature = "tonic-health", feature = "tonic-reflection"))]
//! # fn routes(shop: tonic::service::Routes, admin: tonic::service::Routes, descriptors: &[u8], inside: impl tower_postern::predicate::Predicate + Clone)
//! # -> Result<tonic::service::Routes, tower_postern::ConfigError> {
//! use tonic_health::server::{HealthReporter, HealthService};
//! use tower_postern::{
//!     predicate::Predicate,
//!     rule,
//!     tonic::{health::Health, hide_routes, reflection::Reflection},
//! };
//!
//! let hidden = rule::under(["/shop.Admin"])?.and(inside.clone().not()).erased();
//!
//! let health = HealthService::from_health_reporter(HealthReporter::new());
//! let reflection = Reflection::builder()
//!     .register_encoded_file_descriptor_set(descriptors) // of all services
//!     .hide_when(hidden.clone())
//!     .build()?;
//!
//! let public = shop
//!     .add_service(Health::hide_when(health, hidden))
//!     .add_service(reflection.v1())
//!     .add_service(reflection.v1alpha());
//! let routes = hide_routes(public, admin, inside);
//! # Ok(routes) }
//! ```

#[cfg(any(feature = "tonic-health", feature = "tonic-reflection"))]
mod answer;
#[cfg(feature = "tonic-health")]
pub mod health;
#[cfg(feature = "tonic-reflection")]
pub mod reflection;
mod routes;
mod status;

#[cfg(any(feature = "tonic-health", feature = "tonic-reflection"))]
pub use self::answer::ResponseFuture;
pub use self::routes::hide_routes;
