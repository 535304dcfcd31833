//! Tenants of a provider that nobody knew at start.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::Request;
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet, time::advance};
use tower_postern::{
    ConfigErrorKind, RequestHead,
    bearer::{AuthError, Credentials, TokenValidator},
    fetch::HttpsClient,
    jwt::{Claims, JwtValidator, Tenants, TenantsBuilder},
};

use super::{Answer, FrozenTime, Outcome, SECOND, Scripted, named, no_trust, set};
use crate::support::{
    clock::TestClock,
    events::Events,
    issuer::{AUDIENCE, NOW, SigningKey, claims_with},
};

/// A provider whose tenants publish what the test says. The time stands still.
pub(super) struct Provider {
    pub(super) server: Scripted,
    _time: FrozenTime,
}

impl Provider {
    pub(super) async fn new() -> Self {
        Self {
            server: Scripted::start().await,
            _time: FrozenTime::freeze(),
        }
    }

    pub(super) fn issuer(&self, tenant: &str) -> String {
        self.server.url(&format!("/{tenant}/v2"))
    }

    fn document(tenant: &str) -> String {
        format!("/{tenant}/v2/.well-known/openid-configuration")
    }

    /// A tenant with that key.
    fn add(&self, tenant: &str, key: &SigningKey) {
        self.publish(tenant, &self.issuer(tenant), &named(key, "1"));
    }

    fn publish(&self, tenant: &str, issuer: &str, key: &Value) {
        let uri = format!("/{tenant}/keys");
        let metadata = json!({ "issuer": issuer, "jwks_uri": self.server.url(&uri) });
        let document = Self::document(tenant);
        self.server
            .answer(&document, Answer::json(metadata.to_string()));
        self.server
            .answer(&uri, Answer::json(set(std::slice::from_ref(key))));
    }

    pub(super) fn tenants(&self) -> TenantsBuilder<Claims> {
        Tenants::template(
            self.server.url("/{tenantid}/v2"),
            AUDIENCE,
            HttpsClient::new(no_trust()),
        )
        .keys_with(|keys| keys.danger_allow_http("127.0.0.1"))
        .validators_with(|validator| validator.clock_with(TestClock::at(NOW)))
    }

    fn any(&self) -> Tenants<Claims> {
        self.tenants().danger_any_tenant().build().unwrap()
    }

    fn token(&self, tenant: &str, key: &SigningKey) -> String {
        token_of(&self.issuer(tenant), key, &json!({}))
    }
}

pub(super) fn token_of(issuer: &str, key: &SigningKey, members: &Value) -> String {
    let mut claims = claims_with(members);
    claims["iss"] = json!(issuer);
    key.token(&json!({ "alg": "ES256", "kid": "1" }), &claims)
}

pub(super) fn now(tenants: &Tenants<Claims>, token: &str) -> Option<Outcome> {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    tenants.validate_now(credentials).map(Outcome::from)
}

pub(super) async fn check(tenants: &Tenants<Claims>, token: &str) -> Outcome {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    match tenants.validate_now(credentials) {
        Some(answer) => answer.into(),
        None => tenants.validate(credentials).await.into(),
    }
}

#[tokio::test]
async fn tenants_that_are_listed_are_accepted_each_with_its_keys() {
    let (a, b) = (SigningKey::p256(), SigningKey::p256());
    let provider = Provider::new().await;
    for (tenant, key) in [("a", &a), ("b", &b), ("c", &a)] {
        provider.add(tenant, key);
    }
    let tenants = provider.tenants().tenants(["a", "b"]).build().unwrap();
    assert_eq!(
        check(&tenants, &provider.token("a", &a)).await,
        Outcome::Accepted
    );
    assert_eq!(
        check(&tenants, &provider.token("b", &b)).await,
        Outcome::Accepted
    );
    // The same `kid`, another tenant.
    assert_eq!(
        now(&tenants, &provider.token("b", &a)),
        Some(Outcome::Refused)
    );
    assert_eq!(
        now(&tenants, &provider.token("a", &b)),
        Some(Outcome::Refused)
    );
    let asked = provider.server.asked().len();
    assert_eq!(
        now(&tenants, &provider.token("c", &a)),
        Some(Outcome::Refused)
    );
    assert_eq!(
        provider.server.asked().len(),
        asked,
        "nobody is asked about others"
    );
}

