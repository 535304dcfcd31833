//! What a key consists of, and which ones are too weak.

use std::fmt;

use super::edwards;
use crate::{
    Secret,
    jwt::algorithm::{Algorithm, AlgorithmSet, Family},
};

/// The public part of a key pair, or a secret.
#[derive(Clone)]
pub(in crate::jwt) enum Material {
    Secret(Secret),
    Rsa {
        /// Without leading zeros, as `exponent`.
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// A point, uncompressed: 4, x, y.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519([u8; 32]),
}

/// Why a key is not used. The text is for whoever configured it, and holds nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::jwt) enum KeyProblem {
    Algorithm,
    BadPoint,
    Base64,
    Exponent,
    ForOtherUse,
    LongRsa,
    Malformed,
    NotForPem,
    OtherIssuer,
    Private,
    ShortRsa,
    ShortSecret,
    Unsupported,
}

impl KeyProblem {
    pub(in crate::jwt) fn as_str(self) -> &'static str {
        match self {
            Self::Algorithm => {
                "is for none of the accepted algorithms; name the one it is for in `algorithms`"
            }
            Self::BadPoint => {
                "is not a point of its curve that can be a public key; take another key"
            }
            Self::Base64 => "is neither base64 nor base64url; encode the secret's bytes",
            Self::Exponent => "has a bad RSA exponent; take a key with 65537",
            Self::ForOtherUse => {
                "is not for checking signatures: `use` or `key_ops`; take the one that is"
            }
            Self::LongRsa => {
                "is an RSA key longer than the signature backend takes; take one of 2048 to 4096 bits"
            }
            Self::Malformed => {
                "is malformed; give a JWK, a JWK set or a PEM text as the issuer publishes it"
            }
            Self::NotForPem => {
                "is in a PEM block that holds no public key; give `PUBLIC KEY`, `RSA PUBLIC KEY` or `CERTIFICATE`"
            }
            Self::OtherIssuer => {
                "is another issuer's: `issuer`; give one of the issuer whose tokens are checked"
            }
            Self::Private => {
                "is private; give the public part, and keep the private one where tokens are signed"
            }
            Self::ShortRsa => {
                "is an RSA key of less than 2048 bits, or an even one; take a longer one"
            }
            Self::ShortSecret => {
                "is a secret shorter than the hash; take at least 32 random bytes for HS256, 48 for HS384, 64 for HS512"
            }
            Self::Unsupported => {
                "is of a type or on a curve that is not supported; take RSA, P-256, P-384 or Ed25519"
            }
        }
    }
}

impl Material {
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self::Rsa {
            modulus: without_leading_zeros(modulus).to_vec(),
            exponent: without_leading_zeros(exponent).to_vec(),
        }
    }

    pub(in crate::jwt) fn family(&self) -> Family {
        match self {
            Self::Secret(_) => Family::Hmac,
            Self::Rsa { .. } => Family::Rsa,
            Self::P256(_) => Family::P256,
            Self::P384(_) => Family::P384,
            Self::Ed25519(_) => Family::Ed25519,
        }
    }

    /// The algorithms that this key is strong enough for. Which points are on their curve, the backend says.
    pub(in crate::jwt) fn algorithms(&self) -> Result<AlgorithmSet, KeyProblem> {
        let all = AlgorithmSet::of_family(self.family());
        match self {
            Self::Secret(secret) => {
                let len = secret.expose().len();
                let strong: AlgorithmSet =
                    all.iter().filter(|one| one.secret_len() <= len).collect();
                if strong.is_empty() {
                    return Err(KeyProblem::ShortSecret);
                }
                Ok(strong)
            }
            Self::Rsa { modulus, exponent } => {
                if self.rsa_bits() < 2048 || !is_odd(modulus) {
                    return Err(KeyProblem::ShortRsa);
                }
                if self.rsa_bits() > 8192 {
                    return Err(KeyProblem::LongRsa);
                }
                // 1 signs everything by itself; an even one has no inverse; longer ones only cost time.
                if !is_odd(exponent) || !(2..=33).contains(&bits(exponent)) {
                    return Err(KeyProblem::Exponent);
                }
                Ok(all)
            }
            Self::P256(point) => sec1(point, 32).map(|()| all),
            Self::P384(point) => sec1(point, 48).map(|()| all),
            Self::Ed25519(point) => {
                if edwards::is_public_key(point) {
                    Ok(all)
                } else {
                    Err(KeyProblem::BadPoint)
                }
            }
        }
    }

    /// How long the modulus is; 0 for all that is not RSA.
    pub(in crate::jwt) fn rsa_bits(&self) -> usize {
        match self {
            Self::Rsa { modulus, .. } => bits(modulus),
            Self::Secret(_) | Self::P256(_) | Self::P384(_) | Self::Ed25519(_) => 0,
        }
    }

    /// Whether this is shorter than `algorithm` needs, though it is of its family.
    pub(in crate::jwt) fn is_short_for(&self, algorithm: Algorithm) -> bool {
        matches!(self, Self::Secret(secret) if secret.expose().len() < algorithm.secret_len())
    }
}

