//! Whose keys these are.

use std::sync::Arc;

/// What issuers of many tenants write where the tenant belongs.
pub(in crate::jwt) const PLACEHOLDER: &str = "{tenantid}";

/// The name of an issuer, and which part of it is the tenant, if it has tenants.
#[derive(Clone)]
pub(super) struct Owner {
    issuer: Arc<str>,
    tenant: Option<Box<str>>,
}

impl Owner {
    pub(super) fn new(issuer: &str, tenant: Option<&str>) -> Self {
        Self {
            issuer: issuer.into(),
            tenant: tenant.map(Into::into),
        }
    }

    pub(super) fn issuer(&self) -> &Arc<str> {
        &self.issuer
    }

    /// Whether a document means this issuer: to the letter, or, where it writes of all tenants, after substitution.
    pub(super) fn is(&self, written: &str) -> bool {
        if *written == *self.issuer {
            return true;
        }
        let tenant = self.tenant.as_deref();
        tenant.is_some_and(|tenant| written.replace(PLACEHOLDER, tenant) == *self.issuer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_stands_for_the_tenant_only_where_there_are_tenants() {
        let tenant = Owner::new("https://id.example/a/v2", Some("a"));
        let alone = Owner::new("https://id.example/a/v2", None);
        for (written, of_tenant, of_alone) in [
            ("https://id.example/a/v2", true, true),
            ("https://id.example/{tenantid}/v2", true, false),
            ("https://id.example/b/v2", false, false),
            ("https://id.example/{tenant}/v2", false, false),
            ("https://id.example/v2", false, false),
            ("{tenantid}", false, false),
            ("", false, false),
        ] {
            assert_eq!(tenant.is(written), of_tenant, "{written}");
            assert_eq!(alone.is(written), of_alone, "{written}");
        }
    }
}
