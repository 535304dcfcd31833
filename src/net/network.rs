//! Many networks as one set.

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

use super::{
    cidr::{self, Network},
    ranges::Ranges,
};
use crate::ConfigError;

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
#[derive(Clone)]
pub struct NetworkSet(Inner);

#[derive(Clone)]
enum Inner {
    Fixed(Ranges),
    /// Whatever a handle holds.
    Live(Arc<RwLock<Ranges>>),
}

impl NetworkSet {
    /// Reads networks (`10.0.0.0/8`, `fd00::/8`) and single addresses (`10.1.2.3`, `::1`). Of none: nobody.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Network`](crate::ConfigErrorKind::Network) where one is neither, has a prefix that is too long or
    /// bits beyond it, or a zone.
    pub fn parse<T: AsRef<str>>(
        networks: impl IntoIterator<Item = T>,
    ) -> Result<Self, ConfigError> {
        let networks = networks.into_iter().map(|text| cidr::parse(text.as_ref()));
        let ranges = networks.collect::<Result<Ranges, _>>()?;
        Ok(Self(Inner::Fixed(ranges)))
    }

    /// Whether `address` lies in one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        match &self.0 {
            Inner::Fixed(ranges) => ranges.contains(address),
            Inner::Live(ranges) => read(ranges, |ranges| ranges.contains(address)),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges().is_empty()
    }

    /// What it is now.
    fn ranges(&self) -> Ranges {
        match &self.0 {
            Inner::Fixed(ranges) => ranges.clone(),
            Inner::Live(ranges) => read(ranges, Ranges::clone),
        }
    }
}

/// Nobody.
impl Default for NetworkSet {
    fn default() -> Self {
        Self(Inner::Fixed(Ranges::default()))
    }
}

/// Single addresses.
impl FromIterator<IpAddr> for NetworkSet {
    fn from_iter<T: IntoIterator<Item = IpAddr>>(addresses: T) -> Self {
        let networks = addresses.into_iter().map(Network::from);
        Self(Inner::Fixed(networks.collect()))
    }
}

/// Ranges, not networks: what overlaps was merged.
impl fmt::Debug for NetworkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ranges().fmt(f)
    }
}

/// Networks that can be replaced while the service runs, in all the sets that were taken from it.
///
/// A clone is the same handle. Such a set costs a lock for readers more than one that is fixed.
///
/// # Examples
/// ```
/// use tower_postern::net::{NetworkHandle, NetworkSet};
///
/// let handle = NetworkHandle::new(&NetworkSet::parse(["10.0.0.0/8"])?);
/// let inside = handle.networks(); // for `rule::client_addr_in`, or `TrustedProxies::new`
/// assert!(inside.contains([10, 1, 2, 3].into()));
///
/// handle.replace(&NetworkSet::parse(["192.168.0.0/16"])?);
/// assert!(!inside.contains([10, 1, 2, 3].into()));
/// assert!(inside.contains([192, 168, 2, 3].into()));
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NetworkHandle(Arc<RwLock<Ranges>>);

impl NetworkHandle {
    /// Begins with these.
    pub fn new(networks: &NetworkSet) -> Self {
        Self(Arc::new(RwLock::new(networks.ranges())))
    }

    /// A set that is whatever this handle holds.
    pub fn networks(&self) -> NetworkSet {
        NetworkSet(Inner::Live(Arc::clone(&self.0)))
    }

    /// Puts others in place, from the next question on.
    pub fn replace(&self, networks: &NetworkSet) {
        let ranges = networks.ranges();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = ranges;
    }
}

/// Nothing that is done under the lock can leave it half done.
fn read<T>(ranges: &RwLock<Ranges>, ask: impl FnOnce(&Ranges) -> T) -> T {
    ask(&ranges.read().unwrap_or_else(PoisonError::into_inner))
}
