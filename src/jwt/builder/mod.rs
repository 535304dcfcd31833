//! From settings to a validator.

mod issuer;
mod keys;
mod meanings;

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use self::{
    keys::{Live, live_keys},
    meanings::{count, meanings},
};
use super::{
    Algorithm, ClaimValue, JwtValidator, ReadClaims, TokenCache,
    algorithm::{AlgorithmSet, Family},
    crypto::Backend,
    habits::{Habits, Meaning, Needed},
    key::{KeyList, Keys},
    profile::Profile,
    rules::{Missing, Rules},
    whose::{FindTenant, Whose},
};
use crate::{Clock, ConfigError, ConfigErrorKind, SystemClock};

const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);
const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// Settings of a [`JwtValidator`]: see [`JwtValidator::builder`].
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use http::Request;
/// use tower_postern::{
///     ConfigErrorKind, RequestHead, bearer::{Credentials, TokenValidator}, jwt::{Algorithm, Claims, JwtValidator},
/// };
///
/// let settings = || JwtValidator::<Claims>::builder("https://id.example", "orders")
///     .hmac_secret("only an example: take random bytes")
///     .algorithms([Algorithm::HS256])
///     .leeway(Duration::from_secs(10));
/// let lenient = settings().build()?;
/// let strict = settings().rfc9068().max_lifetime(Duration::from_secs(3600)).build()?;
///
/// let request = Request::new(());
/// let head = RequestHead::new(&request);
/// # let good = concat!("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJzdWIiOiJhbm4iLCJleHAiOj",
/// #     "QxMDI0NDQ4MDB9.y9HAjIU6l4xpEL5acEm7R41kIvQEAYEn_LecENs-4-c");
/// let accepts = |jwt: &JwtValidator<Claims>| jwt.validate_now(Credentials::new(good, head)).is_some_and(|answer| answer.is_ok());
/// assert!(accepts(&lenient));
/// assert!(!accepts(&strict)); // its `typ` is not `at+jwt`, and it does not say when it was issued
///
/// let refused = settings().leeway(Duration::from_secs(600)).build();
/// assert!(refused.is_err_and(|error| error.kind() == ConfigErrorKind::Leeway));
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
#[must_use = "nothing is checked before `build`"]
pub struct JwtValidatorBuilder<C> {
    issuer: String,
    audiences: Vec<String>,
    algorithms: Option<Vec<Algorithm>>,
    keys: KeyList,
    live: Option<Live>,
    leeway: Duration,
    clock: Arc<dyn Clock>,
    profile: Profile,
    clients: Option<Vec<String>>,
    max_lifetime: Option<Duration>,
    required: Vec<(String, ClaimValue)>,
    missing_audience: Missing,
    missing_expiry: Missing,
    cache: Option<TokenCache>,
    habits: Habits,
    /// How the provider writes the names of all its tenants, where the issuer is one of them.
    template: Option<Arc<str>>,
    /// Where the issuer's name is that of many tenants, and which claim names the tenant.
    tenants: Option<(FindTenant, Option<String>)>,
    /// What is wrong with what was given, found before `build`.
    fault: Option<ConfigError>,
    backend: Option<&'static str>,
    claims: PhantomData<fn() -> C>,
}

impl<C: ReadClaims> JwtValidatorBuilder<C> {
    pub(in crate::jwt) fn new(issuer: String, audience: String) -> Self {
        Self {
            issuer,
            audiences: vec![audience],
            algorithms: None,
            keys: KeyList::new(),
            live: None,
            leeway: DEFAULT_LEEWAY,
            clock: Arc::new(SystemClock),
            profile: Profile::Jwt,
            clients: None,
            max_lifetime: None,
            required: Vec::new(),
            missing_audience: Missing::Refuse,
            missing_expiry: Missing::Refuse,
            cache: None,
            habits: Habits::default(),
            template: None,
            tenants: None,
            fault: None,
            backend: None,
            claims: PhantomData,
        }
    }

