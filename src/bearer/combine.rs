//! Several validators as one. Each combinator forwards every method of the trait.

use std::{any::type_name, error::Error as StdError, fmt};

use super::{AuthError, Credentials, Schemes, TokenValidator, Verified};

/// What [`TokenValidator::map`] returns.
#[derive(Clone, Copy)]
pub struct Map<V, F> {
    validator: V,
    f: F,
}

impl<V, F> Map<V, F> {
    pub(super) fn new(validator: V, f: F) -> Self {
        Self { validator, f }
    }
}

impl<V, F, I> TokenValidator for Map<V, F>
where
    V: TokenValidator,
    F: Fn(V::Identity) -> I + Send + Sync + 'static,
    I: Clone + Send + Sync + 'static,
{
    type Identity = I;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<I>, AuthError> {
        Ok(self.validator.validate(credentials).await?.map(&self.f))
    }

    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Result<Verified<I>, AuthError>> {
        Some(
            self.validator
                .validate_now(credentials)?
                .map(|verified| verified.map(&self.f)),
        )
    }

    fn schemes(&self) -> Schemes {
        self.validator.schemes()
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        self.validator.recognizes(credentials)
    }
}

impl<V: fmt::Debug, F> fmt::Debug for Map<V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Map")
            .field(&self.validator)
            .field(&type_name::<F>())
            .finish()
    }
}

/// What [`TokenValidator::and_then`] returns.
#[derive(Clone, Copy)]
pub struct AndThen<V, F> {
    validator: V,
    f: F,
}

impl<V, F> AndThen<V, F> {
    pub(super) fn new(validator: V, f: F) -> Self {
        Self { validator, f }
    }
}

impl<V, F, Fut, I> TokenValidator for AndThen<V, F>
where
    V: TokenValidator,
    F: Fn(V::Identity) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<I, AuthError>> + Send,
    I: Clone + Send + Sync + 'static,
{
    type Identity = I;

    async fn validate(&self, credentials: Credentials<'_>) -> Result<Verified<I>, AuthError> {
        let verified = match self.validator.validate_now(credentials) {
            Some(answer) => answer?,
            None => self.validator.validate(credentials).await?,
        };
        Ok(Verified {
            identity: (self.f)(verified.identity)
                .await
                .map_err(AuthError::of_verified_token)?,
            grant: verified.grant,
        })
    }

    // `validate_now` stays `None`: asked first, it would have the token checked twice.

    fn schemes(&self) -> Schemes {
        self.validator.schemes()
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        self.validator.recognizes(credentials)
    }
}

impl<V: fmt::Debug, F> fmt::Debug for AndThen<V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AndThen")
            .field(&self.validator)
            .field(&type_name::<F>())
            .finish()
    }
}

/// What [`TokenValidator::or`] returns.
#[derive(Clone, Copy, Debug)]
pub struct Or<A, B> {
    first: A,
    second: B,
}

impl<A, B> Or<A, B> {
    pub(super) fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A, B> TokenValidator for Or<A, B>
where
    A: TokenValidator,
    B: TokenValidator<Identity = A::Identity>,
{
    type Identity = A::Identity;

    async fn validate(
        &self,
        credentials: Credentials<'_>,
    ) -> Result<Verified<A::Identity>, AuthError> {
        if self.first.recognizes(&credentials) {
            self.first.validate(credentials).await
        } else if self.second.recognizes(&credentials) {
            self.second.validate(credentials).await
        } else {
            Err(unrecognized())
        }
    }

    fn validate_now(
        &self,
        credentials: Credentials<'_>,
    ) -> Option<Result<Verified<A::Identity>, AuthError>> {
        if self.first.recognizes(&credentials) {
            self.first.validate_now(credentials)
        } else if self.second.recognizes(&credentials) {
            self.second.validate_now(credentials)
        } else {
            Some(Err(unrecognized()))
        }
    }

    fn schemes(&self) -> Schemes {
        self.first.schemes().union(self.second.schemes())
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        self.first.recognizes(credentials) || self.second.recognizes(credentials)
    }
}

/// Nobody's token: a validator is never handed what it said is not its own, such as a key from a place where it takes none.
fn unrecognized() -> AuthError {
    AuthError::invalid_token().with_static_source(&Unrecognized)
}

#[derive(Debug)]
struct Unrecognized;

impl fmt::Display for Unrecognized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no validator recognizes the token")
    }
}

impl StdError for Unrecognized {}
