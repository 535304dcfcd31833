//! Whether a path has one reading only: asked of every request, so sixteen bytes at a time.

use super::words::{repeat, word};

/// Whether nothing in `path` can be read in two ways: it begins with a slash, and has no percent-encoding, parameters,
/// backslashes, control characters, spaces, bytes beyond ASCII, empty segments or dot segments.
///
/// A slash at the end is clean: what it means is a question of the pattern.
#[inline]
pub(super) fn is_clean(path: &[u8]) -> bool {
    path.first() == Some(&b'/') && (!is_suspicious(path) || is_clean_by_segment(path))
}

/// False for what is surely clean. True also for segments that only begin with a dot (`/.well-known`).
#[inline]
fn is_suspicious(path: &[u8]) -> bool {
    // Each byte but the first, which is the slash that was asked for, beside the one before it.
    let (Some((_, before)), Some((_, bytes))) = (path.split_last(), path.split_first()) else {
        return true;
    };
    let (Some(first), Some(last)) = (first(before, bytes), last(before, bytes)) else {
        return is_odd(&up_to_sixteen(before), &up_to_sixteen(bytes));
    };
    let chunks = before.as_chunks().0.iter().zip(bytes.as_chunks().0);
    // The last sixteen overlap those before them.
    chunks.skip(1).fold(
        is_odd(first.0, first.1) | is_odd(last.0, last.1),
        |odd, (before, bytes)| odd | is_odd(before, bytes),
    )
}

#[inline]
fn first<'a>(before: &'a [u8], bytes: &'a [u8]) -> Option<(&'a Chunk, &'a Chunk)> {
    before.first_chunk().zip(bytes.first_chunk())
}

#[inline]
fn last<'a>(before: &'a [u8], bytes: &'a [u8]) -> Option<(&'a Chunk, &'a Chunk)> {
    before.last_chunk().zip(bytes.last_chunk())
}

type Chunk = [u8; 16];

/// Fewer than sixteen bytes, filled up with others of them, or with what is not odd.
#[inline]
fn up_to_sixteen(bytes: &[u8]) -> Chunk {
    let (first, last) = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk())
    {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else {
        let filled = word(bytes) | repeat(b'a') << (8 * bytes.len());
        (filled, filled)
    };
    (u128::from(first) | u128::from(last) << 64).to_le_bytes()
}

/// Whether one of `bytes` is odd by itself or after the one before it.
#[inline]
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without a branch, the compiler takes all sixteen at once"
)]
fn is_odd(before: &Chunk, bytes: &Chunk) -> bool {
    let mut found = [false; 16];
    for ((found, before), byte) in found.iter_mut().zip(before).zip(bytes) {
        let by_itself =
            (*byte < 0x21) | (*byte > 0x7E) | (*byte == b'%') | (*byte == b';') | (*byte == b'\\');
        // A slash or a dot: they differ in the lowest bit.
        *found = by_itself | ((*before == b'/') & (*byte | 1 == b'/'));
    }
    found != [false; 16]
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
        fn the_fast_look_and_the_slow_one_agree(path in "/[a./%; ]{0,20}|(/a{0,20}[./%; ]?){1,5}|/(\\PC|[/.])*") {
            let path = path.as_bytes();
            prop_assert_eq!(is_clean(path), is_clean_by_segment(path));
        }

        // What it takes for odd costs a slow look, so it is held to the byte: an answer alone would not show that.
        #[test]
        fn the_fast_look_stops_at_odd_bytes_and_at_a_slash_or_a_dot_after_a_slash_alone(
            plain in "/([!-~&&[^%;\\\\/.]]{1,9}[/.]?){0,9}",
            odd in prop::sample::select(b"\0\x1F !-./0$%&:;<[\\]}~\x7F\x80\xFF".as_slice()),
            at: prop::sample::Index,
        ) {
            let mut path = plain.into_bytes();
            let is_odd = |pair: &[u8]| {
                let by_itself = !matches!(pair[1], 0x21..=0x7E) || b"%;\\".contains(&pair[1]);
                by_itself || matches!(pair, b"//" | b"/.")
            };
            let expect = |path: &[u8]| path.windows(2).any(is_odd);
            prop_assert_eq!(is_suspicious(&path), expect(&path));

            if path.len() > 1 {
                let at = at.index(path.len() - 1) + 1;
                path[at] = odd;
                prop_assert_eq!(is_suspicious(&path), expect(&path));
                path[1..].fill(odd);
                prop_assert_eq!(is_suspicious(&path), expect(&path));
            }
        }
    }
}
