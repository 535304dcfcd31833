//! That the OpenAPI document says what the layers do, for each caller: the server is called over a socket.

use std::{future::pending, io::Write, sync::Arc, time::Duration};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::{
    body::Bytes,
    http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header::AUTHORIZATION},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tower::{Service, ServiceExt, service_fn};
use tower_postern::{
    Clock, SystemClock,
    bearer::ScopeSet,
    net::{ForwardingHeader, NetworkSet, TrustedProxies},
    openapi::Operations,
    scopes,
    test_util::{NoBody, assert_all_protected, assert_described},
};

use crate::{
    serve,
    settings::{Fetch, HideMode, Issuer, Keys, Settings, Tokens},
    stack,
};

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "https://api.example";
const OUTSIDE: &str = "203.0.113.7";
const INSIDE: &str = "192.0.2.7";
/// What is open to callers inside, beside what is open to all.
const INTERNAL: [&str; 3] = [
    "/internal/metrics",
    "/internal/rebuild",
    "/internal/users/{id}",
];
const CONSOLE: &str = "/secret/console";

/// The server, with all routes but those of a second issuer, and somebody who issues tokens for it.
struct Server {
    port: u16,
    key: Arc<Ed25519KeyPair>,
    _jwks: NamedTempFile,
}

impl Server {
    async fn start(hide_mode: HideMode) -> Self {
        let key = Ed25519KeyPair::generate().unwrap();
        let x = URL_SAFE_NO_PAD.encode(key.public_key());
        let mut jwks = NamedTempFile::new().unwrap();
        let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": x }] });
        write!(jwks, "{keys}").unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen = listener.local_addr().unwrap();
        let settings = Settings {
            listen,
            resource: "https://api.example".to_owned(),
            issuer: Issuer {
                setting: "ISSUER",
                name: ISSUER.to_owned(),
                keys: Keys::File {
                    name: "JWKS_FILE",
                    path: jwks.path().to_owned(),
                },
            },
            issuer_b: None,
            tokens: Tokens {
                audience: AUDIENCE.to_owned(),
                algorithms: None,
                leeway: None,
                max_bytes: None,
                cache: None,
            },
            fetch: Fetch {
                insecure_loopback: false,
                ttl: None,
                cool_down: None,
                timeout: None,
                max_bytes: None,
            },
            internal_nets: Some(NetworkSet::parse([INSIDE]).unwrap()),
            // A proxy speaks for each caller, so that there are some outside and some inside.
            trusted_proxies: Some(TrustedProxies::new(
                NetworkSet::parse(["127.0.0.1"]).unwrap(),
                ForwardingHeader::x_forwarded_for(),
            )),
            scope_read: Some(scopes!("read")),
            scope_write: Some(scopes!("write")),
            scope_internal: Some(scopes!("internal")),
            hide_mode,
        };
        let app = stack::build(&settings).unwrap();
        tokio::spawn(serve::until(pending::<()>(), listener, app));
        Self {
            port: listen.port(),
            key: Arc::new(key),
            _jwks: jwks,
        }
    }

    fn token(&self, scopes: &ScopeSet) -> String {
        let now = SystemClock.now().duration_since(std::time::UNIX_EPOCH);
        let expires = (now.unwrap() + Duration::from_secs(600)).as_secs();
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": expires, "scope": scopes.as_str(),
        });
        let base64url = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let header = base64url(br#"{"alg":"EdDSA","kid":"1"}"#);
        let signed = format!("{header}.{}", base64url(claims.to_string().as_bytes()));
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", base64url(signature.as_ref()))
    }

    /// The server as it is for a caller there.
    fn from(
        &self,
        address: &'static str,
    ) -> impl Service<Request<NoBody>, Response = Response<Incoming>, Error = Error, Future: Send>
    + Clone
    + use<> {
        let client: Client<HttpConnector, NoBody> =
            Client::builder(TokioExecutor::new()).build_http();
        let port = self.port;
        service_fn(move |request: Request<NoBody>| {
            let (mut parts, body) = request.into_parts();
            let target = parts
                .uri
                .path_and_query()
                .map_or("/", |target| target.as_str());
            parts.uri = format!("http://127.0.0.1:{port}{target}").parse().unwrap();
            let address = HeaderValue::from_static(address);
            parts.headers.insert("x-forwarded-for", address);
            client.request(Request::from_parts(parts, body))
        })
    }

    async fn get(
        &self,
        address: &'static str,
        path: &str,
        token: Option<&str>,
    ) -> (StatusCode, Bytes) {
        let mut request = Request::new(NoBody);
        *request.uri_mut() = path.parse::<Uri>().unwrap();
        *request.method_mut() = Method::GET;
        if let Some(token) = token {
            let bearer = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert(AUTHORIZATION, bearer);
        }
        let response = self.from(address).oneshot(request).await.unwrap();
        let status = response.status();
        (
            status,
            response.into_body().collect().await.unwrap().to_bytes(),
        )
    }

    async fn document(&self, address: &'static str, token: Option<&str>) -> Bytes {
        let (status, document) = self.get(address, "/openapi.json", token).await;
        assert_eq!(status, StatusCode::OK);
        document
    }
}

fn open_to_all() -> Vec<Operations> {
    ["/public", "/openapi.json"].map(Operations::path).to_vec()
}

#[tokio::test]
async fn the_document_and_the_layers_agree_for_each_caller() {
    for mode in [HideMode::Fallback, HideMode::Reroute] {
        let server = Server::start(mode).await;
        let token = |scopes: &ScopeSet| server.token(scopes);

        let outside = server.document(OUTSIDE, None).await;
        assert_all_protected(server.from(OUTSIDE), &outside, open_to_all()).await;
        assert_described(server.from(OUTSIDE), &outside, token).await;

        let inside = server.document(INSIDE, None).await;
        let mut open = open_to_all();
        open.extend(INTERNAL.map(Operations::path));
        assert_all_protected(server.from(INSIDE), &inside, open).await;
        assert_described(server.from(INSIDE), &inside, token).await;
    }
}

#[tokio::test]
async fn what_a_scope_hides_is_described_to_those_who_have_it() {
    let server = Server::start(HideMode::Fallback).await;
    let of_the_house = server.token(&scopes!("internal"));
    let other = server.token(&scopes!("read write"));

    for token in [None, Some(other.as_str())] {
        let document = server.document(OUTSIDE, token).await;
        let document: Value = serde_json::from_slice(&document).unwrap();
        assert!(document["paths"].get(CONSOLE).is_none());
        let (status, _) = server.get(OUTSIDE, CONSOLE, token).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }

    let document = server.document(OUTSIDE, Some(&of_the_house)).await;
    let document: Value = serde_json::from_slice(&document).unwrap();
    let console = &document["paths"][CONSOLE]["get"];
    assert_eq!(console["security"], json!([{ "bearer": ["internal"] }]));
    assert!(console["responses"].get("404").is_some());
    let (status, _) = server.get(OUTSIDE, CONSOLE, Some(&of_the_house)).await;
    assert_eq!(status, StatusCode::OK);
}
