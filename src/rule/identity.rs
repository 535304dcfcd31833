//! What a closure says of the caller's identity.

use std::{any::type_name, fmt, marker::PhantomData, sync::Arc};

use super::once::Once;
use crate::{
    RequestHead, bearer,
    predicate::{Predicate, Verdict},
    trace,
};

/// Yes where `question` says so of the identity of the caller: with a `bool`, an `Option<bool>` or a [`Verdict`].
///
/// By what a [`BearerAuthLayer`](crate::BearerAuthLayer) outside found out. Unknown where there is no such layer, no good
/// token, or an identity of another type, which an event tells once.
///
/// # Examples
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceExt, service_fn};
/// use tower_postern::{BearerAuthLayer, HideLayer, bearer::{Verified, immediate}, rule};
///
/// #[derive(Clone)]
/// struct User { admin: bool }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let validator = immediate(|credentials| Ok(Verified::new(User { admin: credentials.token() == "root" })));
/// let console = service_fn(|_: Request<String>| async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) });
/// let hidden = HideLayer::unless(rule::identity(|user: &User| user.admin)).not_found().wrap(console);
/// let service = BearerAuthLayer::new(validator).deferred().wrap(hidden);
///
/// let request = |token| Request::get("/").header("authorization", format!("Bearer {token}")).body(String::new());
/// assert_eq!(service.clone().oneshot(request("root")?).await?.status(), StatusCode::OK);
/// assert_eq!(service.clone().oneshot(request("another")?).await?.status(), StatusCode::NOT_FOUND);
/// assert_eq!(service.oneshot(Request::new(String::new())).await?.status(), StatusCode::NOT_FOUND);
/// # Ok(()) }
/// ```
pub fn identity<I, F, V>(question: F) -> Identity<I, F>
where
    I: Send + Sync + 'static,
    F: Fn(&I) -> V + Send + Sync + 'static,
    V: Into<Verdict>,
{
    Identity {
        question,
        told: Arc::default(),
        of: PhantomData,
    }
}

/// What [`identity`] returns.
pub struct Identity<I, F> {
    question: F,
    told: Arc<Once>,
    of: PhantomData<fn(&I)>,
}

impl<I, F, V> Predicate for Identity<I, F>
where
    I: Send + Sync + 'static,
    F: Fn(&I) -> V + Send + Sync + 'static,
    V: Into<Verdict>,
{
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        if let Some(identity) = bearer::identity::<I>(request.extensions()) {
            return (self.question)(identity).into();
        }
        if bearer::grant(request.extensions()).is_some() && self.told.is_first() {
            trace::error!(
                wanted = type_name::<I>(),
                "a rule asks about an identity of a type that the layer outside does not make, and answers Unknown; \
                name the type that its validator makes"
            );
        }
        Verdict::Unknown
    }
}

impl<I, F: Clone> Clone for Identity<I, F> {
    fn clone(&self) -> Self {
        Self {
            question: self.question.clone(),
            told: Arc::clone(&self.told),
            of: PhantomData,
        }
    }
}

impl<I, F> fmt::Debug for Identity<I, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("of", &type_name::<I>())
            .finish_non_exhaustive()
    }
}
