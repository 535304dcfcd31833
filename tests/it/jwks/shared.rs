//! One set of keys for all tenants of a provider.

use serde_json::{Value, json};
use tokio::{task::JoinSet, time::advance};
use tower_postern::{
    ConfigErrorKind,
    bearer::TokenValidator,
    jwt::{Claims, Tenants, TenantsBuilder},
};

use super::{
    Answer, COOL_DOWN, Outcome, named, set,
    tenants::{Provider, check, now, token_of},
    until,
};
use crate::support::issuer::SigningKey;

fn shared(provider: &Provider) -> TenantsBuilder<Claims> {
    provider
        .tenants()
        .tenant_claim("tid")
        .jwks_uri(provider.server.url("/keys"))
}

fn publish(provider: &Provider, keys: &[Value]) {
    provider.server.answer("/keys", Answer::json(set(keys)));
}

/// A token of that tenant that says so twice.
fn token(provider: &Provider, tenant: &str, key: &SigningKey) -> String {
    token_of(&provider.issuer(tenant), key, &json!({ "tid": tenant }))
}

fn requests(provider: &Provider) -> usize {
    provider.server.count("/keys")
}

#[tokio::test]
async fn one_set_serves_all_tenants_and_each_keeps_its_name() {
    let key = SigningKey::p256();
    let provider = Provider::new().await;
    publish(&provider, &[named(&key, "1")]);
    for tenants in [
        shared(&provider).danger_any_tenant().build().unwrap(),
        shared(&provider).tenants(["a", "b"]).build().unwrap(),
    ] {
        let before = requests(&provider);
        for tenant in ["a", "b"] {
            let token = token(&provider, tenant, &key);
            assert_eq!(check(&tenants, &token).await, Outcome::Accepted);
            let request = http::Request::new(());
            let head = tower_postern::RequestHead::new(&request);
            let credentials = tower_postern::bearer::Credentials::new(&token, head);
            assert!(tenants.recognizes(&credentials));
            let grant = tenants.validate_now(credentials).unwrap().unwrap().grant;
            assert_eq!(grant.issuer(), Some(&*provider.issuer(tenant)));
        }
        assert_eq!(requests(&provider), before + 1, "and no discovery");
    }
}

#[tokio::test]
async fn a_key_is_for_the_tenant_that_it_names_or_for_all() {
    let [all, of_a, of_template, of_other] = [(); 4].map(|()| SigningKey::p256());
    let provider = Provider::new().await;
    let with = |key: &SigningKey, kid: &str, issuer: &str| {
        key.jwk_with(&json!({ "kid": kid, "issuer": issuer }))
    };
    publish(
        &provider,
        &[
            named(&all, "1"),
            with(&of_a, "1", &provider.issuer("a")),
            with(&of_template, "1", &provider.issuer("{tenantid}")),
            with(&of_other, "1", "https://other.example/{tenantid}/v2"),
        ],
    );
    let tenants = shared(&provider).danger_any_tenant().build().unwrap();
    for (name, key, of_a, of_b) in [
        ("names nobody", &all, Outcome::Accepted, Outcome::Accepted),
        ("names a tenant", &of_a, Outcome::Accepted, Outcome::Refused),
        (
            "names all",
            &of_template,
            Outcome::Accepted,
            Outcome::Accepted,
        ),
        (
            "names others",
            &of_other,
            Outcome::Refused,
            Outcome::Refused,
        ),
    ] {
        for (tenant, expect) in [("a", of_a), ("b", of_b)] {
            let token = token(&provider, tenant, key);
            assert_eq!(check(&tenants, &token).await, expect, "{name}, {tenant}");
            // Without a name it is found too, and not for others.
            let mut claims = crate::support::issuer::claims();
            claims["iss"] = json!(provider.issuer(tenant));
            claims["tid"] = json!(tenant);
            let token = key.token(&json!({ "alg": "ES256" }), &claims);
            assert_eq!(
                check(&tenants, &token).await,
                expect,
                "{name}, {tenant}, no kid"
            );
        }
    }
    assert_eq!(requests(&provider), 1);
}

#[tokio::test]
async fn keys_of_other_tenants_take_no_place_among_the_four_that_are_tried() {
    let ours = SigningKey::p256();
    let provider = Provider::new().await;
    let mut keys: Vec<_> = (0..20)
        .map(|at| {
            let issuer = provider.issuer(&format!("t{at}"));
            SigningKey::p256().jwk_with(&json!({ "issuer": issuer }))
        })
        .collect();
    keys.push(ours.jwk_with(&json!({ "issuer": provider.issuer("a") })));
    publish(&provider, &keys);
    let tenants = shared(&provider).danger_any_tenant().build().unwrap();
    let mut claims = crate::support::issuer::claims();
    claims["iss"] = json!(provider.issuer("a"));
    claims["tid"] = json!("a");
    let token = ours.token(&json!({ "alg": "ES256" }), &claims);
    assert_eq!(check(&tenants, &token).await, Outcome::Accepted);
}

