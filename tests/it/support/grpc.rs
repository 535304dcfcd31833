//! Two gRPC services of one kind, as generated code would have them: messages are strings.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use tonic::{
    Status,
    body::Body,
    server::{Grpc, NamedService, UnaryService},
};
use tonic_prost::ProstCodec;
use tower::Service;

/// What answers each method.
pub(crate) type Handler = fn(tonic::Request<String>) -> Result<tonic::Response<String>, Status>;

#[derive(Clone)]
pub(crate) struct Greeter(pub(crate) Handler);

#[derive(Clone)]
pub(crate) struct Admin(pub(crate) Handler);

struct Unary(Handler);

impl UnaryService<String> for Unary {
    type Response = String;
    type Future = Ready<Result<tonic::Response<String>, Status>>;

    fn call(&mut self, request: tonic::Request<String>) -> Self::Future {
        ready((self.0)(request))
    }
}

macro_rules! service {
    ($type:ident, $name:literal: $($method:literal),*) => {
        impl NamedService for $type {
            const NAME: &'static str = $name;
        }

        impl<B> Service<Request<B>> for $type
        where
            B: http_body::Body<Data = Bytes> + Send + 'static,
            B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
        {
            type Response = Response<Body>;
            type Error = Infallible;
            type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: Request<B>) -> Self::Future {
                let handler = self.0;
                Box::pin(async move {
                    Ok(match request.uri().path() {
                        $(concat!("/", $name, "/", $method) => {
                            let codec = ProstCodec::<String, String>::default();
                            Grpc::new(codec).unary(Unary(handler), request).await
                        })*
                        _ => Status::unimplemented("").into_http(),
                    })
                })
            }
        }
    };
}

service!(Greeter, "test.Greeter": "Hello", "Whoami");
service!(Admin, "test.Admin": "Stats");
