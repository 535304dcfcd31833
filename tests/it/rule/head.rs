//! Rules about the rest of the head: method, host, header, listener, switch.

use http::{Method, Request};
use tower_postern::{
    ConfigErrorKind, RequestHead,
    net::Listener,
    predicate::{
        Predicate,
        Verdict::{self, No, Unknown, Yes},
        predicate,
    },
    rule,
};

use super::{ask, get};

#[test]
fn a_method_rule_names_methods_and_a_head_may_be_a_get() {
    #[rustfmt::skip] // a table
    let cases: &[(&[Method], Method, Verdict)] = &[
        (&[Method::GET, Method::POST], Method::GET, Yes),
        (&[Method::GET, Method::POST], Method::POST, Yes),
        (&[Method::GET, Method::POST], Method::DELETE, No),
        (&[Method::GET], Method::HEAD, Unknown),
        (&[Method::GET, Method::HEAD], Method::HEAD, Yes),
        (&[Method::HEAD], Method::GET, No),
        (&[Method::POST], Method::HEAD, No),
        (&[Method::GET], Method::from_bytes(b"get").unwrap(), No),
        (&[], Method::GET, Unknown),
    ];
    for (methods, method, expect) in cases {
        let rule = rule::method(methods.iter().cloned());
        let request = Request::builder().method(method);
        assert_eq!(ask(&rule, request), *expect, "{methods:?} {method}");
    }
}

#[cfg(feature = "tracing")]
#[test]
fn a_rule_about_nothing_is_told_of_when_it_is_made() {
    use tower_postern::{bearer::ScopeSet, scopes};

    for (name, told) in [
        ("methods", super::events(|| drop(rule::method([])))),
        (
            "scopes",
            super::events(|| drop(rule::scopes(ScopeSet::EMPTY))),
        ),
    ] {
        assert_eq!(told.len(), 1, "{name}: {told:?}");
        assert!(told[0].starts_with("ERROR a rule about the "), "{told:?}");
        assert!(told[0].ends_with("; name one"), "{told:?}");
    }
    let told = super::events(|| {
        drop(rule::method([Method::GET]));
        drop(rule::scopes(scopes!("internal")));
    });
    assert_eq!(told, [""; 0]);
}

#[test]
fn the_debug_form_of_a_rule_says_what_it_asks_for_and_no_secret() {
    fn question<T>(_: &T) -> bool {
        true
    }
    for (rule, expect) in [
        (
            format!("{:?}", rule::client_addr(["10.0.0.0/8"]).unwrap()),
            "ClientAddr { networks: {10.0.0.0..=10.255.255.255}, .. }",
        ),
        (
            format!("{:?}", rule::client_certificate(question)),
            "ClientCertificate { question: \"it::rule::head::the_debug_form_of_a_rule_says_what_it_asks_for_and_no_secret::question",
        ),
        (
            format!("{:?}", rule::identity(question::<u8>)),
            "Identity { of: \"u8\", .. }",
        ),
        (
            format!("{:?}", predicate(|_| true)),
            "ClosurePredicate(\"it::rule::head::the_debug_form_of_a_rule_says_what_it_asks_for_and_no_secret::{{closure}}",
        ),
        (
            format!("{:?}", rule::header("x-gateway", "s3cr3t").unwrap()),
            "Header { name: \"x-gateway\", ",
        ),
    ] {
        assert!(rule.starts_with(expect), "{rule}");
        assert!(!rule.contains("s3cr3t"), "{rule}");
    }
}

#[test]
fn a_host_rule_wants_one_host_in_an_ordinary_spelling() {
    let rule = rule::host(["api.example.com", "[::1]", "127.0.0.1", "localhost"]).unwrap();
    #[rustfmt::skip] // a table
    let cases: &[(&str, &[&str], Verdict)] = &[
        ("/", &["api.example.com"], Yes),
        ("/", &["API.Example.COM"], Yes),
        ("/", &["api.example.com:443"], Yes),
        ("/", &["localhost"], Yes),
        ("/", &["127.0.0.1:80"], Yes),
        ("/", &["[::1]:80"], Yes),
        ("/", &["[0:0::1]"], Yes),
        ("/", &["example.com"], No),
        ("/", &["api.example.com.evil.example"], No),
        ("/", &["[::2]"], No),
        ("/", &[], Unknown),
        ("/", &[""], Unknown),
        ("/", &["api.example.com."], Unknown),
        ("/", &["api.example.com:"], Unknown),
        ("/", &["api.example.com:80:80"], Unknown),
        ("/", &["api.example.com:x"], Unknown),
        ("/", &["user@api.example.com"], Unknown),
        ("/", &["api.example.com, example.com"], Unknown),
        ("/", &["api%2eexample.com"], Unknown),
        ("/", &["api..example.com"], Unknown),
        ("/", &["[::1"], Unknown),
        ("/", &["[::1]x"], Unknown),
        ("/", &["[::1]:"], Unknown),
        ("/", &["[::ffff]::1]"], Unknown),
        ("/", &["api.example.com", "api.example.com"], Unknown),
        ("http://api.example.com/", &[], Yes),
        ("http://api.example.com:8080/", &["api.example.com"], Yes),
        ("http://example.com/", &["example.com"], No),
        ("http://api.example.com/", &["example.com"], Unknown),
        ("http://example.com/", &["api.example.com"], Unknown),
        ("http://user@api.example.com/", &[], Unknown),
        ("http://api.example.com/", &["api.example.com."], Unknown),
    ];
    for (target, lines, expect) in cases {
        let mut request = get(target);
        for line in *lines {
            request = request.header("host", *line);
        }
        assert_eq!(ask(&rule, request), *expect, "{target} {lines:?}");
    }
}

