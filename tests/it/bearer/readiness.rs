//! The contract of `Service`: who is polled ready, who is called, and who holds what meanwhile.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode};
use tokio::sync::Semaphore;
use tower::{
    Service, ServiceBuilder, ServiceExt,
    limit::{ConcurrencyLimit, GlobalConcurrencyLimitLayer},
    service_fn,
};
use tower_postern::BearerAuthLayer;
use tower_test::mock;

use crate::support::bearer::{Echo, Mostly, Now, Waits, bearing, poll_once, request};

fn limited<S: Clone>(inner: S) -> ConcurrencyLimit<S> {
    ConcurrencyLimit::new(inner, 1)
}

#[tokio::test]
async fn a_caller_whose_validator_hangs_holds_nothing_of_the_inner_service() {
    let mut service = BearerAuthLayer::new(Mostly).wrap(limited(Echo::default()));
    let mut hanging = Box::pin(service.ready().await.unwrap().call(bearing("hang")));
    assert!(poll_once(&mut hanging).is_pending());

    // Neither the future nor the service that made it has the one permit.
    let mut answered = Box::pin(service.clone().oneshot(bearing("reader")));
    let Poll::Ready(response) = poll_once(&mut answered) else {
        panic!("the caller who is not verified holds the permit");
    };
    assert_eq!(response.unwrap().body(), "reader");
    assert!(poll_once(&mut hanging).is_pending());

    // The service itself can go on too.
    assert!(poll_once(&mut Box::pin(service.ready())).is_ready());
    let response = service.call(bearing("reader"));
    assert_eq!(response.await.unwrap().body(), "reader");
}

