//! An OpenAPI document that tells each caller the truth.
mod body;
mod builder;
mod classes;
mod describe;
mod document;
mod json;
mod operations;
mod pointer;
mod protect;
mod prune;
mod reach;
mod resolve;
mod scheme;
mod servers;
mod service;
mod shown;
mod walk;

pub use self::{
    body::DocumentBody,
    builder::OpenApiBuilder,
    describe::Protection,
    operations::{Operation, Operations},
    protect::Protections,
    scheme::SecurityScheme,
    service::{OpenApi, ResponseFuture},
};
