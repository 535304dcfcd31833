//! What the layer decides, and what each answer to it is.

use std::{convert::Infallible, future::Ready};

use http::{Request, Response, StatusCode};
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};
use tower_postern::{
    HideLayer,
    hide::Hide,
    predicate::{Predicate, Verdict, predicate},
};

use super::probe::inside;

type Answer = Ready<Result<Response<String>, Infallible>>;

/// Says which service was asked, and for what.
pub(super) fn says(
    name: &'static str,
) -> impl Service<Request<()>, Response = Response<String>, Error = Infallible, Future = Answer> + Clone
{
    service_fn(move |request: Request<()>| {
        let text = format!("{name} {} {}", request.method(), request.uri());
        std::future::ready(Ok(Response::new(text)))
    })
}

fn get(path: &str) -> Request<()> {
    Request::get(path).body(()).unwrap()
}

async fn ask<S>(service: S, request: Request<()>) -> String
where
    S: Service<Request<()>, Response = Response<String>, Error = Infallible>,
{
    service.oneshot(request).await.unwrap().into_body()
}

#[tokio::test]
async fn only_the_one_clear_answer_shows() {
    for (verdict, when, unless) in [
        (Verdict::No, "inner GET /", "fallback GET /"),
        (Verdict::Unknown, "fallback GET /", "fallback GET /"),
        (Verdict::Yes, "fallback GET /", "inner GET /"),
    ] {
        for by_caller in [false, true] {
            let rule = move || predicate(move |_| verdict);
            let layers = [HideLayer::when(rule()), HideLayer::unless(rule())].map(|layer| {
                let layer = layer.fallback(says("fallback"));
                if by_caller { layer.by_caller() } else { layer }
            });
            for (layer, expect) in layers.into_iter().zip([when, unless]) {
                let found = ask(layer.wrap(says("inner")), get("/")).await;
                assert_eq!(found, expect, "{verdict:?} {by_caller} {layer:?}");
                let found = ask(layer.layer(says("inner")), get("/")).await;
                assert_eq!(found, expect, "{verdict:?} {by_caller} {layer:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_fallback_gets_the_request_as_it_came() {
    let fallback = service_fn(async |mut request: Request<&'static str>| {
        let said = request.extensions_mut().remove::<u8>().unwrap();
        let text = format!("{:?} {said} {}", request.headers()["x"], request.body());
        Ok::<_, Infallible>(Response::new(text))
    });
    let never = service_fn(
        async |_: Request<&'static str>| -> Result<Response<String>, Infallible> {
            panic!("asked")
        },
    );
    let service = HideLayer::when(predicate(|_| true))
        .fallback(fallback)
        .wrap(never);
    let request = Request::builder().header("x", "1").extension(7_u8);
    let answer = service.oneshot(request.body("body").unwrap()).await;
    assert_eq!(answer.unwrap().into_body(), "\"1\" 7 body");
}

#[tokio::test]
async fn an_error_of_the_fallback_becomes_one_of_the_inner_service() {
    #[derive(Debug, PartialEq)]
    struct Outer(u8);
    #[derive(Debug)]
    struct Inner;
    impl From<Inner> for Outer {
        fn from(Inner: Inner) -> Self {
            Self(1)
        }
    }
    let fallback = service_fn(async |_: Request<()>| Err::<Response<()>, _>(Inner));
    let service = HideLayer::when(predicate(|_| true))
        .fallback(fallback)
        .wrap(service_fn(async |_: Request<()>| {
            Err::<Response<()>, _>(Outer(2))
        }));
    assert_eq!(service.oneshot(get("/")).await.unwrap_err(), Outer(1));
}

#[tokio::test]
async fn a_fallback_that_cannot_become_ready_is_an_error_and_not_a_panic() {
    use tower_test::mock;
    let (fallback, mut handle) = mock::pair::<Request<()>, Response<String>>();
    handle.allow(0);
    handle.send_error("out of order");
    let inner = says("inner").map_err(BoxError::from);
    let service = HideLayer::when(predicate(|_| true))
        .fallback(fallback)
        .wrap(inner);
    let error = service.oneshot(get("/")).await.unwrap_err();
    assert_eq!(error.to_string(), "out of order");
}

#[tokio::test]
async fn a_bare_answer_is_a_404_and_nothing_more() {
    let layer = HideLayer::unless(inside()).not_found();
    let answer = layer.wrap(says("inner")).oneshot(get("/")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(answer.headers().is_empty() && answer.body().is_empty());
}

#[tokio::test]
async fn an_unimplemented_answer_is_the_status_12_and_nothing_more() {
    let layer = HideLayer::unless(inside()).unimplemented();
    let answer = layer.wrap(says("inner")).oneshot(get("/")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let headers: Vec<_> = answer.headers().iter().collect();
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    assert_eq!(
        headers,
        [
            ("content-type", &b"application/grpc"[..]),
            ("grpc-status", b"12"),
            ("content-length", b"0"),
        ]
    );
    assert!(answer.body().is_empty());
}

#[tokio::test]
async fn asked_about_the_caller_alone_a_rule_about_the_target_cannot_tell() {
    let on_path = || predicate(|request| request.uri().path() != "/admin");
    for (layer, expect) in [
        (HideLayer::unless(on_path()).not_found(), StatusCode::OK),
        (
            HideLayer::unless(on_path()).not_found().by_caller(),
            StatusCode::NOT_FOUND,
        ),
        (
            HideLayer::when(on_path().not()).not_found().by_caller(),
            StatusCode::NOT_FOUND,
        ),
        (
            HideLayer::unless(on_path().or(predicate(|_| true)))
                .not_found()
                .by_caller(),
            StatusCode::OK,
        ),
        (
            HideLayer::unless(on_path().and(predicate(|_| true)))
                .not_found()
                .by_caller(),
            StatusCode::NOT_FOUND,
        ),
    ] {
        let answer = layer.wrap(says("inner")).oneshot(get("/")).await.unwrap();
        assert_eq!(answer.status(), expect, "{layer:?}");
    }
}

#[tokio::test]
async fn a_rule_may_ask_whether_there_is_a_target() {
    let rule = predicate(|request| !request.has_target() || request.uri().path() == "/shown");
    let layer = HideLayer::unless(rule).not_found();
    let answer = layer
        .wrap(says("inner"))
        .oneshot(get("/hidden"))
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let layer = layer.by_caller();
    let answer = layer
        .wrap(says("inner"))
        .oneshot(get("/hidden"))
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_shadow_hides_nothing() {
    let layer = HideLayer::when(predicate(|_| true)).shadow().not_found();
    assert_eq!(
        ask(layer.wrap(says("inner")), get("/")).await,
        "inner GET /"
    );
    let layer = HideLayer::when(predicate(|_| true))
        .fallback(says("fallback"))
        .shadow();
    assert_eq!(
        ask(layer.wrap(says("inner")), get("/")).await,
        "inner GET /"
    );
}

#[test]
fn debug_names_the_predicate_and_what_is_met() {
    fn rule(_: &tower_postern::RequestHead<'_>) -> bool {
        true
    }
    let layer = HideLayer::unless(rule).not_found().by_caller();
    let text = format!("{layer:?}");
    for part in [
        "debug_names_the_predicate_and_what_is_met::rule",
        "Yes",
        "NotFound",
        "by_caller: true",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let service: Hide<_, _> = layer.wrap(1);
    assert!(format!("{service:?}").contains("inner: 1"));
    let mut service = layer.wrap(says("inner"));
    assert_eq!(
        format!("{:?}", service.call(get("/"))),
        "ResponseFuture { .. }"
    );
}
