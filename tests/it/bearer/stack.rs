//! Odd stacks: what users put around and inside.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{
    BodyExt, Empty, Full,
    combinators::{BoxBody, UnsyncBoxBody},
};
use hyper::body::Incoming;
use tower::{
    BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn,
    util::{BoxCloneService, BoxCloneServiceLayer, BoxCloneSyncService, option_layer},
};
use tower_postern::{
    BearerAuthLayer,
    bearer::{Rejection, TokenValidator},
};

use crate::support::{
    self,
    bearer::{Mostly, Now, Waits},
    body::Unshared,
};

fn bearing<B>(token: &str, body: B) -> Request<B> {
    support::bearer::bearing(token).map(|_| body)
}

/// Borrows from its surroundings.
#[derive(Clone)]
struct Borrowing<'a>(&'a str);

impl<'a, B> Service<Request<B>> for Borrowing<'a> {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Answer<'a>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Answer<'a> {
        Answer(self.0)
    }
}

struct Answer<'a>(&'a str);

impl Future for Answer<'_> {
    type Output = Result<Response<String>, Infallible>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(Response::new(self.0.to_owned())))
    }
}

fn is_send<T: Send>(_: &T) {}
fn is_sync<T: Sync>(_: &T) {}

#[tokio::test]
async fn a_layer_can_be_left_out_at_run_time() {
    for (on, expect) in [(true, StatusCode::UNAUTHORIZED), (false, StatusCode::OK)] {
        let service = ServiceBuilder::new()
            .option_layer(on.then(|| BearerAuthLayer::new(Now)))
            .layer(option_layer(on.then(|| BearerAuthLayer::new(Waits))))
            .service(service_fn(|_: Request<Empty<Bytes>>| async {
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("x")))
            }));
        let response = service.oneshot(Request::new(Empty::new())).await.unwrap();
        assert_eq!(response.status(), expect);
    }
}

#[tokio::test]
async fn a_stack_can_be_erased() {
    let auth = || BearerAuthLayer::new(Mostly);
    let service: BoxCloneService<Request<()>, Response<String>, Infallible> =
        auth().wrap(Borrowing("x")).boxed_clone();
    assert_eq!(
        service
            .oneshot(bearing("slow-ann", ()))
            .await
            .unwrap()
            .body(),
        "x"
    );
    let service: BoxCloneSyncService<Request<()>, Response<String>, Infallible> =
        BoxCloneSyncService::new(auth().wrap(Borrowing("x")));
    assert_eq!(
        service.oneshot(bearing("ann", ())).await.unwrap().body(),
        "x"
    );
    let layer: BoxCloneServiceLayer<Borrowing<'static>, Request<()>, Response<String>, Infallible> =
        BoxCloneServiceLayer::new(auth());
    let service = layer.layer(Borrowing("x"));
    let response = service.oneshot(bearing("bad", ())).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn bodies_of_all_kinds_work() {
    let auth = || BearerAuthLayer::new(Mostly);
    let boxed = auth().wrap(service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default().boxed()))
    }));
    let response: Response<BoxBody<Bytes, Infallible>> =
        boxed.oneshot(bearing("bad", ())).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let unsync = auth().wrap(service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default().boxed_unsync()))
    }));
    let response: Response<UnsyncBoxBody<Bytes, Infallible>> =
        unsync.oneshot(bearing("ann", ())).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);

    // A request body that is not Sync leaves the future Send; one that is not Send works on one thread.
    let call = auth()
        .wrap(Borrowing("x"))
        .oneshot(bearing("slow-ann", Unshared::default()));
    is_send(&call);
    assert_eq!(call.await.unwrap().status(), StatusCode::OK);
    let call = auth()
        .wrap(Borrowing("x"))
        .oneshot(bearing("slow-ann", Rc::new(0)));
    assert_eq!(call.await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_borrowing_service_can_be_guarded() {
    let local = String::from("local");
    let service =
        BearerAuthLayer::new(Mostly).wrap(BearerAuthLayer::new(Waits).wrap(Borrowing(&local)));
    is_send(&service);
    is_sync(&service);
    let response = service.oneshot(bearing("slow-ann", ())).await.unwrap();
    // The inner layer knows no token of that name.
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let service = BearerAuthLayer::new(Mostly).wrap(Borrowing(&local));
    assert_eq!(
        service
            .oneshot(bearing("slow-ann", ()))
            .await
            .unwrap()
            .body(),
        "local"
    );
}

/// A body that has no `Default`, as those of proxies have none.
#[derive(Debug, PartialEq, Eq)]
struct Upstream(&'static str);

#[tokio::test]
async fn a_body_without_a_default_works_where_a_hook_makes_one() {
    let service = BearerAuthLayer::new(Mostly)
        .reject_with(|_: &Rejection| Response::new(Upstream("refused")))
        .wrap(service_fn(|_: Request<()>| async {
            Ok::<_, Infallible>(Response::new(Upstream("passed")))
        }));
    for (token, expect) in [
        ("ann", "passed"),
        ("slow-ann", "passed"),
        ("bad", "refused"),
    ] {
        let response = service.clone().oneshot(bearing(token, ())).await.unwrap();
        assert_eq!(*response.body(), Upstream(expect));
    }
}

/// Compiles: the answers of a proxy are those of Hyper's client.
fn proxy<S, V>(
    client: S,
    validator: V,
    refused: fn(&Rejection) -> Response<Incoming>,
) -> impl Service<Request<Full<Bytes>>, Response = Response<Incoming>, Error = BoxError> + Clone
where
    S: Service<Request<Full<Bytes>>, Response = Response<Incoming>, Error = BoxError> + Clone,
    V: TokenValidator,
{
    BearerAuthLayer::new(validator)
        .reject_with(refused)
        .wrap(client)
}

#[test]
fn a_proxy_of_hyper_bodies_compiles() {
    #[derive(Clone)]
    struct Client;
    impl Service<Request<Full<Bytes>>> for Client {
        type Response = Response<Incoming>;
        type Error = BoxError;
        type Future = Ready<Result<Response<Incoming>, BoxError>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
            ready(Err("offline".into()))
        }
    }
    drop(proxy(Client, Now, |_| {
        unreachable!("nobody is refused here")
    }));
}

#[tokio::test]
async fn limits_and_timeouts_of_tower_stand_inside_and_outside() {
    let service = ServiceBuilder::new()
        .load_shed()
        .concurrency_limit(8)
        .timeout(std::time::Duration::from_secs(20))
        .layer(BearerAuthLayer::new(Mostly))
        .buffer(4)
        .load_shed()
        .concurrency_limit(2)
        .service(service_fn(|_: Request<()>| async {
            Ok::<_, BoxError>(Response::new("x".to_owned()))
        }));
    for (token, expect) in [
        ("ann", StatusCode::OK),
        ("slow-ann", StatusCode::OK),
        ("bad", StatusCode::UNAUTHORIZED),
    ] {
        let response = service.clone().oneshot(bearing(token, ())).await.unwrap();
        assert_eq!(response.status(), expect);
    }
}
