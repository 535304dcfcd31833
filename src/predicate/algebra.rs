//! Predicates made of predicates, in Kleene's three-valued logic.

use super::{Predicate, Verdict};
use crate::RequestHead;

/// What [`Predicate::and`] returns.
#[derive(Clone, Copy, Debug)]
pub struct And<A, B>(pub(super) A, pub(super) B);

/// What [`Predicate::or`] returns.
#[derive(Clone, Copy, Debug)]
pub struct Or<A, B>(pub(super) A, pub(super) B);

/// What [`Predicate::not`] returns.
#[derive(Clone, Copy, Debug)]
pub struct Not<A>(pub(super) A);

impl<A: Predicate, B: Predicate> Predicate for And<A, B> {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        match self.0.check(request) {
            Verdict::No => Verdict::No,
            first @ (Verdict::Unknown | Verdict::Yes) => first.and(self.1.check(request)),
        }
    }
}

impl<A: Predicate, B: Predicate> Predicate for Or<A, B> {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        match self.0.check(request) {
            Verdict::Yes => Verdict::Yes,
            first @ (Verdict::Unknown | Verdict::No) => first.or(self.1.check(request)),
        }
    }
}

impl<A: Predicate> Predicate for Not<A> {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        !self.0.check(request)
    }
}

/// Yes where one of `predicates` is, No where all are. Of none: No.
///
/// # Examples
/// ```
/// use http::{Method, Request};
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict, any, predicate}};
///
/// let writes = any([Method::POST, Method::PUT].map(|method| predicate(move |request| *request.method() == method)));
/// let request = Request::post("/").body(())?;
/// assert_eq!(writes.check(&RequestHead::new(&request)), Verdict::Yes);
/// let request = Request::get("/").body(())?;
/// assert_eq!(writes.check(&RequestHead::new(&request)), Verdict::No);
/// # Ok::<(), http::Error>(())
/// ```
pub fn any<P: Predicate>(predicates: impl IntoIterator<Item = P>) -> Any<P> {
    Any(predicates.into_iter().collect())
}

/// Yes where all of `predicates` are, No where one is. Of none: Unknown, for an empty list is a list that was forgotten.
///
/// # Examples
/// ```
/// use http::Request;
/// use tower_postern::{RequestHead, predicate::{Predicate, Verdict, all, predicate}};
///
/// let both = all(["x-a", "x-b"].map(|name| predicate(move |request| request.headers().contains_key(name))));
/// let request = Request::get("/").header("x-a", "1").header("x-b", "1").body(())?;
/// assert_eq!(both.check(&RequestHead::new(&request)), Verdict::Yes);
/// let request = Request::get("/").header("x-a", "1").body(())?;
/// assert_eq!(both.check(&RequestHead::new(&request)), Verdict::No);
/// # Ok::<(), http::Error>(())
/// ```
pub fn all<P: Predicate>(predicates: impl IntoIterator<Item = P>) -> All<P> {
    All(predicates.into_iter().collect())
}

/// What [`any`] returns.
#[derive(Clone, Debug)]
pub struct Any<P>(Box<[P]>);

/// What [`all`] returns.
#[derive(Clone, Debug)]
pub struct All<P>(Box<[P]>);

impl<P: Predicate> Predicate for Any<P> {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        let mut so_far = Verdict::No;
        for predicate in &self.0 {
            so_far = so_far.or(predicate.check(request));
            if so_far.is_yes() {
                break;
            }
        }
        so_far
    }
}

impl<P: Predicate> Predicate for All<P> {
    fn check(&self, request: &RequestHead<'_>) -> Verdict {
        let mut so_far = if self.0.is_empty() {
            Verdict::Unknown
        } else {
            Verdict::Yes
        };
        for predicate in &self.0 {
            so_far = so_far.and(predicate.check(request));
            if so_far.is_no() {
                break;
            }
        }
        so_far
    }
}
