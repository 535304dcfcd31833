//! What a closure says of the caller's identity.

use std::{any::type_name, fmt, marker::PhantomData, sync::Arc};

use super::once::Once;
use crate::{
    RequestHead, bearer,
    predicate::{Predicate, Verdict},
    trace,
};

/// What `question` answers about the identity of the caller: `bool`, `Option<bool>` or [`Verdict`].
///
/// By what a [`BearerAuthLayer`](crate::BearerAuthLayer) outside found out. Unknown where there is no such layer, no good
/// token, or an identity of another type, which an event tells once.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict}, rule};
///
/// struct User { admin: bool }
///
/// let rule = rule::identity(|user: &User| user.admin);
///
/// // No layer outside: nobody knows.
/// let request = Request::new(());
/// assert_eq!(rule.check(&RequestHead::new(&request)), Verdict::Unknown);
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
