//! A service as it goes to production: the layers around it in their order, scopes by route and by method, a refusal that
//! the handler raises, refusals as problem documents.
//!
//! ```sh
//! cargo run --features axum --example axum    # PORT=0 lets the system pick a port
//! ```
//!
//! It prints a token that may read orders (READER) and one that may write them too (WRITER), to be sent like this:
//!
//! ```sh
//! curl -i http://127.0.0.1:3000/health                                                  # 200: exempt
//! curl -i http://127.0.0.1:3000/hello                                                   # 401: the whole router is guarded
//! curl -i -H "Authorization: Bearer $READER" http://127.0.0.1:3000/hello                # 200
//! curl -i -H "Authorization: Bearer $READER" http://127.0.0.1:3000/orders               # 200
//! curl -i -H "Authorization: Bearer $READER" -X POST http://127.0.0.1:3000/orders       # 403: names the scope it needs
//! curl -i -H "Authorization: Bearer $WRITER" -X POST http://127.0.0.1:3000/orders       # 200
//! curl -i -H "Authorization: Bearer $WRITER" -X DELETE http://127.0.0.1:3000/orders/7   # 403: the handler says no
//! curl -i -X OPTIONS -H 'Origin: https://shop.example' -H 'Access-Control-Request-Method: POST' \
//!     -H 'Access-Control-Request-Headers: authorization' http://127.0.0.1:3000/orders   # 200: CORS stands outside
//! curl -i http://127.0.0.1:3000/metrics                                                 # 200: you are inside
//! curl -i --interface 127.0.0.2 http://127.0.0.1:3000/metrics                           # 401 (on Linux), as is
//! curl -i --interface 127.0.0.2 http://127.0.0.1:3000/absent                            # 401: what never was
//! ```
#![expect(
    clippy::print_stdout,
    reason = "it tells its tokens and how to call it"
)]

use std::{error::Error, iter::once, net::SocketAddr};

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, Method, header},
    routing::{delete, get, post},
};
use tokio::net::TcpListener;
use tower_http::{
    cors::CorsLayer, sensitive_headers::SetSensitiveRequestHeadersLayer, trace::TraceLayer,
};
use tower_postern::{
    BearerAuthLayer, Secret,
    axum::{Authenticated, hide_routes},
    bearer::{AuthError, Grant, ProblemJson, RequireLayer, ScopeSet, Verified, immediate},
    rule, scopes,
};

async fn health() -> &'static str {
    "ok\n"
}

async fn hello(Authenticated(client): Authenticated<&'static str>) -> String {
    format!("hello {client}\n")
}

async fn orders() -> &'static str {
    "order 7, for bob\n"
}

async fn order(Authenticated(client): Authenticated<&'static str>) -> String {
    format!("ordered by {client}\n")
}

/// Whose order it is only the handler knows. What it raises is answered by the layer.
async fn cancel(
    Path(id): Path<u64>,
    Authenticated(client): Authenticated<&'static str>,
) -> Result<String, AuthError> {
    let owner = "bob";
    if client != owner {
        return Err(AuthError::forbidden()); // and no challenge: no other token of this client would help
    }
    Ok(format!("order {id} is cancelled\n"))
}

async fn metrics() -> &'static str {
    "requests 42\n"
}

fn app(readers: Secret, writers: Secret) -> Result<Router, Box<dyn Error>> {
    let grant = |scopes: ScopeSet| Grant::builder().scopes(scopes).build();
    let validator = immediate(move |credentials| {
        let token = credentials.token().as_bytes();
        if readers.matches(token) {
            Ok(Verified::new("reader").with_grant(grant(scopes!("orders:read"))))
        } else if writers.matches(token) {
            Ok(Verified::new("writer").with_grant(grant(scopes!("orders:read orders:write"))))
        } else {
            Err(AuthError::invalid_token())
        }
    });
    let auth = BearerAuthLayer::new(validator)
        .realm("shop")?
        .exempt(rule::path(["/health"])?)
        .reject_with(ProblemJson);

    // The guard is around the whole router, so that a route that somebody adds is guarded too. Paths that are not there
    // answer 401 as well: from outside, nobody can tell which there are.
    let public = Router::new()
        .route("/health", get(health))
        .route("/hello", get(hello))
        .route(
            "/orders",
            get(orders).route_layer(RequireLayer::scope("orders:read")?),
        )
        .route(
            "/orders",
            post(order).route_layer(RequireLayer::scope("orders:write")?),
        )
        .route(
            "/orders/{id}",
            delete(cancel).route_layer(RequireLayer::scope("orders:write")?),
        )
        .layer(auth);
    let hidden = Router::new().route("/metrics", get(metrics));

    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static("https://shop.example"))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([header::AUTHORIZATION])
        .expose_headers([header::WWW_AUTHENTICATE]);

    // The last line is the outermost: the token is marked before anything prints it, and preflights, which carry no token,
    // are answered before anybody asks for one.
    Ok(
        hide_routes(public, hidden, rule::client_addr(["127.0.0.1/32"])?)
            .layer(cors)
            .layer(TraceLayer::new_for_http())
            .layer(SetSensitiveRequestHeadersLayer::new(once(
                header::AUTHORIZATION,
            ))),
    )
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter("tower_http=debug,tower_postern=debug")
        .init();
    let (reader, writer) = (random()?, random()?);
    let app = app(reader.as_str().into(), writer.as_str().into())?;

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    println!("READER={reader}\nWRITER={writer}");
    let app = app.into_make_service_with_connect_info::<SocketAddr>(); // what `client_addr` asks for
    Ok(axum::serve(listener, app).await?)
}

fn random() -> Result<String, Box<dyn Error>> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system gives no random bytes")?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
