//! Tokens that name a key which is not there.

use std::{future::poll_fn, iter, sync::Arc};

use http::Request;
use http_body_util::Full;
use serde_json::Value;
use tokio::{net::TcpStream, task::JoinSet, time::advance};
use tower_postern::BearerAuthLayer;

use super::{COOL_DOWN, Outcome, SECOND, Stage, check, named, token, until};
use crate::support::{issuer::SigningKey, wire::Server};

#[tokio::test]
async fn a_new_key_is_looked_for_once() {
    let (old, new) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&old, "old")]).await;
    stage.publish(&[named(&old, "old"), named(&new, "new")]);
    advance(COOL_DOWN).await;
    assert_eq!(stage.now(&token(&new, "new")), None, "it has to wait");
    assert_eq!(stage.fetches(), 1, "a look begins nothing");
    assert_eq!(stage.check(&token(&new, "new")).await, Outcome::Accepted);
    assert_eq!(stage.now(&token(&new, "new")), Some(Outcome::Accepted));
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn an_unknown_kid_is_refused_within_the_cool_down_without_a_fetch() {
    let (known, unknown) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&known, "known")]).await;
    let token = token(&unknown, "unknown");
    assert_eq!(stage.now(&token), Some(Outcome::Refused));
    advance(COOL_DOWN - SECOND).await;
    assert_eq!(stage.now(&token), Some(Outcome::Refused));
    assert_eq!(stage.fetches(), 1);
    advance(SECOND).await;
    assert_eq!(stage.now(&token), None);
    assert_eq!(stage.check(&token).await, Outcome::Refused);
    assert_eq!(stage.fetches(), 2);
    assert_eq!(stage.now(&token), Some(Outcome::Refused));
}

#[tokio::test]
async fn ten_thousand_concurrent_unknown_kids_are_one_fetch() {
    let (known, unknown) = (SigningKey::ed25519(), SigningKey::ed25519());
    let tokens = (0..10_000).map(|kid| token(&unknown, &kid.to_string()));
    assert_refused_with_one_fetch(named(&known, "known"), tokens).await;
}

/// All at once, where the issuer publishes that key before and after.
async fn assert_refused_with_one_fetch(key: Value, tokens: impl Iterator<Item = String>) {
    let keys = [key];
    let stage = Stage::ready(&keys).await;
    advance(COOL_DOWN).await;
    let permits = stage.publish_held(&keys);
    let mut waiting = JoinSet::new();
    for token in tokens {
        let jwt = stage.jwt.clone();
        waiting.spawn(async move { check(&jwt, &token).await });
    }
    stage.fetched(2).await;
    permits.add_permits(10_000);
    while let Some(outcome) = waiting.join_next().await {
        assert_eq!(outcome.unwrap(), Outcome::Refused);
    }
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn an_unknown_kid_is_503_while_the_last_fetch_failed() {
    let (known, unknown) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&known, "known")]).await;
    advance(COOL_DOWN).await;
    stage.answer(super::Answer::with("500 Internal Server Error", &[], ""));
    let token = token(&unknown, "unknown");
    assert_eq!(stage.check(&token).await, Outcome::Unavailable(10));
    advance(3 * SECOND).await;
    assert_eq!(stage.now(&token), Some(Outcome::Unavailable(7)));
    assert_eq!(stage.fetches(), 2);
    assert_eq!(
        stage.now(&super::token(&known, "known")),
        Some(Outcome::Accepted)
    );
    // And is asked for again, and refused, when the issuer is there again.
    stage.publish(&[named(&known, "known")]);
    advance(7 * SECOND).await;
    assert_eq!(stage.check(&token).await, Outcome::Refused);
    assert_eq!(stage.fetches(), 3);
    assert!(stage.keys.last_error().is_none());
}

#[tokio::test]
async fn the_cool_down_counts_from_the_start_of_a_fetch() {
    let (known, unknown) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&known, "known")]).await;
    advance(COOL_DOWN).await;
    let permits = stage.publish_held(&[named(&known, "known")]);
    let (jwt, unknown) = (stage.jwt.clone(), token(&unknown, "unknown"));
    let waiting = tokio::spawn({
        let unknown = unknown.clone();
        async move { check(&jwt, &unknown).await }
    });
    stage.fetched(2).await;
    advance(4 * SECOND).await;
    permits.add_permits(1);
    assert_eq!(waiting.await.unwrap(), Outcome::Refused);
    advance(COOL_DOWN - 4 * SECOND - SECOND).await;
    assert_eq!(stage.now(&unknown), Some(Outcome::Refused));
    advance(SECOND).await;
    assert_eq!(stage.now(&unknown), None);
}

