//! Who calls, through proxies that are trusted.

use std::net::{IpAddr, SocketAddr};

use http::request::Builder;
use proptest::prelude::*;
use tower_postern::{
    ConfigErrorKind, RequestHead,
    net::{
        ClientAddr, ForwardingHeader, NetworkHandle, NetworkSet, PeerAddr, TrustedProxies,
        UnknownClient::{self, MalformedHeader, MissingHeader, NoPeer, OnlyProxies, UnnamedProxy},
    },
    predicate::Verdict::{No, Unknown, Yes},
    rule,
};

use super::{ask, get};

const PROXY: &str = "10.0.0.1:40000";
const STRANGER: &str = "192.0.2.9:40000";

fn from(peer: &str) -> Builder {
    get("/").extension(PeerAddr(peer.parse::<SocketAddr>().unwrap()))
}

fn behind(header: ForwardingHeader) -> ClientAddr {
    let proxies = TrustedProxies::parse(["10.0.0.0/24", "fd00::/64"], header).unwrap();
    ClientAddr::behind(proxies)
}

fn resolve(client: &ClientAddr, request: Builder) -> Result<IpAddr, UnknownClient> {
    client.resolve(&RequestHead::new(&request.body(()).unwrap()))
}

struct Case {
    name: &'static str,
    peer: &'static str,
    lines: &'static [&'static str],
    expect: Result<&'static str, UnknownClient>,
}

#[track_caller]
fn check(client: &ClientAddr, header: &str, cases: &[Case]) {
    for Case {
        name,
        peer,
        lines,
        expect,
    } in cases
    {
        let request = lines
            .iter()
            .fold(from(peer), |request, line| request.header(header, *line));
        let expect = expect.map(|text| text.parse().unwrap());
        assert_eq!(resolve(client, request), expect, "{name}");
    }
}

#[rustfmt::skip] // a table
const X_FORWARDED_FOR: &[Case] = &[
    Case { name: "one hop", peer: PROXY, lines: &["192.0.2.1"], expect: Ok("192.0.2.1") },
    Case { name: "a port", peer: PROXY, lines: &["192.0.2.1:1234"], expect: Ok("192.0.2.1") },
    Case { name: "IPv6", peer: PROXY, lines: &["2001:db8::1"], expect: Ok("2001:db8::1") },
    Case { name: "IPv6 in brackets", peer: PROXY, lines: &["[2001:db8::1]:1"], expect: Ok("2001:db8::1") },
    Case { name: "IPv4-mapped", peer: PROXY, lines: &["::ffff:192.0.2.1"], expect: Ok("192.0.2.1") },
    Case { name: "a proxy that is IPv4-mapped", peer: "[::ffff:10.0.0.1]:1", lines: &["192.0.2.1"], expect: Ok("192.0.2.1") },
    Case { name: "what the caller sent is on the left", peer: PROXY, lines: &["127.0.0.1, 192.0.2.1"], expect: Ok("192.0.2.1") },
    Case { name: "garbage on the left is not read", peer: PROXY, lines: &["\"<x>, ,unknown,192.0.2.1"], expect: Ok("192.0.2.1") },
    Case { name: "through two proxies", peer: PROXY, lines: &["127.0.0.1, 192.0.2.1, 10.0.0.2"], expect: Ok("192.0.2.1") },
    Case { name: "through two proxies, with spaces", peer: PROXY, lines: &["192.0.2.1\t ,  10.0.0.2 "], expect: Ok("192.0.2.1") },
    Case { name: "lines are joined", peer: PROXY, lines: &["127.0.0.1", "192.0.2.1", "10.0.0.2, fd00::7"], expect: Ok("192.0.2.1") },
    Case { name: "the last line counts first", peer: PROXY, lines: &["127.0.0.1", "192.0.2.1"], expect: Ok("192.0.2.1") },
    Case { name: "a stranger is the caller", peer: STRANGER, lines: &["127.0.0.1"], expect: Ok("192.0.2.9") },
    Case { name: "a stranger without a header", peer: STRANGER, lines: &[], expect: Ok("192.0.2.9") },
    Case { name: "no header", peer: PROXY, lines: &[], expect: Err(MissingHeader) },
    Case { name: "an empty header", peer: PROXY, lines: &[""], expect: Err(MalformedHeader) },
    Case { name: "unknown", peer: PROXY, lines: &["192.0.2.1, unknown"], expect: Err(MalformedHeader) },
    Case { name: "obfuscated", peer: PROXY, lines: &["192.0.2.1, _hidden"], expect: Err(MalformedHeader) },
    Case { name: "a zone", peer: PROXY, lines: &["fe80::1%eth0"], expect: Err(MalformedHeader) },
    Case { name: "an empty hop", peer: PROXY, lines: &["192.0.2.1,"], expect: Err(MalformedHeader) },
    Case { name: "an empty last line", peer: PROXY, lines: &["192.0.2.1", ""], expect: Err(MalformedHeader) },
    Case { name: "a name", peer: PROXY, lines: &["example.com"], expect: Err(MalformedHeader) },
    Case { name: "odd behind a proxy", peer: PROXY, lines: &["unknown, 10.0.0.2"], expect: Err(MalformedHeader) },
    Case { name: "not ASCII", peer: PROXY, lines: &["192.0.2.1é"], expect: Err(MalformedHeader) },
    Case { name: "proxies alone", peer: PROXY, lines: &["10.0.0.3, 10.0.0.2"], expect: Err(OnlyProxies) },
];

