//! Issuers that are not known at start: the tenants of a provider.

mod builder;
mod desk;
mod template;

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

pub use self::builder::TenantsBuilder;
use self::{
    desk::{Desk, Found, Resolving},
    template::MAX_ISSUER,
};
use super::{
    Jwt, JwtValidator, ReadClaims,
    error::Refusal,
    jws::{Jws, decode_text},
    registered::Registered,
};
use crate::{
    bearer::{AuthError, Credentials, TokenValidator, Verified},
    fetch::Fetch,
};

/// How long what a resolver said is used.
const RESOLVED_FOR: Duration = Duration::from_secs(60 * 60);
const MAX_RESOLVED: usize = 1000;

/// Accepts access tokens of the tenants of a provider: issuers whose names differ in the tenant.
///
/// Each tenant has a validator of its own, with its own keys: what one tenant signs is never good for another. Which validator
/// is asked, `iss` says; the validator then checks it like everything else.
///
/// # The rules
/// 1. `iss` decides before anything is asked. It is at most 512 bytes of printable ASCII, and a tenant in it is one plain segment of a
///    path. What is not approved is refused, and causes no request.
/// 2. Tenants that are [listed](TenantsBuilder::tenants) are known at start. Where
///    [any](TenantsBuilder::danger_any_tenant) is accepted, or a [resolver](Self::resolver) decides, a tenant is looked up
///    when its first token comes; all who wait for it share one look, which goes on without them.
/// 3. For all tenants together: ten looks may begin at once and then one a second, eight are under way at most, and so are
///    requests to the provider. Beyond that tokens of new tenants are answered with 503; those of known ones are not concerned.
/// 4. What was found is kept for 1,000 tenants, and what was not, for a minute, for 1,000 others: one cannot drive out the
///    other. A look that failed is an outage, 503 for 10 seconds. Events name a tenant that was looked up from when its keys came;
///    before, anyone may have made it up.
/// 5. Where discovery or a key says `issuer` with `{tenantid}` in it, it is compared after substitution.
/// 6. Where one set of keys is [published for all](TenantsBuilder::jwks_uri), a token of a tenant that nobody has seen causes no
///    request, and nothing is kept of it.
///
/// # Examples
/// ```
/// use tower_postern::{BearerAuthLayer, jwt::{Claims, Tenants}};
/// # use tower_postern::{RequestHead, bearer::{Credentials, ErrorKind, TokenValidator}, fetch::Fetch};
/// # async fn f(client: impl Fetch, token_of_another: &str) -> Result<(), Box<dyn std::error::Error>> {
///
/// let tenants = Tenants::<Claims>::template("https://login.example/{tenantid}/v2.0", "orders", client)
///     .tenants(["7d5d4d4e", "9a1b2c3d"])
///     .tenant_claim("tid")
///     .build()?;
/// # let request = http::Request::new(());
/// # let head = RequestHead::new(&request);
/// // The token of a tenant that is not listed:
/// let refused = tenants.validate(Credentials::new(token_of_another, head)).await;
/// assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidToken);
/// let layer = BearerAuthLayer::new(tenants);
/// # Ok(()) }
/// ```
pub struct Tenants<C> {
    who: Arc<Who<C>>,
}

enum Who<C> {
    /// One for all.
    Shared(Arc<JwtValidator<C>>),
    Listed(HashMap<Box<str>, Arc<JwtValidator<C>>>),
    Open {
        approves: Box<dyn Fn(&str) -> bool + Send + Sync>,
        desk: Arc<Desk<JwtValidator<C>>>,
    },
}

impl<C: ReadClaims> Tenants<C> {
    /// Tenants whose issuers have the name `template`, with the tenant in the place of `{tenantid}`.
    ///
    /// Keys are discovered for each. See [`Tenants`] for an example.
    pub fn template(
        template: impl Into<String>,
        audience: impl Into<String>,
        client: impl Fetch,
    ) -> TenantsBuilder<C> {
        TenantsBuilder::new(template.into(), audience.into(), client)
    }

