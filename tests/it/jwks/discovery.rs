//! Keys of an issuer that says itself where they are.

use serde_json::{Value, json};
use tower_postern::{
    fetch::{FetchErrorKind, HttpsClient},
    jwt::{Claims, JwtValidator, RemoteKeys},
};

use super::{Answer, Outcome, Scripted, check, named, no_trust, set};
use crate::support::{
    clock::TestClock,
    issuer::{AUDIENCE, NOW, SigningKey, claims_with},
};

const APPENDED: &str = "/realms/a/.well-known/openid-configuration";
const INSERTED: &str = "/.well-known/oauth-authorization-server/realms/a";

/// An issuer with a path, at an address that may be another than its name.
struct Issuer {
    name: String,
    server: Scripted,
    key: SigningKey,
}

impl Issuer {
    /// Its name is its address.
    async fn new() -> Self {
        let server = Scripted::start().await;
        let name = server.url("/realms/a");
        Self::named(server, name)
    }

    fn named(server: Scripted, name: String) -> Self {
        let key = SigningKey::p256();
        server.answer("/certs?v=1", Answer::json(set(&[named(&key, "1")])));
        Self { name, server, key }
    }

    fn metadata(&self) -> Value {
        json!({ "issuer": self.name, "jwks_uri": self.server.url("/certs?v=1"), "other": [1] })
    }

    fn publish(&self, path: &str, metadata: &Value) {
        self.server.answer(path, Answer::json(metadata.to_string()));
    }

    fn keys(&self) -> RemoteKeys {
        RemoteKeys::discover(&self.name, HttpsClient::new(no_trust()))
            .danger_allow_http("127.0.0.1")
            .build()
            .unwrap()
    }

    async fn check(&self, keys: &RemoteKeys) -> Outcome {
        let jwt = JwtValidator::<Claims>::builder(&self.name, AUDIENCE)
            .clock_with(TestClock::at(NOW))
            .remote_keys(keys.clone())
            .build()
            .unwrap();
        let claims = claims_with(&json!({ "iss": self.name }));
        let token = self
            .key
            .token(&json!({ "alg": "ES256", "kid": "1" }), &claims);
        match check(&jwt, &token).await {
            Outcome::Unavailable(_) => Outcome::Unavailable(10), // the time does not stand still here
            other @ (Outcome::Accepted | Outcome::Refused) => other,
        }
    }

    fn targets(&self) -> Vec<String> {
        let asked = self.server.asked();
        let target = |head: &String| head.split(' ').nth(1).unwrap().to_owned();
        asked.iter().map(target).collect()
    }
}

#[tokio::test]
async fn a_document_under_the_issuers_path_is_found() {
    let issuer = Issuer::new().await;
    issuer.publish(APPENDED, &issuer.metadata());
    assert_eq!(issuer.check(&issuer.keys()).await, Outcome::Accepted);
    assert_eq!(issuer.targets(), [APPENDED, "/certs?v=1"]);
}

#[tokio::test]
async fn a_document_before_the_issuers_path_is_found() {
    let issuer = Issuer::new().await;
    issuer.publish(INSERTED, &issuer.metadata());
    assert_eq!(issuer.check(&issuer.keys()).await, Outcome::Accepted);
    assert_eq!(issuer.targets(), [APPENDED, INSERTED, "/certs?v=1"]);
}

#[tokio::test]
async fn a_page_for_everything_does_not_hide_the_document() {
    let issuer = Issuer::new().await;
    let html = [("content-type", "text/html")];
    issuer
        .server
        .answer(APPENDED, Answer::with("200 OK", &html, "<html>"));
    issuer.publish(INSERTED, &issuer.metadata());
    assert_eq!(issuer.check(&issuer.keys()).await, Outcome::Accepted);
}

#[tokio::test]
async fn the_issuer_in_the_document_is_the_same_to_the_letter() {
    let issuer = Issuer::new().await;
    for other in [
        format!("{}/", issuer.name),
        issuer.name.to_uppercase(),
        issuer.server.origin(),
        "https://id.example".to_owned(),
        String::new(),
    ] {
        let mut metadata = issuer.metadata();
        metadata["issuer"] = json!(other);
        issuer.publish(APPENDED, &metadata);
        let keys = issuer.keys();
        assert_eq!(
            issuer.check(&keys).await,
            Outcome::Unavailable(10),
            "{other}"
        );
        assert_eq!(keys.last_error().unwrap().kind(), FetchErrorKind::Content);
    }
    assert!(!issuer.targets().contains(&"/certs?v=1".to_owned()));
}

#[tokio::test]
async fn a_document_without_its_members_is_none() {
    let issuer = Issuer::new().await;
    for metadata in [
        json!({ "issuer": issuer.name }),
        json!({ "jwks_uri": issuer.server.url("/certs?v=1") }),
        json!({ "issuer": [issuer.name], "jwks_uri": issuer.server.url("/certs?v=1") }),
        json!([]),
    ] {
        issuer.publish(APPENDED, &metadata);
        let keys = issuer.keys();
        assert_eq!(
            issuer.check(&keys).await,
            Outcome::Unavailable(10),
            "{metadata}"
        );
        assert_eq!(keys.last_error().unwrap().kind(), FetchErrorKind::Content);
    }
}

