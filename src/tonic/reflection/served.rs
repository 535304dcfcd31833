//! The service of `tonic-reflection`, for a set of files.

use std::{convert::Infallible, sync::Arc};

use ::tonic::body::Body;
use http::{Request, Response};
use tonic_reflection::server::{Builder, Error};
use tower_service::Service;

use crate::tonic::answer::Answer;

/// Answers about some files. A clone shares everything.
#[derive(Clone)]
pub(super) struct Served(Arc<dyn Fn(Request<Body>) -> Answer + Send + Sync>);

impl Served {
    pub(super) fn v1(set: &[u8]) -> Result<Self, Error> {
        Ok(Self::new(builder(set).build_v1()?))
    }

    pub(super) fn v1alpha(set: &[u8]) -> Result<Self, Error> {
        Ok(Self::new(builder(set).build_v1alpha()?))
    }

    fn new<S>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        // A service of Tonic's is always ready.
        Self(Arc::new(move |request| {
            Box::pin(service.clone().call(request))
        }))
    }

    pub(super) fn call(&self, request: Request<Body>) -> Answer {
        (self.0)(request)
    }
}

fn builder(set: &[u8]) -> Builder<'_> {
    Builder::configure()
        .include_reflection_service(false)
        .register_encoded_file_descriptor_set(set)
}
