//! A bounded map whose entries die.

use std::hash::Hash;

use quick_cache::{Equivalent, OptionsBuilder, Weighter, sync::Cache};

/// A bounded map whose entries die: in number, in bytes, and in seconds.
///
/// Times are seconds since 1970, of the caller's clock. What cannot be told to be alive is dead.
pub(crate) struct TtlCache<K, V> {
    entries: Cache<K, Entry<V>, ByWeight>,
    /// What the smallest entry weighs, so that the bound on the bytes is one on the number too.
    least: u64,
}

#[derive(Clone)]
struct Entry<V> {
    value: V,
    weight: u64,
    life: Life,
}

/// From when, and until when, an entry is alive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) from: u64,
    /// Dead at this second.
    pub(crate) until: u64,
}

impl Life {
    fn includes(self, now: u64) -> bool {
        // A clock that was set back proves nothing.
        self.from <= now && now < self.until
    }
}

#[derive(Clone)]
struct ByWeight;

impl<K, V> Weighter<K, Entry<V>> for ByWeight {
    fn weight(&self, _key: &K, entry: &Entry<V>) -> u64 {
        entry.weight
    }
}

impl<K: Eq + Hash, V: Clone> TtlCache<K, V> {
    /// Room for so many entries and so many bytes; at least one of each.
    pub(crate) fn new(entries: usize, bytes: u64) -> Self {
        let entries = entries.max(1);
        let least = (bytes / u64::try_from(entries).unwrap_or(u64::MAX)).max(1);
        let bytes = bytes.max(least);
        let options = OptionsBuilder::new()
            .estimated_items_capacity(entries)
            .weight_capacity(bytes)
            .build();
        let entries = match options {
            Ok(options) => Cache::with_options(
                options,
                ByWeight,
                quick_cache::DefaultHashBuilder::default(),
                quick_cache::sync::DefaultLifecycle::default(),
            ),
            Err(_) => Cache::with_weighter(entries, bytes, ByWeight),
        };
        Self { entries, least }
    }

    /// The value of an entry that is alive, and that `still` finds good; all others are removed.
    pub(crate) fn get<Q>(&self, key: &Q, now: u64, still: impl FnOnce(&V) -> bool) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let entry = self.entries.get(key)?;
        if entry.life.includes(now) && still(&entry.value) {
            return Some(entry.value);
        }
        self.entries.remove(key);
        None
    }

    /// Puts an entry of that many bytes in, if there is room for it at all and it would live.
    pub(crate) fn insert(&self, key: K, value: V, bytes: usize, life: Life) {
        if !life.includes(life.from) {
            return;
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let entry = Entry {
            value,
            weight: bytes.max(self.least),
            life,
        };
        self.entries.insert(key, entry);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Life = Life {
        from: 10,
        until: 20,
    };

    fn get(cache: &TtlCache<String, u8>, key: &str, now: u64) -> Option<u8> {
        cache.get(key, now, |_| true)
    }

    #[test]
    fn an_entry_lives_as_long_as_it_was_told_to() {
        for (now, expect) in [
            (9, None),
            (10, Some(1)),
            (19, Some(1)),
            (20, None),
            (u64::MAX, None),
        ] {
            let cache = TtlCache::new(8, 1000);
            cache.insert("a".to_owned(), 1, 1, LIFE);
            assert_eq!(get(&cache, "a", now), expect, "{now}");
            assert_eq!(cache.len(), usize::from(expect.is_some()), "{now}");
        }
    }

    #[test]
    fn what_would_not_live_is_not_put_in() {
        let cache = TtlCache::new(8, 1000);
        for until in [0, 9, 10] {
            cache.insert("a".to_owned(), 1, 1, Life { from: 10, until });
            assert_eq!(cache.len(), 0, "{until}");
        }
    }

    #[test]
    fn what_is_no_longer_good_is_removed() {
        let cache = TtlCache::new(8, 1000);
        cache.insert("a".to_owned(), 1, 1, LIFE);
        assert_eq!(cache.get("a", 12, |value| *value == 2), None);
        assert_eq!(get(&cache, "a", 12), None);
    }

    #[test]
    fn a_flood_stays_within_number_and_bytes() {
        let cache = TtlCache::new(100, 10_000);
        for at in 0..10_000 {
            cache.insert(at.to_string(), 1, 1, LIFE);
        }
        assert!((50..=100).contains(&cache.len()), "{}", cache.len());
        for at in 0..10_000 {
            cache.insert(at.to_string(), 1, 1_000, LIFE);
        }
        assert!(cache.len() <= 10, "{}", cache.len());
        cache.insert("huge".to_owned(), 1, usize::MAX, LIFE);
        assert_eq!(get(&cache, "huge", 12), None);
    }

    #[test]
    fn an_empty_cache_still_works() {
        let cache = TtlCache::new(0, 0);
        cache.insert("a".to_owned(), 1, 1, LIFE);
        assert!(cache.len() <= 1);
    }
}
