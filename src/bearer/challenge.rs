//! `WWW-Authenticate`, made of checked parts.

use std::sync::Arc;

use http::{HeaderValue, Uri};

use super::{AuthError, Scheme, ScopeSet, rejection::Words};
use crate::{ConfigError, ConfigErrorKind};

/// A challenge: what a caller must bring, [RFC 6750, section 3].
///
/// It cannot be invalid: its parts are checked when they are made, each stands in it once, and the realm always does, since
/// a challenge must have a parameter. Nothing of a request gets in.
///
/// # Examples
/// ```
/// use tower_postern::{bearer::{AuthError, Challenge, Realm}, scopes};
///
/// let challenge = Challenge::bearer(Realm::parse("shop")?);
/// assert_eq!(challenge.to_header_value(), "Bearer realm=\"shop\"");
///
/// let refused = challenge.scopes(scopes!("orders:read")).error(&AuthError::invalid_token());
/// assert_eq!(
///     refused.to_header_value(),
///     "Bearer realm=\"shop\", error=\"invalid_token\", \
///      error_description=\"The access token is not valid\", scope=\"orders:read\"",
/// );
///
/// assert!(Realm::parse("sh\nop").is_err());
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [RFC 6750, section 3]: https://www.rfc-editor.org/rfc/rfc6750#section-3
#[derive(Clone, Debug)]
pub struct Challenge {
    scheme: Scheme,
    realm: Realm,
    scopes: ScopeSet,
    error: Option<(&'static str, &'static str)>,
    resource_metadata: Option<ResourceMetadata>,
}

impl Challenge {
    /// A challenge of the scheme `Bearer` for a realm.
    pub fn bearer(realm: Realm) -> Self {
        Self {
            scheme: Scheme::Bearer,
            realm,
            scopes: ScopeSet::EMPTY,
            error: None,
            resource_metadata: None,
        }
    }

    /// Names the scopes that are needed, all of them at once. None, if not set.
    #[must_use]
    pub fn scopes(self, scopes: ScopeSet) -> Self {
        Self { scopes, ..self }
    }

    /// Names the error, with a description from a fixed table, [RFC 6750, section 3.1].
    ///
    /// Kinds without a code, such as a missing token, leave both out.
    ///
    /// [RFC 6750, section 3.1]: https://www.rfc-editor.org/rfc/rfc6750#section-3.1
    #[must_use]
    pub fn error(self, error: &AuthError) -> Self {
        Self {
            error: Words::of(error).error,
            ..self
        }
    }

    /// Names the address of the protected resource's metadata, [RFC 9728, section 5.1]. None, if not set.
    ///
    /// [RFC 9728, section 5.1]: https://www.rfc-editor.org/rfc/rfc9728#section-5.1
    #[must_use]
    pub fn resource_metadata(self, metadata: ResourceMetadata) -> Self {
        Self {
            resource_metadata: Some(metadata),
            ..self
        }
    }

    /// The value of the header.
    pub fn to_header_value(&self) -> HeaderValue {
        let mut text = String::with_capacity(160);
        text.push_str(self.scheme.as_str());
        text.push_str(" realm=\"");
        for character in self.realm.0.chars() {
            if matches!(character, '"' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
        text.push('"');
        let mut parameter = |name: &str, value: &str| {
            for part in [", ", name, "=\"", value, "\""] {
                text.push_str(part);
            }
        };
        if let Some((code, description)) = self.error {
            parameter("error", code);
            parameter("error_description", description);
        }
        if !self.scopes.is_empty() {
            parameter("scope", self.scopes.as_str());
        }
        if let Some(metadata) = &self.resource_metadata {
            parameter("resource_metadata", &metadata.0);
        }
        // Each part is checked to be printable ASCII: the other arm is for the compiler.
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Bearer realm=\"api\""))
    }
}

/// The name of the space that a challenge is for, [RFC 9110, section 11.5]. `api`, if not set.
///
/// # Examples
/// ```
/// use tower_postern::bearer::{Challenge, Realm};
///
/// assert_eq!(Challenge::bearer(Realm::parse("the \"shop\"")?).to_header_value(), r#"Bearer realm="the \"shop\"""#);
/// assert!(Realm::parse("shop\r\nset-cookie: a=b").is_err());
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [RFC 9110, section 11.5]: https://www.rfc-editor.org/rfc/rfc9110#section-11.5
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realm(Arc<str>);

impl Realm {
    /// A realm of printable ASCII characters and spaces; quotes and backslashes are escaped on the wire.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Realm`] where it is empty, or has another character.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        if text.is_empty() || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            let message = "is empty, or holds more than printable ASCII characters; name the service, as in `shop`";
            return Err(ConfigError::new(ConfigErrorKind::Realm, message));
        }
        Ok(Self(text.into()))
    }
}

impl Default for Realm {
    fn default() -> Self {
        Self("api".into())
    }
}

/// The address of a protected resource's metadata, [RFC 9728, section 3].
///
/// # Examples
/// ```
/// use tower_postern::bearer::{Challenge, Realm, ResourceMetadata};
///
/// let metadata = ResourceMetadata::parse("https://shop.example/.well-known/oauth-protected-resource")?;
/// assert_eq!(
///     Challenge::bearer(Realm::default()).resource_metadata(metadata).to_header_value(),
///     r#"Bearer realm="api", resource_metadata="https://shop.example/.well-known/oauth-protected-resource""#,
/// );
/// assert!(ResourceMetadata::parse("/.well-known/oauth-protected-resource").is_err());
/// # Ok::<(), tower_postern::ConfigError>(())
/// ```
///
/// [RFC 9728, section 3]: https://www.rfc-editor.org/rfc/rfc9728#section-3
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceMetadata(Arc<str>);

impl ResourceMetadata {
    /// An absolute URL of the scheme `https`, or `http`, for a service that is still on its developer's machine.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Url`] where it is anything else.
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        let plausible = url.bytes().all(|byte| {
            byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'#' | b'<' | b'>')
        });
        let absolute = url.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
        });
        if !plausible || !absolute {
            let message = "of the resource metadata is not an absolute http(s) URL; give one as in \
                `https://api.example/.well-known/oauth-protected-resource`";
            return Err(ConfigError::new(ConfigErrorKind::Url, message));
        }
        Ok(Self(url.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_a_realm_are_escaped() {
        let realm = Realm::parse("the \"back\\slash\" shop").unwrap();
        assert_eq!(
            Challenge::bearer(realm).to_header_value(),
            r#"Bearer realm="the \"back\\slash\" shop""#
        );
    }

    #[test]
    fn what_is_no_absolute_url_is_no_resource_metadata() {
        for url in [
            "",
            "/x",
            "api.example/x",
            "ftp://a/x",
            "https://",
            "https://a/\"x",
            "https://a/ x",
            "https://a/x#y",
        ] {
            assert!(ResourceMetadata::parse(url).is_err(), "{url:?}");
        }
        assert!(ResourceMetadata::parse("https://a/.well-known/oauth-protected-resource").is_ok());
    }
}
