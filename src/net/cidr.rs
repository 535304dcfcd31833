//! Networks as they are written in the settings.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{ConfigError, ConfigErrorKind};

/// From the first address to the last one.
pub(super) enum Network {
    V4(Ipv4Addr, Ipv4Addr),
    V6(Ipv6Addr, Ipv6Addr),
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address, address),
            IpAddr::V6(address) => Self::V6(address, address),
        }
    }
}

/// `10.0.0.0/8`, `fd00::/8`, or a single address.
pub(super) fn parse(text: &str) -> Result<Network, ConfigError> {
    let error = |what: &str| {
        let message = format!("`{text}` {what}");
        ConfigError::new(ConfigErrorKind::Network, message)
    };
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    if address.contains('%') {
        return Err(error(
            "has a zone, which is a matter of one machine; leave it out",
        ));
    }
    let address: IpAddr = address
        .parse()
        .map_err(|_| error("is no network; write `10.0.0.0/8`, `fd00::/8` or a single address"))?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        None => most,
        Some(digits) => Some(digits)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
            .filter(|digits| !digits.starts_with('0') || *digits == "0")
            .and_then(|digits| digits.parse().ok())
            .filter(|prefix| *prefix <= most)
            .ok_or_else(|| {
                error(&format!(
                    "has no prefix length after `/`; write one of 0 to {most}"
                ))
            })?,
    };
    let beyond = |network: IpAddr| {
        error(&format!(
            "has bits beyond its prefix; write `{network}/{prefix}`, or `{address}` for the one address"
        ))
    };
    match address {
        IpAddr::V4(address) => {
            let host = u32::MAX.checked_shr(prefix).unwrap_or(0);
            let first = Ipv4Addr::from_bits(address.to_bits() & !host);
            if first != address {
                return Err(beyond(first.into()));
            }
            Ok(Network::V4(
                first,
                Ipv4Addr::from_bits(first.to_bits() | host),
            ))
        }
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(prefix).unwrap_or(0);
            let first = Ipv6Addr::from_bits(address.to_bits() & !host);
            if first != address {
                return Err(beyond(first.into()));
            }
            let last = Ipv6Addr::from_bits(first.to_bits() | host);
            Ok(match (first.to_ipv4_mapped(), last.to_ipv4_mapped()) {
                (Some(first), Some(last)) => Network::V4(first, last),
                _ => Network::V6(first, last),
            })
        }
    }
}
