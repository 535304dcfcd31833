//! Closures as validators.

use std::{any::type_name, fmt};

use super::{AuthError, Credentials, Token, TokenValidator, Verified, validator::Answer};

/// Makes a validator of a closure that waits, and so is given a token of its own.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, bearer::{AuthError, Token, Verified, validator_fn}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = validator_fn(|token: Token| async move {
///     match token.as_str() { // or a query
///         "good" => Ok(Verified::new("ann")),
///         _ => Err(AuthError::invalid_token()),
///     }
/// });
/// let service = BearerAuthLayer::new(validator)
///     .wrap(service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }));
///
/// let request = |token| Request::get("/").header("authorization", format!("Bearer {token}")).body(String::new());
/// assert_eq!(service.clone().oneshot(request("good")?).await?.status(), StatusCode::OK);
/// assert_eq!(service.oneshot(request("bad")?).await?.status(), StatusCode::UNAUTHORIZED);
/// # Ok(()) }
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

/// Makes a validator of a closure that answers at once: the layer then neither allocates nor clones the inner service for it.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, Secret, bearer::{AuthError, Credentials, ErrorKind, TokenValidator, Verified, immediate}};
///
/// let secret = Secret::new("s3cr3t-and-long");
/// let validator = immediate(move |credentials| {
///     if secret.matches(credentials.token().as_bytes()) {
///         Ok(Verified::new("robot"))
///     } else {
///         Err(AuthError::invalid_token())
///     }
/// });
///
/// let request = Request::new(());
/// let answer = |token: &'static str| validator.validate_now(Credentials::new(token, RequestHead::new(&request)));
/// assert!(answer("s3cr3t-and-long").is_some_and(|answer| answer.is_ok()));
/// let refused = answer("a guess").and_then(Result::err).ok_or("it answers at once")?;
/// assert_eq!(refused.kind(), ErrorKind::InvalidToken);
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
