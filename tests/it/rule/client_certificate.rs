//! What the client proved to be: asked alone, and on servers that ask for certificates.

use std::sync::Arc;

use proptest::prelude::*;
use tower_postern::{
    RequestHead,
    net::PeerCertificate,
    predicate::{
        Predicate,
        Verdict::{No, Unknown, Yes},
    },
    rule,
};

use super::{ask, get};
use crate::support::tls::{Authority, Identity};

/// By the public key: a renewed certificate is still his.
fn is(identity: &Identity) -> impl Predicate + Clone {
    let key: Arc<[u8]> = identity.public_key().into();
    rule::client_certificate(move |certificate| certificate.public_key() == Some(&*key))
}

fn of(identity: &Identity) -> PeerCertificate {
    PeerCertificate::from_der(identity.certificate.to_vec())
}

#[test]
fn only_a_certificate_that_was_verified_gets_a_clear_answer() {
    let authority = Authority::new();
    let (ann, bob) = (authority.sign("ann"), authority.sign("bob"));
    let rule = is(&ann);
    for (name, certificate, expect) in [
        ("none", None, Unknown),
        ("his", Some(of(&ann)), Yes),
        ("his, renewed", Some(of(&authority.renew(&ann))), Yes),
        ("another's", Some(of(&bob)), No),
        (
            "no certificate at all",
            Some(PeerCertificate::from_der(&b"nonsense"[..])),
            No,
        ),
    ] {
        let mut request = get("/");
        if let Some(certificate) = certificate {
            request = request.extension(certificate);
        }
        let request = request.body(()).unwrap();
        let head = RequestHead::new(&request);
        assert_eq!(rule.check(&head), expect, "{name}");
        assert_eq!(
            rule.check(&head.caller()),
            expect,
            "{name}, the caller alone"
        );
    }
}

#[test]
fn a_header_is_no_certificate() {
    let ann = Authority::new().sign("ann");
    let any = rule::client_certificate(|_| true);
    for header in [
        "client-cert",
        "x-forwarded-client-cert",
        "x-client-cert",
        "ssl-client-cert",
        "x-ssl-client-verify",
    ] {
        let value = ann.certificate.escape_ascii().to_string();
        assert_eq!(
            ask(&any, get("/").header(header, value)),
            Unknown,
            "{header}"
        );
    }
}

#[test]
fn the_question_may_be_answered_by_bool_option_or_verdict() {
    let request = || get("/").extension(PeerCertificate::from_der(&b"x"[..]));
    assert_eq!(
        ask(&rule::client_certificate(|c| c.der() == b"x"), request()),
        Yes
    );
    assert_eq!(
        ask(&rule::client_certificate(|c| c.der() == b"y"), request()),
        No
    );
    assert_eq!(ask(&rule::client_certificate(|_| None), request()), Unknown);
    assert_eq!(
        ask(&rule::client_certificate(|_| Unknown), request()),
        Unknown
    );
    let negated = rule::client_certificate(|_| true).not();
    assert_eq!(
        ask(&negated, get("/")),
        Unknown,
        "without one, also negated"
    );
}

#[test]
fn the_public_key_is_the_one_that_was_certified() {
    let authority = Authority::new();
    let ann = authority.sign("ann");
    let renewed = authority.renew(&ann);
    assert_ne!(ann.certificate, renewed.certificate);
    assert_eq!(of(&ann).public_key(), Some(&*ann.public_key()));
    assert_eq!(of(&renewed).public_key(), Some(&*ann.public_key()));

    let mut longer = ann.certificate.to_vec();
    longer.push(0);
    assert_eq!(PeerCertificate::from_der(longer).public_key(), None);
    let text = format!("{:?}", of(&ann));
    assert_eq!(
        text,
        format!("PeerCertificate {{ bytes: {}, .. }}", ann.certificate.len())
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(at: prop::sample::Index, byte: u8, len: prop::sample::Index) {
        let certificate = Authority::new().sign("ann").certificate;
        let mut der = certificate.to_vec();
        let at = at.index(der.len());
        der[at] = byte;
        der.truncate(len.index(certificate.len() + 1));
        let certificate = PeerCertificate::from_der(der.clone());
        if let Some(key) = certificate.public_key() {
            prop_assert!(der.windows(key.len()).any(|part| part == key));
        }
    }
}

/// What is asked of a server that hides `/metrics` from all but Ann.
#[cfg(feature = "axum")]
#[tokio::test]
async fn an_axum_router_hides_from_all_but_the_holder_of_a_certificate() {
    use axum::{Router, body::Body, routing::get};
    use http::Request;
    use hyper::{body::Incoming, service::service_fn};
    use hyper_util::{
        rt::{TokioExecutor, TokioIo},
        server::conn::auto,
    };
    use tokio::{net::TcpListener, task::JoinSet};
    use tower::ServiceExt;
    use tower_postern::axum::hide_routes;

    use crate::support::wire::{Server, http1_on};

    let authority = Authority::new();
    let (ann, bob) = (authority.sign("ann"), authority.sign("bob"));
    let public = Router::new().route("/", get(async || "hello"));
    let hidden = Router::new().route("/metrics", get(async || "42"));
    let app = hide_routes(public, hidden, is(&ann));

    let acceptor = authority.acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::run(listener.local_addr().unwrap(), async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, app) = (acceptor.clone(), app.clone());
            connections.spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
                let certificate = chain
                    .first()
                    .map(|leaf| PeerCertificate::from_der(leaf.to_vec()));
                let service = service_fn(move |mut request: Request<Incoming>| {
                    if let Some(certificate) = &certificate {
                        request.extensions_mut().insert(certificate.clone());
                    }
                    app.clone().oneshot(request.map(Body::new))
                });
                let server = auto::Builder::new(TokioExecutor::new());
                drop(server.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    });

    let stranger = Authority::new().sign("ann");
    let renewed = authority.renew(&ann);
    let ask = async |who: Option<&Identity>, more: &[&Identity], path: &str| {
        let stream = authority.connect(&server, who, more).await;
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        http1_on(stream, request.as_bytes()).await
    };
    for (name, who, more, expect) in [
        ("Ann", Some(&ann), &[][..], "HTTP/1.1 200 OK\n"),
        ("Ann, renewed", Some(&renewed), &[], "HTTP/1.1 200 OK\n"),
        ("Bob", Some(&bob), &[], "HTTP/1.1 404 Not Found\n"),
        // Certificates are no secret: his own is the one that he proved to hold.
        (
            "Bob, with Ann's",
            Some(&bob),
            &[&ann],
            "HTTP/1.1 404 Not Found\n",
        ),
        ("nobody", None, &[], "HTTP/1.1 404 Not Found\n"),
        ("one of another authority", Some(&stranger), &[], ""),
    ] {
        let answer = ask(who, more, "/metrics").await;
        if expect.is_empty() {
            assert_eq!(answer, "", "{name}: the handshake fails");
        } else {
            assert!(answer.starts_with(expect), "{name}: {answer}");
        }
        if !expect.contains("200") {
            assert_eq!(answer, ask(who, more, "/absents").await, "{name}");
        }
    }
}

