//! Keys that are fetched from their issuer.
#![expect(
    clippy::unchecked_time_subtraction,
    reason = "a panic is how a test fails"
)]

mod answers;
mod client;
mod config;
mod discovery;
mod keys;
mod lifetime;
mod outage;
mod preset;
mod shared;
mod tenants;
mod unknown;

use std::{sync::Arc, time::Duration};

use http::Request;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower_postern::{
    RequestHead,
    bearer::{AuthError, Credentials, ErrorKind, TokenValidator},
    fetch::HttpsClient,
    jwt::{Claims, JwtValidator, RemoteKeys, RemoteKeysBuilder},
};

use crate::support::{
    clock::TestClock,
    issuer::{AUDIENCE, ISSUER, NOW, SigningKey, claims},
    scripted::{Answer, FrozenTime, Scripted, no_trust},
};

/// The defaults, which the tests take their times from.
const COOL_DOWN: Duration = Duration::from_secs(10);
const LIFETIME: Duration = Duration::from_secs(15 * 60);
const STALE: Duration = Duration::from_secs(60 * 60);
const TIMEOUT: Duration = Duration::from_secs(5);
const SECOND: Duration = Duration::from_secs(1);

/// An issuer that publishes its keys under `/keys`, and a service that trusts it. The time stands still.
struct Stage {
    server: Scripted,
    keys: RemoteKeys,
    jwt: Arc<JwtValidator<Claims>>,
    _time: FrozenTime,
}

impl Stage {
    async fn new() -> Self {
        Self::with(|keys| keys).await
    }

    async fn with(settings: impl FnOnce(RemoteKeysBuilder) -> RemoteKeysBuilder) -> Self {
        let server = Scripted::start().await;
        let keys = settings(remote(&server)).build().unwrap();
        let jwt = Arc::new(validator(&keys));
        Self {
            server,
            keys,
            jwt,
            _time: FrozenTime::freeze(),
        }
    }

    /// With these keys published and fetched.
    async fn ready(keys: &[Value]) -> Self {
        let stage = Self::new().await;
        stage.publish(keys);
        stage.keys.ready().await.unwrap();
        stage
    }

    fn publish(&self, keys: &[Value]) {
        self.answer(Answer::json(set(keys)));
    }

    fn answer(&self, answer: Answer) {
        self.server.answer("/keys", answer);
    }

    /// Has the answer wait for a permit.
    fn publish_held(&self, keys: &[Value]) -> Arc<Semaphore> {
        let permits = Arc::new(Semaphore::new(0));
        self.answer(Answer::json(set(keys)).held(&permits));
        permits
    }

    /// How often the issuer was asked.
    fn fetches(&self) -> usize {
        self.server.count("/keys")
    }

    async fn fetched(&self, times: usize) {
        self.server.asked_for("/keys", times).await;
    }

    fn now(&self, token: &str) -> Option<Outcome> {
        now(&self.jwt, token)
    }

    async fn check(&self, token: &str) -> Outcome {
        check(&self.jwt, token).await
    }
}

fn remote(server: &Scripted) -> RemoteKeysBuilder {
    RemoteKeys::jwks_uri(server.url("/keys"), HttpsClient::new(no_trust()))
        .danger_allow_http("127.0.0.1")
}

fn validator(keys: &RemoteKeys) -> JwtValidator<Claims> {
    JwtValidator::builder(ISSUER, AUDIENCE)
        .clock_with(TestClock::at(NOW))
        .remote_keys(keys.clone())
        .build()
        .unwrap()
}

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// The public key under that name.
fn named(key: &SigningKey, kid: &str) -> Value {
    key.jwk_with(&json!({ "kid": kid }))
}

/// A good token that names its key.
fn token(key: &SigningKey, kid: &str) -> String {
    let alg = match key {
        SigningKey::Secret(_) => "HS256",
        SigningKey::Rsa(_) => "RS256",
        SigningKey::P256(_) => "ES256",
        SigningKey::P384(_) => "ES384",
        SigningKey::Ed25519(_) => "EdDSA",
    };
    key.token(&json!({ "alg": alg, "kid": kid }), &claims())
}

/// What became of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Accepted,
    /// 401
    Refused,
    /// 503, and in how many seconds to come again
    Unavailable(u64),
}

impl<T> From<Result<T, AuthError>> for Outcome {
    fn from(answer: Result<T, AuthError>) -> Self {
        let Err(error) = answer else {
            return Self::Accepted;
        };
        if error.kind() == ErrorKind::Unavailable {
            return Self::Unavailable(error.retry_after().unwrap().as_secs());
        }
        assert_eq!(error.kind(), ErrorKind::InvalidToken);
        Self::Refused
    }
}

/// Without waiting.
fn now(jwt: &JwtValidator<Claims>, token: &str) -> Option<Outcome> {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    jwt.validate_now(credentials).map(Outcome::from)
}

/// As the layer does it.
async fn check(jwt: &JwtValidator<Claims>, token: &str) -> Outcome {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    match jwt.validate_now(credentials) {
        Some(answer) => answer.into(),
        None => jwt.validate(credentials).await.into(),
    }
}

/// Until something that goes on elsewhere is so; the clock of the runtime stands still meanwhile.
async fn until(mut so: impl FnMut() -> bool) {
    #[expect(clippy::disallowed_methods, reason = "a test that hangs is to fail")]
    let start = std::time::Instant::now();
    while !so() {
        assert!(start.elapsed() < 20 * SECOND, "it never came");
        tokio::task::yield_now().await;
    }
}
