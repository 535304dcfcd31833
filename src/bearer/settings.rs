//! What a layer was told, and what it makes of an answer.

use std::sync::Arc;

use http::{
    Extensions, HeaderMap, HeaderValue, Method,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN},
};

use super::{
    AuthError, Credentials, ErrorKind, Grant, Outcome, Realm, ResourceMetadata, Schemes, ScopeSet,
    TokenSource, Verified, outcome,
    outcome::{Exempt, Record},
    possession::require_proof,
    render::report,
    source::extract,
    token::Grammar,
};
use crate::{
    RequestHead,
    predicate::{Predicate, Verdict},
};

/// What becomes of a request without a good token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It is refused.
    Required,
    /// Without a token it passes, with a bad one it is refused.
    Optional,
    /// It passes, and what is inside decides.
    Deferred,
}

/// What the layer knows of the caller while the inner service answers.
pub(super) enum Caller {
    Known,
    /// No token was sent.
    Anonymous,
    /// Its token was refused, which is left to what is inside. In a box, or every future would be larger by an error.
    Refused(Box<AuthError>),
}

impl Caller {
    /// Whether it was proved who made the token that came with the request.
    fn is_verified(&self) -> bool {
        match self {
            Self::Known => true,
            Self::Anonymous => false,
            Self::Refused(error) => error.is_verified(),
        }
    }

    /// What was raised inside as it is to this caller, and whether the operator was told of it before.
    pub(super) fn refusal(&self, raised: AuthError) -> (AuthError, bool) {
        let raised = raised.about(self.is_verified());
        match (self, raised.kind()) {
            // What is missing is a token, not a scope.
            (Self::Anonymous, ErrorKind::InsufficientScope) => {
                (raised.replaced_by(AuthError::missing_token()), false)
            }
            // Nor is it a token: the one that was sent was refused, or could not be checked.
            (Self::Refused(error), ErrorKind::InsufficientScope | ErrorKind::MissingToken) => {
                (raised.replaced_by((**error).clone()), true)
            }
            (Self::Refused(error), kind) => (raised, kind == error.kind()),
            (Self::Known | Self::Anonymous, _) => (raised, false),
        }
    }
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) mode: Mode,
    pub(super) exempt: Option<Arc<dyn Predicate>>,
    pub(super) when: Option<Arc<dyn Predicate>>,
    pub(super) exempt_preflight: bool,
    pub(super) sources: Arc<[TokenSource]>,
    pub(super) grammar: Grammar,
    pub(super) realm: Realm,
    pub(super) scopes: ScopeSet,
    pub(super) resource_metadata: Option<ResourceMetadata>,
    pub(super) remove_token: bool,
    pub(super) accept_unproved: bool,
}

impl Settings {
    pub(super) fn new(schemes: Schemes) -> Self {
        Self {
            mode: Mode::Required,
            exempt: None,
            when: None,
            exempt_preflight: false,
            sources: Arc::new([TokenSource::authorization()]),
            grammar: Grammar {
                schemes,
                max_token_bytes: 8 * 1024,
            },
            realm: Realm::default(),
            scopes: ScopeSet::EMPTY,
            resource_metadata: None,
            remove_token: false,
            accept_unproved: false,
        }
    }

    pub(super) fn exempts(&self, head: &RequestHead<'_>) -> bool {
        let answers = |predicate: &Option<Arc<dyn Predicate>>, opens| {
            predicate
                .as_ref()
                .is_some_and(|predicate| predicate.check(head) == opens)
        };
        answers(&self.exempt, Verdict::Yes)
            || answers(&self.when, Verdict::No)
            || self.exempt_preflight && is_preflight(head)
    }

    /// Says to what is inside that nobody was asked here. What a layer further out found stays.
    pub(super) fn pass_unasked(extensions: &mut Extensions) -> Caller {
        let caller = match outcome(extensions) {
            Some(Outcome::Authenticated(_)) => Caller::Known,
            Some(Outcome::Refused(error)) => Caller::Refused(Box::new(error.clone())),
            Some(Outcome::Anonymous) | None => Caller::Anonymous,
        };
        extensions.insert(Exempt);
        caller
    }

