//! An OpenAPI document that tells each caller the truth.
mod body;
mod builder;
mod classes;
mod document;
mod json;
mod operations;
mod pointer;
mod prune;
mod reach;
mod resolve;
mod servers;
mod service;
mod shown;
mod walk;

pub use self::{
    body::DocumentBody,
    builder::OpenApiBuilder,
    operations::{Operation, Operations},
    service::{OpenApi, ResponseFuture},
};
