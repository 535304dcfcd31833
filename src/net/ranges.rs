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
        self.v4.0.ranges.is_empty() && self.v6.0.ranges.is_empty()
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
        let v4 = self.v4.0.ranges.iter();
        let v6 = self.v6.0.ranges.iter();
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

/// From the first address to the last one, sorted, with gaps between. Behind one pointer, so that a clone copies nothing.
#[derive(Clone)]
struct Sorted<T>(Arc<Table<T>>);

struct Table<T> {
    ranges: Vec<(T, T)>,
    lowest: T,
    /// The addresses from the lowest on are cut into slices of two to that power.
    shift: u32,
    /// How many ranges begin before each slice, and how many there are: as many slices as ranges at most.
    begins: Vec<u32>,
}

impl<T: Bits> Default for Sorted<T> {
    fn default() -> Self {
        Self::new(Vec::new())
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
        Self::new(ranges)
    }

    fn new(ranges: Vec<(T, T)>) -> Self {
        let lowest = ranges.first().map_or(T::ZERO, |(first, _)| *first);
        let highest = ranges.last().map_or(T::ZERO, |(first, _)| *first);
        let slice = |first: T, shift| first.slice(lowest, shift).unwrap_or(usize::MAX);
        let fits = |shift: &u32| slice(highest, *shift) < ranges.len().max(1);
        // At 31 for IPv4, and 127 for IPv6, there are two slices at most.
        let shift = (0..u128::BITS).find(fits).unwrap_or_default();

        let mut begins = Vec::with_capacity(ranges.len() + 1);
        for (before, (first, _)) in (0..).zip(&ranges) {
            let at = slice(*first, shift);
            while begins.len() <= at {
                begins.push(before);
            }
        }
        begins.push(u32::try_from(ranges.len()).unwrap_or(u32::MAX));
        Self(Arc::new(Table {
            ranges,
            lowest,
            shift,
            begins,
        }))
    }

    /// One look at where the slice of the address begins, and a search among the few ranges that begin in it: among all of
    /// them where they are as uneven as can be.
    fn contains(&self, address: T) -> bool {
        let Table {
            ranges,
            lowest,
            shift,
            begins,
        } = &*self.0;
        let begins = |slice: usize| usize::try_from(*begins.get(slice)?).ok();
        let Some(slice) = address.slice(*lowest, *shift) else {
            return false; // below all
        };
        let before = begins(slice).unwrap_or(ranges.len());
        let within = slice
            .checked_add(1)
            .and_then(begins)
            .unwrap_or(ranges.len());
        let candidates = ranges.get(before..within).unwrap_or_default();
        let after = before + candidates.partition_point(|(first, _)| *first <= address);
        let found = after.checked_sub(1).and_then(|index| ranges.get(index));
        found.is_some_and(|(_, last)| address <= *last)
    }
}

trait Bits: Copy + Ord {
    const ZERO: Self;

    fn next(self) -> Option<Self>;

    /// In which slice it lies, where they begin at `lowest`. `None` below it; the last number there is, far beyond.
    fn slice(self, lowest: Self, shift: u32) -> Option<usize>;
}

impl Bits for u32 {
    const ZERO: Self = 0;

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn slice(self, lowest: Self, shift: u32) -> Option<usize> {
        let slice = self.checked_sub(lowest)? >> shift;
        Some(usize::try_from(slice).unwrap_or(usize::MAX))
    }
}

impl Bits for u128 {
    const ZERO: Self = 0;

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn slice(self, lowest: Self, shift: u32) -> Option<usize> {
        let slice = self.checked_sub(lowest)? >> shift;
        Some(usize::try_from(slice).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Near others, far from them, at either end.
    fn number() -> impl Strategy<Value = u32> {
        prop_oneof![
            0..64u32,
            (0..64u32).prop_map(|low| u32::MAX - low),
            (0..64u32).prop_map(|low| 0x0A00_0000 + (low << 9)),
            any::<u32>(),
        ]
    }

    fn wide(number: u32) -> u128 {
        u128::from(number) << 90 | u128::from(number)
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_one_of_the_ranges_holds(
            ranges in prop::collection::vec((number(), 0..700u32), 0..40),
            asked in prop::collection::vec(number(), 40),
        ) {
            let ranges: Vec<_> = ranges.iter().map(|(first, more)| (*first, first.saturating_add(*more))).collect();
            let edges = ranges.iter().flat_map(|(first, last)| {
                [*first, *last, first.saturating_sub(1), last.saturating_add(1)]
            });
            let sorted = Sorted::merge(ranges.clone());
            let sorted_wide = Sorted::merge(ranges.iter().map(|(first, last)| (wide(*first), wide(*last))).collect());
            for address in edges.chain(asked) {
                let expect = ranges.iter().any(|(first, last)| (*first..=*last).contains(&address));
                prop_assert_eq!(sorted.contains(address), expect, "{} in {:?}", address, ranges);
                prop_assert_eq!(sorted_wide.contains(wide(address)), expect, "{} in {:?}, wide", address, ranges);
            }
        }
    }

    #[test]
    fn there_are_no_more_slices_than_ranges() {
        for count in [0u32, 1, 2, 3, 100] {
            for step in [1, 512, 20_000_000] {
                let sorted = Sorted::merge(
                    (0..count)
                        .map(|at| (at * step * 2, at * step * 2))
                        .collect(),
                );
                let Table { ranges, begins, .. } = &*sorted.0;
                assert!(begins.len() <= ranges.len().max(1) + 1, "{count} {step}");
            }
        }
    }
}
