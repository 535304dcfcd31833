//! Public keys in DER: [RFC 5280, section 4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1),
//! [RFC 8017, appendix A.1.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1).

use super::{KeyProblem, Material};
use crate::{
    der::{Der, INTEGER, SEQUENCE, public_key_info},
    jwt::algorithm::{Algorithm, AlgorithmSet},
};

const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OID: u8 = 0x06;

const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const RSASSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
const P384: &[u8] = &[0x2B, 0x81, 4, 0, 0x22];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

type Read = Result<(Material, AlgorithmSet), KeyProblem>;

/// `SubjectPublicKeyInfo`.
pub(super) fn spki(der: &[u8]) -> Read {
    let malformed = KeyProblem::Malformed;
    let mut outer = Der(der);
    let mut info = Der(outer.next(SEQUENCE).ok_or(malformed)?);
    let mut algorithm = Der(info.next(SEQUENCE).ok_or(malformed)?);
    let [0, key @ ..] = info.next(BIT_STRING).ok_or(malformed)? else {
        return Err(malformed);
    };
    if !info.is_empty() || !outer.is_empty() {
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
    spki(public_key_info(der).ok_or(KeyProblem::Malformed)?)
}
