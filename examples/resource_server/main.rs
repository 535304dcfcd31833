//! A resource server as an operator deploys it: set up by environment variables alone, with HTTP/1.1, HTTP/2 (prior knowledge)
//! and gRPC on one port. Read [`settings`] for the variables, [`routes`] to see what is open, guarded and hidden, [`stack`]
//! for the layers around it in their order, [`tokens`] for what a token must be like, [`table`] for how the OpenAPI document
//! follows from the routes.
//!
//! ```sh
//! LISTEN=127.0.0.1:8080 RESOURCE=https://api.example ISSUER=https://id.example AUDIENCE=https://api.example \
//!     JWKS_FILE=jwks.json SCOPE_READ=orders:read INTERNAL_NETS=127.0.0.2/32 \
//!     cargo run --release --features full --example resource_server
//!
//! curl -i http://127.0.0.1:8080/public                                               # 200: open
//! curl -i http://127.0.0.1:8080/api/me                                               # 401, and a challenge
//! curl -i http://127.0.0.1:8080/api/me -H "Authorization: Bearer $TOKEN"             # 200: who the token speaks for
//! curl -i http://127.0.0.1:8080/api/orders -H "Authorization: Bearer $TOKEN"         # 403 where it lacks the scope
//! curl -i http://127.0.0.1:8080/internal/metrics                                     # 404: as if it were not there
//! curl -i http://127.0.0.1:8080/internal/metrics --interface 127.0.0.2               # 200 (on Linux): from inside
//! curl -i http://127.0.0.1:8080/demo.Echo/Whoami --http2-prior-knowledge -X POST \
//!     -H 'content-type: application/grpc' -H 'te: trailers'                          # grpc-status: 16, and a challenge
//! ```
//!
//! `RUST_LOG=debug` tells of every request with its headers, and why one was refused. No token is in it.
#![expect(
    clippy::print_stderr,
    reason = "why it does not start is for whoever starts it"
)]

mod descriptors;
mod grpc;
mod routes;
mod serve;
mod settings;
mod stack;
mod table;
#[cfg(test)]
mod tests;
mod tokens;

use std::{error::Error, process::ExitCode};

use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use self::settings::Settings;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("resource_server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let settings = Settings::from_env()?;
    let app = stack::build(&settings)?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| format!("LISTEN: {}: {error}", settings.listen))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    serve::until(serve::told_to_stop()?, listener, app).await;
    Ok(())
}
