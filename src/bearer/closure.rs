//! Closures as validators.

use std::{any::type_name, fmt};

use super::{AuthError, Credentials, Token, TokenValidator, Verified, validator::Answer};

/// A closure that waits, as a validator.
///
/// # Examples
/// ```
/// use tower_postern::bearer::{AuthError, Token, Verified, validator_fn};
///
/// let validator = validator_fn(|token: Token| async move {
///     match token.as_str() {
///         "good" => Ok(Verified::new("ann")),
///         _ => Err(AuthError::invalid_token()),
///     }
/// });
/// ```
pub fn validator_fn<F, Fut, I>(closure: F) -> ValidatorFn<F>
where
    F: Fn(Token) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Verified<I>, AuthError>> + Send,
    I: Clone + Send + Sync + 'static,
{
    ValidatorFn(closure)
}

/// What [`validator_fn`] returns.
#[derive(Clone, Copy)]
pub struct ValidatorFn<F>(F);

impl<F, Fut, I> TokenValidator for ValidatorFn<F>
where
    F: Fn(Token) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Answer<I>> + Send,
    I: Clone + Send + Sync + 'static,
{
    type Identity = I;

    fn validate<'a>(
        &'a self,
        credentials: Credentials<'a>,
    ) -> impl Future<Output = Answer<I>> + Send {
        (self.0)(credentials.to_token())
    }
}

impl<F> fmt::Debug for ValidatorFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValidatorFn")
            .field(&type_name::<F>())
            .finish()
    }
}

/// A closure that needs no waiting, as a validator.
///
/// # Examples
/// ```
/// use tower_postern::{Secret, bearer::{AuthError, Verified, immediate}};
///
/// let secret = Secret::new("s3cr3t-and-long");
/// let validator = immediate(move |credentials| {
///     if secret.matches(credentials.token().as_bytes()) {
///         Ok(Verified::new("robot"))
///     } else {
///         Err(AuthError::invalid_token())
///     }
/// });
/// ```
pub fn immediate<F, I>(closure: F) -> Immediate<F>
where
    F: Fn(Credentials<'_>) -> Result<Verified<I>, AuthError> + Send + Sync + 'static,
    I: Clone + Send + Sync + 'static,
{
    Immediate(closure)
}

/// What [`immediate`] returns.
#[derive(Clone, Copy)]
pub struct Immediate<F>(F);

impl<F, I> TokenValidator for Immediate<F>
where
    F: Fn(Credentials<'_>) -> Answer<I> + Send + Sync + 'static,
    I: Clone + Send + Sync + 'static,
{
    type Identity = I;

    async fn validate(&self, credentials: Credentials<'_>) -> Answer<I> {
        (self.0)(credentials)
    }

    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<I>> {
        Some((self.0)(credentials))
    }
}

impl<F> fmt::Debug for Immediate<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Immediate").field(&type_name::<F>()).finish()
    }
}
