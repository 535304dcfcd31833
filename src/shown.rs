//! What a caller sees: a set of the items that a description has.

/// A set of items, by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shown {
    words: Box<[u64]>,
    all: bool,
}

impl Shown {
    /// Of `count` items those for which `shows` is true.
    pub(crate) fn new(count: usize, mut shows: impl FnMut(usize) -> bool) -> Self {
        let mut words = vec![0_u64; count.div_ceil(64)];
        let mut all = true;
        for at in 0..count {
            if shows(at) {
                if let Some(word) = words.get_mut(at / 64) {
                    *word |= 1 << (at % 64);
                }
            } else {
                all = false;
            }
        }
        Self {
            words: words.into(),
            all,
        }
    }

    pub(crate) fn contains(&self, at: usize) -> bool {
        let word = self.words.get(at / 64).copied().unwrap_or(0);
        word >> (at % 64) & 1 == 1
    }

    /// Whether nothing is hidden.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }
}
