//! Odd stacks: limits, buffers, boxes, optional layers, borrowed services, bodies of all kinds.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{
    BodyExt, Full,
    combinators::{BoxBody, UnsyncBoxBody},
};
use tokio::sync::Semaphore;
use tower::{
    BoxError, Layer, Service, ServiceBuilder, ServiceExt,
    limit::{ConcurrencyLimitLayer, GlobalConcurrencyLimitLayer},
    service_fn,
    util::{BoxCloneService, BoxCloneServiceLayer, BoxCloneSyncService, option_layer},
};
use tower_postern::{
    HideLayer,
    hide::NotFound,
    predicate::{Predicate, predicate},
};

use crate::support::body::Unshared;

fn hidden() -> impl Predicate + Clone {
    predicate(|request| request.uri().path().starts_with("/hidden"))
}

fn get<B>(path: &str, body: B) -> Request<B> {
    Request::get(path).body(body).unwrap()
}

fn says(
    name: &'static str,
) -> impl Service<Request<()>, Response = Response<String>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static {
    service_fn(async move |_: Request<()>| {
        tokio::task::yield_now().await;
        Ok(Response::new(name.to_owned()))
    })
}

#[tokio::test]
async fn a_buffer_and_a_limit_inside_are_driven_ready() {
    let service = ServiceBuilder::new()
        .layer(HideLayer::when(hidden()).fallback(says("fallback").map_err(BoxError::from)))
        .buffer(4)
        .concurrency_limit(1)
        .service(says("inner"));
    let asked = (0..16).map(|at| {
        let (path, expect) = if at % 2 == 0 {
            ("/", "inner")
        } else {
            ("/hidden", "fallback")
        };
        (tokio::spawn(service.clone().oneshot(get(path, ()))), expect)
    });
    for (answer, expect) in asked.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap().unwrap().into_body(), expect);
    }
}

#[tokio::test]
async fn one_instance_serves_hidden_and_shown_requests_under_a_limit() {
    let mut service = ServiceBuilder::new()
        .layer(HideLayer::when(hidden()).reroute())
        .concurrency_limit(1)
        .service(says("inner"));
    for path in ["/", "/hidden", "/hidden", "/", "/hidden/x"] {
        let answer = service.ready().await.unwrap().call(get(path, ())).await;
        assert_eq!(answer.unwrap().into_body(), "inner", "{path}");
    }
    let mut service = ServiceBuilder::new()
        .layer(HideLayer::when(hidden()).not_found())
        .concurrency_limit(1)
        .service(says("inner"));
    for (path, expect) in [("/", 200), ("/hidden", 404), ("/hidden", 404), ("/", 200)] {
        let answer = service.ready().await.unwrap().call(get(path, ())).await;
        assert_eq!(answer.unwrap().status(), expect, "{path}");
    }
}

#[tokio::test]
async fn a_fallback_under_a_limit_of_its_own_waits_for_it() {
    let limit = Arc::new(Semaphore::new(1));
    let fallback =
        GlobalConcurrencyLimitLayer::with_semaphore(limit.clone()).layer(says("fallback"));
    let service = HideLayer::when(hidden())
        .fallback(fallback)
        .wrap(says("inner"));

    let permit = limit.clone().acquire_owned().await.unwrap();
    let waits = tokio::spawn(service.clone().oneshot(get("/hidden", ())));
    // Who is shown does not wait for it.
    let answer = service.clone().oneshot(get("/", ())).await.unwrap();
    assert_eq!(answer.into_body(), "inner");
    assert!(!waits.is_finished());
    drop(permit);
    assert_eq!(waits.await.unwrap().unwrap().into_body(), "fallback");
    assert_eq!(limit.available_permits(), 1);

    let fallback = ConcurrencyLimitLayer::new(1).layer(says("fallback"));
    let service = HideLayer::when(hidden())
        .fallback(fallback)
        .wrap(says("inner"));
    let asked = (0..8).map(|_| tokio::spawn(service.clone().oneshot(get("/hidden", ()))));
    for answer in asked.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap().unwrap().into_body(), "fallback");
    }
}

#[tokio::test]
async fn the_fallback_is_cloned_for_hidden_requests_only() {
    struct Counts(Arc<AtomicUsize>);
    impl Clone for Counts {
        fn clone(&self) -> Self {
            self.0.fetch_add(1, Ordering::Relaxed);
            Self(self.0.clone())
        }
    }
    impl Service<Request<()>> for Counts {
        type Response = Response<String>;
        type Error = Infallible;
        type Future = Ready<Result<Response<String>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            ready(Ok(Response::new("fallback".to_owned())))
        }
    }
    let clones = Arc::new(AtomicUsize::new(0));
    let layer = HideLayer::when(hidden()).fallback(Counts(clones.clone()));
    let mut service = layer.wrap(says("inner"));
    let before = clones.load(Ordering::Relaxed);
    for _ in 0..3 {
        service
            .ready()
            .await
            .unwrap()
            .call(get("/", ()))
            .await
            .unwrap();
    }
    assert_eq!(clones.load(Ordering::Relaxed), before);
    service
        .ready()
        .await
        .unwrap()
        .call(get("/hidden", ()))
        .await
        .unwrap();
    assert_eq!(clones.load(Ordering::Relaxed), before + 1);
}

