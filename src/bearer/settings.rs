//! What a layer was told, and what it makes of an answer.

use std::sync::Arc;

use http::{
    Extensions, HeaderMap, HeaderValue, Method,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, Entry, ORIGIN},
};

use super::{
    AuthError, Credentials, ErrorKind, Realm, ResourceMetadata, Schemes, ScopeSet, TokenSource,
    Verified,
    outcome::{Exempt, Record},
    possession::require_proof,
    render::report,
    source::extract,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Known,
    Unknown,
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) mode: Mode,
    pub(super) exempt: Option<Arc<dyn Predicate>>,
    pub(super) exempt_preflight: bool,
    pub(super) sources: Arc<[TokenSource]>,
    pub(super) schemes: Schemes,
    pub(super) max_token_bytes: usize,
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
            exempt_preflight: false,
            sources: Arc::new([TokenSource::authorization()]),
            schemes,
            max_token_bytes: 8 * 1024,
            realm: Realm::default(),
            scopes: ScopeSet::EMPTY,
            resource_metadata: None,
            remove_token: false,
            accept_unproved: false,
        }
    }

    pub(super) fn exempts(&self, head: &RequestHead<'_>) -> bool {
        self.exempt
            .as_ref()
            .is_some_and(|exempt| exempt.check(head) == Verdict::Yes)
            || self.exempt_preflight && is_preflight(head)
    }

    pub(super) fn mark_exempt(extensions: &mut Extensions) {
        extensions.insert(Exempt);
    }

    /// Takes the token out of a request.
    pub(super) fn credentials<'a>(
        &'a self,
        head: RequestHead<'a>,
    ) -> Result<Credentials<'a>, AuthError> {
        let credentials = extract(&self.sources, self.schemes, head)?;
        if credentials.token().len() > self.max_token_bytes {
            return Err(AuthError::invalid_token());
        }
        Ok(credentials)
    }

    /// Decides on the validator's answer and leaves it for what is inside, in place of what an outer layer left.
    pub(super) fn settle<I: Clone + Send + Sync + 'static>(
        &self,
        answer: Result<Verified<I>, AuthError>,
        extensions: &mut Extensions,
    ) -> Result<Caller, AuthError> {
        match answer.and_then(|verified| self.permit(verified)) {
            Ok(verified) => {
                extensions.insert(Record::authenticated(verified.identity, verified.grant));
                Ok(Caller::Known)
            }
            Err(error) => {
                let record = match (self.mode, error.kind()) {
                    (Mode::Optional | Mode::Deferred, ErrorKind::MissingToken) => {
                        Record::anonymous()
                    }
                    (Mode::Deferred, _) => {
                        report(&error);
                        Record::refused(error)
                    }
                    (Mode::Required | Mode::Optional, _) => return Err(error),
                };
                extensions.insert(record);
                Ok(Caller::Unknown)
            }
        }
    }

    /// Possession, then scopes: in the order of what a caller without them could do about it.
    fn permit<I>(&self, verified: Verified<I>) -> Result<Verified<I>, AuthError> {
        if !self.accept_unproved {
            require_proof(&verified.grant)?;
        }
        if !verified.grant.scopes().contains_all(&self.scopes) {
            return Err(AuthError::insufficient_scope(self.scopes.clone()));
        }
        Ok(verified)
    }

    /// So that no log line and no `Debug` shows the token.
    pub(super) fn mark_sensitive(&self, headers: &mut HeaderMap) {
        for source in &*self.sources {
            if let Entry::Occupied(mut lines) = headers.entry(source.header_name()) {
                for line in lines.iter_mut() {
                    line.set_sensitive(true);
                }
            }
        }
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
        if self.mode == Mode::Required {
            return None;
        }
        let names: Vec<&str> = self
            .sources
            .iter()
            .map(|source| source.header_name().as_str())
            .collect();
        let names = match names.as_slice() {
            [one] if *one == AUTHORIZATION => "Authorization".to_owned(),
            _ => names.join(", "),
        };
        HeaderValue::try_from(names).ok()
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
