//! gRPC reflection that shows each caller what it may call.
//!
//! [`Reflection`] serves [gRPC server reflection], v1 and v1alpha, as `tonic-reflection` does, and asks the rules of a
//! [`HideLayer`](crate::HideLayer) about every method. What a caller may not call is gone for it, and with it what only
//! that uses: from the list of services, and from the file descriptors. A question about it is answered as one about
//! something that never was.
//!
//! # The rules
//! 1. A predicate is asked about each method as this caller's `POST /package.Service/Method`, [with the headers and the
//!    extensions](crate::RequestHead::at) of the request that opened the stream. What it does not answer clearly in the
//!    caller's favour is hidden. A service is shown where one of its methods is.
//! 2. Who may call everything gets the files as they came. Who may call less gets what the methods that it may call use,
//!    and nothing else: messages, enums, and the extensions that their options are, in the files that define them. Messages
//!    that are not named there, such as those that travel in an `Any`, and other extensions are named with
//!    [`also`](ReflectionBuilder::also).
//! 3. Every name that remains has what it names, and files import what they need for it. A message that only holds one that
//!    is used keeps its name, and has no fields.
//! 4. Files that all the world knows ([`known_files`](ReflectionBuilder::known_files)) are there whole or not at all.
//! 5. Comments and positions of the source (`source_code_info`) are for those who may call everything: where they stood
//!    tells what stood between them.
//! 6. Callers who may call the same share one set of files, made once.
//!
//! Not hidden: what the names of packages, of files and of shared messages tell, and the fields that those have.
//!
//! # Examples
//! ```
//! use http::Request;
//! use tonic::service::Routes;
//! use tower_postern::{predicate::Predicate, rule, tonic::reflection::Reflection};
//!
//! let inside = rule::header("x-inside", "yes")?;
//! let reflection = Reflection::builder()
//!     .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET) // yours
//!     .hide_when(rule::under(["/grpc.health.v1.Health"])?.and(inside.not()))
//!     .build()?;
//!
//! let has_health = |caller: &Request<()>| {
//!     let files = reflection.file_descriptor_set(&caller.into());
//!     String::from_utf8_lossy(&files).contains("HealthCheckRequest")
//! };
//! assert!(has_health(&Request::builder().header("x-inside", "yes").body(())?));
//! assert!(!has_health(&Request::builder().header("x-inside", "no").body(())?));
//!
//! let routes = Routes::new(reflection.v1()).add_service(reflection.v1alpha());
//! # let _ = routes;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [gRPC server reflection]: https://grpc.io/docs/guides/reflection/

mod builder;
mod catalog;
mod draft;
mod imports;
mod keep;
mod prune;
mod resolve;
mod schema;
mod served;
mod service;
mod wire;

pub use self::{
    builder::ReflectionBuilder,
    service::{Reflection, ReflectionV1, ReflectionV1Alpha},
};
