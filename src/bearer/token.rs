//! The grammar of bearer tokens, [RFC 6750, section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1).

use super::{AuthError, Scheme, Schemes};

/// A header value taken apart: the scheme and what comes after it.
pub(super) enum Parsed<'a> {
    /// Of one of the schemes that are asked for, and within the grammar.
    Token(Scheme, &'a str),
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
    pub(super) fn parse(self, value: &[u8]) -> Result<Parsed<'_>, AuthError> {
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
                [b' ', rest @ ..] => self
                    .b64token(rest.trim_ascii_start_spaces())
                    .map(|token| Parsed::Token(scheme, token)),
                // A longer word is the name of another scheme; all else is this one, with nothing that could be a token after it.
                [byte, ..] if is_tchar(*byte) => Ok(Parsed::OtherScheme),
                _ => Err(AuthError::invalid_request()),
            };
        }
        Ok(Parsed::OtherScheme)
    }

    /// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`, and not too long: that is asked first, so
    /// that a flood of long tokens costs nothing.
    pub(super) fn b64token(self, bytes: &[u8]) -> Result<&str, AuthError> {
        if bytes.len() > self.max_token_bytes {
            return Err(AuthError::invalid_token());
        }
        let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
        match bytes.split_at_checked(bytes.len().saturating_sub(padding)) {
            Some((body @ [_, ..], _)) if are_b64token_chars(body) => {
                std::str::from_utf8(bytes).map_err(|_not_ascii| AuthError::invalid_request())
            }
            _ => Err(AuthError::invalid_request()),
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

/// In blocks without a branch in them, so that the compiler looks at many bytes at once: a flood of garbage is as long as
/// tokens are.
fn are_b64token_chars(bytes: &[u8]) -> bool {
    let all = |block: &[u8]| {
        block
            .iter()
            .fold(true, |all, byte| all & is_b64token_char(*byte))
    };
    let (blocks, rest) = bytes.as_chunks::<32>();
    blocks.iter().all(|block| all(block)) && all(rest)
}

fn is_b64token_char(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // From `+` to `9` stand `+`, `,`, `-`, `.`, `/` and the digits.
    let digit_or_sign = byte.wrapping_sub(b'+') <= b'9' - b'+' && byte != b',';
    letter || digit_or_sign || byte == b'_' || byte == b'~'
}

/// A character of a scheme's name, [RFC 9110, section 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2).
fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
