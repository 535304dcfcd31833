//! A hash table that is built once and read by every request.
//!
//! Its keys come from the settings, so that no caller can add one: a fast hash will do, and a caller who finds keys that
//! collide gains nothing, for the longest run of slots is fixed.

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

    fn holds(&self, slot: &Slot, hash: u64, parent: u32, name: &[u8]) -> bool {
        slot.tag == tag(hash) && slot.parent == parent && {
            let found = usize::try_from(slot.start).ok().and_then(|start| {
                let end = start.checked_add(usize::try_from(slot.len).ok()?)?;
                self.names.get(start..end)
            });
            found.is_some_and(|found| {
                if self.fold == 0 {
                    found == name
                } else {
                    found.eq_ignore_ascii_case(name)
                }
            })
        }
    }

    fn home(&self, hash: u64) -> usize {
        usize::try_from(hash >> self.shift).unwrap_or_default()
    }

    /// Eight bytes at a time; the last eight overlap those before, so that there is no loop over single bytes.
    fn hash(&self, parent: u32, name: &[u8]) -> u64 {
        let seed = (u64::from(parent) << 32) ^ u64::try_from(name.len()).unwrap_or_default();
        let mut hash = mix(0, seed);
        if let Some(last) = name.last_chunk::<8>() {
            let (words, _) = name.as_chunks::<8>();
            for word in words {
                hash = mix(hash, u64::from_le_bytes(*word) | self.fold);
            }
            hash = mix(hash, u64::from_le_bytes(*last) | self.fold);
        } else {
            hash = mix(hash, short(name) | self.fold);
        }
        hash ^ (hash >> 29)
    }
}

/// Up to seven bytes as one word; names of one length share no word.
fn short(name: &[u8]) -> u64 {
    match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => match name {
            [a, b, c] => u64::from_le_bytes([*a, *b, *c, 0, 0, 0, 0, 0]),
            [a, b] => u64::from_le_bytes([*a, *b, 0, 0, 0, 0, 0, 0]),
            [a] => u64::from(*a),
            _ => 0,
        },
    }
}

fn mix(hash: u64, word: u64) -> u64 {
    let mixed = (hash.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 32)
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
