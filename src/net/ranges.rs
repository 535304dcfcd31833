//! Addresses as merged ranges.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use super::cidr::Network;

/// Addresses of both families. A clone copies nothing.
#[derive(Clone, Default)]
pub(super) struct Ranges {
    v4: Sorted<u32>,
    v6: Sorted<u128>,
}

impl Ranges {
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => self.v4.contains(address.to_bits()),
            IpAddr::V6(address) => self.v6.contains(address.to_bits()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.v4.0.is_empty() && self.v6.0.is_empty()
    }
}

impl FromIterator<Network> for Ranges {
    fn from_iter<T: IntoIterator<Item = Network>>(networks: T) -> Self {
        let mut v4 = Vec::new();
        let mut v6 = Vec::new();
        for network in networks {
            match network {
                Network::V4(first, last) => v4.push((first.to_bits(), last.to_bits())),
                Network::V6(first, last) => v6.push((first.to_bits(), last.to_bits())),
            }
        }
        Self {
            v4: Sorted::merge(v4),
            v6: Sorted::merge(v6),
        }
    }
}

/// Ranges, not networks: what overlaps was merged.
impl fmt::Debug for Ranges {
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
struct Sorted<T>(Arc<[(T, T)]>);

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Bits> Sorted<T> {
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