#[rustfmt::skip] // a table
const FORWARDED: &[Case] = &[
    Case { name: "one hop", peer: PROXY, lines: &["for=192.0.2.1"], expect: Ok("192.0.2.1") },
    Case { name: "with all that there is", peer: PROXY, lines: &["By=\"_x\";for=\"192.0.2.1:80\";proto=https;host=a"], expect: Ok("192.0.2.1") },
    Case { name: "IPv6", peer: PROXY, lines: &["for=\"[2001:db8::1]:_p\""], expect: Ok("2001:db8::1") },
    Case { name: "through two proxies", peer: PROXY, lines: &["for=127.0.0.1, for=192.0.2.1;by=_a, for=10.0.0.2"], expect: Ok("192.0.2.1") },
    Case { name: "lines are joined", peer: PROXY, lines: &["for=127.0.0.1, for=192.0.2.1", "for=10.0.0.2"], expect: Ok("192.0.2.1") },
    Case { name: "a line that is not reached is not read", peer: PROXY, lines: &["for=\"", "for=192.0.2.1"], expect: Ok("192.0.2.1") },
    Case { name: "an open quotation mark in the line itself", peer: PROXY, lines: &["for=\"x, for=192.0.2.1"], expect: Err(MalformedHeader) },
    Case { name: "an open quotation mark does not join two hops", peer: PROXY, lines: &["for=127.0.0.1;x=\", for=\"192.0.2.1:80\""], expect: Err(MalformedHeader) },
    Case { name: "unknown", peer: PROXY, lines: &["for=unknown"], expect: Err(MalformedHeader) },
    Case { name: "obfuscated", peer: PROXY, lines: &["for=_hidden"], expect: Err(MalformedHeader) },
    Case { name: "a hop of nobody", peer: PROXY, lines: &["for=192.0.2.1, by=10.0.0.1"], expect: Err(MalformedHeader) },
    Case { name: "twice in one hop", peer: PROXY, lines: &["for=192.0.2.1;for=192.0.2.2"], expect: Err(MalformedHeader) },
    Case { name: "IPv6 without brackets", peer: PROXY, lines: &["for=\"2001:db8::1\""], expect: Err(MalformedHeader) },
    Case { name: "a port without quotation marks", peer: PROXY, lines: &["for=192.0.2.1:80"], expect: Err(MalformedHeader) },
    Case { name: "no header", peer: PROXY, lines: &[], expect: Err(MissingHeader) },
    Case { name: "an empty header", peer: PROXY, lines: &[""], expect: Err(MalformedHeader) },
    Case { name: "proxies alone", peer: PROXY, lines: &["for=10.0.0.3", "for=\"[fd00::1]\""], expect: Err(OnlyProxies) },
    Case { name: "a stranger is the caller", peer: STRANGER, lines: &["for=127.0.0.1"], expect: Ok("192.0.2.9") },
];

