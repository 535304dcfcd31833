//! From a template to tenants.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

use tokio::sync::Semaphore;

use super::{
    Tenants, Who,
    desk::{Desk, Resolving},
    template::{Template, is_tenant},
};
use crate::{
    ConfigError, ConfigErrorKind,
    bearer::AuthError,
    fetch::{ErasedFetch, Fetch, FetchError, FetchRequest, FetchResponse},
    jwt::{
        JwtValidator, JwtValidatorBuilder, ReadClaims, RemoteKeys, RemoteKeysBuilder,
        habits::Habits, whose::FindTenant,
    },
};

/// How many requests to issuers are under way at once, for all tenants together.
const MAX_REQUESTS: usize = 8;
const MAX_TENANTS: usize = 1000;

type Settings<B> = Box<dyn Fn(B) -> B + Send + Sync>;

/// Whether that can be the name of a tenant, as its provider has them.
type Check = fn(&str) -> Result<(), ConfigError>;

/// Settings of [`Tenants`] whose issuers differ in the tenant alone: see [`Tenants::template`].
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use tower_postern::{ConfigErrorKind, jwt::{Algorithm, Claims, Tenants}};
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
/// let settings = || Tenants::<Claims>::template("https://login.example/{tenantid}/v2.0", "orders", client.clone())
///     .tenant_claim("tid")
///     .keys_with(|keys| keys.lifetime(Duration::from_secs(5 * 60)))
///     .validators_with(|jwt| jwt.algorithms([Algorithm::RS256]));
/// assert!(settings().tenants(["7d5d4d4e", "9a1b2c3d"]).build().is_ok());
///
/// let refused = settings().build(); // whose tokens?
/// assert!(refused.is_err_and(|error| error.kind() == ConfigErrorKind::Issuer));
/// ```
#[must_use = "nothing is checked before `build`"]
pub struct TenantsBuilder<C> {
    template: String,
    audience: String,
    client: Limited,
    who: Allowed,
    claim: Option<String>,
    habits: Habits,
    shared: Option<String>,
    check: Option<Check>,
    keys: Settings<RemoteKeysBuilder>,
    each: Settings<JwtValidatorBuilder<C>>,
}

enum Allowed {
    Nobody,
    Listed(Vec<String>),
    Any,
}

impl<C: ReadClaims> TenantsBuilder<C> {
    pub(super) fn new(template: String, audience: String, client: impl Fetch) -> Self {
        Self {
            template,
            audience,
            client: Limited {
                client: ErasedFetch::new(client),
                permits: Arc::new(Semaphore::new(MAX_REQUESTS)),
            },
            who: Allowed::Nobody,
            claim: None,
            habits: Habits::default(),
            shared: None,
            check: None,
            keys: Box::new(|keys| keys),
            each: Box::new(|validator| validator),
        }
    }

    /// The tenants whose tokens are accepted. Those of others are refused, and nothing is asked for them.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Issuer`] where there is none, or where one is no plain segment of
    /// a path: letters, digits, `-`, `_` and single dots.
    pub fn tenants<T: Into<String>>(mut self, tenants: impl IntoIterator<Item = T>) -> Self {
        self.who = Allowed::Listed(tenants.into_iter().map(Into::into).collect());
        self
    }

    /// Accepts tokens of every tenant that the provider has.
    ///
    /// # Security
    /// At many providers everyone can open a tenant, and sign tokens there for your audience with claims of their choice. Who
    /// the caller is, is then issuer and subject together ([`Grant::principal`](crate::bearer::Grant::principal)), and what
    /// they may do must depend on the tenant.
    pub fn danger_any_tenant(mut self) -> Self {
        self.who = Allowed::Any;
        self
    }

    /// The claim that names the tenant, such as `tid`: it must be there, and be the tenant in `iss`.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Claim`] where it is one that cannot.
    pub fn tenant_claim(mut self, claim: impl Into<String>) -> Self {
        self.claim = Some(claim.into());
        self
    }

    /// What the tokens of each tenant are like.
    pub(in crate::jwt) fn habits(mut self, habits: Habits) -> Self {
        self.habits = habits;
        self
    }

