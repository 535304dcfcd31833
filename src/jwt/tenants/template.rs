//! Names of issuers that differ in the tenant alone.

use std::sync::Arc;

use crate::{ConfigError, ConfigErrorKind, fetch::Url, jwt::key::PLACEHOLDER};

/// The longest name of an issuer, in bytes, and the longest tenant in it.
pub(super) const MAX_ISSUER: usize = 512;
const MAX_TENANT: usize = 128;

/// A name with a place for the tenant.
pub(super) struct Template {
    before: Box<str>,
    after: Box<str>,
}

impl Template {
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        let error = |message| Err(ConfigError::new(ConfigErrorKind::Issuer, message));
        let Some((before, after)) = text.split_once(PLACEHOLDER) else {
            return error(
                "has no `{tenantid}` in it; write it where the tenant's name stands in `iss`",
            );
        };
        if after.contains(PLACEHOLDER) {
            return error("has `{tenantid}` in it twice; write it once");
        }
        let template = Self {
            before: before.into(),
            after: after.into(),
        };
        let url = |tenant| Url::parse_name(&template.issuer(tenant));
        let (one, other) = match (url("a"), url("b")) {
            (Ok(one), Ok(other)) => (one, other),
            (Err(problem), _) | (_, Err(problem)) => return error(problem),
        };
        // Whoever chooses the tenant would choose the server that is asked.
        if one.origin() != other.origin() || one.uri().query().is_some() {
            return error(
                "has `{tenantid}` outside of its path; tenants with hosts of their own need `Tenants::resolver`",
            );
        }
        Ok(template)
    }

    pub(super) fn issuer(&self, tenant: &str) -> String {
        format!("{}{tenant}{}", self.before, self.after)
    }

    /// As it is written.
    pub(super) fn text(&self) -> Arc<str> {
        self.issuer(PLACEHOLDER).into()
    }

    /// The tenant in that name, if it is one of ours.
    pub(super) fn tenant<'i>(&self, issuer: &'i str) -> Option<&'i str> {
        let tenant = issuer
            .strip_prefix(&*self.before)?
            .strip_suffix(&*self.after)?;
        is_tenant(tenant).then_some(tenant)
    }
}

/// Letters, digits, `-`, `_`, and single dots between them: nothing that means something in an address.
pub(super) fn is_tenant(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty()
        && text.len() <= MAX_TENANT
        && text.bytes().all(allowed)
        && !text.starts_with('.')
        && !text.ends_with('.')
        && !text.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_is_one_plain_segment_of_the_path() {
        let template = Template::parse("https://id.example/{tenantid}/v2").unwrap();
        assert_eq!(template.issuer("a"), "https://id.example/a/v2");
        for (issuer, tenant) in [
            ("https://id.example/a/v2", Some("a")),
            (
                "https://id.example/9188040d-6c67-4c5b-b112-36a304b66dad/v2",
                Some("9188040d-6c67-4c5b-b112-36a304b66dad"),
            ),
            (
                "https://id.example/contoso.example/v2",
                Some("contoso.example"),
            ),
            ("https://id.example//v2", None),
            ("https://id.example/v2", None),
            ("https://id.example/a/b/v2", None),
            ("https://id.example/../v2", None),
            ("https://id.example/./v2", None),
            ("https://id.example/a..b/v2", None),
            ("https://id.example/%61/v2", None),
            ("https://id.example/a?b/v2", None),
            ("https://id.example/a#b/v2", None),
            ("https://id.example/{tenantid}/v2", None),
            ("https://id.example/a /v2", None),
            ("https://id.example/ä/v2", None),
            ("https://id.example/a\r\n/v2", None),
            ("https://id.example/a/v2/", None),
            ("https://evil.example/a/v2", None),
            ("", None),
        ] {
            assert_eq!(template.tenant(issuer), tenant, "{issuer}");
        }
        let long = template.issuer(&"a".repeat(129));
        assert_eq!(template.tenant(&long), None);
    }

    #[test]
    fn a_template_that_cannot_be_used_is_refused() {
        for text in [
            "https://id.example/v2",
            "https://id.example/{tenantid}/{tenantid}",
            "https://{tenantid}.example/v2",
            "https://{tenantid}/v2",
            "https://id.example{tenantid}/v2",
            "https://id.example:{tenantid}/v2",
            "https://id.example/v2?tenant={tenantid}",
            "{tenantid}",
            "urn:{tenantid}",
            "https://user@id.example/{tenantid}",
            "https://id.example/{tenantid}#",
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