#[rustfmt::skip] // a table
const SINGLE: &[Case] = &[
    Case { name: "an address", peer: PROXY, lines: &["192.0.2.1"], expect: Ok("192.0.2.1") },
    Case { name: "with a port", peer: PROXY, lines: &["[2001:db8::1]:80"], expect: Ok("2001:db8::1") },
    Case { name: "a list", peer: PROXY, lines: &["127.0.0.1, 192.0.2.1"], expect: Err(MalformedHeader) },
    Case { name: "two lines", peer: PROXY, lines: &["192.0.2.1", "192.0.2.1"], expect: Err(MalformedHeader) },
    Case { name: "no header", peer: PROXY, lines: &[], expect: Err(MissingHeader) },
    Case { name: "an empty header", peer: PROXY, lines: &[""], expect: Err(MalformedHeader) },
    Case { name: "a proxy", peer: PROXY, lines: &["10.0.0.2"], expect: Err(OnlyProxies) },
    Case { name: "a stranger is the caller", peer: STRANGER, lines: &["127.0.0.1"], expect: Ok("192.0.2.9") },
];

#[test]
fn x_forwarded_for_is_walked_from_the_right() {
    let client = behind(ForwardingHeader::x_forwarded_for());
    check(&client, "x-forwarded-for", X_FORWARDED_FOR);
}

#[test]
fn forwarded_is_walked_from_the_right_rfc_7239() {
    check(
        &behind(ForwardingHeader::forwarded()),
        "forwarded",
        FORWARDED,
    );
}

#[test]
fn a_header_of_one_address_holds_one() {
    let client = behind(ForwardingHeader::single("CF-Connecting-IP").unwrap());
    check(&client, "cf-connecting-ip", SINGLE);
}

#[test]
fn only_the_header_that_was_chosen_is_read() {
    let all = || {
        from(PROXY)
            .header("x-forwarded-for", "192.0.2.1")
            .header("forwarded", "for=192.0.2.2")
            .header("x-real-ip", "192.0.2.3")
    };
    for (header, expect) in [
        (ForwardingHeader::x_forwarded_for(), "192.0.2.1"),
        (ForwardingHeader::forwarded(), "192.0.2.2"),
        (ForwardingHeader::single("x-real-ip").unwrap(), "192.0.2.3"),
    ] {
        let found = resolve(&behind(header), all()).unwrap();
        assert_eq!(found.to_string(), expect);
    }
    let client = behind(ForwardingHeader::single("x-client-ip").unwrap());
    assert_eq!(resolve(&client, all()), Err(MissingHeader));
}

#[test]
fn without_proxies_the_peer_is_the_caller_or_nobody_knows() {
    let client = ClientAddr::direct();
    assert_eq!(resolve(&client, from(STRANGER)), Ok([192, 0, 2, 9].into()));
    assert_eq!(resolve(&client, get("/")), Err(NoPeer));
    let forwarded = || from(STRANGER).header("x-forwarded-for", "127.0.0.1");
    assert_eq!(resolve(&client, forwarded()), Err(UnnamedProxy));
    let client = ClientAddr::danger_ignore_forwarding_headers();
    assert_eq!(resolve(&client, forwarded()), Ok([192, 0, 2, 9].into()));
}

#[cfg(feature = "axum")]
#[test]
fn peers_that_differ_are_nobody() {
    use axum::extract::connect_info::{ConnectInfo, MockConnectInfo};

    let request = get("/")
        .extension(ConnectInfo(PROXY.parse::<SocketAddr>().unwrap()))
        .extension(MockConnectInfo(STRANGER.parse::<SocketAddr>().unwrap()));
    assert_eq!(
        resolve(&ClientAddr::direct(), request),
        Err(UnknownClient::PeersDiffer)
    );
}

