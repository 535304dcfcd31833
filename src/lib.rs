//! Tower middleware that hides endpoints from outsiders and guards them with OAuth 2 bearer tokens.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod config;
mod grpc;
mod head;
mod interop;
mod secret;
mod trace;

#[cfg(feature = "api-key")]
pub mod api_key;
#[cfg(feature = "axum")]
pub mod axum;
pub mod bearer;
#[cfg(feature = "jwks")]
pub mod fetch;
pub mod hide;
#[cfg(feature = "jwt")]
pub mod jwt;
pub mod net;
#[cfg(feature = "openapi")]
pub mod openapi;
mod path;
pub mod predicate;
pub mod rule;
#[cfg(feature = "tonic")]
pub mod tonic;

pub use bearer::BearerAuthLayer;
pub use clock::{Clock, SystemClock};
pub use config::{ConfigError, ConfigErrorKind};
pub use head::RequestHead;
pub use hide::HideLayer;
pub use secret::Secret;
