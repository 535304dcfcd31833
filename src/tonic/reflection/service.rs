//! The services that answer.

use std::{
    convert::Infallible,
    error::Error as StdError,
    fmt,
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

use ::tonic::{Status, body::Body, server::NamedService};
use bytes::Bytes;
use http::{Method, Request, Response};
use tower_service::Service;

use super::{ReflectionBuilder, catalog::Catalog, draft::error, prune::prune, served::Served};
use crate::{
    ConfigError, RequestHead,
    classes::Classes,
    rules::Rules,
    shown::Shown,
    tonic::answer::{Answer, ResponseFuture},
    trace,
};

/// gRPC reflection in which each caller finds what it may call, and nothing else.
///
/// [`v1`](Self::v1) and [`v1alpha`](Self::v1alpha) are the services to add. See the [module's page](super) for the rules and
/// an example. A clone shares everything.
#[derive(Clone, Debug)]
pub struct Reflection {
    v1: ReflectionV1,
    v1alpha: ReflectionV1Alpha,
}

/// The service `grpc.reflection.v1.ServerReflection`: see [`Reflection::v1`].
#[derive(Clone)]
pub struct ReflectionV1(Arc<Shared>);

/// The service `grpc.reflection.v1alpha.ServerReflection`, which older clients ask for: see [`Reflection::v1alpha`].
#[derive(Clone)]
pub struct ReflectionV1Alpha(Arc<Shared>);

/// What a version of reflection is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version {
    V1,
    V1Alpha,
}

/// All that is asked, and what was made for those who asked.
pub(super) struct Shared {
    version: Version,
    catalog: Catalog,
    rules: Rules,
    classes: Classes<Option<Served>>,
}

impl Version {
    pub(super) fn file_descriptor_set(self) -> &'static [u8] {
        match self {
            Self::V1 => tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            Self::V1Alpha => tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        }
    }

    fn serve(self, set: &[u8]) -> Result<Served, tonic_reflection::server::Error> {
        match self {
            Self::V1 => Served::v1(set),
            Self::V1Alpha => Served::v1alpha(set),
        }
    }
}

impl Shared {
    pub(super) fn new(
        version: Version,
        sets: &[Vec<u8>],
        also: &[String],
        known: &[String],
        rules: Rules,
        max_classes: usize,
    ) -> Result<Self, ConfigError> {
        // What is served of the whole is served of any part.
        for set in sets {
            version.serve(set).map_err(|source| {
                let message =
                    "is none; give what `protoc --descriptor_set_out` or `tonic-prost-build` wrote";
                error(message).with_source(source)
            })?;
        }
        Ok(Self {
            version,
            catalog: Catalog::read(sets, also, known)?,
            rules,
            classes: Classes::new(max_classes),
        })
    }

    fn shown(&self, caller: RequestHead<'_>) -> Shown {
        let calls = &self.catalog.calls;
        Shown::new(calls.len(), |at| {
            calls
                .get(at)
                .is_some_and(|call| self.rules.show(&caller.at(&Method::POST, &call.target)))
        })
    }

    fn answer(&self, request: Request<Body>) -> Answer {
        let shown = self.shown(RequestHead::new(&request));
        let served = self.classes.get(&shown, || {
            match self.version.serve(&prune(&self.catalog, &shown)) {
                Ok(served) => Some(served),
                Err(error) => {
                    trace::error!(error = %error, "reflection cannot serve a part of its files; please report it");
                    None
                }
            }
        });
        match served {
            Some(served) => served.call(request),
            None => Box::pin(ready(Ok(Status::internal("").into_http()))),
        }
    }
}

impl Reflection {
    /// Describes services whose descriptors it is given.
    ///
    /// # Examples
    /// ```
    /// use tower_postern::{ConfigErrorKind, rule, tonic::reflection::Reflection};
    ///
    /// let inside = rule::header("x-inside", "yes")?;
    /// let builder = || Reflection::builder().hide_unless(inside.clone());
    ///
    /// let set = tonic_health::pb::FILE_DESCRIPTOR_SET; // yours
    /// assert!(builder().register_encoded_file_descriptor_set(set).build().is_ok());
    ///
    /// let refused = builder().register_encoded_file_descriptor_set("no set").build();
    /// assert!(refused.is_err_and(|error| error.kind() == ConfigErrorKind::Descriptor));
    /// # Ok::<(), tower_postern::ConfigError>(())
    /// ```
    pub fn builder() -> ReflectionBuilder {
        ReflectionBuilder::new()
    }

    pub(super) fn new(v1: Shared, v1alpha: Shared) -> Self {
        Self {
            v1: ReflectionV1(Arc::new(v1)),
            v1alpha: ReflectionV1Alpha(Arc::new(v1alpha)),
        }
    }

    /// The service of version 1.
    #[must_use]
    pub fn v1(&self) -> ReflectionV1 {
        self.v1.clone()
    }

    /// The service of the version before, which is the same but for its name. Many clients ask for both.
    #[must_use]
    pub fn v1alpha(&self) -> ReflectionV1Alpha {
        self.v1alpha.clone()
    }

    /// An encoded `google.protobuf.FileDescriptorSet` of all that version 1 shows to a caller.
    ///
    /// For those who serve it themselves.
    pub fn file_descriptor_set(&self, caller: &RequestHead<'_>) -> Vec<u8> {
        let shared = &self.v1.0;
        prune(&shared.catalog, &shared.shown(*caller))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("version", &self.version)
            .field("calls", &self.catalog.calls.len())
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}

macro_rules! service {
    ($type:ident, $name:literal) => {
        impl NamedService for $type {
            const NAME: &'static str = $name;
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type))
                    .field("calls", &self.0.catalog.calls.len())
                    .field("rules", &self.0.rules.len())
                    .finish_non_exhaustive()
            }
        }

        impl<B> Service<Request<B>> for $type
        where
            B: http_body::Body<Data = Bytes> + Send + 'static,
            B::Error: Into<Box<dyn StdError + Send + Sync>>,
        {
            type Response = Response<Body>;
            type Error = Infallible;
            type Future = ResponseFuture;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: Request<B>) -> ResponseFuture {
                ResponseFuture(self.0.answer(request.map(Body::new)))
            }
        }
    };
}

service!(ReflectionV1, "grpc.reflection.v1.ServerReflection");
service!(
    ReflectionV1Alpha,
    "grpc.reflection.v1alpha.ServerReflection"
);
