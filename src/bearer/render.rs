//! From an error to the layer's answer: status, challenge, and what a hook says.

use std::{error::Error as _, fmt, mem::take, sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderName, HeaderValue, Response,
    header::{RETRY_AFTER, VARY, WWW_AUTHENTICATE},
};

use super::{
    AuthError, Challenge, ErrorKind, Reject, Rejection, ScopeSet,
    raise::unmark,
    rejection::Words,
    settings::{Caller, Settings},
};
use crate::{fields, grpc, trace};

/// The challenges of a layer, rendered once where they do not depend on the request.
#[derive(Clone)]
pub(super) struct Challenges {
    plain: Challenge,
    scopes: ScopeSet,
    missing_token: Arc<[HeaderValue]>,
    invalid_request: Arc<[HeaderValue]>,
    invalid_token: Arc<[HeaderValue]>,
    expired_token: Arc<[HeaderValue]>,
    insufficient_scope: Arc<[HeaderValue]>,
}

impl Challenges {
    pub(super) fn new(settings: &Settings) -> Self {
        let mut plain = Challenge::bearer(settings.realm.clone());
        if let Some(metadata) = &settings.resource_metadata {
            plain = plain.resource_metadata(metadata.clone());
        }
        let of = |error: &AuthError| render(&plain, &settings.scopes, error);
        Self {
            missing_token: of(&AuthError::missing_token()),
            invalid_request: of(&AuthError::invalid_request()),
            invalid_token: of(&AuthError::invalid_token()),
            expired_token: of(&AuthError::expired_token()),
            insufficient_scope: of(&AuthError::insufficient_scope(ScopeSet::EMPTY)),
            scopes: settings.scopes.clone(),
            plain,
        }
    }

    fn of(&self, error: &AuthError) -> Option<Arc<[HeaderValue]>> {
        if error
            .scopes()
            .is_some_and(|scopes| !self.scopes.contains_all(scopes))
        {
            return Words::of(error)
                .challenges
                .then(|| render(&self.plain, &self.scopes, error));
        }
        let rendered = match error.kind() {
            ErrorKind::MissingToken => &self.missing_token,
            ErrorKind::InvalidRequest => &self.invalid_request,
            ErrorKind::InvalidToken if error.is_expired() => &self.expired_token,
            ErrorKind::InvalidToken => &self.invalid_token,
            ErrorKind::InsufficientScope => &self.insufficient_scope,
            ErrorKind::Forbidden | ErrorKind::Unavailable | ErrorKind::Misconfigured => {
                return None;
            }
        };
        Some(rendered.clone())
    }
}

/// With all the scopes that the operation needs, those of the layer and those of what is inside.
fn render(plain: &Challenge, scopes: &ScopeSet, error: &AuthError) -> Arc<[HeaderValue]> {
    let scopes = error
        .scopes()
        .map_or_else(|| scopes.clone(), |more| scopes.union(more));
    Arc::new([plain.clone().scopes(scopes).error(error).to_header_value()])
}

/// What the response future knows of its layer: that it can answer in the place of the inner service.
pub(super) trait Render<Res>: Send + Sync {
    /// The answer to a refused request; to a gRPC call, whose content type is given, without a body.
    fn refuse(&self, error: AuthError, grpc: Option<HeaderValue>) -> Res;

    /// Puts on the inner service's answer what the layer has to say, or a refusal in its place where one was raised.
    fn finish(&self, response: &mut Res, caller: &Caller, grpc: Option<HeaderValue>);
}

/// Status, challenge and what the hook says; to a gRPC call all in headers.
pub(super) fn refuse<B, R: Reject<B>>(
    reject: &R,
    challenges: &Challenges,
    error: AuthError,
    grpc: Option<HeaderValue>,
) -> Response<B> {
    let words = Words::of(&error);
    let challenges = challenges.of(&error);
    let rejection = Rejection::new(error, words.status, challenges, grpc.is_some());
    let mut response = reject.reject(&rejection);
    unmark(response.extensions_mut());
    let (error, challenges) = rejection.into_parts();

    if let Some(content_type) = grpc {
        let body = response.into_body();
        response = grpc::trailers_only(content_type, words.code, body);
        let message = HeaderValue::from_static(message(&error));
        response.headers_mut().insert("grpc-message", message);
    } else {
        *response.status_mut() = words.status;
        response.headers_mut().remove(WWW_AUTHENTICATE);
        if error.kind() == ErrorKind::Unavailable {
            let delay = retry_after(error.retry_after());
            fields::insert(response.headers_mut(), RETRY_AFTER, &delay);
        }
    }
    for challenge in challenges.as_deref().unwrap_or_default() {
        fields::append(response.headers_mut(), WWW_AUTHENTICATE, challenge);
    }
    response.extensions_mut().insert(error);
    response
}

