//! Many networks, as merged ranges.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use crate::{ConfigError, ConfigErrorKind};

/// A set of networks, by address and length of prefix.
///
/// Overlapping and adjacent networks are merged and found by binary search. A clone copies nothing. An IPv4-mapped IPv6
/// address (`::ffff:10.1.2.3`, which is how a socket that listens for both shows IPv4) is the IPv4 address, in networks
/// and in what is looked up; so `::/0` is all of IPv6 and nothing of IPv4. An empty set holds nobody.
///
/// # Examples
/// ```
/// use tower_postern::net::NetworkSet;
///
/// let inside = NetworkSet::parse(["10.0.0.0/8", "192.168.1.7", "fd00::/8"])?;
/// assert!(inside.contains("10.9.8.7".parse()?));
/// assert!(inside.contains("::ffff:192.168.1.7".parse()?));
/// assert!(!inside.contains("192.168.1.8".parse()?));
///
/// let error = NetworkSet::parse(["10.0.0.1/8"]).unwrap_err();
/// assert_eq!(error.to_string(), "network: `10.0.0.1/8` has bits beyond its prefix; write `10.0.0.0/8`, or `10.0.0.1` for the one address");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct NetworkSet {
    v4: Ranges<u32>,
    v6: Ranges<u128>,
}

impl NetworkSet {
    /// Reads networks (`10.0.0.0/8`, `fd00::/8`) and single addresses (`10.1.2.3`, `::1`). Of none: nobody.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Network`] where one is neither, has a prefix that is too long or bits beyond it, or a zone.
    pub fn parse<T: AsRef<str>>(
        networks: impl IntoIterator<Item = T>,
    ) -> Result<Self, ConfigError> {
        let mut v4 = Vec::new();
        let mut v6 = Vec::new();
        for text in networks {
            match parse_one(text.as_ref())? {
                Network::V4(range) => v4.push(range),
                Network::V6(range) => v6.push(range),
            }
        }
        Ok(Self {
            v4: Ranges::merge(v4),
            v6: Ranges::merge(v6),
        })
    }

    /// Whether `address` lies in one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => self.v4.contains(address.to_bits()),
            IpAddr::V6(address) => self.v6.contains(address.to_bits()),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.v4.0.is_empty() && self.v6.0.is_empty()
    }
}

/// Single addresses.
impl FromIterator<IpAddr> for NetworkSet {
    fn from_iter<T: IntoIterator<Item = IpAddr>>(addresses: T) -> Self {
        let mut v4 = Vec::new();
        let mut v6 = Vec::new();
        for address in addresses {
            match address.to_canonical() {
                IpAddr::V4(address) => v4.push((address.to_bits(), address.to_bits())),
                IpAddr::V6(address) => v6.push((address.to_bits(), address.to_bits())),
            }
        }
        Self {
            v4: Ranges::merge(v4),
            v6: Ranges::merge(v6),
        }
    }
}

/// Ranges, not networks: what overlaps was merged.
impl fmt::Debug for NetworkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v4 = self.v4.0.iter();
        let v6 = self.v6.0.iter();
        f.debug_set()
            .entries(
                v4.map(|(first, last)| Ipv4Addr::from_bits(*first)..=Ipv4Addr::from_bits(*last)),
            )
            .entries(
                v6.map(|(first, last)| Ipv6Addr::from_bits(*first)..=Ipv6Addr::from_bits(*last)),
            )
            .finish()
    }
}

/// From the first address to the last one, sorted, with gaps between.
#[derive(Clone)]
struct Ranges<T>(Arc<[(T, T)]>);

impl<T> Default for Ranges<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Bits> Ranges<T> {
    fn merge(mut ranges: Vec<(T, T)>) -> Self {
        ranges.sort_unstable();
        ranges.dedup_by(|next, before| {
            let touches = next.0 <= before.1 || before.1.next() == Some(next.0);
            if touches {
                before.1 = before.1.max(next.1);
            }
            touches
        });
        Self(ranges.into())
    }

    fn contains(&self, address: T) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= address);
        let found = after.checked_sub(1).and_then(|index| self.0.get(index));
        found.is_some_and(|(_, last)| address <= *last)
    }
}

trait Bits: Copy + Ord {
    fn next(self) -> Option<Self>;
}

impl Bits for u32 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Bits for u128 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

enum Network {
    V4((u32, u32)),
    V6((u128, u128)),
}

fn parse_one(text: &str) -> Result<Network, ConfigError> {
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
            let first = address.to_bits() & !host;
            if first != address.to_bits() {
                return Err(beyond(Ipv4Addr::from_bits(first).into()));
            }
            Ok(Network::V4((first, first | host)))
        }
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(prefix).unwrap_or(0);
            let first = address.to_bits() & !host;
            if first != address.to_bits() {
                return Err(beyond(Ipv6Addr::from_bits(first).into()));
            }
            let last = Ipv6Addr::from_bits(first | host);
            Ok(match (address.to_ipv4_mapped(), last.to_ipv4_mapped()) {
                (Some(first), Some(last)) => Network::V4((first.to_bits(), last.to_bits())),
                _ => Network::V6((first, last.to_bits())),
            })
        }
    }
}
