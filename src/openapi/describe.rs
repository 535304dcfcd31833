//! What layers say of themselves.

use std::fmt;

use http::HeaderValue;

use super::SecurityScheme;
use crate::{
    BearerAuthLayer, RequestHead,
    bearer::{
        Asks, AuthError, Challenge, ErrorKind, Exempts, Facts, Realm, RequireLayer, ScopeSet,
    },
};

/// What a caller must bring to operations that stand behind a layer, as the layer [describes](BearerAuthLayer::describe) it.
///
/// That is security schemes, scopes, and how it refuses.
///
/// # Examples
/// ```
/// use tower_postern::{
///     BearerAuthLayer, bearer::{AuthError, RequireLayer, Verified, immediate},
///     openapi::{Operations, Protections, SecurityScheme}, scopes,
/// };
///
/// # let validator = immediate(|credentials| match credentials.token() {
/// #     "good" => Ok(Verified::new("ann")),
/// #     _ => Err(AuthError::invalid_token()),
/// # });
/// let auth = BearerAuthLayer::new(validator).realm("shop")?;
/// let readers = RequireLayer::scopes(scopes!("orders:read"));
///
/// let any_token = auth.describe().format("JWT").scheme("login", SecurityScheme::oauth2().password("/token"));
/// let readers_token = any_token.clone().and(readers.describe());
///
/// let document = r#"{"openapi":"3.1.0","paths":{"/me":{"get":{}},"/orders":{"get":{}}}}"#;
/// let protections = Protections::new()
///     .protect(Operations::path("/me"), any_token)
///     .protect(Operations::path("/orders"), readers_token);
/// let written: serde_json::Value = serde_json::from_slice(&protections.write(document)?)?;
/// assert_eq!(written["paths"]["/me"]["get"]["security"][0]["bearer"], serde_json::json!([]));
/// assert_eq!(written["paths"]["/orders"]["get"]["security"][0]["bearer"], serde_json::json!(["orders:read"]));
/// assert!(written["components"]["securitySchemes"]["login"]["flows"]["password"].is_object());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Protection {
    pub(super) asks: Asks,
    /// Alternatives, by their names.
    pub(super) schemes: Vec<(String, SecurityScheme)>,
    /// Alternatives; all scopes of one are needed.
    pub(super) scopes: Vec<ScopeSet>,
    /// Those that the first refusal names.
    first: ScopeSet,
    challenge: Option<Challenge>,
    exempts: Option<Exempts>,
}

impl Protection {
    fn new(facts: Facts) -> Self {
        let mut schemes: Vec<(String, SecurityScheme)> = Vec::new();
        for header in &facts.headers {
            let (name, scheme) = SecurityScheme::of_header(header);
            let count = schemes
                .iter()
                .filter(|(other, _)| other.starts_with(name))
                .count();
            let name = match count {
                0 => name.to_owned(),
                count => format!("{name}{}", count + 1),
            };
            schemes.push((name, scheme));
        }
        Self {
            asks: facts.asks,
            schemes,
            first: union(&facts.scopes),
            scopes: facts.scopes,
            challenge: facts.challenge,
            exempts: facts.exempts,
        }
    }

    /// Adds what a layer inside asks for: both must be content.
    #[must_use]
    pub fn and(self, inner: Self) -> Self {
        let mut schemes = self.schemes;
        for (name, scheme) in inner.schemes {
            if !schemes.iter().any(|(other, _)| *other == name) {
                schemes.push((name, scheme));
            }
        }
        let both = |outer: &ScopeSet| {
            let inner = inner.scopes.iter();
            inner.map(|inner| outer.union(inner)).collect::<Vec<_>>()
        };
        Self {
            asks: self.asks.max(inner.asks),
            schemes,
            first: match self.asks {
                // It refuses before the one inside is asked.
                Asks::Token => self.first,
                Asks::Good | Asks::Nothing => self.first.union(&inner.first),
            },
            scopes: self.scopes.iter().flat_map(both).collect(),
            challenge: self.challenge.or(inner.challenge),
            // What one lets pass unasked, the other asks.
            exempts: match (self.exempts, inner.exempts) {
                (Some(outer), Some(inner)) => {
                    Some(std::sync::Arc::new(move |head| outer(head) && inner(head)))
                }
                (outer, None) if inner.asks == Asks::Nothing => outer,
                _ => None,
            },
        }
    }

    /// Adds a security scheme, such as the flow by which a token is come by, as an alternative to the others.
    ///
    /// It leads to the same token. One of that name is replaced.
    #[must_use]
    pub fn scheme(mut self, name: impl Into<String>, scheme: SecurityScheme) -> Self {
        let name = name.into();
        match self.schemes.iter_mut().find(|(other, _)| *other == name) {
            Some(there) => there.1 = scheme,
            None => self.schemes.push((name, scheme)),
        }
        self
    }

    /// Says what the bearer tokens are, such as `JWT`.
    #[must_use]
    pub fn format(mut self, format: &str) -> Self {
        for (_, scheme) in &mut self.schemes {
            *scheme = scheme.clone().format(format);
        }
        self
    }

    pub(super) fn exempts(&self, head: &RequestHead<'_>) -> bool {
        self.exempts.as_ref().is_some_and(|exempts| exempts(head))
    }

    /// The challenge of a refusal, as the layer renders it.
    pub(super) fn challenge(&self, error: &AuthError) -> HeaderValue {
        let scopes = if error.kind() == ErrorKind::InsufficientScope {
            union(&self.scopes)
        } else {
            self.first.clone()
        };
        let plain = self.challenge.clone();
        let plain = plain.unwrap_or_else(|| Challenge::bearer(Realm::default()));
        plain.scopes(scopes).error(error).to_header_value()
    }
}

fn union(alternatives: &[ScopeSet]) -> ScopeSet {
    let mut all = alternatives.iter();
    all.next().map_or(ScopeSet::EMPTY, |first| {
        all.fold(first.clone(), |all, one| all.union(one))
    })
}

impl fmt::Debug for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protection")
            .field("asks", &self.asks)
            .field("schemes", &self.schemes)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

impl<V, R> BearerAuthLayer<V, R> {
    /// Describes the layer for an OpenAPI document.
    ///
    /// That is where it looks for tokens, which scopes it asks for, what it exempts, and how it refuses: see
    /// [`Protection`] for an example.
    pub fn describe(&self) -> Protection {
        Protection::new(self.facts())
    }
}

impl RequireLayer {
    /// Describes the layer for an OpenAPI document, to be [added](Protection::and) to that of the layer outside.
    ///
    /// That is a [`BearerAuthLayer`]. See [`Protection`] for an example.
    pub fn describe(&self) -> Protection {
        Protection::new(self.facts())
    }
}
