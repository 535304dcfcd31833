//! A hash table that is built once and read by every request.
//!
//! Its keys come from the settings, so that no caller can add one: a fast hash will do, and a caller who finds keys that
//! collide gains nothing, for the longest run of slots is fixed.

use super::words::word;

const EMPTY: u32 = u32::MAX;

/// Values by a parent and the bytes of a name.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    slots: Box<[Slot]>,
    names: Vec<u8>,
    shift: u32,
    /// Set over each byte before it is hashed: letters of both cases fall together where the case is ignored.
    fold: u64,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    tag: u32,
    parent: u32,
    start: u32,
    len: u32,
    value: u32,
}

impl Table {
    /// Room for `count` names at most.
    pub(crate) fn new(count: usize, ignore_case: bool) -> Self {
        let bits = (count.max(1) * 2).next_power_of_two().trailing_zeros();
        let slot = Slot {
            tag: 0,
            parent: 0,
            start: 0,
            len: EMPTY,
            value: 0,
        };
        Self {
            slots: vec![slot; 1 << bits].into_boxed_slice(),
            names: Vec::new(),
            shift: 64 - bits,
            fold: if ignore_case {
                u64::from_ne_bytes([0x20; 8])
            } else {
                0
            },
        }
    }

    /// The value to change, which is `first` where the name is new. `None` where there is no room for it.
    pub(crate) fn entry(&mut self, parent: u32, name: &[u8], first: u32) -> Option<&mut u32> {
        let hash = self.hash(parent, name);
        let mut at = self.home(hash);
        loop {
            let slot = *self.slots.get(at)?;
            if slot.len == EMPTY {
                let start = u32::try_from(self.names.len()).ok()?;
                self.names.extend_from_slice(name);
                let new = self.slots.get_mut(at)?;
                *new = Slot {
                    tag: tag(hash),
                    parent,
                    start,
                    len: u32::try_from(name.len()).ok()?,
                    value: first,
                };
                return Some(&mut new.value);
            }
            if self.holds(&slot, hash, parent, name) {
                return self.slots.get_mut(at).map(|slot| &mut slot.value);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    #[inline]
    pub(crate) fn get(&self, parent: u32, name: &[u8]) -> Option<u32> {
        let hash = self.hash(parent, name);
        let mut at = self.home(hash);
        // It is half empty at least, so there is an end to it.
        loop {
            let slot = self.slots.get(at)?;
            if slot.len == EMPTY {
                return None;
            }
            if self.holds(slot, hash, parent, name) {
                return Some(slot.value);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    #[inline]
    fn holds(&self, slot: &Slot, hash: u64, parent: u32, name: &[u8]) -> bool {
        slot.tag == tag(hash) && slot.parent == parent && {
            let found = usize::try_from(slot.start).ok().and_then(|start| {
                let end = start.checked_add(usize::try_from(slot.len).ok()?)?;
                self.names.get(start..end)
            });
            found.is_some_and(|found| {
                if self.fold == 0 {
                    same(found, name)
                } else {
                    found.eq_ignore_ascii_case(name)
                }
            })
        }
    }

    fn home(&self, hash: u64) -> usize {
        usize::try_from(hash >> self.shift).unwrap_or_default()
    }

    /// Sixteen bytes at a time; the last sixteen overlap those before, so that there is no loop over single bytes.
    #[inline]
    fn hash(&self, parent: u32, name: &[u8]) -> u64 {
        let fold = |word: u64| word | self.fold;
        let length = u64::try_from(name.len()).unwrap_or_default();
        let mut hash = (u64::from(parent) << 32 ^ length).wrapping_mul(SEEDS[0]);
        let (first, last) = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
            (Some(first), Some(last)) if name.len() <= 16 => (*first, *last),
            _ => {
                let (first, last) = match name.last_chunk::<16>() {
                    Some(last) => {
                        for chunk in name.as_chunks::<16>().0 {
                            let (first, last) = halves(*chunk);
                            hash = mix(fold(first) ^ hash, fold(last) ^ SEEDS[1]);
                        }
                        halves(*last)
                    }
                    None => (word(name), 0),
                };
                (first.to_le_bytes(), last.to_le_bytes())
            }
        };
        mix(
            fold(u64::from_le_bytes(first)) ^ hash,
            fold(u64::from_le_bytes(last)) ^ SEEDS[1],
        )
    }
}

/// As `==`, and without a call where there are sixteen bytes at most.
fn same(a: &[u8], b: &[u8]) -> bool {
    let ends = |bytes: &[u8]| match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (word(bytes), 0),
    };
    a.len() == b.len()
        && if a.len() <= 16 {
            ends(a) == ends(b)
        } else {
            a == b
        }
}

const SEEDS: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03];

fn halves(chunk: [u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(chunk);
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default();
    (half(both), half(both >> 64))
}

/// The product of both, folded.
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let (low, high) = halves(product.to_le_bytes());
    low ^ high
}

/// The bits that do not choose the slot.
fn tag(hash: u64) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_a_map_would_hold(
            names in prop::collection::vec((0u32..3, "[aAbB/]{0,10}"), 0..60),
            ignore_case: bool,
        ) {
            let mut table = Table::new(names.len(), ignore_case);
            let mut map = BTreeMap::new();
            let key = |name: &str| if ignore_case { name.to_ascii_lowercase() } else { name.to_owned() };
            for (index, (parent, name)) in (0u32..).zip(&names) {
                let expect = *map.entry((*parent, key(name))).or_insert(index);
                prop_assert_eq!(table.entry(*parent, name.as_bytes(), index).copied(), Some(expect));
            }
            for (parent, name) in &names {
                for parent in [*parent, 7] {
                    for name in [name.clone(), name.to_uppercase(), format!("{name}a")] {
                        let expect = map.get(&(parent, key(&name))).copied();
                        prop_assert_eq!(table.get(parent, name.as_bytes()), expect);
                    }
                }
            }
        }
    }
}
