use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use tower_postern::{ConfigErrorKind, net::NetworkSet};

#[test]
fn networks_hold_what_they_name() {
    #[rustfmt::skip] // a table
    let cases: &[(&[&str], &str, bool)] = &[
        (&[], "127.0.0.1", false),
        (&[], "::", false),
        (&["0.0.0.0/0"], "203.0.113.9", true),
        (&["0.0.0.0/0"], "::1", false),
        (&["::/0"], "2001:db8::1", true),
        (&["::/0"], "10.0.0.1", false),
        (&["::/0"], "::ffff:10.0.0.1", false),
        (&["10.0.0.0/8"], "::ffff:10.0.0.1", true),
        (&["::ffff:10.0.0.0/104"], "10.0.0.1", true),
        (&["::ffff:10.0.0.0/104"], "11.0.0.1", false),
        (&["::ffff:10.0.0.1"], "10.0.0.1", true),
        (&["10.0.0.0/31"], "10.0.0.1", true),
        (&["10.0.0.0/31"], "10.0.0.2", false),
        (&["10.0.0.0/32"], "10.0.0.0", true),
        (&["10.0.0.0"], "10.0.0.1", false),
        (&["255.255.255.255", "255.255.255.254"], "255.255.255.255", true),
        (&["0.0.0.0"], "0.0.0.0", true),
        (&["fe80::/10"], "fe80::1", true),
        (&["fe80::/10"], "fec0::1", false),
        (&["::1"], "::1", true),
        (&["10.0.0.0/8", "10.1.0.0/16"], "10.200.0.1", true),
        (&["10.0.0.0/9", "10.128.0.0/9"], "10.200.0.1", true),
    ];
    for (networks, address, expect) in cases {
        let set = NetworkSet::parse(*networks).unwrap();
        assert_eq!(
            set.contains(address.parse().unwrap()),
            *expect,
            "{networks:?} {address}"
        );
        assert_eq!(set.is_empty(), networks.is_empty());
    }
}

#[test]
fn single_addresses_need_no_text() {
    let set: NetworkSet = [IpAddr::from([127, 0, 0, 1]), Ipv6Addr::LOCALHOST.into()]
        .into_iter()
        .collect();
    assert!(set.contains(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into()));
    assert!(set.contains(Ipv6Addr::LOCALHOST.into()));
    assert!(!set.contains([127, 0, 0, 2].into()));
    assert_eq!(format!("{set:?}"), "{127.0.0.1..=127.0.0.1, ::1..=::1}");
}

#[test]
fn the_debug_form_has_what_touches_as_one() {
    let set = NetworkSet::parse([
        "10.128.0.0/9",
        "10.0.0.0/9",
        "10.2.0.0/16",
        "12.0.0.0",
        "255.255.255.255",
        "fd80::/9",
        "fd00::/9",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]);
    assert_eq!(
        format!("{:?}", set.unwrap()),
        "{10.0.0.0..=10.255.255.255, 12.0.0.0..=12.0.0.0, 255.255.255.255..=255.255.255.255, \
         fd00::..=fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, \
         ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff..=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff}"
    );
}

#[test]
fn a_network_that_is_none_is_an_error_that_names_it() {
    for (text, cure) in [
        ("", "is no network"),
        ("10", "is no network"),
        ("10.0.0", "is no network"),
        ("010.0.0.1", "is no network"),
        ("10.0.0.256", "is no network"),
        ("0x0a.0.0.1", "is no network"),
        (" 10.0.0.1", "is no network"),
        ("10.0.0.1 ", "is no network"),
        ("10.0.0.0:80", "is no network"),
        ("[::1]", "is no network"),
        ("example.com", "is no network"),
        ("10.0.0.0/", "no prefix length"),
        ("10.0.0.0/33", "one of 0 to 32"),
        ("10.0.0.0/+8", "no prefix length"),
        ("10.0.0.0/08", "no prefix length"),
        ("10.0.0.0/8/8", "no prefix length"),
        ("10.0.0.0/255.0.0.0", "no prefix length"),
        ("::/129", "one of 0 to 128"),
        ("fe80::1%eth0", "has a zone"),
        ("10.0.0.1/8", "write `10.0.0.0/8`"),
        ("fd00::1/8", "write `fd00::/8`"),
    ] {
        let error = NetworkSet::parse([text]).unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Network, "{text}");
        assert!(error.to_string().contains(cure), "{error}");
        assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
    }
}

/// Few bits, so that networks meet.
fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        (0u32..64, 0u32..3).prop_map(|(low, high)| Ipv4Addr::from_bits(high << 30 | low).into()),
        (0u128..64, 0u128..3).prop_map(|(low, high)| Ipv6Addr::from_bits(high << 126 | low).into()),
        (0u32..64).prop_map(|low| Ipv4Addr::from_bits(low).to_ipv6_mapped().into()),
        any::<IpAddr>(),
    ]
}

/// As a definition of the word, but that IPv4 is IPv4 in both of its forms.
fn lies_in(address: IpAddr, network: IpAddr, prefix: u32) -> bool {
    let (network, prefix) = match network.to_canonical() {
        folded @ IpAddr::V4(_) if network.is_ipv6() && prefix >= 96 => (folded, prefix - 96),
        IpAddr::V4(_) | IpAddr::V6(_) => (network, prefix),
    };
    match (address.to_canonical(), network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let differ = address.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= prefix
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let differ = address.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= prefix
        }
        _ => false,
    }
}

fn network() -> impl Strategy<Value = (IpAddr, u32)> {
    (address(), 0u32..=128).prop_map(|(address, prefix)| match address {
        IpAddr::V4(address) => {
            let prefix = prefix % 33;
            let host = u32::MAX.checked_shr(prefix).unwrap_or(0);
            (
                Ipv4Addr::from_bits(address.to_bits() & !host).into(),
                prefix,
            )
        }
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(prefix).unwrap_or(0);
            (
                Ipv6Addr::from_bits(address.to_bits() & !host).into(),
                prefix,
            )
        }
    })
}

proptest! {
    #[test]
    fn many_networks_hold_what_one_of_them_holds(
        networks in prop::collection::vec(network(), 0..20),
        address in address(),
    ) {
        let set = NetworkSet::parse(networks.iter().map(|(network, prefix)| format!("{network}/{prefix}"))).unwrap();
        let edges = networks.iter().map(|(network, _)| *network);
        for address in edges.chain([address]) {
            let expect = networks.iter().any(|(network, prefix)| lies_in(address, *network, *prefix));
            prop_assert_eq!(set.contains(address), expect, "{}", address);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[0-9a-f:./%]{0,20}|\\PC*") {
        drop(NetworkSet::parse([text]));
    }
}
