//! The compact form, [RFC 7515, section 7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1), on bytes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use memchr::memchr;

use super::error::{Refusal, Refused};

/// No token is longer: 64 KiB. The layer's cap is lower.
pub(super) const MAX_TOKEN_LEN: usize = 64 * 1024;

/// A token taken apart, its parts still encoded.
#[derive(Clone, Copy)]
pub(super) struct Jws<'t> {
    /// What is signed: header, dot, payload.
    pub(super) signed: &'t [u8],
    pub(super) header: &'t [u8],
    pub(super) payload: &'t [u8],
    pub(super) signature: &'t [u8],
}

impl<'t> Jws<'t> {
    /// Exactly three parts.
    pub(super) fn split(token: &'t [u8]) -> Result<Self, Refused> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(&Refusal::TooLong);
        }
        Self::parts(token).ok_or(&Refusal::Shape)
    }

    fn parts(token: &'t [u8]) -> Option<Self> {
        let (header, rest) = split_at_dot(token)?;
        let (payload, signature) = split_at_dot(rest)?;
        if memchr(b'.', signature).is_some() {
            return None;
        }
        let (signed, _) = token.split_at_checked(header.len() + 1 + payload.len())?;
        Some(Self {
            signed,
            header,
            payload,
            signature,
        })
    }
}

fn split_at_dot(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_at_checked(memchr(b'.', bytes)?)?;
    Some((first, rest.get(1..)?))
}

/// Room for what is decoded: on the stack, where that is enough, and no larger than it must be, for it is filled first.
#[expect(clippy::large_enum_variant, reason = "it stays where it is made")]
pub(super) enum Scratch {
    Empty,
    /// For signatures on curves, and those of HMAC.
    Small([u8; 96]),
    /// For signatures of RSA, and headers.
    Large([u8; 512]),
    Heap(Vec<u8>),
}

impl Scratch {
    /// base64url, without padding and with zero trailing bits: or there were two spellings of one token.
    pub(super) fn decode(&mut self, encoded: &[u8]) -> Result<&[u8], Refused> {
        *self = match encoded.len() {
            0..=96 => Self::Small([0; 96]),
            97..=512 => Self::Large([0; 512]),
            len => Self::Heap(vec![0; len]),
        };
        let room: &mut [u8] = match self {
            Self::Empty => &mut [],
            Self::Small(room) => room,
            Self::Large(room) => room,
            Self::Heap(room) => room,
        };
        let len = URL_SAFE_NO_PAD
            .decode_slice(encoded, room)
            .map_err(|_| &Refusal::Encoding)?;
        room.get(..len).ok_or(&Refusal::Encoding)
    }
}

/// As above, and UTF-8, on the heap: it outlives the request.
pub(super) fn decode_text(encoded: &[u8]) -> Result<String, Refused> {
    // Three bytes for four characters: to the byte, so that nothing is left over that would have to be given back.
    let mut bytes = vec![0; encoded.len() / 4 * 3 + encoded.len() % 4 * 3 / 4];
    let len = URL_SAFE_NO_PAD
        .decode_slice(encoded, &mut bytes)
        .map_err(|_| &Refusal::Encoding)?;
    bytes.truncate(len);
    String::from_utf8(bytes).map_err(|_| &Refusal::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_parts_of_every_length() {
        for len in [0, 1, 71, 72, 73, 383, 384, 385, 4000] {
            let bytes = vec![0xA5; len];
            let encoded = URL_SAFE_NO_PAD.encode(&bytes);
            let mut room = Scratch::Empty;
            assert_eq!(room.decode(encoded.as_bytes()), Ok(&*bytes), "{len}");
        }
    }

    #[test]
    fn only_three_parts_are_a_token() {
        for (token, expect) in [
            ("a.b.c", Some(["a.b", "a", "b", "c"])),
            ("..", Some([".", "", "", ""])),
            ("a.b.", Some(["a.b", "a", "b", ""])),
            ("", None),
            ("abc", None),
            ("a.b", None),
            ("a.b.c.", None),
            ("a.b.c.d.e", None),
        ] {
            let parts = Jws::split(token.as_bytes()).ok();
            let parts = parts.map(|jws| [jws.signed, jws.header, jws.payload, jws.signature]);
            assert_eq!(parts, expect.map(|e| e.map(str::as_bytes)), "{token:?}");
        }
        let long = "a.".repeat(MAX_TOKEN_LEN);
        assert_eq!(Jws::split(long.as_bytes()).err(), Some(&Refusal::TooLong));
    }

    #[test]
    fn one_text_has_one_spelling() {
        for (encoded, expect) in [
            ("YQ", Some(&b"a"[..])),
            ("", Some(b"")),
            ("-_8", Some(b"\xfb\xff")),
            ("YR", None), // trailing bits
            ("YQ==", None),
            ("YQ=", None),
            ("Y", None),
            ("+/8", None),
            ("Y Q", None),
            ("YQ\n", None),
        ] {
            let mut room = Scratch::Empty;
            assert_eq!(room.decode(encoded.as_bytes()).ok(), expect, "{encoded:?}");
            if expect != Some(b"\xfb\xff") {
                let text = decode_text(encoded.as_bytes()).ok();
                assert_eq!(text.as_deref().map(str::as_bytes), expect, "{encoded:?}");
            }
        }
    }
}