#[tokio::test]
async fn a_refused_caller_holds_nothing_of_the_inner_service() {
    let mut service = BearerAuthLayer::new(Now).wrap(limited(Echo::default()));
    let mut other = service.clone();
    for refused in [request(&[]), bearing("bad"), bearing("down")] {
        let answer = service.ready().await.unwrap().call(refused);
        assert!(
            poll_once(&mut Box::pin(other.ready())).is_ready(),
            "what made the refusal holds the permit"
        );
        assert_ne!(answer.await.unwrap().status(), StatusCode::OK);
        // A permit that `other` took is given back by a call.
        let passed = other.call(bearing("reader")).await.unwrap();
        assert_eq!(passed.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_verified_caller_waits_for_the_inner_service() {
    let permits = Arc::new(Semaphore::new(1));
    let service = ServiceBuilder::new()
        .layer(BearerAuthLayer::new(Waits))
        .layer(GlobalConcurrencyLimitLayer::with_semaphore(permits.clone()))
        .service(Echo::default());
    let mut service = service;
    let mut call = Box::pin(service.ready().await.unwrap().call(bearing("reader")));
    let permit = permits.clone().try_acquire_owned().unwrap();
    for _ in 0..5 {
        assert!(poll_once(&mut call).is_pending());
    }
    drop(permit);
    assert_eq!(call.await.unwrap().body(), "reader");
    assert_eq!(permits.available_permits(), 1);
}

#[tokio::test]
async fn a_future_that_is_dropped_midway_gives_back_all_that_it_holds() {
    let permits = Arc::new(Semaphore::new(1));
    let never = service_fn(|_: Request<String>| {
        std::future::pending::<Result<Response<String>, Infallible>>()
    });
    let mut service = ServiceBuilder::new()
        .layer(BearerAuthLayer::new(Mostly))
        .layer(GlobalConcurrencyLimitLayer::with_semaphore(permits.clone()))
        .service(never);

    // While the validator waits.
    let mut call = Box::pin(service.ready().await.unwrap().call(bearing("hang")));
    assert!(poll_once(&mut call).is_pending());
    assert_eq!(permits.available_permits(), 1);
    drop(call);
    assert_eq!(permits.available_permits(), 1);

    // While the inner service is driven ready.
    let mut call = Box::pin(service.ready().await.unwrap().call(bearing("slow-reader")));
    let permit = permits.clone().try_acquire_owned().unwrap();
    for _ in 0..5 {
        assert!(poll_once(&mut call).is_pending());
    }
    drop(call);
    drop(permit);
    assert_eq!(permits.available_permits(), 1);

    // While the inner service answers, after both paths.
    for token in ["reader", "slow-reader"] {
        let mut call = Box::pin(service.ready().await.unwrap().call(bearing(token)));
        for _ in 0..5 {
            assert!(poll_once(&mut call).is_pending());
        }
        assert_eq!(permits.available_permits(), 0, "{token}");
        drop(call);
        assert_eq!(permits.available_permits(), 1, "{token}");
    }
}

#[tokio::test]
async fn the_instance_that_was_polled_ready_is_called_where_the_answer_comes_at_once() {
    /// Counts clones; a clone is not the one that was polled.
    struct Counted(Arc<AtomicUsize>, Echo);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            self.0.fetch_add(1, Ordering::Relaxed);
            Self(self.0.clone(), self.1.clone())
        }
    }
    impl Service<Request<String>> for Counted {
        type Response = Response<String>;
        type Error = Infallible;
        type Future = Ready<Result<Response<String>, Infallible>>;

        fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Service::<Request<String>>::poll_ready(&mut self.1, cx)
        }

        fn call(&mut self, request: Request<String>) -> Self::Future {
            self.1.call(request)
        }
    }

    let clones = Arc::new(AtomicUsize::new(0));
    let mut service = BearerAuthLayer::new(Mostly)
        .exempt(|head: &tower_postern::RequestHead<'_>| head.headers().contains_key("x-exempt"))
        .wrap(Counted(clones.clone(), Echo::default()));
    let mut exempt = request(&[]);
    exempt
        .headers_mut()
        .insert("x-exempt", "1".parse().unwrap());
    for (name, request, expect) in [
        ("good", bearing("reader"), 0),
        ("exempt", exempt, 0),
        ("refused", bearing("bad"), 1),
        ("waiting", bearing("slow-reader"), 2),
    ] {
        clones.store(0, Ordering::Relaxed);
        service.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(clones.load(Ordering::Relaxed), expect, "{name}");
    }
}

#[tokio::test]
async fn readiness_is_the_inner_services() {
    let (mut service, mut handle) =
        mock::spawn_layer::<Request<String>, Response<String>, _>(BearerAuthLayer::new(Mostly));
    handle.allow(0);
    tokio_test_pending(&mut service);
    handle.allow(1);
    assert!(service.poll_ready().is_ready());

    let mut call = Box::pin(service.call(bearing("reader")));
    assert!(poll_once(&mut call).is_pending());
    let (inner, answer) = handle.next_request().await.unwrap();
    assert_eq!(
        tower_postern::bearer::grant(inner.extensions()).and_then(|grant| grant.subject()),
        Some("reader")
    );
    answer.send_response(Response::new("answered".to_owned()));
    assert_eq!(call.await.unwrap().body(), "answered");

    handle.send_error("no more");
    let Poll::Ready(Err(error)) = service.poll_ready() else {
        panic!("the error of the inner service's readiness is lost");
    };
    assert_eq!(error.to_string(), "no more");
}

fn tokio_test_pending<S>(service: &mut mock::Spawn<S>)
where
    S: Service<Request<String>>,
{
    assert!(service.poll_ready().is_pending());
}

#[tokio::test]
async fn an_error_of_readiness_after_the_verdict_comes_through() {
    /// Ready once in its life.
    #[derive(Clone)]
    struct Once(Arc<AtomicUsize>);
    impl Service<Request<String>> for Once {
        type Response = Response<String>;
        type Error = &'static str;
        type Future = Ready<Result<Response<String>, &'static str>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            match self.0.fetch_add(1, Ordering::Relaxed) {
                0 => Poll::Ready(Ok(())),
                _ => Poll::Ready(Err("closed")),
            }
        }

        fn call(&mut self, _: Request<String>) -> Self::Future {
            ready(Err("called"))
        }
    }

    let once = || Once(Arc::default());
    let service = BearerAuthLayer::new(Waits).wrap(once());
    assert_eq!(
        service.oneshot(bearing("reader")).await.unwrap_err(),
        "closed"
    );
    let service = BearerAuthLayer::new(Now).wrap(once());
    assert_eq!(
        service.oneshot(bearing("reader")).await.unwrap_err(),
        "called"
    );
}

#[tokio::test]
async fn a_buffer_inside_serves_all_who_may() {
    let inner = ServiceBuilder::new()
        .buffer(2)
        .concurrency_limit(1)
        .service(service_fn(|request: Request<String>| async move {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Response::new(crate::support::bearer::who(
                request.extensions(),
            )))
        }));
    let service = BearerAuthLayer::new(Mostly).wrap(inner);
    let hanging = service.clone().oneshot(bearing("hang"));
    let hanging = tokio::spawn(hanging);
    let calls: Vec<_> = (0..32)
        .map(|at| {
            let token = ["reader", "slow-reader", "bad", "slow-bad"][at % 4];
            let expect = at % 4 < 2;
            let call = tokio::spawn(service.clone().oneshot(bearing(token)));
            (call, expect)
        })
        .collect();
    for (call, expect) in calls {
        let response = call.await.unwrap().unwrap();
        assert_eq!(response.status() == StatusCode::OK, expect);
    }
    hanging.abort();
}

#[tokio::test]
async fn one_instance_can_be_used_again_and_again() {
    let mut service = BearerAuthLayer::new(Mostly).wrap(limited(Echo::default()));
    for (token, expect) in [
        ("slow-reader", "reader"),
        ("reader", "reader"),
        ("bad", ""),
        ("slow-bad", ""),
        ("slow-ann", "ann"),
        ("ann", "ann"),
    ] {
        let response = service.ready().await.unwrap().call(bearing(token)).await;
        assert_eq!(response.unwrap().body(), expect, "{token}");
    }
}