/// Nothing of the key: it may be a secret.
impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.family().fmt(f)
    }
}

fn sec1(point: &[u8], coordinate: usize) -> Result<(), KeyProblem> {
    match point {
        [4, rest @ ..] if rest.len() == 2 * coordinate => Ok(()),
        _ => Err(KeyProblem::BadPoint),
    }
}

fn bits(number: &[u8]) -> usize {
    match without_leading_zeros(number) {
        [] => 0,
        [first, rest @ ..] => {
            let head = u8::BITS.saturating_sub(first.leading_zeros());
            rest.len() * 8 + usize::try_from(head).unwrap_or(8)
        }
    }
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last & 1 == 1)
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_keys_are_refused() {
        let rsa = |bits: usize, exponent: &[u8]| {
            let mut modulus = vec![0xFF; bits / 8];
            modulus[0] >>= (8 - bits % 8) % 8;
            Material::rsa(&modulus, exponent)
        };
        let e = &[1, 0, 1][..];
        let cases: &[(&str, Material, Result<usize, KeyProblem>)] = &[
            (
                "31 bytes",
                Material::Secret(vec![1; 31].into()),
                Err(KeyProblem::ShortSecret),
            ),
            ("32 bytes", Material::Secret(vec![1; 32].into()), Ok(1)),
            ("47 bytes", Material::Secret(vec![1; 47].into()), Ok(1)),
            ("48 bytes", Material::Secret(vec![1; 48].into()), Ok(2)),
            ("64 bytes", Material::Secret(vec![1; 64].into()), Ok(3)),
            ("2048 bits", rsa(2048, e), Ok(6)),
            ("1024 bits", rsa(1024, e), Err(KeyProblem::ShortRsa)),
            ("2040 bits", rsa(2040, e), Err(KeyProblem::ShortRsa)),
            ("8192 bits", rsa(8192, e), Ok(6)),
            ("8200 bits", rsa(8200, e), Err(KeyProblem::LongRsa)),
            (
                "even modulus",
                Material::rsa(&[0xFE; 256], e),
                Err(KeyProblem::ShortRsa),
            ),
            (
                "leading zeros do not count",
                Material::rsa(&[&[0; 128][..], &[0xFF; 128]].concat(), e),
                Err(KeyProblem::ShortRsa),
            ),
            (
                "no modulus",
                Material::rsa(&[], e),
                Err(KeyProblem::ShortRsa),
            ),
            ("exponent 0", rsa(2048, &[]), Err(KeyProblem::Exponent)),
            ("exponent 1", rsa(2048, &[1]), Err(KeyProblem::Exponent)),
            ("exponent 2", rsa(2048, &[2]), Err(KeyProblem::Exponent)),
            ("exponent 3", rsa(2048, &[3]), Ok(6)),
            (
                "exponent 65536",
                rsa(2048, &[1, 0, 0]),
                Err(KeyProblem::Exponent),
            ),
            (
                "exponent of 34 bits",
                rsa(2048, &[2, 0, 0, 0, 1]),
                Err(KeyProblem::Exponent),
            ),
            (
                "compressed point",
                Material::P256(vec![2; 33]),
                Err(KeyProblem::BadPoint),
            ),
            (
                "point of another length",
                Material::P256(vec![4; 97]),
                Err(KeyProblem::BadPoint),
            ),
            (
                "Ed25519, order 1",
                Material::Ed25519({
                    let mut p = [0; 32];
                    p[0] = 1;
                    p
                }),
                Err(KeyProblem::BadPoint),
            ),
        ];
        for (name, material, expect) in cases {
            let found = material.algorithms().map(|set| set.iter().count());
            assert_eq!(found, *expect, "{name}");
        }
    }
}