#[tokio::test]
async fn an_issuer_that_is_not_approved_causes_no_request() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    let tenants = provider.any();
    let evil = Scripted::start().await;
    for issuer in [
        evil.url("/a/v2"),
        provider.server.url("/../v2"),
        provider.server.url("/a/b/v2"),
        provider.server.url("/a%2fb/v2"),
        provider.server.url("/a?b/v2"),
        provider.server.url("/a#b/v2"),
        provider.server.url("//v2"),
        provider.server.url("/a/v2/"),
        provider.server.url("/{tenantid}/v2"),
        provider.server.url("/a\r\nx/v2"),
        provider.server.url("/ä/v2"),
        provider.server.url(&format!("/{}/v2", "a".repeat(10_000))),
        provider.server.origin(),
        String::new(),
    ] {
        let token = token_of(&issuer, &key, &json!({}));
        assert_eq!(now(&tenants, &token), Some(Outcome::Refused), "{issuer:?}");
    }
    for token in ["", "garbage", "a.b.c"] {
        assert_eq!(now(&tenants, token), Some(Outcome::Refused), "{token}");
    }
    assert_eq!(provider.server.asked().len() + evil.asked().len(), 0);
}

#[tokio::test]
async fn a_new_tenant_is_looked_up_once() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    provider.add("a", &key);
    let permits = Arc::new(Semaphore::new(0));
    let keys = Answer::json(set(&[named(&key, "1")])).held(&permits);
    provider.server.answer("/a/keys", keys);
    let tenants = provider.any();
    let token = provider.token("a", &key);
    assert_eq!(now(&tenants, &token), None);
    let mut waiting = JoinSet::new();
    for _ in 0..1000 {
        let (tenants, token) = (tenants.clone(), token.clone());
        waiting.spawn(async move { check(&tenants, &token).await });
    }
    provider.server.asked_for("/a/keys", 1).await;
    permits.add_permits(1000);
    while let Some(outcome) = waiting.join_next().await {
        assert_eq!(outcome.unwrap(), Outcome::Accepted);
    }
    assert_eq!(provider.server.count(&Provider::document("a")), 1);
    assert_eq!(provider.server.count("/a/keys"), 1);
    assert_eq!(now(&tenants, &token), Some(Outcome::Accepted));
}

#[tokio::test]
async fn a_tenant_that_does_not_exist_is_refused_and_remembered() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    let tenants = provider.any();
    let token = provider.token("nobody", &key);
    assert_eq!(check(&tenants, &token).await, Outcome::Refused);
    let asked = provider.server.asked().len();
    assert_eq!(now(&tenants, &token), Some(Outcome::Refused));
    advance(59 * SECOND).await;
    assert_eq!(now(&tenants, &token), Some(Outcome::Refused));
    assert_eq!(provider.server.asked().len(), asked);
    // It may have been opened since.
    provider.add("nobody", &key);
    advance(2 * SECOND).await;
    assert_eq!(check(&tenants, &token).await, Outcome::Accepted);
}

#[tokio::test]
async fn inventing_tenants_makes_no_flood_and_concerns_no_known_tenant() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    provider.add("real", &key);
    let tenants = provider.any();
    assert_eq!(
        check(&tenants, &provider.token("real", &key)).await,
        Outcome::Accepted
    );
    let before = provider.server.asked().len();
    let mut outcomes = JoinSet::new();
    for at in 0..2000 {
        let (tenants, token) = (tenants.clone(), provider.token(&format!("t{at}"), &key));
        outcomes.spawn(async move { check(&tenants, &token).await });
    }
    let mut refused = 0;
    while let Some(outcome) = outcomes.join_next().await {
        let outcome = outcome.unwrap();
        if outcome == Outcome::Refused {
            refused += 1;
        } else {
            assert_eq!(outcome, Outcome::Unavailable(1));
        }
    }
    // Nine looks were left of ten; each asks in two places.
    assert!((1..=9).contains(&refused), "{refused}");
    let asked = provider.server.asked().len() - before;
    assert!(asked <= 18, "{asked}");
    assert_eq!(
        now(&tenants, &provider.token("real", &key)),
        Some(Outcome::Accepted)
    );
    // One more each second.
    provider.add("late", &key);
    advance(SECOND).await;
    assert_eq!(
        check(&tenants, &provider.token("late", &key)).await,
        Outcome::Accepted
    );
}

#[tokio::test]
async fn tenants_that_are_invented_one_after_another_share_one_pace() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    let tenants = provider.any();
    for at in 0..30 {
        let outcome = check(&tenants, &provider.token(&format!("t{at}"), &key)).await;
        let expect = if at < 10 {
            Outcome::Refused
        } else {
            Outcome::Unavailable(1)
        };
        assert_eq!(outcome, expect, "{at}");
    }
    assert_eq!(provider.server.asked().len(), 20, "each asks in two places");
}

