//! Answers that are no JWK set.

use tokio::time::advance;
use tower_postern::fetch::FetchErrorKind;

use super::{Answer, COOL_DOWN, Outcome, SECOND, Stage, TIMEOUT, check, named, set, token};
use crate::support::{events::Events, issuer::SigningKey};

#[tokio::test]
async fn an_answer_that_is_no_set_changes_nothing_and_is_reported() {
    let (known, unknown) = (SigningKey::p256(), SigningKey::p256());
    let stage = Stage::ready(&[named(&known, "known")]).await;
    let json = [("content-type", "application/json")];
    let good = set(&[named(&unknown, "unknown")]);
    let elsewhere = stage.server.url("/elsewhere");
    stage.server.answer("/elsewhere", Answer::json(&good));
    let long = format!("{}{good}", " ".repeat(512 * 1024));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (name, answer, kind) in [
        (
            "garbage",
            Answer::json("<html>s3cr3t</html>"),
            FetchErrorKind::Content,
        ),
        ("empty body", Answer::json(""), FetchErrorKind::Content),
        (
            "empty set",
            Answer::json(r#"{"keys":[]}"#),
            FetchErrorKind::Content,
        ),
        ("null", Answer::json("null"), FetchErrorKind::Content),
        (
            "keys of another type",
            Answer::json(r#"{"keys":{}}"#),
            FetchErrorKind::Content,
        ),
        (
            "a key alone",
            Answer::json(named(&unknown, "unknown").to_string()),
            FetchErrorKind::Content,
        ),
        (
            "no usable key",
            Answer::json(r#"{"keys":[{"kty":"s3cr3t"}]}"#),
            FetchErrorKind::Content,
        ),
        (
            "cut short",
            Answer::json(&good[..good.len() - 1]),
            FetchErrorKind::Content,
        ),
        (
            "more after it",
            Answer::json(format!("{good}x")),
            FetchErrorKind::Content,
        ),
        (
            "not UTF-8",
            Answer::json(b"{\"keys\":[\xff]}"),
            FetchErrorKind::Content,
        ),
        ("deep", Answer::json(deep), FetchErrorKind::Content),
        ("oversized", Answer::json(long), FetchErrorKind::TooLarge),
        (
            "wrong type",
            Answer::with("200 OK", &[("content-type", "text/html")], &good),
            FetchErrorKind::MediaType,
        ),
        (
            "no type",
            Answer::with("200 OK", &[], &good),
            FetchErrorKind::MediaType,
        ),
        (
            "two types",
            Answer::with("200 OK", &[json[0], ("content-type", "text/html")], &good),
            FetchErrorKind::MediaType,
        ),
        (
            "redirect",
            Answer::with("302 Found", &[json[0], ("location", &elsewhere)], &good),
            FetchErrorKind::Redirect,
        ),
        (
            "permanent redirect",
            Answer::with(
                "308 Permanent Redirect",
                &[json[0], ("location", "/elsewhere")],
                &good,
            ),
            FetchErrorKind::Redirect,
        ),
        (
            "not found",
            Answer::with("404 Not Found", &json, &good),
            FetchErrorKind::Status,
        ),
        (
            "broken",
            Answer::with("500 s3cr3t", &json, &good),
            FetchErrorKind::Status,
        ),
        (
            "other success",
            Answer::with("203 Non-Authoritative", &json, &good),
            FetchErrorKind::Status,
        ),
        (
            "broken off",
            Answer::raw(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
            ),
            FetchErrorKind::Transport,
        ),
        (
            "not HTTP",
            Answer::raw("220 s3cr3t ready\r\n\r\n"),
            FetchErrorKind::Transport,
        ),
    ] {
        let events = Events::record();
        stage.answer(answer);
        advance(COOL_DOWN).await;
        let before = stage.fetches();
        let outcome = stage.check(&token(&unknown, "unknown")).await;
        assert!(
            matches!(outcome, Outcome::Unavailable(_)),
            "{name}: {outcome:?}"
        );
        assert_eq!(stage.fetches(), before + 1, "{name}");
        assert_eq!(
            stage.now(&token(&known, "known")),
            Some(Outcome::Accepted),
            "{name}"
        );
        assert_eq!(stage.keys.last_error().unwrap().kind(), kind, "{name}");
        let said = events.take();
        let expect = format!(
            "WARN tower_postern: could not fetch, and will try again of=\"the keys at {}",
            stage.server.url("/keys")
        );
        assert!(said.contains(&expect), "{name}: {said}");
        assert!(
            said.contains(&format!("kind=\"{}\"", kind.as_str())),
            "{name}: {said}"
        );
        assert!(!said.contains("s3cr3t"), "{name}: {said}");
        advance(COOL_DOWN * 20).await;
    }
    assert_eq!(stage.server.count("/elsewhere"), 0);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_waited_for_within_the_time_limit() {
    let (known, unknown) = (SigningKey::p256(), SigningKey::p256());
    let good = set(&[named(&unknown, "unknown")]);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        good.len()
    );
    for (name, answer) in [
        ("nothing", Answer::hanging("")),
        ("half a head", Answer::hanging(&head.as_bytes()[..20])),
        (
            "half a body",
            Answer::hanging(format!("{head}{}", &good[..20])),
        ),
    ] {
        let stage = Stage::ready(&[named(&known, "known")]).await;
        stage.answer(answer);
        advance(COOL_DOWN).await;
        let waiting = tokio::spawn({
            let (jwt, token) = (stage.jwt.clone(), token(&unknown, "unknown"));
            async move { check(&jwt, &token).await }
        });
        stage.fetched(2).await;
        assert!(!waiting.is_finished(), "{name}");
        assert_eq!(
            stage.now(&token(&known, "known")),
            Some(Outcome::Accepted),
            "{name}"
        );
        advance(TIMEOUT + SECOND).await;
        let outcome = waiting.await.unwrap();
        assert!(
            matches!(outcome, Outcome::Unavailable(_)),
            "{name}: {outcome:?}"
        );
        assert_eq!(
            stage.keys.last_error().unwrap().kind(),
            FetchErrorKind::Timeout,
            "{name}"
        );
    }
}

#[tokio::test]
async fn media_types_of_json_are_taken() {
    let key = SigningKey::p256();
    for media_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/jwk-set+json",
        "Application/JWK-Set+JSON;charset=UTF-8",
    ] {
        let stage = Stage::new().await;
        let headers = [("content-type", media_type)];
        stage.answer(Answer::with("200 OK", &headers, set(&[named(&key, "1")])));
        assert_eq!(
            stage.check(&token(&key, "1")).await,
            Outcome::Accepted,
            "{media_type}"
        );
    }
}
