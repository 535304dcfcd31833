//! Several issuers: chosen by what a token says, before anything is asked or checked.

use std::{collections::HashMap, fmt};

use super::{
    error::{Refusal, Refused},
    jws::{Jws, decode_text},
    registered::Registered,
};
use crate::bearer::{AuthError, Credentials, ErasedValidator, Schemes, TokenValidator, Verified};

/// Accepts the tokens of several issuers, each with a validator of its own.
///
/// The validator is chosen by the exact `iss` of the token, from the list, before any I/O: an issuer that is not listed costs
/// nothing. Keys, audiences, algorithms, rules and caches are each validator's own. Whatever it answers stands: nothing
/// falls through to another.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{
///     BearerAuthLayer, RequestHead, bearer::{Credentials, TokenValidator}, jwt::{Claims, Issuers, JwtValidator},
/// };
///
/// let staff = JwtValidator::<Claims>::builder("https://staff.example", "orders")
///     .hmac_secret("only an example: take random bytes")
///     .build()?;
/// let shops = JwtValidator::<Claims>::builder("https://id.example", "orders")
///     .hmac_secret("only an example: take random bytes")
///     .build()?;
/// let issuers = Issuers::new()
///     .issuer("https://staff.example", staff)
///     .issuer("https://id.example", shops);
/// # let good = concat!("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJzdWIiOiJhbm4iLCJleHAiOj",
/// #     "QxMDI0NDQ4MDB9.y9HAjIU6l4xpEL5acEm7R41kIvQEAYEn_LecENs-4-c");
/// # let (request, other) = (Request::new(()), good.replace("eyJpc3Mi", "eyJpc3Nz"));
/// # let head = RequestHead::new(&request);
///
/// let verified = issuers.validate_now(Credentials::new(good, head)).ok_or("it answers at once")??;
/// assert_eq!(verified.grant.issuer(), Some("https://id.example"));
/// assert!(issuers.validate_now(Credentials::new(&other, head)).is_some_and(|answer| answer.is_err())); // says no issuer
/// let layer = BearerAuthLayer::new(issuers);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct Issuers<I> {
    validators: HashMap<Box<str>, ErasedValidator<I>>,
}

impl<I: Clone + Send + Sync + 'static> Issuers<I> {
    /// No issuer yet: refuses every token.
    pub fn new() -> Self {
        Self {
            validators: HashMap::new(),
        }
    }

    /// Lets `validator` decide on the tokens whose `iss` is `issuer`, to the letter.
    ///
    /// Where one was named before, this one takes its place.
    ///
    /// # Security
    /// The validator must check the issuer too, as [`JwtValidator`](super::JwtValidator) does: here nothing is verified yet.
    pub fn issuer(
        mut self,
        issuer: impl Into<String>,
        validator: impl TokenValidator<Identity = I>,
    ) -> Self {
        let issuer = issuer.into().into_boxed_str();
        self.validators.insert(issuer, validator.erased());
        self
    }

    fn choose(&self, token: &[u8]) -> Result<&ErasedValidator<I>, Refused> {
        let jws = Jws::split(token)?;
        let payload = decode_text(jws.payload)?;
        let issuer = Registered::issuer(&payload).ok_or(&Refusal::Issuer)?;
        self.validators.get(&*issuer).ok_or(&Refusal::Issuer)
    }
}

impl<I: Clone + Send + Sync + 'static> Default for Issuers<I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Clone + Send + Sync + 'static> TokenValidator for Issuers<I> {
    type Identity = I;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<I>, AuthError> {
        let chosen = self.choose(credentials.bytes());
        chosen
            .map_err(Refusal::unverified)?
            .validate(credentials)
            .await
    }

    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Result<Verified<I>, AuthError>> {
        match self.choose(credentials.bytes()) {
            Ok(validator) => validator.validate_now(credentials),
            Err(refusal) => Some(Err(Refusal::unverified(refusal))),
        }
    }

    fn schemes(&self) -> Schemes {
        let all = self.validators.values().map(TokenValidator::schemes);
        all.reduce(Schemes::union).unwrap_or(Schemes::BEARER)
    }

    /// Whether one of the validators recognizes it as its issuer's.
    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        self.choose(credentials.bytes())
            .is_ok_and(|validator| validator.recognizes(credentials))
    }
}

impl<I> fmt::Debug for Issuers<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut issuers: Vec<_> = self.validators.keys().collect();
        issuers.sort();
        f.debug_tuple("Issuers").field(&issuers).finish()
    }
}
