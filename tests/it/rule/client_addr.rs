use std::net::{IpAddr, SocketAddr};

#[cfg(any(feature = "axum", feature = "tonic"))]
use http::Request;
use http::request::Builder;
use tower_postern::{
    ConfigErrorKind, RequestHead,
    net::{NetworkSet, PeerAddr},
    predicate::{
        Predicate,
        Verdict::{No, Unknown, Yes},
    },
    rule::{self, ClientAddr},
};

use super::{ask, get};

const INSIDE: &str = "10.1.2.3:40000";
const OUTSIDE: &str = "192.0.2.1:40000";

fn inside() -> ClientAddr {
    rule::client_addr(["10.0.0.0/8", "::1"]).unwrap()
}

fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn from(peer: &str) -> Builder {
    get("/").extension(PeerAddr(addr(peer)))
}

#[test]
fn the_socket_says_who_calls() {
    for (peer, expect) in [
        (INSIDE, Yes),
        (OUTSIDE, No),
        ("[::1]:1", Yes),
        ("[::ffff:10.1.2.3]:1", Yes),
        ("[::ffff:192.0.2.1]:1", No),
        ("[::10.1.2.3]:1", No),
    ] {
        assert_eq!(ask(&inside(), from(peer)), expect, "{peer}");
    }
    assert_eq!(ask(&inside(), get("/")), Unknown);
}

#[test]
fn a_proxy_that_nobody_named_hides_who_calls() {
    for (name, value) in [
        ("x-forwarded-for", "10.1.2.3"),
        ("x-forwarded-for", ""),
        ("x-forwarded-proto", "https"),
        ("forwarded", "for=10.1.2.3"),
        ("x-real-ip", "10.1.2.3"),
        ("via", "1.1 example"),
    ] {
        for peer in [INSIDE, OUTSIDE] {
            assert_eq!(
                ask(&inside(), from(peer).header(name, value)),
                Unknown,
                "{name} {peer}"
            );
        }
        let rule = inside().danger_ignore_forwarding_headers();
        assert_eq!(ask(&rule, from(INSIDE).header(name, value)), Yes, "{name}");
    }
    assert_eq!(ask(&inside(), from(INSIDE).header("x-real", "1")), Yes);
}

#[test]
fn a_function_of_the_users_is_believed_and_its_none_is_unknown() {
    let rule = inside().read_from(|head: &RequestHead<'_>| {
        let text = head.headers().get("x-edge-client")?.to_str().ok()?;
        text.parse::<IpAddr>().ok()
    });
    for (value, expect) in [("10.1.2.3", Yes), ("192.0.2.1", No), ("?", Unknown)] {
        let request = from(OUTSIDE)
            .header("x-edge-client", value)
            .header("x-forwarded-for", "192.0.2.1");
        assert_eq!(ask(&rule, request), expect, "{value}");
    }
    assert_eq!(ask(&rule, from(INSIDE)), Unknown);
}

#[test]
fn an_empty_list_is_nobody_and_a_bad_one_is_an_error() {
    let nobody = rule::client_addr::<&str>([]).unwrap();
    assert_eq!(ask(&nobody, from(INSIDE)), No);
    let nobody = rule::client_addr_in(NetworkSet::default());
    assert_eq!(ask(&nobody, from(INSIDE)), No);
    let error = rule::client_addr([""]).unwrap_err();
    assert_eq!(error.kind(), ConfigErrorKind::Network);
}

#[test]
fn about_a_caller_alone_the_address_is_known() {
    let request = from(INSIDE).body(()).unwrap();
    assert_eq!(inside().check(&RequestHead::new(&request).caller()), Yes);
}

#[cfg(feature = "tracing")]
mod tells {
    use super::*;
    use crate::rule::events;

