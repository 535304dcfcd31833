//! Hidden by the handler: a repository that this caller may not see is answered as one that does not exist, and as any path
//! that does not.
//!
//! ```sh
//! cargo run --features axum --example late_hiding    # PORT=0 lets the system pick a port
//!
//! curl -i http://127.0.0.1:3000/repos/open                        # 200: everybody's
//! curl -i http://127.0.0.1:3000/repos/plans                       # 404: the page of the service; it is ann's
//! curl -i http://127.0.0.1:3000/repos/absent                      # 404: the same answer
//! curl -i http://127.0.0.1:3000/absent                            # 404: the same answer
//! curl -i -H "Authorization: Bearer forged" http://127.0.0.1:3000/repos/plans    # 404: the same answer
//! ```
//!
//! It prints ann's token (ANN), which is a new one each time:
//!
//! ```sh
//! curl -i -H "Authorization: Bearer $ANN" http://127.0.0.1:3000/repos/plans      # 200: plans
//! ```
#![expect(clippy::print_stdout, reason = "it tells its token and how to call it")]

use std::{collections::hash_map::RandomState, error::Error, hash::BuildHasher};

use axum::{
    Extension, Router,
    extract::{Path, Request},
    http::StatusCode,
    routing::get,
};
use tokio::net::TcpListener;
use tower_postern::{
    BearerAuthLayer, HideLayer, Secret,
    bearer::{self, AuthError, Verified, immediate},
    hide::{self, Concealed},
    rule,
};

/// Who may see a repository. `None`: everybody.
#[derive(Clone, Copy)]
struct Repos(&'static [(&'static str, Option<&'static str>)]);

/// Not there, or not for this caller: one answer, from one place.
async fn repo(
    Extension(repos): Extension<Repos>,
    Path(name): Path<String>,
    request: Request,
) -> Result<String, Concealed> {
    let caller = bearer::identity::<&str>(request.extensions()).copied();
    let found = repos.0.iter().find(|(found, _)| *found == name);
    match found {
        Some((name, owner)) if owner.is_none() || *owner == caller => Ok(format!("{name}\n")),
        _ => Err(hide::conceal()),
    }
}

/// What never had a repository: what is concealed meets it.
fn public() -> Router {
    Router::new()
        .route("/", get(async || "repositories: /repos/{name}\n"))
        .fallback(async || (StatusCode::NOT_FOUND, "nothing here\n"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let random = || RandomState::new().hash_one(0);
    let ann = format!("{:016x}{:016x}", random(), random());
    let secret = Secret::new(ann.as_str());
    // Refuses nobody: a bad token is answered like none.
    let auth = BearerAuthLayer::new(immediate(move |credentials| {
        if secret.matches(credentials.token().as_bytes()) {
            Ok(Verified::new("ann"))
        } else {
            Err(AuthError::invalid_token())
        }
    }))
    .deferred();

    let repos = Repos(&[("open", None), ("plans", Some("ann"))]);
    let routes = public()
        .route("/repos/{name}", get(repo))
        .layer(Extension(repos));
    // Hides nothing of its own accord; the handler says what is not there.
    let hide = HideLayer::when(rule::switch(false))
        .fallback(public())
        .late();
    let app = Router::new()
        .fallback_service(hide.wrap(routes))
        .layer(auth);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let address = listener.local_addr()?;
    println!("listening on http://{address}");
    println!("ANN={ann}");
    Ok(axum::serve(listener, app).await?)
}
