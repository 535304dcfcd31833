//! Hidden services in Tonic.

use http::Request;
use tonic::{
    Code,
    service::{LayerExt, Routes},
    transport::server::TcpConnectInfo,
};
use tower_http::{cors::CorsLayer, trace::TraceLayer};
use tower_postern::{
    HideLayer,
    predicate::{Predicate, predicate},
    rule,
    tonic::hide_routes,
};

use super::probe::{INSIDE, answers, assert_absent, difference, inside, tell};
use crate::support::{
    greeter::{Admin, Greeter, hello, stream},
    wire::{End, Server, http2_ended, unary},
};

const HIDDEN: &str = "/test.Admin/Say";
const ABSENT: &str = "/test.Abcde/Say";

fn public() -> Routes {
    Routes::new(Greeter(hello))
}

fn hidden() -> Routes {
    Routes::new(Admin(hello))
}

/// Serves both versions of HTTP, so that all that can be tried is.
fn serve(routes: Routes) -> Server {
    Server::tonic_with(|incoming| async move {
        let mut server = tonic::transport::Server::builder().accept_http1(true);
        let server = server.add_routes(routes);
        server.serve_with_incoming(incoming).await.unwrap();
    })
}

fn from_inside(text: &str) -> tonic::Request<String> {
    let mut request = tonic::Request::new(text.to_owned());
    request
        .metadata_mut()
        .insert(INSIDE.0, INSIDE.1.parse().unwrap());
    request
}

/// A call as it is on the wire, with a message of one string, and more to come or not.
async fn call(server: &Server, path: &str, end: End) -> String {
    let request = Request::post(format!("http://test{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body("\0\0\0\0\x05\x0a\x03ann".to_owned());
    http2_ended(server.address(), request.unwrap(), end).await
}

async fn assert_hidden(what: &str, server: &Server) {
    assert_absent(what, server, HIDDEN, ABSENT).await;
    assert_absent(what, server, "/test.Admin/Nope", "/test.Abcde/Nope").await;
    assert_absent(what, server, "/test.Admin", "/test.Abcde").await;
    for method in ["Say", "Repeat", "Nope"] {
        for end in [End::Send, End::Withhold] {
            let found = call(server, &format!("/test.Admin/{method}"), end).await;
            let expect = call(server, &format!("/test.Abcde/{method}"), end).await;
            assert_eq!(found, expect, "{what} {method} {end:?}");
            assert!(
                found.contains("grpc-status: 12"),
                "{what} {method}: {found}"
            );
        }
    }
}

async fn assert_shown_inside(server: &Server) {
    let channel = server.channel().await;
    for path in [HIDDEN, "/test.Greeter/Say"] {
        let answer = unary(channel.clone(), path, from_inside("ann"))
            .await
            .unwrap();
        assert_eq!(answer.into_inner(), "hello ann");
    }
    let mut answers = stream(channel, "/test.Admin/Repeat", from_inside("ann"))
        .await
        .unwrap();
    for _ in 0..2 {
        assert_eq!(answers.message().await.unwrap().unwrap(), "hello ann");
    }
    assert_eq!(answers.message().await.unwrap(), None);
}

#[tokio::test]
async fn hidden_services_cannot_be_told_from_absent_ones() {
    let server = serve(hide_routes(public(), hidden(), inside()));
    assert_hidden("hide_routes", &server).await;
    assert_shown_inside(&server).await;
}

#[tokio::test]
async fn a_client_outside_is_told_that_the_service_is_not_there() {
    let server = serve(hide_routes(public(), hidden(), inside()));
    let channel = server.channel().await;
    for path in [HIDDEN, ABSENT] {
        let request = tonic::Request::new("ann".to_owned());
        let status = unary(channel.clone(), path, request).await.unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::Unimplemented, ""),
            "{path}"
        );
        let request = tonic::Request::new("ann".to_owned());
        let status = stream(channel.clone(), path, request).await.unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::Unimplemented, ""),
            "{path}"
        );
    }
    let request = tonic::Request::new("ann".to_owned());
    let answer = unary(channel, "/test.Greeter/Say", request).await.unwrap();
    assert_eq!(answer.into_inner(), "hello ann");
}

#[tokio::test]
async fn an_outsider_is_answered_as_if_the_hidden_services_had_not_been_added() {
    let (with, without) = (
        serve(hide_routes(public(), hidden(), inside())),
        serve(public()),
    );
    for path in [HIDDEN, ABSENT] {
        let (found, expect) = (answers(&with, path).await, answers(&without, path).await);
        assert_eq!(difference(&found, &expect), None, "{path}");
    }
    for path in [HIDDEN, ABSENT, "/test.Greeter/Say", "/test.Greeter/Nope"] {
        let found = call(&with, path, End::Send).await;
        assert_eq!(found, call(&without, path, End::Send).await, "{path}");
    }
}

