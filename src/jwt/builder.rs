//! From settings to a validator.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use super::{
    Algorithm, ClaimValue, JwtValidator, ReadClaims, TokenCache,
    algorithm::{AlgorithmSet, Family},
    crypto::Backend,
    habits::{Habits, Meaning, Needed, Published},
    key::{KeyFile, KeyHandle, KeyList, KeySource, Keys},
    profile::Profile,
    registered::Registered,
    rules::{Missing, Rules},
    whose::{FindTenant, Whose},
};
use crate::{Clock, ConfigError, ConfigErrorKind, Secret, SystemClock};

const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);
const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// Settings of a [`JwtValidator`].
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

/// Keys that change, and whose they are, where that is known.
struct Live {
    source: Arc<dyn KeySource>,
    issuer: Option<Arc<str>>,
}

impl<C: ReadClaims> JwtValidatorBuilder<C> {
    pub(super) fn new(issuer: String, audience: String) -> Self {
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

    /// For an issuer that says in another way for whom its tokens are.
    pub(super) fn without_audience(issuer: String) -> Self {
        Self {
            audiences: Vec::new(),
            missing_audience: Missing::Accept,
            ..Self::new(issuer, String::new())
        }
    }

    pub(super) fn habits(mut self, habits: Habits) -> Self {
        self.habits = habits;
        self
    }

    #[cfg_attr(
        not(feature = "jwks"),
        expect(dead_code, reason = "only published keys are those of many tenants")
    )]
    pub(super) fn one_of(mut self, template: Arc<str>) -> Self {
        self.template = Some(template);
        self
    }

    /// Has the issuer's name be how the names of many are written. Of those that `find` finds a tenant in, tokens are accepted;
    /// `claim` must name it, if given.
    #[cfg_attr(
        not(feature = "jwks"),
        expect(dead_code, reason = "only published keys are those of many tenants")
    )]
    pub(super) fn many(mut self, find: FindTenant, claim: Option<String>) -> Self {
        self.tenants = Some((find, claim));
        self
    }

    /// Has `build` fail where this did. The first fault stays.
    pub(super) fn checked(mut self, checked: Result<(), ConfigError>) -> Self {
        self.fault = self.fault.or(checked.err());
        self
    }

    #[cfg_attr(
        not(feature = "jwks"),
        expect(dead_code, reason = "only published keys are looked for")
    )]
    pub(super) fn published(&self) -> (&str, Published) {
        (&self.issuer, self.habits.published)
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

    /// A secret that issuer and service share, for HS256, and for HS384 and HS512 where it is long enough.
    ///
    /// Given twice, both are tried: for the time of a change.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where it is shorter than 32 bytes, or where there is a
    /// public key besides.
    ///
    /// # Security
    /// Whoever can check such tokens can make them. Prefer public keys where issuer and service are not one.
    pub fn hmac_secret(self, secret: impl Into<Secret>) -> Self {
        self.given(|keys| keys.hmac_secret(secret))
    }

    /// The same, in base64 or base64url, padded or not.
    ///
    /// # Errors
    /// As [`hmac_secret`](Self::hmac_secret), and where the text is neither.
    pub fn hmac_secret_base64(self, secret: &str) -> Self {
        self.given(|keys| keys.hmac_secret_base64(secret))
    }

    /// A key as a JWK, [RFC 7517, section 4](https://www.rfc-editor.org/rfc/rfc7517#section-4): JSON text. Its `use`, `key_ops`, `alg` and `crv`
    /// are honoured, and its `issuer`, where there is one.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where it is malformed, private, weak, not for signatures or
    /// another issuer's.
    pub fn jwk(self, json: &str) -> Self {
        self.given(|keys| keys.jwk(json))
    }

    /// Keys as a JWK set, [RFC 7517, section 5](https://www.rfc-editor.org/rfc/rfc7517#section-5): JSON text.
    ///
    /// What is odd, weak or not for signatures is left out, with an event.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where it is malformed, or where no key is left.
    pub fn jwk_set(self, json: &str) -> Self {
        self.given(|keys| keys.jwk_set(json))
    }

    /// Public keys in PEM: `PUBLIC KEY`, `RSA PUBLIC KEY`, or `CERTIFICATE` (X.509).
    ///
    /// They have no `kid`, so they are tried whatever the token's is.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where a key is malformed, private, weak or of another type.
    ///
    /// # Security
    /// Of a certificate the key alone is used: neither its validity nor who signed it is looked at.
    pub fn pem(self, pem: impl AsRef<[u8]>) -> Self {
        self.given(|keys| keys.pem(pem))
    }

    /// The same, for tokens with that `kid` or with none: called for each key of a `{kid: PEM}` map.
    ///
    /// # Errors
    /// As [`pem`](Self::pem).
    pub fn pem_with_kid(self, kid: &str, pem: impl AsRef<[u8]>) -> Self {
        self.given(|keys| keys.pem_with_kid(kid, pem))
    }

    fn given(mut self, add: impl FnOnce(KeyList) -> KeyList) -> Self {
        self.keys = add(self.keys);
        self
    }

    /// Keys that can be replaced while tokens are checked: see [`KeyHandle`].
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where others are given besides.
    pub fn key_handle(self, keys: KeyHandle) -> Self {
        self.live_keys(Arc::new(keys), None)
    }

    /// Keys in a file that is read again when it changes: see [`KeyFile`].
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Key`] where others are given besides.
    pub fn key_file(self, keys: KeyFile) -> Self {
        self.live_keys(Arc::new(keys), None)
    }

    /// Keys that something else holds and changes.
    pub(super) fn live_keys(
        mut self,
        source: Arc<dyn KeySource>,
        issuer: Option<Arc<str>>,
    ) -> Self {
        self.live = Some(Live { source, issuer });
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

    /// Refuses tokens in which a claim is absent or says something else, with 401: they are not for this service. None, if not
    /// set.
    ///
    /// What a caller may do is policy, and answered with 403: that belongs on the layer.
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

fn live_keys(
    live: Live,
    issuer: &str,
    given: &KeyList,
    algorithms: AlgorithmSet,
) -> Result<(Keys, AlgorithmSet), ConfigError> {
    let error = |kind, message| Err(ConfigError::new(kind, message));
    let Live {
        source,
        issuer: owner,
    } = live;
    if !given.is_empty() {
        let message =
            "some come from elsewhere, and others are given; use two validators, one for each";
        return error(ConfigErrorKind::Key, message);
    }
    if owner.is_some_and(|owner| *owner != *issuer) {
        let message =
            "the remote keys are those of another issuer; give both the same, to the letter";
        return error(ConfigErrorKind::Issuer, message);
    }
    let algorithms = algorithms.intersection(source.algorithms());
    if algorithms.is_empty() {
        let message =
            "hold HMAC alone, and remote keys are public; name those that the issuer signs with";
        return error(ConfigErrorKind::Algorithms, message);
    }
    Ok((Keys::Live(source), algorithms))
}

/// By their names: values that the one pass reads anyway, and meanings of what it has to look for.
type Named<T> = Vec<(Box<str>, T)>;

fn meanings(
    required: Vec<(String, ClaimValue)>,
    habits: Vec<(&'static str, Meaning)>,
    tenant: Option<String>,
) -> Result<(Named<ClaimValue>, Named<Meaning>), ConfigError> {
    let error = |message: String| Err(ConfigError::new(ConfigErrorKind::Claim, message));
    let habits = habits
        .into_iter()
        .map(|(name, meaning)| (name.into(), meaning));
    let (mut registered, mut others) = (Named::new(), habits.collect::<Named<_>>());
    if let Some(name) = tenant {
        let is_taken = others.iter().any(|(other, _)| **other == *name);
        if is_taken || Registered::can_satisfy(&name, &ClaimValue::Any).is_some() {
            return error(format!(
                "`{name}` cannot name the tenant; give the one that does"
            ));
        }
        others.push((name.into(), Meaning::Tenant));
    }
    for (name, value) in required {
        let name = name.into_boxed_str();
        let is_taken = registered.iter().any(|(other, _)| *other == name)
            || others.iter().any(|(other, _)| *other == name);
        if is_taken {
            return error(format!(
                "`{name}` is required twice, or by a preset; say once what it must be"
            ));
        }
        match Registered::can_satisfy(&name, &value) {
            None => others.push((name, Meaning::Required(value))),
            Some(true) => registered.push((name, value)),
            Some(false) => {
                return error(format!(
                    "`{name}` can be required with `ClaimValue::Any` or, if it is a text, with that"
                ));
            }
        }
    }
    let nobody = |meaning: &Meaning| matches!(meaning, Meaning::OneOf(values) if values.is_empty());
    if let Some((name, _)) = others.iter().find(|(_, meaning)| nobody(meaning)) {
        return error(format!(
            "`{name}` is asked for, and no value is accepted; name at least one"
        ));
    }
    Ok((registered, others))
}

fn count(meanings: &[(Box<str>, Meaning)], is: impl Fn(&Meaning) -> bool) -> usize {
    meanings.iter().filter(|(_, meaning)| is(meaning)).count()
}
