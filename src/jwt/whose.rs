//! Whose tokens are accepted, and whose keys are used for them.

use std::{fmt, iter, sync::Arc};

/// The issuers whose tokens are accepted.
#[derive(Debug)]
pub(super) struct Whose {
    /// The name of the one issuer, or how the names of all are written.
    name: Arc<str>,
    kind: Kind,
}

enum Kind {
    One {
        /// Other spellings of its name.
        also: &'static [&'static str],
        /// How its provider writes the names of all its tenants, where it is one of them.
        template: Option<Arc<str>>,
    },
    Tenants(FindTenant),
}

/// Finds the tenant in the name of an issuer whose tokens are accepted.
pub(super) type FindTenant = Box<dyn Fn(&str) -> Option<&str> + Send + Sync>;

/// The issuer that a token names: one whose tokens are accepted.
#[derive(Clone, Copy)]
pub(super) struct Issuer<'a> {
    whose: &'a Whose,
    tenant: Option<Tenant<'a>>,
}

#[derive(Clone, Copy)]
struct Tenant<'a> {
    issuer: &'a str,
    name: &'a str,
}

impl Whose {
    pub(super) fn one(
        issuer: Arc<str>,
        also: &'static [&'static str],
        template: Option<Arc<str>>,
    ) -> Self {
        Self {
            name: issuer,
            kind: Kind::One { also, template },
        }
    }

    pub(super) fn tenants(template: Arc<str>, find: FindTenant) -> Self {
        Self {
            name: template,
            kind: Kind::Tenants(find),
        }
    }

    /// For the operator.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The issuer of that name, if its tokens are accepted.
    pub(super) fn find<'a>(&'a self, issuer: &'a str) -> Option<Issuer<'a>> {
        let tenant = match &self.kind {
            Kind::One { also, .. } if *issuer == *self.name || also.contains(&issuer) => None,
            Kind::One { .. } => return None,
            Kind::Tenants(find) => Some(Tenant {
                issuer,
                name: find(issuer)?,
            }),
        };
        Some(Issuer {
            whose: self,
            tenant,
        })
    }

    /// Whether a key that says so is the issuer's, or that of one of the tenants.
    pub(super) fn owns(&self, written: &str) -> bool {
        match &self.kind {
            Kind::One { .. } => Issuer {
                whose: self,
                tenant: None,
            }
            .forms()
            .any(|form| form == written),
            Kind::Tenants(find) => written == &*self.name || find(written).is_some(),
        }
    }
}

impl<'a> Issuer<'a> {
    /// Its name, in one spelling.
    pub(super) fn name(self) -> Arc<str> {
        match self.tenant {
            Some(tenant) => tenant.issuer.into(),
            None => self.whose.name.clone(),
        }
    }

    /// The tenant in it, where one of many is accepted.
    pub(super) fn tenant(self) -> Option<&'a str> {
        Some(self.tenant?.name)
    }

    /// What its keys may say of whose they are: its name, or that of all tenants of its provider.
    pub(super) fn forms(self) -> impl Iterator<Item = &'a str> {
        let (also, template) = match &self.whose.kind {
            Kind::One { also, template } => (*also, template.as_deref()),
            Kind::Tenants(_) => (&[][..], self.tenant.map(|tenant| tenant.issuer)),
        };
        iter::once(&*self.whose.name)
            .chain(template)
            .chain(also.iter().copied())
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One { .. } => "One",
            Self::Tenants(_) => "Tenants",
        })
    }
}
