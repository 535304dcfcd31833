//! For Axum: the identity of the caller as an extractor, and hidden routes.

mod extract;
mod routes;

pub use self::{extract::Authenticated, routes::hide_routes};