#[tokio::test]
async fn an_empty_set_counts_as_an_attempt() {
    let (known, unknown) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&known, "known")]).await;
    advance(COOL_DOWN).await;
    stage.publish(&[]);
    let unknown = token(&unknown, "unknown");
    assert_eq!(stage.check(&unknown).await, Outcome::Unavailable(10));
    assert_eq!(stage.now(&unknown), Some(Outcome::Unavailable(10)));
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_anyway_asks_nobody() {
    let (known, unknown) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::new().await;
    stage.publish(&[named(&known, "known")]);
    let header = serde_json::json!({ "alg": "ES256", "kid": "unknown" });
    let none = serde_json::json!({ "alg": "none", "kid": "unknown" });
    let hmac = serde_json::json!({ "alg": "HS256", "kid": "unknown" });
    let with = |members| super::super::support::issuer::claims_with(&members);
    for (name, token) in [
        ("garbage", "garbage".to_owned()),
        (
            "expired",
            unknown.token(&header, &with(serde_json::json!({ "exp": 1 }))),
        ),
        (
            "issuer",
            unknown.token(&header, &with(serde_json::json!({ "iss": "https://evil" }))),
        ),
        (
            "audience",
            unknown.token(&header, &with(serde_json::json!({ "aud": "other" }))),
        ),
        (
            "no signature",
            unknown.token_as("ES256", &none.to_string(), super::claims().to_string()),
        ),
        (
            "secret",
            SigningKey::secret().token(&hmac, &super::claims()),
        ),
    ] {
        assert_eq!(stage.now(&token), Some(Outcome::Refused), "{name}");
    }
    stage.keys.ready().await.unwrap();
    advance(COOL_DOWN).await;
    let forged = token(&unknown, "known");
    assert_eq!(stage.now(&forged), Some(Outcome::Refused), "forged");
    assert_eq!(stage.fetches(), 1);
}

/// A client of HTTP/2 that gives up each request as soon as it has begun a fetch.
#[tokio::test]
async fn a_client_that_resets_its_streams_starts_no_second_fetch() {
    let (known, unknown) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&known, "known")]).await;
    let layer = BearerAuthLayer::new(stage.jwt.clone());
    let service = tower::service_fn(|_| async {
        Ok::<_, std::convert::Infallible>(http::Response::new(Full::<bytes::Bytes>::default()))
    });
    let server = Server::tower(layer.wrap(service)).await;
    advance(COOL_DOWN).await;
    let permits = stage.publish_held(&[named(&known, "known")]);

    let stream = TcpStream::connect(server.address()).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    let mut background = JoinSet::new();
    background.spawn(async move { drop(connection.await) });
    let mut client = client.ready().await.unwrap();
    for kid in 0..50 {
        let authorization = format!("Bearer {}", token(&unknown, &kid.to_string()));
        let request = Request::get("http://test/")
            .header("authorization", authorization)
            .body(())
            .unwrap();
        poll_fn(|cx| client.poll_ready(cx)).await.unwrap();
        let (answer, mut sender) = client.send_request(request, true).unwrap();
        if kid == 0 {
            stage.fetched(2).await;
        }
        sender.send_reset(h2::Reason::CANCEL);
        assert!(answer.await.is_err());
    }
    let last = tokio::spawn({
        let (jwt, token) = (Arc::clone(&stage.jwt), token(&unknown, "last"));
        async move { check(&jwt, &token).await }
    });
    permits.add_permits(50);
    assert_eq!(last.await.unwrap(), Outcome::Refused);
    until(|| stage.fetches() >= 2).await;
    assert_eq!(stage.fetches(), 2);
}

/// A good token that names no key.
fn unnamed(key: &SigningKey) -> String {
    key.token(&serde_json::json!({ "alg": "ES256" }), &super::claims())
}

