//! Addresses as proxies write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
///
/// No zone, no white space, nothing else. IPv4 where it is IPv4-mapped.
pub(super) fn parse(text: &str) -> Option<IpAddr> {
    let address = if text.starts_with('[') {
        bracketed(text, is_port)?.into()
    } else if let Ok(address) = text.parse::<IpAddr>() {
        address
    } else {
        with_port(text, is_port)?.into()
    };
    Some(address.to_canonical())
}

/// A node of [RFC 7239, section 6](https://www.rfc-editor.org/rfc/rfc7239#section-6) that names an address: IPv6 stands in
/// brackets, and a port may be obfuscated.
pub(super) fn parse_node(text: &str) -> Option<IpAddr> {
    let is_port = |port: &str| is_port(port) || is_obfuscated(port);
    let address: IpAddr = if text.starts_with('[') {
        bracketed(text, is_port)?.into()
    } else if let Ok(address) = text.parse::<Ipv4Addr>() {
        address.into()
    } else {
        with_port(text, is_port)?.into()
    };
    Some(address.to_canonical())
}

fn bracketed(text: &str, is_port: impl Fn(&str) -> bool) -> Option<Ipv6Addr> {
    let (address, rest) = text.strip_prefix('[')?.split_once(']')?;
    let port_is_good = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
    address.parse().ok().filter(|_| port_is_good)
}

fn with_port(text: &str, is_port: impl Fn(&str) -> bool) -> Option<Ipv4Addr> {
    let (address, port) = text.split_once(':')?;
    address.parse().ok().filter(|_| is_port(port))
}

fn is_port(port: &str) -> bool {
    (1..=5).contains(&port.len()) && port.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_obfuscated(port: &str) -> bool {
    let is_obfuscating =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    port.len() > 1 && port.starts_with('_') && port.bytes().all(is_obfuscating)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What each grammar makes of a text: that of a bare address, and that of a node.
    #[test]
    fn an_address_is_read_strictly() {
        #[rustfmt::skip] // a table
        let cases: &[(&str, Option<&str>, Option<&str>)] = &[
            ("192.0.2.1", Some("192.0.2.1"), Some("192.0.2.1")),
            ("192.0.2.1:80", Some("192.0.2.1"), Some("192.0.2.1")),
            ("192.0.2.1:_x", None, Some("192.0.2.1")),
            ("192.0.2.1:", None, None),
            ("192.0.2.1:123456", None, None),
            ("192.0.2.1:+80", None, None),
            ("192.0.2.1:80:80", None, None),
            ("192.0.2.1 ", None, None),
            ("192.0.02.1", None, None),
            ("192.0.2", None, None),
            ("2001:db8::1", Some("2001:db8::1"), None),
            ("[2001:db8::1]", Some("2001:db8::1"), Some("2001:db8::1")),
            ("[2001:db8::1]:80", Some("2001:db8::1"), Some("2001:db8::1")),
            ("[2001:db8::1]:_", None, None),
            ("[2001:db8::1]80", None, None),
            ("[2001:db8::1", None, None),
            ("[192.0.2.1]", None, None),
            ("fe80::1%eth0", None, None),
            ("[fe80::1%eth0]", None, None),
            ("::ffff:192.0.2.1", Some("192.0.2.1"), None),
            ("[::ffff:192.0.2.1]:1", Some("192.0.2.1"), Some("192.0.2.1")),
            ("unknown", None, None),
            ("_hidden", None, None),
            ("_hidden:80", None, None),
            ("localhost", None, None),
            ("", None, None),
            ("[]", None, None),
            (":80", None, None),
        ];
        for (text, bare, node) in cases {
            let address = |text: &str| text.parse::<IpAddr>().ok();
            assert_eq!(parse(text), bare.and_then(address), "{text}");
            assert_eq!(parse_node(text), node.and_then(address), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_address_is_read_in_each_of_its_forms(address: IpAddr, port: u16) {
            let plain = address.to_canonical();
            let with_port = std::net::SocketAddr::new(address, port).to_string();
            prop_assert_eq!(parse(&address.to_string()), Some(plain));
            prop_assert_eq!(parse(&with_port), Some(plain));
            prop_assert_eq!(parse_node(&with_port), Some(plain));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]:.0-9a-f%_]{0,24}|\\PC*") {
            let (bare, node) = (parse(&text), parse_node(&text));
            prop_assert!(node.is_none() || bare == node || text.contains('_'));
        }
    }
}
