//! The order of the checks, on one screen.

use std::{
    borrow::Cow,
    fmt, mem,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    Jwt, JwtValidatorBuilder, ReadClaims,
    algorithm::{AlgorithmSet, Family},
    cache::VerifiedTokens,
    error::{NoClock, Refusal, Refused},
    header::Header,
    json::Date,
    jws::{Jws, Scratch, decode_text},
    key::{KeySet, KeySource, Keys, Miss},
    registered::Registered,
    rules::Rules,
    whose::Issuer,
};
use crate::{
    Clock,
    bearer::{AuthError, Credentials, Grant, Granted, ScopeSet, TokenValidator, Verified},
};

/// Accepts access tokens that are signed JWTs, [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519).
///
/// Issuer and audience are asked for by the constructor. The identity is [`Jwt<C>`]: the claims as
/// [`Claims`](super::Claims), or as a type of the service's own that `serde` can deserialize. See the
/// [module's page](super) for what is refused.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, bearer::{Credentials, ErrorKind, TokenValidator}, jwt::JwtValidator};
///
/// #[derive(Debug, serde::Deserialize)]
/// struct User { sub: String }
///
/// let validator = JwtValidator::<User>::builder("https://id.example", "orders")
///     .hmac_secret("only an example: take random bytes")
///     .build()?;
///
/// let request = Request::new(());
/// let head = RequestHead::new(&request);
/// # let good = concat!("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJvcmRlcnMiLCJzdWIiOiJhbm4iLCJleHA",
/// #     "iOjQxMDI0NDQ4MDB9.y9HAjIU6l4xpEL5acEm7R41kIvQEAYEn_LecENs-4-c");
/// let verified = validator.validate_now(Credentials::new(good, head)).ok_or("it answers at once")??;
/// assert_eq!(verified.identity.sub, "ann");
///
/// let forged = good.replace("eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJub25lIn0"); // `"alg":"none"`
/// let refused = validator.validate_now(Credentials::new(&forged, head)).ok_or("it answers at once")?;
/// assert!(refused.is_err_and(|error| error.kind() == ErrorKind::InvalidToken));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JwtValidator<C> {
    rules: Rules,
    algorithms: AlgorithmSet,
    keys: Keys,
    clock: Arc<dyn Clock>,
    cache: Option<VerifiedTokens<C>>,
}

