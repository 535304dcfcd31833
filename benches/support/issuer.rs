//! An issuer for the benches, and the work that no validator can save.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
        ParsedPublicKey, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://id.example/realms/shop";
pub(crate) const AUDIENCE: &str = "https://api.example/orders";
pub(crate) const ALGORITHMS: [&str; 4] = ["HS256", "RS256", "ES256", "EdDSA"];

/// Claims as a service would have them read.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OwnedClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    pub(crate) exp: u64,
    pub(crate) iat: u64,
    pub(crate) jti: String,
    pub(crate) client_id: String,
    pub(crate) scope: String,
}

/// A key pair, and its public part, parsed once.
pub(crate) enum Key {
    Secret(Box<hmac::Key>, Vec<u8>),
    Rsa(RsaKeyPair, ParsedPublicKey),
    Ec(EcdsaKeyPair, ParsedPublicKey),
    Ed(Ed25519KeyPair, ParsedPublicKey),
}

impl Key {
    pub(crate) fn new(alg: &str) -> Self {
        match alg {
            "HS256" => {
                let mut secret = [0; 32];
                aws_lc_rs::rand::fill(&mut secret).expect("there is randomness");
                Self::secret(secret)
            }
            "RS256" => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key is made");
                let public = parse(&signature::RSA_PKCS1_2048_8192_SHA256, pair.public_key());
                Self::Rsa(pair, public)
            }
            "ES256" => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .expect("a key is made");
                let public = parse(&signature::ECDSA_P256_SHA256_FIXED, pair.public_key());
                Self::Ec(pair, public)
            }
            _ => {
                let pair = Ed25519KeyPair::generate().expect("a key is made");
                let public = parse(&signature::ED25519, pair.public_key());
                Self::Ed(pair, public)
            }
        }
    }

    /// A secret, for `HS256`. Its tokens are the same in each run.
    pub(crate) fn secret(bytes: [u8; 32]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        Self::Secret(Box::new(key), bytes.to_vec())
    }

    pub(crate) fn alg(&self) -> &'static str {
        match self {
            Self::Secret(..) => "HS256",
            Self::Rsa(..) => "RS256",
            Self::Ec(..) => "ES256",
            Self::Ed(..) => "EdDSA",
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Secret(key, _) => hmac::sign(key, message).as_ref().to_vec(),
            Self::Rsa(pair, _) => {
                let mut bytes = vec![0; pair.public_modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut bytes)
                    .expect("it signs");
                bytes
            }
            Self::Ec(pair, _) => {
                let signature = pair.sign(&random, message).expect("it signs");
                signature.as_ref().to_vec()
            }
            Self::Ed(pair, _) => pair.sign(message).as_ref().to_vec(),
        }
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Secret(key, _) => hmac::verify(key, message, signature).is_ok(),
            Self::Rsa(_, public) | Self::Ec(_, public) | Self::Ed(_, public) => {
                public.verify_sig(message, signature).is_ok()
            }
        }
    }

    pub(crate) fn jwk(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match self {
            Self::Secret(_, secret) => json!({ "kty": "oct", "k": encode(secret) }),
            Self::Rsa(pair, _) => {
                let key = pair.public_key();
                json!({
                    "kty": "RSA",
                    "n": encode(key.modulus().big_endian_without_leading_zero()),
                    "e": encode(key.exponent().big_endian_without_leading_zero()),
                })
            }
            Self::Ec(pair, _) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]) })
            }
            Self::Ed(pair, _) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()) })
            }
        };
        jwk["kid"] = json!("2026-11-24-a");
        jwk.to_string()
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        let header =
            json!({ "alg": self.alg(), "typ": "at+jwt", "kid": "2026-11-24-a" }).to_string();
        let encode = |bytes: &str| URL_SAFE_NO_PAD.encode(bytes);
        let signed = format!("{}.{}", encode(&header), encode(&claims.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// What every validator must do at least: decode, verify, read the claims once.
    pub(crate) fn verify_and_parse(&self, token: &str) -> Option<OwnedClaims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (_, payload) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        if !self.verify(signed.as_bytes(), &signature) {
            return None;
        }
        serde_json::from_slice(&payload).ok()
    }
}

fn parse(
    algorithm: &'static dyn signature::VerificationAlgorithm,
    key: impl AsRef<[u8]>,
) -> ParsedPublicKey {
    ParsedPublicKey::new(algorithm, key).expect("it is a key")
}

/// Claims that are good until 2100.
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "6f3a1c5e-6d1b-4b0e-9a53-2f0d1b7f7a11",
        "aud": AUDIENCE,
        "exp": 4_102_444_800_u64,
        "iat": 1_760_000_000_u64,
        "jti": "0c1d2e3f-4a5b-6c7d-8e9f-0a1b2c3d4e5f",
        "client_id": "web-shop",
        "scope": "orders:read orders:write profile",
    })
}

pub(crate) fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}
