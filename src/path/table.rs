//! A hash table that is built once and read by every request.
//!
//! Its names come from the settings and nothing is added later, so that the longest run of slots that a question can meet is
//! fixed, whatever paths callers choose. The hash is keyed by chance besides: nobody can choose names for the settings (a
//! tenant's, a user's) that make one long run.

use std::{collections::hash_map::RandomState, fmt, hash::BuildHasher};

use super::words::{Name, SHORT};

/// Where nothing is: no name is that long.
const EMPTY: u64 = u64::MAX;

/// Values by a parent and the bytes of a name.
#[derive(Clone)]
pub(crate) struct Table {
    slots: Box<[Slot]>,
    /// The names that are longer than `SHORT`.
    names: Vec<u8>,
    shift: u32,
    ignore_case: bool,
    /// Longer names than this are more than a word or two to compare: all, where the case is ignored.
    short: usize,
    seeds: [u64; 2],
}

#[derive(Clone, Copy)]
struct Slot {
    /// The parent and the length of the name.
    place: u64,
    first: u64,
    last: u64,
    /// Where the name is, if it is long.
    start: u32,
    value: u32,
}

impl Table {
    /// Room for `count` names at most.
    pub(crate) fn new(count: usize, ignore_case: bool) -> Self {
        let bits = (count.max(1) * 2).next_power_of_two().trailing_zeros();
        let slot = Slot {
            place: EMPTY,
            first: 0,
            last: 0,
            start: 0,
            value: 0,
        };
        let random = RandomState::new();
        Self {
            slots: vec![slot; 1 << bits].into_boxed_slice(),
            names: Vec::new(),
            shift: 64 - bits,
            ignore_case,
            short: if ignore_case { 0 } else { SHORT },
            seeds: [random.hash_one(0), random.hash_one(1)],
        }
    }

    /// The value to change, which is `first` where the name is new. `None` where there is no room for it.
    pub(crate) fn entry(&mut self, parent: u32, name: &[u8], first: u32) -> Option<&mut u32> {
        let name = self.folded(Name::new(name));
        let place = place(parent, name);
        let mut at = self.home(self.hash(place, name));
        loop {
            let slot = *self.slots.get(at)?;
            if slot.place == EMPTY {
                let start = u32::try_from(self.names.len()).ok()?;
                if name.bytes.len() > SHORT {
                    u32::try_from(name.bytes.len()).ok()?;
                    self.names.extend_from_slice(name.bytes);
                }
                let new = self.slots.get_mut(at)?;
                *new = Slot {
                    place,
                    first: name.first,
                    last: name.last,
                    start,
                    value: first,
                };
                return Some(&mut new.value);
            }
            if slot.looks_like(place, name) && self.holds(&slot, name.bytes) {
                return self.slots.get_mut(at).map(|slot| &mut slot.value);
            }
            at = self.next(at);
        }
    }

    #[inline]
    pub(crate) fn get(&self, parent: u32, name: &[u8]) -> Option<u32> {
        self.find(parent, Name::new(name))
    }

    #[inline]
    pub(super) fn find(&self, parent: u32, name: Name<'_>) -> Option<u32> {
        let place = place(parent, name);
        if name.bytes.len() > self.short {
            self.find_any(place, name.first, name.last, name.bytes)
        } else {
            self.find_short(place, name.first, name.last)
        }
    }

    /// Words, not a name, so that all of it stays in registers.
    #[inline(never)]
    fn find_short(&self, place: u64, first: u64, last: u64) -> Option<u32> {
        let mut at = self.home(self.mix(self.start(place), first, last));
        // It is half empty at least, so there is an end to it.
        loop {
            let slot = self.slots.get(at)?;
            if slot.place == place && slot.first == first && slot.last == last {
                return Some(slot.value);
            }
            if slot.place == EMPTY {
                return None;
            }
            at = self.next(at);
        }
    }

    #[inline(never)]
    fn find_any(&self, place: u64, first: u64, last: u64, bytes: &[u8]) -> Option<u32> {
        let name = self.folded(Name { bytes, first, last });
        let mut at = self.home(self.hash(place, name));
        loop {
            let slot = self.slots.get(at)?;
            if slot.looks_like(place, name) && self.holds(slot, name.bytes) {
                return Some(slot.value);
            }
            if slot.place == EMPTY {
                return None;
            }
            at = self.next(at);
        }
    }