impl<C: ReadClaims> JwtValidator<C> {
    /// Tokens from `issuer` for `audience`: both as they stand in `iss` and `aud`, to the letter.
    ///
    /// A key is needed besides: see the builder's methods.
    pub fn builder(
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> JwtValidatorBuilder<C> {
        JwtValidatorBuilder::new(issuer.into(), audience.into())
    }

    pub(super) fn new(
        rules: Rules,
        algorithms: AlgorithmSet,
        keys: Keys,
        clock: Arc<dyn Clock>,
        cache: Option<VerifiedTokens<C>>,
    ) -> Self {
        Self {
            rules,
            algorithms,
            keys,
            clock,
            cache,
        }
    }

    #[cfg_attr(
        not(feature = "jwks"),
        expect(dead_code, reason = "only tenants are asked whose they are")
    )]
    pub(super) fn issuer(&self) -> &str {
        self.rules.whose.name()
    }

    fn check_fixed(&self, token: &[u8], keys: &KeySet) -> Result<Verified<Jwt<C>>, AuthError> {
        self.check(token, Some(keys)).map_err(|stop| match stop {
            Stop::Refuse(error) => error,
            Stop::NoKey(refused) => Refusal::unverified(refused),
        })
    }

    /// Checks with the keys that are there now. Says why there is no answer yet, where there may be others soon.
    fn check_now(
        &self,
        token: &[u8],
        source: &dyn KeySource,
    ) -> Result<Result<Verified<Jwt<C>>, AuthError>, Open> {
        loop {
            let keys = source.current();
            let refused = match self.check(token, keys.as_deref()) {
                Ok(verified) => return Ok(Ok(verified)),
                Err(Stop::Refuse(error)) => return Ok(Err(error)),
                Err(Stop::NoKey(refused)) => refused,
            };
            match source.miss(keys.as_ref()) {
                Miss::LookAgain => {}
                Miss::Refuse(error) => {
                    return Ok(Err(error.unwrap_or_else(|| Refusal::unverified(refused))));
                }
                Miss::Wait => {
                    return Err(Open {
                        refused,
                        seen: keys,
                    });
                }
            }
        }
    }

    fn check(&self, token: &[u8], keys: Option<&KeySet>) -> Result<Verified<Jwt<C>>, Stop> {
        let (mut header_room, mut signature_room) = (Scratch::Empty, Scratch::Empty);
        let unverified = Refusal::unverified;

        // Nothing is read before it is known to be nothing but a token.
        let jws = Jws::split(token).map_err(unverified)?;
        let known = keys.and_then(|keys| keys.known_header(jws.header));
        let header = match &known {
            None => header_room.decode(jws.header).map_err(unverified)?,
            Some(_) => &[],
        };
        let payload = decode_text(jws.payload).map_err(unverified)?;
        let signature = signature_room.decode(jws.signature).map_err(unverified)?;

        let header = known.map_or_else(|| Header::parse(header), Ok);
        let header = header.map_err(unverified)?;
        self.check_header(&header).map_err(unverified)?;

        let mut claims = Registered::default();
        claims.read(&payload, &self.rules).map_err(unverified)?;
        let issuer = self.rules.issuer(&claims);
        let judge = |refuse: fn(Refused) -> AuthError| {
            let now = self.now()?;
            let issuer = self.rules.check(&claims, issuer, now).map_err(refuse)?;
            Ok::<_, AuthError>((issuer, now))
        };
        // What is refused anyway costs no signature, unless that costs less than an honest answer is worth.
        let judged = match header.algorithm.family() {
            Family::Hmac => None,
            Family::Rsa | Family::P256 | Family::P384 | Family::Ed25519 => Some(judge(unverified)?),
        };
        let keys = check_signature(keys, &header, issuer, jws.signed, signature)?;
        keys.remember_header(jws.header, &header);
        let (issuer, now) = match judged {
            Some(judged) => judged,
            None => judge(Refusal::verified)?,
        };
        let issuer = issuer.name();

        let expiry = self.rules.expiry(&claims);
        let claims_len = payload.len();
        let grant = grant(&mut claims, issuer);
        drop(claims);
        let claims =
            C::__read(payload, &grant).ok_or_else(|| Refusal::verified(&Refusal::ClaimsType))?;
        let verified = Verified::new(Jwt::new(claims)).with_grant(grant);
        if let Some(cache) = &self.cache {
            cache.insert(token, &verified, claims_len, now, expiry, keys.generation());
        }
        Ok(verified)
    }

    /// What the token is known to say: it was checked a moment ago, with the keys that are still there.
    fn cached(&self, token: &[u8]) -> Option<Verified<Jwt<C>>> {
        let cache = self.cache.as_ref()?;
        cache.get(token, self.now().ok()?, self.keys.generation()?)
    }

    fn check_header(&self, header: &Header<'_>) -> Result<(), Refused> {
        self.rules.check_type(header.typ)?;
        if self.algorithms.contains(header.algorithm) {
            Ok(())
        } else {
            Err(&Refusal::Algorithm)
        }
    }

    fn now(&self) -> Result<u64, AuthError> {
        let since_1970 = self.clock.now().duration_since(SystemTime::UNIX_EPOCH);
        since_1970
            .map(|time| time.as_secs())
            .map_err(|_| NoClock::error())
    }
}

