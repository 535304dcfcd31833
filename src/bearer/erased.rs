//! Validators behind a pointer: shared, boxed, and of a type that is not known before the program runs.

use std::{any::type_name, fmt, sync::Arc};

use super::{
    Credentials, Schemes, TokenValidator,
    validator::{Answer, BoxFuture},
};

macro_rules! forward {
    ($($pointer:ident)+) => {$(
        impl<V: TokenValidator> TokenValidator for $pointer<V> {
            type Identity = V::Identity;

            fn validate<'a>(
                &'a self,
                credentials: Credentials<'a>,
            ) -> impl Future<Output = Answer<V::Identity>> + Send {
                (**self).validate(credentials)
            }

            fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<V::Identity>> {
                (**self).validate_now(credentials)
            }

            fn schemes(&self) -> Schemes {
                (**self).schemes()
            }

            fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
                (**self).recognizes(credentials)
            }
        }
    )+};
}

forward!(Arc Box);

/// One type for all validators of an identity: what [`TokenValidator::erased`] returns. A clone shares the validator.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{
///     RequestHead, bearer::{AuthError, Credentials, ErasedValidator, TokenValidator, Verified, immediate, validator_fn},
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let from_the_settings = |closed: bool| -> ErasedValidator<&'static str> {
///     if closed {
///         immediate(|_| Err::<Verified<&'static str>, _>(AuthError::invalid_token())).erased()
///     } else {
///         validator_fn(|_| async { Ok(Verified::new("ann")) }).erased()
///     }
/// };
///
/// let request = Request::new(());
/// let credentials = Credentials::new("token", RequestHead::new(&request));
/// assert_eq!(from_the_settings(false).validate(credentials).await?.identity, "ann");
/// assert!(from_the_settings(true).validate(credentials).await.is_err());
/// # Ok(()) }
/// ```
pub struct ErasedValidator<I>(Arc<dyn Erased<I>>);

impl<I> ErasedValidator<I> {
    pub(super) fn new(validator: impl TokenValidator<Identity = I>) -> Self {
        Self(Arc::new(validator))
    }
}

trait Erased<I>: Send + Sync + 'static {
    fn validate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Answer<I>>;
    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<I>>;
    fn schemes(&self) -> Schemes;
    fn recognizes(&self, credentials: &Credentials<'_>) -> bool;
    fn name(&self) -> &'static str;
}

impl<V: TokenValidator> Erased<V::Identity> for V {
    fn validate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Answer<V::Identity>> {
        Box::pin(TokenValidator::validate(self, credentials))
    }

    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<V::Identity>> {
        TokenValidator::validate_now(self, credentials)
    }

    fn schemes(&self) -> Schemes {
        TokenValidator::schemes(self)
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        TokenValidator::recognizes(self, credentials)
    }

    fn name(&self) -> &'static str {
        type_name::<V>()
    }
}

impl<I: Clone + Send + Sync + 'static> TokenValidator for ErasedValidator<I> {
    type Identity = I;

    async fn validate(&self, credentials: Credentials<'_>) -> Answer<I> {
        self.0.validate(credentials).await
    }

    fn validate_now(&self, credentials: Credentials<'_>) -> Option<Answer<I>> {
        self.0.validate_now(credentials)
    }

    fn schemes(&self) -> Schemes {
        self.0.schemes()
    }

    fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
        self.0.recognizes(credentials)
    }

    fn erased(self) -> Self {
        self
    }
}

impl<I> Clone for ErasedValidator<I> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<I: 'static> fmt::Debug for ErasedValidator<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErasedValidator")
            .field(&self.0.name())
            .finish()
    }
}
