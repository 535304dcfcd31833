//! Picks the signature backend: the one file that asks which are on.
//!
//! Both may be, and then `jsonwebtoken`'s own choice panics. So it is never asked: the provider is named.

use std::sync::Arc;

use super::{
    algorithm::Algorithm,
    key::{KeyProblem, Material},
};
use crate::{ConfigError, ConfigErrorKind};

/// Who checks signatures.
#[derive(Clone, Copy)]
pub(super) struct Backend {
    feature: &'static str,
    parse: fn(&Material, Algorithm) -> Parsed,
    sha256: fn(&[u8]) -> [u8; 32],
}

type Parsed = Result<Arc<dyn Verify>, KeyProblem>;

impl Backend {
    /// Those that are on, the fastest first.
    const ALL: &[Self] = &[
        #[cfg(feature = "aws-lc-rs")]
        Self {
            feature: "aws-lc-rs",
            parse: aws::parse,
            sha256: aws::sha256,
        },
        #[cfg(feature = "rust-crypto")]
        Self {
            feature: "rust-crypto",
            parse: rust::parse,
            sha256: rust::sha256,
        },
    ];

    pub(super) fn preferred() -> Result<Self, ConfigError> {
        Self::ALL.first().copied().ok_or_else(|| {
            let message = "there is none; turn on the cargo feature `aws-lc-rs` or `rust-crypto` of `tower-postern`";
            ConfigError::new(ConfigErrorKind::Backend, message)
        })
    }

    pub(super) fn sha256(self, bytes: &[u8]) -> [u8; 32] {
        (self.sha256)(bytes)
    }

    /// The one of that feature, for tests that compare them.
    pub(super) fn named(feature: &str) -> Result<Self, ConfigError> {
        let mut all = Self::ALL.iter();
        all.find(|one| one.feature == feature)
            .copied()
            .ok_or_else(|| ConfigError::new(ConfigErrorKind::Backend, "is not turned on"))
    }
}

/// A key, parsed once, for one algorithm.
#[derive(Clone)]
pub(super) struct Verifier(Arc<dyn Verify>);

/// What a backend makes of a key.
trait Verify: Send + Sync {
    /// Whether `signature` is that of `message`.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool;
}

impl Verifier {
    pub(super) fn new(
        material: &Material,
        algorithm: Algorithm,
        backend: Backend,
    ) -> Result<Self, KeyProblem> {
        (backend.parse)(material, algorithm).map(Self)
    }

    /// Whether `signature` is that of `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verifies(message, signature)
    }
}

#[cfg(feature = "aws-lc-rs")]
mod aws {
    use std::sync::Arc;

    use aws_lc_rs::{
        digest, hmac,
        signature::{self, ParsedPublicKey, VerificationAlgorithm},
    };

    use super::{Algorithm, KeyProblem, Material, Parsed, Verify};

    impl Verify for ParsedPublicKey {
        fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
            self.verify_sig(message, signature).is_ok()
        }
    }

    impl Verify for hmac::Key {
        fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
            hmac::verify(self, message, signature).is_ok()
        }
    }

    pub(super) fn parse(material: &Material, algorithm: Algorithm) -> Parsed {
        let algorithm: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::HS256 => return secret(hmac::HMAC_SHA256, material),
            Algorithm::HS384 => return secret(hmac::HMAC_SHA384, material),
            Algorithm::HS512 => return secret(hmac::HMAC_SHA512, material),
            Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
            Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
            Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED,
            Algorithm::EdDSA | Algorithm::Ed25519 => &signature::ED25519,
        };
        let parsed = match material {
            Material::Secret(_) => return Err(KeyProblem::Algorithm),
            Material::Rsa { modulus, exponent } => {
                ParsedPublicKey::new(algorithm, rsa_public_key(modulus, exponent))
            }
            Material::P256(point) | Material::P384(point) => ParsedPublicKey::new(algorithm, point),
            Material::Ed25519(point) => ParsedPublicKey::new(algorithm, point),
        };
        Ok(Arc::new(parsed.map_err(|_| KeyProblem::BadPoint)?))
    }

    pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
        let digest = digest::digest(&digest::SHA256, bytes);
        // It is as long as that.
        digest.as_ref().try_into().unwrap_or_default()
    }

    fn secret(algorithm: hmac::Algorithm, material: &Material) -> Parsed {
        let Material::Secret(secret) = material else {
            return Err(KeyProblem::Algorithm);
        };
        Ok(Arc::new(hmac::Key::new(algorithm, secret.expose())))
    }

    /// `RSAPublicKey` in DER, [RFC 8017, appendix A.1.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1).
    fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        tagged(0x30, &[integer(modulus), integer(exponent)].concat())
    }

    fn integer(number: &[u8]) -> Vec<u8> {
        match number {
            [0x80..=0xFF, ..] => tagged(2, &[&[0], number].concat()),
            _ => tagged(2, number),
        }
    }

    fn tagged(tag: u8, contents: &[u8]) -> Vec<u8> {
        let size = u16::try_from(contents.len())
            .unwrap_or(u16::MAX)
            .to_be_bytes();
        let header: &[u8] = match size {
            [0, short @ 0..=0x7F] => &[tag, short],
            [0, byte] => &[tag, 0x81, byte],
            [high, low] => &[tag, 0x82, high, low],
        };
        [header, contents].concat()
    }
}

