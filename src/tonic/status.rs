//! Refusals as what a handler returns.

use std::sync::Arc;

use ::tonic::{Code, Status};

use crate::{
    bearer::{AuthError, ErrorKind},
    hide::Concealed,
};

/// The nearest [`BearerAuthLayer`](crate::BearerAuthLayer) outside finds the error as the status's source and answers in
/// its place, with its challenge. So a handler may write
/// `let user = bearer::authenticated::<User>(request.extensions())?;`.
impl From<AuthError> for Status {
    fn from(error: AuthError) -> Self {
        let code = match error.kind() {
            ErrorKind::MissingToken | ErrorKind::InvalidRequest | ErrorKind::InvalidToken => {
                Code::Unauthenticated
            }
            ErrorKind::InsufficientScope | ErrorKind::Forbidden => Code::PermissionDenied,
            ErrorKind::Unavailable => Code::Unavailable,
            ErrorKind::Misconfigured => Code::Internal,
        };
        let mut status = Self::new(code, error.to_string());
        status.set_source(Arc::new(error));
        status
    }
}

/// The nearest [`HideLayer`](crate::HideLayer) outside that is [`late`](crate::HideLayer::late) finds it as the status's
/// source and answers in its place. Without one, it is `NOT_FOUND`.
impl From<Concealed> for Status {
    fn from(concealed: Concealed) -> Self {
        let mut status = Self::not_found("");
        status.set_source(Arc::new(concealed));
        status
    }
}
