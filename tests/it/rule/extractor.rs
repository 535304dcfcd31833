//! The address of the caller in an Axum handler.

use std::net::SocketAddr;

use axum::{Extension, Router, body::Body, routing::get as on_get};
use futures_util::FutureExt;
use http::StatusCode;
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_postern::{
    axum::ClientAddr,
    net::{self, ForwardingHeader, PeerAddr, TrustedProxies},
};

use super::get;

fn app() -> Router {
    let handler = |ClientAddr(address): ClientAddr| async move { address.to_string() };
    Router::new().route("/", on_get(handler))
}

fn call(app: Router, peer: Option<&str>, header: Option<&str>) -> (StatusCode, String) {
    let mut request = get("/");
    if let Some(peer) = peer {
        request = request.extension(PeerAddr(peer.parse::<SocketAddr>().unwrap()));
    }
    if let Some(value) = header {
        request = request.header("x-forwarded-for", value);
    }
    let answer = app.oneshot(request.body(Body::empty()).unwrap());
    let (parts, body) = answer.now_or_never().unwrap().unwrap().into_parts();
    let body = body.collect().now_or_never().unwrap().unwrap().to_bytes();
    (parts.status, String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn a_handler_gets_the_address_or_is_not_called() {
    let proxies = TrustedProxies::parse(["10.0.0.7"], ForwardingHeader::x_forwarded_for()).unwrap();
    let through = || app().layer(Extension(net::ClientAddr::behind(proxies.clone())));
    let proxy = Some("10.0.0.7:1");
    let ok = |address: &str| (StatusCode::OK, address.to_owned());
    let bad = || (StatusCode::BAD_REQUEST, String::new());
    let ours = || (StatusCode::INTERNAL_SERVER_ERROR, String::new());
    #[rustfmt::skip] // a table
    let cases = [
        ("direct", app(), Some("192.0.2.1:1"), None, ok("192.0.2.1")),
        ("direct, IPv4-mapped", app(), Some("[::ffff:192.0.2.1]:1"), None, ok("192.0.2.1")),
        ("no peer", app(), None, None, ours()),
        ("a proxy that nobody named", app(), Some("192.0.2.1:1"), Some("127.0.0.1"), ours()),
        ("through the proxy", through(), proxy, Some("127.0.0.1, 192.0.2.1"), ok("192.0.2.1")),
        ("a stranger with a header", through(), Some("192.0.2.1:1"), Some("127.0.0.1"), ok("192.0.2.1")),
        ("the proxy says nothing", through(), proxy, None, bad()),
        ("the proxy says nothing of use", through(), proxy, Some("unknown"), bad()),
        ("the proxy names itself", through(), proxy, Some("10.0.0.7"), bad()),
    ];
    for (name, app, peer, header, expect) in cases {
        assert_eq!(call(app, peer, header), expect, "{name}");
    }
}
