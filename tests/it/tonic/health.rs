//! Health as a client finds it, on a real server.

use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
};

use futures_util::StreamExt as _;
use http::Request;
use tonic::{Code, Response, Status, async_trait, server::NamedService, service::Routes};
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, HealthCheckResponse, health_client::HealthClient, health_server},
    server::{HealthReporter, HealthService},
};
use tower_postern::{
    predicate::{Predicate, predicate},
    rule,
    tonic::{health::Health, hide_routes},
};

use crate::support::{
    greeter::{Admin, Greeter, hello},
    wire::{End, Server, http2_ended},
};

fn inside() -> impl Predicate + Clone {
    predicate(|request| request.headers().contains_key("x-inside"))
}

fn hidden() -> impl Predicate {
    rule::under(["/demo.Inner"]).unwrap().and(inside().not())
}

async fn reporter(names: &[&str]) -> HealthReporter {
    let reporter = HealthReporter::new();
    for name in names {
        reporter
            .set_service_status(name, ServingStatus::Serving)
            .await;
    }
    reporter
}

fn inner(reporter: &HealthReporter) -> HealthService {
    HealthService::from_health_reporter(reporter.clone())
}

/// A check or a watch, as it is on the wire.
async fn ask(server: &Server, method: &str, name: &str, from_inside: bool) -> String {
    let length = u8::try_from(name.len()).unwrap();
    let message = [&[0x0A, length][..], name.as_bytes()].concat();
    let path = format!("grpc.health.v1.Health/{method}");
    super::call(server, &path, &[message], from_inside).await
}

#[tokio::test]
async fn an_outsider_is_answered_as_if_the_hidden_services_had_never_been_registered() {
    let with = reporter(&["demo.Inner", "demo.Echo", "a name of mine"]).await;
    let without = reporter(&["demo.Echo", "a name of mine"]).await;
    let ours = Server::tonic(Routes::new(Health::hide_when(inner(&with), hidden())).prepare());
    let theirs =
        Server::tonic(Routes::new(health_server::HealthServer::new(inner(&without))).prepare());
    let names = [
        "",
        "demo.Inner",
        "demo.Abcde",
        "demo.Echo",
        "demo.inner",
        "demo.Inner/Stats",
        "/demo.Inner",
        "demo.Inner.",
        "a name of mine",
        "{x}",
        "..",
        "%",
    ];
    for name in names {
        let found = ask(&ours, "Check", name, false).await;
        assert_eq!(found, ask(&theirs, "Check", name, false).await, "{name}");
    }
    // A watch of what is there goes on; these end at once.
    for name in ["demo.Inner", "demo.Abcde"] {
        let found = ask(&ours, "Watch", name, false).await;
        assert_eq!(found, ask(&theirs, "Watch", name, false).await, "{name}");
        assert!(found.contains("service%20not%20registered"), "{found}");
    }
    // Should a later version have a list, it would be hidden until it is known what it tells.
    for method in ["List", "Absent"] {
        let found = ask(&ours, method, "", true).await;
        assert_eq!(found, ask(&theirs, method, "", true).await, "{method}");
    }
    for name in ["", "demo.Inner", "demo.Echo"] {
        assert!(
            ask(&ours, "Check", name, true)
                .await
                .contains("grpc-status: 0"),
            "{name}"
        );
    }
}

fn request(name: &str, from_inside: bool) -> tonic::Request<HealthCheckRequest> {
    let mut request = tonic::Request::new(HealthCheckRequest {
        service: name.to_owned(),
    });
    if from_inside {
        request
            .metadata_mut()
            .insert("x-inside", "1".parse().unwrap());
    }
    request
}

#[tokio::test]
async fn a_watch_follows_what_its_caller_may_see() {
    let reporter = reporter(&["demo.Inner"]).await;
    let server =
        Server::tonic(Routes::new(Health::hide_when(inner(&reporter), hidden())).prepare());
    let mut client = HealthClient::new(server.channel().await);
    let mut watch = client
        .watch(request("demo.Inner", true))
        .await
        .unwrap()
        .into_inner();
    let mut overall = client.watch(request("", false)).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
    assert_eq!(overall.message().await.unwrap().unwrap().status, 1);
    reporter
        .set_service_status("demo.Inner", ServingStatus::NotServing)
        .await;
    assert_eq!(watch.message().await.unwrap().unwrap().status, 2);

    let status = client
        .watch(request("demo.Inner", false))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::NotFound, "service not registered")
    );
}

