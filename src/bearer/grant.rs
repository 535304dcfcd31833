//! What an access token grants, whatever the identity is.

use std::{fmt, sync::Arc, time::SystemTime};

use super::{Confirmation, ScopeSet};

/// What was granted: to whom, by whom, for what, until when.
///
/// It is not generic, so that policies, [scope rules](crate::rule::scope), [`RequireLayer`](super::RequireLayer) and
/// hooks can read it whatever the identity is. A clone copies nothing. It is made by validators, with
/// [`builder`](Self::builder), and reaches the inner service through the layer alone.
///
/// # Examples
/// ```
/// use std::time::{Duration, SystemTime};
/// use tower_postern::{bearer::Grant, scopes};
///
/// let grant = Grant::builder()
///     .subject("ann")
///     .scopes(scopes!("orders:read"))
///     .expires_at(SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000))
///     .build();
/// assert_eq!(grant.subject(), Some("ann"));
/// assert!(grant.has_scope("orders:read"));
/// assert!(!grant.has_scope("orders:write"));
/// ```
#[derive(Clone, Default)]
pub struct Grant(Option<Arc<Granted>>);

/// The issuer of a token and the subject that it names: one without the other names nobody.
///
/// # Examples
/// ```
/// use tower_postern::bearer::Grant;
///
/// let ann = Grant::builder().issuer("https://id.example").subject("ann").build();
/// let another = Grant::builder().issuer("https://elsewhere.example").subject("ann").build();
/// assert_ne!(ann.principal(), another.principal());
/// assert!(Grant::builder().subject("ann").build().principal().is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Principal<'a> {
    /// Who issued the token.
    pub issuer: &'a str,
    /// Whom the issuer means.
    pub subject: &'a str,
}

/// Not the subject, who is a person: whoever wants it in a log writes it there.
impl fmt::Debug for Principal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("issuer", &self.issuer)
            .field("subject", &format_args!("[redacted]"))
            .finish()
    }
}

#[derive(Clone, Default)]
pub(crate) struct Granted {
    pub(crate) issuer: Option<Arc<str>>,
    pub(crate) subject: Option<Box<str>>,
    pub(crate) client_id: Option<Box<str>>,
    pub(crate) scopes: ScopeSet,
    pub(crate) expires_at: Option<SystemTime>,
    pub(crate) issued_at: Option<SystemTime>,
    pub(crate) token_id: Option<Box<str>>,
    pub(crate) session_id: Option<Box<str>>,
    pub(crate) acr: Option<Box<str>>,
    pub(crate) auth_time: Option<SystemTime>,
    pub(crate) confirmations: Vec<Confirmation>,
}

impl Grant {
    /// A grant of nothing, to be filled in by a validator.
    pub fn builder() -> GrantBuilder {
        GrantBuilder(Granted::default())
    }

    /// Who issued the token: `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.0.as_deref()?.issuer.as_deref()
    }

    /// For whom the token speaks: `sub`. It means something only beside the [issuer](Self::issuer).
    pub fn subject(&self) -> Option<&str> {
        self.0.as_deref()?.subject.as_deref()
    }

    /// Issuer and subject, where both are known: what names a user across issuers.
    pub fn principal(&self) -> Option<Principal<'_>> {
        Some(Principal {
            issuer: self.issuer()?,
            subject: self.subject()?,
        })
    }

    /// The client to which the token was issued: `client_id`.
    pub fn client_id(&self) -> Option<&str> {
        self.0.as_deref()?.client_id.as_deref()
    }

    /// What the token may be used for.
    pub fn scopes(&self) -> &ScopeSet {
        const NONE: &ScopeSet = &ScopeSet::EMPTY;
        self.0.as_deref().map_or(NONE, |granted| &granted.scopes)
    }

    /// Whether the token may be used for `scope`, to the letter.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().contains(scope)
    }

    /// When the token ends: `exp`.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.as_deref()?.expires_at
    }

    /// When the token was issued: `iat`.
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.0.as_deref()?.issued_at
    }

    /// The token's own name: `jti`.
    pub fn token_id(&self) -> Option<&str> {
        self.0.as_deref()?.token_id.as_deref()
    }

    /// The session at the issuer: `sid`.
    pub fn session_id(&self) -> Option<&str> {
        self.0.as_deref()?.session_id.as_deref()
    }

    /// How strongly the user was authenticated: `acr`, [RFC 9470, section 6](https://www.rfc-editor.org/rfc/rfc9470#section-6).
    pub fn acr(&self) -> Option<&str> {
        self.0.as_deref()?.acr.as_deref()
    }

    /// When the user was authenticated: `auth_time`.
    pub fn auth_time(&self) -> Option<SystemTime> {
        self.0.as_deref()?.auth_time
    }

    /// The keys to which the token is bound: `cnf`, [RFC 7800, section 3.1](https://www.rfc-editor.org/rfc/rfc7800#section-3.1).
    ///
    /// The layer refuses a grant with one that is not proved.
    pub fn confirmations(&self) -> &[Confirmation] {
        self.0
            .as_deref()
            .map_or(&[], |granted| &granted.confirmations)
    }

    /// To change it: the builder holds all that was granted.
    pub fn into_builder(self) -> GrantBuilder {
        GrantBuilder(self.0.map(Arc::unwrap_or_clone).unwrap_or_default())
    }
}