#[cfg(feature = "rust-crypto")]
mod rust {
    use std::sync::Arc;

    use jsonwebtoken::{
        Algorithm as Name, DecodingKey,
        crypto::{CryptoProvider, JwtVerifier, rust_crypto::DEFAULT_PROVIDER},
        jwk::ThumbprintHash,
    };

    use super::{Algorithm, KeyProblem, Material, Parsed, Verify};

    /// What its `rsa` takes.
    const MAX_RSA_BITS: usize = 4096;

    /// The verifiers of `jsonwebtoken` cannot be shared between threads, so one is made for each token. That costs
    /// nothing to speak of beside what this backend needs for a signature.
    struct Key {
        name: Name,
        key: DecodingKey,
    }

    impl Key {
        fn verifier(&self) -> Option<Box<dyn JwtVerifier>> {
            const PROVIDER: &CryptoProvider = &DEFAULT_PROVIDER;
            (PROVIDER.verifier_factory)(&self.name, &self.key).ok()
        }
    }

    impl Verify for Key {
        fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
            self.verifier()
                .is_some_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
        }
    }

    pub(super) fn parse(material: &Material, algorithm: Algorithm) -> Parsed {
        let key = match material {
            Material::Secret(secret) => DecodingKey::from_secret(secret.expose()),
            Material::Rsa { .. } if material.rsa_bits() > MAX_RSA_BITS => {
                return Err(KeyProblem::LongRsa);
            }
            Material::Rsa { modulus, exponent } => {
                DecodingKey::from_rsa_raw_components(modulus, exponent)
            }
            Material::P256(point) | Material::P384(point) => DecodingKey::from_ec_der(point),
            Material::Ed25519(point) => DecodingKey::from_ed_der(point),
        };
        let key = Key {
            name: name(algorithm),
            key,
        };
        key.verifier().ok_or(KeyProblem::BadPoint)?;
        Ok(Arc::new(key))
    }

    pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
        let digest = (DEFAULT_PROVIDER.key_utils.compute_digest)(bytes, ThumbprintHash::SHA256);
        // It cannot fail, and is as long as that.
        digest
            .ok()
            .and_then(|digest| digest.try_into().ok())
            .unwrap_or_default()
    }

    fn name(algorithm: Algorithm) -> Name {
        match algorithm {
            Algorithm::HS256 => Name::HS256,
            Algorithm::HS384 => Name::HS384,
            Algorithm::HS512 => Name::HS512,
            Algorithm::RS256 => Name::RS256,
            Algorithm::RS384 => Name::RS384,
            Algorithm::RS512 => Name::RS512,
            Algorithm::PS256 => Name::PS256,
            Algorithm::PS384 => Name::PS384,
            Algorithm::PS512 => Name::PS512,
            Algorithm::ES256 => Name::ES256,
            Algorithm::ES384 => Name::ES384,
            // The same bytes under another name.
            Algorithm::EdDSA | Algorithm::Ed25519 => Name::EdDSA,
        }
    }
}

#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    /// [RFC 8037, appendix A.4](https://www.rfc-editor.org/rfc/rfc8037#appendix-A.4): its payload is no JSON, so it is no JWT.
    #[test]
    fn the_example_of_rfc_8037_verifies_with_each_backend() {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let point = decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let material = Material::Ed25519(point.try_into().unwrap());
        let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = decode(
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        );
        for backend in Backend::ALL {
            for algorithm in [Algorithm::EdDSA, Algorithm::Ed25519] {
                let key = Verifier::new(&material, algorithm, *backend).unwrap();
                assert!(
                    key.verifies(signed.as_bytes(), &signature),
                    "{}",
                    backend.feature
                );
                assert!(!key.verifies(&signed.as_bytes()[1..], &signature));
            }
        }
    }

    #[test]
    fn each_backend_hashes_the_same() {
        // FIPS 180-4, "abc".
        for backend in Backend::ALL {
            let hash = backend.sha256(b"abc");
            assert_eq!(hash[..4], [0xBA, 0x78, 0x16, 0xBF], "{}", backend.feature);
            assert_eq!(hash[28..], [0xF2, 0x00, 0x15, 0xAD]);
        }
    }
}
