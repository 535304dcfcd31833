//! What is known of an issuer beforehand: for presets and tenants.

use std::sync::Arc;

use super::JwtValidatorBuilder;
use crate::{
    ConfigError,
    jwt::{
        ReadClaims,
        habits::{Habits, Published},
        rules::Missing,
        whose::FindTenant,
    },
};

impl<C: ReadClaims> JwtValidatorBuilder<C> {
    /// For an issuer that says in another way for whom its tokens are.
    pub(in crate::jwt) fn without_audience(issuer: String) -> Self {
        Self {
            audiences: Vec::new(),
            missing_audience: Missing::Accept,
            ..Self::new(issuer, String::new())
        }
    }

    pub(in crate::jwt) fn habits(mut self, habits: Habits) -> Self {
        self.habits = habits;
        self
    }

    #[cfg_attr(
        not(feature = "jwks"),
        expect(dead_code, reason = "only published keys are those of many tenants")
    )]
    pub(in crate::jwt) fn one_of(mut self, template: Arc<str>) -> Self {
        self.template = Some(template);
        self
    }

    /// Has the issuer's name be how the names of many are written. Of those that `find` finds a tenant in, tokens are accepted;
    /// `claim` must name it, if given.
    #[cfg_attr(
        not(feature = "jwks"),
        expect(dead_code, reason = "only published keys are those of many tenants")
    )]
    pub(in crate::jwt) fn many(mut self, find: FindTenant, claim: Option<String>) -> Self {
        self.tenants = Some((find, claim));
        self
    }

    /// Has `build` fail where this did. The first fault stays.
    pub(in crate::jwt) fn checked(mut self, checked: Result<(), ConfigError>) -> Self {
        self.fault = self.fault.or(checked.err());
        self
    }

    #[cfg_attr(
        not(feature = "jwks"),
        expect(dead_code, reason = "only published keys are looked for")
    )]
    pub(in crate::jwt) fn published(&self) -> (&str, Published) {
        (&self.issuer, self.habits.published)
    }
}