#[tokio::test]
async fn the_tenant_is_listed_and_the_one_that_the_claim_names() {
    let (key, other) = (SigningKey::p256(), SigningKey::p256());
    let provider = Provider::new().await;
    publish(&provider, &[named(&key, "1")]);
    let listed = shared(&provider).tenants(["a", "b"]).build().unwrap();
    let any = shared(&provider).danger_any_tenant().build().unwrap();
    let (a, c) = (provider.issuer("a"), provider.issuer("c"));
    for (name, issuer, members, expect_listed, expect_any) in [
        (
            "good",
            &a,
            json!({ "tid": "a" }),
            Outcome::Accepted,
            Outcome::Accepted,
        ),
        (
            "not listed",
            &c,
            json!({ "tid": "c" }),
            Outcome::Refused,
            Outcome::Accepted,
        ),
        (
            "another listed one's claim",
            &a,
            json!({ "tid": "b" }),
            Outcome::Refused,
            Outcome::Refused,
        ),
        (
            "no claim",
            &a,
            json!({}),
            Outcome::Refused,
            Outcome::Refused,
        ),
        (
            "a list for a claim",
            &a,
            json!({ "tid": ["a"] }),
            Outcome::Refused,
            Outcome::Refused,
        ),
        (
            "the template",
            &provider.issuer("{tenantid}"),
            json!({ "tid": "{tenantid}" }),
            Outcome::Refused,
            Outcome::Refused,
        ),
        (
            "no tenant",
            &provider.issuer(""),
            json!({ "tid": "" }),
            Outcome::Refused,
            Outcome::Refused,
        ),
        (
            "two segments",
            &provider.issuer("a/b"),
            json!({ "tid": "a/b" }),
            Outcome::Refused,
            Outcome::Refused,
        ),
    ] {
        let token = token_of(issuer, &key, &members);
        assert_eq!(check(&listed, &token).await, expect_listed, "{name}");
        assert_eq!(check(&any, &token).await, expect_any, "{name}");
        let forged = token_of(issuer, &other, &members);
        assert_eq!(
            check(&any, &forged).await,
            Outcome::Refused,
            "{name}, forged"
        );
    }
}

#[tokio::test]
async fn inventing_tenants_is_no_flood_and_no_outage() {
    let (key, other) = (SigningKey::ed25519(), SigningKey::ed25519());
    let provider = Provider::new().await;
    publish(&provider, &[named(&key, "1")]);
    let tenants = shared(&provider).danger_any_tenant().build().unwrap();
    let token = |tenant: &str, key: &SigningKey, kid: &str| {
        let mut claims = crate::support::issuer::claims();
        claims["iss"] = json!(provider.issuer(tenant));
        claims["tid"] = json!(tenant);
        key.token(&json!({ "alg": "EdDSA", "kid": kid }), &claims)
    };
    assert_eq!(
        check(&tenants, &token("real", &key, "1")).await,
        Outcome::Accepted
    );
    for at in 0..1_000 {
        let tenant = format!("t{at}");
        assert_eq!(
            now(&tenants, &token(&tenant, &other, "1")),
            Some(Outcome::Refused)
        );
        assert_eq!(
            now(&tenants, &token(&tenant, &other, &tenant)),
            Some(Outcome::Refused)
        );
    }
    assert_eq!(requests(&provider), 1);
    // Nor does it wait at a desk: a real one that nobody has seen is served at once.
    assert_eq!(
        now(&tenants, &token("new", &key, "1")),
        Some(Outcome::Accepted)
    );
    advance(COOL_DOWN).await;
    let mut waiting = JoinSet::new();
    for at in 0..200 {
        let (tenants, token) = (tenants.clone(), token(&format!("t{at}"), &other, "2"));
        waiting.spawn(async move { check(&tenants, &token).await });
    }
    while let Some(outcome) = waiting.join_next().await {
        assert_eq!(outcome.unwrap(), Outcome::Refused);
    }
    until(|| requests(&provider) >= 2).await;
    assert_eq!(requests(&provider), 2, "one for all of them");
}

#[tokio::test]
async fn what_cannot_be_shared_is_an_error() {
    let provider = Provider::new().await;
    let kind = |tenants: TenantsBuilder<Claims>| tenants.build().err().map(|error| error.kind());
    let any = || shared(&provider).danger_any_tenant();
    assert_eq!(kind(any()), None);
    assert_eq!(
        kind(any().jwks_uri("ftp://id.example")),
        Some(ConfigErrorKind::Url)
    );
    assert_eq!(
        kind(any().tenant_claim("sub")),
        Some(ConfigErrorKind::Claim)
    );
    assert_eq!(
        kind(any().validators_with(|validator| validator.require_claim("tid", "a"))),
        Some(ConfigErrorKind::Claim)
    );
    assert_eq!(
        kind(shared(&provider)),
        Some(ConfigErrorKind::Issuer),
        "nobody's"
    );
    assert_eq!(
        kind(shared(&provider).tenants(["a/b"])),
        Some(ConfigErrorKind::Issuer)
    );
    let debug: Tenants<Claims> = any().build().unwrap();
    assert_eq!(format!("{debug:?}"), "Tenants { listed: None, .. }");
}
