//! What `tonic-prost-build` would generate, by hand: services whose messages are strings.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tonic::{
    Status, Streaming,
    body::Body as TonicBody,
    server::{Grpc, NamedService, ServerStreamingService, UnaryService},
};
use tonic_prost::ProstCodec;
use tower::Service;

pub(crate) type Handler = fn(tonic::Request<String>) -> Result<tonic::Response<String>, Status>;

/// Says hello to whom the message names.
#[expect(clippy::unnecessary_wraps, reason = "it is a `Handler`")]
pub(crate) fn hello(request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
    Ok(tonic::Response::new(format!(
        "hello {}",
        request.into_inner()
    )))
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[derive(Clone, Copy)]
struct Method(Handler);

impl UnaryService<String> for Method {
    type Response = String;
    type Future = std::future::Ready<Result<tonic::Response<String>, Status>>;

    fn call(&mut self, request: tonic::Request<String>) -> Self::Future {
        std::future::ready((self.0)(request))
    }
}

impl ServerStreamingService<String> for Method {
    type Response = String;
    type ResponseStream =
        futures_util::stream::Iter<std::array::IntoIter<Result<String, Status>, 2>>;
    type Future = std::future::Ready<Result<tonic::Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: tonic::Request<String>) -> Self::Future {
        let answer = (self.0)(request).map(|answer| {
            answer.map(|text| futures_util::stream::iter([Ok(text.clone()), Ok(text)]))
        });
        std::future::ready(answer)
    }
}

macro_rules! service {
    ($type:ident, $name:literal) => {
        /// Has two methods: `Say`, which answers once, and `Repeat`, which answers with a stream of two.
        #[derive(Clone, Copy)]
        pub(crate) struct $type(pub(crate) Handler);

        impl NamedService for $type {
            const NAME: &'static str = $name;
        }

        impl<B> Service<Request<B>> for $type
        where
            B: Body<Data = Bytes> + Send + 'static,
            B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
        {
            type Response = Response<TonicBody>;
            type Error = Infallible;
            type Future = BoxFuture<Result<Self::Response, Infallible>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: Request<B>) -> Self::Future {
                let method = Method(self.0);
                Box::pin(async move {
                    let mut grpc = Grpc::new(ProstCodec::<String, String>::default());
                    Ok(match request.uri().path() {
                        concat!("/", $name, "/Say") => grpc.unary(method, request).await,
                        concat!("/", $name, "/Repeat") => {
                            grpc.server_streaming(method, request).await
                        }
                        _ => Status::unimplemented("").into_http(),
                    })
                })
            }
        }
    };
}

service!(Greeter, "test.Greeter");
service!(Admin, "test.Admin");

/// Calls a method that answers with a stream.
pub(crate) async fn stream(
    channel: tonic::transport::Channel,
    path: &'static str,
    request: tonic::Request<String>,
) -> Result<Streaming<String>, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static(path);
    let codec = ProstCodec::<String, String>::default();
    let answer = client.server_streaming(request, path, codec).await?;
    Ok(answer.into_inner())
}
