//! Security schemes: how a caller comes by a token, and where it goes.

use std::collections::BTreeSet;

use super::json::{Json, Object};
use crate::bearer::TokenSource;

/// A security scheme of a document: how a caller comes by a token, and where it goes.
///
/// [`BearerAuthLayer::describe`](crate::BearerAuthLayer::describe) makes those that the layer knows of: which header, and
/// which scheme. How a token is come by is the issuer's, and said with [`Protection::scheme`](super::Protection::scheme).
/// The scopes of OAuth flows are filled in from the operations.
///
/// # Examples
/// ```
/// use tower_postern::{
///     BearerAuthLayer, bearer::{Verified, immediate}, openapi::{Operations, Protections, SecurityScheme}, scopes,
/// };
///
/// let password = SecurityScheme::oauth2().password("/token");
/// let code = SecurityScheme::oauth2()
///     .authorization_code("https://id.example/authorize", "https://id.example/token")
///     .scope("orders:read", "See orders");
/// let discovered = SecurityScheme::open_id_connect("https://id.example/.well-known/openid-configuration");
///
/// let auth = BearerAuthLayer::new(immediate(|_| Ok(Verified::new("ann")))).scopes(scopes!("orders:write"));
/// let protection = auth.describe().scheme("login", password).scheme("code", code).scheme("discovered", discovered);
/// let document = Protections::new()
///     .protect(Operations::all(), protection)
///     .write(r#"{"openapi":"3.1.0","paths":{"/orders":{"post":{}}}}"#)?;
/// let document: serde_json::Value = serde_json::from_slice(&document)?;
/// let schemes = &document["components"]["securitySchemes"];
/// assert_eq!(schemes["login"]["flows"]["password"]["tokenUrl"], "/token");
/// // What was described, and what an operation asks for:
/// let scopes = schemes["code"]["flows"]["authorizationCode"]["scopes"].as_object().ok_or("no scopes")?;
/// assert_eq!(scopes.keys().collect::<Vec<_>>(), ["orders:read", "orders:write"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SecurityScheme(Object);

impl SecurityScheme {
    /// A token in the `Authorization` header, after `Bearer`.
    pub fn bearer() -> Self {
        Self::http("bearer")
    }

    /// A token in the `Authorization` header, after `DPoP`, [RFC 9449, section 7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1).
    pub fn dpop() -> Self {
        Self::http("dpop")
    }

    /// A token in a header of its own.
    pub fn api_key(header: &str) -> Self {
        Self::of([
            ("type", "apiKey".into()),
            ("in", "header".into()),
            ("name", header.into()),
        ])
    }

    /// A token of an OAuth 2 issuer, by the flows that are added.
    pub fn oauth2() -> Self {
        Self::of([("type", "oauth2".into()), ("flows", Object::new().into())])
    }

    /// A token of a provider of `OpenID Connect`, which says at this address how to come by one.
    pub fn open_id_connect(url: &str) -> Self {
        Self::of([
            ("type", "openIdConnect".into()),
            ("openIdConnectUrl", url.into()),
        ])
    }

    /// Says what the bearer tokens are, such as `JWT`. Of other schemes, nothing.
    #[must_use]
    pub fn format(mut self, format: &str) -> Self {
        if self.text("scheme") == Some("bearer") {
            self.0.insert("bearerFormat".to_owned(), format.into());
        }
        self
    }

    /// Says more about it.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.0.insert("description".to_owned(), text.into());
        self
    }

    /// Adds the flow in which the caller gives name and password to `token_url`, as in the quickstart.
    #[must_use]
    pub fn password(self, token_url: &str) -> Self {
        self.flow("password", [("tokenUrl", token_url)])
    }

    /// Adds the flow in which a browser is sent to `authorization_url`, and the code that it brings back to `token_url`.
    #[must_use]
    pub fn authorization_code(self, authorization_url: &str, token_url: &str) -> Self {
        let urls = [
            ("authorizationUrl", authorization_url),
            ("tokenUrl", token_url),
        ];
        self.flow("authorizationCode", urls)
    }

    /// Adds the flow in which a service asks for itself at `token_url`.
    #[must_use]
    pub fn client_credentials(self, token_url: &str) -> Self {
        self.flow("clientCredentials", [("tokenUrl", token_url)])
    }

    /// Describes a scope in each flow that was added so far, whether or not an operation asks for it.
    #[must_use]
    pub fn scope(mut self, scope: &str, description: &str) -> Self {
        self.each_flow(|scopes| {
            scopes.insert(scope.to_owned(), description.into());
        });
        self
    }

    /// What the layer knows of a header in which tokens come.
    pub(super) fn of_header(name: &http::HeaderName) -> (&'static str, Self) {
        if *name == http::header::AUTHORIZATION {
            ("bearer", Self::bearer())
        } else {
            ("apiKey", Self::api_key(name.as_str()))
        }
    }

    fn http(scheme: &str) -> Self {
        Self::of([("type", "http".into()), ("scheme", scheme.into())])
    }

    fn of<const N: usize>(members: [(&str, Json); N]) -> Self {
        Self(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    fn flow<const N: usize>(mut self, name: &str, urls: [(&str, &str); N]) -> Self {
        let mut flow: Object = urls
            .into_iter()
            .map(|(name, url)| (name.to_owned(), url.into()))
            .collect();
        flow.insert("scopes".to_owned(), Object::new().into());
        if let Some(flows) = self.0.get_mut("flows").and_then(Json::as_object_mut) {
            flows.insert(name.to_owned(), flow.into());
        }
        self
    }

    fn each_flow(&mut self, mut change: impl FnMut(&mut Object)) {
        let flows = self.0.get_mut("flows").and_then(Json::as_object_mut);
        for flow in flows.into_iter().flat_map(Object::values_mut) {
            let scopes = flow.as_object_mut().and_then(|flow| {
                let scopes = flow.entry("scopes".to_owned());
                scopes
                    .or_insert_with(|| Object::new().into())
                    .as_object_mut()
            });
            if let Some(scopes) = scopes {
                change(scopes);
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Whether its requirements list scopes in every version of OpenAPI.
    pub(super) fn has_scopes(&self) -> bool {
        matches!(self.text("type"), Some("oauth2" | "openIdConnect"))
    }

    /// As a member of `securitySchemes`, with these scopes; `None` where a scheme of another kind has the name already.
    pub(super) fn written(&self, there: Option<&Json>, scopes: &BTreeSet<String>) -> Option<Json> {
        let mut written = match there {
            None => self.clone(),
            // What the author wrote says more than a layer can.
            Some(there) => {
                let there = Self(there.as_object()?.clone());
                let same = |name| {
                    there.text(name).map(str::to_lowercase)
                        == self.text(name).map(str::to_lowercase)
                };
                if there.0.contains_key("$ref") {
                    return Some(there.0.into());
                }
                (same("type") && same("scheme") && same("name")).then_some(there)?
            }
        };
        written.each_flow(|listed| {
            for scope in scopes {
                listed.entry(scope.clone()).or_insert_with(|| "".into());
            }
        });
        Some(written.0.into())
    }
}

impl From<&TokenSource> for SecurityScheme {
    /// A token where the source looks for one.
    fn from(source: &TokenSource) -> Self {
        Self::of_header(source.header_name()).1
    }
}
