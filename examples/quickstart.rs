//! A service with a protected endpoint and a hidden one, and nothing else to set up:
//!
//! ```sh
//! cargo run --features axum --example quickstart
//! ```
//!
//! It prints a user, a password, and the curl commands to try it with. `/protected` wants a token, which `POST /token` gives
//! for the password, as `FastAPI`'s `OAuth2PasswordBearer` expects it; `/hidden` is there for callers from the inside, and to
//! all others it is what a path is that was never there.
//!
//! | setting | meaning | default |
//! |---|---|---|
//! | `PORT` | the port on 127.0.0.1; 0 lets the system pick one | 3000 |
//! | `INSIDE` | the networks from which `/hidden` can be seen, with commas between them | 127.0.0.1/32 |
//! | `TOKEN_SECONDS` | how long a token lives, 1 to 3600 | 900 |
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to whoever starts it"
)]

use std::{
    env,
    error::Error,
    fmt::Display,
    net::{IpAddr, SocketAddr},
    process::ExitCode,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use axum::{
    Form, Json, Router,
    extract::{State, rejection::FormRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jsonwebtoken::{EncodingKey, Header, crypto::aws_lc};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tower_postern::{
    BearerAuthLayer, Clock, Secret, SystemClock,
    axum::{Authenticated, hide_routes},
    jwt::{Claims, Jwt, JwtValidator},
    net::NetworkSet,
    rule,
};
use tracing_subscriber::EnvFilter;

const ISSUER: &str = "https://quickstart.example";
const AUDIENCE: &str = "quickstart";
const USER: &str = "ann";

async fn index() -> &'static str {
    "Hello, everybody\n"
}

async fn health() -> &'static str {
    "ok\n"
}

async fn protected(Authenticated(token): Authenticated<Jwt<Claims>>) -> String {
    let user = token.subject().unwrap_or_default(); // there is one: RFC 9068 asks for it
    format!("Protected endpoint for user: {user}\n")
}

async fn hidden() -> &'static str {
    "Hidden endpoint, seen from the inside\n"
}

fn app(inside: NetworkSet, issuer: Issuer) -> Result<Router, Box<dyn Error>> {
    let validator = JwtValidator::<Claims>::builder(ISSUER, AUDIENCE)
        .hmac_secret(issuer.signing_secret.clone())
        .rfc9068()
        .build()?;
    let auth = BearerAuthLayer::new(validator)
        .realm("quickstart")?
        .exempt(rule::path(["/health"])?);

    let public = Router::new()
        .route("/protected", get(protected))
        .route("/health", get(health))
        .route_layer(auth) // guards the routes above it
        .route("/", get(index))
        .route("/token", post(token))
        .with_state(Arc::new(issuer));
    let hidden = Router::new().route("/hidden", get(hidden));
    Ok(hide_routes(public, hidden, rule::client_addr_in(inside)))
}

/// Issues tokens, so that the quickstart needs no server. A real service leaves that to its OAuth 2 provider.
struct Issuer {
    signing_secret: Secret,
    password: Secret,
    lifetime: Duration,
}

/// The form of [RFC 6749, section 4.3.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2). A field that comes twice is
/// an error of the form.
#[derive(Deserialize)]
struct TokenRequest {
    grant_type: Option<String>,
    username: Option<String>,
    password: Option<String>,
    scope: Option<String>,
}

async fn token(
    State(issuer): State<Arc<Issuer>>,
    form: Result<Form<TokenRequest>, FormRejection>,
) -> Result<Response, TokenError> {
    let invalid = |what| TokenError("invalid_request", what);
    let Form(form) = form.map_err(|_| invalid("send each field once, as a form"))?;
    // A field without a value counts as left out: section 3.2.
    let given = |field: Option<String>| field.filter(|value| !value.is_empty());

    let grant_type = given(form.grant_type).ok_or_else(|| invalid("grant_type is missing"))?;
    if grant_type != "password" {
        return Err(TokenError(
            "unsupported_grant_type",
            "grant_type must be password",
        ));
    }
    let username = given(form.username).ok_or_else(|| invalid("username is missing"))?;
    let password = given(form.password).ok_or_else(|| invalid("password is missing"))?;
    if given(form.scope).is_some() {
        return Err(TokenError("invalid_scope", "there are no scopes here"));
    }
    // The password is compared for strangers too, or the time would tell who is known.
    let matches = issuer.password.matches(password.as_bytes());
    if !matches || username != USER {
        return Err(TokenError("invalid_grant", "username or password is wrong"));
    }
    let token = issuer
        .issue(&username)
        .map_err(|_| TokenError("server_error", "no token could be issued"))?;
    let answer = json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": issuer.lifetime.as_secs(),
    });
    Ok((NO_STORE, Json(answer)).into_response())
}

const NO_STORE: [(header::HeaderName, &str); 2] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::PRAGMA, "no-cache"),
];

/// An error and its description, [RFC 6749, section 5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2).
struct TokenError(&'static str, &'static str);

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let status = match self.0 {
            "server_error" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = json!({ "error": self.0, "error_description": self.1 });
        (status, NO_STORE, Json(body)).into_response()
    }
}

