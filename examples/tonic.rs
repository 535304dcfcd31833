//! A gRPC server: an open health service, a greeter that wants a token, and an admin service that is there for the inside only.
//!
//! ```sh
//! cargo run --features tonic --example tonic    # PORT=0 lets the system pick a port
//! ```
//!
//! It prints a token that may administer (ADMIN) and one that may not (ANN). Any gRPC client can call it, and so can the example
//! itself:
//!
//! ```sh
//! grpc() { cargo run -q --features tonic --example tonic call "$@"; }
//! grpc http://127.0.0.1:50051/grpc.health.v1.Health/Check           # grpc-status: 0, exempt
//! grpc http://127.0.0.1:50051/demo.Greeter/Hello                    # grpc-status: 16, and a challenge
//! grpc http://127.0.0.1:50051/demo.Greeter/Hello $ANN               # grpc-status: 0, hello ann
//! grpc http://127.0.0.1:50051/demo.Admin/Stats $ANN                 # grpc-status: 7, and the scope that is missing
//! grpc http://127.0.0.1:50051/demo.Admin/Stats $ADMIN               # grpc-status: 0, for root: 42 calls
//! grpc http://127.0.0.1:50051/demo.Admin/Stats $ADMIN 127.0.0.2     # grpc-status: 12, from outside (on Linux): not there, and
//! grpc http://127.0.0.1:50051/demo.Absent/Stats $ADMIN 127.0.0.2    # grpc-status: 12, so says what never was
//! ```
#![expect(
    clippy::print_stdout,
    reason = "it tells its tokens and how to call it"
)]

use std::error::Error;

use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    client::Grpc,
    service::{LayerExt, Routes},
    transport::{Endpoint, Server, Uri, server::TcpIncoming},
};
use tonic_prost::ProstCodec;
use tower_postern::{
    BearerAuthLayer, Secret,
    bearer::{self, AuthError, Grant, RequireLayer, Verified, immediate},
    rule, scopes,
    tonic::hide_routes,
};

use self::demo::{Admin, Empty, Greeter, Reply};

/// The identity, or the refusal: `?` makes a `Status` of it, and the layer outside answers with its challenge.
fn hello(request: &Request<Empty>) -> Result<Response<Reply>, Status> {
    let name = bearer::authenticated::<&str>(request.extensions())?;
    Ok(Reply::new(format!("hello {name}")))
}

fn stats(request: &Request<Empty>) -> Result<Response<Reply>, Status> {
    let name = bearer::authenticated::<&str>(request.extensions())?;
    Ok(Reply::new(format!("for {name}: 42 calls")))
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let (admin, ann) = (random()?, random()?);
    let (admin_secret, ann_secret) = (Secret::from(admin.as_str()), Secret::from(ann.as_str()));
    let validator = immediate(move |credentials| {
        let token = credentials.token().as_bytes();
        if admin_secret.matches(token) {
            Ok(Verified::new("root").with_grant(Grant::builder().scopes(scopes!("admin")).build()))
        } else if ann_secret.matches(token) {
            Ok(Verified::new("ann"))
        } else {
            Err(AuthError::invalid_token())
        }
    });
    let auth = BearerAuthLayer::new(validator)
        .realm("demo")?
        .exempt(rule::under(["/grpc.health.v1.Health"])?);

    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<Greeter>().await;

    let public = Routes::new(health_service).add_service(Greeter(hello));
    let hidden = Routes::new(RequireLayer::scope("admin")?.named_layer(Admin(stats)));
    let services = hide_routes(public, hidden, rule::client_addr(["127.0.0.1/32"])?);

    let port = std::env::var("PORT").unwrap_or_else(|_| "50051".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    println!("ADMIN={admin}\nANN={ann}");
    let server = Server::builder().layer(auth).add_routes(services);
    Ok(server
        .serve_with_incoming(TcpIncoming::from(listener))
        .await?)
}

/// The client: a URL, then perhaps a token, then perhaps the address to call from.
async fn call(
    url: &str,
    token: Option<&String>,
    from: Option<&String>,
) -> Result<(), Box<dyn Error>> {
    let uri = url.parse::<Uri>()?;
    let method = uri
        .path_and_query()
        .cloned()
        .ok_or("the URL has no method")?;
    let from = from.map(|from| from.parse()).transpose()?;
    let mut client = Grpc::new(Endpoint::from(uri).local_address(from).connect().await?);
    client.ready().await?;

    let mut request = Request::new(Empty {});
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse()?;
        request.metadata_mut().insert("authorization", value);
    }
    let codec = ProstCodec::<Empty, Reply>::default();
    match client.unary(request, method, codec).await {
        Ok(reply) => println!("grpc-status: 0, {}", reply.get_ref().text),
        Err(status) => {
            println!(
                "grpc-status: {}, {}",
                i32::from(status.code()),
                status.message()
            );
            for challenge in status.metadata().get_all("www-authenticate") {
                println!("www-authenticate: {}", challenge.to_str()?);
            }
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => serve().await,
        [verb, url, rest @ ..] if verb == "call" => call(url, rest.first(), rest.get(1)).await,
        _ => Err("without arguments it serves; to call it: call URL [TOKEN [ADDRESS]]".into()),
    }
}

fn random() -> Result<String, Box<dyn Error>> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system gives no random bytes")?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// What `tonic-prost-build` makes of a `.proto` file: here by hand, so that the example needs no `protoc`.
mod demo {
    use std::{
        convert::Infallible,
        future::{Ready, ready},
        pin::Pin,
        task::{Context, Poll},
    };

    use tonic::{
        Request, Response, Status,
        body::Body,
        codegen::{Service, StdError, http},
        server::{Grpc, NamedService, UnaryService},
    };
    use tonic_prost::ProstCodec;

    #[derive(Clone, PartialEq, Eq, prost::Message)]
    pub(super) struct Empty {}

    #[derive(Clone, PartialEq, Eq, prost::Message)]
    pub(super) struct Reply {
        #[prost(string, tag = "2")]
        pub(super) text: String,
    }

    impl Reply {
        pub(super) fn new(text: String) -> Response<Self> {
            Response::new(Self { text })
        }
    }

    type Method = fn(&Request<Empty>) -> Result<Response<Reply>, Status>;

    struct Unary(Method);

    impl UnaryService<Empty> for Unary {
        type Response = Reply;
        type Future = Ready<Result<Response<Reply>, Status>>;

        fn call(&mut self, request: Request<Empty>) -> Self::Future {
            ready((self.0)(&request))
        }
    }

    macro_rules! service {
        ($type:ident, $name:literal, $method:literal) => {
            #[derive(Clone)]
            pub(super) struct $type(pub(super) Method);

            impl NamedService for $type {
                const NAME: &'static str = $name;
            }

            impl<B> Service<http::Request<B>> for $type
            where
                B: tonic::codegen::Body + Send + 'static,
                B::Error: Into<StdError> + Send + 'static,
            {
                type Response = http::Response<Body>;
                type Error = Infallible;
                type Future =
                    Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

                fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                    Poll::Ready(Ok(()))
                }

                fn call(&mut self, request: http::Request<B>) -> Self::Future {
                    let method = Unary(self.0);
                    Box::pin(async move {
                        Ok(match request.uri().path() {
                            concat!("/", $name, "/", $method) => {
                                Grpc::new(ProstCodec::default())
                                    .unary(method, request)
                                    .await
                            }
                            _ => Status::unimplemented("").into_http(),
                        })
                    })
                }
            }
        };
    }

    service!(Greeter, "demo.Greeter", "Hello");
    service!(Admin, "demo.Admin", "Stats");
}