#[test]
fn a_rule_is_clear_only_where_the_caller_is_known() {
    let proxies = TrustedProxies::parse(["10.0.0.0/24"], ForwardingHeader::x_forwarded_for());
    let inside = rule::client_addr(["192.168.0.0/16", "10.0.0.0/8"])
        .unwrap()
        .behind(proxies.unwrap());
    #[rustfmt::skip] // a table
    let cases = [
        ("through the proxy, inside", PROXY, Some("192.168.1.1"), Yes),
        ("through the proxy, outside", PROXY, Some("203.0.113.9"), No),
        ("through the proxy, by a caller who says that he is inside", PROXY, Some("192.168.1.1, 203.0.113.9"), No),
        ("the proxy alone", PROXY, None, Unknown),
        ("the proxy, for nobody", PROXY, Some("unknown"), Unknown),
        ("the proxy, for itself", PROXY, Some("10.0.0.9"), Unknown),
        ("inside", "192.168.1.1:1", None, Yes),
        ("outside", "203.0.113.9:1", None, No),
        ("inside, with a header that is not believed", "10.1.0.1:1", Some("203.0.113.9"), Yes),
        ("outside, with a header that is not believed", "203.0.113.9:1", Some("192.168.1.1"), No),
    ];
    for (name, peer, header, expect) in cases {
        let mut request = from(peer);
        if let Some(value) = header {
            request = request.header("x-forwarded-for", value);
        }
        assert_eq!(ask(&inside, request), expect, "{name}");
    }
}

#[test]
fn lists_are_replaced_while_running() {
    let parse = |text| NetworkSet::parse([text]).unwrap();
    let proxies = NetworkHandle::new(&parse("10.0.0.0/24"));
    let inside = NetworkHandle::new(&parse("192.168.0.0/16"));
    let trusted = TrustedProxies::new(proxies.networks(), ForwardingHeader::x_forwarded_for());
    let rule = rule::client_addr_in(inside.networks()).behind(trusted);
    let request = || from(PROXY).header("x-forwarded-for", "192.168.1.1");

    assert_eq!(ask(&rule, request()), Yes);
    inside.clone().replace(&parse("172.16.0.0/12"));
    assert_eq!(ask(&rule, request()), No);
    inside.replace(&parse("192.168.0.0/16"));
    proxies.replace(&NetworkSet::default());
    assert!(proxies.networks().is_empty());
    assert_eq!(ask(&rule, request()), Unknown);
    // A set that follows a handle is put in as it is now, so that no handle can follow itself.
    proxies.replace(&proxies.networks());
    inside.replace(&proxies.networks());
    assert!(inside.networks().is_empty());
}

#[test]
fn settings_that_cannot_be_meant_are_errors() {
    let header = ForwardingHeader::x_forwarded_for;
    let error = TrustedProxies::parse::<&str>([], header()).unwrap_err();
    assert_eq!(error.kind(), ConfigErrorKind::Network);
    let error = TrustedProxies::parse(["proxy"], header()).unwrap_err();
    assert_eq!(error.kind(), ConfigErrorKind::Network);
    for (name, cure) in [
        ("Forwarded", "ForwardingHeader::forwarded()"),
        ("X-Forwarded-For", "ForwardingHeader::x_forwarded_for()"),
        ("x y", "is not a name"),
    ] {
        let error = ForwardingHeader::single(name).unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Header, "{name}");
        assert!(error.to_string().contains(cure), "{error}");
    }
}

#[test]
fn a_reason_says_what_is_missing() {
    for (reason, text) in [
        (
            MalformedHeader,
            "a trusted proxy wrote a forwarding header that names no address",
        ),
        (MissingHeader, "a trusted proxy wrote no forwarding header"),
        (NoPeer, "no server left the address of the peer"),
        (
            OnlyProxies,
            "the forwarding header names trusted proxies alone",
        ),
        (
            UnknownClient::PeersDiffer,
            "servers left different addresses of the peer",
        ),
        (
            UnnamedProxy,
            "a proxy that was not named passed the request on",
        ),
    ] {
        assert_eq!(reason.to_string(), text);
    }
}

