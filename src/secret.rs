//! Bytes that are not to be seen.

use std::{fmt, hint::black_box, sync::Arc};

/// A secret: shown as `[redacted]`, compared in constant time, overwritten when it is dropped.
///
/// A clone shares the bytes. They are overwritten with the last clone; safe code cannot promise that the compiler left no
/// copy elsewhere.
///
/// # Examples
/// ```
/// use tower_postern::Secret;
///
/// let secret = Secret::new("correct horse");
/// assert!(secret.matches(b"correct horse"));
/// assert!(!secret.matches(b"battery staple"));
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// ```
#[derive(Clone)]
pub struct Secret(Arc<Wiped>);

struct Wiped(Vec<u8>);

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.fill(0);
        black_box(&self.0); // or the compiler may leave out writes that nobody reads
    }
}

impl Secret {
    /// Takes the bytes over, without a copy where they are owned.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Arc::new(Wiped(bytes.into())))
    }

    /// Whether these are the bytes, in a time that depends on the length of `candidate` alone.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        constant_time_eq(&self.0.0, candidate)
    }

    /// The bytes themselves.
    ///
    /// # Security
    /// What is done with them is no longer redacted, and a comparison with `==` tells by its time how much was right.
    pub fn expose(&self) -> &[u8] {
        &self.0.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes)
    }
}

/// Whether both are the same, in a time that depends on the length of `candidate` alone.
pub(crate) fn constant_time_eq(secret: &[u8], candidate: &[u8]) -> bool {
    // One of another length is compared with itself, which takes the same steps.
    let same_length = secret.len() == candidate.len();
    let secret = if same_length { secret } else { candidate };
    let (words, rest) = candidate.as_chunks();
    let (secret_words, secret_rest) = secret.as_chunks();
    // `black_box`, or the compiler may see that it can stop at the first difference.
    let words = words.iter().zip(secret_words).fold(0, |found, (a, b)| {
        found | black_box(u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b))
    });
    let rest = rest
        .iter()
        .zip(secret_rest)
        .fold(0, |found, (a, b)| found | black_box(a ^ b));
    black_box(words | u64::from(rest)) == 0 && same_length
}

#[cfg(test)]
mod tests {
    use super::constant_time_eq;

    #[test]
    fn only_the_same_bytes_are_equal() {
        assert!(constant_time_eq(b"", b""));
        assert!(constant_time_eq(b"abc", b"abc"));
        for other in [&b"abd"[..], b"bbc", b"ab", b"abcd", b"abc\0", b""] {
            assert!(!constant_time_eq(b"abc", other), "{other:?}");
        }
        assert!(!constant_time_eq(b"abc\0", b"abc"));
    }

    #[test]
    fn a_difference_in_any_byte_is_seen() {
        for len in 0..40_u8 {
            let secret: Vec<u8> = (0..len).collect();
            assert!(constant_time_eq(&secret, &secret));
            for at in 0..usize::from(len) {
                let mut other = secret.clone();
                other[at] ^= 0x80;
                assert!(!constant_time_eq(&secret, &other), "{len} {at}");
            }
            let longer: Vec<u8> = (0..=len).collect();
            assert!(!constant_time_eq(&secret, &longer), "{len}");
            assert!(!constant_time_eq(&longer, &secret), "{len}");
        }
    }
}
