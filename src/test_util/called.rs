//! Calls a service, and tells how it answered.

use std::{fmt, future::poll_fn};

use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use tower_service::Service;

use super::NoBody;
use crate::{
    bearer::{AuthError, ErrorKind},
    openapi::Planned,
};

/// An answer, as far as it says whether the caller was let in.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) challenge: Option<String>,
    /// Why a layer of this crate refused it.
    kind: Option<ErrorKind>,
}

impl Answer {
    fn new(status: StatusCode, headers: &HeaderMap, error: Option<&AuthError>) -> Self {
        let challenge = headers.get(header::WWW_AUTHENTICATE);
        let challenge =
            challenge.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        Self {
            status,
            challenge,
            kind: error.map(AuthError::kind),
        }
    }

    /// Whether a token was missing, or the one that was sent refused.
    pub(super) fn wants_token(&self) -> bool {
        match self.kind {
            Some(kind) => matches!(kind, ErrorKind::MissingToken | ErrorKind::InvalidToken),
            None => self.status == StatusCode::UNAUTHORIZED && self.challenge.is_some(),
        }
    }

    /// Whether a scope was missing.
    pub(super) fn wants_scope(&self) -> bool {
        if let Some(kind) = self.kind {
            return kind == ErrorKind::InsufficientScope;
        }
        let challenge = self.challenge.as_deref().unwrap_or_default();
        self.status == StatusCode::FORBIDDEN && challenge.contains("insufficient_scope")
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        match &self.challenge {
            Some(challenge) => write!(f, " with `{challenge}`"),
            None => Ok(()),
        }
    }
}

/// Calls an operation, without a body and with this token, or none.
pub(super) async fn call<S, R>(app: &S, operation: &Planned, token: Option<&str>) -> Answer
where
    S: Service<Request<NoBody>, Response = Response<R>> + Clone,
    S::Error: fmt::Debug,
{
    let mut request = Request::new(NoBody);
    *request.method_mut() = operation.method.clone();
    *request.uri_mut() = operation.target.clone();
    if let Some(token) =
        token.and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok())
    {
        request.headers_mut().insert(header::AUTHORIZATION, token);
    }
    let mut app = app.clone();
    let answer = async {
        poll_fn(|cx| app.poll_ready(cx)).await?;
        app.call(request).await
    };
    match answer.await {
        Ok(response) => Answer::new(
            response.status(),
            response.headers(),
            response.extensions().get::<AuthError>(),
        ),
        Err(error) => failed(&format!("{} failed: {error:?}", operation.name)),
    }
}

#[expect(clippy::panic, reason = "an assertion")]
pub(super) fn failed(message: &str) -> ! {
    panic!("{message}")
}

/// Fails with one line each, unless there is none.
pub(super) fn none_of(what: &str, lines: &[String]) {
    if !lines.is_empty() {
        failed(&format!("{what}:\n  {}\n", lines.join("\n  ")));
    }
}
