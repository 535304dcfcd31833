//! A service as an OAuth 2 protected resource: bearer tokens, [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750).

mod challenge;
mod combine;
mod error;
mod future;
mod grant;
mod layer;
mod outcome;
mod possession;
mod raise;
mod reject;
mod rejection;
mod render;
mod require;
mod scope;
mod service;
mod settings;
mod source;
mod token;
mod validator;

pub use self::{
    challenge::{Challenge, Realm, ResourceMetadata},
    combine::{AndThen, Map, Or},
    error::{AuthError, ErrorKind},
    future::ResponseFuture,
    grant::{Grant, GrantBuilder, Principal},
    layer::BearerAuthLayer,
    outcome::{Outcome, authenticated, grant, identity, outcome},
    possession::{Confirmation, ConfirmationMethod},
    raise::raise,
    reject::{EmptyBody, ProblemJson, Reject},
    rejection::Rejection,
    require::{Require, RequireFuture, RequireLayer},
    scope::ScopeSet,
    service::BearerAuth,
    source::TokenSource,
    validator::{
        Credentials, ErasedValidator, Immediate, Scheme, Schemes, Token, TokenValidator,
        ValidatorFn, Verified, immediate, validator_fn,
    },
};
use crate::ConfigError;
pub(crate) use grant::Granted;
