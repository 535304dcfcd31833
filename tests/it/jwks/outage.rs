//! An issuer that is down, or not there yet.

use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tokio::time::advance;
use tower::ServiceExt;
use tower_postern::{
    BearerAuthLayer,
    fetch::{FetchErrorKind, HttpsClient},
    jwt::RemoteKeys,
};

use super::{
    Answer, COOL_DOWN, LIFETIME, Outcome, SECOND, STALE, Scripted, Stage, named, no_trust, token,
    until, validator,
};
use crate::support::issuer::SigningKey;

#[test]
fn keys_are_set_up_without_a_runtime_and_without_the_issuer() {
    let client = HttpsClient::new(no_trust());
    let keys = RemoteKeys::jwks_uri("https://192.0.2.1/keys", client);
    let keys = keys.build().unwrap();
    let jwt = validator(&keys);
    assert!(!keys.is_ready());
    // Whoever asks on no runtime is told so, and nothing panics.
    let token = token(&SigningKey::p256(), "1");
    assert_eq!(super::now(&jwt, &token), None);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let ready = std::pin::pin!(keys.ready()).poll(&mut context);
    let std::task::Poll::Ready(Err(error)) = ready else {
        panic!("not told");
    };
    assert_eq!(error.kind(), FetchErrorKind::Runtime);
}

#[tokio::test]
async fn nothing_is_asked_before_it_is_needed() {
    let stage = Stage::new().await;
    advance(10 * LIFETIME).await;
    assert_eq!(stage.fetches(), 0);
}

#[tokio::test]
async fn the_first_request_fetches_the_keys() {
    let key = SigningKey::p256();
    let stage = Stage::new().await;
    stage.publish(&[named(&key, "1")]);
    assert_eq!(stage.now(&token(&key, "1")), None);
    assert_eq!(stage.check(&token(&key, "1")).await, Outcome::Accepted);
    assert_eq!(stage.fetches(), 1);
}

#[tokio::test]
async fn a_readiness_probe_alone_has_the_keys_fetched() {
    let key = SigningKey::p256();
    let stage = Stage::new().await;
    stage.publish(&[named(&key, "1")]);
    assert!(!stage.keys.is_ready());
    until(|| stage.keys.is_ready()).await;
    assert_eq!(stage.fetches(), 1);
}

#[tokio::test]
async fn tokens_are_503_until_the_first_set() {
    let key = SigningKey::p256();
    let stage = Stage::new().await;
    stage.answer(Answer::with("503 Service Unavailable", &[], ""));
    let token = token(&key, "1");
    assert_eq!(stage.check(&token).await, Outcome::Unavailable(10));
    assert_eq!(stage.now(&token), Some(Outcome::Unavailable(10)));
    assert_eq!(stage.fetches(), 1, "the cool-down holds here too");

    let ready = tokio::spawn({
        let keys = stage.keys.clone();
        async move { keys.ready().await }
    });
    stage.publish(&[named(&key, "1")]);
    // A retry comes without traffic.
    advance(COOL_DOWN * 5 / 4).await;
    ready.await.unwrap().unwrap();
    assert!(stage.keys.is_ready());
    assert_eq!(stage.now(&token), Some(Outcome::Accepted));
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn an_outage_is_told_with_retry_after_and_without_a_challenge() {
    let key = SigningKey::p256();
    let stage = Stage::new().await;
    let service = tower::service_fn(|_| async {
        Ok::<_, std::convert::Infallible>(Response::new(Full::<bytes::Bytes>::default()))
    });
    let service = BearerAuthLayer::new(stage.jwt.clone()).wrap(service);
    let ask = async || {
        let authorization = format!("Bearer {}", token(&key, "1"));
        let request = Request::get("/").header("authorization", authorization);
        let request = request.body(Full::<bytes::Bytes>::default()).unwrap();
        service.clone().oneshot(request).await.unwrap()
    };
    for _ in 0..2 {
        let answer = ask().await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "10");
        assert!(!answer.headers().contains_key("www-authenticate"));
    }
    stage.publish(&[named(&key, "1")]);
    advance(COOL_DOWN).await;
    assert_eq!(ask().await.status(), StatusCode::OK);
}

#[tokio::test]
async fn known_keys_serve_for_a_bounded_time_while_the_issuer_is_down() {
    let (key, other) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&key, "1")]).await;
    stage.answer(Answer::raw("")); // closes without a word
    let token_of_key = token(&key, "1");
    let mut passed = Duration::ZERO;
    while passed < LIFETIME + STALE - SECOND {
        let step = (120 * SECOND).min(LIFETIME + STALE - SECOND - passed);
        advance(step).await;
        passed += step;
        assert_eq!(
            stage.now(&token_of_key),
            Some(Outcome::Accepted),
            "{passed:?}"
        );
    }
    assert!(matches!(
        stage.check(&token(&other, "2")).await,
        Outcome::Unavailable(_)
    ));
    assert!(stage.keys.is_ready());
    assert!(stage.fetches() > 10, "{} attempts", stage.fetches());

    advance(SECOND).await;
    assert!(!stage.keys.is_ready());
    assert!(matches!(
        stage.check(&token_of_key).await,
        Outcome::Unavailable(_)
    ));

    stage.publish(&[named(&key, "1")]);
    advance(2 * 60 * SECOND).await;
    until(|| stage.keys.is_ready()).await;
    assert_eq!(stage.now(&token_of_key), Some(Outcome::Accepted));
}

#[tokio::test]
async fn without_a_stale_time_keys_die_with_their_lifetime() {
    let key = SigningKey::p256();
    let stage = Stage::with(|keys| keys.stale_for(Duration::ZERO)).await;
    stage.publish(&[named(&key, "1")]);
    stage.keys.ready().await.unwrap();
    stage.answer(Answer::raw(""));
    advance(LIFETIME - SECOND).await;
    assert_eq!(stage.now(&token(&key, "1")), Some(Outcome::Accepted));
    advance(SECOND).await;
    assert!(matches!(
        stage.check(&token(&key, "1")).await,
        Outcome::Unavailable(_)
    ));
}

#[tokio::test]
async fn one_issuer_knows_nothing_of_the_keys_of_another() {
    let (ours, theirs) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&ours, "1")]).await;
    let server = Scripted::start().await;
    server.answer("/keys", Answer::json(super::set(&[named(&theirs, "1")])));
    let keys = super::remote(&server).build().unwrap();
    let other = validator(&keys);
    keys.ready().await.unwrap();
    assert_eq!(stage.now(&token(&ours, "1")), Some(Outcome::Accepted));
    assert_eq!(stage.now(&token(&theirs, "1")), Some(Outcome::Refused));
    assert_eq!(
        super::now(&other, &token(&theirs, "1")),
        Some(Outcome::Accepted)
    );
    assert_eq!(
        super::now(&other, &token(&ours, "1")),
        Some(Outcome::Refused)
    );
}
