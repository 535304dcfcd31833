//! Endpoints that are not there for those who are not to see them.

mod conceal;
mod future;
mod layer;
mod no_store;
mod service;

#[doc(hidden)]
pub use self::{conceal::Conceal, layer::Shared};
pub use self::{
    conceal::{
        Decided, Fallback, FallbackFuture, NotFound, Reroute, RerouteFuture, Undecided,
        Unimplemented,
    },
    future::ResponseFuture,
    layer::HideLayer,
    no_store::{NoStore, NoStoreFuture, NoStoreLayer},
    service::Hide,
};
