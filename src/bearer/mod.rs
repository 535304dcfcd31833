//! A service as an OAuth 2 protected resource: bearer tokens, [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750).

mod combine;
mod error;
mod grant;
mod outcome;
mod possession;
mod scope;
mod source;
mod token;
mod validator;

pub use self::{
    combine::{AndThen, Map, Or},
    error::{AuthError, ErrorKind},
    grant::{Grant, GrantBuilder, Principal},
    outcome::{Outcome, authenticated, grant, identity, outcome},
    possession::{Confirmation, ConfirmationMethod},
    scope::ScopeSet,
    source::TokenSource,
    validator::{
        Credentials, ErasedValidator, Immediate, Scheme, Schemes, Token, TokenValidator,
        ValidatorFn, Verified, immediate, validator_fn,
    },
};
pub(crate) use grant::Granted;
