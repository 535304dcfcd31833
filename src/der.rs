//! As much of DER as certificates and public keys are written in:
//! [RFC 5280, section 4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1).

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;

/// What is left to read.
pub(crate) struct Der<'a>(pub(crate) &'a [u8]);

impl<'a> Der<'a> {
    /// The contents of the next value, which is of that type.
    pub(crate) fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        if *found != tag {
            return None;
        }
        let (len, rest) = match rest {
            [short @ 0..=0x7F, rest @ ..] => (usize::from(*short), rest),
            [0x81, len @ 0x80..=0xFF, rest @ ..] => (usize::from(*len), rest),
            [0x82, high @ 1..=0xFF, low, rest @ ..] => {
                (usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            _ => return None, // nothing here needs more than 64 KiB
        };
        let (contents, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some(contents)
    }

    /// The next value with its type and its length.
    fn next_whole(&mut self, tag: u8) -> Option<&'a [u8]> {
        let before = self.0;
        self.next(tag)?;
        before.get(..before.len() - self.0.len())
    }

    /// Whether the next value is of that type; it is read, if so.
    pub(crate) fn skip(&mut self, tag: u8) -> bool {
        self.next(tag).is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The `SubjectPublicKeyInfo` of an X.509 `Certificate`, as it stands there. Nothing else of it is looked at.
pub(crate) fn public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    let mut outer = Der(certificate);
    let mut certificate = Der(outer.next(SEQUENCE)?);
    if !outer.is_empty() {
        return None;
    }
    let mut signed = Der(certificate.next(SEQUENCE)?);
    signed.skip(VERSION);
    signed.next(INTEGER)?; // serial number
    signed.next(SEQUENCE)?; // signature algorithm
    signed.next(SEQUENCE)?; // issuer
    signed.next(SEQUENCE)?; // validity
    signed.next(SEQUENCE)?; // subject
    signed.next_whole(SEQUENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_spelling_and_stay_within() {
        for (der, expect) in [
            (&[2, 1, 7][..], Some(&[7][..])),
            (&[2, 0], Some(&[])),
            (&[2, 2, 7], None),
            (&[2], None),
            (&[], None),
            (&[3, 1, 7], None),
            (&[2, 0x81, 1, 7], None),
            (&[2, 0x80, 7, 0, 0], None),
            (&[2, 0x82, 0, 1, 7], None),
            (&[2, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 7], None),
        ] {
            assert_eq!(Der(der).next(INTEGER), expect, "{der:?}");
        }
    }
}