    /// What the names of tenants are like.
    pub(in crate::jwt) fn named(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// One set of keys for all tenants, published at that address; if not set, keys are discovered for each.
    ///
    /// A key that says in `issuer` whose it is, is for tokens of that tenant alone, or of all where it writes `{tenantid}`; one
    /// that does not say so is for all.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Url`] where it is no `https` address without credentials.
    ///
    /// # Security
    /// The provider alone keeps its tenants apart: what it signs for one is told from what it signs for another by `iss`, and by
    /// the [claim](Self::tenant_claim) that names the tenant.
    ///
    /// # Examples
    /// ```
    /// use tower_postern::{fetch::Fetch, jwt::{Claims, preset}};
    ///
    /// # fn f(client: impl Fetch + Clone) -> Result<(), tower_postern::ConfigError> {
    /// let tenants = preset::entra_id_tenants::<Claims>("00001111-aaaa-2222-bbbb-3333cccc4444", client.clone())
    ///     .tenants(["aaaabbbb-0000-cccc-1111-dddd2222eeee", "bbbbcccc-1111-dddd-2222-eeee3333ffff"])
    ///     .jwks_uri("https://login.microsoftonline.com/common/discovery/v2.0/keys")
    ///     .build()?;
    ///
    /// let unsafely = preset::entra_id_tenants::<Claims>("00001111-aaaa-2222-bbbb-3333cccc4444", client)
    ///     .tenants(["aaaabbbb-0000-cccc-1111-dddd2222eeee"])
    ///     .jwks_uri("http://login.microsoftonline.com/common/discovery/v2.0/keys");
    /// assert!(unsafely.build().is_err());
    /// # Ok(()) }
    /// ```
    pub fn jwks_uri(mut self, uri: impl Into<String>) -> Self {
        self.shared = Some(uri.into());
        self
    }

    /// Settings of the keys of each tenant: where they are fetched from, for how long they are good.
    pub fn keys_with(
        mut self,
        settings: impl Fn(RemoteKeysBuilder) -> RemoteKeysBuilder + Send + Sync + 'static,
    ) -> Self {
        self.keys = Box::new(settings);
        self
    }

    /// Settings of the validator of each tenant: algorithms, further claims, a clock.
    pub fn validators_with(
        mut self,
        settings: impl Fn(JwtValidatorBuilder<C>) -> JwtValidatorBuilder<C> + Send + Sync + 'static,
    ) -> Self {
        self.each = Box::new(settings);
        self
    }

    /// The tenants. Nothing is asked yet, and no runtime is needed.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Issuer`] where the template has no `{tenantid}` in its path, or where neither
    /// [`tenants`](Self::tenants) nor [`danger_any_tenant`](Self::danger_any_tenant) says whose tokens are accepted, and those
    /// of [`RemoteKeysBuilder::build`] and [`JwtValidatorBuilder::build`].
    pub fn build(self) -> Result<Tenants<C>, ConfigError> {
        let error = |message| Err(ConfigError::new(ConfigErrorKind::Issuer, message));
        let make = Make {
            template: Template::parse(&self.template)?,
            audience: self.audience,
            client: self.client,
            claim: self.claim,
            habits: self.habits,
            keys: self.keys,
            each: self.each,
        };
        let listed = match self.who {
            Allowed::Any => None,
            Allowed::Nobody => {
                return error(
                    "is a template, and no tenant is accepted; name those that are in `tenants`",
                );
            }
            Allowed::Listed(tenants) if tenants.is_empty() => {
                return error("is a template, and `tenants` is empty; name at least one");
            }
            Allowed::Listed(tenants) if !tenants.iter().all(|tenant| is_tenant(tenant)) => {
                return error(
                    "is a template, and one of `tenants` is no plain segment of a path; give them as they stand in `iss`",
                );
            }
            Allowed::Listed(tenants) => {
                if let Some(check) = self.check {
                    tenants.iter().try_for_each(|tenant| check(tenant))?;
                }
                Some(tenants)
            }
        };
        let who = match (self.shared, listed) {
            (Some(uri), listed) => Who::Shared(Arc::new(make.all(uri, listed)?)),
            (None, Some(tenants)) => make.each_of(&tenants)?,
            (None, None) => make.any()?,
        };
        Ok(Tenants::of(who))
    }
}

impl<C> fmt::Debug for TenantsBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantsBuilder")
            .field("template", &self.template)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// How the validator of a tenant is made.
struct Make<C> {
    template: Template,
    audience: String,
    client: Limited,
    claim: Option<String>,
    habits: Habits,
    keys: Settings<RemoteKeysBuilder>,
    each: Settings<JwtValidatorBuilder<C>>,
}

impl<C: ReadClaims> Make<C> {
    /// One validator for all, with one set of keys.
    fn all(self, uri: String, listed: Option<Vec<String>>) -> Result<JwtValidator<C>, ConfigError> {
        let keys = (self.keys)(RemoteKeys::jwks_uri(uri, self.client)).build()?;
        let listed: Option<HashSet<String>> = listed.map(HashSet::from_iter);
        let builder = JwtValidator::builder(&*self.template.text(), self.audience);
        let template = self.template;
        let find: FindTenant = Box::new(move |issuer| {
            let accepts = |tenant: &&str| listed.as_ref().is_none_or(|all| all.contains(*tenant));
            template.tenant(issuer).filter(accepts)
        });
        let builder = builder.habits(self.habits).many(find, self.claim);
        (self.each)(builder.remote_keys(keys)).build()
    }