fn grant(claims: &mut Registered<'_>, issuer: Arc<str>) -> Grant {
    let boxed = |text: &Option<Cow<'_, str>>| text.as_deref().map(Into::into);
    let token_id = claims.token_id.as_ref().or(claims.token_id_alias.as_ref());
    let granted = Granted {
        issuer: Some(issuer),
        subject: boxed(&claims.subject),
        client_id: claims.client().map(Into::into),
        scopes: claims.scopes().map_or(ScopeSet::EMPTY, ScopeSet::from_wire),
        expires_at: claims.expires_at.and_then(time),
        issued_at: claims.issued_at.and_then(time),
        token_id: token_id.map(|id| (**id).into()),
        session_id: boxed(&claims.session_id),
        acr: boxed(&claims.acr),
        auth_time: claims.auth_time.and_then(time),
        confirmations: mem::take(&mut claims.confirmations),
    };
    granted.into()
}

/// Why a token is not accepted, or not yet.
enum Stop {
    Refuse(AuthError),
    /// No key fits: that is final only where there can be no others.
    NoKey(Refused),
}

/// No key fits yet.
struct Open {
    refused: Refused,
    /// The keys that were tried.
    seen: Option<Arc<KeySet>>,
}

impl From<AuthError> for Stop {
    fn from(error: AuthError) -> Self {
        Self::Refuse(error)
    }
}

/// The keys, if one of them made the signature.
fn check_signature<'k>(
    keys: Option<&'k KeySet>,
    header: &Header<'_>,
    issuer: Option<Issuer<'_>>,
    signed: &[u8],
    signature: &[u8],
) -> Result<&'k KeySet, Stop> {
    let keys = keys.ok_or(Stop::NoKey(&Refusal::UnknownKey))?;
    let (kid, algorithm) = (header.kid.as_deref(), header.algorithm);
    let mut fitting = keys.candidates(kid, algorithm, issuer).peekable();
    if fitting.peek().is_none() {
        return Err(Stop::NoKey(&Refusal::UnknownKey));
    }
    if fitting.any(|key| key.verifies(signed, signature)) {
        return Ok(keys);
    }
    if keys.names(kid, algorithm, issuer) {
        return Err(Refusal::unverified(&Refusal::Signature).into());
    }
    // Those that were tried were but guesses: it may be signed with a new one.
    Err(Stop::NoKey(&Refusal::Signature))
}

fn time(date: Date) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(date.floor()))
}

impl<C: ReadClaims> TokenValidator for JwtValidator<C> {
    type Identity = Jwt<C>;

    /// Waits only for keys that change, once, and only where none of those that are there fits.
    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<Jwt<C>>, AuthError> {
        let token = credentials.bytes();
        let source = match &self.keys {
            Keys::Fixed(keys) => return self.check_fixed(token, keys),
            Keys::Live(source) => &**source,
        };
        let open = match self.check_now(token, source) {
            Ok(answer) => return answer,
            Err(open) => open,
        };
        source.wait().await?;
        // The same keys would say the same, at the same price.
        if let Miss::LookAgain = source.miss(open.seen.as_ref())
            && let Ok(answer) = self.check_now(token, source)
        {
            return answer;
        }
        let error = source.verdict();
        Err(error.unwrap_or_else(|| Refusal::unverified(open.refused)))
    }

    fn validate_now(
        &self,
        credentials: Credentials<'_>,
    ) -> Option<Result<Verified<Jwt<C>>, AuthError>> {
        let token = credentials.bytes();
        if let Some(verified) = self.cached(token) {
            return Some(Ok(verified));
        }
        match &self.keys {
            Keys::Fixed(keys) => Some(self.check_fixed(token, keys)),
            Keys::Live(source) => self.check_now(token, &**source).ok(),
        }
    }

    /// Whether it has the form of a JWS and says, unverified, that it is from our issuer.
    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        Jws::split(credentials.bytes())
            .and_then(|jws| decode_text(jws.payload))
            .is_ok_and(|payload| {
                let issuer = Registered::issuer(&payload);
                issuer.is_some_and(|name| self.rules.whose.find(&name).is_some())
            })
    }
}

impl<C> fmt::Debug for JwtValidator<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtValidator")
            .field("issuer", &self.rules.whose.name())
            .field("audiences", &self.rules.audiences)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
