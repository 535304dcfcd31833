//! From the kind of an error to the words of the wire.

use std::sync::Arc;

use http::{HeaderValue, StatusCode};

use super::{AuthError, ErrorKind};
use crate::grpc::Code;

/// What the wire says of an error.
pub(super) struct Words {
    pub(super) status: StatusCode,
    pub(super) code: Code,
    /// The `error` of a challenge and its description.
    pub(super) error: Option<(&'static str, &'static str)>,
    pub(super) challenges: bool,
}

impl Words {
    pub(super) fn of(error: &AuthError) -> Self {
        let expired = error.is_expired();
        #[rustfmt::skip] // No `_` arm: a new kind stops here until someone has read its specification.
        let (status, code, error, challenges) = match error.kind() {
            ErrorKind::MissingToken => (StatusCode::UNAUTHORIZED, Code::Unauthenticated, None, true),
            ErrorKind::InvalidRequest => (StatusCode::BAD_REQUEST, Code::Unauthenticated,
                Some(("invalid_request", "The access token must be sent once and well-formed")), true),
            ErrorKind::InvalidToken if expired => (StatusCode::UNAUTHORIZED, Code::Unauthenticated,
                Some(("invalid_token", "The access token expired")), true),
            ErrorKind::InvalidToken => (StatusCode::UNAUTHORIZED, Code::Unauthenticated,
                Some(("invalid_token", "The access token is not valid")), true),
            ErrorKind::InsufficientScope => (StatusCode::FORBIDDEN, Code::PermissionDenied,
                Some(("insufficient_scope", "The access token lacks a scope")), true),
            ErrorKind::Forbidden => (StatusCode::FORBIDDEN, Code::PermissionDenied, None, false),
            ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, None, false),
            ErrorKind::Misconfigured => (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, None, false),
        };
        Self {
            status,
            code,
            error,
            challenges,
        }
    }
}

/// A refusal, as it is about to be answered: what a [`Reject`](super::Reject) hook makes a body for.
///
/// See there for an example.
#[derive(Clone, Debug)]
pub struct Rejection {
    error: AuthError,
    status: StatusCode,
    challenges: Option<Arc<[HeaderValue]>>,
    grpc: bool,
}

impl Rejection {
    pub(super) fn new(
        error: AuthError,
        status: StatusCode,
        challenges: Option<Arc<[HeaderValue]>>,
        grpc: bool,
    ) -> Self {
        Self {
            error,
            status,
            challenges,
            grpc,
        }
    }

    /// Why the request is refused.
    pub fn error(&self) -> &AuthError {
        &self.error
    }

    /// The status that the layer puts on the answer. To a gRPC call it is 200 all the same.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The values of `WWW-Authenticate` that the layer puts on the answer.
    pub fn challenges(&self) -> &[HeaderValue] {
        self.challenges.as_deref().unwrap_or_default()
    }

    /// Whether a gRPC client asks: its answer has no body.
    pub fn is_grpc(&self) -> bool {
        self.grpc
    }

    pub(super) fn into_parts(self) -> (AuthError, Option<Arc<[HeaderValue]>>) {
        (self.error, self.challenges)
    }
}
