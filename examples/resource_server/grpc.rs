//! The gRPC services, by hand: what a generator would write, for two services of a few unary methods.

use std::{
    convert::Infallible,
    error::Error,
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use axum::http;
use futures_util::FutureExt;
use tonic::{
    Request, Response, Status,
    body::Body,
    server::{Grpc, NamedService, UnaryService},
    service::{LayerExt, Routes},
};
use tonic_health::{
    ServingStatus,
    server::{HealthReporter, HealthService},
};
use tonic_prost::ProstCodec;
use tower_postern::{
    ConfigError, HideLayer,
    bearer::{self, AuthError, ScopeSet},
    hide::NoStoreLayer,
    jwt::{Claims, Jwt},
    predicate::{Predicate, predicate},
    rule,
    tonic::{health::Health, hide_routes, reflection::Reflection},
};

use crate::{
    descriptors,
    routes::Visible,
    settings::{HideMode, Settings},
};

/// The services: `demo.Echo` is there for all, `demo.Inner` for those inside; health and reflection tell of both, each caller of
/// those that it may call.
pub(crate) fn routes(settings: &Settings, visible: &Visible) -> Result<Routes, ConfigError> {
    let read = settings.scope_read.clone();
    let hidden = match &visible.inside {
        Some(inside) => rule::under(["/demo.Inner"])?
            .and(inside.clone().not())
            .erased(),
        None => predicate(|_| false).erased(), // there is no `demo.Inner`
    };
    let has_inner = visible.inside.is_some();
    let reflection = reflection(has_inner, read.is_some(), hidden.clone())?;
    let public = Routes::new(Echo { read })
        .add_service(health(has_inner, hidden.clone()))
        .add_service(reflection.v1())
        .add_service(reflection.v1alpha());
    let Some(inside) = visible.inside.clone() else {
        return Ok(public);
    };
    Ok(match settings.hide_mode {
        HideMode::Fallback => hide_routes(public, Routes::new(Inner), inside),
        HideMode::Reroute => {
            let all = public.add_service(NoStoreLayer::new().named_layer(Inner));
            let layer = HideLayer::when(hidden).reroute();
            axum::Router::new().fallback_service(layer.wrap(all)).into()
        }
    })
}

fn reflection(
    has_inner: bool,
    has_orders: bool,
    hidden: impl Predicate,
) -> Result<Reflection, ConfigError> {
    let mut echo = vec![("Ping", "Note"), ("Whoami", "Note")];
    if has_orders {
        echo.push(("Orders", "Note"));
    }
    let mut services = vec![("Echo", echo.as_slice())];
    if has_inner {
        services.push(("Inner", &[("Stats", "Counts")]));
    }
    Reflection::builder()
        .register_encoded_file_descriptor_set(descriptors::encoded(&services))
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .hide_when(hidden)
        .build()
}

fn health(has_inner: bool, hidden: impl Predicate) -> Health<HealthService> {
    let reporter = HealthReporter::new();
    let names = [Some(Echo::NAME), has_inner.then_some(Inner::NAME)];
    for name in names.into_iter().flatten() {
        let set = reporter.set_service_status(name, ServingStatus::Serving);
        set.now_or_never(); // nobody else has the reporter yet: there is nothing to wait for
    }
    Health::hide_when(HealthService::from_health_reporter(reporter), hidden)
}

/// What every method takes, and most return.
#[derive(Clone, PartialEq, prost::Message)]
struct Note {
    #[prost(string, tag = "1")]
    text: String,
}

/// What `demo.Inner` returns.
#[derive(Clone, PartialEq, prost::Message)]
struct Counts {
    #[prost(string, tag = "1")]
    text: String,
}

/// `demo.Echo`: `Ping` is open, `Whoami` wants a token, `Orders` one with a scope.
#[derive(Clone)]
struct Echo {
    /// Without it there is no `Orders`.
    read: Option<ScopeSet>,
}

/// `demo.Inner`: hidden from all who call from outside.
#[derive(Clone)]
struct Inner;

fn ping(request: &Request<Note>) -> Note {
    request.get_ref().clone()
}

/// The identity, or the refusal: `?` makes a `Status` of it, and the layer outside answers with its challenge.
fn whoami(request: &Request<Note>) -> Result<Note, Status> {
    let claims = bearer::authenticated::<Jwt<Claims>>(request.extensions())?;
    Ok(Note {
        text: claims.subject().unwrap_or_default().to_owned(),
    })
}

fn orders(request: &Request<Note>, read: &ScopeSet) -> Result<Note, Status> {
    let claims = bearer::authenticated::<Jwt<Claims>>(request.extensions())
        .map_err(|error| error.with_scopes(read.clone()))?;
    if !claims.grant().scopes().contains_all(read) {
        return Err(AuthError::insufficient_scope(read.clone()).into());
    }
    whoami(request)
}

fn stats() -> Counts {
    Counts {
        text: "metrics-secret".to_owned(),
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

/// One unary method, by what it does with a message.
struct Unary<H>(H);

impl<H, R> UnaryService<Note> for Unary<H>
where
    H: Fn(&Request<Note>) -> Result<R, Status>,
{
    type Response = R;
    type Future = Ready<Result<Response<R>, Status>>;

    fn call(&mut self, request: Request<Note>) -> Self::Future {
        ready((self.0)(&request).map(Response::new))
    }
}

fn unary<B, R>(
    request: http::Request<B>,
    method: impl Fn(&Request<Note>) -> Result<R, Status> + Send + 'static,
) -> Answer
where
    R: prost::Message + Default + 'static,
    B: http_body::Body<Error: Into<Box<dyn Error + Send + Sync>> + Send> + Send + 'static,
{
    Box::pin(async move {
        let mut grpc = Grpc::new(ProstCodec::<R, Note>::default());
        Ok(grpc.unary(Unary(method), request).await)
    })
}

fn no_such_method() -> Answer {
    Box::pin(async { Ok(Status::unimplemented("").into_http()) })
}

impl NamedService for Echo {
    const NAME: &'static str = "demo.Echo";
}

impl<B> tower::Service<http::Request<B>> for Echo
where
    B: http_body::Body<Error: Into<Box<dyn Error + Send + Sync>> + Send> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Answer {
        match (request.uri().path(), &self.read) {
            ("/demo.Echo/Ping", _) => unary(request, |request| Ok(ping(request))),
            ("/demo.Echo/Whoami", _) => unary(request, whoami),
            ("/demo.Echo/Orders", Some(read)) => {
                let read = read.clone();
                unary(request, move |request| orders(request, &read))
            }
            _ => no_such_method(),
        }
    }
}

impl NamedService for Inner {
    const NAME: &'static str = "demo.Inner";
}

impl<B> tower::Service<http::Request<B>> for Inner
where
    B: http_body::Body<Error: Into<Box<dyn Error + Send + Sync>> + Send> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Answer {
        match request.uri().path() {
            "/demo.Inner/Stats" => unary(request, |_| Ok(stats())),
            _ => no_such_method(),
        }
    }
}