#[cfg(feature = "tonic")]
#[tokio::test]
async fn a_tonic_server_hides_from_all_but_the_holder_of_a_certificate() {
    use futures_util::StreamExt;
    use http::Request;
    use tonic::{service::Routes, transport::server::Server as Tonic};
    use tower_postern::tonic::hide_routes;

    use crate::support::{
        greeter::{Admin, Greeter, hello},
        wire::{End, Server, http2_on},
    };

    let authority = Authority::new();
    let (ann, bob) = (authority.sign("ann"), authority.sign("bob"));
    let routes = hide_routes(
        Routes::new(Greeter(hello)),
        Routes::new(Admin(hello)),
        is(&ann),
    );
    let acceptor = authority.acceptor();
    let server = Server::tonic_with(|incoming| {
        let incoming = incoming.then(move |stream| {
            let acceptor = acceptor.clone();
            async move { acceptor.accept(stream?).await }
        });
        async move {
            let server = Tonic::builder().add_routes(routes);
            server.serve_with_incoming(incoming).await.unwrap();
        }
    });

    let call = async |who: Option<&Identity>, more: &[&Identity], path: &str| {
        let stream = authority.connect(&server, who, more).await;
        let request = Request::post(format!("http://test{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body("\0\0\0\0\x05\x0a\x03ann".to_owned());
        Box::pin(http2_on(stream, request.unwrap(), End::Send)).await
    };
    for (name, who, more, expect) in [
        ("Ann", Some(&ann), &[][..], "hello ann"),
        ("Bob", Some(&bob), &[], "grpc-status: 12"),
        ("Bob, with Ann's", Some(&bob), &[&ann], "grpc-status: 12"),
        ("nobody", None, &[], "grpc-status: 12"),
    ] {
        let answer = call(who, more, "/test.Admin/Say").await;
        assert!(answer.contains(expect), "{name}: {answer}");
        if expect.contains("12") {
            assert_eq!(answer, call(who, more, "/test.Abcde/Say").await, "{name}");
        }
        let answer = call(who, more, "/test.Greeter/Say").await;
        assert!(answer.contains("hello ann"), "{name}: {answer}");
    }
}

/// What Tonic left is read where nothing else is there; an accept loop's own goes first.
#[cfg(feature = "tonic")]
#[tokio::test]
async fn what_tonic_left_of_the_certificate_is_read_and_our_own_goes_first() {
    use http::Request;
    use tonic::transport::server::Connected;

    use crate::support::wire::Server;

    let authority = Authority::new();
    let (ann, bob) = (authority.sign("ann"), authority.sign("bob"));
    let acceptor = authority.acceptor();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (sender, mut accepted) = tokio::sync::mpsc::channel(1);
    let server = Server::run(listener.local_addr().unwrap(), async move {
        while let Ok((stream, _)) = listener.accept().await {
            sender
                .send(acceptor.accept(stream).await.unwrap())
                .await
                .unwrap();
        }
    });
    for (who, expect) in [(Some(&ann), Yes), (Some(&bob), No), (None, Unknown)] {
        let _client = authority.connect(&server, who, &[]).await;
        let info = accepted.recv().await.unwrap().connect_info();
        let mut request = Request::new(());
        request.extensions_mut().insert(info);
        assert_eq!(is(&ann).check(&RequestHead::new(&request)), expect);
        request.extensions_mut().insert(of(&ann));
        assert_eq!(is(&ann).check(&RequestHead::new(&request)), Yes);
        request.extensions_mut().insert(of(&bob));
        assert_eq!(is(&ann).check(&RequestHead::new(&request)), No);
    }
}
