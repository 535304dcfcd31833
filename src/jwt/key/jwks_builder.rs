//! From settings to remote keys.

use std::{fmt, time::Duration};

use super::{
    discovery::Discovery,
    jwks::RemoteKeys,
    owner::Owner,
    publisher::{Name, Publisher, Source},
};
use crate::{
    ConfigError, ConfigErrorKind,
    fetch::{ErasedFetch, Fetch, Gate, Origin, PlainHost, Policy, Url},
    jwt::crypto::Backend,
};

/// Settings of [`RemoteKeys`]: see [`RemoteKeys::discover`] and [`RemoteKeys::jwks_uri`].
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use tower_postern::{ConfigErrorKind, jwt::RemoteKeys};
/// # use tower_postern::fetch::{Fetch, FetchError, FetchErrorKind, FetchRequest, FetchResponse};
/// # #[derive(Clone)]
/// # struct Client;
/// # impl Fetch for Client {
/// #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> {
/// #         Err(FetchError::new(FetchErrorKind::Connect))
/// #     }
/// # }
/// # let client = Client;
///
/// // `client` is an `HttpsClient`, or anything that implements `Fetch`.
/// let settings = || RemoteKeys::discover("https://id.example/realms/shop", client.clone())
///     .fetch_from("http://keycloak:8080")
///     .lifetime(Duration::from_secs(5 * 60))
///     .stale_for(Duration::from_secs(30 * 60));
/// assert!(settings().danger_allow_http("keycloak").build().is_ok());
///
/// let refused = settings().build(); // without TLS, and nobody said that it may be
/// assert!(refused.is_err_and(|error| error.kind() == ConfigErrorKind::Url));
/// ```
#[must_use = "nothing is checked before `build`"]
pub struct RemoteKeysBuilder {
    place: Place,
    client: ErasedFetch,
    from: Option<String>,
    plain: Option<String>,
    policy: Policy,
    max_bytes: usize,
    tenant: Option<String>,
    template: Option<String>,
}

pub(super) enum Place {
    Uri(String),
    Discover(String),
}

impl RemoteKeysBuilder {
    pub(super) fn new(place: Place, client: impl Fetch) -> Self {
        Self {
            place,
            client: ErasedFetch::new(client),
            from: None,
            plain: None,
            policy: Policy::DEFAULT,
            max_bytes: 512 * 1024,
            tenant: None,
            template: None,
        }
    }

    /// Which part of the issuer's name is its tenant.
    pub(in crate::jwt) fn tenant(mut self, tenant: &str) -> Self {
        self.tenant = Some(tenant.to_owned());
        self
    }

    /// That the tenant is what a token says, and nothing else yet: until there are keys, events say `template`.
    pub(in crate::jwt) fn unheard_of(mut self, template: &str) -> Self {
        self.template = Some(template.to_owned());
        self
    }

    /// Where the issuer is reached, if not under its name: scheme, host and port, as in `https://keycloak:8443`.
    ///
    /// The discovery document and all that it names are fetched from there, under their paths. What tokens and document say
    /// in `iss` and `issuer` is still the issuer's name.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Url`] where it is no origin, where it is not `https` nor allowed,
    /// and beside [`jwks_uri`](RemoteKeys::jwks_uri), which is an address already.
    pub fn fetch_from(mut self, origin: impl Into<String>) -> Self {
        self.from = Some(origin.into());
        self
    }

    /// Allows to ask this one host without TLS: a name or an address, without scheme and port.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Host`] where it is none.
    ///
    /// # Security
    /// Whoever is on the way to it can put in keys of their own, and make every token.
    pub fn danger_allow_http(mut self, host: impl Into<String>) -> Self {
        self.plain = Some(host.into());
        self
    }

    /// The least time between the beginnings of two requests to the issuer, failed ones too; 10 seconds if not set.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Limit`] below one second and above
    /// [`lifetime`](Self::lifetime).
    pub fn cool_down(mut self, cool_down: Duration) -> Self {
        self.policy.cool_down = cool_down;
        self
    }