/// Answers in place of a response that was raised inside, and keeps what layers in between put on that.
pub(super) fn replace<B>(raised: &mut Response<B>, mut answer: Response<B>) {
    carry_over(take(raised.headers_mut()), answer.headers_mut());
    let mut extensions = take(raised.extensions_mut());
    extensions.extend(take(answer.extensions_mut()));
    *answer.extensions_mut() = extensions;
    *raised = answer;
}

/// The text of `grpc-message`: of characters that need no escapes.
fn message(error: &AuthError) -> &'static str {
    match error.kind() {
        ErrorKind::MissingToken => "an access token is required",
        ErrorKind::InvalidRequest => "the access token must be sent once and well-formed",
        ErrorKind::InvalidToken if error.is_expired() => "the access token expired",
        ErrorKind::InvalidToken => "the access token is not valid",
        ErrorKind::InsufficientScope => "the access token lacks a scope",
        ErrorKind::Forbidden => "the caller may not do this",
        ErrorKind::Unavailable => "the access token could not be checked",
        ErrorKind::Misconfigured => "the service is not set up to answer this",
    }
}

/// Whole seconds, rounded up, and at least one: a zero would have clients come back at once.
fn retry_after(delay: Option<Duration>) -> HeaderValue {
    let Some(delay) = delay else {
        return HeaderValue::from_static("1");
    };
    let rounded = delay
        .as_secs()
        .saturating_add(u64::from(delay.subsec_nanos() > 0));
    HeaderValue::from(rounded.max(1))
}

/// Adds `vary` to a response, unless it says so already.
pub(super) fn add_vary(headers: &mut HeaderMap, vary: &HeaderValue) {
    let lists = |name: &str| {
        let lines = headers.get_all(VARY).iter();
        let mut names = lines.flat_map(|line| line.to_str().unwrap_or_default().split(','));
        names.any(|one| one.trim().eq_ignore_ascii_case(name))
    };
    let says_so = vary
        .to_str()
        .is_ok_and(|names| names.split(", ").all(lists));
    if !says_so && !lists("*") {
        fields::append(headers, VARY, vary);
    }
}

/// Keeps the headers of layers in between, such as CORS, and nothing that spoke of another body or status. Of a head that no
/// client would read to its end, what leaves room.
fn carry_over(from: HeaderMap, to: &mut HeaderMap) {
    const MOST: usize = 10_000;
    let mut current: Option<HeaderName> = None;
    for (name, value) in from {
        if to.keys_len() >= MOST {
            return;
        }
        current = name.or(current);
        let Some(name) = &current else { continue };
        let own = name.as_str().starts_with("content-")
            || name.as_str().starts_with("grpc-")
            || matches!(
                name.as_str(),
                "allow"
                    | "etag"
                    | "last-modified"
                    | "retry-after"
                    | "transfer-encoding"
                    | "www-authenticate"
            );
        if !own {
            to.append(name, value);
        }
    }
}

/// Tells the operator: an outage is a warning, all else is what callers do. Before a good signature the cause tells of what
/// anyone can write, and `verified` is false.
pub(super) fn report(error: &AuthError) {
    let (kind, cause) = (error.kind().as_str(), Cause(error));
    let verified = error.is_verified();
    match error.kind() {
        ErrorKind::Unavailable => {
            trace::warning!(kind = kind, verified = verified, cause = %cause, "an access token could not be checked");
        }
        ErrorKind::MissingToken
        | ErrorKind::InvalidRequest
        | ErrorKind::InvalidToken
        | ErrorKind::InsufficientScope
        | ErrorKind::Forbidden
        | ErrorKind::Misconfigured => {
            trace::debug!(kind = kind, verified = verified, cause = %cause, "a request was refused");
        }
    }
}

struct Cause<'a>(&'a AuthError);

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cause = self.0.source();
        if cause.is_none() {
            f.write_str("none")?;
        }
        let mut first = true;
        while let Some(error) = cause {
            let between = if take(&mut first) { "" } else { ": " };
            write!(f, "{between}{error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
