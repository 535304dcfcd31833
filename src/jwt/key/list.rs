//! Keys as they are given, before anything is made of them.

use std::{borrow::Cow, fmt};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{KeyProblem, KeySet, Material, RawKey, read_jwk, read_jwk_set, read_pem};
use crate::{
    ConfigError, ConfigErrorKind, Secret,
    jwt::{algorithm::AlgorithmSet, crypto::Backend},
    trace,
};

/// Keys, for a [`KeyHandle`](super::KeyHandle): secrets, or public keys.
///
/// A validator whose keys never change is given them by its [builder](crate::jwt::JwtValidatorBuilder), whose methods are the
/// same.
///
/// # Examples
/// ```
/// use tower_postern::jwt::{KeyHandle, KeyList};
///
/// assert!(KeyHandle::new(KeyList::new().hmac_secret("only an example: take random bytes")).is_ok());
/// assert!(KeyHandle::new(KeyList::new().hmac_secret("too short")).is_err());
/// assert!(KeyHandle::new(KeyList::new()).is_err());
/// ```
#[derive(Default)]
#[must_use = "nothing is checked before it is used"]
pub struct KeyList(Vec<Given>);

/// Keys as they were given, and by which setting.
struct Given {
    setting: &'static str,
    keys: Result<Vec<RawKey>, KeyProblem>,
}

impl KeyList {
    /// No key yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A secret that issuer and service share, for HS256, and for HS384 and HS512 where it is long enough.
    ///
    /// Given twice, both are tried: for the time of a change.
    ///
    /// # Errors
    /// Where it is used, that fails with [`ConfigErrorKind::Key`] where it is shorter than 32 bytes, or where there is a
    /// public key besides.
    ///
    /// # Security
    /// Whoever can check such tokens can make them. Prefer public keys where issuer and service are not one.
    pub fn hmac_secret(self, secret: impl Into<Secret>) -> Self {
        self.secret("hmac_secret", Ok(secret.into()))
    }

    /// The same, in base64 or base64url, padded or not.
    ///
    /// # Errors
    /// As [`hmac_secret`](Self::hmac_secret), and where the text is neither.
    pub fn hmac_secret_base64(self, secret: &str) -> Self {
        const CONFIG: GeneralPurposeConfig =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
        const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
        let bytes = STANDARD.decode(secret).or_else(|_| URL_SAFE.decode(secret));
        let secret = bytes.map(Secret::new).map_err(|_| KeyProblem::Base64);
        self.secret("hmac_secret_base64", secret)
    }

    fn secret(self, setting: &'static str, secret: Result<Secret, KeyProblem>) -> Self {
        let keys = secret.map(|secret| {
            vec![RawKey {
                kid: None,
                material: Material::Secret(secret),
                algorithms: AlgorithmSet::ALL,
                issuer: None,
            }]
        });
        self.given(setting, keys)
    }

    /// A key as a JWK, [RFC 7517, section 4](https://www.rfc-editor.org/rfc/rfc7517#section-4): JSON text.
    ///
    /// Its `use`, `key_ops`, `alg` and `crv` are honoured, and its `issuer`, where there is one: it is for tokens of that issuer
    /// alone.
    ///
    /// # Errors
    /// Where it is used, that fails with [`ConfigErrorKind::Key`] where it is malformed, private, weak or not for signatures.
    pub fn jwk(self, json: &str) -> Self {
        self.given("jwk", read_jwk(json).map(|key| vec![key]))
    }

    /// Keys as a JWK set, [RFC 7517, section 5](https://www.rfc-editor.org/rfc/rfc7517#section-5): JSON text.
    ///
    /// What is odd, weak or not for signatures is left out, with an event.
    ///
    /// # Errors
    /// Where it is used, that fails with [`ConfigErrorKind::Key`] where it is malformed, or where no key is left.
    pub fn jwk_set(self, json: &str) -> Self {
        let keys = read_jwk_set(json.as_bytes()).map(|keys| {
            let keys = keys.into_iter().filter_map(|key| match key {
                Ok(key) => key
                    .material
                    .algorithms()
                    .map(|_| key)
                    .map_err(left_out)
                    .ok(),
                Err(problem) => {
                    left_out(problem);
                    None
                }
            });
            keys.collect()
        });
        self.given("jwk_set", keys)
    }