impl From<Granted> for Grant {
    fn from(granted: Granted) -> Self {
        Self(Some(Arc::new(granted)))
    }
}

/// Neither subject nor ids: they are people's.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("issuer", &self.issuer())
            .field("scopes", self.scopes())
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// Fills in a [`Grant`]: see [`Grant::builder`]. What is not set is not known, or not granted.
#[derive(Clone, Default)]
#[must_use]
pub struct GrantBuilder(Granted);

impl GrantBuilder {
    /// Who issued the token: `iss`.
    pub fn issuer(mut self, issuer: impl Into<Arc<str>>) -> Self {
        self.0.issuer = Some(issuer.into());
        self
    }

    /// For whom the token speaks: `sub`.
    pub fn subject(mut self, subject: impl Into<Box<str>>) -> Self {
        self.0.subject = Some(subject.into());
        self
    }

    /// The client to which the token was issued: `client_id`.
    pub fn client_id(mut self, client: impl Into<Box<str>>) -> Self {
        self.0.client_id = Some(client.into());
        self
    }

    /// What the token may be used for. Nothing, if not set.
    pub fn scopes(mut self, scopes: ScopeSet) -> Self {
        self.0.scopes = scopes;
        self
    }

    /// When the token ends: `exp`.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.0.expires_at = Some(time);
        self
    }

    /// When the token was issued: `iat`.
    pub fn issued_at(mut self, time: SystemTime) -> Self {
        self.0.issued_at = Some(time);
        self
    }

    /// The token's own name: `jti`.
    pub fn token_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.0.token_id = Some(id.into());
        self
    }

    /// The session at the issuer: `sid`.
    pub fn session_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.0.session_id = Some(id.into());
        self
    }

    /// How strongly the user was authenticated: `acr`.
    pub fn acr(mut self, acr: impl Into<Box<str>>) -> Self {
        self.0.acr = Some(acr.into());
        self
    }

    /// When the user was authenticated: `auth_time`.
    pub fn auth_time(mut self, time: SystemTime) -> Self {
        self.0.auth_time = Some(time);
        self
    }

    /// Adds a key to which the token is bound: `cnf`.
    pub fn confirmation(mut self, confirmation: Confirmation) -> Self {
        self.0.confirmations.push(confirmation);
        self
    }

    /// Marks the confirmations of `method` as proved.
    ///
    /// # Security
    /// For a validator that has seen the proof: a DPoP proof made with the key, or the certificate on the connection.
    pub fn prove(mut self, method: super::ConfirmationMethod) -> Self {
        for confirmation in self
            .0
            .confirmations
            .iter_mut()
            .filter(|one| one.method() == method)
        {
            confirmation.prove();
        }
        self
    }

    /// The grant.
    pub fn build(self) -> Grant {
        self.0.into()
    }
}

impl fmt::Debug for GrantBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantBuilder").finish_non_exhaustive()
    }
}
