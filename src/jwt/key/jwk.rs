//! JSON Web Keys, [RFC 7517](https://www.rfc-editor.org/rfc/rfc7517).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

use super::{KeyProblem, Material, RawKey};
use crate::jwt::algorithm::{Algorithm, AlgorithmSet, Family};

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<Box<str>>,
    alg: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    k: Option<String>,
    d: Option<Value>,
    issuer: Option<Box<str>>,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Value>,
}

/// One key.
pub(in crate::jwt) fn read_jwk(json: &str) -> Result<RawKey, KeyProblem> {
    read(serde_json::from_str(json).map_err(|_| KeyProblem::Malformed)?)
}

/// All keys of a set, each for itself: an odd one does not spoil the others.
pub(in crate::jwt) fn read_jwk_set(
    json: &[u8],
) -> Result<Vec<Result<RawKey, KeyProblem>>, KeyProblem> {
    let set: JwkSet = serde_json::from_slice(json).map_err(|_| KeyProblem::Malformed)?;
    Ok(set.keys.into_iter().map(read).collect())
}

fn read(json: Value) -> Result<RawKey, KeyProblem> {
    let jwk: Jwk = serde_json::from_value(json).map_err(|_| KeyProblem::Malformed)?;
    if jwk.d.is_some() {
        return Err(KeyProblem::Private);
    }
    let signs = jwk.r#use.as_ref().is_none_or(|one| one == "sig");
    let verifies = jwk
        .key_ops
        .as_ref()
        .is_none_or(|all| all.iter().any(|one| one == "verify"));
    if !signs || !verifies {
        return Err(KeyProblem::ForOtherUse);
    }
    let material = match jwk.kty.as_str() {
        "oct" => Material::Secret(decode(jwk.k.as_ref())?.into()),
        "RSA" => Material::rsa(&decode(jwk.n.as_ref())?, &decode(jwk.e.as_ref())?),
        "EC" => match jwk.crv.as_deref() {
            Some("P-256") => Material::P256(point(&jwk)?),
            Some("P-384") => Material::P384(point(&jwk)?),
            _ => return Err(KeyProblem::Unsupported),
        },
        "OKP" => match jwk.crv.as_deref() {
            Some("Ed25519") => Material::Ed25519(
                decode(jwk.x.as_ref())?
                    .try_into()
                    .map_err(|_| KeyProblem::BadPoint)?,
            ),
            _ => return Err(KeyProblem::Unsupported),
        },
        _ => return Err(KeyProblem::Unsupported),
    };
    Ok(RawKey {
        kid: jwk.kid,
        algorithms: bound_to(jwk.alg.as_deref(), &material)?,
        material,
        issuer: jwk.issuer,
    })
}

/// What `alg` binds a key to. A name that is not known binds it to nothing that we could use.
fn bound_to(alg: Option<&str>, material: &Material) -> Result<AlgorithmSet, KeyProblem> {
    let Some(alg) = alg else {
        return Ok(AlgorithmSet::ALL);
    };
    let algorithm = Algorithm::from_name(alg).ok_or(KeyProblem::ForOtherUse)?;
    if algorithm.family() != material.family() {
        return Err(KeyProblem::Algorithm);
    }
    if algorithm.family() == Family::Ed25519 {
        return Ok(AlgorithmSet::of_family(Family::Ed25519)); // two names of one algorithm
    }
    Ok([algorithm].into_iter().collect())
}

fn decode(text: Option<&String>) -> Result<Vec<u8>, KeyProblem> {
    let text = text.ok_or(KeyProblem::Malformed)?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| KeyProblem::Malformed)
}

/// Uncompressed: 4, x, y, both of the same length.
fn point(jwk: &Jwk) -> Result<Vec<u8>, KeyProblem> {
    let (x, y) = (decode(jwk.x.as_ref())?, decode(jwk.y.as_ref())?);
    if x.len() != y.len() {
        return Err(KeyProblem::BadPoint);
    }
    Ok([&[4][..], &x, &y].concat())
}