    /// Public keys in PEM: `PUBLIC KEY`, `RSA PUBLIC KEY`, or `CERTIFICATE` (X.509).
    ///
    /// They have no `kid`, so they are tried whatever the token's is.
    ///
    /// # Errors
    /// Where it is used, that fails with [`ConfigErrorKind::Key`] where a key is malformed, private, weak or of another type.
    ///
    /// # Security
    /// Of a certificate the key alone is used: neither its validity nor who signed it is looked at.
    pub fn pem(self, pem: impl AsRef<[u8]>) -> Self {
        self.pem_text("pem", None, pem.as_ref())
    }

    /// The same, for tokens with that `kid` or with none.
    ///
    /// # Errors
    /// As [`pem`](Self::pem).
    pub fn pem_with_kid(self, kid: &str, pem: impl AsRef<[u8]>) -> Self {
        self.pem_text("pem_with_kid", Some(kid), pem.as_ref())
    }

    fn pem_text(self, setting: &'static str, kid: Option<&str>, pem: &[u8]) -> Self {
        let text = std::str::from_utf8(pem).map_err(|_| KeyProblem::Malformed);
        self.given(setting, text.and_then(|text| read_pem(text, kid)))
    }

    fn given(mut self, setting: &'static str, keys: Result<Vec<RawKey>, KeyProblem>) -> Self {
        self.0.push(Given { setting, keys });
        self
    }

    pub(in crate::jwt) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys, parsed; each for those of its algorithms that are accepted. `owns` says whether a key that names its issuer is
    /// one of those that are meant.
    pub(in crate::jwt) fn build(
        self,
        algorithms: AlgorithmSet,
        backend: Backend,
        owns: impl Fn(&str) -> bool,
    ) -> Result<KeySet, ConfigError> {
        let error = |message| Err(ConfigError::new(ConfigErrorKind::Key, message));
        let mut set = KeySet::default();
        let mut problem = None;
        for Given { setting, keys } in self.0 {
            for key in keys.map_err(|problem| key_error(setting, problem))? {
                let added = match &key.issuer {
                    Some(issuer) if !owns(issuer) => Err(KeyProblem::OtherIssuer),
                    Some(_) | None => set.add(key, algorithms, backend),
                };
                match added {
                    Ok(()) => {}
                    // Of a set, the others may do.
                    Err(found) if setting == "jwk_set" => {
                        left_out(found);
                        problem = Some(found);
                    }
                    Err(found) => return Err(key_error(setting, found)),
                }
            }
            if set.is_empty() {
                let message =
                    "of `jwk_set`: none can be used; give the set that the issuer publishes";
                return problem
                    .map_or_else(|| error(message), |found| Err(key_error(setting, found)));
            }
        }
        if set.is_empty() {
            return error("there is none; give one with `hmac_secret`, `jwk`, `jwk_set` or `pem`");
        }
        if set.is_mixed() {
            return error(
                "an HMAC secret and a public key are in one set; use two validators, one for each",
            );
        }
        Ok(set)
    }
}

/// How many settings, and nothing of the keys.
impl fmt::Debug for KeyList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyList")
            .field("settings", &self.0.len())
            .finish_non_exhaustive()
    }
}

fn left_out(problem: KeyProblem) {
    trace::warning!(
        reason = problem.as_str(),
        "a key of a JWK set is left out; tokens that name it are refused"
    );
}

fn key_error(setting: &'static str, problem: KeyProblem) -> ConfigError {
    let message = format!("of `{setting}` {}", problem.as_str());
    ConfigError::new(ConfigErrorKind::Key, Cow::Owned(message))
}