    /// Takes the token out of a request.
    #[inline]
    pub(super) fn credentials<'a>(
        &'a self,
        head: RequestHead<'a>,
    ) -> Result<Credentials<'a>, AuthError> {
        match extract(&self.sources, self.grammar, &head) {
            Ok(found) => Ok(Credentials::found(found, head)),
            Err(kind) => Err(AuthError::new(kind)),
        }
    }

    /// Decides on the validator's answer and leaves it for what is inside, in place of what an outer layer left.
    #[inline]
    pub(super) fn settle<I: Clone + Send + Sync + 'static>(
        &self,
        answer: Result<Verified<I>, AuthError>,
        extensions: &mut Extensions,
    ) -> Result<Caller, AuthError> {
        let error = match answer {
            Ok(verified) => match self.permit(&verified.grant) {
                Ok(()) => {
                    extensions.insert(Record::authenticated(verified.identity, verified.grant));
                    return Ok(Caller::Known);
                }
                Err(error) => error,
            },
            Err(error) => error,
        };
        let (record, caller) = match (self.mode, error.kind()) {
            (Mode::Optional | Mode::Deferred, ErrorKind::MissingToken) => {
                (Record::anonymous(), Caller::Anonymous)
            }
            (Mode::Deferred, _) => {
                report(&error);
                let caller = Caller::Refused(Box::new(error.clone()));
                (Record::refused(error), caller)
            }
            (Mode::Required | Mode::Optional, _) => return Err(error),
        };
        extensions.insert(record);
        Ok(caller)
    }

    /// Possession, then scopes: in the order of what a caller without them could do about it.
    fn permit(&self, grant: &Grant) -> Result<(), AuthError> {
        if !self.accept_unproved {
            require_proof(grant)?;
        }
        if !grant.scopes().contains_all(&self.scopes) {
            return Err(AuthError::insufficient_scope(self.scopes.clone()));
        }
        Ok(())
    }

    /// So that no log line and no `Debug` shows the token. Whether there is a place in which one can stand.
    ///
    /// Never by way of `entry`, which makes room for a header that is not there: an allocation, and a panic where a head is
    /// as full as it can be.
    pub(super) fn mark_sensitive(&self, headers: &mut HeaderMap) -> bool {
        let mut found = false;
        for source in &*self.sources {
            let name = source.header_name();
            let Some(line) = headers.get_mut(name) else {
                continue;
            };
            line.set_sensitive(true);
            found = true;
            // A second line passes in one mode alone.
            if self.mode == Mode::Deferred && headers.get_all(name).iter().nth(1).is_some() {
                for (_, line) in headers.iter_mut().filter(|(other, _)| *other == name) {
                    line.set_sensitive(true);
                }
            }
        }
        found
    }

    pub(super) fn remove_token(&self, headers: &mut HeaderMap) {
        if self.remove_token {
            for source in &*self.sources {
                headers.remove(source.header_name());
            }
        }
    }

    /// The header that says on what the answers depend, where they differ by the token; `None` where all without a good
    /// token are refused.
    pub(super) fn vary(&self) -> Option<HeaderValue> {
        if self.mode == Mode::Required || self.sources.is_empty() {
            return None;
        }
        let names: Vec<&str> = self
            .sources
            .iter()
            .map(|source| source.header_name().as_str())
            .collect();
        match names.as_slice() {
            [one] if *one == AUTHORIZATION => Some(HeaderValue::from_static("Authorization")),
            _ => HeaderValue::try_from(names.join(", ")).ok(),
        }
    }
}

/// A CORS preflight, as [Fetch] has it: browsers send no token with it.
///
/// [Fetch]: https://fetch.spec.whatwg.org/#cors-preflight-fetch
fn is_preflight(head: &RequestHead<'_>) -> bool {
    *head.method() == Method::OPTIONS
        && head.headers().contains_key(ORIGIN)
        && head.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