#[tokio::test]
async fn an_address_that_the_document_names_is_checked_as_one_that_is_configured() {
    let issuer = Issuer::new().await;
    let other = Scripted::start().await;
    let port = other.url("/certs").replace("127.0.0.1", "localhost");
    for named in [
        port.as_str(),
        "http://id.example/certs",
        "https://user:pass@id.example/certs",
        "https://id.example/certs#x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/certs",
        "/certs",
        "",
    ] {
        let mut metadata = issuer.metadata();
        metadata["jwks_uri"] = json!(named);
        issuer.publish(APPENDED, &metadata);
        let keys = issuer.keys();
        assert_eq!(
            issuer.check(&keys).await,
            Outcome::Unavailable(10),
            "{named}"
        );
        assert_eq!(
            keys.last_error().unwrap().kind(),
            FetchErrorKind::Address,
            "{named}"
        );
    }
    assert_eq!(other.asked().len(), 0);
}

#[tokio::test]
async fn a_redirect_of_the_document_is_not_followed() {
    let issuer = Issuer::new().await;
    issuer.publish("/document", &issuer.metadata());
    let location = [("location", "/document")];
    issuer.server.answer(
        APPENDED,
        Answer::with("301 Moved Permanently", &location, ""),
    );
    let keys = issuer.keys();
    assert_eq!(issuer.check(&keys).await, Outcome::Unavailable(10));
    assert_eq!(keys.last_error().unwrap().kind(), FetchErrorKind::Redirect);
    assert_eq!(issuer.targets(), [APPENDED, INSERTED]);
}

/// As in a cluster: `iss` says one thing, the service reaches the issuer under another.
#[tokio::test]
async fn name_and_address_of_an_issuer_are_two_settings() {
    let server = Scripted::start().await;
    let issuer = Issuer::named(server, "https://id.example/realms/a".to_owned());
    let keys = || {
        RemoteKeys::discover(&issuer.name, HttpsClient::new(no_trust()))
            .fetch_from(issuer.server.origin())
            .danger_allow_http("127.0.0.1")
            .build()
            .unwrap()
    };
    for (name, jwks_uri) in [
        ("its name", "https://id.example/certs?v=1".to_owned()),
        ("a third name", "http://localhost:8080/certs?v=1".to_owned()),
        ("its address", issuer.server.url("/certs?v=1")),
    ] {
        let mut metadata = issuer.metadata();
        metadata["jwks_uri"] = json!(jwks_uri);
        issuer.publish(APPENDED, &metadata);
        assert_eq!(issuer.check(&keys()).await, Outcome::Accepted, "{name}");
    }
    // What is not an address is none there either.
    let mut metadata = issuer.metadata();
    metadata["jwks_uri"] = json!("https://user@id.example/certs?v=1");
    issuer.publish(APPENDED, &metadata);
    let keys = keys();
    assert_eq!(issuer.check(&keys).await, Outcome::Unavailable(10));
    assert_eq!(keys.last_error().unwrap().kind(), FetchErrorKind::Address);
}

/// The issuer of Kubernetes' service accounts: a CA of its own, and it answers only to service accounts.
#[tokio::test]
async fn service_accounts_of_kubernetes_can_be_checked() {
    let (server, tls) = Scripted::start_tls().await;
    let issuer = Issuer::named(
        server,
        "https://kubernetes.default.svc.cluster.local".to_owned(),
    );
    let document = "/.well-known/openid-configuration";
    let mut metadata = issuer.metadata();
    metadata["jwks_uri"] = json!("https://172.18.0.2:6443/certs?v=1");
    issuer.publish(document, &metadata);
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "of-the-pod").unwrap();
    let origin = issuer.server.origin();
    let client = HttpsClient::new(tls)
        .bearer_file(&origin, token.path())
        .unwrap();
    let keys = RemoteKeys::discover(&issuer.name, client)
        .fetch_from(&origin)
        .build()
        .unwrap();
    assert_eq!(issuer.check(&keys).await, Outcome::Accepted);
    assert_eq!(issuer.targets(), [document, "/certs?v=1"]);
    for head in issuer.server.asked() {
        assert!(
            head.contains("authorization: Bearer of-the-pod\r\n"),
            "{head}"
        );
    }
}

#[tokio::test]
async fn an_issuer_that_is_down_is_not_asked_twice() {
    let issuer = Issuer::new().await;
    issuer.server.answer(APPENDED, Answer::raw(""));
    let keys = issuer.keys();
    assert_eq!(issuer.check(&keys).await, Outcome::Unavailable(10));
    assert_eq!(keys.last_error().unwrap().kind(), FetchErrorKind::Transport);
    assert_eq!(issuer.targets(), [APPENDED]);
}