impl Issuer {
    /// An access token as [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068) describes it.
    fn issue(&self, user: &str) -> Result<String, Box<dyn Error>> {
        let now = SystemClock.now().duration_since(std::time::UNIX_EPOCH)?;
        let claims = json!({
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user,
            "client_id": "quickstart",
            "iat": now.as_secs(),
            "exp": (now + self.lifetime).as_secs(),
            "jti": random()?,
        });
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            ..Header::default()
        }; // HS256
        let key = EncodingKey::from_secret(self.signing_secret.expose());
        Ok(jsonwebtoken::encode(&header, &claims, &key)?)
    }
}

struct Settings {
    port: u16,
    inside: NetworkSet,
    lifetime: Duration,
}

impl Settings {
    fn from_env() -> Result<Self, String> {
        let cure = "give a number from 0 to 65535, where 0 lets the system pick";
        let port = setting("PORT", "3000", cure, u16::from_str)?;

        let cure = "give networks, such as 127.0.0.1/32,10.0.0.0/8";
        let inside = setting("INSIDE", "127.0.0.1/32", cure, |text| {
            NetworkSet::parse(text.split(',').map(str::trim))
        })?;

        let cure = "give a number of seconds from 1 to 3600";
        let lifetime = setting("TOKEN_SECONDS", "900", cure, |text| match text.parse() {
            Ok(seconds @ 1..=3600) => Ok(Duration::from_secs(seconds)),
            Ok(_) => Err("out of bounds"),
            Err(_) => Err("not a number"),
        })?;
        Ok(Self {
            port,
            inside,
            lifetime,
        })
    }
}

/// The value of a setting, or what is wrong with it and how it is mended.
fn setting<T, E: Display>(
    name: &str,
    default: &str,
    cure: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, String> {
    let value = match env::var(name) {
        Ok(value) => value,
        Err(env::VarError::NotPresent) => default.to_owned(),
        Err(env::VarError::NotUnicode(_)) => return Err(format!("{name} is not UTF-8; {cure}")),
    };
    parse(&value).map_err(|error| format!("{name} is {value:?}: {error}; {cure}"))
}

fn random() -> Result<String, Box<dyn Error>> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system gives no random bytes")?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

async fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    // Made anew at each start: whoever copies this file copies no secret.
    let (signing_secret, password) = (random()?, random()?);
    let issuer = Issuer {
        signing_secret: signing_secret.as_str().into(),
        password: password.as_str().into(),
        lifetime: settings.lifetime,
    };
    let app = app(settings.inside.clone(), issuer)?;

    let listener = TcpListener::bind(("127.0.0.1", settings.port)).await;
    let listener = listener
        .map_err(|error| format!("PORT is {}: {error}; give another, or 0", settings.port))?;
    let url = format!("http://{}", listener.local_addr()?);
    print_how_to_call(&url, &settings.inside, &signing_secret, &password);

    let app = app.into_make_service_with_connect_info::<SocketAddr>(); // what `client_addr` asks for
    Ok(axum::serve(listener, app).await?)
}

fn print_how_to_call(url: &str, inside: &NetworkSet, signing_secret: &str, password: &str) {
    let from_here = if inside.contains([127, 0, 0, 1].into()) {
        "as you, from the inside: 200"
    } else {
        "as you, from outside: 404"
    };
    println!(
        "listening on {url}
user {USER}, password {password}, signing secret {signing_secret} (HS256)

Public, for everybody: 200
  curl -i {url}/
Exempt from the token: 200
  curl -i {url}/health
Protected, without a token: the challenge, 401
  curl -i {url}/protected
Get a token
  TOKEN=$(curl -s -d grant_type=password -d username={USER} -d password={password} {url}/token | sed 's/.*\"access_token\":\"\\([^\"]*\\).*/\\1/')
Protected, with the token: 200
  curl -i -H \"Authorization: Bearer $TOKEN\" {url}/protected
Protected, with a forged one: 401
  curl -i -H \"Authorization: Bearer ${{TOKEN}}x\" {url}/protected
Hidden, {from_here}
  curl -i {url}/hidden
Hidden, as one whom a proxy forwards: not there, 404
  curl -i -H 'X-Forwarded-For: 203.0.113.7' {url}/hidden
and so says a path that never was: 404
  curl -i -H 'X-Forwarded-For: 203.0.113.7' {url}/absent",
    );
    // Linux has all of 127.0.0.0/8, so that an outsider can be played by the address alone.
    let second = [127, 0, 0, 2];
    if !inside.contains(second.into())
        && std::net::TcpListener::bind((IpAddr::from(second), 0)).is_ok()
    {
        println!(
            "Hidden, from an address outside: not there, 404
  curl -i --interface 127.0.0.2 {url}/hidden"
        );
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // Refusals and hidden requests say why, on stderr; `RUST_LOG` has the say.
    let filter = EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter.unwrap_or_else(|_| EnvFilter::new("tower_postern=debug")))
        .init();
    // Another crate in the tree may have brought a second one, so the choice is made here.
    aws_lc::DEFAULT_PROVIDER.install_default().ok();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}
