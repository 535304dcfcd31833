//! Hidden by identity: a console that is not there unless the token may see it.
//!
//! ```sh
//! cargo run --features axum --example hide_by_scope    # PORT=0 lets the system pick a port
//! ```
//!
//! It prints a token with the scope `internal` (ROOT) and one without (ANN), to be sent like this:
//!
//! ```sh
//! curl -i -H "Authorization: Bearer $ROOT" http://127.0.0.1:3000/console    # 200: the console
//! curl -i -H "Authorization: Bearer $ANN" http://127.0.0.1:3000/console     # 404, without a challenge
//! curl -i -H "Authorization: Bearer forged" http://127.0.0.1:3000/console   # 404
//! curl -i http://127.0.0.1:3000/console                                     # 404
//! curl -i http://127.0.0.1:3000/absent                                      # 404: the same answer
//!
//! curl -i -H "Authorization: Bearer $ANN" http://127.0.0.1:3000/me          # 200: ann
//! curl -i -H "Authorization: Bearer forged" http://127.0.0.1:3000/me        # 401: normal routes say what is wrong
//! curl -i http://127.0.0.1:3000/me                                          # 401
//! ```
#![expect(
    clippy::print_stdout,
    reason = "it tells its tokens and how to call it"
)]

use std::error::Error;

use axum::{Router, routing::get};
use tokio::net::TcpListener;
use tower_postern::{
    BearerAuthLayer, Secret,
    axum::{Authenticated, hide_routes},
    bearer::{AuthError, Grant, RequireLayer, Verified, immediate},
    rule, scopes,
};

async fn index() -> &'static str {
    "open to all\n"
}

async fn me(Authenticated(name): Authenticated<&'static str>) -> String {
    format!("{name}\n")
}

async fn console(Authenticated(name): Authenticated<&'static str>) -> String {
    format!("the console, for {name}\n")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (root, ann) = (random()?, random()?);
    let (root_secret, ann_secret) = (Secret::from(root.as_str()), Secret::from(ann.as_str()));
    let validator = immediate(move |credentials| {
        let token = credentials.token().as_bytes();
        if root_secret.matches(token) {
            let grant = Grant::builder().subject("root").scopes(scopes!("internal"));
            Ok(Verified::new("root").with_grant(grant.build()))
        } else if ann_secret.matches(token) {
            let grant = Grant::builder().subject("ann");
            Ok(Verified::new("ann").with_grant(grant.build()))
        } else {
            Err(AuthError::invalid_token())
        }
    });

    // A normal route asks for itself, since the layer outside refuses nobody: without this line it would be open.
    let public = Router::new()
        .route("/me", get(me))
        .route_layer(RequireLayer::identity())
        .route("/", get(index));
    let hidden = Router::new().route("/console", get(console));

    // Deferred: a missing, bad or expired token is recorded and not yet refused, and meets on a hidden path what everybody
    // meets on a path that is not there. What this layer does is the same on every path, so it is no clock either.
    let app = hide_routes(public, hidden, rule::scope("internal")?)
        .layer(BearerAuthLayer::new(validator).realm("api")?.deferred());

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    println!("ROOT={root}\nANN={ann}");
    Ok(axum::serve(listener, app).await?)
}

fn random() -> Result<String, Box<dyn Error>> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system gives no random bytes")?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