#[tokio::test]
async fn a_provider_that_is_down_is_an_outage() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    provider
        .server
        .answer(&Provider::document("a"), Answer::raw(""));
    let tenants = provider.any();
    let token = provider.token("a", &key);
    assert_eq!(check(&tenants, &token).await, Outcome::Unavailable(10));
    let asked = provider.server.asked().len();
    advance(3 * SECOND).await;
    assert_eq!(now(&tenants, &token), Some(Outcome::Unavailable(7)));
    assert_eq!(provider.server.asked().len(), asked);
    provider.add("a", &key);
    advance(8 * SECOND).await;
    assert_eq!(check(&tenants, &token).await, Outcome::Accepted);
}

/// SECURITY.md, "reader of logs": whoever sends a token chooses the tenant in it.
#[tokio::test]
async fn a_tenant_is_in_no_event_before_its_keys_came() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    for answer in [
        Answer::with("404 Not Found", &[], ""),
        Answer::with("500 Internal Server Error", &[], ""),
        Answer::json("{}"),
    ] {
        let document = Provider::document("invented");
        provider.server.answer(&document, answer);
        let events = Events::record();
        check(&provider.any(), &provider.token("invented", &key)).await;
        let said = events.take();
        assert!(said.contains("/{tenantid}/v2"), "{said}");
        let ours: Vec<_> = said
            .lines()
            .filter(|line| line.contains("tower_postern"))
            .collect();
        assert!(
            !ours.iter().any(|line| line.contains("invented")),
            "{ours:?}"
        );
    }

    // What has keys is there; the operator is told whose.
    provider.add("known", &key);
    let events = Events::record();
    let token = provider.token("known", &key);
    assert_eq!(check(&provider.any(), &token).await, Outcome::Accepted);
    assert!(events.take().contains("/known/v2"));
}

#[tokio::test]
async fn the_tenant_claim_is_the_tenant_in_iss() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    provider.add("a", &key);
    let tenants = provider
        .tenants()
        .tenants(["a"])
        .tenant_claim("tid")
        .build()
        .unwrap();
    let token = |members: Value| token_of(&provider.issuer("a"), &key, &members);
    assert_eq!(
        check(&tenants, &token(json!({ "tid": "a" }))).await,
        Outcome::Accepted
    );
    for members in [
        json!({ "tid": "b" }),
        json!({ "tid": ["a"] }),
        json!({ "tid": "A" }),
        json!({}),
    ] {
        assert_eq!(
            now(&tenants, &token(members.clone())),
            Some(Outcome::Refused),
            "{members}"
        );
    }
}

#[tokio::test]
async fn discovery_is_compared_after_substitution() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    for (tenant, written, outcome) in [
        (
            "a",
            provider.server.url("/{tenantid}/v2"),
            Outcome::Accepted,
        ),
        ("b", provider.issuer("b"), Outcome::Accepted),
        ("c", provider.issuer("b"), Outcome::Unavailable(10)),
        (
            "d",
            provider.server.url("/{tenant}/v2"),
            Outcome::Unavailable(10),
        ),
    ] {
        provider.publish(tenant, &written, &named(&key, "1"));
        let found = check(&provider.any(), &provider.token(tenant, &key)).await;
        assert_eq!(found, outcome, "{tenant} {written}");
    }
}

#[tokio::test]
async fn the_issuer_of_a_key_is_honoured() {
    let (key, other) = (SigningKey::p256(), SigningKey::p256());
    let provider = Provider::new().await;
    for (tenant, written, outcome) in [
        (
            "a",
            json!(provider.server.url("/{tenantid}/v2")),
            Outcome::Accepted,
        ),
        ("b", json!(provider.issuer("b")), Outcome::Accepted),
        ("c", json!(provider.issuer("b")), Outcome::Refused),
        ("d", json!(["x"]), Outcome::Refused),
        ("e", Value::Null, Outcome::Accepted),
    ] {
        let published = key.jwk_with(&json!({ "kid": "1", "issuer": written }));
        provider.publish(tenant, &provider.issuer(tenant), &published);
        let keys = set(&[published, named(&other, "2")]);
        provider
            .server
            .answer(&format!("/{tenant}/keys"), Answer::json(keys));
        let found = check(&provider.any(), &provider.token(tenant, &key)).await;
        assert_eq!(found, outcome, "{tenant} {written}");
    }
}