    /// Another audience under which this service is known: a token needs one of them.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// The signature algorithms that are accepted: all that the keys can be used with, if not set.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Algorithms`] where there is none, or HMAC beside others.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// Accepts tokens whose times are off by at most `leeway`.
    ///
    /// Applies to `exp`, `nbf` and `iat`, in whole seconds; 30 seconds if not set. See [RFC 7519, section 4.1.4].
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Leeway`] above five minutes.
    ///
    /// # Security
    /// A stolen or revoked token lives longer by this much.
    ///
    /// [RFC 7519, section 4.1.4]: https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Asks another clock for the time: for tests. That of the machine, if not set.
    pub fn clock_with(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Accepts only access tokens as [RFC 9068, section 4] has them. Others too, if not set: many issuers do not follow it yet.
    ///
    /// `typ` is `at+jwt`, and `sub`, `client_id`, `iat` and `jti` are there besides `iss`, `exp` and `aud`. So an ID token
    /// cannot pass for an access token.
    ///
    /// [RFC 9068, section 4]: https://www.rfc-editor.org/rfc/rfc9068#section-4
    pub fn rfc9068(mut self) -> Self {
        self.profile = Profile::Rfc9068;
        self
    }

    /// Refuses tokens in which a claim is absent or says something else, with 401. None, if not set.
    ///
    /// They are not for this service. What a caller may do is policy, and answered with 403: that belongs on the layer.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Claim`] where a claim is named twice, or where one that is read
    /// anyway (`exp`, `aud`, `scope`..) is asked for a value that it cannot have.
    pub fn require_claim(mut self, name: impl Into<String>, value: impl Into<ClaimValue>) -> Self {
        self.required.push((name.into(), value.into()));
        self
    }

    /// Refuses tokens that were issued to other clients: `client_id`, or `azp` where that is absent. None, if not set.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Claim`] where there is none.
    pub fn clients<T: Into<String>>(mut self, clients: impl IntoIterator<Item = T>) -> Self {
        self.clients = Some(clients.into_iter().map(Into::into).collect());
        self
    }

    /// Refuses tokens that live longer than this from `iat` to `exp`, and those without `iat`. None, if not set.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Limit`] below one second.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = Some(lifetime);
        self
    }

    /// Remembers tokens that were accepted, so that the next request with one costs no signature. None are, if not set.
    ///
    /// See [`TokenCache`] for when they are forgotten.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Limit`] where it has no room, or no time.
    pub fn cache(mut self, cache: TokenCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Accepts tokens without `aud`. Those with one must still name ours.
    ///
    /// # Security
    /// A token that was issued for another service passes here, also one that such a service was sent and kept. Say with
    /// [`clients`](Self::clients) or [`require_claim`](Self::require_claim) what tells ours from others.
    pub fn danger_accept_missing_audience(mut self) -> Self {
        self.missing_audience = Missing::Accept;
        self
    }

    /// Accepts tokens without `exp`.
    ///
    /// # Security
    /// They are good for ever: a stolen one is of use until its key is withdrawn.
    pub fn danger_accept_missing_expiry(mut self) -> Self {
        self.missing_expiry = Missing::Accept;
        self
    }

    #[doc(hidden)] // for tests that compare the backends
    pub fn __backend(mut self, feature: &'static str) -> Self {
        self.backend = Some(feature);
        self
    }

    /// The validator.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Issuer`] and [`ConfigErrorKind::Audience`] where one is empty or has spaces around it,
    /// [`ConfigErrorKind::Key`] where there is no key, [`ConfigErrorKind::Backend`] where no signature backend is turned on,
    /// and those of the setters.
    pub fn build(self) -> Result<JwtValidator<C>, ConfigError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let backend = match self.backend {
            Some(feature) => Backend::named(feature)?,
            None => Backend::preferred()?,
        };
        check_text(ConfigErrorKind::Issuer, &self.issuer)?;
        for audience in &self.audiences {
            check_text(ConfigErrorKind::Audience, audience)?;
        }
        if self.leeway > MAX_LEEWAY {
            let message = "is above five minutes; set the clocks instead";
            return Err(ConfigError::new(ConfigErrorKind::Leeway, message));
        }
        if self.max_lifetime.is_some_and(|max| max.as_secs() == 0) {
            let message = "of a token's life is below one second; no token could pass";
            return Err(ConfigError::new(ConfigErrorKind::Limit, message));
        }
        let algorithms = accepted(self.algorithms.as_deref())?;
        let issuer: Arc<str> = self.issuer.as_str().into();
        let (whose, tenant_claim) = match self.tenants {
            None => (
                Whose::one(issuer, self.habits.also_issuers, self.template),
                None,
            ),
            Some((find, claim)) => (Whose::tenants(issuer, find), claim),
        };
        let (keys, algorithms) = match self.live {
            None => {
                let owns = |issuer: &str| whose.owns(issuer);
                let keys = self.keys.build(algorithms, backend, owns)?;
                (Keys::Fixed(Box::new(keys)), algorithms)
            }
            Some(live) => live_keys(live, &self.issuer, &self.keys, algorithms)?,
        };
        let habits = self.habits;
        let tenant = Needed::from(tenant_claim.is_some());
        let (required_registered, meanings) = meanings(self.required, habits.claims, tenant_claim)?;
        if self.clients.as_ref().is_some_and(Vec::is_empty) {
            let message = "`client_id` is asked for, and no client is accepted; name at least one in `clients`";
            return Err(ConfigError::new(ConfigErrorKind::Claim, message));
        }
        let boxed = |texts: Vec<String>| texts.into_iter().map(String::into_boxed_str).collect();
        let rules = Rules {
            whose,
            audiences: boxed(self.audiences),
            leeway: self.leeway.as_secs(),
            profile: self.profile,
            clients: self.clients.map(boxed),
            max_lifetime: self.max_lifetime,
            required: count(&meanings, |one| matches!(one, Meaning::Required(_))),
            typical: count(&meanings, Meaning::is_typical),
            meanings,
            required_registered,
            missing_audience: self.missing_audience,
            missing_expiry: self.missing_expiry,
            subject: habits.subject,
            client: habits.client,
            tenant,
            scopes: habits.scopes,
        };
        let cache = self.cache.map(|cache| cache.build(backend)).transpose()?;
        Ok(JwtValidator::new(
            rules, algorithms, keys, self.clock, cache,
        ))
    }
}

