//! For Tonic: refusals as a `Status`, and hidden services.

mod routes;
mod status;

pub use self::routes::hide_routes;