    #[test]
    fn that_no_request_ever_had_a_peer_once() {
        let rule = inside();
        let told = events(|| {
            ask(&rule, get("/"));
            ask(&rule.clone(), get("/"));
        });
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("ERROR no request so far had the address"),
            "{told:?}"
        );
        assert!(
            told[0].contains("into_make_service_with_connect_info::<SocketAddr>()"),
            "{told:?}"
        );
    }

    #[test]
    fn nothing_where_some_request_had_a_peer() {
        let rule = inside();
        let told = events(|| {
            ask(&rule, from(OUTSIDE));
            ask(&rule, get("/"));
        });
        assert!(told.is_empty(), "{told:?}");
    }

    #[test]
    fn that_a_proxy_nobody_named_stands_inside_once() {
        let rule = inside();
        let told = events(|| {
            ask(&rule, from(OUTSIDE).header("via", "1.1 x"));
            ask(&rule, from(INSIDE).header("via", "1.1 x"));
            ask(&rule, from(INSIDE).header("via", "1.1 x"));
        });
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("ERROR a request from inside has a header of a proxy"),
            "{told:?}"
        );
    }

    #[test]
    fn that_a_list_of_networks_is_empty() {
        let told = events(|| drop(rule::client_addr::<&str>([]).unwrap()));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("WARN"), "{told:?}");
    }
}

/// The addresses that servers leave.
#[cfg(feature = "axum")]
fn check<T>(
    name: &str,
    prepare: impl FnOnce(&mut http::Extensions) -> T,
    expect: tower_postern::predicate::Verdict,
) {
    let mut request = Request::new(());
    prepare(request.extensions_mut());
    assert_eq!(
        inside().check(&RequestHead::new(&request)),
        expect,
        "{name}"
    );
}