#[test]
fn the_host_is_that_of_the_caller_whatever_is_asked_about() {
    let rule = rule::host(["api.example.com"]).unwrap();
    let request = Request::get("http://api.example.com/a").body(()).unwrap();
    let head = RequestHead::new(&request);
    assert_eq!(rule.check(&head.caller()), Yes);
    assert_eq!(
        rule.check(&head.at(&Method::GET, &"/b".parse().unwrap())),
        Yes
    );
    let request = Request::get("http://example.com/a").body(()).unwrap();
    assert_eq!(rule.check(&RequestHead::new(&request).caller()), No);
}

#[test]
fn a_host_that_cannot_match_is_an_error() {
    for (host, cure) in [
        ("", "is no host"),
        ("api.example.com:80", "leave it out"),
        ("[::1]:80", "leave it out"),
        ("api.example.com.", "leave it out"),
        ("*.example.com", "wildcard"),
        ("https://example.com", "is no host"),
        ("exämple.com", "xn--"),
        ("::1", "brackets"),
    ] {
        let error = rule::host([host]).unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Host, "{host}");
        assert!(error.to_string().contains(cure), "{error}");
    }
    let error = rule::host::<&str>([]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "host: the list is empty; name at least one host"
    );
}

#[test]
fn a_header_rule_wants_one_line_and_its_absence_opens_nothing() {
    let rule = rule::header("X-Internal-Token", "sesame").unwrap();
    #[rustfmt::skip] // a table
    let cases: &[(&[&[u8]], Verdict)] = &[
        (&[b"sesame"], Yes),
        (&[b"sesam"], No),
        (&[b"sesame1"], No),
        (&[b"Sesame"], No),
        (&[b""], No),
        (&[b"\xFF"], No),
        (&[], Unknown),
        (&[b"sesame", b"sesame"], Unknown),
        (&[b"no", b"sesame"], Unknown),
    ];
    for (lines, expect) in cases {
        let mut request = get("/");
        for line in *lines {
            request = request.header("x-internal-token", *line);
        }
        assert_eq!(ask(&rule, request), *expect, "{lines:?}");
    }
    assert_eq!(ask(&rule.clone().not(), get("/")), Unknown);
    let shown = format!("{rule:?}");
    assert!(
        shown.contains("[redacted]") && !shown.contains("sesame"),
        "{shown}"
    );
}

#[test]
fn a_header_that_no_request_can_have_is_an_error() {
    for (name, value, cure) in [
        ("", "x", "is not a name"),
        ("x y", "x", "is not a name"),
        ("x-token", "", "is empty"),
        ("x-token", "sesame\n", "line break"),
        ("x-token", " sesame", "trim it"),
        ("Host", "example.com", "rule::host"),
    ] {
        let error = rule::header(name, value).unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Header, "{name}");
        assert!(error.to_string().contains(cure), "{error}");
        assert!(!error.to_string().contains("sesame"), "{error}");
    }
}

#[test]
fn a_listener_is_known_by_its_extension_and_by_nothing_else() {
    let rule = rule::listener("internal").unwrap();
    assert_eq!(ask(&rule, get("/").header("host", "internal")), Unknown);
    let internal = get("/").extension(Listener::new("internal".to_owned()));
    assert_eq!(ask(&rule, internal), Yes);
    assert_eq!(ask(&rule, get("/").extension(Listener::new("public"))), No);
    let error = rule::listener("").unwrap_err();
    assert_eq!(error.kind(), ConfigErrorKind::Listener);
}

#[test]
fn a_switch_is_flipped_by_every_clone() {
    let rule = rule::switch(true);
    let handle = rule.clone();
    assert_eq!(ask(&rule, get("/")), Yes);
    handle.set(false);
    assert!(!rule.is_on());
    assert_eq!(ask(&rule, get("/")), No);
}

/// With HTTP/2 the host is in `:authority`, and there is no `Host` line.
#[tokio::test]
async fn the_host_is_found_in_both_versions_of_http() {
    use std::{convert::Infallible, future::ready};

    use http::Response;
    use hyper::body::Incoming;
    use tower::service_fn;

    use crate::support::wire::Server;

    let here = rule::host(["test"]).unwrap();
    let there = rule::host(["example.com"]).unwrap();
    let service = service_fn(move |request: Request<Incoming>| {
        let head = RequestHead::new(&request);
        let verdicts = [head, head.caller()].map(|head| (here.check(&head), there.check(&head)));
        ready(Ok::<_, Infallible>(Response::new(format!("{verdicts:?}"))))
    });
    let server = Server::tower(service).await;
    let expect = "[(Yes, No), (Yes, No)]";
    let answer = server.http1("GET", "/", &[], "").await;
    assert!(answer.contains(expect), "{answer}");
    let answer = server.http2("GET", "/", &[], "").await;
    assert!(answer.contains(expect), "{answer}");
}