    /// Whether the name of a slot that looks like this one is this one.
    fn holds(&self, slot: &Slot, name: &[u8]) -> bool {
        let found = || {
            let start = usize::try_from(slot.start).ok()?;
            self.names.get(start..start.checked_add(name.len())?)
        };
        name.len() <= SHORT
            || found().is_some_and(|found| {
                if self.ignore_case {
                    found.eq_ignore_ascii_case(name)
                } else {
                    found == name
                }
            })
    }

    /// Letters of both cases fall together where the case is ignored.
    fn folded<'a>(&self, name: Name<'a>) -> Name<'a> {
        if self.ignore_case { name.lower() } else { name }
    }

    #[inline]
    fn home(&self, hash: u64) -> usize {
        usize::try_from(hash >> self.shift).unwrap_or_default()
    }

    #[inline]
    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// Sixteen bytes at a time; the last sixteen overlap those before, so that there is no loop over single bytes.
    fn hash(&self, place: u64, name: Name<'_>) -> u64 {
        let start = self.start(place);
        let chunks = name.bytes.as_chunks::<SHORT>().0;
        match name.bytes.last_chunk::<SHORT>() {
            Some(last) if name.bytes.len() > SHORT => {
                chunks.iter().chain([last]).fold(start, |hash, chunk| {
                    let chunk = self.folded(Name::new(chunk));
                    self.mix(hash, chunk.first, chunk.last)
                })
            }
            _ => self.mix(start, name.first, name.last),
        }
    }

    #[inline]
    fn start(&self, place: u64) -> u64 {
        // Spreads its bits: neighbours are not to differ where names do.
        place.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.seeds[0]
    }

    /// The product of both, folded.
    #[inline]
    fn mix(&self, hash: u64, first: u64, last: u64) -> u64 {
        let product = u128::from(hash ^ first) * u128::from(last ^ self.seeds[1]);
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default();
        half(product) ^ half(product >> 64)
    }
}

impl Slot {
    fn looks_like(&self, place: u64, name: Name<'_>) -> bool {
        self.place == place && self.first == name.first && self.last == name.last
    }
}

/// Not the names: they may be many.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}

/// Of a name longer than 4 GiB it may be that of another; its bytes are compared in the end.
#[inline]
fn place(parent: u32, name: Name<'_>) -> u64 {
    u64::from(parent) << 32 | u64::try_from(name.bytes.len()).unwrap_or(EMPTY)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn longest_run(table: &Table) -> usize {
        let runs = table.slots.split(|slot| slot.place == EMPTY);
        runs.map(<[Slot]>::len).max().unwrap_or_default()
    }

    /// A hash that took part of a name for the whole would find all the same, but after a walk past all others.
    #[test]
    fn names_that_are_much_alike_make_no_long_run() {
        type Name = fn(u32) -> (u32, String);
        let cases: [(&str, Name); 7] = [
            ("four bytes", |at| (0, format!("{at:04}"))),
            ("the first bytes", |at| (0, format!("{at:04}---"))),
            ("the last bytes", |at| (0, format!("/user-{at:04}"))),
            ("eight of sixteen bytes", |at| {
                (0, format!("the-same{at:08}"))
            }),
            ("the middle", |at| {
                (0, format!("/a-long-beginning-{at:04}-and-a-long-end"))
            }),
            ("the end", |at| (0, format!("/a-long-beginning-of-{at:04}"))),
            ("the parent", |at| (at, "orders".to_owned())),
        ];
        for (name, case) in cases {
            for ignore_case in [false, true] {
                let mut table = Table::new(5_000, ignore_case);
                for (parent, name) in (0..5_000).map(case) {
                    table.entry(parent, name.as_bytes(), 0);
                }
                // By chance, one of more than 100 comes about less than once in 10^12 tables.
                let run = longest_run(&table);
                assert!(run <= 100, "{name}: {run}");
            }
        }
    }

    proptest! {
        #[test]
        fn it_holds_what_a_map_would_hold(
            names in prop::collection::vec((0u32..3, "[aAbB/]{0,10}|[aA]{5,10}/b{6,20}"), 0..60),
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
