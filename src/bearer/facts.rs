//! What layers were told, for those who describe them.

use std::sync::Arc;

use http::HeaderName;

use super::{
    BearerAuthLayer, Challenge, RequireLayer, ScopeSet, TokenSource, require::Wanted,
    settings::Mode,
};
use crate::RequestHead;

/// What a layer does with a request, as far as that can be told without one.
pub(crate) struct Facts {
    pub(crate) asks: Asks,
    /// The headers in which tokens come.
    pub(crate) headers: Vec<HeaderName>,
    /// The scopes that do, each set for itself.
    pub(crate) scopes: Vec<ScopeSet>,
    /// Without scopes and without an error; `None` where another layer renders it.
    pub(crate) challenge: Option<Challenge>,
    pub(crate) exempts: Option<Exempts>,
}

/// Whether a layer lets a request pass unasked.
pub(crate) type Exempts = Arc<dyn Fn(&RequestHead<'_>) -> bool + Send + Sync>;

/// What becomes of a request without a good token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asks {
    /// It passes, whatever it brings.
    Nothing,
    /// It passes without a token, and not with a bad one.
    Good,
    /// It is refused.
    Token,
}

impl<V, R> BearerAuthLayer<V, R> {
    pub(crate) fn facts(&self) -> Facts {
        let settings = &self.shared.settings;
        let mut challenge = Challenge::bearer(settings.realm.clone());
        if let Some(metadata) = &settings.resource_metadata {
            challenge = challenge.resource_metadata(metadata.clone());
        }
        let same = settings.clone();
        Facts {
            asks: match settings.mode {
                Mode::Required => Asks::Token,
                Mode::Optional => Asks::Good,
                Mode::Deferred => Asks::Nothing,
            },
            headers: settings
                .sources
                .iter()
                .map(TokenSource::header_name)
                .cloned()
                .collect(),
            scopes: vec![settings.scopes.clone()],
            challenge: Some(challenge),
            exempts: Some(Arc::new(move |head| same.exempts(head))),
        }
    }
}

impl RequireLayer {
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            asks: Asks::Token,
            headers: Vec::new(),
            scopes: match &self.wanted {
                Wanted::Identity => vec![ScopeSet::EMPTY],
                Wanted::All(scopes) => vec![scopes.clone()],
                Wanted::Any(scopes) => scopes.iter().map(ScopeSet::from_wire).collect(),
            },
            challenge: None,
            exempts: None,
        }
    }
}