    /// Tenants that are looked up elsewhere, such as in a database.
    ///
    /// `resolve` makes the validator of an issuer, or says `None` where there is no such tenant. It is asked again after an
    /// hour.
    ///
    /// # Errors
    /// What `resolve` returns as an error is answered to those who wait, and to others for 10 seconds: say
    /// [`AuthError::unavailable`] where it could not be found out. So is a validator that is another issuer's.
    ///
    /// # Security
    /// `iss` is the sender's word. `approves` says, without asking anyone, which names can be those of tenants; `resolve` is not
    /// called for others. Never fetch from an address because a token names it.
    ///
    /// # Examples
    /// ```
    /// use std::collections::HashMap;
    /// use http::Request;
    /// use tower_postern::{
    ///     RequestHead, bearer::{AuthError, Credentials, TokenValidator}, jwt::{Claims, JwtValidator, Tenants},
    /// };
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let secrets = HashMap::from([("https://id.example".to_owned(), "only an example: take random bytes")]);
    /// let tenants = Tenants::<Claims>::resolver(
    ///     |issuer| issuer.starts_with("https://") && issuer.ends_with(".example"),
    ///     move |issuer| {
    ///         let secret = secrets.get(&issuer).copied(); // or a query
    ///         async move {
    ///             let Some(secret) = secret else { return Ok(None) }; // 401
    ///             let validator = JwtValidator::builder(issuer, "orders").hmac_secret(secret).build();
    ///             validator.map(Some).map_err(|error| AuthError::unavailable().with_source(error)) // 503
    ///         }
    ///     },
    /// );
    ///
    /// let request = Request::new(());
    /// let head = RequestHead::new(&request);
    /// # let good = concat!("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJzdWIiOiJhbm4iLCJleHAiOj",
    /// #     "QxMDI0NDQ4MDB9.y9HAjIU6l4xpEL5acEm7R41kIvQEAYEn_LecENs-4-c");
    /// let verified = tenants.validate(Credentials::new(good, head)).await?;
    /// assert_eq!(verified.grant.issuer(), Some("https://id.example"));
    /// let of_nobody = good.replace("eyJpc3Mi", "eyJpc3Nz"); // says no issuer
    /// assert!(tenants.validate(Credentials::new(&of_nobody, head)).await.is_err());
    /// # Ok(()) }
    /// ```
    pub fn resolver<A, F, Fut>(approves: A, resolve: F) -> Self
    where
        A: Fn(&str) -> bool + Send + Sync + 'static,
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<JwtValidator<C>>, AuthError>> + Send + 'static,
    {
        let resolve = move |issuer: Arc<str>| -> Resolving<JwtValidator<C>> {
            let found = resolve(String::from(&*issuer));
            Box::pin(async move {
                match found.await? {
                    Some(validator) if validator.issuer() != &*issuer => {
                        Err(AuthError::unavailable().with_static_source(&ANOTHER_ISSUER))
                    }
                    found => Ok(found.map(Arc::new)),
                }
            })
        };
        Self::of(Who::Open {
            approves: Box::new(approves),
            desk: Desk::new(Box::new(resolve), Some(RESOLVED_FOR), MAX_RESOLVED),
        })
    }

    fn of(who: Who<C>) -> Self {
        Self { who: Arc::new(who) }
    }

    /// What is known about the tenant of that token without asking.
    fn find(&self, token: &[u8]) -> Result<(String, Found<JwtValidator<C>>), AuthError> {
        let named = || issuer(token).ok_or_else(refused);
        Ok(match &*self.who {
            Who::Shared(validator) => (String::new(), Found::Known(validator.clone())),
            Who::Listed(validators) => {
                let issuer = named()?;
                let found = match validators.get(&*issuer) {
                    Some(validator) => Found::Known(validator.clone()),
                    None => Found::Refused(refused()),
                };
                (issuer, found)
            }
            Who::Open { approves, desk } => {
                let issuer = named()?;
                let found = if approves(&issuer) {
                    desk.find(&issuer)
                } else {
                    Found::Refused(refused())
                };
                (issuer, found)
            }
        })
    }
}

/// `iss`, unverified, if it could be the name of an issuer.
fn issuer(token: &[u8]) -> Option<String> {
    let payload = Jws::split(token).and_then(|jws| decode_text(jws.payload));
    let payload = payload.ok()?;
    let issuer = Registered::issuer(&payload)?;
    let plain = issuer.len() <= MAX_ISSUER && issuer.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then(|| issuer.into_owned())
}

fn refused() -> AuthError {
    Refusal::unverified(&Refusal::Issuer)
}

impl<C: ReadClaims> TokenValidator for Tenants<C> {
    type Identity = Jwt<C>;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<Jwt<C>>, AuthError> {
        let (issuer, mut found) = self.find(credentials.bytes())?;
        if let (Found::Ask, Who::Open { desk, .. }) = (&found, &*self.who) {
            found = desk.ask(&issuer).await;
        }
        match found {
            Found::Known(validator) => validator.validate(credentials).await,
            Found::Refused(error) => Err(error),
            Found::Ask => Err(AuthError::unavailable().with_static_source(&Unheard)),
        }
    }

    fn validate_now(
        &self,
        credentials: Credentials<'_>,
    ) -> Option<Result<Verified<Jwt<C>>, AuthError>> {
        match self.find(credentials.bytes()) {
            Ok((_, Found::Known(validator))) => validator.validate_now(credentials),
            Ok((_, Found::Refused(error))) | Err(error) => Some(Err(error)),
            Ok((_, Found::Ask)) => None,
        }
    }

    /// Whether it has the form of a JWS and says, unverified, that it is from a tenant that could be one of ours.
    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        issuer(credentials.bytes()).is_some_and(|issuer| match &*self.who {
            Who::Shared(validator) => validator.recognizes(credentials),
            Who::Listed(validators) => validators.contains_key(&*issuer),
            Who::Open { approves, .. } => approves(&issuer),
        })
    }
}

impl<C> Clone for Tenants<C> {
    fn clone(&self) -> Self {
        Self {
            who: self.who.clone(),
        }
    }
}

impl<C> fmt::Debug for Tenants<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = match &*self.who {
            Who::Listed(validators) => Some(validators.len()),
            Who::Shared(_) | Who::Open { .. } => None,
        };
        f.debug_struct("Tenants")
            .field("listed", &listed)
            .finish_non_exhaustive()
    }
}

/// Too many tenants are looked up at once, or the look was broken off.
#[derive(Debug)]
struct Unheard;

/// What is known of a tenant, in words for the operator.
#[derive(Debug)]
struct Known(&'static str);

static UNKNOWN_TENANT: Known = Known("there is no such tenant");
static ANOTHER_ISSUER: Known = Known("the resolver made a validator of another issuer");

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tenants are looked up faster than that is allowed")
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unheard {}
impl std::error::Error for Known {}
