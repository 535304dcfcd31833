//! A token that is bound to a key is worth nothing without the key: its confirmation is proved, or the token refused.

use std::{error::Error as StdError, fmt};

use super::{AuthError, Grant};

/// A key to which a token is bound: a member of `cnf`, [RFC 7800, section 3.1].
///
/// It is unproved until a validator [says otherwise](super::GrantBuilder::prove).
///
/// # Security
/// The layer refuses a grant with an unproved confirmation, whichever validator or combinator made it. So no stack can
/// forget the proof, and a token bound to a key that this service does not understand is refused too.
///
/// # Examples
/// ```
/// use tower_postern::bearer::{Confirmation, ConfirmationMethod, Grant};
///
/// let bound = Grant::builder().confirmation(Confirmation::new(ConfirmationMethod::JwkThumbprint, "0ZcOCORZNYy…")).build();
/// assert!(!bound.confirmations()[0].is_proved());
///
/// let proved = bound.into_builder().prove(ConfirmationMethod::JwkThumbprint).build();
/// assert!(proved.confirmations()[0].is_proved());
/// ```
///
/// [RFC 7800, section 3.1]: https://www.rfc-editor.org/rfc/rfc7800#section-3.1
#[derive(Clone)]
pub struct Confirmation {
    method: ConfirmationMethod,
    value: Box<str>,
    proved: bool,
}

/// How a token is bound to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfirmationMethod {
    /// `x5t#S256`: the SHA-256 thumbprint of a certificate, [RFC 8705, section 3.1](https://www.rfc-editor.org/rfc/rfc8705#section-3.1).
    CertificateThumbprint,
    /// `jkt`: the SHA-256 thumbprint of a JWK, [RFC 9449, section 6.1](https://www.rfc-editor.org/rfc/rfc9449#section-6.1).
    JwkThumbprint,
    /// Any other.
    Other,
}

impl Confirmation {
    /// An unproved confirmation.
    pub fn new(method: ConfirmationMethod, value: impl Into<Box<str>>) -> Self {
        Self {
            method,
            value: value.into(),
            proved: false,
        }
    }

    /// How the token is bound.
    pub fn method(&self) -> ConfirmationMethod {
        self.method
    }

    /// The thumbprint; for [`Other`](ConfirmationMethod::Other) the name of the member.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether a validator has seen the proof.
    pub fn is_proved(&self) -> bool {
        self.proved
    }

    pub(super) fn prove(&mut self) {
        self.proved = true;
    }
}

/// Not the thumbprint: it follows a caller from token to token.
impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation")
            .field("method", &self.method)
            .field("proved", &self.proved)
            .finish_non_exhaustive()
    }
}

/// Refuses a grant with a confirmation that nobody proved.
pub(super) fn require_proof(grant: &Grant) -> Result<(), AuthError> {
    if grant.confirmations().iter().all(Confirmation::is_proved) {
        return Ok(());
    }
    let error = AuthError::invalid_token().with_static_source(&Unproved);
    Err(error.of_verified_token())
}

#[derive(Debug)]
struct Unproved;

impl fmt::Display for Unproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token is bound to a key (`cnf`), and no validator of this layer proves its possession")
    }
}

impl StdError for Unproved {}