impl<C> fmt::Debug for JwtValidatorBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtValidatorBuilder")
            .field("issuer", &self.issuer)
            .field("audiences", &self.audiences)
            .finish_non_exhaustive()
    }
}

fn check_text(kind: ConfigErrorKind, text: &str) -> Result<(), ConfigError> {
    if text.is_empty() || text.trim() != text || text.chars().any(char::is_control) {
        let message =
            "is empty, or has spaces around it; give it as it stands in the tokens, to the letter";
        return Err(ConfigError::new(kind, message));
    }
    Ok(())
}

fn accepted(algorithms: Option<&[Algorithm]>) -> Result<AlgorithmSet, ConfigError> {
    let Some(algorithms) = algorithms else {
        return Ok(AlgorithmSet::ALL);
    };
    let error = |message| Err(ConfigError::new(ConfigErrorKind::Algorithms, message));
    let secrets = algorithms.iter().filter(|one| one.family() == Family::Hmac);
    match secrets.count() {
        _ if algorithms.is_empty() => error("name at least one, or leave the setting out"),
        0 => Ok(algorithms.iter().copied().collect()),
        secrets if secrets == algorithms.len() => Ok(algorithms.iter().copied().collect()),
        _ => error("hold HMAC beside others; use two validators, one for each"),
    }
}