#[cfg(feature = "tracing")]
#[test]
fn mistakes_in_the_set_up_are_told_once() {
    let proxies = TrustedProxies::parse(["10.0.0.0/24"], ForwardingHeader::x_forwarded_for());
    let rule = rule::client_addr(["10.0.0.0/8"])
        .unwrap()
        .behind(proxies.unwrap());
    let told = super::events(|| {
        for _ in 0..2 {
            ask(&rule, from(PROXY));
            ask(&rule, from(PROXY).header("x-forwarded-for", "10.0.0.2"));
            ask(&rule, from(PROXY).header("x-forwarded-for", "evil"));
            ask(
                &rule,
                from("10.1.1.1:1").header("x-forwarded-for", "192.0.2.1"),
            );
        }
    });
    let starts = |start: &str| told.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(
        starts("ERROR a trusted proxy wrote no forwarding header"),
        1,
        "{told:?}"
    );
    assert_eq!(
        starts("ERROR a forwarding header names trusted proxies alone"),
        1,
        "{told:?}"
    );
    assert_eq!(
        starts("WARN a request from inside has a header of a proxy"),
        1,
        "{told:?}"
    );
    assert_eq!(starts("ERROR"), 2, "{told:?}");
    assert!(!told.concat().contains("evil"), "{told:?}");
}

fn proxy() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        (0u8..=255).prop_map(|last| IpAddr::from([10, 0, 0, last])),
        any::<u16>().prop_map(|last| IpAddr::from([0xFD00, 0, 0, 0, 0, 0, 0, last])),
    ]
}

/// Anything that a header's value can be: hops as they should be, too.
fn before() -> impl Strategy<Value = Vec<u8>> {
    let hops = prop::collection::vec(
        (proptest::option::of("for="), any::<std::net::Ipv4Addr>()),
        1..3,
    );
    let hops = hops.prop_map(|hops| {
        let hops = hops
            .into_iter()
            .map(|(name, hop)| format!("{}{hop}", name.unwrap_or_default()));
        hops.collect::<Vec<_>>().join(",").into_bytes()
    });
    prop_oneof![
        hops,
        "(for=|by=|\"|\\\\|;|,| |unknown|10.0.0.1|127.0.0.1|::1|\\[|\\])*"
            .prop_map(String::into_bytes),
        prop::collection::vec(prop_oneof![0x20u8..0x7F, 0x80u8..], 0..40),
    ]
}

proptest! {
    /// Whatever callers send, the address is the one that the first trusted proxy saw, or unknown.
    #[test]
    fn no_header_of_a_caller_changes_who_he_is(
        before in prop::collection::vec(before(), 0..3),
        caller: IpAddr,
        proxies in prop::collection::vec((proxy(), any::<bool>()), 0..4),
        rfc_7239: bool,
    ) {
        let trusted = NetworkSet::parse(["10.0.0.0/24", "fd00::/64"]).unwrap();
        prop_assume!(!trusted.contains(caller));
        let write = |address: IpAddr| match (rfc_7239, address) {
            (false, address) => address.to_string(),
            (true, IpAddr::V4(address)) => format!("for={address};proto=http"),
            (true, IpAddr::V6(address)) => format!("proto=http;for=\"[{address}]:1\""),
        };
        let mut lines = before;
        let mut asker = caller;
        for (proxy, in_a_line_of_its_own) in proxies.iter().chain([&(IpAddr::from([10, 0, 0, 1]), false)]) {
            match lines.last_mut() {
                Some(last) if !in_a_line_of_its_own => last.extend(format!(", {}", write(asker)).bytes()),
                _ => lines.push(write(asker).into_bytes()),
            }
            asker = *proxy;
        }
        let (name, header) = if rfc_7239 {
            ("forwarded", ForwardingHeader::forwarded())
        } else {
            ("x-forwarded-for", ForwardingHeader::x_forwarded_for())
        };
        let request = lines.iter().fold(from(PROXY), |request, line| request.header(name, line.as_slice()));
        let Ok(request) = request.body(()) else { return Ok(()) };
        let client = ClientAddr::behind(TrustedProxies::new(trusted, header));
        match client.resolve(&RequestHead::new(&request)) {
            Ok(found) => prop_assert_eq!(found, caller.to_canonical()),
            // Only what is one line with his can he spoil.
            Err(reason) => prop_assert_eq!(reason, MalformedHeader),
        }
    }
}