#[cfg(feature = "axum")]
#[test]
fn what_axum_left_is_read_and_our_own_goes_first() {
    use axum::extract::connect_info::{ConnectInfo, MockConnectInfo};

    check(
        "connect info, inside",
        |e| e.insert(ConnectInfo(addr(INSIDE))),
        Yes,
    );
    check(
        "connect info, outside",
        |e| e.insert(ConnectInfo(addr(OUTSIDE))),
        No,
    );
    check(
        "mock, inside",
        |e| e.insert(MockConnectInfo(addr(INSIDE))),
        Yes,
    );
    check(
        "both agree but for the port and the family",
        |e| {
            e.insert(ConnectInfo(addr("[::ffff:10.1.2.3]:1")));
            e.insert(MockConnectInfo(addr(INSIDE)));
        },
        Yes,
    );
    check(
        "both differ",
        |e| {
            e.insert(ConnectInfo(addr(INSIDE)));
            e.insert(MockConnectInfo(addr("10.1.2.4:40000")));
        },
        Unknown,
    );
    check(
        "our own goes first",
        |e| {
            e.insert(PeerAddr(addr(OUTSIDE)));
            e.insert(ConnectInfo(addr(INSIDE)));
            e.insert(MockConnectInfo(addr("10.1.2.4:40000")));
        },
        No,
    );
    check(
        "another type",
        |e| e.insert(ConnectInfo(addr(INSIDE).ip())),
        Unknown,
    );
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn a_served_axum_router_has_the_peer_where_it_was_asked_for() {
    use axum::{Router, extract::Request, routing::get};

    use crate::support::wire::Server;

    let here = rule::client_addr(["127.0.0.1"]).unwrap();
    let verdict = move |request: Request| {
        let verdict = here.check(&RequestHead::new(&request));
        async move { format!("{verdict:?}") }
    };
    let server = Server::axum(Router::new().route("/", get(verdict))).await;
    let answer = server.http1("GET", "/", &[], "").await;
    assert!(answer.contains("Yes"), "{answer}");
    let answer = server
        .http1("GET", "/", &[("x-forwarded-for", "127.0.0.1")], "")
        .await;
    assert!(answer.contains("Unknown"), "{answer}");
}

#[cfg(feature = "tonic")]
mod tonic_info {
    use std::sync::{Arc, Mutex};

    use tonic::{service::Routes, transport::server::Connected};
    use tower::ServiceExt;

    use super::*;
    use crate::support::wire::Server;

    /// What Tonic makes has no constructor: so it is taken from a connection.
    async fn connect_info() -> (http::Extensions, SocketAddr) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, server) =
            tokio::join!(tokio::net::TcpStream::connect(address), listener.accept());
        let mut extensions = http::Extensions::new();
        extensions.insert(server.unwrap().0.connect_info());
        (extensions, client.unwrap().local_addr().unwrap())
    }

    #[tokio::test]
    async fn what_tonic_left_is_read() {
        let here = rule::client_addr(["127.0.0.1"]).unwrap();
        let (extensions, peer) = connect_info().await;
        let mut request = Request::new(());
        *request.extensions_mut() = extensions;
        assert_eq!(here.check(&RequestHead::new(&request)), Yes);
        assert_eq!(inside().check(&RequestHead::new(&request)), No);

        request.extensions_mut().insert(PeerAddr(addr(INSIDE)));
        assert_eq!(inside().check(&RequestHead::new(&request)), Yes);
        request.extensions_mut().insert(PeerAddr(peer));
        assert_eq!(inside().check(&RequestHead::new(&request)), No);
    }

    #[tokio::test]
    async fn what_tonic_left_of_a_tls_connection_is_read() {
        use tokio_rustls::{TlsAcceptor, TlsConnector, rustls};

        let cert = rcgen::generate_simple_self_signed(["test".to_owned()]).unwrap();
        let (der, key) = (cert.cert.der().clone(), cert.signing_key.serialize_der());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(der.clone()).unwrap();
        let client = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let key = rustls::pki_types::PrivateKeyDer::try_from(key).unwrap();
        let server = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![der], key)
            .unwrap();

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = tokio::net::TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let name = "test".try_into().unwrap();
        let (client, server) = tokio::join!(
            TlsConnector::from(Arc::new(client)).connect(name, stream),
            TlsAcceptor::from(Arc::new(server)).accept(accepted),
        );
        let _client = client.unwrap(); // a closed connection has no peer
        let mut request = Request::new(());
        request
            .extensions_mut()
            .insert(server.unwrap().connect_info());
        let here = rule::client_addr(["127.0.0.1"]).unwrap();
        assert_eq!(here.check(&RequestHead::new(&request)), Yes);
        assert_eq!(inside().check(&RequestHead::new(&request)), No);
    }

    #[cfg(feature = "axum")]
    #[tokio::test]
    async fn two_frameworks_that_differ_are_unknown() {
        use axum::extract::connect_info::ConnectInfo;

        let (extensions, peer) = connect_info().await;
        let mut request = Request::new(());
        *request.extensions_mut() = extensions;
        request.extensions_mut().insert(ConnectInfo(peer));
        let here = rule::client_addr(["127.0.0.1"]).unwrap();
        assert_eq!(here.check(&RequestHead::new(&request)), Yes);
        request.extensions_mut().insert(ConnectInfo(addr(INSIDE)));
        assert_eq!(here.check(&RequestHead::new(&request)), Unknown);
    }

    #[tokio::test]
    async fn a_tonic_server_has_the_peer_without_being_asked() {
        let seen = Arc::new(Mutex::new(None));
        let here = rule::client_addr(["127.0.0.1"]).unwrap();
        let record = seen.clone();
        let service = Routes::default().map_request(move |request: Request<tonic::body::Body>| {
            *record.lock().unwrap() = Some(here.check(&RequestHead::new(&request)));
            request
        });
        let server = Server::tonic(service);
        let grpc = [("content-type", "application/grpc"), ("te", "trailers")];
        server.http2("POST", "/a.B/C", &grpc, "").await;
        assert_eq!(*seen.lock().unwrap(), Some(Yes));
    }
}
