//! Whether a path has one reading only: asked of every request, so eight bytes at a time.

use super::words::{HIGH, below, equal, repeat, word};

/// Whether nothing in `path` can be read in two ways: it begins with a slash, and has no percent-encoding, parameters,
/// backslashes, control characters, spaces, bytes beyond ASCII, empty segments or dot segments.
///
/// A slash at the end is clean: what it means is a question of the pattern.
pub(super) fn is_clean(path: &[u8]) -> bool {
    path.first() == Some(&b'/') && (!is_suspicious(path) || is_clean_by_segment(path))
}

/// False for what is surely clean. True also for segments that only begin with a dot (`/.well-known`).
fn is_suspicious(path: &[u8]) -> bool {
    let mut found = 0;
    // A slash in the last byte of the word before, moved to where this word's first byte is.
    let mut carry = 0;
    for chunk in path.as_chunks::<8>().0 {
        let (odd, slashes) = look(u64::from_le_bytes(*chunk), carry);
        found |= odd;
        carry = slashes >> 56;
    }
    let last = match path.last_chunk::<8>() {
        Some(last) => {
            let before = path.len().checked_sub(9).and_then(|index| path.get(index));
            carry = if before == Some(&b'/') { 0x80 } else { 0 };
            u64::from_le_bytes(*last)
        }
        // Filled up with what is not odd.
        None => word(path) | repeat(b'a') << (8 * path.len()),
    };
    let (odd, _) = look(last, carry);
    found | odd != 0
}

/// The odd bytes of a word, and its slashes, each as a high bit.
fn look(word: u64, carry: u64) -> (u64, u64) {
    let slashes = equal(word, b'/');
    let after_slash = (slashes << 8) | carry;
    let odd = equal(word, b'%')
        | equal(word, b';')
        | equal(word, b'\\')
        | equal(word, 0x7F)
        | below(word, 0x21)
        | word & HIGH
        | after_slash & (slashes | equal(word, b'.'));
    (odd, slashes)
}

fn is_clean_by_segment(path: &[u8]) -> bool {
    let mut segments = path.split(|byte| *byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        let clean = match segment {
            [] => is_last,
            [b'.'] | [b'.', b'.'] => false,
            bytes => bytes
                .iter()
                .all(|byte| matches!(byte, 0x21..=0x7E) && !matches!(byte, b'%' | b';' | b'\\')),
        };
        if !clean {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_has_one_reading_is_clean() {
        for (path, expect) in [
            ("/", true),
            ("/a", true),
            ("/a/", true),
            ("/health/live/now", true),
            ("/.well-known/openid-configuration", true),
            ("/a/...", true),
            ("/a.b/c..", true),
            ("/{id}", true),
            ("/users/~ann/@me:x+y,z!$&'()*=", true),
            ("", false),
            ("*", false),
            ("a/b", false),
            ("//", false),
            ("//a", false),
            ("/a//b", false),
            ("/a//", false),
            ("/.", false),
            ("/..", false),
            ("/a/.", false),
            ("/a/../b", false),
            ("/a/./b", false),
            ("/a%20b", false),
            ("/a;b", false),
            ("/a\\b", false),
            ("/a b", false),
            ("/a\tb", false),
            ("/a\u{7f}", false),
            ("/é", false),
            ("/1234567/8", true),
            ("/123456//8", false),
            ("/123456/./", false),
            ("/12345678901234/..", false),
        ] {
            assert_eq!(is_clean(path.as_bytes()), expect, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn the_fast_look_and_the_slow_one_agree(path in "/[a./%; ]{0,20}|/(\\PC|[/.])*") {
            let path = path.as_bytes();
            prop_assert_eq!(is_clean(path), is_clean_by_segment(path));
            if !is_suspicious(path) {
                prop_assert!(is_clean_by_segment(path));
            }
        }
    }
}
