//! Bytes, eight at a time.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
pub(super) const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// Up to seven bytes as a word, the first one lowest, and zeros above.
#[inline]
pub(super) fn word(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        // Where both overlap they hold the same bytes.
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u64::from(first) | u64::from(last) << (8 * (bytes.len() - 4));
    }
    match *bytes {
        [a, b, c] => u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]),
        [a, b] => u64::from_le_bytes([a, b, 0, 0, 0, 0, 0, 0]),
        [a] => u64::from(a),
        _ => 0,
    }
}

/// The high bit of each byte that equals `byte`; above one such byte also of others.
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ repeat(byte), 1)
}

/// The high bit of each byte below `bound`; above one such byte also of others.
pub(super) fn below(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(repeat(bound)) & !word & HIGH
}

pub(super) fn repeat(byte: u8) -> u64 {
    ONES * u64::from(byte)
}

/// The ASCII capitals of a word as small letters.
fn lower(word: u64) -> u64 {
    let ascii = word & !HIGH;
    let from_a = ascii + repeat(0x80 - b'A');
    let above_z = ascii + repeat(0x7F - b'Z');
    word | ((from_a & !above_z & !word & HIGH) >> 2)
}

/// Bytes, and their ends as words: up to sixteen are told apart by these and their number.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) bytes: &'a [u8],
    /// The first eight, or all where there are fewer.
    pub(super) first: u64,
    /// The last eight; nothing where there are fewer.
    pub(super) last: u64,
}

/// Names up to this length are told apart by their ends alone.
pub(super) const SHORT: usize = 16;

/// The length of a name and its ends as words: where it is short, all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    length: usize,
    first: u64,
    last: u64,
}

impl<'a> Name<'a> {
    #[inline]
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let (first, last) = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => (word(bytes), 0),
        };
        Self { bytes, first, last }
    }

    #[inline]
    pub(super) fn ends(self) -> Ends {
        Ends {
            length: self.bytes.len(),
            first: self.first,
            last: self.last,
        }
    }

    /// What only this name has; `None` where it is long.
    pub(super) fn only_ends(self) -> Option<Ends> {
        (self.bytes.len() <= SHORT).then(|| self.ends())
    }

    /// The ends of the same name in small letters.
    pub(super) fn lower(self) -> Self {
        Self {
            first: lower(self.first),
            last: lower(self.last),
            ..self
        }
    }

    /// What is before the first slash, and the rest from it on.
    #[inline]
    pub(super) fn before_slash(path: &'a [u8]) -> (Self, &'a [u8]) {
        let Some(first) = path.first_chunk() else {
            let first = word(path);
            let slash = equal(first, b'/');
            let (bytes, rest) = path.split_at(path.len().min(index(slash)));
            return (Self::short(bytes, first, slash), rest);
        };
        let first = u64::from_le_bytes(*first);
        let slash = equal(first, b'/');
        if slash != 0 {
            let (bytes, rest) = path.split_at(index(slash));
            return (Self::short(bytes, first, slash), rest);
        }
        let after = path.get(8..).unwrap_or_default();
        let (bytes, rest) = path.split_at(8 + find_slash(after));
        let last = bytes.last_chunk().copied().map(u64::from_le_bytes);
        let last = last.unwrap_or_default();
        (Self { bytes, first, last }, rest)
    }

    /// Of the bytes of a word before the lowest of the slashes in it; all of them, where there is none.
    #[inline]
    fn short(bytes: &'a [u8], word: u64, slash: u64) -> Self {
        // All below the lowest bit, which is the highest of the slash, but for the other bits of the slash.
        let before = ((slash & slash.wrapping_neg()) >> 7).wrapping_sub(1);
        Self {
            bytes,
            first: word & before,
            last: 0,
        }
    }
}

/// What is before the first slash, and the rest from it on.
#[inline]
pub(super) fn split_at_slash(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(find_slash(path))
}

/// Where the first slash is, or the end.
#[inline]
fn find_slash(path: &[u8]) -> usize {
    let (chunks, rest) = path.as_chunks();
    let mut start = 0;
    for chunk in chunks {
        let slash = equal(u64::from_le_bytes(*chunk), b'/');
        if slash != 0 {
            return start + index(slash);
        }
        start += 8;
    }
    path.len().min(start + index(equal(word(rest), b'/')))
}

/// Of the byte that the lowest of these high bits is in; eight where there is none.
fn index(bits: u64) -> usize {
    usize::try_from(bits.trailing_zeros() / 8).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_path_is_split_at_its_first_slash(path in "[a./0]{0,20}|[a.0]{0,20}/[a./]{0,9}") {
            let path = path.as_bytes();
            let end = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
            prop_assert_eq!(split_at_slash(path), path.split_at(end));

            let (name, rest) = Name::before_slash(path);
            let same = Name::new(name.bytes);
            prop_assert_eq!((name.bytes, rest), path.split_at(end));
            prop_assert_eq!((name.first, name.last), (same.first, same.last));
        }

        #[test]
        fn capitals_become_small_letters(bytes: [u8; 8]) {
            let small = u64::from_le_bytes(bytes.map(|byte| byte.to_ascii_lowercase()));
            prop_assert_eq!(lower(u64::from_le_bytes(bytes)), small);
        }

        #[test]
        fn up_to_seven_bytes_are_a_word(bytes in prop::collection::vec(any::<u8>(), 0..8)) {
            let mut all = [0; 8];
            all[..bytes.len()].copy_from_slice(&bytes);
            prop_assert_eq!(word(&bytes), u64::from_le_bytes(all));
        }
    }
}
