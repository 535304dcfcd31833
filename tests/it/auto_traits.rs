//! What can be sent, shared and cloned: a promise that nobody sees breaking.

use tower_postern::{bearer, hide};

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

    plain::<Layer<hide::Late<hide::NotFound>>>();
    plain::<hide::Concealed>();

    send::<hide::ResponseFuture<u8, u8>>();
    sync::<hide::ResponseFuture<u8, u8>>();
    unpin::<hide::ResponseFuture<u8, u8>>();
    send::<hide::NoStoreFuture<u8>>();
    unpin::<hide::NoStoreFuture<u8>>();
}

#[test]
fn bearer_tokens() {
    /// As a validator, a hook, an inner service or an identity, it has no say in the traits below.
    type Layer = tower_postern::BearerAuthLayer<u8>;
    type Service = bearer::BearerAuth<u8, u8>;
    /// `Send`, and not `Sync`: a boxed service that can be cloned.
    type Boxed = bearer::BearerAuth<std::cell::Cell<u8>, u8>;
    /// The inner service's future decides, and the request's body.
    type Future = bearer::ResponseFuture<Inner, u8>;

    plain::<Layer>();
    plain::<tower_postern::BearerAuthLayer<u8, bearer::ProblemJson>>();
    plain::<Service>();
    plain::<bearer::RequireLayer>();
    plain::<bearer::Require<u8>>();
    send::<Boxed>();
    clone::<Boxed>();
    unpin::<Boxed>();

    plain::<bearer::AuthError>();
    plain::<bearer::ErrorKind>();
    plain::<bearer::Rejection>();
    plain::<bearer::EmptyBody>();
    plain::<bearer::ProblemJson>();
    plain::<bearer::Challenge>();
    plain::<bearer::Realm>();
    plain::<bearer::ResourceMetadata>();
    plain::<bearer::ScopeSet>();
    plain::<bearer::Grant>();
    plain::<bearer::GrantBuilder>();
    plain::<bearer::Principal<'_>>();
    plain::<bearer::Confirmation>();
    plain::<bearer::ConfirmationMethod>();
    plain::<bearer::Outcome>();
    plain::<bearer::TokenSource>();
    plain::<bearer::Credentials<'_>>();
    plain::<bearer::Token>();
    plain::<bearer::Scheme>();
    plain::<bearer::Schemes>();
    plain::<bearer::Verified<u8>>();
    plain::<bearer::ErasedValidator<u8>>();
    plain::<bearer::ValidatorFn<u8>>();
    plain::<bearer::Immediate<u8>>();
    plain::<bearer::Map<u8, u8>>();
    plain::<bearer::AndThen<u8, u8>>();
    plain::<bearer::Or<u8, u8>>();

    // Whatever the identity is, an erased validator is shared between threads.
    plain::<bearer::ErasedValidator<std::cell::Cell<u8>>>();

    send::<Future>();
    unpin::<Future>();
    send::<bearer::RequireFuture<u8>>();
    sync::<bearer::RequireFuture<u8>>();
    unpin::<bearer::RequireFuture<u8>>();
}

#[cfg(feature = "axum")]
#[test]
fn axum() {
    plain::<tower_postern::axum::Authenticated<u8>>();
}

#[cfg(feature = "jwks")]
#[test]
fn remote_keys() {
    use tower_postern::{fetch, jwt};

    plain::<fetch::FetchError>();
    plain::<fetch::FetchRequest>();
    plain::<fetch::FetchResponse>();
    plain::<fetch::HttpsClient>();
    plain::<jwt::RemoteKeys>();
    plain::<jwt::Tenants<jwt::Claims>>();
    send::<jwt::RemoteKeysBuilder>();
    send::<jwt::TenantsBuilder<jwt::Claims>>();
}

/// Any service of HTTP.
struct Inner;

impl tower::Service<http::Request<u8>> for Inner {
    type Response = http::Response<u8>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<u8>) -> Self::Future {
        std::future::ready(Ok(http::Response::new(request.into_body())))
    }
}

#[cfg(all(feature = "tonic-health", feature = "tonic-reflection"))]
#[test]
fn what_tells_of_grpc_services() {
    use tonic_health::server::HealthService;
    use tower_postern::tonic::{health, reflection};

    plain::<health::Health<HealthService>>();
    plain::<reflection::Reflection>();
    plain::<reflection::ReflectionV1>();
    plain::<reflection::ReflectionV1Alpha>();
    send::<reflection::ReflectionBuilder>();

    send::<health::ResponseFuture>();
    unpin::<health::ResponseFuture>();
    send::<reflection::ResponseFuture>();
    unpin::<reflection::ResponseFuture>();
}
