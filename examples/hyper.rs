//! Both layers around a plain function, on Hyper alone: no framework, no router.
//!
//! ```sh
//! cargo run --example hyper    # PORT=0 lets the system pick a port
//! ```
//!
//! It prints a token, to be sent like this:
//!
//! ```sh
//! curl -i http://127.0.0.1:3000/                                            # 200: open to all
//! curl -i http://127.0.0.1:3000/me                                          # 401
//! curl -i -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/me        # 200: robot
//! curl -i http://127.0.0.1:3000/internal/metrics                            # 200: you are inside
//! curl -i --interface 127.0.0.2 http://127.0.0.1:3000/internal/metrics      # 404 (on Linux): not there, and
//! curl -i --interface 127.0.0.2 http://127.0.0.1:3000/internal/absent       # 404: so says what never was
//! ```
#![expect(clippy::print_stdout, reason = "it tells its token and how to call it")]

use std::{convert::Infallible, error::Error};

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};
use tower_postern::{
    BearerAuthLayer, HideLayer, Secret,
    bearer::{self, AuthError, Verified, immediate},
    net::PeerAddr,
    predicate::Predicate,
    rule,
};

#[derive(Clone)]
struct Client {
    name: String,
}

async fn answer(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let (status, body) = match request.uri().path() {
        "/" => (StatusCode::OK, "open to all\n".to_owned()),
        "/me" => match bearer::authenticated::<Client>(request.extensions()) {
            Ok(client) => (StatusCode::OK, format!("{}\n", client.name)),
            Err(error) => return Ok(bearer::raise(error)), // the layer outside answers, with its challenge
        },
        "/internal/metrics" => (StatusCode::OK, "requests 42\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, String::new()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    Ok(response)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = random()?;
    let secret = Secret::from(token.as_str());
    let validator = immediate(move |credentials| {
        if secret.matches(credentials.token().as_bytes()) {
            Ok(Verified::new(Client {
                name: "robot".to_owned(),
            }))
        } else {
            Err(AuthError::invalid_token())
        }
    });

    // The outermost first: what is hidden is not there for the bearer layer either.
    let inside = rule::client_addr(["127.0.0.1/32"])?;
    let layers = ServiceBuilder::new()
        .layer(HideLayer::when(rule::under(["/internal"])?.and(inside.not())).not_found())
        .layer(
            BearerAuthLayer::new(validator)
                .realm("hyper")?
                .when(rule::path(["/me"])?),
        );

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    println!("TOKEN={token}");

    loop {
        let (io, peer) = listener.accept().await?;
        // Nobody but the accept loop knows the peer, so it says so to the rule.
        let service = ServiceBuilder::new()
            .map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(PeerAddr(peer));
                request
            })
            .layer(layers.clone())
            .service(service_fn(answer));
        tokio::spawn(async move {
            // An error here is a connection that broke, of which nobody needs to know.
            Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(io), TowerToHyperService::new(service))
                .await
                .ok();
        });
    }
}

fn random() -> Result<String, Box<dyn Error>> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system gives no random bytes")?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
