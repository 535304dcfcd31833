//! What can be sent, shared and cloned: a promise that nobody sees breaking.

use std::{cell::Cell, collections::BTreeSet, convert::Infallible, fs, future::Ready, path::Path};

use tower_postern::{bearer, hide, net, predicate, rule};

fn send<T: Send>() {}
fn sync<T: Sync>() {}
fn unpin<T: Unpin>() {}
fn clone<T: Clone>() {}

/// All of the above, and `Debug`.
fn plain<T: Send + Sync + Unpin + Clone + std::fmt::Debug>() {}

/// The same without `Clone`: what is used once, or owns what cannot be cloned.
fn single<T: Send + Sync + Unpin + std::fmt::Debug>() {}

/// A hook of the user's that says nothing about itself.
type Hook<T> = fn(&T) -> bool;

#[test]
fn the_root() {
    plain::<tower_postern::ConfigError>();
    plain::<tower_postern::ConfigErrorKind>();
    plain::<tower_postern::RequestHead<'_>>();
    plain::<tower_postern::Secret>();
    plain::<tower_postern::SystemClock>();
}

#[test]
fn addresses() {
    plain::<net::ClientAddr>();
    plain::<net::ForwardingHeader>();
    plain::<net::Listener>();
    plain::<net::NetworkHandle>();
    plain::<net::NetworkSet>();
    plain::<net::PeerAddr>();
    plain::<net::PeerCertificate>();
    plain::<net::TrustedProxies>();
    plain::<net::UnknownClient>();
}

#[test]
fn predicates() {
    plain::<predicate::All<u8>>();
    plain::<predicate::And<u8, u8>>();
    plain::<predicate::Any<u8>>();
    plain::<predicate::ClosurePredicate<Hook<u8>>>();
    plain::<predicate::Not<u8>>();
    plain::<predicate::Or<u8, u8>>();
    plain::<predicate::Verdict>();
}

#[test]
fn rules() {
    plain::<rule::ClientAddr>();
    plain::<rule::ClientCertificate<Hook<net::PeerCertificate>>>();
    plain::<rule::Header>();
    plain::<rule::Host>();
    plain::<rule::Listener>();
    plain::<rule::Method>();
    plain::<rule::Path>();
    plain::<rule::Scope>();
    plain::<rule::Switch>();
    // The identity is borrowed while it is asked about, and no part of the rule.
    plain::<rule::Identity<Cell<u8>, Hook<Cell<u8>>>>();
}

#[test]
fn hiding() {
    type Layer<C> = tower_postern::HideLayer<C>;
    type Service<C> = hide::Hide<u8, C>;
    /// `Send`, and not `Sync`: a boxed service that can be cloned.
    type Boxed = hide::Fallback<Cell<u8>>;

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
    single::<hide::Shared>();

    send::<hide::ResponseFuture<u8, u8>>();
    sync::<hide::ResponseFuture<u8, u8>>();
    unpin::<hide::ResponseFuture<u8, u8>>();
    send::<hide::NoStoreFuture<u8>>();
    unpin::<hide::NoStoreFuture<u8>>();
    send::<hide::FallbackFuture<Inner, u8, Infallible>>();
    send::<hide::RerouteFuture<Ready<u8>>>();
    send::<hide::LateFuture<Inner, u8, hide::NotFound>>();
}

#[test]
fn bearer_tokens() {
    /// As a validator, a hook, an inner service or an identity, it has no say in the traits below.
    type Layer = tower_postern::BearerAuthLayer<u8>;
    type Service = bearer::BearerAuth<u8, u8>;
    /// `Send`, and not `Sync`: a boxed service that can be cloned.
    type Boxed = bearer::BearerAuth<Cell<u8>, u8>;
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
    plain::<bearer::Revocable<u8, u8>>();
    plain::<bearer::RevocationList>();
    plain::<bearer::RevocationListFull>();

    // Whatever the identity is, an erased validator is shared between threads.
    plain::<bearer::ErasedValidator<Cell<u8>>>();

    send::<Future>();
    unpin::<Future>();
    send::<bearer::RequireFuture<u8>>();
    sync::<bearer::RequireFuture<u8>>();
    unpin::<bearer::RequireFuture<u8>>();
}

#[cfg(feature = "api-key")]
#[test]
fn api_keys() {
    use tower_postern::api_key;

    plain::<api_key::ApiKey>();
    single::<api_key::ApiKeys>();
    plain::<api_key::StaticKey>();
}

#[cfg(feature = "axum")]
#[test]
fn axum() {
    plain::<tower_postern::axum::Authenticated<u8>>();
    plain::<tower_postern::axum::ClientAddr>();
    plain::<tower_postern::axum::UnknownClientRejection>();
}

