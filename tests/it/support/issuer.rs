//! An issuer: keys of its own for each run, and a signature under any header and claims.

use std::sync::OnceLock;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const AUDIENCE: &str = "orders";

/// A key that signs.
#[derive(Debug)]
pub(crate) enum SigningKey {
    Secret(Vec<u8>),
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// 64 random bytes: long enough for each hash.
    pub(crate) fn secret() -> Self {
        let mut bytes = vec![0; 64];
        aws_lc_rs::rand::fill(&mut bytes).unwrap();
        Self::Secret(bytes)
    }

    /// The RSA key of this run: making one takes long.
    pub(crate) fn rsa() -> &'static Self {
        static KEY: OnceLock<SigningKey> = OnceLock::new();
        KEY.get_or_init(Self::new_rsa)
    }

    pub(crate) fn new_rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub(crate) fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(crate) fn p384() -> Self {
        Self::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap())
    }

    pub(crate) fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    /// A key for that algorithm.
    pub(crate) fn for_algorithm(alg: &str) -> Self {
        match alg {
            "HS256" | "HS384" | "HS512" => Self::secret(),
            "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => {
                let Self::Rsa(key) = Self::rsa() else {
                    unreachable!()
                };
                let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(key);
                Self::Rsa(RsaKeyPair::from_pkcs8(pkcs8.unwrap().as_ref()).unwrap())
            }
            "ES256" => Self::p256(),
            "ES384" => Self::p384(),
            "EdDSA" | "Ed25519" => Self::ed25519(),
            other => panic!("no key for {other}"),
        }
    }

    pub(crate) fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match (self, alg) {
            (Self::Secret(secret), _) => {
                let hash = match alg {
                    "HS384" => hmac::HMAC_SHA384,
                    "HS512" => hmac::HMAC_SHA512,
                    _ => hmac::HMAC_SHA256,
                };
                let tag = hmac::sign(&hmac::Key::new(hash, secret), message);
                tag.as_ref().to_vec()
            }
            (Self::Rsa(key), _) => {
                let padding: &'static dyn RsaEncoding = match alg {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    "PS512" => &signature::RSA_PSS_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut bytes = vec![0; key.public_modulus_len()];
                key.sign(padding, &random, message, &mut bytes).unwrap();
                bytes
            }
            (Self::P256(key) | Self::P384(key), _) => {
                key.sign(&random, message).unwrap().as_ref().to_vec()
            }
            (Self::Ed25519(key), _) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// A token with that header and those claims, to the byte; `alg` says how it is really signed.
    pub(crate) fn token_as(&self, alg: &str, header: &str, claims: impl AsRef<[u8]>) -> String {
        let signed = format!("{}.{}", base64url(header), base64url(claims));
        let signature = self.sign(alg, signed.as_bytes());
        format!("{signed}.{}", base64url(signature))
    }

    /// A token with that header and those claims, signed as the header says.
    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        let alg = header["alg"].as_str().unwrap_or_default();
        self.token_as(alg, &header.to_string(), claims.to_string())
    }

    /// The key for those who check: public, but for a secret.
    pub(crate) fn jwk(&self) -> Value {
        let coordinates = |point: &[u8]| {
            let (x, y) = point[1..].split_at(point.len() / 2);
            (base64url(x), base64url(y))
        };
        match self {
            Self::Secret(secret) => json!({ "kty": "oct", "k": base64url(secret) }),
            Self::Rsa(key) => {
                let key = key.public_key();
                let (n, e) = (key.modulus(), key.exponent());
                json!({
                    "kty": "RSA",
                    "n": base64url(n.big_endian_without_leading_zero()),
                    "e": base64url(e.big_endian_without_leading_zero()),
                })
            }
            Self::P256(key) => {
                let (x, y) = coordinates(key.public_key().as_ref());
                json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
            }
            Self::P384(key) => {
                let (x, y) = coordinates(key.public_key().as_ref());
                json!({ "kty": "EC", "crv": "P-384", "x": x, "y": y })
            }
            Self::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_key()) })
            }
        }
    }

    pub(crate) fn jwk_with(&self, members: &Value) -> Value {
        let mut jwk = self.jwk();
        for (name, value) in members.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        jwk
    }

    /// `SubjectPublicKeyInfo`.
    pub(crate) fn pem(&self) -> String {
        let der = match self {
            Self::Secret(_) => panic!("a secret has no public part"),
            Self::Rsa(key) => key.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::P256(key) | Self::P384(key) => {
                let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
                der.as_ref().to_vec()
            }
            Self::Ed25519(key) => {
                let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
                der.as_ref().to_vec()
            }
        };
        pem("PUBLIC KEY", &der)
    }
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<_> = body
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The time of the tests: 2033-05-18.
pub(crate) const NOW: u64 = 2_000_000_000;

/// Claims that are good at [`NOW`].
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ann",
        "client_id": "shop",
        "iat": NOW - 10,
        "exp": NOW + 300,
        "jti": "42",
        "scope": "orders:read orders:write",
    })
}

/// The same with other members; `null` takes one out.
pub(crate) fn claims_with(members: &Value) -> Value {
    let mut claims = claims();
    let all = claims.as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    claims
}