    /// A validator for each.
    fn each_of(&self, tenants: &[String]) -> Result<Who<C>, ConfigError> {
        let mut validators = HashMap::new();
        for tenant in tenants {
            let (validator, _) = self.tenant(tenant, |keys| keys)?;
            let issuer = self.template.issuer(tenant).into_boxed_str();
            validators.insert(issuer, Arc::new(validator));
        }
        Ok(Who::Listed(validators))
    }

    /// A validator for each that has sent a token.
    fn any(self) -> Result<Who<C>, ConfigError> {
        self.tenant("a", |keys| keys)?; // what is wrong with one is wrong with all
        let make = Arc::new(self);
        let approves = make.clone();
        let resolve = move |issuer: Arc<str>| -> Resolving<JwtValidator<C>> {
            Box::pin(make.clone().resolve(issuer))
        };
        Ok(Who::Open {
            approves: Box::new(move |issuer| approves.template.tenant(issuer).is_some()),
            desk: Desk::new(Box::new(resolve), None, MAX_TENANTS),
        })
    }

    fn tenant(
        &self,
        tenant: &str,
        keys: impl FnOnce(RemoteKeysBuilder) -> RemoteKeysBuilder,
    ) -> Result<(JwtValidator<C>, RemoteKeys), ConfigError> {
        let issuer = self.template.issuer(tenant);
        let found = RemoteKeys::discover(&*issuer, self.client.clone()).tenant(tenant);
        let keys = (self.keys)(keys(found)).build()?;
        let mut builder = JwtValidator::builder(issuer, &*self.audience)
            .habits(self.habits.clone())
            .one_of(self.template.text())
            .remote_keys(keys.clone());
        if let Some(claim) = &self.claim {
            builder = builder.require_claim(&**claim, tenant);
        }
        Ok(((self.each)(builder).build()?, keys))
    }

    /// Whether the provider has that tenant.
    async fn resolve(
        self: Arc<Self>,
        issuer: Arc<str>,
    ) -> Result<Option<Arc<JwtValidator<C>>>, AuthError> {
        let unavailable = |error: FetchError| AuthError::unavailable().with_source(error);
        let Some(tenant) = self.template.tenant(&issuer) else {
            return Ok(None);
        };
        let made = self.tenant(tenant, |keys| keys.unheard_of(&self.template.text()));
        let (validator, keys) =
            made.map_err(|error| AuthError::unavailable().with_source(error))?;
        let exists = keys.exist().await.map_err(unavailable)?;
        Ok(exists.then(|| Arc::new(validator)))
    }
}

/// A client for all tenants together, so that many of them are no flood.
#[derive(Clone)]
struct Limited {
    client: ErasedFetch,
    permits: Arc<Semaphore>,
}

impl Fetch for Limited {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        // Nobody closes it; the time that this takes is that of the whole look.
        let _permit = self.permits.acquire().await;
        self.client.fetch(request).await
    }
}
