//! Where an issuer keeps its keys, as it says itself: [RFC 8414] and [OpenID Connect Discovery].
//!
//! [RFC 8414]: https://www.rfc-editor.org/rfc/rfc8414#section-3
//! [OpenID Connect Discovery]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;

use super::owner::Owner;
use crate::fetch::{FetchError, FetchErrorKind, Gate, Origin, PlainHost, Url, UrlProblem};

/// An issuer that is asked.
pub(super) struct Discovery {
    owner: Owner,
    /// Where the document may be. One of them is tried first: that under which it was found the last time.
    places: [Url; 2],
    first: AtomicUsize,
    /// Where all that it names is fetched from, whatever it says.
    from: Option<Origin>,
    plain: Option<PlainHost>,
}

/// What is read of the document.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Discovery {
    pub(super) fn new(
        owner: Owner,
        from: Option<Origin>,
        plain: Option<PlainHost>,
    ) -> Result<Self, UrlProblem> {
        let issuer = &**owner.issuer();
        // With an address of its own the issuer's is but a name.
        let named = match &from {
            Some(origin) => Url::parse_name(issuer)?.at(origin),
            None => Url::parse(issuer, plain.as_ref())?,
        };
        if named.uri().query().is_some() {
            return Err("has a query; give it as it stands in the tokens");
        }
        let path = named.uri().path().trim_end_matches('/').to_owned();
        let appended = named.with_path(&format!("{path}/.well-known/openid-configuration"))?;
        let inserted =
            named.with_path(&format!("/.well-known/oauth-authorization-server{path}"))?;
        Ok(Self {
            owner,
            places: [appended, inserted],
            first: AtomicUsize::new(0),
            from,
            plain,
        })
    }

    /// The address of the keys.
    pub(super) async fn jwks_uri(&self, gate: &Gate) -> Result<Url, FetchError> {
        let [appended, inserted] = &self.places;
        let first = self.first.load(Ordering::Relaxed);
        let (place, other) = match first {
            0 => (appended, inserted),
            _ => (inserted, appended),
        };
        let error = match self.ask(gate, place).await {
            Ok(uri) => return Ok(uri),
            Err(error) => error,
        };
        if !is_of_this_place(error.kind()) {
            return Err(error);
        }
        match self.ask(gate, other).await {
            Ok(uri) => {
                self.first.store(1 - first.min(1), Ordering::Relaxed);
                Ok(uri)
            }
            // A 404 is what a place is answered with where there is nothing.
            Err(_) if error.kind() != FetchErrorKind::Status => Err(error),
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, gate: &Gate, place: &Url) -> Result<Url, FetchError> {
        let document = gate.json(place, "application/json").await?;
        let content = || FetchError::new(FetchErrorKind::Content);
        let Ok(metadata) = serde_json::from_slice::<Metadata>(document.body()) else {
            return Err(content().because("it is no discovery document with `jwks_uri`"));
        };
        // To the letter, or one issuer could answer for another: RFC 8414, section 3.3.
        if !self.owner.is(&metadata.issuer) {
            return Err(content().because("the discovery document is another issuer's: `issuer`"));
        }
        self.address(&metadata.jwks_uri)
            .map_err(|problem| FetchError::new(FetchErrorKind::Address).because(problem))
    }

    fn address(&self, named: &str) -> Result<Url, UrlProblem> {
        match &self.from {
            Some(origin) => Ok(Url::parse_name(named)?.at(origin)),
            None => Url::parse(named, self.plain.as_ref()),
        }
    }
}

/// Whether the document may be elsewhere on the same server.
fn is_of_this_place(kind: FetchErrorKind) -> bool {
    matches!(
        kind,
        FetchErrorKind::Content
            | FetchErrorKind::MediaType
            | FetchErrorKind::Redirect
            | FetchErrorKind::Status
            | FetchErrorKind::TooLarge
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(issuer: &str, from: Option<&str>) -> Result<[String; 2], UrlProblem> {
        let plain = PlainHost::parse("keycloak").ok();
        let from = from.map(|from| Origin::parse(from, plain.as_ref()).unwrap());
        let discovery = Discovery::new(Owner::new(issuer, None), from, plain)?;
        Ok(discovery.places.map(|place| place.uri().to_string()))
    }

    #[test]
    fn the_document_is_under_the_path_or_before_it() {
        for (issuer, from, appended, inserted) in [
            (
                "https://id.example",
                None,
                "https://id.example/.well-known/openid-configuration",
                "https://id.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://id.example/",
                None,
                "https://id.example/.well-known/openid-configuration",
                "https://id.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://id.example/realms/a",
                None,
                "https://id.example/realms/a/.well-known/openid-configuration",
                "https://id.example/.well-known/oauth-authorization-server/realms/a",
            ),
            (
                "https://id.example/realms/a/",
                None,
                "https://id.example/realms/a/.well-known/openid-configuration",
                "https://id.example/.well-known/oauth-authorization-server/realms/a",
            ),
            (
                "http://localhost:8080/realms/a",
                Some("http://keycloak:8080"),
                "http://keycloak:8080/realms/a/.well-known/openid-configuration",
                "http://keycloak:8080/.well-known/oauth-authorization-server/realms/a",
            ),
        ] {
            let expect = [appended.to_owned(), inserted.to_owned()];
            assert_eq!(places(issuer, from), Ok(expect), "{issuer}");
        }
    }

    #[test]
    fn an_issuer_that_is_no_address_has_no_document() {
        for issuer in [
            "accounts.example",
            "http://id.example",
            "https://id.example?a",
            "https://id.example/#a",
            "https://user@id.example",
            "urn:example:issuer",
            "",
        ] {
            assert!(places(issuer, None).is_err(), "{issuer}");
        }
        for issuer in [
            "accounts.example",
            "https://id.example?a",
            "ftp://id.example",
        ] {
            assert!(
                places(issuer, Some("http://keycloak:8080")).is_err(),
                "{issuer}"
            );
        }
    }
}
