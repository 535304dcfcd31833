//! The gRPC services, by hand: what a generator would write, for two services of a few unary methods.

use std::{
    convert::Infallible,
    error::Error,
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use axum::http;
use tonic::{
    Request, Response, Status,
    body::Body,
    server::{Grpc, NamedService, UnaryService},
    service::{LayerExt, Routes},
};
use tonic_prost::ProstCodec;
use tower_postern::{
    ConfigError, HideLayer,
    bearer::{self, AuthError, ScopeSet},
    hide::NoStoreLayer,
    jwt::{Claims, Jwt},
    predicate::Predicate,
    rule,
    tonic::hide_routes,
};

use crate::{
    routes::Visible,
    settings::{HideMode, Settings},
};

/// The services: `demo.Echo` is there for all, `demo.Inner` for those inside.
pub(crate) fn routes(settings: &Settings, visible: &Visible) -> Result<Routes, ConfigError> {
    let public = Routes::new(Echo {
        read: settings.scope_read.clone(),
    });
    let Some(inside) = visible.inside.clone() else {
        return Ok(public);
    };
    Ok(match settings.hide_mode {
        HideMode::Fallback => hide_routes(public, Routes::new(Inner), inside),
        HideMode::Reroute => {
            let all = public.add_service(NoStoreLayer::new().named_layer(Inner));
            let hidden = rule::under(["/demo.Inner"])?.and(inside.not());
            let layer = HideLayer::when(hidden).reroute();
            axum::Router::new().fallback_service(layer.wrap(all)).into()
        }
    })
}

/// The message of every method, both ways.
#[derive(Clone, PartialEq, prost::Message)]
struct Note {
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

fn stats() -> Note {
    Note {
        text: "metrics-secret".to_owned(),
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

/// One unary method, by what it does with a message.
struct Unary<H>(H);

impl<H: Fn(&Request<Note>) -> Result<Note, Status>> UnaryService<Note> for Unary<H> {
    type Response = Note;
    type Future = Ready<Result<Response<Note>, Status>>;

    fn call(&mut self, request: Request<Note>) -> Self::Future {
        ready((self.0)(&request).map(Response::new))
    }
}

fn unary<B>(
    request: http::Request<B>,
    method: impl Fn(&Request<Note>) -> Result<Note, Status> + Send + 'static,
) -> Answer
where
    B: http_body::Body<Error: Into<Box<dyn Error + Send + Sync>> + Send> + Send + 'static,
{
    Box::pin(async move {
        let mut grpc = Grpc::new(ProstCodec::<Note, Note>::default());
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