    /// How long a set is good, at most; 15 minutes if not set.
    ///
    /// What the issuer says in `Cache-Control: max-age` shortens it, to one minute at least.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Limit`] below one second and above one day.
    ///
    /// # Security
    /// A key that the issuer withdrew is trusted for this long.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.lifetime = lifetime;
        self
    }

    /// How long keys serve after their [`lifetime`](Self::lifetime), while the issuer is down; 1 hour if not set.
    ///
    /// Zero has tokens answered with 503 as soon as it is over.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Limit`] above one week.
    ///
    /// # Security
    /// Whoever can keep us from the issuer has withdrawn keys trusted for this much longer.
    pub fn stale_for(mut self, stale_for: Duration) -> Self {
        self.policy.stale_for = stale_for;
        self
    }

    /// How long discovery and keys may take together; 5 seconds if not set. Requests with an unknown `kid` wait so long.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Limit`] at zero and above one minute.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.policy.timeout = timeout;
        self
    }

    /// The length of the longest document, in bytes; 512 KiB if not set.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Limit`] at zero and above 16 MiB.
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// The keys. Nothing is asked yet, and no runtime is needed.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Url`] where the address or the issuer is no `https` address without credentials,
    /// [`ConfigErrorKind::Backend`] where no signature backend is turned on, and those of the setters.
    pub fn build(self) -> Result<RemoteKeys, ConfigError> {
        let backend = Backend::preferred()?;
        check(&self.policy, self.max_bytes)?;
        let error = |kind, setting: &'static str| {
            move |problem| ConfigError::new(kind, format!("of {setting} {problem}"))
        };
        let url = |setting| error(ConfigErrorKind::Url, setting);
        let plain = self.plain.as_deref().map(PlainHost::parse).transpose();
        let plain = plain.map_err(error(ConfigErrorKind::Host, "`danger_allow_http`"))?;
        let from = self.from.as_deref();
        let from = from.map(|from| Origin::parse(from, plain.as_ref()));
        let from = from.transpose().map_err(url("`fetch_from`"))?;
        let (name, source, owner) = match self.place {
            Place::Uri(_) if from.is_some() => {
                let message =
                    "is given in `jwks_uri`, and an origin in `fetch_from`; give the one address";
                return Err(ConfigError::new(ConfigErrorKind::Url, message));
            }
            Place::Uri(uri) => {
                let uri = Url::parse(&uri, plain.as_ref()).map_err(url("`jwks_uri`"))?;
                let name = Name::of(format!("the keys at {uri:?}"));
                (name, Source::Uri(uri), None)
            }
            Place::Discover(issuer) => {
                let owner = Owner::new(&issuer, self.tenant.as_deref());
                let discovery = Discovery::new(owner.clone(), from, plain);
                let discovery = discovery.map_err(url("the issuer"))?;
                let keys_of = |issuer: &str| format!("the keys of {issuer}");
                let template = self.template.as_deref();
                let name = Name::of(keys_of(&issuer)).until_fetched(template.map(keys_of));
                (name, Source::Discovery(discovery), Some(owner))
            }
        };
        let gate = Gate::new(self.client, self.max_bytes);
        let issuer = owner.as_ref().map(|owner| owner.issuer().clone());
        let publisher = Publisher::new(name, source, owner, gate, backend);
        Ok(RemoteKeys::new(publisher, self.policy, issuer))
    }
}

impl fmt::Debug for RemoteKeysBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeysBuilder")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

fn check(policy: &Policy, max_bytes: usize) -> Result<(), ConfigError> {
    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let message = if !(SECOND..=DAY).contains(&policy.lifetime) {
        "`lifetime` of keys is not between one second and one day"
    } else if !(SECOND..=policy.lifetime).contains(&policy.cool_down) {
        "`cool_down` is not between one second and the keys' `lifetime`"
    } else if policy.stale_for > 7 * DAY {
        "`stale_for` is above one week; an issuer that is down for so long is gone"
    } else if policy.timeout.is_zero() || policy.timeout > MINUTE {
        "`timeout` is zero or above one minute; requests wait so long"
    } else if max_bytes == 0 || max_bytes > 16 * 1024 * 1024 {
        "`max_bytes` is zero or above 16 MiB; a key has some hundred bytes"
    } else {
        return Ok(());
    };
    Err(ConfigError::new(ConfigErrorKind::Limit, message))
}
