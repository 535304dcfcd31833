//! What can be sent, shared and cloned: a promise that nobody sees breaking.

use tower_postern::hide;

fn send<T: Send>() {}
fn sync<T: Sync>() {}
fn unpin<T: Unpin>() {}
fn clone<T: Clone>() {}

/// All of the above, and `Debug`.
fn plain<T: Send + Sync + Unpin + Clone + std::fmt::Debug>() {}

#[test]
fn hiding() {
    type Layer<C> = tower_postern::HideLayer<C>;
    type Service<C> = hide::Hide<u8, C>;
    /// `Send`, and not `Sync`: a boxed service that can be cloned.
    type Boxed = hide::Fallback<std::cell::Cell<u8>>;

    plain::<Layer<hide::Undecided>>();
    plain::<Layer<hide::NotFound>>();
    plain::<Layer<hide::Unimplemented>>();
    plain::<Layer<hide::Reroute>>();
    plain::<Layer<hide::Fallback<u8>>>();
    plain::<Service<hide::NotFound>>();
    plain::<Service<hide::Fallback<u8>>>();
    plain::<hide::NoStoreLayer>();
    plain::<hide::NoStore<u8>>();

    send::<Layer<Boxed>>();
    clone::<Layer<Boxed>>();
    unpin::<Layer<Boxed>>();
    send::<Service<Boxed>>();
    clone::<Service<Boxed>>();

    send::<hide::ResponseFuture<u8, u8>>();
    sync::<hide::ResponseFuture<u8, u8>>();
    unpin::<hide::ResponseFuture<u8, u8>>();
    send::<hide::NoStoreFuture<u8>>();
    unpin::<hide::NoStoreFuture<u8>>();
}