#[tokio::test]
async fn whose_tokens_are_accepted_must_be_said() {
    let build = |template: &str, settings: fn(TenantsBuilder<Claims>) -> TenantsBuilder<Claims>| {
        let client = HttpsClient::new(no_trust());
        let built = settings(Tenants::template(template, AUDIENCE, client)).build();
        built.map_err(|error| error.kind()).err()
    };
    let good = "https://id.example/{tenantid}";
    let issuer = Some(ConfigErrorKind::Issuer);
    assert_eq!(build(good, |tenants| tenants), issuer);
    assert_eq!(build(good, |tenants| tenants.tenants([""; 0])), issuer);
    assert_eq!(build(good, |tenants| tenants.tenants(["a/b"])), issuer);
    assert_eq!(build(good, |tenants| tenants.tenants(["a"])), None);
    assert_eq!(build(good, TenantsBuilder::danger_any_tenant), None);
    assert_eq!(
        build("https://id.example/", TenantsBuilder::danger_any_tenant),
        issuer
    );
    assert_eq!(
        build(
            "https://{tenantid}.example/",
            TenantsBuilder::danger_any_tenant
        ),
        issuer
    );
    let plain = "http://id.example/{tenantid}";
    assert_eq!(
        build(plain, TenantsBuilder::danger_any_tenant),
        Some(ConfigErrorKind::Url)
    );
}

/// A resolver that knows one tenant, is down for another, and counts.
fn resolver(key: &SigningKey) -> (Tenants<Claims>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let (counter, jwk) = (asked.clone(), named(key, "1").to_string());
    let validator = move |issuer: &str| {
        JwtValidator::builder(issuer, AUDIENCE)
            .clock_with(TestClock::at(NOW))
            .jwk(&jwk)
            .build()
            .map_err(|error| AuthError::unavailable().with_source(error))
    };
    let tenants = Tenants::resolver(
        |issuer| issuer.starts_with("https://id.example/t/"),
        move |issuer| {
            counter.fetch_add(1, Ordering::SeqCst);
            let found = match issuer.rsplit('/').next() {
                Some("a") => validator(&issuer).map(Some),
                Some("confused") => validator("https://id.example/t/a").map(Some),
                Some("down") => Err(AuthError::unavailable()),
                _ => Ok(None),
            };
            async move {
                tokio::task::yield_now().await;
                found
            }
        },
    );
    (tenants, asked)
}

#[tokio::test(start_paused = true)]
async fn a_resolver_says_who_is_a_tenant() {
    let key = SigningKey::p256();
    let (tenants, asked) = resolver(&key);
    let token = |issuer: &str| token_of(issuer, &key, &json!({}));
    assert_eq!(
        now(&tenants, &token("https://evil.example/t/a")),
        Some(Outcome::Refused)
    );
    assert_eq!(
        asked.load(Ordering::SeqCst),
        0,
        "nobody is asked about others"
    );
    for _ in 0..3 {
        let outcome = check(&tenants, &token("https://id.example/t/a")).await;
        assert_eq!(outcome, Outcome::Accepted);
        let outcome = check(&tenants, &token("https://id.example/t/nobody")).await;
        assert_eq!(outcome, Outcome::Refused);
        for tenant in ["down", "confused"] {
            let outcome = check(&tenants, &token(&format!("https://id.example/t/{tenant}"))).await;
            assert!(
                matches!(outcome, Outcome::Unavailable(_)),
                "{tenant}: {outcome:?}"
            );
        }
    }
    assert_eq!(asked.load(Ordering::SeqCst), 4);
    // After an hour it is asked again.
    advance(3601 * SECOND).await;
    assert_eq!(now(&tenants, &token("https://id.example/t/a")), None);
    let outcome = check(&tenants, &token("https://id.example/t/a")).await;
    assert_eq!(outcome, Outcome::Accepted);
    assert_eq!(asked.load(Ordering::SeqCst), 5);
}

#[tokio::test(start_paused = true)]
async fn a_look_goes_on_without_whoever_began_it() {
    let key = SigningKey::p256();
    let (tenants, asked) = resolver(&key);
    let token = token_of("https://id.example/t/a", &key, &json!({}));
    let request = Request::new(());
    let credentials = Credentials::new(&token, RequestHead::new(&request));
    {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let first = std::pin::pin!(tenants.validate(credentials));
        assert!(first.poll(&mut context).is_pending());
    }
    super::until(|| now(&tenants, &token) == Some(Outcome::Accepted)).await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
