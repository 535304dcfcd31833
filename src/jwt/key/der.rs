//! As much of DER as public keys are written in: [RFC 5280, section 4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1),
//! [RFC 8017, appendix A.1.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1).

use super::{KeyProblem, Material};
use crate::jwt::algorithm::{Algorithm, AlgorithmSet};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;

const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const RSASSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
const P384: &[u8] = &[0x2B, 0x81, 4, 0, 0x22];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

type Read = Result<(Material, AlgorithmSet), KeyProblem>;

/// What is left to read.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The contents of the next value, which is of that type.
    fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
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
            _ => return None, // no key needs more than 64 KiB
        };
        let (contents, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some(contents)
    }

    /// Whether the next value is of that type; it is read, if so.
    fn skip(&mut self, tag: u8) -> bool {
        self.next(tag).is_some()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `SubjectPublicKeyInfo`.
pub(super) fn spki(der: &[u8]) -> Read {
    let malformed = KeyProblem::Malformed;
    let mut outer = Der(der);
    let contents = outer.next(SEQUENCE).ok_or(malformed)?;
    if !outer.is_empty() {
        return Err(malformed);
    }
    spki_contents(contents)
}

fn spki_contents(contents: &[u8]) -> Read {
    let malformed = KeyProblem::Malformed;
    let mut info = Der(contents);
    let mut algorithm = Der(info.next(SEQUENCE).ok_or(malformed)?);
    let [0, key @ ..] = info.next(BIT_STRING).ok_or(malformed)? else {
        return Err(malformed);
    };
    if !info.is_empty() {
        return Err(malformed);
    }
    let oid = algorithm.next(OID).ok_or(malformed)?;
    match oid {
        RSA_ENCRYPTION => {
            let parameters = algorithm.is_empty() || algorithm.skip(NULL);
            if !parameters || !algorithm.is_empty() {
                return Err(malformed);
            }
            rsa(key)
        }
        RSASSA_PSS => {
            let (material, _) = rsa(key)?;
            let pss = [Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];
            Ok((material, pss.into_iter().collect()))
        }
        EC_PUBLIC_KEY => {
            let material = match algorithm.next(OID) {
                Some(P256) => Material::P256(key.to_vec()),
                Some(P384) => Material::P384(key.to_vec()),
                _ => return Err(KeyProblem::Unsupported),
            };
            Ok((material, AlgorithmSet::ALL))
        }
        ED25519 => {
            let point = key.try_into().map_err(|_| malformed)?;
            Ok((Material::Ed25519(point), AlgorithmSet::ALL))
        }
        _ => Err(KeyProblem::Unsupported),
    }
}

/// `RSAPublicKey`.
pub(super) fn rsa(der: &[u8]) -> Read {
    let read = || {
        let mut outer = Der(der);
        let mut key = Der(outer.next(SEQUENCE)?);
        let (modulus, exponent) = (key.next(INTEGER)?, key.next(INTEGER)?);
        (outer.is_empty() && key.is_empty()).then(|| Material::rsa(modulus, exponent))
    };
    let material = read().ok_or(KeyProblem::Malformed)?;
    Ok((material, AlgorithmSet::ALL))
}

/// The key of an X.509 `Certificate`. Neither its times nor who signed it are looked at: it was configured.
pub(super) fn certificate(der: &[u8]) -> Read {
    let find = || {
        let mut certificate = Der(Der(der).next(SEQUENCE)?);
        let mut signed = Der(certificate.next(SEQUENCE)?);
        signed.skip(VERSION);
        signed.next(INTEGER)?; // serial number
        signed.next(SEQUENCE)?; // signature algorithm
        signed.next(SEQUENCE)?; // issuer
        signed.next(SEQUENCE)?; // validity
        signed.next(SEQUENCE)?; // subject
        signed.next(SEQUENCE)
    };
    spki_contents(find().ok_or(KeyProblem::Malformed)?)
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
