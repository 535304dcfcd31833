//! `NoStoreLayer`.

use std::convert::Infallible;

use http::{HeaderName, HeaderValue, Request, Response};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_postern::hide::NoStoreLayer;

#[tokio::test]
async fn no_cache_is_told_that_it_may_store() {
    for headers in [
        &[][..],
        &[("cache-control", "public, s-maxage=600")],
        &[("cache-control", "public"), ("cache-control", "max-age=5")],
        &[
            ("cdn-cache-control", "max-age=600"),
            ("surrogate-control", "max-age=600"),
        ],
        &[
            ("cache-control", "no-store"),
            ("example-cdn-cache-control", "max-age=600"),
        ],
    ] {
        let service = NoStoreLayer::new().layer(service_fn(async |_: Request<()>| {
            let mut response = Response::builder().header("etag", "\"1\"");
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            Ok::<_, Infallible>(response.body(()).unwrap())
        }));
        let answer = service.oneshot(Request::new(())).await.unwrap();
        let found: Vec<_> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(answer.headers()["etag"], "\"1\"");
        assert_eq!(
            answer.headers()["cache-control"],
            "private, no-store",
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn where_a_head_has_no_room_it_takes_the_place_of_all_else() {
    let service = NoStoreLayer::new().layer(service_fn(async |_: Request<()>| {
        let mut response = Response::new(());
        let mut names = (0..).map(|at| HeaderName::try_from(format!("x-{at}")).unwrap());
        let (headers, value) = (response.headers_mut(), HeaderValue::from_static("1"));
        while (headers.try_insert(names.next().unwrap(), value.clone())).is_ok() {}
        Ok::<_, Infallible>(response)
    }));
    let answer = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(answer.headers().len(), 1);
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
}

#[test]
fn it_is_ready_when_the_inner_service_is() {
    let (inner, mut handle) = tower_test::mock::pair::<Request<()>, Response<()>>();
    let mut service = NoStoreLayer::new().layer(inner);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    handle.allow(0);
    assert!(service.poll_ready(&mut cx).is_pending());
    handle.allow(1);
    assert!(service.poll_ready(&mut cx).is_ready());
    let future = service.call(Request::new(()));
    assert_eq!(format!("{future:?}"), "NoStoreFuture { .. }");
}