#[tokio::test]
async fn layers_of_the_server_hold() {
    let server = Server::tonic_with(|incoming| async move {
        let server = tonic::transport::Server::builder()
            .accept_http1(true)
            .layer(TraceLayer::new_for_grpc())
            .layer(CorsLayer::permissive())
            .add_routes(hide_routes(public(), hidden(), inside()));
        server.serve_with_incoming(incoming).await.unwrap();
    });
    assert_hidden("layers", &server).await;
    assert_shown_inside(&server).await;
}

#[tokio::test]
async fn two_hidden_groups_have_a_rule_each() {
    let nobody = predicate(|_| false);
    let routes = hide_routes(
        hide_routes(Routes::default(), hidden(), inside()),
        public(),
        nobody,
    );
    let server = serve(routes);
    let channel = server.channel().await;
    assert!(
        unary(channel.clone(), HIDDEN, from_inside("ann"))
            .await
            .is_ok()
    );
    let status = unary(channel, "/test.Greeter/Say", from_inside("ann"))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[test]
#[should_panic(expected = "previously registered route: /test.Greeter")]
fn a_hidden_service_that_is_public_too_is_a_panic_of_axum_at_the_start() {
    drop(hide_routes(public(), public(), inside()));
}

#[tokio::test]
async fn the_peer_that_tonic_notes_is_seen() {
    let of_peer = |loopback| {
        predicate(move |caller| {
            let peer = caller.extension::<TcpConnectInfo>()?.remote_addr()?;
            Some(peer.ip().is_loopback() == loopback)
        })
    };
    let server = serve(hide_routes(public(), hidden(), of_peer(true)));
    assert!(
        unary(server.channel().await, HIDDEN, from_inside("ann"))
            .await
            .is_ok()
    );
    let server = serve(hide_routes(public(), hidden(), of_peer(false)));
    assert!(
        unary(server.channel().await, HIDDEN, from_inside("ann"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn one_service_is_hidden_by_a_layer_of_its_own_name() {
    // The router knows the service: for all but calls, it is the layer's answer that must be that of an absent one.
    let layer = HideLayer::unless(inside()).unimplemented();
    let server = serve(public().add_service(layer.named_layer(Admin(hello))));
    for end in [End::Send, End::Withhold] {
        let (found, expect) = (
            call(&server, HIDDEN, end).await,
            call(&server, ABSENT, end).await,
        );
        assert_eq!(found, expect, "{end:?}");
    }
    assert_hidden("a named layer", &server).await;
    assert_shown_inside(&server).await;
}

#[tokio::test]
async fn all_of_a_server_can_be_hidden_by_path() {
    let admin = || rule::under(["/test.Admin"]).unwrap().and(inside().not());
    let routes = || public().add_service(Admin(hello));
    for (name, server) in [
        (
            "fallback",
            Server::tonic(HideLayer::when(admin()).fallback(public()).wrap(routes())),
        ),
        (
            "reroute",
            Server::tonic(HideLayer::when(admin()).reroute().wrap(routes())),
        ),
        (
            "unimplemented",
            Server::tonic(HideLayer::when(admin()).unimplemented().wrap(routes())),
        ),
    ] {
        for method in ["Say", "Repeat", "Nope"] {
            for end in [End::Send, End::Withhold] {
                let found = call(&server, &format!("/test.Admin/{method}"), end).await;
                let expect = call(&server, &format!("/test.Abcde/{method}"), end).await;
                assert_eq!(found, expect, "{name} {method} {end:?}");
            }
        }
        assert_shown_inside(&server).await;
    }
}

#[tokio::test]
async fn a_hidden_method_is_told_by_an_answer_for_services() {
    // An unknown method of a service that is there has no length, and its headers stand in another order.
    let method = rule::path(["/test.Greeter/Repeat"])
        .unwrap()
        .and(inside().not());
    let layer = HideLayer::when(method).unimplemented();
    let server = Server::tonic(layer.wrap(public()));
    let found = call(&server, "/test.Greeter/Repeat", End::Send).await;
    let expect = call(&server, "/test.Greeter/Absent", End::Send).await;
    assert_ne!(found, expect);

    // Asked for a method that it does not have, the service itself answers.
    let method = rule::path(["/test.Greeter/Repeat"])
        .unwrap()
        .and(inside().not());
    let layer = HideLayer::when(method).reroute();
    let server = Server::tonic(layer.wrap(public()));
    let found = call(&server, "/test.Greeter/Repeat", End::Send).await;
    assert_eq!(found, expect);
}

#[tokio::test]
async fn a_404_is_no_answer_to_a_call() {
    let admin = rule::under(["/test.Admin"]).unwrap().and(inside().not());
    let routes = public().add_service(Admin(hello));
    let layer = HideLayer::when(admin).not_found();
    let server = serve(Routes::from(
        Routes::default()
            .into_axum_router()
            .fallback_service(layer.wrap(routes)),
    ));
    let leak = tell(&server, HIDDEN, ABSENT).await.unwrap();
    assert!(leak.contains("404"), "{leak}");
}
