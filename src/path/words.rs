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

/// What is before the first slash, and the rest from it on.
#[inline]
pub(super) fn split_at_slash(path: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    for chunk in path.as_chunks::<8>().0 {
        // The lowest bit is of a true slash.
        let found = equal(u64::from_le_bytes(*chunk), b'/');
        if found != 0 {
            let bits = usize::try_from(found.trailing_zeros()).unwrap_or_default();
            return path.split_at(start + bits / 8);
        }
        start += 8;
    }
    let mut rest = path.get(start..).unwrap_or_default().iter();
    let end = rest.position(|byte| *byte == b'/');
    path.split_at(end.map_or(path.len(), |end| start + end))
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
        }

        #[test]
        fn up_to_seven_bytes_are_a_word(bytes in prop::collection::vec(any::<u8>(), 0..8)) {
            let mut all = [0; 8];
            all[..bytes.len()].copy_from_slice(&bytes);
            prop_assert_eq!(word(&bytes), u64::from_le_bytes(all));
        }
    }
}
