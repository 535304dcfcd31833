//! How long keys are good, and when they are fetched anew.

use tokio::time::advance;

use super::{Answer, COOL_DOWN, LIFETIME, Outcome, SECOND, Stage, named, set, token, until};
use crate::support::issuer::SigningKey;

#[tokio::test]
async fn a_known_kid_never_waits_for_a_refresh() {
    let key = SigningKey::p256();
    let stage = Stage::ready(&[named(&key, "1")]).await;
    let permits = stage.publish_held(&[named(&key, "1")]);
    advance(LIFETIME * 9 / 10).await;
    stage.fetched(2).await;
    assert_eq!(stage.now(&token(&key, "1")), Some(Outcome::Accepted));
    permits.add_permits(1);
    until(|| stage.now(&token(&key, "1")) == Some(Outcome::Accepted)).await;
}

#[tokio::test]
async fn keys_are_refreshed_ahead_without_traffic() {
    let key = SigningKey::p256();
    let stage = Stage::ready(&[named(&key, "1")]).await;
    advance(LIFETIME * 3 / 4 - SECOND).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.fetches(), 1);
    advance(LIFETIME / 8 + SECOND).await;
    stage.fetched(2).await;
}

#[tokio::test]
async fn many_services_do_not_ask_at_the_same_time() {
    let key = SigningKey::p256();
    let stage = Stage::ready(&[named(&key, "1")]).await;
    let mut services = Vec::new();
    for _ in 0..40 {
        let keys = super::remote(&stage.server).build().unwrap();
        keys.ready().await.unwrap();
        services.push(keys);
    }
    let before = stage.fetches();
    advance(LIFETIME * 3 / 4 + LIFETIME / 16).await;
    until(|| stage.fetches() > before).await;
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
    let early = stage.fetches() - before;
    advance(LIFETIME / 16).await;
    until(|| stage.fetches() - before == 41).await;
    assert!((5..36).contains(&early), "{early} of 41 in the first half");
}

#[tokio::test]
async fn what_the_issuer_says_of_the_lifetime_counts_within_bounds() {
    let key = SigningKey::p256();
    for (says, lifetime) in [
        ("max-age=300", 300 * SECOND),
        ("max-age=1000000", LIFETIME),
        ("max-age=0", 60 * SECOND),
        ("no-store", 60 * SECOND),
        ("public", LIFETIME),
    ] {
        let stage = Stage::new().await;
        let headers = [
            ("content-type", "application/json"),
            ("cache-control", says),
        ];
        stage.answer(Answer::with("200 OK", &headers, set(&[named(&key, "1")])));
        stage.keys.ready().await.unwrap();
        advance(lifetime * 3 / 4 - SECOND).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(stage.fetches(), 1, "{says}");
        advance(lifetime / 8 + SECOND).await;
        stage.fetched(2).await;
    }
}

#[tokio::test]
async fn a_withdrawn_key_dies_at_the_next_refresh() {
    let (kept, withdrawn) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&kept, "kept"), named(&withdrawn, "withdrawn")]).await;
    assert_eq!(
        stage.now(&token(&withdrawn, "withdrawn")),
        Some(Outcome::Accepted)
    );
    stage.publish(&[named(&kept, "kept")]);
    advance(LIFETIME * 9 / 10).await;
    stage.fetched(2).await;
    until(|| stage.now(&token(&withdrawn, "withdrawn")) == Some(Outcome::Refused)).await;
    assert_eq!(stage.now(&token(&kept, "kept")), Some(Outcome::Accepted));
    // Also where another token's `kid` brought the refresh about.
    let new = SigningKey::p256();
    stage.publish(&[named(&new, "new")]);
    advance(COOL_DOWN).await;
    assert_eq!(stage.check(&token(&new, "new")).await, Outcome::Accepted);
    assert_eq!(stage.now(&token(&kept, "kept")), Some(Outcome::Refused));
}

#[tokio::test]
async fn fetching_ends_with_the_last_handle() {
    let key = SigningKey::p256();
    let stage = Stage::ready(&[named(&key, "1")]).await;
    let Stage {
        server, keys, jwt, ..
    } = stage;
    drop(keys);
    advance(LIFETIME * 9 / 10).await;
    server.asked_for("/keys", 2).await;
    drop(jwt);
    advance(2 * LIFETIME).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.count("/keys"), 2);
}
