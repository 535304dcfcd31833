//! A validator of your own: opaque tokens that are looked up in a store, and the user who is loaded for them.
//!
//! ```sh
//! cargo run --features axum --example custom_validator    # PORT=0 lets the system pick a port
//! ```
//!
//! It prints a token of each user, to be sent like this:
//!
//! ```sh
//! curl -i -H "Authorization: Bearer $ANN" http://127.0.0.1:3000/me      # 200: ann (editor)
//! curl -i -H "Authorization: Bearer $BOB" http://127.0.0.1:3000/me      # 403: bob is locked, and no other scope helps
//! curl -i -H "Authorization: Bearer nobody" http://127.0.0.1:3000/me    # 401: no such token
//! curl -i http://127.0.0.1:3000/me                                      # 401: no token, so no error code
//! curl -i -X POST http://127.0.0.1:3000/unplug                          # 200: from now on the store is down, and
//! curl -i -H "Authorization: Bearer $ANN" http://127.0.0.1:3000/me      # 503: that is our fault, not the caller's
//! ```
#![expect(
    clippy::print_stdout,
    reason = "it tells its tokens and how to call it"
)]

use std::{
    collections::HashMap,
    error::Error,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use tokio::net::TcpListener;
use tower_postern::{
    BearerAuthLayer,
    axum::Authenticated,
    bearer::{AuthError, Credentials, Grant, TokenValidator, Verified},
};

/// What the validator finds: which user a token belongs to.
#[derive(Clone)]
struct UserId(u64);

/// What a handler gets. A clone of an `Arc` copies nothing.
struct User {
    name: &'static str,
    role: &'static str,
    locked: bool,
}

/// Looks tokens up. The trait asks for one `async fn`; errors keep apart whose fault it is.
struct Sessions(Arc<Store>);

impl TokenValidator for Sessions {
    type Identity = UserId;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<UserId>, AuthError> {
        let found = self.0.session(credentials.token()).await;
        let found = found.map_err(|error| AuthError::unavailable().with_source(error))?; // 503
        let id = found.ok_or_else(AuthError::invalid_token)?; // 401
        let grant = Grant::builder().subject(id.to_string()).build();
        Ok(Verified::new(UserId(id)).with_grant(grant))
    }
}

/// Loads the user, whatever validator found the id: that is a step of its own.
async fn current_user(store: Arc<Store>, id: UserId) -> Result<Arc<User>, AuthError> {
    let user = store.user(id.0).await;
    let user = user.map_err(|error| AuthError::unavailable().with_source(error))?;
    match user {
        Some(user) if !user.locked => Ok(user),
        Some(_) => Err(AuthError::forbidden()), // 403, and no challenge: a new token would not help
        None => Err(AuthError::invalid_token()),
    }
}

async fn me(Authenticated(user): Authenticated<Arc<User>>) -> String {
    format!("{} ({})\n", user.name, user.role)
}

async fn unplug(State(store): State<Arc<Store>>) -> &'static str {
    store.down.store(true, Ordering::Relaxed);
    "the store is down\n"
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (store, [ann, bob]) = Store::new()?;
    let users = store.clone();
    let validator = Sessions(store.clone()).and_then(move |id| current_user(users.clone(), id));

    let app = Router::new()
        .route("/me", get(me))
        .route_layer(BearerAuthLayer::new(validator).realm("sessions")?)
        .route("/unplug", post(unplug)) // below the layer's line: not guarded
        .with_state(store);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    println!("ANN={ann}\nBOB={bob}");
    Ok(axum::serve(listener, app).await?)
}

/// A database, as far as this needs one.
struct Store {
    sessions: HashMap<String, u64>,
    users: HashMap<u64, Arc<User>>,
    down: AtomicBool,
}

impl Store {
    fn new() -> Result<(Arc<Self>, [String; 2]), Box<dyn Error>> {
        let tokens = [random()?, random()?];
        let user = |name, role, locked| Arc::new(User { name, role, locked });
        let store = Self {
            sessions: tokens.iter().cloned().zip(1..).collect(),
            users: [
                (1, user("ann", "editor", false)),
                (2, user("bob", "reader", true)),
            ]
            .into(),
            down: AtomicBool::new(false),
        };
        Ok((Arc::new(store), tokens))
    }

    // A store of the real world keeps hashes of tokens: it is then no loot, and a lookup tells nothing by its time.
    async fn session(&self, token: &str) -> io::Result<Option<u64>> {
        self.ask().await?;
        Ok(self.sessions.get(token).copied())
    }

    async fn user(&self, id: u64) -> io::Result<Option<Arc<User>>> {
        self.ask().await?;
        Ok(self.users.get(&id).cloned())
    }

    async fn ask(&self) -> io::Result<()> {
        tokio::task::yield_now().await;
        if self.down.load(Ordering::Relaxed) {
            return Err(io::Error::other("the store does not answer"));
        }
        Ok(())
    }
}

fn random() -> Result<String, Box<dyn Error>> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system gives no random bytes")?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
