//! PEM, [RFC 7468](https://www.rfc-editor.org/rfc/rfc7468).

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{KeyProblem, RawKey, der};

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// All public keys and certificates of a text; at least one.
pub(in crate::jwt) fn read_pem(text: &str, kid: Option<&str>) -> Result<Vec<RawKey>, KeyProblem> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some((_, block)) = rest.split_once(BEGIN) {
        let (label, block) = block.split_once(DASHES).ok_or(KeyProblem::Malformed)?;
        let (body, after) = block
            .split_once(&format!("-----END {label}-----"))
            .ok_or(KeyProblem::Malformed)?;
        rest = after;
        let body: Vec<u8> = body
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let der = STANDARD.decode(body).map_err(|_| KeyProblem::Malformed)?;
        let (material, algorithms) = match label {
            "PUBLIC KEY" => der::spki(&der)?,
            "RSA PUBLIC KEY" => der::rsa(&der)?,
            "CERTIFICATE" | "X509 CERTIFICATE" => der::certificate(&der)?,
            label if label.ends_with("PRIVATE KEY") => return Err(KeyProblem::Private),
            _ => return Err(KeyProblem::NotForPem),
        };
        keys.push(RawKey {
            kid: kid.map(Into::into),
            material,
            algorithms,
            issuer: None,
        });
    }
    if keys.is_empty() {
        return Err(KeyProblem::Malformed);
    }
    Ok(keys)
}
