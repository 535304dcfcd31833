//! Closures as predicates.

use std::{any::type_name, fmt};

use super::{Predicate, Verdict};
use crate::RequestHead;

/// A closure that returns `bool`, `Option<bool>` or [`Verdict`], with its argument spelled out:
/// `|request: &RequestHead<'_>| request.headers().contains_key("x-internal")`. Where it is to be inferred, use
/// [`predicate`].
///
/// Asked about a caller alone, it answers `Unknown` if it reads the method or the URI, for there is none.
impl<F, V> Predicate for F
where
    F: Fn(&RequestHead<'_>) -> V + Send + Sync + 'static,
    V: Into<Verdict>,
{
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        let (answer, misread) = request.watch(self);
        if misread {
            Verdict::Unknown
        } else {
            answer.into()
        }
    }
}

/// A closure as a predicate, whose argument's type is inferred.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict, predicate}};
///
/// let staging = predicate(|request| request.headers().get("x-stage").map(|stage| stage == "staging"));
///
/// let request = Request::builder().header("x-stage", "staging").body(())?;
/// assert_eq!(staging.check(&RequestHead::new(&request)), Verdict::Yes);
/// let request = Request::builder().header("x-stage", "production").body(())?;
/// assert_eq!(staging.check(&RequestHead::new(&request)), Verdict::No);
/// let request = Request::new(());
/// assert_eq!(staging.check(&RequestHead::new(&request)), Verdict::Unknown);
/// # Ok::<(), http::Error>(())
/// ```
pub fn predicate<F, V>(closure: F) -> ClosurePredicate<F>
where
    F: Fn(&RequestHead<'_>) -> V + Send + Sync + 'static,
    V: Into<Verdict>,
{
    ClosurePredicate(closure)
}

/// What [`predicate`] returns.
#[derive(Clone, Copy)]
pub struct ClosurePredicate<F>(F);

impl<F> fmt::Debug for ClosurePredicate<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClosurePredicate")
            .field(&type_name::<F>())
            .finish()
    }
}

impl<F, V> Predicate for ClosurePredicate<F>
where
    F: Fn(&RequestHead<'_>) -> V + Send + Sync + 'static,
    V: Into<Verdict>,
{
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        self.0.check(request)
    }
}
