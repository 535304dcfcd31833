//! For Axum: the identity of the caller and its address as extractors, and hidden routes.

#[cfg(feature = "aide")]
mod aide;
mod client_addr;
mod extract;
mod routes;

pub use self::{
    client_addr::{ClientAddr, UnknownClientRejection},
    extract::Authenticated,
    routes::hide_routes,
};