#[cfg(feature = "jwt")]
#[test]
fn tokens() {
    use tower_postern::jwt;

    plain::<jwt::Algorithm>();
    plain::<jwt::ClaimError>();
    plain::<jwt::ClaimValue>();
    plain::<jwt::Claims>();
    single::<jwt::Issuers<u8>>();
    plain::<jwt::Jwt<jwt::Claims>>();
    single::<jwt::JwtValidator<jwt::Claims>>();
    plain::<jwt::KeyFile>();
    plain::<jwt::KeyHandle>();
    plain::<jwt::TokenCache>();
    single::<jwt::JwtValidatorBuilder<jwt::Claims>>();
    single::<jwt::KeyList>();
}

#[cfg(feature = "jwks")]
#[test]
fn remote_keys() {
    use tower_postern::{fetch, jwt};

    plain::<fetch::FetchError>();
    plain::<fetch::FetchErrorKind>();
    plain::<fetch::FetchRequest>();
    plain::<fetch::FetchResponse>();
    plain::<fetch::HttpsClient>();
    plain::<jwt::RemoteKeys>();
    plain::<jwt::Tenants<jwt::Claims>>();
    single::<jwt::RemoteKeysBuilder>();
    single::<jwt::TenantsBuilder<jwt::Claims>>();
}

#[cfg(feature = "openapi")]
#[test]
fn documents() {
    use tower_postern::openapi;

    plain::<openapi::DocumentBody>();
    plain::<openapi::OpenApi>();
    plain::<openapi::Operation<'_>>();
    plain::<openapi::Operations>();
    plain::<openapi::Protection>();
    plain::<openapi::Protections>();
    plain::<openapi::SecurityScheme>();
    single::<openapi::OpenApiBuilder>();
    single::<openapi::ResponseFuture>();
}

#[cfg(feature = "tonic-health")]
#[test]
fn health() {
    use tower_postern::tonic::health;

    plain::<health::Health<u8>>();
}

#[cfg(any(feature = "tonic-health", feature = "tonic-reflection"))]
#[test]
fn what_tells_of_grpc_services() {
    use tower_postern::tonic;

    send::<tonic::ResponseFuture>();
    unpin::<tonic::ResponseFuture>();
}

#[cfg(feature = "tonic-reflection")]
#[test]
fn reflection() {
    use tower_postern::tonic::reflection;

    plain::<reflection::Reflection>();
    plain::<reflection::ReflectionV1>();
    plain::<reflection::ReflectionV1Alpha>();
    single::<reflection::ReflectionBuilder>();
}

#[cfg(feature = "test-util")]
#[test]
fn the_kit() {
    use tower_postern::test_util;

    plain::<test_util::Difference>();
    #[cfg(feature = "openapi")]
    plain::<test_util::NoBody>();
    plain::<test_util::Timing>();
    single::<test_util::Parity>();
    // A request's body: as that of Hyper, it is read by one.
    send::<test_util::Received>();
    unpin::<test_util::Received>();
}

#[test]
fn no_public_type_is_forgotten_here() {
    let here = include_str!("auto_traits.rs");
    let says = |name: &str| {
        here.match_indices(name).any(|(at, _)| {
            let before = here[..at].chars().next_back();
            let after = here[at + name.len()..].chars().next();
            let part =
                |letter: Option<char>| letter.is_some_and(|l| l.is_alphanumeric() || l == '_');
            !part(before) && !part(after)
        })
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let types = public_types(&source, &source);
    assert!(types.len() > 100, "{types:?}");
    let forgotten: Vec<_> = types
        .iter()
        .filter(|(modules, name)| {
            let mut modules = modules.iter().map(String::as_str).chain(["tower_postern"]);
            !modules.any(|module| says(&format!("{module}::{name}")))
        })
        .collect();
    assert!(forgotten.is_empty(), "say what they can do: {forgotten:?}");
}

/// Modules and name of all that is `pub` in the source. What is so and cannot be reached from outside is a warning of the
/// compiler.
fn public_types(root: &Path, folder: &Path) -> BTreeSet<(Vec<String>, String)> {
    let mut types = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            types.append(&mut public_types(root, &path));
            continue;
        }
        let inside = path.strip_prefix(root).unwrap().with_extension("");
        let modules = inside.iter().map(|part| part.to_str().unwrap().to_owned());
        let modules: Vec<_> = modules.collect();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let line = line.trim_start();
            let name = ["pub struct ", "pub enum ", "pub union "]
                .iter()
                .find_map(|start| line.strip_prefix(start));
            if let Some(name) = name {
                let end = name.find(|letter: char| !letter.is_alphanumeric());
                let name = &name[..end.unwrap_or(name.len())];
                types.insert((modules.clone(), name.to_owned()));
            }
        }
    }
    types
}

/// Any service of HTTP.
struct Inner;

impl tower::Service<http::Request<u8>> for Inner {
    type Response = http::Response<u8>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Self::Error>>;

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