/// Knows no service but one, and says so in words of its own; who watches another is told once, and waits.
#[derive(Clone, Default)]
struct Wordy(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl health_server::Health for Wordy {
    type WatchStream =
        futures_util::stream::BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn check(
        &self,
        request: tonic::Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let name = request.into_inner().service;
        self.0.lock().unwrap().push(name.clone());
        if name == "demo.Inner" {
            return Ok(Response::new(HealthCheckResponse { status: 1 }));
        }
        let message = format!("no `{name}` here, only others than {name}");
        let mut status = Status::with_details(Code::NotFound, message, "x".into());
        let more = "y".parse().unwrap();
        status.metadata_mut().insert("x-more", more);
        Err(status)
    }

    async fn watch(
        &self,
        request: tonic::Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let status = if request.into_inner().service == "demo.Inner" {
            1
        } else {
            3
        };
        let first = futures_util::stream::iter([Ok(HealthCheckResponse { status })]);
        Ok(Response::new(
            first.chain(futures_util::stream::pending()).boxed(),
        ))
    }
}

#[tokio::test]
async fn an_inner_service_with_words_of_its_own_does_not_tell() {
    let wordy = Wordy::default();
    let server = Server::tonic(Routes::new(Health::hide_when(wordy.clone(), hidden())).prepare());
    let found = ask(&server, "Check", "demo.Inner", false).await;
    let expect = ask(&server, "Check", "demo.Abcde", false).await;
    assert_eq!(found, expect.replace("demo.Abcde", "demo.Inner"));
    assert!(
        found.contains("x-more: y") && found.contains("grpc-status-details-bin"),
        "{found}"
    );
    // It was asked for something else, of the same shape.
    let asked = wordy.0.lock().unwrap().clone();
    assert_eq!(asked[1], "demo.Abcde");
    assert!(
        asked[0] != "demo.Inner" && asked[0].len() == "demo.Inner".len(),
        "{asked:?}"
    );

    // One who watches waits, whether it is hidden or absent.
    let mut client = HealthClient::new(server.channel().await);
    for name in ["demo.Inner", "demo.Abcde"] {
        let mut watch = client
            .watch(request(name, false))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(watch.message().await.unwrap().unwrap().status, 3, "{name}");
        // What another call brings on the same connection comes after the end would have come.
        assert!(client.check(request(name, false)).await.is_err());
        let mut next = pin!(watch.message());
        let is_open = poll_fn(|cx| Poll::Ready(next.as_mut().poll(cx).is_pending())).await;
        assert!(is_open, "{name}");
    }
    let mut watch = client
        .watch(request("demo.Inner", true))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
}

#[tokio::test]
async fn a_service_is_shown_where_one_of_its_methods_is() {
    let reporter = reporter(&["demo.Both", "demo.Inner"]).await;
    let rule = || {
        rule::path(["/demo.Both/Hidden"])
            .unwrap()
            .and(inside().not())
    };
    let check = async |health: Health<HealthService>, name: &str, from_inside: bool| {
        HealthClient::new(health)
            .check(request(name, from_inside))
            .await
            .is_ok()
    };
    // Without its methods, it cannot be told.
    let health = Health::hide_when(inner(&reporter), rule());
    assert!(!check(health.clone(), "demo.Both", false).await);
    assert!(check(health.clone(), "demo.Both", true).await);
    assert!(check(health.clone(), "demo.Inner", false).await);

    let shown = health.clone().methods("demo.Both", ["Open", "Hidden"]);
    assert!(check(shown.clone(), "demo.Both", false).await);
    assert!(check(shown, "demo.Inner", false).await);
    assert!(
        !check(
            health.clone().methods("demo.Both", ["Hidden"]),
            "demo.Both",
            false
        )
        .await
    );
    assert!(!check(health.methods("demo.Both", [""; 0]), "demo.Both", true).await);
}

#[tokio::test]
async fn a_rule_that_cannot_tell_shows_the_whole_server_alone() {
    let reporter = reporter(&["demo.Echo"]).await;
    for health in [
        Health::hide_when(inner(&reporter), predicate(|_| None::<bool>)),
        Health::hide_unless(inner(&reporter), predicate(|_| None::<bool>)),
    ] {
        let mut client = HealthClient::new(health);
        assert!(client.check(request("", false)).await.is_ok());
        let status = client.check(request("demo.Echo", false)).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
    }
}

#[tokio::test]
async fn a_rule_sees_who_asks_and_where() {
    // The authority is a part of the URI that is gone once the message is read.
    let rule = rule::host(["internal.test"]).unwrap();
    let reporter = reporter(&["demo.Echo"]).await;
    let server = Server::tonic(Routes::new(Health::hide_unless(inner(&reporter), rule)).prepare());
    let found = ask(&server, "Check", "demo.Echo", false).await;
    assert!(found.contains("grpc-status: 5"), "{found}");
    let request = Request::post("http://internal.test/grpc.health.v1.Health/Check")
        .header("content-type", "application/grpc")
        .body("\0\0\0\0\x0b\x0a\x09demo.Echo".to_owned());
    let found = http2_ended(server.address(), request.unwrap(), End::Send).await;
    assert!(found.contains("grpc-status: 0"), "{found}");
}

#[tokio::test]
async fn it_goes_with_routes_that_are_hidden() {
    assert_eq!(
        Health::<HealthService>::NAME,
        health_server::HealthServer::<HealthService>::NAME
    );
    let reporter = reporter(&["test.Admin", "test.Greeter"]).await;
    let rule = rule::under(["/test.Admin"]).unwrap().and(inside().not());
    let public = Routes::new(Greeter(hello)).add_service(Health::hide_when(inner(&reporter), rule));
    let server = Server::tonic(hide_routes(public, Routes::new(Admin(hello)), inside()).prepare());
    let mut client = HealthClient::new(server.channel().await);
    for (name, from_inside, expect) in [
        ("test.Admin", true, true),
        ("test.Admin", false, false),
        ("test.Greeter", false, true),
    ] {
        let found = client.check(request(name, from_inside)).await.is_ok();
        assert_eq!(found, expect, "{name} {from_inside}");
    }
}