#[tokio::test]
async fn an_optional_layer_hides_where_it_is_there() {
    for (there, expect) in [(true, StatusCode::NOT_FOUND), (false, StatusCode::OK)] {
        let layer = there.then(|| HideLayer::when(hidden()).not_found());
        let service = ServiceBuilder::new()
            .option_layer(layer.clone())
            .service(says("inner"));
        assert_eq!(
            service.oneshot(get("/hidden", ())).await.unwrap().status(),
            expect
        );
        let service = option_layer(layer).layer(says("inner"));
        assert_eq!(
            service.oneshot(get("/hidden", ())).await.unwrap().status(),
            expect
        );
    }
}

#[tokio::test]
async fn a_stack_can_be_erased() {
    let layer = HideLayer::when(hidden()).not_found();
    let _: BoxCloneService<Request<()>, Response<String>, Infallible> =
        layer.wrap(Says("inner")).boxed_clone();
    let _: BoxCloneSyncService<Request<()>, Response<String>, Infallible> =
        BoxCloneSyncService::new(layer.wrap(Says("inner")));
    let erased: BoxCloneServiceLayer<Says<'static>, Request<()>, Response<String>, Infallible> =
        BoxCloneServiceLayer::new(layer);
    let answer = erased
        .layer(Says("inner"))
        .oneshot(get("/hidden", ()))
        .await;
    assert_eq!(answer.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_fallback_need_not_be_sync() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let fallback: BoxCloneService<Request<()>, Response<String>, Infallible> =
        says("fallback").boxed_clone();
    let service = send(
        HideLayer::when(hidden())
            .fallback(fallback)
            .wrap(says("inner")),
    );
    let answer = send(service.oneshot(get("/hidden", ())));
    assert_eq!(
        tokio::spawn(answer).await.unwrap().unwrap().into_body(),
        "fallback"
    );
}

/// Borrows what it says, and takes any body.
#[derive(Clone)]
struct Says<'a>(&'a str);

impl<B> Service<Request<B>> for Says<'_> {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        ready(Ok(Response::new(self.0.to_owned())))
    }
}

#[tokio::test]
async fn services_may_be_borrowed() {
    let (inner, public) = (String::from("inner"), String::from("public"));
    let layer = HideLayer::when(hidden()).fallback(Says(&public));
    for (path, expect) in [("/", "inner"), ("/hidden", "public")] {
        let answer = layer.wrap(Says(&inner)).oneshot(get(path, ())).await;
        assert_eq!(answer.unwrap().into_body(), expect);
    }
}

async fn length_of_hidden<S, B>(layer: &HideLayer<NotFound>, service: S) -> usize
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Error = Infallible> + Default,
{
    let answer = layer.wrap(service).oneshot(get("/hidden", ())).await;
    let body = answer.unwrap().into_body().collect().await.unwrap();
    body.to_bytes().len()
}

#[tokio::test]
async fn a_body_may_be_of_any_kind() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let layer = HideLayer::when(hidden()).reroute();
    let body = Unshared::default();
    let answer = send(layer.wrap(Says("inner")).oneshot(get("/hidden", body)));
    assert_eq!(answer.await.unwrap().into_body(), "inner");
    // On one thread even this.
    let answer = layer
        .wrap(Says("inner"))
        .oneshot(get("/hidden", Rc::new(0)));
    assert_eq!(answer.await.unwrap().into_body(), "inner");

    let bare = HideLayer::when(hidden()).not_found();
    let boxed = service_fn(async |_: Request<()>| {
        Ok::<Response<BoxBody<Bytes, Infallible>>, Infallible>(Response::new(
            Full::from("inner").boxed(),
        ))
    });
    assert_eq!(length_of_hidden(&bare, boxed).await, 0);
    let boxed = service_fn(async |_: Request<()>| {
        Ok::<Response<UnsyncBoxBody<Bytes, Infallible>>, Infallible>(Response::new(
            Full::from("inner").boxed_unsync(),
        ))
    });
    assert_eq!(length_of_hidden(&bare, boxed).await, 0);
}

#[test]
fn a_future_that_is_polled_again_does_not_panic_of_ours() {
    let waker = std::task::Waker::noop();
    let mut cx = Context::from_waker(waker);
    let mut service = HideLayer::when(hidden()).fallback(Once).wrap(Once);
    assert!(Service::<Request<()>>::poll_ready(&mut service, &mut cx).is_ready());
    let mut future = std::pin::pin!(service.call(get("/hidden", ())));
    for _ in 0..3 {
        assert!(future.as_mut().poll(&mut cx).is_ready());
    }
}

/// Answers as often as it is polled.
#[derive(Clone)]
struct Once;

impl Service<Request<()>> for Once {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Again;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Again {
        Again
    }
}

struct Again;

impl Future for Again {
    type Output = Result<Response<String>, Infallible>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(Response::default()))
    }
}
