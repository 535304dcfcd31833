//! The grammar of bearer tokens, [RFC 6750, section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1).

use super::{ErrorKind, Scheme, Schemes};

/// A header value taken apart: the scheme and what comes after it.
pub(super) enum Parsed<'a> {
    /// Of one of the schemes that are asked for, and within the grammar.
    Token(Scheme, &'a [u8]),
    /// Of another scheme, or of none.
    OtherScheme,
}

/// What a layer takes for a token.
#[derive(Clone, Copy)]
pub(super) struct Grammar {
    pub(super) schemes: Schemes,
    pub(super) max_token_bytes: usize,
}

impl Grammar {
    /// `credentials = "Bearer" 1*SP b64token`, the scheme in any case.
    #[inline]
    pub(super) fn parse(self, value: &[u8]) -> Result<Parsed<'_>, ErrorKind> {
        const KNOWN: [Scheme; 1] = [Scheme::Bearer];
        for scheme in KNOWN {
            let name = scheme.as_str().as_bytes();
            let Some((first, rest)) = value.split_at_checked(name.len()) else {
                continue;
            };
            if !self.schemes.contains(scheme) || !first.eq_ignore_ascii_case(name) {
                continue;
            }
            return match rest {
                [b' ', rest @ ..] => {
                    let token = rest.trim_ascii_start_spaces();
                    self.check(token).map(|()| Parsed::Token(scheme, token))
                }
                // A longer word is the name of another scheme; all else is this one, with nothing that could be a token after it.
                [byte, ..] if is_tchar(*byte) => Ok(Parsed::OtherScheme),
                _ => Err(ErrorKind::InvalidRequest),
            };
        }
        Ok(Parsed::OtherScheme)
    }

    /// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`, and not too long: that is asked first, so
    /// that a flood of long tokens costs nothing.
    pub(super) fn check(self, bytes: &[u8]) -> Result<(), ErrorKind> {
        if bytes.len() > self.max_token_bytes {
            return Err(ErrorKind::InvalidToken);
        }
        let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
        match bytes.split_at_checked(bytes.len().saturating_sub(padding)) {
            Some((body @ [_, ..], _)) if are_b64token_chars(body) => Ok(()),
            _ => Err(ErrorKind::InvalidRequest),
        }
    }
}

trait Spaces {
    fn trim_ascii_start_spaces(&self) -> &[u8];
}

impl Spaces for [u8] {
    /// Spaces alone: a tab is not a space.
    fn trim_ascii_start_spaces(&self) -> &[u8] {
        let spaces = self.iter().take_while(|byte| **byte == b' ').count();
        self.get(spaces..).unwrap_or_default()
    }
}

/// Without a branch, so that the compiler looks at many bytes at once: a flood of garbage is as long as tokens are.
fn are_b64token_chars(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else {
        return bytes.iter().all(|byte| otherness(*byte) == 0);
    };
    let mut found = add_otherness([0; 32], last); // which overlap those before them
    for block in bytes.as_chunks().0 {
        found = add_otherness(found, block);
    }
    found == [0; 32]
}

#[inline]
fn add_otherness(mut found: [u8; 32], block: &[u8; 32]) -> [u8; 32] {
    for (found, byte) in found.iter_mut().zip(block) {
        *found |= otherness(*byte);
    }
    found
}

/// Zero for a character of a token. Arithmetic, for which there are instructions that take sixteen bytes.
#[inline]
fn otherness(byte: u8) -> u8 {
    let letter = (byte | 0x20).wrapping_sub(b'a').saturating_sub(25);
    // From `-` to `9` stand `-`, `.`, `/` and the digits.
    let digit_or_sign = byte.wrapping_sub(b'-').saturating_sub(b'9' - b'-');
    let others = (byte ^ b'+').min(byte ^ b'_').min(byte ^ b'~');
    letter.min(digit_or_sign).min(others)
}

/// A character of a scheme's name, [RFC 9110, section 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2).
fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::are_b64token_chars;

    #[test]
    fn every_byte_counts_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let expect = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            for len in [1, 2, 31, 32, 33, 63, 64, 65, 100] {
                for at in [0, len / 2, len - 1] {
                    let mut token = vec![b'a'; len];
                    token[at] = byte;
                    assert_eq!(are_b64token_chars(&token), expect, "{byte:#x} {len} {at}");
                }
            }
        }
    }
}
