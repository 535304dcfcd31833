//! For Tonic: refusals as a `Status`, and hidden services.
//!
//! # Security
//! Reflection and health are services like others: they answer whoever may call them, with all that they were given. Give
//! those of the public routes the descriptors and the names of the public services alone, and a second pair of them, for
//! the inside, to the hidden routes or to another port. Otherwise a hidden service is named by what describes it.

mod routes;
mod status;

pub use self::routes::hide_routes;