#[tokio::test]
async fn keys_without_a_name_can_be_changed() {
    let (old, new, forger) = (SigningKey::p256(), SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[old.jwk()]).await;
    stage.publish(&[new.jwk()]);
    let token = unnamed(&new);
    assert_eq!(
        stage.now(&token),
        Some(Outcome::Refused),
        "a fetch was a moment ago"
    );
    assert_eq!(stage.fetches(), 1);
    advance(COOL_DOWN).await;
    assert_eq!(
        stage.now(&unnamed(&old)),
        Some(Outcome::Accepted),
        "what is known waits for nobody"
    );
    assert_eq!(stage.now(&token), None, "it has to wait");
    assert_eq!(stage.fetches(), 1, "a look begins nothing");
    assert_eq!(stage.check(&token).await, Outcome::Accepted);
    assert_eq!(stage.now(&token), Some(Outcome::Accepted));
    assert_eq!(
        stage.now(&unnamed(&old)),
        Some(Outcome::Refused),
        "withdrawn"
    );
    assert_eq!(stage.fetches(), 2);
    // Whoever forges such tokens has one fetch made, and is refused.
    advance(COOL_DOWN).await;
    assert_eq!(stage.check(&unnamed(&forger)).await, Outcome::Refused);
    assert_eq!(stage.check(&unnamed(&forger)).await, Outcome::Refused);
    assert_eq!(stage.fetches(), 3);
}

#[tokio::test]
async fn a_key_without_a_name_can_be_changed_where_tokens_have_names() {
    let (old, new) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[old.jwk()]).await;
    stage.publish(&[new.jwk()]);
    advance(COOL_DOWN).await;
    assert_eq!(stage.now(&token(&old, "1")), Some(Outcome::Accepted));
    assert_eq!(stage.check(&token(&new, "2")).await, Outcome::Accepted);
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn a_token_without_a_name_among_named_keys_looks_for_a_new_one() {
    let (old, new) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&old, "1")]).await;
    stage.publish(&[named(&new, "2")]);
    advance(COOL_DOWN).await;
    assert_eq!(stage.check(&unnamed(&new)).await, Outcome::Accepted);
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn ten_thousand_concurrent_forged_tokens_without_a_name_are_one_fetch() {
    let (known, forger) = (SigningKey::ed25519(), SigningKey::ed25519());
    let token = forger.token(&serde_json::json!({ "alg": "EdDSA" }), &super::claims());
    assert_refused_with_one_fetch(known.jwk(), iter::repeat_n(token, 10_000)).await;
}

#[tokio::test]
async fn a_token_that_no_unnamed_key_made_is_503_while_the_last_fetch_failed() {
    let (known, other) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[known.jwk()]).await;
    advance(COOL_DOWN).await;
    stage.answer(super::Answer::with("500 Internal Server Error", &[], ""));
    assert_eq!(
        stage.check(&unnamed(&other)).await,
        Outcome::Unavailable(10)
    );
    assert_eq!(stage.now(&unnamed(&known)), Some(Outcome::Accepted));
    assert_eq!(stage.fetches(), 2);
    stage.publish(&[known.jwk()]);
    advance(COOL_DOWN).await;
    assert_eq!(stage.check(&unnamed(&other)).await, Outcome::Refused);
}

/// A server that the token names is never asked, whatever keys it has.
#[tokio::test]
async fn an_address_in_a_token_is_never_asked() {
    let (ours, attacker) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&ours, "1")]).await;
    stage.server.answer(
        "/evil",
        super::Answer::json(super::set(&[named(&attacker, "2")])),
    );
    advance(COOL_DOWN).await;
    let evil = stage.server.url("/evil");
    for members in [
        serde_json::json!({ "jku": evil }),
        serde_json::json!({ "x5u": evil }),
        serde_json::json!({ "kid": evil }),
        serde_json::json!({ "jwk": attacker.jwk() }),
    ] {
        let mut header = serde_json::json!({ "alg": "ES256", "kid": "2" });
        for (name, value) in members.as_object().unwrap() {
            header[name] = value.clone();
        }
        let mut claims = super::claims();
        for claims in [claims.clone(), {
            claims["iss"] = evil.clone().into();
            claims
        }] {
            let token = attacker.token(&header, &claims);
            assert_eq!(stage.check(&token).await, Outcome::Refused, "{members}");
        }
    }
    assert_eq!(stage.server.count("/evil"), 0);
    assert_eq!(stage.fetches(), 2, "one for a key that is not known");
}
